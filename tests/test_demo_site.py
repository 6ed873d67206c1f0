"""The invented portals: the same each time, consistent in themselves, and served as a portal would."""

import http.client
import io
import re
import subprocess
import sys
import zipfile
from collections import Counter
from urllib.parse import urljoin, urlsplit

import lxml.html
import pytest

from crawler.demo import PORTALS, portal, serving, sites
from crawler.demo.site import Site
from crawler.portal import read_portals

SITES = sites()
BY_NAME = {site.name: site for site in SITES.values()}
KINDS = ("trs", "asp", "lonsun", "hunan")


def page(site: Site, path: str) -> str:
    answer = site.get(path)
    return answer.body.decode("gbk" if (answer.header("Content-Type") or "") == "text/html" else "utf-8")


def tree(site: Site, path: str) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(page(site, path))


def grid(table) -> list[list[str]]:
    """A table's words in every slot they take, by the browsers' algorithm."""
    slots: dict[tuple[int, int], str] = {}
    for row, tr in enumerate(table.iter("tr")):
        column = 0
        for td in tr:
            while (row, column) in slots:
                column += 1
            for down in range(int(td.get("rowspan", 1))):
                for across in range(int(td.get("colspan", 1))):
                    assert (row + down, column + across) not in slots, "two cells take one slot"
                    slots[row + down, column + across] = td.text_content()
    height, width = (max(at[axis] for at in slots) + 1 for axis in (0, 1))
    assert len(slots) == height * width, "a slot is taken by no cell"
    return [[slots[row, column] for column in range(width)] for row in range(height)]


def form(site: Site, path: str) -> dict[str, list[list[str]]]:
    """The form's tables on a page, by what stands in their first lines."""
    found = {}
    for table in tree(site, path).iter("table"):
        words = table.text_content()
        if table.get("border") != "1":
            continue
        key = "received" if "本年新收" in words else "disputes" if "行政诉讼" in words else "proactive"
        found[key] = grid(table)
    return found


FORMS = [
    pytest.param(site, path, id=f"{site.name}-{path}")
    for site in SITES.values()
    for path in site.reports
    if "本年新收政府信息公开申请数量" in page(site, path)
]


def test_the_sites_are_the_same_in_every_process():
    code = (
        "import hashlib; from crawler.demo import sites; s = sites();"
        "print(hashlib.sha256(repr([(h, sorted(s[h].answers.items())) for h in sorted(s)]).encode()).hexdigest())"
    )
    first, second = (
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
        for _ in range(2)
    )
    assert first == second
    assert len(first.strip()) == 64


@pytest.mark.parametrize("site", SITES.values(), ids=BY_NAME)
def test_a_column_names_what_is_there_and_four_things_that_are_not_reports(site):
    links = [
        (a.get("title") or a.text_content(), urljoin(f"http://{site.host}{path}", a.get("href")))
        for path in site.listings
        for a in tree(site, path).iter("a")
        if a.get("href", "").startswith(("/", "./", "Show.asp", "http"))
    ]
    there = {f"http://{site.host}{path}" for path in site.reports}
    named = {url for _, url in links}
    assert there <= named
    listed = {url for title, url in links if re.search(r"政府信息公开(工作)?年度报告$", title)} - there
    outcomes = Counter()
    for url in listed:
        parts = urlsplit(url)
        if parts.hostname != site.host:
            outcomes["off host"] += 1
        elif (answer := site.get(parts.path + (f"?{parts.query}" if parts.query else ""))).status == 404:
            outcomes["dead"] += 1
        else:
            assert "不存在" in answer.body.decode("gbk" if site.name == "临溪县" else "utf-8")
            outcomes["soft 404"] += 1
    assert outcomes == {"off host": 1, "dead": 1, "soft 404": 1}
    for confusable in ("政府网站工作年度报表", "法治政府建设年度报告", "编制工作的通知", "图解"):
        assert any(confusable in title for title, _ in links)


@pytest.mark.parametrize("site", SITES.values(), ids=BY_NAME)
def test_reports_have_titles_of_their_own_place_and_years(site):
    years = []
    for path in site.reports:
        words = tree(site, path).text_content()
        assert site.name in words
        years.append(int(re.search(r"(20\d\d)年(?:度|政府)", tree(site, path).findtext(".//title")).group(1)))
    assert min(years) == site.since
    twice = [year for year, count in Counter(years).items() if count == 2]
    assert twice == ([2017] if site.name == "青澜市" else [])
    assert 8 <= len(set(years)) <= 14


def test_the_old_site_is_gbk_in_layout_tables_and_says_gb2312():
    site = BY_NAME["临溪县"]
    for path in (*site.listings, *site.reports):
        answer = site.get(path)
        assert answer.header("Content-Type") == "text/html"
        assert b"charset=gb2312" in answer.body
        with pytest.raises(UnicodeDecodeError):
            answer.body.decode("utf-8")
        assert site.name in answer.body.decode("gbk")
    for path in site.reports:
        (cell,) = tree(site, path).xpath("//td[@class='f14']")
        assert len(cell.xpath("ancestor::table")) >= 3
        assert "本报告由" in cell.text_content()
        assert "人民政府" in cell.text_content()[-60:]


def test_lists_are_paged_as_their_systems_page():
    assert 'createPageHTML(2,0,"index","html")' in page(BY_NAME["安禾县"], "/zwgk/zfxxgk/zfxxgknb/")
    assert BY_NAME["安禾县"].listings[1].endswith("/index_1.html")
    assert 'href="List.asp?lmid=12&page=2"' in page(BY_NAME["临溪县"], "/List.asp?lmid=12")
    assert BY_NAME["云岭区"].listings[1] == "/public/column/21981?type=3&pageIndex=2"
    assert BY_NAME["青澜市"].listings[1] == "/c1712/index_2.html"


@pytest.mark.parametrize(("site", "path"), FORMS)
def test_tables_have_the_forms_labels_and_shape_and_add_up(site, path):
    tables = form(site, path)
    revised = "现行有效件数" in str(tables["proactive"])
    received = tables["received"]
    assert len(received) == 3 + (25 if revised else 23)
    assert len(received[0]) == 10
    assert received[2][3:] == [
        "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计",
    ]  # fmt: skip
    new, carried_in, *results, done, left = [[int(cell) for cell in row[3:]] for row in received[3:]]
    for row in (new, carried_in, *results, done, left):
        assert sum(row[:6]) == row[6]
    assert [a + b for a, b in zip(new, carried_in, strict=True)] == [a + b for a, b in zip(done, left, strict=True)]
    assert [sum(column) for column in zip(*results, strict=True)] == done
    prose = re.search(r"新收政府信息公开申请(\d+)件，上年结转(\d+)件", page(site, path))
    assert [int(n) for n in prose.groups()] == [new[6], carried_in[6]]

    disputes = tables["disputes"]
    assert disputes[0] == ["行政复议"] * 5 + ["行政诉讼"] * 10
    counts = [int(cell) for cell in disputes[3]]
    assert [sum(counts[n : n + 4]) for n in (0, 5, 10)] == counts[4::5]

    proactive = [row[0] for row in tables["proactive"]]
    assert ("行政规范性文件" in proactive) == revised
    assert ("政府集中采购" in proactive) != revised


@pytest.mark.parametrize("site", [BY_NAME["安禾县"], BY_NAME["云岭区"], BY_NAME["青澜市"]], ids=lambda site: site.name)
def test_what_is_carried_out_of_a_year_is_carried_into_the_next(site):
    tables = {
        int(re.search(r"统计期限自(\d{4})年", page(site, path)).group(1)): form(site, path)
        for path in site.reports
        if "本年新收" in page(site, path)
    }
    followed = [year for year in tables if year + 1 in tables]
    assert followed
    for year in followed:
        assert tables[year]["received"][-1][3:] == tables[year + 1]["received"][4][3:]
    for year in [year for year in followed if year >= 2021]:
        before, (_, issued, repealed, in_force) = (tables[y]["proactive"][3] for y in (year, year + 1))
        assert int(in_force) == int(before[3]) + int(issued) - int(repealed)


def test_enumerations_in_sentences_add_up():
    found = 0
    for site in SITES.values():
        for path in site.reports:
            words = tree(site, path).text_content()
            for total, *some in re.findall(
                r"主动公开政府信息(\d+)条。其中，门户网站公开(\d+)条，政府公报公开(\d+)条，其他方式公开(\d+)条", words
            ):
                assert int(total) == sum(map(int, some))
                found += 1
    assert found >= 40


def test_one_report_is_only_a_file_and_one_stands_at_two_addresses():
    site = BY_NAME["青澜市"]
    (link,) = [a for path in site.reports for a in tree(site, path).iter("a") if a.get("href", "").endswith(".docx")]
    answer = site.get(link.get("href"))
    with zipfile.ZipFile(io.BytesIO(answer.body)) as file:
        assert (
            link.text_content().removeprefix("附件：").removesuffix(".docx") in file.read("word/document.xml").decode()
        )
    texts = Counter(tree(site, path).xpath("string(//div[@class='con_text'])") for path in site.reports)
    assert sorted(texts.values())[-2:] == [1, 2]


def test_a_copy_that_still_holds_is_answered_304():
    for name, header, condition in (
        ("安禾县", "ETag", "if-none-match"),
        ("云岭区", "Last-Modified", "if-modified-since"),
    ):
        site = BY_NAME[name]
        path = site.reports[0]
        given = site.get(path).header(header)
        again = site.get(path, {condition: given})
        assert (again.status, again.body, again.header(header)) == (304, b"", given)
        assert site.get(path, {condition: "Mon, 01 Jan 2001 00:00:00 GMT"}).status == 200
        assert site.get(path, {condition: "not a date"}).status == 200
    for name in ("临溪县", "青澜市"):
        site = BY_NAME[name]
        assert site.get(site.reports[0]).header("ETag") is site.get(site.reports[0]).header("Last-Modified") is None


def test_robots_txt_is_there_once():
    assert {site.name: site.get("/robots.txt").status for site in SITES.values()} == {
        "安禾县": 200, "临溪县": 404, "云岭区": 404, "青澜市": 404,
    }  # fmt: skip


def test_the_server_is_a_proxy_for_the_sites_and_keeps_connections():
    site = BY_NAME["安禾县"]
    url = f"http://{site.host}{site.reports[0]}"
    with serving(SITES) as proxy:
        assert urlsplit(proxy).hostname == "127.0.0.1"
        connection = http.client.HTTPConnection(urlsplit(proxy).netloc, timeout=10)
        connection.request("GET", url)
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, site.get(site.reports[0]).body)
        port = connection.sock.getsockname()[1]
        connection.request("GET", url, headers={"If-None-Match": response.headers["ETag"]})
        response = connection.getresponse()
        assert (response.status, response.read()) == (304, b"")
        connection.request("GET", site.start, headers={"Host": site.host})  # as a plain server
        response = connection.getresponse()
        assert response.read() == site.get(site.start).body
        connection.request("HEAD", url)
        response = connection.getresponse()
        assert response.headers["Content-Length"] == str(len(site.get(site.reports[0]).body))
        assert response.read() == b""
        connection.request("GET", "http://www.unknown.example/")
        response = connection.getresponse()
        assert (response.status, response.read()) == (502, b"www.unknown.example: not served here\n")
        assert connection.sock.getsockname()[1] == port
        connection.close()


def test_portal_files_say_what_the_sites_hold():
    portals = read_portals(PORTALS)
    assert {item.name for item in portals.values()} == set(BY_NAME)
    for item in portals.values():
        site = BY_NAME[item.name]
        assert item.hosts == (site.host,)
        assert item.start == (f"http://{site.host}{site.start}",)
        assert item.expect.since == site.since
        assert item.expect.reports == len(site.reports) - (1 if site.name == "青澜市" else 0)
        assert item.access.delay == 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_a_portal_grows_to_the_size_asked_for(kind):
    site = portal(kind, 3, reports=40)
    bodies = {site.get(path).body for path in site.reports}
    assert len(site.reports) == len(bodies) == 40
    assert portal(kind, 4, reports=2).host != site.host

"""The national registry: its table, the words by which its portals are named, crawls of them."""

import csv
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from scrapy import Request

from crawler.loader import PortalLoader
from crawler.naming import choose, code_of, find
from crawler.portal import PORTALS, PortalError, on_hosts, read_portals
from crawler.registry import entries, lies_in, today, with_registry
from pipelines.divisions import by_code, path
from tests.conftest import gongkai
from tests.servers import NOWHERE, Page, serving

ROOT = Path(__file__).parents[1]
DATA = ROOT / "crawler" / "data"
DIVISIONS = ROOT / "pipelines" / "data" / "divisions.tsv"
ELSEWHERE = {"710000", "810000", "820000"}  # 台湾省, 香港特别行政区, 澳门特别行政区


@pytest.fixture(scope="module")
def known():
    return with_registry(read_portals(PORTALS))


def divisions():
    lines = [line for line in DIVISIONS.read_text("utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t"))


# ---------------------------------------------------------------- the table


def test_every_division_of_today_is_in_the_table():
    living = {row["code"]: (row["name"], row["level"], row["parent"]) for row in divisions() if not row["last"]}
    held = {entry.code: (entry.name, entry.level, entry.parent) for entry in entries().values() if entry.code}
    assert held == {code: facts for code, facts in living.items() if code not in ELSEWHERE}


def test_those_without_a_code_lie_in_one_that_has_one():
    uncoded = [entry for entry in entries().values() if not entry.code]
    assert 0 < len(uncoded) < 10
    assert all(entry.parent in entries() for entry in uncoded)


def test_every_home_is_an_address_on_its_hosts_and_nobody_elses():
    portals = [entry.portal for entry in entries().values() if entry.portal]
    assert len(portals) > 3000
    assert all(on_hosts(portal.home, portal.hosts) and not portal.start for portal in portals)
    assert Counter(host for portal in portals for host in portal.hosts).most_common(1)[0][1] == 1
    assert len({portal.sha256 for portal in portals}) == len(portals)


def test_the_provenance_counts_what_the_table_holds():
    told = DATA.joinpath("provenance.txt").read_text("utf-8")
    levels = Counter(entry.level for entry in entries().values() if entry.portal)
    assert f"{levels.total()} taken ({levels['province']} province, {levels['city']} city" in told
    for entry in entries().values():
        assert entry.portal or f"{entry.code} {entry.name}" in told


def test_it_is_read_in_less_than_a_third_of_a_second():
    code = (
        "import time, crawler.registry as r, crawler.portal as p; f = p.read_portals(p.PORTALS);"
        " t = time.perf_counter(); n = len(r.with_registry(f)); print(n, time.perf_counter() - t)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    count, seconds = done.stdout.split()
    assert int(count) > 3000
    assert float(seconds) < 0.3


def test_the_command_line_starts_without_it():
    code = "import archive.cli, sys; print(sorted({'crawler.registry', 'crawler.portal'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_whatever_has_ended_leads_to_what_is_there_today():
    ended = {row["code"] for row in divisions() if row["last"]} - {
        row["code"] for row in divisions() if not row["last"]
    }
    assert len(ended) > 300
    for code in ended:
        assert today(code), code
        assert all(by_code(successor)[-1].last is None for successor in today(code)), code
    assert today("430721") == ("430721",)
    assert today("999999") == ()


# ---------------------------------------------------------------- the generator

HEADS = "code\tprovince\tcity\tcounty\tlevel\turl\tsources_agreeing"
GOOD = "430000\t湖南省\t\t\tprovince\thttps://www.hn.example/\ta;b"


def rebuilt(folder, *rows, profile=()):
    """The portals' table and what was said, made of these rows by the script."""
    data = folder / "crawler" / "data"
    data.mkdir(parents=True)
    shutil.copy(DATA / "make_portals.py", data)
    folder.joinpath("pipelines", "data").mkdir(parents=True)
    shutil.copy(DIVISIONS, folder / "pipelines" / "data")
    homes, seen = folder / "homes.tsv", folder / "profile.tsv"
    homes.write_text("\n".join((HEADS, *rows)) + "\n", "utf-8")
    seen.write_text("\n".join(("code\turl\teffective_url\tsample_disclosure_url", *profile)) + "\n", "utf-8")
    done = subprocess.run(
        [sys.executable, data / "make_portals.py", homes, seen],
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.returncode, done.stderr
    table = csv.DictReader(data.joinpath("portals.tsv").read_text("utf-8").splitlines(), delimiter="\t")
    assert data.joinpath("provenance.txt").read_text("utf-8").endswith(done.stdout)
    return {row["code"] or row["name"]: row for row in table if row["home"]}, done.stdout


MALFORMED = [
    ("430721\t湖南省\t常德市\t安乡县\tcounty\t\t", "430721 安乡县: no home page is known"),
    ("430721\t湖南省\t常德市\t安乡县\tcounty\twww.ax.example\ta", "430721 安乡县: 'www.ax.example' is no address"),
    (
        "430721\t湖南省\t常德市\t安乡县\tcounty\thttp://10.0.0.1/\ta",
        "430721 安乡县: 'http://10.0.0.1/' is no address",
    ),
    ("430721\t湖南省\t常德市\t安乡县\tcounty\thttp://a@b.cn/\ta", "430721 安乡县: 'http://a@b.cn/' is no address"),
    (
        "430721\t湖南省\t常德市\t安香县\tcounty\thttp://ax.example/\ta",
        "430721 安香县: the table of divisions has no",
    ),
    (
        "430799\t湖南省\t常德市\t安乡县\tcounty\thttp://ax.example/\ta",
        "430799 安乡县: the table of divisions has no",
    ),
    ("110103\t北京市\t\t崇文区\tcounty\thttp://cw.example/\ta", "110103 崇文区: the table of divisions has no"),
    ("430721\t湖南省\t常德市\t安乡县\tvillage\thttp://ax.example/\ta", "430721 安乡县: level 'village' is unknown"),
    ("\t湖南省\t无此市\t安禾区\tcounty\thttp://ah.example/\ta", "安禾区: neither a code nor a parent"),
    ("430721\t湖南省\t常德市\t安乡县\tcounty", "430721 安乡县: too many or too few columns"),
    (
        "430722\t湖南省\t常德市\t汉寿县\tcounty\thttp://ax.example/\ta\tb",
        "430722 汉寿县: too many or too few columns",
    ),
]


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    return rebuilt(tmp_path_factory.mktemp("refused"), GOOD, *(row for row, _ in MALFORMED))


def test_what_is_whole_is_taken(refused):
    table, told = refused
    assert list(table) == ["430000"]
    count = len(MALFORMED)
    assert f"{count + 1} rows read, 1 taken (1 province, 0 city, 0 county), {count} refused:" in told


@pytest.mark.parametrize("said", [said for _, said in MALFORMED])
def test_a_malformed_row_is_refused_by_name(refused, said):
    assert said in refused[1]


def test_of_duplicates_the_better_known_is_taken_and_told(tmp_path):
    table, told = rebuilt(
        tmp_path,
        "430721\t湖南省\t常德市\t安乡县\tcounty\thttp://old.ax.example/\ta",
        "430721\t湖南省\t常德市\t安乡县\tcounty\thttp://www.ax.example/\ta;b",
        "430722\t湖南省\t常德市\t汉寿县\tcounty\thttp://www.ax.example/\ta",
        "430723\t湖南省\t常德市\t澧县\tcounty\thttp://www.lx.example/\ta",
        "430724\t湖南省\t常德市\t临澧县\tcounty\thttp://www.lx.example/\tb",
    )
    assert {code: row["home"] for code, row in table.items()} == {"430721": "http://www.ax.example/"}
    assert "430722 汉寿县: www.ax.example is 430721 安乡县's, by 2 sources" in told
    assert "430721 安乡县: 430721 is 430721 安乡县's, by 2 sources" in told
    assert "430723 澧县: www.lx.example is named as often for 430724 临澧县" in told


def test_scheme_and_further_hosts_are_what_was_seen(tmp_path):
    homes = {"430721": "http://www.ax.example/", "430722": "http://hs.example/", "430723": "http://www.lx.example/"}
    names = {"430721": "安乡县", "430722": "汉寿县", "430723": "澧县"}
    rows = [f"{code}\t湖南省\t常德市\t{names[code]}\tcounty\t{home}\ta" for code, home in homes.items()]
    profile = [
        "430721\thttp://www.ax.example/\thttps://www.ax.example/\thttps://zwgk.ax.example/list/",
        "430722\thttp://hs.example/\thttp://mirror.example/\thttp://www.hs.example/nb/",
        "430723\thttp://www.lx.example/\t\thttp://czj.lx.example/nb/",  # a bureau's
    ]
    table, _ = rebuilt(tmp_path, *rows, profile=profile)
    assert [(row["home"], row["hosts"]) for row in table.values()] == [
        ("https://www.ax.example/", "www.ax.example zwgk.ax.example"),
        ("http://hs.example/", "hs.example www.hs.example"),
        ("http://www.lx.example/", "www.lx.example"),
    ]


# ---------------------------------------------------------------- naming


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("430722", "430722"),
        ("汉寿县", "430722"),
        ("汉寿", "430722"),
        ("湖南汉寿", "430722"),
        ("湖南省常德市汉寿县", "430722"),
        ("湖南省 常德市 汉寿县", "430722"),
        ("常德汉寿", "430722"),
        ("南京鼓楼区", "320106"),
        ("江苏省徐州市鼓楼区", "320302"),
        ("长沙市", "430100"),
        ("浦东", "310115"),
        ("神农架", "429021"),
        ("湘西州", "433100"),
        ("阿拉善左旗", "152921"),
        ("澧县", "430723"),
    ],
)
def test_a_division_is_named_as_people_do(known, words, code):
    found = find(known, words)
    assert (found.portal.code, found.note) == (code, "")


@pytest.mark.parametrize("words", ["430721", "安乡县", "安乡", "湖南安乡", "anxiang"])
def test_a_portal_file_takes_the_place_of_its_row(known, words):
    assert find(known, words).portal.id == "anxiang"
    assert "430721" not in known


@pytest.mark.parametrize(
    ("words", "code", "until"),
    [
        ("襄樊市", "420600", "2009"),  # renamed, the code stayed
        ("宁乡县", "430182", None),  # a county that became a city
        ("430124", "430182", None),
        ("崇文区", "110101", "2009"),  # merged into another
        ("110103", "110101", "2009"),
        ("郫县", "510117", None),  # another name as well
        ("萝岗", "440112", "2013"),
        ("大同市矿区", "140214", "2017"),  # there are others of this name
    ],
)
def test_names_and_codes_of_another_day_lead_to_today(known, words, code, until):
    found = find(known, words)
    assert found.portal.code == code
    assert "was there until " + (until or "20") in found.note
    assert f"taken for {code} " in found.note


def test_a_name_that_another_bears_today_is_the_other(known):
    assert find(known, "巢湖市").portal.code == "340181"  # a prefecture until 2010, a county since
    assert find(known, "巢湖市").note == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("鼓楼区", ["more than one", "320106 (江苏省 南京市 鼓楼区)", "350102", "410204"]),
        ("长沙", ["2 divisions", "430100 湖南省 长沙市", "430121 湖南省 长沙市 长沙县"]),
        ("江干区", ["until 2020", "330102 浙江省 杭州市 上城区", "330114", "name one"]),
        ("金门县", ["no portal of 350527 福建省 泉州市 金门县", "write a portal file"]),
        ("430799", ["no division since 2007 had this code"]),
        ("汉寿具", ["no such portal", "did you mean", "430722"]),
        ("不在此处的地方", ["no such portal", "`gongkai portals`"]),
    ],
)
def test_what_is_not_clear_is_asked_back(known, words, said):
    with pytest.raises(PortalError) as raised:
        find(known, words)
    for part in (words, *said):
        assert part in str(raised.value)


def test_a_province_by_name_is_all_in_it_and_by_code_its_own(known):
    whole = choose(known, ["湖南省"])
    ids = {portal.id for portal in whole.portals}
    assert {"430000", "430100", "430121", "anxiang"} <= ids
    assert all(portal.code.startswith("43") for portal in whole.portals)
    assert len(ids) == len(whole.portals) > 130
    assert whole.notes == (f"湖南省: all {len(ids)} portals in it; 430000 is its own alone",)
    assert [portal.id for portal in choose(known, ["430000"]).portals] == ["430000"]


def test_a_city_is_its_own_portal_and_with_below_its_counties(known):
    assert [portal.id for portal in choose(known, ["常德市"]).portals] == ["430700"]
    below = choose(known, ["常德市", "anxiang"], below=True)
    ids = [portal.id for portal in below.portals]
    assert ids[0] == "430700"
    assert {"anxiang", "430722", "430781"} <= set(ids)
    assert {path(portal.code)[1] for portal in below.portals} == {"常德市"}
    assert len(ids) == len(set(ids))


def test_those_without_a_code_are_below_their_prefecture(known):
    ids = {portal.id for portal in choose(known, ["232700"], below=True).portals}
    assert {"加格达奇区", "232721"} <= ids
    assert find(known, "加格达奇区").portal.code is None
    mine = replace(known["加格达奇区"], id="jgdq")
    merged = with_registry({"jgdq": mine})
    assert find(merged, "加格达奇区").portal is mine
    assert lies_in(mine, "230000")
    assert "加格达奇区" not in merged


def test_a_file_of_the_same_id_takes_the_place_of_a_row():
    anhe = replace(read_portals(PORTALS)["anxiang"], id="430722", code="990101", name="安禾县")
    assert with_registry({"430722": anhe})["430722"] is anhe


def test_a_division_without_a_portal_has_a_code(known):
    assert code_of(known, "金门县") == "350527"
    assert code_of(known, "anxiang") == "430721"


# ---------------------------------------------------------------- spiders


def test_scrapy_loads_portals_of_the_registry_one_by_one():
    loader = PortalLoader(read_portals(PORTALS))
    spider = loader.load("430722")
    assert (spider.name, spider.portal.name) == ("430722", "汉寿县")
    assert loader.load("430721").name == "anxiang"
    assert "430722" not in loader.list()
    assert loader.find_by_request(Request(with_registry({})["430722"].home)) == ["430722"]
    with pytest.raises(KeyError, match="鼓楼区: more than one portal"):
        loader.load("鼓楼区")


# ---------------------------------------------------------------- crawls, behind a proxy: nothing leaves loopback

SENTENCE = (
    "本机关依照《中华人民共和国政府信息公开条例》编写本年度报告，全年主动公开政府信息三百二十条，"
    "收到公开申请四件，均在期限内答复。"
)
CHAPTERS = (
    "一、总体情况",
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
    "六、其他需要报告的事项",
)


def report_page(body):
    title = f"{body}2023年政府信息公开工作年度报告"
    chapters = "".join(
        f"<p>{head}</p><p>{SENTENCE}{head[2:]}方面，{body}全年开展检查{place + 2}次，培训{place + 30}人次。</p>"
        for place, head in enumerate(CHAPTERS)
    )
    html = (
        f"<html><head><meta charset=utf-8><title>{title}</title></head><body><h1>{title}</h1>"
        f"<div>发布时间：2024-01-20 来源：{body}</div><div class=content>{chapters}"
        f"<p>{body}</p><p>2024年1月18日</p></div></body></html>"
    )
    return Page(html.encode())


def column(links):
    items = "".join(f'<li><a href="{href}">{words}</a><span>2024-01-20</span></li>' for href, words in links)
    return Page(f"<html><head><title>政府信息公开年报</title></head><body><ul>{items}</ul></body></html>".encode())


def proxied(web):
    return {"http_proxy": web.address, "https_proxy": web.address}


def rows(archive, sql):
    connection = sqlite3.connect(f"file:{archive}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_a_portal_of_the_registry_is_crawled_and_listed(tmp_path):
    home, archive = with_registry({})["430182"].home, tmp_path / "a.db"
    pages = {
        home: column([("/nb/2023.html", "宁乡市2023年政府信息公开工作年度报告")]),
        f"{home}nb/2023.html": report_page("宁乡市人民政府"),
    }
    assert home.startswith("http://")
    with serving(pages) as web:
        done = gongkai("crawl", "宁乡县", "--archive", archive, "--json", env=proxied(web))
    assert done.returncode == 0, done.stderr.decode()
    assert "宁乡县 (430124) was there until 2016; taken for 430182 湖南省 长沙市 宁乡市" in done.stderr.decode()
    assert json.loads(done.stdout)[0]["portal"] == "430182"
    assert rows(archive, "SELECT issuer_code, issuer_kind, year FROM current_reports") == [
        ("430182", "government", 2023)
    ]
    assert rows(archive, "SELECT id, code, home FROM portals") == [("430182", "430182", home)]

    listed = {row["id"]: row for row in json.loads(gongkai("portals", "--archive", archive, "--json").stdout)}
    assert set(listed) == {*read_portals(PORTALS), "430182"}
    assert listed["430182"]["reports"] == 1

    # a file written later is the same portal, with the reports that came before it
    tmp_path.joinpath("files").mkdir()
    host = urlsplit(home).hostname
    tmp_path.joinpath("files", "ningxiang.toml").write_text(
        f'name = "宁乡市"\ncode = "430182"\nhome = "{home}"\nhosts = ["{host}"]\n', "utf-8"
    )
    words = ("--portals", tmp_path / "files", "--archive", archive, "--json")
    (row,) = json.loads(gongkai("portals", "宁乡市", *words).stdout)
    assert (row["id"], row["reports"]) == ("ningxiang", 1)

    missing = json.loads(gongkai("portals", "--missing", "长沙市", *words).stdout)
    assert {row["missing"] for row in missing} == {"report"}
    assert "430182" not in {row["code"] for row in missing}
    assert {"430100", "430102", "430121"} <= {row["code"] for row in missing}


def test_what_is_missing_is_told_for_the_whole_country_and_for_one_division(tmp_path):
    archive = tmp_path / "none.db"
    everything = gongkai("portals", "--missing", "--archive", archive)
    lines = everything.stdout.decode().splitlines()
    assert lines[0].split("\t") == ["id", "division", "missing", "home"]
    assert len(lines) - 1 == len(entries())
    without = sum(entry.portal is None for entry in entries().values())
    assert f"{len(entries()) - without} report, {without} portal" in everything.stderr.decode()
    (row,) = json.loads(gongkai("portals", "--missing", "金门县", "--archive", archive, "--json").stdout)
    assert (row["id"], row["division"], row["missing"]) == ("350527", "福建省 泉州市 金门县", "portal")
    assert not archive.exists()


def test_portals_of_a_division_are_listed_by_code(tmp_path):
    done = gongkai("portals", "常德市", "--archive", tmp_path / "none.db")
    ids = [line.split("\t")[0] for line in done.stdout.decode().splitlines()[1:]]
    assert ids[:2] == ["430700", "430702"]
    assert ids.index("anxiang") == ids.index("430722") - 1


def test_a_crawl_of_what_is_not_clear_does_not_begin(tmp_path):
    done = gongkai("crawl", "鼓楼区", "--archive", tmp_path / "a.db")
    assert done.returncode == 1
    assert "320106 (江苏省 南京市 鼓楼区)" in done.stderr.decode()
    assert not tmp_path.joinpath("a.db").exists()


def test_many_portals_at_once_and_one_connection_each(tmp_path):
    lock, at_once = threading.Lock(), Counter()
    most, together = Counter(), []
    times = defaultdict(list)

    def watched(handler):
        host = urlsplit(handler.path).hostname
        with lock:
            at_once[host] += 1
            most[host] = max(most[host], at_once[host])
            together.append(at_once.total())
            times[host].append(time.monotonic())
        time.sleep(0.3)
        with lock:
            at_once[host] -= 1
        (column([("/nb/2023.html", "2023年政府信息公开工作年度报告")]) if handler.path.endswith("/") else NOWHERE)(
            handler
        )

    homes = [e.portal for e in entries().values() if e.portal and e.portal.home.startswith("http://")][:30]
    pages = {}
    for portal in homes:
        pages |= {portal.home + path: watched for path in ("", "robots.txt", "nb/2023.html")}
    with serving(pages) as web:
        done = gongkai("crawl", *(p.id for p in homes), "--archive", tmp_path / "a.db", "--json", env=proxied(web))
    assert len(json.loads(done.stdout)) == len(homes), done.stderr.decode()
    assert set(most.values()) == {1}
    assert all(len(asked) >= 3 for asked in times.values())
    assert max(together) > 5
    assert len(times) == len(homes)
    # two delays of two seconds, counted from when a request is made: a busy machine sends the first one late
    assert min(asked[2] - asked[0] for asked in times.values()) > 2.5


def test_a_department_and_a_town_are_issuers_of_their_own(tmp_path):
    base, archive = "http://www.anxiang.example", tmp_path / "a.db"
    bodies = {"xzf": "安乡县人民政府", "jyj": "安乡县教育局", "slg": "安乡县三岔河镇人民政府"}
    tmp_path.joinpath("files").mkdir()
    tmp_path.joinpath("files", "anxiang.toml").write_text(
        f'name = "安乡县"\ncode = "430721"\nhome = "{base}/"\nhosts = ["www.anxiang.example"]\n'
        f'start = ["{base}/nb/"]\n[access]\ndelay = 0.05\n',
        "utf-8",
    )
    links = [(f"/nb/{key}.html", f"{body}2023年政府信息公开工作年度报告") for key, body in bodies.items()]
    pages = {f"{base}/nb/": column(links)} | {
        f"{base}/nb/{key}.html": report_page(body) for key, body in bodies.items()
    }
    with serving(pages) as web:
        words = ("crawl", "430721", "--portals", tmp_path / "files", "--archive", archive)
        done = gongkai(*words, env=proxied(web))
    assert done.returncode == 0, done.stderr.decode()
    sql = "SELECT c.issuer_kind, c.issuer_code, c.issuer, r.issuer_path FROM current_reports c JOIN reports r"
    found = {kind: (code, name, path) for kind, code, name, path in rows(archive, f"{sql} ON r.id = c.report_id")}
    assert set(found) == {"government", "department", "town"}
    assert {code for code, _, _ in found.values()} == {"430721"}
    assert found["department"][1] == "安乡县教育局"
    assert "三岔河镇" in found["town"][1]
    assert all(json.loads(path) == ["湖南省", "常德市", "安乡县"] for _, _, path in found.values())
    missing = gongkai("portals", "--missing", "430721", "--archive", archive, "--json")
    assert json.loads(missing.stdout) == []

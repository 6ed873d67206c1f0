"""Whole crawls of an invented county, through real sockets, as `scrapy crawl` makes them."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Answer, Crawls, Page, redirect, reset, serving, stall

HOST = "http://www.anhe.example"
COLUMN = f"{HOST}/zwgk/nb/"
PORTAL = """\
name = "安禾县"
code = "990101"
home = "http://www.anhe.example/"
hosts = ["www.anhe.example"]
start = ["http://www.anhe.example/zwgk/nb/"]
"""


def listing(entries: list[tuple[str, str, str]], pager: str = "") -> Page:
    rows = "".join(f'<li><a href="{href}">{title}</a><span>{date}</span></li>\n' for title, href, date in entries)
    return Page(
        f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>政府信息公开年报_安禾县人民政府</title></head>
<body><div class="nav"><a href="/">首页</a> <a href="/zwgk/">政务公开</a> <a href="/zmhd/">政民互动</a></div>
<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a> &gt; 政府信息公开年报</div>
<div class="list"><ul>
{rows}</ul></div>
<div class="pages">{pager}</div>
<div class="footer">主办：安禾县人民政府办公室　联系电话：0999-1234567</div></body></html>""".encode()
    )


def report(year: int, attachment: str = "", **headers: str) -> Page:
    return Page(
        f"""<!DOCTYPE html><html><head>
<meta charset="utf-8"><title>安禾县{year}年政府信息公开工作年度报告</title></head>
<body><div class="position">当前位置：<a href="/">首页</a> &gt; 政府信息公开年报</div>
<h1>安禾县{year}年政府信息公开工作年度报告</h1>
<div class="info">发布日期：{year + 1}-01-20　来源：安禾县人民政府办公室</div>
<div class="content"><p>本报告根据《中华人民共和国政府信息公开条例》编制，
所列数据的统计期限从{year}年1月1日起至{year}年12月31日止。</p>
<p>一、总体情况</p><p>{year}年，安禾县各单位按照要求公开各类信息，县政府网站全年更新栏目内容{year % 97 + 300}条，
按时答复群众提出的公开申请，并对各乡镇的公开平台做了两次检查。</p>
<p>二、主动公开政府信息情况</p><p>全年通过网站、公报和公开栏发布文件{year % 13 + 20}件，均在规定时间内完成。</p>
<p>三、收到和处理政府信息公开申请情况</p><p>共收到申请{year % 7 + 3}件，全部按期答复，没有收取费用。</p>
<p>四、存在的主要问题及改进情况</p><p>部分乡镇更新不够及时，下一步将安排专人负责，每季度通报一次。</p>
{attachment}<p>安禾县人民政府办公室</p><p>{year + 1}年1月20日</p></div></body></html>""".encode(),
        headers=headers,
    )


def entry(year: int, href: str | None = None) -> tuple[str, str, str]:
    return (f"安禾县{year}年政府信息公开工作年度报告", href or f"./{year}.html", f"{year + 1}-01-20")


def portal_pages() -> dict[str, Answer]:
    first = [entry(year) for year in (2023, 2022, 2021, 2020, 2019)]
    second = [entry(2018), entry(2017), entry(2016, "/old/2016.html"), entry(2015, f"{HOST}/away"), entry(2014)]
    pager = '共10条 <span class="now">1</span> <a href="index_1.html">2</a> '
    return {
        f"{HOST}/robots.txt": Page(b"User-agent: *\nDisallow: /zwgk/nb/2014\n", headers={"Content-Type": "text/plain"}),
        COLUMN: listing(first, pager + '<a href="index_1.html">下一页</a>'),
        f"{COLUMN}index_1.html": listing(second, pager),
        **{f"{COLUMN}{year}.html": report(year, ETag=f'"{year}"') for year in (2023, 2022, 2021, 2020)},
        f"{COLUMN}2019.html": report(2019, '<p>附件：<a href="files/tj2019.xls">安禾县2019年统计表.xls</a></p>'),
        f"{COLUMN}files/tj2019.xls": Page(b"\xd0\xcf\x11\xe0" + bytes(2000), headers={"ETag": '"x"'}),
        # 2018 is not there; 2017 hides behind two redirects; 2016 was moved to another host, 2015 goes in a circle
        f"{COLUMN}2017.html": redirect("/r/1"),
        f"{HOST}/r/1": redirect("2017.html", 301),
        f"{HOST}/r/2017.html": report(2017),
        f"{HOST}/old/2016.html": redirect("http://archive.qinghe.example/2016.html"),
        f"{HOST}/away": redirect("/away/"),
        f"{HOST}/away/": redirect("/away"),
        "http://archive.qinghe.example/2016.html": report(2016),
    }


@pytest.fixture
def crawls(tmp_path: Path) -> Iterator[Crawls]:
    with serving(portal_pages()) as web:
        crawls = Crawls(tmp_path, web)
        crawls.portal("anhe", PORTAL)
        yield crawls


def outcomes(crawls: Crawls, run: int) -> dict[str, str]:
    rows = crawls.rows("SELECT url, outcome FROM visits WHERE run = ? AND role <> 'robots' ORDER BY number", run)
    return {url.removeprefix(HOST): outcome for url, outcome in rows}


def test_a_portal_is_crawled_and_crawled_again(crawls: Crawls) -> None:
    crawls.web.delay = 0.03
    log = crawls.run("anhe")

    whole = dict.fromkeys(("/zwgk/nb/", "/zwgk/nb/index_1.html", "/zwgk/nb/files/tj2019.xls", "/r/2017.html"), "new")
    whole |= {f"/zwgk/nb/{year}.html": "new" for year in (2023, 2022, 2021, 2020, 2019)}
    assert outcomes(crawls, 1) == whole | {
        "/zwgk/nb/2018.html": "gone",
        "/zwgk/nb/2017.html": "redirected",
        "/r/1": "redirected",
        "/old/2016.html": "off_host",
        "/away": "redirected",
        "/away/": "redirect_loop",
        "/zwgk/nb/2014.html": "robots_denied",
    }
    asked = set(crawls.web.asked)
    assert not any("qinghe" in url for url in asked)
    assert f"{COLUMN}2014.html" not in asked
    assert crawls.web.most == 1
    assert "] ERROR:" not in log

    # where each page was found, and by which link
    assert crawls.rows(
        "SELECT v.position, v.link_text, d.url FROM visits v JOIN visits d ON d.id = v.discovered_on WHERE v.url = ?",
        f"{COLUMN}2020.html",
    ) == [(3, "安禾县2020年政府信息公开工作年度报告", COLUMN)]
    assert crawls.rows(
        "SELECT v.role, d.url FROM visits v JOIN visits d ON d.id = v.discovered_on WHERE v.url LIKE '%.xls'"
    ) == [("attachment", f"{COLUMN}2019.html")]
    assert crawls.rows(
        "SELECT a.url, b.url FROM visits a JOIN visits b ON b.id = a.redirected_from"
        " WHERE a.url LIKE '%/r/%' ORDER BY a.number"
    ) == [(f"{HOST}/r/1", f"{COLUMN}2017.html"), (f"{HOST}/r/2017.html", f"{HOST}/r/1")]

    found = crawls.rows("SELECT year, portal FROM current_reports ORDER BY year")
    assert found == [(year, "anhe") for year in (2017, 2019, 2020, 2021, 2022, 2023)]
    bodies, reports = crawls.rows("SELECT count(*) FROM bodies"), crawls.rows("SELECT count(*) FROM reports")

    crawls.web.requests.clear()
    crawls.run("anhe")
    second = outcomes(crawls, 2)
    assert {second[f"/zwgk/nb/{year}.html"] for year in (2023, 2022, 2021, 2020)} == {"not_modified"}
    assert (second["/zwgk/nb/"], second["/zwgk/nb/2019.html"]) == ("same_bytes", "same_bytes")
    assert crawls.rows("SELECT count(*) FROM bodies") == bodies
    assert crawls.rows("SELECT count(*) FROM reports") == reports
    conditional = {url for url, headers in crawls.web.requests if "If-None-Match" in headers}
    assert COLUMN not in conditional
    assert f"{COLUMN}2023.html" in conditional

    runs = crawls.rows("SELECT outcome, json_extract(counts, '$.new'), json_extract(counts, '$.reports_new') FROM runs")
    assert [run[0] for run in runs] == ["finished", "finished"]
    assert runs[0][1:] == (len(whole), len(found))
    assert runs[1][1:] == (None, None)


def test_an_attachment_that_never_came_is_asked_for_again(crawls: Crawls) -> None:
    """Its report is filed and unchanged; only what no server has answered about is asked for."""
    address = f"{COLUMN}files/tj2019.xls"
    kept = crawls.web.pages[address]
    crawls.web.pages[address] = reset
    crawls.run("anhe", RETRY_TIMES=0)
    assert outcomes(crawls, 1)["/zwgk/nb/files/tj2019.xls"] == "reset"
    crawls.web.pages[address] = kept
    crawls.run("anhe")
    second = outcomes(crawls, 2)
    assert second["/zwgk/nb/2019.html"] == "same_bytes"
    assert second["/zwgk/nb/files/tj2019.xls"] == "new"
    crawls.run("anhe")
    assert "/zwgk/nb/files/tj2019.xls" not in outcomes(crawls, 3)


def test_a_list_that_keeps_back_is_named(crawls: Crawls) -> None:
    years = (2023, 2022, 2021)
    crawls.web.pages[COLUMN] = listing(
        [entry(year) for year in years], '共20条 第1/2页 <a href="javascript:void(0)" onclick="more()">下一页</a>'
    )
    crawls.portal("anhe", PORTAL + "[expect]\nreports = 15\n")
    log = crawls.run("anhe")
    assert re.search(r"says 20 entries; seen: 3 entries", log)
    assert "3 reports listed, 15 expected" in log
    counts = crawls.rows(
        "SELECT counts ->> 'list_incomplete', counts ->> 'list_says', counts ->> 'list_seen',"
        " counts ->> 'reports_expected' FROM runs"
    )
    assert counts == [(1, 20, 3, 15)]


def test_a_pager_without_an_end_stops(crawls: Crawls) -> None:
    """Past the end this server goes on showing its last page."""
    years = (2023, 2022, 2021)
    for page in range(9):
        crawls.web.pages[f"{COLUMN}{f'index_{page}.html' if page else ''}"] = listing(
            [entry(year) for year in (years if page else (2020, 2019, 2017))],
            f'<a href="index_{page + 1}.html">下一页</a>',
        )
    crawls.run("anhe")
    pages = [url for url in crawls.web.asked if "index_" in url]
    assert pages == [f"{COLUMN}index_1.html", f"{COLUMN}index_2.html"]


def test_a_portal_without_reports_says_so(crawls: Crawls) -> None:
    crawls.portal("anhe", PORTAL.replace('start = ["http://www.anhe.example/zwgk/nb/"]\n', ""))
    crawls.web.pages[f"{HOST}/"] = listing([("安禾县举办春季运动会", "/news/1.html", "2024-03-02")] * 3)
    log = crawls.run("anhe")
    assert "no report found on http://www.anhe.example/" in log
    assert crawls.rows("SELECT counts ->> 'nothing_listed' FROM runs") == [(1,)]
    assert outcomes(crawls, 1) == {"/": "new", "/zwgk/": "gone"}  # the column is looked for


@pytest.mark.parametrize(("blow", "run_outcome"), [(signal.SIGINT, "interrupted"), (signal.SIGKILL, "running")])
def test_a_crawl_that_is_stopped_is_completed_by_the_next(
    crawls: Crawls, blow: signal.Signals, run_outcome: str
) -> None:
    crawls.web.delay = 0.25
    with crawls.start("anhe") as process:
        while len(crawls.web.asked) < 6:
            time.sleep(0.02)
            assert process.poll() is None
        process.send_signal(blow)
        process.communicate(timeout=20)
    crawls.web.delay = 0

    assert crawls.rows("PRAGMA integrity_check") == [("ok",)]
    assert crawls.rows("SELECT outcome FROM runs") == [(run_outcome,)]
    kept = crawls.rows("SELECT url, body FROM visits WHERE body IS NOT NULL")
    assert 2 <= len(kept) < 10

    finished = {url for (url,) in crawls.rows("SELECT url FROM visits WHERE body IS NOT NULL AND role = 'report'")}
    crawls.web.asked.clear()
    crawls.run("anhe")
    assert set(kept) <= set(crawls.rows("SELECT url, body FROM visits"))
    assert not finished & set(crawls.web.asked)  # nor fetched again
    years = crawls.rows("SELECT year FROM current_reports ORDER BY year")
    assert years == [(year,) for year in (2017, 2019, 2020, 2021, 2022, 2023)]
    assert crawls.rows("SELECT outcome FROM runs ORDER BY id DESC LIMIT 1") == [("finished",)]


def test_an_archive_in_use_ends_the_crawl_with_its_name(crawls: Crawls) -> None:
    crawls.web.delay = 0.2
    with crawls.start("anhe") as first:
        while not crawls.web.asked:
            time.sleep(0.02)
            assert first.poll() is None
        with crawls.start("anhe") as second:
            _, log = second.communicate(timeout=20)
    assert second.returncode == 1
    assert str(crawls.archive) in log
    assert "in use" in log


def test_robots_txt_sets_the_pace(crawls: Crawls) -> None:
    crawls.web.pages[f"{HOST}/robots.txt"] = Page(b"User-agent: *\nCrawl-delay: 0.3\n")
    crawls.web.pages[COLUMN] = listing([entry(year) for year in (2023, 2022, 2021)])
    began = time.monotonic()
    log = crawls.run("anhe")
    assert "asks for 0.3 seconds" in log
    assert len(crawls.web.asked) == 5
    assert time.monotonic() - began > 3 * 0.3


def test_robots_txt_is_looked_for_where_it_was_moved_and_missed_where_it_is_not_had(crawls: Crawls) -> None:
    """Each host has a robots.txt of its own kind; what its two pages come to, and the words of a refusal."""
    closed = Page(b"User-agent: *\nDisallow: /closed/\n")
    kinds: dict[str, tuple[Answer, tuple[str, str], str]] = {
        "moved": (redirect("/a", 301), ("new", "robots_denied"), "Forbidden by robots.txt"),
        "shared": (redirect("http://moved.example/b"), ("new", "robots_denied"), "Forbidden by robots.txt"),
        "away": (
            redirect("http://archive.qinghe.example/r"),
            ("robots_denied",) * 2,
            "archive.qinghe.example/r, which",
        ),
        "ftp": (
            redirect("ftp://ftp.example/r"),
            ("robots_denied",) * 2,
            "ftp.example/robots.txt answers with status 302",
        ),
        "bad": (redirect("http://[::1/x"), ("robots_denied",) * 2, "status 302"),
        "circle": (redirect("/robots.txt"), ("robots_denied",) * 2, "status 302"),
        "down": (Page(closed.body, 503), ("robots_denied",) * 2, "down.example/robots.txt answers with status 503"),
        "reset": (reset, ("reset",) * 2, "cannot be had"),
        "nobody": (redirect("http://gone.invalid/r"), ("robots_denied",) * 2, "http://gone.invalid/r: "),
        "private": (Page(closed.body, 403), ("new", "new"), ""),
        "silent": (stall(2), ("timeout", "timeout"), ""),
    }
    pages: dict[str, Answer] = {"http://moved.example/a": redirect("/b"), "http://moved.example/b": closed}
    for name, (answer, _, _) in kinds.items():
        page = stall(2) if name == "silent" else listing([])
        pages |= {f"http://{name}.example/{path}": page for path in ("open/", "closed/")}
        pages[f"http://{name}.example/robots.txt"] = answer
    crawls.web.pages = pages
    crawls.direct = "gone.invalid"
    hosts = [f"{name}.example" for name in kinds]
    starts = [f"http://{host}/{path}" for host in hosts for path in ("open/", "closed/")]
    crawls.portal(
        "anhe",
        f'name = "安禾县"\nhome = "{starts[0]}"\nhosts = {[*hosts, "gone.invalid"]}\nstart = {starts}\n',
    )
    crawls.run("anhe", DOWNLOAD_TIMEOUT=0.5, RETRY_TIMES=0, CONCURRENT_REQUESTS=30)
    for name, (_, expected, words) in kinds.items():
        rows = crawls.rows(
            "SELECT outcome, error FROM visits WHERE url LIKE ? AND role <> 'robots' ORDER BY url DESC",
            f"http://{name}.%e_/",  # beside its own pages one is asked where the column may be
        )
        assert tuple(outcome for outcome, _ in rows) == expected, name
        assert words in (rows[1][1] or ""), name
    assert not any("qinghe" in url for url in crawls.web.asked)
    assert crawls.web.asked.count("http://circle.example/robots.txt") == 6

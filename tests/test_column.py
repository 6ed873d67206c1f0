"""Finding the column of annual reports from a home page: in forty styles, then by the real spider."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import pytest

from crawler.column import glance
from crawler.families.family import Page as Seen
from crawler.families.reading import read
from crawler.searchform import search_form
from crawler.seek import BUDGET, Search
from pipelines.dom import parse
from pipelines.listing import read_tree
from pipelines.records import Ask, Capture
from tests.conftest import gongkai
from tests.servers import Answer, Crawls, Page, serving
from tests.web.homes import Home, homes
from tests.web.homes.made import links, listed, other
from tests.web.parts import report

HOMES = homes()
C = "安禾县"


def searched(home: Home) -> Search:
    """A search of a portal that is served from a table."""
    search = Search(home.home, home.hosts)
    number = 0
    while step := search.next():
        url, number = step.candidate.url, number + 1
        while (page := home.pages.get(url)) and page.status == 302:
            url = urljoin(url, page.headers["Location"])
        if page is None:
            search.miss("gone")
            continue
        part = read(Capture(url, page.body, page.headers.get("Content-Type")), Ask(url), "", True)
        search.take(url, part, len(page.body), hashlib.sha256(page.body).digest(), number)
    return search


def test_the_right_column_comes_first():
    found = {home.name: searched(home) for home in HOMES}
    chosen = {name: search.best.url if search.best else "" for name, search in found.items()}
    wrong = {home.name: chosen[home.name] for home in HOMES if chosen[home.name] != home.column}
    assert len(HOMES) >= 30
    assert len(wrong) <= 0.05 * len(HOMES), wrong  # benchmarks/column.py prints the figure
    assert max(search.asked for search in found.values()) <= BUDGET
    for home in HOMES:
        assert home.elsewhere in {"", *(lead.url for lead in found[home.name].leads())}


def candidates(body: str, url: str = "http://www.anhe.example/") -> list[tuple[str, str]]:
    """Kind and address of what a page's links say."""
    html = f"<html><body>{body}</body></html>"
    found = glance(Seen(url, html, Ask(url)), read_tree(parse(html), url, html))
    return [(candidate.kind, candidate.url.removeprefix("http://www.anhe.example")) for candidate in found.candidates]


@pytest.mark.parametrize(
    ("words", "href"),
    [
        ("法治政府建设年度报告", "/fzzfndbg/"),
        ("政府网站工作年度报表", "/wzndbg/"),
        ("政府信息公开年报制度", "/zfxxgknb/zd/"),
        ("政府信息公开年度报告格式", "/ndbg/gs/"),
        ("企业年报公示系统", "/qynb/"),
        ("统计年鉴", "/nb/"),
        ("部门预算信息公开", "/czxx/"),
        ("安禾县2023年政府信息公开工作年度报告", "/zwgk/202401/t20240115_7.html"),
        ("政府信息公开年报", "/files/nb.pdf"),
        ("政府信息公开年报", "mailto:a@anhe.example"),
        ("政府信息公开年报", "/"),
    ],
)
def test_what_only_looks_like_the_column_is_none(words, href):
    assert not [url for kind, url in candidates(f'<a href="{href}">{words}</a>') if kind == "column"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<a href="/a/">政府信息公开</a><a href="/b/">信息公开年报</a>', [("column", "/b/"), ("way", "/a/")]),
        ('<a href="/a/">部门信息公开年报</a><a href="/b/">信息公开年报</a>', [("column", "/b/"), ("column", "/a/")]),
        ('<a href="/a/">2022年信息公开年报</a><a href="/b/">年报</a>', [("column", "/b/"), ("column", "/a/")]),
        ('<a href="/a/nb/"><img src="1.gif"></a>', [("column", "/a/nb/")]),
        ('<p>信息公开年报<a href="/a/">更多</a></p>', [("column", "/a/")]),
        ('<p>信息公开年报：<a href="/">首页</a></p>', []),
        ("<li onclick=\"location.href='/a/'\">政务公开</li>", [("way", "/a/")]),
        ('<iframe src="/zfxxgk/list.html"></iframe>', [("way", "/zfxxgk/list.html")]),
        ('<iframe src="/weather.html"></iframe>', []),
        ('<li data-url="/a/nb2/">政府信息公开年报</li>', [("column", "/a/nb2/")]),
        ('<a href="javascript:;" data-href="/a/">信息公开年报</a>', [("column", "/a/")]),
        ('<script>var m=[{name:"信息公开年报",url:"/a/"}]</script>', [("column", "/a/")]),
        (
            '<a href="/zwgk/ndbg/202401/t20240115_7.html">2023年政府信息公开工作年度报告</a>',
            [("column", "/zwgk/ndbg/")],
        ),
        ('<a href="/nb/2023.html">2023年政府信息公开工作年度报告</a>', [("column", "/nb/")]),
        ('<a href="http://xxgk.anhe.example/">政府信息公开</a>', [("way", "http://xxgk.anhe.example/")]),
    ],
)
def test_candidates_are_ranked(body, expected):
    assert candidates(body) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ('<form action="/s"><input name="q"></form>', "/s?q=%E6%94%BF"),
        ('<form action="/so" accept-charset="gbk"><input name=k><input type=hidden name=b></form>', "/so?b=&k=%D5%FE"),
        ('<form action="/s" method="post"><input name="q"></form>', None),
        ('<form action="/login"><input name="q"><input type="password" name="p"></form>', None),
        ('<form action="/search/mail"><input name="title"><input name="content"></form>', None),
    ],
)  # fmt: skip
def test_the_form_of_a_search_is_known(form, expected):
    found = search_form(parse(f"<html><body>{form}</body></html>"), "http://www.anhe.example/", "utf-8")
    assert found is None if expected is None else found and found.startswith(f"http://www.anhe.example{expected}")


def test_what_a_page_asks_for_is_in_its_own_charset():
    """As browsers do: the query in the page's charset, the path in UTF-8."""
    html = """<html><head><title>政府信息公开年报</title></head><body><form action="/so"><input name="q"></form><ul>
<li><a href="/info.jsp?t=年报&id=3">安禾县2023年政府信息公开工作年度报告</a><span>2024-01-20</span></li>
<li><a href="/年报/2.html">安禾县2022年政府信息公开工作年度报告</a><span>2023-01-20</span></li></ul></body></html>"""
    url = "http://www.anhe.example/nb/"
    part = read(Capture(url, html.encode("gbk"), "text/html; charset=gbk"), Ask(url), "", True)
    assert [item.href.removeprefix("http://www.anhe.example") for item in part.reports] == [
        "/info.jsp?t=%C4%EA%B1%A8&id=3",
        "/%E5%B9%B4%E6%8A%A5/2.html",
    ]
    assert any(candidate.url.startswith("http://www.anhe.example/so?q=%D5%FE") for candidate in part.candidates)


# ---------------------------------------------------------------- by the spider

PORTAL = (
    'name = "{name}"\nhosts = ["www.{name}.example"]\nhome = "http://www.{name}.example/"\n[access]\ndelay = 0.01\n'
)
CRAWLED = ("years", "elsewhere", "hub", "nothing", "below", "mega-byway-hanweb")


@pytest.fixture(scope="module")
def crawls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawls]:
    """One crawl of some of the homes; every report is there."""
    pages: dict[str, Answer] = {}
    chosen = [home for home in HOMES if home.name in CRAWLED]
    for home in chosen:
        pages |= home.pages
        best = searched(home)
        for seen in best._pages:
            pages |= {item.href: report(C, 2020) for item in seen.part.reports if item.href not in pages}
        for sibling in best.siblings():
            page = home.pages[sibling.candidate.url]
            listing = read(Capture(sibling.candidate.url, page.body), Ask(sibling.candidate.url))
            pages |= {item.href: report(C, 2020) for item in listing.reports}
    with serving(pages) as web:
        crawls = Crawls(tmp_path_factory.mktemp("column"), web)
        for home in chosen:
            crawls.portal(home.name, PORTAL.format(name=home.name))
        yield crawls


def crawl(crawls: Crawls, *names: str) -> str:
    done = gongkai(
        *("crawl", "--archive", crawls.archive, "--portals", crawls.folder / "portals", *names),
        env={"http_proxy": crawls.web.address, "https_proxy": crawls.web.address},
    )
    return done.stderr.decode()


def lists(crawls: Crawls, name: str, run: int) -> dict[str, tuple[str, int, dict[str, Any]]]:
    rows = crawls.rows("SELECT url, ended, reports, found FROM lists WHERE portal = ? AND run = ?", name, run)
    return {url: (ended, reports, json.loads(found) if found else {}) for url, ended, reports, found in rows}


def searching(crawls: Crawls, name: str, run: int) -> list[str]:
    rows = crawls.rows(
        "SELECT url FROM visits WHERE portal = ? AND run = ? AND role = 'listing' ORDER BY number", name, run
    )
    return [url for (url,) in rows]


def test_the_spider_finds_remembers_and_finds_again(crawls: Crawls):
    said = crawl(crawls, *CRAWLED)
    by_name = {home.name: home for home in HOMES}
    for name in CRAWLED:
        home, found = by_name[name], lists(crawls, name, 1)
        if home.column:
            ended, reports, told = found[home.column]
            assert (ended, bool(reports)) == ("end", name != "below"), name
            assert told["reasons"], name
            assert told["sure"], name
        else:
            assert [(url, ended, reports) for url, (ended, reports, _) in found.items()] == [
                (home.home, "end", 0)
            ] or name == "nothing"
            assert all(not told["sure"] and told["requests"] <= BUDGET for _, _, told in found.values())
    # the years of a column that has one for each
    assert len(lists(crawls, "years", 1)) == 4
    # what is on another host is said and kept, and never asked for
    assert "政府信息公开 may be on a host that its portal file does not name: http://xxgk.elsewhere.example/" in said
    assert lists(crawls, "elsewhere", 1)["http://www.elsewhere.example/"][2]["elsewhere"] == [
        ["http://xxgk.elsewhere.example/", "政府信息公开"]
    ]
    assert not [url for url in crawls.web.asked if "//xxgk." in url]
    # the way there, as the visits tell it
    way = searching(crawls, "mega-byway-hanweb", 1)
    assert [url.removeprefix("http://www.mega-byway-hanweb.example") for url in way] == [
        "/", "/zwgk/", "/zfxxgk/", "/col/col1229046/index.html",
    ]  # fmt: skip

    # the next run goes straight to the column
    crawl(crawls, "mega-byway-hanweb", "years", "below")
    assert searching(crawls, "mega-byway-hanweb", 2) == [by_name["mega-byway-hanweb"].column]
    assert len(searching(crawls, "years", 2)) == 4
    assert searching(crawls, "below", 2)[0] == by_name["below"].column

    # after a redesign the column is looked for again, and remembered again
    root = "http://www.mega-byway-hanweb.example"
    moved = listed("青禾县", "政府信息公开年报")
    crawls.web.pages |= {
        by_name["mega-byway-hanweb"].column: Page(b"", 404),
        f"{root}/zfxxgk/": other("青禾县", "政府信息公开", f"<ul>{links([('政府信息公开年报', '/new/nb/')])}</ul>"),
        f"{root}/new/nb/": moved,
    }
    for item in read(Capture(f"{root}/new/nb/", moved.body), Ask(f"{root}/new/nb/")).reports:
        crawls.web.pages[item.href] = report("青禾县", 2020)
    # so it is where the address of a portal file is dead
    dead = PORTAL.format(name="hub").replace("[access]", 'start = ["http://www.hub.example/old/"]\n[access]')
    crawls.portal("dead", dead)
    crawl(crawls, "mega-byway-hanweb", "dead")
    after = lists(crawls, "mega-byway-hanweb", 3)
    assert after[by_name["mega-byway-hanweb"].column][:2] == ("unreachable", 0)
    assert after[f"{root}/new/nb/"][:2] == ("end", 10)
    crawl(crawls, "mega-byway-hanweb")
    assert searching(crawls, "mega-byway-hanweb", 4) == [f"{root}/new/nb/"]
    found = lists(crawls, "dead", 3)
    assert found["http://www.hub.example/old/"][:2] == ("unreachable", 0)
    assert found["http://www.hub.example/zwgk/"][1] == 4

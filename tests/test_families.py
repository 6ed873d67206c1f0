"""The families: each is in the registry, has a site, and asks for the rest of a list as its pages' scripts would."""

from __future__ import annotations

import json
from importlib import import_module
from urllib.parse import parse_qsl, urlsplit

import pytest

from crawler.columns import Column
from crawler.families import FAMILIES, NAMES, SMALLER, smaller
from crawler.families.family import Page
from crawler.families.reading import Part, read, tell
from pipelines.records import Ask, Capture
from tests.servers import Page as Served
from tests.web import sites
from tests.web.parts import column, rows, titled

HOST = "http://www.anhe.example"


def part(page: Served, url: str, asked: Ask | None = None) -> Part:
    return read(Capture(url, page.body, "text/html"), asked or Ask(url))


def entries(*years: int) -> str:
    return rows((f"/zwgk/{year}.html", titled(year), f"{year + 1}-01-20") for year in years)


def test_each_family_is_in_the_registry_under_its_own_name():
    assert [import_module(module).FAMILY.name for module in FAMILIES.values()] == list(FAMILIES)
    assert tuple(family.name for family in smaller.FAMILIES) == SMALLER
    assert len(set(NAMES)) == len(NAMES)


def test_each_family_has_a_site():
    assert set(NAMES) - {site.family for site in sites()} == set()


@pytest.mark.parametrize(
    ("said", "url", "told"),
    [
        ('<a href="/zwgk/public/column/37?type=3">', HOST, "lonsun"),
        ('<a href="/content/column/6789">', HOST, "generic"),
        ('<div class="ewb-list">', f"{HOST}/001/001001/moreinfo.html", "epoint"),
        ('<a href="xxgk/info/1041/31887.htm">', HOST, "vsb"),
        ('<a href="/info/10/318.html">', HOST, "generic"),
        ('<a href="/ahx/c109822/202201/c01_253556.shtml">', f"{HOST}/ahx/c109822/list.shtml", "harbin"),
        ('<a href="/channels/1319.html">', HOST, "siteserver"),
        ("", f"{HOST}/zfxxgknb/index.jhtml", "jeecms"),
        ('<a href="/igs/front/list.jhtml?code=1">', HOST, "generic"),
        ('<a href="2.html">', f"{HOST}/zwgk/nb/1.html", "numbered"),
        ('<a href="./nb/2.htm">', HOST, "generic"),
        ('<input type="hidden" name="__VIEWSTATE" value="x">', f"{HOST}/list.aspx?id=3", "aspnet"),
        ("<title>Index of /xxgk/</title>", f"{HOST}/xxgk/", "directory"),
    ],
)
def test_a_family_is_told_from_what_only_its_pages_hold(said: str, url: str, told: str):
    assert tell(Page(url, f"<html><body>{said}</body></html>", Ask(url)))[0].name == told


# ---------------------------------------------------------------- Lonsun


@pytest.mark.parametrize(
    ("script", "method", "sent"),
    [
        (
            """var siteId = 6790001; $.get("/site/label/8888?labelName=publicInfoList&amp;siteId=" + siteId +
            "&amp;organId=37&amp;catId=5&amp;pageIndex=" + i, draw);""",
            "GET",
            {"siteId": "6790001", "organId": "37", "catId": "5", "pageIndex": "2"},
        ),
        (
            """<input name="siteId" value="6790001"><script>$.post("/site/label/8888", {labelName: "publicInfoList",
            'organId': 37, pageIndex: page, file: '/xxgk/list'});</script>""",
            "POST",
            {"siteId": "6790001", "organId": "37", "file": "/xxgk/list", "pageIndex": "2"},
        ),
    ],
    ids=["address", "object"],
)
def test_lonsun_sends_what_the_script_would(script: str, method: str, sent: dict[str, str]):
    url = f"{HOST}/public/column/37?type=3"
    page = column(f'<ul class="list">{entries(2021, 2022)}</ul>{script}<script>var x = {{pageCount:4}}</script>')
    (ask,) = part(page, url).ahead
    said = dict(parse_qsl(ask.body if method == "POST" else urlsplit(ask.url).query))
    assert (ask.method, ask.family, dict(ask.headers)["Referer"]) == (method, "lonsun", url)
    assert ask.url.startswith(f"{HOST}/site/label/8888")
    assert said.items() >= {"labelName": "publicInfoList", **sent}.items()


def test_lonsun_asks_once_where_the_page_does_not_say_how_much_there_is():
    page = column(
        f"""<ul class="list">{entries(2021, 2022)}</ul><script>
$.get("/site/label/8888?labelName=publicInfoList&organId=37&pageIndex=" + i);</script>"""
    )
    url = f"{HOST}/public/column/37?type=3"
    (ask,) = part(page, url).ahead
    nothing = read(Capture(ask.url, "<p>暂无相关信息</p>".encode(), "text/html"), ask)
    assert (nothing.items, nothing.ahead) == ((), ())


def test_lonsun_leaves_other_boxes_of_the_page_alone():
    page = column(
        f"""<ul class="list">{entries(2021, 2022)}</ul><script>var x = {{pageCount:4}};
$.get("/site/label/8888?labelName=searchDataList&organId=37", draw);
$.get("/site/label/8888", {{labelName: "publicInfoTop", organId: 37, pageIndex: 1}}, draw);</script>"""
    )
    (ask,) = part(page, f"{HOST}/public/column/37?type=3").ahead
    assert ask.url == f"{HOST}/public/column/37?type=3&pageIndex=2"


def test_lonsun_asks_for_nothing_where_the_page_has_all():
    page = column(
        f'<ul class="list">{entries(2021, 2022)}</ul><script>'
        '$.post("/site/label/8888", {organId: 37, pageIndex: i}); var x = {pageCount:1};</script>'
    )
    assert part(page, f"{HOST}/public/column/37?type=3").ahead == ()


# ---------------------------------------------------------------- Epoint

SERVICE = f"{HOST}/EWB-FRONT/rest/lightfrontaction/getgovinfolist"


def answered(records: int, total: object, index: int, **sent: object) -> Part:
    """What an answer of so many records to the request for a page leads to."""
    data = [{"title": titled(2000 + n), "infourl": f"/{n}.html", "infodate": "2024-01-20"} for n in range(records)]
    body = json.dumps({"custom": json.dumps({"data": data, "total": total})})
    asked = Ask(SERVICE, "POST", json.dumps({"pageIndex": index, "pageSize": 20, **sent}), family="epoint")
    return read(Capture(SERVICE, body.encode(), "application/json"), asked)


@pytest.mark.parametrize(
    ("records", "total", "index", "following"),
    [
        (20, "45", 0, [1, 2, 3]),
        (20, 45, 1, [2, 3]),
        (20, 45, 2, []),
        (0, 45, 0, [1]),
        (0, 45, 1, []),
        (20, None, 0, [1]),
        (20, None, 4, [5]),
        (0, None, 4, []),
        (5, 9999999, 0, list(range(1, 201))),
    ],
)
def test_epoint_counts_from_0_or_1(records: int, total: object, index: int, following: list[int]):
    found = answered(records, total, index)
    assert len(found.reports) == records
    assert [json.loads(ask.body)["pageIndex"] for ask in found.ahead] == following


def test_epoint_asks_for_the_script_that_names_its_service_first():
    url = f"{HOST}/zw/openlist.html?categorynum=001006&deptcode=11"
    page = column('<div class="ewb-list"></div><script src="../js/ajaxReq.js"></script>')
    (ask,) = part(page, url).ahead
    assert (ask.url, ask.method) == (f"{HOST}/js/ajaxReq.js", "GET")
    script = 'var siteInfo={"siteGuid":"7eb5","projectName":"/EWB-FRONT"};'
    (then,) = read(Capture(ask.url, script.encode(), "text/javascript"), ask).ahead
    assert (then.url, then.method, dict(then.headers)["Referer"]) == (SERVICE, "POST", url)
    said = json.loads(then.body)
    assert (said["categorynum"], said["deptcode"], said["siteGuid"], said["pageIndex"]) == ("001006", "11", "7eb5", 0)


# ---------------------------------------------------------------- ASP.NET


@pytest.mark.parametrize(
    ("pager", "posts"),
    [
        ("""<a href="javascript:__doPostBack('Pager','2')">下一页</a>""", ("Pager", "2")),
        ("""<a href="javascript:__doPostBack('ctl00$lbNext','')">下页</a>""", ("ctl00$lbNext", "")),
        (
            """<td><a href="javascript:__doPostBack('g','Page$1')">1</a></td><td><span>2</span></td>
            <td><a href="javascript:__doPostBack('g','Page$3')">3</a></td>
            <td><a href="javascript:__doPostBack('g','Page$4')">4</a></td>""",
            ("g", "Page$3"),
        ),
        ("""<span>2</span><a href="javascript:__doPostBack('g','Page$1')">1</a>""", None),
        ("""<a disabled="disabled">下一页</a>""", None),
        ("""<a href="?page=2">下一页</a><a href="javascript:__doPostBack('Pager','2')">2</a>""", None),
    ],
    ids=["word", "button", "numbers", "last", "disabled", "addresses"],
)
def test_a_form_is_posted_for_the_next_page(pager: str, posts: tuple[str, str] | None):
    url = f"{HOST}/list.aspx?id=3"
    page = column(
        f"""<form method="post" action="list.aspx?id=3"><input type="hidden" name="__VIEWSTATE" value="/w=">
<input name="key" value="年报"><input type="checkbox" name="all" value="1"><input type="submit" name="go" value="查询">
<ul class="list">{entries(2021, 2022)}</ul>{pager}</form>"""
    )
    asked = [ask for ask in part(page, url).ahead if ask.method == "POST"]
    if posts is None:
        assert asked == []
        return
    (ask,) = asked
    assert ask.url == url
    assert dict(parse_qsl(ask.body, keep_blank_values=True)) == {
        "__VIEWSTATE": "/w=",
        "key": "年报",
        "__EVENTTARGET": posts[0],
        "__EVENTARGUMENT": posts[1],
    }


# ---------------------------------------------------------------- forms and functions


@pytest.mark.parametrize(
    ("pager", "script", "asks"),
    [
        (
            '<a href="javascript:turnTo(2)">下一页</a>',
            "function turnTo(n){ if(n<1){return;} document.form1.pageNo.value=n; document.form1.submit(); }",
            ("POST", f"{HOST}/query.jsp", "lm=31&pageNo=2"),
        ),
        (
            """<span>1</span> <a href="#" onclick="go('2')">2</a> <a href="#" onclick="go('3')">3</a>""",
            "var go = function (page) { $('#pageNo').val(page); $('#form1').submit(); }",
            ("POST", f"{HOST}/query.jsp", "lm=31&pageNo=2"),
        ),
        (
            '<a href="javascript:void(0)" onclick="jump(2)">下页</a>',
            "function jump(p){ window.location.href = 'list.jsp?lm=31&start=' + p + '&type=1'; }",
            ("GET", f"{HOST}/list.jsp?lm=31&start=2&type=1", ""),
        ),
        ('<a href="javascript:load(2)">下一页</a>', "function load(n){ $.ajax({url: '/api?page=' + n}); }", None),
        ('<a href="javascript:elsewhere(2)">下一页</a>', "", None),
        ('<a href="?page=2">下一页</a>', "", ("GET", f"{HOST}/list.jsp?page=2", "")),
    ],
    ids=["field", "number", "address", "request", "unknown", "link"],
)
def test_a_pager_of_the_pages_own_is_followed(pager: str, script: str, asks: tuple[str, str, str] | None):
    page = column(
        f"""<ul class="list">{entries(2020, 2021, 2022)}</ul>
<form name="form1" id="form1" method="post" action="query.jsp">
<input type="hidden" name="lm" value="31"><input name="pageNo" id="pageNo" value="1"></form>{pager}
<script>{script}</script>"""
    )
    found = part(page, f"{HOST}/list.jsp?lm=31").ahead
    assert [(ask.method, ask.url, ask.body) for ask in found] == ([asks] if asks else [])


# ---------------------------------------------------------------- the column


@pytest.mark.parametrize(("pager", "ended"), [("load(2)", "script"), ("load(1)", "end"), ("void(0)", "end")])
def test_further_pages_that_only_a_script_brings_are_named(pager: str, ended: str):
    url = f"{HOST}/zwgk/nb/"
    walked = Column(url)
    link = f'<a href="javascript:;" onclick="{pager}">下一页</a><script>function load(n) {{ $.ajax("/api"); }}</script>'
    walked.take(part(column(f'<ul class="list">{entries(2021, 2022)}</ul>{link}'), url), 2000, b"1")
    assert walked.next() is None
    assert walked.ended == ended


def test_pages_that_came_again_do_not_make_a_list_complete():
    url = f"{HOST}/zwgk/nb/"
    walked = Column(url)
    page = column(f'<ul class="list">{entries(2021, 2022)}</ul>共3页 <a href="2.html">2</a><a href="3.html">3</a>')
    for digest in (b"1", b"2", b"3"):  # the same rows, with another time of making
        walked.take(part(page, url), 2000, digest)
        walked.next()
    assert (walked.pages, walked.ended) == (3, "repeated")

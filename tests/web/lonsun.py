"""Lonsun: rows drawn by a service that wants its parameters as the page has them, in three generations of pages."""

from collections.abc import Mapping

from tests.servers import Page
from tests.web import Site
from tests.web.parts import column, interface, report, titled

ISSUER = "安禾县"
HEAD = '<meta name="SiteId" content="6790001"><script src="/assets/ls/ls.js"></script>'
TOWNS = ("东渡镇", "西川镇", "南圩乡")


def _row(href: str, title: str, date: str) -> str:
    return (
        f'<li class="clearfix"><a class="title" href="{href}" title="{title}" target="_blank">{title[:16]}...</a>'
        f'<span class="date">{date}</span></li>'
    )


def _fragment(entries: list[tuple[str, str, str]]) -> Page:
    """What the service answers: a piece of HTML, or words that say there is nothing."""
    rows = "".join(_row(*entry) for entry in entries)
    return Page(f'<ul class="clearfix xxgk_nav_list">{rows or "<p>暂无相关信息</p>"}</ul>'.encode())


# ---------------------------------------------------------------- rows in the page, the rest posted for

POSTED = "http://www.ls-posted.example"
_ALL = [
    (f"{POSTED}/public/{33 + index}/6124{year}{index}.html", titled(year, issuer), f"{year + 1}-01-2{index}")
    for year in range(2023, 2013, -1)
    for index, issuer in enumerate((ISSUER, TOWNS[year % 3]))
]
_POSTED = f"{POSTED}/public/column/33?type=4&catId=3827899&action=list"


def _posted(asked: Mapping[str, str]) -> Page:
    right = {"labelName": "publicInfoList", "siteId": "6790001", "organId": "33", "catId": "3827899"}
    whole = right | {"file": "/xsxxgk/publicInfoList-xs"}
    if {name: asked.get(name) for name in whole} != whole:
        return _fragment([])
    number, size = int(asked["pageIndex"]), int(asked["pageSize"])
    return _fragment(_ALL[(number - 1) * size : number * size])


_posted_page = column(
    f"""<div class="xxgk_navli"><ul class="xxgk_nav_list">{"".join(_row(*entry) for entry in _ALL[:8])}</ul></div>
<div id="page_public_info" class="pagination"></div><script>
var siteId = '6790001';
$(function () {{ Ls.pagination("#page_public_info", function (i) {{
  $.ajax({{ url: "/site/label/8888?IsAjax=1&dataType=html&_=" + Math.random(), type: "post", data: {{
    siteId: siteId, pageSize: "8", pageIndex: i, action: "list", isDate: "true", dateFormat: "yyyy-MM-dd", length: "46",
    organId: "33", type: "4", catId: "3827899", cId: "", result: "暂无相关信息", labelName: "publicInfoList",
    file: "/xsxxgk/publicInfoList-xs" }}, success: function (html) {{ $(".xxgk_navli").html(html); }} }});
}}, {{ currPage: 1, pageCount:3 }}); }});</script>""",
    HEAD,
)

# ---------------------------------------------------------------- a shell below /zwgk

SHELL = "http://www.ls-shell.example"
_SHELL = f"{SHELL}/zwgk/public/column/37?type=3&action=list"
_YEARS = range(2010, 2024)


def _shelled(asked: Mapping[str, str]) -> Page:
    if asked.get("organId") != "37" or asked.get("siteId") != "6790001" or asked.get("type") != "3":
        return _fragment([])
    years = sorted(_YEARS, reverse=True)
    number, size = int(asked.get("pageIndex") or 1), int(asked.get("pageSize") or 15)
    chosen = years[(number - 1) * size : number * size]
    return _fragment(
        [(f"/zwgk/public/37/7200{year}.html", titled(year, ISSUER), f"{year + 1}-02-01") for year in chosen]
    )


_shell_page = column(
    """<div class="xxgk_nav_con" id="xxgk_lmcon"><div class="loading">正在加载</div></div><script>
var siteId = '6790001'; var organId = '37';
function load(i) { $("#xxgk_lmcon").load("/zwgk/site/label/8888?labelName=publicInfoList&siteId=" + siteId +
 "&pageSize=5&pageIndex=" + i + "&action=list&fuzzySearch=false&isDate=true&dateFormat=yyyy-MM-dd&length=80&organId=" +
 organId + "&type=3&catIds=&cId=&result=%E6%9A%82%E6%97%A0&file=%2Fxxgk%2FpublicInfoList_newest2020"); }
Ls.ready(load);</script>""",
    HEAD,
)

# ---------------------------------------------------------------- an old one, with the page's number on its own address

OLD = "http://xxgk.ls-old.example"
_OLD = f"{OLD}/public/column/6600?type=3"


def _old(asked: Mapping[str, str]) -> Page:
    number = int(asked.get("pageIndex") or 1)
    years = sorted(range(2012, 2020), reverse=True)[(number - 1) * 4 : number * 4]
    rows = "".join(
        f'<tr><td>{index}</td><td><a href="/public/6600/6124{year}.html" title="{titled(year, ISSUER)}">'
        f"{titled(year, ISSUER)[:15]}...</a></td><td>{year + 1}-01-10</td></tr>"
        for index, year in enumerate(years, 1)
    )
    return column(
        f"""<table class="r_xh_b" width="100%"><tr><th>序号</th><th>名称</th><th>发布日期</th></tr>{rows}</table>
<div id="page_list"></div><script>Ls.pagination("#page_list", turn, {{ currPage: {number}, pageCount:2 }});</script>"""
    )


SITES = (
    Site(
        name="lonsun-posted",
        family="lonsun",
        start=(_POSTED,),
        pages={
            _POSTED: _posted_page,
            f"{POSTED}/site/label/8888?": interface(_posted, referer=_POSTED, method="POST"),
            **{href: report(title.partition("2")[0], int(date[:4]) - 1) for href, title, date in _ALL},
        },
        reports=frozenset(href for href, _, _ in _ALL),
        lists={_POSTED: "complete"},
        most=3,
        traps="parameters in a script, 404 without referer, titles cut, towns' reports in the same list",
    ),
    Site(
        name="lonsun-shell",
        family="lonsun",
        start=(_SHELL,),
        pages={
            _SHELL: _shell_page,
            f"{SHELL}/zwgk/site/label/8888?": interface(_shelled),
            **{f"{SHELL}/zwgk/public/37/7200{year}.html": report(ISSUER, year) for year in _YEARS},
        },
        reports=frozenset(f"{SHELL}/zwgk/public/37/7200{year}.html" for year in _YEARS),
        lists={_SHELL: "end"},
        most=5,
        traps="no row in the page, parameters in an address that a script puts together, no word of how many there are",
    ),
    Site(
        name="lonsun-old",
        family="lonsun",
        start=(_OLD,),
        pages={
            f"{OLD}/public/column/6600?": interface(_old),
            **{f"{OLD}/public/6600/6124{year}.html": report(ISSUER, year) for year in range(2012, 2020)},
        },
        reports=frozenset(f"{OLD}/public/6600/6124{year}.html" for year in range(2012, 2020)),
        lists={_OLD: "complete"},
        most=2,
        traps="the call is in another file",
    ),
)

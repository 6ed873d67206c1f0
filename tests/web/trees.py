"""Columns below columns: framesets, years by query, kinds of bodies and bodies, tabs between numbered columns."""

from collections.abc import Mapping

from tests.servers import Answer, Page
from tests.web import Site
from tests.web.parts import Row, column, interface, report, rows, titled

ISSUER = "安禾县"
YEARS = sorted(range(2010, 2022), reverse=True)
_SERVED = {"Content-Type": "text/html"}
_HEAD = (
    '<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"><title>信息公开年报</title></head>'
)


def _gbk(markup: str) -> Page:
    return Page(markup.encode("gbk"), headers=_SERVED)


# ---------------------------------------------------------------- a frameset, all in GBK

FRAMES = "http://www.frameset.example/gongkai/nianbao/"


_FRAMESET = _gbk(
    f"""{_HEAD}
<frameset rows="90,*" border="0"><frame name="top" src="top.html" scrolling="no"><frameset cols="180,*">
<frame name="left" src="left.html"><frame name="main" src="right.html"></frameset>
<noframes><body>您的浏览器不支持框架{"　" * 200}</body></noframes></frameset></html>"""
)
_LEFT = _gbk(
    f"""<html><head><title>目录</title></head><body><p><a href="../zhinan.html" target="main">公开指南</a></p>
<p><a href="right.html" target="main">公开年报</a></p>{"<!-- -->" * 80}</body></html>"""
)
_ROWS = "".join(
    f'<tr><td>·</td><td><a href="{year}.html">{titled(year, ISSUER)}</a></td><td>{year + 1}-01-20</td></tr>'
    for year in YEARS[:6]
)
_RIGHT = _gbk(f"{_HEAD}\n<body><table>{_ROWS}</table></body></html>")

# ---------------------------------------------------------------- years by query, below each the departments

TREE = "http://www.tree-query.example"
_TREE = f"{TREE}/site/tpl/7931?nav=4"
_UNDER = f"{TREE}/zwgk/zfxxgknb/"


def _by_year(query: Mapping[str, str]) -> Page:
    years = "".join(f'<li><a href="/site/tpl/7931?nav=4&year={year}">{year}年</a></li>' for year in (2020, 2021))
    other = '<li><a href="/site/tpl/8000?nav=9&year=2021">2021年</a></li>'
    year = int(query.get("year") or 0)
    entries: list[Row] = [
        (f"/public/{organ}/7100{year}.html", titled(year, issuer), f"{year + 1}-01-20")
        for organ, issuer in (((6600, ISSUER), (6601, f"{ISSUER}财政局")) if year else ())
    ]
    return column(
        f"""<div class="tabs"><ul class="years">{years}</ul></div>
<div class="budget"><h3>财政预算</h3><ul>{other}</ul></div>
<ul class="list">{rows(entries)}</ul>{"<!-- -->" * 60}"""
    )


_departments = {
    _UNDER: column(
        f"""<ul class="list"><li><a href="{_UNDER}szf/">县政府</a></li><li><a href="{_UNDER}bm/">县直部门</a></li>
<li><a href="{_UNDER}xz/">乡镇</a></li></ul>{"<!-- -->" * 60}"""
    ),
    f"{_UNDER}szf/": column(f'<ul class="list">{rows([("2021.html", titled(2021, ISSUER), "2022-01-20")])}</ul>'),
    f"{_UNDER}bm/": column(
        '<ul class="list"><li><a href="jyj/">教育局</a></li><li><a href="slj/">水利局</a></li></ul>'
    ),
    f"{_UNDER}xz/": column('<ul class="list"><li><a href="ddz/">东渡镇</a></li></ul>'),
    f"{_UNDER}bm/jyj/": column(f'<ul class="list">{rows([("2021.html", "2021年度报告", "2022-01-11")])}</ul>'),
    f"{_UNDER}bm/slj/": column("<p>暂无信息</p>" + "<!-- -->" * 60),
    f"{_UNDER}xz/ddz/": column(f'<ul class="list">{rows([("2021.html", titled(2021, "东渡镇"), "2022-01-12")])}</ul>'),
}
_tree_reports: dict[str, Answer] = {
    f"{_UNDER}szf/2021.html": report(ISSUER, 2021),
    f"{_UNDER}bm/jyj/2021.html": report(f"{ISSUER}教育局", 2021),
    f"{_UNDER}xz/ddz/2021.html": report("东渡镇", 2021),
}
_year_reports: dict[str, Answer] = {
    f"{TREE}/public/{organ}/7100{year}.html": report(issuer, year)
    for organ, issuer in ((6600, ISSUER), (6601, f"{ISSUER}财政局"))
    for year in (2020, 2021)
}

# ---------------------------------------------------------------- columns that only numbers tell apart

TABS = "http://www.tree-flat.example"
_TABS = {11: ("政府年报", ISSUER), 12: ("部门年报", f"{ISSUER}教育局"), 13: ("乡镇（街道）年报", "东渡镇")}


def _tab(number: int, issuer: str) -> Page:
    menu = "".join(f'<a href="/channel/list/{other}.html">{words}</a>' for other, (words, _) in _TABS.items())
    menu += '<a href="/channel/list/14.html">法治政府建设年度报告</a><a href="/channel/list/15.html">部门预算</a>'
    entries = [(f"/channel/show/{number}{year}.html", titled(year, issuer), "2022-01-20") for year in (2020, 2021)]
    return column(f'<div class="tabs">{menu}</div><ul class="list">{rows(entries)}</ul>')


_tab_reports = {
    f"{TABS}/channel/show/{number}{year}.html": report(issuer, year)
    for number, (_, issuer) in _TABS.items()
    for year in (2020, 2021)
}


SITES = (
    Site(
        name="frameset",
        family="generic",
        start=(FRAMES,),
        pages={
            FRAMES: _FRAMESET,
            f"{FRAMES}left.html": _LEFT,
            f"{FRAMES}right.html": _RIGHT,
            **{f"{FRAMES}{year}.html": report(ISSUER, year) for year in YEARS[:6]},
        },
        reports=frozenset(f"{FRAMES}{year}.html" for year in YEARS[:6]),
        lists={FRAMES: "end", f"{FRAMES}left.html": "nothing", f"{FRAMES}right.html": "end"},
        most=3,
        traps="a frameset in GBK: menu and list are pages of their own",
    ),
    Site(
        name="tree-query",
        family="lonsun",
        start=(_TREE,),
        pages={f"{TREE}/site/tpl/7931?": interface(_by_year), **_year_reports},
        reports=frozenset(_year_reports),
        lists={_TREE: "end", f"{_TREE}&year=2020": "end", f"{_TREE}&year=2021": "end"},
        most=3,
        traps="years by a parameter; beside them the same words for the budget",
    ),
    Site(
        name="tree-deep",
        family="generic",
        start=(_UNDER,),
        pages={**_departments, **_tree_reports},
        reports=frozenset(_tree_reports),
        lists={url: "end" if url != f"{_UNDER}bm/slj/" else "nothing" for url in _departments},
        most=7,
        traps="kinds of bodies, below them the bodies; one is empty; the county's own among them",
    ),
    Site(
        name="tree-flat",
        family="channels",
        start=(f"{TABS}/channel/list/11.html",),
        pages={
            **{f"{TABS}/channel/list/{number}.html": _tab(number, issuer) for number, (_, issuer) in _TABS.items()},
            **_tab_reports,
        },
        reports=frozenset(_tab_reports),
        lists={f"{TABS}/channel/list/{number}.html": "end" for number in _TABS},
        most=3,
        traps="columns of other bodies beside the first, not below it; other yearly reports in the same tabs",
    ),
)

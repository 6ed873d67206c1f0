"""Menus crossed with ways to the column: how a home page names its links, and how far the column is."""
# ruff: noqa: E501  # a page reads best as one piece

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import cycle

from tests.servers import Page
from tests.web.homes import Home
from tests.web.homes.made import NAMES, NEIGHBOURS, STANDING, footer, links, listed, made, news, other, page

Pairs = Iterable[tuple[str, str]]


def mega(pairs: Pairs, county: str) -> Page:
    """A menu that unfolds, with everything in it."""
    body = (
        f'<body><div class="header"><ul class="nav"><li><a href="/">首页</a></li><li><a href="/xwzx/">新闻中心</a>'
        f'<div class="sub" style="display:none"><a href="/xwzx/zwyw/">政务要闻</a></div></li>'
        f'<li><a href="javascript:;">公开</a><div class="sub" style="display:none"><ul>{links(pairs)}</ul></div></li>'
        f'<li><a href="/bsfw/">办事</a></li></ul></div>{news()}{footer(county)}</body>'
    )
    return page(body, f"{county}人民政府门户网站", head='<meta charset="utf-8">')


def tables(pairs: Pairs, county: str) -> Page:
    """Tables in tables, in GBK, as in 2009."""
    cells = "".join(
        f'<tr><td height=22 background="images/bt.gif"><font color="#003366">·<a href="{href}" target=_blank>{words}</a>'
        "</font></td></tr>"
        for words, href in pairs
    )
    body = (
        f"<body bgcolor=#ffffff><table width=1002 align=center><tr><td><img src=images/top.jpg></td></tr><tr><td>"
        f"<table width=200><tr><td>公开</td></tr>{cells}</table></td><td>{news()}</td></tr></table></body>"
    )
    head = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">'
    return page(body, f"{county}政府网", head=head, charset="gbk")


def pictures(pairs: Pairs, county: str) -> Page:
    """Every link is a picture with its words in alt."""
    shown = "".join(
        f'<a href="{href}"><img src="/images/nav_{n}.png" alt="{words}" border="0"></a>'
        for n, (words, href) in enumerate(pairs)
    )
    return page(f'<body><div class="gk">{shown}</div>{news()}{footer(county)}</body>', f"{county}人民政府")


def clicks(pairs: Pairs, county: str) -> Page:
    """Nothing is a link; everything opens by script."""
    shown = "".join(f"""<td onclick="window.open('{href}','_self')" class="m">{words}</td>""" for words, href in pairs)
    return page(f"<body><table><tr>{shown}</tr></table>{news()}{footer(county)}</body>", f"{county}人民政府")


def calls(pairs: Pairs, county: str) -> Page:
    """Links whose address stands in a call."""
    shown = "".join(f"""<li><a href="javascript:goto('{href}')">{words}</a></li>""" for words, href in pairs)
    return page(f"<body><ul>{shown}</ul>{news()}{footer(county)}</body>", f"{county}人民政府")


def tabs(pairs: Pairs, county: str) -> Page:
    """Tabs, the one with the links hidden."""
    body = (
        '<body><div class="tab"><a href="#t1">要闻</a><a href="#t2">公开</a></div>'
        f'<div id="t1">{news()}</div><div id="t2" class="hide" style="display:none"><ul>{links(pairs)}</ul></div>'
        f"{footer(county)}</body>"
    )
    return page(body, f"{county}人民政府")


def low(pairs: Pairs, county: str) -> Page:
    """All links in a map of the site at the foot."""
    body = (
        f'<body>{news()}<div class="footer"><dl><dt>走进{county}</dt><dd><a href="/zjxs/">县情概况</a></dd></dl>'
        f"<dl><dt>公开</dt>{''.join(f'<dd><a href={chr(34)}{href}{chr(34)}>{words}</a></dd>' for words, href in pairs)}"
        f"</dl></div></body>"
    )
    return page(body, f"{county}人民政府")


def written(pairs: Pairs, county: str) -> Page:
    """A menu that a script writes."""
    shown = "\n".join(
        f"""document.write('<li><a href="{href}" class="m1"><span>{words}</span></a></li>');""" for words, href in pairs
    )
    return page(f"<body><script>{shown}</script>{news()}{footer(county)}</body>", f"{county}人民政府")


def data(pairs: Pairs, county: str) -> Page:
    """A menu kept as data."""
    shown = ",".join(
        f'{{"id":{n},"title":"{words}","link":"{href}","child":[]}}' for n, (words, href) in enumerate(pairs)
    )
    return page(
        f"<body><div id='menu'></div><script>var menus=[{shown}];draw(menus);</script>{news()}{footer(county)}</body>",
        f"{county}人民政府",
    )


def areas(pairs: Pairs, county: str) -> Page:
    """An image map."""
    shown = "".join(
        f'<area shape="rect" coords="{90 * n},0,{90 * n + 88},30" href="{href}" alt="{words}">'
        for n, (words, href) in enumerate(pairs)
    )
    return page(
        f'<body><img src="/images/menu.jpg" usemap="#m"><map name="m">{shown}</map>{news()}{footer(county)}</body>',
        f"{county}人民政府",
    )


Menu = Callable[[Pairs, str], Page]

# the column: its name on the portal, its address, the address of a report
COLUMNS = {
    "trs": ("政府信息公开年报", "/zwgk/zfxxgknb/", "./{y}01/t{y}0115_{n}.html"),
    "hanweb": ("信息公开年度报告", "/col/col1229046/index.html", "/art/{y}/1/15/art_1229046_{n}.html"),
    "ucap": (
        "年度报告",
        "/qhx/c102483/zfxxgk_gknb.shtml",
        "/qhx/c102483/{y}01/0f3a{n}e5c04d21b07a2a5b8e6f001122.shtml",
    ),
    "vsb": ("信息公开年报", "/zwgk/nb.htm", "../info/1041/{n}.htm"),
    "lonsun": ("政府信息公开年度报告", "/public/column/6616463?type=3&action=list", "/public/6616463/4{n}77.html"),
    "query": ("年报", "/List_wj.aspx?lmid=77", "/View.aspx?id={n}"),
    "english": ("信息公开工作年度报告", "/disclosure/annual-report/", "./{n}.html"),
    "numbered": ("公开年报", "/23233/23241/index.htm", "content_{n}.html"),
    "uuid": (
        "政府信息公开工作年度报告",
        "/columns/7c5d1e9a-0b1f-4a53-9d52-0f3a11e5c04d/index.html",
        "./{y}01/15/{n}.html",
    ),
    "suffixed": ("公开报告", "/zwgk/ndgzbg_15/", "./{n}/index.html"),
}


def near(menu: Menu, county: str, kind: str, name: str) -> Home:
    """The home page names the column itself, among its neighbours."""
    words, column, href = COLUMNS[kind]
    pairs = (*NEIGHBOURS[:3], *STANDING, (words, column), *NEIGHBOURS[3:])
    return made(name, column, {"/": menu(pairs, county), column: listed(county, words, href=href)}, county=county)


def by_way(menu: Menu, county: str, kind: str, name: str) -> Home:
    """The column is named on the page of disclosure, two clicks away."""
    words, column, href = COLUMNS[kind]
    pages = {
        "/": menu((("新闻中心", "/xwzx/"), ("政务公开", "/zwgk/"), ("办事服务", "/bsfw/")), county),
        "/zwgk/": other(county, "政务公开", f"<ul>{links((('政府信息公开', '/zfxxgk/'), *NEIGHBOURS))}</ul>"),
        "/zfxxgk/": other(county, "政府信息公开", f"<ul>{links((*STANDING, (words, column), *NEIGHBOURS[:1]))}</ul>"),
        column: listed(county, words, href=href),
    }
    return made(name, column, pages, county=county)


def _styles() -> Iterable[Home]:
    menus = (mega, tables, pictures, clicks, calls, tabs, low, written, data, areas)
    counties, kinds = cycle(NAMES), cycle(COLUMNS)
    for menu in menus:
        for way in (near, by_way):
            kind = next(kinds)
            yield way(menu, next(counties), kind, f"{menu.__name__}-{way.__name__.replace('_', '')}-{kind}")
        next(kinds)  # another pairing for the next menu


HOMES = tuple(_styles())

"""Families that are read by links alone, and pagers that lie: they lead round, ignore the number, promise too much."""

from collections.abc import Mapping

from tests.servers import Answer, Page
from tests.web import Site
from tests.web.parts import column, interface, report, rows, titled

ISSUER = "安禾县"
YEARS = sorted(range(2012, 2024), reverse=True)


def _entries(prefix: str, suffix: str, years: list[int]) -> str:
    return rows((f"{prefix}{year}{suffix}", titled(year, ISSUER), f"{year + 1}-01-20") for year in years)


def _reports(prefix: str, suffix: str, years: list[int]) -> dict[str, Answer]:
    return {f"{prefix}{year}{suffix}": report(ISSUER, year) for year in years}


def _site(
    name: str,
    start: str,
    lists: Mapping[str, Answer],
    found: Mapping[str, Answer],
    ended: str,
    traps: str,
    most: int = 0,
) -> Site:
    return Site(
        name=name,
        family=name,
        start=(start,),
        pages={**lists, **found},
        reports=frozenset(found),
        lists={start: ended},
        most=most or len(lists),
        traps=traps,
    )


# ---------------------------------------------------------------- JEECMS: index_2.jhtml, and a page behind the last

JEE = "http://www.jeecms.example/zfxxgknb"


def _jee(number: int) -> Page:
    links = "".join(f'<a href="{_jee_name(page)}">{page}</a>' for page in (1, 2, 3) if page != number)
    following = f'<a href="{_jee_name(number + 1)}">下一页</a>' if number < 3 else "下一页"
    return column(
        f"""<ul class="list">{_entries(f"{JEE}/", ".jhtml", YEARS[(number - 1) * 4 : number * 4])}</ul>
<div class="page">共 12 条记录 {number}/3 页 {links} {following}</div>"""
    )


def _jee_name(page: int) -> str:
    return "index.jhtml" if page == 1 else f"index_{page}.jhtml"


# ---------------------------------------------------------------- SiteServer: a list whose pages lead round

SERVER = "http://www.siteserver.example"


def _server(number: int) -> Page:
    """The second page leads back to the first, which says there were more."""
    following = {1: "/channels/1319_2.html", 2: "/channels/1319.html"}[number]
    return column(
        f"""<ul class="list">{_entries(f"{SERVER}/contents/1319/", ".html", YEARS[(number - 1) * 4 : number * 4])}</ul>
<div class="page">共12条 <a href="{following}">下一页</a></div>"""
    )


# ---------------------------------------------------------------- channels: page 2 is page 1 again

CHANNELS = "http://www.channels.example"
_CHANNELS = f"{CHANNELS}/ndbg.thtml?id=14198"


def _thtml(_asked: Mapping[str, str]) -> Page:
    links = "".join(f'<a href="/ndbg.thtml?id=14198&page={page}">{page}</a>' for page in (2, 3))
    return column(
        f"""<ul class="list">{_entries(f"{CHANNELS}/channel/show/", ".html", YEARS[:4])}</ul>
<div class="page">共3页 <span class="current">1</span>{links}<a href="/ndbg.thtml?id=14198&page=2">下一页</a></div>"""
    )


# ---------------------------------------------------------------- iList: beyond the end the last page again

ILIST = "http://www.ilist.example"
_ILIST = f"{ILIST}/info/iList.jsp?node_id=GKmzs&cat_id=15971"


def _ilist(asked: Mapping[str, str]) -> Page:
    number = min(int(asked.get("cur_page") or 1), 3)
    entries = _entries(f"{ILIST}/info/iIndex.jsp?cat_id=15971&id=", "", YEARS[(number - 1) * 4 : number * 4])
    where = f"/info/iList.jsp?node_id=GKmzs&cat_id=15971&cur_page={number + 1}"
    return column(
        f"""<div class="list_div"><ul>{entries}</ul></div>
<div class="page"><a href="{where}">下一页</a></div>"""
    )


def _ilist_report(asked: Mapping[str, str]) -> Page:
    return report(ISSUER, int(asked["id"]))


# ---------------------------------------------------------------- numbered pages, the last but one a stub

NUMBERED = "http://www.numbered.example/zwgk/xxgknb"


def _numbered(number: int) -> Page:
    links = "".join(f'<a href="{page}.html">{page}</a>' for page in (1, 2, 3) if page != number)
    following = f'<a href="{number + 1}.html">下一页</a>' if number < 3 else ""
    return column(
        f"""<ul class="list">{_entries("/zwgk/xxgknb/16400", "0001.html", YEARS[(number - 1) * 4 : number * 4])}</ul>
<div class="page">共12条 {links}{following}</div>"""
    )


# ---------------------------------------------------------------- 河北: columns named by uuids

HEBEI = "http://www.hebei.example/columns/1f0c1c9a-5c1c-4a0b-9c4a-0e8f5a4d2b11"


def _hebei(number: int) -> Page:
    name = "index.html" if number == 1 else f"index_{number}.html"
    following = f'<a href="{HEBEI}/index_{number + 1}.html">下一页&gt;</a>' if number < 3 else ""
    entries = _entries(
        f"{HEBEI}/202401/12/6c0d2f3e-6a1b-4c7d-8e9f-00000000", ".html", YEARS[(number - 1) * 4 : number * 4]
    )
    return column(f'<ul class="list">{entries}</ul><div class="page"><a href="{name}">首页</a>{following}</div>')


# ---------------------------------------------------------------- 湖南: the county's among the towns'

HUNAN = "http://www.hunan.example/zwgk/xxgkndbg"
_TOWNS = ("东渡镇", "西川镇", "南圩乡", "北塘街道办事处")
_MIXED = [
    (f"{HUNAN}/{year + 1}0326/i{year}{index}0.html", titled(year, f"{ISSUER}{town}"), f"{year + 1}-03-26")
    for year in (2023, 2022, 2021)
    for index, town in enumerate(("", *_TOWNS))
] + [(f"{HUNAN}/20170612/i146779.html", titled(2013, ISSUER), "2017-06-12")]
_OTHER = [
    (f"{HUNAN}/20240201/i77{index}.html", title, "2024-02-01")
    for index, title in enumerate(
        (
            "安禾县2023年政府网站工作年度报表",
            "安禾县2023年法治政府建设年度报告",
            "关于做好2023年政府信息公开工作年度报告编制工作的通知",
        )
    )
]

# ---------------------------------------------------------------- cms/html: the second page is gone

CMS = "http://www.cmshtml.example/cms/html/ahxzf/zfxxgknb"


def _cms() -> Page:
    return column(
        f"""<ul class="list">{_entries("/cms/html/ahxzf/2024-01-25/17791", ".html", YEARS[:6])}</ul>
<div class="page">第1页/共2页 <a href="index_2.html">下一页</a></div>"""
    )


# ---------------------------------------------------------------- 荆州, 吉安, 济南, 河南

JINGZHOU = "http://zwgk.jingzhou-list.example"
_JINGZHOU = f"{JINGZHOU}/list.shtml?column_id=31719"


def _jingzhou(asked: Mapping[str, str]) -> Page:
    number = int(asked.get("pageNo") or 1)
    entries = _entries("/31719/105220253/t105220253034/", ".shtml", YEARS[(number - 1) * 4 : number * 4])
    links = "".join(f'<a href="?column_id=31719&pageNo={page}">{page}</a>' for page in (1, 2, 3) if page != number)
    return column(f'<ul class="list">{entries}</ul><div class="page"><em class="cur">{number}</em>{links}</div>')


JIAN = "http://www.xxgklist.example"
JINAN = "http://www.channelhex.example/gongkai/channel_5f9a1b2c3d4e5f6a7b8c9d0e"
HENAN = "http://www.henan.example"

# ---------------------------------------------------------------- pc/list: nothing but a script

PC = "http://www.pclist.example/ahx/c00145/pc/list.html"
_PC_HOME = "http://www.pclist.example/"
_SHELL = column(
    """<div id="app"></div><script>var siteId = "ahx"; new Vue({ el: "#app" });</script>
<script src="/static/js/chunk-vendors.3f2a.js"></script><a href="/ahx/c00145/pc/list.html" style="display:none"></a>"""
)


SITES = (
    _site(
        "jeecms",
        f"{JEE}/index.jhtml",
        {f"{JEE}/{_jee_name(page)}": _jee(page) for page in (1, 2, 3)},
        _reports(f"{JEE}/", ".jhtml", YEARS),
        "complete",
        "the lists' names look like articles'",
    ),
    _site(
        "siteserver",
        f"{SERVER}/channels/1319.html",
        {f"{SERVER}/channels/1319.html": _server(1), f"{SERVER}/channels/1319_2.html": _server(2)},
        _reports(f"{SERVER}/contents/1319/", ".html", YEARS[:8]),
        "short",
        "a list that leads from its second page to its first",
    ),
    _site(
        "channels",
        _CHANNELS,
        {f"{CHANNELS}/ndbg.thtml?": interface(_thtml)},
        _reports(f"{CHANNELS}/channel/show/", ".html", YEARS[:4]),
        "repeated",
        "the number of the page is ignored: the first again",
        most=3,
    ),
    Site(
        name="ilist",
        family="ilist",
        start=(_ILIST,),
        pages={f"{ILIST}/info/iList.jsp?": interface(_ilist), f"{ILIST}/info/iIndex.jsp?": interface(_ilist_report)},
        reports=frozenset(f"{ILIST}/info/iIndex.jsp?cat_id=15971&id={year}" for year in YEARS),
        lists={_ILIST: "end"},
        most=4,
        traps="no total; behind the end the last page again",
    ),
    _site(
        "numbered",
        f"{NUMBERED}/1.html",
        {
            f"{NUMBERED}/1.html": _numbered(1),
            f"{NUMBERED}/2.html": _numbered(2),
            f"{NUMBERED}/3.html": Page(b"<html><body>404</body></html>"),
        },
        _reports(f"{NUMBERED}/16400", "0001.html", YEARS[:8]),
        "stub",
        "its last page is a stub with status 200",
    ),
    _site(
        "hebei",
        f"{HEBEI}/index.html",
        {f"{HEBEI}/{'index.html' if page == 1 else f'index_{page}.html'}": _hebei(page) for page in (1, 2, 3)},
        _reports(f"{HEBEI}/202401/12/6c0d2f3e-6a1b-4c7d-8e9f-00000000", ".html", YEARS),
        "end",
        "no total",
    ),
    Site(
        name="hunan-towns",
        family="hunan",
        start=(f"{HUNAN}/index.html",),
        pages={
            f"{HUNAN}/index.html": column(f'<ul class="list">{rows([*_OTHER, *_MIXED])}</ul>'),
            **{
                href: report(title.partition("20")[0], int(title.partition("20")[2][:2]) + 2000)
                for href, title, _ in _MIXED
            },
        },
        reports=frozenset(href for href, _, _ in _MIXED),
        lists={f"{HUNAN}/index.html": "end"},
        most=1,
        traps="towns' reports and look-alikes in the same list; a report of 2013 loaded in 2017",
    ),
    _site(
        "cmshtml",
        f"{CMS}/index.html",
        {f"{CMS}/index.html": _cms()},
        _reports("http://www.cmshtml.example/cms/html/ahxzf/2024-01-25/17791", ".html", YEARS[:6]),
        "broken",
        "the second page is a 404",
        most=2,
    ),
    _site(
        "jingzhou",
        _JINGZHOU,
        {f"{JINGZHOU}/list.shtml?": interface(_jingzhou)},
        _reports(f"{JINGZHOU}/31719/105220253/t105220253034/", ".shtml", YEARS),
        "complete",
        "names that look like dates and are none",
        most=3,
    ),
    _site(
        "xxgklist",
        f"{JIAN}/xxgk-list-zfxxgknb.html",
        {
            f"{JIAN}/xxgk-list-zfxxgknb.html": column(
                f'<ul class="list">{_entries("/xxgk-show-20", ".html", YEARS)}</ul>'
            )
        },
        _reports(f"{JIAN}/xxgk-show-20", ".html", YEARS),
        "end",
        "the list is named after its column, not the site's directory",
    ),
    _site(
        "channelhex",
        f"{JINAN}/",
        {f"{JINAN}/": column(f'<ul class="list">{_entries(f"{JINAN}/doc_63b0", ".html", YEARS)}</ul>')},
        _reports(f"{JINAN}/doc_63b0", ".html", YEARS),
        "end",
        "a directory named by 24 digits",
    ),
    _site(
        "henan",
        f"{HENAN}/zwgk/zfxxgknb",
        {f"{HENAN}/zwgk/zfxxgknb": column(f'<ul class="list">{_entries("/2024/01-20/30", ".html", YEARS)}</ul>')},
        _reports(f"{HENAN}/2024/01-20/30", ".html", YEARS),
        "end",
        "a column without an extension, articles outside its directory",
    ),
    Site(
        name="pclist-script",
        family="pclist",
        start=(PC,),
        pages={PC: _SHELL, _PC_HOME: column("<h1>安禾县人民政府</h1>")},
        reports=frozenset(),
        lists={PC: "script"},
        most=3,
        traps="nothing but a mounting point for a script",
        says=(f"{PC}: a script draws the list",),
    ),
)

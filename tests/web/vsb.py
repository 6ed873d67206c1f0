"""VSB: static pages that count down and shift while they are read; dynamic pages by the component's parameters."""

from collections.abc import Mapping

from tests.servers import Page
from tests.web import Site
from tests.web.parts import column, interface, report, titled

ISSUER = "安禾县"
HEAD = '<script language="javascript" src="/system/resource/js/counter.js"></script>'
HOST = "http://www.vsb-static.example"
START = f"{HOST}/zwgk/zfxxgknb.htm"
YEARS = sorted(range(2009, 2024), reverse=True)


def _rows(years: list[int]) -> str:
    lines = "".join(
        f'<tr id="line_u5_{index}" height="20"><td width="2%">·</td><td><a href="{HOST}/info/1041/{10000 + year}.htm" '
        f'class="c120001" title="{titled(year, ISSUER)}">{titled(year, ISSUER)}</a></td>'
        f'<td width="1%" nowrap><span class="timestyle120001">{year + 1}/01/20&nbsp;</span></td></tr>'
        for index, year in enumerate(years)
    )
    return f'<table class="winstyle120001" width="100%">{lines}'


def _page(years: list[int], number: int, total: int, following: str) -> Page:
    onward = (
        f'<a href="{following}" class="Next">下页</a><a href="{HOST}/zwgk/zfxxgknb/1.htm" class="Next">尾页</a>'
        if following
        else '<span class="NextDisabled">下页</span><span class="NextDisabled">尾页</span>'
    )
    return column(
        f"""{_rows(years)}
<tr><td colspan="3"><table><tr><td id="fanye120001">共{total}条&nbsp;&nbsp;{number}/4&nbsp;</td>
<td><div><a href="{HOST}/zwgk/zfxxgknb.htm" class="Prev">首页</a>{onward}</div></td></tr></table></td></tr></table>""",
        HEAD,
    )


# Between the second page and the third an entry is published: the rest moves on by one, and one comes twice.
_PAGES = {
    START: _page(YEARS[1:5], 1, 14, "zfxxgknb/3.htm"),
    f"{HOST}/zwgk/zfxxgknb/3.htm": _page(YEARS[5:9], 2, 14, "2.htm"),
    f"{HOST}/zwgk/zfxxgknb/2.htm": _page(YEARS[8:12], 3, 15, "1.htm"),
    f"{HOST}/zwgk/zfxxgknb/1.htm": _page(YEARS[12:], 4, 15, ""),
}

DYNAMIC = "http://www.vsb-dynamic.example"
_START = f"{DYNAMIC}/xxgknb.jsp?urltype=tree.TreeTempUrl&wbtreeid=1062"


def _dynamic(asked: Mapping[str, str]) -> Page:
    number = int(asked.get("a122757p") or 1)
    lines = "".join(
        f'<li id="lineu8_{index}">'
        f'<a href="content.jsp?urltype=news.NewsContentUrl&wbtreeid=1062&wbnewsid={20000 + year}" '
        f'title="{titled(year, ISSUER)}">{titled(year, ISSUER)}</a><span>{year + 1}-01-20</span></li>'
        for index, year in enumerate(YEARS[(number - 1) * 6 : number * 6])
    )
    where = f"?a122757t=3&a122757p={number + 1}&a122757c=6&urltype=tree.TreeTempUrl&wbtreeid=1062"
    link = (
        f'<span class="p_next p_fun"><a href="{where}">下页</a></span>'
        if number < 3
        else '<span class="p_next_d">下页</span>'
    )
    return column(
        f"""<ul class="winstyle122757">{lines}</ul><div class="pb_sys_common"><span class="p_pages">
<span class="p_t">共15条</span><span class="p_no_d">{number}</span>{link}</span></div>""",
        HEAD,
    )


def _article(asked: Mapping[str, str]) -> Page:
    return report(ISSUER, int(asked["wbnewsid"]) - 20000)


SITES = (
    Site(
        name="vsb-static",
        family="vsb",
        start=(START,),
        pages={**_PAGES, **{f"{HOST}/info/1041/{10000 + year}.htm": report(ISSUER, year) for year in YEARS}},
        reports=frozenset(f"{HOST}/info/1041/{10000 + year}.htm" for year in YEARS[1:]),
        lists={START: "short"},
        most=4,
        traps="pages count down and shift: one entry comes twice, and a new one is only on the first page",
    ),
    Site(
        name="vsb-dynamic",
        family="vsb",
        start=(_START,),
        pages={f"{DYNAMIC}/xxgknb.jsp?": interface(_dynamic), f"{DYNAMIC}/content.jsp?": interface(_article)},
        reports=frozenset(
            f"{DYNAMIC}/content.jsp?urltype=news.NewsContentUrl&wbtreeid=1062&wbnewsid={20000 + year}" for year in YEARS
        ),
        lists={_START: "complete"},
        most=3,
        traps="the number of the page in a parameter named after the component",
    ),
)

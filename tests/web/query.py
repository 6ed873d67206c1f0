"""One-offs in ASP, ASP.NET, JSP and PHP, plain directories, 哈尔滨."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from tests.servers import Handler, Page
from tests.web import Site
from tests.web.parts import Row, as_json, asked, column, interface, report, rows, titled

ISSUER = "安禾县"
YEARS = sorted(range(2010, 2022), reverse=True)
_SERVED = {"Content-Type": "text/html"}
_HEAD = (
    '<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"><title>信息公开年报</title></head>'
)


def _gbk(markup: str) -> Page:
    return Page(markup.encode("gbk"), headers=_SERVED)


# ---------------------------------------------------------------- ASP in GBK, tables for layout

ASP = "http://www.asp.example"
_ASP = f"{ASP}/list.asp?class=12"


def _asp(query: Mapping[str, str]) -> Page:
    number = min(int(query.get("page") or 1), 3)
    lines = "".join(
        f"""<tr><td width="20"><img src="images/dot.gif"></td><td><a href="show.asp?id={3000 + year}" target=_blank>
{titled(year, ISSUER)}</a></td><td width="90">[{year + 1}-1-{year % 9 + 10}]</td></tr>"""
        for year in YEARS[(number - 1) * 4 : number * 4]
    )
    links = "".join(
        f' <a href="list.asp?class=12&page={page}">{words}</a>'
        for words, page in (("首页", 1), ("上一页", number - 1), ("下一页", number + 1), ("尾页", 3))
        if number != page and 0 < page < 4
    )
    return _gbk(
        f"""{_HEAD}
<body><table width="980" align="center"><tr><td width="200"><table>
<tr><td><a href="list.asp?class=10">信息公开指南</a></td></tr>
<tr><td><a href="list.asp?class=12">信息公开年报</a></td></tr></table></td><td><table width="100%">{lines}</table>
<p align="center">共 12 条 页次：{number}/3页 {links}</p></td></tr></table></body></html>"""
    )


def _asp_report(query: Mapping[str, str]) -> Page:
    return report(ISSUER, int(query["id"]) - 3000)


# ---------------------------------------------------------------- ASP.NET: each page is posted for

NET = "http://www.aspnet.example"
_NET = f"{NET}/List_wj.aspx?lmid=31"
_STATE = "/wEPDwUKLTE{}ZGQ="


def _net(handler: Handler) -> None:
    """Gives the second page only to who sends back what the first one gave."""
    sent = asked(handler)
    number = int(sent.get("__EVENTARGUMENT") or 1)
    if sent.get("__VIEWSTATE", _STATE.format(0)) != _STATE.format(number - 1) or sent.get("ddlYear", "all") != "all":
        number = 1
    lines = "".join(
        f'<tr><td><a href="year_details.aspx?dept=158&amp;id={3000 + year}">{titled(year, ISSUER)}</a></td>'
        f"<td>{year + 1}-01-20</td></tr>"
        for year in YEARS[(number - 1) * 4 : number * 4]
    )
    onward = f"""<a href="javascript:__doPostBack(&#39;AspNetPager1&#39;,&#39;{number + 1}&#39;)">下一页</a>"""
    column(
        f"""<form method="post" action="./List_wj.aspx?lmid=31" id="form1">
<input type="hidden" name="__VIEWSTATE" id="__VIEWSTATE" value="{_STATE.format(number)}" />
<input type="hidden" name="__EVENTTARGET" value="" /><input type="hidden" name="__EVENTARGUMENT" value="" />
<select name="ddlYear"><option value="2020">2020年</option>
<option selected="selected" value="all">全部</option></select>
<input type="submit" name="btnSearch" value="查询" /><table id="GridView1">{lines}</table>
<div id="AspNetPager1">第{number}/3页 <span style="color:red">{number}</span>
{onward if number < 3 else "下一页"}</div></form>
<script>function __doPostBack(target, argument) {{ theForm.submit(); }}</script>"""
    )(handler)


def _net_report(query: Mapping[str, str]) -> Page:
    return report(ISSUER, int(query["id"]) - 3000)


# ---------------------------------------------------------------- JSP: a script submits the form that asks

JSP = "http://www.jsp.example"
_JSP = f"{JSP}/xxgk/query.jsp?lm=31"


def _jsp(query: Mapping[str, str]) -> Page:
    number = int(query.get("pageNo") or 1) if query.get("lm") == "31" else 0
    entries: list[Row] = [
        (f"{JSP}/xxgk/detail.jsp?id={3000 + year}", titled(year, ISSUER), f"{year + 1}-01-20")
        for year in YEARS[(number - 1) * 5 : number * 5]
    ]
    onward = f'<a href="javascript:turnTo({number + 1})">下一页</a> <a href="javascript:turnTo(3)">尾页</a>'
    return column(
        f"""<form name="form1" method="post" action="query.jsp"><input type="hidden" name="lm" value="31">
<input type="hidden" name="pageNo" value="{number}"><ul class="list">{rows(entries)}</ul></form>
<div>共12条 第{number}/3页 {onward if number < 3 else ""}</div><script>
function turnTo(n) {{ if (n < 1) {{ return; }} document.form1.pageNo.value = n; document.form1.submit(); }}</script>"""
    )


# ---------------------------------------------------------------- PHPCMS: 54 bytes behind the end

PHP = "http://www.phpcms.example"
_PHP = f"{PHP}/index.php?m=content&c=index&a=lists&catid=37"


def _php(query: Mapping[str, str]) -> Page:
    number = int(query.get("page") or 1)
    if query.get("a") == "show":
        return report(ISSUER, int(query["id"]))
    if number > 2:
        return Page(b"<html><head></head><body><!-- empty --></body></html>\n")
    entries: list[Row] = [
        (f"{PHP}/index.php?m=content&c=index&a=show&catid=37&id={year}", titled(year, ISSUER), f"{year + 1}-02-03")
        for year in YEARS[(number - 1) * 6 : number * 6]
    ]
    onward = urlencode({"m": "content", "c": "index", "a": "lists", "catid": 37, "page": number + 1})
    return column(f'<ul class="list">{rows(entries)}</ul><div id="pages"><a href="index.php?{onward}">下一页</a></div>')


# ---------------------------------------------------------------- plain directories

DIRECTORY = "http://61.0.2.10.directory.example/xxgk/ndbg/"


def _directory(path: str, names: list[str]) -> Page:
    lines = "".join(
        f'<a href="{quote(name)}">{name[:40]}{"..&gt;" if len(name) > 40 else ""}</a>      20-Jan-2016 10:22    12K\n'
        for name in names
    )
    return Page(
        f"""<html><head><meta charset="utf-8"><title>Index of {path}</title></head><body bgcolor="white">
<h1>Index of {path}</h1><hr><pre><a href="../">../</a>\n{lines}</pre><hr>{"<!-- nginx -->" * 20}
</body></html>""".encode(),
        headers=_SERVED,
    )


_FILES = {
    year: [
        f"{titled(year, ISSUER)}.html",
        f"{titled(year, f'{ISSUER}教育局')}.html",
        "安禾县人民政府网站工作年度报表.html",
    ]
    for year in (2014, 2015)
}

# ---------------------------------------------------------------- 哈尔滨: a shell before the search service

HARBIN = "http://www.harbin.example"
_HARBIN = f"{HARBIN}/ahx/c109822/zfxxgk.shtml"
CHANNEL = "9a1b2c3d4e5f60718293a4b5c6d7e8f9"
_shell = column(
    f"""<div class="list" id="list"></div>
<div class="nav_left"><a href="/ahx/c109801/202401/c01_253001.shtml">公开指南</a></div>
<script>var channelId = '{CHANNEL}'; $.ajax({{url: "/common/search/" + channelId}});</script>"""
)


def _search(query: Mapping[str, str]) -> Page:
    """A search service that gives five at a time whatever it is asked for, and tells so; its numbers are strings."""
    number = int(query.get("page") or 1)
    results = [
        {
            "title": titled(year, ISSUER),
            "url": f"//www.harbin.example/ahx/c109822/{year + 1}01/c01_25{year}.shtml",
            "publishedTimeStr": f"{year + 1}-01-20 08:00:00",
        }
        for year in YEARS[(number - 1) * 5 : number * 5]
    ]
    return as_json({"data": {"total": str(len(YEARS)), "page": str(number), "rows": "5", "results": results}})


SITES = (
    Site(
        name="asp",
        family="asp",
        start=(_ASP,),
        pages={f"{ASP}/list.asp?": interface(_asp), f"{ASP}/show.asp?": interface(_asp_report)},
        reports=frozenset(f"{ASP}/show.asp?id={3000 + year}" for year in YEARS),
        lists={_ASP: "complete"},
        most=3,
        traps="GBK, tables for layout, dates without zeros",
    ),
    Site(
        name="aspnet",
        family="aspnet",
        start=(_NET,),
        pages={f"{NET}/List_wj.aspx?": _net, f"{NET}/year_details.aspx?": interface(_net_report)},
        reports=frozenset(f"{NET}/year_details.aspx?dept=158&id={3000 + year}" for year in YEARS),
        lists={_NET: "complete"},
        most=3,
        traps="the next page is posted for, with the fields of the one before",
    ),
    Site(
        name="jsp",
        family="generic",
        start=(_JSP,),
        pages={f"{JSP}/xxgk/query.jsp?": interface(_jsp), f"{JSP}/xxgk/detail.jsp?": interface(_asp_report)},
        reports=frozenset(f"{JSP}/xxgk/detail.jsp?id={3000 + year}" for year in YEARS),
        lists={_JSP: "complete"},
        most=3,
        traps="the links of the pager are calls of a function that submits a form",
    ),
    Site(
        name="phpcms",
        family="phpcms",
        start=(_PHP,),
        pages={f"{PHP}/index.php?": interface(_php)},
        reports=frozenset(f"{PHP}/index.php?m=content&c=index&a=show&catid=37&id={year}" for year in YEARS),
        lists={_PHP: "end"},
        most=3,
        traps="no total; an empty page of 54 bytes behind the last",
    ),
    Site(
        name="directory",
        family="directory",
        start=(DIRECTORY,),
        pages={
            DIRECTORY: _directory("/xxgk/ndbg/", ["2014/", "2015/", "images/"]),
            **{f"{DIRECTORY}{year}/": _directory(f"/xxgk/ndbg/{year}/", names) for year, names in _FILES.items()},
            **{
                f"{DIRECTORY}{year}/{quote(name)}": report(name.partition("2")[0], year)
                for year in _FILES
                for name in _FILES[year][:2]
            },
        },
        reports=frozenset(f"{DIRECTORY}{year}/{quote(name)}" for year in _FILES for name in _FILES[year][:2]),
        lists={DIRECTORY: "end", f"{DIRECTORY}2014/": "end", f"{DIRECTORY}2015/": "end"},
        most=3,
        traps="names of files for titles, directories of years",
    ),
    Site(
        name="harbin",
        family="harbin",
        start=(_HARBIN,),
        pages={
            _HARBIN: _shell,
            f"{HARBIN}/common/search/{CHANNEL}?": interface(_search, referer=_HARBIN),
            **{f"{HARBIN}/ahx/c109822/{year + 1}01/c01_25{year}.shtml": report(ISSUER, year) for year in YEARS},
        },
        reports=frozenset(f"{HARBIN}/ahx/c109822/{year + 1}01/c01_25{year}.shtml" for year in YEARS),
        lists={_HARBIN: "complete"},
        most=4,
        traps="fewer at a time than asked for, numbers as strings, 404 without referer",
    ),
)

"""Hanweb through its generations: embedded rows and dataproxy, encrypted groups, truecms, JPaaS, the xxgk module."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from tests.servers import Answer, Page
from tests.web import Site
from tests.web.parts import as_json, column, interface, report, titled

COLUMN = "1229000123"
BODIES = ("沅泽县", "沅泽县教育局", "沅泽县水利局")
EMPTY = Page(
    b'<?xml version="1.0" encoding="UTF-8"?><datastore></datastore>'[:54], headers={"Content-Type": "text/xml"}
)
Entry = tuple[str, str, int]  # path, issuer, year


def _entries(count: int) -> list[Entry]:
    made = [(body, year) for year in range(2023, 2003, -1) for body in BODIES][:count]
    return [(f"/art/{year + 1}/1/9/art_{COLUMN}_{4000 + at}.html", body, year) for at, (body, year) in enumerate(made)]


def _row(entry: Entry, date: str = "") -> str:
    path, issuer, year = entry
    return (
        f'<li><a href="{path}" title="{titled(year, issuer)}" target="_blank">{titled(year, issuer)}</a>'
        f"<span>{date or f'{year + 1}-01-09'}</span></li>"
    )


def _records(entries: Sequence[Entry], total: int, head: str = "") -> str:
    rows = "".join(f"<record><![CDATA[{_row(entry)}]]></record>\n" for entry in entries)
    return (
        f"<datastore>{head}<totalrecord>{total}</totalrecord><totalpage>{-(-total // 5)}</totalpage>"
        f"<recordset>{rows}</recordset></datastore>"
    )


def _xml(text: str) -> Page:
    # a date may be broken over lines
    body = '<?xml version="1.0" encoding="UTF-8"?>\n' + text.replace("-01-09", "-\n01-\n09")
    return Page(body.encode(), headers={"Content-Type": "text/xml;charset=utf-8"})


def _site(
    name: str, host: str, count: int, pages: Mapping[str, Answer], ended: str, most: int, traps: str, seen: int = 0
) -> Site:
    base = f"http://{host}"
    start = f"{base}/col/col{COLUMN}/index.html"
    found = _entries(count)[: seen or count]
    return Site(
        name=name,
        family="hanweb",
        start=(start,),
        pages={
            **{base + path: answer for path, answer in pages.items()},
            **{base + path: report(issuer, year) for path, issuer, year in found},
        },
        reports=frozenset(base + path for path, _, _ in found),
        lists={start: ended},
        most=most,
        traps=traps,
    )


def _referer(host: str) -> str:
    return f"http://{host}/col/col{COLUMN}/index.html"


def _call(total: int, proxy: str = "/module/web/jpage/dataproxy.jsp") -> str:
    return (
        f"$('#49468').jpage({{themeName:'default',showMode:'full',totalRecord:{total},openCookies:false,"
        f"dataBefore:'',dataStore:InitData49468,dataAfter:'',groupSize:3,proxyUrl:'{proxy}',perPage:5,"
        f"barPosition:'bottom',ajaxParam:{{col:1,appid:'1',webid:60,path:'/',columnid:{COLUMN},unitid:'49468',"
        "webname:'沅泽县人民政府',permissiontype:0}});"
    )


def _embedded() -> Site:
    """The first 15 in the page; the others by POST with the page's parameters, by the number of the first record."""
    host, count = "www.yuanze.example", 37
    entries = _entries(count)

    def answer(query: Mapping[str, str]) -> Page:
        if query.get("columnid") != COLUMN or query.get("unitid") != "49468":
            return EMPTY
        start, end = int(query.get("startrecord", "1")), int(query.get("endrecord", "15"))
        return _xml(_records(entries[start - 1 : min(end, start + 299)], count))

    none = '<nextgroup><![CDATA[<a href=""></a>]]></nextgroup>'
    embedded = f'<div id="49468"><script type="text/xml">{_records(entries[:15], count, none)}</script></div>'
    body = f"{embedded}<script>{_call(count)}</script>"
    pages = {
        f"/col/col{COLUMN}/index.html": column(body),
        "/module/web/jpage/dataproxy.jsp?": interface(answer, referer=_referer(host), method="POST"),
    }
    return _site(
        "hanweb-records", host, count, pages, "complete", 3, "rows in a script, by the group; a POST with a Referer"
    )


def _strings() -> Site:
    """The oldest form: rows as strings of a script; the server goes by `page` and `perpage` alone."""
    host, count = "www.yuanze2.example", 33
    entries = _entries(count)

    def answer(query: Mapping[str, str]) -> Page:
        size, number = int(query.get("perpage", "5")), int(query.get("page", "1"))
        return _xml(_records(entries[(number - 1) * size : number * size], count))

    proxy = "/module/jslib/jquery/jpage/dataproxy.jsp"
    rows = ",".join("'" + _row(entry).replace('"', '\\"').replace("/", "\\/") + "'" for entry in entries[:15])
    body = (
        f'<div id="49468"></div><script>var InitData49468 = [{rows}];$(function(){{{_call(count, proxy)}}});</script>'
    )
    pages = {f"/col/col{COLUMN}/index.html": column(body), f"{proxy}?": interface(answer)}
    return _site(
        "hanweb-strings", host, count, pages, "complete", 3, "startrecord is ignored; rows are strings of a script"
    )


def _groups(name: str, host: str, *, stale: bool) -> Site:
    """A next group by a link with encrypted ids; where they have gone stale, 54 bytes."""
    count = 25
    entries = _entries(count)

    def head(number: int) -> str:
        link = f"/module/web/jpage/dataproxy.jsp?page={number}&webid=60&path=http://{host}/&columnid=Zk3%2Bx&unitid=aGk9%3D"
        return f'<nextgroup><![CDATA[<a href="{link}"></a>]]></nextgroup>'

    def answer(query: Mapping[str, str]) -> Page:
        number = int(query["page"])
        if stale or query.get("columnid") != "Zk3+x" or (number - 1) * 10 >= count:
            return EMPTY
        return _xml(_records(entries[(number - 1) * 10 : number * 10], count, head(number)))

    body = f'<div id="42"><script type="text/xml">{_records(entries[:10], count, head(1))}</script></div>'
    pages = {f"/col/col{COLUMN}/index.html": column(body), "/module/web/jpage/dataproxy.jsp?": interface(answer)}
    if stale:
        return _site(name, host, count, pages, "stub", 3, "ids that have gone stale: 54 bytes", seen=10)
    return _site(name, host, count, pages, "complete", 4, "encrypted ids")


def _truecms() -> Site:
    """JSONP with XML inside; 404 without a Referer and for more than ten at a time."""
    host, count = "www.rutong.example", 18
    entries = _entries(count)

    def answer(query: Mapping[str, str]) -> Page:
        start, end = int(query["startrecord"]), int(query["endrecord"])
        if end - start >= 10:
            return Page(b"", 404)
        result = json.dumps({"result": _records(entries[start - 1 : end], count)}, ensure_ascii=False)
        return Page(f"{query['callback']}({result});".encode(), headers={"Content-Type": "text/javascript"})

    proxy = "/truecms/messageController/getMessage.do"
    script = f"$('#list').jpage({{columnId:'a1b2c3',perPage:15,proxyUrl:'{proxy}',startrecord:1}});"
    pages = {
        f"/col/col{COLUMN}/index.html": column(f'<div id="list"></div><script>{script}</script>'),
        f"{proxy}?": interface(answer, referer=_referer(host)),
    }
    return _site("hanweb-truecms", host, count, pages, "complete", 4, "JSONP; a window too large is a 404")


def _unit(name: str, host: str, shown: int, most: int) -> Site:
    """JPaaS: a page's number outside `paramJson` is not heard, and one of the page's units is a menu.

    `shown`: rows that the page has itself.
    """
    count = 32
    entries = _entries(count)

    def answer(query: Mapping[str, str]) -> Page:
        if query.get("tagId") != "信息列表":
            return as_json(
                {"success": True, "data": {"html": '<ul><li><a href="/col/col7/index.html">机构职能</a></li></ul>'}}
            )
        asked = json.loads(query.get("paramJson", "{}"))
        number, size = int(asked.get("pageNo", 1)), int(asked.get("pageSize", 15))
        rows = "".join(map(_row, entries[(number - 1) * size : number * size]))
        pager = f'<div class="pagination" rows="{size}" count="{count}"><a href="javascript:;">下一页</a></div>'
        return as_json({"success": True, "data": {"html": f'<div class="page-content"><ul>{rows}</ul></div>{pager}'}})

    def unit(tag: str) -> str:
        query = f"{{'parseType':'bulidstatic','webId':'3549','tplSetId':'z7p','tagId':'{tag}','pageId':'{COLUMN}'}}"
        url = "/api-gateway/jpaas-publish-server/front/page/build/unit"
        return f'<script src="/script/unitbuild.js" url="{url}" queryData="{query}"></script>'

    lines = f'<ul class="list">{"".join(map(_row, entries[:shown]))}</ul>'
    pages = {
        f"/col/col{COLUMN}/index.html": column(f"<div>{unit('左侧导航')}</div>{lines}<div>{unit('信息列表')}</div>"),
        "/api-gateway/jpaas-publish-server/front/page/build/unit?": interface(answer, referer=_referer(host)),
    }
    return _site(name, host, count, pages, "complete", most, "HTML inside JSON; the number of the page inside JSON")


def _module() -> Site:
    """search.jsp answers with the entries of all columns of an area, the column's own among them."""
    host, count = "www.xilan.example", 24
    entries = _entries(count)
    others: list[Entry] = [
        (f"/art/2024/2/{day}/art_555_{day}.html", "溪岚县财政局", 2000 + day) for day in range(1, 13)
    ]
    mixed = [entry for pair in zip(entries[::2], entries[1::2], others, strict=True) for entry in pair]

    def answer(query: Mapping[str, str]) -> Page:
        if query.get("area") != "002482429":
            return Page(b"<table></table>")
        number = int(query.get("currpage") or 1)
        lines = "".join(
            f'<tr class="tr_main_value_odd"><td><a href="{path}">{titled(year, issuer)}</a></td>'
            f"<td>{year + 1}-01-09</td></tr>"
            for path, issuer, year in mixed[(number - 1) * 12 : number * 12]
        )
        pages = f'共{len(mixed)}条&nbsp;共3页&nbsp;第{number}页 <a href="javascript:go({number + 1})">下一页</a>'
        return Page(f"<table>{lines}<tr><td>{pages}</td></tr></table>".encode())

    body = '<div><iframe src="/module/xxgk/tree.jsp?area=002482429" width="240"></iframe></div><div id="div1"></div>'
    pages = {
        f"/col/col{COLUMN}/index.html": column(body),
        "/module/xxgk/search.jsp": interface(answer, referer=_referer(host), method="POST"),
    }
    return _site("hanweb-module", host, count, pages, "complete", 4, "an answer that is not of this column only")


def _of_class() -> Site:
    """search.jsp with a class of information, as the page's script has it: the first page stands in the page."""
    host, count = "www.xilan2.example", 20
    entries = _entries(count)
    form = "infotypeId=A0212&jdid=3096&area=&divid=div1229498488&vc_title=&vc_number=&sortfield=,createdatetime:0"

    def lines(number: int) -> str:
        rows = "".join(map(_row, entries[(number - 1) * 8 : number * 8]))
        return f"<ul>{rows}</ul><div class='page'>&nbsp;共3页&nbsp;第{number}页 <a onclick='page(2)'>下一页</a></div>"

    def answer(query: Mapping[str, str]) -> Page:
        number = int(query.get("currpage") or 1) if query.get("infotypeId") == "A0212" else 1
        return Page(lines(number).encode())

    script = f'<script>function page(n){{$.post("/module/xxgk/search.jsp", "{form}&currpage=" + n, show);}}</script>'
    pages = {
        f"/col/col{COLUMN}/index.html": column(f'<div id="div1229498488">{lines(1)}</div>{script}'),
        "/module/xxgk/search.jsp": interface(answer, method="POST"),
    }
    return _site("hanweb-class", host, count, pages, "complete", 3, "the first page stands in the page")


def _annual() -> Site:
    """One page for each body and year, linked by bodies and years."""
    page = "http://www.taiyu.example/module/xxgk/xxgkAnnualReport.jsp"
    bodies = {"11990101004323472M": "泰屿县", "11990101004323480H": "泰屿县教育局", "11990101K1234567X": "东屿镇"}
    years = range(2023, 2017, -1)

    def url(area: str, year: int = 0) -> str:
        return f"{page}?area={area}" + (f"&fbtime={year}" if year else "")

    def lists(area: str) -> Page:
        tree = "".join(f'<li><a href="xxgkAnnualReport.jsp?area={key}">{name}</a></li>' for key, name in bodies.items())
        links = "".join(f'<li><a href="{url(area, year).replace("&", "&amp;")}">{year}年</a></li>' for year in years)
        return column(f'<div class="bm"><ul>{tree}</ul></div><div class="nd"><ul>{links}</ul></div>')

    reports = {url(area, year): report(issuer, year) for area, issuer in bodies.items() for year in years}
    start, *others = map(url, bodies)
    return Site(
        name="hanweb-annual",
        family="hanweb",
        start=(start,),
        pages={**{url(area): lists(area) for area in bodies}, **reports},
        reports=frozenset(reports),
        lists=dict.fromkeys((start, *others), "end"),
        most=3,
        traps="reports by query alone; each body's by its area",
    )


def _framed() -> Site:
    """The column's page is a shell, its list stands in a frame of the same host; another frame counts visitors."""
    base = "http://www.lanling.example"
    start, frame = f"{base}/col/col88/index.html", f"{base}/xxgk_list/nb.html"
    entries = _entries(9)
    shell = (
        '<div class="main"><iframe src="/visitcount.html" width="0" height="0"></iframe>'
        '<iframe src="../../xxgk_list/nb.html" width="100%" height="900" frameborder="0"></iframe>'
        '<iframe src="http://map.other.example/x.html"></iframe></div>'
    )
    return Site(
        name="hanweb-frame",
        family="hanweb",
        start=(start,),
        pages={
            start: column(shell),
            frame: Page(
                f"<html><title>政府信息公开年报</title><body><ul>{''.join(map(_row, entries))}</ul></body>".encode()
            ),
            **{base + path: report(issuer, year) for path, issuer, year in entries},
        },
        reports=frozenset(base + path for path, _, _ in entries),
        lists={start: "end", frame: "end"},
        most=2,
        traps="a list in a frame",
    )


SITES = (
    _embedded(),
    _strings(),
    _groups("hanweb-groups", "www.yuanze3.example", stale=False),
    _groups("hanweb-stale", "www.yuanze4.example", stale=True),
    _truecms(),
    _unit("hanweb-jpaas", "www.anshui.example", 0, 4),
    _unit("hanweb-jpaas-shown", "www.anshui2.example", 15, 3),
    _module(),
    _of_class(),
    _annual(),
    _framed(),
)

"""TRS: static pages counted from zero, rows that scripts write, and lists that do not keep what they promise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.servers import Answer, Page, redirect
from tests.web import Site
from tests.web.parts import column, report, titled

YEARS = tuple(range(2023, 2009, -1))


def _href(year: int) -> str:
    return f"{year + 1}01/t{year + 1}0120_{5000 + year}.html"


def _cut(years: Sequence[int], issuer: str) -> str:
    """Rows with titles cut short; the title attribute has them whole."""
    lines = "".join(
        f'<li><a href="./{_href(year)}" target="_blank" title="{titled(year, issuer)}">{titled(year, issuer)[:14]}…</a>'
        f"<span>{year + 1}-01-20</span></li>"
        for year in years
    )
    return f'<ul class="list">{lines}</ul>'


def _written(years: Sequence[int], issuer: str) -> str:
    """Rows that a script writes, as in 武汉."""
    return (
        '<ul class="info-list">'
        + "".join(
            f"""<li><script>
var url = "./{_href(year)}";
var title = "{titled(year, issuer)}";
document.writeln("<a href='" + url + "' title='" + title + "'>" + title + "</a><span>{year + 1}-01-20 10:32</span>");
</script></li>"""
            for year in years
        )
        + "</ul>"
    )


def _reports(base: str, issuer: str, years: Sequence[int] = YEARS) -> dict[str, Answer]:
    return {base + _href(year): report(issuer, year) for year in years}


def _site(name: str, host: str, pages: dict[str, Answer], ended: str, most: int, traps: str, **more: Any) -> Site:
    base = f"http://{host}/zwgk/zfxxgk/zfxxgknb/"
    return Site(
        name=name,
        family="trs",
        start=(base,),
        pages={base + path: answer for path, answer in pages.items()},
        reports=frozenset(base + path for path in pages if "/t" in path),
        lists={base: ended},
        most=most,
        traps=traps,
        **more,
    )


def _plain() -> Site:
    issuer = "白穗县"

    def page(number: int) -> Answer:
        script = f'<script>createPageHTML(3, {number}, "index", "html");</script>'
        return column(_cut(YEARS[number * 5 : number * 5 + 5], issuer) + script)

    pages = {"": page(0), "index_1.html": page(1), "index_2.html": page(2), **_reports("", issuer)}
    return _site("trs-plain", "www.baisui.example", pages, "complete", 3, "titles cut short")


def _by_script() -> Site:
    issuer = "江汀区"
    count = "<script>var currentPage = {}; var prevPage = currentPage - 1; var countPage = 2;</script>"
    pages = {
        "": column(_written(YEARS[:8], issuer) + count.format(0)),
        "index_1.html": column(_written(YEARS[8:], issuer) + count.format(1)),
        **_reports("", issuer),
    }
    return _site("trs-written", "www.jiangting.example", pages, "complete", 2, "rows written by a script")


def _counted() -> Site:
    """北京 counts in a pager of its own."""
    issuer = "顺和区"

    def page(number: int) -> Answer:
        pager = f"<script>Pager({{size:3, current:{number}, prefix:'index', suffix:'html'}});</script>"
        return column(_cut(YEARS[number * 5 : number * 5 + 5], issuer) + pager)

    pages = {"": page(0), "index_1.html": page(1), "index_2.html": page(2), **_reports("", issuer)}
    return _site("trs-pager", "www.shunhe.example", pages, "end", 3, "another pager")


def _capped(name: str, host: str, beyond: Answer | None, ended: str) -> Site:
    """50 pages and 1,000 entries are announced; two pages come, then something else."""
    issuer = "永渡县"

    def page(number: int) -> Answer:
        script = f'<script>createPageHTML(1000, 50, {number}, "index", "html");</script>'
        return column(_cut(YEARS[number * 7 : number * 7 + 7], issuer) + script)

    last = page(1)
    pages: dict[str, Answer] = {"": page(0), "index_1.html": last, **_reports("", issuer)}
    pages |= {f"index_{number}.html": beyond or last for number in range(2, 50)}
    return _site(name, host, pages, ended, 5, "announces 50 pages, of which two come")


def _home() -> Site:
    """From the second page on the server answers with the home page."""
    issuer = "古榕县"
    home = column(
        '<div class="news"><ul>'
        + "".join(
            f'<li><a href="/xw/202403/t202403{day:02}_{day}.html">古榕县春耕生产第{day}次调度会召开</a>'
            f"<span>2024-03-{day:02}</span></li>"
            for day in range(1, 20)
        )
        + '</ul></div><a href="/index_1.html">下一页</a>',
        title="首页",
    )
    script = '<script>createPageHTML(14, 2, 0, "index", "html");</script>'
    pages: dict[str, Answer] = {"": column(_cut(YEARS[:7], issuer) + script), "index_1.html": home}
    pages |= _reports("", issuer, YEARS[:7])
    return _site("trs-home", "www.gurong.example", pages, "astray", 2, "the home page in the place of page 2")


def _dead() -> Site:
    """A list that a redesign left behind: each article is sent on to an error page."""
    issuer = "石泊县"
    pages: dict[str, Answer] = {"": column(_cut(YEARS[:6], issuer))}
    pages |= {_href(year): redirect("/404.html") for year in YEARS[:6]}
    base = "http://www.shibo.example/zwgk/zfxxgk/zfxxgknb/"
    return _site(
        *("trs-dead", "www.shibo.example", pages, "dead", 2, "articles all gone"),
        missing=frozenset(base + _href(year) for year in YEARS[:6]),
        says=(f"{base}: none of the reports it lists is there any more",),
    )


def _short() -> Site:
    """福建: ten of twenty in the page, the others from a service that is not known."""
    issuer = "平岚区"
    script = """<script>require(["list2.trsapi", "tools"], function(listModel, tools) { listModel({
quickMode: "动静结合", maxStaticIndex: 1, listArgs: {channelid: SiteInfo.searchId, classsql: "" || "chnlid=1813"},
pagebar: {prepage: 10, recordCount: '20', pgCountMode: "recordCount"}}); });</script>"""
    pages = {"": column(_cut(YEARS[:10], issuer) + script), **_reports("", issuer, YEARS[:10])}
    return _site("trs-api", "www.pinglan.example", pages, "short", 1, "the rest is drawn by a script")


def _by_year() -> Site:
    """A column a year, below it the county's own report and those of departments and towns; a dead year among them."""
    host = "http://www.heyan.example"
    base = f"{host}/xxgk/zfxxgknb/"
    years = (2023, 2022, 2021)
    bodies = {"zf": "禾堰县", "jyj": "禾堰县教育局", "dz": "东洲镇"}
    links = "".join(f'<li><a href="./{year}n/">{year}年</a></li>' for year in (*years, 2020))
    pages: dict[str, Answer] = {base: column(f'<div class="years"><ul>{links}</ul></div>')}
    reports: set[str] = set()
    for year in years:
        names = [f"{key}/t{year + 1}0118_{year}{number}.html" for number, key in enumerate(bodies)]
        lines = "".join(
            f'<li><a href="./{name}">{titled(year, issuer)}</a><b>{year + 1}-01-18</b></li>'
            for name, issuer in zip(names, bodies.values(), strict=True)
        )
        pages[f"{base}{year}n/"] = column(f"<ul>{lines}</ul>", title=f"{year}年")
        for name, issuer in zip(names, bodies.values(), strict=True):
            pages[f"{base}{year}n/{name}"] = report(issuer, year)
            reports.add(f"{base}{year}n/{name}")
    return Site(
        name="trs-years",
        family="trs",
        start=(base,),
        pages={**pages, base: column(f"<ul>{links}</ul><script>var countPage = 1;</script>")},
        reports=frozenset(reports),
        lists={base: "complete", **{f"{base}{year}n/": "end" for year in years}, f"{base}2020n/": "unreachable"},
        most=5,
        traps="a column for each year; one year is not there",
    )


def _mixed() -> Site:
    """Links by https, though the host answers only http; the same article by both."""
    host = "www.luping.example"
    base = f"http://{host}/zwgk/nb/"
    issuer = "芦坪县"
    lines = "".join(
        f'<li><a href="{"https" if year % 2 else "http"}://{host}/zwgk/nb/{_href(year)}">{titled(year, issuer)}</a>'
        f"<span>{year + 1}-01-20</span></li>"
        for year in YEARS[:6]
    )
    again = f'<li><a href="./{_href(2023)}">{titled(2023, issuer)}</a><span>2024-01-20</span></li>'
    return Site(
        name="trs-mixed",
        family="trs",
        start=(base,),
        pages={base: column(f"<ul>{lines}{again}</ul>"), **_reports(base, issuer, YEARS[:6])},
        reports=frozenset(base + _href(year) for year in YEARS[:6]),
        lists={base: "end"},
        most=1,
        traps="http and https mixed",
    )


_STUB = Page(b"<html><head><title></title></head><body>" + b" " * 280 + b"</body></html>")

SITES = (
    _plain(),
    _by_script(),
    _counted(),
    _capped("trs-stubs", "www.yongdu.example", _STUB, "stub"),
    _capped("trs-last-again", "www.yongdu2.example", None, "repeated"),
    _capped("trs-gone", "www.yongdu3.example", Page(b"", 404), "broken"),
    _home(),
    _dead(),
    _short(),
    _by_year(),
    _mixed(),
)

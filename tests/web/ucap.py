"""UCAP: static pages counted from one, and shells whose rows come as JSON by the id of the channel."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from tests.servers import Page
from tests.web import Site
from tests.web.parts import as_json, column, interface, report, rows, titled

CHANNEL = "8a1b2c3d4e5f60718293a4b5c6d7e8f9"
META = f'<meta name="channelid" content="{CHANNEL}">'
YEARS = tuple(range(2023, 2007, -1))


def _path(year: int, site: str) -> str:
    name = hashlib.md5(f"{site}{year}".encode()).hexdigest()
    return f"/{site}/c100012/{year + 1}01/{name}.shtml"


def _static() -> Site:
    host, issuer = "http://www.yunjin.example", "云津市"
    base = f"{host}/yunjin/c100012/"

    def page(number: int) -> Page:
        lines = "".join(
            f'<dd><a href="{_path(year, "yunjin")}" target="_blank">{titled(year, issuer)}</a>'
            f"<span>{year + 1}-01-20</span></dd>"
            for year in YEARS[number * 6 : number * 6 + 6]
        )
        extra = (
            '<dd><a href="/yunjin/c100012/202401/aa.shtml">2023年政府网站工作年度报表</a><span>2024-01-08</span></dd>'
        )
        pager = f"<script>createPageHTML('page_div', 3, {number + 1}, 'common_list', 'shtml', 17);</script>"
        lines += extra if number == 0 else ""
        body = f'<div class="gknr_list"><dl>{lines}</dl></div><div id="page_div"></div>{pager}'
        return column(body, META)

    return Site(
        name="ucap-static",
        family="ucap",
        start=(f"{base}common_list.shtml",),
        pages={
            f"{base}common_list.shtml": page(0),
            f"{base}common_list_1.shtml": page(0),
            f"{base}common_list_2.shtml": page(1),
            f"{base}common_list_3.shtml": page(2),
            **{host + _path(year, "yunjin"): report(issuer, year) for year in YEARS},
        },
        reports=frozenset(host + _path(year, "yunjin") for year in YEARS),
        lists={f"{base}common_list.shtml": "complete"},
        most=3,
        traps="counted from one; a report on web sites among the reports",
    )


def _shell(name: str, host: str, service: str, cap: int, shown: int = 0) -> Site:
    """The script names the service; totals are strings, addresses begin with //, pages are cut to `cap` rows.

    `shown`: rows that the page has itself; without any it is a shell.
    """
    issuer, site = "北堤县", "beidi"
    start = f"http://{host}/{site}/c100088/xxgk_list.shtml"

    def answer(query: Mapping[str, str]) -> Page:
        size = min(cap, int(query.get("_pageSize", "10")))
        last = -(-len(YEARS) // size)
        number = min(int(query.get("page", "1")), last)  # past the end the last page comes again
        results = [
            {
                "title": f"<span>{titled(year, issuer)}</span>",
                "url": f"//{host}{_path(year, site)}",
                "publishedTimeStr": f"{year + 1}-01-20 09:30:00",
                "contentHtml": "",
                "channelName": "政府信息公开年报",
            }
            for year in YEARS[(number - 1) * size : number * size]
        ]
        data = {"total": str(len(YEARS)), "page": number, "rows": size, "channelId": CHANNEL, "results": results}
        return as_json({"data": data})

    entries = [
        (f"http://{host}{_path(year, site)}", titled(year, issuer), f"{year + 1}-01-20") for year in YEARS[:shown]
    ]
    script = f"""<div class="list"><ul id="list">{rows(entries)}</ul></div><script>
$.ajax({{url: "{service}" + channelId, data: {{_isAgg: true, _isJson: true, _pageSize: 15, page: 1}}}});
</script>"""
    return Site(
        name=name,
        family="ucap",
        start=(start,),
        pages={
            start: column(script, META),
            f"http://{host}{service}{CHANNEL}?": interface(answer),
            **{f"http://{host}{_path(year, site)}": report(issuer, year) for year in YEARS},
        },
        reports=frozenset(f"http://{host}{_path(year, site)}" for year in YEARS),
        lists={start: "complete"},
        most=5,
        traps="drawn from JSON; totals are strings; fewer rows than asked for",
    )


SITES = (
    _static(),
    _shell("ucap-shell", "www.beidi.example", "/common/search/", 15),
    _shell("ucap-search-list", "www.beidi2.example", "/searchList/", 5),
    _shell("ucap-both", "www.beidi3.example", "/search/", 100, shown=10),
)

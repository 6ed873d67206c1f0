"""上海: a column for each year, pages that only a script counts, and a service that repeats its last page."""

from __future__ import annotations

import hashlib
import json

from tests.servers import Answer, Handler
from tests.web import Site
from tests.web.parts import as_json, column, posted, report, rows, titled

TOWNS = ("申塘区", "申塘区教育局", "申塘区民政局", "浦溪镇", "泗浜镇", "新桥街道", "石湖街道")


def _path(column_: str, issuer: str, year: int) -> str:
    name = hashlib.md5(f"{issuer}{year}".encode()).hexdigest()
    return f"/{column_}/{year + 1}0120/{name}.html"


def _by_year() -> Site:
    base = "http://www.shentang.example"
    start = f"{base}/nw12344/index.html"
    years = {2023: "nw41023", 2022: "nw41022"}
    pages: dict[str, Answer] = {}
    reports: set[str] = set()
    links = "".join(f'<li><a href="/{key}/index.html">{year}年年报</a></li>' for year, key in years.items())
    pages[start] = column(f'<ul class="years">{links}</ul>')
    for year, key in years.items():
        entries = [(_path(key, issuer, year), titled(year, issuer), f"{year + 1}-01-20") for issuer in TOWNS]
        hidden = f"<!-- <ul>{rows(entries[:2])}</ul> -->"
        pager = "<script>$('#page').pagination({totalPage: 2, currentPage: 1});</script>"
        for number, few in enumerate((entries[:4], entries[4:]), start=1):
            url = f"{base}/{key}/index{'' if number == 1 else f'_{number}'}.html"
            pages[url] = column(f'{hidden}<ul class="tadaty-list">{rows(few)}</ul>{pager}', title=f"{year}年年报")
        for issuer in TOWNS:
            pages[base + _path(key, issuer, year)] = report(issuer, year)
            reports.add(base + _path(key, issuer, year))
    return Site(
        name="shanghai-years",
        family="shanghai",
        start=(start,),
        pages=pages,
        reports=frozenset(reports),
        lists={start: "end", **{f"{base}/{key}/index.html": "complete" for key in years.values()}},
        most=5,
        traps="a column for each year; pages counted by a script; rows in comments",
    )


def _service() -> Site:
    """POST in JSON; the total is where counting stops; past the end the last page comes again."""
    base = "http://www.putang.example"
    start = f"{base}/zwgk/xxgknb/index.html"
    entries = [(_path("nw5144", issuer, year), issuer, year) for year in range(2023, 2019, -1) for issuer in TOWNS]

    def answer(handler: Handler) -> None:
        query = posted(handler)
        size, number = int(str(query.get("pageSize", 10))), int(str(query.get("pageNum", 1)))
        last = -(-len(entries) // size)
        number = min(number, last)
        found = [
            {"title": titled(year, issuer), "url": base + path, "display_date": f"{year + 1}-01-20"}
            for path, issuer, year in entries[(number - 1) * size : number * size]
        ]
        known = query.get("channelList") == ["5144"]
        data = {"list": found if known else [], "totalPage": 500, "totalCount": 10000, "pageNum": number}
        as_json({"code": 200, "data": data})(handler)

    body = {"channelList": ["5144"], "pageSize": 20, "pageNum": 1}
    script = f"""<div id="list"></div><script>new CMS();
$.ajax({{type: "POST", url: "/zwgk-search-front/api/data/affair",
data: JSON.stringify({json.dumps(body)})}});</script>"""
    return Site(
        name="shanghai-service",
        family="shanghai",
        start=(start,),
        pages={
            start: column(script),
            f"{base}/zwgk-search-front/api/data/affair": answer,
            **{base + path: report(issuer, year) for path, issuer, year in entries},
        },
        reports=frozenset(base + path for path, _, _ in entries),
        lists={start: "repeated"},
        most=6,
        traps="a capped total; the last page again past the end",
    )


SITES = (_by_year(), _service())

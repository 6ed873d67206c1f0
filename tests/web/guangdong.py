"""广东's NFCMS: the catalogue gkmlpt, whose tree leads to an interface, and plain static columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from tests.servers import Answer, Page
from tests.web import Site
from tests.web.parts import as_json, column, interface, report, rows, titled

YEARS = tuple(range(2023, 2012, -1))


def _catalogue() -> Site:
    base, issuer = "http://www.yuelin.example", "粤林区"
    start = f"{base}/gkmlpt/index#4219"  # the address chooses the category, whatever it is called
    tree = [
        {"id": 7, "name": "机构概况", "post_count": 12, "jump_url": "", "children": []},
        {
            "id": 8,
            "name": "政府信息公开",
            "children": [
                {"id": 81, "name": "政府信息公开指南", "post_count": 1, "jump_url": "http://www.yuelin.example/zn/"},
                {"id": 4219, "name": "公开工作情况", "post_count": 99, "jump_url": "", "children": []},
            ],
        },
    ]
    known = json.dumps(tree, ensure_ascii=False)
    config = (
        f"window._CONFIG = {{LANG: 'zh-CN', SITE_NAME: '粤林区', SID: '755001', TREE: {known}, SERVICE_AREA_ID: 7}};"
    )
    bodies = (issuer, "粤林区教育局", "粤林区民政局")
    posts = [(year, body) for year in YEARS for body in bodies]
    # a full page of other entries first: an interface gives 100 at once
    others = [f"关于粤林区第{at}批信息公开事项的说明" for at in range(90)]

    def articles() -> list[dict[str, object]]:
        made: list[dict[str, object]] = [
            {"id": 900 + at, "type": "normal", "title": title, "url": f"{base}/gkmlpt/content/1/9/post_{900 + at}.html"}
            for at, title in enumerate(others)
        ]
        for at, (year, body) in enumerate(posts):
            when = int(datetime(year + 1, 1, 19, 17, tzinfo=UTC).timestamp())  # the 20th in China
            url = f"//www.yuelin.example/gkmlpt/content/2/{at}/post_{2000 + at}.html"
            made.append({"id": 2000 + at, "title": titled(year, body), "url": url, "display_publish_time": when})
        made.append({"id": 1, "type": "url", "title": "一图读懂年报", "url": "https://mp.weixin.example/s/x"})
        return made

    def answer(query: Mapping[str, str]) -> Page:
        if query.get("sid") != "755001":
            return as_json({"articles": [], "total": 0})
        number = int(query.get("page", "1"))
        part = articles()[(number - 1) * 100 : number * 100]
        return as_json({"classify": {"id": 4219, "post_count": 400}, "total": len(articles()), "articles": part})

    detail = {"title": "", "content": "<p>见正文。</p>"}
    shell = f"<script>window._CONFIG = {{DETAIL: {json.dumps(detail)}, TREE: []}};</script>"
    return Site(
        name="gkmlpt",
        family="gkmlpt",
        start=(start,),
        pages={
            f"{base}/gkmlpt/index": column(f'<div id="app"></div><script>{config}</script>', title="政府信息公开目录"),
            f"{base}/gkmlpt/api/all/4219?": interface(answer),
            **{
                f"{base}/gkmlpt/content/2/{at}/post_{2000 + at}.html": report(body, year, shell)
                for at, (year, body) in enumerate(posts)
            },
        },
        reports=frozenset(f"{base}/gkmlpt/content/2/{at}/post_{2000 + at}.html" for at in range(len(posts))),
        lists={start: "complete"},
        most=3,
        traps="a catalogue of everything; more counted than listed; dates are epochs",
    )


def _plain() -> Site:
    base, issuer = "http://www.nanpu.example", "南圃市"
    start = f"{base}/zwgk/xxgknb/index.html"

    def page(years: tuple[int, ...], pager: str) -> Page:
        entries = [
            (f"{base}/zwgk/xxgknb/content/post_{year}.html", titled(year, issuer), f"{year + 1}-01-20")
            for year in years
        ]
        return column(f'<div class="list"><ul>{rows(entries)}</ul></div><div class="page">{pager}</div>')

    return Site(
        name="nfcms",
        family="gkmlpt",
        start=(start,),
        pages={
            start: page(
                YEARS[:6], '<a href="index.html">1</a> <a href="index_2.html">2</a> <a href="index_2.html">下一页</a>'
            ),
            f"{base}/zwgk/xxgknb/index_2.html": page(YEARS[6:], '<a href="index.html">1</a> <a class="on">2</a>'),
            **{f"{base}/zwgk/xxgknb/content/post_{year}.html": report(issuer, year) for year in YEARS},
        },
        reports=frozenset(f"{base}/zwgk/xxgknb/content/post_{year}.html" for year in YEARS),
        lists={start: "complete"},
        most=2,
    )


def _several() -> Site:
    """Three categories of reports: the district's, the departments', and one that has its list elsewhere."""
    base, site = "http://www.chaoling.example", "潮岭区"
    start, towns = f"{base}/gkmlpt/index", f"{base}/zwgk/zjnb/index.html"
    issuers = {31: site, 32: "潮岭区教育局"}
    leaves: list[dict[str, object]] = [
        {"id": 31, "name": "政府信息公开年报", "post_count": 9, "jump_url": ""},
        {"id": 32, "name": "部门信息公开年度报告", "post_count": 4, "jump_url": ""},
        {"id": 33, "name": "镇街年报", "post_count": 0, "jump_url": "/zwgk/zjnb/index.html"},
        {"id": 34, "name": "财政预决算", "post_count": 80, "jump_url": ""},
    ]
    tree = [{"id": 3, "name": "信息公开年报", "children": leaves[:3]}, *leaves[3:]]
    config = json.dumps(tree, ensure_ascii=False)
    pages: dict[str, Answer] = {
        start: column(f"<div id='app'></div><script>window._CONFIG = {{SID: '754019', TREE: {config}}};</script>"),
        towns: column(f"<ul>{rows([('/zwgk/zjnb/content/post_9.html', titled(2023, '东湖街道'), '2024-01-20')])}</ul>"),
        f"{base}/zwgk/zjnb/content/post_9.html": report("东湖街道", 2023),
    }
    for key, issuer in issuers.items():
        years = YEARS[:9] if key == 31 else YEARS[:4]
        url = f"{base}/gkmlpt/content/{key}/1/post_{key}"
        # bare years too: the category's name says of what
        articles = [{"title": f"{issuer}{year}年度", "url": f"{url}{year}.html", "date": 1700000000} for year in years]
        pages[f"{base}/gkmlpt/api/all/{key}?"] = as_json({"total": len(articles), "articles": articles})
        pages |= {f"{url}{year}.html": report(issuer, year) for year in years}
    return Site(
        name="gkmlpt-several",
        family="gkmlpt",
        start=(start,),
        pages=pages,
        reports=frozenset(url for url in pages if "post_" in url),
        lists={start: "end"},
        most=4,
        traps="several categories, of which each says how much it holds",
    )


SITES = (_catalogue(), _several(), _plain())

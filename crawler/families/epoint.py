"""Epoint (新点 WebBuilder): 江苏 (徐州), 辽宁 (营口), 河南 (许昌), 新疆.

Told by `categorynum=` in addresses, classes `ewb-…`, `/js/webBuilderCommon.js`, `/govxxgk/`, `lightfrontaction`.

Articles: `/001/001001/20240130/<uuid>.html`, in the disclosure part `/govxxgk/<organ's
code>/2024-01-30/<uuid>.html`.

Lists: static ones (`moreinfo.html`, `subPage.html`, `govlist.html`) go on as `2.html` beside them, by links. Drawn
ones (`govInfoPub.html?categorynum=003001003&deptcode=…`) ask `POST
<projectName>/rest/lightfrontaction/getgovinfolist` with JSON
`{"deptcode","categorynum","pageIndex","pageSize","siteGuid"}`; 营口 wants it as `{"token":"","params":{…}}`.
`projectName` and `siteGuid` stand in `siteInfo` of `webBuilderCommon.js` or `ajaxReq.js`, which is asked for first.
Answer: `custom.total` (may be a string), `custom.data[]` with `title`, `realtitle`, `infourl`, `visiturl`,
`linkurl`, `infodate`.

`pageIndex` counts from 0 in 徐州 and 营口, elsewhere from 1: 0 is asked for, then 1, and so on until the total is
seen; where counting starts at 1 the answers to the two are the same.

许昌 has a shell around a static list: `openSubPage.html?specialurl=/govxxgk/…/govlist.html`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from crawler.families.family import Family, Page, listed
from crawler.families.fragment import answer, number, part, settings, words
from crawler.families.marks import by_table
from pipelines.links import resolve
from pipelines.listing import Listing
from pipelines.records import Ask, Item

_MARKS = {
    "categorynum": re.compile(r"ategory[nN]um=\d"),
    "classes ewb-": re.compile(r"ewb-[a-z]{2}"),
    "webBuilderCommon.js": re.compile(r"/webBuilderCommon\.js"),
    "govxxgk": re.compile(r"/govxxgk/\w+/"),
    "lightfrontaction": re.compile(r"/rest/lightfrontaction/"),
}
_SCRIPT = re.compile(r"""<script[^>]+src=["']([^"']*/(?:webBuilderCommon|ajaxReq)\.js[^"']*)["']""", re.IGNORECASE)
_SITE = re.compile(r"""\bsiteInfo\s*=\s*(\{[^{}]*\bsiteGuid\b[^{}]*\})""")
_IN_PATH = re.compile(r"/((?:\d{3}){2,})/[^/]*$")
_SERVICE = "/rest/lightfrontaction/getgovinfolist"
_PER_PAGE = 20
_MOST = 200  # pages; a total may say anything
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _ahead(page: Page, listing: Listing) -> Iterable[Ask]:
    """The list that the page's script draws, or shows in a frame."""
    query = _query(page.url)
    if special := resolve(page.url, query.get("specialurl", "")) if "specialurl" in query else None:
        return (Ask(special),)
    if listing.reports or listing.next or (listing.items and "categorynum" not in query) or not _category(page.url):
        return ()
    if _SITE.search(page.html):
        return _first(page.html, page.url)
    script = _SCRIPT.search(page.html)
    to = resolve(page.base, script[1]) if script else None
    return (Ask(to, headers=(("Referer", page.url),), family="epoint"),) if to else ()


def _query(url: str) -> dict[str, str]:
    return {name.lower(): value for name, value in parse_qsl(urlsplit(url).query)}


def _category(url: str) -> str:
    """The number of the column, out of the address of its page."""
    in_path = _IN_PATH.search(urlsplit(url).path)
    return _query(url).get("categorynum") or (in_path[1] if in_path else "")


def _first(script: str, column: str) -> tuple[Ask, ...]:
    """The request for the first part of the list at `column`, as `siteInfo` says where."""
    site = settings(found[1]) if (found := _SITE.search(script)) else {}
    to = resolve(column, f"{site.get('projectName', '')}{_SERVICE}")
    if to is None or not site:
        return ()
    asked = {
        "deptcode": _query(column).get("deptcode", ""),
        "categorynum": _category(column),
        "pageIndex": 0,
        "pageSize": _PER_PAGE,
        "siteGuid": site.get("siteGuid", ""),
    }
    kind = ("Content-Type", "application/json;charset=UTF-8")
    headers = (("Referer", column), ("X-Requested-With", "XMLHttpRequest"), kind)
    return (Ask(to, "POST", json.dumps(asked), headers, "epoint"),)


def _read(page: Page) -> tuple[Listing, Iterable[Ask]]:
    if page.asked.method == "GET":  # the script that says where the service is
        asks = _first(page.html, dict(page.asked.headers).get("Referer", page.url))
        return listed((), page), tuple(replace(ask, title=page.asked.title) for ask in asks)
    custom = part(answer(page.html), "custom")
    if isinstance(custom, str):
        custom = answer(custom)
    sent: dict[str, Any] = json.loads(page.asked.body)
    if part(custom, "data") is None and "params" not in sent:
        wrapped = {"token": "", "params": {name: str(value) for name, value in sent.items()}}
        return listed((), page), (replace(page.asked, body=json.dumps(wrapped)),)
    items = tuple(_items(part(custom, "data")))
    total = number(part(custom, "total")) or 0
    index = number(sent.get("params", sent).get("pageIndex")) or 0
    # Page 0 is the first or says nothing, page 1 the first or the second: both announce all that may follow.
    pages = min(-(-total // len(items)), _MOST) if items and total else index + 1
    announces = index == 0 or bool(items and (index == 1 or not total))
    further = range(index + 1, pages + 1) if announces else range(0)
    return listed(items, page, total_items=total or None), tuple(
        _numbered(page.asked, sent, index) for index in further
    )


def _items(records: object) -> Iterator[Item]:
    for record in records if isinstance(records, list) else ():
        href = next((to for name in ("infourl", "visiturl", "linkurl") if (to := part(record, name))), None)
        title = words(part(record, "realtitle")) or words(part(record, "title"))
        day = _DATE.match(str(part(record, "infodate") or ""))
        if title and isinstance(href, str):
            yield Item(title, href, day[0] if day else None)


def _numbered(ask: Ask, sent: dict[str, Any], index: int) -> Ask:
    """The same request for another page."""
    if "params" in sent:
        return replace(ask, body=json.dumps({**sent, "params": {**sent["params"], "pageIndex": str(index)}}))
    return replace(ask, body=json.dumps({**sent, "pageIndex": index}))


FAMILY = Family("epoint", by_table(_MARKS), _ahead, _read)

"""Hanweb's JPaaS: a list is a unit of the page that a script builds, `…/front/page/build/unit`.

The page has `<script url="/api-gateway/jpaas-publish-server/front/page/build/unit"
queryData="{'webId':'…','pageId':'…', 'parseType':'bulidstatic','tagId':'…','tplSetId':'…','pageType':'column'}">`.
The number of the page must go inside `paramJson={"pageNo":2,"pageSize":15}`, else the first one comes again. The
answer is `{"success":true,"data":{"html":"…"}}`, or `data` is the HTML; its pager says `rows` and `count`. Referer
and cookies of the column's page are wanted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.families.family import Page, listed
from crawler.families.fragment import answer, number, part, rows, settings
from pipelines.dom import Element, parse
from pipelines.links import resolve
from pipelines.listing import Listing
from pipelines.records import Ask

PATH = "/front/page/build/unit"
_DEFAULT = f"/api-gateway/jpaas-publish-server{PATH}"
_QUERY = re.compile(r"""query[-_]?data["']?\s*[=:]\s*["']?(\{[^{}]*\})""", re.IGNORECASE)
_UNIT = re.compile(rf"""["'](?:https?://[^"'/]*)?(/[\w/-]*{PATH})["']""")
_LIST = re.compile(r"列表|list|分页|page|内容|年报", re.IGNORECASE)  # the unit that lists, by its name
_MOST = 3  # units of a page that are asked for: the others are menus and boxes
_PER_PAGE = 15


def ahead(page: Page, listing: Listing) -> Iterable[Ask]:
    """Requests for the units of a page; where the first page of the list stands in it, for the second."""
    unit = _UNIT.search(page.html)
    queries = [settings(unescape(found)) for found in _QUERY.findall(page.html)]
    queries = [query for query in queries if query.get("webId") and query.get("pageId")]
    if not queries or not (unit or _DEFAULT in page.html):
        return ()
    pager = _pager(page.tree)
    shown = len(listing.items)
    if shown and pager and shown >= pager[1]:
        return ()
    if shown:  # the first page stands in the page: only the unit that lists can go on
        queries = [query for query in queries if _LIST.search(query.get("tagId", ""))]
    first, size = (2, pager[0] if pager else shown) if shown else (1, _PER_PAGE)
    queries.sort(key=lambda query: _LIST.search(query.get("tagId", "")) is None)
    to = resolve(page.url, unit[1] if unit else _DEFAULT) or page.url
    referer = (("Referer", page.url), ("X-Requested-With", "XMLHttpRequest"))
    return tuple(
        Ask(f"{to}?{urlencode(_numbered(query, first, size))}", headers=referer, family="hanweb")
        for query in queries[:_MOST]
    )


def read(page: Page) -> tuple[Listing, Iterable[Ask]]:
    """The rows of a unit, and the request for its next page."""
    data = part(answer(page.html), "data")
    html = str(part(data, "html") or "") if isinstance(data, dict) else str(data or "")
    items = rows(html)
    pager = _pager(parse(f"<html><body>{html}</body></html>"))
    parts = urlsplit(page.asked.url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    said = answer(query.get("paramJson", ""))
    now, size = number(said.get("pageNo")) or 1, (pager[0] if pager else number(said.get("pageSize")) or _PER_PAGE)
    asks: tuple[Ask, ...] = ()
    if items and pager and now * size < pager[1]:
        asks = (replace(page.asked, url=urlunsplit(parts._replace(query=urlencode(_numbered(query, now + 1, size))))),)
    return listed(items, page, total_items=pager[1] if pager else None), asks


def _numbered(query: dict[str, str], page: int, size: int) -> dict[str, str]:
    return {**query, "paramJson": json.dumps({"pageNo": page, "pageSize": size}, separators=(",", ":"))}


def _pager(tree: Element) -> tuple[int, int] | None:
    """Rows on a page and rows in all, as the pager's element has them."""
    for element in tree.xpath("//*[@rows][@count]"):
        size, total = number(element.get("rows")), number(element.get("count"))
        if size and total:
            return size, total
    return None

"""Hanweb's 信息公开 module: a list by `POST /module/xxgk/search.jsp`, by area and class of information.

The page's script posts `infotypeId=A02&jdid=1305&area=&divid=div1665241&vc_title=&…&currpage=2`, or a frame
`/module/xxgk/tree.jsp?area=…` names the area. Without a class the answer is not of this column only: then the rows
whose address names the column (`art_<column>_`) are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qsl, quote, urlencode

from crawler.families.family import Page, listed
from crawler.families.fragment import number, rows
from pipelines.dom import parse
from pipelines.links import resolve
from pipelines.listing import Listing
from pipelines.pager import read_pager
from pipelines.records import Ask

PATH = "/module/xxgk/search.jsp"
_FORM = re.compile(r"""\binfotypeId=[^"'\s<>]*""")
_AREA = re.compile(r"""/module/xxgk/tree\.jsp\?area=([^&"'\s<>]+)""")
_COLUMN = re.compile(r"/col/col(\d+)/")


def ahead(page: Page, listing: Listing) -> Iterable[Ask]:
    """The request that draws the list."""
    first = 2 if listing.items else 1
    if "/module/xxgk/" not in page.html or (listing.items and (listing.total_pages or 1) < first):
        return ()
    form, area = _FORM.search(page.html), _AREA.search(page.html)
    if form:
        fields = dict(parse_qsl(unescape(form[0]), keep_blank_values=True))
    elif area:
        fields = {"infotypeId": "", "vc_title": "", "vc_number": "", "area": unescape(area[1])}
    else:
        return ()
    headers = (
        ("Referer", page.url),
        ("X-Requested-With", "XMLHttpRequest"),
        ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),
    )
    to = resolve(page.url, PATH) or page.url
    return (Ask(to, "POST", urlencode({**fields, "currpage": str(first)}, quote_via=quote), headers, "hanweb"),)


def read(page: Page) -> tuple[Listing, Iterable[Ask]]:
    """The rows of an answer, and the request for the next page."""
    fields = dict(parse_qsl(page.asked.body, keep_blank_values=True))
    found = rows(page.html)
    column = _COLUMN.search(dict(page.asked.headers).get("Referer", ""))
    of_all = not fields.get("infotypeId") and column is not None
    items = tuple(item for item in found if not of_all or column is None or f"art_{column[1]}_" in item.href)
    pager = read_pager(parse(page.html), page.html, page.url, page.url)
    now, pages = number(fields.get("currpage")) or 1, pager.total_pages or 1
    asks: tuple[Ask, ...] = ()
    if found and now < pages:
        body = urlencode({**fields, "currpage": str(now + 1)}, quote_via=quote)
        asks = (replace(page.asked, body=body),)
    total = None if of_all else pager.total_items
    return listed(items, page, total_items=total, total_pages=pages if pager.total_pages else None), asks

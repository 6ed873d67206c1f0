"""Reading an answer that should be a list: which family made it, what it lists, how it goes on, what lies below it.

Called in worker processes: nothing here knows of the network or of Scrapy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module

from w3lib.url import safe_url_string

from crawler.column import Candidate, glance
from crawler.families import FAMILIES, forms, smaller
from crawler.families.drawn import is_drawn
from crawler.families.family import Family, Page
from crawler.families.frames import frames
from crawler.families.tree import columns_below
from pipelines.decode import decode
from pipelines.links import resolve
from pipelines.listing import Listing, read_tree
from pipelines.records import Ask, Capture, Item


@dataclass(frozen=True, slots=True)
class Part:
    """What one answer says of a list. Addresses are absolute, but for links that only a script follows."""

    title: str | None
    family: str
    family_reads: bool  # an answer of its interface, not a page
    marks: tuple[str, ...]
    items: tuple[Item, ...]
    reports: tuple[Item, ...]
    ahead: tuple[Ask, ...]  # further parts, most certain first
    columns: tuple[Item, ...]  # lists below this one
    total_items: int | None
    total_pages: int | None
    drawn: bool = False  # a script draws the list, and none of the known interfaces is behind it
    further: int = 0  # number of the next page, which only a script would bring
    itself: tuple[str, ...] = ()  # why the page is a column of annual reports; only told while that is looked for
    candidates: tuple[Candidate, ...] = ()  # where else that may be, best first; as above


_GENERIC = Family("generic", marks=lambda _page: ())


@cache
def _families() -> tuple[Family, ...]:
    return (*(import_module(module).FAMILY for module in FAMILIES.values()), *smaller.FAMILIES)


def named(name: str) -> Family:
    return next((family for family in _families() if family.name == name), _GENERIC)


def tell(page: Page) -> tuple[Family, tuple[str, ...]]:
    """The family with the most marks on a page, the more frequent of two; the generic one where there are none."""
    found, most = _GENERIC, tuple[str, ...]()
    for family in _families():
        if len(marks := tuple(family.marks(page))) > len(most):
            found, most = family, marks
    return found, most


def read(capture: Capture, asked: Ask, family: str = "", seeking: bool = False) -> Part:
    """The part of a list that an answer is. `family`: what the portal file says; else the page tells.

    `seeking`: the column is not known yet, and what the page says of where it is comes as well.
    """
    html, charset = decode(capture.body, capture.content_type)
    page = Page(capture.url, html, asked, charset.chosen)
    if asked.family and (reader := named(asked.family).read):
        listing, asks = reader(page)
        part = _part(listing, capture.url, named(asked.family), (), tuple(asks), (), page.charset)
        part = replace(part, total_items=None, total_pages=None) if asked.shared else part
        return replace(part, family_reads=True)
    maker, marks = tell(page)
    if family:
        maker = named(family)
    listing = read_tree(page.tree, capture.url, html)
    asks = tuple(replace(ask, title=ask.title or listing.title or "") for ask in maker.ahead(page, listing))
    if maker.paged:
        asks += tuple(Ask(url) for url in listing.next)
    asks = asks or forms.ahead(page, listing)
    below = columns_below(page, listing) or (() if asks else frames(page, listing))
    part = _part(listing, page.base, maker, marks, asks, below, page.charset)
    part = replace(part, drawn=not asks and not below and not part.items and is_drawn(page))
    part = replace(part, further=forms.leads_to(page) if part.items and not asks else 0)
    if not seeking:
        return part
    seen = glance(page, listing)
    return replace(part, itself=seen.itself, candidates=seen.candidates)


def _part(
    listing: Listing,
    base: str,
    family: Family,
    marks: tuple[str, ...],
    ahead: tuple[Ask, ...],
    columns: tuple[Item, ...],
    charset: str,
) -> Part:
    def whole(items: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(
            replace(item, href=_sent(resolve(base, item.href.strip()) or item.href, charset)) for item in items
        )

    below = whole(columns)
    return Part(
        title=listing.title,
        family=family.name,
        family_reads=False,
        marks=marks,
        items=whole(listing.items),
        reports=tuple(item for item in whole(listing.reports) if item.href not in {list_.href for list_ in below}),
        ahead=tuple(replace(ask, url=_sent(ask.url, charset)) for ask in ahead),
        columns=below,
        total_items=listing.total_items,
        total_pages=listing.total_pages,
    )


def _sent(url: str, charset: str) -> str:
    """An address as a browser sends it: Chinese in its query is in the page's own charset."""
    if url.isascii():
        return url
    try:
        return str(safe_url_string(url, encoding=charset))
    except ValueError:  # no address after all: a broken port or IPv6 host
        return url

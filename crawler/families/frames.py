"""Columns whose page is a shell: what it lists stands in a frame of the same host."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.families.family import Page
from pipelines.dom import is_unseen
from pipelines.links import resolve, same_page
from pipelines.listing import Listing
from pipelines.records import Item

# by a whole word of its address: a counter, a menu, a head or foot of the page
_NO_LIST = re.compile(
    r"(?:^|[/_.?=-])(?:visit\w*|counts?|counter|login|tree|share|foot\w*|head\w*|top|banner|weather|tianqi|search|captcha|"
    r"video|map)(?=$|[/_.?=&-])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_MOST = 3  # frames of one page; a frameset has a menu and a list
_SMALL = 50  # pixels: a counter's frame


def frames(page: Page, listing: Listing) -> tuple[Item, ...]:
    """The frames of a page that lists nothing itself, as columns below it."""
    if listing.items or listing.reports:
        return ()
    host = urlsplit(page.url).netloc.lower()
    found: dict[str, Item] = {}
    for frame in page.tree.iter("iframe", "frame"):
        href = (frame.get("src") or "").strip()
        to = resolve(page.base, href) if href and not href.lower().startswith(("about:", "javascript:")) else None
        if to is None or same_page(to, page.url) or urlsplit(to).netloc.lower() != host:
            continue
        if _HIDDEN.search(frame.get("style") or "") or any(map(is_unseen, frame.iterancestors())):
            continue
        if not _is_small(frame.get("width")) and not _is_small(frame.get("height")) and not _NO_LIST.search(_path(to)):
            found.setdefault(to, Item(frame.get("title") or listing.title or "frame", href, None))
    return tuple(found.values())[:_MOST]


def _is_small(size: str | None) -> bool:
    text = (size or "").strip().removesuffix("px")
    return text.isdecimal() and int(text) < _SMALL


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"

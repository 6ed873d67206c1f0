"""Where a link leads: its plain address, resolved against the page, and whether it stays on the same site."""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urljoin, urlsplit

from pipelines.dom import Element

_NOWHERE = ("#", "javascript:", "vbscript:", "mailto:", "tel:", "about:", "data:")
# an address that stands in quotes in a script call: location.href='list_2.html', open("/a/b.htm"), go('?page=2')
_QUOTED = re.compile(
    r"""['"]((?:https?:)?//[^'"\s<>]{1,500}|(?:\.{0,2}/|\?)[^'"\s<>]{1,500}"""
    r"""|[^'"\s<>]{1,500}\.(?:s?html?|jhtml|jspx?|aspx?|php|do)(?:\?[^'"\s<>]{0,500})?)['"]""",
    re.IGNORECASE,
)
_INDEX = re.compile(r"/(?:index|default)\.(?:s?html?|jhtml|jspx?|aspx?|php)$", re.IGNORECASE)


def address(link: Element) -> str | None:
    """The address as written, be it in a script call; None for a link that leads nowhere."""
    href = (link.get("href") or "").strip()
    if href and not href.lower().startswith(_NOWHERE):
        return href
    for script in (href, link.get("onclick") or ""):
        if found := _QUOTED.search(script):
            return found[1]
    return None


def base(root: Element, url: str) -> str:
    """What the page's relative addresses are relative to."""
    declared = next((tag.get("href") for tag in root.iter("base") if tag.get("href")), None)
    return resolve(url, declared) or url if declared else url


def resolve(page: str, href: str) -> str | None:
    """The absolute address without its fragment; None where there is none on the web."""
    try:
        whole = urldefrag(urljoin(page, href.strip()))[0]
        parts = urlsplit(whole)
        _ = parts.port  # read for what it raises
    except ValueError:  # a broken port or IPv6 address
        return None
    return whole if parts.scheme in ("http", "https", "") else None


def directory(url: str) -> str:
    """The path of an address down to its last slash."""
    return urlsplit(url).path.rpartition("/")[0] + "/"


def same_page(one: str, other: str) -> bool:
    """Whether two absolute addresses are one page: a directory is its index page, http is https."""
    return _plain(one) == _plain(other)


def _plain(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return parts.netloc.lower(), _INDEX.sub("/", parts.path) or "/", parts.query

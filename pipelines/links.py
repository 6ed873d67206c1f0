"""Where a link leads: its plain address, resolved against the page, and whether it stays on the same site."""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import etree
from w3lib.url import canonicalize_url

from pipelines.dom import Element

_NOWHERE = ("#", "javascript:", "vbscript:", "mailto:", "tel:", "about:", "data:")
# an address that stands in quotes in a script call: location.href='list_2.html', open("/a/b.htm"), go('?page=2')
_QUOTED = re.compile(
    r"""['"]((?:https?:)?//[^'"\s<>]{1,500}|(?:\.{0,2}/|\?)[^'"\s<>]{1,500}"""
    r"""|[^'"\s<>]{1,500}\.(?:s?html?|jhtml|jspx?|aspx?|php|do)(?:\?[^'"\s<>]{0,500})?)['"]""",
    re.IGNORECASE,
)
_BASE = etree.XPath("string(descendant::base[@href != ''][1]/@href)", smart_strings=False)
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
    declared = _BASE(root)
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


def page_key(url: str) -> str:
    """What two addresses of one page have in common, by whatever scheme, be they written raw or quoted."""
    return str(canonicalize_url(url)).partition("://")[2]


def same_site(one: str, other: str) -> bool:
    """Whether one address's host is the other's, or a part of its site: xxgk.anhe.example of www.anhe.example."""
    hosts = [urlsplit(url).netloc.lower() for url in (one, other)]
    first, second = (f".{host.removeprefix('www.')}" for host in hosts)
    return first.endswith(second) or second.endswith(first)


def _plain(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return parts.netloc.lower(), _INDEX.sub("/", parts.path) or "/", parts.query

"""What of other people's captures is taken in: pages and files in their place, of the portals we know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Self
from urllib.parse import urljoin, urlsplit

from pipelines.records import Portal, Role

# Where pages of hosts that no portal names are kept apart: they are never the report to cite.
LEADS = Portal(id="leads", name="leads: pages on hosts of no known portal", code=None, home="", hosts=())

_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"})
_FURNITURE = frozenset(
    ".css .js .mjs .json .xml .rss .txt .map .ico .png .jpg .jpeg .gif .bmp .svg .webp .woff .woff2 .ttf .eot .otf"
    " .swf .flv .mp3 .mp4 .wmv .avi .m3u8".split()
)
_FILES = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"{\\rtf")  # PDF; DOCX, XLSX, OFD; DOC, XLS, WPS; RTF
_TAGS = (b"<html", b"<!doctype", b"<head", b"<body", b"<title", b"<meta", b"<div", b"<table", b"<p")
_START = 2048


@dataclass(frozen=True, slots=True)
class Territory:
    """Whose hosts are whose; with `others`, all other hosts are taken in as leads."""

    portals: Mapping[str, Portal]
    others: bool

    @classmethod
    def of(cls, portals: Iterable[Portal], *, others: bool) -> Self:
        """The first portal that names a host has it."""
        found: dict[str, Portal] = {}
        for portal in portals:
            for host in portal.hosts:
                found.setdefault(host, portal)
        return cls(found, others)

    def portal(self, url: str) -> Portal | None:
        """Whose page an address is; None: not taken in."""
        host = hostname(url)
        return None if host is None else self.portals.get(host) or (LEADS if self.others else None)


def hostname(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:  # a malformed IPv6 host
        return None
    return parts.hostname if parts.scheme in {"http", "https"} else None


def joined(base: str, address: str) -> str:
    """Where a link leads; one that is no address stays as it is."""
    try:
        return urljoin(base, address)
    except ValueError:  # as above
        return address


def role_of(url: str, declared: str, body: bytes) -> Role | None:
    """What a capture would have been fetched as; None for what stands around pages: styles, scripts, pictures."""
    path = urlsplit(url).path
    if path == "/robots.txt":
        return "robots"
    if body.startswith(_FILES):
        return "attachment"
    if PurePosixPath(path.lower()).suffix in _FURNITURE:
        return None
    kind = declared.partition(";")[0].strip().lower()
    if kind in _PAGE_TYPES or (kind in {"", "text/plain", "application/octet-stream"} and looks_like_page(body)):
        return "report"
    return "report" if not body and not kind else None


def looks_like_page(body: bytes) -> bool:
    start = body[:_START].lower()
    return any(tag in start for tag in _TAGS)

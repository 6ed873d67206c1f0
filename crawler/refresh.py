"""Redirects that a page makes itself: a refresh in its head, or a line of script, and no text of its own."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from scrapy.http import Response, TextResponse
from w3lib.html import get_meta_refresh
from w3lib.url import safe_url_string

from crawler.portal import address
from pipelines.links import page_key
from pipelines.records import Visit

_SIZE = 8192  # bytes; a page that only sends on is a few lines, in the wordiest editors a few thousand bytes
_WORDS = 80  # visible characters: 如果您的浏览器没有自动跳转，请点击这里
_WAIT = 30  # seconds; longer is a page that renews itself
_MAY = re.compile(rb"refresh|location", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_UNSEEN = re.compile(r"<(script|style|title|noscript)\b.*?</\1\s*>|<[^>]*>|&nbsp;|\s+", re.DOTALL | re.IGNORECASE)
_SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_REMARK = re.compile(r"/\*.*?\*/|(?<![:\"'\w])//[^\n]*", re.DOTALL)
_GOES = re.compile(
    r"""(?<![\w.])(?:(?:window|self|top|parent|document|this)\.)*location
    (?:\.href)?\s*(?:=\s*|\.\s*(?:replace|assign)\s*\(\s*)(["'])([^"'<>\\]+)\1\s*\)?\s*(?:[;}\n]|$)""",
    re.VERBOSE,
)


def leads_on(response: Response, visit: Visit) -> str | None:
    """Where a page without text of its own sends a browser; None where it does not, or to one of several places."""
    if visit.outcome != "fetched" or not isinstance(response, TextResponse) or len(response.body) > _SIZE:
        return None
    if not _MAY.search(response.body):  # before its charset is looked for, which takes longer than all the rest
        return None
    html = _COMMENT.sub("", response.text)
    if len(_UNSEEN.sub("", html)) > _WORDS:
        return None
    wait, to = get_meta_refresh(html, response.url, response.encoding)
    found = {to} if to and wait is not None and wait <= _WAIT else _by_script(html, response.url)
    target = found.pop() if len(found) == 1 else ""
    return target if target and address(target) and page_key(target) != page_key(response.url) else None


def _by_script(html: str, url: str) -> set[str]:
    script = _REMARK.sub("", "\n".join(_SCRIPT.findall(html)))
    if "cookie" in script:  # a guard's: what it asks for is no address alone
        return set()
    try:
        return {urljoin(url, safe_url_string(to.strip())) for _, to in _GOES.findall(script)}
    except ValueError:  # a malformed port or IPv6 host
        return set()

"""Where the rest of an article is, when the page holds a part of it: frames, and further pages."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from pipelines import links, pager
from pipelines.dom import Element, is_unseen
from pipelines.series import scripted_series

_FRAMES = {"iframe": "src", "frame": "src", "embed": "src", "object": "data"}
_SMALL = 100  # pixels; frames lower or narrower than that are counters, weather and buttons
_BESIDE = re.compile(
    r"(?<![a-z])(?:top|left|menu|nav|banner|bottom|foot|head)(?![a-z])|share|weather|tianqi|visit|count|login|search|jiucuo|video",
    re.IGNORECASE,
)
_PAPER = re.compile(r"\.(?:pdf|docx?|ofd|wps)$", re.IGNORECASE)
_PLACE_HOLDER = re.compile(r"\{\{|<%|\$\{")
_MEDIA = re.compile(r"\.(?:swf|mp[34]|flv|avi|wmv|wma|m3u8|jpe?g|png|gif)$", re.IGNORECASE)
_FIRST_PAGE = re.compile(r"[\[(【第\s]*1[\])】页\s]*|第一页|首页")
# beside a pager's numbers, 下一页 and 末页
_PAGE_WORDS = re.compile(
    r"第(?:\d{1,3}|[一二三四五六七八九十]{1,3})页(?:[: ].*)?|首页|[\[【]?(?:上|前)一?页[\]】«<]*"
    r"|[\[【]?(?:在本页|点击|查看|阅读|浏览|显示|展开)*(?:余下|剩余)?全文(?:阅读|浏览)?[\]】»>.…]*"
)
_SCRIPTS = etree.XPath("descendant::script/text()", smart_strings=False)
_LINKS = ("a", "option", "input", "button")
_NOT_SHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_PART = re.compile(r"[_-](?:\d{1,2}|all|full)$", re.IGNORECASE)
_PART_QUERY = re.compile(r"(?:p|pn|page\w{0,6}|cur\w{0,4}page|(?:show)?all|full\w{0,4})", re.IGNORECASE)
_DIGITS = 3  # of a page's number at most
MOST_PAGES = 100  # of an article beside the first


def frames(scope: Element, base: str) -> Iterator[tuple[str, str]]:
    """What frames in a part of the page show: address as written and resolved; of a viewer, the file's."""
    for frame in scope.iter(*_FRAMES):
        src = (frame.get(_FRAMES[str(frame.tag)]) or "").strip()
        names = " ".join(frame.get(key) or "" for key in ("id", "name", "class"))
        if not src or _PLACE_HOLDER.search(src) or _BESIDE.search(f"{names} {src}") or _is_hidden(frame):
            continue
        try:
            parts = urlsplit(src)
        except ValueError:  # no address
            continue
        viewed = next((value for _, value in parse_qsl(parts.query) if _PAPER.search(value)), None)
        href = viewed or src
        if not _MEDIA.search(parts.path) and (to := links.resolve(base, href)):
            yield href, to


def numbers(urls: Sequence[str]) -> list[int]:
    """By which number each of an article's pages has its place: what its address says, -1 for that of the first."""
    names = [_name(url) for url in urls]
    return [
        -1 if any(_name(url, is_first=True) == name for j, name in enumerate(names) if j != i) else _number(url)
        for i, url in enumerate(urls)
    ]


def _number(url: str) -> int:
    parts = urlsplit(url)
    asked = [value for name, value in parse_qsl(parts.query) if _is_number(name, value)]
    found = _PART.search(PurePosixPath(parts.path).stem)
    written = asked[-1] if asked else found[0][1:] if found else ""
    return int(written) if written.isdecimal() else -1


def _is_hidden(frame: Element) -> bool:
    """Whether a reader does not see the frame, or sees but a button."""
    around = (element for element in frame.iterancestors() if element.tag != "object")
    if _NOT_SHOWN.search(frame.get("style") or "") or any(is_unseen(element) for element in around):
        return True
    sizes = (frame.get(key) or "" for key in ("width", "height"))
    return any(size.isdecimal() and int(size) < _SMALL for size in sizes)


def further(scope: Iterable[Element], root: Element, url: str, base: str) -> tuple[str, ...]:
    """The addresses of the article's other pages: what links of a pager or a script say, if they are of its name."""
    names = {_name(url), _name(url, is_first=True)}  # of nb_12.html the next page is nb_13.html, or nb_12_1.html
    if ("", ()) in names:
        return ()
    scripts = "\n".join(text for text in _SCRIPTS(root) if "createPage" in text or "countPage" in text)
    series = scripted_series(scripts, url) if scripts else None
    own = PurePosixPath(urlsplit(url).path).stem
    short = _PART.sub("", own)
    found: dict[str, None] = {}
    if series and series.pages and series.stem.rpartition("/")[2] in (own, short):
        for number in range(1, min(series.pages, MOST_PAGES) + 1):
            if to := links.resolve(url, series.address(number)):
                found[to] = None
    is_first = _number(url) < 0  # it may have a number as well: then that is no other page
    for link in itertools.chain.from_iterable(part.iter(*_LINKS) for part in scope):
        href = link.get("value") if link.tag == "option" else links.address(link)
        if not href or (short not in href and "?" not in href):  # told at once: pages have hundreds of links
            continue
        words = pager.words(link)
        if not _is_page(words) or (is_first and _FIRST_PAGE.fullmatch(words)):
            continue
        if (to := links.resolve(base, href)) and _name(to) in names:
            found[to] = None
    return tuple(to for to in found if not links.same_page(to, url))[:MOST_PAGES]


def _is_page(words: str) -> bool:
    return any(form.fullmatch(words) for form in (pager.NUMBER, pager.NEXT, pager.LAST, _PAGE_WORDS))


def _name(url: str, *, is_first: bool = False) -> tuple[str, tuple[tuple[str, str], ...]]:
    """An address without what tells an article's pages apart, which the first may lack; none where a directory's."""
    parts = urlsplit(url)
    path = PurePosixPath(parts.path)
    query = tuple(sorted(pair for pair in parse_qsl(parts.query) if not _is_number(*pair)))
    if not query and (not path.suffix or path.stem.lower().partition("_")[0] in ("index", "default", "list")):
        return "", ()
    return f"{parts.netloc.lower()}{path.parent}/{path.stem if is_first else _PART.sub('', path.stem)}", query


def _is_number(name: str, value: str) -> bool:
    """Whether a parameter tells an article's pages apart."""
    return len(value) <= _DIGITS and bool(_PART_QUERY.fullmatch(name))

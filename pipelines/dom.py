"""Text to tree, and tree to the lines a reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

_HEADINGS = {"h1": 1, "ucaptitle": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCKS = frozenset(
    (
        "address article aside blockquote body br caption center dd details dir div dl dt fieldset figcaption "
        "figure footer form header hr li main menu nav ol option p pre section summary table tbody td tfoot "
        "th thead tr ucapcontent ul publishtime"
    ).split()
) | frozenset(_HEADINGS)
# what no reader sees, or what is no text of the page
_UNSEEN = frozenset(
    (
        "script style noscript template head title meta link base select button input textarea iframe object "
        "embed svg canvas audio video map area datalist rp colgroup col param source track"
    ).split()
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|text-indent\s*:\s*-\d{3,}", re.IGNORECASE)
_STRAY_END = re.compile(r"</\s*(?:html|body)\s*>", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
# with control characters that come as entities: `&#27;[2J` would clear a reader's terminal
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff]+")
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:]*)[^>]*>")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr p li".split())
_DEEPEST = 200  # levels kept of a page that nests deeper than libxml2 reads (2,048)
_EMPTY = "<html><body></body></html>"

Element: TypeAlias = etree._Element  # noqa: SLF001 - the class has no public name


def parse(html: str) -> Element:
    """The page's tree; an unreadable or empty page is an empty tree.

    End tags of html and body are dropped first: after a stray one in an included header libxml2 loses the rest.
    """
    html = _STRAY_END.sub("", _CONTROL.sub("", html))
    root, lost = _parse(html)
    return _parse(_flattened(html))[0] if lost else root


def _parse(html: str) -> tuple[Element, bool]:
    """The tree, and whether the parser stopped because elements nest too deep."""
    # of lxml.etree, not of lxml.html: its elements are made without asking Python for their class
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_pis=True)
    root = etree.fromstring((html or _EMPTY).encode("utf-8", "replace"), parser)
    if root is None or root.tag != "html":  # nothing but white space or comments
        root = etree.fromstring(_EMPTY, etree.HTMLParser())
    return root, any("Excessive depth" in error.message for error in parser.error_log)


def _flattened(html: str) -> str:
    """The page without the tags that stand deeper than any page needs, each a line break instead."""
    depth = 0

    def shallow(tag: re.Match[str]) -> str:
        nonlocal depth
        depth = max(0, depth + (-1 if tag[1] else 0 if tag[2].lower() in _VOID else 1))
        return tag[0] if depth < _DEEPEST or tag[2].lower() == "br" else "<br>"

    return _TAG.sub(shallow, html)


def squeeze(text: str) -> str:
    """White space and invisible characters as one blank, none at the ends."""
    return _SPACE.sub(" ", text).strip()


def metas(root: Element) -> dict[str, tuple[str, ...]]:
    """The page's meta tags: name in lower case to contents, in order."""
    out: dict[str, tuple[str, ...]] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").strip().strip("”“\"'").lower()
        if name:
            out[name] = (*out.get(name, ()), squeeze(meta.get("content") or ""))
    return out


def is_unseen(element: Element) -> bool:
    """Whether a reader of the page sees nothing of the element."""
    if not isinstance(element.tag, str):
        return True
    if element.tag in _UNSEEN or element.get("hidden") is not None:
        return True
    style, names = element.get("style"), element.get("class")
    return bool(style and _HIDDEN.search(style)) or bool(names and "ng-hide" in names.split())


@dataclass(slots=True)
class Line:
    """A line as a reader sees it: its words, the block it stands in, how many of its characters are link text."""

    text: str
    element: Element
    linked: int = 0
    links: int = 0
    rank: int = 0  # 1 for h1 … 6 for h6, 0 for no heading
    table: Element | None = None  # a data table that stands here instead of words


def lines(root: Element, data_tables: frozenset[Element] = frozenset()) -> Iterator[Line]:
    """The lines under an element, in reading order; a data table is one line without words.

    Iterative, since pages nest thousands of levels deep.
    """
    pieces: list[str] = []
    block = [root]
    link_depth = linked = links = rank = 0
    skipped: Element | None = None  # its end comes next

    def flush() -> Line | None:
        nonlocal linked, links
        text = squeeze("".join(pieces))
        pieces.clear()
        line = Line(text, block[-1], linked, links, rank) if text else None
        linked = links = 0
        return line

    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        if event == "start":
            if is_unseen(element) and element is not root:
                walk.skip_subtree()
                skipped = element
                continue
            if tag in _BLOCKS:
                if pieces and (line := flush()):
                    yield line
                if tag != "br":
                    block.append(element)
                    rank = _HEADINGS.get(tag, rank)
                if element in data_tables:
                    yield Line("", element, table=element)
                    walk.skip_subtree()
                    continue
            elif tag == "a":
                link_depth += 1
                links += 1
            if text := element.text:
                pieces.append(text)
                if link_depth:
                    linked += len(text.strip())
            continue
        if element is skipped:
            skipped = None
        elif tag in _BLOCKS:
            if pieces and (line := flush()):
                yield line
            if tag != "br" and len(block) > 1:
                block.pop()
                rank = 0 if tag in _HEADINGS else rank
        elif tag == "a":
            link_depth -= 1
        if (text := element.tail) and element is not root:
            pieces.append(text)
            if link_depth:
                linked += len(text.strip())
    if line := flush():
        yield line


def plain(element: Element) -> str | None:
    """An element's words where they are one line and all of them are seen; None where that takes a walk to tell."""
    blocks = 0
    for inner in element.iterdescendants():
        tag = inner.tag
        if tag in _BLOCKS:
            blocks += 1
            if blocks > 1 or inner.tail:
                return None
        if is_unseen(inner):
            return None
    if blocks and (element.text or "").strip():
        return None
    return squeeze("".join(element.itertext()))

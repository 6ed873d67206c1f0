"""Text to tree, and what of the tree a reader sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TypeAlias

from lxml import etree

# what no reader sees, or what is no text of the page
_UNSEEN = frozenset(
    (
        "script style noscript template head title meta link base select button input textarea iframe object "
        "embed svg canvas audio video map area datalist rp colgroup col param source track"
    ).split()
)
_WITHIN_LINES = ("span", "font", "em", "i", "label")  # of words within a line, unless their style says otherwise
_AS_BLOCK = re.compile(r"(?<![\w-])display\s*:\s*block")
_SHOWS_BLOCKS = ("display:block", "display: block", "DISPLAY: block")  # as it is written
_CELLS = frozenset(("td", "th"))
# in lower case; put off the screen, too
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|text-indent\s*:\s*-\d{3,}|(?<![\w-])(?:left|top)\s*:\s*-\d{4,}"
)
_INVISIBLE = re.compile(r"(?:font-size|opacity)\s*:\s*0(?![.\d])")
_LONGEST_STYLE = 2000  # characters of a style that is remembered; those of Word have a thousand
# End tags of html and body: after a stray one in an included header libxml2 loses the rest. `</br>`, and `</p>` before
# bare words: browsers break the line there even where no <p> is open, libxml2 does not.
_END = re.compile(r"</(?:\s*(html|body)\s*>|br\s*/?\s*>|p\s*>(?=\s*[^<\s\"'\\]))", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_CONTROL_BYTES = bytes((*range(9), 11, 12, *range(14, 32), 127))
# with control characters that come as entities: `&#27;[2J` would clear a reader's terminal
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff]+")
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:]*)[^>]*>")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr p li".split())
# `<![CDATA[` and its end, but for those inside a script, where lists keep their entries
_CDATA = re.compile(r"<(script|style|textarea)\b.*?(?:</\1\s*>|\Z)|<!\[CDATA\[|\]\]>", re.IGNORECASE | re.DOTALL)
_DEEPEST = 200  # levels kept of a page that nests deeper than libxml2 reads (2,048)
_LONGEST_TITLE = 300  # characters that are read of a title in a page's head
_EMPTY = b"<html><body></body></html>"

Element: TypeAlias = etree._Element  # noqa: SLF001 - the class has no public name


def parse(html: str) -> Element:
    """The page's tree; an unreadable or empty page is an empty tree.

    The marks of CDATA are dropped first: to HTML they are a comment, which ends with the first tag of the text inside.
    """
    markup = _mended(html)
    if _has_controls(html, markup):
        markup = _mended(_CONTROL.sub("", html))
    root, lost = _parse(markup)
    if lost:
        root, _ = _parse(_flattened(markup.decode()).encode())
    _break_lines(root)
    _close_rows(root)
    if any(style in html for style in _SHOWS_BLOCKS):
        _name_blocks(root)
    return root


def _mended(html: str) -> bytes:
    """The page as libxml2 reads it like browsers, in UTF-8."""
    html = _END.sub(lambda end: "" if end[1] else f"{end[0]}<br>", html)
    if "<![CDATA[" in html:
        html = _CDATA.sub(lambda found: found[0] if found[1] else "", html)
    return html.encode("utf-8", "replace")


def _has_controls(html: str, markup: bytes) -> bool:
    """Whether there are characters to drop, which few pages have; told in a fifth of the time that dropping takes."""
    return len(markup.translate(None, _CONTROL_BYTES)) < len(markup) or "\ufffe" in html or "\uffff" in html


def _close_rows(root: Element) -> None:
    """Cells whose <tr> was forgotten are a row, as browsers make them."""
    for part in list(root.iter("table", "tbody")):
        row: Element | None = None
        for cell in [child for child in part if child.tag in _CELLS]:
            if row is None or cell.getprevious() is not row:
                row = etree.Element("tr")
                cell.addprevious(row)
            row.append(cell)


def _break_lines(root: Element) -> None:
    """The line breaks in <pre>, as elements."""
    done: set[Element] = set()
    for pre in list(root.iter("pre")):
        for element in [] if pre in done else list(pre.iter()):
            done.add(element)
            if element is not pre and (text := element.tail):
                element.tail = None
                element.tail = _broken(text, element.addnext)
            if (text := element.text) and isinstance(element.tag, str) and element.tag not in _UNSEEN:
                element.text = _broken(text, partial(element.insert, 0))


def _name_blocks(root: Element) -> None:
    """Words that a style shows as blocks are blocks."""
    for element in root.iter(*_WITHIN_LINES):
        style = (element.get("style") or "").lower()
        if "display" in style and _AS_BLOCK.search(style):
            element.tag = "div"


def _broken(text: str, put: Callable[[Element], None]) -> str:
    """The first line of a text; the others are put behind it, each as the tail of a line break."""
    first, *others = text.split("\n")
    for line in reversed(others):
        br = etree.Element("br")
        br.tail = line
        put(br)
    return first


def _parse(markup: bytes) -> tuple[Element, bool]:
    """The tree, and whether the parser stopped because elements nest too deep."""
    # of lxml.etree, not of lxml.html: its elements are made without asking Python for their class
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_pis=True)
    root = etree.fromstring(markup or _EMPTY, parser)
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
    flat = " ".join(text.split())
    return flat if flat.isprintable() else _SPACE.sub(" ", text).strip()


def inner_text(element: Element) -> str:
    """All text in an element, seen or not, as `itertext` gives it, which takes ten to a hundred times as long."""
    text: str = etree.tostring(element, method="text", encoding="unicode", with_tail=False)
    return text


def title_tag(root: Element) -> str:
    """The words of the page's title, wherever it stands."""
    return squeeze("".join(map(inner_text, root.iter("title"))))


def metas(root: Element) -> dict[str, tuple[str, ...]]:
    """The page's meta tags: name in lower case to contents, in order."""
    out: dict[str, tuple[str, ...]] = {}
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or "").strip().strip("”“\"'").lower()
        if name:
            out[name] = (*out.get(name, ()), squeeze(meta.get("content") or ""))
    return out


def titles(root: Element) -> str:
    """What the page's head says that the page and its article are called, a line each."""
    head = root.find("head")
    if head is None:
        return ""
    named = (meta.get("content") for meta in head.iter("meta") if (meta.get("name") or "").lower() == "articletitle")
    return "\n".join(squeeze(words or "")[:_LONGEST_TITLE] for words in (head.findtext("title"), *named))


def is_unseen(element: Element) -> bool:
    """Whether a reader of the page sees nothing of the element.

    Asked of every element: names of attributes are bytes, as which lxml finds them in half the time.
    """
    tag = element.tag
    if tag in _UNSEEN or not isinstance(tag, str) or element.get(b"hidden") is not None:
        return True
    if style := element.get(b"style"):
        hides = _remembered(style) if len(style) <= _LONGEST_STYLE else _hides(style)
        # What is too small or too clear to see may hold parts that are not, or be a part that a script fades in: it is
        # hidden only where nothing in it has a style of its own.
        if hides == "all" or (hides and not any(part.keys() for part in element.iterdescendants(etree.Element))):
            return True
    names = element.get(b"class")
    return names is not None and "ng-hide" in names and "ng-hide" in names.split()


def _hides(style: str) -> str:
    """Whether a style hides `all` in its element or its `words`; empty where it does not hide."""
    style = style.lower()
    # words are looked for first, since Word writes styles of a thousand characters
    if ("display" in style or "visibility" in style or ":-" in style or ": -" in style) and _HIDDEN.search(style):
        return "all"
    if ("size:0" in style or "size: 0" in style or "opacity" in style) and _INVISIBLE.search(style):
        return "words"
    return ""


_remembered = lru_cache(maxsize=512)(_hides)  # a page has its few styles hundreds of times


def is_unseen_tag(tag: str) -> bool:
    """Whether no element of that name is seen."""
    return tag in _UNSEEN

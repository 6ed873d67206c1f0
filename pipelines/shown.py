"""Text that a page holds but shows only by script: in a textarea, a comment, a template, a string of a script.

Only looked for where the page itself has no running text, and only believed of a place that is named like an article's
text: a user agreement in a hidden box, or what a designer commented out, is not the article.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from lxml import etree

from pipelines.dom import Element, parse
from pipelines.lines import Line

LITTLE = 200  # characters of running text below which a page can have its article elsewhere
LEAST = 80  # characters of running text that an article elsewhere has
_PROSE = re.compile(r"[，。；]")
_TAGS = re.compile(r"<[^<>]*+>|&lt;.{0,200}?&gt;|\n")
_NAMED = re.compile(
    r"content|article|detail|zoom|body|editor|clob|zhengwen|neirong|html|(?:(?<!i)con|txt|text)(?![a-z])|(?<![a-z])(?:doc|info|data)(?![a-z])"
    r"|(?<![a-z])(?:zw|nr)|正文|内容",
    re.IGNORECASE,
)
_WRITTEN = re.compile(rf"{_NAMED.pattern}|write|append", re.IGNORECASE)
_BESIDE = re.compile(
    r"foot|copyright|dialog|pop|modal|login|agree|disclaim|statement|share|comment|search|tip", re.IGNORECASE
)
_AROUND = 3  # elements around the place whose names speak for it
# "content":"<p>…", var content = '…', document.write("…")
_STRING = re.compile(r"""[:=(+]\s*(?:"((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)'|`([^`]*+)`)""", re.DOTALL)
_KEY = re.compile(r"""([\w$.]+)\]?["']?\s*$""")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_CONTROL = {"n": "\n", "r": "\n", "t": "\t", "b": "", "f": ""}
_MARKUP_TYPES = ("html", "template", "plain", "handlebars", "x-tmpl", "xml")
_HOLDERS = {"textarea": "a textarea", "template": "a template", "noscript": "a noscript part"}
_STRING_OF = "a string of a script"
_PAGE = re.compile(r"(.*page[\w-]{0,4}?)\d{1,3}", re.IGNORECASE)  # id or class of one of an article's pages


# what an article's record says of it beside its text (gkmlpt), by the label that pages print for it
_ABOUT = {
    "identifier": "索引号",
    "document_number": "发文字号",
    "publisher": "发布机构",
    "display_publish_time": "发布日期",
}
_FIELD = re.compile(rf"""["']({"|".join(_ABOUT)})["']\s*:\s*(?:"((?:[^"\\]|\\.)*+)"|(\d{{9,10}})(?!\d))""")
_CHINA = timezone(timedelta(hours=8))


class Shown(NamedTuple):
    """The tree of a text, where it was, and what stands beside it, a labelled value a line."""

    root: Element
    where: str
    about: tuple[str, ...]


def prose(lines: Iterable[str]) -> int:
    """Characters of running text."""
    return sum(len(line) for line in lines if _PROSE.search(line))


def candidates(root: Element, unseen: Sequence[Element]) -> list[Shown]:
    """Texts that only a script shows, most first; none where strings of scripts hold several articles.

    `unseen` are the hidden elements of the body.
    """
    places = dict.fromkeys(itertools.chain(unseen, root.iter(etree.Comment, "script", "input")))
    held = ((place, *pair) for place in places for pair in _held(place))
    found = [(size, *one) for one in held if (size := prose(_TAGS.split(one[1]))) >= LEAST]
    if sum(where.startswith(_STRING_OF) for *_, where in found) > 2:  # a list with its entries' texts
        found = [one for one in found if not one[-1].startswith(_STRING_OF)]
    found.sort(key=lambda one: -one[0])
    return [Shown(parse(_unescaped(markup)), where, _about(place)) for _, place, markup, where in found[:3]]


def _about(place: Element) -> tuple[str, ...]:
    """What a script's record says of its article; nothing of a key that has several values, as in lists."""
    values: dict[str, set[str]] = {}
    for key, text, seconds in _FIELD.findall((place.text or "") if place.tag == "script" else ""):
        value = f"{datetime.fromtimestamp(int(seconds), _CHINA):%Y-%m-%d}" if seconds else _ESCAPE.sub(_character, text)
        values.setdefault(key, set()).add(value.strip())
    return tuple(
        f"{_ABOUT[key]}：{next(iter(found))}" for key, found in values.items() if len(found) == 1 and any(found)
    )


def _held(place: Element) -> Iterator[tuple[str, str]]:
    """The markup that a place holds, with the name of its kind."""
    tag = place.tag
    if tag == "script":
        kind = (place.get("type") or "").lower()
        if any(name in kind for name in _MARKUP_TYPES) and (place.text or "").count("<![CDATA[") < 2:
            yield place.text or "", "a script that holds markup"
        elif not place.get("src"):
            yield from _strings(place.text or "")
    elif tag == "style" or not _is_named(place if isinstance(tag, str) else place.getparent()):
        return
    elif not isinstance(tag, str):
        yield place.text or "", "a comment"
    elif tag == "input":
        yield place.get("value") or "", "a field"
    else:
        yield _inside(place), _HOLDERS.get(tag, "a hidden element")


def _is_named(element: Element | None) -> bool:
    """Whether the place, or one of those right around it, is named like an article's text and none like a page part."""
    names = []
    for _ in range(_AROUND):
        if element is None or element.tag in ("body", "html"):
            break
        names.append(" ".join(element.get(key) or "" for key in ("id", "name", "class")))
        element = element.getparent()
    whole = " ".join(names)
    return bool(_NAMED.search(whole)) and not _BESIDE.search(whole)


def _inside(element: Element) -> str:
    """What the element holds: markup as text, or elements."""
    if not len(element):
        return element.text or ""
    parts = (etree.tostring(child, method="html", encoding="unicode") for child in element)
    return html.escape(element.text or "") + "".join(parts)


def _strings(script: str) -> Iterator[tuple[str, str]]:
    for found in _STRING.finditer(script):
        text = found[1] or found[2] or found[3] or ""
        key = _KEY.search(script, max(0, found.start() - 40), found.start()) if len(text) >= LEAST else None
        if key and _WRITTEN.search(key[1]) and not _BESIDE.search(key[1]):
            yield _ESCAPE.sub(_character, text), f"{_STRING_OF}, {key[1]}"


def _character(escape: re.Match[str]) -> str:
    if code := escape[1] or escape[2]:
        return chr(int(code, 16))
    return _CONTROL.get(escape[3], escape[3])


def _unescaped(markup: str) -> str:
    """Markup that was escaped to stand in an attribute or a text; plain text keeps its lines."""
    if "<" not in markup and "&lt;" in markup:
        markup = html.unescape(markup)
    return markup if "<" in markup else html.escape(markup).replace("\n", "<br>")


def pages(unseen: Sequence[Element], seen: Sequence[Line]) -> frozenset[Element]:
    """The hidden pages of an article whose first page is seen: brothers that differ in the number of their name."""
    found = [(element, stem) for element in unseen if (stem := _stem(element))]
    if not found:
        return frozenset()
    with_words: set[Element] = set()
    for line in seen:
        here: Element | None = line.element
        while here is not None and here not in with_words:
            with_words.add(here)
            here = here.getparent()
    parents = {parent for element, _ in found if (parent := element.getparent()) is not None}
    shown = {(parent, _stem(child)) for parent in parents for child in parent if child in with_words}
    return frozenset(element for element, stem in found if (element.getparent(), stem) in shown)


def _stem(element: Element) -> str | None:
    if not isinstance(element.tag, str):
        return None
    for name in (element.get("id"), element.get("class")):
        if name and (found := _PAGE.fullmatch(name.strip())):
            return found[1]
    return None

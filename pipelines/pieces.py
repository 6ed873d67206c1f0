"""A page in one pass: the pieces of text a reader sees, in order, and where each element's begin and end.

All that lists are read by is asked of these, so that a page of a million tags costs no more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntFlag
from functools import lru_cache
from itertools import islice

from lxml import etree

from pipelines.dom import Element, is_unseen, squeeze
from pipelines.links import address

_NO_TEXT = frozenset(
    {*("script", "style", "noscript", "template", "head", "select", "option", "button", "textarea", "iframe", "object")}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CLICKED = frozenset({"span", "li", "p", "div", "td", "dd", "dt", "em", "b", "strong", "font"})
_CLICKED_PARTS = 12  # elements inside one at most: more are a box of a page, not a link
_FRAME_TAGS = frozenset({"nav", "header", "footer"})
# names of menus and footers: the generic ones count only as a whole name, since `page-head` or `mar-top` are anything
_FRAME = re.compile(
    r"(?:^|\s)(?:nav|menu|head|header|top|foot|footer|bottom|position|location|path|link|links|search|copyright|logo)(?=$|\s)"
    r"|(?:^|[\s_-])(?:[a-z]*nav[a-z]*|[a-z]*menu[a-z]*|header|topbar|footer|bread[a-z]*|crumbs?|weizhi|dqwz|friend[a-z]*|yqlj|share[a-z]*|"
    r"login|sitemap|toolbar)(?=$|[\s_-])"
)
_SIDE = re.compile(
    r"(?:^|[\s_-])(?:side\w*|aside|hot\w*|rank\w*|recommend\w*|relat\w*|tuijian|xgxx|xgyd|xgwz|phb|rdpd)(?=$|[\s_-])"
)
_FOLDED = frozenset({"hide", "hidden", "none", "undis", "dn", "d-none", "disnone", "display-none"})
_NAMES = 300  # characters of an element's class and id that are looked at


class Place(IntFlag):
    """Where an element stands: in a fold or hidden tab, in the page's frame (menus, footer), in a side column."""

    MAIN = 0
    HIDDEN = 1
    FRAME = 2
    SIDE = 4


# plain numbers for the pass over a page, where a flag would take most of the time
_HIDDEN, _IN_FRAME, _ASIDE = Place.HIDDEN.value, Place.FRAME.value, Place.SIDE.value
_PLACES = tuple(map(Place, range(8)))


class Pieces:
    """The pieces of text of a page with the elements that hold them, the places of its elements, and its links."""

    def __init__(self, root: Element) -> None:
        self.places: dict[Element, Place] = {}  # in the order of the document
        self.links: dict[Element, Element | None] = {}  # and the heading inside
        self.texts: list[str] = []
        self.owners: list[Element] = []
        self._depths: list[int] = []  # of unseen elements around a piece
        self._spans: dict[Element, tuple[int, int, int]] = {}  # first piece, behind the last, depth
        self._walk(root)

    def _walk(self, root: Element) -> None:
        around: list[tuple[Element, int, int, int]] = []  # with first piece; depth and place of what is around it
        unheaded: list[Element] = []  # open links
        depth = place = 0
        walk = etree.iterwalk(root, events=("start", "end", "comment"))
        for event, element in walk:
            if event == "start":
                tag = element.tag
                around.append((element, len(self.texts), depth, place))
                if tag in _NO_TEXT:
                    walk.skip_subtree()
                    continue
                unseen = is_unseen(element)
                depth += unseen
                place |= _own_place(element, tag, unseen=unseen)
                self.places[element] = _PLACES[place]
                if tag == "a" or _is_clicked(element, tag):
                    self.links[element] = None
                    unheaded.append(element)
                elif unheaded and tag in _HEADINGS and element.text:
                    self.links.update(dict.fromkeys(unheaded, element))
                    unheaded.clear()
                if (text := element.text) and not text.isspace():
                    self._add(text, element, depth)
                continue
            if event == "end":
                inside = depth
                _, first, depth, place = around.pop()
                self._spans[element] = (first, len(self.texts), inside)
                if unheaded and unheaded[-1] is element:
                    unheaded.pop()
            if around and (text := element.tail) and not text.isspace():
                self._add(text, around[-1][0], depth)

    def _add(self, text: str, owner: Element, depth: int) -> None:
        if words := squeeze(text):
            self.texts.append(words)
            self.owners.append(owner)
            self._depths.append(depth)

    def of(self, element: Element, without: Element | None = None) -> Iterator[str]:
        """The pieces of text a reader sees in an element, less those of one descendant."""
        first, end, depth = self._spans.get(element, (0, 0, 0))
        cut, resume, _ = (end, end, 0) if without is None else self._spans.get(without, (end, end, 0))
        texts, depths = self.texts, self._depths
        for index in range(first, min(cut, end)):
            if depths[index] == depth:
                yield texts[index]
        for index in range(max(first, resume), end):
            if depths[index] == depth:
                yield texts[index]

    def span(self, element: Element) -> tuple[int, int, int]:
        """What tells whether two elements around each other hold the same pieces."""
        return self._spans.get(element, (0, 0, 0))


def _is_clicked(element: Element, tag: str) -> bool:
    """Whether an element is a link that only a script makes: <span onclick="open('/a.html')">."""
    if tag not in _CLICKED or element.get(b"onclick") is None or address(element) is None:
        return False
    inside = list(islice(element.iterdescendants(), _CLICKED_PARTS))
    return len(inside) < _CLICKED_PARTS and not any(part.tag == "a" for part in inside)


def _own_place(element: Element, tag: str, *, unseen: bool) -> int:
    place = _HIDDEN if unseen else 0
    if tag in _FRAME_TAGS:
        place |= _IN_FRAME
    elif tag == "aside":
        place |= _ASIDE
    names, name = element.get(b"class"), element.get(b"id")
    return place | _place_by_names(f"{names or ''} {name or ''}"[:_NAMES]) if names or name else place


@lru_cache(maxsize=4096)
def _place_by_names(names: str) -> int:
    names = names.lower()
    place = _HIDDEN if _FOLDED.intersection(names.split()) else 0
    if _FRAME.search(names):
        place |= _IN_FRAME
    if _SIDE.search(names):
        place |= _ASIDE
    return place

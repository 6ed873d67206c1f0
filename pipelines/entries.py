"""The lists of a page: links in containers of the same shape, each with its words, address and the date beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntFlag
from functools import lru_cache
from itertools import islice

from pipelines.beside import PIECES, MonthDay, complete, is_date, read_date, split_date
from pipelines.dom import Element, is_unseen, squeeze
from pipelines.links import address
from pipelines.linktext import full_words, is_title
from pipelines.records import Item

_CLIMB = 10  # levels from a link to its row; a table in a table needs six
_NEAR = 6  # levels around a link in which its date is looked for
_FEW = 3  # links in one row: category, title, attachment
_LABEL = 30  # characters of a box's name at most

_NO_TEXT = frozenset(
    {*("script", "style", "noscript", "template", "head", "select", "option", "button", "textarea", "iframe", "object")}
)
_LINES = frozenset({"li", "tr", "dl", "dd", "p", "div"})
_CUT_LISTS = frozenset({"ul", "ol", "tbody", "dl", "table", "tr", "p"})
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
_IDEOGRAPH = re.compile(r"[\u4e00-\u9fff]")
_FOLDED = frozenset({"hide", "hidden", "none", "undis", "dn", "d-none", "disnone", "display-none"})


class Place(IntFlag):
    """Where a link stands: in a fold or hidden tab, in the page's frame (menus, footer), in a side column."""

    MAIN = 0
    HIDDEN = 1
    FRAME = 2
    SIDE = 4
    NO_TEXT = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a list, where its link stands in the document, and which element it fills."""

    item: Item
    order: int
    place: Place
    row: Element


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of one shape in one container, and the name of the box they stand in."""

    entries: tuple[Entry, ...]
    label: str

    @property
    def dated(self) -> float:
        """The share of entries with a date."""
        return sum(entry.item.date is not None for entry in self.entries) / len(self.entries)


@dataclass(slots=True)
class _Link:
    element: Element
    order: int
    words: str
    href: str
    date: str | MonthDay | None  # inside the link, not of its words


class Page:
    """A page's elements in order, with their places and the links under each."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.places: dict[Element, Place] = {}
        self.links: list[_Link] = []
        self._count: dict[Element, tuple[str, int]] = {}  # of links that differ in address: the first, how many
        for order, element in enumerate(root.iter()):
            if not isinstance(element.tag, str):
                continue
            parent = element.getparent()
            around = self.places.get(parent, Place.MAIN) if parent is not None else Place.MAIN
            own = _own_place(element)
            self.places[element] = around | own if own else around
            if element.tag == "a" and Place.NO_TEXT not in self.places[element]:
                self._add_link(element, order)
        for element in reversed(self.places):
            self._pass_up(element)

    def _add_link(self, element: Element, order: int) -> None:
        title = squeeze(element.get("title") or "")
        heading = next((part for part in element.iter("h1", "h2", "h3", "h4", "h5", "h6") if part.text), element)
        parts = list(self.pieces(heading))
        inside = next((part for part in self.pieces(element) if is_date(part)), None)  # <a>words <i>2024-03-10</i></a>
        if inside is not None and heading is element:
            parts.remove(inside)
        words, glued = split_date(full_words(squeeze(" ".join(parts)), title))
        date = read_date([inside]) if inside is not None else glued
        if is_title(words):
            href = address(element) or (element.get("href") or "").strip()
            self.links.append(_Link(element, order, words, href, date))
            key = href if address(element) else f"{href} {words}"
            self._count[element] = (key, 1)

    def _pass_up(self, element: Element) -> None:
        parent = element.getparent()
        if parent is None or element not in self._count:
            return
        first, count = self._count[element]
        if parent not in self._count:
            self._count[parent] = (first, count)
        elif count > 1 or self._count[parent][0] != first:
            self._count[parent] = (self._count[parent][0], self._count[parent][1] + count)

    def pieces(self, element: Element, without: Element | None = None) -> Iterator[str]:
        """The pieces of text a reader sees in an element, less those of one descendant."""
        stack: list[tuple[Element, bool]] = [(element, False)]
        while stack:
            here, leaving = stack.pop()
            if leaving:
                if text := squeeze(here.tail or ""):
                    yield text
                continue
            if here is not element:
                stack.append((here, True))
            if here is without or not isinstance(here.tag, str) or here.tag in _NO_TEXT:
                continue
            if here is not element and is_unseen(here):
                continue
            if text := squeeze(here.text or ""):
                yield text
            stack.extend((child, False) for child in reversed(here))

    def groups(self) -> list[Group]:
        """All lists of the page, in the order of their first links."""
        rows: dict[Element, list[_Link]] = {}
        for link in self.links:
            rows.setdefault(self._row(link.element), []).append(link)
        lists: dict[tuple[Element, str], list[Element]] = {}
        for row in rows:
            parent = row.getparent()
            if parent is not None:
                lists.setdefault((parent, row.tag), []).append(row)
        merged: dict[tuple[Element, str, str], list[Element]] = {}
        for (parent, tag), members in lists.items():  # a list cut into several <ul> beside each other is one
            around = parent.getparent() if parent.tag in _CUT_LISTS else None
            shape = f"{parent.tag} {parent.get('class') or ''}"
            key = (parent, tag, "") if around is None else (around, tag, shape)
            merged.setdefault(key, []).extend(members)
        groups: list[Group] = []
        for members in merged.values():
            groups += self._by_place(members, rows)
        return sorted(groups, key=lambda group: group.entries[0].order)

    def _row(self, link: Element) -> Element:
        """The largest element around a link that holds no other, or the line it shares with a category and a date."""
        row = link
        for _ in range(_CLIMB):
            parent = row.getparent()
            if parent is None or parent.tag in ("body", "html", "form") or self._count[parent][1] > 1:
                break
            row = parent
        line = row
        for _ in range(2):  # the cell of a table row, the row
            parent = line.getparent()
            if parent is None or self._count[parent][1] > _FEW or parent.tag not in _LINES:
                break
            line = parent
            if self._is_line(line) and not self._has_date(row):
                return line
        return row

    def _is_line(self, element: Element) -> bool:
        """Whether an element is one of several of its kind and holds one date."""
        kin = [other for other in (element.getprevious(), element.getnext()) if other is not None]
        if not any(other.tag == element.tag and other in self._count for other in kin):
            return False
        return sum(isinstance(read_date([piece]), str) for piece in islice(self.pieces(element), PIECES)) == 1

    def _has_date(self, row: Element) -> bool:
        return read_date(self.pieces(row)) is not None

    def _by_place(self, members: Sequence[Element], rows: dict[Element, list[_Link]]) -> Iterator[Group]:
        """The entries of a container: those a reader sees and those in hidden tabs are two lists."""
        taken = set(members)
        dates = self._dates(members, rows, taken)
        entries: dict[bool, list[Entry]] = {}
        for row, date in zip(members, dates, strict=True):
            link = max(rows[row], key=_weight)
            place = self.places[link.element]
            item = Item(link.words, link.href, date)
            entries.setdefault(Place.HIDDEN in place, []).append(Entry(item, link.order, place, row))
        label = self._label(members[0])
        for found in entries.values():
            kept = _without_strangers(found)
            yield Group(tuple(kept), label)

    def _dates(
        self, members: Sequence[Element], rows: dict[Element, list[_Link]], taken: set[Element]
    ) -> list[str | None]:
        found: list[str | MonthDay | None] = []
        for row in members:
            link = rows[row][0]
            found.append(link.date or self._around(row, link.element) or read_date(self._behind(row, taken)))
        if len(members) > 1 and not any(found):
            found = [read_date(self._ahead(row, taken)) for row in members]
        whole = [value if isinstance(value, str) else None for value in found]
        for index, value in enumerate(found):
            if isinstance(value, tuple):
                before = next((w for w in reversed(whole[:index]) if w), None)
                after = next((w for w in whole[index + 1 :] if w), None)
                whole[index] = complete(value, rows[members[index]][0].href, before, after)
        return whole

    def _around(self, row: Element, link: Element) -> str | MonthDay | None:
        """The date in the row, outside the link's words, from the nearest element outwards."""
        here = link
        for _ in range(_NEAR):
            if here is row:
                return None
            here = here.getparent()
            if found := read_date(self.pieces(here, without=link)):
                return found
        return None

    def _behind(self, row: Element, taken: set[Element]) -> Iterator[str]:
        """Text after a row and before the next one: <dt>link</dt><dd>date</dd>, <a>…</a> [date]<br>."""
        yield squeeze(row.tail or "")
        other = row.getnext()
        for _ in range(_FEW):
            if other is None or other in taken or other in self._count:
                return
            if isinstance(other.tag, str) and other.tag not in _NO_TEXT:
                yield from self.pieces(other)
            yield squeeze(other.tail or "")
            other = other.getnext()

    def _ahead(self, row: Element, taken: set[Element]) -> Iterator[str]:
        """Text before a row and after the one above."""
        other = row.getprevious()
        if other is None:
            parent = row.getparent()
            yield squeeze((parent.text or "") if parent is not None else "")
            return
        yield squeeze(other.tail or "")
        if other not in taken and other not in self._count and isinstance(other.tag, str):
            yield from self.pieces(other)

    def _label(self, row: Element) -> str:
        """The short words before the container of a row: the name of its box."""
        here = row.getparent()
        for _ in range(3):
            if here is None:
                break
            before = here.getprevious()
            while before is not None:
                text = self._beginning(before)
                if is_title(text):
                    return text if len(text) <= _LABEL else ""
                before = before.getprevious()
            here = here.getparent()
        return ""

    def _beginning(self, element: Element) -> str:
        """An element's text, as far as a label's could reach."""
        text = ""
        for piece in self.pieces(element):
            text = f"{text} {piece}".strip()
            if len(text) > _LABEL:
                break
        return text


def _weight(link: _Link) -> tuple[bool, int, int]:
    """Among the links of a row the title is the one with a title attribute, then the one with most Chinese words."""
    return bool(link.element.get("title")), len(_IDEOGRAPH.findall(link.words)), len(link.words)


def _without_strangers(entries: list[Entry]) -> list[Entry]:
    """A list of dated rows less the undated ones of another class: a heading's link, a button."""
    dated = [entry for entry in entries if entry.item.date]
    if len(dated) * 5 < len(entries) * 3:
        return entries
    classes = {entry.row.get("class") for entry in dated}
    return [entry for entry in entries if entry.item.date or entry.row.get("class") in classes]


def _own_place(element: Element) -> Place:
    place = Place.MAIN
    if element.tag in _NO_TEXT:
        return Place.NO_TEXT
    if is_unseen(element):
        place |= Place.HIDDEN
    if element.tag in _FRAME_TAGS:
        place |= Place.FRAME
    elif element.tag == "aside":
        place |= Place.SIDE
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return place | _place_by_names(names) if names != " " else place


@lru_cache(maxsize=4096)
def _place_by_names(names: str) -> Place:
    names = names.lower()
    place = Place.HIDDEN if _FOLDED.intersection(names.split()) else Place.MAIN
    if _FRAME.search(names):
        place |= Place.FRAME
    if _SIDE.search(names):
        place |= Place.SIDE
    return place

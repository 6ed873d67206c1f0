"""The lists of a page: links in containers of the same shape, each with its words, address and the date beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pipelines.beside import PIECES, MonthDay, complete, is_date, is_labelled, read_date, split_date
from pipelines.dom import Element, squeeze
from pipelines.links import address
from pipelines.linktext import full_words, is_title
from pipelines.pieces import Pieces, Place
from pipelines.records import Item

_CLIMB = 10  # levels from a link to its row; a table in a table needs six
_NEAR = 6  # levels around a link in which its date is looked for
_FEW = 3  # links in one row: category, title, attachment
_LABEL = 30  # characters of a box's name at most
_BEFORE = 30  # elements before a box in which its name is looked for
_PARTS = 100  # pieces of text in a link that are looked at, and
_WORDS = 1000  # characters of its words that are kept: a link around a whole text is none to read

_LINES = frozenset({"li", "tr", "dl", "dd", "p", "div"})
_CUT_LISTS = frozenset({"ul", "ol", "tbody", "dl", "table", "tr", "p"})
_IDEOGRAPH = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a list, where its link stands among the page's, which element it fills, whether a day is beside it."""

    item: Item
    order: int
    place: Place
    row: Element
    dated: bool  # be it without a year, which an item's date is not


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of one shape in one container, and the name of the box they stand in."""

    entries: tuple[Entry, ...]
    label: str

    @property
    def dated(self) -> float:
        """The share of entries with a date or a day."""
        return sum(entry.dated for entry in self.entries) / len(self.entries)


@dataclass(slots=True)
class _Link:
    element: Element
    order: int
    words: str
    href: str
    date: str | MonthDay | None  # inside the link, not of its words


class Page:
    """A page's links, and how many there are under each element."""

    def __init__(self, root: Element) -> None:
        self.pieces = Pieces(root)
        self.links: list[_Link] = []
        self._count: dict[Element, tuple[str, int]] = {}  # of links that differ in address: the first, how many
        self._lines: dict[Element, bool] = {}
        self._dated: dict[Element, bool] = {}
        self._beginnings: dict[Element, str] = {}
        for order, (element, heading) in enumerate(self.pieces.links.items()):
            self._add_link(element, heading, order)
        for element in reversed(self.pieces.places):
            if element in self._count:
                self._pass_up(element)

    def _add_link(self, element: Element, heading: Element | None, order: int) -> None:
        whole = list(islice(self.pieces.of(element), _PARTS))
        parts = whole if heading is None else list(islice(self.pieces.of(heading), _PARTS))
        # <a>words <i>2024-03-10</i></a>, <a><h4>words</h4><p>发布时间：2024-03-10 浏览：12</p></a>
        inside = next((part for part in whole if is_date(part)), None)
        if inside is None and heading is not None:
            beside = islice(self.pieces.of(element, without=heading), _PARTS)
            inside = next((part for part in beside if is_labelled(part)), None)
        if inside is not None and heading is None:
            parts.remove(inside)
        title = squeeze((element.get("title") or "")[:_WORDS])
        words, glued = split_date(full_words(" ".join(parts)[:_WORDS], title))
        date = read_date([inside]) if inside is not None else glued
        if is_title(words):
            href = address(element)
            to = href or (element.get("href") or "").strip()
            self.links.append(_Link(element, order, words, to, date))
            self._count[element] = (href or f"{to} {words}", 1)

    def _pass_up(self, element: Element) -> None:
        parent = element.getparent()
        if parent is None:
            return
        first, count = self._count[element]
        if parent not in self._count:
            self._count[parent] = (first, count)
        elif count > 1 or self._count[parent][0] != first:
            self._count[parent] = (self._count[parent][0], self._count[parent][1] + count)

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
        if element not in self._lines:
            dates = (isinstance(read_date([piece]), str) for piece in islice(self.pieces.of(element), PIECES))
            self._lines[element] = sum(dates) == 1
        return self._lines[element]

    def _has_date(self, row: Element) -> bool:
        if row not in self._dated:
            self._dated[row] = read_date(self.pieces.of(row)) is not None
        return self._dated[row]

    def _by_place(self, members: Sequence[Element], rows: dict[Element, list[_Link]]) -> Iterator[Group]:
        """The entries of a container: those a reader sees and those in hidden tabs are two lists."""
        taken = set(members)
        dates = self._dates(members, rows, taken)
        entries: dict[bool, list[Entry]] = {}
        for row, (date, dated) in zip(members, dates, strict=True):
            link = max(rows[row], key=_weight)
            place = self.pieces.places[link.element]
            item = Item(link.words, link.href, date)
            entries.setdefault(Place.HIDDEN in place, []).append(Entry(item, link.order, place, row, dated))
        label = self._label(members[0])
        for found in entries.values():
            kept = _without_strangers(found)
            yield Group(tuple(kept), label)

    def _dates(
        self, members: Sequence[Element], rows: dict[Element, list[_Link]], taken: set[Element]
    ) -> list[tuple[str | None, bool]]:
        found: list[str | MonthDay | None] = []
        for row in members:
            link = rows[row][0]
            found.append(link.date or self._around(row, link.element) or read_date(self._behind(row, taken)))
        if len(members) > 1 and not any(found):
            found = [read_date(self._ahead(row, taken)) for row in members]
        whole = [value if isinstance(value, str) else None for value in found]
        after: list[str | None] = []  # the next whole date, of each
        for date in reversed(whole):
            after.append(date or (after[-1] if after else None))
        after.reverse()
        before: str | None = None
        for index, value in enumerate(found):
            if isinstance(value, tuple):
                whole[index] = complete(value, rows[members[index]][0].href, before, after[index])
            before = whole[index] or before
        return [(date, value is not None) for date, value in zip(whole, found, strict=True)]

    def _around(self, row: Element, link: Element) -> str | MonthDay | None:
        """The date in the row, outside the link's words, from the nearest element outwards; best one with its year."""
        here = link
        day: MonthDay | None = None  # of a summary, perhaps: 7月12日上午，……
        for _ in range(_NEAR):
            if here is row:
                break
            inner, here = here, here.getparent()
            if self.pieces.span(here) == self.pieces.span(inner):
                continue
            found = read_date(self.pieces.of(here, without=link))
            if isinstance(found, str):
                return found
            day = day or found
        return day

    def _behind(self, row: Element, taken: set[Element]) -> Iterator[str]:
        """Text after a row and before the next one: <dt>link</dt><dd>date</dd>, <a>…</a> [date]<br>."""
        yield squeeze(row.tail or "")
        other = row.getnext()
        for _ in range(_FEW):
            if other is None or other in taken or other in self._count:
                return
            yield from self.pieces.of(other)
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
        if other not in taken and other not in self._count:
            yield from self.pieces.of(other)

    def _label(self, row: Element) -> str:
        """The short words before the container of a row: the name of its box."""
        here = row.getparent()
        for _ in range(3):
            if here is None:
                break
            for before in islice(here.itersiblings(preceding=True), _BEFORE):
                text = self._beginning(before)
                if is_title(text):
                    return text if len(text) <= _LABEL else ""
            here = here.getparent()
        return ""

    def _beginning(self, element: Element) -> str:
        """An element's text, as far as a label's could reach."""
        if element not in self._beginnings:
            text = ""
            for piece in self.pieces.of(element):
                text = f"{text} {piece}".strip()
                if len(text) > _LABEL:
                    break
            self._beginnings[element] = text
        return self._beginnings[element]


def _weight(link: _Link) -> tuple[bool, int, int]:
    """Among the links of a row the title is the one with a title attribute, then the one with most Chinese words."""
    return bool(link.element.get("title")), len(_IDEOGRAPH.findall(link.words)), len(link.words)


def _without_strangers(entries: list[Entry]) -> list[Entry]:
    """A list of dated rows less the undated ones of another class: a heading's link, a button."""
    dated = [entry for entry in entries if entry.dated]
    if len(dated) * 5 < len(entries) * 3:
        return entries
    classes = {entry.row.get("class") for entry in dated}
    return [entry for entry in entries if entry.dated or entry.row.get("class") in classes]

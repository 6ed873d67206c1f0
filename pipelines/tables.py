"""Tables: which hold data and which only arrange the page, and data tables as grids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from pipelines.dom import Element, inner_text, is_unseen, squeeze
from pipelines.lines import plain, seen_lines
from pipelines.records import Span

_LONG = 120  # characters of one cell that only running text reaches; the form's longest label has 78
_LABEL = 24  # characters of a label in a table's first column
_FEW = 3  # filled cells of a table that is too small to be data if they hold sentences
_MAX_SLOTS = 200_000  # of one grid: a hostile colspan must not fill the memory
_MAX_COLSPAN, _MAX_ROWSPAN = 1000, 65534  # WHATWG HTML, 4.9.11
_STOPS = ("。", "；", "！")
_STOP = re.compile(r"[。；！]")
_DIGITS = re.compile(r"\s*\+?(\d{1,6})")

Rows = tuple[tuple[str, ...], ...]


def rows_of(table: Element) -> Iterator[Element]:
    """The table's own rows, none of a table inside it."""
    stack = list(reversed(table))
    while stack:
        element = stack.pop()
        if element.tag == "tr":
            yield element
        elif element.tag in ("thead", "tbody", "tfoot", "form"):
            stack.extend(reversed(element))


def cells_of(row: Element) -> list[Element]:
    return [cell for cell in row if cell.tag in ("td", "th")]


def is_data(table: Element) -> bool:
    """Whether a table holds data: a grid of short cells, two rows and two columns or more, no page parts inside."""
    rows = [cells for row in rows_of(table) if (cells := cells_of(row))]
    if len(rows) < 2 or max(map(len, rows)) < 2 or table.find(".//table") is not None:
        return len(rows) == 1 and len(rows[0]) > 2 and table.find(".//table") is None and _is_short(rows[0])
    cells = [cell for row in rows for cell in row]
    texts = [squeeze(inner_text(cell)) for cell in cells]
    if _is_arranged(cells, texts):
        return False
    if _is_labelled(rows):
        return True
    prose = [text for text in texts if len(text) > _LONG and _STOP.search(text)]
    if sum(map(len, prose)) * 2 > sum(map(len, texts)) and len(prose) * 4 > len(rows):
        return False
    return sum(bool(text) for text in texts) * 3 > len(texts) or len(cells) > 8


def _is_arranged(cells: list[Element], texts: list[str]) -> bool:
    """Whether a table only arranges: a few cells of sentences, or pictures with as many cells of words at most."""
    filled = [text for text in texts if text]
    if len(filled) <= _FEW:
        told = sum(len(text) for text in filled if text.endswith(_STOPS))
        if told * 2 > sum(map(len, filled)):
            return True
    pictures = sum(not text and cell.find(".//img") is not None for cell, text in zip(cells, texts, strict=True))
    return pictures > 0 and pictures >= len(filled)


def _is_labelled(rows: list[list[Element]]) -> bool:
    """Whether nearly every row begins with a short label: then long cells behind it are data too."""
    firsts = [squeeze(inner_text(row[0])) for row in rows if len(row) > 1]
    fine = sum(0 < len(first) <= _LABEL and not _STOP.search(first) for first in firsts)
    return len(firsts) > 2 and len(firsts) * 2 > len(rows) and fine * 5 >= len(firsts) * 4


def _is_short(cells: list[Element]) -> bool:
    return all(len(squeeze(inner_text(cell))) < _LONG for cell in cells)


def grid(table: Element, unseen: list[Element] | None = None) -> tuple[Rows, tuple[Span, ...]]:
    """The table after WHATWG HTML 4.9.12: a cell's words in its first slot, the other slots it reaches empty.

    Elements in it that no reader sees are added to `unseen`.
    """
    unseen = [] if unseen is None else unseen
    taken: dict[tuple[int, int], str] = {}
    spans: list[Span] = []
    height = width = 0
    trs: list[Element] = []
    for row in rows_of(table):
        (unseen if is_unseen(row) else trs).append(row)
    for y, row in enumerate(trs):
        x = 0
        for cell in cells_of(row):
            while (y, x) in taken:
                x += 1
            colspan = min(_span(cell.get(b"colspan"), 1), _MAX_COLSPAN)
            rowspan = min(_span(cell.get(b"rowspan"), 0) or len(trs) - y, _MAX_ROWSPAN, len(trs) - y)
            if len(taken) + colspan * rowspan > _MAX_SLOTS:
                colspan = rowspan = 1
            if colspan > 1 or rowspan > 1:
                for slot in product(range(y, y + rowspan), range(x, x + colspan)):
                    taken.setdefault(slot, "")
                spans.append(Span(y, x, rowspan, colspan))
            taken[y, x] = _cell_text(cell, unseen)
            height, width = max(height, y + rowspan), max(width, x + colspan)
            x += colspan
    if height * width > _MAX_SLOTS:  # a few cells far apart
        width = _MAX_SLOTS // max(1, height)
    rows = tuple(tuple(taken.get((y, x), "") for x in range(width)) for y in range(height))
    return rows, tuple(spans)


def _span(value: str | None, least: int) -> int:
    """A span attribute read as browsers do: leading digits, 1 where there are none."""
    digits = _DIGITS.match(value) if value else None
    return max(least, int(digits[1])) if digits else 1


def _cell_text(cell: Element, unseen: list[Element]) -> str:
    """A cell's words; its paragraphs are joined, with a blank only between Latin words."""
    if is_unseen(cell):
        unseen.append(cell)
        return ""
    if (words := plain(cell)) is not None:
        return words
    out = ""
    for line in seen_lines(cell, unseen=unseen):
        glue = " " if out and out[-1].isascii() and out[-1].isalnum() and line.text[0].isascii() else ""
        out += glue + line.text
    return out

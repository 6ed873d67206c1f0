"""Tables that go on over a page break, put together as one grid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipelines.documents.glyphs import joined
from pipelines.documents.ruled import Cell, Ruled, cells, places
from pipelines.records import Span, Table

_NUMBERED = re.compile(r"[（(]?\s*(?:[一二三四五六七八九十]{1,3}|\d{1,2})\s*[）)、.．]|第[一二三四五六七八九十]")
_NUMBER = re.compile(r"[\d.,%]+|[-—/]+")


def table(pieces: Sequence[Ruled], after: int) -> Table:
    """One table of its pieces, a piece a page, all on the columns of all of them."""
    columns = places([x for piece in pieces for x in piece.columns])
    head = cells(pieces[0], columns)
    whole, height = list(head), _height(head)
    lowest = {cell.column: at for at, cell in enumerate(head) if cell.row + cell.rowspan == height}
    for piece in pieces[1:]:
        height, lowest = _append(whole, height, lowest, _headless(head, cells(piece, columns)))
    rows = [[""] * (len(columns) - 1) for _ in range(height)]
    for cell in whole:
        rows[cell.row][cell.column] = cell.text
    spans = tuple(
        Span(cell.row, cell.column, cell.rowspan, cell.colspan)
        for cell in sorted(whole, key=lambda cell: (cell.row, cell.column))
        if cell.rowspan > 1 or cell.colspan > 1
    )
    return Table(None, after, tuple(map(tuple, rows)), spans)


def _height(some: Sequence[Cell]) -> int:
    return max(cell.row + cell.rowspan for cell in some)


def _append(
    whole: list[Cell], height: int, lowest: dict[int, int], below: Sequence[Cell]
) -> tuple[int, dict[int, int]]:
    """Put the cells of the next page under the `whole`, what the break cut made one; the new height and lowest row.

    `lowest` are the places in `whole` of the cells that end where the page did, by their column.
    """
    uppers = {column: whole[at] for column, at in lowest.items()}
    cut = _is_cut(uppers, {cell.column: cell for cell in below if cell.row == 0})
    shift = height - 1 if cut else height
    bottom = _height(below)
    found = {}
    for cell in below:
        upper = uppers.get(cell.column) if cell.row == 0 else None
        if upper and upper.colspan == cell.colspan and (cut or _goes_on(upper, cell)):
            at = lowest[cell.column]
            rowspan = shift + cell.rowspan - upper.row
            whole[at] = replace(upper, rowspan=rowspan, text=joined(upper.text, cell.text), full=cell.full)
        else:
            at = len(whole)
            whole.append(replace(cell, row=cell.row + shift))
        if cell.row + cell.rowspan == bottom:
            found[cell.column] = at
    return shift + bottom, found


def _headless(above: Sequence[Cell], below: Sequence[Cell]) -> list[Cell]:
    """The cells below without the rows at their top that only repeat those at the table's top."""
    head = 0
    for count in range(1, _height(below)):
        mine = [cell for cell in below if cell.row < count]
        if any(cell.row + cell.rowspan > count for cell in mine):  # a cell of the head reaches further down
            continue
        yours = [cell for cell in above if cell.row < count]
        alike = {(c.row, c.column, c.text) for c in mine} == {(c.row, c.column, c.text) for c in yours}
        if not alike or any(_NUMBER.fullmatch(cell.text) for cell in mine):
            break
        head = count if any(cell.text for cell in mine) else head
    return [replace(cell, row=cell.row - head) for cell in below if cell.row >= head]


def _is_cut(lowest: dict[int, Cell], highest: dict[int, Cell]) -> bool:
    """Whether the break went through a row: words of its label go on below, its numbers stand on one side only."""
    alone = {column: cell for column, cell in highest.items() if cell.rowspan == 1 and cell.text}
    if not alone or any(_NUMBER.fullmatch(cell.text) or _NUMBERED.match(cell.text) for cell in alone.values()):
        return False
    if any(cell.colspan != highest[column].colspan for column, cell in lowest.items() if column in highest):
        return False
    return all(column in lowest and lowest[column].full for column in alone)


def _goes_on(upper: Cell, lower: Cell) -> bool:
    """Whether a cell over several rows was cut: one half is empty, or only the upper half begins with a number."""
    if max(upper.rowspan, lower.rowspan) == 1 or _NUMBER.fullmatch(upper.text) or _NUMBER.fullmatch(lower.text):
        return False
    if not upper.text or not lower.text:
        return True
    return bool(_NUMBERED.match(upper.text)) and not _NUMBERED.match(lower.text)

"""Text with tables as Word 97 and RTF give it, mark by mark: cells, rows, and the grid they make.

The columns of a grid are where any of its rows has an edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pipelines.documents import Unreadable
from pipelines.documents.glyphs import joined
from pipelines.documents.prose import Prose, is_grid
from pipelines.documents.ruled import nearest, places
from pipelines.records import Span

# what a cell says of itself, in the bits of Word 97: merged with the one before, with the one above, the first of those
MERGED, GOES_ON, BEGINS = 0x02, 0x20, 0x40
_TWIPS = 20  # of a point
_MAX_COLUMNS = 63  # that Word allows
_MAX_SLOTS = 200_000  # of one grid


@dataclass(frozen=True, slots=True)
class _Cell:
    words: str
    left: float
    right: float
    flags: int


@dataclass(slots=True)
class Draft:
    """A text while it is read, with the cell, the row and the table under way."""

    prose: Prose = field(default_factory=Prose)
    _cell: list[str] = field(default_factory=list)
    _cells: list[str] = field(default_factory=list)
    _rows: list[list[_Cell]] = field(default_factory=list)

    def add(self, text: str, rank: int = 0) -> None:
        """A paragraph outside of tables."""
        self.close()
        self.prose.add(text, rank)

    def add_to_cell(self, text: str) -> None:
        self._cell.append(text)

    def end_cell(self) -> None:
        self._cells.append("\n".join(filter(None, self._cell)))
        self._cell = []

    def end_row(self, edges: Sequence[int], flags: Sequence[int]) -> None:
        """The cells since the last row are one, with edges in twips."""
        self._rows.append(_laid(self._cells, edges, flags))
        self._cells = []

    def close(self) -> None:
        """The table under way is at its end: a grid, or a frame around text; cells of no whole row are text."""
        if is_grid([len(cells) for cells in self._rows]):
            columns = places([edge for cells in self._rows for cell in cells for edge in (cell.left, cell.right)])
            if len(self._rows) * len(columns) > _MAX_SLOTS:
                raise Unreadable("too_large", f"a table of {len(self._rows):,} rows and {len(columns) - 1:,} columns")
            self.prose.add_table(*_grid(self._rows, columns))
        else:
            for cell in (cell for cells in self._rows for cell in cells):
                self.prose.add(cell.words)
        for text in [*self._cells, *self._cell]:
            self.prose.add(text)
        self._rows, self._cells, self._cell = [], [], []


def _laid(words: Sequence[str], edges: Sequence[int], flags: Sequence[int]) -> list[_Cell]:
    """The cells between their edges, those merged into the one before them put together with it."""
    if len(edges) != len(words) + 1:  # the row does not describe them: one column each
        return [_Cell(text, 60.0 * at, 60.0 * (at + 1), 0) for at, text in enumerate(words[:_MAX_COLUMNS])]
    cells: list[_Cell] = []
    points = [edge / _TWIPS for edge in edges]
    for text, (left, right), own in zip(words, pairwise(points), flags, strict=True):
        if own & MERGED and cells:
            cells[-1] = _Cell(cells[-1].words + text, cells[-1].left, right, cells[-1].flags)
        else:
            cells.append(_Cell(text, left, right, own))
    return cells


def _grid(
    laid: Sequence[Sequence[_Cell]], columns: Sequence[float]
) -> tuple[tuple[tuple[str, ...], ...], tuple[Span, ...]]:
    grid = [[""] * (len(columns) - 1) for _ in laid]
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    above: dict[int, tuple[int, int]] = {}  # by column: the cell that goes on downwards there
    for y, cells in enumerate(laid):
        for cell in cells:
            x, end = min(nearest(columns, cell.left), len(columns) - 2), nearest(columns, cell.right)
            if cell.flags & GOES_ON and not cell.flags & BEGINS and x in above:
                top = above[x]
                spans[top] = y - top[0] + 1, spans[top][1]
                continue
            grid[y][x] = joined(grid[y][x], _words(cell.words))  # a cell without width shares its neighbour's slot
            spans[y, x] = 1, max(1, end - x)
            above.pop(x, None)
            if cell.flags & GOES_ON:
                above[x] = y, x
    reaching = tuple(Span(y, x, *span) for (y, x), span in sorted(spans.items()) if span != (1, 1))
    return tuple(map(tuple, grid)), reaching


def _words(cell: str) -> str:
    """A cell's words; its paragraphs are joined as the lines of one are."""
    text = ""
    for line in cell.split("\n"):
        text = joined(text, " ".join(line.split()))
    return text

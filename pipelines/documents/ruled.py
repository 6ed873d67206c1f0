"""Tables by their ruling lines: which lines make a table, its columns and rows, and which slots a cell covers."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipelines.documents.glyphs import Glyph, Rule, joined, lines

_NEAR = 3.0  # points: lines no further apart are one (double borders, sloppy corners)
_COVERED = 0.6  # of a slot's side that a line has to cover to part two slots
_MAX_RULES = 1500  # of a page, after pieces of one line are joined: more is a drawing
_MAX_SLOTS = 20_000  # of a grid
_FILLED = 0.05  # of a table's cells have words, if only labels; fewer have the squares of a drawing
_OPEN = 8.0  # points that lines reach past the outermost that crosses them where a side is open, as at a page break

_DIGITS = re.compile(r"[\d.,%]+")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell by its first slot; `full`: its last line reaches the cell's right side, so the words may go on."""

    row: int
    column: int
    rowspan: int
    colspan: int
    text: str
    full: bool


@dataclass(frozen=True, slots=True)
class Ruled:
    """A group of ruling lines that touch, with what stands between them; `columns` are the places of vertical ones."""

    rules: tuple[Rule, ...]
    columns: tuple[float, ...]
    rows: tuple[float, ...]
    glyphs: tuple[Glyph, ...] = ()

    @property
    def top(self) -> float:
        return self.rows[0]

    def holds(self, glyph: Glyph) -> bool:
        x, y = (glyph.left + glyph.right) / 2, (glyph.top + glyph.bottom) / 2
        return self.columns[0] <= x <= self.columns[-1] and self.rows[0] <= y <= self.rows[-1]

    def fits(self, below: Ruled) -> bool:
        """Whether a table on the next page goes on with this one's columns."""
        mine, yours = self.columns, below.columns
        if abs(mine[0] - yours[0]) > 2 * _NEAR or abs(mine[-1] - yours[-1]) > 2 * _NEAR:
            return False
        few, many = sorted((mine[1:-1], yours[1:-1]), key=len)
        met = sum(any(abs(x - other) <= _NEAR for other in many) for x in few)
        return met * 2 >= len(few)


def find(rules: Sequence[Rule], glyphs: Sequence[Glyph]) -> list[Ruled]:
    """The tables of a page from top to bottom: at least two rows, or a row of three cells, with words in them."""
    across = _whole([rule for rule in rules if _width(rule) > max(_height(rule), _NEAR)])
    upright = [
        _flip(rule) for rule in _whole([_flip(rule) for rule in rules if _height(rule) > max(_width(rule), _NEAR)])
    ]
    if len(across) + len(upright) > _MAX_RULES:
        return []
    found = []
    for group in _groups(across, upright):
        ruled = _ruled(group)
        if ruled is None:
            continue
        ruled = replace(ruled, glyphs=tuple(glyph for glyph in glyphs if ruled.holds(glyph)))
        everyone = cells(ruled, ruled.columns)
        worded = [cell for cell in everyone if cell.text]
        if len(worded) < _FILLED * len(everyone):
            continue
        columns = {cell.column for cell in worded}
        if len(columns) > 1 and (len({cell.row for cell in worded}) > 1 or len(columns) > 2):
            found.append(ruled)
    return sorted(found, key=lambda ruled: ruled.top)


def _width(rule: Rule) -> float:
    return rule.right - rule.left


def _height(rule: Rule) -> float:
    return rule.bottom - rule.top


def _flip(rule: Rule) -> Rule:
    return Rule(rule.top, rule.left, rule.bottom, rule.right)


def _whole(across: Sequence[Rule]) -> list[Rule]:
    """Horizontal lines with the pieces of each put together."""
    levels = places([(rule.top + rule.bottom) / 2 for rule in across])
    rows: dict[int, list[Rule]] = defaultdict(list)
    for rule in across:
        rows[nearest(levels, (rule.top + rule.bottom) / 2)].append(rule)
    out = []
    for index, row in rows.items():
        row.sort()
        left, right = row[0].left, row[0].right
        for rule in row[1:]:
            if rule.left > right + _NEAR:
                out.append(Rule(left, levels[index], right, levels[index]))
                left, right = rule.left, rule.right
            right = max(right, rule.right)
        out.append(Rule(left, levels[index], right, levels[index]))
    return out


def places(values: Iterable[float]) -> tuple[float, ...]:
    """Values that lie near each other as one place, their mean."""
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][0] <= _NEAR:
            groups[-1].append(value)
        else:
            groups.append([value])
    return tuple(sum(group) / len(group) for group in groups)


def nearest(places: Sequence[float], value: float) -> int:
    """Which place a value is at."""
    right = bisect_right(places, value)
    if right == len(places) or (right and value - places[right - 1] <= places[right] - value):
        return right - 1
    return right


def _groups(across: Sequence[Rule], upright: Sequence[Rule]) -> list[list[Rule]]:
    """Lines that cross or touch each other, directly or through others."""
    everyone = [*across, *upright]
    leader = list(range(len(everyone)))

    def lead(index: int) -> int:
        while leader[index] != index:
            leader[index] = index = leader[leader[index]]
        return index

    for i, rule in enumerate(across):
        for j, other in enumerate(upright, len(across)):
            if (
                rule.left - _NEAR <= other.left <= rule.right + _NEAR
                and other.top - _NEAR <= rule.top <= other.bottom + _NEAR
            ):
                leader[lead(i)] = lead(j)
    groups: dict[int, list[Rule]] = defaultdict(list)
    for index, rule in enumerate(everyone):
        groups[lead(index)].append(rule)
    return list(groups.values())


def _ruled(group: Sequence[Rule]) -> Ruled | None:
    across = [rule for rule in group if _width(rule) > 0]
    upright = [rule for rule in group if _width(rule) == 0]
    if len(across) < 2 or not upright:
        return None
    columns = _closed([rule.left for rule in upright], [(rule.left, rule.right) for rule in across])
    rows = _closed([rule.top for rule in across], [(rule.top, rule.bottom) for rule in upright])
    if len(columns) < 3 or len(rows) < 2 or len(columns) * len(rows) > _MAX_SLOTS:
        return None
    return Ruled(tuple(group), columns, rows)


def _closed(lines: Sequence[float], crossing: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    """Places of parallel lines, and the ends of those that cross them where a table has no line on that side."""
    first, last = min(start for start, _ in crossing), max(end for _, end in crossing)
    outer = [end for end, line in ((first, min(lines)), (last, max(lines))) if abs(end - line) > _OPEN]
    return places([*lines, *outer])


def cells(ruled: Ruled, columns: Sequence[float]) -> list[Cell]:
    """The cells, with the words that stand in them; `columns` may be finer than the table's own."""
    height, width = len(ruled.rows) - 1, len(columns) - 1
    beneath, beside = _sides(ruled, columns)
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    owner: dict[tuple[int, int], tuple[int, int]] = {}
    for y in range(height):
        for x in range(width):
            if (y, x) in owner:
                continue
            right = x + 1
            while right < width and (y, right - 1) not in beside and (y, right) not in owner:
                right += 1
            down = y + 1
            while down < height and not any((down - 1, column) in beneath for column in range(x, right)):
                if any((down, column) in beside for column in range(x, right - 1)):
                    break
                if any((down, column) in owner for column in range(x, right)):
                    break
                down += 1
            spans[y, x] = (down - y, right - x)
            owner |= {(row, column): (y, x) for row in range(y, down) for column in range(x, right)}
    words: dict[tuple[int, int], list[Glyph]] = defaultdict(list)
    for glyph in ruled.glyphs:
        y = min(max(bisect_right(ruled.rows, (glyph.top + glyph.bottom) / 2) - 1, 0), height - 1)
        x = min(max(bisect_right(columns, (glyph.left + glyph.right) / 2) - 1, 0), width - 1)
        words[owner[y, x]].append(glyph)
    return [
        Cell(y, x, down, across, *_read(words[y, x], columns[x + across] - columns[x]))
        for (y, x), (down, across) in spans.items()
    ]


def _sides(ruled: Ruled, columns: Sequence[float]) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Slots with a line beneath them, and slots with a line at their right."""
    beneath, beside = set(), set()
    for rule in ruled.rules:
        if _width(rule) > 0:
            edge = nearest(ruled.rows, rule.top) - 1
            beneath |= {(edge, x) for x in _covered(columns, rule.left, rule.right)}
        else:
            edge = nearest(columns, rule.left) - 1
            beside |= {(y, edge) for y in _covered(ruled.rows, rule.top, rule.bottom)}
    return beneath, beside


def _covered(places: Sequence[float], start: float, end: float) -> list[int]:
    return [
        index
        for index, (low, high) in enumerate(pairwise(places))
        if min(high, end) - max(low, start) >= _COVERED * (high - low)
    ]


def _read(glyphs: Sequence[Glyph], width: float) -> tuple[str, bool]:
    """The words of a cell; two numbers under each other are one only where there was no room for the next digit."""
    text, full = "", False
    for line in lines(glyphs):
        apart = text and not full and _DIGITS.fullmatch(line.text) and _DIGITS.fullmatch(text)
        text = f"{text} {line.text}" if apart else joined(text, line.text)
        full = line.right - line.left > width - 2 * line.em
    return text, full

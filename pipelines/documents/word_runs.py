"""Formats in Word 97 files: which stretch of the text has which, as lists of changes to the default."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

_CHARACTERS, _PARAGRAPHS = 0xFA, 0x102  # [fcPlcfBteChpx, fcPlcfBtePapx]
_PAGE = 512  # bytes of a page of formats [FKP]
_OPERANDS = (1, 1, 2, 4, 2, 2, 0, 3)  # bytes, by the three highest bits of a code; of 6 the operand itself says it
_TABLE, _TABS = 0xD608, 0xC615  # [sprmTDefTable, sprmPChgTabs]
_ELSEWHERE = (0x6645, 0x6646)  # [sprmPHugePapx]: too long for a page

Marks = dict[int, bytes]  # changes by their code [sprm]; the last one of a code counts


@dataclass(frozen=True, slots=True)
class Runs:
    """Stretches of the file that have one format, by where they begin and end: the style's number, and the changes."""

    starts: list[int]
    ends: list[int]
    formats: list[tuple[int, Marks]]

    def at(self, place: int) -> tuple[int, Marks]:
        at = bisect_right(self.starts, place) - 1
        return self.formats[at] if at >= 0 and place < self.ends[at] else (0, {})

    def around(self, place: int) -> tuple[int, int, Marks]:
        """The stretch that holds a place; where no format is known it is one byte long."""
        at = bisect_right(self.starts, place) - 1
        if at >= 0 and place < self.ends[at]:
            return self.starts[at], self.ends[at], self.formats[at][1]
        return place, place + 1, {}


def character_runs(main: bytes, plan: bytes) -> Runs:
    """Formats of letters; the style of letters is not read."""
    found = []
    for start, end, page, at in _entries(main, plan, _CHARACTERS, 1):
        found.append((start, end, (0, _marks(page[at + 1 : at + 1 + page[at]]) if at else {})))
    return _runs(found)


def paragraph_runs(main: bytes, plan: bytes, data: bytes) -> Runs:
    """Formats of paragraphs and of the rows that end with one."""
    found = []
    for start, end, page, at in _entries(main, plan, _PARAGRAPHS, 13):
        style, marks = 0, Marks()
        if at:
            size, first = (2 * page[at] - 1, at + 1) if page[at] else (2 * page[at + 1], at + 2)
            style, marks = int.from_bytes(page[first : first + 2], "little"), _marks(page[first + 2 : first + size])
            for code in _ELSEWHERE:
                if code in marks:
                    place = int.from_bytes(marks[code], "little")
                    length = int.from_bytes(data[place : place + 2], "little")
                    marks |= _marks(data[place + 2 : place + 2 + length])
        found.append((start, end, (style, marks)))
    return _runs(found)


def _runs(found: list[tuple[int, int, tuple[int, Marks]]]) -> Runs:
    found.sort(key=lambda one: one[:2])
    return Runs([one[0] for one in found], [one[1] for one in found], [one[2] for one in found])


def _entries(main: bytes, plan: bytes, where: int, width: int) -> Iterator[tuple[int, int, bytes, int]]:
    """Start and end of each stretch, the page that has its format, and where in it; 0: the default.

    What is cut off or points nowhere is passed over: the text is there without its formats.
    """
    place, size = struct.unpack_from("<II", main, where)
    table = plan[place : place + size]
    count = max(0, (len(table) - 4) // 8)
    pages = struct.unpack_from(f"<{count}I", table, 4 * (count + 1)) if count else ()
    for number in pages[: len(main) // _PAGE]:  # each page has its place once
        start = (number & 0x3FFFFF) * _PAGE
        page = main[start : start + _PAGE]
        runs = page[-1] if len(page) == _PAGE else 0
        if not runs or 4 * (runs + 1) + width * runs >= _PAGE:
            continue
        places = struct.unpack_from(f"<{runs + 1}I", page)
        for index in range(runs):
            yield places[index], places[index + 1], page, 2 * page[4 * (runs + 1) + width * index]


def _marks(changes: bytes) -> Marks:
    out = Marks()
    at = 0
    while at + 2 < len(changes):
        code = int.from_bytes(changes[at : at + 2], "little")
        at += 2
        size = _OPERANDS[code >> 13]
        if code == _TABLE:  # its length has two bytes and is one too many
            size = max(0, int.from_bytes(changes[at : at + 2], "little") - 1)
            at += 2
        elif not size:
            size = changes[at]
            at += 1
            if code == _TABS and size == 255:  # longer than its length can say, and no text has such tabs
                break
        out[code] = changes[at : at + size]
        at += size
    return out

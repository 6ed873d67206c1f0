"""What a page is made of, and how glyphs make lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

_WORD_GAP = 0.2  # em between Latin glyphs: less is kerning
_WIDE_GAP = 1.5  # em: so much is meant, less beside a Han character is letter-spacing or a justified line
_TWICE = 0.2  # em: the same glyph again so near was printed twice to look bold

_HAN = re.compile(r"[\u2010-\u206f\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_CLOSING = frozenset("，。、；：！？）》」』】〕”’…,.;:!?)]}%")
_OPENING = frozenset("（《「『【〔“‘([{")
_SPACED_DIGITS = re.compile(r"(?<![\d.,])(?<![\d.,] )\d(?: [\d.,])+(?![\d.,])")


class Glyph(NamedTuple):
    """A character and its box, y growing downwards; the box is as wide as the pen moves."""

    char: str
    left: float
    top: float
    right: float
    bottom: float


class Rule(NamedTuple):
    """A straight line along one axis, as a thin box."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page turned upright."""

    width: float
    height: float
    glyphs: tuple[Glyph, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; `em` is the width of a Han character, `first` that of the line's first unbreakable word."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    em: float
    first: float


def lines(glyphs: Iterable[Glyph]) -> list[Line]:
    """Glyphs as lines from top to bottom: those whose middles lie at one height stand on one line."""
    rows: list[list[Glyph]] = []
    middle = reach = 0.0
    for glyph in sorted(glyphs, key=lambda one: one.top + one.bottom):
        own = (glyph.top + glyph.bottom) / 2
        if not rows or own - middle > reach:
            rows.append([])
            middle, reach = own, (glyph.bottom - glyph.top) / 2
        rows[-1].append(glyph)
    return [_line(sorted(row, key=lambda one: one.left)) for row in rows]


def _line(row: Sequence[Glyph]) -> Line:
    em = _em(row)
    kept = [row[0]]
    words = row[0].char
    end_of_first = 0.0
    for glyph in row[1:]:
        last = kept[-1]
        if glyph.char == last.char and glyph.left - last.left < _TWICE * em:
            continue
        blank = _blank(last, glyph, em)
        if not end_of_first and (blank or _may_part(last.char, glyph.char)):
            end_of_first = last.right
        words += blank + glyph.char
        kept.append(glyph)
    text = _SPACED_DIGITS.sub(lambda run: run[0].replace(" ", ""), words).replace("\N{EM SPACE}", " ")
    left, right = kept[0].left, kept[-1].right
    top, bottom = min(glyph.top for glyph in kept), max(glyph.bottom for glyph in kept)
    return Line(text, left, top, right, bottom, em, (end_of_first or right) - left)


def _may_part(last: str, char: str) -> bool:
    """Whether a line may end between two characters."""
    return bool(_HAN.match(last) or _HAN.match(char)) and last not in _OPENING and char not in _CLOSING


def _em(row: Sequence[Glyph]) -> float:
    """The width of a Han character; a digit or Latin letter has half of it."""
    wide = [glyph.right - glyph.left for glyph in row if _HAN.match(glyph.char)]
    return max(1.0, median(wide) if wide else 2 * median(glyph.right - glyph.left for glyph in row))


def _blank(last: Glyph, glyph: Glyph, em: float) -> str:
    """What stands between two neighbours: a wide gap is told from a word's until digits are joined."""
    gap = (glyph.left - last.right) / em
    if gap >= _WIDE_GAP:
        return "\N{EM SPACE}"
    return " " if gap >= _WORD_GAP and not (_HAN.match(last.char) or _HAN.match(glyph.char)) else ""


def joined(words: str, more: str) -> str:
    """A line and the next one of the same paragraph; only Latin words need a blank between them."""
    both = words[-1:] + more[:1]
    return f"{words} {more}" if len(both) == 2 and both.isascii() and both.isalpha() else words + more

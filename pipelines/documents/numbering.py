"""Numbers that Word counts by itself and that stand in no text: 一、 （一） 1. before headings and items."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS = "〇一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Level:
    start: int
    form: str  # a name of ST_NumberFormat
    text: str  # "（%1）"
    is_legal: bool = False  # the numbers of the levels above in digits too: 2.1 under 二、


@dataclass(slots=True)
class Numbering:
    """The lists of a document: `next` counts on, so paragraphs are asked for in their order."""

    levels: dict[str, dict[int, Level]]  # by list
    families: dict[str, str]  # lists that count together
    counts: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def next(self, number: str, depth: int) -> str:
        """The number of the next paragraph of a list, as it is printed; empty for bullets and unknown lists."""
        levels = self.levels.get(number, {})
        if depth not in levels:
            return ""
        counts = self.counts[self.families[number]]
        counts[depth] = counts.get(depth, levels[depth].start - 1) + 1
        for deeper in [other for other in counts if other > depth]:
            del counts[deeper]
        if levels[depth].form in ("bullet", "none"):
            return ""

        def value(place: re.Match[str]) -> str:
            one = int(place[1]) - 1
            level = levels.get(one, levels[depth])
            form = str if levels[depth].is_legal else _FORMS.get(level.form, str)
            return form(counts.get(one, level.start))

        return re.sub(r"%([1-9])", value, levels[depth].text)


def read_numbering(root: Any) -> Numbering:
    """The lists that the part `numbering` declares."""
    abstract = {
        one.get(f"{W}abstractNumId"): {_number(level, f"{W}ilvl"): _level(level) for level in one.iter(f"{W}lvl")}
        for one in root.iter(f"{W}abstractNum")
    }
    levels, families = {}, {}
    for one in root.iter(f"{W}num"):
        number, family = one.get(f"{W}numId", ""), _value(one, "abstractNumId")
        levels[number] = dict(abstract.get(family, {}))
        families[number] = family
        for override in one.iter(f"{W}lvlOverride"):
            families[number] = number  # a list of its own, with its own start
            depth = _number(override, f"{W}ilvl")
            start = override.find(f"{W}startOverride")
            whole = override.find(f"{W}lvl")
            if whole is not None:
                levels[number][depth] = _level(whole)
            elif start is not None and depth in levels[number]:
                levels[number][depth] = replace(levels[number][depth], start=_number(start, f"{W}val"))
    return Numbering(levels, families)


def _level(level: Any) -> Level:
    start = level.find(f"{W}start")
    return Level(
        _number(start, f"{W}val") if start is not None else 0,
        _value(level, "numFmt") or "decimal",
        _value(level, "lvlText"),
        level.find(f"{W}isLgl") is not None,
    )


def _value(element: Any, name: str) -> str:
    child = element.find(f"{W}{name}")
    return child.get(f"{W}val", "") if child is not None else ""


def _number(element: Any, name: str) -> int:
    value = element.get(name, "")
    return int(value) if re.fullmatch(r"\d{1,6}", value) else 0


def chinese(value: int) -> str:
    """A number as it is counted aloud: 十, 二十一, 一百〇三; larger ones digit by digit."""
    if value >= 1000:
        return "".join(_DIGITS[int(digit)] for digit in str(value))
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    out = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        out += "十" if tens == 1 and not hundreds else f"{_DIGITS[tens]}十"
    elif hundreds and ones:
        out += "〇"
    return out + _DIGITS[ones] if ones or not out else out


def _letters(value: int) -> str:
    """A, B, … Z, AA, BB: as Word goes on after Z."""
    return chr(ord("A") + (value - 1) % 26) * ((value - 1) // 26 % 10 + 1)


def _roman(value: int) -> str:
    out = ""
    for worth, sign in zip((50, 40, 10, 9, 5, 4, 1), ("L", "XL", "X", "IX", "V", "IV", "I"), strict=True):
        out += sign * (value // worth)
        value %= worth
    return out


def _circled(value: int) -> str:
    return chr(ord("①") + value - 1) if 1 <= value <= 20 else str(value)


_FORMS: dict[str, Callable[[int], str]] = {
    **dict.fromkeys(
        ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "ideographDigital", "taiwaneseCounting"),
        chinese,
    ),
    "upperLetter": _letters,
    "lowerLetter": lambda value: _letters(value).lower(),
    "upperRoman": lambda value: _roman(min(value, 89)),
    "lowerRoman": lambda value: _roman(min(value, 89)).lower(),
    **dict.fromkeys(("decimalEnclosedCircle", "decimalEnclosedCircleChinese"), _circled),
    "decimalFullWidth": lambda value: "".join(chr(ord("０") + int(digit)) for digit in str(value)),
    "decimalZero": lambda value: f"{value:02}",
}

"""Provinces, prefectures and counties with their GB/T 2260 codes, and the years in which they existed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, cast

Level = Literal["province", "city", "county"]

_SHORT_PROVINCE = re.compile(r"(?<=..)[省市]$")  # 安徽淮北市 leaves out the 省


@dataclass(frozen=True, slots=True)
class Division:
    """A code, its name and its parent for as long as none of them changed; `last` is None while it exists."""

    level: Level
    code: str
    name: str
    short: str
    parent: str
    first: int
    last: int | None

    def alive(self, year: int | None) -> bool:
        """Whether it existed around the year: the table is of year ends, and a report comes out in the year after."""
        return year is None or (self.first <= year + 1 and (self.last is None or self.last >= year - 1))


@dataclass(frozen=True, slots=True)
class Match:
    """Divisions named one after another at the start of a text. `division` is None where several bear that name."""

    words: str
    division: Division | None
    candidates: tuple[Division, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    codes: Mapping[str, tuple[Division, ...]]
    names: Mapping[str, tuple[Division, ...]]
    longest: int


@cache
def _table() -> _Table:
    codes: dict[str, tuple[Division, ...]] = {}
    names: dict[str, tuple[Division, ...]] = {}
    lines = files("pipelines").joinpath("data/divisions.tsv").read_text("utf-8").splitlines()
    for line in [line for line in lines if not line.startswith("#")][1:]:
        level, code, name, short, parent, first, last = line.split("\t")
        one = Division(cast("Level", level), code, name, short, parent, int(first), int(last) if last else None)
        codes[code] = (*codes.get(code, ()), one)
        # 湘西自治州 for 湘西土家族苗族自治州, whose short form is 湘西州
        middle = f"{short[:-1]}自治州" if name.endswith("自治州") and short else ""
        for word in {name, short, middle} - {""}:
            names[word] = (*names.get(word, ()), one)
        if level == "province" and not short:
            word = _SHORT_PROVINCE.sub("", name)
            names[word] = (*names.get(word, ()), one)
    return _Table(MappingProxyType(codes), MappingProxyType(names), max(map(len, names)))


def by_code(code: str) -> tuple[Division, ...]:
    """All that ever bore this code, oldest first; empty where the table does not hold it."""
    return _table().codes.get(code, ())


def is_known(code: str) -> bool:
    """Whether any division since 2007 bore this code."""
    return code in _table().codes


def path(code: str, year: int | None = None) -> tuple[str, ...]:
    """Names from the province down to this code around that year (the newest without one); empty for unknown codes."""
    return tuple(one.name for one in chain(code, year))


def chain(code: str, year: int | None = None) -> tuple[Division, ...]:
    """The divisions from the province down to this code around that year; empty for unknown codes."""
    return _chain(_at(code, year), year)


def lies_within(code: str, ancestor: str, year: int | None = None) -> bool:
    """Whether `code` is `ancestor` or lies in it."""
    return any(one.code == ancestor for one in chain(code, year))


def find_chain(text: str, year: int | None = None, within: str | None = None) -> Match | None:
    """The longest consistent chain of full names (province, city, county) at the start of the text.

    Levels may be left out, each name must lie in the one before. Of several divisions with one name those in `within`
    (a code) are preferred. A short form of a province (安徽) counts only where a name that lies in it follows.
    """
    best: Match | None = None
    for words, candidates in _chains(text, year):
        if best is None or len(words) > len(best.words):
            best = Match(words, None, candidates)
    if best is None:
        return None
    candidates = best.candidates
    if len({one.code for one in candidates}) > 1 and within is not None:
        candidates = tuple(one for one in candidates if lies_within(one.code, within, year)) or candidates
    if len({one.code for one in candidates}) == 1:
        return Match(best.words, candidates[-1], candidates)
    return Match(best.words, None, candidates)


def _chains(text: str, year: int | None) -> Iterator[tuple[str, tuple[Division, ...]]]:
    """Every chain at the start of the text with the divisions its last name can stand for."""
    open_ends: list[tuple[int, tuple[Division, ...] | None]] = [(0, None)]
    while open_ends:
        start, above = open_ends.pop()
        for words, bearers in _named(text, start, year):
            found = tuple(one for one in bearers if above is None or _in_one_of(one, above, year))
            if not found:
                continue
            end = start + len(words)
            if any(words in (one.name, one.short) or words.endswith("自治州") for one in found):
                yield text[:end], found
            open_ends.append((end, found))


def _named(text: str, start: int, year: int | None) -> Iterator[tuple[str, tuple[Division, ...]]]:
    table = _table()
    for size in range(2, table.longest + 1):
        words = text[start : start + size]
        if len(words) < size:
            return
        if found := tuple(one for one in table.names.get(words, ()) if one.alive(year)):
            yield words, found


def _in_one_of(one: Division, above: tuple[Division, ...], year: int | None) -> bool:
    codes = {division.code for division in above}
    return any(division.code in codes for division in _chain(one, year)[:-1])


def _at(code: str, year: int | None) -> Division | None:
    found = by_code(code)
    near = [one for one in found if one.alive(year)]
    exact = [one for one in near if year is None or (one.first <= year and (one.last is None or one.last >= year))]
    return (exact or near)[-1] if near else None


def _chain(division: Division | None, year: int | None) -> tuple[Division, ...]:
    chain: tuple[Division, ...] = ()
    while division is not None:
        chain = (division, *chain)
        # Without a year the parent is taken at the time the child existed, not as it is today.
        division = _at(division.parent, year if year is not None else division.last)
    return chain

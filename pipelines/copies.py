"""Whether two reports are one: near copies told from next year's report and from the neighbour's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from pipelines.fingerprint import fold, grams, main_year, mentions, numbers, prose, runs, years

# Measured by benchmarks/near.py: copies share nearly all of their numbers, also under spam and cut in half; next year's
# report shares at most 0.44 of them, another place's 0.27. The likeness of the words alone does not tell them apart.
_NUMBERS = 0.6
_LEAST_NUMBERS = 3
# One of the two does not say whose report it is, or of which year: then the numbers alone must.
_NUMBERS_ALONE = 0.8
_LEAST_ALONE = 5
_HELD = 0.5  # share of the shorter text that stands in the other one
_HELD_ALONE = 0.9  # where there are next to no numbers
_PART = 0.98  # where one of them is a piece of the other, so that other years than the report's may be named most
# Cut down to its tables, a copy has their figures in their order, and names years in the same words.
_RUNS = 0.9
_LEAST_RUNS = 5
_MENTIONS = 0.8
_WHOLE = 200  # characters of a text that is itself wherever it stands, which "see the attachment" is not
_SHOWN = 5  # numbers that only one has

_DIGITS = re.compile(r"[\d.%]+")
T = TypeVar("T")


@dataclass(frozen=True)
class Words:
    """A report as it is compared; `issuer` and `year` as it says itself, None where only its portal does."""

    text: str
    issuer: str | None
    year: int | None
    full: str | None = None  # its issuer's one name

    @cached_property
    def prose(self) -> str:
        return prose(self.text)

    @cached_property
    def grams(self) -> frozenset[bytes]:
        return grams(self.prose)

    @cached_property
    def folded(self) -> str:
        return fold(self.text)

    @cached_property
    def every_gram(self) -> frozenset[bytes]:
        return grams(self.folded)

    @cached_property
    def grams_of_letters(self) -> frozenset[bytes]:
        """Whatever the layout of tables, which zeros stand between their words."""
        return grams(_DIGITS.sub("", self.folded))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(numbers(self.prose))

    @cached_property
    def main_year(self) -> str | None:
        return main_year(self.prose)

    @cached_property
    def years(self) -> frozenset[str]:
        return frozenset(years(self.prose))

    @cached_property
    def mentions(self) -> frozenset[str]:
        return frozenset(mentions(self.folded))

    @cached_property
    def runs(self) -> frozenset[str]:
        return frozenset(runs(self.text))

    @property
    def is_named(self) -> bool:
        return self.issuer is not None and self.year is not None

    @property
    def standing(self) -> int:
        """How well it says itself whose report it is and of which year: not, by name, by its issuer's one name."""
        return self.is_named + (self.is_named and self.full is not None)

    def size(self) -> tuple[int, int]:
        """Characters of running text, rows of tables."""
        return len(self.prose), sum("\t" in line for line in self.text.split("\n"))


@dataclass(frozen=True, slots=True)
class Likeness:
    """Why two reports are taken for one: `held` is the share of the other's words, tables included, that each has."""

    similarity: float
    held: tuple[float, float]
    agree: Mapping[str, object]
    differ: Mapping[str, tuple[object, object]]

    def turned(self) -> Likeness:
        """The same, seen from the other one."""
        return Likeness(
            self.similarity, self.held[::-1], self.agree, {name: pair[::-1] for name, pair in self.differ.items()}
        )


def compare(one: Words, other: Words) -> Likeness | None:
    """How two reports are copies of each other; None where they are not."""
    if not may_be_one(one, other):
        return None
    common = one.numbers & other.numbers
    fewer = min(len(one.numbers), len(other.numbers))
    share = _share(one.numbers, other.numbers)
    same = len(one.grams & other.grams)
    held = _share(one.grams, other.grams)
    if one.folded == other.folded and len(one.folded) >= _WHOLE:
        joined = True
    elif one.is_named and other.is_named:
        few = fewer < _LEAST_NUMBERS
        joined = held >= _HELD_ALONE if few else held >= _HELD and share >= _NUMBERS
    else:
        alone = fewer >= _LEAST_ALONE and share >= _NUMBERS_ALONE and held >= _HELD
        part = fewer > 1 and share == 1 and held >= _PART
        joined = (
            (alone and one.main_year is not None and one.main_year == other.main_year)
            or (part and one.main_year in other.years and other.main_year in one.years)
            or _have_one_table(one, other)
        )
    if not joined:
        return None
    every = len(one.every_gram & other.every_gram)
    return Likeness(
        round(same / max(1, len(one.grams | other.grams)), 4),
        (round(every / max(1, len(other.every_gram)), 4), round(every / max(1, len(one.every_gram)), 4)),
        {name: value for name, value in _agree(one, other).items() if value is not None}
        | {"numbers": len(common), "numbers_of_fewer": fewer}
        | _agree_in_tables(one, other),
        _differ(one, other),
    )


def _have_one_table(one: Words, other: Words) -> bool:
    """Whether they have the figures of their tables in common, and name years alike.

    Who names no year as late as the other's own may have the tables of another: some report last year's again.
    """
    return (
        min(len(one.runs), len(other.runs)) >= _LEAST_RUNS
        and max(one.years, default="") >= (other.main_year or "")
        and max(other.years, default="") >= (one.main_year or "")
        and _share(one.runs, other.runs) >= _RUNS
        and _share(one.mentions, other.mentions) >= _MENTIONS
        and _share(one.grams_of_letters, other.grams_of_letters) >= _HELD_ALONE
    )


def _share(one: frozenset[T], other: frozenset[T]) -> float:
    """How much of the one that has less is in the other."""
    fewer = min(len(one), len(other))
    return len(one & other) / fewer if fewer else 0.0


def may_be_one(one: Words, other: Words) -> bool:
    """Whether what two reports say of themselves speaks against it."""
    if one.year is not None and other.year is not None and one.year != other.year:
        return False
    if one.issuer is None or other.issuer is None:
        return True
    if one.full is not None and other.full is not None:
        return one.full == other.full
    return one.issuer == other.issuer


def _agree(one: Words, other: Words) -> dict[str, object]:
    return {
        "issuer": one.full or other.full or one.issuer if one.issuer and other.issuer else None,
        "year": one.year if one.year == other.year else None,
        "year_in_text": one.main_year if one.main_year == other.main_year else None,
    }


def _agree_in_tables(one: Words, other: Words) -> dict[str, object]:
    fewer = min(len(one.runs), len(other.runs))
    return {"runs": len(one.runs & other.runs), "runs_of_fewer": fewer} if fewer else {}


def _differ(one: Words, other: Words) -> dict[str, tuple[object, object]]:
    """What differs, first this one's, then the other's."""
    (one_size, one_rows), (other_size, other_rows) = one.size(), other.size()
    pairs: dict[str, tuple[object, object]] = {
        "issuer": (one.issuer, other.issuer),
        "year": (one.year, other.year),
        "year_in_text": (one.main_year, other.main_year),
        "numbers": (sorted(one.numbers - other.numbers)[:_SHOWN], sorted(other.numbers - one.numbers)[:_SHOWN]),
        "characters": (one_size, other_size),
        "table_rows": (one_rows, other_rows),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

"""Reused text: how much of a report stands in the issuer's last one, or in a neighbour's, and which passages."""

from __future__ import annotations

import sqlite3
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby, pairwise

from pipelines.fingerprint import fold

_LEAST = 20  # characters of a passage; what is shorter is names, headings and set phrases
_GRAM = _LEAST
_SAMPLE = 16  # one gram in so many finds the reports of other issuers that are worth a comparison
_LISTED = 200  # reports that a gram is looked up in: a template of the whole country is in all
_COMPARED = 5  # reports that share most of them

_REPORTS = """SELECT report_id, coalesce(issuer_full, issuer) AS issuer, year, url FROM current_reports
WHERE verdict = 'report' AND issuer IS NOT NULL AND year IS NOT NULL"""
_TEXT = "SELECT t.text FROM reports AS r JOIN texts AS t ON t.sha256 = r.text_sha256 WHERE r.id = ?"


@dataclass(frozen=True)
class Written:
    """A report with its running text, as it is compared: figures are all alike, marks and white space are nothing."""

    report_id: int
    issuer: str
    year: int
    url: str
    text: str

    @cached_property
    def traced(self) -> tuple[str, list[int]]:
        """The folded words, and for each of their characters the place it came from."""
        folded: list[str] = []
        origin: list[int] = []
        at = 0
        for line in self.text.split("\n"):
            for place, character in enumerate("" if "\t" in line else line, at):
                for piece in _piece(character):
                    if piece != "0" or folded[-1:] != ["0"]:
                        folded.append(piece)
                        origin.append(place)
            at += len(line) + 1
        return "".join(folded), origin

    @property
    def words(self) -> str:
        return self.traced[0]

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Where each gram of the words stands."""
        found = defaultdict(list)
        for place in range(len(self.words) - _GRAM + 1):
            found[self.words[place : place + _GRAM]].append(place)
        return dict(found)

    def as_written(self, start: int, end: int) -> str:
        """The text that a piece of the words stands for."""
        origin = self.traced[1]
        return self.text[origin[start] : origin[end - 1] + 1]


@lru_cache(maxsize=65_536)
def _piece(character: str) -> str:
    return "0" if character.isdecimal() else fold(character)


@dataclass(frozen=True, slots=True)
class Passage:
    """Words that stand in both reports, as the first has them; `length` counts those that are compared."""

    text: str
    length: int


@dataclass(frozen=True, slots=True)
class Reuse:
    """How much of a report stands in another one: `rate` is the share of its running text, passages longest first."""

    report: Written
    other: Written
    rate: float
    passages: tuple[Passage, ...]


def compare(report: Written, other: Written) -> Reuse:
    """The passages of a report that stand in another one: from left to right, each as long as it can be."""
    words, theirs = report.words, other.words
    passages = []
    at = shared = 0
    while at + _GRAM <= len(words):
        longest = max(
            (_run(words, at, theirs, place) for place in other.places.get(words[at : at + _GRAM], ())), default=0
        )
        if longest:
            passages.append(Passage(report.as_written(at, at + longest), longest))
            shared += longest
        at += longest or 1
    passages.sort(key=lambda passage: -passage.length)
    return Reuse(report, other, round(shared / len(words), 4) if words else 0.0, tuple(passages))


def _run(words: str, at: int, theirs: str, place: int) -> int:
    length = _GRAM
    while at + length < len(words) and place + length < len(theirs) and words[at + length] == theirs[place + length]:
        length += 1
    return length


def between_years(connection: sqlite3.Connection, issuer: str | None, year: int | None) -> Iterator[Reuse]:
    """Each report to cite, with the issuer's one before it."""
    rows = connection.execute(f"{_REPORTS} ORDER BY 2, 3, 1").fetchall()
    for before, row in pairwise(rows):
        if before[1] == row[1] and before[2] < row[2] and _is_asked(row, issuer) and year in {None, row[2]}:
            yield compare(_read(connection, row), _read(connection, before))


def between_issuers(connection: sqlite3.Connection, issuer: str | None, year: int | None) -> Iterator[Reuse]:
    """Each report to cite, with the other issuer's of that year that it shares most with, if any; most first."""
    asked = connection.execute(f"{_REPORTS} AND coalesce(year = ?, 1) ORDER BY year, 2, 1", [year]).fetchall()
    for _, of_year in groupby(asked, key=lambda row: row[2]):
        rows = list(of_year)
        reports = [_read(connection, row) for row in rows]
        wanted = {row[0] for row in rows if _is_asked(row, issuer)}
        yield from sorted(_most(reports, wanted), key=lambda reuse: -reuse.rate)


def _most(reports: Sequence[Written], wanted: set[int]) -> Iterator[Reuse]:
    listed: dict[int, list[int]] = defaultdict(list)
    samples = [_sample(report.words) for report in reports]
    for number, sample in enumerate(samples):
        for gram in sample:
            if len(listed[gram]) < _LISTED:
                listed[gram].append(number)
    for number, report in enumerate(reports):
        if report.report_id not in wanted:
            continue
        common = Counter(other for gram in samples[number] for other in listed[gram])
        others = [reports[other] for other, _ in sorted(common.items(), key=lambda pair: (-pair[1], pair[0]))]
        some = [compare(report, other) for other in others if other.issuer != report.issuer][:_COMPARED]
        if some and (best := max(some, key=lambda reuse: reuse.rate)).rate:
            yield best


def _sample(words: str) -> frozenset[int]:
    """Hashes of some of the grams; the same grams in every text."""
    hashes = (
        zlib.crc32(words[at : at + _GRAM].encode("utf-8", "surrogatepass")) for at in range(len(words) - _GRAM + 1)
    )
    return frozenset(value for value in hashes if value % _SAMPLE == 0)


def _is_asked(row: tuple[int, str, int, str], issuer: str | None) -> bool:
    return issuer is None or issuer in row[1]


def _read(connection: sqlite3.Connection, row: tuple[int, str, int, str]) -> Written:
    (text,) = connection.execute(_TEXT, [row[0]]).fetchone()
    return Written(*row, text)

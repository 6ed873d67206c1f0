"""Near copies: which reports are the same but for chrome, script, a cut or lost tables, noted as reports are filed.

Whether two are one is a matter of these two alone, so that what is noted does not depend on the order in which reports
came. Two that say whose they are, and of which year, are one only where they say the same: so they look for each other
by that alone, and by their words only for those that do not say it. In a million reports some words are in thousands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from archive import near_index, seals
from archive.filing import to_json
from archive.near_index import Index, Keys, keys
from pipelines.copies import Likeness, Words, compare
from pipelines.fingerprint import SCHEME

_MEND = "`gongkai merge` into a new file works it out afresh"
# An issuer that only the portal tells is none: the city's portal shows the reports of its counties.
_REPORT = """SELECT json_array(r.fingerprint, r.year, coalesce(r.issuer_full, r.issuer)), v.canonical_url, t.text,
  r.year, r.issuer_full,
  CASE WHEN NOT EXISTS (SELECT 1 FROM json_each(r.evidence) AS e WHERE json_extract(e.value, '$.field') = 'issuer'
    AND json_extract(e.value, '$.where') = 'portal') THEN r.issuer END
FROM reports AS r JOIN visits AS v ON v.id = r.visit JOIN texts AS t ON t.sha256 = r.text_sha256 WHERE r.id = ?"""
# The reports of a list that are of the same year as one, as far as both say theirs.
_OF_ITS_YEAR = """SELECT o.id FROM json_each(?) AS found JOIN reports AS o ON o.id = found.value
JOIN reports AS r ON r.id = ? WHERE o.id <> r.id AND coalesce(o.year = r.year, 1) ORDER BY o.id"""


def note(index: Index, number: int) -> list[int]:
    """Look for near copies of a report just filed, at other addresses, and note them; each recipe has its own keys."""
    connection = index.connection
    found = index.enter(number, _keys(connection, number))
    # Those that have a key by chance grow with the archive: most are of other years.
    others = connection.execute(_OF_ITS_YEAR, [to_json(list(found)), number]).fetchall() if found else []
    if not others:
        return []
    said, address, mine = _read(connection, number)
    noted = []
    for (other,) in others:
        its_said, its_address, theirs = _read(connection, other)
        if its_address == address or its_said == said:
            continue  # what says the same is in `sightings`
        likeness = compare(mine, theirs)
        if likeness is not None:
            _insert(connection, _row(number, other, likeness, knows=theirs.standing > mine.standing))
            _insert(connection, _row(other, number, likeness.turned(), knows=mine.standing > theirs.standing))
            noted.append(other)
    return noted


def forget(index: Index, number: int) -> None:
    """Take out what is noted of a report that is about to go."""
    connection = index.connection
    index.remove(number, _keys(connection, number).own)
    others = connection.execute("SELECT other FROM duplicates WHERE report = ?", [number]).fetchall()
    connection.executemany("DELETE FROM duplicates WHERE report = ? AND other = ?", [(o, number) for (o,) in others])
    connection.execute("DELETE FROM duplicates WHERE report = ?", [number])


def wrong(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Reports whose keys or near copies are not what their texts tell, and what is wrong."""
    for number, fault in near_index.wrong(connection):
        yield number, f"{fault}: {_MEND}"
    read = lru_cache(maxsize=64)(lambda number: _read(connection, number)[2])  # a report has some copies in a row
    for row in seals.rows(connection, "SELECT * FROM duplicates WHERE scheme = ?", SCHEME):
        number, other = row["report"], row["other"]
        try:
            likeness = compare(mine := read(number), theirs := read(other))
        except (TypeError, ValueError, AttributeError):  # no report, or one that damage has left no text
            likeness = None
        if likeness is None or row != _row(number, other, likeness, knows=theirs.standing > mine.standing):
            yield number, f"is noted as a near copy of {other}, and their texts tell otherwise: {_MEND}"


def _keys(connection: sqlite3.Connection, number: int) -> Keys:
    sketch, recipe = connection.execute("SELECT sketch, recipe FROM reports WHERE id = ?", [number]).fetchone()
    return keys(sketch or b"", recipe)


def _read(connection: sqlite3.Connection, number: int) -> tuple[str, str, Words]:
    """What it says in one string, its address, and what is compared."""
    said, address, text, year, full, issuer = connection.execute(_REPORT, [number]).fetchone()
    return said, address, Words(text, issuer, year, issuer and full)


def _row(report: int, other: int, likeness: Likeness, *, knows: bool) -> dict[str, Any]:
    """A row of `duplicates`."""
    return {
        "report": report,
        "other": other,
        "similarity": likeness.similarity,
        "held": likeness.held[0],
        "knows": int(knows),
        "agree": to_json(likeness.agree),
        "differ": to_json(likeness.differ),
        "scheme": SCHEME,
    }


def _insert(connection: sqlite3.Connection, row: Mapping[str, Any]) -> None:
    connection.execute("INSERT INTO duplicates VALUES (?, ?, ?, ?, ?, ?, ?, ?)", list(row.values()))

"""Near copies: which reports are the same but for chrome, script, a cut or lost tables, noted as reports are filed.

Whether two are one is a matter of these two alone, so that what is noted does not depend on the order in which reports
came. Keys of new reports go into a small table, which goes into the large one in the order of the keys from time to
time: a key at a time, each would touch a page of its own.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from functools import lru_cache

from archive.filing import to_json
from pipelines.copies import Likeness, Words, compare
from pipelines.fingerprint import KEY, SCHEME

_FRESH = 100_000  # reports in the small table

_REPORT = """SELECT r.recipe, r.fingerprint, v.canonical_url, t.text, r.year, r.issuer_full,
  CASE WHEN r.evidence LIKE '%"field":"issuer"%"where":"portal"%' THEN NULL ELSE r.issuer END
FROM reports AS r JOIN visits AS v ON v.id = r.visit JOIN texts AS t ON t.sha256 = r.text_sha256 WHERE r.id = ?"""
_TABLES = ("near_keys", "near_fresh")


def note(connection: sqlite3.Connection, number: int) -> list[int]:
    """Look for near copies of a report just filed, at other addresses and by the same recipe, and note them."""
    own = _keys(connection, number)
    others = find(connection, own)
    add(connection, number, own)
    if not others:
        return []
    recipe, fingerprint, address, mine = _read(connection, number)
    noted = []
    for other in sorted(others - {number}):
        its_recipe, its_fingerprint, its_address, theirs = _read(connection, other)
        if its_recipe != recipe or its_address == address or its_fingerprint == fingerprint:
            continue  # what has the same fingerprint is in `sightings`
        likeness = compare(mine, theirs)
        if likeness is not None:
            _insert(connection, number, other, likeness, knows=theirs.is_named and not mine.is_named)
            _insert(connection, other, number, likeness.turned(), knows=mine.is_named and not theirs.is_named)
            noted.append(other)
    return noted


def find(connection: sqlite3.Connection, values: Sequence[int]) -> set[int]:
    """The reports that have one of the keys."""
    marks = ", ".join("?" * len(values))
    return {
        number
        for table in _TABLES
        for (number,) in connection.execute(f"SELECT report FROM {table} WHERE key IN ({marks})", values)  # noqa: S608 - names of ours
    }


def add(connection: sqlite3.Connection, number: int, values: Sequence[int]) -> None:
    """Have a report found by its keys; called for each report in the order of their numbers."""
    connection.executemany("INSERT INTO near_fresh VALUES (?, ?)", [(key, number) for key in values])
    if number % _FRESH == 0:
        connection.execute("INSERT INTO near_keys SELECT key, report FROM near_fresh ORDER BY key, report")
        connection.execute("DELETE FROM near_fresh")


def forget(connection: sqlite3.Connection, number: int) -> None:
    """Take out what is noted of a report that is about to go."""
    for table in _TABLES:
        connection.executemany(
            f"DELETE FROM {table} WHERE key = ? AND report = ?",  # noqa: S608 - names of ours
            [(key, number) for key in _keys(connection, number)],
        )
    others = connection.execute("SELECT other FROM duplicates WHERE report = ?", [number]).fetchall()
    connection.executemany("DELETE FROM duplicates WHERE report = ? AND other = ?", [(o, number) for (o,) in others])
    connection.execute("DELETE FROM duplicates WHERE report = ?", [number])


def _keys(connection: sqlite3.Connection, number: int) -> list[int]:
    """A report's keys as the index has them: those of another recipe are others."""
    sketch, recipe = connection.execute("SELECT sketch, recipe FROM reports WHERE id = ?", [number]).fetchone()
    return keys(sketch or b"", recipe)


def keys(sketch: bytes, recipe: str) -> list[int]:
    own = _of_recipe(recipe)
    return [own ^ int.from_bytes(sketch[at : at + KEY], "big") for at in range(0, len(sketch), KEY)]


@lru_cache(maxsize=8)
def _of_recipe(recipe: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{SCHEME} {recipe}".encode(), digest_size=KEY).digest(), "big")


def _read(connection: sqlite3.Connection, number: int) -> tuple[str, str, str, Words]:
    recipe, fingerprint, address, text, year, full, issuer = connection.execute(_REPORT, [number]).fetchone()
    return recipe, fingerprint, address, Words(text, issuer, year, issuer and full)


def _insert(connection: sqlite3.Connection, report: int, other: int, likeness: Likeness, *, knows: bool) -> None:
    connection.execute(
        "INSERT INTO duplicates VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            report,
            other,
            likeness.similarity,
            likeness.held[0],
            knows,
            to_json(likeness.agree),
            to_json(likeness.differ),
            SCHEME,
        ],
    )

"""Near copies: which reports are the same but for chrome, script, a cut or lost tables, noted as reports are filed.

Whether two are one is a matter of these two alone, so that what is noted does not depend on the order in which reports
came. Two that say whose they are, and of which year, are one only where they say the same: so they look for each other
by that alone, and by their words only for those that do not say it. In a million reports some words are in thousands.

Keys go into a small table, that one from time to time into a larger one, in the order of the keys: a report at a time,
each key would touch a page of its own, and a page is written however little of it is new.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache, reduce
from itertools import pairwise
from operator import xor
from typing import Any, NamedTuple

from archive import seals
from archive.filing import to_json
from pipelines.copies import Likeness, Words, compare
from pipelines.fingerprint import KEY, SAYS_WHOSE, SCHEME

# Where keys are, and how many reports come before they go on to the next table.
_TABLES = {"near_fresh": 8_192, "near_recent": 131_072, "near_keys": None}
_MEND = "`gongkai merge` into a new file works it out afresh"
# Keys by words of reports that do not say whose they are, keys by issuer and year, keys by words of those that say it:
# each kind lies together, and the first one, which is asked most, is small.
_UNSAID, _NAME, _SAID = (kind << 45 for kind in range(3))
_OF_KIND = (1 << 45) - 1  # the bits of a key below its kind
# What keys were mixed with by the first scheme, so that the index of an older archive still holds: a new scheme comes
# with a new recipe, which tells its keys apart.
_SALT = "minhash-opm48-gram5of4-crc32-676b-band6x8-numbers/1"
# An issuer that only the portal tells is none: the city's portal shows the reports of its counties.
_REPORT = """SELECT json_array(r.fingerprint, r.year, coalesce(r.issuer_full, r.issuer)), v.canonical_url, t.text,
  r.year, r.issuer_full,
  CASE WHEN NOT EXISTS (SELECT 1 FROM json_each(r.evidence) AS e WHERE json_extract(e.value, '$.field') = 'issuer'
    AND json_extract(e.value, '$.where') = 'portal') THEN r.issuer END
FROM reports AS r JOIN visits AS v ON v.id = r.visit JOIN texts AS t ON t.sha256 = r.text_sha256 WHERE r.id = ?"""
# The reports of a list that are of the same year as one, as far as both say theirs.
_OF_ITS_YEAR = """SELECT o.id FROM json_each(?) AS found JOIN reports AS o ON o.id = found.value
JOIN reports AS r ON r.id = ? WHERE o.id <> r.id AND coalesce(o.year = r.year, 1) ORDER BY o.id"""


class Keys(NamedTuple):
    """What a report is found by, and what those have that may be one with it."""

    own: list[int]
    others: list[int]


def note(connection: sqlite3.Connection, number: int) -> list[int]:
    """Look for near copies of a report just filed, at other addresses, and note them; each recipe has its own keys."""
    own, others_have = _keys(connection, number)
    found = find(connection, others_have)
    add(connection, number, own)
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


def find(connection: sqlite3.Connection, values: Sequence[int]) -> set[int]:
    """The reports that have one of the keys."""
    return {number for (number,) in connection.execute(_find(len(values)), values)} if values else set()


@cache
def _find(count: int) -> str:
    """Asks all tables for so many keys, each of which is bound once."""
    among = ", ".join(["(?)"] * count)
    asked = " UNION ALL ".join(f"SELECT report FROM asked CROSS JOIN {table} USING (key)" for table in _TABLES)  # noqa: S608 - names of ours
    return f"WITH asked(key) AS MATERIALIZED (VALUES {among}) {asked}"


def add(connection: sqlite3.Connection, number: int, values: Sequence[int]) -> None:
    """Have a report found by its keys; called for each report in the order of their numbers."""
    connection.executemany("INSERT INTO near_fresh VALUES (?, ?)", [(key, number) for key in values])
    for (table, limit), onward in pairwise(_TABLES.items()):
        if limit and number % limit == 0:
            connection.execute(f"INSERT INTO {onward[0]} SELECT key, report FROM {table} ORDER BY key, report")  # noqa: S608 - names of ours
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - as above


def forget(connection: sqlite3.Connection, number: int) -> None:
    """Take out what is noted of a report that is about to go."""
    for table in _TABLES:
        connection.executemany(
            f"DELETE FROM {table} WHERE key = ? AND report = ?",  # noqa: S608 - names of ours
            [(key, number) for key in _keys(connection, number).own],
        )
    others = connection.execute("SELECT other FROM duplicates WHERE report = ?", [number]).fetchall()
    connection.executemany("DELETE FROM duplicates WHERE report = ? AND other = ?", [(o, number) for (o,) in others])
    connection.execute("DELETE FROM duplicates WHERE report = ?", [number])


def wrong(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Reports whose keys or near copies are not what their texts tell, and what is wrong."""
    held: defaultdict[int, int] = defaultdict(int)  # the keys of a report, one upon the other
    for table in _TABLES:
        # damage may have made them no numbers
        for key, report in connection.execute(
            f"SELECT coalesce(CAST(key AS INTEGER), 0), coalesce(CAST(report AS INTEGER), 0) FROM {table}"  # noqa: S608 - names of ours
        ):
            held[report] ^= key
    for number, own, recipe in connection.execute(
        "SELECT id, CAST(sketch AS BLOB), recipe FROM reports WHERE sketch IS NOT NULL"
    ):
        if held.pop(number, 0) != reduce(xor, keys(own, recipe).own, 0):
            yield number, f"is in the index of near copies by other keys than its sketch has: {_MEND}"
    for number in held:
        yield number, f"is in the index of near copies, and has no sketch: {_MEND}"
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
    """A report's keys as the index has them: those of another recipe are others."""
    sketch, recipe = connection.execute("SELECT sketch, recipe FROM reports WHERE id = ?", [number]).fetchone()
    return keys(sketch or b"", recipe)


def keys(sketch: bytes, recipe: str) -> Keys:
    """The keys of a sketch, see pipelines/fingerprint.py, as the index has them."""
    own = _of_recipe(recipe)
    head = len(sketch) % KEY
    mixed = [own ^ int.from_bytes(sketch[at : at + KEY], "big") for at in range(head, len(sketch), KEY)]
    if not head:  # by an earlier scheme, which knew no kinds of keys
        return Keys(mixed, mixed)
    names = sketch[0] & ~SAYS_WHOSE
    whose = [_NAME | key & _OF_KIND for key in mixed[:names]]
    unsaid = [_UNSAID | key & _OF_KIND for key in mixed[names:]]
    said = [_SAID | key & _OF_KIND for key in mixed[names:]]
    return Keys(whose + said, whose + unsaid) if sketch[0] & SAYS_WHOSE else Keys(whose + unsaid, whose + unsaid + said)


@lru_cache(maxsize=8)
def _of_recipe(recipe: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{_SALT} {recipe}".encode(), digest_size=KEY).digest(), "big")


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

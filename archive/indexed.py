"""Whether the full-text index holds every word of every report that belongs in it, and nothing else."""

from __future__ import annotations

import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from itertools import count, repeat
from pathlib import Path

from archive.connect import writing
from archive.faults import Fault
from archive.search import INDEXED, terms

_SHADOWS = ("search_data", "search_idx", "search_docsize", "search_config")
_KEPT = 100  # characters of a term that are compared: FTS5 cuts those of more than 32 kB
_REMEDY = "searches may miss or invent it; `gongkai merge` into a new file makes the index afresh"


def check(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Faults of the index. Asked of a copy, since SQLite's own check of an index is a write."""
    with tempfile.TemporaryDirectory(prefix="gongkai-") as folder:
        path = Path(folder, "index.db")
        with closing(sqlite3.connect(path, isolation_level=None)) as copy, writing(path):
            _copy(connection, copy)
        with closing(sqlite3.connect(path, isolation_level=None)) as copy:
            try:
                copy.execute("INSERT INTO search(search) VALUES ('integrity-check')")
                held = _held(copy)
            except sqlite3.DatabaseError as error:
                yield Fault("index_damaged", "search", None, f"cannot be read ({error}): {_REMEDY}")
                return
            yield from _compare(connection, copy, held)


def _copy(connection: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    (sql,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'search'").fetchone()
    copy.execute("PRAGMA synchronous = OFF")
    copy.execute("BEGIN")
    copy.execute(sql)
    for table in _SHADOWS:
        copy.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
        rows = connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - as above
        marks = ", ".join("?" * len(rows.description))
        copy.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - as above
    copy.execute("COMMIT")


def _held(copy: sqlite3.Connection) -> dict[int, int]:
    """For each report in the index a sum over its words, columns and places: no order, and little memory."""
    copy.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search, instance)")
    held: dict[int, int] = defaultdict(int)
    for term, report, column, place in copy.execute("SELECT term, doc, col, offset FROM words"):
        held[report] += hash((term[:_KEPT], column, place))
    return held


def _compare(connection: sqlite3.Connection, copy: sqlite3.Connection, held: dict[int, int]) -> Iterator[Fault]:
    sizes = dict(copy.execute("SELECT id, sz FROM search_docsize"))
    totals = [0, 0, 0]
    for report, title, text in connection.execute(
        "SELECT r.id, coalesce(r.title, ''), t.text FROM reports AS r JOIN texts AS t"  # noqa: S608 - a constant
        f" ON t.sha256 = r.text_sha256 WHERE r.id IN ({INDEXED})"
    ):
        words = [terms(column).split() for column in (title, text)]
        sums = sum(
            sum(map(hash, zip((word[:_KEPT] for word in column), repeat(name), count(), strict=False)))
            for name, column in zip(("title", "text"), words, strict=True)
        )
        totals = [total + more for total, more in zip(totals, (1, *map(len, words)), strict=True)]
        if report not in sizes:
            continue  # a promise of its own
        if held.pop(report, 0) != sums or _numbers(sizes[report]) != list(map(len, words)):
            yield Fault("index_wrong", "search", report, f"the index holds other words of it than its text: {_REMEDY}")
    for report in held.keys() - sizes.keys():
        yield Fault("index_wrong", "search", report, f"the index holds words of a report that is not there: {_REMEDY}")
    (averages,) = copy.execute("SELECT block FROM search_data WHERE id = 1").fetchone() or (b"",)
    if (_numbers(averages) or [0, 0, 0]) != totals and totals[0] == len(sizes):
        yield Fault("index_wrong", "search", None, f"the index counts other words than there are: {_REMEDY}")


def _numbers(block: bytes) -> list[int]:
    """SQLite's variable-length integers: seven bits a byte, the highest bit says that it goes on."""
    numbers, value = [], 0
    for byte in block:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            numbers.append(value)
            value = 0
    return numbers

"""Seals: a hash in each row over all that the row says, so that no bit and no word in it changes unseen.

The seals of a run's visits are a chain: each covers the one before it, and the run's own covers the last. So a visit
taken out, put in or moved breaks it. Nothing in a seal is a number of this file, so that seals survive a merge. What is
null is left out: a column that a later version adds must be nullable, and leaves older seals as they are.
"""

# ruff: noqa: S608 - the queries name our own tables

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from typing import Any

# Tables with the parts of a report, each by (report, position): they are under the report's seal.
PARTS = ("sections", "tables", "findings", "attachments", "pictures", "further_pages")

# Columns that only this file understands, and the seal.
_OURS = frozenset({"id", "run", "visit", "report", "address", "seal"})
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=bytes.hex).encode

Row = Mapping[str, Any]


def of(table: str, row: Row, under: bytes = b"") -> bytes:
    """The seal of a row; `under` is what it stands in or comes after."""
    said = {name: _plain(value) for name, value in row.items() if value is not None and name not in _OURS}
    return hashlib.sha256(b"\0".join((table.encode(), under, _encode(said).encode()))).digest()


def _plain(value: object) -> object:
    """A whole number is the same whether SQLite gives it back as 2 or as 2.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def of_portal(row: Row) -> bytes:
    portal = {**row, "stem": row["id"]}  # its id is no number of this file
    return of("portals", portal)


def of_run(row: Row, last: bytes | None) -> bytes:
    """`last` is the seal of its last visit, once it has ended."""
    return of("runs", row, b"" if last is None or row["outcome"] == "running" else last)


def of_report(row: Row, uid: str, number: int, parts: Mapping[str, list[Row]]) -> bytes:
    """`uid` and `number` name the visit."""
    under = hashlib.sha256(f"{uid} {number}".encode())
    for table, rows in parts.items():
        for part in rows:
            under.update(of(table, part))
    return of("reports", row, under.digest())


def last(connection: sqlite3.Connection, run: int) -> bytes | None:
    """The seal of a run's last visit."""
    row = connection.execute("SELECT seal FROM exchanges WHERE run = ? ORDER BY id DESC LIMIT 1", [run]).fetchone()
    return None if row is None else row[0]


def rows(connection: sqlite3.Connection, sql: str, *values: object) -> list[Row]:
    """What a query gives, by names of columns."""
    cursor = connection.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def parts(connection: sqlite3.Connection, report: int) -> dict[str, list[Row]]:
    """The parts of a report."""
    return {
        table: rows(connection, f"SELECT * FROM {table} WHERE report = ? ORDER BY position", report) for table in PARTS
    }


def seal_portal(connection: sqlite3.Connection, portal: str) -> None:
    (row,) = rows(connection, "SELECT * FROM portals WHERE id = ?", portal)
    connection.execute("UPDATE portals SET seal = ? WHERE id = ?", [of_portal(row), portal])


def seal_run(connection: sqlite3.Connection, run: int) -> None:
    (row,) = rows(connection, "SELECT * FROM runs WHERE id = ?", run)
    connection.execute("UPDATE runs SET seal = ? WHERE id = ?", [of_run(row, last(connection, run)), run])


def seal_lists(connection: sqlite3.Connection, run: int) -> None:
    """Seal the lists of a run that have just been noted."""
    (uid,) = connection.execute("SELECT uid FROM runs WHERE id = ?", [run]).fetchone()
    for row in rows(connection, "SELECT * FROM lists WHERE run = ? AND seal IS NULL", run):
        connection.execute(
            "UPDATE lists SET seal = ? WHERE run = ? AND portal = ? AND url = ?",
            [of("lists", row, uid.encode()), run, row["portal"], row["url"]],
        )


def seal_report(connection: sqlite3.Connection, report: int) -> None:
    (row,) = rows(connection, "SELECT * FROM reports WHERE id = ?", report)
    uid, number = connection.execute(
        "SELECT u.uid, v.number FROM exchanges AS v JOIN runs AS u ON u.id = v.run WHERE v.id = ?", [row["visit"]]
    ).fetchone()
    seal = of_report(row, uid, number, parts(connection, report))
    connection.execute("UPDATE reports SET seal = ? WHERE id = ?", [seal, report])

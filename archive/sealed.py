"""Whether every row is as it was sealed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Any

from archive import seals
from archive.faults import Fault

_BROKEN = "is not as it was sealed: {} was changed after it was written"
_VISITS = """SELECT v.*, f.number AS from_number, d.number AS on_number FROM visits AS v
LEFT JOIN exchanges AS f ON f.id = v.redirected_from LEFT JOIN exchanges AS d ON d.id = v.discovered_on
WHERE {} ORDER BY v.id"""
_REPORTS = """SELECT r.*, v.number AS visit_number, u.uid AS run_uid FROM reports AS r
JOIN exchanges AS v ON v.id = r.visit JOIN runs AS u ON u.id = v.run WHERE {} ORDER BY r.id"""


def check(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Rows that are not as sealed; how many have no seal, being older than seals."""
    runs = {row["id"]: row for row in seals.rows(connection, "SELECT * FROM runs")}
    ends: dict[int, bytes] = {}
    unsealed: Counter[str] = Counter()
    for portal in seals.rows(connection, "SELECT * FROM portals"):
        unsealed["portals"] += portal["seal"] is None
        if portal["seal"] not in {None, seals.of_portal(portal)}:
            yield Fault("seal_broken", "portals", portal["id"], _BROKEN.format("it"))
    for visit in visits(connection, "1"):
        run = runs.get(visit["run"], {"uid": "", "seal": b""})
        if visit["seal"] is None and run["seal"] is None:
            unsealed["visits"] += 1
        elif visit["seal"] != of_visit(visit, ends.get(visit["run"], run["uid"].encode())):
            what = "it, or what was kept before it in its run,"
            yield Fault("seal_broken", "visits", visit["id"], _BROKEN.format(what))
        ends[visit["run"]] = visit["seal"] or b""
    for key, run in runs.items():
        unsealed["runs"] += run["seal"] is None
        if run["seal"] not in {None, seals.of_run(run, ends.get(key))}:
            yield Fault("seal_broken", "runs", key, _BROKEN.format("it, or the last of its visits,"))
    for night in _each(connection, "SELECT * FROM nights"):
        uid = runs.get(night["run"], {"uid": ""})["uid"].encode()
        unsealed["nights"] += night["seal"] is None
        if night["seal"] not in {None, seals.of("nights", night, uid)}:
            yield Fault("seal_broken", "nights", night["run"], _BROKEN.format("it"))
    for walk in _each(connection, "SELECT * FROM lists"):
        uid = runs.get(walk["run"], {"uid": ""})["uid"].encode()
        unsealed["lists"] += walk["seal"] is None
        if walk["seal"] not in {None, seals.of("lists", walk, uid)}:
            row = f"{walk['run']} {walk['url']}"
            yield Fault("seal_broken", "lists", row, _BROKEN.format("it"))
    for report in reports(connection, "1"):
        unsealed["reports"] += report["seal"] is None
        if report["seal"] is not None and report["seal"] != of_report(connection, report):
            yield Fault("seal_broken", "reports", report["id"], _BROKEN.format("it, or one of its parts,"))
    for table, count in unsealed.items():
        if count:
            rows = "1 row is" if count == 1 else f"{count} rows are"
            yield Fault("unsealed", table, None, f"{rows} older than seals: no hash vouches for them", "info")


def visits(connection: sqlite3.Connection, condition: str, *values: object) -> Iterator[dict[str, Any]]:
    """Visits in the order they were kept, with the numbers of those they come from."""
    return _each(connection, _VISITS.format(condition), *values)


def reports(connection: sqlite3.Connection, condition: str, *values: object) -> Iterator[dict[str, Any]]:
    """Reports in the order they were filed, with the identity of their visits."""
    return _each(connection, _REPORTS.format(condition), *values)


def of_visit(row: seals.Row, before: bytes) -> bytes:
    """The seal that a row of `visits` should have."""
    origins = {"redirected_from": row["from_number"], "discovered_on": row["on_number"]}
    said = {name: value for name, value in row.items() if name not in {"from_number", "on_number"}}
    return seals.of("visits", said | origins, before)


def of_report(connection: sqlite3.Connection, row: seals.Row) -> bytes:
    """The seal that a row of `reports` should have."""
    said = {name: value for name, value in row.items() if name not in {"visit_number", "run_uid"}}
    return seals.of_report(said, row["run_uid"], row["visit_number"], seals.parts(connection, row["id"]))


def _each(connection: sqlite3.Connection, sql: str, *values: object) -> Iterator[dict[str, Any]]:
    cursor = connection.execute(sql, values)
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))

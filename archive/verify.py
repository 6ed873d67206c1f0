"""Does the archive hold what it promises? Every byte re-hashed, every rule of the schema asked for."""

# ruff: noqa: S608 - the queries are put together from our own vocabulary

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, get_args

from archive import changes, indexed, near, schema, sealed, trust
from archive.archive import Archive
from archive.bodies import Chain
from archive.errors import DamagedBody
from archive.faults import Fault, cost
from archive.filing import text_hash
from archive.search import INDEXED
from pipelines.records import OUTCOMES, Verdict

__all__ = ["Fault", "body_fault", "verify"]


@dataclass(frozen=True, slots=True)
class _Promise:
    """A query for the rows that break a rule: the row, and words for `{}` in the message."""

    code: str
    table: str
    message: str
    sql: str
    severity: Literal["error", "info"] = "error"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


_PROMISES = (
    _Promise(
        "body_missing",
        "visits",
        "outcome {} without a body",
        "SELECT id, outcome FROM visits WHERE outcome IN ('new', 'changed', 'same_bytes') AND body IS NULL",
    ),
    _Promise(
        "outcome_unknown",
        "visits",
        "outcome {!r} is none we know",
        f"SELECT id, outcome FROM visits WHERE outcome NOT IN ({_listed(OUTCOMES.keys() - {'fetched'})})",
    ),
    _Promise(
        "verdict_unknown",
        "reports",
        "verdict {!r} is none we know",
        f"SELECT id, verdict FROM reports WHERE verdict NOT IN ({_listed(get_args(Verdict))})",
    ),
    _Promise(
        "origin_elsewhere",
        "visits",
        "comes from visit {}, which is of another run or later",
        "SELECT v.id, o.id FROM visits AS v JOIN visits AS o ON o.id IN (v.discovered_on, v.redirected_from)"
        " WHERE o.run <> v.run OR o.id >= v.id",
    ),
    _Promise(
        "report_without_body",
        "reports",
        "its visit {} has no body",
        "SELECT r.id, v.id FROM reports AS r JOIN visits AS v ON v.id = r.visit WHERE v.body IS NULL",
    ),
    _Promise(
        "section_outside",
        "sections",
        "a section reaches to {}, outside the text",
        "SELECT r.id, s.reach FROM reports AS r JOIN texts AS t ON t.sha256 = r.text_sha256 JOIN ("
        "SELECT report, max(start + length) AS reach, min(start) AS first FROM sections GROUP BY report"
        ") AS s ON s.report = r.id WHERE s.first < 0 OR s.reach > length(t.text)",
    ),
    _Promise(
        "sighting_wrong",
        "sightings",
        "is noted as a copy of {}, which is of another recipe, at the same address, a copy itself or no copy at all",
        "SELECT c.id, o.id FROM sightings AS s JOIN reports AS c ON c.id = s.copy JOIN visits AS cv ON cv.id = c.visit"
        " JOIN reports AS o ON o.id = s.report JOIN visits AS ov ON ov.id = o.visit"
        " WHERE c.recipe <> o.recipe OR cv.canonical_url = ov.canonical_url OR s.visit <> c.visit"
        " OR EXISTS (SELECT 1 FROM sightings AS x WHERE x.copy = o.id) OR s.url <> cv.url"
        " OR s.seen_at <> cv.requested_at OR s.basis IS NOT"
        " CASE WHEN cv.body = ov.body THEN 'bytes' WHEN c.fingerprint = o.fingerprint THEN 'text' END",
    ),
    _Promise(
        "duplicate_wrong",
        "duplicates",
        "is noted as a near copy of {}, which is of another recipe, at the same address, or says nothing of it",
        "SELECT d.report, d.other FROM duplicates AS d JOIN reports AS r ON r.id = d.report"
        " JOIN visits AS v ON v.id = r.visit LEFT JOIN reports AS o ON o.id = d.other"
        " LEFT JOIN exchanges AS w ON w.id = o.visit"
        " LEFT JOIN duplicates AS b ON (b.report, b.other) = (d.other, d.report)"
        " WHERE b.report IS NULL OR o.recipe IS NOT r.recipe OR w.address IS v.address",
    ),
    _Promise(
        "near_incomplete",
        "near_entries",
        "the index of near copies lacks keys, or has some of no report: {}; `gongkai merge` into a new file makes it"
        " afresh",
        "SELECT NULL, held || ' held, ' || due || ' due' FROM (SELECT (SELECT total(length(entries)) / 8"
        " FROM near_entries) AS held, (SELECT total(length(sketch) / 6) FROM reports"
        " WHERE id <= (SELECT written FROM near_written)) AS due) WHERE held <> due",
    ),
    _Promise(
        "near_incomplete",
        "near_written",
        "has {} rows where one is due; `gongkai merge` into a new file makes the index of near copies afresh",
        "SELECT NULL, n FROM (SELECT count(*) AS n FROM near_written) WHERE n <> 1",
    ),
    _Promise(
        "not_indexed",
        "reports",
        "is missing from the full-text index{}",
        f"SELECT report, '' FROM ({INDEXED}) WHERE report NOT IN (SELECT rowid FROM search_docsize)",
    ),
    _Promise(
        "index_stale",
        "search",
        "the full-text index holds report {}, which does not belong there",
        f"SELECT rowid, rowid FROM search_docsize WHERE rowid NOT IN ({INDEXED})",
    ),
    _Promise(
        "run_unknown",
        "runs",
        "outcome {!r} is none we know",
        "SELECT id, outcome FROM runs WHERE outcome NOT IN ('running', 'finished', 'failed', 'interrupted')",
    ),
    _Promise(
        "run_unfinished",
        "runs",
        "{} goes on, or was killed: what it kept is kept, the next crawl goes on from there",
        "SELECT id, command FROM runs WHERE outcome = 'running'",
        "info",
    ),
)


def verify(
    archive: Archive, progress: Callable[[int, int], None] | None = None, *, quick: bool = False
) -> Iterator[Fault]:
    """All faults of an archive, as they are found; `progress` is told how many bodies of how many are read.

    `quick` leaves out what is slow: the bodies, the words of the full-text index, and what is worked out
    from visits and texts.
    """
    connection = archive.connection
    before, connection.text_factory = connection.text_factory, _lenient
    alone = not connection.in_transaction
    if alone:
        connection.execute("BEGIN")  # of one moment: what a crawl writes meanwhile would look like a fault
    try:
        yield from _guarded("file", _structure(connection))
        yield from _guarded("file", _schema(connection))
        for promise in _PROMISES:
            yield from _costed(connection, _guarded(promise.table, _broken(connection, promise)))
        yield from _costed(connection, _guarded("visits", sealed.check(connection)))
        yield from _costed(connection, _guarded("texts", _texts(connection)))
        if not quick:
            yield from _guarded("search", indexed.check(connection))
            yield from _guarded("changes", _derived("change_wrong", "changes", changes.wrong(connection)))
            yield from _guarded("duplicates", _derived("near_wrong", "duplicates", near.wrong(connection)))
            yield from _guarded("distrusted", _derived("distrust_wrong", "distrusted", trust.wrong(connection)))
            yield from _costed(connection, _guarded("bodies", _bodies(archive, progress)))
    finally:
        connection.text_factory = before
        if alone and connection.in_transaction:  # SQLite may have ended it
            connection.execute("ROLLBACK")


def _lenient(text: bytes) -> str:
    """Text with U+FFFD where damage has left none: it is other text than was sealed."""
    return text.decode("utf-8", "replace")


def _guarded(table: str, faults: Iterator[Fault]) -> Iterator[Fault]:
    """A file too damaged to be read for one question is asked the next one all the same."""
    try:
        yield from faults
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # SQLite's own words may quote what is damaged
        yield Fault("unreadable", table, None, f"cannot be read to its end: {error}: restore the file from a copy")


def _costed(connection: sqlite3.Connection, faults: Iterator[Fault]) -> Iterator[Fault]:
    for fault in faults:
        yield fault if fault.severity == "info" else replace(fault, cost=_cost(connection, fault))


def _cost(connection: sqlite3.Connection, fault: Fault) -> str:
    try:
        return cost(connection, fault.table, fault.row)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return f"cannot be told: {error}"


def _structure(connection: sqlite3.Connection) -> Iterator[Fault]:
    for (message,) in connection.execute("PRAGMA integrity_check"):
        if message != "ok":
            yield Fault("file_damaged", "file", None, message)
    for table, number, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        row = number
        if table == "bodies":
            ((row,),) = connection.execute("SELECT sha256 FROM bodies WHERE id = ?", [number])
        named = "visits" if table == "exchanges" else table
        yield Fault("reference_missing", named, row, f"refers to a row of {parent} that is not there")


def _schema(connection: sqlite3.Connection) -> Iterator[Fault]:
    """Tables, indexes, views and settings of the index must be those of a fresh archive."""
    found = _made(connection)
    for name, wanted in _wanted().items():
        if found.get(name) != wanted:
            what = "is not there" if name not in found else "is another than this version makes"
            yield Fault("schema_differs", "file", name, f"{what}: restore the file from a copy")


@cache
def _wanted() -> dict[str, Any]:
    with closing(schema.fresh()) as fresh:
        return _made(fresh)


def _made(connection: sqlite3.Connection) -> dict[str, Any]:
    made = connection.execute(
        "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        " UNION ALL SELECT 'setting ' || k, v FROM search_config"
        " UNION ALL SELECT 'migration ' || name, migration_set FROM _sqlite_migrations"
    )
    return dict(made.fetchall())


def _broken(connection: sqlite3.Connection, promise: _Promise) -> Iterator[Fault]:
    for row, words in connection.execute(promise.sql):
        yield Fault(promise.code, promise.table, row, promise.message.format(words), promise.severity)


def _derived(code: str, table: str, wrong: Iterator[tuple[str | int, str]]) -> Iterator[Fault]:
    """Rows of a table that can be worked out anew, and do not come out the same."""
    for row, fault in wrong:
        yield Fault(code, table, row, fault)


def _texts(connection: sqlite3.Connection) -> Iterator[Fault]:
    for sha256, text, markdown in connection.execute(
        "SELECT sha256, CAST(text AS BLOB), CAST(markdown AS BLOB) FROM texts"
    ):
        if text_hash(text, markdown) != sha256:
            yield Fault("text_damaged", "texts", sha256, "is not what was filed: derive its pages again")


def body_fault(archive: Archive, sha256: str) -> Fault | None:
    """What is wrong with a body, its bytes read back and re-hashed."""
    try:
        chain = Chain(archive.connection, archive.path, sha256)
        held, size = len(chain.read()), chain.rows[0].size
    except DamagedBody as error:
        return Fault("body_damaged", "bodies", sha256, str(error))
    if held != size:
        return Fault("body_damaged", "bodies", sha256, f"is of {held} bytes, not of {size} as its row says")
    return None


def _bodies(archive: Archive, progress: Callable[[int, int], None] | None) -> Iterator[Fault]:
    (total,) = archive.connection.execute("SELECT count(*) FROM bodies").fetchone()
    for done, (sha256,) in enumerate(archive.connection.execute("SELECT sha256 FROM bodies"), 1):
        if fault := body_fault(archive, sha256):
            yield fault
        if progress is not None:
            progress(done, total)

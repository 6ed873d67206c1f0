"""Does the archive hold what it promises? Every byte re-hashed, every rule of the schema asked for."""

# ruff: noqa: S608 - the queries are put together from our own vocabulary

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from archive.archive import Archive
from archive.codec import unpack
from archive.errors import DamagedBody
from archive.filing import text_hash
from archive.search import INDEXED
from pipelines.records import OUTCOMES, Verdict


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as promised; of severity `info`, something to know that breaks no promise."""

    code: str
    table: str
    row: int | str | None
    message: str
    severity: Literal["error", "info"] = "error"


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
        "is noted as a copy of {}, which is of another recipe, at the same address or a copy itself",
        "SELECT c.id, o.id FROM sightings AS s JOIN reports AS c ON c.id = s.copy JOIN visits AS cv ON cv.id = c.visit"
        " JOIN reports AS o ON o.id = s.report JOIN visits AS ov ON ov.id = o.visit"
        " WHERE c.recipe <> o.recipe OR cv.canonical_url = ov.canonical_url OR s.visit <> c.visit"
        " OR EXISTS (SELECT 1 FROM sightings AS x WHERE x.copy = o.id)",
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


def verify(archive: Archive, progress: Callable[[int, int], None] | None = None) -> Iterator[Fault]:
    """All faults of an archive, as they are found; `progress` is told how many bodies of how many are read."""
    connection = archive.connection
    yield from _guarded("file", _structure(connection))
    for promise in _PROMISES:
        yield from _guarded(promise.table, _broken(connection, promise))
    yield from _guarded("texts", _texts(connection))
    yield from _guarded("bodies", _bodies(archive, progress))


def _guarded(table: str, faults: Iterator[Fault]) -> Iterator[Fault]:
    """A file too damaged to be read for one question is asked the next one all the same."""
    try:
        yield from faults
    except sqlite3.DatabaseError as error:
        yield Fault("unreadable", table, None, f"cannot be read to its end: {error}: restore the file from a copy")


def _structure(connection: sqlite3.Connection) -> Iterator[Fault]:
    for (message,) in connection.execute("PRAGMA integrity_check"):
        if message != "ok":
            yield Fault("file_damaged", "file", None, message)
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Fault("reference_missing", table, row, f"refers to a row of {parent} that is not there")


def _broken(connection: sqlite3.Connection, promise: _Promise) -> Iterator[Fault]:
    for row, words in connection.execute(promise.sql):
        yield Fault(promise.code, promise.table, row, promise.message.format(words), promise.severity)


def _texts(connection: sqlite3.Connection) -> Iterator[Fault]:
    for sha256, text, markdown in connection.execute(
        "SELECT sha256, CAST(text AS BLOB), CAST(markdown AS BLOB) FROM texts"
    ):
        if text_hash(text, markdown) != sha256:
            yield Fault("text_damaged", "texts", sha256, "is not what was filed: derive its pages again")


def _bodies(archive: Archive, progress: Callable[[int, int], None] | None) -> Iterator[Fault]:
    (total,) = archive.connection.execute("SELECT count(*) FROM bodies").fetchone()
    rows = archive.connection.execute("SELECT sha256, size, codec, bytes FROM bodies")
    for done, row in enumerate(rows, 1):
        try:
            unpack(archive.path, *row)
        except DamagedBody as error:
            yield Fault("body_damaged", "bodies", row[0], str(error))
        if progress is not None:
            progress(done, total)

"""The archive's front door: keep what was fetched, file what it says, give both back."""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from archive import article, bodies, captures, changes, duplicates, filing, lists, lookup, near, seals, search
from archive.captures import Known, Validators
from archive.connect import connect, writing
from archive.errors import DamagedBody, NoSuchVisit, OlderArchive, ReadOnlyArchive
from archive.lock import lock
from archive.urls import canonical
from pipelines.records import Capture, Memory, Portal, Report, Visit, Walk

__all__ = ["Archive", "Filed", "Kept", "Validators", "lock"]

logger = logging.getLogger(__name__)

_LAST = (
    "SELECT body FROM visits WHERE canonical_url = ? AND request_body IS ? AND json_extract(rendering, '$.turned') IS ?"
    " AND body IS NOT NULL AND requested_at <= ? AND (imported IS NULL OR ?)"
    " AND outcome IN ('new', 'changed', 'same_bytes', 'not_modified') ORDER BY requested_at DESC, id DESC LIMIT 1"
)


def _log(visit_id: int, error: DamagedBody) -> None:
    logger.warning("visit %s: %s", visit_id, error)


@dataclass(frozen=True, slots=True)
class Kept:
    """A visit as kept. `pending`: a page, or a file in its place, that our recipe has not read at this address."""

    visit_id: int
    outcome: str
    body_sha256: str | None
    pending: bool


@dataclass(frozen=True, slots=True)
class Filed:
    """A report as filed; `sighting_of` is the report it is a copy of, `is_new` is false where it was there before."""

    report_id: int
    sighting_of: int | None
    is_new: bool


class Archive:
    """One SQLite file, used by one thread at a time; readers and one writer may have it open side by side."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, write: bool) -> None:
        self.path = path
        self.connection = connection  # for `verify` and for tools that ask in SQL
        self._write = write
        self._portals: dict[tuple[int, str], Portal] = {}  # as written in this run
        self._recipes: dict[int, str] = {}
        self._seals: dict[int, bytes] = {}  # of the last visit of a run
        self._filed: set[int] = set()  # visits whose rows of the full-text index are due at the commit
        self._bodies = bodies.Bodies(connection, path)

    @classmethod
    def open(cls, path: Path | str, *, write: bool = True) -> Self:
        """Open an archive, brought to our version where it is an older one; for writing, an absent one is created."""
        path = Path(path)
        try:
            connection = connect(path, write=write)
        except OlderArchive:
            if not os.access(path, os.W_OK):
                raise
            with lock(path, "upgrade of the schema"):
                connect(path, write=True).close()
            connection = connect(path, write=write)
        return cls(path, connection, write=write)

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Inside another one it is a part that can fail alone; the outermost exit commits."""
        if not self._write:
            raise ReadOnlyArchive(f"{self.path}: is open for reading only: open it for writing")
        inner = self.connection.in_transaction
        with writing(self.path):
            self.connection.execute("SAVEPOINT part" if inner else "BEGIN IMMEDIATE")
            try:
                yield
                if not inner:
                    self._index()
                self.connection.execute("RELEASE part" if inner else "COMMIT")
            except BaseException:
                self._undo(inner=inner)
                raise

    def touched(self, visit_id: int) -> None:
        """Have the full-text index brought up to date, at the commit, with the reports of a visit."""
        self._filed.add(visit_id)

    def _index(self) -> None:
        """Bring the full-text index up to date; once a commit, for every savepoint makes FTS5 write its cache out."""
        for visit in self._filed:
            search.refresh(self.connection, visit)
        self._filed.clear()

    def _undo(self, *, inner: bool) -> None:
        self._portals.clear()  # what they were written by may be undone
        self._bodies.forget()
        self._seals.clear()
        if not self.connection.in_transaction:  # after a full disk SQLite has undone all of it
            self._filed.clear()
        elif inner:
            self.connection.execute("ROLLBACK TO part")
            self.connection.execute("RELEASE part")
        else:
            self._filed.clear()
            self.connection.execute("ROLLBACK")

    # ------------------------------------------------------------ runs

    def start_run(self, command: str, *, settings: Mapping[str, Any], versions: Mapping[str, str], recipe: str) -> int:
        """Begin a run; it stays `running` until `finish_run`, for ever after a kill."""
        with self.transaction():
            run = self.connection.execute(
                "INSERT INTO runs (uid, command, started_at, outcome, versions, settings, counts, recipe)"
                " VALUES (?, ?, ?, 'running', ?, ?, '{}', ?)",
                [
                    uuid.uuid4().hex,
                    filing.clean(command),
                    filing.now(),
                    filing.to_json(dict(versions)),
                    filing.clean(filing.to_json(dict(settings))),
                    recipe,
                ],
            ).lastrowid
            assert run is not None  # an INSERT has one
            seals.seal_run(self.connection, run)
        return run

    def finish_run(
        self, run: int, outcome: Literal["finished", "failed", "interrupted"], counts: Mapping[str, int]
    ) -> None:
        with self.transaction():
            self.connection.execute(
                "UPDATE runs SET finished_at = ?, outcome = ?, counts = ? WHERE id = ?",
                [filing.now(), outcome, filing.to_json(dict(counts)), run],
            )
            seals.seal_run(self.connection, run)

    # ------------------------------------------------------------ writing

    def keep(self, run: int, visit: Visit) -> Kept:
        """Keep a visit and its body.

        `fetched` becomes new, changed or same_bytes against the last good body at the canonical address; without a
        body it is a body of no bytes. A 304 refers to the last good body. Visits named as origin must be kept before.
        """
        if self.connection.in_transaction:  # needs no savepoint: of a visit that fails at most its body stays
            return self._keep(run, visit)
        with self.transaction():
            return self._keep(run, visit)

    def _keep(self, run: int, visit: Visit) -> Kept:
        if self._portals.get((run, visit.portal.id)) != visit.portal:
            moment = filing.now() if visit.imported else filing.stamp(visit.requested_at)
            filing.insert_portal(self.connection, visit.portal, moment)
            self._portals[run, visit.portal.id] = visit.portal
        address = canonical(filing.clean(visit.url))
        raw = visit.body if visit.body is not None or visit.outcome != "fetched" else b""
        last = self._last(visit, address)
        body, is_known = (None, True) if raw is None else self._keep_body(raw, visit.portal.id, last)
        outcome = visit.outcome
        if outcome == "not_modified":
            body = last
        elif outcome == "fetched":
            outcome = "new" if last is None else "same_bytes" if last == body else "changed"
        redirected_from, discovered_on = (
            self._origin(run, visit, number) for number in (visit.redirected_from, visit.discovered_on)
        )
        links = filing.Links(run, address, body, redirected_from, discovered_on, self._seal(run))
        number, self._seals[run] = filing.insert_visit(self.connection, visit, outcome, links)
        pending = body is not None and not (is_known and self._derived(run, address, body))
        if visit.role not in {"listing", "report"}:
            pending = pending and captures.is_read(self.connection, number)
        if visit.role in {"report", "attachment"} and not pending and outcome != "new":
            changes.kept(self.connection, number, outcome)
        return Kept(number, outcome, body, pending)

    def _seal(self, run: int) -> bytes:
        """What the seal of a run's next visit is chained to."""
        if run not in self._seals:
            before = seals.last(self.connection, run)
            if before is None:
                (uid,) = self.connection.execute("SELECT uid FROM runs WHERE id = ?", [run]).fetchone()
                before = uid.encode()
            self._seals[run] = before
        return self._seals[run]

    def _last(self, visit: Visit, address: str) -> str | None:
        """The last good body at a visit's address."""
        if visit.outcome not in {"fetched", "not_modified"}:
            return None
        sent = None if visit.request_body is None else filing.clean(visit.request_body)
        # What others fetched may be older than what is here; that it still holds a server told only who asked it.
        until = filing.stamp(visit.requested_at) if visit.imported else "9999"
        others = visit.imported is not None or visit.outcome == "fetched"
        row = self.connection.execute(
            _LAST, [address, sent, visit.rendering and visit.rendering["turned"], until, others]
        ).fetchone()
        return row and str(row[0])

    def _keep_body(self, raw: bytes, portal: str, last: str | None) -> tuple[str, bool]:
        """The hash of a body, and whether it was there before; `last` is the one that last came from its address."""
        sha256 = hashlib.sha256(raw).hexdigest()
        if self.connection.execute("SELECT 1 FROM bodies WHERE sha256 = ?", [sha256]).fetchone() is not None:
            return sha256, True
        self._bodies.keep(sha256, raw, portal, last)
        return sha256, False

    def restore(self, sha256: str, raw: bytes) -> None:
        """Put a body that was damaged, or is missing, back in its place; the bytes must be those that were kept."""
        if hashlib.sha256(raw).hexdigest() != sha256:
            raise DamagedBody(f"{self.path}: these are not the bytes of body {sha256}: keep them as a visit's")
        with self.transaction():
            bodies.restore(self.connection, sha256, raw)

    def _origin(self, run: int, visit: Visit, number: int | None) -> int | None:
        if number is None:
            return None
        row = self.connection.execute("SELECT id FROM visits WHERE run = ? AND number = ?", [run, number]).fetchone()
        if row is None:
            raise NoSuchVisit(
                f"{self.path}: visit {visit.number} ({visit.url}) of run {run} names visit {number} as its origin:"
                " keep that one first"
            )
        return int(row[0])

    def _derived(self, run: int, address: str, body: str | None) -> bool:
        if run not in self._recipes:
            (self._recipes[run],) = self.connection.execute("SELECT recipe FROM runs WHERE id = ?", [run]).fetchone()
        return (
            self.connection.execute(
                f"SELECT 1 FROM reports WHERE visit = ({captures.FIRST}) AND recipe = ?",  # noqa: S608 - a constant
                [address, body, self._recipes[run]],
            ).fetchone()
            is not None
        )

    def note_walks(self, run: int, portal: str, walks: Sequence[Walk]) -> list[str]:
        """Note how a run walked a portal's lists; in words, which of them has shrunk since it was last walked."""
        with self.transaction():
            shrunk = lists.note(self.connection, run, portal, walks)
            seals.seal_lists(self.connection, run)
        return shrunk

    def columns(self, portal: str) -> list[tuple[str, dict[str, Any]]]:
        """Where an earlier run found a portal's column of annual reports, with what spoke for it."""
        return lists.columns(self.connection, portal)

    def memories(self, portal: str) -> dict[str, Memory]:
        """Lists of a portal that a further walk need not follow to the end where nothing is new."""
        return lists.memories(self.connection, portal)

    def file(self, visit_id: int, report: Report) -> Filed:
        """File what a visit's body says; it belongs to the first visit that kept these bytes at this address.

        A report that is there for this capture and recipe stays as it is. Where it was read from other further pages,
        what is said now belongs to this visit.
        """
        with self.transaction():
            row = self.connection.execute(
                "SELECT canonical_url, body FROM visits WHERE id = ? AND body IS NOT NULL", [visit_id]
            ).fetchone()
            first = self.connection.execute(captures.FIRST, row).fetchone() if row else None
            if first is None:
                raise NoSuchVisit(f"{self.path}: no page was kept as visit {visit_id}: keep it before its report")
            place = article.place(self.connection, first[0], visit_id, report)
            before = self.connection.execute(
                "SELECT r.id, s.report FROM reports AS r LEFT JOIN sightings AS s ON s.copy = r.id"
                " WHERE r.visit = ? AND r.recipe = ?",
                [place, report.recipe],
            ).fetchone()
            if before is not None:
                return Filed(before[0], before[1], is_new=False)
            number = filing.insert_report(self.connection, place, report)
            seals.seal_report(self.connection, number)
            sighting_of = duplicates.sight(self.connection, number, report)
            near.note(self.connection, number)
            changes.filed(self.connection, place)
            self._filed.add(place)
        return Filed(number, sighting_of, is_new=True)

    # ------------------------------------------------------------ reading for the crawl and for `derive`

    def captures(
        self,
        *,
        lacking: str | None = None,
        where: str | None = None,
        portal: str | None = None,
        damaged: Callable[[int, DamagedBody], None] = _log,
    ) -> Iterator[tuple[int, Capture]]:
        """Pages to derive, in the order they were kept: each body once for each address it came from.

        `lacking` leaves out what has a report by that recipe, `where` is SQL over the columns of `visits`. What is
        filed while this goes on is seen. Visits whose body is damaged are passed over, and `damaged` is told of each.
        """
        with self._asking(where) as connection:
            for visit in captures.Choice(lacking, where, portal).visits(connection):
                try:
                    capture = self.capture(visit)
                except DamagedBody as error:
                    damaged(visit, error)
                else:
                    yield visit, capture

    def count_captures(self, *, lacking: str | None = None, where: str | None = None, portal: str | None = None) -> int:
        """How many `captures` with the same arguments would give."""
        with self._asking(where) as connection:
            return captures.Choice(lacking, where, portal).count(connection)

    @contextmanager
    def _asking(self, where: str | None) -> Iterator[sqlite3.Connection]:
        """A connection that cannot write, for SQL that the operator wrote."""
        if where is None or not self._write:
            yield self.connection
        else:
            with closing(connect(self.path, write=False)) as reader:
                yield reader

    def capture(self, visit_id: int) -> Capture:
        return captures.capture(self.connection, self.path, visit_id)

    def validators(self, url: str) -> Validators | None:
        """What a conditional request for this address may send."""
        return captures.validators(self.connection, canonical(filing.clean(url)))

    def known(self, visit_id: int) -> Known:
        """What is known of a page that came unchanged: its verdict, and attachments no server has said anything of."""
        return captures.known(self.connection, self.path, visit_id)

    def is_stale(self, visit_id: int) -> bool:
        """Whether further pages of the article of a visit's page have changed, or come, since its report was read."""
        return article.is_stale(self.connection, visit_id)

    def body(self, sha256: str) -> bytes:
        """Bytes as received, checked against their hash."""
        return bodies.read(self.connection, self.path, sha256)

    # ------------------------------------------------------------ reading for people

    def reports(
        self,
        *,
        portal: str | None = None,
        issuer: str | None = None,
        year: int | None = None,
        verdict: str | None = None,
        all: bool = False,  # noqa: A002 - the word of the command line
    ) -> Iterator[dict[str, Any]]:
        """Rows of `current_reports`, or of every report filed; `issuer` is a part of the name."""
        return lookup.reports(self.connection, portal=portal, issuer=issuer, year=year, verdict=verdict, every=all)

    def report(self, key: int | str) -> dict[str, Any]:
        """One report with its parts and provenance, by number, address, or issuer and year."""
        return lookup.report(self.connection, lookup.find(self.connection, self.path, key))

    def last_report(self, visit_id: int) -> dict[str, Any] | None:
        """The row of `all_reports` that was filed last for a visit's page, if any."""
        return lookup.last(self.connection, visit_id)

    def search(self, words: str, limit: int = 20) -> list[dict[str, Any]]:
        """Reports that hold all the words, best first."""
        return lookup.hits(self.connection, words, limit)

    def stats(self) -> dict[str, Any]:
        return lookup.stats(self.connection, self.path)

    def portals(self) -> Iterator[dict[str, Any]]:
        return lookup.portals(self.connection)

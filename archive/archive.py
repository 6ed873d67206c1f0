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
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from archive import (
    agenda,
    article,
    bodies,
    captures,
    changes,
    duplicates,
    filing,
    history,
    lists,
    lookup,
    near,
    seals,
    search,
)
from archive.captures import Known, Validators
from archive.connect import connect, writing
from archive.errors import DamagedBody, NoSuchVisit, OlderArchive, ReadOnlyArchive
from archive.keeping import Keeper, Kept
from archive.lock import lock
from archive.near_index import Index
from archive.urls import canonical
from pipelines.records import Capture, Report, Visit
from pipelines.walks import Agenda, Memory, Turn, Walk

__all__ = ["Archive", "Filed", "Kept", "Validators", "lock"]

logger = logging.getLogger(__name__)


def _log(visit_id: int, error: DamagedBody) -> None:
    logger.warning("visit %s: %s", visit_id, error)


@dataclass(frozen=True, slots=True)
class Filed:
    """A report as filed; `sighting_of` is another that says the same, `is_new` is false where it was there before."""

    report_id: int
    sighting_of: int | None
    is_new: bool


class Archive:
    """One SQLite file, used by one thread at a time; readers and one writer may have it open side by side."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, write: bool) -> None:
        self.path = path
        self.connection = connection  # for `verify` and for tools that ask in SQL
        self._write = write
        self._filed: set[int] = set()  # visits whose rows of the full-text index are due at the commit
        self._keeper = Keeper(connection, path)
        self.near = Index(connection)

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
        self._keeper.forget()
        self.near.forget()
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
                [filing.now(), outcome, filing.to_json({**counts, **changes.counts(self.connection, run)}), run],
            )
            seals.seal_run(self.connection, run)

    # ------------------------------------------------------------ writing

    def keep(self, run: int, visit: Visit) -> Kept:
        """Keep a visit and its body.

        `fetched` becomes new, changed or same_bytes against the last good body at the canonical address; without a
        body it is a body of no bytes. A 304 refers to the last good body. Visits named as origin must be kept before.
        """
        if self.connection.in_transaction:  # needs no savepoint: of a visit that fails at most its body stays
            return self._keeper.keep(run, visit)
        with self.transaction():
            return self._keeper.keep(run, visit)

    def restore(self, sha256: str, raw: bytes) -> None:
        """Put a body that was damaged, or is missing, back in its place; the bytes must be those that were kept."""
        if hashlib.sha256(raw).hexdigest() != sha256:
            raise DamagedBody(f"{self.path}: these are not the bytes of body {sha256}: keep them as a visit's")
        with self.transaction():
            bodies.restore(self.connection, sha256, raw)

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

    def agenda(self, portal: str, now: datetime, turn: Turn = "crawl", full_walk: timedelta | None = None) -> Agenda:
        """Which known reports of a portal are due again, and which rest; `full_walk` as `memories` go by it."""
        return agenda.agenda(self.connection, portal, now, turn, full_walk)

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
            sighting_of, changed = duplicates.sight(self.connection, number, report)
            self._filed |= changed
            near.note(self.near, number)
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

    def provenance(self, report: int) -> list[dict[str, Any]]:
        """The exchanges a report rests on: those that led to its bytes, and those that found them again later."""
        return lookup.provenance(self.connection, report)

    def standing(self, report: int) -> dict[str, Any] | None:
        """Whether the report to cite was there when it was last looked for; None for a report that is not to cite."""
        return lookup.standing(self.connection, report)

    def history(self, report: int) -> list[dict[str, Any]]:
        """What happened to a report at its address, in order."""
        return history.story(self.connection, report)

    def changes(self, since: str | None, kinds: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        """What became of reports across the archive since a day."""
        return history.changes(self.connection, since, kinds)

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

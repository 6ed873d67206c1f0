"""Keeping a visit: its body once, its outcome by what came from there before, its seal chained to the one before it."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from archive import bodies, captures, changes, exchanges, filing, seals, trust
from archive.errors import NoSuchVisit
from archive.urls import canonical
from pipelines.records import Portal, Visit

_LAST = (
    "SELECT b.sha256, b.id FROM exchanges AS v JOIN bodies AS b ON b.id = v.body"
    " WHERE v.address = ? AND (SELECT words FROM phrases WHERE id = v.request_body) IS ?"
    " AND json_extract(v.rendering, '$.turned') IS ? AND v.requested_at <= ? AND (v.imported IS NULL OR ?)"
    " AND v.outcome IN ('new', 'changed', 'same_bytes', 'not_modified') ORDER BY v.requested_at DESC, v.id DESC LIMIT 1"
)
_EVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Kept:
    """A visit as kept. `pending`: a page, or a file in its place, that our recipe has not read at this address."""

    visit_id: int
    outcome: str
    body_sha256: str | None
    pending: bool


class Keeper:
    """Writes visits inside the transactions of its archive, which has it `forget` what is undone."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path
        self._portals: dict[tuple[int, str], Portal] = {}  # as written in this run
        self._recipes: dict[int, str] = {}
        self._seals: dict[int, bytes] = {}  # of the last visit of a run
        self._bodies = bodies.Bodies(connection, path)
        self._exchanges = exchanges.Exchanges(connection)

    def forget(self) -> None:
        """Trust nothing in memory: what it was written by may be undone."""
        self._portals.clear()
        self._recipes.clear()
        self._seals.clear()
        self._bodies.forget()
        self._exchanges.forget()

    def keep(self, run: int, visit: Visit) -> Kept:
        if self._portals.get((run, visit.portal.id)) != visit.portal:
            moment = filing.now() if visit.imported else filing.stamp(visit.requested_at)
            filing.insert_portal(self.connection, visit.portal, moment)
            self._portals[run, visit.portal.id] = visit.portal
        address = canonical(filing.clean(visit.url))
        raw = visit.body if visit.body is not None or visit.outcome != "fetched" else b""
        at = self._exchanges.address(address)
        last, last_number = (None, None) if at is None else self._last(visit, at)
        body, number, is_known = (None, None, True) if raw is None else self._keep_body(raw, visit.portal.id, last)
        outcome = visit.outcome
        if outcome == "not_modified":
            body, number = last, last_number
        elif outcome == "fetched":
            outcome = "new" if last is None else "same_bytes" if last == body else "changed"
        redirected_from, discovered_on = (
            self._origin(run, visit, number) for number in (visit.redirected_from, visit.discovered_on)
        )
        links = filing.Links(run, address, body, redirected_from, discovered_on, self._seal(run))
        row = filing.visit_row(visit, outcome, links)
        visit_id, self._seals[run] = self._exchanges.write(row, at, number), row["seal"]
        pending = body is not None and not (is_known and self._derived(run, address, body))
        if visit.role not in {"listing", "report"}:
            pending = pending and captures.is_read(self.connection, visit_id)
        if visit.imported is None and visit.rendering is None:
            trust.note(self.connection, trust.Seen(visit_id, visit, address, outcome, body))
        if visit.role in {"report", "attachment"} and not pending and (outcome != "new" or visit.imported is not None):
            changes.kept(self.connection, visit_id, outcome)
        return Kept(visit_id, outcome, body, pending)

    def _seal(self, run: int) -> bytes:
        """What the seal of a run's next visit is chained to."""
        if run not in self._seals:
            before = seals.last(self.connection, run)
            if before is None:
                (uid,) = self.connection.execute("SELECT uid FROM runs WHERE id = ?", [run]).fetchone()
                before = uid.encode()
            self._seals[run] = before
        return self._seals[run]

    def _last(self, visit: Visit, address: int) -> tuple[str, int] | tuple[None, None]:
        """Hash and number of the last good body at a visit's address."""
        if visit.outcome not in {"fetched", "not_modified"}:
            return None, None
        sent = None if visit.request_body is None else filing.clean(visit.request_body)
        # What others fetched may be older than what is here; that it still holds a server told only who asked it.
        until = exchanges.milliseconds(filing.stamp(visit.requested_at)) if visit.imported else _EVER
        others = visit.imported is not None or visit.outcome == "fetched"
        row: tuple[str, int] | None = self.connection.execute(
            _LAST, [address, sent, visit.rendering and visit.rendering["turned"], until, others]
        ).fetchone()
        return row or (None, None)

    def _keep_body(self, raw: bytes, portal: str, last: str | None) -> tuple[str, int, bool]:
        """Hash and number of a body, and whether it was there; `last` is the one that last came from its address."""
        sha256 = hashlib.sha256(raw).hexdigest()
        known = self.connection.execute("SELECT id FROM bodies WHERE sha256 = ?", [sha256]).fetchone()
        if known is not None:
            return sha256, known[0], True
        return sha256, self._bodies.keep(sha256, raw, portal, last), False

    def _origin(self, run: int, visit: Visit, number: int | None) -> int | None:
        if number is None:
            return None
        row = self.connection.execute("SELECT id FROM exchanges WHERE run = ? AND number = ?", [run, number]).fetchone()
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

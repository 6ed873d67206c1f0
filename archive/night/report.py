"""The report of a night: one structure, shown as a page, as JSON and on the terminal."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from archive.changes import TOLD
from archive.diff import shown
from archive.errors import ArchiveError
from archive.lookup import rows
from archive.night import facts, monitors, overall, record
from archive.night.alarms import RANK, Alarm
from archive.night.coverage import Coverage, coverage
from archive.night.facts import Host, Tally
from archive.night.record import Record
from archive.timeline import GOOD
from pipelines.records import CITABLE

_PAST = 30  # runs that tonight is compared with
_GOVERNMENT = "人民政府"
_LINES = 12  # of a difference that are shown
_QUIET = frozenset({*GOOD, "redirected"})

_RUN = "SELECT id, uid, command, started_at, finished_at, outcome, recipe FROM runs WHERE id = ?"
_LAST = f"SELECT u.id FROM runs AS u WHERE {facts.CRAWLED} ORDER BY u.started_at DESC, u.uid DESC LIMIT 1"  # noqa: S608 - a constant
_PORTALS = "SELECT id, name, code, expect_since, expect_reports FROM portals"
_CHANGES = f"""SELECT c.kind, c.portal, c.issuer, c.year, c.title, c.url, c.message, c.diff FROM current_changes AS c
JOIN visits AS v ON v.id = c.visit WHERE v.run = ? AND c.kind IN {TOLD} ORDER BY c.portal, c.kind, c.year, c.url"""  # noqa: S608 - constants
_NEW = f"""SELECT a.portal, a.issuer_full AS issuer, a.year, a.title, a.url, a.verdict, a.report_id
FROM visits AS v JOIN latest AS l ON l.visit = v.id JOIN all_reports AS a ON a.report_id = l.report
WHERE v.run = ? AND v.outcome = 'new' AND v.imported IS NULL AND NOT l.is_copy AND l.verdict IN {CITABLE}
ORDER BY a.portal, a.issuer_full, a.year, a.url"""  # noqa: S608 - constants
_FAULTS = """SELECT outcome, count(*) AS count, count(DISTINCT portal) AS portals,
  min(portal) AS portal, min(url) AS url, min(coalesce(error, status)) AS said
FROM visits WHERE run = ? AND imported IS NULL AND outcome NOT IN {}
  AND (role, outcome) <> ('robots', 'gone') GROUP BY outcome ORDER BY 2 DESC, 1"""


class NoSuchRun(ArchiveError):  # noqa: N818 - as the others in archive/errors.py
    """Raised where a run is asked for that crawled nothing, or is not there."""


@dataclass(frozen=True, slots=True)
class PortalNight:
    """What the night made of one portal."""

    id: str
    name: str
    state: str  # well, failed, left
    why: str  # it failed, or was due
    requests: int
    bytes: int
    seconds: float
    outcomes: Mapping[str, int]
    listed: int
    new: int
    changed: int
    alarms: int


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a report tonight."""

    kind: str
    portal: str
    issuer: str | None
    year: int | None
    title: str | None
    url: str
    message: str
    lines: tuple[str, ...]  # of the difference
    more: int  # that are not among them


@dataclass(frozen=True, slots=True)
class Trend:
    """One run in a line of them."""

    run: int
    at: str
    portals: int
    failed: int  # portals without a page
    requests: int
    bytes: int
    seconds: float
    new: int
    changed: int


@dataclass(frozen=True, slots=True)
class Night:
    """All that a report says."""

    run: int
    uid: str
    command: str
    began_at: str
    ended_at: str | None
    outcome: str
    recipe: str
    record: Record | None
    alarms: tuple[Alarm, ...]
    portals: tuple[PortalNight, ...]
    new: tuple[dict[str, Any], ...]
    changes: tuple[Change, ...]
    faults: tuple[dict[str, Any], ...]
    hosts: tuple[Host, ...]
    trends: tuple[Trend, ...]  # the oldest first
    coverage: tuple[Coverage, ...]

    @property
    def worst(self) -> str | None:
        """The severity of its worst alarm."""
        return self.alarms[0].severity if self.alarms else None


def night(connection: sqlite3.Connection, run: int | None = None, said: Record | None = None) -> Night:
    """The report of a run, of the last one that crawled where none is named.

    `said` is what the night says of itself where the archive had no room for it.
    """
    last = connection.execute(_LAST).fetchone() if run is None else (run,)
    row = next(rows(connection, _RUN, last), None) if last else None
    if row is None:
        which = "that crawled" if run is None else str(run)
        raise NoSuchRun(f"the archive has no run {which}: `gongkai nightly` makes one, `runs` lists those there are")
    number = int(row["id"])
    past = facts.runs(connection, number, _PAST)
    tallies = facts.tallies(connection, dict.fromkeys([number, *past]))
    said = said or record.read(connection, number)
    held = coverage(connection, row["finished_at"] or "9999")
    alarms = _alarms(connection, number, past, tallies, held, said)
    previous = next((one for one in past if one != number), None)
    if previous is not None:
        before = record.read(connection, previous)
        earlier = _alarms(connection, previous, past[past.index(previous) :], tallies, held, before)
        stood = {(alarm.portal, alarm.code) for alarm in earlier}
        alarms = [replace(alarm, stands=(alarm.portal, alarm.code) in stood) for alarm in alarms]
    alarms.sort(key=lambda alarm: (RANK[alarm.severity], alarm.stands, alarm.portal or "", alarm.code))
    names = dict(connection.execute("SELECT id, name FROM portals").fetchall())
    return Night(
        run=number,
        uid=row["uid"],
        command=row["command"],
        began_at=row["started_at"],
        ended_at=row["finished_at"],
        outcome=row["outcome"],
        recipe=row["recipe"],
        record=said,
        alarms=tuple(alarms),
        portals=tuple(_portals(tallies[number], said, names, Counter(alarm.portal for alarm in alarms))),
        new=tuple(rows(connection, _NEW, [number])),
        changes=tuple(_change(**change) for change in rows(connection, _CHANGES, [number])),
        faults=tuple(rows(connection, _FAULTS.format(tuple(sorted(_QUIET))), [number])),
        hosts=tuple(facts.hosts(connection, number)),
        trends=tuple(_trends(connection, past, tallies)),
        coverage=tuple(held),
    )


def _alarms(
    connection: sqlite3.Connection,
    run: int,
    past: list[int],
    tallies: Mapping[int, Mapping[str, Tally]],
    held: list[Coverage],
    said: Record | None,
) -> list[Alarm]:
    """The alarms of one run; `past` are the runs up to it, the last one first."""
    began, ended, outcome = connection.execute(
        "SELECT started_at, finished_at, outcome FROM runs WHERE id = ?", [run]
    ).fetchone()
    day = _day(ended or began)
    pages = facts.pages(connection, run)
    changes: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for change in rows(connection, _CHANGES, [run]):
        changes[change["portal"], change["kind"]].append(change["url"])
    tonight = tallies[run]
    found: list[Alarm] = []
    for id_, name, code, since, expected in connection.execute(_PORTALS).fetchall():
        if id_ not in tonight:
            continue
        read = pages.get(id_, [])
        watched = monitors.Watched(
            id=id_,
            name=name,
            code=code,
            tonight=tonight[id_],
            before=[tallies[one][id_] for one in past if one != run and id_ in tallies[one]],
            pages=read,
            pages_before=facts.pages_before(connection, run, id_) if len(read) > 1 else (),
            day=day,
            years=_years(held, id_, name, code, ended or "9999"),
            since=since,
            expected=expected,
            gone=len(changes[id_, "gone"]),
            worse=changes[id_, "worse"],
        )
        found += monitors.watch(watched)
    found += overall.of_hosts(facts.hosts(connection, run))
    found += overall.of_steps(said, outcome, tonight)
    found += overall.of_untold(record.untold(connection, run))
    return overall.settle(found, tonight)


def _years(held: list[Coverage], portal: str, name: str, code: str | None, until: str) -> frozenset[int]:
    """The years on which a portal's own government has reported, as far as was known at a moment."""
    own = [
        line
        for line in held
        if line.is_government
        and (
            (code and line.code == code)
            or (line.portal == portal and line.issuer.removesuffix(_GOVERNMENT).endswith(name))
        )
    ]
    return frozenset(year for line in own for year, cell in line.years.items() if cell.found_at <= until)


def _day(moment: str) -> date:
    return datetime.fromisoformat(moment).astimezone(UTC).date()


def _portals(
    tallies: Mapping[str, Tally], said: Record | None, names: Mapping[str, str], alarms: Mapping[str | None, int]
) -> list[PortalNight]:
    """Failed ones first, then the left over, then the busiest."""
    failed = said.failed if said else {one: "no page came" for one, tally in tallies.items() if not tally.answered}
    left = said.left if said else ()
    due = said.due if said else {}
    found = []
    for one in sorted({*tallies, *failed, *left}):
        tally = tallies.get(one, Tally(0))
        state = "failed" if one in failed else "left" if one in left else "well"
        found.append(
            PortalNight(
                one, names.get(one, one), state, failed.get(one) or due.get(one, ""), tally.requests, tally.bytes,
                tally.seconds, tally.outcomes, tally.listed, tally.new, tally.changed, alarms.get(one, 0),
            )
        )  # fmt: skip
    order = {"failed": 0, "left": 1, "well": 2}
    return sorted(found, key=lambda one: (order[one.state], -one.new - one.changed, -one.requests, one.id))


def _change(diff: str | None, **fields: Any) -> Change:
    lines = shown(json.loads(diff)) if diff else []
    return Change(**fields, lines=tuple(lines[:_LINES]), more=max(0, len(lines) - _LINES))


def _trends(connection: sqlite3.Connection, past: list[int], tallies: Mapping[int, Mapping[str, Tally]]) -> list[Trend]:
    trends = []
    for run in reversed(past):
        (at,) = connection.execute("SELECT started_at FROM runs WHERE id = ?", [run]).fetchone()
        mine = list(tallies[run].values())
        trends.append(
            Trend(
                run, at, len(mine), sum(bool(one.outcomes) and not one.answered for one in mine),
                sum(one.requests for one in mine), sum(one.bytes for one in mine), sum(one.seconds for one in mine),
                sum(one.new for one in mine), sum(one.changed for one in mine),
            )
        )  # fmt: skip
    return trends

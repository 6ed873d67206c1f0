"""The facts of a night, row by row out of the archive: per portal and run, per page read, per host."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from archive.lookup import rows
from archive.timeline import GOOD, SAID

# Whether anybody was asked: what a host left alone or a robots.txt forbids is a visit too, that took no time.
_ASKED = "v.elapsed IS NOT NULL AND v.outcome NOT IN ('guarded', 'private', 'robots_denied')"
_EXCHANGES = "v.imported IS NULL AND v.method <> 'RENDER'"
_BUSY = 0.05  # seconds by which a loop that is busy may send a request late, and so the next one sooner after it
_READ = 200  # earlier pages of a portal that tonight's are compared with

# Whether a run `u` crawled: it walked lists, or was a night, or was killed before it could say so.
CRAWLED = """(EXISTS (SELECT 1 FROM lists AS l WHERE l.run = u.id)
OR EXISTS (SELECT 1 FROM nights AS n WHERE n.run = u.id)
OR u.outcome = 'running' AND EXISTS (SELECT 1 FROM visits AS v WHERE v.run = u.id AND v.imported IS NULL))"""
_RUNS = f"""SELECT u.id FROM runs AS u WHERE (u.started_at, u.uid) <= (SELECT started_at, uid FROM runs WHERE id = ?)
AND {CRAWLED} ORDER BY u.started_at DESC, u.uid DESC LIMIT ?"""  # noqa: S608 - a constant
_VISITS = f"""SELECT v.run, v.portal, v.outcome, v.role IN ('robots', 'part') AS aside,
  v.role IN ('report', 'attachment') AS is_report, count(*) AS visits, sum({_ASKED}) AS asked,
  total(v.elapsed) AS seconds,
  total(CASE WHEN v.outcome IN ('new', 'changed', 'same_bytes', 'truncated') THEN b.size END) AS bytes
FROM visits AS v LEFT JOIN bodies AS b ON b.sha256 = v.body
WHERE v.run IN ({{}}) AND {_EXCHANGES} GROUP BY 1, 2, 3, 4, 5"""  # noqa: S608 - constants
_WALKS = "SELECT run, portal, url, family, reports, ended FROM lists WHERE run IN ({}) ORDER BY run, portal, url"
_PAGES = """SELECT v.portal, r.verdict, length(t.text) AS length, r.charset_errors AS errors, v.url,
  EXISTS (SELECT 1 FROM findings AS f WHERE f.report = r.id AND f.code = 'hijacked') AS hijacked
FROM visits AS v JOIN latest AS l ON l.visit = v.id JOIN reports AS r ON r.id = l.report
  JOIN texts AS t ON t.sha256 = r.text_sha256 WHERE v.role = 'report' AND v.imported IS NULL AND """
_HOSTS = f"""SELECT v.host, v.portal, v.requested_at, v.elapsed, p.delay
FROM visits AS v JOIN portals AS p ON p.id = v.portal WHERE v.run = ? AND {_EXCHANGES}
  AND {_ASKED} ORDER BY v.host, v.requested_at, v.number"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Walked:
    """A list as a run walked it."""

    url: str
    family: str
    reports: int
    ended: str


@dataclass(frozen=True)
class Tally:
    """What one run made of one portal."""

    run: int
    outcomes: Mapping[str, int] = field(default_factory=dict)  # of visits; robots.txt and parts of pages aside
    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0
    new: int = 0  # reports and files
    changed: int = 0
    walks: tuple[Walked, ...] = ()

    @property
    def came(self) -> int:
        """Pages that came, or still hold."""
        return sum(self.outcomes.get(name, 0) for name in GOOD)

    @property
    def answered(self) -> bool:
        """Whether its server is there; where known pages alone were asked for, it may say that they are not."""
        return bool(self.came) or (not self.walks and any(self.outcomes.get(name) for name in SAID))

    @property
    def says_nothing(self) -> bool:
        """Whether known pages alone were asked for, and are gone: of its lists that says nothing."""
        return self.answered and not self.came

    @property
    def listed(self) -> int:
        return sum(walk.reports for walk in self.walks)

    @property
    def is_whole(self) -> bool:
        """Whether its lists were walked, and none was stopped or could not be had."""
        return bool(self.walks) and not any(walk.ended in {"stopped", "unreachable"} for walk in self.walks)

    @cached_property
    def families(self) -> frozenset[str]:
        """Of the lists that hold reports."""
        return frozenset(walk.family for walk in self.walks if walk.family and walk.reports)


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was read."""

    verdict: str
    length: int
    errors: int  # places that could not be read
    url: str
    hijacked: bool = False  # words or a script of betting were put into it


@dataclass(frozen=True, slots=True)
class Host:
    """How one host was asked in a run: the audit of manners."""

    host: str
    portals: tuple[str, ...]
    requests: int
    seconds: float  # it took to answer them
    delay: float  # promised between two requests
    smallest: float | None  # that was kept, from request to request
    hurried: int  # requests that came sooner than promised


def runs(connection: sqlite3.Connection, run: int, most: int) -> list[int]:
    """A run and those that crawled before it, the last one first."""
    return [number for (number,) in connection.execute(_RUNS, [run, most])]


def tallies(connection: sqlite3.Connection, numbers: Iterable[int]) -> dict[int, dict[str, Tally]]:
    """What runs made of their portals, by run and portal."""
    wanted = list(numbers)
    marks = ", ".join("?" * len(wanted))
    outcomes: defaultdict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    sums: defaultdict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    seconds: defaultdict[tuple[int, str], float] = defaultdict(float)
    for row in rows(connection, _VISITS.format(marks), wanted):
        key = (row["run"], row["portal"])
        if not row["aside"]:
            outcomes[key][row["outcome"]] += row["visits"]
        if row["is_report"] and row["outcome"] in {"new", "changed"}:
            sums[key][row["outcome"]] += row["visits"]
        sums[key]["requests"] += row["asked"]
        sums[key]["bytes"] += int(row["bytes"])
        seconds[key] += row["seconds"]
    walks: defaultdict[tuple[int, str], list[Walked]] = defaultdict(list)
    for run, portal, *walk in connection.execute(_WALKS.format(marks), wanted):
        walks[run, portal].append(Walked(*walk))
    found: dict[int, dict[str, Tally]] = {number: {} for number in wanted}
    for key in sums.keys() | walks.keys():
        run, portal = key
        found[run][portal] = Tally(
            run, dict(outcomes[key].most_common()), seconds=seconds[key], walks=tuple(walks[key]), **sums[key]
        )
    return found


def pages(connection: sqlite3.Connection, run: int) -> dict[str, list[Page]]:
    """The pages that a run brought, as they were read, by portal; what a 404 shows is no page."""
    found: defaultdict[str, list[Page]] = defaultdict(list)
    for portal, *page in connection.execute(f"{_PAGES} v.run = ? AND v.outcome <> 'gone' ORDER BY v.id", [run]):
        found[portal].append(Page(*page))
    return found


def pages_before(connection: sqlite3.Connection, run: int, portal: str) -> list[Page]:
    """The last pages of a portal that earlier runs brought."""
    before = (
        "v.portal = ? AND v.body IS NOT NULL AND v.outcome IN ('new', 'changed')"
        " AND v.id < (SELECT min(id) FROM visits WHERE run = ?) ORDER BY v.id DESC LIMIT ?"
    )
    return [Page(*page) for _, *page in connection.execute(_PAGES + before, [portal, run, _READ])]


def hosts(connection: sqlite3.Connection, run: int) -> list[Host]:
    """How each host was asked, the most asked first."""
    (settings,) = connection.execute("SELECT settings FROM runs WHERE id = ?", [run]).fetchone()
    default = float(json.loads(settings).get("DOWNLOAD_DELAY") or 0)
    asked: defaultdict[str, list[tuple[str, str, float, float]]] = defaultdict(list)
    for host, portal, at, elapsed, delay in connection.execute(_HOSTS, [run]):
        asked[host].append((portal, at, elapsed or 0.0, default if delay is None else delay))
    found = []
    for host, exchanges in asked.items():
        times = [datetime.fromisoformat(at) for _, at, _, _ in exchanges]
        gaps = [(later - sooner).total_seconds() for sooner, later in pairwise(times)]
        delay = min(promised for *_, promised in exchanges)
        portals = tuple(sorted({portal for portal, *_ in exchanges}))
        took = sum(seconds for _, _, seconds, _ in exchanges)
        slack = max(delay / 10, min(_BUSY, delay / 2))
        hurried = sum(gap < delay - slack for gap in gaps)
        found.append(Host(host, portals, len(times), took, delay, min(gaps, default=None), hurried))
    return sorted(found, key=lambda one: (-one.requests, one.host))

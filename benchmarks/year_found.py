"""What archive, alarms and servers say of a simulated year, and whether that is what had happened."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.changes import TOLD
from archive.night.due import BETWEEN
from archive.timeline import GOOD
from benchmarks.year_portal import FIRST
from benchmarks.year_web import Web

YEAR = 400  # nights: after all of them


@dataclass
class Night:
    """What a night said and cost."""

    said: dict[str, Any]
    code: int
    seconds: float
    cpu: float
    bytes: int


@dataclass
class Found:
    """What is known of all nights when they are over."""

    web: Web
    nights: list[Night]
    archive: Path
    changes: dict[tuple[str, str], list[int]] = field(
        default_factory=lambda: defaultdict(list)
    )  # address, kind: nights
    told: list[tuple[int, str, str, str]] = field(default_factory=list)  # night, portal, address, kind
    reports: dict[str, int] = field(default_factory=dict)  # address of a report: the night it was new
    came: set[tuple[int, str]] = field(default_factory=set)  # nights on which a page of a portal came
    off_host: dict[int, int] = field(default_factory=dict)  # links to foreign hosts
    held: Counter[str] = field(default_factory=Counter)  # reports to cite, by portal
    looks: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))  # address: night, status

    def __post_init__(self) -> None:
        for one in self.web.asked:
            self.looks[one.url].append((one.night, one.status))
        self.alarms = [{(alarm["portal"], alarm["code"]) for alarm in night.said["alarms"]} for night in self.nights]
        self.due = [night.said["record"]["due"] for night in self.nights]
        with closing(sqlite3.connect(f"file:{self.archive}?mode=ro", uri=True)) as connection:
            self._read(connection)

    def _read(self, connection: sqlite3.Connection) -> None:
        night_of = {
            run: (datetime.fromisoformat(at).date() - FIRST).days
            for run, at in connection.execute("SELECT run, began_at FROM nights")
        }
        changes = "SELECT v.run, c.portal, c.url, c.kind FROM current_changes AS c JOIN visits AS v ON v.id = c.visit"
        for run, portal, url, kind in connection.execute(changes):
            self.changes[url, kind].append(night_of[run])
            self.told.append((night_of[run], portal, url, kind))
        reports = (
            "SELECT min(v.run), v.url FROM reports AS r JOIN visits AS v ON v.id = r.visit"
            " WHERE r.verdict = 'report' GROUP BY v.url"
        )
        self.reports = {url: night_of[run] for run, url in connection.execute(reports)}
        came = f"SELECT DISTINCT run, portal FROM visits WHERE role <> 'robots' AND outcome IN {GOOD}"
        self.came = {(night_of[run], portal) for run, portal in connection.execute(came)}
        links = "SELECT id, json_extract(counts, '$.links_off_host') FROM runs"
        self.off_host = {night_of[run]: count or 0 for run, count in connection.execute(links)}
        held = "SELECT portal, count(*) FROM current_reports GROUP BY 1"
        self.held = Counter(dict(connection.execute(held).fetchall()))

    def first(self, url: str, since: int) -> int | None:
        """The first night on which an address was asked for and answered well."""
        return next((night for night, status in self.looks[url] if night >= since and status < 400), None)

    def asked(self, portal: str, since: int, *, lists: bool = True) -> list[int]:
        """The nights on which a portal was due; `lists`: for its lists, not for known pages alone."""
        nights = [night for night, due in enumerate(self.due) if night >= since and portal in due]
        return [night for night in nights if not lists or not self.due[night][portal].startswith(BETWEEN)]

    def is_silent(self, portal: str, night: int) -> bool:
        """Whether no page of a portal was answered for, be it that it is gone."""
        hosts = self.web.portals[portal].hosts
        asked = (one for one in self.web.asked if one.night == night and one.host in hosts)
        return not any(one.status < 400 or one.status == 404 for one in asked if one.target != "/robots.txt")

    def lacking(self) -> dict[str, tuple[int, int]]:
        """Portals of which not all reports can be cited: how many it has, and how many are held."""
        of = {portal.id: (len(portal.documents), self.held[portal.id]) for portal in self.web.portals.values()}
        return {portal: counts for portal, counts in of.items() if counts[1] < counts[0]}


# The right night, and when it was found; None: nobody could have found it.
Judge = Callable[["Event", Found], tuple[int | None, int | None] | None]


@dataclass(frozen=True)
class Event:
    """Something that happens before a night, and what it is the reason of."""

    night: int
    name: str
    portal: str
    act: Callable[[Event, Path], None] = lambda *_: None  # with the folder of portal files
    judge: Judge | None = None
    patience: int = 0  # nights within which it is promised to be found
    url: str = ""
    urls: Sequence[str] = ()  # of whatever else it is the reason of a change
    alarms: frozenset[str] = frozenset()  # that it explains
    changes: frozenset[str] = frozenset()
    until: int = YEAR  # the last night on which it explains an alarm


@dataclass(frozen=True)
class Judged:
    """An event, when it should have been found, and when it was."""

    event: Event
    right: int | None
    found: int | None

    @property
    def latest(self) -> int:
        """The last night by what is promised."""
        return self.event.night + self.event.patience

    @property
    def state(self) -> str:
        """Open: the year was over before it was due."""
        if self.right is None:
            return "open" if self.found is None else "early"
        if self.found is None:
            return "missed"
        if self.found > min(self.right, self.latest):
            return "late"
        return "right" if self.found == self.right else "early"

    def __str__(self) -> str:
        event = self.event
        return (
            f"{self.state}: {event.portal} {event.name}, night {event.night}: right is night {self.right}, promised by"
            f" {self.latest}, found {self.found} {event.url}"
        )


def judge(events: Sequence[Event], found: Found) -> Iterator[Judged]:
    """Each event that must show."""
    for event in events:
        if event.judge is None:
            continue
        nights = event.judge(event, found)
        if nights is None:
            continue
        right, seen = nights
        latest = event.night + event.patience
        if right is None and latest < len(found.nights):  # nobody asked, though that was promised
            right = latest
        yield Judged(event, right, seen)


def unexplained(events: Sequence[Event], found: Found) -> tuple[list[str], list[str]]:
    """Alarms and changes that no event is the reason of."""
    by_portal: dict[str | None, list[Event]] = defaultdict(list)
    for event in events:
        by_portal[event.portal].append(event)
    alarms = [
        f"night {night}: {portal} {code}"
        for night, raised in enumerate(found.alarms)
        for portal, code in sorted(raised, key=str)
        if not any(code in one.alarms and one.night <= night <= one.until for one in by_portal[portal])
    ]
    changes = [
        f"night {night}: {portal} {kind} {url}"
        for night, portal, url, kind in found.told
        if kind in TOLD
        and not any(
            kind in one.changes and one.night <= night and (url == (one.url or url) or url in one.urls)
            for one in by_portal[portal]
        )
    ]
    return alarms, changes

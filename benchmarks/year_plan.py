"""What happens in the simulated year, and by what archive and alarms must show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from math import ceil
from pathlib import Path

from archive.agenda import LONGEST
from archive.branches import ROUND
from archive.night.due import LONGEST as LONGEST_FAILED
from archive.night.due import SEASON, WEEK
from archive.night.monitors import DEADLINE
from benchmarks import year_judge as by
from benchmarks.year_found import YEAR, Event, Found
from benchmarks.year_judge import Nights
from benchmarks.year_portal import BRANCHES, FIRST, NEWEST, Away, Document, Door, Portal
from benchmarks.year_web import Web, add, move, redesign
from crawler.demo.prose import Issue

GONE = 3 * WEEK.days  # nights after which it is told that a page is gone that was looked at again
Special = Callable[[Portal, int, int], Iterator[Event]]  # of a portal from a night on, for the so-manieth time


def plan(web: Web, nights: int, *, quick: bool = False) -> list[Event]:
    """All events of so many nights, in order. `quick`: all of it in the first days."""
    events: list[Event] = []
    for number, portal in enumerate(web.portals.values()):
        if quick:
            kind, begin = QUICK[number % len(QUICK)]
            special = list(kind(portal, begin, 0))
            events += (*_appearing(portal, 2 + number % 3), *special)
            continue
        at, instance = number % len(SPECIAL), number // len(SPECIAL)
        begin = nights * (4, 30, 55, 78)[(instance + at) % 4] // 100 + at % 5
        special = list(SPECIAL[at](portal, begin, instance))
        appears = (108, 116, YEAR)[number // 20 % 3] if number % 20 == 19 else 3 + number * 7 % 83
        if begin - 11 <= appears <= begin + 25:  # not while nobody can see it
            appears = begin - 12 if begin > 15 else begin + 30
        events += (*_appearing(portal, appears, edited=number % 3 == 0), *special)
        if not any(event.name in _EVERYWHERE for event in special):
            events += _edits(portal, number)
    return sorted((event for event in events if event.night < nights), key=lambda event: event.night)


def _times(portal: Portal, addresses: int) -> float:
    """How many times as long all takes in a portal that has much, with so many addresses for each of its pages."""
    lists = len(BRANCHES) if portal.tree else 0
    needed = addresses * (len(portal.documents) + 1) / LONGEST.days + lists / ROUND.days
    return min(max(1.0, needed), 3.0)


def _within(portal: Portal, night: int) -> int:
    """Nights after which a portal that answers is asked for certain, and each of its lists."""
    asked = 0 if (FIRST + timedelta(days=night + 1)).month in SEASON else WEEK.days
    return asked + (ceil(ROUND.days * _times(portal, 1)) if portal.tree else 0)


def _page(portal: Portal, addresses: int = 1) -> int:
    """Nights after which a known page has been looked at again."""
    return ceil(LONGEST.days * _times(portal, addresses)) + WEEK.days


# ---------------------------------------------------------------- reports


def _appearing(portal: Portal, night: int, *, edited: bool = False) -> Iterator[Event]:
    """The report on last year appears, and may be edited soon after; where it is late, or never comes, that is told."""
    made: list[Document] = []
    lists: set[str] = set()
    begun: list[str] = []  # its first address

    def publish(_event: Event, _files: Path) -> None:
        made.append(add(portal, Issue(portal.place, "", NEWEST), FIRST + timedelta(days=night)))
        lists.add(portal.list_of(made[0]))
        begun.append(portal.url(made[0]))

    def edit(_event: Event, _files: Path) -> None:
        made[0].extra.append("补充说明：对公布数据的口径作了说明。")
        made[0].version += 1

    def urls() -> list[str]:
        """It may have moved with its portal since."""
        path = portal.path(made[0])
        paths = [path, *(old for old, to in portal.old.items() if to.endswith(path))]
        return begun + [f"http://{host}{path}" for host in portal.hosts for path in paths]

    def appeared(event: Event, found: Found) -> Nights:
        if not made:
            return None, None
        asked = [found.first(address, event.night) for address in {*lists, portal.list_of(made[0])}]
        return by.earliest(asked), by.earliest([found.reports.get(url) for url in urls()])

    def was_edited(event: Event, found: Found) -> Nights | None:
        if not made or by.earliest([found.first(url, 0) for url in urls()]) in {None, *range(event.night, YEAR)}:
            return None  # it was edited before anybody had seen it
        looks = [found.first(url, event.night) for url in urls()]
        return by.earliest(looks), by.earliest([by.after(found.changes[url, "text"], event.night) for url in urls()])

    deadline = (date(FIRST.year, *DEADLINE) - FIRST).days
    if night >= deadline:
        overdue, until = frozenset({"overdue"}), night + _within(portal, night)
        judge = by.raised("overdue", until=night - 1)
        yield Event(deadline, "overdue", portal.id, judge=judge, patience=7, alarms=overdue, until=until)
    yield Event(night, "appeared", portal.id, publish, appeared, _within(portal, night))
    if edited:
        yield Event(night + 3, "edited soon", portal.id, edit, was_edited, _page(portal), changes=frozenset({"text"}))


def _edits(portal: Portal, number: int) -> Iterator[Event]:
    """Words, figures and a date of reports of earlier years."""
    some = [document for document in portal.documents if not document.issue.unit]

    def words(_event: Event, _files: Path) -> None:
        some[0].extra.append("更正：原文所列会议次数有误，现予更正。")
        some[0].version += 1

    def figures(_event: Event, _files: Path) -> None:
        some[-1].figures += 3
        some[-1].version += 1

    def day(_event: Event, _files: Path) -> None:
        some[1].shown = some[1].day + timedelta(days=9)
        some[1].version += 1

    for name, night, act, document, kind in (
        ("edited words", 40 + number * 5 % 50, words, some[0], "text"),
        ("edited figures", 130 + number * 3 % 60, figures, some[-1], "text"),
        ("edited date", 230 + number * 7 % 60, day, some[1], "metadata"),
    ):
        url = portal.url(document)
        yield Event(night, name, portal.id, act, by.changed(kind), _page(portal), url, changes=frozenset({kind}))


def _vanishing(away: Away) -> Special:
    """A report is taken down, and comes back after months."""

    def events(portal: Portal, night: int, instance: int) -> Iterator[Event]:
        document = [one for one in portal.documents if not one.issue.unit][2]
        url, back = portal.url(document), night + 90

        def go(_event: Event, _files: Path) -> None:
            document.away, document.listed = away, bool(instance % 2)

        def come(_event: Event, _files: Path) -> None:
            document.away, document.listed = "", True

        gone, returned = frozenset({"gone"}), frozenset({"returned"})
        yield Event(
            night, f"taken down ({away})", portal.id, go, by.gone, _page(portal) + GONE, url, changes=gone, until=back
        )
        yield Event(back, "returned", portal.id, come, by.changed("returned"), _page(portal), url, changes=returned)

    return events


def _taken(portal: Portal, night: int, _instance: int) -> Iterator[Event]:
    """A gambler's name stands in a report in the place of its issuer."""
    document = [one for one in portal.documents if not one.issue.unit][3]

    def act(_event: Event, _files: Path) -> None:
        document.taken = True
        document.version += 1

    yield Event(
        night, "hijacked", portal.id, act, by.hijacked, _page(portal), portal.url(document),
        alarms=frozenset({"hijacked"}), changes=frozenset({"text", "replaced"}),
    )  # fmt: skip


def _linking(portal: Portal, night: int, _instance: int) -> Iterator[Event]:
    """The list names a report on a gambler's host."""

    def act(_event: Event, _files: Path) -> None:
        portal.mirror, portal.mirrored = "www.betting.example", night

    yield Event(night, "mirror linked", portal.id, act, by.linked, _within(portal, night))


# ---------------------------------------------------------------- portals


def _breaking(door: Door, nights: int) -> Special:
    """The server breaks, and is mended."""

    def events(portal: Portal, night: int, _instance: int) -> Iterator[Event]:
        def fall(_event: Event, _files: Path) -> None:
            portal.door = door

        def heal(_event: Event, _files: Path) -> None:
            portal.door = ""

        code, attempts = ("challenged", 1) if door == "challenge" else ("unreachable", 2)
        yield Event(
            night, f"broke ({door})", portal.id, fall, by.raised(code, attempts), _within(portal, night) + attempts,
            alarms=frozenset({"unreachable", "challenged"}), until=night + nights - 1,
        )  # fmt: skip
        yield Event(night + nights, "mended", portal.id, heal, by.back, LONGEST_FAILED.days)

    return events


def _redesigned(*, sends_on: bool) -> Special:
    """Another family and other addresses; the old ones send on, or are dead. Later the operator mends its file."""

    def events(portal: Portal, night: int, _instance: int) -> Iterator[Event]:
        before = list(portal.documents)
        old = [portal.url(document) for document in before]
        new: list[str] = []
        later: list[str] = []  # addresses of what came after this was planned

        def act(_event: Event, _files: Path) -> None:
            there = [document for document in before if not document.away]
            later.extend(portal.url(document) for document in portal.documents if document not in before)
            redesign(portal, sends_on=sends_on)
            new.extend(portal.url(document) for document in there)

        def mend(_event: Event, files: Path) -> None:
            (files / f"{portal.id}.toml").write_text(portal.file(), "utf-8")

        kind, judge, patience = ("moved", by.changed("moved"), 0) if sends_on else ("gone", by.gone, GONE)
        patience += _page(portal, 2)
        raised, within = by.raised("redesigned"), _within(portal, night)
        shown = frozenset({"redesigned"})
        yield Event(
            night, "redesigned", portal.id, act, raised, within,
            alarms=shown, until=night + 60, changes=frozenset({kind, "metadata"}), urls=later, url=portal.column,
        )  # fmt: skip
        yield Event(night, "at new addresses", portal.id, judge=by.there(new), patience=within)
        yield Event(night + 8, "file mended", portal.id, mend)
        for url in old:
            yield Event(
                night, f"{kind} by redesign", portal.id, judge=judge, patience=patience, url=url,
                changes=frozenset({kind, "metadata"}), alarms=frozenset({"many_gone"}),
            )  # fmt: skip

    return events


def _moving(*, named: bool) -> Special:
    """Another host; its file names it at once, or when the operator has seen the alarm."""

    def events(portal: Portal, night: int, _instance: int) -> Iterator[Event]:
        before = list(portal.documents)
        old = [portal.url(document) for document in before]
        new: list[str] = []
        later: list[str] = []  # addresses of what came after this was planned

        def act(_event: Event, files: Path) -> None:
            text, name = portal.file(), portal.host
            later.extend(portal.url(document) for document in portal.documents if document not in before)
            move(portal, f"zfxxgk.{portal.id}.example")
            new.extend(portal.url(document) for document in before)
            if named:
                hosts = ", ".join(f'"{host}"' for host in portal.hosts)
                text = text.replace(f'hosts = ["{name}"]', f"hosts = [{hosts}]")
                (files / f"{portal.id}.toml").write_text(text, "utf-8")

        def mend(_event: Event, files: Path) -> None:
            (files / f"{portal.id}.toml").write_text(portal.file(), "utf-8")

        known, within = night, _within(portal, night)
        if named:
            yield Event(night, "moved host", portal.id, act, by.there(new), within, changes=frozenset({"moved"}))
        else:
            known = night + 9
            yield Event(
                night, "lost host", portal.id, act, by.raised("unreachable", 2), within + 1,
                alarms=frozenset({"unreachable", "many_gone"}), until=known + LONGEST_FAILED.days,
                changes=frozenset({"gone"}),
            )  # fmt: skip
            yield Event(
                known, "found again", portal.id, mend, by.there(new), LONGEST_FAILED.days,
                changes=frozenset({"moved", "returned"}), urls=later, url=portal.column,
            )  # fmt: skip
        moved = frozenset({"moved", "returned"})
        for url in old:
            yield Event(
                known,
                "moved to the host",
                portal.id,
                judge=by.changed("moved"),
                patience=_page(portal, 2),
                url=url,
                changes=moved,
            )

    return events


def _halved(portal: Portal, night: int, _instance: int) -> Iterator[Event]:
    """The list loses half of its entries; the pages are still there."""

    def act(_event: Event, _files: Path) -> None:
        for document in portal.documents[::2]:
            document.listed = False

    fewer, within = frozenset({"fewer_links"}), _within(portal, night)
    yield Event(night, "list halved", portal.id, act, by.raised("fewer_links"), within, alarms=fewer, until=night + 40)


def _recoding(portal: Portal, night: int, _instance: int) -> Iterator[Event]:
    """The same pages in another character set."""
    urls = [portal.url(document) for document in portal.documents]

    def act(_event: Event, _files: Path) -> None:
        portal.charset = "utf-8" if portal.kind.charset == "gbk" else "gbk"
        for document in portal.documents:
            document.version += 1

    yield Event(night, "recoded", portal.id, act, by.recoded(urls), _page(portal))


SPECIAL = (
    _vanishing("gone"), _vanishing("soft"), _vanishing("off_host"), _redesigned(sends_on=True),
    _redesigned(sends_on=False), _moving(named=True), _moving(named=False), _breaking("dns", 9), _breaking("busy", 4),
    _breaking("timeout", 9), _breaking("challenge", 9), _linking, _taken, _halved, _recoding,
)  # fmt: skip
_EVERYWHERE = frozenset(
    {"redesigned", "moved host", "lost host", "recoded"}
)  # edits would be of addresses of another day
QUICK: tuple[tuple[Special, int], ...] = (  # and the night on which it begins: pages are looked at in the second
    (_vanishing("gone"), 1), (_redesigned(sends_on=True), 5), (_breaking("dns", 2), 5), (_breaking("challenge", 2), 4),
    (_linking, 3), (_taken, 1), (_halved, 5), (_recoding, 4),
)  # fmt: skip

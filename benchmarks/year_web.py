"""The web of the simulated year: its portals, what becomes of them, and a note of every request that came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from benchmarks.year_portal import NEWEST, Document, Portal
from crawler.demo.kinds import KINDS
from crawler.demo.prose import WORDS, Issue, Place
from crawler.demo.site import Answer


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came."""

    night: int
    host: str
    target: str
    status: int

    @property
    def url(self) -> str:
        return f"http://{self.host}{self.target}"


class Web:
    """All portals by host, as a server of `crawler.demo` asks for them; every request is noted."""

    def __init__(self, portals: list[Portal]) -> None:
        self.portals = {portal.id: portal for portal in portals}
        self.asked: list[Asked] = []
        self.night = 0

    def __contains__(self, host: object) -> bool:
        return isinstance(host, str)  # a host that is no portal's answers too: whoever asks there is noted

    def __getitem__(self, host: str) -> _Door:
        return _Door(self, host)

    def answer(self, host: str, target: str, asked: Mapping[str, str]) -> Answer:
        portal = next((one for one in self.portals.values() if host in one.hosts), None)
        if portal is not None and host == portal.host:
            answer = portal.answer(target, asked)
        elif portal is not None and target != "/robots.txt":  # a host of another day sends on
            answer = Answer(301, (("Location", f"http://{portal.host}{target}"),), b"")
        else:
            answer = Answer(404, (("Content-Type", "text/plain"),), b"not here\n")
        self.asked.append(Asked(self.night, host, target, answer.status))
        return answer


@dataclass(frozen=True)
class _Door:
    """One host, as the server asks for it."""

    web: Web
    host: str

    def get(self, target: str, asked: Mapping[str, str]) -> Answer:
        return self.web.answer(self.host, target, asked)


_KINDS = ("trs", "asp", "lonsun", "hunan")
_WORDS = "安临云青石枕望澄禾漪泽岚"


def portals(count: int, years: int = 10) -> list[Portal]:
    """So many portals of four kinds, every tenth a tree of columns, every twentieth one with many reports."""
    made = []
    for number in range(count):
        name = f"{_WORDS[number % 12]}{_WORDS[(number // 12 + 5) % 12]}{'水' if number % 2 else '山'}县"
        kind = "hunan" if number % 10 == 9 else _KINDS[number % 4]
        place = Place(name, f"www.p{number:02}.example", f"99{number:04d}0001")
        portal = Portal(
            f"p{number:02}", place, KINDS[kind], has_start=number % 4 != 2, tree=number % 10 == 9,
            restless=number % 15 == 14,
        )  # fmt: skip
        units: list[str] = [""]
        if portal.tree:
            units += [*WORDS["chrome"]["bureaus"][:3], *WORDS["chrome"]["towns"][:3]]
        elif number % 20 == 4:
            units += WORDS["chrome"]["bureaus"][:3]
        for unit in units:
            for year in range(NEWEST - years if len(units) == 1 else NEWEST - years // 2, NEWEST):
                add(portal, Issue(place, unit, year))
        made.append(portal)
    return made


def add(portal: Portal, issue: Issue, day: date | None = None) -> Document:
    """Publish a report."""
    document = Document(issue, len(portal.documents), day or issue.published)
    portal.documents.append(document)
    return document


def redesign(portal: Portal, *, sends_on: bool) -> None:
    """Give a portal another family and other addresses; the ones before send on, or are dead."""
    before = [portal.kind.column(0), *map(portal.path, portal.documents)]
    portal.kind = KINDS[{"trs": "lonsun", "asp": "lonsun", "lonsun": "hunan", "hunan": "trs"}[portal.kind.name]]
    after = [portal.kind.column(0), *map(portal.path, portal.documents)]
    for old, new in zip(before, after, strict=True):
        portal.old[old] = f"http://{portal.host}{new}" if sends_on else ""


def move(portal: Portal, host: str) -> None:
    """Move a portal to another host; the one before sends on."""
    portal.aliases = (portal.host, *portal.aliases)
    portal.place = replace(portal.place, host=host)

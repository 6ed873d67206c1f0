"""The national registry: every division of today with the home page of its government, beside the portal files.

A registry's portal has its division code for an id, and no listing address: its column is found from the home page.
`data/provenance.txt` says where the table comes from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import cast

from pipelines.divisions import Level, by_code, lies_within
from pipelines.records import Portal


@dataclass(frozen=True, slots=True)
class Entry:
    """A division of today; without a portal where no home page is known. GB/T 2260 has no code for a few."""

    code: str | None
    name: str
    level: Level
    parent: str
    portal: Portal | None

    @property
    def id(self) -> str:
        return self.code or self.name


@cache
def entries() -> Mapping[str, Entry]:
    """The registry by id, sorted by code."""
    found: dict[str, Entry] = {}
    for line in _lines("portals.tsv"):
        code, name, level, parent, home, hosts = line.split("\t")
        portal = None
        if home:
            digest = hashlib.sha256(line.encode()).hexdigest()
            portal = Portal(code or name, name, code or None, home, tuple(hosts.split()), sha256=digest)
        found[code or name] = Entry(code or None, name, cast("Level", level), parent, portal)
    return MappingProxyType(found)


def with_registry(portals: Mapping[str, Portal]) -> dict[str, Portal]:
    """Portals of files, and those of the registry whose division no file describes."""
    taken = {word for portal in portals.values() for word in (portal.id, portal.code or portal.name)}
    rest = {entry.id: entry.portal for entry in entries().values() if entry.portal and entry.id not in taken}
    return {**portals, **rest}


def lies_in(portal: Portal, code: str) -> bool:
    """Whether a portal's government is that of a division, or of one in it."""
    where = portal.code
    if where is None:
        entry = entries().get(portal.name)
        where = entry.parent if entry else None
    return where is not None and lies_within(where, code)


@cache
def _successors() -> Mapping[str, tuple[str, ...]]:
    rows = (line.split("\t") for line in _lines("successors.tsv"))
    return MappingProxyType({code: tuple(successors.split()) for code, successors, _ in rows})


def today(code: str) -> tuple[str, ...]:
    """The codes that govern today what this one did: itself, its successor, or those among which it was split."""
    found = by_code(code)
    if found and found[-1].last is None:
        return (code,)
    return _successors().get(code, ())


def _lines(name: str) -> Iterator[str]:
    """The rows of a table, without its comments and its heading."""
    lines = files("crawler").joinpath("data", name).read_text("utf-8").splitlines()
    yield from [line for line in lines if not line.startswith("#")][1:]

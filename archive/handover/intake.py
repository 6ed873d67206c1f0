"""Keeping what others made: in a run of its own, marked, and never twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from archive import filing
from archive.archive import Archive
from archive.handover.incoming import Taken
from archive.handover.notes import Notes
from archive.urls import canonical

_BATCH = 64  # visits a commit
_NAMESAKES = 100  # visits of one record's identity that are looked through for it

# Made here: a file may come back to the archive that it was exported from.
_OURS = """
SELECT v.run, v.number, v.outcome FROM runs AS r JOIN visits AS v ON v.run = r.id
WHERE r.uid = :uid AND v.number = :number"""
# Taken in before. An identity is no more than a word of its file: some programs give all records the same.
_TAKEN = f"""
SELECT run, number, outcome, url = :url AND (requested_at = :at OR json_extract(imported, '$.date') IS NOT NULL)
FROM visits WHERE imported IS NOT NULL AND json_extract(imported, '$.record') = :record LIMIT {_NAMESAKES}"""  # noqa: S608 - a number of ours
_UNFINISHED = "SELECT max(id) FROM runs WHERE outcome = 'running' AND settings = ? AND recipe = ?"


class _Indistinct(Exception):  # noqa: N818 - it is no error
    """Raised inside this module for a record whose identity too many others have."""


def unfinished(archive: Archive, settings: dict[str, Any], recipe: str) -> int | None:
    """The run that began to take in the same files in the same way, and was stopped."""
    said = filing.clean(filing.to_json({name: value for name, value in settings.items() if value is not None}))
    (run,) = archive.connection.execute(_UNFINISHED, [said, recipe]).fetchone()
    return run and int(run)


@dataclass(slots=True)
class Intake:
    """What one run takes in. One that was stopped goes on behind what it took, and ends as if it had not been.

    `runs` are those whose visits the files hold: this one, and others that took in, or made, some of them before.
    """

    archive: Archive
    run: int
    counts: Counter[str] = field(default_factory=Counter)
    runs: set[int] = field(default_factory=set)
    before: int = field(init=False)  # number of the last visit that was taken in before it was stopped
    _last: int = field(init=False)
    _notes: Notes = field(default_factory=Notes)  # the numbers that visits were given here

    def __post_init__(self) -> None:
        (self.before,) = self.archive.connection.execute(
            "SELECT coalesce(max(number), 0) FROM visits WHERE run = ?", [self.run]
        ).fetchone()
        self._last = self.before
        self.runs.add(self.run)

    def close(self) -> None:
        self._notes.close()

    def take(self, visits: Iterable[Taken], progress: Callable[[], None]) -> None:
        for batch in _batches(iter(visits)):
            with self.archive.transaction():
                for taken in batch:
                    self._take(taken)
                    progress()

    def _take(self, taken: Taken) -> None:
        try:
            found = self._found(taken)
        except _Indistinct:
            self.counts["indistinct"] += 1
            return
        if found is None:
            self._last += 1
            number, outcome = self._last, self._keep(taken)
        else:
            run, number, outcome = found
            self.runs.add(run)
            if run != self.run or number > self.before or self._notes.get("met", number):
                self.counts["known"] += 1
                return
            self._notes.put("met", number, 1)
            self._origins(taken)  # as when it was taken in
        self.counts[outcome] += 1
        self._notes.put("address", canonical(taken.visit.url), number)
        if taken.key:
            self._notes.put("key", taken.key, number)
        if taken.onward:
            self._notes.put("onward", canonical(taken.onward), number)

    def _found(self, taken: Taken) -> tuple[int, int, str] | None:
        """Run, number and outcome of a visit that is here already."""
        visit, connection = taken.visit, self.archive.connection
        if taken.key:
            uid, number = taken.key
            if ours := connection.execute(_OURS, {"uid": uid, "number": number}).fetchone():
                run, number, outcome = ours
                return run, number, outcome
        said = {"record": taken.record, "url": filing.clean(visit.url), "at": filing.stamp(visit.requested_at)}
        namesakes = connection.execute(_TAKEN, said).fetchall()
        for run, number, outcome, is_it in namesakes:
            if is_it:
                return run, number, outcome
        if len(namesakes) == _NAMESAKES:
            raise _Indistinct
        return None

    def _origins(self, taken: Taken) -> tuple[int | None, int | None]:
        """Numbers of the visits that sent here, and that held the link."""
        if taken.key:
            redirected, discovered = (
                key and self._notes.get("key", key) for key in (taken.redirected_from, taken.discovered_on)
            )
            return redirected, discovered
        redirected = self._notes.pop("onward", canonical(taken.visit.url))  # others say no more than addresses
        if taken.via and redirected is None:
            return None, self._notes.get("address", canonical(taken.via))
        return redirected, None

    def _keep(self, taken: Taken) -> str:
        redirected_from, discovered_on = self._origins(taken)
        uid = taken.key[0] if taken.key else ""
        visit = replace(
            taken.visit,
            number=self._last,
            redirected_from=redirected_from,
            discovered_on=discovered_on,
            rendering=taken.visit.rendering and self._renumbered(taken.visit.rendering, uid),
        )
        return self.archive.keep(self.run, visit).outcome

    def _renumbered(self, rendering: Any, uid: str) -> dict[str, Any]:
        """A rendering with our numbers in the place of its run's; what was not taken in with it is left out."""
        parts = (self._notes.get("key", (uid, part)) for part in rendering.get("parts", ()))
        return {
            **rendering,
            "of": self._notes.get("key", (uid, rendering.get("of", 0))),
            "parts": [part for part in parts if part is not None],
        }


def _batches(visits: Iterator[Taken]) -> Iterator[list[Taken]]:
    while batch := list(islice(visits, _BATCH)):
        yield batch

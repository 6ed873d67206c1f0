"""Keeping what others made: in a run of its own, marked, and never twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from archive.archive import Archive
from archive.handover.incoming import Key, Taken
from archive.urls import canonical

_BATCH = 64  # visits a commit

# Taken in before, or made here: a file may come back to the archive that it was exported from.
_KNOWN = """
SELECT 1 FROM visits WHERE imported IS NOT NULL AND json_extract(imported, '$.record') = :record
UNION ALL SELECT 1 FROM runs AS r JOIN visits AS v ON v.run = r.id WHERE r.uid = :uid AND v.number = :number LIMIT 1"""


@dataclass(slots=True)
class Intake:
    """What one run takes in: numbers given, and which address and which foreign visit has which."""

    archive: Archive
    run: int
    counts: Counter[str] = field(default_factory=Counter)
    _numbers: dict[Key, int] = field(default_factory=dict)
    _addresses: dict[str, int] = field(default_factory=dict)
    _sent_on: dict[str, int] = field(default_factory=dict)  # by the address that a redirect leads to
    _last: int = 0

    def take(self, visits: Iterable[Taken], progress: Callable[[], None]) -> None:
        for batch in _batches(iter(visits)):
            with self.archive.transaction():
                for taken in batch:
                    self._keep(taken)
                    progress()

    def _keep(self, taken: Taken) -> None:
        uid, number = taken.key or ("", 0)
        if self.archive.connection.execute(_KNOWN, {"record": taken.record, "uid": uid, "number": number}).fetchone():
            self.counts["known"] += 1
            return
        self._last += 1
        address = canonical(taken.visit.url)
        redirected_from = self._numbers.get(taken.redirected_from) if taken.redirected_from else None
        discovered_on = self._numbers.get(taken.discovered_on) if taken.discovered_on else None
        if taken.key is None:  # others say no more than addresses
            redirected_from = self._sent_on.pop(address, None)
            if taken.via and redirected_from is None:
                discovered_on = self._addresses.get(canonical(taken.via))
        visit = replace(
            taken.visit,
            number=self._last,
            redirected_from=redirected_from,
            discovered_on=discovered_on,
            rendering=taken.visit.rendering and self._renumbered(taken.visit.rendering, uid),
        )
        kept = self.archive.keep(self.run, visit)
        self.counts[kept.outcome] += 1
        self._addresses[address] = self._last
        if taken.key:
            self._numbers[taken.key] = self._last
        if taken.onward:
            self._sent_on[canonical(taken.onward)] = self._last

    def _renumbered(self, rendering: Any, uid: str) -> dict[str, Any]:
        """A rendering with our numbers in the place of its run's; what was not taken in with it is left out."""
        ours = dict(rendering)
        ours["of"] = self._numbers.get((uid, rendering.get("of", 0)))
        ours["parts"] = [
            self._numbers[uid, part] for part in rendering.get("parts", ()) if (uid, part) in self._numbers
        ]
        return ours


def _batches(visits: Iterator[Taken]) -> Iterator[list[Taken]]:
    while batch := list(islice(visits, _BATCH)):
        yield batch

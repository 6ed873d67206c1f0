"""What the parts of a merge share: the two archives, what was taken, what could not be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from archive import bodies
from archive.archive import Archive
from archive.bodies import Chain

BATCH = 200  # visits or reports a commit: a kill costs no more than the work on these


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something of the other archive that was not taken as it is, and why."""

    code: str
    table: str
    row: int | str
    message: str


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of one file: how many rows of what were taken or known before, and what was not taken."""

    path: Path
    counts: Counter[str] = field(default_factory=Counter)
    conflicts: list[Conflict] = field(default_factory=list)


class Pair:
    """The archive that is merged into, and the one whose rows it takes."""

    def __init__(self, target: Archive, other: Archive, merged: Merged, progress: Callable[[int, int], None]) -> None:
        self.target = target
        self.mine = target.connection
        self.theirs = other.connection
        self.other = other
        self.merged = merged
        self._progress = progress
        self._done = 0
        (self._total,) = self.theirs.execute(
            "SELECT (SELECT count(*) FROM exchanges) + (SELECT count(*) FROM reports)"
        ).fetchone()

    def looked_at(self, rows: int) -> None:
        self._done += rows
        self._progress(self._done, self._total)

    def count(self, name: str, rows: int = 1) -> None:
        self.merged.counts[name] += rows

    def conflict(self, code: str, table: str, row: int | str, message: str) -> None:
        """Note what was not taken; `row` is its key in the other archive."""
        self.merged.conflicts.append(Conflict(code, table, row, f"{self.other.path}: {message}"))


def take_body(pair: Pair, sha256: str) -> int:
    """Take a body with those it is packed against, where they are not here, each read first; its number here.

    One that is here stays as it is. What is new refers to what was here before it, so that no circle can come of it.
    """
    for row in reversed(Chain(pair.theirs, pair.other.path, sha256).rows):
        if pair.mine.execute("SELECT 1 FROM bodies WHERE sha256 = ?", [row.sha256]).fetchone() is None:
            raw = Chain(pair.theirs, pair.other.path, row.sha256).read()
            pair.mine.execute(bodies.INSERT, [row.sha256, len(raw), row.codec, row.reference, row.level, row.stored])
            pair.count("bodies")
    (number,) = pair.mine.execute("SELECT id FROM bodies WHERE sha256 = ?", [sha256]).fetchone()
    return int(number)

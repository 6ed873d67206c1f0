"""A night's share of the bodies: each night re-hashes some, from where the one before ended, and so in time all."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive.archive import Archive
from archive.faults import Fault
from archive.verify import body_fault

_BATCH = 64  # bodies between two questions for the next
_KNOWN = 100  # damaged bodies that every night looks at again


@dataclass(frozen=True, slots=True)
class Round:
    """How far the nights have come, in the order of the hashes, and what tonight has done of it."""

    reached: str = ""  # the body that was read last
    damaged: tuple[str, ...] = ()  # found so: read again every night, so that a fault does not pass with its night
    read: int = 0  # tonight
    bodies: int = 0  # of the archive

    def __str__(self) -> str:
        if self.read >= self.bodies:
            return f"all {self.bodies} bodies were re-hashed"
        nights = -(-self.bodies // self.read)
        return f"{self.read} of {self.bodies} bodies were re-hashed, all of them are in {nights} nights"


def go_on(archive: Archive, before: Round, seconds: float) -> tuple[Round, list[Fault]]:
    """Re-hash bodies from where the round before ended, one at least, for so many seconds; and what is wrong."""
    end = time.monotonic() + seconds
    faults = [fault for sha256 in before.damaged if (fault := _fault(archive, sha256))]
    (bodies,) = archive.connection.execute("SELECT count(*) FROM bodies").fetchone()
    reached, read = before.reached, 0
    for sha256 in _from(archive.connection, before.reached):
        if sha256 not in before.damaged and (fault := _fault(archive, sha256)):
            faults.append(fault)
        reached, read = sha256, read + 1
        if read >= bodies or time.monotonic() >= end:
            break
    damaged = tuple(str(fault.row) for fault in faults[:_KNOWN])
    return Round(reached, damaged, read, bodies), faults


def _from(connection: sqlite3.Connection, after: str) -> Iterator[str]:
    """The bodies after one, then those from the first on; without an end, unless there is none."""
    reached = after
    while True:
        found: Sequence[tuple[str]] = connection.execute(
            "SELECT sha256 FROM bodies WHERE sha256 > ? ORDER BY sha256 LIMIT ?", [reached, _BATCH]
        ).fetchall()
        if not found and not reached:
            return
        for (sha256,) in found:
            yield sha256
        reached = found[-1][0] if found else ""


def _fault(archive: Archive, sha256: str) -> Fault | None:
    try:
        return body_fault(archive, sha256)
    except sqlite3.DatabaseError as error:  # the file itself is damaged there: the other bodies are read all the same
        return Fault("body_damaged", "bodies", sha256, f"cannot be read: {error}: restore the file from a copy")

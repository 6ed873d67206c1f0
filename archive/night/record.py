"""What a night run did beside its visits: which portals were due, which were left over, how its steps ended."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

_TAKE = """INSERT INTO nights (run, began_at, said) SELECT id, :began_at, :said FROM runs WHERE uid = :uid
ON CONFLICT DO NOTHING"""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a night: crawl, derive, verify, backup, export, report, webhook."""

    name: str
    outcome: Literal["well", "failed", "left"]  # left: for want of time, to the next night
    message: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Record:
    """What a night says of itself."""

    began_at: str
    budget: float  # seconds
    ended: Literal["whole", "budget", "stopped"]
    due: Mapping[str, str] = field(default_factory=dict)  # portals in the order they were due, and why
    failed: Mapping[str, str] = field(default_factory=dict)  # and why
    left: tuple[str, ...] = ()  # portals that were not begun, or stopped
    steps: tuple[Step, ...] = ()
    file_bytes: int = 0


def write(connection: sqlite3.Connection, run: int, record: Record) -> None:
    said = json.dumps(asdict(record), ensure_ascii=False)
    connection.execute(
        "INSERT OR REPLACE INTO nights (run, began_at, said) VALUES (?, ?, ?)", [run, record.began_at, said]
    )


def read(connection: sqlite3.Connection, run: int) -> Record | None:
    """None for a crawl that was no night run, and for a night that was killed."""
    row = connection.execute("SELECT said FROM nights WHERE run = ?", [run]).fetchone()
    if row is None:
        return None
    said: dict[str, Any] = json.loads(row[0])
    return Record(**{**said, "left": tuple(said["left"]), "steps": tuple(Step(**step) for step in said["steps"])})


def take(mine: sqlite3.Connection, theirs: sqlite3.Connection) -> None:
    """Take over what another archive's nights said."""
    sql = "SELECT u.uid, n.began_at, n.said FROM nights AS n JOIN runs AS u ON u.id = n.run"
    for uid, began_at, said in theirs.execute(sql).fetchall():
        mine.execute(_TAKE, {"uid": uid, "began_at": began_at, "said": said})

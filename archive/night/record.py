"""What a night run did beside its visits: which portals were due, which were left over, how its steps ended."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from archive import seals
from archive.rounds import Round

_TAKE = """INSERT INTO nights (run, began_at, said, seal) SELECT id, :began_at, :said, :seal FROM runs WHERE uid = :uid
ON CONFLICT DO NOTHING"""
_ROUND = """SELECT json_extract(said, '$.round') FROM nights WHERE json_extract(said, '$.round') IS NOT NULL
ORDER BY run DESC LIMIT 1"""
# Nights since the last one that was told, which asked for something and did not come to their report.
_UNTOLD = """SELECT u.id AS run, u.started_at, u.outcome,
  sum(v.role IN ('report', 'attachment') AND v.outcome IN ('new', 'changed')) AS news
FROM runs AS me JOIN runs AS u ON u.started_at < me.started_at AND u.command LIKE '%nightly%'
  AND u.started_at > coalesce(
    (SELECT max(o.started_at) FROM nights AS n JOIN runs AS o ON o.id = n.run WHERE o.started_at < me.started_at), '')
  JOIN exchanges AS v ON v.run = u.id AND v.imported IS NULL
WHERE me.id = ? GROUP BY u.id ORDER BY u.started_at"""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a night: portal files (only where some are wrong), crawl, derive, verify, backup, export, report,
    webhook.
    """

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
    round: Round | None = None  # of re-hashing bodies; None: tonight had none


def write(connection: sqlite3.Connection, run: int, record: Record) -> None:
    said = json.dumps(asdict(record), ensure_ascii=False)
    (uid,) = connection.execute("SELECT uid FROM runs WHERE id = ?", [run]).fetchone()
    seal = seals.of("nights", {"began_at": record.began_at, "said": said}, uid.encode())
    connection.execute(
        "INSERT OR REPLACE INTO nights (run, began_at, said, seal) VALUES (?, ?, ?, ?)",
        [run, record.began_at, said, seal],
    )


def read(connection: sqlite3.Connection, run: int) -> Record | None:
    """None for a crawl that was no night run, and for a night that was killed."""
    row = connection.execute("SELECT said FROM nights WHERE run = ?", [run]).fetchone()
    if row is None:
        return None
    said: dict[str, Any] = json.loads(row[0])
    return Record(
        **{
            **said,
            "left": tuple(said["left"]),
            "steps": tuple(Step(**step) for step in said["steps"]),
            "round": _round(said.get("round")),
        }
    )


def untold(connection: sqlite3.Connection, run: int) -> list[Mapping[str, Any]]:
    """The nights before a run that no report tells of: {run, started_at, outcome, news}."""
    return seals.rows(connection, _UNTOLD, run)


def last_round(connection: sqlite3.Connection) -> Round:
    """How far the nights have come in re-hashing bodies."""
    row = connection.execute(_ROUND).fetchone()
    return (_round(json.loads(row[0])) if row else None) or Round()


def _round(said: Mapping[str, Any] | None) -> Round | None:
    return Round(**{**said, "damaged": tuple(said["damaged"])}) if said else None


def take(mine: sqlite3.Connection, theirs: sqlite3.Connection) -> list[tuple[int, str]]:
    """Take over what another archive's nights said; run and identity of those that are not as they were sealed."""
    broken = []
    sql = "SELECT u.id, u.uid, n.began_at, n.said, n.seal FROM nights AS n JOIN runs AS u ON u.id = n.run"
    for run, uid, began_at, said, seal in theirs.execute(sql).fetchall():
        night = {"began_at": began_at, "said": said}
        if seal in {None, seals.of("nights", night, uid.encode())}:
            mine.execute(_TAKE, {"uid": uid, "seal": seal, **night})
        else:
            broken.append((run, uid))
    return broken

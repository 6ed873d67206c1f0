"""What `verify` finds: faults, and what each would cost."""

# ruff: noqa: S608 - the queries are put together from our own vocabulary

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal

_SHOWN = 5  # of each kind; the rest is counted

# What a row takes down with it: the bodies that cannot be read without it, the visits and the reports.
_BODIES = """WITH RECURSIVE needy(id) AS (
  SELECT id FROM bodies WHERE sha256 = ? UNION SELECT b.id FROM needy JOIN bodies AS b ON b.reference = needy.id
) SELECT id FROM needy"""
_VISITS = {
    "bodies": f"SELECT id FROM exchanges WHERE body IN ({_BODIES})",
    "texts": "SELECT visit FROM reports WHERE text_sha256 = ?",
    "visits": "SELECT ?",
    "reports": "SELECT visit FROM reports WHERE id = ?",
}
_REPORTS = {
    "bodies": f"visit IN ({_VISITS['bodies']})",
    "texts": "text_sha256 = ?",
    "visits": "visit = ?",
    "reports": "id = ?",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as promised; of severity `info`, something to know that breaks no promise."""

    code: str
    table: str
    row: int | str | None
    message: str
    severity: Literal["error", "info"] = "error"
    cost: str = ""  # what depends on the row


def cost(connection: sqlite3.Connection, table: str, row: int | str | None) -> str:
    """Which captures, reports and portals a damaged row costs, and whether its page was kept another time."""
    if table not in _VISITS or row is None:
        return ""
    visits = [visit for (visit,) in connection.execute(_VISITS[table], [row])]
    among = ", ".join(map(str, visits))
    portals = connection.execute(f"SELECT DISTINCT portal FROM visits WHERE id IN ({among}) ORDER BY 1").fetchall()
    reports = connection.execute(
        "SELECT DISTINCT coalesce(issuer, '?') || ' ' || coalesce(year, '?') FROM reports"
        f" WHERE verdict IN ('report', 'attachment_only', 'thin') AND {_REPORTS[table]} ORDER BY 1",
        [row],
    ).fetchall()
    words = [
        _named("capture", visits) + (f" of {_listed([portal for (portal,) in portals])}" if portals else ""),
        _named("report", [report for (report,) in reports]),
    ]
    if table == "bodies":
        needy = f"SELECT sha256 FROM bodies WHERE id IN ({_BODIES}) AND sha256 <> ? ORDER BY id"
        bodies = [body for (body,) in connection.execute(needy, [row, row])]
        others = connection.execute(
            "SELECT DISTINCT o.id FROM exchanges AS v JOIN exchanges AS o USING (address)"
            f" WHERE v.id IN ({among}) AND o.body IS NOT NULL AND o.body NOT IN ({_BODIES})"
            " AND o.outcome IN ('new', 'changed', 'same_bytes', 'not_modified') ORDER BY o.id",
            [row],
        ).fetchall()
        words += [f"bodies that need it: {_listed(bodies)}"] if bodies else []
        words.append("another copy at visit: " + (_listed([visit for (visit,) in others]) if others else "none"))
    return "; ".join(words)


def _named(noun: str, things: list[object]) -> str:
    if not things:
        return f"no {noun}"
    return f"{len(things)} {noun}{'s'[: len(things) > 1]} ({_listed(things)})"


def _listed(things: list[object]) -> str:
    rest = f" and {len(things) - _SHOWN} more" if len(things) > _SHOWN else ""
    return ", ".join(map(str, things[:_SHOWN])) + rest

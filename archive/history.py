"""The story of a report: found, read, confirmed, changed, gone, there again, copied, in the order of events."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Any

from archive import lookup, timeline
from archive.lookup import Row
from pipelines.records import CITABLE

_VISITS = """SELECT v.id, v.requested_at AS at, v.url, v.outcome, v.status, v.error, v.redirected_from, v.link_text,
  v.imported, (SELECT d.url FROM visits AS d WHERE d.id = v.discovered_on) AS found_on, (SELECT r.verdict
    FROM exchanges AS x JOIN exchanges AS w USING (address, body) JOIN reports AS r ON r.visit = w.id WHERE x.id = v.id
    ORDER BY r.derived_at DESC, r.id DESC LIMIT 1) AS verdict
FROM visits AS v JOIN runs AS u ON u.id = v.run
WHERE v.canonical_url = ? AND v.role IN ('report', 'attachment') ORDER BY v.requested_at, u.uid, v.number"""
_CHANGES = """SELECT at, kind, message, visit, before, after, diff FROM current_changes WHERE canonical_url = ?
ORDER BY at, kind, before"""
_READ = """SELECT r.derived_at AS at, r.recipe, r.verdict, r.id AS report FROM reports AS r
  JOIN visits AS v ON v.id = r.visit WHERE v.canonical_url = ? ORDER BY r.derived_at, r.id"""
_NEAR = """SELECT v.requested_at AS at, v.url, d.similarity, d.other AS copy FROM duplicates AS d
  JOIN reports AS r ON r.id = d.other JOIN visits AS v ON v.id = r.visit WHERE d.report = ? ORDER BY 1, 2"""
_COPIES = """SELECT s.seen_at AS at, s.url, s.basis, s.copy FROM sightings AS s JOIN reports AS r ON r.id = s.report
  JOIN visits AS v ON v.id = r.visit WHERE v.canonical_url = ? ORDER BY s.seen_at, s.url"""


_STANDINGS = "SELECT report_id, standing, gone_since FROM current_reports"


def marked(connection: sqlite3.Connection, reports: Iterator[Row]) -> Iterator[Row]:
    """Rows of reports, each with its `standing` and `gone_since`, where it is one to cite, and the browser it is
    `drawn_by`, where it is.
    """
    pairs: dict[Any, Any] = {}  # nearly all stand alike: one pair in memory for all of them
    standings = {
        number: pairs.setdefault((standing, since), (standing, since))
        for number, standing, since in connection.execute(_STANDINGS)
    }
    for row in reports:
        standing, since = standings.get(row["report_id"], (None, None))
        drawn = rendering(connection, row["visit"])
        yield {**row, "standing": standing, "gone_since": since, "drawn_by": drawn and (drawn.get("by") or "a browser")}


def rendering(connection: sqlite3.Connection, visit: int) -> Row | None:
    """How a browser drew the page of a visit; None where a server sent it as it is."""
    (facts,) = connection.execute("SELECT rendering FROM visits WHERE id = ?", [visit]).fetchone()
    return None if facts is None else dict(json.loads(facts))


def story(connection: sqlite3.Connection, report: int) -> list[Row]:
    """What happened to a report at its address, and at those that lead there: {at, until, kind, message, url, …}."""
    (visit,) = connection.execute("SELECT visit FROM reports WHERE id = ?", [report]).fetchone()
    events: list[Row] = []
    for address in timeline.led_from(connection, visit):
        changes = [_told(row) for row in lookup.rows(connection, _CHANGES, [address])]
        events += changes
        events += _looks(connection, address, {change["visit"] for change in changes})
        for row in lookup.rows(connection, _READ, [address]):
            message = f"read by {row['recipe']}: {row['verdict']} (report {row['report']})"
            events.append({"at": row["at"], "kind": "read", "message": message, "report": row["report"]})
        for row in lookup.rows(connection, _COPIES, [address]):
            message = f"the same {row['basis']} at {row['url']}"
            events.append({"at": row["at"], "kind": "copied", "message": message, "report": row["copy"]})
    for row in lookup.rows(connection, _NEAR, [report]):
        message = f"nearly the same at {row['url']} ({row['similarity']:.0%} of the words)"
        events.append({"at": row["at"], "kind": "copied", "message": message, "report": row["copy"]})
    return sorted(events, key=lambda event: event["at"])


def _told(change: Row) -> Row:
    return {**change, "diff": json.loads(change["diff"]) if change["diff"] else None}


def _looks(connection: sqlite3.Connection, address: str, telling: set[int]) -> Iterator[Row]:
    """The visits of an address: the first, then one line for each row of those that came to the same.

    `telling`: visits that changes tell of; each ends the line before it.
    """
    group: list[Row] = []
    for number, visit in enumerate(lookup.rows(connection, _VISITS, [address])):
        if group and (visit["id"] in telling or _kind(visit) != _kind(group[-1])):
            yield _together(group)
            group = []
        if number == 0:
            yield {"at": visit["at"], "kind": "found", "message": _how(visit), "visit": visit["id"]}
        elif visit["id"] not in telling:
            group.append(visit)
    if group:
        yield _together(group)


def _kind(visit: Row) -> str:
    return "sent on" if visit["outcome"] == "redirected" else "confirmed" if _is_there(visit) else "missed"


def _is_there(visit: Row) -> bool:
    return visit["outcome"] in timeline.GOOD and visit["verdict"] in CITABLE


def _how(visit: Row) -> str:
    words = f"at {visit['url']}"
    if visit["found_on"]:
        words += f", on {visit['found_on']}"
    if visit["link_text"]:
        words += f" by the link {visit['link_text']}"
    if visit["imported"]:
        words += f", taken in from {json.loads(visit['imported']).get('file')}"
    return words if _is_there(visit) else f"{words}: {_why(visit)}"


def _why(visit: Row) -> str:
    if visit["outcome"] in timeline.GOOD and not _is_there(visit):
        return str(visit["verdict"] or "not read")
    said = visit["status"] or visit["error"]
    return f"{visit['outcome']} ({said})" if said else str(visit["outcome"])


def _together(group: list[Row]) -> Row:
    """One line for looks in a row that came to the same."""
    times = "once" if len(group) == 1 else f"{len(group)} times"
    ways: Counter[Any] = Counter(_why(visit) for visit in group)
    message = f"{times}: " + ", ".join(f"{count} {why}" if len(ways) > 1 else why for why, count in ways.items())
    return {
        "at": group[0]["at"],
        "until": group[-1]["at"],
        "kind": _kind(group[0]),
        "message": message,
        "count": len(group),
        "visit": group[-1]["id"],
    }


def changes(connection: sqlite3.Connection, since: str | None, kinds: tuple[str, ...]) -> Iterator[Row]:
    """What became of reports across the archive, from a day on (ISO 8601), the latest last."""
    wanted = f"kind IN ({', '.join('?' * len(kinds))}) AND at >= ?"
    sql = f"SELECT * FROM current_changes WHERE {wanted} ORDER BY at, canonical_url, kind, before"  # noqa: S608 - marks only
    for row in lookup.rows(connection, sql, [*kinds, since or ""]):
        yield _told(row)

"""The same report at another address is a sighting, not a second report."""

from __future__ import annotations

import sqlite3

from pipelines.records import Report

# The same words are the same report unless they say to be another issuer's or of another year: "see the attachment"
# under ten titles is ten reports. A whole report that leaves one of them unsaid is held for the same, a two-line one
# is not.
_FIRST = """
SELECT r.id FROM reports AS me CROSS JOIN visits AS mine ON mine.id = me.visit
  CROSS JOIN {others}
WHERE me.id = ? AND r.recipe = me.recipe AND r.id <> me.id AND v.canonical_url <> mine.canonical_url
  AND r.verdict IN ('report', 'attachment_only', 'thin')
  AND NOT EXISTS (SELECT 1 FROM sightings AS s WHERE s.copy = r.id)
  AND CASE WHEN me.verdict = 'report' AND r.verdict = 'report'
    THEN coalesce(r.year = me.year, 1) AND coalesce(r.issuer = me.issuer, 1)
    ELSE r.year = me.year AND r.issuer = me.issuer END
ORDER BY r.id LIMIT 1"""
_BASES = {
    "bytes": _FIRST.format(
        others="visits AS v ON v.body = mine.body AND v.id <> mine.id CROSS JOIN reports AS r ON r.visit = v.id"
    ),
    "text": _FIRST.format(
        others="reports AS r ON r.fingerprint = me.fingerprint CROSS JOIN visits AS v ON v.id = r.visit"
    ),
}


def sight(connection: sqlite3.Connection, number: int, report: Report) -> int | None:
    """Note a report just filed that was filed before under another address, and say which; no words match nothing."""
    if report.verdict not in {"report", "attachment_only", "thin"} or not report.text.strip():
        return None
    for basis, sql in _BASES.items():
        first = connection.execute(sql, [number]).fetchone()
        if first is not None:
            connection.execute(
                "INSERT INTO sightings (report, copy, visit, url, basis, seen_at)"
                " SELECT ?, r.id, v.id, v.url, ?, v.requested_at"
                " FROM reports AS r JOIN visits AS v ON v.id = r.visit WHERE r.id = ?",
                [first[0], basis, number],
            )
            return int(first[0])
    return None

"""The same report at another address is a sighting, not a second report."""

from __future__ import annotations

import sqlite3

from pipelines.records import Report

# The same words are the same report where they say to be the same issuer's and of the same year: "see the attachment"
# under ten titles is ten reports. Two whole reports that both leave one of them unsaid are one; where only one does,
# it is a near copy of the other, see archive/near.py: so it does not matter which was filed first.
_FIRST = """
SELECT r.id FROM reports AS me CROSS JOIN visits AS mine ON mine.id = me.visit
  CROSS JOIN {others}
WHERE me.id = ? AND r.recipe = me.recipe AND r.id <> me.id AND v.canonical_url <> mine.canonical_url
  AND r.verdict IN ('report', 'attachment_only', 'thin') AND v.portal <> 'leads'
  AND NOT EXISTS (SELECT 1 FROM sightings AS s WHERE s.copy = r.id)
  AND CASE WHEN me.verdict = 'report' AND r.verdict = 'report'
    THEN r.year IS me.year AND coalesce(r.issuer_full, r.issuer) IS coalesce(me.issuer_full, me.issuer)
    ELSE r.year = me.year AND coalesce(r.issuer_full, r.issuer) = coalesce(me.issuer_full, me.issuer) END
{earlier}
ORDER BY r.derived_at, v.canonical_url, r.id LIMIT 1"""
_OTHERS = {
    "bytes": "visits AS v ON v.body = mine.body AND v.id <> mine.id CROSS JOIN reports AS r ON r.visit = v.id",
    "text": "reports AS r ON r.fingerprint = me.fingerprint CROSS JOIN visits AS v ON v.id = r.visit",
}
# Among all reports of a file, and only among those that come before in an order that every file has.
_BASES = {basis: _FIRST.format(others=others, earlier="") for basis, others in _OTHERS.items()}
_SETTLED = {
    basis: _FIRST.format(
        others=others, earlier="AND (r.derived_at, v.canonical_url) < (me.derived_at, mine.canonical_url)"
    )
    for basis, others in _OTHERS.items()
}
_SHARED = """
SELECT r.id FROM reports AS r JOIN visits AS v ON v.id = r.visit JOIN texts AS t ON t.sha256 = r.text_sha256
WHERE r.verdict IN ('report', 'attachment_only', 'thin')
  AND trim(t.text, char(9, 10, 11, 12, 13, 32, 160, 12288)) <> ''
  AND (r.fingerprint IN (SELECT fingerprint FROM reports GROUP BY fingerprint HAVING count(*) > 1)
    OR v.body IN (
      SELECT w.body FROM reports AS o JOIN visits AS w ON w.id = o.visit GROUP BY w.body HAVING count(*) > 1))
ORDER BY r.derived_at, v.canonical_url, r.id"""


def sight(connection: sqlite3.Connection, number: int, report: Report) -> int | None:
    """Note a report just filed that was filed before under another address, and say which; no words match nothing."""
    if report.verdict not in {"report", "attachment_only", "thin"} or not report.text.strip():
        return None
    return _note(connection, number, _BASES)


def settle(connection: sqlite3.Connection) -> set[int]:
    """Find all sightings anew, as if reports had been filed by when they were derived; the visits whose changed."""
    every = "SELECT report, copy, visit FROM sightings"
    before = set(connection.execute(every))
    connection.execute("DELETE FROM sightings")
    for (number,) in connection.execute(_SHARED).fetchall():
        _note(connection, number, _SETTLED)
    return {visit for _, _, visit in before ^ set(connection.execute(every))}


def _note(connection: sqlite3.Connection, number: int, bases: dict[str, str]) -> int | None:
    for basis, sql in bases.items():
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

"""The same report at another address is a sighting, not a second report.

Which of its addresses stands for it does not depend on the order in which they were met: of those that say the same,
the best is the report, and all others are sightings of it.
"""

# ruff: noqa: S608 - the statements share a condition, written here

from __future__ import annotations

import sqlite3

from pipelines.fingerprint import fingerprint
from pipelines.records import CITABLE, Report

# The same words are the same report where they say to be the same issuer's and of the same year: "see the attachment"
# under ten titles is ten reports. Two whole reports that both leave one of them unsaid are one; where only one does,
# it is a near copy of the other, see archive/near.py.
_IS_SAME = f"""r.recipe = me.recipe
  AND r.verdict IN ('report', 'attachment_only', 'thin') AND r.fingerprint <> '{fingerprint("")}'
  AND CASE WHEN me.verdict = 'report' AND r.verdict = 'report'
    THEN r.year IS me.year AND coalesce(r.issuer_full, r.issuer) IS coalesce(me.issuer_full, me.issuer)
    ELSE r.year = me.year AND coalesce(r.issuer_full, r.issuer) = coalesce(me.issuer_full, me.issuer) END"""
_PEERS = f"""
SELECT r.id FROM reports AS me CROSS JOIN reports AS r ON r.fingerprint = me.fingerprint
WHERE me.id = ?1 AND {_IS_SAME}
UNION SELECT r.id FROM reports AS me CROSS JOIN exchanges AS mine ON mine.id = me.visit
  CROSS JOIN exchanges AS v ON v.body = mine.body CROSS JOIN reports AS r ON r.visit = v.id
WHERE me.id = ?1 AND {_IS_SAME}"""
_BASIS = f"""
SELECT CASE WHEN v.body = mine.body THEN 'bytes' ELSE 'text' END
FROM reports AS me CROSS JOIN exchanges AS mine ON mine.id = me.visit
  CROSS JOIN reports AS r CROSS JOIN exchanges AS v ON v.id = r.visit
WHERE me.id = ? AND r.id = ? AND v.address <> mine.address
  AND (v.body = mine.body OR r.fingerprint = me.fingerprint) AND {_IS_SAME}"""
# As `ranked` has it: a host that its portal names, before that one of the issuer's own division; then pages before
# files. What no portal led to comes last. When it was filed does not count: another archive filed it at another time.
_RANK = """SELECT v.portal = 'leads', -coalesce((SELECT 1 + (h.code IS r.issuer_code)
    FROM portals AS h, json_each(h.hosts) AS n WHERE h.id = v.portal AND n.value = v.host), 0),
  v.role = 'attachment', v.canonical_url, v.requested_at, v.body
FROM reports AS r JOIN visits AS v ON v.id = r.visit WHERE r.id = ?"""
_SHARED = f"""
SELECT r.id FROM reports AS r JOIN exchanges AS v ON v.id = r.visit
WHERE r.verdict IN ('report', 'attachment_only', 'thin') AND r.fingerprint <> '{fingerprint("")}'
  AND (r.fingerprint IN (SELECT fingerprint FROM reports GROUP BY fingerprint HAVING count(*) > 1)
    OR v.body IN (
      SELECT w.body FROM reports AS o JOIN exchanges AS w ON w.id = o.visit GROUP BY w.body HAVING count(*) > 1))"""
_SAID = "SELECT r.fingerprint, r.verdict, v.body FROM reports AS r JOIN exchanges AS v ON v.id = r.visit WHERE r.id = ?"
_NOTED = "SELECT report, copy, visit FROM sightings"

Sighting = tuple[int, int, int]  # report, copy, the copy's visit


def sight(connection: sqlite3.Connection, number: int, report: Report) -> tuple[int | None, set[int]]:
    """Note a report just filed that stands at another address too; no words match nothing.

    Says which one was there before it, and the visits of those that became sightings or ceased to be.
    """
    if report.verdict not in CITABLE or report.fingerprint == fingerprint(""):
        return None, set()
    group = _group(connection, number)
    before = _noted(connection, group)
    connection.executemany("DELETE FROM sightings WHERE copy = ?", [(copy,) for copy in group])
    _settle(connection, group)
    after = _noted(connection, group)
    known = next((one if copy == number else copy for one, copy, _ in sorted(after) if number in {one, copy}), None)
    return known, {visit for _, _, visit in before ^ after}


def settle(connection: sqlite3.Connection) -> set[int]:
    """Find all sightings anew; the visits of those that changed."""
    before = set(connection.execute(_NOTED))
    connection.execute("DELETE FROM sightings")
    left = {number for (number,) in connection.execute(_SHARED)}
    while left:
        group = _group(connection, min(left))
        _settle(connection, group)
        left -= group
    return {visit for _, _, visit in before ^ set(connection.execute(_NOTED))}


def _group(connection: sqlite3.Connection, number: int) -> set[int]:
    """A report with all that say the same as it, or as one of these."""
    group, fresh, said = {number}, [number], set()
    while fresh:
        one = fresh.pop()
        words = connection.execute(_SAID, [one]).fetchone()
        if words not in said:
            said.add(words)
            others = {other for (other,) in connection.execute(_PEERS, [one])} - group
            fresh += others
            group |= others
    return group


def _settle(connection: sqlite3.Connection, group: set[int]) -> None:
    """Go through a group from the best on: each is a sighting of the best before it that says the same, or none."""
    if len(group) == 1:
        return
    place = {number: connection.execute(_RANK, [number]).fetchone() for number in group}
    standing: list[int] = []
    for number in sorted(group, key=place.__getitem__):
        bases = ((connection.execute(_BASIS, [number, other]).fetchone(), other) for other in standing)
        same = sorted((basis[0], at, other) for at, (basis, other) in enumerate(bases) if basis is not None)
        if same:
            basis, _, other = same[0]
            connection.execute(
                "INSERT INTO sightings (report, copy, visit, url, basis, seen_at)"
                " SELECT ?, r.id, v.id, v.url, ?, v.requested_at"
                " FROM reports AS r JOIN visits AS v ON v.id = r.visit WHERE r.id = ?",
                [other, basis, number],
            )
        elif not place[number][0]:  # what no portal led to stands for nothing
            standing.append(number)


def _noted(connection: sqlite3.Connection, group: set[int]) -> set[Sighting]:
    return {row for number in group for row in connection.execute(f"{_NOTED} WHERE copy = ?", [number])}

"""The copies of one report, without ranking the whole archive: the views are asked of its cluster alone."""

from __future__ import annotations

import sqlite3

# Each goes from reports that are in to more that `ranked` looks at to place them. Where a name alone brings another
# issuer's report in as well, the view tells them apart.
_STEPS = (
    "SELECT r.id FROM reports AS s JOIN reports AS r ON r.visit = s.visit WHERE s.id = ?",
    "SELECT report FROM sightings WHERE copy = ?",
    "SELECT copy FROM sightings WHERE report = ?",
    "SELECT other FROM duplicates WHERE report = ?",
    # A file and the pages that link to it, also by way of redirects.
    """WITH RECURSIVE way(canonical_url, origin) AS (
      SELECT v.canonical_url, v.redirected_from FROM reports AS s JOIN visits AS v ON v.id = s.visit WHERE s.id = ?
      UNION SELECT o.canonical_url, o.redirected_from FROM way JOIN visits AS o ON o.id = way.origin)
    SELECT a.report FROM way JOIN attachments AS a ON a.canonical_url = way.canonical_url""",
    "SELECT r.id FROM attachment_visits AS a JOIN reports AS r ON r.visit = a.visit WHERE a.report = ?",
)
_ISSUER = """SELECT DISTINCT year, issuer_code, coalesce(issuer_full, issuer) FROM reports
WHERE id = ? AND year IS NOT NULL AND issuer IS NOT NULL"""
_OF_ISSUER = """SELECT id FROM reports WHERE verdict IN ('report', 'attachment_only', 'thin') AND year = ?
  AND (issuer_kind = 'government' AND issuer_code = ? OR coalesce(issuer_full, issuer) = ?)"""
_VIEWS = ("latest", "ranked", "copies")


def narrow(connection: sqlite3.Connection, number: int) -> None:
    """Have this connection's `copies` tell of a report's cluster alone: quick where the whole view takes a minute."""
    connection.execute("CREATE TEMP TABLE cluster (id INTEGER PRIMARY KEY)")
    connection.executemany("INSERT INTO cluster VALUES (?)", [(one,) for one in sorted(members(connection, number))])
    connection.execute("CREATE TEMP VIEW reports AS SELECT * FROM main.reports WHERE id IN (SELECT id FROM cluster)")
    for view in _VIEWS:
        (sql,) = connection.execute("SELECT sql FROM main.sqlite_schema WHERE name = ?", [view]).fetchone()
        connection.execute(sql.replace("CREATE VIEW", "CREATE TEMP VIEW", 1))


def members(connection: sqlite3.Connection, number: int) -> set[int]:
    """A report and all that its place among copies rests on, theirs too."""
    found, fresh = {number}, [number]
    issuers: set[tuple[int, str | None, str]] = set()
    while fresh:
        one = fresh.pop()
        more = {other for step in _STEPS for (other,) in connection.execute(step, [one])}
        for issuer in set(connection.execute(_ISSUER, [one])) - issuers:
            issuers.add(issuer)
            more |= {other for (other,) in connection.execute(_OF_ISSUER, issuer)}
        fresh += more - found
        found |= more
    return found

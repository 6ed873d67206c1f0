"""How the looks at one address followed each other, and what each of them found there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from archive import seals
from pipelines.records import CITABLE

GOOD = ("new", "changed", "same_bytes", "not_modified")  # outcomes that brought a whole body, or said that one holds
_LOST = frozenset({"gone", "off_host", "redirect_loop"})  # outcomes by which a server says that a page is not there
# Verdicts on what came in the place of a report. A challenge, or what could not be read, says nothing.
_INSTEAD = frozenset({"soft_404", "home", "listing", "error_page", "not_a_report", "mirror"})

# Visits that hoped for a report or a file, in an order that every archive has. Not the page that a browser then drew,
# nor what others fetched at a time that nobody knows.
_VISITS = f"""SELECT v.id, v.requested_at AS at, v.outcome, v.status, v.body, v.canonical_url
FROM visits AS v JOIN runs AS u ON u.id = v.run
WHERE v.canonical_url = ? AND v.role IN ('report', 'attachment') AND v.request_body IS NULL
  AND json_extract(v.imported, '$.date') IS NULL
  AND NOT EXISTS (SELECT 1 FROM visits AS d WHERE d.run = v.run AND d.method = 'RENDER' AND d.body IS NOT NULL
    AND d.canonical_url = v.canonical_url AND json_extract(d.rendering, '$.of') = v.number AND d.outcome IN {GOOD})
ORDER BY v.requested_at, u.uid, v.number"""  # noqa: S608 - a constant

# Where a redirect led to in the end.
_END = """WITH RECURSIVE way(id) AS (
  VALUES (?) UNION SELECT o.id FROM way JOIN visits AS o ON o.redirected_from = way.id)
SELECT id, requested_at AS at, outcome, status, body, canonical_url FROM visits WHERE id = (SELECT max(id) FROM way)"""

# Addresses that visits of an address led to, that one among them.
REACHED = """WITH RECURSIVE way(id) AS (SELECT id FROM visits WHERE canonical_url = ?
  UNION SELECT o.id FROM way JOIN visits AS o ON o.redirected_from = way.id)
SELECT DISTINCT canonical_url FROM way JOIN visits USING (id)"""

# What a recipe read of these bytes at this address; where a further page of the report changed there are several.
_READINGS = """SELECT r.*, w.requested_at AS read_at FROM visits AS w JOIN reports AS r ON r.visit = w.id
WHERE w.canonical_url = ? AND w.body = ? AND r.recipe = ? ORDER BY w.requested_at, w.id"""

_WAY_BACK = """WITH RECURSIVE way(id) AS (
  SELECT n.id FROM visits AS v JOIN visits AS n USING (canonical_url) WHERE v.id = ? UNION
  SELECT v.redirected_from FROM way JOIN visits AS v USING (id) WHERE v.redirected_from IS NOT NULL)
SELECT DISTINCT canonical_url FROM way JOIN visits USING (id) ORDER BY 1"""

# Addresses with more than the same bytes again and again.
_SEVERAL = f"""SELECT canonical_url FROM visits WHERE role IN ('report', 'attachment') GROUP BY canonical_url
  HAVING count(*) > 1 AND (count(DISTINCT body) > 1 OR max(outcome NOT IN {GOOD}))
UNION SELECT v.canonical_url FROM further_pages AS f JOIN reports AS r ON r.id = f.report
  JOIN visits AS v ON v.id = r.visit ORDER BY 1"""  # noqa: S608 - a constant

# Of one address: different bodies, failures, visits, visits with a reading of their own.
_COUNTS = f"""SELECT count(DISTINCT body), count(*) FILTER (WHERE outcome NOT IN {GOOD}), count(*),
  count(*) FILTER (WHERE EXISTS (SELECT 1 FROM reports AS r WHERE r.visit = visits.id))
FROM visits WHERE canonical_url = ? AND role IN ('report', 'attachment')"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class Look:
    """A visit that hoped for a report, and what it found, by way of redirects: a report, or why there is none."""

    visit: int
    at: str
    place: str  # the address that answered
    report: Mapping[str, Any] | None  # its row, one to cite
    why: str


def looks(connection: sqlite3.Connection, address: str, recipe: str) -> Iterator[Look]:
    """The looks at an address that say something, in order."""
    known: dict[tuple[str, str], list[seals.Row]] = {}
    for visit in seals.rows(connection, _VISITS, address):
        end = visit
        if visit["outcome"] == "redirected":
            (end,) = seals.rows(connection, _END, visit["id"])
        if end["outcome"] in _LOST:
            status = f" ({end['status']})" if end["status"] else ""
            yield Look(visit["id"], visit["at"], end["canonical_url"], None, f"{end['outcome']}{status}")
            continue
        key = (end["canonical_url"], end["body"])
        if end["body"] is None or end["outcome"] not in GOOD:
            continue
        if key not in known:
            known[key] = seals.rows(connection, _READINGS, *key, recipe)
        by_then = [reading for reading in known[key] if reading["read_at"] <= end["at"]] or known[key][:1]
        if not by_then:  # not read by this recipe
            continue
        reading = by_then[-1]
        if reading["verdict"] in CITABLE:
            yield Look(visit["id"], visit["at"], end["canonical_url"], reading, "")
        elif reading["verdict"] in _INSTEAD:
            yield Look(visit["id"], visit["at"], end["canonical_url"], None, reading["verdict"])


def may_change(connection: sqlite3.Connection, address: str) -> bool:
    """Whether there is more to an address than one visit, or the same bytes again and again."""
    bodies, failures, visits, read = connection.execute(_COUNTS, [address]).fetchone()
    return bool(visits > 1 and (bodies > 1 or failures > 0 or read > 1))


def led_from(connection: sqlite3.Connection, visit: int) -> list[str]:
    """The address of a visit, and those that sent us on to it."""
    return [address for (address,) in connection.execute(_WAY_BACK, [visit])]


def addresses(connection: sqlite3.Connection) -> list[str]:
    """All addresses at which something may have changed."""
    return [address for (address,) in connection.execute(_SEVERAL).fetchall()]

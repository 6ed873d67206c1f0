"""How the looks at one address followed each other, and what each of them found there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from archive import seals
from archive.trust import header
from archive.urls import canonical
from pipelines.records import CITABLE

GOOD = ("new", "changed", "same_bytes", "not_modified")  # outcomes that brought a whole body, or said that one holds
LOST = frozenset({"gone", "off_host", "redirect_loop"})  # outcomes by which a server says that a page is not there
SAID = (
    *GOOD,
    "redirected",
    "forbidden",
    *sorted(LOST),
)  # outcomes by which it says something of a page, whatever that is
# Verdicts on what came in the place of a report. A challenge, or what could not be read, says nothing.
_INSTEAD = frozenset({"soft_404", "home", "listing", "error_page", "not_a_report", "mirror"})

# Visits that hoped for a report or a file, in an order that every archive has. Not the page that a browser then drew,
# nor what others fetched at a time that nobody knows.
_VISITS = f"""SELECT v.id, v.requested_at AS at, v.outcome, v.status, v.body, v.canonical_url
FROM visits AS v JOIN runs AS u ON u.id = v.run
WHERE v.canonical_url = ? AND v.role IN ('report', 'attachment') AND v.request_body IS NULL
  AND json_extract(v.imported, '$.date') IS NULL
  AND NOT EXISTS (SELECT 1 FROM visits AS d WHERE d.run = v.run AND d.method = 'RENDER' AND d.body IS NOT NULL
    AND d.address = v.address AND json_extract(d.rendering, '$.of') = v.number AND d.outcome IN {GOOD})
ORDER BY v.requested_at, u.uid, v.number"""  # noqa: S608 - a constant

# Where a redirect led to in the end.
_END = """WITH RECURSIVE way(id) AS (
  VALUES (?) UNION SELECT o.id FROM way JOIN exchanges AS o ON o.redirected_from = way.id)
SELECT id, requested_at AS at, outcome, status, body, canonical_url, url
FROM visits WHERE id = (SELECT max(id) FROM way)"""

# What came of an address in the run of a visit: one that was asked for already is not asked for again by way of it.
_THERE = """SELECT w.id, w.requested_at AS at, w.outcome, w.status, w.body, w.canonical_url, w.url
FROM visits AS v JOIN visits AS w ON +w.run = v.run AND w.canonical_url = ? WHERE v.id = ?
ORDER BY w.number DESC LIMIT 1"""

# Addresses that visits of an address led to, that one among them.
REACHED = """WITH RECURSIVE way(id) AS (SELECT id FROM visits WHERE canonical_url = ?
  UNION SELECT o.id FROM way JOIN exchanges AS o ON o.redirected_from = way.id)
SELECT DISTINCT canonical_url FROM way JOIN visits USING (id)"""

# What a recipe read of these bytes at this address; where a further page of the report changed there are several.
_READINGS = """SELECT r.*, w.requested_at AS read_at FROM visits AS w JOIN reports AS r ON r.visit = w.id
WHERE w.canonical_url = ? AND w.body = ? AND r.recipe = ? ORDER BY w.requested_at, w.id"""

_WAY_BACK = """WITH RECURSIVE way(id) AS (
  SELECT id FROM exchanges WHERE address = (SELECT id FROM addresses WHERE canonical_url = ?) UNION
  SELECT v.redirected_from FROM way JOIN exchanges AS v USING (id) WHERE v.redirected_from IS NOT NULL)
SELECT DISTINCT canonical_url FROM way JOIN visits USING (id) ORDER BY 1"""

# Visits that sent us on to an address that was asked for before in the same run: no visit links the two.
_UNLINKED = """FROM exchanges AS v JOIN addresses AS a ON a.id = v.address
WHERE v.body IS NULL AND v.role IN ('report', 'attachment') AND v.outcome = 'redirected'
  AND NOT EXISTS (SELECT 1 FROM exchanges AS n WHERE n.redirected_from = v.id)"""
_UNFOLLOWED = f"SELECT DISTINCT a.canonical_url {_UNLINKED}"
_SENT_ON = f"""SELECT v.id, a.canonical_url {_UNLINKED} AND v.portal = (SELECT portal FROM exchanges WHERE id = :visit)
  AND +v.run IN (SELECT run FROM exchanges WHERE {{visits}}) AND v.id >= (
    SELECT min((SELECT f.id FROM exchanges AS f WHERE f.run = w.run ORDER BY f.number LIMIT 1))
    FROM exchanges AS w WHERE {{visits}})"""  # noqa: S608 - a constant
_IN_ITS_RUN = _SENT_ON.format(visits="id = :visit")
_IN_ANY_RUN = _SENT_ON.format(visits="address = (SELECT address FROM exchanges WHERE id = :visit)")

# Addresses with more than the same bytes again and again, and those that are said to have changed.
_SEVERAL = f"""SELECT a.canonical_url FROM addresses AS a JOIN exchanges AS v ON v.address = a.id
  WHERE v.role IN ('report', 'attachment') GROUP BY a.id
  HAVING count(*) > 1 AND (count(DISTINCT v.body) > 1 OR max(v.outcome NOT IN {GOOD}))
UNION SELECT canonical_url FROM changes
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
        end = visit if visit["outcome"] != "redirected" else led_to(connection, visit["id"])
        if end["outcome"] in LOST:
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


def led_to(connection: sqlite3.Connection, visit: int) -> seals.Row:
    """The visit at which a redirect ended, by way of others; its own where what it names was not asked for."""
    (end,) = seals.rows(connection, _END, visit)
    if end["id"] == visit and (named := target(connection, visit)):
        return next(iter(seals.rows(connection, _THERE, named, visit)), end)
    return end


def target(connection: sqlite3.Connection, visit: int) -> str | None:
    """The address that the header of a redirect names."""
    url, headers = connection.execute("SELECT url, response_headers FROM visits WHERE id = ?", [visit]).fetchone()
    to = header(headers, "location")
    try:
        return canonical(urljoin(url, to)) if to else None
    except ValueError:  # a malformed port or IPv6 host
        return None


def may_change(connection: sqlite3.Connection, address: str) -> bool:
    """Whether there is more to an address than one visit, or the same bytes again and again."""
    bodies, failures, visits, read = connection.execute(_COUNTS, [address]).fetchone()
    return bool(visits > 1 and (bodies > 1 or failures > 0 or read > 1))


def led_from(connection: sqlite3.Connection, visit: int) -> list[str]:
    """The address of a visit, and those that sent us on to it."""
    (address,) = connection.execute("SELECT canonical_url FROM visits WHERE id = ?", [visit]).fetchone()
    return leading(connection, address)


def leading(connection: sqlite3.Connection, address: str) -> list[str]:
    """An address, and those that sent us on to it."""
    return [before for (before,) in connection.execute(_WAY_BACK, [address])]


def sent_on(connection: sqlite3.Connection, visit: int, *, ever: bool = False) -> list[str]:
    """The addresses that led to that of a visit without a link between their visits: in its run, or in any."""
    (there,) = connection.execute("SELECT canonical_url FROM visits WHERE id = ?", [visit]).fetchone()
    found = connection.execute(_IN_ANY_RUN if ever else _IN_ITS_RUN, {"visit": visit}).fetchall()
    return sorted({address for number, address in found if target(connection, number) == there})


def unfollowed(connection: sqlite3.Connection) -> list[str]:
    """The addresses that lead to another one without a link between their visits."""
    return [address for (address,) in connection.execute(_UNFOLLOWED).fetchall()]


def addresses(connection: sqlite3.Connection) -> Iterator[str]:
    """All addresses at which something may have changed, as they are found."""
    return (address for (address,) in connection.execute(_SEVERAL))

"""How a run walked a portal's lists, what they have lost since, where the column is, what need not be walked again, and
which lists send on.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from archive.filing import clean, to_json
from pipelines.walks import Memory, Walk

# Runs come in the order in which they began: their numbers are those of the file, and a merge brings older ones later.
_BEFORE = """SELECT lists.reports FROM lists JOIN runs ON runs.id = lists.run WHERE portal = ? AND url = ?
AND (runs.started_at, runs.id) < (SELECT started_at, id FROM runs WHERE id = ?)
AND ended NOT IN ('stopped', 'unreachable') ORDER BY runs.started_at DESC, runs.id DESC LIMIT 1"""
_UNSEEN = ("stopped", "unreachable")  # ends that say nothing of how much a list holds
# A column may list nothing itself: years and bodies have columns below it.
_FOUND = """portal = ? AND json_extract(found, '$.sure') AND ended NOT IN ('unreachable', 'nothing', 'script', 'dead')
AND (ended <> 'astray' OR reports > 0)
AND run IN (SELECT one.run FROM lists AS one WHERE one.portal = lists.portal AND one.reports > 0)"""

# The last walk of each list, if it ended well, the last one to the end before it, and what the walks from there on saw.
_MEMORY = """WITH walked AS (SELECT lists.*, started_at, dense_rank() OVER (ORDER BY started_at, runs.id) AS place
  FROM lists JOIN runs ON runs.id = lists.run WHERE portal = ?),
ended AS (SELECT url, max(place) AS place, max(place) FILTER (WHERE ended IN ('complete', 'end')) AS whole
  FROM walked GROUP BY url)
SELECT seen.url, whole.started_at, seen.listed, seen.reports, seen.total_items, seen.total_pages
FROM ended JOIN walked AS last ON last.url = ended.url AND last.place = ended.place
JOIN walked AS whole ON whole.url = ended.url AND whole.place = ended.whole AND whole.listed IS NOT NULL
JOIN walked AS seen ON seen.url = ended.url AND seen.place = (
  SELECT max(place) FROM walked AS one
  WHERE one.url = ended.url AND one.place >= ended.whole AND one.listed IS NOT NULL)
WHERE last.ended IN ('complete', 'end', 'known')"""

# Of first lists: how they were asked for last, each by its own address; where that led; whether that lists reports.
_ASKED = """SELECT url, id, max(requested_at) FROM visits WHERE portal = ? AND role = 'listing'
AND discovered_on IS NULL AND redirected_from IS NULL AND imported IS NULL GROUP BY url"""
_WAY = """WITH RECURSIVE way(id) AS (
  VALUES (?) UNION SELECT o.id FROM way JOIN exchanges AS o ON o.redirected_from = way.id)
SELECT url, status FROM way JOIN visits USING (id) ORDER BY id"""
_THERE = """SELECT l.reports > 0 AND l.ended IN ('complete', 'end', 'known')
FROM lists AS l JOIN runs AS u ON u.id = l.run WHERE l.portal = ? AND l.url IN (?, ?)
ORDER BY u.started_at DESC, u.id DESC LIMIT 1"""
_FOR_GOOD = (301, 308)


def note(connection: sqlite3.Connection, run: int, portal: str, walks: Sequence[Walk]) -> list[str]:
    """Write the walks; the answer says in words which lists have shrunk."""
    shrunk: list[str] = []
    if connection.execute("SELECT 1 FROM portals WHERE id = ?", [portal]).fetchone() is None:
        return shrunk  # stopped before anything was asked of it
    for walk in walks:
        url = clean(walk.url)
        before = connection.execute(_BEFORE, [portal, url, run]).fetchone()
        if before and walk.reports < before[0] and walk.ended not in _UNSEEN:
            shrunk.append(f"{url} lists {walk.reports} reports, {before[0]} when it was last walked")
        connection.execute(
            "INSERT INTO lists (run, portal, url, parent, title, family, marks, pages, entries, reports, total_items,"
            " total_pages, ended, found, listed, walked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            [
                run,
                portal,
                url,
                None if walk.parent is None else clean(walk.parent),
                None if walk.title is None else clean(walk.title),
                walk.family,
                to_json(walk.marks),
                walk.pages,
                walk.entries,
                walk.reports,
                walk.total_items,
                walk.total_pages,
                walk.ended,
                None if walk.found is None else to_json(walk.found),
                walk.listed,
                walk.walked_at,
            ],
        )
    return shrunk


def columns(connection: sqlite3.Connection, portal: str) -> list[tuple[str, dict[str, Any]]]:
    """Where the last run that found the portal's column found it, with what spoke for it."""
    rows = connection.execute(
        f"SELECT url, found FROM lists WHERE {_FOUND} AND run = (SELECT run FROM lists JOIN runs ON runs.id = run"  # noqa: S608  # constants
        f" WHERE {_FOUND} ORDER BY started_at DESC, runs.id DESC LIMIT 1)",
        [portal, portal],
    )
    return [(url, json.loads(found)) for url, found in rows]


def memories(connection: sqlite3.Connection, portal: str) -> dict[str, Memory]:
    """Lists of a portal that a further walk need not follow to the end where nothing is new."""
    rows = connection.execute(_MEMORY, [portal]).fetchall()
    return {url: Memory(walked_at, listed, *counts) for url, walked_at, listed, *counts in rows}


def led(connection: sqlite3.Connection, portal: str) -> dict[str, str]:
    """The first lists of a portal that were sent on for good when they were asked for last, and to where, if that lists
    reports.
    """
    found = {}
    for url, visit, _ in connection.execute(_ASKED, [portal]).fetchall():
        *before, (end, _) = connection.execute(_WAY, [visit]).fetchall()
        for_good = before and all(status in _FOR_GOOD for _, status in before)
        if for_good and connection.execute(_THERE, [portal, url, end]).fetchone() == (1,):
            found[url] = end
    return found

"""How a run walked a portal's lists, what a list has lost since, and where the column was found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from archive.filing import clean, to_json
from pipelines.records import Walk

_BEFORE = """SELECT reports FROM lists WHERE portal = ? AND url = ? AND run < ?
AND ended NOT IN ('stopped', 'unreachable') ORDER BY run DESC LIMIT 1"""
_UNSEEN = ("stopped", "unreachable")  # ends that say nothing of how much a list holds
# A column may list nothing itself: years and bodies have columns below it.
_FOUND = """portal = ? AND json_extract(found, '$.sure') AND ended NOT IN ('unreachable', 'nothing', 'script', 'dead')
AND run IN (SELECT one.run FROM lists AS one WHERE one.portal = lists.portal AND one.reports > 0)"""


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
            "INSERT INTO lists VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
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
            ],
        )
    return shrunk


def columns(connection: sqlite3.Connection, portal: str) -> list[tuple[str, dict[str, Any]]]:
    """Where the last run that found the portal's column found it, with what spoke for it."""
    rows = connection.execute(
        f"SELECT url, found FROM lists WHERE {_FOUND} AND run = (SELECT max(run) FROM lists WHERE {_FOUND})",  # noqa: S608  # constants
        [portal, portal],
    )
    return [(url, json.loads(found)) for url, found in rows]

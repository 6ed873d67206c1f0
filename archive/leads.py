"""What is to be followed by hand: copies on foreign hosts, reports from unknown hosts, columns a portal file lacks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin

Row = dict[str, Any]
Home = Callable[[str], str | None]  # the home page of the portal of a division, by its code

_REPORTS = """SELECT l.report_id, l.portal, l.issuer, l.year, l.title, l.url, l.verdict, l.true_url, l.substitutions,
  l.imported, coalesce(r.issuer_code, substr(r.site_code, 1, 6)) AS code, p.home, r.reasons
FROM leads AS l JOIN reports AS r ON r.id = l.report_id JOIN portals AS p ON p.id = l.portal
ORDER BY l.url, l.report_id"""
# Of each portal the last run that looked for its column and saw links to hosts that its file does not name.
_COLUMNS = """SELECT l.portal, l.url AS "on", json_extract(e.value, '$[0]') AS url,
  json_extract(e.value, '$[1]') AS title, max(u.started_at) AS seen_at
FROM lists AS l JOIN runs AS u ON u.id = l.run, json_each(l.found, '$.elsewhere') AS e
WHERE l.run = (SELECT n.run FROM lists AS n JOIN runs AS o ON o.id = n.run
  WHERE n.portal = l.portal AND n.found IS NOT NULL ORDER BY o.started_at DESC, o.id DESC LIMIT 1)
GROUP BY l.portal, json_extract(e.value, '$[0]') ORDER BY l.portal, l.url, e.id"""


def leads(connection: sqlite3.Connection, home: Home) -> Iterator[Row]:
    """Every lead: `kind` is mirror, import or column; `proposed` is the address to look at, where there is one."""
    for row in _rows(connection, _REPORTS):
        known = home(row["code"] or "") or row["home"] or None
        is_mirror = row["verdict"] == "mirror"
        yield {
            "kind": "mirror" if is_mirror else "import",
            "report_id": row["report_id"],
            "portal": row["portal"],
            "issuer": row["issuer"],
            "year": row["year"],
            "title": row["title"],
            "url": row["url"],
            "proposed": _proposed(row["true_url"], known),
            "why": json.loads(row["reasons"]),
            "substitutions": json.loads(row["substitutions"] or "[]"),
            "imported": json.loads(row["imported"] or "null"),
        }
    for row in _rows(connection, _COLUMNS):
        yield {
            "kind": "column",
            "portal": row["portal"],
            "title": row["title"] or None,
            "url": row["url"],
            "proposed": row["url"],
            "why": [f"linked on {row['on']}, on a host that the portal file does not name"],
            "seen_at": row["seen_at"],
        }


def _proposed(true_url: str | None, home: str | None) -> str | None:
    """The address to look at: the true page's, as far as it is known; else the home page of whose report it is."""
    if true_url and home:
        return urljoin(home, true_url)
    return true_url or home


def _rows(connection: sqlite3.Connection, sql: str) -> Iterator[Row]:
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)

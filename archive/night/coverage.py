"""Who has reported on which year, as far as the archive holds it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from archive.lookup import rows

_HELD = """SELECT portal, coalesce(issuer_full, issuer, portal) AS issuer, issuer_code, issuer_kind, year,
  report_id, url, verdict, standing, fetched_at
FROM current_reports WHERE year IS NOT NULL AND fetched_at <= ? ORDER BY portal, issuer_kind <> 'government', 2, year"""


@dataclass(frozen=True, slots=True)
class Cell:
    """The report to cite on one year."""

    report_id: int
    url: str
    verdict: str
    standing: str  # live, unconfirmed or gone
    found_at: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """An issuer with the years it has reported on."""

    portal: str
    issuer: str
    code: str | None
    is_government: bool
    years: Mapping[int, Cell]


def coverage(connection: sqlite3.Connection, until: str) -> list[Coverage]:
    """Each issuer of a report to cite, by portal, its government first."""
    found: dict[tuple[str, str], tuple[str | None, bool, dict[int, Cell]]] = {}
    for row in rows(connection, _HELD, [until]):
        key = (row["portal"], row["issuer"])
        _, _, years = found.setdefault(key, (row["issuer_code"], row["issuer_kind"] == "government", {}))
        years[row["year"]] = Cell(row["report_id"], row["url"], row["verdict"], row["standing"], row["fetched_at"])
    return [Coverage(portal, issuer, *rest) for (portal, issuer), rest in found.items()]

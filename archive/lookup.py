"""Looking things up: lists, one report with all that belongs to it, search hits, counts."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from archive import search
from archive.errors import NoSuchReport
from archive.urls import canonical
from pipelines import divisions, issuers
from pipelines.issuers import Place
from pipelines.records import CITABLE

Row = dict[str, Any]


def rows(connection: sqlite3.Connection, sql: str, values: Sequence[Any] = ()) -> Iterator[Row]:
    """The rows of a query as dictionaries, as they come."""
    cursor = connection.execute(sql, values)
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))


def reports(
    connection: sqlite3.Connection,
    *,
    portal: str | None,
    issuer: str | None,
    year: int | None,
    verdict: str | None,
    every: bool,
) -> Iterator[Row]:
    """Rows of `current_reports`; with `every`, or for a verdict nobody cites, of `all_reports`."""
    wanted = {
        "portal = ?": portal,
        "instr(issuer || ' ' || issuer_full, ?)": issuer,
        "year = ?": year,
        "verdict = ?": verdict,
    }
    given = {condition: value for condition, value in wanted.items() if value is not None}
    source = "SELECT * FROM all_reports" if every else "SELECT * FROM current_reports"
    if not every and verdict not in {None, *CITABLE}:
        source = "SELECT * FROM all_reports WHERE report_id IN (SELECT report FROM latest)"
    # Sorted by number alone, then read one by one: nothing has to hold the words of all of them.
    numbers = connection.execute(
        f"SELECT report_id FROM ({source}) WHERE {' AND '.join(given) or 'true'}"  # noqa: S608 - constants
        " ORDER BY portal, issuer_full, year, canonical_url, report_id",
        list(given.values()),
    ).fetchall()
    for number in numbers:
        yield from rows(connection, "SELECT * FROM all_reports WHERE report_id = ?", number)


def find(connection: sqlite3.Connection, path: Path, key: int | str) -> int:
    """The report that a number, an address, or an issuer and a year name."""
    words = str(key).strip()
    if re.fullmatch(r"[0-9]{1,18}", words):
        found = connection.execute("SELECT id FROM reports WHERE id = ?", [int(words)]).fetchall()
    elif "://" in words:
        found = connection.execute(
            "SELECT l.report FROM visits AS v JOIN latest AS l ON l.visit = v.id WHERE v.canonical_url = ?"
            " AND v.body IS NOT NULL ORDER BY (SELECT max(w.requested_at) FROM visits AS w WHERE w.body = v.body"
            " AND w.canonical_url = v.canonical_url) DESC, l.report DESC LIMIT 1",
            [canonical(words)],
        ).fetchall()
    else:
        return _find_named(connection, path, words)
    if not found:
        raise NoSuchReport(f"{path}: no report {words}: `gongkai reports --all` lists what there is")
    return int(found[0][0])


def _find_named(connection: sqlite3.Connection, path: Path, words: str) -> int:
    match = re.fullmatch(r"(.+?)\s*([0-9]{4})年?", words)
    if match is None:
        raise NoSuchReport(f"{path}: {words!r} names no report: give its number, its address, or issuer and year")
    issuer, year = match[1], int(match[2])
    asked = issuers.read_titled(issuer, Place(year, None, None))
    full = asked.full if asked and asked.full else issuer
    found = connection.execute(
        "SELECT report_id, issuer, issuer_full, url FROM current_reports"
        " WHERE year = ? AND (instr(issuer, ?) OR instr(issuer_full, ?) OR issuer_full = ?)"
        " ORDER BY issuer_full, url",
        [year, issuer, issuer, full],
    ).fetchall()
    whole = [row for row in found if row[2] == full]
    exact = whole or [row for row in found if issuer == row[1] or _is_named(row[2], issuer)] or found
    if len(exact) == 1:
        return int(exact[0][0])
    if not exact:
        raise NoSuchReport(f"{path}: no report of {issuer} for {year}: `gongkai reports` lists what there is")
    which = "; ".join(f"{number} {name} {url}" for number, _, name, url in exact[:5])
    raise NoSuchReport(f"{path}: {len(exact)} reports of {issuer} for {year}: name one by its number: {which}")


def _is_named(full: str, words: str) -> bool:
    """Whether the words are a body's name without some of its divisions: 教育局, but not 龙镇 for 黄龙镇."""
    above = full.removesuffix(words)
    chain = divisions.find_chain(above) if above != full else None
    return chain is not None and chain.words == above


_PARTS = {
    "sections": "SELECT level, number, title, text FROM outline WHERE report = ? ORDER BY position",
    "tables": "SELECT caption, after, rows, spans FROM tables WHERE report = ? ORDER BY position",
    "findings": "SELECT code, severity, message, evidence FROM findings WHERE report = ? ORDER BY position",
    "attachments": "SELECT text, href, url, visit, body FROM attachment_visits WHERE report = ? ORDER BY position",
    "pictures": "SELECT alt, src, url FROM pictures WHERE report = ? ORDER BY position",
    "further": "SELECT url, body FROM further_pages WHERE report = ? ORDER BY position",
    "changes": "SELECT at, kind, message, diff, before, after FROM changes WHERE ? IN (before, after) ORDER BY at",
    "sightings": "SELECT url, basis, seen_at, copy AS report_id FROM sightings WHERE report = ? ORDER BY url, copy",
}
_JSON = frozenset({"reasons", "issuer_path", "evidence", "items", "rows", "spans", "diff"})

# From where the crawl began to the page. A visit is kept after the one that led to it, so numbers give the order.
_LED = """SELECT visit, role, method, url, requested_at, status, outcome, link_text, position, redirected_from,
  discovered_on, remote_address, body_sha256, imported FROM provenance
WHERE report = ? AND part <> 'confirmed' ORDER BY visit"""
_STANDING = "SELECT standing, last_confirmed, gone_since FROM current_reports WHERE report_id = ?"


def report(connection: sqlite3.Connection, number: int) -> Row:
    """All that is known of a report: its fields, its words, its parts, its other addresses and how we came to it."""
    found = next(rows(connection, "SELECT * FROM all_reports WHERE report_id = ?", [number]))
    found |= _parsed(
        next(
            rows(
                connection,
                "SELECT reasons, issuer_path, period_start, period_end, site_code, evidence, charset_declared,"
                " charset_detected, charset_chosen, charset_errors, fingerprint, items FROM reports WHERE id = ?",
                [number],
            )
        ),
        _JSON - {"rows", "spans"},
    )
    for part, sql in _PARTS.items():
        found[part] = [_parsed(row, _JSON - {"evidence"}) for row in rows(connection, sql, [number])]
    found["provenance"] = list(rows(connection, _LED, [number]))
    return found


def provenance(connection: sqlite3.Connection, number: int) -> list[Row]:
    """The exchanges a report rests on: those that led to its bytes, and those that found them again later."""
    return list(rows(connection, "SELECT * FROM provenance WHERE report = ? ORDER BY requested_at, visit", [number]))


def standing(connection: sqlite3.Connection, number: int) -> Row | None:
    """Whether the report to cite was still there when it was last looked for; None for any other report."""
    return next(rows(connection, _STANDING, [number]), None)


def last(connection: sqlite3.Connection, visit: int) -> Row | None:
    """The report that was filed last for the page of a visit, without its parts."""
    sql = "SELECT * FROM all_reports WHERE report_id = (SELECT report FROM latest WHERE visit = ?)"
    return next(rows(connection, sql, [visit]), None)


def _parsed(row: Row, names: frozenset[str]) -> Row:
    return {name: json.loads(value) if name in names and value is not None else value for name, value in row.items()}


def hits(connection: sqlite3.Connection, words: str, limit: int) -> list[Row]:
    """The reports that hold all the words, best first, each with a line of its text around them."""
    found = []
    for number in search.matches(connection, words, limit):
        row = next(
            rows(
                connection,
                "SELECT report_id, portal, issuer, year, title, published_on, url, verdict, text FROM all_reports"
                " WHERE report_id = ?",
                [number],
            )
        )
        found.append(row | {"snippet": search.snippet(row.pop("text"), words)})
    return found


_STATS = {
    "visits": "SELECT outcome, count(*) FROM visits GROUP BY outcome ORDER BY count(*) DESC, outcome",
    "portals": "SELECT portal, count(*) FROM visits GROUP BY portal ORDER BY portal",
    "verdicts": "SELECT verdict, count(*) FROM latest GROUP BY verdict ORDER BY count(*) DESC, verdict",
    "findings": "SELECT f.code, count(*) FROM latest AS l JOIN findings AS f ON f.report = l.report"
    " GROUP BY f.code ORDER BY count(*) DESC, f.code",
    "runs": "SELECT outcome, count(*) FROM runs GROUP BY outcome ORDER BY outcome",
}


def stats(connection: sqlite3.Connection, path: Path) -> Row:
    """Counts: visits by outcome and portal, pages by verdict and finding, reports by portal and year, sizes."""
    counted: Row = {name: dict(connection.execute(sql).fetchall()) for name, sql in _STATS.items()}
    years = "SELECT portal, year, count(*) AS reports FROM current_reports GROUP BY portal, year ORDER BY portal, year"
    counted["reports"] = list(rows(connection, years))
    (counted["sightings"],) = connection.execute("SELECT count(*) FROM sightings").fetchone()
    sizes = "SELECT count(*) AS count, total(size) AS bytes, total(length(bytes)) AS stored_bytes FROM bodies"
    counted["bodies"] = {name: int(value) for name, value in next(rows(connection, sizes)).items()}
    counted["file_bytes"] = path.stat().st_size
    return counted


def portals(connection: sqlite3.Connection) -> Iterator[Row]:
    """The portals, as their files last said."""
    for row in rows(connection, "SELECT * FROM portals ORDER BY id"):
        yield _parsed(row, frozenset({"hosts", "start"}))

"""The pages of an article beside its first, as visits: which of them a capture is read with."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from pipelines import leads
from pipelines.links import page_key
from pipelines.records import Report

_MOST = 32 << 20  # bytes of further pages that an article is read with; the largest page of text seen is 0.5 MB

# Each address that was asked for as a page of the article of visit `:visit`, with what it brought by that time, or else
# what it first brought for the same bytes of the page: a crawl that was killed between the two is made up for later.
_PAGES = """
WITH RECURSIVE page AS (SELECT * FROM visits WHERE id = :visit),
way(id, url, canonical_url, page) AS (
  SELECT f.id, f.url, f.canonical_url, d.id FROM page JOIN exchanges AS d ON d.address = page.address
    JOIN visits AS f ON f.discovered_on = d.id
  WHERE f.role = 'further' AND f.redirected_from IS NULL
  UNION SELECT o.id, way.url, way.canonical_url, way.page FROM way JOIN exchanges AS o ON o.redirected_from = way.id
), came AS (
  SELECT way.url, way.canonical_url, o.id, o.body, julianday(o.requested_at) AS at,
    (d.requested_at, d.id) <= (page.requested_at, page.id) AS by_then, d.body = page.body AS of_these
  FROM page JOIN way JOIN visits AS o ON o.id = way.id JOIN visits AS d ON d.id = way.page
  WHERE o.body IS NOT NULL AND o.outcome IN ('new', 'changed', 'same_bytes', 'not_modified', 'truncated')
), ranked AS (
  SELECT *, row_number() OVER (
    PARTITION BY canonical_url ORDER BY by_then DESC, CASE WHEN by_then THEN -at ELSE at END, id) AS place
  FROM came WHERE by_then OR of_these
)
SELECT r.url, r.id, r.body, b.size FROM ranked AS r JOIN bodies AS b ON b.sha256 = r.body WHERE place = 1
ORDER BY r.canonical_url"""

# The report that holds for these bytes at this address.
HOLDS = """SELECT r.id FROM exchanges AS w JOIN reports AS r ON r.visit = w.id
  WHERE w.address = (SELECT id FROM addresses WHERE canonical_url = ?)
    AND w.body = (SELECT id FROM bodies WHERE sha256 = ?)
  ORDER BY r.derived_at DESC, r.id DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Came:
    """A further page: address as asked for, the visit that brought it, hash of its bytes."""

    url: str
    visit: int
    body: str


def pages(connection: sqlite3.Connection, visit: int) -> list[Came]:
    """The further pages of the article of a visit's page."""
    found: list[Came] = []
    size = 0
    for url, brought, body, length in connection.execute(_PAGES, {"visit": visit}):
        size += length
        if len(found) == leads.MOST_PAGES or size > _MOST:
            break
        found.append(Came(url, brought, body))
    return found


def of_report(connection: sqlite3.Connection, report: int) -> dict[str, str | None]:
    """The further pages that a report was to be read from, and their bytes."""
    rows = connection.execute("SELECT url, body FROM further_pages WHERE report = ? ORDER BY position", [report])
    return dict(rows.fetchall())


def is_stale(connection: sqlite3.Connection, visit: int) -> bool:
    """Whether a further page of the article of a visit's page has changed, or came, since its report was read."""
    address = connection.execute("SELECT canonical_url, body FROM visits WHERE id = ?", [visit]).fetchone()
    report = connection.execute(HOLDS, address).fetchone()
    now = {page_key(page.url): page.body for page in pages(connection, visit)}
    read = of_report(connection, report[0]) if report else {}
    return any(now.get(page_key(url), body) != body for url, body in read.items())


def place(connection: sqlite3.Connection, first: int, visit: int, report: Report) -> int:
    """The visit that a report belongs to: where the report that holds was read from other pages, not the first one."""
    if not report.further:
        return first
    row = connection.execute(
        "SELECT r.id, r.visit FROM exchanges AS f JOIN exchanges AS w USING (address, body) JOIN reports AS r"
        " ON r.visit = w.id WHERE f.id = ? AND r.recipe = ? ORDER BY r.derived_at DESC, r.id DESC LIMIT 1",
        [first, report.recipe],
    ).fetchone()
    if row is None:
        return first
    same = list(of_report(connection, row[0]).items()) == [(page.url, page.sha256) for page in report.further]
    return int(row[1]) if same else visit

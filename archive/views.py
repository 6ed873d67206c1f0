"""The views: what the tables say, for those who ask in SQL. They hold nothing, so every version makes them afresh."""

# ruff: noqa: S608 - the views share columns and conditions, all of them written here

from __future__ import annotations

import sqlite3

# Of a file that a visit `v` brought, perhaps by way of redirects: the reports on pages without words of their own that
# link to it.
_PAGES = """WITH RECURSIVE way(canonical_url, origin) AS (
    VALUES (v.canonical_url, v.redirected_from)
    UNION SELECT o.canonical_url, o.redirected_from FROM way JOIN visits AS o ON o.id = way.origin)
  SELECT {} FROM way JOIN attachments AS a ON a.canonical_url = way.canonical_url
  JOIN latest AS l ON l.report = a.report JOIN reports AS page ON page.id = l.report
  WHERE l.verdict IN ('attachment_only', 'thin')"""
# The one that speaks for the file: the last; none where they are on several years.
_PAGE = _PAGES.format("max(l.report)") + " HAVING count(DISTINCT page.year) < 2"

# Whether a visit `v` brought what is to be read: a page, or a file that holds what its page does not.
IS_READ = f"""(v.role IN ('listing', 'report') OR EXISTS ({_PAGES.format(1)}) OR EXISTS (SELECT 1 FROM visits AS w
  WHERE w.body = v.body AND w.canonical_url = v.canonical_url AND w.role IN ('listing', 'report')))"""

# Whether a file's page says better than the file whose report it is: the file does not say, or only its portal does.
# The evidence is read for files alone, so that the index of `reports` does for all others.
_BY_PAGE = """p.issuer IS NOT NULL AND (r.issuer IS NULL
    OR (SELECT e.evidence FROM reports AS e WHERE e.id = r.id) LIKE '%"where":"portal"%')"""


def _issuer(column: str) -> str:
    return f"CASE WHEN {_BY_PAGE} THEN p.{column} ELSE r.{column} END"


_REPORT_COLUMNS = f"""
  v.portal, -- Portal it was found through.
  {_issuer("issuer")} AS issuer, -- Name of the body that reports.
  {_issuer("issuer_kind")} AS issuer_kind, -- government, office, department, town, zone, vertical or enterprise.
  {_issuer("issuer_code")} AS issuer_code, -- Its division code (GB/T 2260).
  coalesce(r.year, p.year) AS year, -- The year reported on.
  coalesce(r.title, p.title) AS title, -- Title as written.
  t.text, -- One paragraph a line, a table row a line with its cells separated by tabs.
  t.markdown, -- The same with headings and tables marked.
  coalesce(r.published_on, p.published_on) AS published_on, -- Day of publication as the page says (ISO 8601).
  coalesce(r.source, p.source) AS source, -- Who the page names as its source.
  v.url, -- Address, verbatim as requested.
  v.requested_at AS fetched_at, -- When these bytes were first kept from there (ISO 8601, UTC).
  v.body AS body_sha256, -- Hash of the page's bytes, in `bodies`.
  r.verdict, -- What kind of page it is.
  r.recipe, -- Version of `derive` that read it.
  r.id AS report_id, -- The row in `reports`.
  r.visit, -- The row in `visits`.
  r.signed_on, -- Day under the report itself (ISO 8601).
  coalesce(r.index_number, p.index_number) AS index_number, -- 索引号, as written.
  coalesce(r.document_number, p.document_number) AS document_number, -- 文号, as written.
  v.canonical_url, -- The address by which visits are compared.
  r.derived_at, -- When it was filed (ISO 8601, UTC).
  p.id AS page -- Of an attached file: the report on its page, which gives what the file does not say of itself."""

_JOINED = f"""JOIN visits AS v ON v.id = r.visit
  LEFT JOIN reports AS p ON p.id = CASE WHEN v.role = 'attachment'
    AND r.verdict IN ('report', 'attachment_only', 'thin') THEN ({_PAGE}) END"""

_LATEST = """NOT EXISTS (
    SELECT 1 FROM reports AS n WHERE n.visit = r.visit AND (n.derived_at, n.id) > (r.derived_at, r.id))"""

_VIEWS = f"""
CREATE VIEW latest AS -- What holds for each page: the report filed last, whatever its verdict.
SELECT
  r.id AS report, -- The row in `reports`.
  r.visit, -- The row in `visits`.
  r.verdict, -- What kind of page it is.
  v.portal, -- Portal it was found through.
  EXISTS (SELECT 1 FROM sightings AS s WHERE s.copy = r.id) AS is_copy -- 1 where `sightings` has it as a copy.
FROM reports AS r JOIN visits AS v ON v.id = r.visit
WHERE {_LATEST};

CREATE VIEW all_reports AS -- Every report ever filed: each page and file, each recipe, each verdict.
SELECT {_REPORT_COLUMNS}
FROM reports AS r {_JOINED} JOIN texts AS t ON t.sha256 = r.text_sha256;

CREATE VIEW current_reports AS -- The report to cite for each issuer and year.
WITH candidates AS (
  SELECT r.id, coalesce(r.year, p.year) AS year, coalesce(r.published_on, p.published_on) AS published_on,
    {_issuer("issuer")} AS issuer, {_issuer("issuer_kind")} AS kind, {_issuer("issuer_code")} AS code,
    v.portal, v.canonical_url, v.role = 'attachment' AS is_file,
    CASE r.verdict WHEN 'report' THEN 0 WHEN 'attachment_only' THEN 1 ELSE 2 END AS quality,
    EXISTS (SELECT 1 FROM portals AS h, json_each(h.hosts) AS n WHERE h.id = v.portal AND n.value = v.host) AS official,
    (SELECT max(w.requested_at) FROM visits AS w
      WHERE w.body = v.body AND w.canonical_url = v.canonical_url) AS last_seen
  FROM reports AS r {_JOINED}
  WHERE r.verdict IN ('report', 'attachment_only', 'thin') AND {_LATEST}
    AND NOT EXISTS (SELECT 1 FROM sightings AS s WHERE s.copy = r.id)
), named AS (
  -- A government is its code, any other issuer its code and name; who names no issuer or year is its own address.
  SELECT *, CASE WHEN issuer IS NULL OR year IS NULL THEN canonical_url WHEN kind = 'government' AND code IS NOT NULL
    THEN code ELSE coalesce(code, portal) || ' ' || issuer END AS who FROM candidates
), addresses AS (
  SELECT *, row_number() OVER (
    PARTITION BY who, year, canonical_url ORDER BY quality, last_seen DESC, id DESC) AS place
  FROM named
), ranked AS (
  SELECT id, row_number() OVER (
    PARTITION BY who, year
    ORDER BY quality, official DESC, is_file, published_on IS NULL, published_on, canonical_url) AS place
  FROM addresses WHERE place = 1
)
SELECT {_REPORT_COLUMNS}
FROM ranked AS c CROSS JOIN reports AS r ON r.id = c.id {_JOINED}
  JOIN texts AS t ON t.sha256 = r.text_sha256
WHERE c.place = 1;

CREATE VIEW outline AS -- The sections of every report, as text.
SELECT
  s.report, -- The report.
  s.position, -- Place in it, from 0.
  s.level, -- Depth, 1 at the top.
  s.number, -- Number as written.
  s.title, -- Words of the heading.
  coalesce(s.words, substr(t.text, s.start + 1, s.length)) AS text -- Words under it, down to the next heading.
FROM sections AS s JOIN reports AS r ON r.id = s.report JOIN texts AS t ON t.sha256 = r.text_sha256;

CREATE VIEW attachment_visits AS -- Every attachment with the visit that last brought it; none: it was not fetched.
SELECT
  a.report, -- The report.
  a.position, -- Place among its attachments, from 0.
  a.text, -- Words of the link.
  a.href, -- Address as written.
  a.url, -- Address resolved.
  v.id AS visit, -- The row in `visits`, null where nothing came.
  v.body -- Hash of its bytes, in `bodies`.
FROM attachments AS a LEFT JOIN visits AS v ON v.id = (
  WITH RECURSIVE way(id) AS (
    SELECT w.id FROM visits AS w WHERE w.canonical_url = a.canonical_url
    UNION SELECT n.id FROM way JOIN visits AS n ON n.redirected_from = way.id)
  SELECT w.id FROM way JOIN visits AS w USING (id)
  WHERE w.body IS NOT NULL AND w.outcome IN ('new', 'changed', 'same_bytes', 'not_modified', 'truncated')
  ORDER BY w.requested_at DESC, w.id DESC LIMIT 1);
"""


def make(connection: sqlite3.Connection) -> None:
    """Put our views in the place of whatever views there are."""
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'view'").fetchall():
        connection.execute(f"DROP VIEW {name}")
    for statement in _VIEWS.split(";\n"):
        connection.execute(statement)

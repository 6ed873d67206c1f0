"""The views: what the tables say, for those who ask in SQL. They hold nothing, so every version makes them afresh."""

# ruff: noqa: S608 - the views share columns and conditions, all of them written here

from __future__ import annotations

import sqlite3

from archive import exchanges, provenance

# Of a file that an exchange `v` brought, perhaps by way of redirects: the reports on pages without words of their own
# that link to it.
_PAGES = """WITH RECURSIVE way(address, origin) AS (
    VALUES (v.address, v.redirected_from)
    UNION SELECT o.address, o.redirected_from FROM way JOIN exchanges AS o ON o.id = way.origin)
  SELECT {} FROM way JOIN addresses AS h ON h.id = way.address
  JOIN attachments AS a ON a.canonical_url = h.canonical_url
  JOIN latest AS l ON l.report = a.report JOIN reports AS page ON page.id = l.report
  WHERE l.verdict IN ('attachment_only', 'thin')"""
# The one that speaks for the file: the last; none where they are on several years.
_PAGE = _PAGES.format("max(l.report)") + " HAVING count(DISTINCT page.year) < 2"

# Whether an exchange `v` brought what is to be read: a page, or a file that holds what its page does not.
IS_READ = f"""(v.role IN ('listing', 'report') OR EXISTS ({_PAGES.format(1)}) OR EXISTS (SELECT 1 FROM exchanges AS w
  WHERE w.body = v.body AND w.address = v.address AND w.role IN ('listing', 'report')))"""

# Whether a file's page says better than the file whose report it is: the file does not say, or only its portal does.
# The evidence is read for files alone, so that the index of `reports` does for all others.
_BY_PAGE = """p.issuer IS NOT NULL AND (r.issuer IS NULL OR EXISTS (SELECT 1 FROM reports AS e,
    json_each(CASE WHEN json_valid(e.evidence) THEN e.evidence ELSE '[]' END) AS piece
    WHERE e.id = r.id AND json_extract(piece.value, '$.field') = 'issuer'
      AND json_extract(piece.value, '$.where') = 'portal'))"""


def _issuer(column: str) -> str:
    return f"CASE WHEN {_BY_PAGE} THEN p.{column} ELSE r.{column} END"


_FULL = f"coalesce({_issuer('issuer_full')}, {_issuer('issuer')})"

_REPORT_COLUMNS = f"""
  v.portal, -- Portal it was found through.
  {_issuer("issuer")} AS issuer, -- Name of the body that reports.
  {_issuer("issuer_kind")} AS issuer_kind, -- government, office, department, town, zone, vertical or enterprise.
  {_issuer("issuer_code")} AS issuer_code, -- Code of the division it governs or lies in (GB/T 2260).
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
  {_FULL} AS issuer_full, -- Its one name, divisions first; as written where nothing says which they are.
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

# Of the current report `r`, last seen in `c`.
_GONE = "(SELECT min(g.since) FROM changes AS g WHERE g.before = r.id AND g.kind = 'gone' AND g.at > c.last_seen)"
_MISSED = """EXISTS (SELECT 1 FROM visits AS w WHERE w.address = v.address
    AND w.role IN ('report', 'attachment') AND w.requested_at > c.last_seen)
    OR NOT EXISTS (SELECT 1 FROM visits AS w WHERE w.body = v.body AND w.address = v.address
      AND w.requested_at = c.last_seen AND w.imported IS NULL)"""

# The near copies of a report `c` that hold for their pages.
_NEAR = f"""FROM duplicates AS d JOIN reports AS r ON r.id = d.other JOIN visits AS v ON v.id = r.visit
      WHERE d.report = c.id AND v.portal <> 'leads' AND {_LATEST}"""
# Whether it lacks a fifth or more of one of them: it is cut, or its tables are lost.
_IS_SHORT = f"EXISTS (SELECT 1 {_NEAR} AND d.held < 0.8)"
# Where it does not say itself whose it is, or of which year: the one that does.
_KNOWING = f"(SELECT r.id {_NEAR} AND d.knows = 1 ORDER BY d.similarity DESC, v.canonical_url, r.id LIMIT 1)"


_VIEWS = f"""
CREATE VIEW latest AS -- What holds for each page: the report filed last, whatever its verdict.
SELECT
  r.id AS report, -- The row in `reports`.
  r.visit, -- The row in `visits`.
  r.verdict, -- What kind of page it is.
  v.portal, -- Portal it was found through.
  EXISTS (SELECT 1 FROM sightings AS s WHERE s.copy = r.id) AS is_copy -- 1 where `sightings` has it as a copy.
FROM reports AS r JOIN exchanges AS v ON v.id = r.visit
WHERE {_LATEST};

CREATE VIEW all_reports AS -- Every report ever filed: each page and file, each recipe, each verdict.
SELECT {_REPORT_COLUMNS}
FROM reports AS r {_JOINED} JOIN texts AS t ON t.sha256 = r.text_sha256;

CREATE VIEW ranked AS -- All that could be cited: each address once, without copies by bytes or text.
WITH candidates AS (
  SELECT r.id, r.derived_at, coalesce(r.year, p.year) AS year, coalesce(r.published_on, p.published_on) AS published_on,
    {_issuer("issuer")} AS issuer, {_issuer("issuer_kind")} AS kind, {_issuer("issuer_code")} AS code,
    {_issuer("issuer_full")} AS full_name,
    v.portal, v.canonical_url, v.role = 'attachment' AS is_file,
    CASE r.verdict WHEN 'report' THEN 0 WHEN 'attachment_only' THEN 1 ELSE 2 END AS quality,
    -- A host its portal names, before that one of the issuer's own division: not the city's list of its counties.
    coalesce((SELECT 1 + (h.code IS {_issuer("issuer_code")}) FROM portals AS h, json_each(h.hosts) AS n
      WHERE h.id = v.portal AND n.value = v.host), 0) AS official,
    (SELECT {exchanges.moment("max(w.requested_at)")} FROM exchanges AS x JOIN exchanges AS w
      ON w.body = x.body AND w.address = x.address WHERE x.id = v.id) AS last_seen,
    v.imported IS NOT NULL AND json_extract(v.imported, '$.date') IS NOT NULL AS is_undated
  FROM reports AS r {_JOINED}
  WHERE r.verdict IN ('report', 'attachment_only', 'thin') AND {_LATEST} AND v.portal <> 'leads'
    AND NOT EXISTS (SELECT 1 FROM changes AS c WHERE c.after = r.id AND c.kind = 'worse')
    AND NOT EXISTS (SELECT 1 FROM sightings AS s WHERE s.copy = r.id)
), told AS (
  SELECT c.id, c.derived_at, c.published_on, c.canonical_url, c.is_file, c.quality, c.official, c.last_seen,
    c.is_undated,
    k.id IS NOT NULL AS is_led, {_IS_SHORT} AS is_short, coalesce(k.year, c.year) AS year,
    CASE WHEN k.id IS NULL THEN c.issuer ELSE k.issuer END AS issuer,
    CASE WHEN k.id IS NULL THEN c.kind ELSE k.issuer_kind END AS kind,
    CASE WHEN k.id IS NULL THEN c.code ELSE k.issuer_code END AS code,
    CASE WHEN k.id IS NULL THEN c.full_name ELSE k.issuer_full END AS full_name,
    CASE WHEN k.id IS NULL THEN c.portal ELSE (SELECT v.portal FROM visits AS v WHERE v.id = k.visit) END AS portal
  FROM candidates AS c LEFT JOIN reports AS k ON k.id = {_KNOWING}
), named AS (
  -- A government is its code, any other issuer its full name, or its code and name where no recipe has told that; who
  -- names no issuer or year is its own address.
  SELECT *, CASE WHEN issuer IS NULL OR year IS NULL THEN canonical_url WHEN kind = 'government' AND code IS NOT NULL
    THEN code ELSE coalesce(full_name, coalesce(code, portal) || ' ' || issuer) END AS who FROM told
), at_address AS (
  SELECT *, row_number() OVER (PARTITION BY who, year, canonical_url
    ORDER BY quality, is_undated, last_seen DESC, derived_at DESC, id DESC) AS place
  FROM named
)
SELECT
  placed.id AS report, -- The row in `reports`.
  placed.who, -- Whose report it is, by one word for each issuer; its address where nothing says whose.
  placed.year, -- The year reported on.
  row_number() OVER (
    PARTITION BY who, year ORDER BY is_led, quality, official DESC, is_short, is_file,
      published_on IS NULL, published_on, canonical_url)
    AS place, -- 1 for the one to cite: says itself whose it is, official host, complete, page before file, earliest.
  placed.last_seen -- When its address last gave these bytes, or said that they hold (ISO 8601, UTC).
FROM at_address AS placed WHERE placed.place = 1;

CREATE VIEW current_reports AS -- The report to cite for each issuer and year.
SELECT {_REPORT_COLUMNS}
  , c.last_seen AS last_confirmed, -- When its address last gave these bytes, or said that they hold (ISO 8601, UTC).
  {_GONE} AS gone_since, -- The first look in vain, where it is gone by the policy in `changes`.
  CASE WHEN {_GONE} IS NOT NULL THEN 'gone' WHEN {_MISSED} THEN 'unconfirmed' ELSE 'live' END
    AS standing -- live; unconfirmed: a later look did not find it, or only others have looked so far; gone.
FROM ranked AS c CROSS JOIN reports AS r ON r.id = c.report {_JOINED}
  JOIN texts AS t ON t.sha256 = r.text_sha256
WHERE c.place = 1;

CREATE VIEW copies AS -- What else stands for a report to cite: the way from each copy to it, and back.
WITH places AS MATERIALIZED (
  SELECT report, place, first_value(report) OVER (PARTITION BY who, year ORDER BY place) AS cited FROM ranked
), pairs AS (
  SELECT cited AS report, report AS copy FROM places WHERE place > 1
  UNION
  SELECT c.cited, s.copy FROM places AS c JOIN sightings AS s ON s.report = c.report
    JOIN latest AS l ON l.report = s.copy
)
SELECT
  p.report, -- The report to cite, a row in `current_reports`.
  p.copy, -- The other one, a row in `all_reports`.
  CASE WHEN v.body = o.body THEN 'bytes' WHEN c.fingerprint = r.fingerprint THEN 'text'
    WHEN d.report IS NOT NULL THEN 'near' WHEN 'attachment' IN (v.role, o.role) THEN 'file' ELSE 'name' END
    AS basis, -- bytes, text, near; file: one is the page, the other its file; name: the same issuer and year alone.
  CASE WHEN v.body = o.body OR c.fingerprint = r.fingerprint THEN 1.0 ELSE d.similarity END
    AS similarity, -- Share of common words as in `duplicates`, null where they are not near.
  o.url, -- Address of the copy, verbatim.
  d.agree, -- What both say, as in `duplicates`.
  d.differ -- What differs, the report's first.
FROM pairs AS p JOIN reports AS r ON r.id = p.report JOIN visits AS v ON v.id = r.visit
  JOIN reports AS c ON c.id = p.copy JOIN visits AS o ON o.id = c.visit
  LEFT JOIN duplicates AS d ON d.report = p.report AND d.other = p.copy;

CREATE VIEW leads AS -- Mirrors, and reports taken in from hosts of no known portal: never current, but a trace.
SELECT
  r.report_id, -- The row in `reports`.
  r.issuer, -- Name of the body that reports.
  r.year, -- The year reported on.
  r.title, -- Title as written.
  r.url, -- Address, verbatim.
  r.verdict, -- What kind of page it is.
  v.imported, -- Where it was taken in from, as in `visits`.
  v.portal, -- Portal it was found through; leads: of no known portal.
  m.true_url, -- Of a mirror: the proposed address of the page that it copies, as in `reports`.
  m.substitutions -- Of a mirror: JSON array of what was put in the place of what, as in `reports`.
FROM all_reports AS r JOIN reports AS m ON m.id = r.report_id JOIN visits AS v ON v.id = r.visit
  JOIN latest AS l ON l.report = r.report_id
WHERE r.verdict = 'mirror' OR (v.portal = 'leads' AND r.verdict IN ('report', 'attachment_only', 'thin'));

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
  (SELECT b.sha256 FROM bodies AS b WHERE b.id = v.body) AS body -- Hash of its bytes, in `bodies`.
FROM attachments AS a LEFT JOIN exchanges AS v ON v.id = (
  WITH RECURSIVE way(id) AS (
    SELECT w.id FROM visits AS w WHERE w.canonical_url = a.canonical_url
    UNION SELECT n.id FROM way JOIN exchanges AS n ON n.redirected_from = way.id)
  SELECT w.id FROM way JOIN exchanges AS w USING (id)
  WHERE w.body IS NOT NULL AND w.outcome IN ('new', 'changed', 'same_bytes', 'not_modified', 'truncated')
  ORDER BY w.requested_at DESC, w.id DESC LIMIT 1);
"""


def drop(connection: sqlite3.Connection) -> None:
    """Take away all views: where tables change, they would be in the way."""
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'view'").fetchall():
        connection.execute(f"DROP VIEW {name}")


def make(connection: sqlite3.Connection) -> None:
    """Put our views in the place of whatever views there are."""
    drop(connection)
    for statement in (exchanges.VIEW + _VIEWS + provenance.VIEWS).split(";\n"):
        connection.execute(statement)

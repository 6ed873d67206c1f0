"""The views that prove a report and tell what became of it."""

# ruff: noqa: S608 - the views share columns, all of them written here

from __future__ import annotations

import re

# The visits that led to a report's page: a redirect leads back to the address that sent us, that to the page with the
# link. What the crawl asked for of itself, since it was due, leads back to how the address was found before.
_WAY = """WITH RECURSIVE way(id) AS (
  SELECT r.visit UNION
  SELECT coalesce(w.redirected_from, w.discovered_on, (SELECT e.id FROM exchanges AS e
    WHERE e.address = w.address AND w.role IN ('report', 'attachment') AND e.id < w.id
      AND coalesce(e.redirected_from, e.discovered_on) IS NOT NULL ORDER BY e.requested_at DESC, e.id DESC LIMIT 1))
  FROM way JOIN exchanges AS w ON w.id = way.id WHERE way.id IS NOT NULL) SELECT id FROM way"""
_PROVENANCE = """
  v.id AS visit, -- The row in `visits`.
  v.requested_at, -- When it was asked for (ISO 8601, UTC).
  v.role, -- What was hoped for.
  v.method, -- HTTP method.
  v.url, -- Address, verbatim as requested.
  v.status, -- HTTP status.
  v.outcome, -- What came of it, in a word.
  v.link_text, -- Words of the link that led there.
  v.position, -- Place of that link on its page, from 0.
  v.remote_address, -- Address of the server that answered.
  v.tls, -- JSON object: the facts of its TLS.
  v.request_headers, -- JSON array of [name, value] pairs as sent.
  v.response_headers, -- JSON array of [name, value] pairs as received.
  v.body AS body_sha256, -- Hash of the bytes that came, or that still hold.
  v.redirected_from, -- The visit whose answer sent us here.
  v.discovered_on, -- The visit whose page held the link.
  v.imported, -- Where an exchange that others made was taken in from.
  u.uid AS run, -- Identity of the run.
  u.command, -- Its command.
  u.versions, -- JSON object: versions of the programs that took part.
  u.recipe AS run_recipe -- Version of `derive` that the run worked with."""
_CONFIRMED = ", ".join(re.findall(r"(?m)^  ([\w.]+)", _PROVENANCE))

VIEWS = f"""
CREATE VIEW provenance AS -- The proof of each report: the visits that led to its bytes and that found them again.
SELECT
  r.id AS report, -- The row in `reports`.
  CASE WHEN v.id = r.visit THEN 'brought' ELSE 'led' END AS part, -- led there, brought the bytes, or confirmed them.
{_PROVENANCE}
FROM reports AS r JOIN visits AS v ON v.id IN ({_WAY}) JOIN runs AS u ON u.id = v.run
UNION ALL
SELECT r.id, 'confirmed',
{_CONFIRMED}
FROM reports AS r JOIN exchanges AS b ON b.id = r.visit
  JOIN exchanges AS same ON same.body = b.body AND same.address = b.address AND same.id <> b.id
  JOIN visits AS v ON v.id = same.id AND v.outcome IN ('new', 'changed', 'same_bytes', 'not_modified')
  JOIN runs AS u ON u.id = v.run;

CREATE VIEW current_changes AS -- What became of reports at their addresses, by the recipe that last read there.
SELECT
  c.canonical_url, -- The address.
  c.at, -- When it showed (ISO 8601, UTC).
  c.kind, -- What it is, in a word.
  c.message, -- The same in words.
  c.since, -- Of gone and returned: the first look in vain (ISO 8601, UTC).
  v.portal, -- Portal it was found through.
  coalesce(r.issuer_full, r.issuer) AS issuer, -- Who reports.
  r.year, -- The year reported on.
  r.title, -- Title as written.
  v.url, -- Address, verbatim as requested.
  c.visit, -- The visit that showed it.
  c.before, -- The version that stood until then.
  c.after, -- What came, null where nothing did.
  c.diff, -- What differs, as in `changes`.
  c.recipe -- Version of `derive` that read the versions.
FROM changes AS c JOIN visits AS v ON v.id = c.visit JOIN reports AS r ON r.id = c.before
WHERE c.recipe = (SELECT n.recipe FROM exchanges AS b JOIN exchanges AS w USING (address)
  JOIN reports AS n ON n.visit = w.id WHERE b.id = r.visit ORDER BY n.derived_at DESC, n.id DESC LIMIT 1);
"""

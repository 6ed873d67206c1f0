"""A query to begin with for each table and view of an archive, as docs/schema.md shows them."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, str] = {
    "portals": "SELECT id, name, code, home FROM portals ORDER BY last_seen DESC;",
    "runs": "SELECT started_at, command, outcome, json_extract(counts, '$.new') AS new FROM runs ORDER BY started_at;",
    "nights": "SELECT began_at, json_extract(said, '$.ended') AS ended FROM nights ORDER BY began_at;",
    "bodies": "SELECT codec, count(*), sum(size) AS received, sum(length(bytes)) AS stored FROM bodies GROUP BY codec;",
    "addresses": "SELECT host, count(*) FROM addresses GROUP BY host ORDER BY 2 DESC;",
    "phrases": "SELECT words, count(*) FROM exchanges AS x JOIN phrases AS p ON p.id = x.response_headers GROUP BY 1;",
    "exchanges": "SELECT v.url, x.response_values FROM exchanges AS x JOIN visits AS v USING (id) WHERE x.run = 1;",
    "visits": "SELECT outcome, status, count(*) FROM visits WHERE role = 'report' GROUP BY 1, 2 ORDER BY 3 DESC;",
    "texts": "SELECT r.id, length(t.text) FROM texts AS t JOIN reports AS r ON r.text_sha256 = t.sha256;",
    "reports": "SELECT recipe, verdict, count(*) FROM reports GROUP BY 1, 2 ORDER BY 1, 3 DESC;",
    "sections": "SELECT title, count(*) FROM sections WHERE level = 1 GROUP BY title ORDER BY 2 DESC;",
    "tables": "SELECT t.report, t.caption, row.value AS cells FROM tables AS t, json_each(t.rows) AS row;",
    "findings": "SELECT code, severity, count(*) FROM findings GROUP BY 1, 2 ORDER BY 3 DESC;",
    "attachments": "SELECT r.issuer, r.year, a.text, a.url FROM attachments AS a JOIN reports AS r ON r.id = a.report;",
    "pictures": "SELECT r.url, p.url AS picture FROM pictures AS p JOIN reports AS r ON r.id = p.report;",
    "further_pages": "SELECT report, url AS goes_on_at, body FROM further_pages WHERE body IS NOT NULL;",
    "lists": "SELECT portal, url, reports, ended FROM lists WHERE ended NOT IN ('complete', 'end', 'known');",
    "sightings": "SELECT r.url, s.url AS also_at, s.basis FROM sightings AS s JOIN reports AS r ON r.id = s.report;",
    "duplicates": "SELECT report, other, similarity, differ FROM duplicates WHERE report < other;",
    "near_written": "SELECT count(*) AS not_written FROM reports WHERE id > (SELECT written FROM near_written);",
    "near_entries": "SELECT id >> 32 AS kind, sum(length(entries)) / 8 AS keys FROM near_entries GROUP BY 1;",
    "near_filters": "SELECT id >> 21 AS kind, count(*) AS eight_blocks FROM near_filters GROUP BY 1;",
    "changes": "SELECT at, message, json_extract(diff, '$.figures') AS figures FROM changes WHERE kind = 'text';",
    "distrusted": "SELECT d.host, d.kind, d.message, v.url FROM distrusted AS d JOIN visits AS v ON v.id = d.visit;",
    "search": "SELECT rowid AS report FROM search WHERE search MATCH '公开' ORDER BY rank;",
    "latest": "SELECT portal, verdict, count(*) FROM latest GROUP BY 1, 2;",
    "all_reports": "SELECT recipe, title, text FROM all_reports WHERE report_id = 1;",
    "ranked": "SELECT who, year, count(*) AS addresses FROM ranked GROUP BY 1, 2 HAVING count(*) > 1;",
    "current_reports": "SELECT issuer, year, url, last_confirmed FROM current_reports WHERE standing <> 'live';",
    "copies": "SELECT report, url, basis, similarity FROM copies ORDER BY report, similarity DESC;",
    "leads": "SELECT issuer, year, url, true_url FROM leads WHERE verdict = 'mirror';",
    "provenance": "SELECT part, requested_at, url, status, body_sha256 FROM provenance WHERE report = 1"
    " ORDER BY requested_at, visit;",
    "current_changes": "SELECT at, kind, issuer, year, message FROM current_changes WHERE kind <> 'same_text';",
    "outline": "SELECT number, title, text FROM outline WHERE report = 1 ORDER BY position;",
    "attachment_visits": "SELECT report, text, url FROM attachment_visits WHERE visit IS NULL;",
}

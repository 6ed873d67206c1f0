-- A walk of a list that stopped early because nothing on its first page was new says so; see `lists.ended`.
ALTER TABLE visits ADD COLUMN rendering TEXT;
-- Seals, see archive/seals.py: rows of earlier versions have none.
ALTER TABLE portals ADD COLUMN seal BLOB;
ALTER TABLE runs ADD COLUMN seal BLOB;
ALTER TABLE visits ADD COLUMN seal BLOB;
ALTER TABLE reports ADD COLUMN seal BLOB;
ALTER TABLE lists ADD COLUMN seal BLOB;
-- Exchanges that others made, taken in from their files; found again by their records.
ALTER TABLE visits ADD COLUMN imported TEXT;
CREATE INDEX visits_imported ON visits(json_extract(imported, '$.record')) WHERE imported IS NOT NULL;
-- What a body is packed against stands in the same file, and the foreign key keeps it there.
ALTER TABLE bodies ADD COLUMN reference TEXT REFERENCES bodies(sha256);
ALTER TABLE bodies ADD COLUMN level INTEGER NOT NULL DEFAULT 3;
-- The last bodies that came for a portal are what a new one is compared with.
CREATE INDEX visits_that_brought ON visits(portal, id)
  WHERE body IS NOT NULL AND outcome NOT IN ('same_bytes', 'not_modified');
-- One name for each issuer, whatever words its pages have for it.
ALTER TABLE reports ADD COLUMN issuer_full TEXT;
DROP INDEX reports_ranked;
-- All that `current_reports` must know of a report, so that it reads no row it does not show.
CREATE INDEX reports_ranked ON reports(
  verdict, visit, derived_at, issuer, issuer_full, issuer_kind, issuer_code, year, published_on);
CREATE TABLE further_pages ( -- A page that a report is read from beside its own: one it goes on at, or one in a frame.
  report INTEGER NOT NULL REFERENCES reports(id), -- The report.
  position INTEGER NOT NULL, -- Place among them, from 0, in the order they were named.
  url TEXT NOT NULL, -- Its address, as the page before it names it.
  body TEXT REFERENCES bodies(sha256), -- Hash of the bytes it was read from, null where they could not be had.
  PRIMARY KEY (report, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX visits_further ON visits(discovered_on) WHERE role = 'further';
-- What a walk rests on that asked for the first pages of a list only.
ALTER TABLE lists ADD COLUMN listed BLOB;
ALTER TABLE lists ADD COLUMN walked_at TEXT;
-- What became of the reports at their addresses, see archive/changes.py.
CREATE TABLE changes ( -- What became of a report at its address, worked out from visits and from what a recipe read.
  canonical_url TEXT NOT NULL, -- The address, as in `visits`.
  recipe TEXT NOT NULL, -- Version of `derive` that read the versions.
  visit INTEGER NOT NULL REFERENCES visits(id), -- The visit that showed it.
  kind TEXT NOT NULL, -- What it is, in a word; the words are explained below.
  before INTEGER NOT NULL REFERENCES reports(id), -- The version that stood until then.
  after INTEGER REFERENCES reports(id), -- What came, null where nothing did.
  at TEXT NOT NULL, -- When that visit was made (ISO 8601, UTC).
  since TEXT, -- Of gone and returned: the first look in vain (ISO 8601, UTC).
  message TEXT NOT NULL, -- The same in words.
  diff TEXT, -- JSON object {paragraphs: [{at, before, after}], figures: [{table, row, column, before, after}], metadata}.
  PRIMARY KEY (canonical_url, recipe, visit, kind, before)
) STRICT, WITHOUT ROWID;
CREATE INDEX changes_by_before ON changes(before, kind);
CREATE INDEX changes_by_after ON changes(after, kind);
-- With those that brought a body, all that is known of a portal's addresses.
CREATE INDEX visits_without_body ON visits(portal, id) WHERE body IS NULL AND role IN ('report', 'attachment');
CREATE TABLE distrusted ( -- A host whose ETag or Last-Modified is not to be believed, and how that showed first.
  host TEXT NOT NULL, -- Host name, as in `visits`.
  kind TEXT NOT NULL, -- In which way, in a word; the words are explained below.
  visit INTEGER NOT NULL REFERENCES visits(id), -- The first visit that showed it.
  message TEXT NOT NULL, -- The same in words.
  PRIMARY KEY (host, kind)
) STRICT, WITHOUT ROWID;
-- Near copies, see archive/near.py: reports of earlier recipes have no sketch and are compared with none.
ALTER TABLE reports ADD COLUMN sketch BLOB;
CREATE TABLE near_keys ( -- Index by the keys of sketches: where near copies of a report are looked for.
  key INTEGER NOT NULL, -- Six bytes of a sketch, mixed with the recipe.
  report INTEGER NOT NULL, -- The report.
  PRIMARY KEY (key, report)
) STRICT, WITHOUT ROWID;
CREATE TABLE near_recent ( -- The same of the reports before those in `near_fresh`, until they go there.
  key INTEGER NOT NULL, -- As in `near_keys`.
  report INTEGER NOT NULL, -- The report.
  PRIMARY KEY (key, report)
) STRICT, WITHOUT ROWID;
CREATE TABLE near_fresh ( -- The same of the reports filed last, until they go there.
  key INTEGER NOT NULL, -- As in `near_keys`.
  report INTEGER NOT NULL, -- The report.
  PRIMARY KEY (key, report)
) STRICT, WITHOUT ROWID;
CREATE TABLE duplicates ( -- Two reports by one recipe that are one but for details; each pair stands from both sides.
  report INTEGER NOT NULL REFERENCES reports(id), -- The report.
  other INTEGER NOT NULL, -- Its near copy at another address.
  similarity REAL NOT NULL, -- Share of the 5-grams of both running texts that are in both, 0 to 1.
  held REAL NOT NULL, -- Share of the other's 5-grams, tables included, that this one has: how complete it is.
  knows INTEGER NOT NULL, -- 1 where the other one says itself better whose report it is and of which year.
  agree TEXT NOT NULL, -- JSON object: what both say, and how many of their numbers are in both.
  differ TEXT NOT NULL, -- JSON object of [this one's, the other's]: what they say otherwise, numbers of one alone, sizes.
  scheme TEXT NOT NULL, -- What they were compared by, with the seed; see pipelines/fingerprint.py.
  PRIMARY KEY (report, other)
) STRICT, WITHOUT ROWID;
-- What a mirror says of the page that it copies: proposals, apart from what it says.
ALTER TABLE reports ADD COLUMN true_url TEXT;
ALTER TABLE reports ADD COLUMN restored TEXT;
ALTER TABLE reports ADD COLUMN substitutions TEXT;
CREATE INDEX reports_that_lead ON reports(visit) WHERE verdict = 'mirror';
-- The night run, see archive/night.
CREATE TABLE nights ( -- What a run of `gongkai nightly` did beside its visits; a killed one has no row.
  run INTEGER PRIMARY KEY REFERENCES runs(id), -- The run of its crawl.
  began_at TEXT NOT NULL, -- When it began (ISO 8601, UTC).
  said TEXT NOT NULL -- JSON object: budget (s), ended (whole, budget, stopped), due and failed (portal: why), left, steps.
) STRICT;

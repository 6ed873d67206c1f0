CREATE TABLE portals ( -- One government's web presence, as its portal file last said.
  id TEXT PRIMARY KEY, -- Stem of the portal file and name of its spider.
  name TEXT NOT NULL, -- What the portal is called, in Chinese.
  code TEXT, -- Division code (GB/T 2260, six digits), null where there is none.
  home TEXT NOT NULL, -- Address of the home page.
  hosts TEXT NOT NULL, -- JSON array of the host names that belong to the portal.
  start TEXT NOT NULL, -- JSON array of known listing addresses.
  family TEXT NOT NULL, -- Kind of CMS, empty where it is told from the page.
  expect_since INTEGER, -- First year a report is expected for.
  expect_reports INTEGER, -- Number of reports the portal should yield.
  delay REAL, -- Seconds between two requests to one host, null for the default.
  file_sha256 TEXT NOT NULL, -- Hash of the portal file.
  first_seen TEXT NOT NULL, -- Time of the first visit ever made for it (ISO 8601, UTC).
  last_seen TEXT NOT NULL -- Time of the first visit of the last run that visited it (ISO 8601, UTC).
) STRICT;

CREATE TABLE runs ( -- One command that wrote to the archive.
  id INTEGER PRIMARY KEY, -- Number of the run in this file.
  uid TEXT NOT NULL UNIQUE, -- Identity that survives a merge of archives.
  command TEXT NOT NULL, -- The command as given.
  started_at TEXT NOT NULL, -- ISO 8601, UTC.
  finished_at TEXT, -- ISO 8601, UTC; null while running, and for ever after a kill.
  outcome TEXT NOT NULL, -- running, finished, failed or interrupted.
  versions TEXT NOT NULL, -- JSON object: versions of the programs that took part.
  settings TEXT NOT NULL, -- JSON object: settings that departed from the defaults.
  counts TEXT NOT NULL, -- JSON object: what was counted, by name.
  recipe TEXT NOT NULL -- Version of `derive` the run worked with.
) STRICT;

CREATE TABLE bodies ( -- Unique bytes, stored once, never overwritten and never deleted.
  sha256 TEXT PRIMARY KEY, -- Hash of the bytes as received, lower-case hex.
  size INTEGER NOT NULL, -- Number of bytes as received.
  codec TEXT NOT NULL, -- How they are stored: zstd, or none where that does not shrink them.
  bytes BLOB NOT NULL -- The stored bytes.
) STRICT;

CREATE TABLE visits ( -- One HTTP exchange, and what came of it.
  id INTEGER PRIMARY KEY, -- Number of the visit in this file.
  run INTEGER NOT NULL REFERENCES runs(id), -- The run that made it.
  number INTEGER NOT NULL, -- Its number in the run; run and number survive a merge.
  portal TEXT NOT NULL REFERENCES portals(id), -- The portal it was made for.
  role TEXT NOT NULL, -- What was hoped for: listing, report or attachment.
  method TEXT NOT NULL, -- HTTP method.
  url TEXT NOT NULL, -- Address, verbatim as requested.
  canonical_url TEXT NOT NULL, -- The same in WHATWG form, without fragment, session ids and tracking keys.
  host TEXT NOT NULL, -- Host name of the address, without port.
  requested_at TEXT NOT NULL, -- When it was asked for (ISO 8601, UTC).
  elapsed REAL, -- Seconds from the request to the last byte.
  status INTEGER, -- HTTP status, null where no answer came.
  outcome TEXT NOT NULL, -- What came of it, in a word; the words are explained below.
  error TEXT, -- The failure in words, where there was one.
  request_headers TEXT NOT NULL, -- JSON array of [name, value] pairs as sent.
  response_headers TEXT NOT NULL, -- JSON array of [name, value] pairs as received.
  remote_address TEXT, -- Address of the server that answered.
  body TEXT REFERENCES bodies(sha256), -- The bytes that came; after a 304 the bytes that still hold.
  truncated INTEGER NOT NULL, -- 1 where less came than was announced.
  redirected_from INTEGER REFERENCES visits(id), -- The visit whose answer sent us here.
  discovered_on INTEGER REFERENCES visits(id), -- The visit whose page held the link.
  link_text TEXT, -- Words of that link.
  position INTEGER, -- Place of that link on its page, from 0.
  UNIQUE (run, number)
) STRICT;

CREATE TABLE texts ( -- The words of a report, stored once however many addresses carry them.
  sha256 TEXT PRIMARY KEY, -- Hash of text, a zero byte and markdown, lower-case hex.
  text TEXT NOT NULL, -- One paragraph a line, a table row a line with its cells separated by tabs.
  markdown TEXT NOT NULL -- The same with headings and tables marked.
) STRICT;

CREATE TABLE reports ( -- What a page says, by one recipe; never changed once filed.
  id INTEGER PRIMARY KEY, -- Number of the report in this file, and its row in the full-text index.
  visit INTEGER NOT NULL REFERENCES visits(id), -- The first visit that kept these bytes at this address.
  recipe TEXT NOT NULL, -- Version of `derive` that read it.
  url TEXT NOT NULL, -- Address the page was read under.
  verdict TEXT NOT NULL, -- What kind of page it is: report, attachment_only, thin, not_a_report and others.
  reasons TEXT NOT NULL, -- JSON array: why that verdict.
  title TEXT, -- Title as written.
  issuer TEXT, -- Name of the body that reports.
  issuer_kind TEXT, -- government, office, department, town, zone, vertical or enterprise.
  issuer_code TEXT, -- Its division code (GB/T 2260).
  issuer_path TEXT NOT NULL, -- JSON array: its divisions from the province down.
  year INTEGER, -- The year reported on.
  period_start TEXT, -- First day of the statistics period (ISO 8601).
  period_end TEXT, -- Last day of the statistics period (ISO 8601).
  published_on TEXT, -- Day of publication as the page says (ISO 8601).
  signed_on TEXT, -- Day under the report itself (ISO 8601).
  source TEXT, -- Who the page names as its source.
  index_number TEXT, -- 索引号, as written.
  document_number TEXT, -- 文号, as written.
  site_code TEXT, -- 网站标识码 of the page.
  evidence TEXT NOT NULL, -- JSON array of {field, value, where, words}: what the fields rest on.
  charset_declared TEXT, -- Character set that header or page declared.
  charset_detected TEXT, -- Character set the bytes look like.
  charset_chosen TEXT NOT NULL, -- Character set the page was read in.
  charset_errors INTEGER NOT NULL, -- Bytes it could not read.
  fingerprint TEXT NOT NULL, -- Hash of the normalised text, hex.
  text_sha256 TEXT NOT NULL REFERENCES texts(sha256), -- Its words.
  items TEXT NOT NULL, -- JSON array of {title, href, date}: the entries, where the page is a listing.
  derived_at TEXT NOT NULL, -- When it was filed (ISO 8601, UTC); the latest of a visit holds.
  UNIQUE (visit, recipe)
) STRICT;

CREATE TABLE sections ( -- A heading of a report with the words under it; the view `outline` shows them as text.
  report INTEGER NOT NULL REFERENCES reports(id), -- The report.
  position INTEGER NOT NULL, -- Place in it, from 0.
  level INTEGER NOT NULL, -- Depth, 1 at the top.
  number TEXT NOT NULL, -- Number as written (一、), empty where there is none.
  title TEXT NOT NULL, -- Words of the heading.
  start INTEGER, -- Where its words start in the report's text, in characters from 0.
  length INTEGER, -- How many characters they are.
  words TEXT, -- The words themselves, only where they do not stand in the text as one piece.
  PRIMARY KEY (report, position),
  CHECK ((words IS NULL) = (start IS NOT NULL AND length IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE tables ( -- A data table of a report.
  report INTEGER NOT NULL REFERENCES reports(id), -- The report.
  position INTEGER NOT NULL, -- Place in it, from 0.
  caption TEXT, -- Caption, where there is one.
  after INTEGER NOT NULL, -- Paragraphs of the text above it.
  rows TEXT NOT NULL, -- JSON array of rows, a row an array of cells.
  spans TEXT NOT NULL, -- JSON array of {row, column, rowspan, colspan}: cells that reach over several slots.
  PRIMARY KEY (report, position)
) STRICT;

CREATE TABLE findings ( -- Something a reader of a report should know.
  report INTEGER NOT NULL REFERENCES reports(id), -- The report.
  position INTEGER NOT NULL, -- Place among its findings, from 0.
  code TEXT NOT NULL, -- Kind of finding.
  severity TEXT NOT NULL, -- info, warning or error.
  message TEXT NOT NULL, -- The finding in words.
  evidence TEXT NOT NULL, -- Words or cells it rests on.
  PRIMARY KEY (report, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE attachments ( -- A file that a report links to; the view `attachment_visits` says what became of it.
  report INTEGER NOT NULL REFERENCES reports(id), -- The report.
  position INTEGER NOT NULL, -- Place among its attachments, from 0.
  text TEXT NOT NULL, -- Words of the link.
  href TEXT NOT NULL, -- Address as written.
  url TEXT NOT NULL, -- Address resolved.
  canonical_url TEXT NOT NULL, -- The same as in `visits`.
  PRIMARY KEY (report, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE sightings ( -- The same report met again at another address.
  report INTEGER NOT NULL REFERENCES reports(id), -- The report that was filed first.
  copy INTEGER NOT NULL UNIQUE REFERENCES reports(id), -- The report it was met again as.
  visit INTEGER NOT NULL REFERENCES visits(id), -- The visit of the copy.
  url TEXT NOT NULL, -- The other address.
  basis TEXT NOT NULL, -- How we know: bytes (the same body) or text (the same fingerprint).
  seen_at TEXT NOT NULL, -- When the copy was fetched (ISO 8601, UTC).
  UNIQUE (report, visit)
) STRICT;

-- Found by address: the last visit and, with the body, the first that kept it.
CREATE INDEX visits_by_address ON visits(canonical_url, requested_at) WHERE body IS NOT NULL;
CREATE INDEX visits_by_body ON visits(body, canonical_url, requested_at) WHERE body IS NOT NULL;
-- All that `current_reports` must know of a report, so that it reads no row it does not show.
CREATE INDEX reports_ranked ON reports(
  verdict, visit, derived_at, issuer, issuer_kind, issuer_code, year, published_on);
CREATE INDEX reports_by_visit ON reports(visit, derived_at);
CREATE INDEX reports_by_fingerprint ON reports(fingerprint, recipe);

-- Without content of its own: the words are in `texts`. tokenize=ascii leaves every Chinese character alone, the
-- newest ones too, which unicode61 takes for punctuation. Filled by archive/search.py.
CREATE VIRTUAL TABLE search USING fts5(title, text, content='', tokenize='ascii');
-- Half the writing of the defaults, 1 MB and 4, for an eighth more of index: its segments are merged less often.
INSERT INTO search(search, rank) VALUES ('hashsize', 8388608), ('automerge', 16);

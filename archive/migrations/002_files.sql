ALTER TABLE visits ADD COLUMN tls TEXT;
ALTER TABLE visits ADD COLUMN request_body TEXT;
ALTER TABLE portals ADD COLUMN hints TEXT NOT NULL DEFAULT '{}';
CREATE TABLE lists ( -- A list of a portal as one run walked it.
  run INTEGER NOT NULL REFERENCES runs(id), -- The run.
  portal TEXT NOT NULL REFERENCES portals(id), -- The portal.
  url TEXT NOT NULL, -- Address of its first page.
  parent TEXT, -- Address of the list it was found on, null where the portal file or the home page named it.
  title TEXT, -- Name of the column, as its page says.
  family TEXT NOT NULL, -- Family of content management systems its pages are made by.
  marks TEXT NOT NULL, -- JSON array: what on its pages tells the family.
  pages INTEGER NOT NULL, -- Pages, or answers of an interface, that were read.
  entries INTEGER NOT NULL, -- Entries seen.
  reports INTEGER NOT NULL, -- Entries that are links to reports.
  total_items INTEGER, -- Number of entries it announces.
  total_pages INTEGER, -- Number of pages it announces.
  ended TEXT NOT NULL, -- How the walk ended, in a word; the words are explained below.
  found TEXT, -- JSON object: why it was taken for the column; null where the portal file named it.
  PRIMARY KEY (run, portal, url)
) STRICT, WITHOUT ROWID;

CREATE TABLE pictures ( -- A picture inside the text of a report.
  report INTEGER NOT NULL REFERENCES reports(id), -- The report.
  position INTEGER NOT NULL, -- Place among its pictures, from 0.
  alt TEXT NOT NULL, -- Words in its place, as the page gives them.
  src TEXT NOT NULL, -- Address as written.
  url TEXT NOT NULL, -- Address resolved.
  PRIMARY KEY (report, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX attachments_by_address ON attachments(canonical_url);
CREATE INDEX visits_by_origin ON visits(redirected_from) WHERE redirected_from IS NOT NULL;
-- Knew only those with a body, which redirects and failures lack.
DROP INDEX visits_by_address;
CREATE INDEX visits_by_address ON visits(canonical_url, requested_at);

-- What many visits share is stored once, see archive/exchanges.py; the view `visits` shows each of them whole.
CREATE TABLE addresses ( -- An address that visits were made to.
  id INTEGER PRIMARY KEY, -- Number of the address in this file.
  canonical_url TEXT NOT NULL UNIQUE, -- In WHATWG form, without fragment, session ids and tracking keys.
  host TEXT NOT NULL -- Its host name, without port.
) STRICT;
CREATE TABLE phrases ( -- Words that many visits share: headers, link texts, TLS facts, failures and others.
  id INTEGER PRIMARY KEY, -- Number of the words in this file.
  words TEXT NOT NULL UNIQUE -- The words; of headers with \u0010, \u0011 and so on where the visit has its own value.
) STRICT;
INSERT INTO addresses (canonical_url, host) SELECT DISTINCT canonical_url, host FROM visits ORDER BY 1;
INSERT OR IGNORE INTO phrases (words) SELECT template(request_headers) FROM visits
  UNION SELECT template(response_headers) FROM visits UNION SELECT tls FROM visits WHERE tls IS NOT NULL
  UNION SELECT error FROM visits WHERE error IS NOT NULL UNION SELECT link_text FROM visits WHERE link_text IS NOT NULL
  UNION SELECT remote_address FROM visits WHERE remote_address IS NOT NULL
  UNION SELECT request_body FROM visits WHERE request_body IS NOT NULL
  UNION SELECT url FROM visits WHERE url <> canonical_url;
-- Bodies get numbers, which take a twentieth of the room of their hashes.
CREATE TABLE numbered ( -- Unique bytes, stored once, never overwritten and never deleted.
  id INTEGER PRIMARY KEY, -- Number of the body in this file.
  sha256 TEXT NOT NULL UNIQUE, -- Hash of the bytes as received, lower-case hex.
  size INTEGER NOT NULL, -- Number of bytes as received.
  codec TEXT NOT NULL, -- How they are stored: zstd, or none where that does not shrink them.
  reference INTEGER REFERENCES bodies(id), -- The body they are packed against, zstd's prefix (`--patch-from`), or null.
  level INTEGER NOT NULL, -- Level of zstd they were packed with; `gongkai compress` packs anew what is below its own.
  bytes BLOB NOT NULL -- The stored bytes. They may be packed anew; what comes out of them never changes.
) STRICT;
INSERT INTO numbered SELECT b.rowid, b.sha256, b.size, b.codec, r.rowid, b.level, b.bytes
  FROM bodies AS b LEFT JOIN bodies AS r ON r.sha256 = b.reference ORDER BY b.rowid;
CREATE TABLE told ( -- A visit as it is stored: read it through the view `visits`.
  id INTEGER PRIMARY KEY, -- Number of the visit in this file.
  run INTEGER NOT NULL REFERENCES runs(id), -- The run that made it.
  number INTEGER NOT NULL, -- Its number in the run; run and number survive a merge.
  portal TEXT NOT NULL REFERENCES portals(id), -- The portal it was made for.
  role TEXT NOT NULL, -- What was hoped for.
  method TEXT NOT NULL, -- HTTP method, or RENDER.
  address INTEGER NOT NULL REFERENCES addresses(id), -- Its address.
  url INTEGER REFERENCES phrases(id), -- Its address as requested, null where that is the canonical one.
  requested_at INTEGER NOT NULL, -- When it was asked for, in milliseconds since 1970 (UTC).
  elapsed REAL, -- Seconds from the request to the last byte.
  status INTEGER, -- HTTP status, null where no answer came.
  outcome TEXT NOT NULL, -- What came of it, in a word.
  error INTEGER REFERENCES phrases(id), -- The failure in words.
  request_headers INTEGER NOT NULL REFERENCES phrases(id), -- Headers as sent, but for the values of its own.
  request_values TEXT, -- JSON array of these values.
  response_headers INTEGER NOT NULL REFERENCES phrases(id), -- Headers as received, but for the values of its own.
  response_values TEXT, -- JSON array of these values.
  remote_address INTEGER REFERENCES phrases(id), -- Address of the server that answered.
  body INTEGER REFERENCES bodies(id), -- The bytes that came, or that still hold.
  truncated INTEGER NOT NULL, -- 1 where less came than was announced.
  redirected_from INTEGER REFERENCES exchanges(id), -- The visit whose answer sent us here.
  discovered_on INTEGER REFERENCES exchanges(id), -- The visit whose page held the link.
  link_text INTEGER REFERENCES phrases(id), -- Words of that link.
  position INTEGER, -- Place of that link on its page, from 0.
  tls INTEGER REFERENCES phrases(id), -- The facts of its TLS.
  request_body INTEGER REFERENCES phrases(id), -- What a POST sent.
  rendering TEXT, -- How a browser made the body.
  imported TEXT, -- Where an exchange that others made was taken in from.
  seal BLOB, -- Hash over the row of `visits` and the seal of the visit before it in the run.
  UNIQUE (run, number)
) STRICT;
INSERT INTO told SELECT v.id, v.run, v.number, v.portal, v.role, v.method, a.id,
  CASE WHEN v.url <> v.canonical_url THEN (SELECT id FROM phrases WHERE words = v.url) END,
  moment(v.requested_at), v.elapsed, v.status, v.outcome, (SELECT id FROM phrases WHERE words = v.error),
  (SELECT id FROM phrases WHERE words = template(v.request_headers)), own_values(v.request_headers),
  (SELECT id FROM phrases WHERE words = template(v.response_headers)), own_values(v.response_headers),
  (SELECT id FROM phrases WHERE words = v.remote_address), b.rowid, v.truncated, v.redirected_from, v.discovered_on,
  (SELECT id FROM phrases WHERE words = v.link_text), v.position, (SELECT id FROM phrases WHERE words = v.tls),
  (SELECT id FROM phrases WHERE words = v.request_body), v.rendering, v.imported, v.seal
  FROM visits AS v JOIN addresses AS a ON a.canonical_url = v.canonical_url LEFT JOIN bodies AS b ON b.sha256 = v.body
  ORDER BY v.id;
-- The old tables go, and the new ones take their places: what refers to a visit refers to an exchange from here on.
ALTER TABLE visits RENAME TO exchanges;
CREATE TEMP TABLE before AS SELECT * FROM exchanges;
DROP TABLE exchanges;
ALTER TABLE told RENAME TO exchanges;
DROP TABLE bodies;
ALTER TABLE numbered RENAME TO bodies;
CREATE INDEX bodies_by_reference ON bodies(reference) WHERE reference IS NOT NULL;
-- Found by address, by body with the first that kept it, by what sent us there.
CREATE INDEX exchanges_by_address ON exchanges(address, requested_at);
CREATE INDEX exchanges_by_body ON exchanges(body, address, requested_at) WHERE body IS NOT NULL;
CREATE INDEX exchanges_by_origin ON exchanges(redirected_from) WHERE redirected_from IS NOT NULL;
CREATE INDEX exchanges_further ON exchanges(discovered_on) WHERE role = 'further';
CREATE INDEX exchanges_imported ON exchanges(json_extract(imported, '$.record')) WHERE imported IS NOT NULL;
-- The last bodies that came for a portal are what a new one is compared with; with those that brought none, all that is
-- known of its addresses.
CREATE INDEX exchanges_that_brought ON exchanges(portal, id)
  WHERE body IS NOT NULL AND outcome NOT IN ('same_bytes', 'not_modified');
CREATE INDEX exchanges_without_body ON exchanges(portal, id)
  WHERE body IS NULL AND role IN ('report', 'attachment');
ALTER TABLE nights ADD COLUMN seal BLOB;
-- What earlier walks say of a portal's lists.
CREATE INDEX lists_by_portal ON lists(portal, run);

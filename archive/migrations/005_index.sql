-- With 16 segments of a size, `automerge` begins to join them a little at a time; with as many, by default, they are
-- joined at once: in time all of the index in one transaction, which holds up the crawl and makes a WAL as large as it.
INSERT INTO search(search, rank) VALUES ('crisismerge', 64);

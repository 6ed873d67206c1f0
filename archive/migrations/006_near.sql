-- Keys are written thousands of reports at a time: what is new in an index of millions lies together.
DROP TABLE near_keys;
DROP TABLE near_recent;
DROP TABLE near_fresh;
CREATE TABLE near_written ( -- How far the index of near copies goes: later reports are found by their sketches.
  written INTEGER NOT NULL -- The last report whose keys are in `near_entries`.
) STRICT;
INSERT INTO near_written VALUES (0);
CREATE TABLE near_entries ( -- Index by the keys of sketches: where near copies of a report are looked for.
  id INTEGER PRIMARY KEY, -- 2^32 times the kind of its keys, 256 times their block, and bits 37 to 44 of each of them.
  entries BLOB NOT NULL -- Ten bytes each, the lowest first: six of a key, four of the number of the report that has it.
) STRICT;
CREATE TABLE near_filters ( -- Which full blocks of `near_entries` may have a key, see archive/near_filters.py.
  id INTEGER PRIMARY KEY, -- 2^21 times the kind of the keys, and the first of eight blocks, divided by eight.
  bits BLOB NOT NULL -- A byte for each place of their filters: the lowest bit is that of the first block.
) STRICT;

-- Entries take fewer bytes. The index is made anew of the sketches when a report is filed.
DROP TABLE near_entries;
CREATE TABLE near_entries ( -- Index by the keys of sketches: where near copies of a report are looked for.
  id INTEGER PRIMARY KEY, -- 2^32 times the kind of its keys, 256 times their block, and bits 32 to 39 of each of them.
  entries BLOB NOT NULL -- Eight bytes each, the lowest first: four of a key, four of the number of the report that has it.
) STRICT;
DELETE FROM near_filters;
UPDATE near_written SET written = 0;

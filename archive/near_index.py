"""The index of near copies: which of millions of reports have a key.

What the last few thousand reports have is in memory, made from their sketches, and written together: a report at a
time, each key would touch a page of its own, and a page is written however little of it is new. Keys of a kind fill one
block after the other, and no block is ever put in order anew, so that a report costs hardly more where there are
millions. Which blocks may have a key is told by a Bloom filter for each.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from archive.near_filters import EIGHT, PLACES, Filters
from pipelines.fingerprint import KEY, SAYS_WHOSE

_HELD = 5_000  # reports that are held in memory before they are written
_BLOCK = 65_536  # keys with which a block is full
_ENTRY = 8  # bytes: of a key, and the number of the report that has it

# Keys by words of reports that do not say whose they are, keys by issuer and year, keys by words of those that say it.
_KIND_AT = 40  # the bits of a key below its kind
_PART = 32  # of them, the lowest, that an entry has: the others tell its row
_ROWS = 1 << _KIND_AT - _PART  # of a block, each on one page
_UNSAID, _NAME, _SAID = _KINDS = range(3)
_BLOCKS = 1 << 24  # of a kind, at most
_BELOW = (1 << _KIND_AT) - 1
_IN_ROW = (1 << _PART) - 1

_WRITTEN = "SELECT coalesce(max(written), 0) FROM near_written"  # one row, which damage may have taken


class Keys(NamedTuple):
    """What a report is found by, and what those have that may be one with it."""

    own: list[int]
    others: list[int]


def keys(sketch: bytes, recipe: str) -> Keys:
    """The keys of a sketch, see pipelines/fingerprint.py, as the index has them: those of another recipe are others."""
    own = _of_recipe(recipe)
    head = len(sketch) % KEY
    mixed = [(own ^ int.from_bytes(sketch[at : at + KEY], "big")) & _BELOW for at in range(head, len(sketch), KEY)]
    if not head:  # by an earlier scheme, which knew no kinds of keys
        return Keys(mixed, mixed)
    names = sketch[0] & ~SAYS_WHOSE
    whose = [_NAME << _KIND_AT | key for key in mixed[:names]]
    unsaid = mixed[names:]
    said = [_SAID << _KIND_AT | key for key in unsaid]
    return Keys(whose + said, whose + unsaid) if sketch[0] & SAYS_WHOSE else Keys(whose + unsaid, whose + unsaid + said)


@lru_cache(maxsize=8)
def _of_recipe(recipe: str) -> int:
    return int.from_bytes(hashlib.blake2b(recipe.encode(), digest_size=KEY).digest(), "big")


class Index:
    """The keys of an archive's reports, written inside its transactions; it is to `forget` what is undone."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._held: dict[int, list[int]] = {}  # reports by their keys, of those that are not written
        self._written = 0  # the last report that is
        self._kinds: list[_Kind] = []
        self._version: int | None = None  # of the file, when it was read

    def forget(self) -> None:
        """Trust nothing in memory: what it was made of may be undone."""
        self._version = None

    def enter(self, number: int, report: Keys) -> set[int]:
        """The reports that may be one with a report; from now on it is found itself."""
        self._read(but=number)
        found: set[int] = set()
        asked: tuple[list[int], ...] = ([], [], [])  # by kind
        for key in report.others:
            asked[key >> _KIND_AT].append(key)
            if key in self._held:
                found.update(self._held[key])
        for kind, its in zip(self._kinds, asked, strict=True):
            if its:
                found.update(kind.find(its))
        self._hold(number, report.own)
        return found

    def remove(self, number: int, own: Sequence[int]) -> None:
        """Have a report found no more."""
        self._read()
        for key in own:
            if number > self._written:
                self._held[key].remove(number)
            else:
                self._kinds[key >> _KIND_AT].remove(key, number)

    def _read(self, but: int = 0) -> None:
        """Have in memory what the file tells, where it is not there or another process wrote since."""
        (version,) = self.connection.execute("PRAGMA data_version").fetchone()
        if version == self._version:
            return
        (self._written,) = self.connection.execute(_WRITTEN).fetchone()
        self._held = {}
        self._kinds = [_Kind(self.connection, kind) for kind in _KINDS]
        unwritten = "SELECT id, sketch, recipe FROM reports WHERE id > ? AND id <> ? AND sketch IS NOT NULL ORDER BY id"
        for number, sketch, recipe in self.connection.execute(unwritten, [self._written, but]):
            self._hold(number, keys(sketch, recipe).own)
        self._version = version

    def _hold(self, number: int, own: Sequence[int]) -> None:
        if number <= self._written:  # the number of one that is gone
            self._write({key: [number] for key in own})
            return
        for key in own:
            self._held.setdefault(key, []).append(number)
        if number - self._written >= _HELD:
            self._write(self._held)
            self._held = {}
            self._written = number
            self.connection.execute("UPDATE near_written SET written = ?", [number])

    def _write(self, held: Mapping[int, Sequence[int]]) -> None:
        added: tuple[list[tuple[int, int]], ...] = ([], [], [])  # by kind
        for key, numbers in held.items():
            for number in numbers:
                added[key >> _KIND_AT].append((key, number))
        for kind, entries in zip(self._kinds, added, strict=True):
            kind.add(entries)


class _Kind:
    """The keys of one kind as they are in the file: in blocks, the last of which is filled until it is full."""

    def __init__(self, connection: sqlite3.Connection, kind: int) -> None:
        self._connection = connection
        self._first = kind * _BLOCKS
        self._block, self._count = _last(connection, self._first)
        self._filters = Filters()
        stored = set()
        planes = "SELECT id - ?, bits FROM near_filters WHERE id BETWEEN ? AND ?"
        first, last = self._first // EIGHT, (self._first + _BLOCKS) // EIGHT - 1
        for eight, plane in connection.execute(planes, [first, first, last]):
            if len(plane) == PLACES:
                self._filters.lay(eight, plane)
                stored.add(eight)
        for block in range(self._block + bool(self._count)):
            if block == self._block or block // EIGHT not in stored:
                self._filters.mark(block, _keys_of(connection, self._first + block))

    def find(self, values: Sequence[int]) -> list[int]:
        """The reports that have one of the keys."""
        found: list[int] = []
        for block, key in self._filters.having(values):
            entries = self._entries(_row(self._first + block, key))
            found += [_parts(entries, at)[1] for at in _places(entries, _entry(key)[: _PART // 8])]
        return found

    def add(self, entries: Sequence[tuple[int, int]]) -> None:
        """Keys, each with the number of a report that has it."""
        rows: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        block = self._first + self._block
        for entry in entries:
            rows[_row(block, entry[0])].append(entry)
        for row, its in sorted(rows.items()):
            self._filters.mark(self._block, [key for key, _ in its])  # these lie together there
            self._put(row, self._entries(row) + b"".join([_entry(key, number) for key, number in its]))
        self._count += len(entries)
        if self._count >= _BLOCK:
            eight = self._block // EIGHT
            plane = [self._first // EIGHT + eight, self._filters.plane(eight)]
            self._connection.execute("INSERT OR REPLACE INTO near_filters VALUES (?, ?)", plane)
            self._block, self._count = self._block + 1, 0

    def remove(self, key: int, number: int) -> None:
        """Have a report found by a key no more."""
        for block, _ in self._filters.having([key]):
            row = _row(self._first + block, key)
            entries = self._entries(row)
            for at in _places(entries, _entry(key, number)):
                self._put(row, entries[:at] + entries[at + _ENTRY :])

    def _entries(self, row: int) -> bytes:
        found = self._connection.execute("SELECT entries FROM near_entries WHERE id = ?", [row]).fetchone()
        return found[0] if found else b""

    def _put(self, row: int, entries: bytes) -> None:
        self._connection.execute("INSERT OR REPLACE INTO near_entries VALUES (?, ?)", [row, entries])


def wrong(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Reports that are not found by the keys of their sketches, or by others, and how that is to be said."""
    (written,) = connection.execute(_WRITTEN).fetchone()
    held: defaultdict[int, int] = defaultdict(int)  # the sum of a report's keys
    # damage may have made the entries none
    for row, entries in connection.execute("SELECT id, CAST(entries AS BLOB) FROM near_entries"):
        above = _above(row)
        for at in range(0, len(entries), _ENTRY):
            part, number = _parts(entries, at)
            held[number] += above | part if at + _ENTRY <= len(entries) else 1
    sketches = "SELECT id, CAST(sketch AS BLOB), recipe FROM reports WHERE sketch IS NOT NULL AND id <= ?"
    for number, sketch, recipe in connection.execute(sketches, [written]):
        if held.pop(number, 0) != sum(keys(sketch, recipe).own):
            yield number, "is in the index of near copies by other keys than its sketch has"
    for number in held:
        yield number, "is in the index of near copies, and should not be"
    planes = dict(connection.execute("SELECT id, CAST(bits AS BLOB) FROM near_filters"))
    for first in (kind * _BLOCKS for kind in _KINDS):
        made = Filters()
        full, _ = _last(connection, first)
        for block in range(full):
            made.mark(block, _keys_of(connection, first + block))
        for eight in range(-(-full // EIGHT)):
            stored = planes.get(first // EIGHT + eight, b"")
            if len(stored) != PLACES or int.from_bytes(made.plane(eight)) & ~int.from_bytes(stored):
                yield first // EIGHT + eight, "is a row of `near_filters` that lacks keys of its blocks"


def _last(connection: sqlite3.Connection, first: int) -> tuple[int, int]:
    """The block of a kind that is being filled, and how many keys it has."""
    ends = [first * _ROWS, (first + _BLOCKS) * _ROWS - 1]
    (row,) = connection.execute("SELECT max(id) FROM near_entries WHERE id BETWEEN ? AND ?", ends).fetchone()
    if row is None:
        return 0, 0
    block = row // _ROWS - first
    count = sum(1 for _ in _keys_of(connection, first + block))
    return (block, count) if count < _BLOCK else (block + 1, 0)


def _keys_of(connection: sqlite3.Connection, block: int) -> Iterator[int]:
    rows = "SELECT id, CAST(entries AS BLOB) FROM near_entries WHERE id BETWEEN ? AND ?"
    for row, entries in connection.execute(rows, [block * _ROWS, block * _ROWS + _ROWS - 1]):
        above = _above(row)
        for at in range(0, len(entries), _ENTRY):
            yield above | _parts(entries, at)[0]


def _row(block: int, key: int) -> int:
    return block * _ROWS + (key >> _PART) % _ROWS


def _above(row: int) -> int:
    """What the keys in a row have above the part that its entries have."""
    return row // (_ROWS * _BLOCKS) << _KIND_AT | row % _ROWS << _PART


def _entry(key: int, number: int = 0) -> bytes:
    return (number << _PART | key & _IN_ROW).to_bytes(_ENTRY, "little")


def _parts(entries: bytes, at: int) -> tuple[int, int]:
    """Of the entry at a place, the part of a key and the number."""
    entry = int.from_bytes(entries[at : at + _ENTRY], "little")
    return entry & _IN_ROW, entry >> _PART


def _places(entries: bytes, beginning: bytes) -> Iterator[int]:
    """Where in a row entries begin so."""
    at = entries.find(beginning)
    while at >= 0:
        if at % _ENTRY == 0:
            yield at
        at = entries.find(beginning, at + 1)

"""What one reading of somebody's files notes for the next: as much as they hold, on disk where it grows."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from typing import Any

_MEMORY = 24_000  # KB kept of it in memory
_SHORT = 1 << 10  # bytes that are not worth packing


class Notes:
    """Values by kind and words. The words may be of any length: only their hash is kept."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)  # a file of SQLite's own, gone when it is closed
        self._connection.execute(f"PRAGMA cache_size = -{_MEMORY}")
        self._connection.execute("BEGIN")  # nothing to commit: nobody reads it later
        self._connection.execute(
            "CREATE TABLE notes (kind TEXT, key BLOB, value, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )
        self._connection.execute("CREATE TABLE blocks (id INTEGER PRIMARY KEY, block BLOB, is_packed INTEGER)")

    def close(self) -> None:
        self._connection.close()

    def put(self, kind: str, words: object, value: str | int, *, first: bool = False) -> None:
        """Note a value; with `first`, only where there is none."""
        how = "IGNORE" if first else "REPLACE"
        self._connection.execute(f"INSERT OR {how} INTO notes VALUES (?, ?, ?)", [kind, _key(words), value])  # noqa: S608 - two constants

    def get(self, kind: str, words: object) -> Any:
        """A value, None where there is none."""
        found = self._connection.execute("SELECT value FROM notes WHERE kind = ? AND key = ?", [kind, _key(words)])
        return next((value for (value,) in found), None)

    def pop(self, kind: str, words: object) -> Any:
        """A value, which is then forgotten."""
        value = self.get(kind, words)
        if value is not None:
            self._connection.execute("DELETE FROM notes WHERE kind = ? AND key = ?", [kind, _key(words)])
        return value

    def lay(self, block: bytes) -> int:
        """Lay bytes aside; the number by which `block` gives them back."""
        is_packed = len(block) > _SHORT  # for the file they come from may be a bomb
        row = [zlib.compress(block, 1) if is_packed else block, is_packed]
        number = self._connection.execute("INSERT INTO blocks (block, is_packed) VALUES (?, ?)", row).lastrowid
        assert number is not None  # an INSERT has one
        return number

    def block(self, number: int) -> bytes:
        query = "SELECT block, is_packed FROM blocks WHERE id = ?"
        block, is_packed = self._connection.execute(query, [number]).fetchone()
        return zlib.decompress(block) if is_packed else bytes(block)

    def without(self, kind: str, other: str) -> int:
        """How many values of a kind there are of which no words are noted of the other kind."""
        (count,) = self._connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM notes AS n WHERE kind = ? GROUP BY value"
            " HAVING NOT max(EXISTS (SELECT 1 FROM notes WHERE kind = ? AND key = n.key)))",
            [kind, other],
        ).fetchone()
        return int(count)


def _key(words: object) -> bytes:
    return hashlib.blake2b(repr(words).encode("utf-8", "backslashreplace"), digest_size=16).digest()

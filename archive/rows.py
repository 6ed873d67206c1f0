"""Writing a row of a table from its columns by name."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any


def insert(connection: sqlite3.Connection, table: str, row: Mapping[str, Any], conflict: str = "") -> int:
    """Write a row; its number. Table, columns and `conflict` are our own words, never a page's."""
    cursor = connection.execute(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) {conflict}",  # noqa: S608 - see above
        list(row.values()),
    )
    assert cursor.lastrowid is not None  # an INSERT has one
    return cursor.lastrowid

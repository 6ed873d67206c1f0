"""Writing a row of a table from its columns by name."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from typing import Any


def insert(connection: sqlite3.Connection, table: str, row: Mapping[str, Any], conflict: str = "") -> int:
    """Write a row; its number. Table, columns and `conflict` are our own words, never a page's."""
    cursor = connection.execute(_statement(table, tuple(row), conflict), list(row.values()))
    assert cursor.lastrowid is not None  # an INSERT has one
    return cursor.lastrowid


@lru_cache(maxsize=256)
def _statement(table: str, columns: tuple[str, ...], conflict: str) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) {conflict}"  # noqa: S608 - our own words

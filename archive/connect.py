"""Opening the file: what it is told by, in which mode it can be had, and what is said where it cannot."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from archive.errors import (
    NO_ROOM,
    FullDisk,
    LockedArchive,
    NewerArchive,
    NotAnArchive,
    OlderArchive,
    ReadOnlyArchive,
    Unwritable,
)
from archive.schema import APPLICATION_ID, VERSION, migrations

PATIENCE = 30.0  # seconds a write waits for another process's transaction

_SCARCE = 1 << 20  # bytes: with less, SQLite may call a full disk an I/O error


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """A checked connection; for writing, the file is created where it is absent and brought to our version."""
    if path.is_dir():
        raise NotAnArchive(f"{path}: is a directory: name a file in it")
    if not path.exists() and not write:
        raise NotAnArchive(f"{path}: no such file: `gongkai crawl` makes one, --archive names another")
    if not path.parent.is_dir():
        raise NotAnArchive(f"{path}: there is no directory {path.parent}: create it first")
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?{_mode(path.resolve(), write)}",
            uri=True,
            timeout=PATIENCE,
            isolation_level=None,  # transactions are ours to begin and end
            check_same_thread=False,  # one thread at a time, but not always the one that opened it
            cached_statements=256,  # the default of 128 is near what filing and looking up use
        )
    except sqlite3.OperationalError as error:
        raise _unopened(path, error, write=write) from error
    try:
        _check(connection, path, write=write)
        if write:
            _prepare(connection)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # SQLite's own words may quote what is damaged
        connection.close()
        raise _unopened(path, error, write=write) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _mode(path: Path, write: bool) -> str:
    if write:
        return "mode=rwc"
    # Reading a WAL file needs a shared-memory file beside it. Where none can be made and no writer left one, the file
    # cannot change under us either.
    if not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists():
        return "mode=ro&immutable=1"
    return "mode=ro"


def _check(connection: sqlite3.Connection, path: Path, *, write: bool) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (things,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    unwritten = application == 0 and things == 0
    if application != APPLICATION_ID and not (write and unwritten):
        what = "is empty" if unwritten else "is a SQLite file, but no archive of gongkai"
        raise NotAnArchive(f"{path}: {what}: name an archive with --archive")
    if version > VERSION:
        raise NewerArchive(
            f"{path}: has schema version {version}, this gongkai knows {VERSION}: install a newer gongkai"
        )
    if version < VERSION and not write:
        raise OlderArchive(
            f"{path}: has schema version {version}, this gongkai reads {VERSION}: make file and directory writable, so"
            " that it can be brought up to date"
        )


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a commit survives a power cut
    database = Database(connection, recursive_triggers=False, execute_plugins=False)
    connection.execute("PRAGMA foreign_keys = OFF")  # a table that takes the place of another is referred to meanwhile
    connection.execute("BEGIN IMMEDIATE")  # fails now, before anything is lost, where the file cannot be written
    if migrations.pending(database):
        migrations.apply(database)
    connection.execute("COMMIT")
    connection.execute("PRAGMA foreign_keys = ON")


def _unopened(path: Path, error: sqlite3.Error | UnicodeDecodeError, *, write: bool) -> Exception:
    code = _code(error)
    if _is_full(path, error):
        return FullDisk(f"{path}: cannot be opened: {NO_ROOM}")
    if code == sqlite3.SQLITE_NOTADB:
        return NotAnArchive(f"{path}: is not a SQLite file: name an archive with --archive")
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return LockedArchive(f"{path}: another process is writing: wait until it ends, or stop it")
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR}:
        need = "make file and directory writable" if write else "make it readable, or copy it with its -wal file"
        return ReadOnlyArchive(f"{path}: cannot be opened for {'writing' if write else 'reading'} ({error}): {need}")
    return NotAnArchive(f"{path}: cannot be read as an archive ({error}): restore it from a copy")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say of a write that SQLite refuses what we know more of; of any other fault its own words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        code = _code(error)
        if _is_full(path, error):
            raise FullDisk(f"{path}: cannot be written: {NO_ROOM}") from error
        if code == sqlite3.SQLITE_READONLY:
            raise ReadOnlyArchive(
                f"{path}: is open for reading only: make file and directory writable and open it again"
            ) from error
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise LockedArchive(f"{path}: another process is writing: wait until it ends, or stop it") from error
        if code == sqlite3.SQLITE_IOERR:
            raise Unwritable(
                f"{path}: cannot be written ({error}): look after the disk and repeat the command; what was committed"
                " is kept"
            ) from error
        raise


def _is_full(path: Path, error: Exception) -> bool:
    """Whether SQLite failed for want of room, and not for what is in the file."""
    code = _code(error)
    return code == sqlite3.SQLITE_FULL or (
        code == sqlite3.SQLITE_IOERR and shutil.disk_usage(path.resolve().parent).free < _SCARCE
    )


def _code(error: Exception) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF

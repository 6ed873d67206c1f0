"""`gongkai backup`: a copy of the archive as it is at this moment, while a crawl goes on in it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click

from archive import show
from archive.archive import Archive
from archive.connect import writing
from archive.errors import ArchiveError, NotAnArchive
from archive.lock import lock
from archive.verify import verify

_PAGES = 4096  # of the file between two looks at the clock


class NotThisArchive(ArchiveError):  # noqa: N818 - as the others in archive/errors.py
    """Raised where the file to be written holds what this archive does not."""


def run(path: Path, file: Path, *, quick: bool) -> int:
    """The command. Exit code 1: the copy is not sound; it is left beside FILE, and FILE is as it was."""
    began = time.monotonic()
    if file.exists() and path.exists() and file.samefile(path):
        raise NotThisArchive(f"{file}: is the archive itself: name another file")
    if not file.parent.is_dir():
        raise NotAnArchive(f"{file}: there is no directory {file.parent}: create it first")
    part = Path(f"{file}.part")
    with Archive.open(path, write=False) as archive, lock(file, "backup"):
        _replaceable(archive, file)
        _remove(part)
        try:
            with show.progress("pages", None) as bar, writing(part):
                _copy(archive.connection, part, bar.at)
        except BaseException:
            _remove(part)  # a full disk is left as it was
            raise
    with Archive.open(part, write=False) as copy:
        faults = [fault for fault in verify(copy, quick=quick) if fault.severity == "error"]
    if faults:
        for fault in faults:
            click.echo(f"{fault.code}\t{fault.table}\t{fault.row}\t{fault.message}", err=True)
        click.echo(f"{part}: {len(faults)} faults, so it did not become {file}: `gongkai verify` says more", err=True)
        return 1
    _sync(part)
    part.replace(file)
    _sync(file.parent)
    how = "its structure and seals" if quick else "all of it"
    size = file.stat().st_size / 1e6
    click.echo(f"{file}: {size:.1f} MB, {how} verified, in {time.monotonic() - began:.1f} s")
    return 0


def _copy(source: sqlite3.Connection, part: Path, progress: Callable[[int, int], None]) -> None:
    """Copy page by page out of one read transaction: what is written meanwhile is not seen, and waits for nothing.

    VACUUM INTO would build every table and index anew, which takes many times as long and hides what is wrong with one.
    """
    with closing(sqlite3.connect(part)) as copy:
        copy.execute("PRAGMA synchronous = OFF")  # it is synced once, when it is whole
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the transaction begins with its first read
        try:
            source.backup(copy, pages=_PAGES, progress=lambda _, left, total: progress(total - left, total))
        finally:
            source.execute("ROLLBACK")
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a -wal beside it; opened to write it has one


def _replaceable(archive: Archive, file: Path) -> None:
    """An existing file may only be an earlier backup: each of its runs is in the archive, with no more visits."""
    if not file.exists():
        return
    counted = "SELECT u.uid, count(v.id) FROM runs AS u LEFT JOIN exchanges AS v ON v.run = u.id GROUP BY u.uid"
    held = dict(archive.connection.execute(counted).fetchall())
    with Archive.open(file) as earlier:  # for writing: what was left in a -wal file goes into it
        runs = dict(earlier.connection.execute(counted).fetchall())
    if any(count > held.get(uid, -1) for uid, count in runs.items()):
        raise NotThisArchive(f"{file}: holds what {archive.path} does not: name another file, or `gongkai merge` them")
    if Path(f"{file}-wal").exists():
        raise NotThisArchive(f"{file}: is open in another program: close it there, or name another file")


def _remove(part: Path) -> None:
    """What a killed backup left behind."""
    for name in (part, Path(f"{part}-wal"), Path(f"{part}-shm"), Path(f"{part}-journal")):
        name.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

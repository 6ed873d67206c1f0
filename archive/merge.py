"""Joining archives: what another file holds and this one lacks is taken over, in any order, as often as you like."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from archive import changes, duplicates, trust
from archive.archive import Archive
from archive.connect import connect
from archive.errors import NotAnArchive, OlderArchive
from archive.merge_reports import take_reports
from archive.merge_rows import Merged, Pair
from archive.merge_runs import take_portals, take_run
from archive.night import record


def merge(target: Archive, path: Path, progress: Callable[[int, int], None] | None = None) -> Merged:
    """Take over what an archive holds; `progress` is told how many of its visits and reports were looked at.

    Killed or stopped by a conflict, it is repeated: what was taken is known then, and it goes on behind it.
    """
    if target.path.exists() and path.exists() and target.path.samefile(path):
        raise NotAnArchive(f"{path}: is the archive that it would be merged into: name another one")
    with _opened(path) as other:
        pair = Pair(target, other, Merged(path), progress or (lambda _done, _total: None))
        take_portals(pair)
        for (run,) in other.connection.execute("SELECT id FROM runs ORDER BY id").fetchall():
            take_run(pair, run)
        take_reports(pair)
        with target.transaction():
            trust.take(target.connection, other.connection)
            for run, uid in record.take(target.connection, other.connection):
                words = f"what the night of run {uid} says of itself is not as it was sealed, and was not taken"
                pair.conflict("seal_broken", "nights", run, words)
        with target.transaction():
            for visit in duplicates.settle(target.connection):
                target.touched(visit)
            changes.settle(target.connection, other.connection)
    return pair.merged


@contextmanager
def _opened(path: Path) -> Iterator[Archive]:
    """The other archive as it is at this moment, never changed: an older one is read from a copy brought up to date."""
    try:
        connection = connect(path, write=False)
    except OlderArchive:
        with tempfile.TemporaryDirectory(prefix="gongkai-") as folder:
            copy = Path(folder, "copy.db")
            with (
                closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(copy)) as to,
            ):
                source.backup(to)
            connect(copy, write=True).close()
            with closing(connect(copy, write=False)) as upgraded:
                yield Archive(path, upgraded, write=False)
        return
    with closing(connection):
        connection.execute("BEGIN")  # a crawl may go on in it
        yield Archive(path, connection, write=False)

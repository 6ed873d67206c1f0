"""`gongkai compress`: bodies packed smaller than the crawl had time for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal

import click

from archive import show
from archive.archive import Archive
from archive.commands.derive import command, start
from archive.compress import compress
from archive.connect import writing
from archive.errors import DamagedBody
from archive.lock import lock


def run(path: Path, *, vacuum: bool, json_out: bool) -> int:
    """The command. Exit code 1: a damaged body was met, and is named."""

    def damaged(_: str, error: DamagedBody) -> None:
        click.echo(f"damaged: {error}", err=True)

    Archive.open(path, write=False).close()  # first: it makes no file
    with lock(path, command()), Archive.open(path) as archive:
        run_id = start(archive, vacuum=vacuum)
        counts: Counter[str] = Counter()
        outcome: Literal["finished", "failed", "interrupted"] = "failed"
        try:
            with show.progress("bodies", None) as bar:
                counts = compress(archive, damaged, bar.at)
            outcome = "failed" if counts["damaged"] else "finished"
        except KeyboardInterrupt:
            outcome = "interrupted"
            raise
        finally:
            archive.finish_run(run_id, outcome, counts)
        if vacuum:
            with writing(path):
                archive.connection.execute("VACUUM")
        archive.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # what is still beside the file goes into it
        (free,) = archive.connection.execute(
            "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size"
        ).fetchone()
    said = {**counts, "file_bytes": path.stat().st_size, "free_bytes": free}
    if json_out:
        show.as_json(said)
    else:
        click.echo(
            f"{said['bodies']} bodies looked at, {said['replaced']} packed anew: {said['saved_bytes']:,} bytes saved,"
            f" {said['damaged']} damaged"
        )
        hint = "; new pages fill these first, --vacuum gives them back" if free and not vacuum else ""
        click.echo(f"{path}: {said['file_bytes']:,} bytes, {free:,} of them free{hint}")
    return 1 if counts["damaged"] else 0

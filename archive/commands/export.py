"""`gongkai export warc` and `wacz`: hand the captures over as other archives know them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from archive import show
from archive.archive import Archive
from archive.errors import DamagedBody
from archive.handover import outgoing, wacz


def run(kind: Literal["warc", "wacz"], directory: Path, archive_path: Path) -> int:
    """The command: exit code 1 where a body is damaged."""
    hurt = 0

    def damaged(visit: int, error: DamagedBody) -> None:
        nonlocal hurt
        hurt += 1
        click.echo(f"visit {visit}: {error}", err=True)

    with Archive.open(archive_path, write=False) as archive:
        (total,) = archive.connection.execute("SELECT count(*) FROM visits").fetchone()
        with show.progress("visits", total) as bar:
            write = outgoing.write if kind == "warc" else wacz.write
            written = write(archive, directory, damaged=damaged, progress=bar.advance)
    click.echo(", ".join(f"{count} {name}" for name, count in written.items()) + f" in {directory}")
    return 1 if hurt else 0

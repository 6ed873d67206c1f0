"""`gongkai merge`: several archives become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from archive import show
from archive.archive import Archive
from archive.lock import lock
from archive.merge import merge


def run(path: Path, others: Sequence[Path], *, json_out: bool) -> int:
    """The command. Exit code 1: something was not taken as it is, and is named."""
    conflicts = 0
    with lock(path, "merge"), Archive.open(path) as target:
        for other in others:
            with show.progress(other.name, None) as bar:
                merged = merge(target, other, bar.at)
            conflicts += len(merged.conflicts)
            if json_out:
                show.as_lines([{**asdict(merged), "counts": dict(merged.counts)}])
                continue
            counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(merged.counts.items()))
            click.echo(f"{other}: {counts or 'nothing in it'}")
            for conflict in merged.conflicts:
                click.echo(f"conflict\t{conflict.code}\t{conflict.table}\t{conflict.row}\t{conflict.message}")
    return 1 if conflicts else 0

"""`gongkai verify`: what is wrong with an archive, and what it costs."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import click

from archive import show
from archive.archive import Archive
from archive.commands.derive import command
from archive.lock import lock
from archive.verify import Fault, verify


def run(path: Path, *, refetch: bool, json_out: bool) -> int:
    """The command. Exit code 1: a fault was found, and is still there after what was fetched again."""
    faults = _verify(path, json_out=json_out)
    damaged = [str(fault.row) for fault in faults if fault.code == "body_damaged"]
    if refetch and damaged:
        from archive.commands.refetch import refetch as again

        with lock(path, command()), Archive.open(path) as archive:
            for said in again(archive, damaged):
                if json_out:
                    show.as_lines([asdict(said)])
                else:
                    click.echo(f"refetch\t{said.outcome}\tbodies\t{said.sha256}\t{said.url or 'came from no address'}")
        faults = _verify(path, json_out=json_out)
    return 1 if any(fault.severity == "error" for fault in faults) else 0


def _verify(path: Path, *, json_out: bool) -> list[Fault]:
    """Say what is wrong."""
    began = time.monotonic()
    with Archive.open(path, write=False) as archive, show.progress("bodies", None) as bar:
        faults = list(verify(archive, progress=bar.at))
        size = path.stat().st_size / 1e6
    if json_out:
        show.as_lines(asdict(fault) for fault in faults)
    else:
        for fault in faults:
            click.echo(f"{fault.severity}\t{fault.code}\t{fault.table}\t{fault.row}\t{fault.message}")
            if fault.cost:
                click.echo(f"\tcosts\t{fault.cost}")
    wrong = sum(fault.severity == "error" for fault in faults)
    seconds = time.monotonic() - began
    click.echo(f"{path}: {wrong} faults; {size:.1f} MB in {seconds:.1f} s, {size / seconds:.0f} MB/s", err=True)
    return faults

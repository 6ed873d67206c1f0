"""`gongkai report`: what came of a night, again: on the terminal, as one page, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from archive import show
from archive.archive import Archive
from archive.night.page import page
from archive.night.report import Night, night

_ALARMS = (
    ("severity", "severity"),
    ("stands", "since"),
    ("portal", "portal"),
    ("code", "alarm"),
    ("message", "in words"),
)
_PORTALS = [
    (key, key) for key in ("portal", "state", "new", "changed", "listed", "requests", "MB", "seconds", "alarms")
]
_MOST = 20  # portals on a terminal: those with something to tell


def run(path: Path, number: int | None, *, html: Path | None, json_out: bool) -> None:
    """The command."""
    with Archive.open(path, write=False) as archive:
        report = night(archive.connection, number)
    if html:
        click.echo(write(html, report))
    elif json_out:
        show.as_json(asdict(report))
    else:
        show_night(report)


def write(file: Path, report: Night) -> str:
    """Write the page, whole or not at all: somebody may be reading the one of yesterday."""
    part = file.with_name(f"{file.name}.part")
    part.write_text(page(report), "utf-8")
    part.replace(file)
    return f"{file}: the report of run {report.run}"


def show_night(report: Night) -> None:
    """A short table for a terminal."""
    click.echo(f"run {report.run}, {report.began_at[:16].replace('T', ' ')} UTC, {report.outcome}")
    if report.alarms:
        show.as_table(
            ({**asdict(alarm), "stands": "before" if alarm.stands else "tonight"} for alarm in report.alarms), _ALARMS
        )
    told = [one for one in report.portals if one.state != "well" or one.new or one.changed or one.alarms]
    if told:
        show.as_table(_rows(told[:_MOST]), _PORTALS)
    if len(told) > _MOST:
        click.echo(f"and {len(told) - _MOST} more; --json has them all")
    quiet = len(report.portals) - len(told)
    click.echo(
        f"{len(report.portals)} portals, {quiet} of them quiet; {len(report.new)} new reports, {len(report.changes)}"
        f" changes; {sum(one.requests for one in report.portals)} requests"
    )


def _rows(portals: list[Any]) -> Iterator[dict[str, Any]]:
    for one in portals:
        sizes = {"MB": f"{one.bytes / 1e6:.1f}", "seconds": f"{one.seconds:.0f}"}
        yield asdict(one) | sizes | {"portal": f"{one.id} {one.name}", "state": f"{one.state} {one.why}".strip()}

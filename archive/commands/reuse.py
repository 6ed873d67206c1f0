"""`gongkai reuse`: how much of a report is last year's, or a neighbour's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from archive import show
from archive.archive import Archive
from archive.reuse import Reuse, Written, between_issuers, between_years

_COLUMNS = (
    ("issuer", "issuer"),
    ("year", "year"),
    ("other", "shares with"),
    ("rate", "rate"),
    ("longest", "longest shared passage"),
)
_SHOWN = 60  # characters of a passage in the table


def run(path: Path, issuer: str | None, year: int | None, *, issuers: bool, json_out: bool) -> None:
    """The command."""
    with Archive.open(path, write=False) as archive:
        found = (between_issuers if issuers else between_years)(archive.connection, issuer, year)
        if json_out:
            show.as_lines(map(_whole, found))
        elif not show.as_table(_rows(found), _COLUMNS):
            click.echo("nothing to compare; `gongkai reports` lists what there is", err=True)


def _rows(found: Iterator[Reuse]) -> Iterator[dict[str, Any]]:
    for reuse in found:
        report, other = reuse.report, reuse.other
        longest = reuse.passages[0].text if reuse.passages else ""
        yield {
            "issuer": report.issuer,
            "year": report.year,
            "other": other.year if other.issuer == report.issuer else other.issuer,
            "rate": f"{reuse.rate:.0%}",
            "longest": longest if len(longest) <= _SHOWN else longest[: _SHOWN - 1] + "…",
        }


def _whole(reuse: Reuse) -> dict[str, Any]:
    return {
        **_named(reuse.report),
        "other": _named(reuse.other),
        "rate": reuse.rate,
        "passages": [{"text": passage.text, "length": passage.length} for passage in reuse.passages],
    }


def _named(report: Written) -> dict[str, Any]:
    return {"report_id": report.report_id, "issuer": report.issuer, "year": report.year, "url": report.url}

"""`gongkai duplicates`: the reports to cite with all that is a copy of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from archive import cluster, lookup, show
from archive.archive import Archive

_COLUMNS = (
    ("report", "cite"),
    ("copy", "copy"),
    ("issuer", "issuer"),
    ("year", "year"),
    ("basis", "same"),
    ("similarity", "words"),
    ("differ", "differs"),
    ("url", "copy's address"),
)
_COPIES = """SELECT c.report, c.copy, r.issuer_full AS issuer, r.year, c.basis, c.similarity, c.url,
  r.url AS report_url, c.agree, c.differ
FROM copies AS c JOIN all_reports AS r ON r.report_id = c.report WHERE {} ORDER BY issuer, r.year, c.report, c.copy"""


def run(path: Path, key: str | None, *, json_out: bool) -> None:
    """The command."""
    with Archive.open(path, write=False) as archive:
        values = [] if key is None else [lookup.find(archive.connection, path, key)]
        for number in values:
            cluster.narrow(archive.connection, number)
        # The key of a copy leads to the report to cite, and so to all its copies.
        asked = "1" if key is None else "c.report IN (SELECT report FROM copies WHERE ? IN (report, copy))"
        rows = map(_read, lookup.rows(archive.connection, _COPIES.format(asked), values))
        if json_out:
            show.as_lines(rows)
        elif not show.as_table(_shown(rows), _COLUMNS):
            click.echo("no copies; `gongkai reports` lists the reports to cite", err=True)


def _read(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: row[name] and json.loads(row[name]) for name in ("agree", "differ")}


def _shown(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        similarity = row["similarity"]
        yield row | {
            "similarity": None if similarity is None else f"{similarity:.0%}",
            "differ": ", ".join(row["differ"] or ()),
        }

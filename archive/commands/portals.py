"""`gongkai portals`: what can be crawled, what the archive holds of it, and which divisions are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from archive import show
from archive.archive import Archive
from crawler.naming import choose, code_of, where
from crawler.portal import PORTALS, PortalError, read_portals
from crawler.registry import entries, with_registry
from pipelines.divisions import lies_within, path
from pipelines.records import Portal

_LISTED = [(key, key) for key in ("id", "name", "code", "reports", "expected", "since", "home")]
_MISSING = [(key, key) for key in ("id", "division", "missing", "home")]


@dataclass(frozen=True, slots=True)
class Held:
    """What an archive holds: reports to cite by portal, and the codes of the governments they are of."""

    crawled: frozenset[str] = frozenset()
    reports: Mapping[str, int] = field(default_factory=dict)
    governments: frozenset[str] = frozenset()

    @classmethod
    def of(cls, archive_path: Path) -> Held:
        """Nothing, where there is no archive yet."""
        if not archive_path.exists():
            return cls()
        with Archive.open(archive_path, write=False) as archive:
            crawled = frozenset(row["id"] for row in archive.portals())
            found = archive.connection.execute(
                "SELECT portal, CASE issuer_kind WHEN 'government' THEN issuer_code END, count(*)"
                " FROM current_reports GROUP BY 1, 2"
            ).fetchall()
        reports: Counter[str] = Counter()
        for portal, _, count in found:
            reports[portal] += count
        return cls(crawled, reports, frozenset(code for _, code, _ in found if code))

    def count(self, portal: Portal) -> int:
        """Reports of a portal; also those that came before it had a file, when its code was its id."""
        return sum(self.reports.get(name, 0) for name in {portal.id, portal.code or portal.name})


def run(words: Sequence[str], archive_path: Path, folders: Sequence[Path], *, missing: bool, json_out: bool) -> None:
    """The command."""
    held = Held.of(archive_path)
    try:
        files = read_portals(PORTALS, *folders)
        known = with_registry(files)
        if missing:
            rows, columns = list(_missing(known, words, held)), _MISSING
        else:
            mine = [portal for portal in known.values() if portal.id in files or portal.id in held.crawled]
            chosen = choose(known, words, below=True).portals if words else mine
            rows, columns = [_row(portal, held) for portal in chosen], _LISTED
    except PortalError as error:
        raise click.ClickException(str(error)) from error
    if json_out:
        show.as_json(rows)
        return
    show.as_table(rows, columns)
    if missing:
        counts = Counter(row["missing"] for row in rows)
        click.echo(", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing is missing", err=True)


def _row(portal: Portal, held: Held) -> dict[str, Any]:
    return {
        "id": portal.id, "name": portal.name, "code": portal.code, "home": portal.home, "start": list(portal.start),
        "since": portal.expect.since, "expected": portal.expect.reports, "reports": held.count(portal),
    }  # fmt: skip


def _missing(known: Mapping[str, Portal], words: Sequence[str], held: Held) -> Iterator[dict[str, Any]]:
    """The divisions of today that have no portal, or of whose government the archive has no report."""
    codes = [code_of(known, word) for word in words]
    portals = {portal.code or portal.name: portal for portal in known.values()}
    for entry in entries().values():
        if words and not any(code and lies_within(entry.code or entry.parent, code) for code in codes):
            continue
        portal = portals.get(entry.id)
        has_report = entry.code in held.governments if entry.code else bool(portal and held.count(portal))
        if portal is None or not has_report:
            yield {
                "id": portal.id if portal else entry.id,
                "name": entry.name,
                "code": entry.code,
                "division": where(portal) if portal else " ".join(path(entry.id)),
                "home": portal.home if portal else None,
                "missing": "report" if portal else "portal",
            }

"""`gongkai derive`: read archived pages again, on all cores."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from archive import show
from archive.archive import Archive
from archive.errors import NoSuchReport
from archive.lock import lock
from pipelines import RECIPE, to_dict
from pipelines.pool import Pool
from pipelines.records import Report

_BATCH = 64  # reports a commit
# what of a report is compared with the one before it
_FIELDS = (
    "verdict",
    "title",
    "issuer",
    "year",
    "published_on",
    "signed_on",
    "source",
    "index_number",
    "document_number",
)


def run(path: Path, where: str | None, jobs: int | None, *, dry_run: bool, diff: bool, json_out: bool) -> int:
    """The command. Exit code 1 where a page could not be read for a fault of ours (crash, time, memory)."""
    counts: Counter[str] = Counter()
    with (
        nullcontext() if dry_run else lock(path, "derive"),
        Archive.open(path, write=not dry_run) as archive,
        Archive.open(path, write=False) as reader,
        Pool(jobs) as pool,
    ):
        total = reader.count_captures(lacking=RECIPE, where=where)
        run_id = 0 if dry_run else archive.start_run("derive", settings={"where": where}, versions={}, recipe=RECIPE)
        with show.progress("pages", total) as bar:
            for batch in _batches(pool.map(reader.captures(lacking=RECIPE, where=where))):
                with nullcontext() if dry_run else archive.transaction():
                    for visit, report in batch:
                        counts[f"verdict {report.verdict}"] += 1
                        _compare(reader, report, counts, diff=diff)
                        if not dry_run:
                            archive.file(visit, report)
                        bar.advance()
        if not dry_run:
            archive.finish_run(run_id, "finished", counts)
    if json_out:
        show.as_json({"recipe": RECIPE, "pages": total, "dry_run": dry_run, "counts": dict(counts)})
    else:
        what = "would be read" if dry_run else "read"
        click.echo(f"{total} pages {what} by {RECIPE}")
        for name, count in sorted(counts.items()):
            click.echo(f"  {name}: {count}")
    return 1 if counts["crashed"] else 0


def _batches(pairs: Iterator[tuple[int, Report]]) -> Iterator[list[tuple[int, Report]]]:
    batch: list[tuple[int, Report]] = []
    for pair in pairs:
        batch.append(pair)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _compare(reader: Archive, report: Report, counts: Counter[str], *, diff: bool) -> None:
    """Count, and show, how a report differs from what an earlier recipe said of the same address."""
    for reason in ("crashed", "timeout", "out_of_memory"):
        counts["crashed"] += reason in report.reasons
    try:
        before = reader.report(report.url)
    except NoSuchReport:
        counts["first report"] += 1
        return
    now = _flat(report)
    changed = [name for name in _FIELDS if before[name] != now[name]]
    same_text = before["text"] == report.text
    counts["same as before" if same_text and not changed else "differs"] += 1
    for name in changed:
        counts[f"differs in {name}"] += 1
    counts["differs in text"] += not same_text
    if diff and (changed or not same_text):
        click.echo(report.url)
        for name in changed:
            click.echo(f"  {name}: {before[name]} -> {now[name]}")
        for line in difflib.unified_diff(before["text"].splitlines(), report.text.splitlines(), lineterm="", n=0):
            if not line.startswith(("---", "+++")):
                click.echo(f"  {line}")


def _flat(report: Report) -> dict[str, Any]:
    values = to_dict(report)
    values["issuer"] = values["issuer"] and values["issuer"]["name"]
    return values

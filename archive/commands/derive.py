"""`gongkai derive`: read archived pages again, on all cores."""

from __future__ import annotations

import difflib
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from itertools import chain, takewhile
from pathlib import Path
from threading import Event, Timer
from typing import Any, Literal

import click

from archive import show
from archive.archive import Archive
from archive.errors import DamagedBody
from archive.lock import lock
from pipelines import RECIPE, to_dict
from pipelines.pool import Pool
from pipelines.records import Report

_BATCH = 64  # reports a commit
_VERSIONS = ("trafilatura", "lxml")
# what of a report is compared with the one before it
_FIELDS = (
    "verdict",
    "title",
    "issuer",
    "issuer_full",
    "year",
    "published_on",
    "signed_on",
    "source",
    "index_number",
    "document_number",
)


def run(
    path: Path,
    where: str | None,
    jobs: int | None,
    *,
    dry_run: bool,
    diff: bool,
    json_out: bool,
    seconds: float | None = None,
) -> int:
    """The command. Exit code 1 where it was stopped, by Ctrl-C or after so many seconds, where a body is damaged, and
    where a page could not be read for a fault of ours (crash, time, memory).
    """
    counts: Counter[str] = Counter()
    outcome: Literal["finished", "failed", "interrupted"] = "failed"
    read = 0

    told: set[int] = set()

    def tell(visit: int, error: DamagedBody) -> None:
        if visit in told:
            return
        told.add(visit)
        counts["damaged"] += 1
        click.echo(f"visit {visit}: {error}", err=True)

    with (
        Archive.open(path, write=False) as reader,  # first: it makes no file
        nullcontext() if dry_run else lock(path, command()),
        Archive.open(path, write=not dry_run) as archive,
        Pool(jobs) as pool,
        _stoppable(seconds) as stopping,
    ):
        total = reader.count_captures(lacking=RECIPE, where=where)
        # once more for files: whether one is read is up to what was filed for its page
        passes = (reader.captures(lacking=RECIPE, where=where, damaged=tell) for _ in range(1 if dry_run else 2))
        run_id = 0 if dry_run else start(archive, where=where, jobs=jobs)
        try:
            with show.progress("pages", total) as bar:
                for batch in chain.from_iterable(
                    _batches(pool.map(takewhile(lambda _: not stopping.is_set(), captures))) for captures in passes
                ):
                    said: Counter[str] = Counter()
                    with nullcontext() if dry_run else archive.transaction():
                        for visit, report in batch:
                            _compare(reader.last_report(visit), report, said, diff=diff)
                            if not dry_run:
                                archive.file(visit, report)
                            bar.advance()
                    counts.update(said)
                    read += len(batch)
            outcome = "failed" if counts["damaged"] else "finished"
        finally:
            outcome = "interrupted" if stopping.is_set() else outcome
            if not dry_run:
                archive.finish_run(run_id, outcome, counts)
    if json_out:
        show.as_json({"recipe": RECIPE, "pages": read, "dry_run": dry_run, "counts": dict(counts)})
    else:
        what = "would be read" if dry_run else "read"
        click.echo(f"{read} pages {what} by {RECIPE}")
        for name, count in sorted(counts.items()):
            click.echo(f"  {name}: {count}")
    return 1 if counts["crashed"] or outcome != "finished" else 0


def command() -> str:
    """The command line, as runs and locks name it."""
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])


def start(archive: Archive, **settings: Any) -> int:
    """Begin a run of a command that reads pages, with those of its settings that are given."""
    given = {name: value for name, value in settings.items() if value is not None}
    versions = {"python": sys.version.split()[0], **{name: version(name) for name in _VERSIONS}}
    return archive.start_run(command(), settings=given, versions=versions, recipe=RECIPE)


@contextmanager
def _stoppable(seconds: float | None) -> Iterator[Event]:
    """Set by Ctrl-C, which ends in order what is under way, or after some seconds; a second Ctrl-C ends it at once."""
    stopping = Event()
    clock = Timer(seconds or 0.0, stopping.set)
    if seconds is not None:
        clock.start()

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        stopping.set()
        click.echo("stopping: what was read is filed; once more to stop at once", err=True)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopping
    finally:
        clock.cancel()
        signal.signal(signal.SIGINT, before)


def _batches(pairs: Iterator[tuple[int, Report]]) -> Iterator[list[tuple[int, Report]]]:
    """What was read, in portions; the last one also where reading fails after it."""
    batch: list[tuple[int, Report]] = []
    try:
        for pair in pairs:
            batch.append(pair)
            if len(batch) >= _BATCH:
                yield batch
                batch = []
    except Exception:
        yield batch
        raise
    yield batch


def _compare(before: dict[str, Any] | None, report: Report, counts: Counter[str], *, diff: bool) -> None:
    """Count, and show, how a report differs from what was said of the same page before."""
    counts[f"verdict {report.verdict}"] += 1
    for reason in ("crashed", "timeout", "out_of_memory"):
        counts["crashed"] += reason in report.reasons
    if before is None:
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
    issuer = values["issuer"]
    values["issuer"] = issuer and issuer["name"]
    values["issuer_full"] = issuer and (issuer["full"] or issuer["name"])
    return values

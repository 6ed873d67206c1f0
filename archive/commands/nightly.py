"""`gongkai nightly`: crawl what is due, read what is pending, check, hand over, report."""

from __future__ import annotations

import json
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import click
import requests
from scrapy.settings import Settings

from archive import show
from archive.archive import Archive
from archive.commands.crawl import Crawled, crawl, settings_for
from archive.commands.derive import command, start
from archive.commands.report import show_night, write
from archive.errors import ArchiveError, Unwritable
from archive.filing import now as stamp
from archive.lock import lock
from archive.night import record
from archive.night.due import Due, attempts, due
from archive.night.record import Record, Step
from archive.night.report import Night, night
from archive.rounds import Round, go_on
from archive.verify import verify
from crawler.loader import folders
from crawler.naming import choose
from crawler.portal import PortalError, read_portals
from crawler.registry import with_registry
from pipelines import RECIPE
from pipelines.records import Portal

_UNITS = {"s": 1, "m": 60, "h": 3600}
_NAMED = 5  # faults and portals named in a line
_PATIENCE = 30.0  # seconds for the webhook
_READS = 120.0  # seconds in which a night re-hashes bodies


def seconds(budget: str) -> float:
    """The seconds that 90m, 6h or 20s are."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smh])", budget.strip())
    if match is None or not float(match[1]):
        raise click.UsageError(f"--budget {budget}: allowed: a number with s, m or h, such as 90m or 6h")
    return float(match[1]) * _UNITS[match[2]]


class StepFailed(Exception):  # noqa: N818 - it names the state
    """Raised inside a step that went through and has something to complain of."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks of a night."""

    archive: Path
    folders: Sequence[Path]
    words: Sequence[str]
    budget: float  # seconds
    backup: Path | None = None
    export: Path | None = None
    html: Path | None = None
    webhook: str | None = None


class Steps:
    """The steps of a night, one after the other: none is kept from its turn by the one before."""

    def __init__(self) -> None:
        self.done: list[Step] = []

    def run(self, name: str, job: Callable[[], str]) -> None:
        """Do one step; what it says, or why it failed, is noted."""
        began = time.monotonic()
        try:
            with redirect_stdout(sys.stderr):  # stdout is the report's
                said, failed = job(), False
        except (ArchiveError, StepFailed, OSError) as error:
            said, failed = str(error), True
        except Exception as error:  # noqa: BLE001 - a fault of ours in one step is not the others'; it is shown in full
            traceback.print_exc()
            said, failed = f"{type(error).__name__}: {error}", True
        step = Step(name, "failed" if failed else "well", said, round(time.monotonic() - began, 2))
        self.done.append(step)
        click.echo(f"{name}{' FAILED' if failed else ''}: {said}", err=True)

    def leave(self, name: str, why: str) -> None:
        """Leave a step to the next night."""
        self.done.append(Step(name, "left", why, 0.0))
        click.echo(f"{name} left to the next night: {why}", err=True)


def run(wanted: Wanted, *, json_out: bool) -> int:
    """The command. Exit code 1: a step failed, or an alarm is an error; the report names both."""
    with lock(Path(f"{wanted.archive}.nightly"), command()):
        settings = settings_for(wanted.archive, wanted.folders)
        try:
            portals, bad = _portals(settings, wanted.words)
        except PortalError as error:
            raise click.ClickException(str(error)) from error
        steps = Steps()
        report = _night(settings, wanted, portals, bad, steps)
    if json_out:
        show.as_json(asdict(report))
    else:
        show_night(report)
    if html := wanted.html:
        steps.run("report", lambda: write(html, report))
    failed = any(step.outcome == "failed" and step.name != "webhook" for step in steps.done)
    return 1 if failed or report.worst == "error" else 0


def _portals(settings: Settings, words: Sequence[str]) -> tuple[tuple[Portal, ...], dict[str, str]]:
    """The portals that are looked after: those that words name, as for `gongkai crawl`, or all that have a file; and
    what is wrong with files among them.
    """
    bad: dict[str, str] = {}
    files = read_portals(*folders(settings), bad=bad)
    for why in bad.values():
        click.echo(why, err=True)
    if not words:
        return tuple(files.values()), bad
    if named := next((bad[word] for word in words if word in bad), ""):
        raise PortalError(named)
    chosen = choose(with_registry(files), words)
    for note in chosen.notes:
        click.echo(note, err=True)
    return chosen.portals, {}


def _night(
    settings: Settings, wanted: Wanted, portals: Sequence[Portal], bad: Mapping[str, str], steps: Steps
) -> Night:
    began, began_at = time.monotonic(), stamp()
    with lock(wanted.archive, command()), Archive.open(wanted.archive) as archive:
        now = datetime.now(UTC)
        chosen = due(portals, attempts(archive.connection, now), now, archive.agenda)
    click.echo(f"{len(chosen)} of {len(portals)} portals are due", err=True)
    if bad:
        steps.run("portal files", lambda: _refuse(bad))
    results: list[Crawled] = []
    rounds: list[Round] = []
    before = _last_run(wanted.archive, 0)
    if chosen:
        steps.run("crawl", lambda: _crawl(settings, chosen, wanted.budget, results))
    run_id = _run_since(wanted.archive, before, len(chosen))
    left = tuple(one.portal.id for one in chosen if one.portal.id not in _through(results))
    ended: Literal["whole", "budget", "stopped"] = "whole"
    if left:
        ended = "budget" if time.monotonic() - began >= wanted.budget else "stopped"
    if ended == "stopped" and steps.done[-1].outcome == "well":  # and not by a fault
        for name, is_wanted in (
            ("derive", True),
            ("verify", True),
            ("backup", wanted.backup),
            ("export", wanted.export),
        ):
            if is_wanted:
                steps.leave(name, "the night was told to stop")
    else:
        _after(steps, wanted, began, rounds)

    def said() -> Record:
        return Record(
            began_at=began_at,
            budget=wanted.budget,
            ended=ended,
            due={one.portal.id: one.why for one in chosen},
            failed={one.portal.id: one.failed for one in results if one.failed and not _was_stopped(one)},
            left=left,
            steps=tuple(steps.done),
            file_bytes=wanted.archive.stat().st_size,
            round=rounds[-1] if rounds else None,
        )

    report = _told(wanted.archive, run_id, said())
    if wanted.webhook:
        steps.run("webhook", lambda: tell(str(wanted.webhook), report))
        report = _told(wanted.archive, run_id, said())
    return report


def _refuse(bad: Mapping[str, str]) -> str:
    raise StepFailed("; ".join(bad.values()))


def _told(path: Path, run_id: int, said: Record) -> Night:
    """Note what the night says of itself, and look at all of it; where there is no room for a note, all the same."""
    try:
        with lock(path, command()), Archive.open(path) as archive, archive.transaction():
            record.write(archive.connection, run_id, said)
            (outcome,) = archive.connection.execute("SELECT outcome FROM runs WHERE id = ?", [run_id]).fetchone()
            if outcome == "running":  # the crawl had no room to note its end
                archive.finish_run(run_id, "failed", {})
    except Unwritable as error:
        click.echo(str(error), err=True)
    with Archive.open(path, write=False) as archive:
        return night(archive.connection, run_id, said)


def _last_run(path: Path, before: int) -> int:
    """The last run after another one; of ours alone, where there is such a one."""
    mine = "SELECT coalesce(max(id), 0) FROM runs WHERE id > ? AND (command = ? OR ? = 0)"
    with Archive.open(path, write=False) as archive:
        (last,) = archive.connection.execute(mine, [before, command(), before]).fetchone()
    return int(last)


def _run_since(path: Path, before: int, portals: int) -> int:
    """The run of this night's crawl; one of its own where nothing was crawled."""
    last = _last_run(path, before)
    if last > before:
        return last
    with lock(path, command()), Archive.open(path) as archive:
        run_id = start(archive, due=portals)
        archive.finish_run(run_id, "finished", {})
    return run_id


def _crawl(settings: Settings, chosen: Sequence[Due], seconds: float, results: list[Crawled]) -> str:
    try:
        turns = {one.portal.id: one.turn for one in chosen}
        crawl(settings, [one.portal for one in chosen], turns, seconds=seconds, done=results)
    finally:
        # the reactor has left its own, which would swallow what is meant to end us
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    failed = [result for result in results if result.failed and not _was_stopped(result)]
    named = "".join(f"; {result.portal.id}: {result.failed}" for result in failed[:_NAMED])
    return f"{len(_through(results))} of {len(chosen)} portals, {len(failed)} failed{named}"


def _was_stopped(result: Crawled) -> bool:
    return result.reason == "shutdown"


def _through(results: Sequence[Crawled]) -> set[str]:
    """Portals that were crawled to the end, well or not."""
    return {result.portal.id for result in results if not _was_stopped(result)}


def _after(steps: Steps, wanted: Wanted, began: float, rounds: list[Round]) -> None:
    """What follows the crawl."""
    left = wanted.budget - (time.monotonic() - began)
    if left > 0:
        steps.run("derive", lambda: _derive(wanted.archive, left))
    else:
        steps.leave("derive", "the time budget is used up")
    steps.run("verify", lambda: _verify(wanted.archive, rounds))
    backup, export = wanted.backup, wanted.export
    if backup:
        steps.run("backup", lambda: _backup(wanted.archive, backup))
    if export:
        steps.run("export", lambda: _export(wanted.archive, export))


def _derive(path: Path, seconds: float) -> str:
    """Read what is pending: kept by a crawl that was killed, or read by another recipe so far."""
    from archive.commands.derive import run as read

    with Archive.open(path, write=False) as archive:
        pending = archive.count_captures(lacking=RECIPE)
    if not pending:
        return "nothing is pending"
    code = read(path, None, None, dry_run=False, diff=False, json_out=False, seconds=seconds)
    with Archive.open(path, write=False) as archive:
        left = archive.count_captures(lacking=RECIPE)
    if code and not left:
        raise StepFailed("a page or a body could not be read: `gongkai derive` names it")
    return f"{pending - left} pages were read, {left} are left to the next night"


def _verify(path: Path, rounds: list[Round]) -> str:
    with Archive.open(path, write=False) as archive:
        faults = [fault for fault in verify(archive, quick=True) if fault.severity == "error"]
        done, damaged = go_on(archive, record.last_round(archive.connection), _READS)
    rounds.append(done)
    if faults := faults + damaged:
        named = "; ".join(f"{fault.code} {fault.table} {fault.row}: {fault.message}" for fault in faults[:_NAMED])
        raise StepFailed(f"{len(faults)} faults: {named}")
    return f"structure, seals and texts are sound; {done}"


def _backup(path: Path, file: Path) -> str:
    from archive.commands.backup import run as copy

    if copy(path, file, quick=True):
        raise StepFailed(f"{file}: the copy is not sound, the earlier one stands")
    return f"{file}: {file.stat().st_size / 1e6:.1f} MB"


def _export(path: Path, folder: Path) -> str:
    from archive.export import export_jsonl

    with Archive.open(path, write=False) as archive:
        written = export_jsonl(archive, folder)
    return ", ".join(f"{count} {name}" for name, count in written.items()) + f" in {folder}"


def tell(url: str, report: Night) -> str:
    """Post the alarms and the sums; the whole report is for who asks for it."""
    short = {
        "run": report.run,
        "uid": report.uid,
        "began_at": report.began_at,
        "ended_at": report.ended_at,
        "worst": report.worst,
        "alarms": [asdict(alarm) for alarm in report.alarms],
        "new": len(report.new),
        "changes": len(report.changes),
        "failed": dict(report.record.failed) if report.record else {},
        "left": list(report.record.left) if report.record else [],
    }
    host = urlsplit(url).hostname  # its path may be a secret: it is not told
    try:
        answer = requests.post(
            url,
            data=json.dumps(short, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json"},
            timeout=_PATIENCE,
            allow_redirects=False,  # a POST that is sent on becomes a GET, and tells nobody
        )
    except requests.RequestException as error:
        raise StepFailed(f"{host} could not be told: {type(error).__name__}") from error
    if not 200 <= answer.status_code < 300:
        raise StepFailed(f"{host} answered {answer.status_code} {answer.reason}")
    return f"{host} was told"

"""`gongkai import`: take in what other crawlers made, then read it as what we fetched ourselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any, Literal

import click

from archive import captures, show
from archive.archive import Archive
from archive.commands import derive
from archive.handover import wacz
from archive.handover.incoming import Crawl
from archive.handover.intake import Intake, unfinished
from archive.handover.kinds import Territory
from archive.handover.mirror import Folder
from archive.lock import lock
from crawler.portal import PORTALS, PortalError, read_portals
from crawler.registry import entries
from pipelines import RECIPE
from pipelines.records import Portal

Source = Crawl | Folder

_WARCS = (".warc", ".warc.gz")
_PASSED = {
    "known": "taken in before",
    "elsewhere": "on hosts of no known portal; --all takes them in as leads",
    "furniture": "neither pages nor documents",
    "unresolved": "repeat an answer that is in none of the files",
    "unanswered": "requests whose answer is in none of the files",
    "unattached": "notes on an answer that is in none of the files",
    "indistinct": "have an identity that a hundred others have; not taken",
    "unaddressed": "in no folder named like a host; --url tells the folder's address",
}


def run(
    kind: Literal["warc", "wacz", "dir"],
    path: Path,
    archive_path: Path,
    folders: Sequence[Path],
    *,
    others: bool,
    url: str | None = None,
) -> int:
    """The command: exit code 1 where a part of what was named could not be read."""
    with lock(archive_path, derive.command()), Archive.open(archive_path) as archive:
        territory = Territory.of(_portals(archive, folders), others=others)
        if kind == "dir":
            source: Source = Folder(path, url, territory)
            runs = _take(archive, source, {"folder": path.name, "url": url, "all": others})
        elif kind == "warc":
            files = _warcs(path)
            source = Crawl(files, territory)
            runs = _survey(archive, source, {"files": _named(files), "all": others})
        else:
            with _room(archive_path) as room:
                unpacked = wacz.unpack(path, room)
                files = {f"{path.name}/{name}": file for name, file in unpacked.files.items()}
                source = Crawl(files, territory)
                for fault in unpacked.faults:
                    source.faults.add(f"{path}: {fault}")
                runs = _survey(archive, source, {"files": _named({path.name: path, **files}), "all": others})
    for fault in source.faults:
        click.echo(fault, err=True)
    where = f"run IN ({', '.join(map(str, sorted(runs)))})"
    read = derive.run(archive_path, where, None, dry_run=False, diff=False, json_out=False)
    return 1 if source.faults or read else 0


@contextmanager
def _room(archive_path: Path) -> Iterator[Path]:
    """A folder beside the archive, for as long as its lock is held; what a killed import left in it is put away."""
    beside = archive_path.resolve()
    room = beside.with_name(f".{beside.name}.unpacked")
    if room.exists():
        rmtree(room)
    room.mkdir()
    try:
        yield room
    finally:
        rmtree(room)


def _portals(archive: Archive, folders: Sequence[Path]) -> Iterator[Portal]:
    """Portals of files, then those that the archive knows, then those of the registry."""
    try:
        yield from read_portals(PORTALS, *folders).values()
    except PortalError as error:
        raise click.ClickException(str(error)) from error
    for row in archive.portals():
        yield captures.portal_of(archive.connection, row["id"])
    yield from (entry.portal for entry in entries().values() if entry.portal)


def _warcs(path: Path) -> dict[str, Path]:
    """The file, or all WARC files of a folder, by name."""
    if path.is_file():
        return {path.name: path}
    if not path.is_dir():
        raise click.ClickException(f"{path}: is no file that can be read twice: save it to one and name that")
    named = (file for file in sorted(path.rglob("*")) if file.name.endswith(_WARCS))
    found = {file.relative_to(path).as_posix(): file for file in named if file.is_file()}
    if not found:
        raise click.ClickException(f"{path}: holds no .warc or .warc.gz file: name one that does")
    return found


def _named(files: Mapping[str, Path]) -> list[dict[str, Any]]:
    return [
        {"name": name, "sha256": wacz.file_hash(path), "bytes": path.stat().st_size} for name, path in files.items()
    ]


def _survey(archive: Archive, crawl: Crawl, settings: dict[str, Any]) -> set[int]:
    with closing(crawl):
        with show.progress("bytes", None) as bar:
            crawl.survey(bar.at)
        programs = crawl.programs()
        settings["files"] = [file | programs.get(file["name"], {}) for file in settings["files"]]
        return _take(archive, crawl, settings, unfinished(archive, settings, RECIPE))


def _take(archive: Archive, source: Source, settings: Mapping[str, Any], run_id: int | None = None) -> set[int]:
    """Take in what a source holds, in a new run or one that was stopped: it is under way until it is through."""
    with closing(Intake(archive, run_id or derive.start(archive, **settings))) as intake:
        if run_id:
            click.echo(f"going on with run {run_id}, which was stopped after {intake.before} visits")
        try:
            with show.progress("visits", None) as bar:
                intake.take(source.visits(), bar.advance)
        except KeyboardInterrupt:
            click.echo("stopped: what was taken in is kept, and the same command goes on behind it", err=True)
            raise
        counts = intake.counts + source.counts
        archive.finish_run(intake.run, "finished", {**counts, "faults": len(source.faults)})
    _tell(counts, click.echo)
    return intake.runs


def _tell(counts: Mapping[str, int], say: Callable[[str], None]) -> None:
    taken = {name: count for name, count in counts.items() if name not in _PASSED}
    words = ", ".join(f"{count} {name}" for name, count in taken.items())
    say(f"{sum(taken.values())} visits taken in" + (f": {words}" if words else ""))
    for name, meaning in _PASSED.items():
        if counts.get(name):
            say(f"  {counts[name]} {meaning}")

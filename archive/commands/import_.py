"""`gongkai import`: take in what other crawlers made, then read it as what we fetched ourselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import click

from archive import captures, show
from archive.archive import Archive
from archive.commands import derive
from archive.handover import wacz
from archive.handover.incoming import Crawl
from archive.handover.intake import Intake
from archive.handover.kinds import Territory
from archive.handover.mirror import Folder
from archive.lock import lock
from crawler.portal import PORTALS, PortalError, read_portals
from crawler.registry import entries
from pipelines.records import Portal

Source = Crawl | Folder

_WARCS = (".warc", ".warc.gz")
_PASSED = {
    "known": "taken in before",
    "elsewhere": "on hosts of no known portal; --all takes them in as leads",
    "furniture": "neither pages nor documents",
    "unresolved": "repeat an answer that is in none of the files",
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
            run_id = _take(archive, source, {"folder": path.name, "url": url, "all": others})
        elif kind == "warc":
            files = _warcs(path)
            source = Crawl(files, territory)
            run_id = _survey(archive, source, {"files": _named(files), "all": others})
        else:
            with TemporaryDirectory(dir=archive_path.resolve().parent, prefix=".wacz-") as room:
                unpacked = wacz.unpack(path, Path(room))
                files = {f"{path.name}/{name}": file for name, file in unpacked.files.items()}
                source = Crawl(files, territory)
                source.faults += [f"{path}: {fault}" for fault in unpacked.faults]
                run_id = _survey(archive, source, {"files": _named({path.name: path, **files}), "all": others})
    for fault in source.faults:
        click.echo(fault, err=True)
    read = derive.run(archive_path, f"run = {run_id}", None, dry_run=False, diff=False, json_out=False)
    return 1 if source.faults or read else 0


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
    if not path.is_dir():
        return {path.name: path}
    found = {file.relative_to(path).as_posix(): file for file in sorted(path.rglob("*")) if file.name.endswith(_WARCS)}
    if not found:
        raise click.ClickException(f"{path}: holds no .warc or .warc.gz file: name one that does")
    return found


def _named(files: Mapping[str, Path]) -> list[dict[str, Any]]:
    return [
        {"name": name, "sha256": wacz.file_hash(path), "bytes": path.stat().st_size} for name, path in files.items()
    ]


def _survey(archive: Archive, crawl: Crawl, settings: dict[str, Any]) -> int:
    with show.progress("bytes", None) as bar:
        crawl.survey(bar.at)
    programs = crawl.programs()
    settings["files"] = [file | programs.get(file["name"], {}) for file in settings["files"]]
    return _take(archive, crawl, settings)


def _take(archive: Archive, source: Source, settings: Mapping[str, Any]) -> int:
    run_id = derive.start(archive, **settings)
    intake = Intake(archive, run_id)
    outcome: Literal["finished", "failed", "interrupted"] = "failed"
    try:
        with show.progress("visits", None) as bar:
            intake.take(source.visits(), bar.advance)
        outcome = "finished"
    except KeyboardInterrupt:
        outcome = "interrupted"
        raise
    finally:
        counts = intake.counts + source.counts
        archive.finish_run(run_id, outcome, {**counts, "faults": len(source.faults)})
    _tell(counts, click.echo)
    return run_id


def _tell(counts: Mapping[str, int], say: Callable[[str], None]) -> None:
    taken = {name: count for name, count in counts.items() if name not in _PASSED}
    words = ", ".join(f"{count} {name}" for name, count in taken.items())
    say(f"{sum(taken.values())} visits taken in" + (f": {words}" if words else ""))
    for name, meaning in _PASSED.items():
        if counts.get(name):
            say(f"  {counts[name]} {meaning}")

"""Commands that care for the file: hand over, take in, verify, join, copy, pack."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archive.cli.options import F, archive_option, json_option, portals_option, reading


@click.group()
def export() -> None:
    """Hand reports and captures over to other tools."""


@export.command("jsonl")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@archive_option
def export_jsonl(directory: Path, archive_path: Path) -> None:
    """Write DIRECTORY/reports.jsonl: one object for each report to cite, with its parts and provenance.

    \b
    Example: gongkai export jsonl out && head -1 out/reports.jsonl
    """  # noqa: D301 - as above
    from archive.export import export_jsonl as write

    with reading(archive_path) as archive:
        written = write(archive, directory)
    click.echo(", ".join(f"{count} {name}" for name, count in written.items()) + f" in {directory}")


@export.command("warc")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@archive_option
def export_warc(directory: Path, archive_path: Path) -> None:
    """Write every visit as WARC 1.1, a file in DIRECTORY for each run: requests, answers, repeats, what led there.

    Exit code 1: the body of a visit is damaged, and is named.

    \b
    Example: gongkai export warc out && warcio check out/*.warc.gz
    """  # noqa: D301 - as above
    from archive.commands.export import run

    sys.exit(run("warc", directory, archive_path))


@export.command("wacz")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@archive_option
def export_wacz(directory: Path, archive_path: Path) -> None:
    """Write DIRECTORY/gongkai.wacz for replay: the same as WARC, with an index and the reports as list of pages.

    \b
    Example: gongkai export wacz out, then open out/gongkai.wacz in ReplayWeb.page
    """  # noqa: D301 - as above
    from archive.commands.export import run

    sys.exit(run("wacz", directory, archive_path))


@click.group("import")
def import_group() -> None:
    """Take in what other crawlers fetched, marked as theirs, and read it.

    Pages and documents on the hosts of known portals are taken in: of portal files, of the archive, of the registry.
    With --all those on other hosts are kept apart as leads, which are never the report to cite. Taking in the same
    thing again stores nothing twice. Exit code 1: a part could not be read, and is named with its place.
    """


def others_option(command: F) -> F:
    return click.option("--all", "others", is_flag=True, help="also pages on hosts of no known portal, as leads")(
        command
    )


@import_group.command("warc")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@archive_option
@portals_option
@others_option
def import_warc(path: Path, archive_path: Path, folders: tuple[Path, ...], others: bool) -> None:
    """Take in a WARC file, or all in a folder: of Heritrix, Browsertrix, wget, Common Crawl, or of gongkai.

    \b
    Example: gongkai import warc CC-MAIN-20240301.warc.gz
    """  # noqa: D301 - as above
    from archive.commands.import_ import run

    sys.exit(run("warc", path, archive_path, folders, others=others))


@import_group.command("wacz")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@archive_option
@portals_option
@others_option
def import_wacz(path: Path, archive_path: Path, folders: tuple[Path, ...], others: bool) -> None:
    """Take in the WARC files of a WACZ.

    \b
    Example: gongkai import wacz crawl.wacz
    """  # noqa: D301 - as above
    from archive.commands.import_ import run

    sys.exit(run("wacz", path, archive_path, folders, others=others))


@import_group.command("dir")
@click.argument("path", type=click.Path(path_type=Path, exists=True, file_okay=False))
@archive_option
@portals_option
@others_option
@click.option("--url", help="address of the folder  [default: the first part of a path is its host, as wget writes]")
def import_dir(path: Path, archive_path: Path, folders: tuple[Path, ...], others: bool, url: str | None) -> None:
    """Take in a folder of saved pages. When they were fetched is not known: the times of the files stand for it.

    \b
    Example: gongkai import dir mirror/
             gongkai import dir saved/ --url http://www.anxiang.gov.cn/c15/
    """  # noqa: D301 - as above
    from archive.commands.import_ import run

    sys.exit(run("dir", path, archive_path, folders, others=others, url=url))


@click.command()
@archive_option
@click.option("--refetch", is_flag=True, help="ask again for damaged bodies where they came from")
@json_option
def verify(archive_path: Path, refetch: bool, json_out: bool) -> None:
    """Re-hash everything and check every promise of the schema: what is wrong, and which captures and reports it costs.
    Exit code 1: a fault was found, and is named.

    With --refetch a damaged body is put back where its address still gives the same bytes; else it is told what came.

    \b
    Example: gongkai verify --refetch
    """  # noqa: D301 - as above
    from archive.commands.verify import run

    sys.exit(run(archive_path, refetch=refetch, json_out=json_out))


@click.command()
@click.argument("others", metavar="OTHER...", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@archive_option
@json_option
def merge(others: tuple[Path, ...], archive_path: Path, json_out: bool) -> None:
    """Take over into the archive what OTHER archives hold, in any order and as often as you like.

    The others stay as they are. What is not taken, because it is damaged or says other than what is here, is named.
    Exit code 1: something was not taken.

    \b
    Example: gongkai merge monday.db tuesday.db --archive all.db
    """  # noqa: D301 - as above
    from archive.commands.merge import run

    sys.exit(run(archive_path, others, json_out=json_out))


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@archive_option
@click.option("--quick", is_flag=True, help="verify only structure and seals of the copy, not every body")
def backup(file: Path, archive_path: Path, quick: bool) -> None:
    """Copy the archive to FILE as it is at this moment, also while a crawl writes to it, and verify the copy.

    An earlier backup of the same archive is replaced, any other file is not. Exit code 1: the copy is not sound.

    \b
    Example: gongkai backup /mnt/safe/gongkai.db
    """  # noqa: D301 - as above
    from archive.commands.backup import run

    sys.exit(run(archive_path, file, quick=quick))


@click.command()
@archive_option
@click.option("--vacuum", is_flag=True, help="then give free space back to the system; needs room for two more copies")
@json_option
def compress(archive_path: Path, vacuum: bool, json_out: bool) -> None:
    """Pack stored bodies anew, each against the most similar one before it, with more effort than a crawl has time for.

    What was received stays the same, byte for byte, and is checked before anything is replaced; this can be stopped and
    started again at any time. The space it frees is filled by what is kept next; the file itself gets smaller only
    with --vacuum. Exit code 1: a damaged body was met, and is named.

    \b
    Example: gongkai compress --vacuum
    """  # noqa: D301 - as above
    from archive.commands.compress import run

    sys.exit(run(archive_path, vacuum=vacuum, json_out=json_out))

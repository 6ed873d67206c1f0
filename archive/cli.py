"""The command line: `gongkai`."""

from __future__ import annotations

import errno
import sqlite3
import sys
from collections.abc import Callable
from json import JSONDecodeError
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

from archive import show
from archive.errors import NO_ROOM, ArchiveError

if TYPE_CHECKING:
    from archive.archive import Archive

F = TypeVar("F", bound=Callable[..., Any])

_REPORTS = (
    ("report_id", "id"),
    ("portal", "portal"),
    ("issuer_full", "issuer"),
    ("year", "year"),
    ("published_on", "published"),
    ("verdict", "verdict"),
    ("title", "title"),
    ("url", "url"),
)
_HITS = (("report_id", "id"), ("issuer", "issuer"), ("year", "year"), ("title", "title"), ("snippet", "text"))


def archive_option(command: F) -> F:
    return click.option(
        "--archive", "archive_path", type=click.Path(path_type=Path, dir_okay=False), default=Path("gongkai.db"),
        envvar="GONGKAI_ARCHIVE", show_default=True, show_envvar=True, help="the archive file",
    )(command)  # fmt: skip


def json_option(command: F) -> F:
    return click.option("--json", "json_out", is_flag=True, help="JSON for programs")(command)


def portals_option(command: F) -> F:
    return click.option(
        "--portals", "folders", type=click.Path(path_type=Path, exists=True, file_okay=False), multiple=True,
        envvar="GONGKAI_PORTALS", help="a folder of portal files, beside those that come with gongkai",
    )(command)  # fmt: skip


def reading(path: Path) -> Archive:
    """The archive, opened for reading."""
    from archive.archive import Archive

    return Archive.open(path, write=False)


class Commands(click.Group):
    """A group whose commands fail with a sentence, not with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ArchiveError as error:
            raise click.ClickException(str(error)) from error
        except (sqlite3.DatabaseError, JSONDecodeError) as error:
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
                raise click.ClickException(NO_ROOM) from error
            raise click.ClickException(f"the archive cannot be read: {error}: `gongkai verify` says more") from error
        except (OSError, UnicodeEncodeError, OverflowError) as error:
            if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise click.ClickException(f"{error.filename or 'what was to be written'}: {NO_ROOM}") from error
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="gongkai")
def main() -> None:
    """Crawl the portals of Chinese governments for their annual reports on information disclosure, keep what they
    say as evidence, and read it.

    First steps: `gongkai demo`, then `gongkai crawl PORTAL`, `gongkai reports`, `gongkai search 依申请公开`.
    """


@main.command()
@click.argument("portals", nargs=-1)
@archive_option
@portals_option
@click.option("--below", is_flag=True, help="and the portals of all divisions that lie in those named")
@click.option("--full", is_flag=True, help="fetch every page whole, and walk every list to its end")
@json_option
def crawl(
    portals: tuple[str, ...], archive_path: Path, folders: tuple[Path, ...], below: bool, full: bool, json_out: bool
) -> None:
    """Visit the listings of PORTALS (all portal files where none is named), keep and read what is new or changed.

    A portal is named by its file, its division code or its name, of today or of another day: 430721, 安乡, 南京鼓楼区,
    襄樊市. Divisions without a file are taken from the national registry. The name of a province stands for all
    portals in it, its code for its own alone; a city is its own portal, with --below those of its counties as well.
    Exit code 1: a portal failed, and is named.

    \b
    Example: gongkai crawl anxiang 泰顺县 421000
             gongkai crawl 湖南省
             gongkai crawl --below 常德市
    """  # noqa: D301 - \b is click's mark for lines as they are
    from archive.commands.crawl import run

    sys.exit(run(portals, archive_path, folders, below=below, full=full, json_out=json_out))


@main.command()
@click.argument("url")
@json_option
def probe(url: str, json_out: bool) -> None:
    """Look at an unknown portal and print a portal file for it; what was found is told on stderr.

    Asks at most 30 times and at least a second apart, keeps to robots.txt, and writes nothing. Exit code 1: the portal
    cannot be reached, or is no government's.

    \b
    Example: gongkai probe http://www.anxiang.gov.cn/ > portals/anxiang.toml
    """  # noqa: D301 - as above
    from archive.commands.probe import run

    run(url, json_out=json_out)


@main.command()
@click.argument("file", type=click.File("rb"))
@click.option("--url", default="", help="the page's address: resolves its links, tells its host")
@click.option("--content-type", help="the HTTP header's words, such as 'text/html; charset=gb2312'")
@click.option("--explain", is_flag=True, help="tell instead why: container, what was cut, evidence, time per stage")
def extract(file: Any, url: str, content_type: str | None, explain: bool) -> None:
    """Read one page (FILE, or - for stdin) and print what it says as one JSON object. Needs no archive.

    \b
    Example: gongkai extract page.html --url https://www.anxiang.gov.cn/c15/20170612/i146779.html
    """  # noqa: D301 - as above
    from pipelines import derive, to_dict
    from pipelines.records import Capture

    try:
        urlsplit(url)
    except ValueError as error:
        raise click.UsageError(f"--url {url}: {error}") from error
    capture = Capture(url or "about:blank", file.read(), content_type)
    if explain:
        from archive.commands.explain import run

        run(capture)
    else:
        show.as_json(to_dict(derive(capture)))


@main.command()
@archive_option
@click.option("--where", help="SQL over the columns of visits: which captures")
@click.option("--jobs", type=click.IntRange(1), help="processes  [default: one a core]")
@click.option("--dry-run", is_flag=True, help="file nothing, only tell what would change")
@click.option("--diff", is_flag=True, help="show how the text of each changed report differs")
@json_option
def derive(archive_path: Path, where: str | None, jobs: int | None, dry_run: bool, diff: bool, json_out: bool) -> None:
    """Read archived pages again with this version's recipe. What has a report by this recipe is left alone.

    \b
    Example: gongkai derive --where "portal = 'anxiang'" --dry-run --diff
    """  # noqa: D301 - as above
    from archive.commands.derive import run

    sys.exit(run(archive_path, where, jobs, dry_run=dry_run, diff=diff, json_out=json_out))


@main.command()
@archive_option
@click.option("--portal", help="by its id")
@click.option("--issuer", help="a part of the issuer's name")
@click.option("--year", type=click.IntRange(1, 9999), help="the year reported on")
@click.option("--verdict", help="report, attachment_only, thin, not_a_report, …")
@click.option("--all", "everything", is_flag=True, help="every page read, not only the report to cite")
@json_option
def reports(json_out: bool, archive_path: Path, everything: bool, **wanted: Any) -> None:
    """List the reports to cite: one for each issuer and year.

    \b
    Example: gongkai reports --issuer 安乡 --year 2011
    """  # noqa: D301 - as above
    with reading(archive_path) as archive:
        rows = archive.reports(**wanted, all=everything)
        if json_out:
            show.as_lines(rows)
        elif not show.as_table(rows, _REPORTS):
            click.echo("no such report; `gongkai stats` says what the archive holds", err=True)


@main.command("show")
@click.argument("key", nargs=-1, required=True)
@archive_option
@click.option("--markdown", is_flag=True, help="headings and tables marked")
@json_option
def show_report(key: tuple[str, ...], archive_path: Path, markdown: bool, json_out: bool) -> None:
    """Show one report: what it says, where it came from, what to know about it.

    KEY is its number, its address, or issuer and year.

    \b
    Example: gongkai show 安乡县 2011
    """  # noqa: D301 - as above
    with reading(archive_path) as archive:
        report = archive.report(" ".join(key))
    if json_out:
        show.as_json(report)
        return
    click.echo(report["title"] or "(no title)")
    code = f" ({report['issuer_code']})" if report["issuer_code"] else ""
    facts = {
        "issuer": report["issuer_full"] and f"{report['issuer_full']}{code}",
        "named": report["issuer"],
        "year": report["year"],
        "published": report["published_on"],
        "source": report["source"],
        "address": report["url"],
        "fetched": report["fetched_at"],
        "sha256": report["body_sha256"],
        "verdict": f"{report['verdict']} ({'; '.join(report['reasons'])})",
        "recipe": report["recipe"],
    }
    for name, value in facts.items():
        click.echo(f"  {name:10}{'-' if value is None else value}")
    if taken := report["provenance"][-1]["imported"]:
        click.echo(f"  {'imported':10}{taken}")
    for step in report["provenance"][:-1]:
        click.echo(f"  {'via':10}{step['url']}  {step['outcome']}")
    for sighting in report["sightings"]:
        click.echo(f"  {'also at':10}{sighting['url']}  same {sighting['basis']}")
    for file in report["attachments"]:
        click.echo(f"  {'file':10}{file['text']}  {file['url']}  {'kept' if file['body'] else 'not kept'}")
    for finding in report["findings"]:
        click.echo(f"  {finding['severity']:10}{finding['code']}: {finding['message']}  {finding['evidence']}")
    click.echo("\n" + report["markdown" if markdown else "text"])


@main.command()
@click.argument("words", nargs=-1, required=True)
@archive_option
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="hits at most")
@json_option
def search(words: tuple[str, ...], archive_path: Path, limit: int, json_out: bool) -> None:
    """Find reports that hold all WORDS; two characters are enough.

    \b
    Example: gongkai search 复议 依申请公开
    """  # noqa: D301 - as above
    with reading(archive_path) as archive:
        hits = archive.search(" ".join(words), limit)
    if json_out:
        show.as_json(hits)
    elif not show.as_table(hits, _HITS):
        click.echo("nothing found", err=True)


@main.command()
@archive_option
@json_option
def stats(archive_path: Path, json_out: bool) -> None:
    """Count what the archive holds: visits by outcome, pages by verdict, reports by portal and year, sizes."""
    with reading(archive_path) as archive:
        counted = archive.stats()
    if json_out:
        show.as_json(counted)
        return
    for name in ("visits", "verdicts", "findings", "portals", "runs"):
        if counted[name]:
            click.echo(f"{name}: " + ", ".join(f"{key} {count}" for key, count in counted[name].items()))
    bodies = counted["bodies"]
    click.echo(
        f"bodies: {bodies['count']}, {bodies['bytes']:,} bytes, stored in {bodies['stored_bytes']:,};"
        f" file {counted['file_bytes']:,}"
    )
    click.echo(f"sightings: {counted['sightings']}")
    show.as_table(coverage(counted["reports"]), (("portal", "portal"), ("count", "reports"), ("years", "years")))


def coverage(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Portal, number of reports and the years they are on, from counts by portal and year."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = found.setdefault(row["portal"], {"portal": row["portal"], "count": 0, "years": []})
        line["count"] += row["reports"]
        line["years"].append("?" if row["year"] is None else row["year"])
    return list(found.values())


@main.command()
@click.argument("divisions", nargs=-1)
@archive_option
@portals_option
@click.option("--missing", is_flag=True, help="the divisions of today without a portal, or without a report so far")
@json_option
def portals(
    divisions: tuple[str, ...], archive_path: Path, folders: tuple[Path, ...], missing: bool, json_out: bool
) -> None:
    """List the portals that have a file or were crawled, with the reports the archive holds of each.

    With DIVISIONS: all portals in these, also those that only the national registry has.

    \b
    Example: gongkai portals 常德市
             gongkai portals --missing 湖南省
    """  # noqa: D301 - as above
    from archive.commands.portals import run

    run(divisions, archive_path, folders, missing=missing, json_out=json_out)


@main.group()
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


@main.group("import")
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


@main.command()
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


@main.command()
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


@main.command()
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


@main.command()
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


@main.command()
@click.option(
    "--archive",
    "archive_path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("demo.db"),
    show_default=True,
    help="where the demo's archive goes: not among real ones",
)
def demo(archive_path: Path) -> None:
    """Serve sample portals on loopback, crawl them for real, and show what was found. Takes under a minute."""
    from archive.commands.demo import run

    sys.exit(run(archive_path))


if __name__ == "__main__":
    main()

"""Commands of the web side: crawl, watch over crawls, look at portals."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from archive.cli.options import archive_option, html_option, json_option, placed, portals_option


@click.command()
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


@click.command()
@click.argument("portals", nargs=-1)
@archive_option
@portals_option
@click.option("--budget", default="6h", show_default=True, help="time after which no portal is begun: 90m, 6h, 20s")
@click.option("--backup", type=click.Path(path_type=Path, dir_okay=False), help="then copy the archive to this file")
@click.option("--export", type=click.Path(path_type=Path, file_okay=False), help="then write reports.jsonl into it")
@html_option("write the report as a page")
@click.option("--webhook", envvar="GONGKAI_WEBHOOK", help="post alarms and sums there as JSON  [env: GONGKAI_WEBHOOK]")
@json_option
def nightly(portals: tuple[str, ...], archive_path: Path, budget: str, json_out: bool, **wanted: Any) -> None:
    """Crawl the PORTALS that are due (of all portal files where none is named), read what is pending, verify, hand
    over, report. Made for a timer.

    A portal is due every night from January to March, when reports appear, and at least every week otherwise; one that
    fails less and less often. What the budget leaves over comes first the next night; a killed night goes on where it
    was. Exit code 1: a step failed, or an alarm is an error; the report names it.

    \b
    Example: gongkai nightly --budget 6h --html report.html --backup /mnt/safe/gongkai.db
    """  # noqa: D301 - as above
    from archive.commands.nightly import Wanted, run, seconds

    placed(wanted["html"])
    given = Wanted(archive_path, wanted.pop("folders"), portals, seconds(budget), **wanted)
    sys.exit(run(given, json_out=json_out))


@click.command()
@click.argument("run", type=click.IntRange(1), required=False)
@archive_option
@html_option("write it as a page instead")
@json_option
def report(run: int | None, archive_path: Path, html: Path | None, json_out: bool) -> None:
    """Report on a night again: alarms, what is new, changed and gone, coverage, faults, manners, trends.

    RUN is the number of any run that crawled; the last one where none is given.

    \b
    Example: gongkai report --html report.html
    """  # noqa: D301 - as above
    from archive.commands.report import run as tell

    placed(html)
    tell(archive_path, run, html=html, json_out=json_out)


@click.command()
@archive_option
@portals_option
@json_option
def doctor(archive_path: Path, folders: tuple[Path, ...], json_out: bool) -> None:
    """Check what a night needs: clock, disk, network, archive, locks, versions, portal files, browser, contact address.

    Asks two portals for their robots.txt, and writes nothing. Exit code 1: something would keep a night from its work.

    \b
    Example: gongkai doctor --archive /var/lib/gongkai/gongkai.db
    """  # noqa: D301 - as above
    from archive.commands.doctor import run

    sys.exit(run(archive_path, folders, json_out=json_out))


@click.command()
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


@click.command()
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


@click.command()
@archive_option
@portals_option
@json_option
def leads(archive_path: Path, folders: tuple[Path, ...], json_out: bool) -> None:
    """List what is to be followed by hand: mirrors with the proposed address of the page they copy, reports taken in
    from hosts of no known portal, columns on hosts that a portal file does not name.

    Nothing is fetched. What a mirror's page may have said is `restored` in `reports`, with every substitution.

    \b
    Example: gongkai leads --json
    """  # noqa: D301 - as above
    from archive.commands.leads import run

    run(archive_path, folders, json_out=json_out)


@click.command()
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

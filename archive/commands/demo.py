"""`gongkai demo`: sample portals on loopback, one real crawl, what it found."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from archive import show
from archive.archive import Archive
from archive.cli.looking import coverage
from archive.commands.crawl import crawl, settings_for
from crawler import demo
from crawler.loader import PortalLoader
from crawler.portal import read_portals

_LINES = 14  # of the report that is shown
_WORDS = "行政复议"


def run(path: Path) -> int:
    """The command. The portals are served by a real HTTP server that stands in for their hosts as a forward proxy."""
    if path.exists():
        raise click.ClickException(f"{path} is there already: remove it, or name another file with --archive")
    started = time.monotonic()
    settings = settings_for(path, [demo.PORTALS])
    settings.set("GONGKAI_CONTACT", "demo@gongkai.example", priority="cmdline")
    portals = read_portals(demo.PORTALS)
    assert portals.keys() <= PortalLoader.from_settings(settings).portals.keys()
    with demo.serving(demo.sites()) as proxy:
        os.environ |= {"http_proxy": proxy, "no_proxy": ""}
        click.echo(f"{len(portals)} sample portals at {proxy}, crawled into {path}\n", err=True)
        results = crawl(settings, list(portals.values()))
    with Archive.open(path, write=False) as archive:
        click.echo("\nReports by portal and year")
        counted = archive.stats()
        rows = coverage(counted["portals"], counted["reports"])
        show.as_table(rows, (("portal", "portal"), ("count", "reports"), ("years", "years")))
        first = next(iter(archive.reports(verdict="report")), None)
        if first is None:
            raise click.ClickException(f"{path}: no report was found: what went wrong is told above")
        report = archive.report(first["report_id"])
        click.echo(
            f"\n{report['title']}\n{report['url']}\nsha256 {report['body_sha256']}, fetched {report['fetched_at']}\n"
        )
        click.echo("\n".join(report["text"].splitlines()[:_LINES]) + "\n…")
        click.echo(f"\ngongkai search {_WORDS}")
        show.as_table(archive.search(_WORDS, 5), (("report_id", "id"), ("title", "title"), ("snippet", "text")))
    click.echo(f"\n{time.monotonic() - started:.1f} s. Go on with: gongkai show ID --archive {path}", err=True)
    return 1 if any(result.failed for result in results) else 0

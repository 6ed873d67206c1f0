"""`gongkai leads`: what a person may look at next. Nothing is asked of anybody."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from archive import show
from archive.archive import Archive
from archive.leads import leads
from crawler.portal import PORTALS, PortalError, read_portals
from crawler.registry import with_registry

_COLUMNS = (
    ("kind", "kind"),
    ("report_id", "id"),
    ("portal", "portal"),
    ("issuer", "issuer"),
    ("year", "year"),
    ("title", "title"),
    ("url", "found at"),
    ("proposed", "look at"),
    ("why", "why"),
)


def run(path: Path, folders: Sequence[Path], *, json_out: bool) -> None:
    """The command: an empty answer is an answer."""
    try:
        portals = with_registry(read_portals(PORTALS, *folders))
    except PortalError as error:
        raise click.ClickException(str(error)) from error
    homes = {portal.code: portal.home for portal in portals.values() if portal.code}
    with Archive.open(path, write=False) as archive:
        found = leads(archive.connection, homes.get)
        if json_out:
            show.as_lines(found)
        elif not show.as_table(found, _COLUMNS):
            click.echo("no leads: no mirror, no report from an unknown host, no column on another host", err=True)

"""`gongkai probe`: what a look at an unknown portal found, and the portal file it proposes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click

import settings
from archive import show
from crawler.asking import PAUSE
from crawler.probe import Found, ProbeError, probe
from crawler.proposal import portal_file

_FIRST = 5  # reports that are shown


def run(url: str, *, json_out: bool, pause: float = PAUSE) -> None:
    """The command."""
    try:
        found = probe(
            url,
            settings.USER_AGENT,
            pause=pause,
            private=settings.GONGKAI_PRIVATE,
            say=lambda words: click.echo(words, err=True),
        )
    except ProbeError as error:
        raise click.ClickException(str(error)) from error
    if json_out:
        show.as_json({**asdict(found), "portal_file": portal_file(found)})
        return
    for line in _lines(found):
        click.echo(line, err=True)
    click.echo(portal_file(found), nl=False)


def _lines(found: Found) -> Iterator[str]:
    yield ""
    for way in found.ways:
        facts = ", ".join(f"{name} {value}" for name, value in way.tls.items())
        yield f"{way.name:14}{way.outcome if way.status is None else way.status}  {way.error or facts}"
    yield f"robots.txt    {found.robots}"
    charset = found.charset
    declared = charset.declared or "nothing"
    yield f"charset       declared {declared}, read as {charset.chosen}, {charset.errors} unreadable"
    yield f"family        {found.family}" + (f": {', '.join(found.marks)}" if found.marks else "")
    yield f"site          {found.site_name or '-'}, code {found.site_code or '-'}"
    yield f"division      {' '.join(found.division) or '-'} {found.code or ''}"
    for doubt in found.doubts:
        yield f"doubt         {doubt}"
    for candidate in found.candidates:
        yield f"candidate     {candidate.score:3} {candidate.words} {candidate.url}  ({'; '.join(candidate.reasons)})"
    for lead in found.elsewhere:
        yield f"other host    {lead.words} {lead.url}"
    yield f"column        {found.column or 'not found: ' + '; '.join(found.tried)}"
    for url in found.drawn:
        yield f"drawn         {url}: only a script draws it, and a crawl needs a browser"
    for item in found.reports[:_FIRST]:
        yield f"report        {item.title}  {item.href}"
    yield f"requests      {found.requests}"
    yield ""

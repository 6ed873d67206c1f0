"""`gongkai history` and `gongkai changes`: what became of reports after they were found."""

from __future__ import annotations

from pathlib import Path

import click

from archive import show
from archive.archive import Archive
from archive.changes import KINDS, TOLD
from archive.diff import shown

_CHANGES = (
    ("at", "when"),
    ("kind", "what"),
    ("issuer", "issuer"),
    ("year", "year"),
    ("message", "in words"),
    ("url", "url"),
)


def history(path: Path, words: str, *, json_out: bool) -> None:
    """Tell the story of one report."""
    with Archive.open(path, write=False) as archive:
        report = archive.report(words)
        events = archive.history(report["report_id"])
        standing = archive.standing(report["report_id"])
    if json_out:
        show.as_json({"report_id": report["report_id"], "url": report["url"], "standing": standing, "events": events})
        return
    click.echo(" ".join(str(report[name]) for name in ("issuer_full", "year") if report[name]) or "(unnamed)")
    click.echo(f"{report['title'] or '(no title)'}  {report['url']}")
    for event in events:
        until = event.get("until")
        when = _minute(event["at"]) + (f" to {_minute(until)}" if until and until != event["at"] else "")
        click.echo(f"  {when:38}{event['kind']:11}{event['message']}")
        for line in shown(event["diff"]) if event.get("diff") else ():
            click.echo(f"    {line}")
    click.echo(f"  now: {standing_words(standing)}")


def standing_words(standing: dict[str, str | None] | None) -> str:
    """How the report to cite stands, in words."""
    if standing is None:
        return "not the report to cite: `gongkai reports` lists those"
    confirmed = _minute(standing["last_confirmed"] or "")
    return {
        "live": f"live, last confirmed {confirmed}",
        "unconfirmed": f"unconfirmed since {confirmed}",
        "gone": f"gone since {_minute(standing['gone_since'] or '')}, last confirmed {confirmed}: the last good copy",
    }[str(standing["standing"])]


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def changes(path: Path, since: str | None, *, everything: bool, json_out: bool) -> None:
    """List what changed across the archive."""
    with Archive.open(path, write=False) as archive:
        rows = archive.changes(since, tuple(KINDS) if everything else TOLD)
        if json_out:
            show.as_lines(rows)
        elif not show.as_table(({**row, "at": _minute(row["at"])} for row in rows), _CHANGES):
            click.echo("nothing has changed", err=True)

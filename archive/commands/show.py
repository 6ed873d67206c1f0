"""`gongkai show`: one report, what it says, where it came from, and how that is proved."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from archive import show
from archive.archive import Archive

Row = dict[str, Any]


def prove(path: Path, words: str, *, json_out: bool) -> None:
    """Print the exchanges a report rests on, and the commands that check them without us."""
    with Archive.open(path, write=False) as archive:
        report = archive.report(words)
        steps = archive.provenance(report["report_id"])
    if json_out:
        show.as_json({"report_id": report["report_id"], "body_sha256": report["body_sha256"], "provenance": steps})
        return
    click.echo(f"{report['title'] or '(no title)'}  (report {report['report_id']})")
    for step in steps:
        for line in _step(step):
            click.echo(line)
    click.echo("\nTo check it without gongkai, in an empty directory (zstd only where a body is packed):\n")
    database = shlex.quote(str(path.resolve()))
    for command in _CHECK:
        click.echo(command.format(database=database, report=report["report_id"], body=report["body_sha256"]))


def _step(step: Row) -> Iterator[str]:
    status = "-" if step["status"] is None else step["status"]
    yield f"  {step['requested_at']}  {step['part']:10}{step['method']} {step['url']}  {status} {step['outcome']}"
    if step["part"] == "confirmed":
        return
    facts = {
        "link": " ".join(str(step[name]) for name in ("position", "link_text") if step[name] is not None),
        "server": step["remote_address"],
        "tls": step["tls"] and ", ".join(f"{name} {value}" for name, value in json.loads(step["tls"]).items()),
        "sha256": step["body_sha256"],
        "run": f"{step['run']}: {step['command']}",
        "by": ", ".join(f"{name} {version}" for name, version in json.loads(step["versions"]).items()),
        "imported": step["imported"],
    }
    for name, value in facts.items():
        if value:
            yield f"    {name:10}{value}"


# Shell commands: the chain of visits; the body taken out of the file, after those it is packed against; its hash.
_CHECK = (
    """sqlite3 -readonly {database} "SELECT part, requested_at, status, url, body_sha256 FROM provenance
  WHERE report = {report} ORDER BY requested_at, visit\"""",
    """sqlite3 -readonly {database} "WITH RECURSIVE chain(sha256, depth) AS (VALUES ('{body}', 0)
    UNION ALL SELECT reference, depth + 1 FROM chain JOIN bodies USING (sha256) WHERE reference IS NOT NULL)
  SELECT sha256, codec, reference, writefile(sha256 || iif(codec = 'zstd', '.zst', ''), bytes)
  FROM chain JOIN bodies USING (sha256) ORDER BY depth DESC" | while IFS='|' read -r body codec reference _; do
  test $codec = none || zstd -dq --long=31 ${{reference:+--patch-from=$reference}} $body.zst -o $body || break; done""",
    "sha256sum {body}  # prints its own name",
)

"""Commands that read: one page, the archive's pages anew, and what the archive holds."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from archive import show
from archive.cli.options import archive_option, json_option, reading

_REPORTS = (
    ("report_id", "id"),
    ("portal", "portal"),
    ("issuer_full", "issuer"),
    ("year", "year"),
    ("published_on", "published"),
    ("verdict", "verdict"),
    ("standing", "standing"),
    ("title", "title"),
    ("url", "url"),
)

_HITS = (("report_id", "id"), ("issuer", "issuer"), ("year", "year"), ("title", "title"), ("snippet", "text"))


@click.command()
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


@click.command()
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


@click.command()
@archive_option
@click.option("--portal", help="by its id")
@click.option("--issuer", help="a part of the issuer's name")
@click.option("--year", type=click.IntRange(1, 9999), help="the year reported on")
@click.option("--verdict", help="report, attachment_only, thin, not_a_report, …")
@click.option("--all", "everything", is_flag=True, help="every page read, not only the report to cite")
@json_option
def reports(json_out: bool, archive_path: Path, everything: bool, **wanted: Any) -> None:
    """List the reports to cite: one for each issuer and year, and whether each still stands at its address.

    Live; unconfirmed: a later look did not find it there; gone: the last good copy is what is left of it.

    \b
    Example: gongkai reports --issuer 安乡 --year 2011
    """  # noqa: D301 - as above
    from archive.history import marked

    with reading(archive_path) as archive:
        rows = marked(archive.connection, archive.reports(**wanted, all=everything))
        if json_out:
            show.as_lines(rows)
        elif not show.as_table(({**row, "standing": _standing(row)} for row in rows), _REPORTS):
            click.echo("no such report; `gongkai stats` says what the archive holds", err=True)


def _standing(row: dict[str, Any]) -> str:
    """How a report stands and whether a browser drew its page, in a cell."""
    since = f"gone since {row['gone_since'][:10]}" if row["gone_since"] else row["standing"]
    return ", ".join(filter(None, (since, row["drawn_by"] and f"drawn by {row['drawn_by']}")))


@click.command("show")
@click.argument("key", nargs=-1, required=True)
@archive_option
@click.option("--markdown", is_flag=True, help="headings and tables marked")
@click.option("--proof", is_flag=True, help="instead: the exchanges it rests on, and how to check them without gongkai")
@json_option
def show_report(key: tuple[str, ...], archive_path: Path, markdown: bool, proof: bool, json_out: bool) -> None:
    """Show one report: what it says, where it came from, what to know about it.

    KEY is its number, its address, or issuer and year.

    \b
    Example: gongkai show 安乡县 2011
             gongkai show 安乡县 2011 --proof
    """  # noqa: D301 - as above
    if proof:
        from archive.commands.show import prove

        prove(archive_path, " ".join(key), json_out=json_out)
        return
    from archive.commands.history import standing_words
    from archive.history import rendering

    with reading(archive_path) as archive:
        report = archive.report(" ".join(key))
        report["standing"] = archive.standing(report["report_id"])
        report["rendering"] = rendering(archive.connection, report["visit"])
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
        "standing": standing_words(report["standing"]),
        "fetched": report["fetched_at"],
        "sha256": report["body_sha256"],
        "verdict": f"{report['verdict']} ({'; '.join(report['reasons'])})",
        "recipe": report["recipe"],
    }
    for name, value in facts.items():
        click.echo(f"  {name:10}{'-' if value is None else value}")
    if drawn := report["rendering"]:
        rest = "" if drawn.get("finished") else "; its scripts had not come to rest, or there was a further page"
        click.echo(f"  {'drawn by':10}{drawn.get('by') or 'a browser'}, from what the server sent{rest}")
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
    for change in report["changes"]:
        click.echo(f"  {'changed':10}{change['at'][:10]} {change['kind']}: {change['message']}")
    click.echo("\n" + report["markdown" if markdown else "text"])


@click.command()
@click.argument("key", nargs=-1, required=True)
@archive_option
@json_option
def history(key: tuple[str, ...], archive_path: Path, json_out: bool) -> None:
    """Tell the story of one report: found, read, confirmed, changed (and how), moved, gone, there again, copied.

    KEY is its number, its address, or issuer and year.

    \b
    Example: gongkai history 安乡县 2011
    """  # noqa: D301 - as above
    from archive.commands.history import history as run

    run(archive_path, " ".join(key), json_out=json_out)


@click.command()
@archive_option
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="a day (UTC)")
@click.option("--all", "everything", is_flag=True, help="also other bytes with the same words")
@json_option
def changes(archive_path: Path, since: datetime | None, everything: bool, json_out: bool) -> None:
    """List what became of reports: edited after publication, replaced by less, moved, gone, there again.

    A report is gone when it was looked for in vain on three days, the last a week or more after the first.

    \b
    Example: gongkai changes --since 2026-11-01
    """  # noqa: D301 - as above
    from archive.commands.history import changes as run

    run(archive_path, f"{since:%Y-%m-%d}" if since else None, everything=everything, json_out=json_out)


@click.command()
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


@click.command()
@click.argument("key", nargs=-1)
@archive_option
@json_option
def duplicates(key: tuple[str, ...], archive_path: Path, json_out: bool) -> None:
    """List the copies of the reports to cite: the same bytes, text or figures at another address, file beside page.

    KEY is the number or address of one report, copy or not, or issuer and year. Next year's report and the neighbour's
    are no copies, however much of the text they share: that is what `gongkai reuse` tells.

    \b
    Example: gongkai duplicates 安乡县 2011
    """  # noqa: D301 - as above
    from archive.commands.duplicates import run

    run(archive_path, " ".join(key) or None, json_out=json_out)


@click.command()
@click.argument("issuer", required=False)
@archive_option
@click.option("--year", type=click.IntRange(1, 9999), help="the year reported on")
@click.option("--issuers", is_flag=True, help="compare with the other issuers of the year, not with the year before")
@json_option
def reuse(issuer: str | None, archive_path: Path, year: int | None, issuers: bool, json_out: bool) -> None:
    """Tell how much of the running text of a report stands in the issuer's report before it, and which passages.

    Passages count from 20 characters on; figures are all alike, so that last year's sentence with this year's number
    is reused. ISSUER is a part of the name. With --issuers each report stands beside the one of another issuer that it
    shares most with (内容雷同), most first.

    \b
    Example: gongkai reuse 安乡县
             gongkai reuse --issuers --year 2022 --json
    """  # noqa: D301 - as above
    from archive.commands.reuse import run

    run(archive_path, issuer, year, issuers=issuers, json_out=json_out)


@click.command()
@archive_option
@json_option
def stats(archive_path: Path, json_out: bool) -> None:
    """Count what the archive holds: visits by outcome, pages by verdict, reports by portal and year, sizes."""
    with reading(archive_path) as archive:
        counted = archive.stats()
    if json_out:
        show.as_json(counted)
        return
    for name in ("visits", "verdicts", "findings", "runs"):
        if counted[name]:
            click.echo(f"{name}: " + ", ".join(f"{key} {count}" for key, count in counted[name].items()))
    bodies = counted["bodies"]
    click.echo(
        f"bodies: {bodies['count']}, {bodies['bytes']:,} bytes, stored in {bodies['stored_bytes']:,};"
        f" file {counted['file_bytes']:,}"
    )
    click.echo(f"sightings: {counted['sightings']}")
    columns = (("portal", "portal"), ("visits", "visits"), ("count", "reports"), ("years", "years"))
    show.as_table(coverage(counted["portals"], counted["reports"]), columns)


def coverage(visits: dict[str, int], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Portal, its visits, number of reports and the years they are on, from counts by portal and year."""
    found: dict[str, dict[str, Any]] = {
        portal: {"portal": portal, "visits": count, "count": 0, "years": []} for portal, count in visits.items()
    }
    for row in rows:
        line = found[row["portal"]]
        line["count"] += row["reports"]
        line["years"].append("?" if row["year"] is None else row["year"])
    return list(found.values())

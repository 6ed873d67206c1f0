"""The schema: the archive's public contract, one migration a version, each column with its sentence beside it.

SQLite keeps the comments of a CREATE statement, so the sentences are in every archive (`.schema` shows them), and
`python -m archive.schema` prints them as docs/schema.md.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator
from importlib.resources import files

from sqlite_utils import Database, Migrations

from archive import views

APPLICATION_ID = 0x676F6B61  # "goka": tells an archive from any other SQLite file
VERSION = 3

migrations = Migrations("gongkai")


# The full-text index and columns that were added later cannot have comments in their own text; others have come to
# mean more than theirs says.
_SENTENCES = {
    "lists.found": "JSON object: why it was taken for the column (words, score, reasons, on), what else was looked at"
    " (requests, tried, also, elsewhere), and whether the next run starts here (sure); null where the portal file named"
    " it.",
    "portals.hints": "JSON object: what its file says to a reader of its pages, such as the element with the text.",
    "reports.charset_errors": "Places in which bytes could not be read.",
    "visits.request_body": "What a POST sent, null for other methods; what came for it is compared with what came for"
    " the same words before.",
    "visits.role": "What was hoped for: listing, report, attachment, or robots for robots.txt, which is kept as proof.",
    "visits.tls": "JSON object: verified (whether the certificate holds), doubt (why not), relaxed (why the TLS of its"
    " host was taken as it is), protocol, cipher; subject, issuer, not_before, not_after, sha256 of the certificate;"
    " null on http.",
    "search": "Full-text index over Chinese: a row for each report that holds for its page and is no copy of another.",
    "search.title": "The title's character pairs and words.",
    "search.text": "The text's. `MATCH '公开'` works as it stands, longer words as a phrase: `'\"政府 府信 信息\"'`.",
}


@migrations()
def m001_archive(db: Database) -> None:
    """Portals, runs, visits, bodies, reports with their parts, sightings, search and views."""
    _apply(db, "001_archive")
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")


@migrations()
def m002_files(db: Database) -> None:
    """Attached files are reports too: found by the addresses of attachments and redirects; TLS facts of a visit."""
    _apply(db, "002_files")


@migrations()
def m003_evidence(db: Database) -> None:
    """What the archive needs to be evidence: filled in by the statements of its file."""
    _apply(db, "003_evidence")
    views.make(db.conn)
    db.execute(f"PRAGMA user_version = {VERSION}")


def _apply(db: Database, name: str) -> None:
    """Run the statements of a migration's file; each ends with a semicolon at the end of a line."""
    text = files("archive").joinpath("migrations", f"{name}.sql").read_text("utf-8")
    for statement in text.removesuffix(";\n").split(";\n"):
        db.execute(statement)


def described(connection: sqlite3.Connection) -> Iterator[tuple[str, str, str, list[tuple[str, str, str]]]]:
    """Each table and view: its kind, name and sentence, and name, type and sentence of its columns."""
    for kind, name, sql in connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('table', 'view')"
        " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search\\_%' ESCAPE '\\' AND name <> '_sqlite_migrations'"
    ).fetchall():
        head = re.match(r".*?--\s*(\S.*)", sql)
        beside = dict(re.findall(r"(?m)^\s+(\w+) .*?--\s*(\S.*)$", sql) if kind == "table" else _of_view(sql))
        columns = [
            (column, declared, _SENTENCES.get(f"{name}.{column}") or beside.get(column, ""))
            for column, declared in connection.execute("SELECT name, type FROM pragma_table_info(?)", [name])
        ]
        yield kind, name, head[1] if head else _SENTENCES.get(name, ""), columns


def _of_view(sql: str) -> list[tuple[str, str]]:
    return re.findall(r"(?m)^\s+\S.*?(\w+),? --\s*(\S.*)$", sql)


def page() -> str:
    """docs/schema.md, from a fresh archive's own schema."""
    from pipelines.records import ENDS, OUTCOMES  # noqa: PLC0415 - only the page needs it

    db = Database(memory=True)
    try:
        migrations.apply(db)
        lines = [
            "# The archive's schema",
            "",
            f"Version {VERSION}. The file is the interface: any SQLite reads it, `current_reports` is where to start.",
            "Made by `python -m archive.schema`; `.schema` in the sqlite3 shell shows the same sentences.",
        ]
        for kind, name, sentence, columns in described(db.conn):
            lines += ["", f"## {name}" + (" (view)" if kind == "view" else ""), "", sentence, ""]
            lines += ["| column | type | |", "|---|---|---|"]
            lines += [f"| {column} | {declared} | {words} |" for column, declared, words in columns]
        lines += ["", "## Outcomes of a visit", "", "| outcome | |", "|---|---|"]
        lines += [f"| {outcome} | {words} |" for outcome, words in OUTCOMES.items()]
        lines += ["", "## Ends of a list", "", "| ended | |", "|---|---|"]
        lines += [f"| {ended} | {words} |" for ended, words in ENDS.items()]
    finally:
        db.close()
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())

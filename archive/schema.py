"""The schema: the archive's public contract, one migration a version, each column with its sentence beside it.

SQLite keeps the comments of a CREATE statement, so the sentences are in every archive (`.schema` shows them), and
`python -m archive.schema` prints them as docs/schema.md.
"""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files

from sqlite_utils import Database, Migrations

from archive import exchanges, views

APPLICATION_ID = 0x676F6B61  # "goka": tells an archive from any other SQLite file
VERSION = 7

migrations = Migrations("gongkai")


# The full-text index and columns that were added later cannot have comments in their own text; others have come to
# mean more than theirs says.
_SENTENCES = {
    "lists.found": "JSON object: why it was taken for the column (words, score, reasons, on), what else was looked at"
    " (requests, tried, also, elsewhere), and whether the next run starts here (sure); null where the portal file named"
    " it.",
    "lists.entries": "Entries seen; where it ended as `known`, those that earlier walks saw among them.",
    "lists.listed": "8 bytes for each entry of the whole list in order, the beginning of the SHA-256 of title, line"
    " feed and address: what a further walk may rest on. Null where it may not (the newest do not come first, lists"
    " below it, something it led to did not come), and where nothing in them is new since the last walk.",
    "lists.reports": "Entries that are links to reports; where it ended as `known`, those that earlier walks saw among"
    " them.",
    "lists.walked_at": "Where it ended as `known`: when the run began that last walked it to its end (ISO 8601, UTC).",
    "lists.seal": "Hash over the row and the identity of its run; null in rows older than seals.",
    "nights.seal": "Hash over the row and the identity of its run; null in rows older than seals.",
    "sightings.report": "The one that stands for all: on the issuer's own host, a page before a file, by address.",
    "duplicates.agree": "JSON object: what both say; how many numbers, and how many runs of figures in tables, are in"
    " both, and of how many.",
    "portals.hints": "JSON object: what its file says to a reader of its pages, such as the element with the text.",
    "portals.seal": "Hash over the row; null in rows older than seals.",
    "reports.charset_errors": "Places in which bytes could not be read.",
    "visits.method": "HTTP method; RENDER where there was no exchange: a browser drew the page, see `rendering`.",
    "visits.rendering": "JSON object, null for every HTTP exchange: how a browser made the body, which no server sent:"
    " of (number of the visit that brought the page), turned (how often 下一页 was pressed), parts (numbers of those"
    " that brought what its scripts asked for), by (browser), finished (whether the scripts came to rest and there was"
    " no further page), refused (addresses that were not given, and why).",
    "reports.issuer_code": "Code of the division it governs or lies in (GB/T 2260).",
    "reports.issuer_full": "Its one name: its divisions from the province down, then its own, without abbreviations;"
    " the evidence for issuer_full says where what `issuer` leaves out comes from. Null where nothing says which"
    " divisions they are, and in reports of earlier recipes.",
    "reports.visit": "The first visit that kept these bytes at this address; where a page that the report goes on at"
    " has changed since, though these bytes had not, the visit at which that was seen.",
    "reports.sketch": "Keys of six bytes each, of which a near copy shares one; the scheme is in `duplicates`. Before"
    " them a byte: how many are of issuer and year, and 128 more where the report says both itself; not in reports of"
    " earlier recipes. Null for what is no report.",
    "near_entries.entries": "Eight bytes each, the lowest first: four of a key, four of the number of the report that"
    " has it. A key is one of its sketch, mixed with the recipe; above its 40 bits its kind: 0 by words of a report"
    " that does not say whose it is, 1 by issuer and year, 2 by words of one that says it.",
    "reports.true_url": "Of a mirror: proposed address of the page that it copies, or its path alone; null where its"
    " own address tells nothing, and for every other page.",
    "reports.restored": "Of a mirror: its text as it may have been, made by undoing the substitutions: a proposal,"
    " never the report. Null where nothing is undone.",
    "reports.substitutions": "Of a mirror: JSON array of {found, proposed, times, basis}: alien words, what the page"
    " itself says stood there (empty where it does not, or where nothing did), and what says so.",
    "reports.seal": "Hash over the row, its parts and the identity of its visit; null in rows older than seals.",
    "runs.seal": "Hash over the row and, once the run has ended, the seal of its last visit; null in rows older"
    " than seals.",
    "visits.imported": "JSON object, null for every exchange of our own: where others' came from: record (its identity"
    " in their file), file, software and operator (as the file says), from (run and number, where gongkai made it),"
    " date (mtime where the time is only that of a file), via (address that led there), type (as they identified it).",
    "visits.request_body": "What a POST sent, null for other methods; what came for it is compared with what came for"
    " the same words before.",
    "visits.role": "What was hoped for: listing, report, attachment; robots for robots.txt, which is kept as proof;"
    " part for what a page's script asked for when a browser drew the page; further for a page at which a report goes"
    " on, or that its frame shows.",
    "visits.seal": "Hash over the row and the seal of the visit before it in the run: no visit can be changed, taken"
    " out or put in unseen; null in rows older than seals.",
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


@migrations()
def m004_exchanges(db: Database) -> None:
    """What many visits share is stored once; the view `visits` shows each as its row was."""
    connection = db.conn
    before = {name for _, name, *_ in connection.execute("PRAGMA table_info(visits)")}
    views.drop(connection)
    for name, function in exchanges.FUNCTIONS.items():
        connection.create_function(name, 1, function, deterministic=True)
    _apply(db, "004_exchanges")
    views.make(connection)
    columns = ", ".join(sorted(before))
    (lost,) = connection.execute(
        f"SELECT count(*) FROM (SELECT {columns} FROM before EXCEPT SELECT {columns} FROM visits)"  # noqa: S608 - names from the schema
    ).fetchone()
    if lost:
        raise sqlite3.IntegrityError(f"{lost} visits cannot be stored as they are")
    connection.execute("DROP TABLE before")


@migrations()
def m005_index(db: Database) -> None:
    """The full-text index is put in order a little at a time, never all of it in one transaction."""
    _apply(db, "005_index")


@migrations()
def m006_near(db: Database) -> None:
    """The index of near copies is written in pieces; what an older one held is put in when the next report is filed."""
    _apply(db, "006_near")


@migrations()
def m007_entries(db: Database) -> None:
    """The entries of the index of near copies take fewer bytes; it is made anew when the next report is filed."""
    _apply(db, "007_entries")
    db.execute(f"PRAGMA user_version = {VERSION}")


def _apply(db: Database, name: str) -> None:
    """Run the statements of a migration's file; each ends with a semicolon at the end of a line."""
    text = files("archive").joinpath("migrations", f"{name}.sql").read_text("utf-8")
    for statement in text.removesuffix(";\n").split(";\n"):
        db.execute(statement)


def fresh() -> sqlite3.Connection:
    """An empty archive in memory."""
    db = Database(memory=True)
    migrations.apply(db)
    connection: sqlite3.Connection = db.conn
    return connection


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
    return re.findall(r"(?m)^\s+(?:\S.*?\W)?(\w+),? --\s*(\S.*)$", sql)


def page() -> str:
    """docs/schema.md, from a fresh archive's own schema."""
    from archive.changes import KINDS  # noqa: PLC0415 - only the page needs them
    from archive.examples import EXAMPLES  # noqa: PLC0415 - as above
    from archive.trust import WAYS  # noqa: PLC0415 - as above
    from pipelines.records import OUTCOMES  # noqa: PLC0415 - as above
    from pipelines.walks import ENDS  # noqa: PLC0415 - as above

    with closing(fresh()) as connection:
        lines = [
            "# The archive's schema",
            "",
            f"Version {VERSION}. The file is the interface: any SQLite reads it, `current_reports` is where to start.",
            "Made by `python -m archive.schema`; `.schema` in the sqlite3 shell shows the same sentences.",
        ]
        for kind, name, sentence, columns in described(connection):
            lines += ["", f"## {name}" + (" (view)" if kind == "view" else ""), "", sentence, ""]
            lines += ["| column | type | |", "|---|---|---|"]
            lines += [f"| {column} | {declared} | {words} |" for column, declared, words in columns]
            lines += ["", "```sql", EXAMPLES[name], "```"]
        lines += ["", "## Outcomes of a visit", "", "| outcome | |", "|---|---|"]
        lines += [f"| {outcome} | {words} |" for outcome, words in OUTCOMES.items()]
        lines += ["", "## Ends of a list", "", "| ended | |", "|---|---|"]
        lines += [f"| {ended} | {words} |" for ended, words in ENDS.items()]
        lines += ["", "## Kinds of a change", "", "| kind | |", "|---|---|"]
        lines += [f"| {kind} | {words} |" for kind, words in KINDS.items()]
        lines += ["", "## Ways in which a host is not to be believed", "", "| kind | |", "|---|---|"]
        lines += [f"| {kind} | {words} |" for kind, words in WAYS.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())

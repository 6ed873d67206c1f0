"""Captures: what was kept, read back for `derive`.

The same bytes at the same address are one capture however often they were met: the first visit that kept them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive import article, bodies, trust
from archive.errors import BadQuery, NoSuchVisit
from archive.views import IS_READ
from pipelines.records import Access, Attachment, Capture, Expect, Hints, Part, Portal, Verdict

_PAGE = 500  # captures looked up at once: no read transaction lasts longer than one such page

# The visit that stands for all that kept these bytes at this address: one of our own, if there is one.
FIRST = (
    "SELECT id FROM exchanges WHERE address = (SELECT id FROM addresses WHERE canonical_url = ?)"
    " AND body = (SELECT id FROM bodies WHERE sha256 = ?) ORDER BY imported IS NOT NULL, requested_at, id LIMIT 1"
)

_IS_FIRST = (
    "v.body IS NOT NULL AND NOT EXISTS (SELECT 1 FROM exchanges AS e WHERE e.body = v.body"
    " AND e.address = v.address"
    " AND (e.imported IS NOT NULL, e.requested_at, e.id) < (v.imported IS NOT NULL, v.requested_at, v.id))"
)

# Or the one at which a page of its article was seen to have changed, though its own bytes had not.
_IS_VERSION = f"""(({_IS_FIRST}) OR EXISTS (SELECT 1 FROM reports AS r JOIN further_pages AS f ON f.report = r.id
  WHERE r.visit = v.id))"""  # noqa: S608 - a constant

_PORTAL_COLUMNS = "id, name, code, home, hosts, start, family, expect_since, expect_reports, delay, hints, file_sha256"


@dataclass(frozen=True, slots=True)
class Validators:
    """What a conditional request may send: the headers of the last complete answer, verbatim. Neither: ask without
    conditions, and past every cache.
    """

    etag: str | None
    last_modified: str | None


def capture(connection: sqlite3.Connection, path: Path, visit: int) -> Capture:
    """A visit's body with what `derive` may know; after a 304, with the headers of the answer that brought the body."""
    row = connection.execute(
        "SELECT url, body, status, response_headers, portal, link_text, outcome, canonical_url"
        " FROM visits WHERE id = ?",
        [visit],
    ).fetchone()
    if row is None or row[1] is None:
        what = "is not there" if row is None else f"brought no body (outcome {row[6]})"
        raise NoSuchVisit(f"{path}: visit {visit} {what}: `gongkai stats` counts what is there")
    url, sha256, status, headers, portal, link_text, outcome, canonical_url = row
    if outcome == "not_modified":
        status, headers = _brought(connection, canonical_url, sha256)
    found = portal_of(connection, portal)
    return Capture(
        url=url,
        body=bodies.read(connection, path, sha256),
        content_type=trust.header(headers, "content-type"),
        status=200 if status is None else status,
        portal=found if found.hosts else None,  # leads: nobody speaks for their hosts
        link_text=link_text,
        parts=tuple(_part(connection, path, page) for page in article.pages(connection, visit)),
    )


def _brought(connection: sqlite3.Connection, canonical_url: str, sha256: str) -> tuple[int | None, str]:
    """Status and headers of the last answer with these bytes, for what later came as a 304."""
    brought: tuple[int | None, str] | None = connection.execute(
        "SELECT status, response_headers FROM visits WHERE canonical_url = ? AND body = ?"
        " AND outcome <> 'not_modified' ORDER BY requested_at DESC, id DESC LIMIT 1",
        [canonical_url, sha256],
    ).fetchone()
    return brought or (200, "[]")


def _part(connection: sqlite3.Connection, path: Path, page: article.Came) -> Part:
    """A further page of a capture's article."""
    url, headers, outcome, canonical_url = connection.execute(
        "SELECT url, response_headers, outcome, canonical_url FROM visits WHERE id = ?", [page.visit]
    ).fetchone()
    if outcome == "not_modified":
        _, headers = _brought(connection, canonical_url, page.body)
    at = "" if url == page.url else url
    return Part(page.url, bodies.read(connection, path, page.body), trust.header(headers, "content-type"), at)


def portal_of(connection: sqlite3.Connection, portal: str) -> Portal:
    """A portal as its file last said."""
    row = connection.execute(f"SELECT {_PORTAL_COLUMNS} FROM portals WHERE id = ?", [portal]).fetchone()  # noqa: S608 - a constant
    key, name, code, home, hosts, start, family, since, reports, delay, hints, file_sha256 = row
    return Portal(
        id=key,
        name=name,
        code=code,
        home=home,
        hosts=tuple(json.loads(hosts)),
        start=tuple(json.loads(start)),
        family=family,
        expect=Expect(since, reports),
        access=Access(delay),
        hints=Hints(**json.loads(hints)),
        sha256=file_sha256,
    )


def is_read(connection: sqlite3.Connection, visit: int) -> bool:
    """Whether what a visit brought is to be derived: a page, or a file in the place of its page's words."""
    sql = f"SELECT 1 FROM exchanges AS v WHERE v.id = ? AND {IS_READ}"  # noqa: S608 - a constant
    return connection.execute(sql, [visit]).fetchone() is not None


def validators(connection: sqlite3.Connection, canonical_url: str) -> Validators | None:
    """ETag and Last-Modified of the last whole answer at an address, None where it had neither.

    Empty where the page is to be asked for whole: its host is not to be believed, or has answered 304 so often in a row
    that it is time to look.
    """
    row = connection.execute(
        "SELECT response_headers, host, requested_at FROM visits WHERE canonical_url = ? AND body IS NOT NULL"
        " AND status = 200 AND outcome IN ('new', 'changed', 'same_bytes') AND imported IS NULL"
        " ORDER BY requested_at DESC, id DESC LIMIT 1",
        [canonical_url],
    ).fetchone()
    if row is None:
        return None
    headers, host, requested_at = row
    etag, last_modified = trust.header(headers, "etag"), trust.header(headers, "last-modified")
    if not (etag or last_modified):
        return None
    (unsent,) = connection.execute(
        "SELECT count(*) FROM visits WHERE canonical_url = ? AND outcome = 'not_modified' AND imported IS NULL"
        " AND requested_at > ?",
        [canonical_url, requested_at],
    ).fetchone()
    doubts = trust.ways(connection, host)
    if "stale" in doubts or unsent >= trust.AUDIT:
        return Validators(None, None)
    return Validators(None if "restless" in doubts else etag, None if "future" in doubts else last_modified)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a page that came unchanged; its body only where it is a list, to be walked again."""

    verdict: Verdict | None
    body: bytes | None
    unfetched: tuple[Attachment, ...]
    further: tuple[str, ...]  # pages that its report was to be read from beside it


def known(connection: sqlite3.Connection, path: Path, visit: int) -> Known:
    address = connection.execute("SELECT canonical_url, body FROM visits WHERE id = ?", [visit]).fetchone()
    row = connection.execute(f"SELECT id, verdict FROM reports WHERE id = ({article.HOLDS})", address).fetchone()  # noqa: S608 - a constant
    report, verdict = row or (None, None)
    return Known(
        verdict,
        bodies.read(connection, path, address[1]) if verdict == "listing" else None,
        unfetched(connection, visit),
        tuple(article.of_report(connection, report)) if report else (),
    )


_UNFETCHED = f"""SELECT a.text, a.href, a.url FROM reports AS r JOIN attachments AS a ON a.report = r.id
  WHERE r.id = ({article.HOLDS}) AND r.verdict IN ('report', 'attachment_only', 'thin') AND NOT EXISTS
  (SELECT 1 FROM visits AS v WHERE v.canonical_url = a.canonical_url AND v.status IS NOT NULL)
  ORDER BY a.position"""  # noqa: S608 - a constant


def unfetched(connection: sqlite3.Connection, visit: int) -> tuple[Attachment, ...]:
    """Attachments of the report on a visit's page of which no server has said anything yet."""
    address = connection.execute("SELECT canonical_url, body FROM visits WHERE id = ?", [visit]).fetchone()
    rows = connection.execute(_UNFETCHED, address)
    return tuple(Attachment(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which captures: without a report by a recipe, under a condition over the columns of `visits`, of a portal."""

    lacking: str | None
    where: str | None
    portal: str | None

    def sql(self) -> tuple[str, list[str]]:
        """The condition on `exchanges AS v`, and its values."""
        conditions = [_IS_VERSION, IS_READ]
        values: list[str] = []
        if self.portal is not None:
            conditions.append("v.portal = ?")
            values.append(self.portal)
        if self.lacking is not None:
            conditions.append("NOT EXISTS (SELECT 1 FROM reports AS r WHERE r.visit = v.id AND r.recipe = ?)")
            values.append(self.lacking)
        if self.where is not None:
            # A subquery of its own, so that the operator's words mean the columns of `visits` and nothing else; the
            # line breaks end a comment in them.
            conditions.append(f"EXISTS (SELECT 1 FROM visits WHERE visits.id = v.id AND (\n{self.where}\n))")  # noqa: S608 - asked on a connection that cannot write
        return " AND ".join(conditions), values

    def count(self, connection: sqlite3.Connection) -> int:
        condition, values = self.sql()
        return int(self._run(connection, f"SELECT count(*) FROM exchanges AS v WHERE {condition}", values)[0][0])  # noqa: S608 - see `sql`

    def visits(self, connection: sqlite3.Connection) -> Iterator[int]:
        """Their numbers in order, a page at a time: what is filed meanwhile is seen, and blocks nobody."""
        condition, values = self.sql()
        last = 0
        while page := self._run(
            connection,
            f"SELECT v.id FROM exchanges AS v WHERE v.id > {last} AND {condition} ORDER BY v.id LIMIT {_PAGE}",  # noqa: S608 - see `sql`
            values,
        ):
            for (last,) in page:
                yield last

    def _run(self, connection: sqlite3.Connection, sql: str, values: list[str]) -> list[tuple[int]]:
        try:
            return connection.execute(sql, values).fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            if self.where is None:
                raise
            raise BadQuery(
                f"condition {self.where!r}: {error}: write SQL over the columns of visits, such as status = 200"
            ) from error

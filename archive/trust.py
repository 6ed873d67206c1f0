"""Whether what a server says of its pages' age is to be believed: hosts whose ETag or Last-Modified was seen to lie."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from archive.filing import clean
from archive.urls import host
from pipelines.records import Portal, Visit

logger = logging.getLogger(__name__)

WAYS: Mapping[str, str] = {
    "stale": "other bytes under the same ETag or Last-Modified, or a 304 that nobody asked for: nothing of them is sent"
    " any more",
    "restless": "a new ETag each time for the same bytes: it is not sent any more",
    "future": "a Last-Modified that lies in the future: it is not sent any more",
}
AUDIT = 4  # answers of 304 in a row, after which a page is asked for whole

_YEAR = re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")
_VALIDATORS = ("etag", "last-modified")
_TAGS = 3  # different ones for the same bytes
_AHEAD = timedelta(minutes=5)  # by which Last-Modified may be later than the answer's own Date

# Whole answers at an address before a visit, the last one first.
_BEFORE = """SELECT body, response_headers FROM visits WHERE canonical_url = :canonical_url AND id < :id
  AND request_body IS :sent AND status = 200 AND imported IS NULL AND rendering IS NULL
  AND outcome IN ('new', 'changed', 'same_bytes') ORDER BY requested_at DESC, id DESC LIMIT :most"""

_UNREADABLE = (ValueError, TypeError, AttributeError)  # raised for rows that damage has left no headers or no moment
_KEPT = """SELECT v.id, v.canonical_url, v.outcome, v.body, v.portal, v.role, v.requested_at, v.status,
  v.request_headers, v.response_headers, v.request_body
FROM visits AS v WHERE v.imported IS NULL AND v.rendering IS NULL AND {}"""

_THEIRS = """SELECT d.host, d.kind, d.message, u.uid, v.number FROM distrusted AS d
JOIN visits AS v ON v.id = d.visit JOIN runs AS u ON u.id = v.run ORDER BY d.host, d.kind"""
_TAKE = """INSERT INTO distrusted (host, kind, visit, message)
SELECT :host, :kind, v.id, :message FROM visits AS v JOIN runs AS u ON u.id = v.run
WHERE u.uid = :uid AND v.number = :number
ON CONFLICT (host, kind) DO UPDATE SET visit = excluded.visit, message = excluded.message
WHERE (SELECT (n.requested_at, n.seal) < (o.requested_at, o.seal) FROM visits AS n, visits AS o
  WHERE n.id = excluded.visit AND o.id = distrusted.visit)"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit as it was kept."""

    number: int
    visit: Visit
    address: str
    outcome: str
    body: str | None


def header(headers: str, name: str) -> str | None:
    """The first header of a name among stored [name, value] pairs."""
    return next((value for key, value in json.loads(headers) if key.lower() == name), None)


def ways(connection: sqlite3.Connection, host: str) -> frozenset[str]:
    """In which ways a host is not to be believed."""
    return frozenset(kind for (kind,) in connection.execute("SELECT kind FROM distrusted WHERE host = ?", [host]))


def note(connection: sqlite3.Connection, seen: Seen) -> None:
    """Remember the host of a visit that was just kept, where the visit shows that it is not to be believed."""
    for kind, message in _shown(connection, seen):
        name = host(seen.address)
        told = connection.execute(
            "INSERT INTO distrusted (host, kind, visit, message) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [name, kind, seen.number, clean(message)],
        )
        if told.rowcount:
            logger.warning("%s: %s (%s)", name, message, WAYS[kind])


def _shown(connection: sqlite3.Connection, seen: Seen) -> Iterator[tuple[str, str]]:
    """In which ways a visit shows that its host is not to be believed, and by what."""
    yield from _by_itself(seen)
    visit = seen.visit
    if visit.status != 200 or seen.outcome not in {"changed", "same_bytes"}:
        return
    said = _said(visit)
    if not said.keys().isdisjoint(_VALIDATORS):
        values = {"canonical_url": seen.address, "id": seen.number, "sent": visit.request_body, "most": _TAGS - 1}
        yield from _beside(said, seen.body, connection.execute(_BEFORE, values).fetchall())


def _by_itself(seen: Seen) -> Iterator[tuple[str, str]]:
    """What a visit shows, whatever came before it."""
    visit = seen.visit
    if seen.outcome == "not_modified":
        asked = {name.lower() for name, _ in visit.request_headers}
        if asked and asked.isdisjoint({"if-none-match", "if-modified-since"}):
            yield "stale", "304 to a request without conditions"
        return
    if visit.status != 200 or seen.outcome not in {"new", "changed", "same_bytes"}:
        return
    said = _said(visit)
    modified = said.get("last-modified")
    if modified and _is_ahead(modified, said.get("date"), visit.requested_at):
        yield "future", f"Last-Modified: {modified}"


def _said(visit: Visit) -> dict[str, str]:
    """The headers of an answer, the first of each name."""
    return {name.lower(): value for name, value in reversed(visit.response_headers)}


def _beside(said: Mapping[str, str], its: str | None, before: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """What an answer shows beside those before it, body and headers of each, the last one first."""
    etag, modified = said.get("etag"), said.get("last-modified")
    if before and before[0][0] != its:
        old_etag, old_modified = (header(before[0][1], name) for name in ("etag", "last-modified"))
        if etag and old_etag == etag:
            yield "stale", f"other bytes under the same ETag: {etag}"
        elif not etag and not old_etag and old_modified == modified:
            yield "stale", f"other bytes under the same Last-Modified: {modified}"
    same = {header(headers, "etag") for body, headers in before if body == its} - {None}
    if etag and len({etag, *same}) >= _TAGS:
        yield "restless", f"{_TAGS} ETags in a row for the same bytes, the last one {etag}"


def wrong(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Rows of `distrusted` that are not what visits show, host and kind, and what is wrong.

    What a visit shows by itself must be noted; what it shows beside others need not: two archives that are joined may
    have had one of them each. What is noted must be shown by the visit, beside whatever else came from its address.
    """
    noted = set()
    for name, kind, message, number in connection.execute("SELECT host, kind, message, visit FROM distrusted"):
        noted.add((name, kind))
        seen = next(_kept(connection, "v.id = ?", number), None)
        try:
            shown = [(host(seen.address), *way) for way in _in_any_way(connection, seen)] if seen else []
        except _UNREADABLE as error:
            yield f"{name} {kind}", f"rests on visit {number}, which stands beside others that are damaged: {error}"
            continue
        if (name, kind, message) not in {(where, way, clean(words)) for where, way, words in shown}:
            yield f"{name} {kind}", f"is not what visit {number} shows: restore the file from a copy"
    for seen in _kept(connection, "v.seal IS NOT NULL AND (v.status = 200 OR v.outcome = 'not_modified')"):
        for kind, message in _by_itself(seen):
            if (row := (host(seen.address), kind)) not in noted:
                noted.add(row)
                found = f"visit {seen.number} shows it: {message}"
                yield " ".join(row), f"is missing: {found}: the next answer of that kind notes it"


def _in_any_way(connection: sqlite3.Connection, seen: Seen) -> Iterator[tuple[str, str]]:
    """What a visit shows, beside each of the other whole answers that came from its address."""
    yield from _by_itself(seen)
    values = {"canonical_url": seen.address, "id": 1 << 62, "sent": seen.visit.request_body, "most": -1}
    others, said = connection.execute(_BEFORE, values).fetchall(), _said(seen.visit)
    for other in others:
        yield from _beside(said, seen.body, [other])
    yield from _beside(said, seen.body, [other for other in others if other[0] == seen.body])


def _kept(connection: sqlite3.Connection, condition: str, *values: object) -> Iterator[Seen]:
    """Visits that hosts are judged by, read back, with what a judgement rests on; what is damaged its seal tells."""
    for row in connection.execute(_KEPT.format(condition), values):
        number, address, outcome, body, portal, role, at, status, asked, came, sent = row
        try:
            visit = Visit(
                number=number,
                portal=Portal(portal, "", None, "", ()),
                role=role,
                url=address,
                requested_at=datetime.fromisoformat(at),
                outcome=outcome,
                status=status,
                request_headers=tuple((str(name), str(value)) for name, value in json.loads(asked)),
                response_headers=tuple((str(name), str(value)) for name, value in json.loads(came)),
                request_body=sent,
            )
        except _UNREADABLE:
            continue
        yield Seen(number, visit, address, outcome, body)


def _is_ahead(modified: str, date: str | None, requested_at: datetime) -> bool:
    """Whether a Last-Modified is later than its answer; by the server's own clock, where that is told."""
    if _YEAR.fullmatch(modified) and modified[12:16] < str(requested_at.year):  # most are, and dates are slow to read
        return False
    now = _moment(date) if date else None
    then = _moment(modified)
    return then is not None and then > (now or requested_at) + _AHEAD


def _moment(words: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(words)
    except ValueError:  # no date
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def take(mine: sqlite3.Connection, theirs: sqlite3.Connection) -> None:
    """Take over what another archive knows of hosts; of two visits that showed the same the earlier one stands."""
    for name, kind, message, uid, number in theirs.execute(_THEIRS).fetchall():
        mine.execute(_TAKE, {"host": name, "kind": kind, "message": message, "uid": uid, "number": number})

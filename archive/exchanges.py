r"""Visits as they are stored: what many of them share stands once, and the view `visits` shows each of them whole.

An unchanged page that is asked for every night would otherwise repeat its address, its link and forty header lines a
thousand times. Headers are kept as words that visits of a server share, in which \u0010, \u0011 and so on hold the
places of the values that are each answer's own: its date, its ETag, its cookies.
"""

# ruff: noqa: S608 - the queries name our own tables

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from archive.rows import insert

# Headers whose values are an exchange's own, and values that look it.
_OWN = frozenset({
    *("age", "content-disposition", "content-length", "content-md5", "cookie", "date", "etag", "expires"),
    *("if-modified-since", "if-none-match", "last-modified", "location", "referer", "set-cookie"),
})  # fmt: skip
_TOKEN = re.compile(r"[0-9A-Fa-f-]{16}|\d{9}")
_PLAIN = re.compile(r"[ -~]*")  # what SQLite and Python write alike as JSON
_PLACES = [chr(place) for place in range(0x10, 0x1A)]  # what holds them; JSON writes those before it otherwise

# Columns whose words are in `phrases`.
_SHARED = ("error", "remote_address", "link_text", "tls", "request_body")
_HEADERS = ("request_headers", "response_headers")
_HELD = 1024  # phrases whose numbers are in memory
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_ENCODED = [_encode(place) for place in _PLACES]


class Exchanges:
    """Writes visits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._phrases: dict[str, int] = {}  # numbers of words

    def forget(self) -> None:
        """What was written may have been undone."""
        self._phrases.clear()

    def address(self, canonical_url: str) -> int | None:
        """The number of an address, None where it was never visited."""
        row = self._connection.execute("SELECT id FROM addresses WHERE canonical_url = ?", [canonical_url]).fetchone()
        return row and int(row[0])

    def write(self, visit: Mapping[str, Any], address: int | None, body: int | None) -> int:
        """Write a visit, given as a row of the view `visits`, and the numbers its address and body have; its number."""
        row = {name: value for name, value in visit.items() if name not in {"canonical_url", "host"}}
        canonical_url = visit["canonical_url"]
        if address is None:
            address = insert(self._connection, "addresses", {name: visit[name] for name in ("canonical_url", "host")})
        row |= {"address": address, "body": body}
        row["url"] = None if visit["url"] == canonical_url else self._phrase(visit["url"])
        row["requested_at"] = milliseconds(visit["requested_at"])
        for name in _SHARED:
            if visit.get(name) is not None:
                row[name] = self._phrase(visit[name])
        for name in _HEADERS:
            words, row[_values_of(name)] = folded(visit[name])
            row[name] = self._phrase(words)
        return insert(self._connection, "exchanges", row)

    def _phrase(self, words: str) -> int:
        number = self._phrases.get(words)
        if number is None:
            if len(self._phrases) == _HELD:
                self._phrases.clear()
            found = self._connection.execute("SELECT id FROM phrases WHERE words = ?", [words]).fetchone()
            number = int(found[0]) if found else insert(self._connection, "phrases", {"words": words})
            self._phrases[words] = number
        return number


def milliseconds(moment: str) -> int:
    """A moment as written, in milliseconds since 1970 (UTC)."""
    return (datetime.fromisoformat(moment) - _EPOCH) // timedelta(milliseconds=1)


@lru_cache(maxsize=256)  # what is sent to a server is the same for most of its pages
def folded(headers: str) -> tuple[str, str | None]:
    """The words that headers, as JSON, share with others, and a JSON array of the values that are their own."""
    values: list[str] = []
    held: list[str] = []
    try:
        for name, value in json.loads(headers):
            if len(values) < len(_PLACES) and _is_own(name, value):
                held.append(_pair(name, _PLACES[len(values)]))
                values.append(value)
            else:
                held.append(_pair(name, value))
    except (ValueError, TypeError, AttributeError):  # no pairs of words: kept as it stands
        return headers, None
    words = f"[{','.join(held)}]"
    if not values or '"\\u00' in headers or _unfolded(words, values) != headers:
        return headers, None
    return words, _encode(values)


def _unfolded(words: str, values: Sequence[str]) -> str:
    """What the view makes of them."""
    for place, value in zip(_ENCODED, values, strict=False):
        words = words.replace(place, _encode(value))
    return words


@lru_cache(maxsize=1024)
def _pair(name: str, value: str) -> str:
    return _encode((name, value))


def _is_own(name: str, value: str) -> bool:
    return (name.lower() in _OWN or _looks_own(value)) and _PLAIN.fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _looks_own(value: str) -> bool:
    return _TOKEN.search(value) is not None


def _values_of(name: str) -> str:
    return name.replace("headers", "values")


def moment(number: str) -> str:
    """SQL that writes a number of milliseconds as the moment it is."""
    return f"strftime('%Y-%m-%dT%H:%M:%fZ', {number} / 1000.0, 'unixepoch')"


def _words(column: str) -> str:
    return f"(SELECT words FROM phrases WHERE id = x.{column})"


def _shown(column: str) -> str:
    values = f"x.{_values_of(column)}"
    sql = "p.words"
    for index, place in enumerate(_ENCODED):
        sql = f"replace({sql}, '{place}', json_quote(json_extract({values}, '$[{index}]')))"
    whole = f"CASE WHEN {values} IS NULL THEN p.words\n    ELSE {sql} END"
    return f"(SELECT {whole} FROM phrases AS p WHERE p.id = x.{column})"


# What the migration to `exchanges` asks for in SQL.
FUNCTIONS: Mapping[str, Callable[[str], str | int | None]] = {
    "template": lambda headers: folded(headers)[0],
    "own_values": lambda headers: folded(headers)[1],
    "moment": milliseconds,
}

VIEW = f"""
CREATE VIEW visits AS -- One HTTP exchange, and what came of it.
SELECT
  x.id, -- Number of the visit in this file.
  x.run, -- The run that made it.
  x.number, -- Its number in the run; run and number survive a merge.
  x.portal, -- The portal it was made for.
  x.role, -- What was hoped for.
  x.method, -- HTTP method.
  coalesce({_words("url")}, a.canonical_url) AS url, -- Address, verbatim as requested.
  a.canonical_url, -- The same in WHATWG form, without fragment, session ids and tracking keys.
  a.host, -- Host name of the address, without port.
  {moment("x.requested_at")}
    AS requested_at, -- When it was asked for (ISO 8601, UTC).
  x.elapsed, -- Seconds from the request to the last byte.
  x.status, -- HTTP status, null where no answer came.
  x.outcome, -- What came of it, in a word; the words are explained below.
  {_words("error")} AS error, -- The failure in words, where there was one.
  {_shown("request_headers")} AS request_headers, -- JSON array of [name, value] pairs as sent.
  {_shown("response_headers")} AS response_headers, -- JSON array of [name, value] pairs as received.
  {_words("remote_address")} AS remote_address, -- Address of the server that answered.
  (SELECT b.sha256 FROM bodies AS b WHERE b.id = x.body)
    AS body, -- Hash of the bytes that came, in `bodies`; after a 304 of the bytes that still hold.
  x.truncated, -- 1 where less came than was announced.
  x.redirected_from, -- The visit whose answer sent us here.
  x.discovered_on, -- The visit whose page held the link.
  {_words("link_text")} AS link_text, -- Words of that link.
  x.position, -- Place of that link on its page, from 0.
  {_words("tls")} AS tls, -- The facts of its TLS.
  {_words("request_body")} AS request_body, -- What a POST sent.
  x.rendering, -- How a browser made the body.
  x.seal, -- Hash over the row and the seal of the visit before it in the run.
  x.imported, -- Where an exchange that others made was taken in from.
  x.address -- Number of its canonical address in `addresses`.
FROM exchanges AS x JOIN addresses AS a ON a.id = x.address;
"""

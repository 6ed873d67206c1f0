"""Visits as WARC records: one file a run, each visit with what was sent, what came, and what led there.

Bodies are kept with their content-coding undone, so headers that describe the bytes on the wire are renamed to
`X-Archive-Orig-…`, as other archives do. HTTP version and reason are not kept: HTTP/1.1 and the usual words stand
there.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archive.archive import Archive
from archive.errors import DamagedBody
from archive.handover import warc
from archive.handover.warc import Record
from archive.lookup import rows
from archive.whole import whole
from pipelines.records import RENDER

ORIGINAL = "X-Archive-Orig-"
VISIT = "gongkai-visit"  # the field of a metadata record in which a visit's other facts are
_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"
_WIRE = frozenset({"content-encoding", "transfer-encoding", "content-length"})

Row = dict[str, Any]

# What no other record says of a visit.
_FACTS = (
    "number",
    "portal",
    "role",
    "outcome",
    "elapsed",
    "error",
    "truncated",
    "tls",
    "position",
    "link_text",
    "request_body",
    "redirected_from",
    "discovered_on",
    "imported",
    "rendering",
)
_JSON = ("tls", "imported", "rendering")

_VISITS = """
SELECT v.*, r.uid, (SELECT d.url FROM visits AS d WHERE d.id = coalesce(v.redirected_from, v.discovered_on)) AS via,
  (SELECT number FROM exchanges AS o WHERE o.id = v.redirected_from) AS redirected_number,
  (SELECT number FROM exchanges AS o WHERE o.id = v.discovered_on) AS discovered_number,
  CASE WHEN v.outcome = 'not_modified' THEN (SELECT w.id FROM exchanges AS w WHERE w.address = x.address
      AND w.body = x.body AND w.status IS NOT NULL AND w.outcome <> 'not_modified' AND w.requested_at <= x.requested_at
      ORDER BY w.requested_at DESC, w.id DESC LIMIT 1)
    ELSE (SELECT min(w.id) FROM exchanges AS w WHERE w.body = x.body AND w.status IS NOT NULL
      AND w.outcome <> 'not_modified') END AS original
FROM visits AS v JOIN exchanges AS x ON x.id = v.id JOIN runs AS r ON r.id = v.run
WHERE v.run = ? ORDER BY v.id"""
_RUNS = (
    "SELECT id, uid, command, started_at, finished_at, outcome, versions, settings, counts, recipe FROM runs"
    " WHERE EXISTS (SELECT 1 FROM exchanges WHERE run = runs.id) ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A record that replay looks up, and where it lies: what an index says of it."""

    record: Record
    status: int | None
    mime: str
    digest: str
    file: str
    offset: int
    length: int


def write(
    archive: Archive,
    directory: Path,
    *,
    placed: Callable[[Placed], None] = lambda _: None,
    damaged: Callable[[int, DamagedBody], None],
    progress: Callable[[], None],
) -> dict[str, int]:
    """Write the visits of each run to a file of its own; a file appears under its name when it is whole.

    The same archive gives the same files. A visit whose body is damaged is written as metadata alone, and `damaged` is
    told.
    """
    directory.mkdir(parents=True, exist_ok=True)
    counts = {"files": 0, "visits": 0, "records": 0, "bytes": 0}
    for run in list(rows(archive.connection, _RUNS)):
        started = "".join(sign for sign in run["started_at"][:19] if sign.isdigit())
        target = directory / f"gongkai-{started}-{run['uid'][:8]}.warc.gz"
        with whole(target) as unfinished, unfinished.open("wb") as file:
            info = _info(run, target.name)
            file.write(warc.encode(info))
            counts["records"] += 1
            for visit in rows(archive.connection, _VISITS, [run["id"]]):
                for record in _records(archive, visit, info.id, damaged):
                    data = warc.encode(record)
                    if record.type in {"response", "revisit", "resource"}:
                        placed(_placed(record, visit, target.name, file.tell(), len(data)))
                    file.write(data)
                    counts["records"] += 1
                counts["visits"] += 1
                progress()
        counts["files"] += 1
        counts["bytes"] += target.stat().st_size
    return counts


def software() -> str:
    try:
        return f"gongkai/{version('gongkai')}"
    except PackageNotFoundError:  # run from its source
        return "gongkai"


def _id(uid: str, what: str) -> str:
    """The same for the same visit, on every machine and in every export."""
    return f"<urn:uuid:{uuid.uuid5(uuid.UUID(uid), what)}>"


def identity(uid: str, number: int) -> str:
    """The record by which a visit is known: its answer's, or of one without an answer its metadata's."""
    return _id(uid, f"visit {number}")


def _info(run: Row, name: str) -> Record:
    settings = json.loads(run["settings"])
    said = [
        ("software", software()),
        ("format", "WARC File Format 1.1"),
        ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
        ("isPartOf", f"urn:uuid:{uuid.UUID(run['uid'])}"),
        ("description", "bodies with transfer- and content-coding undone; HTTP version and reason are not kept"),
        *((field, settings[key]) for field, key in _SAID if isinstance(settings.get(key), str)),
        ("gongkai-run", json.dumps({key: value for key, value in run.items() if key != "id"}, ensure_ascii=False)),
    ]
    headers = (
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", _id(run["uid"], "warcinfo")),
        ("WARC-Date", run["started_at"]),
        ("WARC-Filename", name),
        ("Content-Type", warc.FIELDS),
    )
    return Record(headers, warc.fields(said))


_SAID = (("http-header-user-agent", "USER_AGENT"),)


def _records(archive: Archive, visit: Row, info: str, damaged: Callable[[int, DamagedBody], None]) -> Iterator[Record]:
    """The answer, if one came, then what was sent for it, then what else is known."""
    uid, number = visit["uid"], visit["number"]
    answer = None
    try:
        answer = _answer(archive, visit)
    except DamagedBody as error:
        damaged(visit["id"], error)
    common = (("WARC-Target-URI", visit["url"]), ("WARC-Date", visit["requested_at"]), ("WARC-Warcinfo-ID", info))
    near: tuple[tuple[str, str], ...] = ()
    if answer:
        key = identity(uid, number)
        ip = (("WARC-IP-Address", visit["remote_address"]),) if visit["remote_address"] else ()
        yield Record(
            (("WARC-Type", answer.type), ("WARC-Record-ID", key), *common, *ip, *answer.headers[1:]), answer.block
        )
        near = (("WARC-Concurrent-To", key),)
    sent = json.loads(visit["request_headers"])
    if answer and sent:
        head = (("WARC-Type", "request"), ("WARC-Record-ID", _id(uid, f"request {number}")), *common, *near)
        yield Record((*head, ("Content-Type", warc.HTTP_REQUEST)), _request(visit, sent))
    key = _id(uid, f"metadata {number}") if answer else identity(uid, number)
    head = (("WARC-Type", "metadata"), ("WARC-Record-ID", key), *common, *near, ("Content-Type", warc.FIELDS))
    more: Row = {} if answer else {"request_headers": sent, "status": visit["status"]}
    if answer and _unmodified(visit):
        more = {"response_headers": json.loads(visit["response_headers"])}
    yield Record(head, _metadata(visit, more))


def _unmodified(visit: Row) -> bool:
    return bool(visit["outcome"] == "not_modified")


def _answer(archive: Archive, visit: Row) -> Record | None:
    """Type, further headers and block of what came."""
    if visit["status"] is None:
        if visit["body"] is None:
            return None
        return _without_exchange(visit, archive.body(visit["body"]))
    headers = [(name, value) for name, value in json.loads(visit["response_headers"])]
    if _unmodified(visit) or (visit["original"] or visit["id"]) != visit["id"]:
        original = _original(archive, visit["original"])
        if original and (original["size"] or _unmodified(visit)):  # of nothing there is nothing to save
            profile = "server-not-modified" if _unmodified(visit) else "identical-payload-digest"
            # A head with 304 would be what replay shows, an empty page: without one it shows what still held. The
            # headers are in the metadata.
            head = b"" if _unmodified(visit) else _head(visit["status"], rewritten(headers, original["size"], visit))
            return Record(
                (
                    ("WARC-Type", "revisit"),
                    ("WARC-Profile", _PROFILE + profile),
                    ("WARC-Refers-To", identity(original["uid"], original["number"])),
                    ("WARC-Refers-To-Target-URI", original["url"]),
                    ("WARC-Refers-To-Date", original["requested_at"]),
                    ("WARC-Payload-Digest", f"sha256:{visit['body']}"),
                    ("Content-Type", warc.HTTP_ANSWER),
                ),
                head,
            )
    body = b"" if visit["body"] is None or _unmodified(visit) else archive.body(visit["body"])
    cut = {"truncated": "disconnect", "too_large": "length"}.get(visit["outcome"])
    if not _unmodified(visit):
        headers = rewritten(headers, len(body), visit)
    return Record(
        (
            ("WARC-Type", "response"),
            ("WARC-Payload-Digest", warc.sha256(body)),
            *((("WARC-Truncated", cut),) if cut else ()),
            ("Content-Type", warc.HTTP_ANSWER),
        ),
        _head(visit["status"], headers) + body,
    )


def _without_exchange(visit: Row, body: bytes) -> Record:
    """Bytes that no server sent: taken in from a folder, or drawn by a browser, which replay must not show."""
    drawn = visit["method"] == RENDER
    kind = "text/html" if drawn or visit["role"] in {"listing", "report"} else "application/octet-stream"
    head: tuple[tuple[str, str], ...] = (("WARC-Type", "conversion" if drawn else "resource"),)
    if drawn:
        head += (("WARC-Refers-To", identity(visit["uid"], json.loads(visit["rendering"])["of"])),)
    return Record((*head, ("WARC-Payload-Digest", warc.sha256(body)), ("Content-Type", kind)), body)


def _original(archive: Archive, visit: int | None) -> Row | None:
    sql = (
        "SELECT r.uid, v.number, v.url, v.requested_at, b.size FROM visits AS v JOIN runs AS r ON r.id = v.run"
        " JOIN bodies AS b ON b.sha256 = v.body WHERE v.id = ?"
    )
    return next(rows(archive.connection, sql, [visit]), None)


def rewritten(headers: list[tuple[str, str]], size: int, visit: Row) -> list[tuple[str, str]]:
    """Headers that fit a body kept with its codings undone: those of the wire renamed, the length set.

    Where they fit as they are, nothing is touched. A coding that could not be undone is still on the body.
    """
    coded = visit["outcome"] == "failed"
    wire = {name.lower(): value for name, value in headers if name.lower() in _WIRE}
    if coded and "content-encoding" in wire:
        del wire["content-encoding"]
    if wire.keys() <= {"content-length"} and wire.get("content-length", str(size)).strip() == str(size):
        return headers
    renamed = [(ORIGINAL + name if name.lower() in wire else name, value) for name, value in headers]
    return [*renamed, ("Content-Length", str(size))]


def _head(status: int, headers: list[tuple[str, str]]) -> bytes:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = ""
    return f"HTTP/1.1 {status} {reason}\r\n".encode() + _lines(headers)


def _lines(headers: list[tuple[str, str]]) -> bytes:
    """Headers are kept a byte a character; a character that is none was put there by an earlier version."""
    lines = [f"{name}: {value}\r\n" for name, value in headers]
    return (
        b"".join(line.encode("latin-1") if line.isascii() or max(line) <= "\xff" else line.encode() for line in lines)
        + b"\r\n"
    )


def _request(visit: Row, headers: list[tuple[str, str]]) -> bytes:
    parts = urlsplit(visit["url"])
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    line = f"{visit['method']} {target} HTTP/1.1\r\n".encode()
    return line + _lines(headers) + (visit["request_body"] or "").encode()


def _metadata(visit: Row, more: Row) -> bytes:
    facts = {name: visit[name] for name in _FACTS if visit[name] is not None}
    for name in _JSON:
        if name in facts:
            facts[name] = json.loads(facts[name])
    facts |= {
        name: visit[number]
        for name, number in (("redirected_from", "redirected_number"), ("discovered_on", "discovered_number"))
        if visit[number] is not None
    }
    facts |= {"run": visit["uid"], "method": visit["method"]}
    said = [
        ("via", visit["via"]),
        ("link-text", visit["link_text"]),
        ("outcome", visit["outcome"]),
        ("error", visit["error"]),
    ]
    return warc.fields(
        [
            *((name, value) for name, value in said if value),
            (VISIT, json.dumps({**facts, **more}, ensure_ascii=False)),
        ]
    )


def _placed(record: Record, visit: Row, file: str, offset: int, length: int) -> Placed:
    if record.type == "revisit":
        mime = "warc/revisit"
    elif record.type == "resource":
        mime = record.get("content-type") or ""
    else:
        headers = json.loads(visit["response_headers"])
        mime = next((value for name, value in headers if name.lower() == "content-type"), "")
    kind = mime.partition(";")[0].strip() or "unk"
    digest = record.get("warc-payload-digest") or ""
    return Placed(record, visit["status"], kind, digest, file, offset, length)

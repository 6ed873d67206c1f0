"""From records to rows: how a portal, a visit and a report are written."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from archive import seals
from archive.rows import insert
from archive.urls import canonical, host
from pipelines.records import Attachment, Finding, Portal, Report, Section, Table, Visit

# SQLite text can hold neither: half a surrogate pair is no character, and a NUL ends the text for many readers.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(value: str) -> str:
    """Text that SQLite can hold, with U+FFFD where a character could not be one."""
    if value.isascii() and "\0" not in value:  # most are
        return value
    return _UNSTORABLE.sub("\ufffd", value)


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z, so that times sort as text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> str:
    return stamp(datetime.now(UTC))


to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _objects(records: Iterable[Any]) -> str:
    """Records of plain values as a JSON array of objects: `asdict` takes five times as long, for what may be deep."""
    return to_json([{name: getattr(record, name) for name in record.__slots__} for record in records])


def insert_portal(connection: sqlite3.Connection, portal: Portal, moment: str) -> None:
    """Write a portal as its file says now."""
    row = {
        "id": portal.id,
        "name": portal.name,
        "code": portal.code,
        "home": portal.home,
        "hosts": to_json(portal.hosts),
        "start": to_json(portal.start),
        "family": portal.family,
        "expect_since": portal.expect.since,
        "expect_reports": portal.expect.reports,
        "delay": portal.access.delay,
        "hints": to_json(asdict(portal.hints)),
        "file_sha256": portal.sha256,
        "last_seen": moment,
    }
    updates = ", ".join(f"{name} = excluded.{name}" for name in row if name != "id")
    insert(connection, "portals", _cleaned(row | {"first_seen": moment}), f"ON CONFLICT (id) DO UPDATE SET {updates}")
    seals.seal_portal(connection, portal.id)


@dataclass(frozen=True, slots=True)
class Links:
    """What a visit's row holds beside the visit: its run, its key, its body, and the visits that led to it."""

    run: int
    canonical_url: str
    body: str | None
    redirected_from: int | None
    discovered_on: int | None
    before: bytes  # what its seal is chained to: the one before it in the run, at first the run's identity


def visit_row(visit: Visit, outcome: str, links: Links) -> dict[str, Any]:
    """A visit as a row of the view `visits`, sealed."""
    row = _cleaned(
        {
            "run": links.run,
            "number": visit.number,
            "portal": visit.portal.id,
            "role": visit.role,
            "method": visit.method,
            "url": visit.url,
            "canonical_url": links.canonical_url,
            "host": host(links.canonical_url),
            "requested_at": stamp(visit.requested_at),
            "elapsed": visit.elapsed,
            "status": visit.status,
            "outcome": outcome,
            "error": visit.error,
            "request_headers": to_json(visit.request_headers),
            "request_body": visit.request_body,
            "response_headers": to_json(visit.response_headers),
            "remote_address": visit.remote_address,
            "tls": None if visit.tls is None else to_json(dict(visit.tls)),
            "body": links.body,
            "truncated": int(visit.truncated),
            "redirected_from": links.redirected_from,
            "discovered_on": links.discovered_on,
            "link_text": visit.link_text,
            "position": visit.position,
            "imported": None if visit.imported is None else to_json(dict(visit.imported)),
            "rendering": None if visit.rendering is None else to_json(dict(visit.rendering)),
        }
    )
    origins = {"redirected_from": visit.redirected_from, "discovered_on": visit.discovered_on}
    row["seal"] = seals.of("visits", row | origins, links.before)  # with their numbers in the run, as `verify` reads
    return row


def insert_report(connection: sqlite3.Connection, visit: int, report: Report) -> int:
    """Write a report with all its parts."""
    identity, charset, issuer = report.identity, report.charset, report.identity.issuer
    period_start, period_end = identity.period or (None, None)
    text = clean(report.text)
    row = {
        "visit": visit,
        "recipe": report.recipe,
        "url": report.url,
        "verdict": report.verdict,
        "reasons": to_json(report.reasons),
        "title": identity.title,
        "issuer": issuer.name if issuer else None,
        "issuer_kind": issuer.kind if issuer else None,
        "issuer_code": issuer.code if issuer else None,
        "issuer_path": to_json(issuer.path if issuer else ()),
        "issuer_full": issuer.full if issuer else None,
        "year": identity.year,
        "period_start": period_start,
        "period_end": period_end,
        "published_on": identity.published_on,
        "signed_on": identity.signed_on,
        "source": identity.source,
        "index_number": identity.index_number,
        "document_number": identity.document_number,
        "site_code": identity.site_code,
        "evidence": _objects(identity.evidence),
        "charset_declared": charset.declared,
        "charset_detected": charset.detected,
        "charset_chosen": charset.chosen,
        "charset_errors": charset.errors,
        "fingerprint": report.fingerprint,
        "sketch": bytes.fromhex(report.sketch) or None,
        "text_sha256": _insert_text(connection, text, clean(report.markdown)),
        "items": _objects(report.items),
        "true_url": report.lead.address or None if report.lead else None,
        "restored": report.lead.restored or None if report.lead else None,
        "substitutions": _objects(report.lead.substitutions) if report.lead else None,
        "derived_at": now(),
    }
    number = insert(connection, "reports", _cleaned(row))
    _insert_sections(connection, number, text, report.sections)
    _insert_parts(connection, number, report.tables, report.findings, report.attachments)
    connection.executemany(
        "INSERT INTO pictures VALUES (?, ?, ?, ?, ?)",
        (
            (number, position, clean(picture.alt), clean(picture.src), clean(picture.url))
            for position, picture in enumerate(report.pictures)
        ),
    )
    connection.executemany(
        "INSERT INTO further_pages VALUES (?, ?, ?, ?)",
        ((number, position, clean(page.url), page.sha256) for position, page in enumerate(report.further)),
    )
    return number


def _insert_text(connection: sqlite3.Connection, text: str, markdown: str) -> str:
    sha256 = text_hash(text.encode(), markdown.encode())
    connection.execute("INSERT INTO texts VALUES (?, ?, ?) ON CONFLICT DO NOTHING", [sha256, text, markdown])
    return sha256


def text_hash(text: bytes, markdown: bytes) -> str:
    """The key of `texts`; over the stored bytes, for damage may leave them no text."""
    return hashlib.sha256(b"\0".join((text, markdown))).hexdigest()


def _insert_sections(connection: sqlite3.Connection, report: int, text: str, sections: Sequence[Section]) -> None:
    """Sections point into the text, so that no word is stored twice; one that is not a piece of it keeps its words."""
    rows: list[tuple[Any, ...]] = []
    after = 0
    for position, section in enumerate(sections):
        words = clean(section.text)
        start = text.find(words, after)
        place: tuple[int | None, int | None, str | None] = (None, None, words)
        if start >= 0:
            place = (start, len(words), None)
            after = start + len(words)
        rows.append((report, position, section.level, clean(section.number), clean(section.title), *place))
    connection.executemany("INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _insert_parts(
    connection: sqlite3.Connection,
    report: int,
    tables: Sequence[Table],
    findings: Sequence[Finding],
    attachments: Sequence[Attachment],
) -> None:
    connection.executemany(
        "INSERT INTO tables VALUES (?, ?, ?, ?, ?, ?)",
        (
            (
                report,
                position,
                None if table.caption is None else clean(table.caption),
                table.after,
                clean(to_json(table.rows)),
                _objects(table.spans),
            )
            for position, table in enumerate(tables)
        ),
    )
    connection.executemany(
        "INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?)",
        (
            (report, position, finding.code, finding.severity, clean(finding.message), clean(finding.evidence))
            for position, finding in enumerate(findings)
        ),
    )
    connection.executemany(
        "INSERT INTO attachments VALUES (?, ?, ?, ?, ?, ?)",
        (
            (report, position, clean(link.text), clean(link.href), clean(link.url), canonical(clean(link.url)))
            for position, link in enumerate(attachments)
        ),
    )


def _cleaned(row: dict[str, Any]) -> dict[str, Any]:
    return {name: clean(value) if isinstance(value, str) else value for name, value in row.items()}

"""An answer of somebody's crawl as the visit it would have been of ours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from archive.handover import http
from archive.handover.http import Message
from archive.handover.kinds import LEADS, hostname, joined, role_of
from archive.handover.outgoing import ORIGINAL
from archive.handover.warc import Record
from pipelines import guards
from pipelines.records import OUTCOMES, RENDER, Headers, Portal, Role, Visit

_CAME = frozenset({"fetched", "new", "changed", "same_bytes"})


_Number = Annotated[int, Field(ge=0, lt=1 << 31)]


class Rendering(BaseModel):
    """How a browser made a page: what is looked up in it has its kind, the rest is taken as it is."""

    model_config = ConfigDict(frozen=True, extra="allow")

    of: _Number | None = None
    turned: _Number = 0
    parts: tuple[_Number, ...] = ()


class Facts(BaseModel):
    """What a gongkai wrote of its own visit, as far as no other record says it. Anybody may have written it."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    run: str
    number: _Number
    role: Role
    outcome: str
    method: str
    elapsed: float | None = None
    error: str | None = None
    truncated: bool = False
    tls: dict[str, str | bool] | None = None
    position: _Number | None = None
    link_text: str | None = None
    request_body: str | None = None
    redirected_from: _Number | None = None
    discovered_on: _Number | None = None
    imported: dict[str, Any] | None = None
    rendering: Rendering | None = None
    request_headers: Headers = ()
    response_headers: Headers = ()
    status: _Number | None = None

    @model_validator(mode="after")
    def _is_plain(self) -> Self:
        json.dumps([self.imported, self.rendering and self.rendering.model_dump()], allow_nan=False)  # else no JSON
        return self


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to an answer."""

    request: Message | None = None
    via: str | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: an HTTP message, or bytes that no server sent, or nothing."""

    message: Message | None
    body: http.Body | None
    kind: str = ""  # Content-Type of bytes without a message
    cut: str | None = None  # why its crawler took no more of it, in a word


def visit_of(record: Record, portal: Portal, date: datetime, answer: Answer, beside: Beside) -> Visit | None:
    """A record as a visit of our own would be; None where it is neither page nor file."""
    facts, message, body = beside.facts, answer.message, answer.body
    raw = body.raw if body else None
    role = facts.role if facts else role_of(record.url, _kind(record, answer), raw or b"")
    if role is None:
        return None
    status = message.status if message else None
    outcome, error = _outcome(record, portal, answer)
    if facts and facts.outcome in OUTCOMES:
        outcome, error = facts.outcome, facts.error
        if outcome in _CAME:
            outcome = "fetched"
            if body is None:
                outcome, error = "failed", "its body was damaged when it was handed over"
    cut = bool(answer.cut) or bool(body and body.cut)
    request = beside.request
    return Visit(
        number=0,
        portal=portal,
        role=role,
        url=record.url,
        requested_at=date,
        outcome=outcome,
        method=facts.method if facts else request.line.partition(" ")[0] if request else "GET",
        elapsed=facts.elapsed if facts else None,
        status=facts.status if facts and message is None else status,
        error=error,
        request_headers=request.headers if request else facts.request_headers if facts else (),
        request_body=facts.request_body if facts else _sent(request),
        response_headers=_as_received(message.headers, ours=facts is not None) if message else (),
        remote_address=record.get("warc-ip-address"),
        tls=facts.tls if facts else None,
        body=raw or None if outcome != "fetched" else raw,
        truncated=facts.truncated if facts else cut,
        link_text=facts.link_text if facts else None,
        position=facts.position if facts else None,
        rendering=facts.rendering.model_dump() if facts and facts.rendering and facts.method == RENDER else None,
    )


def _outcome(record: Record, portal: Portal, answer: Answer) -> tuple[str, str | None]:
    message, body = answer.message, answer.body
    if message is None or message.status is None:
        return "fetched", None
    if 300 <= message.status < 400 and message.status != 304 and (location := message.get("location")):
        target = joined(record.url, location)
        if portal is LEADS or hostname(target) in portal.hosts:
            return "redirected", None
        return "off_host", f"sent on to {target}"
    if (judged := guards.outcome(message.status, body.raw if body else b"")) != "fetched":
        return judged, None
    if answer.cut:
        return "truncated", f"cut by the crawler: {answer.cut[:100]}"
    if body and body.undecoded:
        return "failed", f"the Content-Encoding could not be undone ({body.undecoded}); the body is kept as it came"
    if body and body.cut:
        return "truncated", "the body ends before its end"
    return "fetched", None


def _kind(record: Record, answer: Answer) -> str:
    said = answer.message.get("content-type") if answer.message else answer.kind
    return said or record.get("warc-identified-payload-type") or ""


def _sent(request: Message | None) -> str | None:
    return request.rest.decode("utf-8", "replace") or None if request else None


def _as_received(headers: Headers, *, ours: bool) -> Headers:
    """Headers as the server sent them, where our own export had to rewrite them."""
    if not ours or not any(name.startswith(ORIGINAL) for name, _ in headers):
        return headers
    # the length in force was added behind them
    return tuple((name.removeprefix(ORIGINAL), value) for name, value in headers[:-1])

"""What the fault server does, and what a crawl is to make of each: the table that tests, benchmark and docs share."""

from __future__ import annotations

import gzip
import socket
import ssl
import sys
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Literal

import brotli

from tests.fault_server import NOWHERE, PACE, Answer, Door, Talk, first, head, page, raw
from tests.test_crawl import entry, listing, report
from tests.test_tls import server_context, sign, tls_1_0

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TRIES = 3  # of what may pass: RETRY_TIMES is 2
YEAR = 2022  # of the page that the fault befalls
WHOLE = report(YEAR).body
_HTML = "Content-Type: text/html; charset=utf-8"
GOOD = page(WHOLE)


@dataclass(frozen=True)
class Fault:
    """A fault: where it strikes, what comes of the address it strikes, and of the portal around it.

    At a `page` it strikes one report, at `robots` the robots.txt, at the `list` the column; a `door` the whole host.
    """

    name: str
    answer: Answer | None
    outcome: str  # of the last visit to the address
    tries: int = 1  # visits to it
    at: Literal["page", "robots", "list", "door"] = "page"
    door: Door | None = None
    secure: bool = False  # https
    instead: str = ""  # the address itself, where it is no page of the host
    comes: bool = False  # the report is there all the same
    rest: bool = True  # the portal's other reports are there
    page_outcome: str = ""  # of the portal's column, where robots.txt or the door decides over it
    verdict: str = ""  # of what came
    error: str = ""  # words of the visit's error
    doubt: str = ""  # words of the first visit's error, where the handshake failed and the next took TLS as it is
    robots: int = 1  # visits to the robots.txt of the address: where that brings no answer the page is not asked for
    ended: str = ""  # how the walk of the column ended
    says: str = ""  # how `gongkai crawl` names the portal, where it counts as failed


# ---------------------------------------------------------------- answers


def silent(talk: Talk) -> None:
    talk.host.stopped.wait(20)
    talk.closing = True


def slow_head(talk: Talk) -> None:
    talk.slowly(head("200 OK", _HTML, f"Content-Length: {len(WHOLE)}") + WHOLE)
    talk.closing = True


def slow_body(talk: Talk) -> None:
    talk.say(head("200 OK", _HTML, f"Content-Length: {len(WHOLE)}"))
    talk.slowly(WHOLE)
    talk.closing = True


def endless_body(talk: Talk) -> None:
    talk.say(head("200 OK", _HTML, "Connection: close"))
    while not talk.host.stopped.is_set():
        talk.say(b"<p>" + "政府信息公开".encode() * 2000)


def endless_head(talk: Talk) -> None:
    talk.say(b"HTTP/1.1 200 OK\r\n")
    for number in range(10_000_000):
        if talk.host.stopped.is_set():
            return
        talk.say(f"X-Node-{number % 7}: {'a' * 1000}\r\n".encode() * 50)


def endless_hello(talk: Talk) -> None:
    """Interim answers without end."""
    while not talk.host.stopped.wait(PACE / 10):
        talk.say(b"HTTP/1.1 102 Processing\r\n\r\n")


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> Answer:
    return raw(head("200 OK", _HTML, "Transfer-Encoding: chunked"), *(_chunk(piece) for piece in chunks), end)


def _chunk(piece: bytes) -> bytes:
    return f"{len(piece):x}\r\n".encode() + piece + b"\r\n"


def packed(body: bytes, coding: str = "gzip") -> Answer:
    return page(body, "200 OK", f"Content-Encoding: {coding}")


def redirect(to: str, status: str = "302 Found") -> Answer:
    return page(b"", status, f"Location: {to}")


def hop(talk: Talk) -> None:
    """Another address each time, on and on."""
    redirect(f"{talk.path}1")(talk)


def later(said: Callable[[], str], status: str = "503 Service Unavailable") -> Answer:
    def answer(talk: Talk) -> None:
        page(b"", status, f"Retry-After: {said()}")(talk)  # what it says may depend on when

    return answer


def in_seconds(seconds: float) -> Callable[[], str]:
    return lambda: format_datetime((datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0), usegmt=True)


def notice(words: str, title: str, status: str = "200 OK") -> Answer:
    return page(
        f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}</title></head>"
        f"<body><div><h2>{words}</h2></div></body></html>".encode(),
        status,
    )


def rules(text: bytes, status: str = "200 OK") -> Answer:
    return page(text, status, kind="Content-Type: text/plain")


# ---------------------------------------------------------------- doors


def shut(line: socket.socket, _: threading.Event) -> None:
    """Break every connection as soon as something is asked."""
    line.recv(65536)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    line.close()


def garbage(line: socket.socket, _: threading.Event) -> None:
    """Words in the place of a handshake."""
    line.recv(65536)
    line.sendall(b"220 ftp.anhe.example ready\r\n" * 20)
    line.close()


def hangs_up(line: socket.socket, _: threading.Event) -> None:
    """Hear the client's first words of the handshake, and close."""
    line.recv(65536)
    line.close()


def dumb(line: socket.socket, stopped: threading.Event) -> None:
    """Take the handshake and say nothing."""
    stopped.wait(20)
    line.close()


def secured(context: ssl.SSLContext) -> Door:
    return lambda line, _: context.wrap_socket(line, server_side=True)


# ---------------------------------------------------------------- the table

_PACKED = gzip.compress(WHOLE)
_LONG = "a" * 1000
_ABSURD = ("8" * 5000, "²", "-5", "Thu, 32 Foo 2026 99:99:99 GMT", "1e9", "")
_CAPTIVE = notice("上网认证：登录后方可上网", "宽带登录")
_CHALLENGE = page(b"<script>document.cookie='__jsl_clearance_s=1';location.reload()</script>")

PAGES: tuple[Fault, ...] = (
    Fault("no such name", None, "dns", instead="http://www.nowhere.invalid/nb/2022.html", robots=TRIES),
    Fault("connection refused", None, "refused", instead="{refused}/nb/2022.html", robots=TRIES),
    Fault("connection never made", None, "timeout", instead="{deaf}/nb/2022.html", robots=TRIES),
    Fault("reset before the head", raw(reset=True), "reset", TRIES),
    Fault("reset within the head", raw(b"HTTP/1.1 200 OK\r\nContent-Ty", reset=True), "reset", TRIES),
    Fault(
        "reset within the body",
        raw(head("200 OK", _HTML, f"Content-Length: {len(WHOLE)}"), WHOLE[:700], reset=True),
        "truncated",
        TRIES,
    ),
    Fault("closed without a word", raw(), "reset", TRIES),
    Fault("no answer", silent, "timeout", TRIES),
    Fault("a byte at a time, head", slow_head, "timeout", TRIES),
    Fault("a byte at a time, body", slow_body, "timeout", TRIES),
    Fault("less than announced", raw(head("200 OK", _HTML, "Content-Length: 90000"), WHOLE[:700]), "truncated", TRIES),
    Fault(
        "more than announced",
        raw(head("200 OK", _HTML, f"Content-Length: {len(WHOLE) - 20}"), WHOLE),
        "new",
        comes=True,
    ),
    Fault("two lengths", raw(head("200 OK", _HTML, "Content-Length: 5", "Content-Length: 70"), WHOLE), "failed"),
    Fault("a length that is no number", raw(head("200 OK", _HTML, "Content-Length: viel"), WHOLE), "failed"),
    Fault("announced too large", raw(head("200 OK", _HTML, "Content-Length: 99000000000"), b"<html>"), "too_large"),
    Fault("a body without end", endless_body, "too_large"),
    Fault("chunks", chunked(WHOLE[:500], WHOLE[500:]), "new", comes=True),
    Fault("a chunk without a size", chunked(WHOLE[:500], end=b"zzz\r\n" + WHOLE), "truncated", TRIES),
    Fault("a chunk with a negative size", chunked(WHOLE[:500], end=b"-5\r\n" + WHOLE), "truncated", TRIES),
    Fault("chunks without end", chunked(WHOLE[:500], end=b""), "truncated", TRIES),
    Fault("a chunk cut short", chunked(WHOLE[:500], end=b"fff\r\nabc"), "truncated", TRIES),
    Fault("an unknown transfer coding", raw(head("200 OK", _HTML, "Transfer-Encoding: gzip"), _PACKED), "failed"),
    Fault("gzip that is none", packed(WHOLE), "new", comes=True),
    Fault("gzip with damage", packed(_PACKED[:40] + bytes(len(_PACKED) - 40)), "failed"),
    Fault("gzip cut short", packed(gzip.compress(WHOLE * 50)[:600]), "truncated", TRIES),
    Fault("deflate cut short", packed(zlib.compress(WHOLE)[:300], "deflate"), "truncated", TRIES),
    Fault("gzip twice", packed(gzip.compress(_PACKED)), "new", comes=True),
    Fault("a gzip bomb", packed(gzip.compress(bytes(30_000_000))), "too_large"),
    Fault("a bomb in a bomb", packed(gzip.compress(gzip.compress(bytes(30_000_000)))), "too_large"),
    Fault("br", packed(brotli.compress(WHOLE), "br"), "new", comes=True),
    Fault("br cut short", packed(brotli.compress(WHOLE)[:300], "br"), "truncated", TRIES),
    Fault("a br bomb", packed(brotli.compress(bytes(30_000_000), quality=1), "br"), "too_large"),
    Fault("zstd", packed(zstd.compress(WHOLE), "zstd"), "new", comes=True),
    Fault("zstd cut short", packed(zstd.compress(WHOLE)[:300], "zstd"), "truncated", TRIES),
    Fault("a zstd bomb", packed(zstd.compress(bytes(30_000_000)), "zstd"), "too_large"),
    Fault("a coding nobody knows", packed(WHOLE, "x-anhe"), "new", comes=True),
    Fault("sent to itself", lambda talk: redirect(talk.path)(talk), "redirect_loop"),
    Fault("sent on without end", hop, "redirected"),
    Fault("sent to another host", redirect("http://www.qinghe.example/"), "off_host"),
    Fault("sent to a private address", redirect("http://169.254.169.254/latest/meta-data/"), "off_host"),
    Fault("sent to a file", redirect("file:///etc/passwd"), "failed", error="without an address to go to"),
    Fault("sent to a script", redirect("javascript:alert(1)"), "failed", error="without an address to go to"),
    Fault("sent nowhere", page(b"", "302 Found"), "failed", error="without an address to go to"),
    Fault("a challenge, 412", page(b"<script>go()</script>", "412 Precondition Failed"), "challenge"),
    Fault("a challenge, 521", page(b"<script>go()</script>", "521 "), "challenge"),
    Fault("a challenge, 200", _CHALLENGE, "challenge"),
    Fault("a captcha", notice("请拖动滑块完成验证", "安全验证"), "new", verdict="challenge"),
    Fault("soft 404", notice("抱歉，您访问的页面不存在或已被删除", "提示信息"), "new", verdict="soft_404"),
    Fault("maintenance, 200", notice("网站正在维护中，请稍后访问", "系统维护"), "new", verdict="error_page"),
    Fault("maintenance, 503", notice("网站正在维护中", "系统维护", "503 Service Unavailable"), "http_error", TRIES),
    Fault("captive page", _CAPTIVE, "new", verdict="error_page"),
    Fault("500 that heals", first(1, page(b"", "500 Oops"), GOOD), "new", 2, comes=True),
    Fault("reset that heals", first(2, raw(reset=True), GOOD), "new", TRIES, comes=True),
    Fault("429 with seconds", first(1, later(lambda: "1", "429 Too Many"), GOOD), "new", 2, comes=True),
    Fault("503 with a date", first(1, later(in_seconds(2)), GOOD), "new", 2, comes=True),
    Fault("503 with a past date", first(1, later(in_seconds(-9000)), GOOD), "new", 2, comes=True),
    Fault("503, back tomorrow", later(lambda: "86400"), "http_error"),
    *(
        Fault(f"503 with an absurd Retry-After: {said[:12]}", later(lambda said=said: said), "http_error", tries)
        for said, tries in zip(_ABSURD, (1, TRIES, TRIES, TRIES, TRIES, TRIES), strict=True)
    ),
    Fault("a header of 1 MB", page(WHOLE, "200 OK", f"X-Node: {'a' * 1_000_000}"), "too_large"),
    Fault("10,000 headers", page(WHOLE, "200 OK", *(f"X-{n}: {_LONG}" for n in range(10_000))), "too_large"),
    Fault("headers without end", endless_head, "too_large"),
    Fault("interim answers without end", endless_hello, "timeout", TRIES),
    Fault(
        "a thousand cookies",
        page(WHOLE, "200 OK", *(f"Set-Cookie: c{n}={'x' * 60}; Path=/" for n in range(1000))),
        "new",
        comes=True,
    ),
    Fault("a header with NUL", raw(head("200 OK", _HTML, "X-A: a\0b", "Connection: close"), WHOLE), "new", comes=True),
    Fault(
        "a header in raw Chinese",
        raw("HTTP/1.1 200 成功\r\nServer: 安禾县\r\n".encode() + f"{_HTML}\r\n\r\n".encode(), WHOLE),
        "new",
        comes=True,
    ),
    Fault("a header without a colon", raw(head("200 OK", _HTML, "nonsense"), WHOLE), "new", comes=True),
    Fault("an empty page", page(b""), "new"),
    Fault("204", raw(head("204 No Content", _HTML)), "new"),
    Fault("206 unasked", page(WHOLE[:700], "206 Partial", "Content-Range: bytes 0-699/3000"), "truncated", TRIES),
    Fault("304 unasked", raw(head("304 Not Modified")), "not_modified"),
    Fault("no head, as HTTP/0.9", raw(WHOLE), "failed", error="HTTP"),
    Fault("status 999", page(b"<h1>no</h1>", "999 Request denied"), "http_error", TRIES),
    Fault("a status that is no number", raw(b"HTTP/1.1 OK\r\n\r\n"), "failed", error="HTTP"),
    Fault("called a picture", page(WHOLE, kind="Content-Type: image/png"), "new", comes=True),
    Fault("called nothing", page(WHOLE, kind="X-Powered-By: ASP.NET"), "new", comes=True),
)

_HUGE = b"# " + b"x" * 97 + b"\n"
_OK = rules(b"User-agent: *\nDisallow: /geheim/\n")
_CLOSED = b"User-agent: *\nDisallow: /\n"


def robots(name: str, answer: Answer, outcome: str, tries: int = 1, page_outcome: str = "new", says: str = "") -> Fault:
    return Fault(
        name, answer, outcome, tries, "robots", page_outcome=page_outcome, comes=page_outcome == "new",
        rest=page_outcome == "new", says=says,
    )  # fmt: skip


ROBOTS: tuple[Fault, ...] = (
    robots("robots.txt forbids all", rules(_CLOSED), "new", 1, "robots_denied", "robots_denied"),
    robots("robots.txt 404", rules(b"no", "404 Not Found"), "gone"),
    robots("robots.txt 403", rules(_CLOSED, "403 Forbidden"), "forbidden"),
    robots("robots.txt 500", rules(b"", "500 Oops"), "http_error", TRIES, "robots_denied", "robots_denied"),
    robots("robots.txt 503 that heals", first(2, rules(b"", "503 Busy"), _OK), "new", TRIES),
    robots("robots.txt 429", rules(b"", "429 Slow down"), "http_error", TRIES, "robots_denied", "robots_denied"),
    robots("robots.txt 429 that heals", first(1, rules(b"", "429 Slow down"), _OK), "new", 2),
    robots("robots.txt reset", raw(reset=True), "reset", TRIES, "reset", "reset"),
    robots("robots.txt reset that heals", first(1, raw(reset=True), _OK), "new", 2),
    robots("robots.txt silent", silent, "timeout", TRIES, "timeout", "timeout"),
    robots("robots.txt challenge, 521", page(b"<script>go()</script>", "521 "), "challenge", 1, "guarded", "guarded"),
    robots("robots.txt sent on in a circle", redirect("/robots.txt"), "redirect_loop", 6, "robots_denied"),
    robots("robots.txt sent off the portal", redirect("http://www.qinghe.example/"), "off_host", 1, "robots_denied"),
    robots("robots.txt of 600 kB", rules(b"User-agent: *\nDisallow: /geheim/\n" + _HUGE * 6_000), "new"),
    robots("robots.txt of 600 kB, forbids all late", rules(_HUGE * 6_000 + _CLOSED), "new"),
    robots("robots.txt without end", endless_body, "too_large", 1, "robots_denied", "robots_denied"),
    robots("robots.txt of bytes", rules(bytes(range(256)) * 40), "new"),
    robots("robots.txt is the home page", notice("欢迎访问安禾县人民政府门户网站", "安禾县人民政府"), "new"),
    robots("robots.txt packed", packed(gzip.compress(_CLOSED)), "new", 1, "robots_denied"),
    robots(
        "robots.txt asks for a day between requests",
        rules(b"User-agent: *\nCrawl-delay: 86400\n"),
        "new", 1, "guarded", "guarded",
    ),
    robots("robots.txt asks for a delay of nan", rules(b"User-agent: *\nCrawl-delay: nan\n"), "new"),
)  # fmt: skip


def endless_pager(talk: Talk) -> None:
    """The same entries again, and always a next page."""
    if not talk.path.startswith("/nb/"):
        NOWHERE(talk)
        return
    number = int("".join(filter(str.isdigit, talk.path)) or 0) + 1
    pager = f'<span>{number}</span> <a href="index_{number}.html">下一页</a>'
    page(listing([entry(year) for year in (2024, 2023, 2021)], pager).body)(talk)


LISTS: tuple[Fault, ...] = (
    Fault("the list: 503", page(b"", "503 Busy"), "http_error", TRIES, "list", rest=False, says="http_error"),
    Fault("the list: a challenge", _CHALLENGE, "challenge", 1, "list", rest=False, says="challenge"),
    Fault("the list: silent", silent, "timeout", TRIES, "list", rest=False, says="timeout"),
    Fault("the list: a captive page", _CAPTIVE, "new", 1, "list", rest=False, says="no report"),
    Fault("the list: an empty page", page(b""), "new", 1, "list", rest=False, says="no report"),
    Fault("the list: a pager without end", endless_pager, "new", 1, "list", ended="end"),
)  # fmt: skip


def door(name: str, opens: Door, outcome: str, tries: int = TRIES, *, secure: bool = False) -> Fault:
    return Fault(name, None, outcome, tries, "door", opens, secure, rest=False, page_outcome=outcome, says=outcome)


DOORS: tuple[Fault, ...] = (
    door("every connection reset", shut, "reset"),
    door("garbage in the place of TLS", garbage, "tls", 2, secure=True),
    door("closed in the handshake", hangs_up, "reset", secure=True),
    door("silent in the handshake", dumb, "timeout", secure=True),
)


def weak_doors(folder: Path) -> tuple[Fault, ...]:
    """TLS that does not hold: it is noted, and the portal read with it as it is."""
    authority = sign("安禾根证书", authority=True)
    expired = sign("www.anhe.example", by=authority, until=datetime(2021, 1, 1, tzinfo=UTC))
    other = sign("www.qinghe.example", by=authority)
    old = server_context(folder, other)
    tls_1_0(old)
    doors = (
        ("an expired certificate, nobody's", server_context(folder, expired), "the certificate"),
        ("a certificate for another host", server_context(folder, other), "the certificate is for another host"),
        ("TLS 1.0", old, "version"),
    )
    return tuple(
        Fault(name, None, "gone", 2, "door", secured(context), True, page_outcome="new", doubt=words)
        for name, context, words in doors
    )


EVERY = (*PAGES, *ROBOTS, *LISTS, *DOORS)


def table(faults: tuple[Fault, ...]) -> str:
    """The faults in Markdown."""
    rows = (
        f"| {fault.name} | {fault.at} | `{fault.page_outcome if fault.at == 'door' else fault.outcome}`"
        f"{f', {fault.verdict}' if fault.verdict else ''} | {fault.tries} |"
        for fault in faults
    )
    return "\n".join(("| fault | at | outcome | tries |", "|---|---|---|---|", *rows))

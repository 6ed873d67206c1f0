"""One place where every answer and every failure becomes a `Visit`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

from OpenSSL import SSL
from scrapy import Request
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import Headers, Response
from twisted.internet import error as tx
from twisted.web._newclient import ParseError
from w3lib.url import canonicalize_url, safe_url_string

from crawler import clock
from crawler.access import HostLeft, Ways, rest
from crawler.heads import HeadTooLarge
from crawler.middlewares.unpack import TooLarge
from crawler.portal import address, on_hosts
from crawler.resolver import PrivateAddress
from crawler.stopping import Stopped
from pipelines import guards
from pipelines.records import Ask, Portal, Role, Visit
from pipelines.records import Headers as Pairs

# One count for the process: spiders that crawl side by side share a run, and its visits are told apart by number.
NUMBERS: Iterator[int] = itertools.count(1)

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAME_METHOD = frozenset({307, 308})
HOPS = 5  # redirects followed in a row
_SECRET = frozenset({b"proxy-authorization"})  # belongs to the operator's own proxy, not to the visit


@dataclass(frozen=True, slots=True)
class Lead:
    """Why an address is asked for and where it was found; travels with the request."""

    role: Role
    column: str = ""  # of a listing page: the first address of its list
    ask: Ask | None = None  # of a listing page: what was asked for
    discovered_on: int | None = None
    link_text: str | None = None
    position: int | None = None
    chain: tuple[str, ...] = ()  # addresses that sent us on to here
    redirected_from: int | None = None
    tries: int = 0  # made before this one
    anyway: bool = False  # though it is not due

    def onward(self, visit: Visit, target: str) -> Lead:
        """The lead to where a visit was redirected: what is there is still what was asked for."""
        ask = self.ask and replace(self.ask, url=target)
        if ask and visit.status not in _SAME_METHOD:  # a POST that is sent on becomes a GET, as in browsers
            ask = replace(ask, method="GET", body="", headers=ask.headers if ask.method == "GET" else ())
        return replace(self, ask=ask, chain=(*self.chain, visit.url), redirected_from=visit.number, tries=0)

    def again(self) -> Lead:
        """The lead for another try."""
        return replace(self, tries=self.tries + 1)


def answered(portal: Portal, request: Request, response: Response, lead: Lead) -> Visit:
    """The visit of an answer; the outcome of a redirect is left to who knows where it leads."""
    outcome, error = _judge(response)
    return Visit(
        **_asked(portal, request, lead),
        outcome=outcome,
        error=error,
        status=response.status,
        response_headers=request.meta.get("response_headers") or pairs(response.headers),
        remote_address=None if response.ip_address is None else str(response.ip_address),
        body=response.body or None,
        truncated="dataloss" in response.flags,
    )


def failed(portal: Portal, request: Request, error: BaseException, lead: Lead) -> Visit:
    """The visit of an exchange that brought no answer."""
    return Visit(**_asked(portal, request, lead), outcome=kind(error), error=words(error))


async def exchange(
    crawler: Crawler, portal: Portal, ways: Ways, request: Request, lead: Lead
) -> tuple[Visit, Response]:
    """Make a request that no spider asks for; raises what kept it from being answered."""
    response = await crawler.engine.download_async(request)
    visit = answered(portal, response.request or request, response, lead)
    rest(crawler, visit.url, ways.heard(visit, retry_after(response)))
    return visit, response


async def attempt(
    crawler: Crawler, portal: Portal, ways: Ways, request: Request, lead: Lead
) -> tuple[Visit, Response | None]:
    """The same, but what kept it from being answered is a visit too; raises `Stopped` alone."""
    try:
        return await exchange(crawler, portal, ways, request, lead)
    except Stopped:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it was is the outcome of the visit
        return failed(portal, request, error, lead), None


async def record(crawler: Crawler, visit: Visit) -> None:
    """Hand a visit that no spider sees to the pipelines."""
    await crawler.engine.scraper.start_itemproc_async(visit, response=None)


def words(error: BaseException) -> str:
    """What an error says of itself, or else its name."""
    # Twisted wraps the reasons of a failed response; the innermost says it, the others only show it
    found = causes(error) if isinstance(error, DownloadFailedError) else ()
    inner = next((reason.value for cause in found for reason in getattr(cause, "reasons", None) or ()), None)
    if isinstance(inner, _NOT_HTTP):
        return f"what it answers is not HTTP: {inner}"
    said = error if inner is None else inner
    return str(said) or str(said.__cause__ or "") or type(said).__name__


def _asked(portal: Portal, request: Request, lead: Lead) -> dict[str, Any]:
    return {
        "number": next(NUMBERS),
        "portal": portal,
        "role": lead.role,
        "url": request.url,
        "method": request.method,
        "requested_at": request.meta.get("requested_at") or clock.now(),
        "elapsed": request.meta.get("elapsed"),
        "tls": request.meta.get("tls"),
        "request_headers": pairs(request.headers),
        "request_body": request.body.decode("utf-8", "replace") or None,
        "redirected_from": lead.redirected_from,
        "discovered_on": lead.discovered_on,
        "link_text": lead.link_text,
        "position": lead.position,
    }


def pairs(headers: Headers) -> Pairs:
    """Headers as text, a byte a character, so that nothing of them is lost."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        if name.lower() not in _SECRET
        for value in values
    )


def _judge(response: Response) -> tuple[str, str | None]:
    outcome = guards.outcome(response.status, response.body)
    if outcome != "fetched":
        return outcome, f"status {response.status} without an address to go to" if outcome == "failed" else None
    if "dataloss" in response.flags:
        return "truncated", "the connection ended before the announced length was reached"
    if "cut" in response.flags:
        return "truncated", "the packed body ends before its end mark"
    if response.status == 206:
        return "truncated", "status 206: a part, though the whole was asked for"
    if "undecoded" in response.flags:
        return "failed", "the Content-Encoding could not be undone; the body is kept as it came"
    return "fetched", None


def kind(error: BaseException) -> str:
    """The outcome that an error stands for."""
    found = list(causes(error))
    return next((name for types, name in _KINDS if any(isinstance(cause, types) for cause in found)), "failed")


# What Twisted's parser raises for a head or a chunk that breaks the rules.
_NOT_HTTP = (ParseError, ValueError, KeyError)
# In this order: a TLS failure shows as a lost connection too.
_KINDS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((TooLarge, HeadTooLarge, DownloadCancelledError), "too_large"),  # Scrapy cancels a download for its size only
    ((HostLeft,), "guarded"),
    ((PrivateAddress,), "private"),
    ((IgnoreRequest,), "robots_denied"),
    ((SSL.Error,), "tls"),
    ((CannotResolveHostError, tx.DNSLookupError), "dns"),
    ((DownloadTimeoutError, tx.TimeoutError), "timeout"),
    ((DownloadConnectionRefusedError, tx.ConnectError, TunnelError), "refused"),
    (_NOT_HTTP, "failed"),
    ((tx.ConnectionLost, tx.ConnectionDone, tx.ConnectionAborted, DownloadFailedError), "reset"),
)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it rests on; Twisted lists the reasons of a failed response."""
    while error is not None:
        yield error
        for reason in getattr(error, "reasons", None) or ():
            yield from causes(reason.value)
        error = error.__cause__


def leads_to(response: Response) -> str | None:
    """Where a redirect leads; its header may hold raw Chinese in UTF-8, as browsers expect."""
    location = (response.headers.get("Location") or b"").decode("utf-8", "replace").strip()
    try:
        target = urljoin(response.url, safe_url_string(location)) if location else ""
    except ValueError:  # a malformed port or IPv6 host
        return None
    return target if address(target) else None


def redirected(visit: Visit, lead: Lead, target: str, hosts: tuple[str, ...], *, jar: bool) -> Visit:
    """The visit of a redirect, with its outcome; `jar`: it set a cookie."""
    # A server may send on to the same address to set a cookie; it gets what hops are left.
    chain = {canonicalize_url(url) for url in (*lead.chain, visit.url)}
    if (canonicalize_url(target) in chain and not jar) or len(lead.chain) >= HOPS:
        return replace(visit, outcome="redirect_loop", error=f"sent on to {target}")
    if not on_hosts(target, hosts):
        return replace(visit, outcome="off_host", error=f"sent on to {target}")
    return replace(visit, outcome="redirected", error=None)


def retry_after(response: Response) -> float | None:
    """How many seconds the server asks us to wait; only 429 and 503 may."""
    if response.status not in {429, 503}:
        return None
    said = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        then = parsedate_to_datetime(said)
    except (ValueError, OverflowError):  # nothing said, or nothing that is a date
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - datetime.now(UTC)).total_seconds())

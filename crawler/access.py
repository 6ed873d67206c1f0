"""How the hosts of a portal are reached: what one run has learnt of each, and how long a host is let alone."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urlsplit, urlunsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from crawler.handshake import ANOTHER_HOST
from pipelines.records import Access, Visit

logger = logging.getLogger(__name__)

PATIENCE = 300  # seconds a server may ask us to wait; longer is left to the next crawl
REST = 30.0  # seconds a host is let alone at most for errors it makes in a row
BURST = 5  # errors in a row, after which what failed is left to the next crawl
CHALLENGES = 3  # in a row, after which the host is left for this run
SILENCES = 10  # requests in a row without an answer, after which it is left too: each may have cost a time-out
_OTHER = {"http": "https", "https": "http"}
_NO_ANSWER = frozenset({"tls", "refused", "timeout", "reset", "dns"})


class HostLeft(IgnoreRequest):
    """Raised by the middleware Reach and the download handler for a host that is left for this run."""


@dataclass(slots=True)
class _Host:
    """What this run has learnt of a host."""

    relaxed: str = ""  # why its TLS is taken as it is
    scheme: str = ""  # the one to ask with, where the other does not answer
    alive: set[str] = field(default_factory=set)  # schemes that answered
    dead: list[str] = field(default_factory=list)  # schemes that did not, the one that was tried first before the other
    challenges: int = 0  # in a row
    errors: int = 0  # 429, 5xx and requests without an answer in a row
    silences: int = 0  # requests without an answer in a row
    left: str = ""  # why it is left for this run


class Ways:
    """One run's knowledge of the hosts of a portal: strict TLS before relaxed, one scheme before the other."""

    def __init__(self, access: Access, pause: float) -> None:
        self.access = access
        self.pause = pause  # seconds a host is let alone after its second error in a row
        self.hosts: defaultdict[str, _Host] = defaultdict(_Host)

    def left(self, url: str) -> str:
        """Why a host is left for this run; empty: it is not."""
        return self.hosts[_name(url)].left

    def leave(self, url: str, why: str) -> None:
        """Ask a host for nothing more in this run."""
        host = self.hosts[_name(url)]
        if not host.left:
            logger.warning("%s is left for this run: %s", _name(url), why)
        host.left = host.left or why

    def relaxed(self, host: str) -> str:
        """Why the TLS of a host is taken as it is; empty: it must hold."""
        return "the portal file says so" if self.access.tls == "relaxed" else self.hosts[host].relaxed

    def url(self, url: str) -> str:
        """An address with the scheme that its host answers to."""
        parts = urlsplit(url)
        scheme = self.access.scheme or self.hosts[_name(url)].scheme
        return url if parts.port or not scheme else urlunsplit(parts._replace(scheme=scheme))

    def another(self, url: str, outcome: str, why: str, *, relaxed: bool) -> str | None:
        """The address by which to try again at once after a failure, `relaxed` or not; None where no way is left."""
        parts, host = urlsplit(url), self.hosts[_name(url)]
        if outcome in _NO_ANSWER:
            host.errors += 1
            host.silences += 1
            if host.silences == SILENCES:
                self.leave(url, f"{SILENCES} requests in a row without an answer")
        if outcome == "tls" and self.access.tls == "strict":
            return None  # nor is it read over plain http: what may not be doubted may not be open to all either
        other = _OTHER[parts.scheme]
        # Where nobody gave an https address, what answers there for another host is no portal.
        stranger = why == ANOTHER_HOST and other in host.dead
        if outcome == "tls" and not relaxed and not stranger:
            if not host.relaxed:
                logger.warning("%s: its TLS is taken as it is in this run: %s", _name(url), why)
            host.relaxed = host.relaxed or why
            return url
        if outcome not in _NO_ANSWER or parts.port or self.access.scheme or parts.scheme in host.alive:
            return None
        if parts.scheme not in host.dead:
            host.dead.append(parts.scheme)
        if other in host.dead:  # neither answers: back to the one it was asked with first
            host.scheme = host.dead[0]
            return None
        host.scheme = other
        logger.warning("%s: no answer by %s (%s): %s is tried", _name(url), parts.scheme, why, other)
        return self.url(url)

    def sent(self, url: str, target: str) -> None:
        """Note a redirect: a server that sends on to the scheme that did not answer knows better than we do."""
        host, scheme = self.hosts[_name(url)], urlsplit(target).scheme
        if _name(target) == _name(url) and scheme in host.dead:
            host.scheme = ""
            host.alive.add(scheme)

    def heard(self, visit: Visit, asked: float | None) -> float:
        """Note an answer, with the seconds its Retry-After asks for; for how long its host is to be let alone."""
        host = self.hosts[_name(visit.url)]
        host.alive.add(urlsplit(visit.url).scheme)
        host.challenges = host.challenges + 1 if visit.outcome == "challenge" else 0
        host.errors = host.errors + 1 if is_error(visit) else 0
        host.silences = 0
        if host.challenges == CHALLENGES:
            self.leave(visit.url, f"{CHALLENGES} challenges in a row")
        elif visit.status == 429 and (asked or 0) > PATIENCE:
            self.leave(visit.url, f"it asks us to come back after {asked:.0f} seconds")
        wait = 0.0 if host.errors < 2 else min(self.pause * 2 ** (host.errors - 2), REST)
        return max(wait, asked if asked and asked <= PATIENCE else 0.0)

    def in_burst(self, url: str) -> bool:
        """Whether a host makes error after error: a page is then asked for once."""
        return self.hosts[_name(url)].errors > BURST


def is_error(visit: Visit) -> bool:
    """Whether the server could not answer, but may later."""
    return visit.outcome == "http_error" and (visit.status == 429 or (visit.status or 0) >= 500)


def rest(crawler: Crawler, url: str, seconds: float) -> None:
    """Let a host alone, with all that waits for it: the downloader then takes it as asked only just before."""
    slot = crawler.engine.downloader.slots.get(_name(url))
    if slot and seconds:
        slot.lastseen = max(slot.lastseen, monotonic() + seconds - slot.delay)


def _name(url: str) -> str:
    return urlsplit(url).hostname or ""

"""`gongkai verify --refetch`: damaged bodies are asked for again where they came from, slowly, as robots.txt allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from urllib.parse import urlsplit

from protego import Protego

import settings
from archive import captures
from archive.archive import Archive
from archive.commands.derive import start
from crawler.asking import Answer, Asker
from crawler.portal import on_hosts
from pipelines import guards
from pipelines.records import Portal, Role, Visit

_ADDRESSES = """SELECT url, portal, role, coalesce(tls LIKE '%"relaxed"%', 0), max(requested_at) FROM visits
WHERE body = ? AND method = 'GET' AND rendering IS NULL AND outcome IN ('new', 'changed', 'same_bytes')
GROUP BY url ORDER BY 5 DESC"""
_UNBOUNDED = 1 << 30  # requests: the number of damaged bodies is the bound


@dataclass(frozen=True, slots=True)
class Refetched:
    """What came of asking again for a body: `back`, `changed` since, or the outcome that no body came with."""

    sha256: str
    outcome: str
    url: str | None


@dataclass(frozen=True, slots=True)
class _Address:
    """Where a body came from."""

    url: str
    portal: Portal
    role: Role
    relaxed: bool


def refetch(archive: Archive, bodies: Iterable[str]) -> Iterator[Refetched]:
    """Ask for each body at its addresses, the last first; every exchange is kept as a visit of a run of its own."""
    run = start(archive, refetch=version("requests"))
    desk = _Desk(archive, run)
    try:
        for sha256 in bodies:
            yield desk.again(sha256)
    finally:
        desk.close()
        archive.finish_run(run, "finished", {"visits": desk.number})


class _Desk:
    """Asks and keeps; one `Asker` a host, so that each is asked no more often than it allows."""

    def __init__(self, archive: Archive, run: int) -> None:
        self.archive = archive
        self.run = run
        self.number = 0
        self.hosts: dict[str, tuple[Asker, Protego | None]] = {}  # no rules: robots.txt cannot be had

    def close(self) -> None:
        for asker, _ in self.hosts.values():
            asker.close()

    def again(self, sha256: str) -> Refetched:
        said = Refetched(sha256, "no_address", None)
        for address in _addresses(self.archive, sha256):
            answer, body = self._fetch(address)
            if body is None:
                said = Refetched(sha256, answer.outcome, address.url)
            elif body == sha256:
                self.archive.restore(sha256, answer.body)
                return Refetched(sha256, "back", address.url)
            else:
                said = Refetched(sha256, "changed", address.url)
        return said

    def _fetch(self, address: _Address) -> tuple[Answer, str | None]:
        """An answer, and the hash of its bytes where they are a page."""
        parts = urlsplit(address.url)
        if not on_hosts(address.url, address.portal.hosts):
            return Answer(address.url, "off_host"), None
        if parts.netloc not in self.hosts:
            pause = max(settings.DOWNLOAD_DELAY, address.portal.access.delay or 0)
            asker = Asker(
                settings.USER_AGENT,
                pause=pause,
                budget=_UNBOUNDED,
                size=settings.DOWNLOAD_MAXSIZE,
                private=settings.GONGKAI_PRIVATE,
            )
            self.hosts[parts.netloc] = asker, self._rules(asker, address)
        asker, rules = self.hosts[parts.netloc]
        if rules is None or not rules.can_fetch(address.url, settings.BOT_NAME):
            return self._keep(Answer(address.url, "robots_denied"), address, address.role)
        return self._keep(asker.get(address.url, relaxed=address.relaxed), address, address.role)

    def _rules(self, asker: Asker, address: _Address) -> Protego | None:
        parts = urlsplit(address.url)
        answer = asker.get(f"{parts.scheme}://{parts.netloc}/robots.txt", relaxed=address.relaxed)
        self._keep(answer, address, "robots")
        status = answer.status or 0
        if not (200 <= status < 300 or 400 <= status < 500):
            return None
        rules = Protego.parse(answer.body.decode("utf-8", "replace") if status < 300 else "")
        asker.pause = max(asker.pause, float(rules.crawl_delay(settings.BOT_NAME) or 0))
        return rules

    def _keep(self, answer: Answer, address: _Address, role: Role) -> tuple[Answer, str | None]:
        self.number += 1
        outcome = answer.outcome
        if answer.status is not None:
            outcome = "redirected" if answer.target else guards.outcome(answer.status, answer.body)
        kept = self.archive.keep(
            self.run,
            Visit(
                number=self.number,
                portal=address.portal,
                role=role,
                url=answer.url,
                requested_at=datetime.now(UTC),
                outcome=outcome,
                elapsed=answer.seconds,
                status=answer.status,
                error=answer.error or None,
                response_headers=tuple(answer.headers.items()),
                tls=dict(answer.tls) or None,
                body=answer.body if answer.status is not None else None,
            ),
        )
        return Answer(answer.url, outcome, body=answer.body), kept.body_sha256 if outcome == "fetched" else None


def _addresses(archive: Archive, sha256: str) -> Iterator[_Address]:
    for url, portal, role, relaxed, _ in archive.connection.execute(_ADDRESSES, [sha256]).fetchall():
        yield _Address(url, captures.portal_of(archive.connection, portal), role, bool(relaxed))

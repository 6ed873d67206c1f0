"""Pages that only a script draws, for portals whose file says `[access] browser = true`.

What the server sent is one visit and stays the evidence. What a browser made of it is another, by the method `RENDER`:
it names the visits it was made of, so that anyone can see what was sent and what was drawn.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from time import monotonic

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler import clock
from crawler.access import Ways
from crawler.browser import Given, NoBrowser, Undrawn, draw
from crawler.exchange import (
    NUMBERS,
    REDIRECTS,
    Lead,
    attempt,
    leads_to,
    record,
    redirected,
)
from crawler.portal import on_hosts
from crawler.stopping import Stopped
from pipelines.records import RENDER, Ask, Portal, Visit

logger = logging.getLogger(__name__)

_SIZE = 8 << 20  # bytes of a script or of an interface's answer
_KEPT = 32 << 20  # bytes of scripts that are kept for further pages
_TABS = asyncio.Semaphore(2)  # browsers at one time in this process: one takes some 200 MB


class Drawing:
    """Has the pages of a portal drawn, one at a time; asks for what their scripts need as for everything else."""

    def __init__(self, crawler: Crawler, portal: Portal, ways: Ways) -> None:
        self.crawler = crawler
        self.portal = portal
        self.ways = ways
        self.missing = not portal.access.browser  # nothing to draw with, or not wanted
        self._turn = asyncio.Lock()
        self._scripts: dict[str, tuple[Given, int]] = {}  # those that came in this run: every page has the same
        self._room = _KEPT

    def may(self, visit: Visit) -> bool:
        """Whether a page could be drawn: its portal wants that, there is a browser, and it is none that was drawn."""
        return not self.missing and bool(visit.body) and visit.method != RENDER

    async def draw(self, visit: Visit) -> tuple[Visit, ...]:
        """The visits of a page as drawn from what another visit brought, one a page of a list; all of them are kept."""
        async with self._turn, _TABS:
            if not self.may(visit):  # perhaps meanwhile
                return ()
            at, began = clock.now(), monotonic()
            try:
                pages, error, rendering = await self._made(visit)
            except NoBrowser as missing:
                self.missing = True
                logger.warning(
                    "%s (%s): %s is drawn by a script, and there is no browser: %s",
                    *(self.portal.name, self.portal.id, visit.url, missing),
                )
                return ()
        if not self.crawler.crawling:  # its scripts did not get what they asked for
            return ()
        blank = Visit(
            number=0,
            portal=self.portal,
            role=visit.role,
            url=visit.url,
            requested_at=at,
            outcome="failed" if error else "fetched",
            method=RENDER,
            elapsed=monotonic() - began,
            error=error,
            response_headers=() if error else (("Content-Type", "text/html; charset=utf-8"),),
            discovered_on=visit.discovered_on,
            link_text=visit.link_text,
            position=visit.position,
        )
        drawn = tuple(
            replace(
                blank,
                number=next(NUMBERS),
                body=body,
                rendering={"of": visit.number, "turned": turned, **rendering},
            )
            for turned, body in enumerate(pages or (None,))
        )
        for one in drawn:
            await record(self.crawler, one)
        return drawn if pages else ()

    async def _made(self, visit: Visit) -> tuple[tuple[bytes, ...], str | None, dict[str, object]]:
        """The bodies that a browser made of a page, or why it could not, and what they were made of."""
        parts: list[int] = []

        async def fetch(ask: Ask, is_script: bool) -> Given | str:
            return await self._fetch(ask, visit, parts, is_script=is_script)

        page = Given(visit.status or 200, visit.response_headers, visit.body or b"")
        agent, patience = self.crawler.settings["USER_AGENT"], self.crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        try:
            drawn = await draw(visit.url, page, fetch, agent, patience, turn=visit.role == "listing")
        except Undrawn as error:
            logger.warning("%s: cannot be drawn: %s", visit.url, error)
            return (), str(error), {"parts": parts}
        facts = {"parts": parts, "by": drawn.browser, "finished": drawn.finished, "refused": drawn.refused}
        return tuple(html.encode("utf-8", "replace") for html in drawn.pages), None, facts

    async def _fetch(self, ask: Ask, page: Visit, parts: list[int], *, is_script: bool) -> Given | str:
        """What a page asks for: every exchange, redirects followed hop by hop, is a visit and a part of the page."""
        if is_script and ask.url in self._scripts:
            given, number = self._scripts[ask.url]
            parts.append(number)
            return given
        lead = Lead("part", ask=ask, discovered_on=page.number)
        while on_hosts((onward := lead.ask or ask).url, self.portal.hosts):
            if not self.crawler.crawling:
                return "the crawl was stopped"
            try:
                visit, response = await self._exchange(onward, lead)
            except Stopped as error:
                return str(error)
            target = leads_to(response) if response and response.status in REDIRECTS else None
            if response and target:
                visit = redirected(visit, lead, target, self.portal.hosts, jar="Set-Cookie" in response.headers)
            parts.append(visit.number)
            await record(self.crawler, visit)
            if response and not target:
                given = Given(response.status, visit.response_headers, response.body)
                if is_script and visit.outcome == "fetched" and len(response.body) <= self._room:
                    self._room -= len(response.body)
                    self._scripts[ask.url] = given, visit.number
                return given
            if not target or visit.outcome != "redirected":
                return f"{visit.outcome}: {visit.error}"
            lead = lead.onward(visit, target)
        return "is on no host of the portal"

    async def _exchange(self, ask: Ask, lead: Lead) -> tuple[Visit, Response | None]:
        request = Request(
            ask.url,
            NO_CALLBACK,
            method=ask.method,
            headers=dict(ask.headers),
            body=ask.body,
            meta={"download_maxsize": _SIZE},
            cb_kwargs={"lead": lead},
        )
        return await attempt(self.crawler, self.portal, self.ways, request, lead)

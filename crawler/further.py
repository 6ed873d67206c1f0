"""Further pages of an article and pages in its frames: fetched while the page that names them waits to be filed."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.access import Ways
from crawler.exchange import REDIRECTS, Lead, attempt, leads_to, record, redirected, retry_after
from crawler.portal import address, on_hosts
from crawler.refresh import leads_on
from crawler.retries import Retries
from crawler.stopping import Stopped
from pipelines.records import Portal, Visit

_GLANCE = 0.5  # seconds between two looks whether the crawl was told to stop


class Further:
    """Fetches one page after the other, past the scheduler: what waits for them holds back what is asked there."""

    def __init__(self, crawler: Crawler, portal: Portal, ways: Ways, retries: Retries) -> None:
        self.crawler = crawler
        self.portal = portal
        self.ways = ways
        self.retries = retries

    async def fetch(self, url: str, number: int) -> None:
        """Fetch a page that the page of a visit, by its number, names; redirects and tries are visits as ever."""
        lead = Lead("further", discovered_on=number)
        if not address(url) or not on_hosts(url, self.portal.hosts):
            return
        while self.crawler.crawling:
            try:
                request = Request(url, NO_CALLBACK, cb_kwargs={"lead": lead})
                visit, response = await attempt(self.crawler, self.portal, self.ways, request, lead)
            except Stopped:
                return
            target = None
            if response is not None:
                target = leads_to(response) if response.status in REDIRECTS else leads_on(response, visit)
            if response is not None and target:
                self.ways.sent(visit.url, target)
                visit = redirected(visit, lead, target, self.portal.hosts, jar="Set-Cookie" in response.headers)
            await record(self.crawler, visit)
            if target and visit.outcome == "redirected":
                url, lead = target, lead.onward(visit, target)
            elif not target and await self._may_try(visit, lead, response):
                url, lead = visit.url, lead.again()
            else:
                return

    async def _may_try(self, visit: Visit, lead: Lead, response: Response | None) -> bool:
        """Whether there is another try, once it is due."""
        due = asyncio.Event()
        asked = None if response is None else retry_after(response)
        if not self.retries.set(visit, lead, asked, due.set):
            return False
        while self.crawler.crawling and not due.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(due.wait(), _GLANCE)
        return due.is_set()

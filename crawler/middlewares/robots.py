"""robots.txt as RFC 9309 reads it: redirects are followed, and where it cannot be had nothing is allowed.

It is asked for once a host and run, and every answer is a visit: what a site allowed on that day can be shown.
"""

from __future__ import annotations

import asyncio
from typing import cast
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.misc import build_from_crawler

from crawler.exchange import REDIRECTS, Lead, exchange, kind, leads_to, record, redirected, words
from crawler.families.generic import Generic
from pipelines.records import Visit

_NO_HOST = frozenset({"dns", "refused", "timeout", "tls", "private", "guarded"})


class Robots(RobotsTxtMiddleware):
    """Scrapy's own, which takes the body of any answer for the rules, and no answer for leave."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.rules: dict[str, asyncio.Future[RobotParser | None]] = {}
        self.closed: dict[str, str] = {}  # hosts of which nothing may be asked in this crawl, with the reason

    @property
    def spider(self) -> Generic:
        return cast("Generic", self.crawler.spider)

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        if why := self.closed.get(urlsplit(request.url).netloc):
            raise IgnoreRequest(why)
        super().process_request_2(rp, request)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        netloc = urlsplit(request.url).netloc
        if netloc not in self.rules:
            self.rules[netloc] = asyncio.ensure_future(self._read(request, netloc))
        return await asyncio.shield(self.rules[netloc])  # a request that is given up must not take it from the others

    async def _read(self, request: Request, netloc: str) -> RobotParser | None:
        try:
            body = await self._rules(f"{urlsplit(request.url).scheme}://{netloc}/robots.txt")
        except Exception as error:  # noqa: BLE001  # whatever it was: without rules nothing is asked, and the reason kept
            # Where the host itself cannot be reached the page is asked for all the same, so that its visit says just
            # that, and not that somebody forbade it.
            if kind(error) not in _NO_HOST:
                self.closed[netloc] = f"robots.txt cannot be had: {words(error)}"
            return None
        rules = build_from_crawler(self._parserimpl, self.crawler, body)
        await self.crawler.signals.send_catch_log_async(signals.robots_parsed, robotparser=rules, request=request)
        return rules

    async def _rules(self, url: str) -> bytes:
        lead = Lead("robots")
        while True:
            visit, response = await self._exchange(url, lead)
            target = leads_to(response) if response.status in REDIRECTS else None
            if target is not None:
                self.spider.ways.sent(visit.url, target)
                visit = redirected(visit, lead, target, self.spider.portal.hosts, jar=True)
            await record(self.crawler, visit)
            if target is None or visit.outcome == "redirect_loop":
                break
            if visit.outcome == "off_host":
                raise IgnoreRequest(f"{response.url} sends on to {target}, which is no host of the portal")
            url, lead = target, lead.onward(visit, target)
        if 400 <= response.status < 500:  # there are no rules, whatever the error page says
            return b""
        if not 200 <= response.status < 300:
            raise IgnoreRequest(f"{response.url} answers with status {response.status}")
        return response.body

    async def _exchange(self, url: str, lead: Lead) -> tuple[Visit, Response]:
        """One answer; a failure is recorded by the middleware Reach."""
        request = Request(
            url,
            NO_CALLBACK,
            meta={"dont_obey_robotstxt": True},
            cb_kwargs={"lead": lead},
            priority=self.DOWNLOAD_PRIORITY,
        )
        try:
            return await exchange(self.crawler, self.spider.portal, self.spider.ways, request, lead)
        except Exception as error:
            if lead.chain:
                raise IgnoreRequest(f"{url}: {words(error)}") from error
            raise

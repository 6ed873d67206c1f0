"""robots.txt as RFC 9309 reads it: redirects are followed, and where it cannot be had nothing is allowed.

It is asked for once a host and run, or as often as anything else that may come at another try, and every answer is a
visit: what a site allowed on that day can be shown.
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

from crawler.access import HostLeft
from crawler.exchange import REDIRECTS, Lead, exchange, kind, leads_to, record, redirected, retry_after, words
from crawler.families.generic import Generic
from crawler.retries import policy
from crawler.stopping import Stopped
from pipelines.records import Visit

LARGEST = 500 * 1024  # bytes that are read of it: as many as RFC 9309, 2.5, asks for
_INLINE = 32768  # bytes that are read at once; more goes to a thread, so that the event loop is not held
_NO_HOST = frozenset({"dns", "refused", "reset", "timeout", "tls", "private"})


class NoRules(Exception):  # noqa: N818  # it says what happened
    """Raised here for a page whose host gave no answer for robots.txt; the page's visit is called as its cause is."""


class Robots(RobotsTxtMiddleware):
    """Scrapy's own, which takes the body of any answer for the rules, and no answer for leave."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.rules: dict[str, asyncio.Future[RobotParser | None]] = {}
        self.closed: dict[str, Exception] = {}  # hosts of which nothing may be asked in this crawl, with the reason

    @property
    def spider(self) -> Generic:
        return cast("Generic", self.crawler.spider)

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        if self.spider.ways.left(request.url):
            return  # the middleware Reach says why
        if error := self.closed.get(urlsplit(request.url).netloc):
            why = f"robots.txt cannot be had: {words(error)}"
            if kind(error) in _NO_HOST:
                raise NoRules(why) from error
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
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it was: without rules nothing is asked, and the reason kept
            self.closed[netloc] = error
            return None
        if len(body) > _INLINE:
            rules = await asyncio.to_thread(self._parsed, body)
        else:
            rules = self._parsed(body)
        await self.crawler.signals.send_catch_log_async(signals.robots_parsed, robotparser=rules, request=request)
        return rules

    def _parsed(self, body: bytes) -> RobotParser:
        return build_from_crawler(self._parserimpl, self.crawler, body)

    async def _rules(self, url: str) -> bytes:
        lead = Lead("robots")
        while True:
            visit, response, lead = await self._answer(url, lead)
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
        if visit.outcome == "challenge" and response.status >= 500:
            self.spider.ways.leave(url, "it answers with a challenge for robots.txt")
            raise HostLeft(self.spider.ways.left(url))
        if 400 <= response.status < 500 and response.status != 429:  # no rules, whatever the error page says
            return b""
        if not 200 <= response.status < 300:
            raise IgnoreRequest(f"{response.url} answers with status {response.status}")
        whole = response.body[:LARGEST]
        return whole if len(whole) < LARGEST else whole.rpartition(b"\n")[0]

    async def _answer(self, url: str, lead: Lead) -> tuple[Visit, Response, Lead]:
        """What came at last; all that came before is recorded."""
        retries = self.spider.retries
        while True:
            try:
                visit, response = await self._exchange(url, lead)
            except Stopped:
                raise
            except Exception as error:
                pause = retries.pause(kind(error), lead)
                if pause is None and lead.chain:
                    raise IgnoreRequest(f"{url}: {words(error)}") from error
                if pause is None:
                    raise
            else:
                pause = retries.pause(policy(visit), lead, retry_after(response))
                if pause is None:
                    return visit, response, lead
                await record(self.crawler, visit)
            await retries.wait(pause)
            lead = lead.again()

    async def _exchange(self, url: str, lead: Lead) -> tuple[Visit, Response]:
        """One answer; a failure is recorded by the middleware Reach."""
        request = Request(
            url,
            NO_CALLBACK,
            meta={"dont_obey_robotstxt": True},
            cb_kwargs={"lead": lead},
            priority=self.DOWNLOAD_PRIORITY,
        )
        return await exchange(self.crawler, self.spider.portal, self.spider.ways, request, lead)

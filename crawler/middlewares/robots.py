"""robots.txt as RFC 9309 reads it: redirects are followed, and where it cannot be had nothing is allowed."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser

from crawler.exchange import HOPS, REDIRECTS, kind, leads_to, words
from crawler.families.generic import Generic
from crawler.portal import on_hosts

_NO_HOST = frozenset({"dns", "refused", "timeout", "tls"})


class Robots(RobotsTxtMiddleware):
    """Scrapy's own, which takes the body of any answer for the rules, and no answer for leave."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.closed: dict[str, str] = {}  # hosts of which nothing may be asked in this crawl, with the reason

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        if why := self.closed.get(urlsplit(request.url).netloc):
            raise IgnoreRequest(why)
        super().process_request_2(rp, request)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        hosts = cast("Generic", self.crawler.spider).portal.hosts
        for _ in range(HOPS):
            if response.status not in REDIRECTS or not (url := leads_to(response)):
                break
            if not on_hosts(url, hosts):
                raise IgnoreRequest(f"{response.url} sends on to {url}, which is no host of the portal")
            response = await self._onward(url)
        if 400 <= response.status < 500:  # there are no rules, whatever the error page says
            response = response.replace(body=b"")
        elif not 200 <= response.status < 300:
            raise IgnoreRequest(f"{response.url} answers with status {response.status}")
        await super()._parse_robots(response, netloc, request)

    async def _onward(self, url: str) -> Response:
        meta = {"dont_obey_robotstxt": True}
        try:
            return await self.crawler.engine.download_async(
                Request(url, NO_CALLBACK, meta=meta, priority=self.DOWNLOAD_PRIORITY)
            )
        except Exception as error:
            raise IgnoreRequest(f"{url}: {words(error)}") from error

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        # Where the host itself cannot be reached the page is asked for all the same, so that its visit says just
        # that (dns, refused, timeout, tls) and not that somebody forbade it.
        if kind(exc) not in _NO_HOST:
            self.closed[netloc] = f"robots.txt cannot be had: {words(exc)}"
        super()._robots_error(exc, netloc)

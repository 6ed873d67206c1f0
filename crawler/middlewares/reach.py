"""Another way to a host that does not answer: relaxed TLS, the other scheme. What is left alone is not asked."""

from __future__ import annotations

from typing import cast

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.access import HostLeft
from crawler.exchange import Lead, failed, kind, record, words
from crawler.families.generic import Generic
from crawler.middlewares.robots import NoRules
from crawler.stopping import Stopped


class Reach:
    """Asks each host as this run has learnt to; a try that failed is a visit, and the next follows at once.

    Stands after Robots: asking for robots.txt is how a host is met first.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Reach:
        return cls(crawler)

    @property
    def spider(self) -> Generic:
        return cast("Generic", self.crawler.spider)

    def process_request(self, request: Request) -> Request | None:
        ways = self.spider.ways
        if why := ways.left(request.url):
            raise HostLeft(why)
        url = ways.url(request.url)
        return None if url == request.url else request.replace(url=url)

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        if isinstance(exception, Stopped):
            return None
        relaxed, url = bool(request.meta.get("relaxed")), None
        if self.crawler.crawling and not isinstance(exception, NoRules):
            url = self.spider.ways.another(request.url, kind(exception), words(exception), relaxed=relaxed)
        lead: Lead = request.cb_kwargs["lead"]
        if url is not None or lead.role == "robots":  # the spider sees neither
            await record(self.crawler, failed(self.spider.portal, request, exception, lead))
        if url is not None:
            return request.replace(url=url, meta={**request.meta, "failure": request.meta.get("failure", exception)})
        if lead.role == "robots" and "failure" in request.meta:
            raise request.meta[
                "failure"
            ]  # of the address that was asked for: what is to be thought of it rests on that
        return None

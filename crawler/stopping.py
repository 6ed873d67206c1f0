"""A crawl that is told to stop ends soon, at whatever moment it is told."""

from __future__ import annotations

import asyncio

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

_GLANCE = 0.2  # seconds between two looks
_PATIENCE = 10.0  # seconds a server has left for what it is sending


class Stopped(Exception):  # noqa: N818  # it names the state, as `HostLeft` does
    """Raised by `Stopping` and the download handler for a request that still waited for its turn: it was never made,
    and is no visit.
    """


class Stopping:
    """Does what Scrapy leaves out: it forgets a stop that comes while a spider opens, does not wait for one that closes
    by itself just then, still fetches what waits in its queues, at the host's pace, and has all patience with a server
    that says nothing.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.ending: asyncio.Task[None] | None = None
        crawler.signals.connect(self.look, signals.spider_opened)
        for moment in (signals.spider_opened, signals.spider_idle):
            crawler.signals.connect(self.shut, moment)
        crawler.signals.connect(self.wait, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Stopping:
        return cls(crawler)

    def shut(self) -> None:
        """Close a spider that was told to stop before it began."""
        if not self.crawler.crawling:
            raise CloseSpider("shutdown")

    def look(self) -> None:
        """Look whether the crawl was told to stop, again and again until it has ended."""
        engine = self.crawler.engine
        if not self.crawler.crawling:
            self._let_go()
            if engine.running:  # told before it ran
                self.ending = asyncio.create_task(engine.stop_async())
        if engine.running or engine.spider:
            asyncio.get_running_loop().call_later(_GLANCE, self.look)

    def _let_go(self) -> None:
        now = asyncio.get_running_loop().time()
        for slot in self.crawler.engine.downloader.slots.values():
            while slot.queue:
                slot.queue.popleft()[1].errback(Stopped("the crawl was stopped"))
            for request in slot.transferring:
                limit: asyncio.Timeout | None = request.meta.get("limit")
                if limit and limit.when() is None:
                    limit.reschedule(now + _PATIENCE)

    async def wait(self) -> None:
        """Let the crawl end with its spider, not before."""
        while self.crawler.engine.spider:  # noqa: ASYNC110  # Scrapy sends no signal when all is through
            await asyncio.sleep(_GLANCE)

"""A crawl that is told to stop ends soon, at whatever moment it is told."""

from __future__ import annotations

import asyncio

from scrapy import signals
from scrapy.crawler import Crawler
from twisted.python.failure import Failure

from crawler.exchange import Lead

_GLANCE = 0.2  # seconds between two looks


class Stopped(Exception):  # noqa: N818  # it names the state, as `HostLeft` does
    """Raised by `Stopping` for a request that still waited for its turn: it was never made, and is no visit."""


class Stopping:
    """Does what Scrapy leaves out: it forgets a stop that comes while a spider opens, and does not wait for one that
    closes by itself just then; and what waits in its queues it still fetches at the host's pace, which may be minutes.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.ending: asyncio.Task[None] | None = None
        crawler.signals.connect(self.look, signals.spider_opened)
        crawler.signals.connect(self.wait, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Stopping:
        return cls(crawler)

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
        for slot in self.crawler.engine.downloader.slots.values():
            waiting, slot.queue = slot.queue, type(slot.queue)()
            for request, answer in waiting:
                lead: Lead = request.cb_kwargs["lead"]
                if lead.role == "robots":  # there is one a host, and what waits for it would pass for forbidden
                    slot.queue.append((request, answer))
                else:
                    answer.errback(Failure(Stopped("the crawl was stopped")))

    async def wait(self) -> None:
        """Let the crawl end with its spider, not before."""
        while self.crawler.engine.spider:
            await asyncio.sleep(_GLANCE)

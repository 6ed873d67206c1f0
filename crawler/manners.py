"""Good manners: a robots.txt that asks for a slower pace gets it, and a webmaster can tell who we are."""

from __future__ import annotations

import logging
from typing import Any, cast

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from scrapy.robotstxt import RobotParser
from twisted.python.failure import Failure

from crawler.access import PATIENCE
from crawler.families.generic import Generic

logger = logging.getLogger(__name__)


class Manners:
    """Keeps to Crawl-delay, which Scrapy reads but does not act upon."""

    _introduced = False  # one process may crawl many portals

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        crawler.signals.connect(self.slow_down, signals.robots_parsed)
        crawler.signals.connect(self.introduce, signals.spider_opened)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Manners:
        return cls(crawler)

    def introduce(self) -> None:
        if not self.crawler.settings.get("GONGKAI_CONTACT") and not Manners._introduced:
            Manners._introduced = True
            logger.warning("No contact address: set GONGKAI_CONTACT so that a webmaster can reach you")

    def slow_down(self, robotparser: RobotParser, request: Request) -> None:
        delay = robotparser.crawl_delay(self.crawler.settings["USER_AGENT"])
        downloader = self.crawler.engine.downloader
        key = downloader.get_slot_key(request)
        slot = downloader.slots.get(key)
        if delay is None or delay <= (slot.delay if slot else 0):
            return
        if delay > PATIENCE:
            ways = cast("Generic", self.crawler.spider).ways
            ways.leave(request.url, f"its robots.txt asks for {delay:g} seconds between requests")
            return
        logger.info("robots.txt of %s asks for %g seconds between requests", key, delay)
        if slot:
            slot.delay = delay
        # For when the downloader forgets an idle host and meets it again.
        downloader.per_slot_settings[key] = {**downloader.per_slot_settings.get(key, {}), "delay": delay}


class Terse(LogFormatter):
    """Scrapy's log lines, without the bytes of a page in them."""

    def item_error(
        self,
        item: Any,  # noqa: ARG002  # the signature is Scrapy's; the item is what must not be shown
        exception: BaseException,
        response: Response | Failure | None,
        spider: Spider,  # noqa: ARG002  # as above
    ) -> LogFormatterResult:
        return {
            "level": logging.ERROR,
            "msg": "%(error)r with what came from %(source)s",
            "args": {
                "error": exception,
                "source": response,
            },
        }

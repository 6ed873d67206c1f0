"""What may pass is tried again later, and each try is a visit."""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from collections.abc import Callable

from scrapy.crawler import Crawler

from crawler.access import PATIENCE, Ways, is_error
from crawler.exchange import Lead
from pipelines.records import Visit

_AGAIN = frozenset({"timeout", "reset", "refused", "dns", "truncated"})  # may pass; so may 429 and 5xx


class Retries:
    """The tries of a spider that are due later."""

    def __init__(self, crawler: Crawler, ways: Ways) -> None:
        self.crawler = crawler
        self.ways = ways
        self.waiting: set[TimerHandle] = set()

    def set(self, visit: Visit, lead: Lead, asked: float | None, again: Callable[[], None]) -> bool:
        """Whether another try was set for later; `asked`: the seconds that the server asks us to wait."""
        settings = self.crawler.settings
        passing = visit.outcome in _AGAIN or (is_error(visit) and not self.ways.in_burst(visit.url))
        if not passing or lead.tries >= settings.getint("RETRY_TIMES") or (asked or 0) > PATIENCE:
            return False

        def due() -> None:
            self.waiting.discard(timer)
            again()

        pause = max(settings.getfloat("GONGKAI_RETRY_PAUSE") * 2**lead.tries, asked or 0)
        timer = asyncio.get_running_loop().call_later(pause, due)
        self.waiting.add(timer)
        self.crawler.stats.inc_value("gongkai/retries")
        return True

    def close(self) -> None:
        for timer in self.waiting:
            timer.cancel()

"""What is done about each outcome: whether it is worth another try in the same run, and when. Each try is a visit."""

from __future__ import annotations

import asyncio
from asyncio import TimerHandle
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scrapy.crawler import Crawler

from crawler.access import PATIENCE, Ways, is_error
from crawler.exchange import Lead
from crawler.stopping import Stopped
from pipelines.records import OUTCOMES, Visit

_GLANCE = 0.2  # seconds between two looks whether the crawl was told to stop


@dataclass(frozen=True, slots=True)
class Policy:
    """Whether an address is asked for again in the same run, and why (not)."""

    again: bool
    why: str


BUSY = "busy"  # 429 and 5xx, of all that is called `http_error`
POLICIES: Mapping[str, Policy] = {
    "fetched": Policy(False, "it came"),
    "new": Policy(False, "it came"),
    "changed": Policy(False, "it came"),
    "same_bytes": Policy(False, "it came"),
    "not_modified": Policy(False, "it is there as it was"),
    "redirected": Policy(False, "the target is asked for, five hops at most"),
    "off_host": Policy(False, "only hosts of the portal file are asked"),
    "redirect_loop": Policy(False, "it would go round again"),
    "gone": Policy(False, "the server is sure; the next nights look again"),
    "forbidden": Policy(False, "the server is sure"),
    "challenge": Policy(False, "never fought; after three in a row the host is left for this run"),
    "http_error": Policy(False, "another 4xx: the server is sure"),
    BUSY: Policy(True, "may pass; the host is let alone meanwhile; after five errors in a row a page has one try"),
    "guarded": Policy(False, "not asked"),
    "private": Policy(False, "not asked: what a name leads to is checked at every connection"),
    "robots_denied": Policy(False, "not asked; robots.txt itself had its tries"),
    "dns": Policy(True, "name servers fail for moments"),
    "refused": Policy(True, "a server that is restarted refuses"),
    "reset": Policy(True, "may pass"),
    "timeout": Policy(True, "may pass"),
    "tls": Policy(False, "asked for at once with TLS as it is, unless the portal file is strict"),
    "truncated": Policy(True, "the rest may come; what came is kept"),
    "too_large": Policy(False, "it would be as large again"),
    "failed": Policy(False, "what answers makes no sense; the error says how"),
}


class Retries:
    """The tries of a spider that are due later."""

    def __init__(self, crawler: Crawler, ways: Ways) -> None:
        self.crawler = crawler
        self.ways = ways
        self.waiting: set[TimerHandle] = set()

    def pause(self, policy: str, lead: Lead, asked: float | None = None) -> float | None:
        """Seconds before another try, None where there is none; `asked`: those that the server asks us to wait."""
        settings = self.crawler.settings
        if not POLICIES[policy].again or lead.tries >= settings.getint("RETRY_TIMES") or (asked or 0) > PATIENCE:
            return None
        self.crawler.stats.inc_value("gongkai/retries")
        return max(settings.getfloat("GONGKAI_RETRY_PAUSE") * 2.0**lead.tries, asked or 0)

    def set(self, visit: Visit, lead: Lead, asked: float | None, again: Callable[[], None]) -> bool:
        """Whether another try was set for later: not of what was never asked, nor where error follows error."""
        hopeless = visit.elapsed is None or self.ways.in_burst(visit.url)
        pause = None if hopeless else self.pause(policy(visit), lead, asked)
        if pause is None:
            return False

        def due() -> None:
            self.waiting.discard(timer)
            again()

        timer = asyncio.get_running_loop().call_later(pause, due)
        self.waiting.add(timer)
        return True

    async def wait(self, pause: float) -> None:
        """Let the time before another try pass; raises `Stopped` where the crawl is told to stop meanwhile."""
        loop = asyncio.get_running_loop()
        end = loop.time() + pause
        while (left := end - loop.time()) > 0:
            if not self.crawler.crawling:
                raise Stopped("the crawl was stopped")
            await asyncio.sleep(min(left, _GLANCE))

    def close(self) -> None:
        for timer in self.waiting:
            timer.cancel()


def policy(visit: Visit) -> str:
    """The key of a visit in `POLICIES`."""
    return BUSY if is_error(visit) else visit.outcome


def table() -> str:
    """`POLICIES` in Markdown, with what each outcome means."""
    meanings = {**OUTCOMES, BUSY: "of `http_error`: 429 and 5xx"}
    again = {True: "yes", False: "no"}
    rows = (f"| `{name}` | {meanings[name]} | {again[it.again]} | {it.why} |" for name, it in POLICIES.items())
    return "\n".join(("| outcome | what it means | again | why |", "|---|---|---|---|", *rows))


if __name__ == "__main__":
    print(table())  # noqa: T201  # for docs/faults.md

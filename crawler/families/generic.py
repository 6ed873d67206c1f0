"""The link-and-pager reader: listing pages by their links, for portals of no family or one without quirks."""

from __future__ import annotations

import asyncio
import hashlib
from asyncio import TimerHandle
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, Protocol, Self, cast
from urllib.parse import urljoin

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.utils.misc import load_object
from twisted.python.failure import Failure
from w3lib.url import canonicalize_url

from crawler.columns import PAGES, Column
from crawler.exchange import HOPS, REDIRECTS, Lead, answered, failed, leads_to, retry_after
from crawler.portal import address, on_hosts
from pipelines.listing import Listing
from pipelines.records import Attachment, Capture, Portal, Visit

PATIENCE = 300  # seconds a server may ask us to wait; longer is left to the next crawl
PRIORITY = {"listing": 20, "report": 10, "attachment": 0}  # lists first: what they say decides what is asked
_AGAIN = frozenset({"timeout", "reset", "refused", "dns", "truncated"})  # may pass; so may 429 and 5xx


class Filed(Protocol):
    """What the pipelines made of a visit, as far as a spider cares; `number` is the visit's."""

    @property
    def number(self) -> int | None: ...
    @property
    def wanted(self) -> tuple[Attachment, ...]: ...


Look = Callable[[Capture], Awaitable[tuple[Listing, str] | None]]  # a listing, and where its links start from


class Generic(Spider):
    """Reads a portal's listing pages, follows them to reports and these to attachments; every exchange is a `Visit`."""

    portal: Portal  # set by the loader
    look: Look

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns: dict[str, Column] = {}
        self.asked: set[str] = set()  # canonical addresses of this run
        self.waiting: set[TimerHandle] = set()  # tries that are due later

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.look = load_object(crawler.settings["GONGKAI_LISTINGS"])(crawler)
        crawler.signals.connect(spider.filed, signals.item_scraped)
        crawler.signals.connect(spider.idle, signals.spider_idle)
        crawler.signals.connect(spider.closing, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        for url in self.portal.start or (self.portal.home,):
            self.columns[url] = Column(url)
            if request := self.ask(url, Lead("listing", column=url)):
                yield request

    def ask(self, url: str, lead: Lead) -> Request | None:
        """The request for an address, unless it leaves the portal or was made in this run."""
        if not address(url):
            self.count("links_without_address")
            return None
        if not on_hosts(url, self.portal.hosts):
            self.count("links_off_host")
            return None
        if (key := canonicalize_url(url)) in self.asked:
            return None
        self.asked.add(key)
        return self.request(url, lead)

    def request(self, url: str, lead: Lead) -> Request:
        priority = PRIORITY[lead.role] - lead.tries
        return Request(url, self.arrived, errback=self.missed, cb_kwargs={"lead": lead}, priority=priority)

    # ------------------------------------------------------------ answers

    async def arrived(self, response: Response, lead: Lead) -> AsyncIterator[Visit | Request]:
        request = cast("Request", response.request)
        visit = answered(self.portal, request, response, lead)
        if response.status in REDIRECTS and (target := leads_to(response)):
            visit, onward = self.redirected(visit, lead, target, jar="Set-Cookie" in response.headers)
            yield visit
            if onward:
                yield onward
            elif next_page := self.turn(lead):
                yield next_page
            return
        yield visit
        if self.retry(visit, lead, retry_after(response) if response.status in {429, 503} else None):
            return
        if lead.role != "listing":
            return
        if visit.outcome in {"fetched", "truncated"} and visit.body:
            async for found in self.read(visit, lead):
                yield found
        elif next_page := self.turn(lead):
            yield next_page

    async def missed(self, failure: Failure) -> AsyncIterator[Visit | Request]:
        request: Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy's scraper
        lead: Lead = request.cb_kwargs["lead"]
        visit = failed(self.portal, request, cast("BaseException", failure.value), lead)
        yield visit
        if not self.retry(visit, lead, None) and (next_page := self.turn(lead)):
            yield next_page

    def redirected(self, visit: Visit, lead: Lead, target: str, *, jar: bool) -> tuple[Visit, Request | None]:
        """What comes of a redirect: its outcome, and the request for where it leads."""
        chain = {canonicalize_url(url) for url in (*lead.chain, visit.url)}
        key = canonicalize_url(target)
        # A server may send on to the same address to set a cookie; it gets what hops are left.
        if (key in chain and not jar) or len(lead.chain) >= HOPS:
            return _ended(visit, "redirect_loop", f"sent on to {target}"), None
        if not on_hosts(target, self.portal.hosts):
            return _ended(visit, "off_host", f"sent on to {target}"), None
        visit = _ended(visit, "redirected", None)
        if key in self.asked and key not in chain:  # its own visit says what is there
            return visit, None
        self.asked.add(key)
        return visit, self.request(target, lead.onward(visit))

    def retry(self, visit: Visit, lead: Lead, asked: float | None) -> bool:
        """Whether another try was set for later."""
        passing = visit.outcome in _AGAIN or (
            visit.outcome == "http_error" and (visit.status == 429 or (visit.status or 0) >= 500)
        )
        settings = self.crawler.settings
        if not passing or lead.tries >= settings.getint("RETRY_TIMES") or (asked or 0) > PATIENCE:
            return False
        pause = max(settings.getfloat("GONGKAI_RETRY_PAUSE") * 2**lead.tries, asked or 0)

        def again() -> None:
            self.waiting.discard(timer)
            self.crawler.engine.crawl(self.request(visit.url, lead.again()))

        timer = asyncio.get_running_loop().call_later(pause, again)
        self.waiting.add(timer)
        self.count("retries")
        return True

    # ------------------------------------------------------------ listings

    async def read(self, visit: Visit, lead: Lead) -> AsyncIterator[Request]:
        """What a listing page leads to."""
        column = self.columns[lead.column]
        body = visit.body or b""
        content_type = next((value for name, value in visit.response_headers if name.lower() == "content-type"), None)
        # In another process: a long list takes longer to read than the event loop may be held.
        seen = await self.look(Capture(visit.url, body, content_type, portal=self.portal))
        if seen is None and not self.crawler.crawling:  # told to stop
            return
        if seen is None:
            self.logger.warning("%s: the listing cannot be read", visit.url)
            self.count("listings_unreadable")
            return
        listing, base = seen
        positions = {item: position for position, item in reversed(list(enumerate(listing.items)))}
        links = [(item, urljoin(base, item.href.strip())) for item in listing.reports]
        column.take(listing, {url for _, url in links}, len(body), hashlib.sha256(body).digest())
        for item, url in links:
            found = Lead("report", discovered_on=visit.number, link_text=item.title, position=positions.get(item))
            if request := self.ask(url, found):
                yield request
        if next_page := self.turn(lead, visit):
            yield next_page

    def turn(self, lead: Lead, visit: Visit | None = None) -> Request | None:
        """The next page of a column, now that one has come or will not come."""
        if lead.role != "listing" or lead.column == self.portal.home:  # a home page is no list to page through
            return None
        column = self.columns[lead.column]
        if visit is None:
            column.miss()
        while url := column.next():
            number = visit.number if visit else None
            if request := self.ask(url, Lead("listing", column=lead.column, discovered_on=number)):
                return request
        return None

    # ------------------------------------------------------------ signals

    def filed(self, item: Filed) -> None:
        """Ask for the attachments of a report."""
        for position, attachment in enumerate(item.wanted):
            lead = Lead("attachment", discovered_on=item.number, link_text=attachment.text, position=position)
            if request := self.ask(attachment.url, lead):
                self.crawler.engine.crawl(request)

    def idle(self) -> None:
        """Stay open for tries that are due later; else say what the lists kept back."""
        if self.waiting:
            raise DontCloseSpider
        columns = self.columns.values()
        reports = set[str]().union(*(column.reports for column in columns))
        short = [column for column in columns if column.short]
        for column in short:
            says = f"{column.total_items} entries" if column.total_items else f"{column.total_pages} pages"
            self.logger.warning(
                "%s says %s; seen: %d entries on %d pages", column.url, says, len(column.entries), column.pages
            )
        for column in columns:
            if column.capped:
                self.logger.warning("%s: stopped after %d pages; there are more", column.url, PAGES)
        if not reports:
            self.logger.warning("%s (%s): no report found on %s", self.portal.name, self.name, ", ".join(self.columns))
        expected = self.portal.expect.reports or 0
        if reports and len(reports) < expected:
            self.logger.warning(
                "%s (%s): %d reports listed, %d expected", self.portal.name, self.name, len(reports), expected
            )
        self.tally("reports_listed", len(reports))
        self.tally("reports_expected", expected if len(reports) < expected else 0)
        self.tally("list_incomplete", len(short))
        self.tally("list_says", sum(column.total_items for column in short))
        self.tally("list_seen", sum(len(column.entries) for column in short))
        self.tally("page_limit", sum(column.capped for column in columns))
        self.tally("nothing_listed", int(not reports))

    def closing(self) -> None:
        for timer in self.waiting:
            timer.cancel()

    def count(self, name: str) -> None:
        self.crawler.stats.inc_value(f"gongkai/{name}")

    def tally(self, name: str, value: int) -> None:
        if value:
            self.crawler.stats.set_value(f"gongkai/{name}", value)


def _ended(visit: Visit, outcome: str, error: str | None) -> Visit:
    return replace(visit, outcome=outcome, error=error)

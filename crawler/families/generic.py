"""The spider of all portals: walks their lists, follows these to reports and the reports to their attachments."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, Self, cast

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.utils.misc import load_object
from twisted.python.failure import Failure

from crawler import summary
from crawler.access import Ways, page_key, rest
from crawler.columns import COLUMNS, DEPTH, Column
from crawler.exchange import REDIRECTS, Lead, answered, failed, leads_to, redirected, retry_after
from crawler.families.reading import Part
from crawler.portal import address, on_hosts
from crawler.refresh import leads_on
from crawler.retries import Retries
from crawler.seek import Search, Seen
from pipelines.records import Ask, Attachment, Capture, Portal, Verdict, Visit, Walk

PRIORITY = {"listing": 20, "report": 10, "attachment": 0}  # lists first: what they say decides what is asked


class Filed(Protocol):
    """What the pipelines made of a visit, as far as a spider cares; `number` is the visit's."""

    @property
    def number(self) -> int | None: ...
    @property
    def visit(self) -> Visit | None: ...
    @property
    def verdict(self) -> Verdict | None: ...
    @property
    def wanted(self) -> tuple[Attachment, ...]: ...


# Reads an answer to a request for a list; the last says whether the column is still looked for.
Look = Callable[[Capture, Ask, str, bool], Awaitable[Part | None]]
# The addresses at which an earlier run found a portal's column, with what spoke for each.
Remembered = Callable[[str], Awaitable[Sequence[tuple[str, Mapping[str, object]]]]]


class Generic(Spider):
    """Reads a portal's listing pages, follows them to reports and these to attachments; every exchange is a `Visit`."""

    portal: Portal  # set by the loader
    look: Look
    remembered: Remembered
    ways: Ways
    retries: Retries

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns: dict[str, Column] = {}
        self.pages: dict[int, str] = {}  # numbers of visits that were read as parts of a column
        self.asked: set[str] = set()  # pages of this run, by `page_key`
        self.search: Search | None = None  # for the column, where none is known or those known are dead
        self.sought: set[str] = set()  # pages that were looked at for the column, by `page_key`
        self.settled = False
        self.home: tuple[str, Part, int, bytes, int] | None = None  # the home page, where it was read as a list

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.ways = Ways(spider.portal.access, crawler.settings.getfloat("GONGKAI_RETRY_PAUSE"))
        spider.retries = Retries(crawler, spider.ways)
        spider.look = load_object(crawler.settings["GONGKAI_LISTINGS"])(crawler)
        spider.remembered = load_object(crawler.settings["GONGKAI_COLUMNS"])(crawler)
        crawler.signals.connect(spider.filed, signals.item_scraped)
        crawler.signals.connect(spider.idle, signals.spider_idle)
        crawler.signals.connect(spider.closing, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        known = [(url, None) for url in self.portal.start] or await self.remembered(self.portal.id)
        for url, found in known:
            if request := self.enter(Column(url, found=found)):
                yield request
        if not self.columns and (first := self.seek()):
            yield first

    def enter(self, column: Column, discovered_on: int | None = None, link_text: str | None = None) -> Request | None:
        """The request for the first page of a column."""
        lead = Lead("listing", column=column.url, discovered_on=discovered_on, link_text=link_text)
        if request := self.ask(column.url, lead):
            column.due = True
            self.columns[column.url] = column
        return request

    def ask(self, url: str, lead: Lead) -> Request | None:
        """The request for an address, unless it leaves the portal or was made in this run."""
        if not address(url):
            self.count("links_without_address")
            return None
        if not on_hosts(url, self.portal.hosts):
            self.count("links_off_host")
            return None
        # a further part of a list has a key of its own: the page may have been looked at for the column before
        asked = page_key(url) + (f" {lead.ask.body}" if lead.ask else "")
        if asked in self.asked:
            return None
        self.asked.add(asked)
        return self.request(url, lead)

    def request(self, url: str, lead: Lead) -> Request:
        priority = PRIORITY[lead.role] - lead.tries
        ask = lead.ask or Ask(url)
        return Request(
            url,
            self.arrived,
            method=ask.method,
            body=ask.body,
            headers=dict(ask.headers),
            errback=self.missed,
            cb_kwargs={"lead": lead},
            priority=priority,
        )

    # ------------------------------------------------------------ answers

    async def arrived(self, response: Response, lead: Lead) -> AsyncIterator[Visit | Request]:
        request = cast("Request", response.request)
        visit = answered(self.portal, request, response, lead)
        rest(self.crawler, visit.url, self.ways.heard(visit, retry_after(response)))
        target = leads_to(response) if response.status in REDIRECTS else leads_on(response, visit)
        if target:
            self.ways.sent(visit.url, target)
            visit = redirected(visit, lead, target, self.portal.hosts, jar="Set-Cookie" in response.headers)
            yield visit
            if onward := self.onward(visit, lead, target):
                yield onward
            elif next_page := self.turn(lead):
                yield next_page
            return
        yield visit
        if self.retry(visit, lead, retry_after(response)):
            return
        if lead.role == "report" and lead.discovered_on in self.pages:
            column = self.columns[self.pages[lead.discovered_on]]
            column.came += visit.outcome in {"fetched", "truncated", "not_modified"}
            column.lost += visit.outcome == "gone"
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
        if not self.retry(visit, lead) and (next_page := self.turn(lead)):
            yield next_page

    def onward(self, visit: Visit, lead: Lead, target: str) -> Request | None:
        """The request for where a redirect leads, unless its own visit says what is there."""
        further = lead.onward(visit, target)
        asked = page_key(target) + (f" {further.ask.body}" if further.ask and further.ask.body else "")
        is_back = page_key(target) in map(page_key, (*lead.chain, visit.url))
        if visit.outcome != "redirected" or (asked in self.asked and not is_back):
            return None
        self.asked.add(asked)
        return self.request(target, further)

    def retry(self, visit: Visit, lead: Lead, asked: float | None = None) -> bool:
        """Whether another try was set for later."""

        def again() -> None:
            self.crawler.engine.crawl(self.request(visit.url, lead.again()))

        return self.retries.set(visit, lead, asked, again)

    # ------------------------------------------------------------ listings

    async def read(self, visit: Visit, lead: Lead) -> AsyncIterator[Request]:
        """What an answer to a request for a list leads to."""
        body = visit.body or b""
        content_type = next((value for name, value in visit.response_headers if name.lower() == "content-type"), None)
        # In another process: a long list takes longer to read than the event loop may be held.
        asked = lead.ask or Ask(visit.url)
        capture = Capture(visit.url, body, content_type, portal=self.portal)
        is_home = lead.column == self.portal.home
        part = await self.look(capture, asked, self.portal.family, is_home or not lead.column)
        if part is None and not self.crawler.crawling:  # told to stop
            return
        if part is None:
            self.logger.warning("%s: the listing cannot be read", visit.url)
            self.count("listings_unreadable")
            if next_place := self.turn(lead):
                yield next_place
            return
        digest = hashlib.sha256(body).digest()
        if is_home:
            self.home = (visit.url, part, len(body), digest, visit.number)
        if lead.column:
            walked = self.walk(self.columns[lead.column], part, len(body), digest, visit.number)
        else:
            walked = self.judge(visit, part, len(body), digest)
        for request in walked:
            yield request

    def walk(self, column: Column, part: Part, size: int, digest: bytes, number: int) -> Iterator[Request]:
        """What a page of a column leads to."""
        column.take(part, size, digest)
        self.pages[number] = column.url
        positions = {item: position for position, item in reversed(list(enumerate(part.items)))}
        for item in part.reports:
            found = Lead("report", discovered_on=number, link_text=item.title, position=positions.get(item))
            if (key := page_key(item.href)) in self.sought:  # looked like the column from afar, and is a report
                self.sought.remove(key)
                self.asked.discard(key)
            if request := self.ask(item.href, found):
                column.sent += 1
                yield request
        for item in part.columns if column.depth < DEPTH else ():
            if len(self.columns) >= COLUMNS:
                column.capped = True
                break
            below = Column(item.href, column.url, column.depth + 1)
            if found_below := self.enter(below, number, item.title):
                column.below += 1
                yield found_below
        if next_page := self.turn(Lead("listing", column.url), number):
            yield next_page

    async def descend(self, visit: Visit) -> AsyncIterator[Request]:
        """Walk a list that was taken for a report."""
        above = self.columns[self.pages[visit.discovered_on]] if visit.discovered_on in self.pages else None
        if above is None or above.depth >= DEPTH or visit.url in self.columns:
            return
        above.below += 1
        above.reports.discard(visit.url)
        self.columns[visit.url] = Column(visit.url, above.url, above.depth + 1, due=True)
        async for request in self.read(visit, Lead("listing", visit.url)):
            yield request

    def turn(self, lead: Lead, number: int | None = None) -> Request | None:
        """The next page of a column, now that one has come (the visit with that number) or will not come."""
        if lead.role != "listing":
            return None
        if not lead.column:  # the column is still looked for
            if self.search:
                self.search.miss("could not be had")
            return self.seek()
        column = self.columns[lead.column]
        if number is None:
            column.miss("broken")
        if lead.column == self.portal.home:  # no list to page through
            column.leave()
        while ask := column.next():
            if request := self.ask(ask.url, Lead("listing", lead.column, ask, discovered_on=number)):
                return request
        return None

    # ------------------------------------------------------------ looking for the column

    def seek(self) -> Request | None:
        """The request for the next place where the column may be."""
        self.search = self.search or Search(self.portal.home, self.portal.hosts)
        while step := self.search.next():
            url = step.candidate.url
            lead = Lead("listing", discovered_on=step.number, link_text=step.candidate.words or None)
            if url == self.portal.home and self.home:
                self.search.take(*self.home)
                continue
            if request := self.ask(url, lead):
                self.sought.add(page_key(url))
                return request
            self.search.miss("was asked for before")
        return None

    def judge(self, visit: Visit, part: Part, size: int, digest: bytes) -> Iterator[Request]:
        """Where a page leads on which the column may be named, or which may be the column itself."""
        search = self.search
        assert search, "nobody looks for a column"
        search.take(visit.url, part, size, digest, visit.number)
        if search.found is None:
            if request := self.seek():
                yield request
            return
        yield from self.settle(search, search.found)
        for step in search.siblings():
            column = Column(step.candidate.url, found=search.told(search.found))
            if beside := self.enter(column, step.number, step.candidate.words):
                yield beside

    def settle(self, search: Search, seen: Seen) -> Iterator[Request]:
        """Walk the page that was found, or the one that does best in the column's place."""
        self.settled = True
        if seen.url not in self.columns:
            column = self.columns[seen.url] = Column(seen.url, found=search.told(seen))
            yield from self.walk(column, seen.part, seen.size, seen.digest, seen.number)

    def resume(self) -> bool:
        """Whether there is more to ask for now that all lists are walked: no report was on them, so look elsewhere."""
        if self.settled or any(column.reports and column.ended != "dead" for column in self.columns.values()):
            return False
        if self.search is None and (request := self.seek()):
            self.crawler.engine.crawl(request)
            return True
        search = self.search
        assert search, "seek makes one"
        self.settled = True
        for lead in search.leads() if search.best is None else ():
            self.logger.warning(
                "%s (%s): %s may be on a host that its portal file does not name: %s",
                *(self.portal.name, self.name, lead.words or "the column", lead.url),
            )
        if search.best is None and self.columns:  # it stays with what was known, and says what was looked at
            next(iter(self.columns.values())).found = search.told(None)
            return False
        if seen := search.best or search.first:
            requests = list(self.settle(search, seen))
            for request in requests:
                self.crawler.engine.crawl(request)
            return bool(requests)
        self.columns[self.portal.home] = Column(self.portal.home, found=search.told(None))
        return False

    # ------------------------------------------------------------ signals

    async def filed(self, item: Filed) -> None:
        """Ask for the attachments of a report, and walk what turned out to be a list: 2020年 can be either."""
        if item.visit and item.visit.role == "report" and item.verdict == "listing":
            async for below in self.descend(item.visit):
                self.crawler.engine.crawl(below)
        for position, attachment in enumerate(item.wanted):
            lead = Lead("attachment", discovered_on=item.number, link_text=attachment.text, position=position)
            if request := self.ask(attachment.url, lead):
                self.crawler.engine.crawl(request)

    def idle(self) -> None:
        """Stay open for tries that are due later; else say what the lists kept back."""
        if self.retries.waiting or self.resume():
            raise DontCloseSpider
        for warning in summary.warnings(self.portal, self.columns.values()):
            self.logger.warning("%s", warning)
        for name, value in summary.counts(self.portal, self.columns.values()).items():
            self.crawler.stats.set_value(f"gongkai/{name}", value)

    def walks(self) -> tuple[Walk, ...]:
        """How each list was walked, for the archive."""
        return tuple(column.walk() for column in self.columns.values())

    def closing(self) -> None:
        self.retries.close()

    def count(self, name: str) -> None:
        self.crawler.stats.inc_value(f"gongkai/{name}")

"""The spider of all portals: walks their lists, follows these to reports and the reports to their attachments."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, Self, cast

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.utils.misc import load_object
from twisted.python.failure import Failure

from crawler.access import Ways, rest
from crawler.drawing import Drawing
from crawler.exchange import REDIRECTS, Lead, answered, failed, leads_to, redirected, retry_after
from crawler.families.reading import Part
from crawler.further import Further
from crawler.lists import Lists
from crawler.portal import address, on_hosts
from crawler.refresh import leads_on
from crawler.retries import Retries
from crawler.scout import Sheet
from crawler.stopping import Stopped
from pipelines.links import page_key
from pipelines.records import Ask, Attachment, Capture, Portal, Verdict, Visit
from pipelines.walks import Again, Agenda, Memory, Turn, Walk

PRIORITY = {"listing": 20, "report": 10, "attachment": 0}  # lists first: what they say decides what is asked
_BARE = frozenset({"thin", "not_a_report"})  # verdicts of a report's page that a script has yet to fill


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
# Lists of a portal that earlier runs walked to their end, and in how far this one may rest on that.
Memories = Callable[[str], Awaitable[Mapping[str, Memory]]]
# Which of a portal's known reports are due again, and which are left alone this time.
Due = Callable[[str, Turn], Awaitable[Agenda]]


class Generic(Spider):
    """Reads a portal's listing pages, follows them to reports and these to attachments; every exchange is a `Visit`."""

    portal: Portal  # set by the loader
    look: Look
    remembered: Remembered
    memories: Memories | None  # None: every list is walked to its end
    due: Due | None  # None: whatever the lists lead to is asked for
    ways: Ways
    retries: Retries
    drawing: Drawing
    further: Further

    def __init__(self, *args: Any, turn: Turn = "crawl", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.turn = turn
        self.asked: set[str] = set()  # pages of this run, by `page_key`
        self.lists = Lists(self.portal, self.ask)
        self.again: tuple[Again, ...] = ()  # pages that are due, whether a list leads to them or not
        self.rests: frozenset[str] = frozenset()  # pages that are not, by `page_key`
        self.ends: dict[str, str] = {}  # redirects that need not be followed: from where and to where, by `page_key`

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.ways = Ways(spider.portal.access, crawler.settings.getfloat("GONGKAI_RETRY_PAUSE"))
        spider.retries = Retries(crawler, spider.ways)
        spider.drawing = Drawing(crawler, spider.portal, spider.ways)
        spider.further = Further(crawler, spider.portal, spider.ways, spider.retries)
        spider.look = load_object(crawler.settings["GONGKAI_LISTINGS"])(crawler)
        spider.remembered = load_object(crawler.settings["GONGKAI_COLUMNS"])(crawler)
        memories = crawler.settings["GONGKAI_MEMORIES"]
        spider.memories = load_object(memories)(crawler) if memories else None
        agenda = crawler.settings["GONGKAI_AGENDA"]
        spider.due = load_object(agenda)(crawler) if agenda else None
        crawler.signals.connect(spider.filed, signals.item_scraped)
        crawler.signals.connect(spider.idle, signals.spider_idle)
        crawler.signals.connect(spider.closing, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        known = [(url, None) for url in self.portal.start] or await self.remembered(self.portal.id)
        memories = await self.memories(self.portal.id) if self.memories else {}
        agenda = await self.due(self.portal.id, self.turn) if self.due else Agenda()
        self.again, self.rests = agenda.due, frozenset(map(page_key, agenda.rests))
        self.ends = {page_key(again.url): again.leads_to for again in agenda.due if again.leads_to}
        if self.turn == "pages":
            for request in self.revisits():
                yield request
            return
        led = {url: to for url, to in agenda.led.items() if on_hosts(to, self.portal.hosts)}
        begin = [(led.get(url, url), found) for url, found in known]
        for request in self.lists.begin(begin, memories, agenda.lists, agenda.gone):
            yield request

    def ask(self, url: str, lead: Lead) -> Request | None:
        """The request for an address, unless it leaves the portal, was made in this run, or is not due again."""
        if not address(url):
            self.count("links_without_address")
            return None
        if not on_hosts(url, self.portal.hosts):
            self.count("links_off_host")
            return None
        # a further part of a list has a key of its own: the page may have been looked at for the column before
        asked = page_key(url) + (f" {lead.ask.body}" if lead.ask else "")
        if self.lists.release(url, lead):
            self.asked.discard(asked)
        if asked in self.asked:
            return None
        if lead.role in {"report", "attachment"} and asked in self.rests and not lead.anyway:
            self.count("not_due")
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
            elif next_page := self.lists.miss(lead):
                yield next_page
            else:
                self.lists.heard(visit, lead, target)
            return
        yield visit
        if self.retry(visit, lead, retry_after(response)):
            return
        self.lists.heard(visit, lead)
        if lead.role != "listing":
            return
        if visit.outcome in {"fetched", "truncated"} and visit.body:
            async for found in self.read(visit, lead):
                yield found
        elif next_page := self.lists.miss(lead):
            yield next_page

    async def missed(self, failure: Failure) -> AsyncIterator[Visit | Request]:
        if isinstance(failure.value, Stopped):
            return
        request: Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy's scraper
        lead: Lead = request.cb_kwargs["lead"]
        visit = failed(self.portal, request, cast("BaseException", failure.value), lead)
        yield visit
        if self.retry(visit, lead):
            return
        self.lists.heard(visit, lead)
        if next_page := self.lists.miss(lead):
            yield next_page

    def onward(self, visit: Visit, lead: Lead, target: str) -> Request | None:
        """The request for where a redirect leads, unless its own visit says what is there."""
        if self.ends.get(page_key(visit.url)) == page_key(target):
            return None
        further = lead.onward(visit, target)
        asked = page_key(target) + (f" {further.ask.body}" if further.ask and further.ask.body else "")
        is_back = page_key(target) in map(page_key, (*lead.chain, visit.url))
        if visit.outcome != "redirected" or (asked in self.asked and not is_back):
            return None
        self.asked.add(asked)
        request = self.request(target, further)
        if lead.role == "report":
            self.lists.sent_on(visit, request.url)
        return request

    def retry(self, visit: Visit, lead: Lead, asked: float | None = None) -> bool:
        """Whether another try was set for later."""

        def again() -> None:
            self.crawler.engine.crawl(self.request(visit.url, lead.again()))

        return self.retries.set(visit, lead, asked, again)

    # ------------------------------------------------------------ listings

    async def read(self, visit: Visit, lead: Lead) -> AsyncIterator[Request]:
        """What an answer to a request for a list leads to."""
        asked, seeks = lead.ask or Ask(visit.url), self.lists.seeks(lead, visit.url)
        part = await self.part(visit, asked, seeks=seeks)
        if part and (part.drawn or part.further) and (drawn := await self.drawing.draw(visit)):
            async for request in self.turned(drawn, lead):
                yield request
            return
        if not self.crawler.crawling:  # it may have been stopped while the page was drawn
            return
        if part is None:
            if next_place := self.unread(visit, lead):
                yield next_place
            return
        for request in self.lists.take(lead, _sheet(visit, part)):
            yield request

    async def turned(self, drawn: Sequence[Visit], lead: Lead) -> AsyncIterator[Request]:
        """What the pages of a list lead to that a browser drew and turned."""
        for number, visit in enumerate(drawn, 1):
            part = await self.part(visit, Ask(visit.url), seeks=self.lists.seeks(lead, visit.url))
            if part is None:
                if next_place := self.unread(visit, lead):
                    yield next_place
                return
            is_last = number == len(drawn)
            finished = visit.rendering is not None and visit.rendering["finished"]
            part = replace(part, further=0 if is_last and finished else number + 1)
            for request in self.lists.take(lead, _sheet(visit, part)):
                yield request
            if not lead.column and visit.url not in self.lists.columns:  # looked for elsewhere
                return
            lead = Lead("listing", lead.column or visit.url)

    def unread(self, visit: Visit, lead: Lead) -> Request | None:
        """The next request, now that a list cannot be read."""
        if not self.crawler.crawling:  # told to stop
            return None
        self.logger.warning("%s: the listing cannot be read", visit.url)
        self.count("listings_unreadable")
        return self.lists.miss(lead)

    async def part(self, visit: Visit, asked: Ask, *, seeks: bool = False) -> Part | None:
        """What a page says as a part of a list; in another process: it takes longer than the event loop may be held."""
        capture = Capture(visit.url, visit.body or b"", visit.header("content-type"), portal=self.portal)
        return await self.look(capture, asked, self.portal.family, seeks)

    # ------------------------------------------------------------ signals

    async def filed(self, item: Filed) -> None:
        """Ask for the attachments of a report, and walk what turned out to be a list: 2020年 can be either."""
        is_list = item.visit and item.visit.role == "report" and item.verdict == "listing"
        if item.visit and is_list and (below := self.lists.descend(item.visit)):
            async for found in self.read(item.visit, below):
                self.crawler.engine.crawl(found)
        if item.visit and item.visit.role == "report" and item.verdict in _BARE and self.drawing.may(item.visit):
            part = await self.part(item.visit, Ask(item.visit.url))
            if part and part.drawn:
                await self.drawing.draw(item.visit)  # filed like any other
        for position, attachment in enumerate(item.wanted):
            lead = Lead("attachment", discovered_on=item.number, link_text=attachment.text, position=position)
            if request := self.ask(attachment.url, lead):
                self.crawler.engine.crawl(request)

    async def follow(self, url: str, number: int) -> None:
        """Fetch a further page of the article of a visit's page."""
        await self.further.fetch(url, number)

    def idle(self) -> None:
        """Stay open for tries that are due later, for lists that may be dead, for another place of the column, and for
        known pages that are due again though no list led to them; else say what is missing.
        """
        if not self.crawler.crawling:  # told to stop before it began: nothing is missing
            return
        has_lists = self.turn != "pages"
        resumed: tuple[Request, ...] = ()
        if has_lists and not self.retries.waiting:
            resumed = self.lists.doubts() or self.lists.resume() or self.revisits()
        for request in resumed:
            self.crawler.engine.crawl(request)
        if self.retries.waiting or resumed:
            raise DontCloseSpider
        if not has_lists:
            return
        for warning in self.lists.warnings():
            self.logger.warning("%s", warning)
        for name, value in self.lists.counts().items():
            self.crawler.stats.set_value(f"gongkai/{name}", value)

    def revisits(self) -> tuple[Request, ...]:
        """What is due again and was not asked for yet."""
        due = self.again if self.crawler.crawling else ()
        asked = (self.ask(page.url, Lead(page.role, link_text=page.link_text)) for page in due)
        return tuple(request for request in asked if request)

    def walks(self) -> tuple[Walk, ...]:
        """How each list was walked, for the archive."""
        return self.lists.walks(stopped=not self.crawler.crawling)

    def closing(self) -> None:
        self.retries.close()

    def count(self, name: str) -> None:
        self.crawler.stats.inc_value(f"gongkai/{name}")


def _sheet(visit: Visit, part: Part) -> Sheet:
    body = visit.body or b""
    return Sheet(visit.url, part, len(body), hashlib.sha256(body).digest(), visit.number)

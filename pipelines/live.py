"""The three thin Scrapy pipelines: Keep commits a visit and its bytes, Derive reads them, File files the report."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self, runtime_checkable

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from archive.archive import Archive, Filed, Kept
from archive.errors import ArchiveError, DamagedBody, Unwritable
from pipelines import RECIPE
from pipelines.desk import Desk
from pipelines.pool import Parcel
from pipelines.records import CITABLE, Attachment, Capture, Further, Portal, Verdict, Visit
from pipelines.walks import Walk

logger = logging.getLogger(__name__)

_CAME = frozenset({"new", "changed", "same_bytes", "not_modified"})
_PREFIX = "gongkai/"  # of the stats that make up a run's counts
_CATCH_UP = 16  # captures read back at a time
_GLANCE = 0.5  # seconds between two looks whether the crawl was told to stop


@dataclass(frozen=True, slots=True)
class Entry:
    """A visit on its way through the pipelines, with what each of them added."""

    visit: Visit
    kept: Kept
    parcel: Parcel | None = None  # its report
    filed: Filed | None = None
    verdict: Verdict | None = None
    wanted: tuple[Attachment, ...] = ()  # to be fetched

    @property
    def number(self) -> int:
        return self.visit.number


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a report; told to the spider where an earlier run kept its page, and this one made no visit."""

    filed: Filed
    verdict: Verdict
    wanted: tuple[Attachment, ...]
    number: None = None
    visit: None = None


@runtime_checkable
class Walker(Protocol):
    """A spider that tells how it walked its portal's lists."""

    portal: Portal

    def walks(self) -> tuple[Walk, ...]: ...


@runtime_checkable
class Follower(Protocol):
    """A spider that fetches further pages of the article of a visit's page, each as visits of its own."""

    async def follow(self, url: str, number: int) -> None: ...


class Stage:
    """What the three have in common: their crawler, and a place at the desk while its spider is open."""

    closing: asyncio.Task[None] | None = None

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.desk = Desk.of(crawler)
        self.inside = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def open_spider(self) -> None:
        await self.desk.enter()
        self.inside = True

    async def close_spider(self) -> None:
        if self.inside:  # Scrapy closes what it could not open, too
            await self.desk.leave()

    def count(self, name: str) -> None:
        self.crawler.stats.inc_value(_PREFIX + name)

    def shut(self) -> None:
        """Close the spider: what cannot be kept must not be fetched, instead of asking a server for nothing."""
        self.desk.outcome = "failed"
        if self.closing is None:
            self.closing = asyncio.create_task(self.crawler.engine.close_spider_async(reason="cannot_keep"))

    def refused(self, error: ArchiveError) -> DropItem:
        """What to raise where the archive takes nothing more."""
        self.tell(error)
        self.shut()
        return DropItem(str(error), log_level="DEBUG")

    def tell(self, error: ArchiveError) -> None:
        """Say once a run that the archive takes nothing more, and not with a traceback a page."""
        if self.desk.outcome != "failed":
            logger.error("%s", error)
        self.desk.outcome = "failed"


class Keep(Stage):
    """Commits every visit, with its bytes, before anything tries to understand it."""

    async def close_spider(self) -> None:
        if not self.crawler.crawling and self.desk.outcome == "finished":
            self.desk.outcome = "interrupted"
        try:
            await self._note_walks()
        except Unwritable as error:
            self.tell(error)
        finally:  # whoever stays at the desk keeps the run open and the archive locked
            stats = self.crawler.stats.get_stats()
            self.desk.counts.update(
                {name.removeprefix(_PREFIX): value for name, value in stats.items() if name.startswith(_PREFIX)}
            )
            await super().close_spider()

    async def _note_walks(self) -> None:
        if self.inside and isinstance(spider := self.crawler.spider, Walker):
            portal, walks = spider.portal, spider.walks()
            for message in await self.desk.do(lambda archive: archive.note_walks(self.desk.run, portal.id, walks)):
                logger.warning("%s (%s): %s", portal.name, portal.id, message)
                self.count("lists_shrunk")

    async def process_item(self, visit: Visit) -> Entry:
        try:
            kept = await self.desk.do(lambda archive: archive.keep(self.desk.run, visit))
        except ArchiveError as error:
            raise self.refused(error) from error
        except Exception:
            self.shut()
            raise
        if visit.role in {"robots", "part"}:  # of no page: what a portal brought is told without them
            return Entry(visit, kept)
        self.count(kept.outcome)
        if visit.role == "report" and kept.outcome in _CAME:
            self.count("reports_came")
        return Entry(visit, kept)


class Derive(Stage):
    """Reads what is new, in another process, never on the event loop."""

    watch: asyncio.Task[None] | None = None

    async def open_spider(self) -> None:
        await super().open_spider()
        self.watch = asyncio.create_task(self._give_up_when_stopped())

    async def close_spider(self) -> None:
        if self.watch:
            self.watch.cancel()
        await super().close_spider()

    async def process_item(self, entry: Entry) -> Entry:
        if not entry.kept.pending:
            return entry
        if entry.visit.body is None:  # not sent again, or of no bytes: the archive has what holds
            capture = await self.desk.do(lambda archive: archive.capture(entry.kept.visit_id))
        else:
            capture = _capture(entry.visit, entry.visit.body)
        parcel = await asyncio.wrap_future(self.desk.pool.submit(capture))
        if parcel is None:  # stopped; the next crawl reads what this one kept
            self.count("left_unread")
        return replace(entry, parcel=parcel)

    async def _give_up_when_stopped(self) -> None:
        """After Ctrl-C the spider waits for its items, and a long queue of pages would keep it waiting."""
        while self.crawler.crawling:  # noqa: ASYNC110  # Scrapy sends no signal before all items are through
            await asyncio.sleep(_GLANCE)
        self.desk.pool.abandon()


class File(Stage):
    """Files what was read, and first what an earlier run that was killed did not come to read.

    A report that goes on at other pages is filed when these were asked for too.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.left: list[int] = []  # visits of an earlier run whose further pages this one may bring

    async def open_spider(self) -> None:
        await super().open_spider()
        await self._catch_up()

    async def close_spider(self) -> None:
        try:
            if self.inside and self.crawler.crawling:
                await self._make_do()
        finally:
            await super().close_spider()

    async def process_item(self, entry: Entry) -> Entry:
        visit_id, parcel = entry.kept.visit_id, entry.parcel
        asked: set[str] = set()
        if parcel is None:
            if entry.kept.body_sha256 is None or entry.kept.pending or entry.visit.role != "report":
                return entry
            # known and unchanged; but an earlier run may have ended before it came to the attachments
            known = await self.desk.do(lambda archive: archive.known(visit_id))
            visit = replace(entry.visit, body=known.body) if known.body is not None else entry.visit
            entry = replace(entry, visit=visit, verdict=known.verdict, wanted=known.unfetched)
            parcel = await self._anew(entry, known.further, asked)
        while parcel is not None:
            # patient: nothing is lost that is filed later, and indexing must not hold up what is being fetched; an
            # earlier run's pages come one after the other, before anything is, and cannot wait so
            outcome = await self._file(visit_id, parcel, lambda page: page.url not in asked, patient=True)
            if isinstance(outcome, Outcome):
                return replace(entry, parcel=None, filed=outcome.filed, verdict=outcome.verdict, wanted=outcome.wanted)
            parcel = await self._anew(entry, outcome, asked)
            if parcel is None:
                self.count("left_unread")
        return replace(entry, parcel=None)

    async def _anew(self, entry: Entry, further: Sequence[str], asked: set[str]) -> Parcel | None:
        """Fetch further pages of a page's article and read it with them; None where that would say what is filed."""
        spider, visit_id = self.crawler.spider, entry.kept.visit_id
        for url in further:
            asked.add(url)
            if self.crawler.crawling and isinstance(spider, Follower):
                await spider.follow(url, entry.number)
        if not further or not self.crawler.crawling:  # told to stop: the next crawl goes on from here
            return None
        if entry.parcel is None and not await self.desk.do(lambda archive: archive.is_stale(visit_id)):
            return None
        capture = await self.desk.do(lambda archive: archive.capture(visit_id))
        return await asyncio.wrap_future(self.desk.pool.submit(capture))

    async def _file(
        self, visit_id: int, parcel: Parcel, waits: Callable[[Further], bool], *, patient: bool = False
    ) -> Outcome | tuple[str, ...]:
        """File a report, unless it `waits` for further pages: then their addresses."""

        def job(archive: Archive) -> Outcome | tuple[str, ...]:
            report = parcel.open()
            if further := tuple(page.url for page in report.further if waits(page)):
                return further
            wanted = report.attachments if report.verdict in CITABLE else ()
            return Outcome(archive.file(visit_id, report), report.verdict, wanted)

        try:
            outcome = await self.desk.do(job, patient=patient)
        except Unwritable as error:
            raise self.refused(error) from error
        if isinstance(outcome, Outcome):
            self.count(f"verdict/{outcome.verdict}")
            if outcome.filed.is_new and outcome.verdict in CITABLE:
                self.count("reports_new" if outcome.filed.sighting_of is None else "sightings")
        return outcome

    async def _catch_up(self) -> None:
        damaged: dict[int, DamagedBody] = {}
        last = 0
        while self.crawler.crawling and (batch := await self._arrears(f"id > {last}", damaged)):
            futures = [self.desk.pool.submit(capture) for _, capture in batch]
            for (last, _), future in zip(batch, futures, strict=True):
                if not (parcel := await asyncio.wrap_future(future)):
                    continue
                outcome = await self._file(last, parcel, lambda page: page.sha256 is None)
                if not isinstance(outcome, Outcome):
                    self.left.append(last)
                    continue
                self.count("caught_up")
                await self.crawler.signals.send_catch_log_async(
                    signals.item_scraped, item=outcome, response=None, spider=self.crawler.spider
                )
        for visit_id, error in damaged.items():
            logger.warning("visit %s: %s", visit_id, error)

    async def _make_do(self) -> None:
        """File what an earlier run left, with the pages there are, where this one has not read it either."""
        for left in self.left:
            for visit_id, capture in await self._arrears(f"id = {left}", {}):
                if parcel := await asyncio.wrap_future(self.desk.pool.submit(capture)):
                    await self._file(visit_id, parcel, lambda _: False)
                    self.count("caught_up")

    async def _arrears(self, where: str, damaged: dict[int, DamagedBody]) -> list[tuple[int, Capture]]:
        """What is kept of the portal and not read, under a condition on its visit; not too many at once."""
        portal: Portal = self.crawler.spidercls.portal  # type: ignore[attr-defined]  # every spider here has one: the loader makes them

        def job(archive: Archive) -> list[tuple[int, Capture]]:
            found = archive.captures(lacking=RECIPE, portal=portal.id, where=where, damaged=damaged.__setitem__)
            return list(itertools.islice(found, _CATCH_UP))

        return await self.desk.do(job)


def _capture(visit: Visit, body: bytes) -> Capture:
    return Capture(visit.url, body, visit.header("content-type"), visit.status or 200, visit.portal, visit.link_text)

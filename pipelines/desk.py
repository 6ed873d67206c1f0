"""The desk: what the spiders of one process share of the archive, and what a crawl asks it."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from scrapy.crawler import Crawler

from archive.archive import Archive, Validators, lock
from pipelines import RECIPE
from pipelines.pool import Pool
from pipelines.walks import Agenda, Memory, Turn
from pipelines.writer import Writer

T = TypeVar("T")

_SETTINGS = (
    "USER_AGENT",
    "ROBOTSTXT_OBEY",
    "DOWNLOAD_DELAY",
    "DOWNLOAD_TIMEOUT",
    "DOWNLOAD_MAXSIZE",
    "GONGKAI_VALIDATORS",
    "GONGKAI_MEMORIES",
    "GONGKAI_FULL_WALK",
    "GONGKAI_AGENDA",
)
# Default 700, 10, 10. A waiting page is some 180 objects, which go without any collection once it is filed; with these,
# a collection looks at 15,000 objects at most and holds the event loop for some 10 ms, and a full one is rare.
_COLLECT = (3_000, 4, 200)
_VERSIONS = ("scrapy", "trafilatura", "lxml")
_SWITCH = 0.0005  # seconds


class Desk:
    """What the spiders of one process share: the archive and its writer, the run, the pool.

    The first to enter opens them, the last to leave closes them. A command that crawls portals one after the other
    enters itself as well, so that all are one run.
    """

    _desks: ClassVar[dict[Path, Desk]] = {}

    def __init__(self, path: Path, settings: dict[str, Any], reader: str) -> None:
        self.path = path
        self.settings = settings
        self._reader = reader
        self.pool = Pool()
        self.run = 0
        self.counts: Counter[str] = Counter()
        self.outcome: Literal["finished", "failed", "interrupted"] = "finished"
        self._guests = 0
        self._door = asyncio.Lock()
        self._writer: Writer[Archive] | None = None

    @classmethod
    def of(cls, crawler: Crawler) -> Desk:
        """The desk for a crawler's archive."""
        path = Path(crawler.settings["GONGKAI_ARCHIVE"]).absolute()
        settings = {name: crawler.settings.get(name) for name in _SETTINGS}
        return cls._desks.setdefault(path, cls(path, settings, crawler.settings["GONGKAI_READER"]))

    async def do(self, job: Callable[[Archive], T], *, patient: bool = False) -> T:
        """Have the writer do something to the archive; it is committed when this returns."""
        assert self._writer, "enter the desk first"
        return await asyncio.wrap_future(self._writer.do(job, patient=patient))

    async def enter(self) -> None:
        """Be one more guest; raises what keeps the archive from opening."""
        async with self._door:
            if not self._guests:
                await self._open()
            self._guests += 1

    async def leave(self) -> None:
        """Be one guest less."""
        async with self._door:
            self._guests -= 1
            if not self._guests:
                await self._close()

    async def _open(self) -> None:
        # The writer and the readers of lists are threads: whenever the event loop lets go of the interpreter for a
        # system call, it waits this long to get it back from one that is busy (5 ms by default).
        sys.setswitchinterval(_SWITCH)
        # What was imported stays; without it a full garbage collection holds the event loop for a tenth of a second.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_COLLECT)
        command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
        writer = Writer(lambda: _opened(self.path, command))
        await asyncio.wrap_future(writer.start())
        self._writer = writer
        self.pool, self.counts, self.outcome = Pool(beside=True, look=self._reader), Counter(), "finished"
        versions = {"python": sys.version.split()[0], **{name: version(name) for name in _VERSIONS}}
        self.run = await self.do(
            lambda archive: archive.start_run(command, settings=self.settings, versions=versions, recipe=RECIPE)
        )

    async def _close(self) -> None:
        assert self._writer, "nobody is inside"
        await asyncio.to_thread(self.pool.close)
        counts = dict(self.counts)
        try:
            await self.do(lambda archive: archive.finish_run(self.run, self.outcome, counts))
        finally:  # a disk that takes nothing more must not keep the archive locked for as long as the process lives
            await asyncio.to_thread(self._writer.close)
            self._writer = None


@contextmanager
def _opened(path: Path, command: str) -> Iterator[Archive]:
    with lock(path, command), Archive.open(path) as archive:
        yield archive


def validators(crawler: Crawler) -> Callable[[str], Awaitable[Validators | None]]:
    """What the archive knows of an address, for the middleware `Revisit`."""
    desk = Desk.of(crawler)
    return lambda url: desk.do(lambda archive: archive.validators(url))


def listings(crawler: Crawler) -> Callable[..., Awaitable[Any]]:
    """What an answer to a request for a list holds, read in another process by GONGKAI_READER, for the spiders."""
    desk = Desk.of(crawler)
    return lambda *given: asyncio.wrap_future(desk.pool.look(*given))


def columns(crawler: Crawler) -> Callable[[str], Awaitable[Any]]:
    """Where an earlier run found a portal's column, for the spiders."""
    desk = Desk.of(crawler)
    return lambda portal: desk.do(lambda archive: archive.columns(portal))


def memories(crawler: Crawler) -> Callable[[str], Awaitable[dict[str, Memory]]]:
    """Lists that earlier runs walked to their end not longer ago than GONGKAI_FULL_WALK, for the spiders."""
    desk = Desk.of(crawler)
    since = timedelta(days=crawler.settings.getfloat("GONGKAI_FULL_WALK"))

    async def known(portal: str) -> dict[str, Memory]:
        found = await desk.do(lambda archive: archive.memories(portal))
        begin = datetime.now(UTC) - since
        return {url: memory for url, memory in found.items() if datetime.fromisoformat(memory.walked_at) > begin}

    return known


def agenda(crawler: Crawler) -> Callable[[str, Turn], Awaitable[Agenda]]:
    """Which known reports of a portal are due again, for the spiders."""
    desk = Desk.of(crawler)
    since = timedelta(days=crawler.settings.getfloat("GONGKAI_FULL_WALK"))
    return lambda portal, turn: desk.do(lambda archive: archive.agenda(portal, datetime.now(UTC), turn, since))

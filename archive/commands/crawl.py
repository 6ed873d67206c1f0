"""`gongkai crawl`: the portals that were named, in one run, and what came of each."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from scrapy import signals
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings
from scrapy.utils.defer import deferred_f_from_coro_f
from scrapy.utils.log import configure_logging
from scrapy.utils.reactor import install_reactor

from archive import show
from archive.timeline import GOOD, SAID
from crawler.loader import PortalLoader, spider_class
from crawler.memory import give_back
from crawler.naming import choose
from crawler.portal import PortalError, doubts
from crawler.registry import with_registry
from pipelines.desk import Desk
from pipelines.records import OUTCOMES, Portal
from pipelines.walks import Turn

# Portals crawled side by side; each has one connection a host. With two seconds between requests one brings a page in
# two to five seconds, and a core reads some twenty pages a second: fewer leave the cores idle (benchmarks/many.py).
# More than 256 would fill the event loop, and come near the 1,024 files that a process may open.
AT_ONCE = min(100 * (os.cpu_count() or 1), 256)
# Bytes of pages that came and wait to be read, of all portals together: servers are quicker than our cores, and each
# portal for itself would let as many wait as its setting allows.
_WAITING = 128 << 20
_APART = 0.05  # seconds between two portals' starts: opened in one turn of the event loop, they hold it for seconds
_KILLED = 130  # exit code of a process that Ctrl-C ended
_NEWS = ("new", "changed")


@dataclass(frozen=True, slots=True)
class Crawled:
    """What came of one portal."""

    portal: Portal
    reason: str  # why its spider closed
    counts: Mapping[str, int]
    turn: Turn = "crawl"

    @property
    def failed(self) -> str | None:
        """Why the portal counts as failed, or None."""
        if self.reason != "finished":
            return {"shutdown": "stopped"}.get(self.reason, self.reason)
        if self.turn == "pages" and not self.visits():
            return None  # nothing was due any more
        if not any(self.counts.get(name) for name in (SAID if self.turn == "pages" else GOOD)):
            return "no page came: " + (", ".join(f"{n} {name}" for name, n in self.visits().items()) or "none asked")
        if self.counts.get("nothing_listed"):
            return "no report listed"
        # on pages that were asked for: of the others nothing was to come
        listed = self.counts.get("reports_listed", 0) - self.counts.get("reports_unseen", 0)
        came = self.counts.get("reports_came") or self.counts.get("not_due")
        return f"none of {listed} reports came" if listed and not came else None

    def visits(self) -> dict[str, int]:
        """Visits by outcome."""
        return {name: self.counts[name] for name in OUTCOMES if self.counts.get(name)}

    def line(self) -> str:
        """One line that says it all."""
        visits = self.visits()
        news = sum(visits.get(name, 0) for name in _NEWS)
        parts = [f"{sum(visits.values())} visits: " + ", ".join(f"{count} {name}" for name, count in visits.items())]
        if reports := self.counts.get("reports_new"):
            parts.append(f"{reports} pages read")
        if copies := self.counts.get("sightings"):
            parts.append(f"{copies} copies of known reports")
        if resting := self.counts.get("not_due"):
            parts.append(f"{resting} known pages not due yet")
        if not news and not self.failed:
            parts.append("unchanged: nothing new was stored")
        if self.counts.get("list_incomplete"):
            parts.append(f"the list says {self.counts.get('list_says', '?')}, seen {self.counts.get('list_seen', 0)}")
        if expected := self.counts.get("reports_expected"):
            parts.append(f"{expected} reports expected, {self.counts.get('reports_listed', 0)} listed")
        if self.failed:
            parts.append(f"FAILED: {self.failed}")
        return f"{self.portal.id} {self.portal.name}  " + "; ".join(parts)

    def row(self) -> dict[str, Any]:
        return {"portal": self.portal.id, "name": self.portal.name, "failed": self.failed, "counts": dict(self.counts)}


def settings_for(archive: Path, folders: Sequence[Path], *, full: bool = False) -> Settings:
    """The project's settings, with what the command line says."""
    settings = Settings()
    settings.setmodule("settings", priority="project")
    settings.set("GONGKAI_ARCHIVE", str(archive), priority="cmdline")
    settings.set("GONGKAI_PORTALS", [str(folder) for folder in folders], priority="cmdline")
    settings.set("LOG_LEVEL", "WARNING", priority="cmdline")
    if full:
        settings.set("GONGKAI_VALIDATORS", "", priority="cmdline")
        settings.set("GONGKAI_MEMORIES", "", priority="cmdline")
        settings.set("GONGKAI_AGENDA", "", priority="cmdline")
    return settings


def crawl(
    settings: Settings,
    portals: Sequence[Portal],
    turns: Mapping[str, Turn] | None = None,
    *,
    seconds: float | None = None,
    done: list[Crawled] | None = None,
) -> list[Crawled]:
    """Crawl portals side by side in one run. Once a process: the reactor starts only once. Stopped after so many
    seconds as it is by Ctrl-C: what was not begun by then is not in the answer. `turns`: of portals, by id, that a
    night asks. `done`: the answer as it grows, for who wants it also where this raises.

    Raises ArchiveError where the archive cannot be written.
    """
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    configure_logging(settings)
    for name in (None, "scrapy"):  # what is not written need not be put together either
        logging.getLogger(name).setLevel(settings.get("LOG_LEVEL"))
    # a robots.txt that cannot be had comes with a traceback; the visit to the page itself says the same in a word
    logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)
    from twisted.internet.task import react  # the reactor must be installed before

    share = _WAITING // max(1, min(AT_ONCE, len(portals)))
    if share < settings.getint("SCRAPER_SLOT_MAX_ACTIVE_SIZE"):
        settings.set("SCRAPER_SLOT_MAX_ACTIVE_SIZE", share, priority="cmdline")
    # it is given the portals: a file that cannot be read, of another one, is no reason not to begin
    settings.set("SPIDER_LOADER_CLASS", "scrapy.spiderloader.DummySpiderLoader", priority="cmdline")
    runner = AsyncCrawlerRunner(settings)
    done = [] if done is None else done
    trouble: list[BaseException] = []

    async def main(_: object) -> None:
        try:
            await _all(runner, [(portal, (turns or {}).get(portal.id, "crawl")) for portal in portals], done, seconds)
        except Exception as error:  # noqa: BLE001 - handed on below; the reactor would only log it
            trouble.append(error)

    try:
        react(deferred_f_from_coro_f(main))
    except SystemExit as ended:  # how react tells that it is through
        if ended.code and not trouble:
            raise
    if trouble:
        raise trouble[0]
    return done


async def _all(
    runner: AsyncCrawlerRunner, portals: Sequence[tuple[Portal, Turn]], done: list[Crawled], seconds: float | None
) -> None:
    desk = Desk.of(runner.create_crawler(spider_class(portals[0][0])))
    stopping = asyncio.Event()

    def stop() -> None:
        if stopping.is_set():
            os._exit(_KILLED)  # what was committed is safe; threads that wait for a server would keep us
        halt()

    def halt() -> None:
        if stopping.is_set():
            return
        stopping.set()
        click.echo("stopping: what is under way is finished and filed; once more to stop at once", err=True)
        asyncio.ensure_future(runner.stop())  # noqa: RUF006 - the runner is alive until it is done

    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    if seconds is not None:
        loop.call_later(seconds, halt)
    gate, door = asyncio.Semaphore(AT_ONCE), asyncio.Lock()
    hosts: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
    await desk.enter()
    tidying = asyncio.create_task(give_back())
    try:
        with show.progress("visits", None) as bar:

            def tick() -> None:  # here, since signals hold what they call weakly
                bar.advance()

            async def one(portal: Portal, turn: Turn) -> None:
                async with AsyncExitStack() as held:
                    for host in sorted(portal.hosts):  # portals that share a host take turns
                        await held.enter_async_context(hosts[host])
                    await held.enter_async_context(gate)
                    async with door:
                        if not stopping.is_set():
                            await asyncio.sleep(_APART)
                        if stopping.is_set():  # perhaps meanwhile: who begins after the others were stopped goes on
                            return
                    crawler = runner.create_crawler(spider_class(portal))  # only now: a province has hundreds
                    crawler.signals.connect(tick, signals.item_scraped)
                    try:
                        await runner.crawl(crawler, turn=turn)
                    except Exception as error:  # noqa: BLE001 - one portal's failure is not the others'
                        result = Crawled(portal, f"{type(error).__name__}: {error}", {}, turn)
                    else:
                        result = _result(portal, crawler, turn)
                done.append(result)
                click.echo(result.line(), err=True)

            await asyncio.gather(*(one(*each) for each in portals))
    finally:
        tidying.cancel()
        await desk.leave()


def _result(portal: Portal, crawler: Crawler, turn: Turn) -> Crawled:
    assert crawler.stats  # there once it has crawled
    stats = crawler.stats.get_stats()
    counts = {name.removeprefix("gongkai/"): value for name, value in stats.items() if name.startswith("gongkai/")}
    return Crawled(portal, str(stats.get("finish_reason", "did not start")), counts, turn)


def run(
    words: Sequence[str], archive: Path, folders: Sequence[Path], *, below: bool, full: bool, json_out: bool
) -> int:
    """The command: exit code 1 where a portal failed."""
    settings = settings_for(archive, folders, full=full)
    try:
        files = PortalLoader.from_settings(settings).portals
        chosen = choose(with_registry(files), words, below=below)
    except PortalError as error:
        raise click.ClickException(str(error)) from error
    portals = chosen.portals if words else tuple(files.values())
    for note in (*chosen.notes, *(f"Warning: {doubt}" for portal in portals for doubt in doubts(portal))):
        click.echo(note, err=True)
    results = crawl(settings, portals)
    if json_out:
        show.as_json([result.row() for result in results])
    failed = [result for result in results if result.failed]
    if failed:
        names = ", ".join(f"{result.portal.id} ({result.failed})" for result in failed)
        click.echo(f"{len(failed)} of {len(results)} portals failed: {names}", err=True)
    if left := len(portals) - len(results):
        click.echo(f"stopped before {left} more portals were begun", err=True)
    return 1 if failed or left else 0

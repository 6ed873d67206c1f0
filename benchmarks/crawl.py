"""A crawl of about 1,000 pages from loopback: bare Scrapy, ours keeping only, ours whole, and the usual way.

    crawl.py [--rounds N] [--reports N] [--only NAME ...] [--json FILE]

One server in a process of its own serves all; every run is a fresh process. The variants take turns; only ratios of
one run mean anything. All have one spider, 16 requests at once, no delay, no robots.txt.

kept: from the first request to the last answer that was had (for ours: committed). filed: to the last report filed.
stall: by how much the event loop was late, at worst, for a call due every 5 ms. CPU: of the crawling process alone,
which is what to look at on a machine that is not idle.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import corpus  # first: it finds the packages
from scrapy import Request, Spider, signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Response
from scrapy.settings import Settings

PORTALS = 8
VARIANTS = ("bare", "keep", "whole", "usual")
TICK = 0.005  # seconds
SAME = {  # for all of them
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "DOWNLOAD_DELAY": 0,
    "ROBOTSTXT_OBEY": False,
    "LOG_LEVEL": "WARNING",
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
}
GOALS = (  # name, variant, time, of which variant and time, at least or at most, goal
    ("keeping against bare Scrapy, pages/s", "keep", "kept", "bare", "kept", "at least", 0.8),
    ("keeping with derivation beside, pages/s", "whole", "kept", "bare", "kept", "at least", 0.7),
    ("time to the last report filed, of the usual way's", "usual", "filed", "whole", "filed", "at most", 0.4),
)
GOAL_STALL = 50.0  # ms


# ---------------------------------------------------------------- what is measured, in the process of one run


class Watch:
    """Notes the first request, the last answer, the last item, and how late the event loop was."""

    def __init__(self, crawler: Crawler) -> None:
        self.answers = self.items = 0
        self.first = self.answered = self.done = self.cpu = 0.0
        self.stalls: list[float] = []
        crawler.signals.connect(self.opened, signals.spider_opened)
        crawler.signals.connect(self.asked, signals.request_reached_downloader)
        crawler.signals.connect(self.came, signals.response_received)
        crawler.signals.connect(self.scraped, signals.item_scraped)
        crawler.signals.connect(self.closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def opened(self) -> None:
        self.ticking = asyncio.ensure_future(self.tick())

    async def tick(self) -> None:
        while True:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            if self.answers:  # what is imported for the first request is not a stall of the crawl
                self.stalls.append(time.perf_counter() - due)

    def asked(self) -> None:
        if not self.first:
            self.first, self.cpu = time.perf_counter(), time.process_time()

    def came(self) -> None:
        self.answers += 1
        self.answered = time.perf_counter()

    def scraped(self) -> None:
        self.items += 1
        self.done = time.perf_counter()

    def closed(self) -> None:
        self.ticking.cancel()
        result = {
            "answers": self.answers,
            "items": self.items,
            "kept": (Kept.last or self.answered) - self.first,
            "filed": max(self.done, self.answered) - self.first,
            "stall_ms": max(self.stalls) * 1e3,
            "cpu": time.process_time() - self.cpu,
        }
        print(json.dumps(result), flush=True)


class Kept:
    """A pipeline right after Keep: notes when a visit was committed."""

    last = 0.0

    def process_item(self, item: Any) -> Any:
        Kept.last = time.perf_counter()
        return item


class Bare(Spider):
    """Follows the same links as ours, which were written down beforehand, and hands on what comes."""

    name = "bare"
    links: dict[str, list[str]]  # of the list pages: where they lead
    items = False

    async def start(self):
        for url in self.links["start"]:
            yield Request(url)

    def parse(self, response: Response):
        for href in response.css("a::attr(href)").getall() if response.url in self.links else ():
            response.urljoin(href)  # read as a spider reads it; which of them count is written down
        for url in self.links.get(response.url, ()):
            yield Request(url)
        if self.items:
            yield {"url": response.url, "body": response.body}


class Usual:
    """The usual way: extract in the pipeline, upsert a row."""

    def open_spider(self) -> None:
        import sqlite_utils

        self.database = sqlite_utils.Database(os.environ["BENCH_ARCHIVE"])
        self.database.enable_wal()

    def process_item(self, item: Any) -> Any:
        import trafilatura

        text = trafilatura.extract(item["body"], url=item["url"])
        self.database["pages"].upsert({"url": item["url"], "body": item["body"], "text": text}, pk="url")
        return item


def one_run(variant: str) -> None:
    settings = Settings()
    ours = variant in {"keep", "whole"}
    if ours:
        settings.setmodule("settings", priority="project")
        settings.set("GONGKAI_ARCHIVE", os.environ["BENCH_ARCHIVE"])
        settings.set("GONGKAI_PORTALS", [os.environ["BENCH_PORTALS"]])
        settings.set("GONGKAI_CONTACT", "bench@gongkai.example")
        stages = {"pipelines.live.Keep": 100, "__main__.Kept": 150}
        if variant == "whole":
            stages |= {"pipelines.live.Derive": 200, "pipelines.live.File": 300}
        settings.set("ITEM_PIPELINES", stages, priority="cmdline")
        settings.set("EXTENSIONS", {"__main__.Watch": 0, "crawler.manners.Manners": 0}, priority="cmdline")
    else:
        settings.set("EXTENSIONS", {"__main__.Watch": 0}, priority="cmdline")
        Bare.links = json.loads(Path(os.environ["BENCH_LINKS"]).read_text())
        if variant == "usual":
            Bare.items = True
            settings.set("ITEM_PIPELINES", {"__main__.Usual": 100}, priority="cmdline")
    for name, value in SAME.items():
        settings.set(name, value, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    process.crawl("bench" if ours else Bare)
    process.start()


# ---------------------------------------------------------------- all runs


def links(sites: list[corpus.Site], found: list[str]) -> dict[str, list[str]]:
    """What the bare spider is told: from each list page to its next and to the reports that ours asks for."""
    told: dict[str, list[str]] = {"start": [f"http://{site.host}{site.start}" for site in sites]}
    for site in sites:
        pages = [f"http://{site.host}{path}" for path in site.listings]
        rest = [url for url in found if url.startswith(f"http://{site.host}/") and url not in pages]
        share = -(-len(rest) // len(pages))
        for number, page in enumerate(pages):
            told[page] = pages[number + 1 : number + 2] + rest[number * share : (number + 1) * share]
    return told


def run(variant: str, folder: Path, proxy: str) -> dict[str, Any]:
    archive = folder / f"{variant}-{time.monotonic_ns()}.db"
    environment = {
        **os.environ,
        "http_proxy": proxy,
        "no_proxy": "",
        "PYTHONPATH": str(corpus.ROOT),
        "BENCH_ARCHIVE": str(archive),
        "BENCH_PORTALS": str(folder / "portals"),
        "BENCH_LINKS": str(folder / "links.json"),
    }
    command = [sys.executable, __file__, "--one", variant]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout.strip():
        raise SystemExit(f"{variant}: failed\n{done.stdout}\n{done.stderr}")
    result = json.loads(done.stdout.splitlines()[-1])
    return {**result, "archive": str(archive), "log": done.stderr}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reports", type=int, default=120, help="of each of the eight portals")
    parser.add_argument("--only", nargs="*", default=VARIANTS, choices=VARIANTS)
    parser.add_argument("--one", choices=VARIANTS, help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()
    if args.one:
        one_run(args.one)
        return

    sites = corpus.portals(PORTALS, args.reports)
    with tempfile.TemporaryDirectory() as temporary, corpus.served(PORTALS, args.reports) as proxy:
        folder = Path(temporary)
        (folder / "portals").mkdir()
        (folder / "portals" / "bench.toml").write_text(portal_file(sites))
        figures = measure(sites, args, folder, proxy)
    report(figures, args.rounds)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2))


def portal_file(sites: list[corpus.Site]) -> str:
    """One portal of all hosts, so that ours is one spider too."""
    hosts = [site.host for site in sites]
    start = [f"http://{site.host}{site.start}" for site in sites]
    return f'name = "bench"\nhome = "http://{hosts[0]}/"\nhosts = {json.dumps(hosts)}\nstart = {json.dumps(start)}\n'


def measure(
    sites: list[corpus.Site], args: argparse.Namespace, folder: Path, proxy: str
) -> dict[str, list[dict[str, Any]]]:
    """All runs; the first of ours only tells which addresses it asks for."""
    import sqlite3

    first = run("keep", folder, proxy)
    with sqlite3.connect(first["archive"]) as archive:
        found = [url for (url,) in archive.execute("select url from visits order by rowid")]
    archive.close()
    (folder / "links.json").write_text(json.dumps(links(sites, found)))
    figures: dict[str, list[dict[str, Any]]] = {name: [] for name in args.only}
    for number in range(args.rounds):
        names = list(args.only)
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            result = run(name, folder, proxy)
            Path(result.pop("archive")).unlink(missing_ok=True)
            figures[name].append({key: value for key, value in result.items() if key != "log"})
            if abs(result["answers"] - first["answers"]) > len(found) / 100:
                raise SystemExit(f"{name}: {result['answers']} answers, not {first['answers']}\n{result['log']}")
    return figures


def report(figures: dict[str, list[dict[str, Any]]], rounds: int) -> None:
    heads = ("kept, pages/s", "filed, pages/s", "stall, ms", "CPU, ms a page")
    print(f"{rounds} rounds\n\n{'':8}{'answers':>8}" + "".join(f"{head:>22}" for head in heads))
    for name, runs in figures.items():
        kept, filed = ([each["answers"] / each[key] for each in runs] for key in ("kept", "filed"))
        stalls = [each["stall_ms"] for each in runs]
        cpu = [1e3 * each["cpu"] / each["answers"] for each in runs]
        columns = "".join(f"{corpus.median(values):>22}" for values in (kept, filed, stalls, cpu))
        print(f"{name:8}{runs[0]['answers']:>8}{columns}")
    print()
    for words, over, over_time, under, under_time, bound, goal in GOALS:
        if over not in figures or under not in figures:
            continue
        ratios = [
            b[under_time] / a[over_time] for a, b in zip(figures[over], figures[under], strict=True)
        ]  # a rate is the inverse of a time
        ratio = statistics.median(ratios)
        met = ratio >= goal if bound == "at least" else ratio <= goal
        print(f"{words}: {corpus.median(ratios)}; goal {bound} {goal}: {'met' if met else 'MISSED'}")
    if "whole" in figures:
        stall = statistics.median(each["stall_ms"] for each in figures["whole"])
        met = stall <= GOAL_STALL
        beside = f", bare Scrapy's {statistics.median(each['stall_ms'] for each in figures['bare']):.0f}" * (
            "bare" in figures
        )
        print(
            f"longest stall of a run, ms, median: {stall:.0f}{beside}; goal at most {GOAL_STALL:.0f}:"
            f" {'met' if met else 'MISSED'}"
        )


if __name__ == "__main__":
    main()

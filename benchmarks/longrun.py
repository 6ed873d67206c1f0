"""The soak of one long crawl: does memory, do open files, does speed stay what they were?

python -m benchmarks.longrun [--pages 100000] [--every SECONDS] [--keep FILE]

Invented portals of some 370 pages each on loopback, crawled by `gongkai crawl` in a process of its own, with nothing
changed but the delay, so that the machine and not the pause between two requests is what holds it up. The crawl and
its workers are looked at from outside, in /proc, and shown for each tenth of the pages: resident memory at its highest
(of the crawl, and of its workers together), open files and threads at their highest, pages a second, processor time a
page (of both: the measure on a machine that has other work), and the archive's size.

Exit code 1: a goal was missed, or the crawl failed.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from subprocess import PIPE

from benchmarks.corpus import KINDS, ROOT
from crawler.demo import Answer, Site, portal, serving

REPORTS = 355  # of a portal: all that an invented one has
DELAY = 0.01  # seconds between two requests to one host
TENTHS = 10
MEMORY = 1.05  # of the last tenth, of that of the third: by then caches are full
FILES = 1.05  # likewise
SPEED = 0.95  # pages a second of the last tenth, of those of the first
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


# ---------------------------------------------------------------- the servers, in a process of their own


class Packed:
    """A portal whose pages lie packed in memory: hundreds of them would fill it otherwise."""

    def __init__(self, site: Site) -> None:
        self.missing = site.missing
        self.answers = {
            path: Answer(answer.status, answer.headers, zlib.compress(answer.body, 1))
            for path, answer in site.answers.items()
        }

    def get(self, path: str, _: Mapping[str, str]) -> Answer:
        found = self.answers.get(path)
        return self.missing if found is None else Answer(found.status, found.headers, zlib.decompress(found.body))


def serve(count: int) -> None:
    sites: dict[str, Packed] = {}
    for seed in range(count):
        site = portal(KINDS[seed % len(KINDS)], seed, REPORTS)
        sites[site.host] = Packed(site)
        print(f"{site.host} {site.start} {len(site.answers)}", flush=True)
    with serving(sites) as address:  # type: ignore[arg-type]  # a site is whatever has `get`
        print(address, flush=True)
        sys.stdin.read()  # until whoever started us lets go


@contextmanager
def served(count: int, folder: Path) -> Iterator[tuple[str, int]]:
    """Portal files in a folder, and the proxy that stands in for their hosts; with how many pages they have."""
    command = [sys.executable, "-m", "benchmarks.longrun", "--serve", str(count)]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=ROOT) as server:
        assert server.stdin
        assert server.stdout
        pages = 0
        for number in range(count):
            host, start, held = server.stdout.readline().split()
            pages += int(held)
            folder.joinpath(f"portal{number}.toml").write_text(
                f'name = "portal{number}"\nhome = "http://{host}/"\nhosts = ["{host}"]\n'
                f'start = ["http://{host}{start}"]\n[access]\ndelay = {DELAY}\n'
            )
        yield server.stdout.readline().strip(), pages
        server.stdin.close()


# ---------------------------------------------------------------- the crawl, seen from outside


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the crawl."""

    at: float  # seconds
    filed: int  # reports and other pages that are read
    memory: float  # MB, of the crawl
    workers: float  # MB, of its workers together
    files: int
    threads: int
    cpu: float  # seconds, of the crawl since it began
    reading: float  # seconds, of its workers
    archive: float  # MB, with what is not yet in the file itself


def look(pid: int, began: float, archive: Path, ended: dict[int, float]) -> Sample:
    """Raises OSError where the crawl has ended; `ended` holds the processor time of each worker as last seen."""
    proc = Path(f"/proc/{pid}")
    workers = {int(child) for task in proc.glob("task/*/children") for child in task.read_text().split()}
    memory = 0.0
    for worker in workers:
        with suppress(OSError):  # it has ended meanwhile
            memory += _memory(worker)
            ended[worker] = _cpu(worker)
    size = sum(path.stat().st_size for path in (archive, Path(f"{archive}-wal")) if path.exists())
    return Sample(
        time.monotonic() - began, _filed(archive), _memory(pid), memory,
        len(list(proc.joinpath("fd").iterdir())), len(list(proc.joinpath("task").iterdir())),
        _cpu(pid), sum(ended.values()), size / 1e6,
    )  # fmt: skip


def _memory(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / 1e6


def _cpu(pid: int) -> float:
    _, _, told = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")
    user, system = told.split()[11:13]
    return (int(user) + int(system)) / _TICK


def _filed(archive: Path) -> int:
    if not archive.exists():
        return 0
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True)) as connection:
        try:
            (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM reports").fetchone()
        except sqlite3.OperationalError:  # its tables are just being made
            return 0
    return int(last)


def watched(
    command: list[str], environment: Mapping[str, str], archive: Path, every: float
) -> tuple[int, list[Sample]]:
    """Run a command to its end; its exit code and what was seen of it."""
    began, samples, ended = time.monotonic(), list[Sample](), dict[int, float]()
    with subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL, cwd=ROOT) as crawl:
        while crawl.poll() is None:
            with suppress(OSError):  # it has just ended
                samples.append(look(crawl.pid, began, archive, ended))
            time.sleep(every)
    return crawl.returncode, samples


# ---------------------------------------------------------------- what is told


@dataclass(frozen=True, slots=True)
class Tenth:
    """The crawl while it filed a tenth of its pages."""

    pages: int
    seconds: float
    memory: float
    workers: float
    files: int
    threads: int
    cpu: float  # seconds
    reading: float  # seconds
    archive: float

    @property
    def speed(self) -> float:
        return self.pages / self.seconds


def tenths(samples: list[Sample]) -> list[Tenth]:
    """From the first page that was filed to the last."""
    filed = [sample for sample in samples if sample.filed]
    last = next(sample for sample in filed if sample.filed == filed[-1].filed)
    marks = [filed[0].filed + (last.filed - filed[0].filed) * part / TENTHS for part in range(TENTHS + 1)]
    bounds = [next(sample for sample in filed if sample.filed >= mark) for mark in marks]
    found = []
    for begin, end in pairwise(bounds):
        within = [sample for sample in filed if begin.at <= sample.at <= end.at]
        found.append(
            Tenth(
                end.filed - begin.filed, end.at - begin.at, max(sample.memory for sample in within),
                max(sample.workers for sample in within), max(sample.files for sample in within),
                max(sample.threads for sample in within), end.cpu - begin.cpu, end.reading - begin.reading,
                end.archive,
            )
        )  # fmt: skip
    return found


def told(found: list[Tenth]) -> bool:
    """Print the table and the goals; whether all were met."""
    print("tenth   pages   seconds  pages/s  CPU ms/page  workers'  memory MB  workers'  files  threads  archive MB")
    for number, one in enumerate(found, 1):
        own, theirs = (1e3 * seconds / one.pages for seconds in (one.cpu, one.reading))
        print(
            f"{number:>5}{one.pages:>8}{one.seconds:>10.0f}{one.speed:>9.1f}{own:>13.1f}{theirs:>10.1f}{one.memory:>11.0f}"
            f"{one.workers:>10.0f}{one.files:>7}{one.threads:>9}{one.archive:>12.1f}"
        )
    print()
    first, third, last = found[0], found[2], found[-1]
    goals = (
        ("memory of the last tenth, of the third's", last.memory / third.memory, MEMORY, True),
        ("open files of the last tenth, of the third's", last.files / third.files, FILES, True),
        ("pages a second of the last tenth, of the first's", last.speed / first.speed, SPEED, False),
    )
    for words, share, goal, at_most in goals:
        met = share <= goal if at_most else share >= goal
        print(f"{words}: {share:.2f}; goal at {'most' if at_most else 'least'} {goal}: {'met' if met else 'MISSED'}")
    return all(share <= goal if at_most else share >= goal for _, share, goal, at_most in goals)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two looks")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="write the archive there, and leave it")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.serve)
        return
    count = max(1, round(args.pages / (REPORTS + 17)))
    with tempfile.TemporaryDirectory() as name, served(count, Path(name)) as (proxy, pages):
        archive = args.keep or Path(name, "a.db")
        print(f"{count} portals of {pages} pages, {os.cpu_count()} cores\n", flush=True)
        environment = {
            **os.environ,
            "http_proxy": proxy, "https_proxy": proxy, "no_proxy": "", "GONGKAI_CONTACT": "bench@gongkai.example",
        }  # fmt: skip
        command = [sys.executable, "-m", "archive.cli", "crawl", "--archive", str(archive), "--portals", name]
        command += [f"portal{number}" for number in range(count)]
        code, samples = watched(command, environment, archive, args.every)
        met = told(tenths(samples))
    print(f"the crawl ended with exit code {code} after {samples[-1].at:.0f} s")
    sys.exit(0 if met and not code else 1)


if __name__ == "__main__":
    main()

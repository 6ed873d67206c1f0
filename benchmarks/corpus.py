"""The pages that the benchmarks run on: eight portals of four kinds, about 1,000 pages. As a script: serves them."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # a script's path begins at its own folder

from crawler.demo import Site, portal, serving  # noqa: E402  # after the line above

KINDS = ("trs", "asp", "lonsun", "hunan")


def portals(count: int = 8, reports: int = 120) -> list[Site]:
    return [portal(KINDS[seed % len(KINDS)], seed, reports) for seed in range(count)]


def report_pages(sites: list[Site]) -> list[tuple[str, bytes, str | None]]:
    """Address, bytes and Content-Type of every report, portal by portal."""
    return [
        (f"http://{site.host}{path}", site.get(path).body, site.get(path).header("Content-Type"))
        for site in sites
        for path in site.reports
    ]


@contextmanager
def served(count: int, reports: int) -> Iterator[str]:
    """The portals, served by a process of their own; gives the proxy's address."""
    command = [sys.executable, __file__, str(count), str(reports)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as server:
        assert server.stdout
        yield server.stdout.readline().strip()
        assert server.stdin
        server.stdin.close()


def median(values: list[float]) -> str:
    """A median with its range, as the tables print it."""
    some = [
        f"{value:.0f}" if value >= 100 else f"{value:.3g}"
        for value in (statistics.median(values), min(values), max(values))
    ]
    return "{} ({}-{})".format(*some)


def main() -> None:
    with serving({site.host: site for site in portals(*map(int, sys.argv[1:3]))}) as address:
        print(address, flush=True)
        sys.stdin.read()  # until whoever started us lets go


if __name__ == "__main__":
    main()

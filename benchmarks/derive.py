"""`derive`, all stages, against trafilatura on the same pages: pages per CPU second, and memory over many pages.

    derive.py [--pages DIR] [--rounds N] [--each N] [--memory-pages N] [--json FILE]

The variants take turns within a round, on the same pages; only ratios of one run mean anything. The goals are those for
real pages: generated ones have little around the text, which is where the tools differ most.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import count, repeat
from pathlib import Path

import corpus  # first: it finds the packages
import trafilatura

from pipelines import derive
from pipelines.records import Capture

WITH_METADATA, PLAIN = "trafilatura.bare_extraction(with_metadata=True)", "trafilatura.extract"
GOALS = {WITH_METADATA: 4.0, PLAIN: 2.5}  # times the pages of each
GOAL_GROWTH = 10.0  # MB after the first tenth


def variants() -> dict[str, Callable[[Capture], object]]:
    return {
        WITH_METADATA: lambda page: trafilatura.bare_extraction(page.body, url=page.url, with_metadata=True),
        PLAIN: lambda page: trafilatura.extract(page.body, url=page.url),
        "derive": derive,
    }


def captures(folder: Path | None, each: int) -> list[Capture]:
    if folder:
        paths = sorted(folder.glob("*.html")) + sorted(folder.glob("*.htm"))
        return [Capture(f"http://www.bench.example/{path.name}", path.read_bytes()) for path in paths]
    pages = corpus.report_pages(corpus.portals(reports=each))
    return [Capture(*page) for page in pages]


def speed(pages: list[Capture], rounds: int) -> dict[str, list[float]]:
    """Pages per CPU second of every variant, a figure a round."""
    tools = variants()
    for tool in tools.values():  # what is compiled on first use is nobody's speed
        tool(pages[0])
    figures: dict[str, list[float]] = {name: [] for name in tools}
    for number in range(rounds):
        names = list(tools)
        for name in names[number % 3 :] + names[: number % 3]:
            gc.collect()
            began = time.process_time()
            for page in pages:
                tools[name](page)
            figures[name].append(len(pages) / (time.process_time() - began))
    return figures


def stream(folder: Path | None) -> Iterator[list[Capture]]:
    """Pages without end, portal by portal; generated ones are all different."""
    if folder:
        yield from repeat(captures(folder, 0))
    for seed in count():
        site = corpus.portal(corpus.KINDS[seed % len(corpus.KINDS)], seed)
        yield [Capture(*page) for page in corpus.report_pages([site])]


def memory(folder: Path | None, pages: int) -> tuple[float, float]:
    """Resident MB after a tenth of that many pages, and after all."""
    done, early = 0, 0.0
    for portal in stream(folder):
        for page in portal:
            derive(page)
        done += len(portal)
        if done >= pages:
            return early, resident()
        if done >= pages // 10:
            early = early or resident()
    raise AssertionError("the stream has no end")


def resident() -> float:
    gc.collect()
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * resource.getpagesize() / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, help="a folder of pages, instead of generated ones")
    parser.add_argument("--each", type=int, default=15, help="reports of each of the eight portals")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory-pages", type=int, default=10_000, help="0: do not look at memory")
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()

    pages = captures(args.pages, args.each)
    figures = speed(pages, args.rounds)
    ours = figures["derive"]
    ratios = {name: [a / b for a, b in zip(ours, each, strict=True)] for name, each in figures.items()}
    size = statistics.median(len(page.body) for page in pages) / 1e3
    print(f"{len(pages)} pages, median {size:.0f} kB, {args.rounds} rounds\n")
    print(f"{'':50}{'pages/CPU-s':>22}{'derive makes … times':>26}")
    for name, values in figures.items():
        print(f"{name:50}{corpus.median(values):>22}{corpus.median(ratios[name]):>26}")
    print()
    for name, goal in GOALS.items():
        ratio = statistics.median(ratios[name])
        print(f"{ratio:.2f} times the pages of {name}; goal {goal}: {'met' if ratio >= goal else 'MISSED'}")
    result = {
        "pages": len(pages),
        "pages_per_cpu_second": figures,
        "ratios": {name: statistics.median(ratios[name]) for name in GOALS},
        "derive": statistics.median(ours),
    }
    if args.memory_pages:
        early, late = memory(args.pages, args.memory_pages)
        met = late - early < GOAL_GROWTH
        print(
            f"memory after {args.memory_pages // 10:,} pages {early:.0f} MB, after {args.memory_pages:,} {late:.0f} MB"
        )
        print(f"goal less than {GOAL_GROWTH:.0f} MB more: {'met' if met else 'MISSED'}")
        result |= {"memory_pages": args.memory_pages, "memory_mb": [early, late]}
    if args.json:
        args.json.write_text(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

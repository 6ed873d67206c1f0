"""`decode` against chardet on the whole page: pages per CPU second, and how many are read right.

    decode.py [--pages DIR] [--rounds N] [--each N] [--json FILE]

Every page is written in each encoding, once under its own label and once under none. chardet and charset-normalizer
only name an encoding, `decode` gives the text. The tools take turns within a round, on the same pages; only ratios of
one run mean anything. charset-normalizer is there for information: it is installed with Scrapy.
"""

from __future__ import annotations

import argparse
import codecs
import gc
import json
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import chardet
import charset_normalizer
import corpus  # first: it finds the packages

from pipelines.decode import decode

GOAL_RATIO = 4.0
ENCODINGS = {"utf-8": "utf-8", "gbk": "gb18030"}  # label to codec
LABEL = re.compile(r"""(charset\s*=\s*["']?)[\w-]+""")


def normalized(body: bytes) -> str | None:
    best = charset_normalizer.from_bytes(body).best()
    return best and best.encoding


TOOLS: dict[str, Callable[[bytes], str | None]] = {
    "chardet.detect": lambda body: chardet.detect(body)["encoding"],
    "charset_normalizer": normalized,
    "decode": lambda body: decode(body)[1].chosen,
}


def texts(folder: Path | None, each: int) -> list[str]:
    if folder:
        bodies = [path.read_bytes() for pattern in ("*.html", "*.htm") for path in sorted(folder.glob(pattern))]
    else:
        bodies = [body for _, body, _ in corpus.report_pages(corpus.portals(reports=each))]
    pages = [decode(body)[0] for body in bodies]
    return [page for page in pages if not page.isascii()]


def written(pages: list[str], label: str, declared: bool) -> list[bytes]:
    codec = ENCODINGS[label]
    return [LABEL.sub(rf"\g<1>{label}" if declared else "", page).encode(codec, "replace") for page in pages]


def reads(body: bytes, codec: str, named: str | None) -> bool:
    """Whether the encoding a tool names gives the page's own text."""
    try:
        return body.decode(codecs.lookup(named or "ascii").name) == body.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return False


def measure(bodies: list[bytes], rounds: int) -> dict[str, list[float]]:
    """Pages per CPU second of every tool, a figure a round."""
    figures: dict[str, list[float]] = {name: [] for name in TOOLS}
    for number in range(rounds):
        names = list(TOOLS)
        for name in names[number % 3 :] + names[: number % 3]:
            gc.collect()
            began = time.process_time()
            for body in bodies:
                TOOLS[name](body)
            figures[name].append(len(bodies) / (time.process_time() - began))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, help="a folder of pages, instead of generated ones")
    parser.add_argument("--each", type=int, default=15, help="reports of each of the eight portals")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE")
    args = parser.parse_args()

    pages = texts(args.pages, args.each)
    result: dict[str, dict[str, object]] = {}
    print(f"{len(pages)} pages, {args.rounds} rounds\n")
    print(f"{'encoding, label, tool':44}{'pages/CPU-s':>24}{'of chardet':>22}{'right':>12}")
    ratios: dict[str, float] = {}
    for label, codec in ENCODINGS.items():
        seconds = dict.fromkeys(TOOLS, 0.0)  # a page, under its label and under none
        for declared in (True, False):
            bodies = written(pages, label, declared)
            figures = measure(bodies, args.rounds)
            for name, values in figures.items():
                seconds[name] += 1 / statistics.median(values)
                times = [a / b for a, b in zip(values, figures["chardet.detect"], strict=True)]
                right = sum(reads(body, codec, TOOLS[name](body)) for body in bodies)
                case = f"{label}, {'declared' if declared else 'not declared'}, {name}"
                print(f"{case:44}{corpus.median(values):>24}{corpus.median(times):>22}{right:>8}/{len(bodies)}")
                result[case] = {"pages_per_cpu_second": values, "of_chardet": times, "right": right}
        ratios[label] = seconds["chardet.detect"] / seconds["decode"]
    print()
    for label, ratio in ratios.items():
        met = "met" if ratio >= GOAL_RATIO else "MISSED"
        print(f"{label}, declared or not: decode {ratio:.1f} times as fast; goal {GOAL_RATIO}: {met}")
    if args.json:
        args.json.write_text(json.dumps({"cases": result, "ratios": ratios}, indent=2))


if __name__ == "__main__":
    main()

"""The worst page: time of each page of a fuzz corpus, and peak memory of a fresh process that reads a page of 5 MB.

fuzz.py [--pages N] [--seed N]
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

import corpus  # first: it finds the packages

from pipelines import derive
from pipelines.records import Capture

GOAL_SECONDS = 5.0
GOAL_MEMORY = 300.0  # MB
SIZE = 5_000_000  # bytes of the large page
SENTENCE = "全县各单位按照要求公开各类政府信息，群众可以在门户网站随时查询，没有发现涉密信息上网。"
PIECES = [
    piece.encode()
    for piece in (
        "<", ">", "'", '"', "<!--", "-->", "<![CDATA[", "]]>", "<script>", "</script>", "<textarea>", "<table><tr><td>",
        "<td colspan=1000000000 rowspan=65534>", "<div id=zoom>", "<div class=content style='display:none'>", "<br>",
        "<a href=a.pdf>", "</a>", "&lt;",
        "&#0;", "var content='", "<h2>", "一、", "\x00", "<iframe src=a.htm>", SENTENCE,
    )
]  # fmt: skip


def shapes() -> Iterator[tuple[str, bytes]]:
    """Pages of one hostile kind each, about as large as the largest real ones."""
    yield "5,000 deep", (b"<div>" * 5000 + f"<p>{SENTENCE}</p>".encode())
    yield "5,000 deep tables", (b"<table><tr><td>" * 5000 + f"<p>{SENTENCE}</p>".encode())
    yield (
        "giant attributes",
        f'<div class="{"content " * 300_000}" style="{"x:y;" * 300_000}">{SENTENCE}</div>'.encode(),
    )
    yield "100,000 siblings", b"<p>" + f"<b>{SENTENCE[:6]}</b>".encode() * 100_000
    yield "20,000 paragraphs", f"<p>{SENTENCE}</p>".encode() * 20_000
    yield "5,000 links", "<li><a href=/a.htm>全县政务公开工作会议召开</a></li>".encode() * 5_000
    yield "3,000 rows", b"<table>" + f"<tr><td>{SENTENCE[:8]}<td>3<td>4".encode() * 3000
    yield "colspan 10^9", b"<table>" + b"<tr><td colspan=1000000000>a<td rowspan=1000000000>b" * 3000
    yield (
        "hidden pages",
        "".join(f"<div id=page{n} style='display:none'>{SENTENCE}</div>" for n in range(10_000)).encode(),
    )
    for piece in PIECES:
        yield f"only {piece[:20].decode('utf-8', 'ignore')!r}", piece * (100_000 // len(piece))


def damaged(pages: list[bytes], count: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Reports with pieces put in, taken out or repeated."""
    for number in range(count):
        page = bytearray(chance.choice(pages))
        for _ in range(chance.randint(1, 30)):
            at = chance.randrange(len(page) + 1)
            match chance.randrange(3):
                case 0:
                    page[at:at] = chance.choice(PIECES) * chance.choice((1, 1, 1, 200))
                case 1:
                    del page[at : at + chance.randint(1, 400)]
                case _:
                    page[at:at] = page[at : at + 2000] * chance.choice((1, 20))
        yield f"damaged report {number}", bytes(page)


def seconds(page: bytes) -> float:
    began = time.process_time()
    derive(Capture("http://www.bench.example/a.html", page))
    return time.process_time() - began


def large() -> None:
    """Read one page of 5 MB and print the process's peak memory in MB."""
    line = f'<p style="text-indent:2em"><span>{SENTENCE}</span></p><table><tr><td>规章</td><td>3</td></tr></table>'
    head = "<h1>溪口县2020年政府信息公开工作年度报告</h1><div id=zoom>"
    derive(Capture("http://www.bench.example/a.html", (head + line * (SIZE // len(line.encode()))).encode()))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=500, help="damaged reports beside the hostile shapes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--large", action="store_true", help=argparse.SUPPRESS)  # what the fresh process does
    args = parser.parse_args()
    if args.large:
        large()
        return
    reports = [page[1] for page in corpus.report_pages(corpus.portals(4, 4))]
    every = [*shapes(), *damaged(reports, args.pages, random.Random(args.seed))]
    times = sorted(((seconds(page), name) for name, page in every), reverse=True)
    for spent, name in times[:8]:
        print(f"{spent:8.2f} s  {name}")
    met = times[0][0] < GOAL_SECONDS
    print(f"{len(times)} pages; goal less than {GOAL_SECONDS:.0f} s for the worst: {'met' if met else 'MISSED'}")
    peak = float(subprocess.check_output([sys.executable, __file__, "--large"], text=True))
    met = peak < GOAL_MEMORY
    print(f"peak memory with a page of 5 MB {peak:.0f} MB; goal {GOAL_MEMORY:.0f}: {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    main()

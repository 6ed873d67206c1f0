"""What bodies take on disk, against the same exchanges as WARC.gz records, and what it costs to keep and to read them.

    storage.py [--pages DIR] [--reports N]

own: the pages of one host as they are, where the folder has four or more of one. dressed: portals of 25 and 100
captures in the real dress of one page, or of three in turn, with the real texts of all others in its place, none twice.
together: the first of these in one archive, as archives are: a portal's share of what every file takes is small.
made: the pages of generated portals, which share more words than real ones do. listing: a real listing that gets one
more entry a night. `on disk` is the pages of the file that `bodies` and its indexes take, `packed` the stored bytes
alone, `compress` what is on disk after `gongkai compress`; a share is of the WARC.gz records. ms are of CPU, medians.
speed: pages a second, durable, in batches of a busy archive, beside what hash, zstd and INSERT of the same bytes take
with nothing else to do (no address, no headers, no seal, and no earlier page to be packed against).
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import re
import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import corpus  # first: it finds the packages
import lxml.html

from archive.archive import Archive
from archive.codec import pack
from archive.compress import compress
from pipelines.decode import decode
from pipelines.records import Portal, Visit

T = TypeVar("T")
BATCH = 16  # pages a transaction, as a busy crawl has them
BUSY = 64  # the same of an import
GOALS = {25: 0.55, 100: 0.40}  # share on disk, by captures of a portal
LIGHT = 30_000  # characters of a dress that is light
PART = 6_000  # characters of somebody else's text that a dressed page gets
HEADERS = (
    ("Server", "nginx"),
    ("Date", "Fri, 01 Mar 2024 08:00:00 GMT"),
    ("Content-Type", "text/html; charset=utf-8"),
    ("Connection", "keep-alive"),
    ("Vary", "Accept-Encoding"),
    ("Last-Modified", "Fri, 20 Jan 2023 09:30:00 GMT"),
    ("ETag", '"63ca5f58-f7a1"'),
)
PORTAL = Portal("anhe", "安禾县", "990001", "http://www.anhe.example/", ("www.anhe.example",))


@dataclass(frozen=True, slots=True)
class Measured:
    """Bytes, and milliseconds."""

    pages: int
    warc: int
    packed: int
    disk: int
    packed_again: int  # after `gongkai compress`
    disk_again: int
    keep: float
    read: float
    first: int  # stored bytes of the first body
    largest: int  # and of the largest one after it


def record(url: str, body: bytes) -> bytes:
    """A request and its response as two WARC records, each a gzip member, as crawlers write them."""
    asked = f"GET {url} HTTP/1.1\r\nHost: www.anhe.example\r\nUser-Agent: gongkai (+mailto:someone@example.org)\r\n\r\n"
    came = "HTTP/1.1 200 OK\r\n" + "".join(f"{name}: {value}\r\n" for name, value in HEADERS) + "\r\n"
    whole = b""
    for kind, block in (("request", asked.encode()), ("response", came.encode() + body)):
        head = (
            f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:0f2c6f7e-7c1c-4b5e-9a55-{len(block):012x}>\r\n"
            f"WARC-Target-URI: {url}\r\nWARC-Date: 2024-03-01T08:00:00Z\r\nContent-Length: {len(block)}\r\n"
            f"Content-Type: application/http; msgtype={kind}\r\n\r\n"
        )
        whole += gzip.compress(head.encode() + block + b"\r\n\r\n")
    return whole


def measured(pages: list[tuple[str, bytes]]) -> Measured:
    """Keep pages in a new archive, read them back, and pack them anew."""
    keep: list[float] = []
    read: list[float] = []
    with tempfile.TemporaryDirectory() as folder, Archive.open(Path(folder, "a.db")) as archive:
        run = archive.start_run("bench", settings={}, versions={}, recipe="none")
        for begin in range(0, len(pages), BATCH):
            with archive.transaction():
                for number, (url, body) in enumerate(pages[begin : begin + BATCH], begin + 1):
                    came = visit(number, url, body)
                    began = time.thread_time()
                    archive.keep(run, came)
                    keep.append(time.thread_time() - began)
        stored = archive.connection.execute("SELECT sha256, length(bytes) FROM bodies ORDER BY rowid").fetchall()
        for sha256, _ in stored:
            began = time.thread_time()
            archive.body(sha256)
            read.append(time.thread_time() - began)
        before = taken(archive)
        compress(archive, lambda *_: None, lambda *_: None)
        archive.connection.execute("VACUUM")
        again = taken(archive)
        return Measured(
            len(pages), sum(len(record(*page)) for page in pages), *before, *again,
            statistics.median(keep) * 1e3, statistics.median(read) * 1e3,
            stored[0][1], max(size for _, size in stored[1:]),
        )  # fmt: skip


def speed(pages: list[tuple[str, bytes]]) -> tuple[float, float]:
    """Seconds that it takes to keep pages, and to store them in the barest way; both durable."""
    with tempfile.TemporaryDirectory() as folder, Archive.open(Path(folder, "a.db")) as archive:
        run = archive.start_run("bench", settings={}, versions={}, recipe="none")
        visits = [visit(number, url, body) for number, (url, body) in enumerate(pages, 1)]
        began = time.perf_counter()
        for batch in _batches(visits):
            with archive.transaction():
                for came in batch:
                    archive.keep(run, came)
        kept = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder, "b.db"))) as barest:
        barest.execute("PRAGMA journal_mode = WAL")
        barest.execute("PRAGMA synchronous = FULL")
        barest.execute("CREATE TABLE bodies (sha256 TEXT PRIMARY KEY, bytes BLOB)")
        began = time.perf_counter()
        for batch in _batches(pages):
            with barest:
                for _, body in batch:
                    row = (hashlib.sha256(body).hexdigest(), pack(body)[1])
                    barest.execute("INSERT INTO bodies VALUES (?, ?) ON CONFLICT DO NOTHING", row)
        return kept, time.perf_counter() - began


def _batches(things: list[T]) -> Iterator[list[T]]:
    """What each transaction writes."""
    return (things[begin : begin + BUSY] for begin in range(0, len(things), BUSY))


def visit(number: int, url: str, body: bytes) -> Visit:
    return Visit(
        number, portal(url), "report", url, datetime.now(UTC), "fetched", status=200,
        response_headers=(*HEADERS[:-1], ("ETag", f'"{number:x}-f7a1"')), body=body,
    )  # fmt: skip


def portal(url: str) -> Portal:
    """Each host is a portal of its own."""
    host = str(urlsplit(url).hostname)
    return replace(PORTAL, id=host, hosts=(host,))


def taken(archive: Archive) -> tuple[int, int]:
    """Stored bytes of the bodies, and bytes of the file's pages that they take."""
    (packed,) = archive.connection.execute("SELECT sum(length(bytes)) FROM bodies").fetchone()
    (disk,) = archive.connection.execute(
        "SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name = 'bodies')"
    ).fetchone()
    return packed, disk


# ---------------------------------------------------------------- pages


@dataclass(frozen=True, slots=True)
class Dress:
    """What stands before and behind the text of a real page, and the text's own markup in parts."""

    name: str
    head: str
    tail: str
    parts: tuple[str, ...]


def dress(page: Path) -> Dress | None:
    """A page around its text, where the element that holds the text can be told by what a person took from it."""
    words = json.loads(page.parent.joinpath("gold", f"{page.stem}.json").read_text())
    text = words.get("text") or []
    lines = [flat(line) for line in (text.splitlines() if isinstance(text, str) else text) if len(flat(line)) > 12]
    html = re.sub(r"^\s*<\?xml[^>]*\?>", "", decode(page.read_bytes())[0])
    if len(lines) < 4 or "<" not in html:
        return None
    tree = lxml.html.document_fromstring(html)
    holding = [
        element
        for element in tree.iter()
        if isinstance(element.tag, str)
        and sum(line in flat(element.text_content()) for line in lines) >= 0.9 * len(lines)
    ]
    if not holding or holding[-1].tag == "body":
        return None
    whole = lxml.html.tostring(tree, encoding="unicode")
    inside = lxml.html.tostring(holding[-1], encoding="unicode", with_tail=False)
    head, _, tail = whole.partition(inside)
    parts = [""]
    for child in holding[-1]:
        if len(parts[-1]) > PART:
            parts.append("")
        parts[-1] += lxml.html.tostring(child, encoding="unicode")
    return Dress(page.stem, head, tail, tuple(part for part in parts if len(part) > PART / 4))


def flat(words: str) -> str:
    return re.sub(r"\s+", "", words)


def dressed(dresses: list[Dress], worn: list[Dress], count: int) -> list[tuple[str, bytes]]:
    """As many pages, each in one of the dresses worn, with a part of the text of another page."""
    chance = random.Random(count)
    names = {each.name for each in worn}
    parts = [part for each in dresses if each.name not in names for part in each.parts]
    chance.shuffle(parts)
    # with fewer parts than pages are asked for, halves of them: still nothing stands on two pages
    halves = [half for part in parts for half in (part[: len(part) // 2], part[len(part) // 2 :])]
    texts = parts if len(parts) >= count else halves
    pages = []
    for number, text in enumerate(texts[:count]):
        around = chance.choice(worn)
        html = f"{around.head}<div>{text}</div>{around.tail}"
        pages.append((f"http://www.anhe.example/nb/{number}.html", html.encode("utf-8", "replace")))
    return pages


def together(dresses: list[Dress], count: int) -> list[tuple[str, bytes]]:
    """As many pages of each dress, on a host for each, in the order in which one crawl meets them."""
    hosts = (dressed(dresses, [each], count) for each in dresses)
    named = [
        [(url.replace("www.", f"d{number}.", 1), page) for url, page in pages] for number, pages in enumerate(hosts)
    ]
    return [page for turn in zip(*named, strict=False) for page in turn]


def by_host(folder: Path) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """The pages of a host, in the order of their names."""
    hosts: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    names, *rows = (line.split("\t") for line in folder.joinpath("INDEX.tsv").read_text().splitlines())
    for values in sorted(rows):
        row = dict(zip(names, values, strict=False))
        if row["file"].endswith(".html"):
            url = f"http://www.anhe.example/{row['file']}"
            hosts[row["host"]].append((url, folder.joinpath(row["file"]).read_bytes()))
    return ((host, pages) for host, pages in hosts.items() if len(pages) >= 4)


def nightly(listing: bytes, nights: int) -> list[tuple[str, bytes]]:
    """A listing night by night: before what was its first entry there is a new one."""
    entry = max(re.findall(rb"<li\b.*?</li>", listing, re.DOTALL), key=lambda found: found.count(b"20"))
    pages = [listing]
    for night in range(1, nights):
        new = re.sub(rb"\d{4,}", lambda found, night=night: str(int(found[0]) + night).encode(), entry)
        pages.append(pages[-1].replace(entry, new + b"\n" + entry, 1))
    return [("http://www.anhe.example/nb/", page) for page in pages]


# ---------------------------------------------------------------- what is printed


def line(name: str, found: list[Measured], captures: int | None = None) -> None:
    """One row: where several portals were measured, the median and the worst of them."""

    def share(part: str) -> str:
        values = [getattr(each, part) / each.warc for each in found]
        spread = f" ({min(values):.2f}-{max(values):.2f})" if len(values) > 1 else ""
        return f"{statistics.median(values):.2f}{spread}"

    record_bytes = sum(each.warc for each in found) // sum(each.pages for each in found)
    shares = "".join(f"{share(part):18}" for part in ("disk", "packed", "disk_again"))
    times = "".join(f"{statistics.median(getattr(each, part) for each in found):6.2f}" for part in ("keep", "read"))
    over = sum(each.disk > GOALS.get(captures or each.pages, 1) * each.warc for each in found)
    missed = f"  {over} of {len(found)} above the goal" if over else ""
    print(f"{name:38}{found[0].pages:6}{record_bytes:8}  {shares}{times}{missed}", flush=True)


def _say_speed(name: str, pages: list[tuple[str, bytes]]) -> None:
    """The median of some rounds, each of which does both."""
    rounds = [speed(pages) for _ in range(5)]
    kept, barest = (statistics.median(len(pages) / each[which] for each in rounds) for which in (0, 1))
    ratio = statistics.median(bare / own for own, bare in rounds)
    size = statistics.mean(len(body) for _, body in pages) / 1e3
    print(
        f"speed: {name}, {len(pages)} pages of {size:.0f} kB: {kept:.0f} pages/s, {ratio:.2f} of hash, zstd and INSERT"
        f" alone ({barest:.0f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, help="a folder of real pages with their gold")
    parser.add_argument(
        "--reports", type=int, default=1000, help="of the largest generated portals, as far as they have so many"
    )
    args = parser.parse_args()
    print(f"{'':38}{'pages':>6}{'WARC.gz':>8}  {'on disk':18}{'packed':18}{'compress':18}{'keep':>6}{'read':>6}")
    if args.pages:
        for host, pages in by_host(args.pages):
            line(f"own: {host}", [measured(pages)])
        found = [made for page in sorted(args.pages.glob("*.html")) if (made := dress(page))]
        for count in (25, 100):
            line(f"dressed, one of {len(found)} dresses", [measured(dressed(found, [each], count)) for each in found])
            line(f"dressed, {len(found)} portals together", [measured(together(found, count))], count)
            threes = [found[begin : begin + 3] for begin in range(0, len(found) - 2, 3)]
            line(
                f"dressed, {len(threes)} times three dresses",
                [measured(dressed(found, each, count)) for each in threes],
            )
        for page in sorted(args.pages.glob("listing-*.html")):
            changed = measured(nightly(page.read_bytes(), 30))
            mean = (changed.packed - changed.first) // (changed.pages - 1)
            print(f"listing: {page.stem:46} a changed one {mean} bytes, at most {changed.largest}")
        light = [each for each in found if len(each.head) + len(each.tail) < LIGHT]
        _say_speed("dressed", together(found, 60))
        _say_speed("dressed lightly", together(light, 60))
    for count in (25, 100, args.reports):
        sites = [corpus.portal(kind, seed, count) for seed, kind in enumerate(corpus.KINDS)]
        line("made, four kinds", [measured([page[:2] for page in corpus.report_pages([site])]) for site in sites])


if __name__ == "__main__":
    main()

"""What it costs to look for a report's near copies among a million, and to have it found by later ones.

python -m benchmarks.near_index [--docs 1000000]

A document is a text: it is sketched, filed with its sketch, looked for and committed, 64 a commit as `derive` has them.
How much longer it takes than in a small index is told without the sketch, which does not grow. Indexes of 10,000
documents are made between, since a machine is not as fast in one minute as in the next.
"""

from __future__ import annotations

import argparse
import random
import resource
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from archive import near_index, schema
from benchmarks.corpus import portals, report_pages
from benchmarks.near import next_year
from pipelines import derive
from pipelines.fingerprint import sketch
from pipelines.records import Capture, Identity, Issuer

RECIPE = "bench"
BATCH = 64
SMALL = 10_000
ROUNDS = 10  # small indexes that are made beside
PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")  # as an archive is written
REPORTS = "CREATE TABLE reports (id INTEGER PRIMARY KEY, sketch BLOB, recipe TEXT NOT NULL)"  # what the index reads


def tables() -> list[str]:
    """Statements that make the tables of the index, and what is in them at first."""
    empty = schema.fresh()
    return [
        *(sql for (sql,) in empty.execute("SELECT sql FROM sqlite_schema WHERE name LIKE 'near\\_%' ESCAPE '\\'")),
        *(f"INSERT INTO near_written VALUES ({written})" for (written,) in empty.execute("SELECT * FROM near_written")),
    ]


def templates(count: int = 64) -> list[str]:
    """Texts of the demo's reports."""
    return [derive(Capture(*page)).text for page in report_pages(portals(8, count // 8))]


@dataclass(frozen=True)
class Doc:
    text: str
    issuer: str | None
    year: int | None
    copy_of: int | None = None

    @property
    def identity(self) -> Identity:
        return Identity(year=self.year, issuer=Issuer(self.issuer, None, None) if self.issuer else None)


def document(texts: list[str], seed: int, number: int) -> Doc:
    """A report by one of the templates with figures of its own. Of twenty, one says neither issuer nor year, one is the
    first half of an earlier one and says neither, and one is a whole copy with the words of another page."""
    rnd = random.Random(f"{seed} {number}")
    if number % 10 == 0 and number > SMALL // 10:
        earlier = 10 * rnd.randrange(number // 10) + rnd.randrange(1, 10)
        first = document(texts, seed, earlier)
        if number % 20:
            return Doc(f"首页 > 年报\n{first.text}\n上一篇", first.issuer, first.year, earlier)
        return Doc(first.text[: len(first.text) // 2], None, None, earlier)
    text = next_year(rnd.choice(texts), 0, 0.0, rnd)  # other figures
    says = number % 20 != 5
    return Doc(text, f"第{seed}省第{number}县" if says else None, rnd.randrange(2008, 2026) if says else None)


class Index:
    """An index, and what was spent on it: sketches and the rest, by the clock and of CPU."""

    def __init__(self, folder: str, texts: list[str], seed: int) -> None:
        self.path = Path(folder, f"{seed}.db")
        self.connection = sqlite3.connect(self.path, isolation_level=None, cached_statements=256)
        for statement in (*PRAGMAS, REPORTS, *tables()):
            self.connection.execute(statement)
        self.index = near_index.Index(self.connection)
        self.empty = self._pages()
        self.texts, self.seed = texts, seed
        self.count = self.copies = self.found = self.others = self.sketched = 0
        self.clock, self.cpu = [0.0, 0.0], [0.0, 0.0]

    def add(self, count: int) -> None:
        for _ in range(0, count, BATCH):
            self._commit([document(self.texts, self.seed, self.count + at) for at in range(1, BATCH + 1)])

    def _commit(self, batch: list[Doc]) -> None:
        marks = [_now()]
        drawn = [bytes.fromhex(sketch(doc.text, doc.identity)) for doc in batch]
        marks.append(_now())
        found = []
        self.connection.execute("BEGIN IMMEDIATE")
        for number, one in enumerate(drawn, self.count + 1):
            self.connection.execute("INSERT INTO reports VALUES (?, ?, ?)", [number, one, RECIPE])
            found.append(self.index.enter(number, near_index.keys(one, RECIPE)))
        self.connection.execute("COMMIT")
        marks.append(_now())
        for part in range(2):
            self.clock[part] += marks[part + 1][0] - marks[part][0]
            self.cpu[part] += marks[part + 1][1] - marks[part][1]
        self.count += len(batch)
        self.sketched += sum(map(len, drawn))
        for doc, numbers in zip(batch, found, strict=True):
            self.copies += doc.copy_of is not None
            self.found += doc.copy_of in numbers
            self.others += len(numbers - {doc.copy_of})

    def _pages(self) -> int:
        (pages,) = self.connection.execute(
            "SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count"
        ).fetchone()
        return int(pages)

    def size(self) -> float:
        """Bytes a document, its sketch among them."""
        return (self._pages() - self.empty) * 4096 / self.count

    def again(self) -> float:
        """Seconds until an index that is opened again has its first answer."""
        began = time.perf_counter()
        index = near_index.Index(self.connection)
        index.enter(self.count + 1, near_index.Keys([], []))
        return time.perf_counter() - began

    def anew(self) -> float:
        """Likewise, where it is made of the sketches alone, as for an archive of an earlier version."""
        for emptied in ("DELETE FROM near_entries", "DELETE FROM near_filters", "UPDATE near_written SET written = 0"):
            self.connection.execute(emptied)
        self.connection.execute("BEGIN IMMEDIATE")
        seconds = self.again()
        self.connection.execute("COMMIT")
        return seconds

    def close(self) -> None:
        self.connection.close()
        self.path.unlink()
        del self.index  # its filters are not to count


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def told(indexes: list[Index]) -> str:
    count = sum(index.count for index in indexes)
    clock, cpu = (sum(sum(getattr(index, name)) for index in indexes) for name in ("clock", "cpu"))
    alone = sum(index.cpu[1] for index in indexes)
    return (
        f"{count / clock:7,.0f} docs/s  {clock / count * 1e6:5.0f} µs a document, {cpu / count * 1e6:5.0f} µs of CPU,"
        f" {alone / count * 1e6:4.0f} of them without the sketch"
    )


def slower(one: Index, others: list[Index], part: slice) -> float:
    """How many times as long a document takes by the clock."""
    theirs = sum(sum(other.clock[part]) for other in others) / sum(other.count for other in others)
    return sum(one.clock[part]) / one.count / theirs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=int, default=1_000_000, help="documents in the index")
    docs = parser.parse_args().docs
    texts = templates()
    began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{docs:,} documents by {len(texts)} templates, {sum(map(len, texts)) / len(texts):.0f} characters each")
    small: list[Index] = []
    with tempfile.TemporaryDirectory() as folder:
        large = Index(folder, texts, 0)
        for at in range(1, ROUNDS + 1):
            large.add(docs // ROUNDS)
            print(f"{large.count:>11,} {told([large])}", flush=True)
            small.append(Index(folder, texts, at))
            small[-1].add(SMALL)
            small[-1].close()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        size, again, anew = large.size(), large.again(), large.anew()
        large.close()
    print(f"{SMALL:>11,} {told(small)}")
    whole, alone = slower(large, small, slice(2)), slower(large, small, slice(1, 2))
    rate = large.count / sum(large.clock)
    goals = {
        f"{rate:,.0f} docs/s (goal 2,000)": rate >= 2_000,
        f"{alone:.2f} times as long for a document as at {SMALL:,}, without its sketch (goal 1.5)": alone <= 1.5,
        f"{size:.0f} bytes a document, {large.sketched / large.count:.0f} of them its sketch (goal 400)": size <= 400,
        f"{memory} MB of memory, {began // 1024} before the first document (goal 300)": memory <= 300,
        f"{large.found} of {large.copies} copies found (goal 0.99)": large.found >= 0.99 * large.copies,
    }
    for goal, met in goals.items():
        print(f"  {'met' if met else 'MISSED':7}{goal}")
    print(f"  {whole:.2f} times as long with its sketch, which takes the same time however many there are")
    print(
        f"  {again:.2f} s until it answers when it is opened again, {anew:.0f} s where it is made of the sketches alone"
    )
    print(f"  {large.others / large.count:.2f} others a document have a key by chance")
    return 0 if all(goals.values()) else 1


if __name__ == "__main__":
    sys.exit(main())

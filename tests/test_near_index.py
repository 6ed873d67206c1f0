"""The index of near copies: it finds who has a key, among tens of thousands, also after a kill and beside others."""

import random
import sqlite3
from collections import defaultdict
from contextlib import closing

import pytest

from archive import near_index, schema
from archive.near_index import Index, keys
from pipelines.fingerprint import KEY, SAYS_WHOSE

RECIPE = "test.1"
MANY = 42_000  # reports: of one kind of keys blocks of the index are full, and some reports are not written
SHARED = 0.01  # of the keys, that an earlier report has


def sketch(words, *, names=0, says=False):
    return bytes([names | (SAYS_WHOSE if says else 0)]) + b"".join(word.to_bytes(KEY, "big") for word in words)


class Reports:
    """Sketches in a file, and by which of their keys each should be found."""

    def __init__(self, path, seed=1):
        self.path = path
        self.random = random.Random(seed)
        self.words = []
        self.bits = 48  # of a word that are drawn: with fewer, keys are in few rows
        self.with_key = defaultdict(set)
        with closing(schema.fresh()) as empty, closing(self.open()) as connection:
            for (sql,) in empty.execute("SELECT sql FROM sqlite_schema WHERE name LIKE 'near%' AND type = 'table'"):
                connection.execute(sql)
            connection.execute("CREATE TABLE reports (id INTEGER PRIMARY KEY, sketch BLOB, recipe TEXT)")
            connection.execute("INSERT INTO near_written SELECT 0")

    def open(self):
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        return connection

    def draw(self):
        names = self.random.randrange(3)
        words = [
            self.random.choice(self.words)
            if self.words and self.random.random() < SHARED
            else self.random.getrandbits(self.bits)
            for _ in range(names + 4)
        ]
        self.words += words[:1]
        return sketch(words, names=names, says=bool(names) and self.random.random() < 0.9)

    def enter(self, index, number, drawn=None):
        """File a report with a sketch; what is found by it, and what should be."""
        drawn = drawn or self.draw()
        index.connection.execute("INSERT INTO reports VALUES (?, ?, ?)", [number, drawn, RECIPE])
        own, others = keys(drawn, RECIPE)
        found = index.enter(number, keys(drawn, RECIPE))
        due = {other for key in others for other in self.with_key[key]} - {number}
        for key in own:
            self.with_key[key].add(number)
        return found, due

    def remove(self, index, number):
        ((drawn,),) = index.connection.execute("SELECT sketch FROM reports WHERE id = ?", [number])
        index.remove(number, keys(drawn, RECIPE).own)
        index.connection.execute("DELETE FROM reports WHERE id = ?", [number])
        for key in keys(drawn, RECIPE).own:
            self.with_key[key].discard(number)


@pytest.fixture
def reports(tmp_path):
    return Reports(tmp_path / "a.db")


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A file with very many reports: all that was found was due, and all that was due was found."""
    reports = Reports(tmp_path_factory.mktemp("many") / "a.db")
    found = 0
    with closing(reports.open()) as connection:
        index = Index(connection)
        connection.execute("BEGIN")
        for number in range(1, MANY + 1):
            got, due = reports.enter(index, number)
            assert got == due
            found += len(got)
        connection.execute("COMMIT")
        assert list(near_index.wrong(connection)) == []
        (written,) = connection.execute("SELECT written FROM near_written").fetchone()
    assert found > MANY * SHARED
    assert MANY - 5_000 <= written < MANY
    return reports


@pytest.fixture
def copy(many, tmp_path):
    """A connection to a copy of that file."""
    path = tmp_path / "copy.db"
    with closing(many.open()) as whole, closing(sqlite3.connect(path)) as connection:
        whole.backup(connection)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def sample(many, connection, count=3_000):
    """Of how many reports another look finds all, and nothing else."""
    index = Index(connection)
    connection.execute("BEGIN")
    right = 0
    for number in random.Random(2).sample(range(1, MANY + 1), count):
        ((drawn,),) = connection.execute("SELECT sketch FROM reports WHERE id = ?", [number])
        others = keys(drawn, RECIPE).others
        due = {other for key in others for other in many.with_key[key]}
        right += index.enter(MANY + 1, keys(drawn, RECIPE)) - {MANY + 1} == due
    connection.execute("ROLLBACK")
    return right


def test_all_are_found_when_the_file_is_opened_again(many, copy):
    assert sample(many, copy) == 3_000


@pytest.mark.parametrize("damage", ["DELETE FROM near_filters", "UPDATE near_filters SET bits = x'00'"])
def test_a_filter_that_is_lost_is_made_from_the_entries(many, copy, damage):
    copy.execute(damage)
    assert sample(many, copy) == 3_000
    faults = list(near_index.wrong(copy))
    assert faults
    assert {said for _, said in faults} == {"is a row of `near_filters` that lacks keys of its blocks"}


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("UPDATE near_filters SET bits = zeroblob(length(bits))", "lacks keys of its blocks"),
        ("DELETE FROM near_entries WHERE id = 70", "by other keys"),
        ("UPDATE near_entries SET entries = substr(entries, 11) WHERE id = 70", "by other keys"),
        ("UPDATE near_entries SET entries = substr(entries, 1, length(entries) - 1) WHERE id = 70", "by other keys"),
        (
            "UPDATE near_entries SET entries = CAST(entries || substr(entries, 1, 10) AS BLOB) WHERE id = 70",
            "by other keys",
        ),
        ("UPDATE near_entries SET id = -1 WHERE id = 70", "by other keys"),
        ("UPDATE near_entries SET id = 1 << 40 WHERE id = 70", "by other keys"),
        ("UPDATE reports SET sketch = substr(sketch, 1, 7) WHERE id = 20000", "by other keys"),
        ("UPDATE near_written SET written = written - 1", "should not be"),
        ("UPDATE near_written SET written = written + 1", "by other keys"),
    ],
)
def test_what_is_not_as_the_sketches_tell_is_named(copy, damage, fault):
    copy.execute(damage)
    said = [words for _, words in near_index.wrong(copy)]
    assert any(fault in words for words in said)


def test_what_is_undone_is_not_found_and_its_number_is_given_again(reports):
    with closing(reports.open()) as connection:
        index = Index(connection)
        connection.execute("BEGIN")
        for number in range(1, 4_980):
            reports.enter(index, number)
        connection.execute("COMMIT")
        held = {key: set(numbers) for key, numbers in reports.with_key.items()}
        connection.execute("BEGIN")
        for number in range(4_980, 5_010):  # with these some are written
            reports.enter(index, number)
        connection.execute("ROLLBACK")
        index.forget()
        reports.with_key = defaultdict(set, held)
        connection.execute("BEGIN")
        for number in range(4_980, 5_300):
            got, due = reports.enter(index, number)
            assert got == due
        assert list(near_index.wrong(connection)) == []


def test_what_another_process_wrote_is_found(reports):
    with closing(reports.open()) as one, closing(reports.open()) as other:
        both = [Index(one), Index(other)]
        number = 0
        for turn in range(20):
            index = both[turn % 2]
            index.connection.execute("BEGIN IMMEDIATE")
            for _ in range(450):
                number += 1
                got, due = reports.enter(index, number)
                assert got == due
            index.connection.execute("COMMIT")
        assert list(near_index.wrong(one)) == []


def test_what_is_taken_out_is_not_found_and_its_number_is_given_again(reports):
    with closing(reports.open()) as connection:
        index = Index(connection)
        connection.execute("BEGIN")
        for number in range(1, 5_001):
            reports.enter(index, number)
        gone = [5, 700, 5_000]  # the last number is given again, and all of these are written
        sketches = [connection.execute("SELECT sketch FROM reports WHERE id = ?", [one]).fetchone()[0] for one in gone]
        for number in gone:
            reports.remove(index, number)
        assert list(near_index.wrong(connection)) == []
        got, due = reports.enter(index, 5_000, sketches[0])
        assert got == due
        assert 5 not in got
        for number in (5_001, 5_002):  # these are held
            got, due = reports.enter(index, number, sketches[0])
            assert got == due >= {5_000}
        reports.remove(index, 5_001)
        got, due = reports.enter(Index(connection), 5_003, sketches[0])
        assert got == due >= {5_000, 5_002}
        assert list(near_index.wrong(connection)) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_done_and_undone_all_that_is_due_is_found(reports, monkeypatch, seed):
    draw = random.Random(seed)
    monkeypatch.setattr(near_index, "_HELD", 4)  # there are a hundred blocks, each of which takes some time
    monkeypatch.setattr(near_index, "_BLOCK", 8)
    reports.bits = draw.choice([34, 36, 48])
    monkeypatch.setattr("tests.test_near_index.SHARED", 0.1)
    there = list[int]()

    def enter(index, number):
        got, due = reports.enter(index, number)
        assert got == due
        there.append(number)

    def undone(index, statements, what):
        """Do something between two statements, the second of which undoes it."""
        before, earlier = {key: set(numbers) for key, numbers in reports.with_key.items()}, there.copy()
        index.connection.execute(statements[0])
        what()
        for statement in statements[1:]:
            index.connection.execute(statement)
        index.forget()
        reports.with_key, there[:] = defaultdict(set, before), earlier

    def work(index):
        for _ in range(draw.randrange(1, 60)):
            last = max(there, default=0)
            match draw.random():
                case chance if chance < 0.1 and there:
                    gone = draw.choice([last, draw.choice(there)])
                    reports.remove(index, gone)
                    there.remove(gone)
                case chance if chance < 0.103:
                    part = ("SAVEPOINT part", "ROLLBACK TO part", "RELEASE part")
                    undone(index, part, lambda: [enter(index, last + more) for more in range(1, 9)])  # noqa: B023
                case _:
                    enter(index, last + 1)

    with closing(reports.open()) as one, closing(reports.open()) as other:
        indexes = [Index(one), Index(other)]
        for _ in range(20):
            index = indexes[draw.random() < 0.1]
            if draw.random() < 0.1:
                undone(index, ("BEGIN IMMEDIATE", "ROLLBACK"), lambda: work(index))  # noqa: B023
            else:
                index.connection.execute("BEGIN IMMEDIATE")
                work(index)
                index.connection.execute("COMMIT")
        assert len(there) > 300
        assert list(near_index.wrong(one)) == []
        (blocks,) = one.execute(f"SELECT max(id) / {near_index._ROWS} % (1 << 24) FROM near_entries").fetchone()
        assert blocks > 64  # more than a word of the filters has bits


def test_a_small_index_takes_no_room(reports):
    with closing(reports.open()) as connection:
        index = Index(connection)
        for number in range(1, 20):
            reports.enter(index, number)
        assert connection.execute("SELECT * FROM near_entries").fetchall() == []
        assert connection.execute("SELECT * FROM near_filters").fetchall() == []

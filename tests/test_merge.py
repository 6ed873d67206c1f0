"""Archives of several machines join into one: in any order, as often as one likes, with the same result."""

import gzip
import json
import sqlite3
import time
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import seals
from archive.archive import Archive
from archive.errors import NewerArchive, NotAnArchive
from archive.merge import merge
from archive.night import record
from archive.verify import verify
from pipelines.records import Further
from pipelines.walks import Walk
from tests.archive_dump import dump
from tests.archive_samples import ANHE, DAY, NB, begun, report, visit
from tests.conftest import gongkai, started

LISTING = Walk(NB, None, "年报", "generic", (), 1, 3, 3, 3, 1, "complete")


def faults(archive):
    return [fault for fault in verify(archive) if fault.severity == "error"]


def copied(archive, path):
    with closing(sqlite3.connect(path)) as target:
        archive.connection.backup(target)
    return path


def page(number):
    return f"<p>第{number}页</p>".encode() * 30


def crawl(archive, day, urls, *, portal=ANHE, recipe="test.1", end="finished", walks=(LISTING,)):
    """A run that keeps a list and pages, (address, body) each, and files what they say."""
    moment = DAY + timedelta(days=day)
    with archive.transaction():
        run = begun(archive, recipe)
        listing = f"list {day} ".encode() * 30
        archive.keep(run, visit(1, NB, listing, role="listing", requested_at=moment, portal=portal))
        for number, (url, body) in enumerate(urls, 2):
            at = moment + timedelta(seconds=number)
            kept = archive.keep(
                run, visit(number, NB + url, page(body), requested_at=at, discovered_on=1, portal=portal)
            )
            archive.file(kept.visit_id, report(NB + url, year=2010 + body, recipe=recipe))
        archive.note_walks(run, portal.id, walks)
        if end:
            archive.finish_run(run, end, {"visits": len(urls) + 1})
    return run


@pytest.fixture
def new(tmp_path):
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(Archive.open(tmp_path / f"{name}.db"))


@pytest.fixture
def two(new):
    """Two machines that crawled the same portal on two days; the second one met a page the first one had."""
    first, second = new("first"), new("second")
    crawl(first, 1, [("a.html", 1), ("b.html", 2)])
    crawl(second, 2, [("b.html", 2), ("c.html", 3), ("copy/b.html", 2)])
    return first, second


def test_what_either_holds_is_in_both_joined(two, new):
    first, second = two
    here, there = new("here"), new("there")
    counts = [merge(here, archive.path).counts for archive in two]
    for archive in reversed(two):
        assert not merge(there, archive.path).conflicts
    assert dump(here) == dump(there)
    assert not faults(here)
    held = dump(here)
    for archive in two:
        alone = dump(archive)
        for kind in ("bodies", "runs", "visits", "lists"):
            assert alone[kind].items() <= held[kind].items()
        assert alone["texts"] <= held["texts"]
    assert sum(map(len, held["visits"].values())) == 3 + 4
    # b.html was read on both machines: one page, one report
    assert len(held["reports"]) == 2 + 2
    assert counts[1]["reports_known"] == 1
    assert [row["year"] for row in here.reports()] == [2011, 2012, 2013]
    # and the copy is a copy of the first machine's report
    uid, number = first.connection.execute("SELECT uid, 3 FROM runs").fetchone()
    assert [original[:2] for original, _, _ in held["sightings"].values()] == [(uid, number)]
    assert second.connection.execute("SELECT count(*) FROM visits").fetchone() == (4,)


def test_merging_again_changes_nothing(two, new):
    here = new("here")
    for archive in two:
        merge(here, archive.path)
    before = dump(here)
    changes = here.connection.total_changes
    counts = merge(here, two[0].path).counts
    assert dump(here) == before
    assert set(counts) == {"runs_known", "reports_known"}
    assert here.connection.total_changes - changes <= 2 * len(before["sightings"])  # found anew each time


def test_a_report_goes_to_the_first_visit_of_its_page(new):
    """The later crawl was read, the earlier one is merged into it: the page is one, and its report moves."""
    later, earlier = new("later"), new("earlier")
    crawl(later, 2, [("a.html", 1)])
    run = begun(earlier)
    earlier.keep(run, visit(1, NB + "a.html", page(1), requested_at=DAY))
    merge(later, earlier.path)
    assert later.reports().__next__()["fetched_at"] == "2024-03-01T08:00:00.000Z"
    assert not faults(later)
    (held,) = dump(later)["reports"]
    assert held[:2] == (earlier.connection.execute("SELECT uid FROM runs").fetchone()[0], 1)


def test_a_run_under_way_is_taken_on_from_where_it_was(new, tmp_path):
    here, source = new("here"), new("source")
    run = crawl(source, 1, [("a.html", 1)], end=None)
    snapshot = copied(source, tmp_path / "snapshot.db")
    for number in range(3, 7):
        at = DAY + timedelta(days=1, seconds=number)
        source.keep(run, visit(number, f"{NB}{number}.html", page(number), discovered_on=1, requested_at=at))
    source.finish_run(run, "finished", {"visits": 6})
    assert merge(here, snapshot).counts["visits"] == 2
    assert here.connection.execute("SELECT outcome FROM runs").fetchall() == [("running",)]
    assert not faults(here)
    counts = merge(here, source.path).counts
    assert (counts["visits"], counts["runs_continued"]) == (4, 1)
    assert dump(here) == dump(source)
    assert not merge(here, snapshot).conflicts  # the older one has nothing to add
    assert dump(here) == dump(source)


RUNS = st.lists(
    st.tuples(
        st.integers(0, 2),  # machine
        st.lists(st.tuples(st.sampled_from(["a.html", "b.html", "c.html"]), st.integers(1, 3)), max_size=4),
        st.sampled_from(["test.1", "test.2"]),
        st.sampled_from(["finished", "interrupted", None]),
        st.booleans(),  # whether the machine's archive is copied at this moment
    ),
    min_size=1,
    max_size=6,
)


@given(runs=RUNS, data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_overlap_and_repetition_give_the_same(runs, data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("orders")
    with ExitStack() as stack:
        machines = [stack.enter_context(Archive.open(folder / f"{name}.db")) for name in range(3)]
        paths = [machine.path for machine in machines]
        for day, (machine, urls, recipe, end, copy) in enumerate(runs):
            portal = replace(ANHE, home=f"http://www.anhe.example/{day}")
            crawl(machines[machine], day, urls, portal=portal, recipe=recipe, end=end)
            time.sleep(0.002)  # of two readings the last holds: they were not filed in one millisecond
            if copy:
                paths.append(copied(machines[machine], folder / f"copy{day}.db"))
        results = []
        for name in ("one", "other"):
            order = data.draw(st.permutations(paths)) + data.draw(st.lists(st.sampled_from(paths), max_size=2))
            target = stack.enter_context(Archive.open(folder / f"{name}.db"))
            for path in order:
                assert not merge(target, path).conflicts
            assert not faults(target)
            results.append(dump(target))
        assert results[0] == results[1]
        # and the same where a machine's own archive is what the others are merged into
        for path in data.draw(st.permutations(paths)):
            if path != machines[0].path:
                merge(machines[0], path)
        merge(machines[0], folder / "one.db")
        assert not faults(machines[0])
        assert dump(machines[0]) == results[0]


def article(archive, day, body):
    """A run that keeps a page and the one that its report goes on at, and files what both say."""
    moment = DAY + timedelta(days=day)
    run = begun(archive)
    kept = archive.keep(run, visit(1, NB + "a.html", page(1), requested_at=moment))
    more = visit(2, NB + "a_2.html", body, role="further", discovered_on=1, requested_at=moment + timedelta(seconds=1))
    further = Further(more.url, archive.keep(run, more).body_sha256)
    archive.file(kept.visit_id, replace(report(NB + "a.html", text=f"安和县 {body!r}"), further=(further,)))
    archive.finish_run(run, "finished", {})
    time.sleep(0.002)


def test_reports_of_several_pages_come_out_the_same_in_any_order(new):
    """The first page is the same each time, the second one another: a reading belongs to the visit it was made for."""
    machines = [new(name) for name in "abc"]
    for day, (machine, body) in enumerate(zip(machines, (page(2), page(3), page(2)), strict=True)):
        article(machine, day, body)
    results = []
    for number, order in enumerate(permutations(machines)):
        target = new(f"joined{number}")
        for machine in order:
            assert not merge(target, machine.path).conflicts
        assert not faults(target)
        results.append(dump(target))
        (current,) = target.reports()
        assert current["text"] == f"安和县 {page(2)!r}"
        assert current["fetched_at"].startswith("2024-03-03")
    assert all(result == results[0] for result in results)
    assert len(results[0]["reports"]) == 3


@pytest.mark.parametrize("version", ["v1", "v2", "v3", "v4", "v5", "v6"])
def test_an_older_archive_is_read_and_left_as_it_is(version, new, tmp_path):
    packed = Path(__file__).parent / "archives" / f"{version}.db.gz"
    older = tmp_path / "older.db"
    older.write_bytes(gzip.decompress(packed.read_bytes()))
    before = older.read_bytes()
    here = new("here")
    assert not merge(here, older).conflicts
    assert merge(here, older).counts["visits"] == 0
    assert older.read_bytes() == before
    assert not faults(here)
    with Archive.open(older) as upgraded:  # for writing: now it is changed
        assert dump(upgraded)["reports"] == dump(here)["reports"]
        assert dump(upgraded)["visits"] == dump(here)["visits"]


def test_a_newer_archive_and_the_archive_itself_are_refused(two, new):
    first, second = two
    first.connection.execute("PRAGMA user_version = 99")
    with pytest.raises(NewerArchive, match=r"first\.db.*newer gongkai"):
        merge(second, first.path)
    with pytest.raises(NotAnArchive, match="merged into"):
        merge(second, second.path)


def test_the_last_walk_of_a_list_is_the_one_that_began_last(new):
    """A merge numbers the runs of the other archive after those that are here, also where they are older."""
    older, here = new("older"), new("here")
    crawl(older, 1, [], walks=[replace(LISTING, reports=9, listed=b"older 01", found={"sure": True, "on": "old"})])
    time.sleep(0.002)
    crawl(here, 2, [], walks=[replace(LISTING, reports=3, listed=b"newer 01", found={"sure": True, "on": "new"})])
    merge(here, older.path)
    assert here.memories(ANHE.id)[NB].listed == b"newer 01"
    assert [found["on"] for _, found in here.columns(ANHE.id)] == ["new"]
    run = begun(here)
    here.keep(run, visit(1))
    assert here.note_walks(run, ANHE.id, [replace(LISTING, reports=3)]) == []
    assert here.note_walks(begun(here), ANHE.id, [replace(LISTING, reports=2)]) == [
        f"{NB} lists 2 reports, 3 when it was last walked"
    ]


def test_a_damaged_archive_and_another_copy_of_it_make_a_sound_one(new, tmp_path):
    """What the damaged one has from there on is known when it is merged once more."""
    source = new("source")
    run = crawl(source, 1, [(f"{number}.html", number) for number in range(1, 6)], end=None)
    copy = copied(source, tmp_path / "copy.db")
    source.keep(run, visit(7, NB + "late.html", page(9), requested_at=DAY + timedelta(days=2)))
    source.finish_run(run, "finished", {})
    sound = dump(source)
    (body,) = source.connection.execute("SELECT body FROM visits WHERE number = 3").fetchone()
    source.connection.execute("UPDATE bodies SET bytes = zeroblob(9) WHERE sha256 = ?", [body])
    here = new("here")
    (conflict,) = merge(here, source.path).conflicts
    assert (conflict.code, conflict.row) == ("body_damaged", 3)
    assert "gongkai merge" in conflict.message
    for path in (copy, source.path):
        assert not merge(here, path).conflicts
    assert not faults(here)
    assert dump(here) == sound


# ---------------------------------------------------------------- conflicts


def tampered(archive, *statements):
    archive.connection.execute("PRAGMA foreign_keys = OFF")
    for sql in statements:
        archive.connection.execute(sql)


@pytest.mark.parametrize(
    ("statements", "code", "visits"),
    [
        (["UPDATE addresses SET canonical_url = canonical_url || '?' WHERE id = 2"], "seal_broken", 1),
        (["UPDATE exchanges SET seal = x'00' WHERE id = 3"], "seal_broken", 2),
        (["DELETE FROM exchanges WHERE id = 2"], "seal_broken", 1),
        (["UPDATE bodies SET bytes = x'00' WHERE sha256 = (SELECT body FROM visits WHERE id = 3)"], "body_damaged", 2),
        (["DELETE FROM bodies WHERE sha256 = (SELECT body FROM visits WHERE id = 1)"], "seal_broken", 0),
        (["DELETE FROM reports WHERE visit = 3", "DELETE FROM exchanges WHERE id = 3"], "run_differs", 2),
        (["UPDATE runs SET outcome = 'failed'"], "run_differs", 3),
        (["UPDATE lists SET reports = 9"], "run_differs", 3),
        (["UPDATE reports SET year = 1999 WHERE id = 1"], "seal_broken", 3),
        (["UPDATE findings SET message = '没有' WHERE report = 2"], "seal_broken", 3),
        (["UPDATE texts SET text = '别的话'"], "text_damaged", 3),
        (["UPDATE portals SET code = '439922'"], "seal_broken", 0),
    ],
)
def test_what_is_damaged_is_named_and_not_spread(statements, code, visits, new):
    source, here = new("source"), new("here")
    crawl(source, 1, [("a.html", 1), ("b.html", 2)])
    sound = copied(source, source.path.with_name("sound.db"))
    tampered(source, *statements)
    merged = merge(here, source.path)
    assert code in {conflict.code for conflict in merged.conflicts}
    assert merged.counts["visits"] == visits
    assert all(str(source.path) in conflict.message for conflict in merged.conflicts)
    assert not faults(here)
    # from a sound copy the rest is taken, and what was refused has left nothing behind
    assert not merge(here, sound).conflicts
    with Archive.open(sound) as whole:
        merge(whole, here.path)
        assert dump(here) == dump(whole)


def test_a_run_with_another_history_is_a_conflict_and_stays_as_it_is(new, tmp_path):
    source = new("source")
    run = crawl(source, 1, [("a.html", 1)], end=None)
    with Archive.open(copied(source, tmp_path / "fork.db")) as fork:
        for archive, body in ((source, 8), (fork, 9)):
            archive.keep(run, visit(3, NB + "z.html", page(body)))
            archive.finish_run(run, "finished", {})
        before = dump(source)
        (conflict,) = merge(source, fork.path).conflicts
        assert conflict.code == "run_differs"
        assert "ended otherwise" in conflict.message or "another visit in the place of visit 3" in conflict.message
        assert dump(source) == before


def test_two_readings_by_one_recipe_are_named_and_the_first_stands(new):
    archives = new("first"), new("second")
    for year, archive in enumerate(archives, 2019):
        run = begun(archive)
        kept = archive.keep(run, visit(1, NB + "a.html", page(1), requested_at=DAY + timedelta(days=year)))
        archive.file(kept.visit_id, report(NB + "a.html", year=year))
        archive.finish_run(run, "finished", {})
        time.sleep(0.002)
    results = []
    for name, order in (("one", archives), ("other", archives[::-1])):
        here = new(name)
        merge(here, order[0].path)
        (conflict,) = merge(here, order[1].path).conflicts
        assert (conflict.code, conflict.table) == ("report_differs", "reports")
        assert not faults(here)
        results.append(dump(here))
    assert results[0] == results[1]
    assert [row["year"] for row in here.reports()] == [2019]
    assert [hit["year"] for hit in here.search("公开")] == [2019]


def test_of_two_portals_the_newest_stands_and_another_code_is_named(new):
    first, second = new("first"), new("second")
    crawl(first, 1, [("a.html", 1)])
    crawl(second, 2, [("b.html", 2)], portal=replace(ANHE, code="439922", name="安和新区"))
    for name, order in (("one", (first, second)), ("other", (second, first))):
        here = new(name)
        merge(here, order[0].path)
        assert [conflict.code for conflict in merge(here, order[1].path).conflicts] == ["portal_differs"]
        (row,) = seals.rows(here.connection, "SELECT * FROM portals")
        assert (row["name"], row["code"]) == ("安和新区", "439922")
        assert row["first_seen"] < row["last_seen"]
        assert not faults(here)


def test_what_a_night_says_is_taken_as_it_was_sealed_or_named(new):
    source = new("source")
    crawl(source, 1, [("a.html", 1)])
    record.write(source.connection, 1, record.Record("2024-03-01T02:00:00.000Z", 3600.0, "whole"))
    sound, here = new("sound"), new("here")
    assert not merge(sound, source.path).conflicts
    assert record.read(sound.connection, 1) == record.read(source.connection, 1)
    source.connection.execute("UPDATE nights SET said = replace(said, 'whole', 'budget')")
    (conflict,) = merge(here, source.path).conflicts
    assert (conflict.code, conflict.table, conflict.row) == ("seal_broken", "nights", 1)
    assert record.read(here.connection, 1) is None


# ---------------------------------------------------------------- the command


def test_the_command_joins_and_says_what_it_did(two, tmp_path):
    paths = [archive.path for archive in two]
    done = gongkai("merge", *paths, "--archive", tmp_path / "all.db", "--json")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["counts"]["visits"] for line in lines] == [3, 4]
    tampered(two[0], "UPDATE addresses SET canonical_url = 'http://x.example/' WHERE id = 1")
    wrong = gongkai("merge", paths[0], tmp_path / "none.db", "--archive", tmp_path / "new.db")
    assert wrong.returncode == 1
    assert b"seal_broken\tvisits\t1" in wrong.stdout
    assert b"none.db: no such file" in wrong.stderr


def test_killed_it_is_repeated(new, tmp_path):
    source, here = new("source"), tmp_path / "here.db"
    for day in range(1, 15):
        crawl(source, day, [(f"{day}/{n}.html", n) for n in range(20)])
    with started("merge", source.path, "--archive", here) as process:
        while process.poll() is None:
            if here.exists() and here.with_name("here.db-wal").exists():
                with closing(sqlite3.connect(f"file:{here}?mode=ro", uri=True)) as reader, suppress(sqlite3.Error):
                    if reader.execute("SELECT count(*) FROM visits").fetchone()[0] > 50:  # once there is a table
                        process.kill()
                        process.wait()
            time.sleep(0.01)
    with Archive.open(here) as target:
        assert 50 < target.connection.execute("SELECT count(*) FROM visits").fetchone()[0] <= 14 * 21
        assert not faults(target)
        merge(target, source.path)
        assert dump(target) == dump(source)


def test_every_table_is_merged_or_has_no_place_in_it(new):
    """Who adds a table must say here, in `seals` and in the merge what becomes of it."""
    merged = {
        "portals",
        "runs",
        "nights",
        "exchanges",
        "addresses",
        "phrases",
        "bodies",
        "texts",
        "reports",
        "lists",
        *seals.PARTS,
    }
    index = {"near_written", "near_entries", "near_filters"}
    derived = {"sightings", "search", "duplicates", "changes", "distrusted", *index}
    archive = new("a")
    tables = {
        name
        for (name,) in archive.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        if not name.startswith(("sqlite_", "search_", "_sqlite"))
    }
    assert tables == merged | derived

"""A full disk: a clear sentence, nothing committed lost, and once there is room the work goes on."""

import asyncio
import gc
import os
import re
import resource
import sys
from contextlib import contextmanager

import pytest

from archive.archive import Archive
from archive.errors import FullDisk, LockedArchive, Unwritable
from archive.export import export_jsonl
from archive.lock import lock
from archive.merge import merge
from archive.verify import verify
from pipelines.desk import Desk
from tests.archive_dump import dump
from tests.archive_samples import NB, begun, report, visit
from tests.conftest import gongkai
from tests.servers import serving
from tests.test_nightly import WELL, pages, portal


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        fill(archive, 20)
        yield archive


def fill(archive, pages):
    run = begun(archive)
    with archive.transaction():
        for number in range(1, pages + 1):
            url = f"{NB}{number}.html"
            kept = archive.keep(run, visit(number, url, os.urandom(9000)))
            archive.file(kept.visit_id, report(url, year=2000 + number, text=f"第{number}份报告"))
    archive.finish_run(run, "finished", {})


def no_more_room(archive, pages=0):
    """The file may not grow by more than so many pages, and has none free: SQLite says what it says of a full disk."""
    archive.connection.execute("VACUUM")
    (size,) = archive.connection.execute("PRAGMA page_count").fetchone()
    archive.connection.execute(f"PRAGMA max_page_count = {size + pages}")


def room_again(archive):
    archive.connection.execute("PRAGMA max_page_count = 1000000")


def errors(archive):
    return [fault for fault in verify(archive) if fault.severity == "error"]


def test_what_cannot_be_kept_is_said_and_what_was_kept_stays(archive):
    before = dump(archive)
    run = begun(archive)
    no_more_room(archive)
    with pytest.raises(FullDisk, match=r"a\.db: cannot be written: no room left .*make room"):
        archive.keep(run, visit(1, f"{NB}large.html", os.urandom(300_000)))
    assert dump(archive)["visits"].items() >= before["visits"].items()
    assert not errors(archive)
    room_again(archive)
    archive.keep(run, visit(1, f"{NB}large.html", os.urandom(300_000)))
    assert not errors(archive)


@pytest.mark.parametrize("pages", [0, 3, 20, 40])
def test_a_merge_goes_on_where_there_was_no_more_room(archive, tmp_path, pages):
    with Archive.open(tmp_path / "here.db") as here:
        no_more_room(here, pages)
        with pytest.raises(FullDisk, match=r"here\.db"):
            merge(here, archive.path)
        assert not errors(here)
        room_again(here)
        assert not merge(here, archive.path).conflicts
        assert not errors(here)
        assert dump(here) == dump(archive)


def test_a_backup_without_room_leaves_nothing_and_the_earlier_one_stands(archive, tmp_path):
    file = tmp_path / "backup.db"
    assert gongkai("backup", file, "--archive", archive.path).returncode == 0
    earlier = dump(archive)
    fill(archive, 40)
    with bounded(file.stat().st_size + 100_000):
        done = gongkai("backup", file, "--archive", archive.path)
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: ")
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "backup.db.part").exists()
    with Archive.open(file, write=False) as backup:
        assert dump(backup) == earlier


@contextmanager
def bounded(size):
    """Files of commands begun here may not grow past a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_an_export_without_room_names_its_file_and_leaves_nothing(archive, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "reports.jsonl.part").symlink_to("/dev/full")
    done = gongkai("export", "jsonl", out, "--archive", archive.path)
    assert done.returncode == 1
    assert re.fullmatch(rb"Error: \S+reports\.jsonl\.part: no room left .*make room.*\n", done.stderr)
    assert list(out.iterdir()) == []
    assert export_jsonl(archive, out)["reports"] == 20


def test_who_holds_the_archive_stays_unsaid_where_there_is_no_room_for_it(archive):
    refused = pytest.raises(LockedArchive, match="in use by another process")
    with bounded(0), lock(archive.path, "test"), refused, lock(archive.path, "other"):
        pass


@pytest.fixture
def as_before():
    """What a crawl sets of its interpreter is not to hold for the tests after it."""
    switch, thresholds = sys.getswitchinterval(), gc.get_threshold()
    yield
    sys.setswitchinterval(switch)
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.mark.usefixtures("as_before")
def test_a_crawl_that_cannot_note_its_end_lets_go_of_the_archive(tmp_path):
    path = tmp_path / "a.db"

    async def crawl():
        desk = Desk(path, {}, "crawler.families.reading:read")
        await desk.enter()
        with bounded(0), pytest.raises(Unwritable, match=r"a\.db: cannot be written"):
            await desk.leave()

    asyncio.run(crawl())
    with lock(path, "the next step of the night"), Archive.open(path) as archive:
        assert list(archive.connection.execute("SELECT outcome FROM runs")) == [("running",)]


def test_a_crawl_without_room_says_so_once_and_keeps_what_it_kept(tmp_path):
    path = tmp_path / "a.db"
    with bounded(900_000):
        done = gongkai("demo", "--archive", path)
    said = done.stderr.decode()
    assert done.returncode == 1
    assert "Traceback" not in said
    assert len(re.findall(r"ERROR: \S+a\.db: cannot be written", said)) == 1  # while it crawls, by the one log line
    assert re.search(r"^Error: \S+a\.db: (cannot be written|no report was found)", said, re.MULTILINE)  # and at the end
    with Archive.open(path) as archive:
        assert list(archive.captures())
        assert not errors(archive)


@pytest.mark.parametrize("size", [640_000, 720_000])  # the end of the crawl cannot be noted either, or can be
def test_a_night_without_room_is_told_all_the_same(tmp_path, size):
    portal(tmp_path, "anhe", WELL)
    page = tmp_path / "night.html"
    words = ("nightly", "anhe", "--portals", tmp_path, "--archive", tmp_path / "a.db", "--html", page)
    with serving(pages(years=range(2000, 2023))) as web, bounded(size):
        done = gongkai(*words, env={"http_proxy": web.address, "no_proxy": ""})
    said = done.stderr.decode()
    assert done.returncode == 1
    assert "Traceback" not in said
    assert "a.db: cannot be written" in said
    assert "not_finished" in done.stdout.decode()
    assert "could not keep what it fetched" in page.read_text("utf-8")
    assert "cannot_keep" in page.read_text("utf-8")  # of the portal, too

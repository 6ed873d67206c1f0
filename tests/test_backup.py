"""A backup is the archive as it was at one moment, verified, and never at the cost of something else."""

import sqlite3
import threading
from contextlib import closing

import pytest
from click.testing import CliRunner

from archive.archive import Archive
from archive.cli import main
from archive.commands import backup
from archive.verify import verify
from tests.archive_dump import dump
from tests.archive_samples import NB, begun, report, visit


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.db"


@pytest.fixture
def archive(path):
    with Archive.open(path) as archive:
        yield archive


def keep(archive, run, numbers):
    for number in numbers:
        url = f"{NB}{number}.html"
        kept = archive.keep(run, visit(number, url, f"page {number} ".encode() * 90))
        archive.file(kept.visit_id, report(url, year=2000 + number % 20))


def backed_up(path, file, *options):
    return CliRunner().invoke(main, ["backup", str(file), "--archive", str(path), *options])


@pytest.mark.parametrize("options", [[], ["--quick"]], ids=["whole", "quick"])
def test_a_backup_says_what_the_archive_says(archive, path, tmp_path, options):
    run = begun(archive)
    keep(archive, run, range(1, 4))
    file = tmp_path / "safe" / "copy.db"
    file.parent.mkdir()
    done = backed_up(path, file, *options)
    assert (done.exit_code, "verified" in done.output) == (0, True), done.output
    assert sorted(each.name for each in file.parent.iterdir()) == ["copy.db", "copy.db.lock"]
    with Archive.open(file, write=False) as copy:
        assert dump(copy) == dump(archive)
        assert [fault.code for fault in verify(copy)] == ["run_unfinished"]


def test_an_earlier_backup_is_replaced_and_any_other_file_is_not(archive, path, tmp_path):
    run = begun(archive)
    keep(archive, run, [1])
    file = tmp_path / "copy.db"
    assert backed_up(path, file).exit_code == 0
    keep(archive, run, [2, 3])
    assert backed_up(path, file).exit_code == 0
    with Archive.open(file) as copy:
        assert dump(copy) == dump(archive)
        keep(copy, begun(copy), [1])
        more = dump(copy)
    refused = backed_up(path, file)
    assert refused.exit_code == 1
    assert "copy.db: holds what" in refused.output
    with Archive.open(file, write=False) as copy:
        assert dump(copy) == more
    other = tmp_path / "notes.txt"
    other.write_text("not an archive, and long enough to look at\n" * 30)
    assert "is not a SQLite file" in backed_up(path, other).output
    assert other.read_text().startswith("not an archive")
    assert "is the archive itself" in backed_up(path, path).output
    assert "no directory" in backed_up(path, tmp_path / "nowhere" / "copy.db").output


def test_a_backup_that_is_open_elsewhere_is_not_replaced(archive, path, tmp_path):
    keep(archive, begun(archive), [1])
    file = tmp_path / "copy.db"
    assert backed_up(path, file).exit_code == 0
    with Archive.open(file):
        refused = backed_up(path, file)
    assert refused.exit_code == 1
    assert "is open in another program" in refused.output
    assert backed_up(path, file).exit_code == 0


def test_a_crawl_goes_on_meanwhile(archive, path, tmp_path, monkeypatch):
    """The copy is of one moment, however often something is committed while its pages are read."""
    monkeypatch.setattr(backup, "_PAGES", 1)
    run = begun(archive)
    keep(archive, run, range(1, 40))
    copying = threading.Event()
    kept = []
    copy = backup._copy

    def watched(source, part, progress):
        def tell(done, total):
            copying.set()
            progress(done, total)

        copy(source, part, tell)

    monkeypatch.setattr(backup, "_copy", watched)
    results = []
    thread = threading.Thread(target=lambda: results.append(backed_up(path, tmp_path / "copy.db", "--quick")))
    thread.start()
    copying.wait(30)
    for number in range(40, 60):
        keep(archive, run, [number])
        kept.append(number)
    thread.join()
    assert results[0].exit_code == 0, results[0].output
    assert kept[-1] == 59
    with Archive.open(tmp_path / "copy.db", write=False) as reader:
        numbers = [number for (number,) in reader.connection.execute("SELECT number FROM visits ORDER BY id")]
    assert numbers == list(range(1, 40))


def test_what_a_killed_backup_left_is_no_hindrance(archive, path, tmp_path):
    keep(archive, begun(archive), [1])
    part = tmp_path / "copy.db.part"
    part.write_bytes(b"half a page")
    part.with_name("copy.db.part-journal").write_bytes(b"and its journal")
    assert backed_up(path, tmp_path / "copy.db").exit_code == 0
    assert not part.exists()


def test_a_damaged_archive_makes_no_backup_and_is_named(archive, path, tmp_path):
    run = begun(archive)
    keep(archive, run, [1])
    file = tmp_path / "copy.db"
    assert backed_up(path, file).exit_code == 0
    with Archive.open(file, write=False) as copy:
        before = dump(copy)
    keep(archive, run, [2])
    archive.connection.execute("UPDATE bodies SET bytes = x'00'")
    done = backed_up(path, file)
    assert done.exit_code == 1
    assert "body_damaged" in done.output
    assert "did not become" in done.output
    with Archive.open(file, write=False) as copy:
        assert dump(copy) == before
    with closing(sqlite3.connect(f"file:{file}.part?mode=ro", uri=True)) as part:
        assert part.execute("SELECT count(*) FROM visits").fetchone() == (2,)

"""Whatever breaks a promise of the archive is found and named."""

import pytest

from archive.archive import Archive
from archive.verify import verify
from tests.archive_samples import NB, begun, report, visit


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.db"


@pytest.fixture
def archive(path):
    with Archive.open(path) as archive:
        run = begun(archive)
        archive.keep(run, visit(1, NB, b"list " * 40, role="listing"))
        for number in (2, 3):
            url = f"{NB}{number}.html"
            kept = archive.keep(run, visit(number, url, f"page {number} ".encode() * 40, discovered_on=1))
            archive.file(kept.visit_id, report(url))
        archive.finish_run(run, "finished", {})
        yield archive


def codes(archive):
    return [fault.code for fault in verify(archive)]


def test_a_sound_archive_has_no_fault(archive):
    seen = []
    assert list(verify(archive, lambda done, total: seen.append((done, total)))) == []
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_it_can_be_verified_without_write_access(archive, path):
    with Archive.open(path, write=False) as reader:
        assert list(verify(reader)) == []


@pytest.mark.parametrize(
    ("sql", "code", "table"),
    [
        ("UPDATE visits SET body = NULL WHERE id = 1", "body_missing", "visits"),
        ("UPDATE visits SET outcome = 'lost' WHERE id = 1", "outcome_unknown", "visits"),
        ("UPDATE visits SET outcome = 'fetched' WHERE id = 1", "outcome_unknown", "visits"),
        ("UPDATE reports SET verdict = 'good' WHERE id = 2", "verdict_unknown", "reports"),
        ("UPDATE visits SET discovered_on = 3 WHERE id = 2", "origin_elsewhere", "visits"),
        ("UPDATE sections SET length = 9999 WHERE position = 0", "section_outside", "sections"),
        ("UPDATE sightings SET report = 2", "sighting_wrong", "sightings"),
        ("DELETE FROM sightings", "not_indexed", "reports"),
        ("UPDATE reports SET verdict = 'challenge' WHERE id = 1", "index_stale", "search"),
        ("UPDATE runs SET outcome = 'maybe'", "run_unknown", "runs"),
        ("UPDATE texts SET text = '改过的话'", "text_damaged", "texts"),
        ("UPDATE bodies SET size = size + 1", "body_damaged", "bodies"),
        ("UPDATE bodies SET codec = 'none'", "body_damaged", "bodies"),
        ("DELETE FROM bodies WHERE sha256 = (SELECT body FROM visits WHERE id = 1)", "reference_missing", "visits"),
        ("DELETE FROM texts", "reference_missing", "reports"),
    ],
)
def test_a_broken_promise_is_named(archive, sql, code, table):
    archive.connection.execute("PRAGMA foreign_keys = OFF")
    archive.connection.execute(sql)
    faults = [fault for fault in verify(archive) if fault.code == code]
    assert faults, codes(archive)
    assert {fault.table for fault in faults} == {table}
    assert {fault.severity for fault in faults} == {"error"}


def test_every_flipped_bit_of_a_body_is_found(archive):
    sha256, sound = archive.connection.execute("SELECT sha256, bytes FROM bodies").fetchone()
    missed = []
    for place in range(len(sound) * 8):
        damaged = bytearray(sound)
        damaged[place // 8] ^= 1 << place % 8
        archive.connection.execute("UPDATE bodies SET bytes = ? WHERE sha256 = ?", [bytes(damaged), sha256])
        try:
            read = archive.body(sha256)
        except Exception as error:  # noqa: BLE001 - any other kind is what this test is for
            read = type(error).__name__
        if read != "DamagedBody":
            missed.append((place, read))
    # A flip of an unused bit in the frame's header may leave the same bytes: they are the ones that were kept.
    assert [place for place, read in missed if read != b"list " * 40] == []
    archive.connection.execute("UPDATE bodies SET bytes = ? WHERE sha256 = ?", [sound[:-1] + b"\x7f", sha256])
    assert codes(archive) == ["body_damaged"]


def test_damage_to_the_file_itself_is_found_and_the_rest_still_read(archive, path):
    archive.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (root,) = archive.connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'visits'").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    with Archive.open(path, write=False) as reader:
        faults = list(verify(reader))
    assert {"file_damaged", "unreadable"} & {fault.code for fault in faults}
    assert "body_damaged" not in {fault.code for fault in faults}


def test_a_run_that_goes_on_or_was_killed_is_no_fault(archive):
    begun(archive)
    (fault,) = verify(archive)
    assert (fault.code, fault.severity, fault.row) == ("run_unfinished", "info", 2)
    assert "crawl anhe" in fault.message

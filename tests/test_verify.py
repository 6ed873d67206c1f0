"""Whatever breaks a promise of the archive is found and named."""

import random
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
import responses
from click.testing import CliRunner

from archive import seals
from archive.archive import Archive
from archive.cli import main
from archive.errors import ArchiveError, DamagedBody
from archive.night import record
from archive.verify import verify
from pipelines.records import Finding
from pipelines.walks import Walk
from tests.archive_dump import dump
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


def test_what_is_written_meanwhile_is_no_fault(archive, path):
    with Archive.open(path, write=False) as reader:
        asked = []

        def write(sql):
            """A crawl goes on: at each question it has kept and read one page more, in a run of its own."""
            asked.append(sql)
            if len(asked) < 60:
                run, url = begun(archive), f"{NB}more/{len(asked)}.html"
                kept = archive.keep(run, visit(1, url, b"more %d " % len(asked) * 40))
                archive.file(kept.visit_id, report(url, text=f"第{len(asked)}份报告"))

        reader.connection.set_trace_callback(write)
        assert [fault for fault in verify(reader) if fault.severity == "error"] == []
    assert archive.connection.execute("SELECT count(*) FROM runs").fetchone() == (60,)


@pytest.mark.parametrize(
    ("sql", "code", "table"),
    [
        ("UPDATE exchanges SET body = NULL WHERE id = 1", "body_missing", "visits"),
        ("UPDATE exchanges SET outcome = 'lost' WHERE id = 1", "outcome_unknown", "visits"),
        ("UPDATE exchanges SET outcome = 'fetched' WHERE id = 1", "outcome_unknown", "visits"),
        ("UPDATE reports SET verdict = 'good' WHERE id = 2", "verdict_unknown", "reports"),
        ("UPDATE exchanges SET discovered_on = 3 WHERE id = 2", "origin_elsewhere", "visits"),
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
    (root,) = archive.connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'exchanges'").fetchone()
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


# ---------------------------------------------------------------- seals


@pytest.mark.parametrize(
    ("sql", "table", "row"),
    [
        ("UPDATE addresses SET canonical_url = replace(canonical_url, '3.html', '8.html')", "visits", 3),
        ("UPDATE exchanges SET requested_at = requested_at + 1 WHERE id = 2", "visits", 2),
        ("UPDATE phrases SET words = replace(words, 'text/html', 'text/plain')", "visits", 1),
        ("UPDATE exchanges SET response_headers = 1, response_values = '[\"x\"]' WHERE id = 1", "visits", 1),
        ("UPDATE exchanges SET elapsed = 0.25 WHERE id = 1", "visits", 1),
        ("UPDATE exchanges SET discovered_on = NULL WHERE id = 2", "visits", 2),
        ("UPDATE exchanges SET body = (SELECT body FROM exchanges WHERE id = 2) WHERE id = 3", "visits", 3),
        ("UPDATE exchanges SET seal = NULL WHERE id = 2", "visits", 2),
        ("UPDATE reports SET year = 2021 WHERE id = 1", "reports", 1),
        ("UPDATE reports SET visit = 1 WHERE id = 2", "reports", 2),
        ("UPDATE reports SET derived_at = '2024-03-01T08:00:00.000Z' WHERE id = 1", "reports", 1),
        ("UPDATE findings SET message = '没有重复' WHERE report = 2", "reports", 2),
        ("DELETE FROM attachments WHERE report = 1", "reports", 1),
        ("UPDATE tables SET rows = replace(rows, '4', '5') WHERE report = 2", "reports", 2),
        ("UPDATE runs SET versions = '{}'", "runs", 1),
        ("UPDATE runs SET counts = '{\"new\":3}'", "runs", 1),
        ("UPDATE runs SET uid = 'another'", "runs", 1),
        ("UPDATE portals SET name = '安平县'", "portals", "anhe"),
        ("UPDATE portals SET id = 'anping'", "portals", "anping"),
        ("UPDATE lists SET reports = 3", "lists", f"1 {NB}"),
        ("UPDATE nights SET said = replace(said, 'whole', 'budget')", "nights", 1),
    ],
)
def test_what_was_written_cannot_be_changed_unseen(archive, sql, table, row):
    archive.note_walks(1, "anhe", [Walk(NB, None, "年报", "generic", (), 1, 2, 2, 2, 1, "complete")])
    record.write(archive.connection, 1, record.Record("2024-03-01T02:00:00.000Z", 3600.0, "whole"))
    assert not list(verify(archive))
    archive.connection.execute("PRAGMA foreign_keys = OFF")
    archive.connection.execute(sql)
    broken = [(fault.table, fault.row) for fault in verify(archive) if fault.code == "seal_broken"]
    assert (table, row) in broken


def later(archive):
    """A second run of four failures, which nothing else refers to."""
    run = begun(archive)
    for number in range(1, 5):
        archive.keep(run, visit(number, f"{NB}gone{number}.html", None, outcome="gone", status=404))
    archive.finish_run(run, "finished", {})
    assert not list(verify(archive))


@pytest.mark.parametrize(
    ("sql", "table", "row"),
    [
        ("DELETE FROM exchanges WHERE id = 4", "visits", 5),
        ("DELETE FROM exchanges WHERE id = 6", "visits", 7),
        ("DELETE FROM exchanges WHERE id = 7", "runs", 2),
        ("DELETE FROM exchanges WHERE run = 2", "runs", 2),
        ("UPDATE exchanges SET run = 1, number = 9 WHERE id = 7", "visits", 7),
        ("UPDATE exchanges SET id = 9 WHERE id = 5", "visits", 6),  # moved behind the others
    ],
)
def test_no_visit_can_be_taken_out_or_moved_unseen(archive, sql, table, row):
    later(archive)
    archive.connection.execute(sql)
    assert (table, row) in {(fault.table, fault.row) for fault in verify(archive) if fault.code == "seal_broken"}


def test_a_visit_put_in_is_seen(archive):
    later(archive)
    columns = [name for _, name, *_ in archive.connection.execute("PRAGMA table_info(exchanges)") if name != "id"]
    said = ", ".join({"number": "7", "address": "1"}.get(name, name) for name in columns)
    archive.connection.execute(
        f"INSERT INTO exchanges ({', '.join(columns)}) SELECT {said} FROM exchanges WHERE id = 7"
    )
    assert {"visits", "runs"} >= {fault.table for fault in verify(archive) if fault.code == "seal_broken"} >= {"visits"}


def test_rows_older_than_seals_are_named_and_no_fault(archive):
    for table in ("portals", "runs", "exchanges", "reports"):
        archive.connection.execute(f"UPDATE {table} SET seal = NULL")
    found = {fault.table: (fault.code, fault.severity, fault.message.split(" ")[0]) for fault in verify(archive)}
    assert found == {
        table: ("unsealed", "info", rows)
        for table, rows in (("portals", "1"), ("runs", "1"), ("visits", "3"), ("reports", "2"))
    }


def test_every_part_of_a_report_is_under_its_seal(archive):
    tables = [name for (name,) in archive.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    parts = {
        name
        for name in tables
        if {"report", "position"} <= {row[1] for row in archive.connection.execute(f"PRAGMA table_info({name})")}
    }
    assert parts == set(seals.PARTS)


# ---------------------------------------------------------------- the index, and what a fault costs


def test_an_index_that_says_other_than_the_texts_is_found(archive):
    search = archive.connection
    (report_id,) = search.execute("SELECT id FROM search_docsize").fetchone()
    search.execute(f"UPDATE search_docsize SET sz = x'0101' WHERE id = {report_id}")
    assert codes(archive) == ["index_wrong"]


def test_words_that_are_not_in_the_text_are_found_in_the_index(archive):
    """The same number of words, one of them another: only the places give it away."""
    connection = archive.connection
    (block,) = connection.execute("SELECT block FROM search_data WHERE instr(block, CAST('02020' AS BLOB))").fetchone()
    wrong = block.replace(b"02020", b"02019", 1)
    connection.execute("UPDATE search_data SET block = ? WHERE block = ?", [wrong, block])
    assert {fault.table for fault in verify(archive)} == {"search"}


def test_a_fault_names_what_it_costs(archive):
    again = begun(archive)
    archive.keep(again, visit(1, f"{NB}2.html", b"other bytes " * 20))
    archive.finish_run(again, "finished", {})
    sha256 = archive.connection.execute("SELECT body FROM visits WHERE id = 2").fetchone()[0]
    archive.connection.execute("UPDATE bodies SET bytes = x'00' WHERE sha256 = ?", [sha256])
    (fault,) = [fault for fault in verify(archive) if fault.row == sha256]
    assert fault.cost.startswith("1 capture (2) of anhe; 1 report (安和县人民政府 2020)")
    assert fault.cost.endswith("another copy at visit: 4")


def test_a_damaged_reference_names_every_body_that_needs_it(archive):
    """The second capture of a long page is packed against the first."""
    run = begun(archive)
    lines = [f"<p>第{n}条 安和县人民政府公开了第{n * 7919 % 1000}号文件</p>" for n in range(200)]
    for number in (1, 2, 3):
        page = "\n".join([*lines, f"<p>{number}</p>"]).encode()
        archive.keep(run, visit(number, NB + "long.html", page))
    archive.finish_run(run, "finished", {})
    needs = dict(archive.connection.execute("SELECT reference, id FROM bodies WHERE reference IS NOT NULL"))
    reference = next(iter(needs.keys() - needs.values()))
    (needy,) = archive.connection.execute("SELECT sha256 FROM bodies WHERE id = ?", [needs[reference]]).fetchone()
    archive.connection.execute("PRAGMA foreign_keys = OFF")
    archive.connection.execute("DELETE FROM bodies WHERE id = ?", [reference])
    faults = list(verify(archive))
    missing = [fault for fault in faults if fault.code == "body_damaged"]
    assert {fault.row for fault in missing} >= {needy}
    assert all(f"body number {reference}, which is not in" in fault.message for fault in missing)
    assert "reference_missing" in {fault.code for fault in faults}


# ---------------------------------------------------------------- asking again


def damaged(archive, path):
    """Two bodies broken, and asked for again."""
    archive.connection.execute("UPDATE bodies SET bytes = x'00' WHERE sha256 IN (SELECT body FROM visits WHERE id > 1)")
    return CliRunner().invoke(main, ["verify", "--refetch", "--archive", str(path)])


@responses.activate
def test_a_damaged_body_is_put_back_where_its_address_still_gives_it(archive, path, monkeypatch):
    monkeypatch.setattr("settings.DOWNLOAD_DELAY", 0)
    responses.get("http://www.anhe.example/robots.txt", status=404)
    for number in (2, 3):
        responses.get(f"{NB}{number}.html", body=f"page {number} ".encode() * 40)
    done = damaged(archive, path)
    assert done.exit_code == 0, done.output
    assert done.output.count("refetch\tback\tbodies") == 2
    assert "1 capture (3) of anhe" in done.output
    assert archive.capture(3).body == b"page 3 " * 40
    kept = archive.connection.execute("SELECT role, outcome FROM visits WHERE run = 2 ORDER BY number").fetchall()
    assert kept == [("robots", "gone"), ("report", "same_bytes"), ("report", "same_bytes")]
    assert not list(verify(archive))


@responses.activate
def test_what_changed_since_or_is_not_given_is_named_and_stays_damaged(archive, path, monkeypatch):
    monkeypatch.setattr("settings.DOWNLOAD_DELAY", 0)
    responses.get("http://www.anhe.example/robots.txt", body="User-agent: *\nDisallow: /nb/3")
    responses.get(f"{NB}2.html", body="other words")
    done = damaged(archive, path)
    assert done.exit_code == 1
    assert "refetch\tchanged\tbodies" in done.output
    assert "refetch\trobots_denied\tbodies" in done.output
    assert [call.request.url for call in responses.calls] == ["http://www.anhe.example/robots.txt", f"{NB}2.html"]
    assert codes(archive) == ["body_damaged", "body_damaged"]
    last = archive.connection.execute("SELECT body FROM visits WHERE outcome = 'changed'").fetchone()[0]
    assert archive.body(last) == b"other words"


def test_only_the_bytes_that_were_kept_are_put_back(archive):
    (sha256,) = archive.connection.execute("SELECT body FROM visits WHERE id = 2").fetchone()
    with pytest.raises(DamagedBody, match=sha256):
        archive.restore(sha256, b"other bytes")
    assert not list(verify(archive))


# ---------------------------------------------------------------- any bit of the file


def test_a_flipped_bit_anywhere_is_found_or_changes_nothing(archive, path, tmp_path):
    """Somewhere a page has room to spare: there, and only there, a flip may pass."""
    archive.note_walks(1, "anhe", [Walk(NB, None, "年报", "generic", (), 1, 2, 2, 2, 1, "complete")])
    run = begun(archive)
    kept = archive.keep(run, visit(1, NB + "9.html", b"page 9 " * 50))
    archive.file(kept.visit_id, replace(report(NB + "9.html", year=2018), findings=(Finding("a", "info", "话"),)))
    archive.finish_run(run, "finished", {})
    whole = tmp_path / "whole.db"
    with closing(sqlite3.connect(whole)) as target:
        archive.connection.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
    with Archive.open(whole, write=False) as reader:
        sound = dump(reader)
    data = whole.read_bytes()
    # room to spare is mostly nothing but zeros: flips there prove little, so most are made elsewhere
    said = [place for place, byte in enumerate(data) if byte]
    chance = random.Random(5)
    places = [chance.choice(said) for _ in range(90)] + [chance.randrange(len(data)) for _ in range(10)]
    flipped = tmp_path / "flipped.db"
    found = 0
    for place in places:
        damaged = bytearray(data)
        damaged[place] ^= 1 << chance.randrange(8)
        flipped.write_bytes(damaged)
        try:
            with Archive.open(flipped, write=False) as reader:
                if any(fault.severity == "error" for fault in verify(reader)):
                    found += 1
                else:
                    assert dump(reader) == sound, f"byte {place}"
        except ArchiveError:
            found += 1
    assert found > 60

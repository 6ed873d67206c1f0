"""What is kept stays kept, and comes back as it was."""

import json
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import schema
from archive.archive import Archive, lock
from archive.errors import (
    BadQuery,
    DamagedBody,
    LockedArchive,
    NewerArchive,
    NoSuchReport,
    NoSuchVisit,
    NotAnArchive,
    ReadOnlyArchive,
)
from archive.urls import canonical, host
from archive.verify import verify
from pipelines.records import Capture
from tests.archive_samples import ANHE, DAY, NB, RECIPE, begun, report, visit

ROOT = Path(__file__).parent.parent


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a b%20c?.db"  # a name that must be quoted in an address


@pytest.fixture
def archive(path):
    with Archive.open(path) as archive:
        yield archive


def one(archive, sql, *values):
    (row,) = archive.connection.execute(sql, values).fetchall()
    return row if len(row) > 1 else row[0]


# ---------------------------------------------------------------- keeping


def test_a_body_is_stored_once_and_comes_back(archive):
    run = begun(archive)
    body = "<p>公开</p>".encode("gbk") * 1000
    first = archive.keep(run, visit(1, body=body))
    second = archive.keep(run, visit(2, NB + "copy.html", body=body))
    assert first.outcome == second.outcome == "new"
    assert first.body_sha256 == second.body_sha256
    assert archive.body(first.body_sha256) == body
    assert one(archive, "SELECT codec, size FROM bodies") == ("zstd", len(body))


@pytest.mark.parametrize("body", [b"", b"x", os.urandom(500)], ids=["empty", "one", "noise"])
def test_what_does_not_shrink_is_stored_as_it_is(archive, body):
    kept = archive.keep(begun(archive), visit(1, body=body))
    assert archive.body(kept.body_sha256) == body
    assert one(archive, "SELECT codec FROM bodies") == "none"


def test_outcomes_compare_with_the_last_good_body(archive):
    run = begun(archive)
    bodies = [b"a", b"a", b"b", b"<h1>404</h1>", b"b", None, b"a"]
    given_outcomes = ["fetched", "fetched", "fetched", "gone", "fetched", "not_modified", "fetched"]
    kept = [
        archive.keep(run, visit(number, NB + f"2020.html;jsessionid=A{number}#x", body, outcome=outcome))
        for number, (body, outcome) in enumerate(zip(bodies, given_outcomes, strict=True), 1)
    ]
    assert [k.outcome for k in kept] == [
        "new",
        "same_bytes",
        "changed",
        "gone",
        "same_bytes",
        "not_modified",
        "changed",
    ]
    assert kept[5].body_sha256 == kept[2].body_sha256, "the 304 refers to the good body, not to that of the 404"
    assert one(archive, "SELECT count(*) FROM bodies") == 3


def test_an_answer_without_a_byte_is_an_empty_body(archive):
    kept = archive.keep(begun(archive), visit(1, body=None))
    assert kept.outcome == "new"
    assert archive.capture(kept.visit_id).body == b""


def test_a_failure_is_a_visit_like_any_other(archive):
    kept = archive.keep(begun(archive), visit(1, body=None, outcome="timeout", status=None, error="30 s\x00\ud800"))
    assert (kept.outcome, kept.body_sha256, kept.pending) == ("timeout", None, False)
    assert one(archive, "SELECT outcome, error FROM visits") == ("timeout", "30 s\ufffd\ufffd")
    with pytest.raises(NoSuchVisit, match="timeout"):
        archive.capture(kept.visit_id)


def test_links_between_visits_are_rows_and_must_be_there(archive):
    for _ in range(2):  # the same numbers again in a second run
        run = begun(archive)
        archive.keep(run, visit(1, NB, b"list", role="listing"))
        archive.keep(run, visit(2, NB + "old.html", None, outcome="redirected", status=302, discovered_on=1))
        archive.keep(run, visit(3, redirected_from=2))
    rows = archive.connection.execute("SELECT id, redirected_from, discovered_on FROM visits").fetchall()
    assert rows == [(1, None, None), (2, None, 1), (3, 2, None), (4, None, None), (5, None, 4), (6, 5, None)]
    with pytest.raises(NoSuchVisit, match="names visit 9"):
        archive.keep(run, visit(4, discovered_on=9))


def test_a_capture_is_what_the_crawl_saw(archive):
    seen = visit(1, body=b"words", link_text="2020年报告", status=None)
    kept = archive.keep(begun(archive), seen)
    expected = Capture(seen.url, b"words", "text/html; charset=utf-8", 200, ANHE, "2020年报告")
    assert archive.capture(kept.visit_id) == expected
    assert list(archive.captures()) == [(kept.visit_id, expected)]


def test_a_capture_after_a_304_has_the_headers_of_the_answer_that_brought_it(archive):
    run = begun(archive)
    archive.keep(run, visit(1))
    kept = archive.keep(run, visit(2, body=None, outcome="not_modified", status=304, response_headers=()))
    capture = archive.capture(kept.visit_id)
    assert (capture.status, capture.content_type) == (200, "text/html; charset=utf-8")


def test_validators_are_those_of_the_last_whole_answer(archive):
    run = begun(archive)
    archive.keep(run, visit(1))
    archive.keep(run, visit(2, body=b"half", outcome="truncated"))
    archive.keep(run, visit(3, body=b"no", outcome="gone", status=404))
    archive.keep(run, visit(4, NB + "bare.html", response_headers=()))
    assert archive.validators(NB + "2020.html?spm=1").etag == '"1"'
    assert archive.validators(NB + "2020.html").last_modified is None
    assert archive.validators(NB + "bare.html") is None
    assert archive.validators(NB + "unknown.html") is None


def test_the_portal_is_as_its_file_last_said(archive):
    archive.keep(begun(archive), visit(1))
    moved = replace(ANHE, name="安和市", hosts=("www.anhe.example",))
    archive.keep(begun(archive), visit(1, portal=moved, requested_at=DAY.replace(year=2025)))
    (row,) = archive.portals()
    assert (row["name"], row["hosts"], row["first_seen"]) == (
        "安和市",
        ["www.anhe.example"],
        "2024-03-01T08:00:01.000Z",
    )
    assert row["last_seen"] == "2025-03-01T08:00:00.000Z"
    assert archive.capture(1).portal == moved


def test_a_run_is_running_until_it_is_finished(archive):
    run = begun(archive)
    assert one(archive, "SELECT outcome, finished_at, recipe FROM runs") == ("running", None, RECIPE)
    archive.finish_run(run, "interrupted", {"new": 3})
    assert one(archive, "SELECT outcome, counts FROM runs") == ("interrupted", '{"new":3}')


# ---------------------------------------------------------------- transactions


def fail_after(archive, run, number):
    with archive.transaction():
        archive.keep(run, visit(number))
        archive.file(1, report())
        raise ZeroDivisionError


def test_a_transaction_is_all_or_nothing_and_a_part_of_it_can_fail_alone(archive, path):
    run = begun(archive)
    with pytest.raises(ZeroDivisionError):
        fail_after(archive, run, 1)
    assert one(archive, "SELECT count(*) FROM visits") == 0
    with archive.transaction():
        archive.keep(run, visit(1))
        with pytest.raises(ZeroDivisionError):
            fail_after(archive, run, 2)
        with Archive.open(path, write=False) as reader:
            assert one(reader, "SELECT count(*) FROM visits") == 0, "nothing is committed before the outermost exit"
    assert one(archive, "SELECT count(*), count(DISTINCT portal) FROM visits") == (1, 1)
    assert one(archive, "SELECT count(*) FROM reports") == 0
    assert [fault for fault in verify(archive) if fault.severity == "error"] == []


# ---------------------------------------------------------------- filing


def test_a_report_comes_back_with_all_its_parts_and_its_provenance(archive):
    run = begun(archive)
    archive.keep(run, visit(1, NB, b"list", role="listing"))
    archive.keep(
        run, visit(2, NB + "old", None, outcome="redirected", discovered_on=1, link_text="2020年报告", position=3)
    )
    page = archive.keep(run, visit(3, redirected_from=2))
    archive.keep(run, visit(4, NB + "fj/2020.doc", b"doc", role="attachment", discovered_on=3))
    filed = archive.file(page.visit_id, report())
    found = archive.report(filed.report_id)
    assert (
        found
        == archive.report(NB + "2020.html#p")
        == archive.report("安和县 2020")
        == archive.report("安和县人民政府2020年")
    )
    wanted = report()
    assert (found["title"], found["text"], found["markdown"]) == (wanted.identity.title, wanted.text, wanted.markdown)
    assert [(s["number"], s["title"], s["text"]) for s in found["sections"]] == [
        (s.number, s.title, s.text) for s in wanted.sections
    ]
    assert found["tables"][0]["rows"] == [["新收", "4"], ["结转", ""]]
    assert found["tables"][0]["spans"] == [{"row": 0, "column": 0, "rowspan": 1, "colspan": 2}]
    assert found["findings"][0]["code"] == "number_repeated"
    assert found["issuer_path"] == ["湖东省", "安和县"]
    assert found["evidence"][0]["words"] == "2020年"
    assert found["items"][0]["date"] == "2020-01-15"
    assert (found["attachments"][0]["visit"], found["attachments"][0]["text"]) == (4, "全文下载")
    assert [(step["visit"], step["role"]) for step in found["provenance"]] == [
        (1, "listing"),
        (2, "report"),
        (3, "report"),
    ]
    assert found["provenance"][1]["position"] == 3


def test_words_are_stored_once(archive):
    run = begun(archive)
    for number in (1, 2):
        archive.file(archive.keep(run, visit(number, NB + f"{number}.html")).visit_id, report(NB + f"{number}.html"))
    assert one(archive, "SELECT count(*) FROM texts") == 1
    stored = archive.connection.execute("SELECT words IS NULL FROM sections WHERE report = 1 ORDER BY position")
    assert [row[0] for row in stored] == [1, 0, 1], "only the section that is no piece of the text keeps its words"


def test_filing_the_same_again_changes_nothing(archive):
    kept = archive.keep(begun(archive), visit(1))
    first = archive.file(kept.visit_id, report())
    again = archive.file(kept.visit_id, report(text="别的话"))
    assert (first.is_new, again.is_new, first.report_id) == (True, False, again.report_id)
    assert archive.report(first.report_id)["text"] == report().text


def test_what_is_no_character_does_not_cost_the_report(archive):
    kept = archive.keep(begun(archive), visit(1))
    archive.file(kept.visit_id, report(text="半个字\ud83d和零\x00号", source="\udc00"))
    assert archive.report(1)["text"] == "半个字\ufffd和零\ufffd号"
    assert archive.report(1)["source"] == "\ufffd"


def test_a_report_of_no_page_is_refused(archive):
    failed = archive.keep(begun(archive), visit(1, body=None, outcome="timeout"))
    for number in (failed.visit_id, 99):
        with pytest.raises(NoSuchVisit, match=f"visit {number}"):
            archive.file(number, report())


def test_pending_is_what_our_recipe_has_not_read(archive):
    run = begun(archive)
    first = archive.keep(run, visit(1))
    assert first.pending
    archive.file(first.visit_id, report())
    assert not archive.keep(run, visit(2)).pending
    assert not archive.keep(run, visit(3, body=None, outcome="not_modified")).pending
    assert archive.keep(run, visit(4, NB + "other.html")).pending, "the same body at another address is another page"
    assert not archive.keep(run, visit(5, NB + "x.doc", role="attachment")).pending
    newer = archive.keep(begun(archive, "test.2"), visit(1, requested_at=DAY.replace(year=2025)))
    assert newer.pending
    filed = archive.file(newer.visit_id, report(recipe="test.2"))
    assert archive.report(filed.report_id)["visit"] == first.visit_id, "one capture, one row to hang reports on"


def test_captures_are_each_body_once_for_each_address(archive):
    run = begun(archive)
    for number, (url, body) in enumerate([("a", b"1"), ("a", b"1"), ("a", b"2"), ("b", b"1"), ("a", b"1")], 1):
        archive.keep(run, visit(number, NB + url, body))
    archive.keep(run, visit(6, NB + "c", b"3", role="attachment"))
    assert [number for number, _ in archive.captures()] == [1, 3, 4]
    archive.file(1, report())
    assert [number for number, _ in archive.captures(lacking=RECIPE)] == [3, 4]
    assert archive.count_captures(lacking=RECIPE) == 2
    assert archive.count_captures(lacking="test.2", portal="anhe") == 3
    assert archive.count_captures(portal="other") == 0
    assert [number for number, _ in archive.captures(where="url LIKE '%b' -- only b")] == [4]


def test_captures_may_be_filed_while_they_are_read(archive):
    run = begun(archive)
    with archive.transaction():
        for number in range(1, 1203):
            archive.keep(run, visit(number, NB + f"{number}.html", b"%d" % number))
    seen = []
    for number, capture in archive.captures(lacking=RECIPE):
        seen.append(number)
        if number % 200 == 1:
            archive.file(number, report(capture.url, text=f"第{number}页"))
    assert seen == list(range(1, 1203))
    assert archive.count_captures(lacking=RECIPE) == 1202 - 7


@pytest.mark.parametrize(
    "where", ["nonsense = 1", "1; DROP TABLE visits", "id IN (DELETE FROM visits RETURNING id)", "(", "'", "1\x00", ""]
)
def test_a_condition_that_is_none_is_named(archive, where):
    archive.keep(begun(archive), visit(1))
    with pytest.raises(BadQuery, match="condition"):
        archive.count_captures(where=where)
    assert one(archive, "SELECT count(*) FROM visits") == 1


# ---------------------------------------------------------------- the same report elsewhere, the one to cite


def file(archive, number, url, body, **fields):
    run = fields.pop("run", None) or begun(archive, fields.get("recipe", RECIPE))
    when = fields.pop("when", DAY)
    kept = archive.keep(run, visit(number, url, body, requested_at=when, portal=fields.pop("portal", ANHE)))
    return archive.file(kept.visit_id, report(url, **fields))


def current(archive):
    return [(row["issuer"], row["year"], row["url"]) for row in archive.reports()]


def test_the_same_report_at_another_address_is_a_sighting(archive):
    first = file(archive, 1, NB + "a.html", b"A")
    bytes_again = file(archive, 1, NB + "b.html", b"A")
    text_again = file(archive, 1, NB + "c.html", b"C")
    same_address = file(archive, 1, NB + "a.html?utm_source=x", b"D", when=DAY.replace(hour=9))
    assert [f.sighting_of for f in (first, bytes_again, text_again, same_address)] == [None, 1, 1, None]
    assert [(s["url"], s["basis"]) for s in archive.report(1)["sightings"]] == [
        (NB + "b.html", "bytes"),
        (NB + "c.html", "text"),
    ]
    assert current(archive) == [("安和县人民政府", 2020, NB + "a.html?utm_source=x")]


@pytest.mark.parametrize(
    ("one_", "other", "is_copy"),
    [
        ({"year": 2019}, {"year": 2020}, False),
        ({"issuer": "安和县教育局"}, {"issuer": "安和县民政局"}, False),
        ({"year": None}, {"year": 2020}, False),  # a near copy, where it has words enough: see test_near.py
        ({"year": None}, {"year": None}, True),
        ({"verdict": "thin", "year": None}, {"verdict": "thin", "year": 2020}, False),
        ({"verdict": "thin"}, {"verdict": "thin"}, True),
        ({"verdict": "not_a_report"}, {"verdict": "not_a_report"}, False),
        ({"recipe": "test.0"}, {"recipe": "test.1"}, False),
        ({"text": ""}, {"text": ""}, False),
        ({"text": " \n"}, {"text": " \n"}, False),
    ],
)
def test_the_same_words_are_another_report_where_they_say_so(archive, one_, other, is_copy):
    words = {"text": "见附件。"}
    file(archive, 1, NB + "a.html", b"A", **(words | one_))
    second = file(archive, 1, NB + "b.html", b"B", **(words | other))
    assert (second.sighting_of == 1) is is_copy


def test_the_report_to_cite(archive):
    file(archive, 1, NB + "thin.html", b"1", verdict="thin", text="略")
    assert current(archive)[0][2] == NB + "thin.html"
    file(archive, 1, "http://elsewhere.example/early", b"2", text="甲", published_on="2020-01-01")
    file(archive, 1, NB + "late.html", b"3", text="乙", published_on="2021-03-01")
    assert current(archive)[0][2] == NB + "late.html", "the portal's own host goes before an earlier date"
    file(archive, 1, "http://zwgk.anhe.example:8080/early.html", b"4", text="丙", published_on="2021-01-05")
    assert current(archive)[0][2] == "http://zwgk.anhe.example:8080/early.html"
    file(archive, 1, NB + "no.html", b"5", verdict="not_a_report", text="丁", published_on="2021-01-01")
    assert len(current(archive)) == 1
    assert [row["url"] for row in archive.reports(verdict="not_a_report")] == [NB + "no.html"]
    assert len(list(archive.reports(all=True))) == 5


def test_the_newest_page_of_an_address_counts_even_when_an_old_one_returns(archive):
    file(archive, 1, NB + "a.html", b"old", text="旧文")
    file(archive, 1, NB + "a.html", b"new", text="新文", when=DAY.replace(day=2))
    assert archive.report("安和县 2020")["text"] == "新文"
    archive.keep(begun(archive), visit(1, NB + "a.html", b"old", requested_at=DAY.replace(day=3)))
    assert archive.report("安和县 2020")["text"] == "旧文"
    assert archive.report(NB + "a.html")["text"] == "旧文"


def test_an_address_used_again_for_the_next_year_loses_no_year(archive):
    file(archive, 1, NB, b"2019", year=2019)
    file(archive, 1, NB, b"2020", year=2020, when=DAY.replace(day=2))
    assert [row["year"] for row in archive.reports()] == [2019, 2020]


def test_the_newest_recipe_holds(archive):
    file(archive, 1, NB + "a.html", b"A", year=2019)
    file(archive, 1, NB + "a.html", b"A", year=2020, recipe="test.2")
    assert [row["year"] for row in archive.reports()] == [2020]
    assert archive.stats()["verdicts"] == {"report": 1}


def test_what_names_no_issuer_or_year_is_not_lost(archive):
    for number, (issuer, year) in enumerate([(None, 2020), ("安和县人民政府", None), (None, None)]):
        file(
            archive,
            1,
            NB + f"{number}.html",
            b"%d" % number,
            issuer=issuer,
            year=year,
            text=f"第{number}篇",
            verdict="thin",
        )
    assert len(current(archive)) == 3


def test_reports_by_portal_issuer_and_year(archive):
    file(archive, 1, NB + "a.html", b"1", year=2019)
    file(archive, 1, NB + "b.html", b"2", year=2020)
    file(archive, 1, "http://www.b.example/", b"3", portal=replace(ANHE, id="b"), issuer="泽川市人民政府", year=2020)
    assert [row["year"] for row in archive.reports(portal="anhe")] == [2019, 2020]
    assert [row["issuer"] for row in archive.reports(issuer="泽川", year=2020)] == ["泽川市人民政府"]
    stats = archive.stats()
    assert stats["visits"] == {"new": 3}
    assert stats["findings"] == {"number_repeated": 3}
    assert stats["reports"][0] == {"portal": "anhe", "year": 2019, "reports": 1}
    assert stats["bodies"] == {"count": 3, "bytes": 3, "stored_bytes": 3}


@pytest.mark.parametrize("key", [99, "99", "http://www.anhe.example/none", "安和县 1999", "安和县", ""])
def test_a_report_that_is_not_there_is_named(archive, key, path):
    file(archive, 1, NB + "a.html", b"1")
    with pytest.raises(NoSuchReport, match=r"gongkai reports|give its number"):
        archive.report(key)


def test_a_name_that_fits_two_reports_lists_them(archive):
    file(archive, 1, NB + "a.html", b"1", issuer="安和县民政局", text="甲")
    file(archive, 1, NB + "b.html", b"2", issuer="安和县教育局", text="乙")
    with pytest.raises(NoSuchReport, match=r"(?s)2 reports.*安和县教育局.*安和县民政局"):
        archive.report("安和县 2020")
    assert archive.report("安和县教育局 2020")["report_id"] == 2


def test_current_reports_has_the_promised_columns_and_reads_by_index(archive):
    columns = [row[1] for row in archive.connection.execute("PRAGMA table_info(current_reports)")]
    promised = (
        "portal issuer issuer_kind issuer_code year title text markdown published_on source url fetched_at"
        " body_sha256 verdict recipe report_id"
    )
    assert " ".join(columns[:16]) == promised
    plan = [row[3] for row in archive.connection.execute("EXPLAIN QUERY PLAN SELECT report_id FROM current_reports")]
    assert any("USING COVERING INDEX reports_ranked (verdict=?)" in step for step in plan)
    assert [step for step in plan if step in {"SCAN r", "SCAN v", "SCAN t", "SCAN w", "SCAN n", "SCAN s"}] == []


# ---------------------------------------------------------------- opening


def test_another_file_is_no_archive(tmp_path):
    text = tmp_path / "notes.db"
    text.write_text("只是文字" * 500)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    empty = tmp_path / "empty.db"
    empty.touch()
    for path, write in [(text, True), (text, False), (other, True), (other, False), (empty, False), (tmp_path, True)]:
        with pytest.raises(NotAnArchive, match=str(path)):
            Archive.open(path, write=write)
    for path, write in [(tmp_path / "none.db", False), (tmp_path / "none" / "a.db", True)]:
        with pytest.raises(NotAnArchive, match=r"no such file|no directory"):
            Archive.open(path, write=write)
    assert not (tmp_path / "none.db").exists()
    assert text.read_text() == "只是文字" * 500
    Archive.open(empty).close()  # nobody's file yet


def test_a_newer_archive_is_left_alone(path):
    Archive.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    for write in (True, False):
        with pytest.raises(NewerArchive, match=r"version 99.*newer gongkai"):
            Archive.open(path, write=write)


def test_the_file_is_as_promised(archive):
    assert one(archive, "PRAGMA journal_mode") == "wal"
    assert one(archive, "PRAGMA synchronous") == 2
    assert one(archive, "PRAGMA foreign_keys") == 1
    assert one(archive, "PRAGMA user_version") == schema.VERSION == len(schema.migrations.applied(_utils(archive)))
    loose = archive.connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict"
        " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlite_%'"
    ).fetchall()
    assert loose == []


def _utils(archive):
    from sqlite_utils import Database

    return Database(archive.connection, execute_plugins=False)


def test_reading_goes_on_while_a_crawl_writes(archive, path):
    run = begun(archive)
    with Archive.open(path, write=False) as reader, archive.transaction():
        archive.keep(run, visit(1))
        assert reader.stats()["visits"] == {}
        with pytest.raises(ReadOnlyArchive, match="reading only"):
            reader.keep(run, visit(2))


def test_a_file_or_directory_that_cannot_be_written_opens_for_reading(request):
    folder = Path(tempfile.mkdtemp())  # pytest's own are closed to other users, and root has to become one
    request.addfinalizer(lambda: shutil.rmtree(folder))
    path = folder / "a.db"
    with Archive.open(path) as archive:
        file(archive, 1, NB + "a.html", b"1")
    path.chmod(0o444)
    folder.chmod(0o555)
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=_as_nobody, args=(path, answers))
    child.start()
    child.join()
    assert answers.get() == ("ReadOnlyArchive", 1, "ReadOnlyArchive", "ReadOnlyArchive")
    assert sorted(entry.name for entry in folder.iterdir()) == ["a.db"]


def _as_nobody(path, answers):
    if os.getuid() == 0:
        os.setuid(65534)  # root may write everywhere
    found = []
    try:
        Archive.open(path)
    except ReadOnlyArchive as error:
        found.append(type(error).__name__)
    with Archive.open(path, write=False) as archive:
        found.append(len(list(archive.reports())))
        try:
            archive.file(1, report())
        except ReadOnlyArchive as error:
            found.append(type(error).__name__)
    try:
        with lock(path, "crawl"):
            pass
    except ReadOnlyArchive as error:
        found.append(type(error).__name__)
    answers.put(tuple(found))


def test_a_lock_names_its_holder_and_dies_with_it(path):
    script = (
        "import sys, time\nfrom archive.lock import lock\n"
        "with lock(sys.argv[1], 'crawl anhe'):\n    print('held', flush=True)\n    time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, cwd=ROOT) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockedArchive, match=f"process {holder.pid} .crawl anhe, since"), lock(path, "derive"):
            pytest.fail("two holders")
        holder.kill()
    with lock(path, "derive"):
        assert f"process {os.getpid()} (derive" in Path(f"{path}.lock").read_text()
    with lock(path, "again"):
        assert "derive" not in Path(f"{path}.lock").read_text()


def test_a_link_to_an_archive_has_its_lock(path):
    Archive.open(path).close()
    link = path.with_name("link.db")
    link.symlink_to(path)
    with lock(path, "crawl"), pytest.raises(LockedArchive, match="crawl"), lock(link, "derive"):
        pytest.fail("two holders")


def test_a_lock_in_a_directory_that_is_not_there(tmp_path):
    with (
        pytest.raises(NotAnArchive, match=f"no directory {tmp_path}/no/such: create it"),
        lock(tmp_path / "no" / "such" / "a.db", "crawl"),
    ):
        pytest.fail("a lock in no directory")


def test_the_last_report_of_a_page_is_not_that_of_its_address(archive):
    old, new = (file(archive, number, NB + "a.html", b"%d" % number) for number in (1, 2))
    visits = [archive.report(filed.report_id)["visit"] for filed in (old, new)]
    assert [archive.last_report(visit)["report_id"] for visit in visits] == [old.report_id, new.report_id]
    newer = archive.file(visits[0], report(NB + "a.html", recipe="test.2"))
    assert archive.last_report(visits[0])["report_id"] == newer.report_id
    assert archive.last_report(99) is None


def test_a_damaged_body_is_not_handed_out(archive):
    kept = archive.keep(begun(archive), visit(1, body=b"words " * 99))
    archive.connection.execute("UPDATE bodies SET bytes = ?", [b"\x28\xb5\x2f\xfd nonsense"])
    with pytest.raises(DamagedBody, match=kept.body_sha256):
        archive.body(kept.body_sha256)
    with pytest.raises(DamagedBody, match="not in the archive"):
        archive.body("0" * 64)


def test_a_damaged_body_does_not_cost_the_captures_after_it(archive, caplog):
    run = begun(archive)
    for number in (1, 2, 3):
        archive.keep(run, visit(number, f"{NB}{number}.html", b"%d" % number))
    archive.connection.execute("UPDATE bodies SET bytes = x'00' WHERE sha256 = (SELECT body FROM visits WHERE id = 2)")
    damaged = {}
    assert [number for number, _ in archive.captures(damaged=damaged.__setitem__)] == [1, 3]
    assert list(damaged) == [2]
    assert "take it from another copy of the archive" in str(damaged[2])
    assert "crawl" not in str(damaged[2]).replace(str(archive.path), ""), "the same bytes again would not be kept"
    assert [number for number, _ in archive.captures()] == [1, 3]
    assert "visit 2: " in caplog.text


# ---------------------------------------------------------------- a killed process


_WRITER = """
import sys
sys.path.insert(0, "tests")
from tests.archive_samples import NB, begun, report, visit
from archive.archive import Archive

with Archive.open(sys.argv[1]) as archive:
    run = begun(archive)
    number = 0
    while True:
        done = []
        with archive.transaction():
            for _ in range(5):
                number += 1
                url = f"{NB}{run}-{number}.html"
                body = f"{run} {number} ".encode() * 300
                kept = archive.keep(run, visit(number, url, body))
                archive.file(kept.visit_id, report(url, year=1000 + number, text=f"第{number}篇" * 40))
                done.append((kept.visit_id, kept.body_sha256))
        for visit_id, sha256 in done:
            print(visit_id, sha256, flush=True)
"""


def test_a_killed_writer_leaves_a_sound_archive_with_all_it_committed(path):
    chance = random.Random(20240301)
    promised = {}
    for _ in range(10):
        with subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, cwd=ROOT) as writer:
            first = writer.stdout.readline()
            time.sleep(chance.random() * 0.25)
            writer.send_signal(signal.SIGKILL)
            lines = [first, *writer.stdout.read().splitlines(keepends=True)]
        promised |= dict(line.decode().split() for line in lines if line.endswith(b"\n"))
        with Archive.open(path) as archive:
            assert [fault for fault in verify(archive) if fault.severity == "error"] == []
            kept = dict(archive.connection.execute("SELECT CAST(id AS TEXT), body FROM visits").fetchall())
            assert promised.items() <= kept.items()
    assert len(promised) > 40


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("HTTP://WWW.Anhe.example:80/a/../nb/#top", "http://www.anhe.example/nb/"),
        ("https://www.anhe.example/nb/", "https://www.anhe.example/nb/"),
        ("http://a.example/x;jsessionid=AB12!-9?id=1", "http://a.example/x?id=1"),
        ("http://a.example/x.do?PHPSESSID=1&id=2&utm_source=q&spm=a.b", "http://a.example/x.do?id=2"),
        ("http://a.example/x?spm=1", "http://a.example/x"),
        ("http://a.example/(S(abcdefghij0123456789abcd))/x.aspx", "http://a.example/x.aspx"),
        ("http://a.example/art/x;y?sid=3&sessions=1", "http://a.example/art/x;y?sid=3&sessions=1"),
        ("http://a.example/index.html", "http://a.example/index.html"),
        ("http://公开.example/年报", "http://xn--55qw44a.example/%E5%B9%B4%E6%8A%A5"),
        ("not an address", "not an address"),
    ],
)
def test_addresses_that_are_the_same(url, key):
    assert canonical(url) == key


@given(st.text() | st.text().map(lambda tail: "http://a.example/" + tail))
def test_a_canonical_address_is_its_own(url):
    assert canonical(canonical(url)) == canonical(url)


@pytest.mark.parametrize(
    ("address", "name"),
    [("http://u:p@a.example:8080/x@y", "a.example"), ("https://[::1]:9/", "[::1]"), ("mailto:x", ""), ("words", "")],
)
def test_the_host_of_an_address(address, name):
    assert host(address) == name


# ---------------------------------------------------------------- the schema's page


def test_every_table_and_column_has_a_sentence(archive):
    silent = [
        f"{name}.{column}"
        for _, name, sentence, columns in schema.described(archive.connection)
        for column, _, words in [("", "", sentence), *columns]
        if not words.endswith(".")
    ]
    assert silent == []


def test_the_schema_page_is_fresh():
    written = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
    assert written == schema.page(), "run: python -m archive.schema > docs/schema.md"


def test_headers_are_kept_in_order_and_number(archive):
    headers = (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("content-TYPE", "text/html"))
    kept = archive.keep(begun(archive), visit(1, response_headers=headers, request_headers=(("Accept", "*/*"),)))
    stored = one(archive, "SELECT request_headers, response_headers FROM visits")
    assert [json.loads(text) for text in stored] == [[["Accept", "*/*"]], [list(pair) for pair in headers]]
    assert archive.capture(kept.visit_id).content_type == "text/html"

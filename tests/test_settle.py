"""What is worked out from visits comes out the same however the archive came to it, and `verify` works it out again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import changes, timeline
from archive.archive import Archive
from archive.merge import merge
from archive.night import record
from archive.verify import verify
from tests.archive_samples import NB, SENTENCES, report
from tests.test_history import EDITED, HEAD, PAGE, Nights

OTHER = NB + "moved/2020.html"
HOME = "http://www.anhe.example/"


def rows(archive):
    """The rows of `changes`, with reports and visits as both archives name them."""
    found = archive.connection.execute(
        "SELECT c.canonical_url, c.recipe, c.kind, c.at, c.since, c.message, c.diff, b.body, a.body, u.uid, v.number"
        " FROM changes AS c JOIN visits AS v ON v.id = c.visit JOIN runs AS u ON u.id = v.run"
        " JOIN reports AS x ON x.id = c.before JOIN visits AS b ON b.id = x.visit"
        " LEFT JOIN reports AS y ON y.id = c.after LEFT JOIN visits AS a ON a.id = y.visit"
    )
    return sorted(map(repr, found))


def made_anew(archive):
    """The same, all of it worked out afresh and then undone."""
    archive.connection.execute("SAVEPOINT whole")
    archive.connection.execute("DELETE FROM changes")
    for address in list(timeline.addresses(archive.connection)):
        changes.refresh(archive.connection, address)
    found = rows(archive)
    archive.connection.execute("ROLLBACK TO whole")
    archive.connection.execute("RELEASE whole")
    return found


def wrong(archive):
    return [(fault.code, fault.row, fault.message) for fault in verify(archive) if fault.severity == "error"]


# ---------------------------------------------------------------- a merge settles what it touched

TEXTS = ("\n".join((HEAD, *SENTENCES)), EDITED, HEAD + "\n另一份完全不同的话。")
LOOK = st.tuples(
    st.sampled_from((PAGE, NB + "2019.html", OTHER)),
    st.integers(0, 40),  # day
    st.sampled_from(("0", "1", "2", "gone", "same", "timeout", "soft", "to other", "to home")),
)
MACHINES = st.lists(st.lists(LOOK, min_size=1, max_size=7), min_size=2, max_size=2)


def look(nights, url, day, what):
    if what in {"0", "1", "2"}:
        nights.look(day, what.encode(), report(text=TEXTS[int(what)]), url)
    elif what == "gone":
        nights.gone(day, url=url)
    elif what == "same":
        nights.same(day, url=url)
    elif what == "timeout":
        nights.look(day, url=url, outcome="timeout", status=None)
    elif what == "soft":
        nights.look(day, b"lost", report(issuer=None, year=None, text="页面不存在", verdict="soft_404"), url)
    else:
        to, body = (OTHER, b"1") if what == "to other" else (HOME, b"home")
        said = report(text=TEXTS[1]) if body == b"1" else report(issuer=None, year=None, text="门户", verdict="home")
        nights.look(day, url=url, outcome="redirected", status=302)
        nights.look(day, body, said, to, redirected_from=nights.number)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(MACHINES)
def test_to_settle_what_a_merge_touched_is_to_settle_all(machines):
    with TemporaryDirectory() as folder:
        paths = []
        for number, looks in enumerate(machines):
            paths.append(Path(folder, f"{number}.db"))
            with Archive.open(paths[-1]) as archive, archive.transaction():
                nights = Nights(archive)
                for url, day, what in sorted(looks, key=lambda one: one[1]):
                    look(nights, url, day, what)
        with Archive.open(Path(folder, "all.db")) as archive:
            for path in paths:
                merge(archive, path)
                assert rows(archive) == made_anew(archive)


def test_an_address_is_settled_where_only_the_end_of_its_redirect_is_merged(tmp_path):
    """One machine was sent on to a page that only the other one has read."""
    with Archive.open(tmp_path / "a.db") as here, Archive.open(tmp_path / "b.db") as there:
        nights = Nights(here)
        nights.look(0, b"1", report())
        nights.look(1, outcome="redirected", status=302)
        nights.look(1, b"2", url=OTHER, redirected_from=nights.number)
        assert rows(here) == []
        Nights(there).look(3, b"2", report(text=EDITED), OTHER)
        merge(here, there.path)
        kinds = here.connection.execute("SELECT canonical_url, kind FROM changes ORDER BY kind").fetchall()
        assert kinds == [(PAGE, "moved"), (PAGE, "text")]


def test_an_address_is_told_of_though_the_page_it_leads_to_was_asked_for_before_and_is_read_later(tmp_path):
    """In one run a page is had, then another address sends on to it, and only then the page is read."""
    with Archive.open(tmp_path / "a.db") as archive:
        nights = Nights(archive)
        nights.look(0, b"1", report())
        had = nights.look(1, b"2", url=OTHER)
        nights.look(1, outcome="redirected", status=302, response_headers=(("Location", OTHER),))
        assert rows(archive) == []
        archive.file(had.visit_id, report(url=OTHER, text=EDITED))
        kinds = archive.connection.execute("SELECT canonical_url, kind FROM changes ORDER BY kind").fetchall()
        assert kinds == [(PAGE, "moved"), (PAGE, "text")]
        assert rows(archive) == made_anew(archive)


def test_a_merge_that_was_killed_before_it_settled_is_settled_when_it_is_repeated(tmp_path, monkeypatch):
    with Archive.open(tmp_path / "a.db") as here, Archive.open(tmp_path / "b.db") as there:
        Nights(here).look(0, b"1", report())
        Nights(there).look(1, b"2", report(text=EDITED))
        with monkeypatch.context() as patch:
            patch.setattr(changes, "settle", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                merge(here, there.path)
        assert [code for code, _, _ in wrong(here) if code == "change_wrong"]
        merge(here, there.path)
        assert [row for row in rows(here) if "'text'" in row]
        assert not [code for code, _, _ in wrong(here) if code == "change_wrong"]


def test_a_small_merge_leaves_the_rest_of_a_large_archive_alone(tmp_path):
    """The rows it writes in `changes` are those of the addresses that the other archive knows."""
    with Archive.open(tmp_path / "a.db") as here, Archive.open(tmp_path / "b.db") as there:
        nights = Nights(here)
        for number in range(8):
            for day, text in enumerate(TEXTS[:2]):
                nights.look(day, b"%d %d" % (number, day), report(text=text), f"{NB}{number}.html")
        Nights(there).look(9, b"9", report(text=TEXTS[0]), NB + "3.html")
        here.connection.execute("CREATE TEMP TABLE written (canonical_url TEXT)")
        here.connection.execute(
            "CREATE TEMP TRIGGER noted AFTER INSERT ON changes"
            " BEGIN INSERT INTO written VALUES (new.canonical_url); END"
        )
        merge(here, there.path)
        assert here.connection.execute("SELECT DISTINCT * FROM written").fetchall() == [(f"{NB}3.html",)]
        assert here.connection.execute("SELECT count(*) FROM changes").fetchone() == (9,)


# ---------------------------------------------------------------- verify works it out again


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A report that was edited, one that is gone; a host that lies about ETags, and one about its clock."""
    with Archive.open(tmp_path_factory.mktemp("made") / "a.db") as archive, archive.transaction():
        nights = Nights(archive)
        tag, ahead = (("ETag", '"1"'),), (("Last-Modified", "Tue, 01 Jan 2030 00:00:00 GMT"),)
        nights.look(0, b"1", report(), response_headers=tag)
        nights.look(1, b"2", report(text=EDITED), response_headers=tag)
        nights.look(0, b"3", report(year=2019, text=TEXTS[2]), NB + "2019.html", response_headers=())
        for day in (10, 13, 17):
            nights.gone(day, url=NB + "2019.html")
        nights.look(20, b"4", report(year=2018), "http://zwgk.anhe.example/2018.html", response_headers=ahead)
        said = record.Record("2024-01-01T03:00:00Z", 60.0, "budget", {"anhe": "never"}, {}, ("anhe",))
        record.write(archive.connection, nights.run, replace(said, steps=(record.Step("crawl", "well", "", 1.0),)))
        archive.finish_run(nights.run, "finished", {})
    return archive.path


@pytest.fixture
def archive(made):
    """The same, and what is done to it is undone."""
    with Archive.open(made) as archive:
        archive.connection.execute("BEGIN")
        yield archive
        archive.connection.execute("ROLLBACK")


def test_what_is_as_it_was_worked_out_has_no_fault(archive):
    assert archive.connection.execute("SELECT kind FROM changes ORDER BY 1").fetchall() == [("gone",), ("text",)]
    told = archive.connection.execute("SELECT host, kind FROM distrusted ORDER BY 1").fetchall()
    assert told == [("www.anhe.example", "stale"), ("zwgk.anhe.example", "future")]
    assert wrong(archive) == []


@pytest.mark.parametrize(
    ("sql", "code", "row", "words"),
    [
        ("DELETE FROM changes WHERE kind = 'gone'", "change_wrong", f"{NB}2019.html 6 gone", "is missing"),
        (
            "UPDATE changes SET kind = 'metadata' WHERE kind = 'text'",
            "change_wrong",
            f"{PAGE} 2 metadata",
            "is not what visits and reports tell",
        ),
        (
            "UPDATE changes SET message = 'nothing', diff = NULL WHERE kind = 'text'",
            "change_wrong",
            f"{PAGE} 2 text",
            "told otherwise by visits and reports (message, diff)",
        ),
        (
            "UPDATE changes SET canonical_url = 'http://www.anhe.example/x' WHERE kind = 'gone'",
            "change_wrong",
            "http://www.anhe.example/x 6 gone",
            "is not what",
        ),
        (
            "DELETE FROM distrusted WHERE kind = 'future'",
            "distrust_wrong",
            "zwgk.anhe.example future",
            "is missing: visit 7 shows it",
        ),
        (
            "UPDATE distrusted SET visit = 1 WHERE kind = 'future'",
            "distrust_wrong",
            "zwgk.anhe.example future",
            "is not what visit 1 shows",
        ),
        (
            "UPDATE distrusted SET message = 'other bytes under the same ETag: \"2\"' WHERE kind = 'stale'",
            "distrust_wrong",
            "www.anhe.example stale",
            "is not what visit 2 shows",
        ),
    ],
)
def test_what_is_not_as_it_would_be_worked_out_is_named(archive, sql, code, row, words):
    archive.connection.execute(sql)
    faults = wrong(archive)
    assert {found for found, _, _ in faults} == {code}
    assert words in {where: message for _, where, message in faults}[row]

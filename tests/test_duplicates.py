"""Which address of a report stands for it, and what is a copy of it, asked of one report or of all."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from archive import cluster
from archive.archive import Archive
from archive.cli import main
from tests.archive_samples import ANHE, NB, begun, report, visit
from tests.test_near import CITY, COPIES, FAMILY, NEIGHBOUR, ask, faults, file, page, text


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        yield archive


@pytest.mark.parametrize("first", ["there", "here"])
def test_the_issuers_own_host_stands_for_what_the_city_shows_too(archive, first):
    pages = {"there": page("a", text(), portal=CITY), "here": page("b", text())}
    numbers = file(archive, [pages[first], *(one for name, one in pages.items() if name != first)])
    assert ask(archive, "SELECT report, copy, basis FROM sightings") == [(numbers["b"], numbers["a"], "bytes")]
    assert ask(archive, "SELECT url FROM current_reports") == [("http://www.anhe.example/b.html",)]
    assert [hit["report_id"] for hit in archive.search("安和县")] == [numbers["b"]]
    assert not faults(archive)


def test_a_copy_says_which_was_there_before_it_also_where_it_takes_its_place(archive):
    run = begun(archive)
    filed = []
    for number, (portal, url, said) in enumerate((page("a", text(), portal=CITY), page("b", text())), 1):
        kept = archive.keep(run, visit(number, url, said.text.encode(), portal=portal))
        filed.append(archive.file(kept.visit_id, said))
    assert [one.sighting_of for one in filed] == [None, filed[0].report_id]


def test_copies_by_bytes_and_by_text_are_held_together_by_the_one_between(archive):
    """The page in the middle has the bytes of one and the words of the other."""
    run = begun(archive)
    bodies = {"a": (b"<p>1", "words"), "b": (b"<p>1", "other words"), "c": (b"<p>2", "other words")}
    numbers = {}
    for number, (name, (body, words)) in enumerate(bodies.items(), 1):
        _, url, said = page(name, f"{text()}{words}")
        kept = archive.keep(run, visit(number, url, body))
        numbers[name] = archive.file(kept.visit_id, said).report_id
    assert ask(archive, "SELECT report, copy, basis FROM sightings") == [(numbers["a"], numbers["b"], "bytes")]
    assert not faults(archive)  # c says what no standing report says to the letter: it is near, not the same


def whole(archive, number):
    """Of the whole view what has to do with a report, as the command asks it."""
    sql = "SELECT * FROM copies WHERE report IN (SELECT report FROM copies WHERE ? IN (report, copy))"
    return sorted(ask(archive, sql, number), key=repr)


def test_a_clusters_own_copies_are_those_of_the_whole_view(archive):
    twins = [page("twin", text(), portal=CITY), page("next-twin", text(2021), year=2021, portal=CITY)]
    cut = page("neighbour-cut", COPIES["cut"](text(place="青禾县")), issuer=None, year=None)
    bare = [(portal, url, replace(said, attachments=())) for portal, url, said in (*FAMILY, *twins, cut)]
    file(archive, bare)
    run = begun(archive)
    announced = archive.keep(run, visit(90, NB + "a.html", b"page"))
    archive.file(announced.visit_id, report(NB + "a.html", year=2018, text="见附件", verdict="attachment_only"))
    moved = archive.keep(run, visit(91, NB + "fj/2020.doc", None, role="attachment", outcome="redirected", status=302))
    assert moved.visit_id
    brought = archive.keep(run, visit(92, NB + "fj/new.doc", b"doc", role="attachment", redirected_from=91))
    words = report(NB + "fj/new.doc", year=None, issuer=None, text=text(2018))
    archive.file(brought.visit_id, replace(words, attachments=()))
    numbers = [number for (number,) in ask(archive, "SELECT id FROM reports")]
    expected = {number: whole(archive, number) for number in numbers}
    assert len(numbers) == 11
    assert all(expected.values())  # each has a copy, the page with nothing but a link its file
    for number in numbers:
        with Archive.open(archive.path, write=False) as reader:
            cluster.narrow(reader.connection, number)
            assert whole(reader, number) == expected[number]
            assert ask(reader, "SELECT count(*) FROM reports")[0][0] < len(numbers)


def test_of_one_report_the_command_tells_no_other_cluster(archive):
    numbers = file(archive, [*FAMILY, page("there", text(place="青禾县"), issuer=NEIGHBOUR, portal=ANHE)])
    result = CliRunner().invoke(main, ["duplicates", str(numbers["there"]), "--archive", str(archive.path), "--json"])
    (row,) = map(json.loads, result.output.splitlines())
    assert {row["report"], row["copy"]} == {numbers["neighbour"], numbers["there"]}
    assert row["basis"] == "bytes"

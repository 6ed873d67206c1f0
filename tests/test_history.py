"""What became of a report at its address: edited, gone, there again; what is told of it, and how it is proved."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from archive.archive import Archive
from archive.changes import GONE_AFTER, GONE_LOOKS, KINDS
from archive.cli import main
from archive.examples import EXAMPLES
from archive.merge import merge
from archive.schema import described, page
from pipelines.records import Table
from tests.archive_samples import NB, SENTENCES, begun, report, visit
from tests.conftest import gongkai

PAGE = NB + "2020.html"
HEAD = "安和县2020年政府信息公开工作年度报告"
EDITED = "\n".join((HEAD, *SENTENCES[:2], "收到公开申请五件，均在期限内答复。", SENTENCES[3]))


def on(day, hour=3):
    """The virtual clock: the night of a day of 2024."""
    return datetime(2024, 1, 1, hour, tzinfo=UTC) + timedelta(days=day)


class Nights:
    """Visits and readings of an archive, night by night."""

    def __init__(self, archive, recipe="test.1"):
        self.archive = archive
        self.recipe = recipe
        self.run = begun(archive, recipe)
        self.number = 0

    def look(self, day, body=None, said=None, url=PAGE, **fields):
        """A visit; `said` is what the page says, read where it was not read before."""
        self.number += 1
        fields = {"requested_at": on(day), **fields}
        kept = self.archive.keep(self.run, visit(self.number, url, body, **fields))
        if said is not None and kept.pending:
            self.archive.file(kept.visit_id, replace(said, url=url, recipe=self.recipe))
        return kept

    def gone(self, day, **fields):
        return self.look(day, outcome="gone", status=404, **fields)

    def same(self, day, **fields):
        return self.look(day, outcome="not_modified", status=304, **fields)


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        yield archive


def told(archive, *columns):
    names = ", ".join(columns or ("kind",))
    rows = archive.connection.execute(f"SELECT {names} FROM changes ORDER BY at, kind, before").fetchall()
    return [row[0] for row in rows] if len(columns) < 2 else rows


def current(archive):
    return next(iter(archive.reports(year=2020)))


def standing(archive):
    sql = "SELECT standing, last_confirmed, gone_since FROM current_reports WHERE year = 2020"
    return [tuple(row) for row in archive.connection.execute(sql)]


def stamp(day):
    return on(day).strftime("%Y-%m-%dT%H:%M:%S.000Z")


# ---------------------------------------------------------------- what differs


def test_an_edited_report_is_a_new_version_with_what_differs(archive):
    nights = Nights(archive)
    nights.look(0, b"1", report())
    nights.look(1, b"2", report(text=EDITED))
    ((kind, message, diff),) = told(archive, "kind", "message", "diff")
    assert (kind, message) == ("text", "changed after publication: 1 paragraph")
    assert json.loads(diff) == {
        "paragraphs": [{"at": 3, "before": [SENTENCES[2]], "after": ["收到公开申请五件，均在期限内答复。"]}],
        "figures": [],
        "metadata": {},
    }
    assert current(archive)["text"] == EDITED
    assert standing(archive) == [("live", stamp(1), None)]


def test_a_figure_that_changed_is_named_by_its_row_and_column(archive):
    def tables(value):
        rows = (("申请来源", "法人", "自然人"), ("新收", "4", value), ("结转", "0", "0"))
        text = "\n".join((HEAD, *SENTENCES, *("\t".join(row) for row in rows)))
        return replace(report(text=text), tables=(Table(None, 5, rows),))

    nights = Nights(archive)
    nights.look(0, b"1", tables("7"))
    nights.look(1, b"2", tables("9"))
    ((kind, message, diff),) = told(archive, "kind", "message", "diff")
    assert (kind, message) == ("text", "changed after publication: 1 figure")
    assert json.loads(diff)["figures"] == [{"table": 0, "row": "新收", "column": "自然人", "before": "7", "after": "9"}]
    assert json.loads(diff)["paragraphs"] == []


def test_the_same_words_are_no_change_whatever_the_bytes(archive):
    nights = Nights(archive)
    nights.look(0, b"1", report())
    nights.look(1, b"2", report(text="\n".join((HEAD, *SENTENCES)).replace("，", " ，")))
    nights.look(2, b"3", report(text="\n".join((HEAD, *SENTENCES, "浏览次数：12"))))
    assert told(archive, "kind", "diff") == [("same_text", None)] * 2
    assert standing(archive) == [("live", stamp(2), None)]


def test_a_page_that_only_dates_itself_otherwise_is_told_apart(archive):
    nights = Nights(archive)
    nights.look(0, b"1", report())
    nights.look(1, b"2", report(published_on="2021-02-02"))
    ((kind, message, diff),) = told(archive, "kind", "message", "diff")
    assert (kind, message) == ("metadata", "the same words; changed: published_on")
    assert json.loads(diff)["metadata"] == {"published_on": ["2021-01-20", "2021-02-02"]}


def test_bytes_that_come_back_are_a_change_though_they_are_known(archive):
    nights = Nights(archive)
    nights.look(0, b"1", report())
    nights.look(1, b"2", report(text=EDITED))
    assert not nights.look(2, b"1", report()).pending
    assert told(archive) == ["text", "text"]
    assert current(archive)["text"] == report().text


# ---------------------------------------------------------------- loss


def test_a_report_is_gone_only_after_the_policy(archive):
    assert GONE_LOOKS == 3
    assert timedelta(days=7) == GONE_AFTER
    nights = Nights(archive)
    nights.look(0, b"1", report())
    for day in (10, 11, 16):
        nights.gone(day)
    assert told(archive) == []
    assert standing(archive) == [("unconfirmed", stamp(0), None)]
    nights.gone(17)
    ((kind, at, since, after),) = told(archive, "kind", "at", "since", "after")
    assert (kind, at, since, after) == ("gone", stamp(17), stamp(10), None)
    assert standing(archive) == [("gone", stamp(0), stamp(10))]
    assert current(archive)["text"] == report().text
    nights.gone(18)
    assert told(archive) == ["gone"]


def test_many_looks_in_one_night_are_one(archive):
    nights = Nights(archive)
    nights.look(0, b"1", report())
    for day in (1, 1, 1, 9):
        nights.gone(day)
    assert told(archive) == []


@pytest.mark.parametrize("found", ["same", "changed"])
def test_return_is_noticed(archive, found):
    nights = Nights(archive)
    nights.look(0, b"1", report())
    for day in (10, 13, 17):
        nights.gone(day)
    if found == "same":
        nights.same(40)
        assert told(archive) == ["gone", "returned"]
    else:
        nights.look(40, b"2", report(text=EDITED))
        assert told(archive) == ["gone", "returned", "text"]
    assert standing(archive) == [("live", stamp(40), None)]


def test_what_may_pass_is_no_loss(archive):
    nights = Nights(archive)
    nights.look(0, b"1", report())
    for day, outcome in enumerate(["timeout", "http_error", "challenge", "robots_denied", "dns"] * 4, 1):
        nights.look(day, outcome=outcome, status=None)
    assert told(archive) == []
    assert standing(archive) == [("unconfirmed", stamp(0), None)]


def test_a_report_found_in_between_is_not_gone(archive):
    nights = Nights(archive)
    nights.look(0, b"1", report())
    for day in (1, 2, 8):
        nights.gone(day)
        nights.same(day + 0.5)
    assert told(archive) == []


@pytest.mark.parametrize("verdict", ["soft_404", "home", "listing", "error_page", "mirror"])
def test_what_came_in_its_place_is_a_loss_though_the_server_says_200(archive, verdict):
    nights = Nights(archive)
    nights.look(0, b"1", report())
    for day in (1, 4, 9):
        nights.look(day, b"other", report(issuer=None, year=None, text="页面不存在", verdict=verdict))
    ((kind, message),) = told(archive, "kind", "message")
    assert (kind, message) == ("gone", f"looked for in vain on 3 days since 2024-01-02: {verdict}")
    assert current(archive)["text"] == report().text
    assert standing(archive) == [("gone", stamp(0), stamp(1))]


def test_a_redirect_to_the_home_page_is_a_loss_one_to_the_report_is_a_move(archive):
    nights = Nights(archive)
    home, there = "http://www.anhe.example/", NB + "new/2020.html"
    nights.look(0, b"1", report())

    def sent_on(day, to, body, said):
        nights.look(day, outcome="redirected", status=302)
        nights.look(day, body, said, to, redirected_from=nights.number)

    for day in (1, 5, 9):
        sent_on(day, home, b"home", report(issuer=None, year=None, text="安和县人民政府门户网站", verdict="home"))
    assert told(archive, "kind", "canonical_url") == [("gone", PAGE)]
    sent_on(12, there, b"1", report())
    assert told(archive, "kind", "canonical_url") == [("gone", PAGE), ("moved", PAGE), ("returned", PAGE)]


def test_what_is_worse_never_stands_in_the_place_of_the_good_one(archive):
    nights = Nights(archive)
    nights.look(0, b"1", report())
    nights.look(1, b"2", report(verdict="thin", issuer=None, year=None, text="附件"))
    assert told(archive) == ["worse"]
    rows = list(archive.reports())
    assert [(row["year"], row["verdict"]) for row in rows] == [(2020, "report")]
    assert standing(archive) == [("unconfirmed", stamp(0), None)]
    nights.look(2, b"1", report())
    assert told(archive) == ["worse", "returned"]


def test_an_address_that_always_has_the_newest_report_keeps_those_before_it(archive):
    nights = Nights(archive)
    nights.look(0, b"1", report(url=PAGE))
    newer = "\n".join(f"{line}二〇二一年另有所述" for line in SENTENCES)
    nights.look(1, b"2", report(year=2021, text=newer))
    nights.look(2, b"3", report(year=2021, text=newer + "\n补充一句。"))
    assert told(archive) == ["replaced", "text"]
    assert {row["year"] for row in archive.reports()} == {2020, 2021}
    assert standing(archive) == [("unconfirmed", stamp(0), None)]


def test_a_year_that_is_corrected_is_an_edit(archive):
    nights = Nights(archive)
    nights.look(0, b"1", report(year=2021, text="\n".join(("安和县2021年度报告", *SENTENCES))))
    nights.look(1, b"2", report(year=2020, text="\n".join(("安和县2020年度报告", *SENTENCES))))
    ((kind, message),) = told(archive, "kind", "message")
    assert kind == "text"
    assert message == "changed after publication: 1 paragraph, title, year, period_start, period_end, published_on"


# ---------------------------------------------------------------- made anew


def test_it_is_worked_out_by_each_recipe_and_again_after_a_merge(tmp_path):
    def story(path, days):
        with Archive.open(path) as archive:
            nights = Nights(archive)
            for day in days:
                if day in {10, 13, 17}:
                    nights.gone(day)
                else:
                    nights.look(day, b"%d" % (day > 20), report(text=EDITED if day > 20 else None))

    def whole(path):
        sql = (
            "SELECT canonical_url, recipe, visit IS NULL, kind, at, since, message, diff FROM changes ORDER BY at, kind"
        )
        with Archive.open(path, write=False) as archive:
            return archive.connection.execute(sql).fetchall()

    story(tmp_path / "odd.db", (0, 13, 25))
    story(tmp_path / "even.db", (10, 17))
    for name, others in {"one": ("odd", "even"), "other": ("even", "odd", "even")}.items():
        with Archive.open(tmp_path / f"{name}.db") as archive:
            for other in others:
                merge(archive, tmp_path / f"{other}.db")
    assert [row[3] for row in whole(tmp_path / "one.db")] == ["gone", "returned", "text"]
    assert whole(tmp_path / "one.db") == whole(tmp_path / "other.db")
    assert whole(tmp_path / "even.db") == []


def test_a_new_recipe_tells_its_own_story(archive):
    nights = Nights(archive)
    first = nights.look(0, b"1", report())
    second = nights.look(1, b"2", report(text=EDITED))
    for kept in (first, second):
        archive.file(kept.visit_id, report(recipe="test.2"))
    assert told(archive, "recipe", "kind") == [("test.2", "same_text"), ("test.1", "text")]
    rows = archive.connection.execute("SELECT kind FROM current_changes").fetchall()
    assert rows == [("same_text",)]


def test_every_kind_has_its_words(archive):
    assert all(words and not words.endswith(".") for words in KINDS.values())


# ---------------------------------------------------------------- what is told


@pytest.fixture
def told_file(tmp_path):
    """A report that was found on a list, edited, gone, there again and copied."""
    with Archive.open(tmp_path / "a.db") as archive:
        nights = Nights(archive)
        nights.look(0, b"list", url=NB, role="listing")
        nights.look(
            0, b"1" * 99, report(), discovered_on=1, link_text="2020年年报", position=3, remote_address="10.1.2.3"
        )
        nights.same(1)
        nights.same(2)
        nights.look(4, b"1" * 98 + b"2", report(text=EDITED))
        for day in (20, 23, 27):
            nights.gone(day)
        nights.same(40)
        nights.look(41, b"copy", report(text=EDITED), NB + "copy.html")
        nights.look(42, b"3", report(issuer=None, year=None, text="页面不存在", verdict="soft_404"))
    return tmp_path / "a.db"


def lines(done):
    assert done.returncode == 0, done.stderr.decode()
    return [" ".join(line.split()) for line in done.stdout.decode().splitlines()]


def test_the_story_is_told_in_order(told_file):
    said = lines(gongkai("history", "--archive", told_file, "安和县", "2020"))
    assert said[0] == "安和县人民政府 2020"
    assert [line for line in said[2:] if "read by" not in line] == [
        f"2024-01-01 03:00 found at {PAGE}, on {NB} by the link 2020年年报",
        "2024-01-02 03:00 to 2024-01-03 03:00 confirmed 2 times: not_modified (304)",
        "2024-01-05 03:00 text changed after publication: 1 paragraph",
        f"- {SENTENCES[2]}",
        "+ 收到公开申请五件，均在期限内答复。",
        "2024-01-21 03:00 to 2024-01-24 03:00 missed 2 times: gone (404)",
        "2024-01-28 03:00 gone looked for in vain on 3 days since 2024-01-21: gone (404)",
        "2024-02-10 03:00 returned there again; missing since 2024-01-21",
        f"2024-02-11 03:00 copied the same text at {NB}copy.html",
        "2024-02-12 03:00 missed once: soft_404",
        "now: unconfirmed since 2024-02-10 03:00",
    ]
    assert sum("read by test.1: report" in line for line in said) == 2
    told = json.loads(gongkai("history", "--archive", told_file, PAGE, "--json").stdout)
    assert {event["kind"] for event in told["events"]} >= {"found", "read", "confirmed", "text", "gone", "returned"}


def test_changes_are_listed_across_the_archive(told_file):
    head, *rows = lines(gongkai("changes", "--archive", told_file))
    assert head == "when what issuer year in words url"
    assert [row.split()[2] for row in rows] == ["text", "gone", "returned"]
    since = [
        json.loads(line)
        for line in lines(gongkai("changes", "--archive", told_file, "--since", "2024-01-28", "--json"))
    ]
    assert [(row["kind"], row["year"]) for row in since] == [("gone", 2020), ("returned", 2020)]
    assert gongkai("changes", "--archive", told_file, "--since", "2024-03-01").stderr == b"nothing has changed\n"


def test_a_report_is_proved_without_us(told_file, tmp_path):
    said = gongkai("show", "--archive", told_file, "安和县", "2020", "--proof").stdout.decode()
    assert "2024-01-01T03:00:00.000Z  led       GET http://www.anhe.example/nb/  200 new" in said
    assert "    server    10.1.2.3" in said
    assert "2024-02-10T03:00:00.000Z  confirmed GET" in said
    commands = said.partition("To check it")[2].partition("\n")[2]
    folder = tmp_path / "check"
    folder.mkdir()
    if not all(map(shutil.which, ("sqlite3", "zstd", "sha256sum"))):
        pytest.skip("sqlite3, zstd or sha256sum is not there")
    done = subprocess.run(["sh", "-ec", commands], cwd=folder, capture_output=True, check=True)
    *_, last = done.stdout.decode().splitlines()
    sha256 = hashlib.sha256(b"1" * 98 + b"2").hexdigest()
    assert last.split() == [sha256, sha256]


def test_one_query_gives_the_whole_chain(archive):
    """From the list over two redirects to the bytes, also where a later crawl asked for the page of itself."""
    nights = Nights(archive)
    nights.look(0, b"list", url=NB, role="listing")
    nights.look(0, url=NB + "a", outcome="redirected", status=302, discovered_on=1)
    nights.look(0, url=NB + "b", outcome="redirected", status=301, redirected_from=2)
    nights.look(0, b"1", report(), redirected_from=3)
    nights.look(30, b"2", report(text=EDITED))
    nights.same(31)
    sql = "SELECT part, url, requested_at, run_recipe FROM provenance WHERE report = ? ORDER BY requested_at, visit"
    way = [("led", NB), ("led", NB + "a"), ("led", NB + "b")]
    assert [row[:2] for row in archive.connection.execute(sql, [1])] == [*way, ("brought", PAGE)]
    found = archive.connection.execute(sql, [2]).fetchall()
    assert [row[:2] for row in found] == [*way, ("led", PAGE), ("brought", PAGE), ("confirmed", PAGE)]
    assert found[-1][2:] == (stamp(31), "test.1")


# ---------------------------------------------------------------- told without being asked


@pytest.fixture(scope="module")
def standing_file(tmp_path_factory):
    """A report that is there, one that is gone, one that was edited before it could not be had, one a browser drew."""
    path = tmp_path_factory.mktemp("standing") / "a.db"
    with Archive.open(path) as archive, archive.transaction():
        nights = Nights(archive)
        nights.look(0, b"1", report())
        nights.look(0, b"2", report(year=2019, text="二〇一九年的报告"), NB + "2019.html")
        for day in (10, 13, 17):
            nights.gone(day, url=NB + "2019.html")
        nights.look(0, b"3", report(year=2018, text="二〇一八年的报告"), NB + "2018.html")
        nights.look(1, b"4", report(year=2018, text="二〇一八年的新报告"), NB + "2018.html")
        nights.look(2, url=NB + "2018.html", outcome="http_error", status=503)
        drawn = {"of": 1, "turned": 0, "parts": [], "by": "Chromium 140", "finished": False, "refused": {}}
        page = report(year=2017, text="二〇一七年的报告")
        nights.look(3, b"5", page, NB + "2017.html", method="RENDER", status=None, rendering=drawn)
        archive.finish_run(nights.run, "finished", {})
    return path


def of(path, *words):
    done = CliRunner().invoke(main, [words[0], "--archive", str(path), *words[1:]])
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


def test_the_list_of_reports_says_how_each_stands_and_which_a_browser_drew(standing_file):
    head, *rows = (line.split("\t") for line in of(standing_file, "reports"))
    assert {row[head.index("year")]: row[head.index("standing")] for row in rows} == {
        "2020": "live",
        "2019": "gone since 2024-01-11",
        "2018": "unconfirmed",
        "2017": "live, drawn by Chromium 140",
    }
    found = [json.loads(line) for line in of(standing_file, "reports", "--json")]
    assert {row["year"]: (row["standing"], row["gone_since"], row["drawn_by"]) for row in found} == {
        2020: ("live", None, None),
        2019: ("gone", stamp(10), None),
        2018: ("unconfirmed", None, None),
        2017: ("live", None, "Chromium 140"),
    }
    every = {line.split("\t")[0]: line.split("\t") for line in of(standing_file, "reports", "--all")}
    assert every["3"][head.index("standing")] == "", "another version is to cite in its place"


def test_a_report_says_how_it_stands_and_what_drew_it(standing_file):
    def said(key):
        return {line[2:12].strip(): line[12:] for line in of(standing_file, "show", key) if line.startswith("  ")}

    gone = said(NB + "2019.html")["standing"]
    assert gone == "gone since 2024-01-11 03:00, last confirmed 2024-01-01 03:00: the last good copy"
    assert said(NB + "2018.html")["standing"] == "unconfirmed since 2024-01-02 03:00"
    assert said("3")["standing"].startswith("not the report to cite")
    assert "drawn by" not in said(PAGE)
    assert said(NB + "2017.html")["drawn by"].startswith("Chromium 140, from what the server sent; its scripts had not")
    told = json.loads("".join(of(standing_file, "show", NB + "2019.html", "--json")))
    assert (told["standing"]["standing"], told["standing"]["gone_since"]) == ("gone", stamp(10))
    assert told["rendering"] is None


# ---------------------------------------------------------------- the schema's page


def test_each_table_has_a_query_that_runs(told_file):
    with Archive.open(told_file, write=False) as archive:
        tables = {name for _, name, _, _ in described(archive.connection)}
        assert tables == set(EXAMPLES)
        for name, sql in EXAMPLES.items():
            assert re.search(rf"\b{name}\b", sql), name
            archive.connection.execute(sql).fetchall()
            assert f"```sql\n{sql}\n```" in page()

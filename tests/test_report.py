"""The report of a night: what it says of an archive with a past, and that nothing a page says can harm who reads it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from archive.archive import Archive
from archive.merge import merge
from archive.night import record
from archive.night.due import attempts
from archive.night.markup import Markup, bars, link, tag
from archive.night.page import page
from archive.night.record import Record, Step
from archive.night.report import night
from pipelines.walks import Walk
from tests.archive_samples import ANHE, NB, SENTENCES, begun, report, visit

HEAD = "安和县{}年政府信息公开工作年度报告"
EVIL = '</style><script>alert(1)</script><img src=x onerror="alert(2)">'


class Nights:
    """Crawls of one portal on days of 2026, as the crawler keeps them."""

    def __init__(self, archive):
        self.archive = archive

    def night(self, day, pages=(), reports=3, ended="complete", family="trs", **fields):
        """`pages` are (file, body, report, outcome)."""
        at = datetime(2026, 1, 1, 1, tzinfo=UTC) + timedelta(days=day)
        run = begun(self.archive)
        listing = {
            "role": "listing",
            "requested_at": at,
            "outcome": "not_modified",
            "status": 304,
            "elapsed": 0.2,
        } | fields
        self.archive.keep(run, visit(1, NB, None, **listing))
        for number, (name, body, said, outcome) in enumerate(pages, 2):
            moment = at + timedelta(seconds=2 * number)
            kept = self.archive.keep(
                run, visit(number, NB + name, body, outcome=outcome, requested_at=moment, elapsed=0.2)
            )
            if said is not None and kept.pending:
                self.archive.file(kept.visit_id, replace(said, url=NB + name))
        walk = Walk(NB, None, "年报", family, (), 1, reports, reports, None, None, ended)
        self.archive.note_walks(run, "anhe", [walk])
        self.archive.finish_run(run, "finished", {})
        stamps = [f"{at + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S.000Z}" for minutes in (-1, 20)]
        self.archive.connection.execute("UPDATE runs SET started_at = ?, finished_at = ? WHERE id = ?", [*stamps, run])
        return run


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        yield archive


@pytest.fixture
def past(archive):
    """Four nights: three reports, a quiet one, one edited and one not there, the list not there any more."""
    nights = Nights(archive)
    said = [report(year=year, text="\n".join((HEAD.format(year), *SENTENCES))) for year in (2022, 2023, 2024)]
    names = ["2022.html", "2023.html", "2024.html"]
    nights.night(0, [(name, name.encode(), one, "fetched") for name, one in zip(names, said, strict=True)])
    nights.night(1, [("2024.html", None, None, "not_modified")])
    edited = replace(said[2], text="\n".join((HEAD.format(2024), *SENTENCES[:3], "下一步将公开全部目录。")))
    nights.night(2, [("2024.html", b"edited", edited, "fetched"), ("2023.html", None, None, "gone")])
    nights.night(3, reports=0, ended="nothing")
    return nights


def codes(report):
    return [(alarm.code, alarm.stands) for alarm in report.alarms]


def test_the_first_night_says_what_is_new_and_raises_no_alarm(past):
    first = night(past.archive.connection, 1)
    assert [(one["year"], one["url"]) for one in first.new] == [
        (year, f"{NB}{year}.html") for year in (2022, 2023, 2024)
    ]
    assert [(one.id, one.state, one.new, one.listed) for one in first.portals] == [("anhe", "well", 3, 3)]
    assert codes(first) == [("below_expectation", False), ("missing_years", False)]  # 12 expected, 2008 to 2021 lack


def test_an_edited_report_is_told_with_what_differs(past):
    third = night(past.archive.connection, 3)
    assert [(one.kind, one.year, one.url) for one in third.changes] == [("text", 2024, NB + "2024.html")]
    assert third.changes[0].lines == (f"- {SENTENCES[3]}", "+ 下一步将公开全部目录。")
    assert [(one["outcome"], one["count"]) for one in third.faults] == [("gone", 1)]


def test_the_list_that_is_empty_is_the_first_thing_said(past):
    last = night(past.archive.connection)
    assert last.run == 4
    assert last.worst == "error"
    assert codes(last)[0] == ("silent", False)
    assert ("missing_years", True) in codes(last)  # stands since the nights before
    assert [(trend.run, trend.requests, trend.new, trend.changed) for trend in last.trends] == [
        (1, 4, 3, 0),
        (2, 2, 0, 0),
        (3, 3, 0, 1),
        (4, 1, 0, 0),
    ]


def test_an_alarm_that_goes_on_is_told_apart(past):
    past.night(4, reports=0, ended="nothing")
    assert codes(night(past.archive.connection))[0] == ("silent", True)


def test_who_has_reported_on_which_year(past):
    (line,) = night(past.archive.connection, 3).coverage
    assert (line.portal, line.is_government, sorted(line.years)) == ("anhe", True, [2022, 2023, 2024])
    assert {year: cell.standing for year, cell in line.years.items()} == {
        2022: "live",
        2023: "unconfirmed",
        2024: "live",
    }


def test_pauses_between_requests_are_audited(past):
    (host,) = night(past.archive.connection, 1).hosts
    assert (host.host, host.requests, host.delay, host.smallest, host.hurried) == ("www.anhe.example", 4, 1.5, 2.0, 0)
    past.night(9, requested_at=datetime(2026, 1, 10, 1, 0, 3, tzinfo=UTC), pages=[("2022.html", None, None, "gone")])
    (host,) = night(past.archive.connection).hosts  # lists count as well as reports
    assert (host.smallest, host.hurried) == (1.0, 1)
    # a busy loop may send a request late, and so the next one sooner after it: by 50 ms, or by half of the pause
    first, last = "SELECT min(id) FROM exchanges WHERE run = 5", "SELECT max(id) FROM exchanges WHERE run = 5"
    for delay, gap, hurried in ((0.2, 170, 0), (0.2, 140, 1), (0.01, 6, 0), (0.01, 4, 1)):
        past.archive.connection.execute("UPDATE portals SET delay = ?", [delay])
        past.archive.connection.execute(
            "UPDATE exchanges SET requested_at ="
            f" (SELECT requested_at FROM exchanges WHERE id = ({first})) + ? WHERE id = ({last})",
            [gap],
        )
        assert night(past.archive.connection).hosts[0].hurried == hurried, (delay, gap)
    past.night(10, elapsed=None)  # robots.txt could not be had: nobody was asked for the list itself
    assert night(past.archive.connection).hosts == ()
    assert night(past.archive.connection).portals[0].requests == 0


def test_one_structure_two_renderings(past):
    said = night(past.archive.connection, 3)
    text = html.fromstring(page(said)).text_content()
    data = json.loads(json.dumps(asdict(said)))
    for alarm in data["alarms"]:
        assert alarm["message"] in text
        assert alarm["action"] in text
    assert data["changes"][0]["message"] in text
    assert data["portals"][0]["name"] in text
    assert data["faults"][0]["outcome"] in text
    assert data["hosts"][0]["host"] in text


def test_hostile_words_stay_words(archive):
    nights = Nights(archive)
    evil = report(year=2024, title=EVIL, issuer=f"安和县{EVIL}", text=f"{EVIL}\n{SENTENCES[0]}")
    worse = replace(evil, text=f"{SENTENCES[0]}\n{EVIL}{EVIL}")
    nights.night(0, [("2024.html", b"1", evil, "fetched"), (f"x'\"><script>{EVIL}", None, None, "gone")])
    nights.night(1, [("2024.html", b"2", worse, "fetched")])
    for number in (1, 2):
        said = page(night(archive.connection, number))
        tree = html.fromstring(said)
        assert "alert(1)" in tree.text_content()  # it is shown
        assert tree.xpath("//script | //img | //iframe | //object | //embed | //base | //form | //@src") == []
        assert [name for name in tree.xpath("//@*") if name.attrname.startswith("on")] == []
        assert len(tree.xpath("//style")) == 1
        assert {url.partition(":")[0] for url in tree.xpath("//@href")} <= {"http", "https"}
        assert "default-src 'none'" in tree.xpath("//meta[@http-equiv]/@content")[0]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x/y", "http://[x", " javascript:x", ""])
def test_only_web_addresses_are_links(url):
    assert "href" not in link(url, "年报")


def test_what_is_not_markup_is_escaped():
    assert tag("p", "<b>", Markup("<i>"), title='"') == '<p title="&quot;">&lt;b&gt;<i></p>'
    assert "<i>" not in bars("<i>", [1.0], ["<i>"], "<i>")


def test_a_plot_of_nothing_and_of_zeros():
    assert bars("x", [], []).count("<rect") == 0
    assert bars("x", [0, 0, 0], ["a", "b", "c"]).count("<rect") == 3


def test_what_a_night_said_of_itself_is_read_again_and_survives_a_merge(past, tmp_path):
    said = Record(
        "2026-01-04T01:00:00.000Z", 3600.0, "budget", {"anhe": "new"}, {"b": "OSError"}, ("c",),
        (Step("crawl", "well", "1 of 3 portals", 2.5), Step("backup", "failed", "no room", 0.1)), 77,
    )  # fmt: skip
    with past.archive.transaction():
        record.write(past.archive.connection, 4, said)
    assert record.read(past.archive.connection, 4) == said
    assert record.read(past.archive.connection, 3) is None
    told = night(past.archive.connection, 4)
    assert {(one.id, one.state) for one in told.portals} == {("anhe", "well"), ("b", "failed"), ("c", "left")}
    assert {"step_failed", "crawl_failed", "budget"} <= {alarm.code for alarm in told.alarms}
    with Archive.open(tmp_path / "b.db") as other:
        merge(other, past.archive.path)
        merge(other, past.archive.path)
        (run,) = other.connection.execute("SELECT id FROM runs WHERE uid = ?", [told.uid]).fetchone()
        assert record.read(other.connection, run) == said
        assert other.connection.execute("SELECT count(*) FROM nights").fetchone() == (1,)


def test_other_bytes_with_the_same_words_are_no_news(archive):
    nights = Nights(archive)
    edited = report(text="\n".join((HEAD.format(2020), *SENTENCES[:2], "收到公开申请五件，均在期限内答复。")))
    for day, body, said in ((0, b"1", report()), (1, b"2", report()), (2, b"3", edited), (3, b"3", None)):
        nights.night(day, [("2020.html", body, said, "fetched")])
    past = attempts(archive.connection, datetime(2026, 1, 9, tzinfo=UTC))["anhe"]
    assert [one.news for one in past] == [True, False, True, False]  # new, a counter, edited, as it was


def test_a_spider_that_broke_before_it_asked_is_tried_less_often(archive):
    nights = Nights(archive)
    now = datetime(2026, 1, 9, tzinfo=UTC)
    with archive.transaction():
        record.write(
            archive.connection, nights.night(5), Record("2026-01-06T01:00:00.000Z", 60.0, "whole", failed={"b": "x"})
        )
    found = attempts(archive.connection, now)
    assert {name: [one.state for one in past] for name, past in found.items()} == {"anhe": ["well"], "b": ["failed"]}


def test_who_was_stopped_is_due_again_and_who_was_through_is_not(archive):
    nights = Nights(archive)
    run = nights.night(5)

    def state(outcome, said=None):
        archive.connection.execute("UPDATE runs SET outcome = ? WHERE id = ?", [outcome, run])
        if said:
            with archive.transaction():
                record.write(archive.connection, run, said)
        (attempt,) = attempts(archive.connection, datetime(2026, 1, 9, tzinfo=UTC))["anhe"]
        return attempt.state

    assert state("finished") == "well"
    assert state("running") == "well"  # killed, when this portal's lists were noted already
    assert state("interrupted") == "stopped"  # a crawl by hand, and nobody knows which portals were through
    assert state("interrupted", Record("2026-01-06T01:00:00.000Z", 60.0, "stopped", left=("b",))) == "well"
    assert state("interrupted", Record("2026-01-06T01:00:00.000Z", 60.0, "stopped", left=("anhe",))) == "stopped"
    archive.connection.execute("DELETE FROM lists")
    assert state("running") == "stopped"
    archive.connection.execute("UPDATE exchanges SET role = 'report'")
    assert state("running") == "well"  # it was asked for known pages alone


def test_a_night_for_known_pages_alone_has_failed_where_nothing_is_said(archive):
    states = {}
    for day, outcome in enumerate(("gone", "off_host", "forbidden", "timeout", "http_error")):
        run = begun(archive)
        at = datetime(2026, 1, 1 + day, 1, tzinfo=UTC)
        archive.keep(run, visit(1, f"{NB}2020.html", None, role="report", requested_at=at, outcome=outcome))
        archive.finish_run(run, "finished", {})
        attempt = attempts(archive.connection, datetime(2026, 1, 9, tzinfo=UTC))["anhe"][-1]
        states[outcome] = (attempt.state, attempt.lists)
    assert states == {
        "gone": ("well", False),
        "off_host": ("well", False),
        "forbidden": ("well", False),
        "timeout": ("failed", False),
        "http_error": ("failed", False),
    }


def test_a_night_in_which_nobody_was_asked(archive):
    run = begun(archive)
    archive.finish_run(run, "finished", {})
    with archive.transaction():
        record.write(archive.connection, run, Record("2026-01-06T01:00:00.000Z", 60.0, "whole"))
    told = night(archive.connection)
    assert (told.run, told.portals, told.alarms) == (run, (), ())
    assert "All is well" in page(told)
    assert ANHE.name not in page(told)

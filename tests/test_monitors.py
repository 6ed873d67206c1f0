"""Each monitor speaks where something is wrong, and is silent where it only looks so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from archive.night.alarms import Alarm
from archive.night.due import Attempt, due, rest
from archive.night.facts import Host, Page, Tally, Walked
from archive.night.monitors import RULES, Watched, watch
from archive.night.overall import of_hosts, of_steps, settle
from archive.night.record import Record, Step
from pipelines.walks import Again, Agenda
from tests.archive_samples import ANHE

LIST = "http://www.anhe.example/nb/"
OTHER = "http://www.anhe.example/xxgk/nb/"


def tally(reports=12, ended="complete", family="trs", url=LIST, requests=5, **fields):
    outcomes = {"not_modified": 2, "same_bytes": 1} if ended != "unreachable" else {"timeout": 3}
    values = {"run": 1, "outcomes": outcomes, "requests": requests, "walks": (Walked(url, family, reports, ended),)}
    return Tally(**(values | fields))


def two(first, second):
    """A night with two lists."""
    return replace(tally(), walks=(Walked(LIST, *first), Walked(OTHER, *second)))


def read(*pages):
    return [
        Page(verdict, length, errors, f"{LIST}{number}.html") for number, (verdict, length, errors) in enumerate(pages)
    ]


GOOD = read(*[("report", 4000, 0)] * 6)
NOTHING = tally(0, "nothing")
DOWN = tally(0, "unreachable", outcomes={"timeout": 2, "refused": 1})
WELL = [tally()] * 5
PORTAL = Watched("anhe", "安和县", "439921", tally(), WELL, day=date(2026, 2, 1), years=frozenset(range(2008, 2025)))

# (rule, what is odd, what looks alike and is not): each a portal night
CASES = {
    "silent": (
        {"tonight": NOTHING},
        [
            {"tonight": DOWN},  # nobody answered: that is another thing
            {"tonight": tally(0, "stopped")},  # nobody looked
            {"tonight": two(("trs", 12, "complete"), ("trs", 0, "nothing"))},  # an empty column beside a full one
        ],
    ),
    "challenged": (
        {"tonight": tally(0, "unreachable", outcomes={"challenge": 3, "guarded": 4})},
        [{"tonight": tally(outcomes={"challenge": 1, "same_bytes": 9})}, {"tonight": DOWN}],
    ),
    "unreachable": (
        {"tonight": DOWN, "before": [DOWN, *WELL]},
        [{"tonight": DOWN}, {"tonight": tally(), "before": [DOWN, DOWN]}],  # one night; there again
    ),
    "fewer_links": (
        {"tonight": tally(8)},
        [
            {"tonight": tally(11)},  # one was taken down
            {"tonight": tally(2), "before": [tally(3)] * 5},
            {"tonight": tally(4, "stopped")},
            {"tonight": tally(12), "before": [tally(30), *[tally()] * 4]},  # one odd night long ago
        ],
    ),
    "list_cut": (
        {
            "tonight": two(("trs", 12, "complete"), ("trs", 3, "broken")),
            "before": [two(("trs", 12, "end"), ("trs", 6, "end"))],
        },
        [
            {"tonight": tally(12, "broken")},  # all of it was seen before it broke
            {"tonight": tally(5, "short"), "before": [tally(6, "short")]},  # it always says more than it has
        ],
    ),
    "redesigned": (
        {"tonight": tally(family="hanweb")},
        [
            {"tonight": two(("trs", 12, "complete"), ("hanweb", 3, "complete"))},  # a second system beside the first
            {"tonight": tally(family="hanweb"), "before": []},
            {"tonight": tally(0, "nothing", family="hanweb")},  # nothing was read by it
        ],
    ),
    "misread": (
        {"pages": read(*[("soft_404", 80, 0)] * 3), "pages_before": GOOD},
        [
            {"pages": read(("soft_404", 80, 0), ("report", 4000, 0), ("report", 4000, 0)), "pages_before": GOOD},
            {"pages": read(("soft_404", 80, 0)), "pages_before": GOOD},  # one page is one page
            {"pages": read(*[("not_a_report", 80, 0)] * 3), "pages_before": read(*[("not_a_report", 90, 0)] * 6)},
        ],
    ),
    "resized": (
        {"pages": read(*[("report", 600, 0)] * 3), "pages_before": GOOD},
        [
            {"pages": read(*[("report", 1500, 0)] * 3), "pages_before": GOOD},  # years differ by as much
            {"pages": read(*[("attachment_only", 60, 0)] * 3), "pages_before": GOOD},  # its words are in the file
        ],
    ),
    "garbled": (
        {"pages": read(*[("report", 4000, 40)] * 2), "pages_before": GOOD},
        [
            {"pages": read(*[("report", 4000, 1)] * 2), "pages_before": GOOD},  # the page's own bad byte
            {"pages": read(*[("report", 4000, 40)] * 2), "pages_before": read(*[("report", 4000, 40)] * 6)},
        ],
    ),
    "hijacked": (
        {"pages": read(("mirror", 4000, 0))},
        [{"pages": GOOD}],
    ),
    "overdue": (
        {"day": date(2026, 4, 8)},
        [
            {"day": date(2026, 4, 1)},  # what came on the last day is found in the nights after it
            {"day": date(2026, 4, 8), "years": frozenset({2024, 2025})},
            {"day": date(2026, 4, 8), "years": frozenset({2015})},  # it gave up long ago
            {"day": date(2026, 4, 8), "code": None},  # a zone has no government of its own
            {"day": date(2026, 4, 8), "tonight": DOWN},  # nobody could look
        ],
    ),
    "below_expectation": (
        {"expected": 14},
        [{"expected": 12}, {"expected": 14, "tonight": tally(9, "stopped")}, {"expected": 14, "tonight": NOTHING}],
    ),
    "missing_years": (
        {"since": 2006},
        [{"since": 2008}, {"since": 2006, "years": frozenset()}],  # of none held the silent one speaks
    ),
    "many_gone": ({"gone": 3}, [{"gone": 2}]),
    "worse": ({"worse": [LIST + "1.html"]}, [{}]),
    "storm": (
        {"tonight": tally(requests=400)},
        [
            {"tonight": tally(requests=90)},
            {"tonight": tally(requests=400, new=20)},  # it brought something
            {
                "tonight": tally(requests=400),
                "before": [*WELL, tally(requests=200)],
            },  # a walk to the end, as every month
            {"tonight": tally(requests=400), "before": []},
        ],
    ),
}


@pytest.mark.parametrize("code", CASES)
def test_it_speaks_with_evidence_and_says_what_to_do(code):
    odd, _ = CASES[code]
    found = [alarm for alarm in watch(replace(PORTAL, **odd)) if alarm.code == code]
    assert [(alarm.portal, alarm.stands) for alarm in found] == [("anhe", False)]
    assert found[0].message
    assert found[0].evidence
    assert found[0].action


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        pytest.param(code, fields, id=f"{code}-{place}")
        for code, (_, alike) in CASES.items()
        for place, fields in enumerate(alike)
    ],
)
def test_it_is_silent_about_what_only_looks_so(code, fields):
    assert code not in {alarm.code for alarm in watch(replace(PORTAL, **fields))}


def test_a_report_that_was_broken_into_is_told_though_it_is_still_one():
    page = Page("report", 4000, 0, LIST, hijacked=True)
    (alarm,) = [alarm for alarm in watch(replace(PORTAL, pages=[*GOOD, page])) if alarm.code == "hijacked"]
    assert alarm.severity == "error"
    assert alarm.evidence == f"{LIST}: report"


def test_every_rule_is_here_and_a_quiet_night_is_quiet():
    assert len(CASES) == len(RULES)
    assert list(watch(PORTAL)) == []


def test_how_bad_it_is():
    def severity(**fields):
        return {alarm.code: alarm.severity for alarm in watch(replace(PORTAL, **fields))}

    assert severity(tonight=NOTHING)["silent"] == "error"
    assert severity(tonight=NOTHING, before=[])["silent"] == "warning"  # it never listed any
    assert severity(tonight=NOTHING, before=[], expected=4)["silent"] == "error"  # its file says it should
    assert severity(tonight=DOWN, before=[])["unreachable"] == "warning"  # its file may be wrong
    assert severity(tonight=DOWN, before=[DOWN, DOWN, *WELL])["unreachable"] == "warning"
    assert severity(tonight=DOWN, before=[DOWN, DOWN, DOWN, *WELL])["unreachable"] == "error"
    assert severity(tonight=tally(8))["fewer_links"] == "warning"
    assert severity(tonight=tally(5))["fewer_links"] == "error"


def test_a_list_that_vanished_beside_a_home_page_that_answers():
    lost = replace(DOWN, outcomes={"gone": 1, "same_bytes": 1})
    assert {alarm.code for alarm in watch(replace(PORTAL, tonight=lost, before=[lost, *WELL]))} == {"unreachable"}


def test_a_night_for_known_pages_alone_says_nothing_of_lists():
    gone = Tally(9, {"gone": 2}, requests=3)
    assert list(watch(replace(PORTAL, tonight=gone, before=[gone, *WELL]))) == []
    assert settle([], dict.fromkeys("abc", gone)) == []
    april = replace(PORTAL, day=date(2026, 4, 20), years=frozenset({2023}))
    assert [alarm.code for alarm in watch(april)] == ["overdue"]
    assert list(watch(replace(april, tonight=Tally(9, {"same_bytes": 2}, requests=3)))) == []
    silence = Tally(9, {"timeout": 2}, requests=2)
    assert [alarm.code for alarm in watch(replace(PORTAL, tonight=silence, before=[silence, *WELL]))] == ["unreachable"]


# ---------------------------------------------------------------- the night as a whole


def test_our_own_line_is_one_alarm_not_one_for_each_portal():
    mine = [Alarm("unreachable", "error", name, "", "", "") for name in "abcd"]
    other = Alarm("overdue", "warning", "e", "", "", "")
    down = settle([*mine, other], dict.fromkeys("abcd", DOWN))
    assert [alarm.code for alarm in down] == ["no_network", "overdue"]
    most_answer = dict.fromkeys("abcd", DOWN) | dict.fromkeys("efgh", tally())
    assert settle(mine, most_answer) == mine
    assert settle(mine[:2], dict.fromkeys("ab", DOWN)) == mine[:2]  # two portals may well be down


def test_hurry_is_told_where_it_is_more_than_a_clock():
    host = Host("www.anhe.example", ("anhe",), 100, 50.0, 2.0, 0.2, 5)
    assert [(alarm.code, alarm.portal) for alarm in of_hosts([host])] == [("too_fast", "anhe")]
    assert list(of_hosts([replace(host, hurried=2)])) == []
    assert list(of_hosts([replace(host, requests=10_000)])) == []


def test_steps_portals_and_time():
    steps = (Step("crawl", "well", "", 1.0), Step("backup", "failed", "no room", 1.0), Step("derive", "left", "", 0.0))
    record = Record(
        "2026-02-01", 3600.0, "budget", {}, {"anhe": "OSError: x", "linxi": "no page came"}, ("b", "c"), steps
    )
    found = list(of_steps(record, "finished", {"linxi": DOWN}))
    assert [(alarm.code, alarm.portal) for alarm in found] == [
        ("step_failed", None),
        ("crawl_failed", "anhe"),
        ("budget", None),
    ]
    assert "no room" in found[0].evidence
    assert list(of_steps(replace(record, ended="stopped", steps=(), failed={}), "interrupted", {})) == []
    assert [alarm.code for alarm in of_steps(None, "running", {})] == ["not_finished"]


# ---------------------------------------------------------------- which portals are due

NOW = datetime(2026, 6, 20, 1, tzinfo=UTC)
WINTER = datetime(2026, 2, 20, 1, tzinfo=UTC)


def ago(days, state="well", news=False, now=NOW):
    return Attempt(now - timedelta(days=days), state, news)


def names(past, now=NOW):
    portals = [replace(ANHE, id=name) for name in past]
    return [one.portal.id for one in due(portals, past, now, lambda *_: Agenda())]


def test_in_the_season_every_night_else_as_news_come():
    assert names({"a": [ago(1, now=WINTER)]}, WINTER) == ["a"]
    assert names({"a": [ago(0.1, now=WINTER)]}, WINTER) == []  # it was crawled by hand this evening
    assert names({"a": [ago(90), ago(1)]}) == []
    assert names({"a": [ago(90), ago(7)]}) == ["a"]
    assert names({"a": [ago(90), ago(1, news=True)]}) == ["a"]
    assert rest([ago(20, news=True), ago(1)], NOW)[0] == timedelta(days=5)
    assert rest([ago(119), ago(1)], NOW)[0] == timedelta(days=7)  # never longer than a week


def test_who_fails_is_tried_less_and_less_often_but_not_for_ever():
    pauses = [rest([ago(99)] + [ago(1, "failed")] * times, WINTER)[0].days for times in range(1, 7)]
    assert pauses == [1, 2, 4, 8, 14, 14]
    assert rest([ago(9, "failed"), ago(1)], WINTER)[0].days == 1  # it answers again
    assert names({"a": [ago(3, "failed", now=WINTER), ago(1, "failed", now=WINTER)]}, WINTER) == []


def test_between_the_nights_of_its_lists_a_portal_is_asked_for_known_pages_and_lists_below_others():
    due_now = {
        "pages": Agenda(due=(Again("http://www.anhe.example/1.html", "report", None),)),
        "below": Agenda(below=1),
        "nothing": Agenda(),
        "tonight": Agenda(below=1),
        "failed": Agenda(below=1),
    }
    past = {name: [ago(90), ago(2)] for name in due_now} | {
        "tonight": [ago(90), ago(0.1)],
        "failed": [ago(90), ago(3, "failed"), ago(1, "failed")],
    }
    portals = [replace(ANHE, id=name) for name in past]
    found = due(portals, past, NOW, lambda portal, _now, _turn: due_now[portal])
    assert [(one.portal.id, one.turn) for one in found] == [("below", "lists"), ("pages", "pages")]
    week = [ago(90), ago(7), Attempt(NOW - timedelta(days=1), "well", lists=False)]
    assert names({"a": week}) == ["a"]  # its lists were asked for a week ago


def test_left_over_first_then_new_ones_then_the_rest():
    past = {
        "fresh": [],
        "daily": [ago(1, now=WINTER)],
        "stopped": [ago(2, now=WINTER), ago(1, "stopped", now=WINTER)],
        "waiting": [ago(3, now=WINTER)],  # was due the night before last
        "killed": [ago(0.2, "stopped", now=WINTER)],  # a night that was killed goes on
    }
    assert names(past, WINTER)[-2:] == ["fresh", "daily"]
    assert set(names(past, WINTER)[:3]) == {"stopped", "waiting", "killed"}

"""The first nights of the simulated year: what happens to little portals is in the archive on the right night."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.year import goals, simulate, told

PORTALS, NIGHTS = 8, 15
SHOWN = {  # that are over within these nights
    "appeared", "taken down (gone)", "redesigned", "at new addresses", "broke (dns)", "broke (challenge)", "mended",
    "mirror linked", "hijacked", "list halved", "recoded",
}  # fmt: skip


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("year"), NIGHTS, PORTALS, quick=True)


def test_every_event_is_found_on_the_right_night(year):
    assert year.wrong == []
    assert {one.event.name for one in year.judged if one.state == "right"} >= SHOWN
    assert Counter(one.event.name for one in year.judged)["appeared"] == PORTALS


def test_nothing_is_told_that_did_not_happen(year):
    assert year.unexplained == ([], [])


def test_nothing_is_lost_and_the_report_says_so(year):
    assert year.found.lacking() == {}
    assert all(goals(year).values()), list(told(year))


def test_a_night_with_a_page_that_was_broken_into_counts_as_failed(year):
    (hijacked,) = (one.found for one in year.judged if one.event.name == "hijacked")
    codes = {number: night.code for number, night in enumerate(year.found.nights)}
    assert codes[hijacked] == 1
    assert codes[hijacked - 1] == 0

"""When a known report is looked at again."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import timedelta

import pytest

from archive.archive import Archive
from archive.verify import verify
from pipelines.walks import Walk
from tests.archive_samples import NB, begun, report
from tests.test_history import EDITED, PAGE, Nights, on, stamp

ANHE = "anhe"


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        yield archive


def due(archive, day, portal=ANHE):
    return [again.url for again in archive.agenda(portal, on(day)).due]


def reports(nights, count):
    """So many reports of different years, all seen first on the same night."""
    pages = [f"{NB}{2001 + number}.html" for number in range(count)]
    for number, url in enumerate(pages):
        nights.look(0, b"%d" % number, report(url, year=2001 + number), url)
    return pages


def rests(archive, day):
    return archive.agenda(ANHE, on(day)).rests


# ---------------------------------------------------------------- intervals


def test_a_page_that_stands_is_looked_at_ever_more_rarely_one_that_changed_the_next_night(archive):
    nights = Nights(archive)
    nights.look(0, b"1", report())
    looked = [0]
    for day in range(1, 140):
        if due(archive, day):
            assert PAGE not in rests(archive, day)
            nights.same(day)
            looked.append(day)
        else:
            assert rests(archive, day) == {PAGE}
    assert looked == [0, 1, 2, 4, 8, 16, 32, 62, 92, 122]
    nights.look(140, b"2", report(text=EDITED))
    assert due(archive, 141) == [PAGE]
    nights.same(141)
    assert due(archive, 142) == [PAGE]
    nights.same(142)
    assert due(archive, 143) == []


def test_other_bytes_with_the_same_words_do_not_hurry(archive):
    nights = Nights(archive)
    for day in (0, 1, 2, 4):
        nights.look(day, b"counter %d" % day, report())
    assert [day for day in range(5, 12) if due(archive, day)] == [8, 9, 10, 11]


def test_a_failure_is_looked_into_often_enough_to_call_it_gone(archive):
    nights = Nights(archive)
    nights.look(0, b"1", report())
    for day in range(1, 60):
        if due(archive, day):
            nights.same(day) if day < 20 else nights.gone(day)
    kinds = archive.connection.execute("SELECT kind, at, since FROM changes").fetchall()
    assert kinds == [("gone", stamp(39), stamp(32))]  # looked at on 32, 33, 34, 36, and when a week is over


def test_a_quiet_portal_costs_one_page_a_night_and_each_comes_up_within_thirty(archive):
    nights = Nights(archive)
    pages = reports(nights, 20)
    asked = Counter()
    last = {}
    for day in range(1, 100):
        tonight = [again.url for again in archive.agenda(ANHE, on(day), "lists").due]
        assert len(tonight) <= 1
        for url in tonight:
            assert day - last.get(url, day) <= 30
            last[url] = day
            asked[url] += 1
            nights.same(day, url=url)
    assert set(asked) == set(pages)


@pytest.mark.parametrize(("count", "within"), [(4, 31), (11, 31), (20, 31), (30, 32), (45, 48), (58, 60), (85, 88)])
def test_a_night_has_three_requests_for_a_portal_that_stands_unchanged(archive, count, within):
    """After a season of nights on which its lists are due as well, these are due once a week."""
    nights = Nights(archive)
    pages = reports(nights, count)
    last = dict.fromkeys(pages, 0)
    for day in range(1, 300):
        lists = day < 90 or not day % 7
        tonight = archive.agenda(ANHE, on(day), "lists" if lists else "pages").due
        assert 1 + lists + len(tonight) <= 3
        for url in (again.url for again in tonight):
            assert day - last[url] <= within
            last[url] = day
            nights.same(day, url=url)
    assert min(last.values()) >= 300 - within


def test_a_portal_of_hundreds_has_a_larger_part_of_the_night(archive):
    nights = Nights(archive)
    pages = reports(nights, 300)
    for day in range(1, 76):
        tonight = [again.url for again in archive.agenda(ANHE, on(day), "lists").due]
        assert len(tonight) == 4
        pages = [url for url in pages if url not in tonight]
        for url in tonight:
            nights.same(day, url=url)
    assert pages == []


def test_what_is_new_comes_first_and_what_has_waited_its_longest_next(archive):
    nights = Nights(archive)
    pages = reports(nights, 3)
    for day, url in zip((30, 30, 20), pages, strict=True):
        nights.same(day, url=url)
    young, new = (f"{NB}{name}.html" for name in ("young", "new"))
    nights.look(50, b"young", report(young, year=2022), young)
    nights.same(51, url=young)
    nights.look(59, b"new", report(new, year=2023), new)
    asked = []
    for day in range(60, 65):
        (again,) = archive.agenda(ANHE, on(day), "lists").due
        asked.append(again.url)
        nights.same(day, url=again.url)
    assert asked[:2] == [new, pages[2]]
    assert set(asked[2:4]) == set(pages[:2])
    assert asked[4] == young


def test_a_list_that_is_walked_to_its_end_again_has_the_night_for_itself(archive):
    nights = Nights(archive)
    reports(nights, 3)
    archive.connection.execute("UPDATE runs SET started_at = ?", [stamp(40)])
    known = Walk(NB, None, None, "generic", (), 1, 3, 3, None, None, "known", walked_at=stamp(0))
    archive.note_walks(nights.run, ANHE, [known])
    for turn, days, count in (("lists", 30, 0), ("lists", 60, 1), ("pages", 30, 2)):
        assert len(archive.agenda(ANHE, on(41), turn, timedelta(days=days)).due) == count


def test_a_portal_that_is_crawled_by_hand_has_the_requests_of_all_nights_since(archive):
    nights = Nights(archive)
    pages = reports(nights, 11)
    last = dict.fromkeys(pages, 0)
    for day in range(7, 360, 7):
        run = begun(archive)
        archive.connection.execute("UPDATE runs SET started_at = ? WHERE id = ?", [stamp(day - 7), run])
        archive.note_walks(run, ANHE, [Walk(NB, None, None, "generic", (), 1, 11, 11, None, None, "end")])
        tonight = due(archive, day)
        assert len(tonight) <= 7 or day == 7
        for url in tonight:
            assert day - last[url] <= 42
            last[url] = day
            nights.same(day, url=url)
    assert min(last.values()) >= 360 - 42 - 7


def test_what_changes_every_night_does_not_keep_the_others_from_their_turn(archive):
    nights = Nights(archive)
    pages = reports(nights, 20)
    last = dict.fromkeys(pages, 0)
    for day in range(1, 64):
        for url in due(archive, day):
            if url in pages[:2]:
                nights.look(day, b"%d" % day, report(url, text=f"{EDITED}{day}"), url)
            else:
                nights.same(day, url=url)
            assert day - last[url] <= 31
            last[url] = day
    assert min(last.values()) >= 33


def test_pages_that_are_missed_are_all_looked_for_until_they_are_told_to_be_gone(archive):
    nights = Nights(archive)
    pages = reports(nights, 20)
    for day in range(1, 50):
        for url in due(archive, day):
            nights.gone(day, url=url) if url in pages[:10] else nights.same(day, url=url)
    told = archive.connection.execute("SELECT url, max(at) FROM current_changes WHERE kind = 'gone' GROUP BY url")
    assert {url: at <= stamp(9) for url, at in told} == dict.fromkeys(pages[:10], True)


def test_a_page_behind_a_redirect_is_asked_for_by_its_link(archive):
    nights = Nights(archive)
    there = NB + "there.html"
    nights.look(0, outcome="redirected", status=302)
    nights.look(0, b"1", report(there), there, redirected_from=1)
    assert due(archive, 1) == [PAGE]
    nights.gone(2)
    assert set(due(archive, 3)) == {PAGE, there}  # the link is dead, what it led to may not be


def test_an_address_that_only_sends_on_to_a_known_one_is_looked_at_twice_a_year_without_that(archive):
    nights = Nights(archive)
    there = NB + "there.html"
    nights.look(0, b"1", report(there), there)
    nights.look(0, outcome="redirected", status=302, response_headers=(("Location", there),))
    nights.look(0, b"1", report(there), there, redirected_from=2)
    looked = []
    for day in range(1, 800):
        assert PAGE not in [again.url for again in archive.agenda(ANHE, on(day), "lists").due]
        for again in archive.agenda(ANHE, on(day), "pages").due:
            if again.url == PAGE:
                assert again.leads_to == there.removeprefix("http://")
                looked.append(day)
                nights.look(day, outcome="redirected", status=302, response_headers=(("Location", there),))
            else:
                assert again.leads_to == ""
                nights.same(day, url=there)
    pauses = [later - sooner for sooner, later in itertools.pairwise(looked)]
    assert pauses == sorted(pauses)
    assert 180 <= pauses[-1] <= 182


def test_a_page_that_moved_to_https_is_one_page(archive):
    nights = Nights(archive)
    there = PAGE.replace("http://", "https://")
    nights.look(0, b"1", report())
    nights.look(30, outcome="redirected", status=301, response_headers=(("Location", there),))
    nights.look(30, b"1", report(there), there, redirected_from=2)
    looked = [30]
    for day in range(31, 200):
        if tonight := archive.agenda(ANHE, on(day), "pages").due:
            assert [(again.url, again.leads_to) for again in tonight] == [(there, "")]
            nights.same(day, url=there)
            looked.append(day)
    assert max(later - sooner for sooner, later in itertools.pairwise([*looked, 200])) <= 31


def test_an_address_that_sends_on_twice_is_an_address_that_sends_on(archive):
    nights = Nights(archive)
    there, between = NB + "there.html", NB + "between.html"
    nights.look(0, b"1", report(there), there)
    nights.look(0, outcome="redirected", status=302, response_headers=(("Location", between),))
    nights.look(
        0, outcome="redirected", status=302, url=between, redirected_from=2, response_headers=(("Location", there),)
    )
    nights.look(0, b"1", report(there), there, redirected_from=3)
    counts = Counter()
    for day in range(1, 200):
        nights.run = begun(archive, nights.recipe)
        for again in archive.agenda(ANHE, on(day), "pages").due:
            counts[again.url] += 1
            if again.url == there:
                nights.same(day, url=there)
                continue
            nights.look(day, outcome="redirected", status=302, response_headers=(("Location", between),))
            nights.look(
                day, outcome="redirected", status=302, url=between, redirected_from=nights.number,
                response_headers=(("Location", there),),
            )  # fmt: skip
    assert counts[PAGE] <= 9  # 1, 2, 4, ... 128


HOME = "http://www.anhe.example/"
BY_HEADER = {"body": None, "status": 302, "response_headers": (("Location", HOME),)}
BY_MARKUP = {"body": b"<meta http-equiv=refresh content='0;url=/'>"}


@pytest.mark.parametrize("verdict", ["home", "soft_404"])
@pytest.mark.parametrize("sent_on", [BY_HEADER, BY_MARKUP])
def test_a_report_whose_address_sends_on_to_no_report_is_told_to_be_gone_and_then_not_followed(
    archive, verdict, sent_on
):
    nights = Nights(archive)
    nights.look(0, b"1", report())
    followed, asked = [], []
    for day in range(1, 200):
        for again in archive.agenda(ANHE, on(day), "pages").due:
            assert again.url == PAGE
            nights.run = begun(archive, nights.recipe)
            if day < 10:
                nights.same(day)
                continue
            nights.look(day, outcome="redirected", **sent_on)
            asked.append(day)
            if not again.leads_to:
                nights.look(day, b"home", report(HOME, verdict=verdict), HOME, redirected_from=nights.number)
                followed.append(day)
    told = archive.connection.execute("SELECT kind, url FROM current_changes").fetchall()
    assert [tuple(row) for row in told] == [("gone", PAGE)]
    assert len(followed) >= 3
    assert followed[-1] - followed[0] < 30
    assert len(asked) >= len(followed) + 3


def test_pages_on_a_host_that_the_file_no_longer_names_take_no_room(archive):
    nights = Nights(archive)
    elsewhere = [f"http://old.anhe.example/{number}.html" for number in range(3)]
    for url in elsewhere:
        nights.look(0, b"1", report(url), url)
    nights.look(9, b"2", report())
    assert [again.url for again in archive.agenda(ANHE, on(10), "pages").due] == [PAGE]


def test_a_night_without_an_answer_is_no_change_of_what_is_there_again(archive):
    nights = Nights(archive)
    pages = reports(nights, 6)
    for url in pages:
        nights.same(20, url=url)
        nights.look(40, outcome="timeout", url=url)
        nights.same(41, url=url)
    assert archive.agenda(ANHE, on(42), "lists").due == ()


def test_where_a_target_is_looked_at_after_the_address_that_sends_on_to_it_the_move_is_told(archive):
    nights = Nights(archive)
    there = NB + "there.html"
    first = nights.look(0, b"1", report())
    second = nights.look(0, b"1", report(there), there)
    nights.run = begun(archive, nights.recipe)
    nights.look(9, outcome="redirected", status=301, response_headers=(("Location", there),))
    nights.same(9, url=there)  # in the same run: it is not asked for by way of the other
    told = "SELECT url, kind FROM current_changes"
    assert [tuple(row) for row in archive.connection.execute(told)] == [(PAGE, "moved")]
    begun(archive, "test.2")  # all is read anew
    archive.file(first.visit_id, report(recipe="test.2"))
    archive.file(second.visit_id, report(there, recipe="test.2"))
    recipes = archive.connection.execute("SELECT recipe FROM changes ORDER BY 1").fetchall()
    assert [tuple(row) for row in recipes] == [("test.1",), ("test.2",)]
    assert not [fault for fault in verify(archive) if fault.severity == "error"]


def test_lists_and_unknown_addresses_are_neither_due_nor_at_rest(archive):
    nights = Nights(archive)
    nights.look(0, b"1", report(verdict="listing"))
    nights.look(0, b"list", url=NB, role="listing")
    agenda = archive.agenda(ANHE, on(9))
    assert (agenda.due, agenda.rests) == ((), frozenset())
    assert archive.agenda("elsewhere", on(9)).due == ()

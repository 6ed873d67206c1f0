"""Lists below others: which of them a night leaves alone, and what is told of those."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from archive.archive import Archive
from archive.branches import ROUND
from archive.commands.crawl import Crawled
from pipelines.walks import Walk
from tests.archive_samples import ANHE as PORTAL
from tests.archive_samples import NB, begun, visit
from tests.servers import Crawls, serving
from tests.test_crawl import COLUMN, HOST, entry, listing, report
from tests.test_history import on, stamp

HUB = NB
FILE = f'name = "安禾县"\nhome = "{HOST}/"\nhosts = ["{HOST[7:]}"]\nstart = ["{COLUMN}"]\n[access]\ndelay = 0.01\n'


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        yield archive


def walk(url, parent=HUB, reports=5, ended="end"):
    return Walk(url, parent, None, "generic", (), 1, reports, reports, None, None, ended)


def crawl(archive, day, *below, ended="end"):
    """A night's walks as a spider makes them; the lists that it asked for."""
    resting = {walk.url: walk for walk in archive.agenda(PORTAL.id, on(day)).lists}
    run = begun(archive)
    archive.connection.execute("UPDATE runs SET started_at = ? WHERE id = ?", [stamp(day), run])
    archive.keep(run, visit(1, HUB, role="listing", requested_at=on(day)))
    asked = [one for one in below if one.url not in resting]
    archive.note_walks(run, PORTAL.id, [walk(HUB, None, 0), *asked, *resting.values()])
    return [one.url for one in asked]


def branches(count, reports=5):
    return [walk(f"{HUB}b{number}/", reports=reports) for number in range(count)]


def test_what_stands_is_asked_for_in_turn_and_each_within_a_week(archive):
    asked = {day: crawl(archive, day, *branches(5)) for day in range(40)}
    assert [len(asked[day]) for day in (0, 1)] == [5, 5]  # new, and fresh
    assert max(len(asked[day]) for day in range(2, 40)) == 1
    for branch in branches(5):
        days = [day for day, urls in asked.items() if branch.url in urls]
        assert max(later - sooner for sooner, later in itertools.pairwise(days)) <= ROUND.days


def test_one_that_has_changed_is_asked_for_again_the_next_night(archive):
    for day in range(12):
        crawl(archive, day, *branches(3))
    day = next(day for day in range(12, 30) if crawl(archive, day, *branches(3, reports=6)))
    assert len(crawl(archive, day + 1, *branches(3, reports=6))) >= 1


def test_a_portal_that_is_asked_once_a_week_has_all_of_them_asked(archive):
    for day in (0, 1, 2, 9):
        crawl(archive, day, *branches(5))
    assert len(crawl(archive, 16, *branches(5))) == 5


@pytest.mark.parametrize("ended", ["broken", "stopped", "capped", "short"])
def test_one_that_was_not_walked_well_is_never_left_alone(archive, ended):
    odd = walk(f"{HUB}odd/", ended=ended)
    for day in range(8):
        assert odd.url in crawl(archive, day, odd, *branches(3))


def test_what_lies_below_one_rests_with_it(archive):
    tree = [walk(f"{HUB}b/"), walk(f"{HUB}b/c/", f"{HUB}b/")]
    for day in range(4):
        crawl(archive, day, *tree)
    left = archive.agenda(PORTAL.id, on(3) + timedelta(hours=1)).lists
    assert {one.url: (one.parent, one.reports, one.pages) for one in left} == {
        f"{HUB}b/": (HUB, 5, 0),
        f"{HUB}b/c/": (f"{HUB}b/", 5, 0),
    }


def test_a_crawl_tells_of_those_it_left_alone_as_they_were(tmp_path):
    below = {"bm": "部门", "xz": "乡镇", "zf": "县政府"}
    hub = listing([(words, f"./{name}/", "2024-01-20") for name, words in below.items()])
    years = dict(zip(below, (2019, 2020, 2021), strict=True))
    pages = {COLUMN: hub}
    for name, year in years.items():
        pages |= {f"{COLUMN}{name}/": listing([entry(year), entry(year - 8)])}
        pages |= {f"{COLUMN}{name}/{each}.html": report(each, ETag=f'"{each}"') for each in (year, year - 8)}
    with serving(pages) as web:
        crawls = Crawls(tmp_path, web)
        crawls.portal(PORTAL.id, FILE)
        for _ in range(3):
            if crawls.archive.exists():
                with Archive.open(crawls.archive) as archive:  # the virtual clock: what was, was a night before
                    archive.connection.execute(
                        "UPDATE runs SET started_at = strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '-1 day')"
                    )
            web.asked.clear()
            crawls.run(PORTAL.id)
        asked = [url for url in web.asked if url in {f"{COLUMN}{name}/" for name in below}]
        told = "SELECT url, pages > 0, reports, ended FROM lists WHERE run = 3 AND parent = ? ORDER BY url"
        rows = crawls.rows(told, COLUMN)
        assert [(url, reports) for url, _, reports, _ in rows] == [(f"{COLUMN}{name}/", 2) for name in below]
        assert [url for url, walked, _, _ in rows if walked] == asked
        assert len(asked) < 3
        assert crawls.rows("SELECT json_extract(counts, '$.reports_listed') FROM runs") == [(6,)] * 3


def test_a_portal_whose_reports_are_all_on_lists_left_alone_has_not_failed():
    quiet = {"same_bytes": 1, "reports_listed": 35, "reports_unseen": 35}
    assert Crawled(PORTAL, "finished", quiet).failed is None
    assert Crawled(PORTAL, "finished", quiet | {"reports_listed": 37}).failed == "none of 2 reports came"

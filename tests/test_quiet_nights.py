"""Nights of spring over three little portals, with a clock of their own: what is asked of one that stands unchanged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.year_found import Night
from benchmarks.year_night import Nights
from benchmarks.year_portal import Portal
from benchmarks.year_web import Asked, Web, move, portals
from crawler.demo.server import serving
from tests.test_nightly import rows

MAY = 150  # nights after the first of January: not in the season
MOVES, SETTLED, END = 154, 166, 176
PLAIN, MOVED, TREE = "p00", "p01", "p09"


@dataclass
class Spring:
    """The nights, and all that the servers were asked for."""

    web: Web
    archive: Path
    nights: dict[int, Night]

    def portal(self, name: str) -> Portal:
        return self.web.portals[name]

    def asked(self, name: str, night: int) -> list[Asked]:
        return [one for one in self.web.asked if one.host in self.portal(name).hosts and one.night == night]

    def count(self, url: str, *, since: int = MAY) -> int:
        return sum(one.url == url and one.night >= since for one in self.web.asked)


@pytest.fixture(scope="module")
def spring(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spring")
    (folder / "portals").mkdir()
    web = Web([one for one in portals(10, 3) if one.id in {PLAIN, MOVED, TREE}])

    def files() -> None:
        for portal in web.portals.values():
            (folder / "portals" / f"{portal.id}.toml").write_text(portal.file(), "utf-8")

    files()
    made = {}
    with serving(web) as proxy, Nights(folder, proxy) as runner:
        for number in range(MAY, END):
            web.night = number
            if number == MOVES:  # its file names both hosts, and the column of before
                portal = web.portals[MOVED]
                before = portal.file()
                move(portal, "zfxxgk.p01.example")
                hosts = ", ".join(f'"{host}"' for host in portal.hosts)
                (folder / "portals" / f"{MOVED}.toml").write_text(
                    before.replace('hosts = ["www.p01.example"]', f"hosts = [{hosts}]"), "utf-8"
                )
            made[number] = runner.run(number, list(web.portals), "")
        return Spring(web, runner.archive, made)


@pytest.mark.parametrize(("name", "since"), [(PLAIN, MAY + 1), (MOVED, SETTLED), (TREE, MAY + 1)])
def test_a_portal_that_stands_unchanged_is_asked_three_times_a_night(spring, name, since):
    counts = Counter(len(spring.asked(name, night)) for night in range(since, END))
    assert set(counts) <= {0, 2, 3}
    assert counts[3] > 0
    assert counts[0] > 0  # not every night


def test_every_page_is_looked_at_again_and_every_list(spring):
    for name, times in ((PLAIN, 2), (TREE, 1)):
        portal = spring.portal(name)
        assert min(spring.count(portal.url(document), since=MAY + 1) for document in portal.documents) >= times
        assert min(spring.count(portal.list_of(document), since=MAY + 7) for document in portal.documents) >= 1


def test_between_the_nights_of_its_lists_a_portal_is_asked_for_known_pages_alone(spring):
    portal = spring.portal(PLAIN)
    between = [
        night
        for night, made in spring.nights.items()
        if made.said["record"]["due"].get(PLAIN, "").startswith("known pages are due")
    ]
    assert between
    for night in between:
        made = spring.nights[night]
        asked = {one.url for one in spring.asked(PLAIN, night)} - {f"http://{portal.host}/robots.txt"}
        assert asked
        assert asked <= {portal.url(document) for document in portal.documents}
        run = made.said["run"]
        assert rows(spring.archive, f"SELECT * FROM lists WHERE run = {run} AND portal = '{PLAIN}'") == []
        (told,) = (one for one in made.said["portals"] if one["id"] == PLAIN)
        assert (told["state"], told["alarms"]) == ("well", 0)
        assert PLAIN not in made.said["record"]["failed"]


def test_a_list_that_sends_on_for_good_is_asked_for_where_it_leads(spring):
    portal = spring.portal(MOVED)
    old = portal.column.replace(portal.host, "www.p01.example")
    assert spring.count(old, since=MOVES) == 1
    assert spring.count(portal.column, since=MOVES) > 3


def test_an_address_that_only_sends_on_to_a_known_page_is_not_followed_again(spring):
    portal = spring.portal(MOVED)
    olds = {portal.url(document).replace(portal.host, "www.p01.example") for document in portal.documents}
    told = rows(spring.archive, "SELECT url FROM current_changes WHERE kind = 'moved'")
    assert {url for (url,) in told} == olds
    looks = [(one.night, one.url) for one in spring.web.asked if one.url in olds and one.night >= MOVES]
    assert len(looks) > len(olds)
    for url in olds:
        _first, *later = sorted(night for night, asked in looks if asked == url)
        for night in later:
            asked = {one.url for one in spring.asked(MOVED, night)}
            assert asked == {url, "http://www.p01.example/robots.txt"}  # it has a night for itself

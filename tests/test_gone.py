"""Portals that were rebuilt: the home page, or nothing, comes in the place of what was there, and is told from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import gongkai
from tests.servers import NOWHERE, Answer, Crawls, Page, redirect, serving
from tests.test_crawl import entry, listing, report

YEARS = range(2023, 2017, -1)
STARTS = {"moved": "/nb/", "emptied": "", "dead": "", "named": "/nb/", "tree": "/nb/"}


def page(title: str, *links: tuple[str, str]) -> Page:
    rows = "".join(f'<li><a href="{href}">{words}</a></li>' for words, href in links)
    return Page(
        f"<html><head><meta charset='utf-8'><title>{title}_安禾县人民政府</title></head><body>"
        f"<ul>{rows}</ul>{'<p>　</p>' * 60}</body></html>".encode()
    )


def column(at: str, years: range) -> dict[str, Answer]:
    return {at: listing([entry(year) for year in years]), **{f"{at}{year}.html": report(year) for year in years}}


HOME = page("安禾县人民政府门户网站", ("政务公开", "/zwgk/"), ("安禾县召开会议部署春耕生产工作", "/x/1.html"))
OLD = {"/": HOME, "/zwgk/": page("政务公开", ("政府信息公开年报", "/nb/")), **column("/nb/", YEARS)}
NEW = {"/zwgk/": page("政务公开", ("政府信息公开年报", "/gk/")), **column("/gk/", range(2024, 2017, -1))}
REPORTS = [f"/nb/{year}.html" for year in YEARS]
BODIES = page("政府信息公开年报", ("教育局", "/nb/jyj/"), ("水利局", "/nb/slj/"), ("公安局", "/nb/gaj/"))
BOX = page("安禾县人民政府门户网站", *((entry(year)[0], f"/nb/jyj/{year}.html") for year in (2023, 2022)))

BEFORE: Mapping[str, Mapping[str, Answer]] = {
    "moved": OLD,
    "emptied": OLD,
    "dead": OLD,
    "named": OLD,
    "tree": {"/": BOX, "/nb/": BODIES, "/nb/slj/": redirect("/")}
    | {at: answer for name in ("jyj", "gaj") for at, answer in column(f"/nb/{name}/", range(2023, 2021, -1)).items()},
}
AFTER: Mapping[str, Mapping[str, Answer]] = {
    "moved": {**NEW, "/nb/": redirect("/"), **dict.fromkeys(REPORTS, redirect("/"))},
    "emptied": {**NEW, **dict.fromkeys(REPORTS, redirect("/"))},
    "dead": {**NEW, **dict.fromkeys(REPORTS, NOWHERE)},
    "named": {**NEW, **dict.fromkeys(REPORTS, NOWHERE)},
    "tree": {},
}


def a_day_passes(archive: Path) -> None:
    with sqlite3.connect(archive) as connection:
        connection.execute("UPDATE exchanges SET requested_at = requested_at - 24 * 60 * 60 * 1000")
        for column in ("started_at", "finished_at"):
            earlier = f"strftime('%Y-%m-%dT%H:%M:%fZ', {column}, '-1 day')"
            connection.execute(f"UPDATE runs SET {column} = {earlier}")
    connection.close()


@pytest.fixture(scope="module")
def crawls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawls]:
    """Five portals in five nights, with a new web from the third on: then most of what is known is not due."""
    with serving({}) as web:
        crawls = Crawls(tmp_path_factory.mktemp("gone"), web)
        for name, start in STARTS.items():
            host = f"www.{name}.example"
            starts = f'["http://{host}{start}"]' if start else "[]"
            about = f'name = "安禾县"\nhome = "http://{host}/"\nhosts = ["{host}"]\nstart = {starts}\n'
            crawls.portal(name, f"{about}[access]\ndelay = 0.01\n")
        for night in (BEFORE, {}, AFTER, {}, {}):
            web.pages |= {
                f"http://www.{name}.example{at}": it for name, site in night.items() for at, it in site.items()
            }
            words = ("crawl", *STARTS, "--archive", crawls.archive, "--portals", crawls.folder / "portals")
            done = gongkai(*words, env={"http_proxy": web.address})
            assert done.returncode == 0, done.stderr.decode()
            a_day_passes(crawls.archive)
        yield crawls


def lists(crawls: Crawls, portal: str, night: int = 3) -> dict[str, tuple[str, int]]:
    """How each list ended in a night, and how many reports it has."""
    rows = crawls.rows("SELECT url, ended, reports FROM lists WHERE run = ? AND portal = ?", night, portal)
    return {url.removeprefix(f"http://www.{portal}.example"): (ended, reports) for url, ended, reports in rows}


def test_a_column_in_whose_place_the_home_page_comes_is_looked_for_from_there(crawls):
    assert lists(crawls, "moved") == {"/nb/": ("astray", 0), "/gk/": ("end", 7)}


def test_a_list_of_which_every_report_leads_to_the_home_page_is_dead(crawls):
    assert lists(crawls, "emptied") == {"/nb/": ("dead", 6), "/gk/": ("end", 7)}


def test_where_what_is_due_of_a_list_is_gone_the_others_are_asked_for_too(crawls):
    assert lists(crawls, "dead") == {"/nb/": ("dead", 6), "/gk/": ("end", 7)}


@pytest.mark.parametrize("night", [3, 4, 5])
def test_a_list_that_its_file_names_stays_dead_while_nothing_of_it_is_there(crawls, night):
    found = lists(crawls, "named", night)
    assert found["/nb/"] == ("dead", 6)
    assert found["/gk/"][1] == 7


def test_reports_on_the_home_page_are_not_those_of_a_body_whose_list_leads_there(crawls):
    ends = {"/nb/": ("end", 0), "/nb/jyj/": ("known", 2), "/nb/slj/": ("astray", 0), "/nb/gaj/": ("end", 2)}
    assert lists(crawls, "tree") == ends


def test_what_is_not_due_is_left_alone_where_the_list_is_alive(crawls):
    """The night's share of this portal is one thing, and that is the list of /nb/gaj/."""
    asked = "SELECT count(*) FROM visits WHERE run = 3 AND portal = 'tree' AND role = ?"
    assert crawls.rows(asked, "report") == [(0,)]
    walked = "SELECT url FROM lists WHERE run = 3 AND portal = 'tree' AND ended = 'known'"
    assert crawls.rows(walked) == [("http://www.tree.example/nb/jyj/",)]


def test_the_new_reports_of_all_that_moved_are_there(crawls):
    found = "SELECT portal, count(*) FROM visits WHERE run = 3 AND url LIKE '%/gk/20%' AND outcome = 'new' GROUP BY 1"
    assert crawls.rows(found) == [(name, 7) for name in ("dead", "emptied", "moved", "named")]

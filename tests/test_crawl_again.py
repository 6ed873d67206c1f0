"""What a crawl asks a portal for that is known: from outside, by what its server was asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.archive import Archive
from tests.archive_samples import begun, visit
from tests.servers import Crawls, Page, redirect, serving
from tests.test_crawl import COLUMN, HOST, PORTAL, entry, listing
from tests.test_crawl import report as report_page

ANHE = "anhe"


def test_a_crawl_asks_for_what_is_due_and_for_nothing_else(tmp_path):
    years = range(2014, 2024)
    pages = {COLUMN: listing([entry(year) for year in years if year > 2014], "")}
    pages |= {f"{COLUMN}{year}.html": report_page(year, ETag=f'"{year}"') for year in years}
    with serving(pages) as web:
        crawls = Crawls(tmp_path, web)
        crawls.portal(ANHE, PORTAL)
        crawls.run(ANHE)
        made = [f"{COLUMN}{year}.html" for year in years if year > 2014]
        # The virtual clock: what was seen was seen 20 nights ago, and once more 12 nights ago; 2014 has left the list.
        with Archive.open(crawls.archive) as archive:
            portal = archive.capture(2).portal
            archive.connection.execute(
                "UPDATE exchanges SET requested_at = 1000 * CAST(strftime('%s', 'now', '-20 days') AS INTEGER)"
            )
            run = begun(archive)
            then = datetime.now(UTC) - timedelta(days=12)
            for number, url in enumerate([*made, f"{COLUMN}2014.html"], 1):
                is_new = url not in made
                outcome = {"outcome": "fetched"} if is_new else {"outcome": "not_modified", "status": 304}
                at = then + timedelta(minutes=number) - timedelta(days=3 * is_new)
                body = b"<p>2014</p>" if is_new else None
                archive.keep(run, visit(number, url, body, portal=portal, requested_at=at, **outcome))
            archive.keep(
                run,
                visit(
                    99, f"{COLUMN}2014.html", None, portal=portal, outcome="not_modified", status=304, requested_at=then
                ),
            )
        web.asked.clear()
        crawls.run(ANHE)
        assert sorted(web.asked) == [f"{HOST}/robots.txt", COLUMN, f"{COLUMN}2014.html"]
        (counts,) = crawls.rows("SELECT json_extract(counts, '$.not_due') FROM runs ORDER BY id DESC LIMIT 1")[0]
        assert counts == 9


def test_a_report_that_was_gone_before_says_nothing_of_its_list(tmp_path):
    years = range(2017, 2024)
    pages = {COLUMN: listing([entry(year) for year in years], "")}
    pages |= {f"{COLUMN}{year}.html": report_page(year, ETag=f'"{year}"') for year in years}
    lost = f"{COLUMN}2017.html"
    with serving(pages) as web:
        crawls = Crawls(tmp_path, web)
        crawls.portal(ANHE, PORTAL)
        crawls.run(ANHE)
        pages[lost] = Page(b"", 404)
        with Archive.open(crawls.archive) as archive:
            portal = archive.capture(2).portal
            archive.connection.execute("UPDATE exchanges SET requested_at = requested_at - 100 * 86400000")
            for ago in (60, 58, 50):
                at = datetime.now(UTC) - timedelta(days=ago)
                archive.keep(
                    begun(archive), visit(1, lost, None, portal=portal, requested_at=at, outcome="gone", status=404)
                )
            run, at = begun(archive), datetime.now(UTC) - timedelta(days=9)
            for number, year in enumerate(years):
                if year != 2017:
                    fields = {"outcome": "not_modified", "status": 304, "requested_at": at}
                    archive.keep(run, visit(number, f"{COLUMN}{year}.html", None, portal=portal, **fields))
        web.asked.clear()
        crawls.run(ANHE)
        assert sorted(web.asked) == [f"{HOST}/robots.txt", COLUMN, lost]


@pytest.mark.parametrize("status", [301, 302])
def test_a_list_that_sends_on_is_asked_for_where_it_leads_if_that_is_for_good(tmp_path, status):
    there = f"{HOST}/xxgk/nianbao/"
    pages = {
        COLUMN: redirect(there, status),
        there: listing(
            [(f"{year}年政府信息公开工作年度报告", f"./{year}.html", f"{year + 1}-01-20") for year in (2022, 2023)]
        ),
    } | {f"{there}{year}.html": report_page(year) for year in (2022, 2023)}

    def asked():
        web.asked.clear()
        crawls.run(ANHE)
        return [url for url in web.asked if url in {COLUMN, there}]

    with serving(pages) as web:
        crawls = Crawls(tmp_path, web)
        crawls.portal(ANHE, PORTAL)
        assert asked() == [COLUMN, there]
        assert asked() == ([there] if status == 301 else [COLUMN, there])
        pages[COLUMN], pages[there] = pages[there], Page(b"", 404)
        pages |= {f"{COLUMN}{year}.html": report_page(year) for year in (2022, 2023)}
        assert asked()[-1] == (there if status == 301 else COLUMN)
        assert asked() == [COLUMN]
        assert crawls.rows("SELECT url, reports FROM lists WHERE run = (SELECT max(run) FROM lists)") == [(COLUMN, 2)]
        pages[COLUMN], pages[there] = (
            redirect(there, status),
            Page("<title>系统维护</title><p>请稍后访问。</p>".encode()),
        )
        assert asked() == [COLUMN, there]
        assert asked() == [COLUMN, there]  # no list: it may be there for a night

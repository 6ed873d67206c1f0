"""Whether what a server says of a page that is known is believed."""

from __future__ import annotations

import pytest

from archive import trust
from archive.archive import Archive
from archive.merge import merge
from tests.archive_samples import NB, report
from tests.servers import Crawls, Page, serving
from tests.test_crawl import COLUMN, PORTAL, entry, listing
from tests.test_crawl import report as report_page
from tests.test_history import EDITED, PAGE, Nights, stamp

ANHE = "anhe"


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        yield archive


DATE = ("Date", "Mon, 01 Jan 2024 03:00:00 GMT")
OLD, NEW = ("Last-Modified", "Mon, 01 Jan 2018 03:00:00 GMT"), ("Last-Modified", "Fri, 01 Jan 2049 03:00:00 GMT")


def etag(value):
    return ("ETag", f'"{value}"')


def doubts(archive):
    return archive.connection.execute("SELECT host, kind, visit FROM distrusted ORDER BY kind").fetchall()


def validators(archive, url=PAGE):
    found = archive.validators(url)
    return found and (found.etag, found.last_modified)


def test_a_page_is_asked_for_whole_after_four_answers_of_304(archive):
    nights = Nights(archive)
    nights.look(0, b"1", response_headers=(etag(1), OLD))
    for day in range(1, trust.AUDIT + 1):
        assert validators(archive) == ('"1"', OLD[1])
        nights.same(day)
    assert validators(archive) == (None, None)
    nights.look(9, b"1", response_headers=(etag(1), OLD))
    assert validators(archive) == ('"1"', OLD[1])
    assert doubts(archive) == []


@pytest.mark.parametrize("headers", [(etag(1),), (OLD,), (etag(1), OLD)])
def test_a_host_that_says_304_though_a_page_has_changed_is_found_out(archive, headers, caplog):
    nights = Nights(archive)
    nights.look(0, b"1", report(), response_headers=headers)
    nights.look(0, b"other", report(NB + "2021.html"), NB + "2021.html", response_headers=(etag("x"),))
    nights.same(1)
    nights.look(5, b"2", report(text=EDITED), response_headers=headers)
    assert doubts(archive) == [("www.anhe.example", "stale", 4)]
    assert "www.anhe.example: other bytes under the same" in caplog.text
    assert validators(archive) == (None, None)
    assert validators(archive, NB + "2021.html") == (None, None), "the whole host is not believed"


def test_a_page_that_changed_with_its_validators_is_no_lie(archive):
    nights = Nights(archive)
    nights.look(0, b"1", response_headers=(etag(1), OLD))
    nights.look(1, b"2", response_headers=(etag(2), OLD))
    nights.look(2, b"3", response_headers=())
    nights.look(3, b"4", response_headers=())
    assert doubts(archive) == []


def test_a_304_that_nobody_asked_for_is_a_lie(archive):
    nights = Nights(archive)
    nights.look(0, b"1", response_headers=(etag(1),))
    nights.same(1, request_headers=(("Accept", "*/*"), ("If-None-Match", '"1"')))
    assert doubts(archive) == []
    nights.same(2, request_headers=(("Accept", "*/*"),))
    assert doubts(archive) == [("www.anhe.example", "stale", 3)]


def test_an_etag_that_is_new_each_time_is_not_sent_the_date_still_is(archive):
    nights = Nights(archive)
    for day in range(2):
        nights.look(day, b"1", response_headers=(etag(day), OLD))
    assert validators(archive) == ('"1"', OLD[1]), "a file may have been put there once more"
    nights.look(2, b"1", response_headers=(etag(2), OLD))
    assert doubts(archive) == [("www.anhe.example", "restless", 3)]
    assert validators(archive) == (None, OLD[1])


def test_a_date_in_the_future_is_not_sent(archive):
    nights = Nights(archive)
    nights.look(0, b"1", response_headers=(DATE, NEW, etag(1)))
    assert doubts(archive) == [("www.anhe.example", "future", 1)]
    assert validators(archive) == ('"1"', None)


@pytest.mark.parametrize("words", ["yesterday", "", "Mon, 99 Jan 2049 03:00:00 GMT"])
def test_a_date_that_is_none_says_nothing(archive, words):
    Nights(archive).look(0, b"1", response_headers=(DATE, ("Last-Modified", words), etag(1)))
    assert doubts(archive) == []


def test_a_merge_takes_over_who_is_not_believed(tmp_path):
    for name, day in {"late": 5, "early": 3}.items():
        with Archive.open(tmp_path / f"{name}.db") as archive:
            nights = Nights(archive)
            nights.look(0, b"1", url=f"{NB}{name}.html", response_headers=(etag(1),))
            nights.look(day, b"2", url=f"{NB}{name}.html", response_headers=(etag(1),))
    for name, others in {"a": ("late", "early"), "b": ("early", "late", "early")}.items():
        with Archive.open(tmp_path / f"{name}.db") as archive:
            for other in others:
                merge(archive, tmp_path / f"{other}.db")
            rows = archive.connection.execute(
                "SELECT d.kind, v.requested_at FROM distrusted AS d JOIN visits AS v ON v.id = d.visit"
            ).fetchall()
            assert rows == [("stale", stamp(3))]


def test_a_host_that_lies_is_asked_past_every_cache(tmp_path):
    edited = report_page(2023, "<p>补充一句。</p>").body
    pages = {
        COLUMN: listing([entry(2023), entry(2022)], ""),
        f"{COLUMN}2023.html": report_page(2023, ETag='"1"'),
        f"{COLUMN}2022.html": report_page(2022, ETag='"2022"'),
    }
    with serving(pages) as web:
        crawls = Crawls(tmp_path, web)
        crawls.portal(ANHE, PORTAL)
        crawls.run(ANHE)
        pages[f"{COLUMN}2023.html"] = Page(edited, headers={"ETag": '"1"'})  # changed, and it will say 304
        for _ in range(trust.AUDIT):
            crawls.run(ANHE)
        sql = "SELECT outcome FROM visits WHERE url = ? ORDER BY id"
        assert crawls.rows(sql, f"{COLUMN}2023.html")[-1] == ("not_modified",)
        log = crawls.run(ANHE)
        assert crawls.rows(sql, f"{COLUMN}2023.html")[-1] == ("changed",)
        assert "other bytes under the same ETag" in log
        web.requests.clear()
        crawls.run(ANHE)
        sent = dict(web.requests)[f"{COLUMN}2022.html"]
        assert sent["Cache-Control"] == "no-cache"
        assert "If-None-Match" not in sent
        assert crawls.rows("SELECT kind FROM changes") == [("text",)]
        told = "SELECT json_extract(counts, '$.changes_text'), json_extract(counts, '$.distrusted_stale') FROM runs"
        assert crawls.rows(f"{told} ORDER BY id")[-2:] == [(1, 1), (None, None)]

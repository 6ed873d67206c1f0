"""Visits come out of the compact tables as they went in."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.archive import Archive
from archive.filing import stamp
from archive.verify import verify
from tests.archive_samples import DAY, NB, RECIPE, begun, visit

NAMES = st.sampled_from(
    ["Date", "ETag", "Set-Cookie", "Expires", "X-Frame-Options", "X-Request-Id", "Cookie", "Server", "日期", ""]
)
VALUES = st.one_of(
    st.text(max_size=30),
    st.text(alphabet='\\"/u0123456789abcdef-\x10\x11\x7f \t\n', max_size=30),
    st.sampled_from(["Wed, 15 Jan 2025 01:02:03 GMT", 'W/"5f3c-5d6a8b2c1"', "\\u0010", '"\\u0011"', "\x10", "a" * 20]),
)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=14).map(tuple)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with Archive.open(tmp_path_factory.mktemp("exchanges") / "a.db") as archive:
        yield archive


@settings(max_examples=150, deadline=None)
@given(HEADERS, HEADERS, st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)), st.text(max_size=20))  # noqa: DTZ001 - of no zone until below
def test_a_visit_comes_out_as_it_went_in(archive, sent, received, moment, words):
    moment = moment.replace(tzinfo=UTC)
    run = archive.start_run("test", settings={}, versions={}, recipe=RECIPE)
    wanted = visit(
        1,
        f"{NB}#{words}",
        b"page",
        request_headers=sent,
        response_headers=received,
        requested_at=moment,
        link_text=words,
        error=words,
    )
    kept = archive.keep(run, wanted)
    archive.finish_run(run, "finished", {})
    row = archive.connection.execute(
        "SELECT url, request_headers, response_headers, requested_at, link_text, error FROM visits WHERE id = ?",
        [kept.visit_id],
    ).fetchone()
    url, *headers, at, link_text, error = row
    assert [json.loads(said) for said in headers] == [[list(pair) for pair in pairs] for pairs in (sent, received)]
    said = words.replace("\x00", "\ufffd")  # a NUL ends the text for many readers
    assert (url, at, link_text, error) == (f"{NB}#{said}", stamp(moment), said, said)


def test_all_of_them_are_as_they_were_sealed(archive):
    assert not list(verify(archive))


def test_a_night_in_which_nothing_changed_takes_little_room(tmp_path):
    """A thousand reports of a portal answered by 304, over TLS, with the headers of a real server."""
    sent = (
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("Accept-Language", "zh-CN,zh;q=0.9"),
        ("User-Agent", "gongkai/0.1 (+mailto:someone@example.org)"),
        ("Accept-Encoding", "gzip, deflate, br, zstd"),
        ("If-None-Match", '"5f3c-5d6a8b2c1"'),
        ("If-Modified-Since", "Wed, 15 Jan 2020 01:02:03 GMT"),
    )
    tls = {
        "verified": True,
        "protocol": "TLSv1.2",
        "cipher": "ECDHE-RSA-AES128-GCM-SHA256",
        "subject": "*.anhe.example",
        "issuer": "Example RSA OV SSL CA 2018",
        "not_before": "2024-01-01T00:00:00Z",
        "not_after": "2025-01-31T00:00:00Z",
        "sha256": "0" * 64,
    }

    def night(archive, day, *, first):
        run = begun(archive)
        with archive.transaction():
            for number in range(1, 1001):
                received = (
                    ("Server", "nginx"),
                    ("Date", f"Wed, {day:02} Jan 2025 01:{number // 60:02}:{number % 60:02} GMT"),
                    ("Connection", "keep-alive"),
                    ("ETag", '"5f3c-5d6a8b2c1"'),
                    ("X-Frame-Options", "SAMEORIGIN"),
                )
                page = visit(
                    number,
                    f"{NB}202401/t20240120_{80000 + number}.html",
                    b"<p>%d</p>" % number if first else None,
                    outcome="fetched" if first else "not_modified",
                    status=200 if first else 304,
                    request_headers=sent,
                    response_headers=received,
                    requested_at=DAY + timedelta(days=day, seconds=number),
                    tls=tls,
                    link_text=f"安和县2023年政府信息公开工作年度报告之{number}",
                    position=number,
                )
                archive.keep(run, page)
        archive.finish_run(run, "finished", {})
        archive.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return archive.path.stat().st_size

    with Archive.open(tmp_path / "a.db") as archive:
        before = night(archive, 1, first=True)
        grown = night(archive, 2, first=False) - before
        assert not list(verify(archive, quick=True))
    assert grown / 1000 < 400  # bytes a visit, indexes and seals included


def test_what_visits_share_stands_once(tmp_path):
    """The page is asked for once more each night: its address, link, headers and TLS facts are not written again."""
    with Archive.open(tmp_path / "a.db") as archive:
        for night in range(30):
            run = begun(archive)
            date = ("Date", f"Wed, {night + 1:02} Jan 2025 01:00:00 GMT")
            archive.keep(
                run,
                visit(
                    1,
                    f"{NB}2024.html",
                    b"page" if night == 0 else None,
                    outcome="fetched" if night == 0 else "not_modified",
                    response_headers=(("Server", "nginx"), date, ("ETag", '"5f3c"')),
                    link_text="安和县2024年政府信息公开工作年度报告",
                    tls={"verified": True, "protocol": "TLSv1.3"},
                ),
            )
        counts = [
            archive.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("exchanges", "addresses", "phrases")
        ]
        dates = archive.connection.execute("SELECT count(DISTINCT response_headers) FROM visits").fetchone()[0]
    assert counts == [30, 1, 4]  # of headers sent and received, the link and the TLS facts
    assert dates == 30

"""What goes wrong on the way: each fault has its name in `visits`, and costs no other page anything."""

from __future__ import annotations

import gzip
import os
import signal
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest

import pipelines
from pipelines.pool import Pool
from pipelines.records import Ask, Capture
from tests.servers import Answer, Crawls, Page, cut, endless, free_port, in_turn, redirect, reset, serving, stall
from tests.test_crawl import COLUMN, HOST, entry, listing, report

WHOLE = report(2022).body
NAMES = {
    "good": "new",
    "reset": "reset",
    "broken": "truncated",
    "cut": "truncated",
    "stall": "timeout",
    "announced": "too_large",
    "endless": "too_large",
    "bomb": "too_large",
    "notgzip": "new",
    "badgzip": "failed",
    "gzip": "new",
    "unasked": "new",
    "double": "new",
    "named": "new",
    "deflate": "new",
    "brotli": "new",
    "notbrotli": "new",
    "archive": "new",
    "challenge": "challenge",
    "script": "challenge",
    "again": "new",
    "down": "http_error",
    "busy": "new",
    "later": "http_error",
    "private": "forbidden",
    "cookie": "new",
    "nowhere": "failed",
    "badhost": "failed",
    "badport": "failed",
    "empty": "new",
}


def portal_pages(refused: str) -> dict[str, Answer]:
    packed = gzip.compress(WHOLE)
    answers: dict[str, Answer] = {
        "good": report(2021),
        "reset": reset,
        "broken": cut(WHOLE[:700], len(WHOLE), hard=True),
        "cut": cut(WHOLE[:700], len(WHOLE), hard=False),
        "stall": stall(3),
        "announced": cut(b"<html>", 80_000_000, hard=False),
        "endless": endless,
        "bomb": Page(gzip.compress(bytes(30_000_000)), headers={"Content-Encoding": "gzip"}),
        "notgzip": Page(WHOLE, headers={"Content-Encoding": "gzip"}),
        "badgzip": Page(packed[:40] + bytes(len(packed) - 40), headers={"Content-Encoding": "gzip"}),
        "gzip": Page(packed, headers={"Content-Encoding": "gzip"}),
        "unasked": Page(packed),
        "double": Page(gzip.compress(packed), headers={"Content-Encoding": "gzip"}),
        "named": Page(packed, headers={"Content-Encoding": "deflate"}),
        "deflate": Page(zlib.compress(WHOLE), headers={"Content-Encoding": "deflate"}),
        "brotli": Page(brotli.compress(WHOLE), headers={"Content-Encoding": "br"}),
        "notbrotli": Page(WHOLE, headers={"Content-Encoding": "br"}),
        "archive": Page(packed, headers={"Content-Type": "application/gzip"}),
        "challenge": Page(b"<script>go()</script>", 412),
        "script": Page(b"<script>document.cookie='__jsl_clearance_s=1';location.reload()</script>"),
        "again": in_turn(Page(b"", 500), report(2020)),
        "down": Page(b"<h1>down</h1>", 503),
        "busy": in_turn(Page(b"", 429, {"Retry-After": "1"}), report(2019)),
        "later": Page(b"", 503, {"Retry-After": "86400"}),
        "private": Page(b"<h1>403</h1>", 403),
        "cookie": in_turn(redirect(f"{COLUMN}cookie.html", **{"Set-Cookie": "a=1"}), report(2018)),
        "nowhere": Page(b"", 302),
        "badhost": Page(b"moved", 302, {"Location": "http://[::1/x"}),
        "badport": Page(b"moved", 302, {"Location": "http://h:99999/"}),
        "many": redirect("/hop/1"),
        "empty": Page(b""),
    }
    hops: dict[str, Answer] = {f"{HOST}/hop/{n}": redirect(f"/hop/{n + 1}") for n in range(20)}
    years = range(2000, 2000 + len(answers))
    entries = [entry(year, f"{name}.html") for year, name in zip(years, answers, strict=True)]
    entries += [entry(2030, "http://www.nowhere.invalid/2030.html"), entry(2031, f"{refused}/2031.html")]
    return {COLUMN: listing(entries), **{f"{COLUMN}{name}.html": answer for name, answer in answers.items()}, **hops}


@pytest.fixture(scope="module")
def crawls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawls]:
    refused = f"http://127.0.0.1:{free_port()}"
    with serving(portal_pages(refused)) as web:
        crawls = Crawls(tmp_path_factory.mktemp("faults"), web, direct="www.nowhere.invalid,127.0.0.1")
        crawls.portal(
            "anhe",
            f"""
name = "安禾县"
home = "{HOST}/"
hosts = ["www.anhe.example", "www.nowhere.invalid", "127.0.0.1"]
start = ["{COLUMN}"]
""",
        )
        crawls.run("anhe", DOWNLOAD_TIMEOUT=1, DOWNLOAD_MAXSIZE=2_000_000)
        yield crawls


def last(crawls: Crawls, url: str) -> tuple[object, ...]:
    row: tuple[object, ...]
    (row,) = crawls.rows(
        "SELECT outcome, status, error, truncated, size FROM visits LEFT JOIN bodies ON sha256 = body"
        " WHERE url LIKE ? ORDER BY number DESC LIMIT 1",
        url,
    )
    return row


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_has_its_name(crawls: Crawls, name: str) -> None:
    assert last(crawls, f"{COLUMN}{name}.html")[0] == NAMES[name]


def test_an_address_nobody_can_follow_is_no_loss_of_the_visit(crawls: Crawls) -> None:
    for name in ("badhost", "badport"):
        found = last(crawls, f"{COLUMN}{name}.html")
        assert found[:3] == ("failed", 302, "status 302 without an address to go to")
        assert found[4] == len("moved")


@pytest.mark.parametrize(("url", "outcome"), [("%nowhere.invalid%", "dns"), ("%2031.html", "refused")])
def test_a_host_that_is_not_there(crawls: Crawls, url: str, outcome: str) -> None:
    found = last(crawls, url)
    assert found[:2] == (outcome, None)
    assert found[2]


def test_a_chain_without_end_is_left_after_five_hops(crawls: Crawls) -> None:
    assert crawls.rows("SELECT url, outcome FROM visits WHERE url LIKE '%/hop/%' ORDER BY number DESC LIMIT 1") == [
        (f"{HOST}/hop/5", "redirect_loop")
    ]


def test_what_came_is_kept(crawls: Crawls) -> None:
    for name in ("broken", "cut"):
        assert last(crawls, f"{COLUMN}{name}.html")[3:] == (1, 700)
    assert last(crawls, f"{COLUMN}challenge.html")[4] == len("<script>go()</script>")
    assert last(crawls, f"{COLUMN}down.html")[4] == len("<h1>down</h1>")
    assert last(crawls, f"{COLUMN}notgzip.html")[4] == len(WHOLE)
    for name in ("gzip", "unasked", "double", "named", "deflate", "brotli", "notbrotli"):
        assert last(crawls, f"{COLUMN}{name}.html")[4] == len(WHOLE), name
    assert last(crawls, f"{COLUMN}archive.html")[4] == len(gzip.compress(WHOLE))
    assert last(crawls, f"{COLUMN}badgzip.html")[4] == len(gzip.compress(WHOLE))
    (headers,) = crawls.rows("SELECT response_headers FROM visits WHERE url = ?", f"{COLUMN}gzip.html")[0]
    assert "gzip" in headers


@pytest.mark.parametrize(
    ("name", "tries"),
    [("reset", 3), ("cut", 3), ("down", 3), ("again", 2), ("busy", 2), ("later", 1), ("challenge", 1), ("private", 1)],
)
def test_what_may_pass_is_tried_again_and_each_try_is_a_visit(crawls: Crawls, name: str, tries: int) -> None:
    assert len(crawls.rows("SELECT 1 FROM visits WHERE url = ?", f"{COLUMN}{name}.html")) == tries


def test_the_others_are_read_all_the_same(crawls: Crawls) -> None:
    years = {year for (year,) in crawls.rows("SELECT year FROM current_reports")}
    assert {2018, 2019, 2020, 2021, 2022} <= years
    assert crawls.rows("SELECT outcome FROM runs") == [("finished",)]


# ---------------------------------------------------------------- the pool


def capture(body: bytes = WHOLE, url: str = f"{COLUMN}2022.html") -> Capture:
    return Capture(url, body, "text/html; charset=utf-8")


def test_the_pool_says_what_derive_says() -> None:
    pages = [(year, capture(report(year).body, f"{COLUMN}{year}.html")) for year in range(2010, 2024)]
    with Pool(2) as pool:
        read = dict(pool.map(pages))
    assert list(read) == list(range(2010, 2024))
    assert read == {year: pipelines.derive(page) for year, page in pages}


@pytest.mark.parametrize(
    ("declared", "base"),
    [("http://[", COLUMN), ("/zwgk/", f"{HOST}/zwgk/"), ("javascript:void(0)", COLUMN)],
)
def test_a_bad_base_costs_no_listing(declared: str, base: str) -> None:
    body = listing([entry(year) for year in (2021, 2020, 2019)]).body
    with Pool(1, look="crawler.families.reading:read") as pool:
        page = capture(body.replace(b"<head>", f'<head><base href="{declared}">'.encode()), COLUMN)
        part = pool.look(page, Ask(COLUMN)).result()
    assert part is not None
    assert [item.href for item in part.reports] == [f"{base}{year}.html" for year in (2021, 2020, 2019)]


def test_a_page_that_takes_too_long_costs_itself() -> None:
    with Pool(1, seconds=0.001) as pool:
        late = (
            pool.submit(capture(report(2022).body.replace("。".encode(), "。<p>公开情况".encode() * 40)))
            .result()
            .open()
        )
    assert late is not None
    assert (late.verdict, late.reasons) == ("unreadable", ("timeout",))
    assert late.findings[0].code == "timeout"


def test_a_worker_that_is_killed_costs_one_page() -> None:
    """The kernel does so when memory runs out."""
    heavy = capture(WHOLE.replace("。".encode(), "。<p>公开</p>".encode() * 20000), f"{COLUMN}heavy.html")
    with Pool(1) as pool:
        assert pool.submit(capture()).result().open() == pipelines.derive(capture())
        victim, after = pool.submit(heavy), pool.submit(capture())
        time.sleep(0.3)
        (worker,) = _children()
        os.kill(worker, signal.SIGKILL)
        dead = victim.result().open()
        assert (dead.verdict, dead.reasons, dead.url) == ("unreadable", ("crashed",), f"{COLUMN}heavy.html")
        assert after.result().open() == pipelines.derive(capture())


def test_a_pool_that_is_told_to_stop_leaves_what_it_has_not_begun() -> None:
    with Pool(1) as pool:
        futures = [pool.submit(capture()) for _ in range(500)]
        pool.abandon()
        left = [future.result() for future in futures]
    assert left[-1] is None


def _children() -> list[int]:
    """Worker processes of this one."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
            command = status.with_name("cmdline").read_bytes()
        except OSError:  # ended meanwhile
            continue
        if int(fields[1]) == os.getpid() and b"pipelines.pool" in command:
            found.append(int(status.parent.name))
    return found

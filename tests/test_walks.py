"""A walk of a list, however it is broken off: what is told of it is true, and nobody waits for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import crypto

from archive.archive import Archive
from crawler import certificate
from crawler.columns import PAGES, Column
from crawler.exchange import Lead
from crawler.families.reading import Part, read
from crawler.past import Past
from pipelines.pool import Pool
from pipelines.records import Ask, Capture, Item
from pipelines.walks import Memory, Walk
from pipelines.writer import Writer
from tests.archive_samples import NB, begun, visit
from tests.conftest import started
from tests.servers import ROOT, Crawls, Page, serving, stall
from tests.test_crawl import COLUMN, HOST, PORTAL, entry, listing, report


def part(number: int, *ahead: str) -> Part:
    items = (Item(f"安禾县{number}年政府信息公开工作年度报告", f"{COLUMN}{number}.html", None),)
    return Part("年报", "generic", False, (), items, items, tuple(map(Ask, ahead)), (), None, None)


def test_a_list_that_names_all_its_pages_at_once_is_capped():
    column = Column(COLUMN)
    column.take(part(0, *(f"{COLUMN}index_{number}.html" for number in range(1, 2 * PAGES))), 5000, b"0")
    while ask := column.next():
        column.take(part(len(column.asked)), 5000, ask.url.encode())
    assert (column.pages, column.ended) == (PAGES, "capped")


def test_a_list_that_announces_many_pages_is_walked_to_its_end():
    column, announced = Column(COLUMN), PAGES + 100
    first = part(0, *(f"{COLUMN}index_{number}.html" for number in range(1, announced)))
    column.take(replace(first, total_items=announced), 5000, b"0")
    while ask := column.next():
        column.take(part(len(column.asked) - 1), 5000, ask.url.encode())
    assert (column.pages, column.ended) == (announced, "complete")


def walked(*titles: str, total: int | None = None, dates: bool = True, past: Past | None = None) -> Column:
    """A list walked page by page, two entries each, as long as it goes on."""
    items = [
        Item(title, f"{COLUMN}{title}.html", f"20{title[:2]}-01-20" if dates and title[:2].isdigit() else None)
        for title in titles
    ]
    column = Column(COLUMN, past=past)
    for start in range(0, len(items), 2):
        if start and not column.next():
            break
        entries, ahead = tuple(items[start : start + 2]), (Ask(f"{COLUMN}{start}"),) if start + 2 < len(items) else ()
        page = Part("年报", "generic", False, (), entries, entries, ahead, (), total, None)
        column.take(page, 5000, str(start).encode())
    return column


def memory(column: Column) -> Past:
    told = column.walk()
    assert told.listed
    return Past(Memory("2026-01-01T00:00:00.000Z", told.listed, told.reports, told.total_items, told.total_pages))


BEFORE = [f"{year}年" for year in range(25, 15, -1)]


@pytest.mark.parametrize(
    ("now", "total", "ended", "pages"),
    [
        (BEFORE, 10, "known", 1),
        (["26年", *BEFORE], 11, "known", 2),
        (["26年", "26年乡镇", "26年部门", *BEFORE], 13, "known", 3),
        (["25年", "23年", *BEFORE[3:]], 9, "complete", 5),  # one has vanished from the first page
        (["25年", *BEFORE[2:], "15年"], 10, "complete", 5),  # and another has come below
        ([*BEFORE, "15年"], 11, "complete", 6),  # the first page does not explain the number announced
        (["24年", *BEFORE[2:], "25年"], 10, "complete", 5),  # in another order
        (BEFORE, None, "end", 5),  # announces no number any more
        (["26年", "26年乡镇", *BEFORE[::-1]], 12, "complete", 6),
    ],
)
def test_how_far_a_list_is_walked_again(now, total, ended, pages):
    again = walked(*now, total=total, past=memory(walked(*BEFORE, total=10)))
    assert (again.ended, again.pages) == (ended, pages)
    assert (again.walk().entries, again.walk().reports) == (len(now), len(now))


def test_a_walk_rests_on_those_before_it():
    first = walked(*BEFORE, total=10)
    second = walked("26年", *BEFORE, total=11, past=memory(first))
    assert second.walk().walked_at == "2026-01-01T00:00:00.000Z"
    assert second.walk().listed == walked("26年", *BEFORE, total=11).walk().listed
    third = walked("26年", *BEFORE, total=11, past=memory(second))
    assert (third.pages, third.walk().listed) == (1, None)  # no news of the whole list


@pytest.mark.parametrize(
    "column",
    [
        walked(*BEFORE[::-1]),
        walked("乡镇年报", "部门年报", "县政府年报"),
        walked(*BEFORE, total=12),
        replace(walked(*BEFORE), below=2),
    ],
    ids=["oldest first", "in no known order", "short", "lists below it"],
)
def test_a_list_that_may_change_on_any_page_is_walked_each_time(column):
    assert column.walk().listed is None


def test_a_walk_that_led_to_what_did_not_come_is_none_to_rest_on():
    assert walked(*BEFORE).walk(whole=False).listed is None


def test_the_archive_remembers_walks_that_ended_well(tmp_path):
    def walk(ended: str, listed: bytes | None, reports: int) -> Walk:
        return Walk(NB, None, None, "generic", (), 1, reports, reports, None, None, ended, listed=listed)

    nights = [
        (walk("end", None, 3), None),  # not newest first, say
        (walk("end", b"a" * 24, 3), (b"a" * 24, 3, 2)),
        (walk("known", None, 3), (b"a" * 24, 3, 2)),
        (walk("known", b"a" * 32, 4), (b"a" * 32, 4, 2)),
        (walk("unreachable", None, 0), None),
        (walk("known", None, 4), (b"a" * 32, 4, 2)),
        (walk("short", None, 4), None),
        (walk("complete", b"b" * 32, 4), (b"b" * 32, 4, 8)),
    ]
    with Archive.open(tmp_path / "a.db") as archive:
        began = {}
        for number, (told, expected) in enumerate(nights, 1):
            run = begun(archive, f"recipe {number}")
            (began[number],) = archive.connection.execute("SELECT started_at FROM runs WHERE id = ?", [run]).fetchone()
            kept = visit(1)
            archive.keep(run, kept)
            archive.note_walks(run, kept.portal.id, [told])
            known = archive.memories(kept.portal.id).get(NB)
            found = known and (known.listed, known.reports, known.walked_at)
            assert found == (expected and (*expected[:2], began[expected[2]])), number


def test_a_page_that_was_asked_for_and_did_not_come_any_more_is_no_end():
    column = Column(COLUMN)
    column.take(part(0, f"{COLUMN}index_1.html"), 5000, b"0")
    assert column.next() is not None
    assert column.ended == "stopped"
    column.take(part(1), 5000, b"1")
    assert column.ended == "end"


def test_a_crawl_that_is_stopped_does_not_say_that_its_lists_were_seen(tmp_path):
    def slow(handler):
        time.sleep(1)
        listing([entry(2022)])(handler)

    site = {COLUMN: listing([entry(2023)], '<a href="index_1.html">下一页</a>'), f"{COLUMN}index_1.html": slow}
    with serving({**site, f"{COLUMN}2023.html": report(2023)}) as web:
        crawls = Crawls(tmp_path, web)
        crawls.portal("anhe", PORTAL)
        with crawls.start("anhe") as process:
            while f"{COLUMN}index_1.html" not in web.asked:
                assert process.poll() is None
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
        assert crawls.rows("SELECT outcome FROM runs") == [("interrupted",)]
        assert crawls.rows("SELECT url, ended FROM lists") == [(COLUMN, "stopped")]


def fragile(capture, *given):
    """Reads lists in a worker, but for one page."""
    if capture.url.endswith("index_1.html"):
        raise ValueError(capture.url)
    return read(capture, *given)


def test_a_page_that_cannot_be_read_is_not_the_end_of_its_list(tmp_path):
    pager = '<a href="index_1.html">2</a><a href="index_2.html">3</a>'
    site = {
        COLUMN: listing([entry(2023)], f"共3页 {pager}"),
        f"{COLUMN}index_1.html": listing([entry(2022)]),
        f"{COLUMN}index_2.html": listing([entry(2021)]),
    }
    with serving(site | {f"{COLUMN}{year}.html": report(year) for year in (2021, 2022, 2023)}) as web:
        crawls = Crawls(tmp_path, web)
        crawls.portal("anhe", PORTAL)
        log = crawls.run("anhe", GONGKAI_READER="tests.test_walks:fragile")
        assert f"{COLUMN}index_1.html: the listing cannot be read" in log
        assert f"{COLUMN}2021.html" in web.asked
        assert crawls.rows("SELECT pages, reports, total_pages FROM lists") == [(2, 2, 3)]
        assert crawls.rows("SELECT ended FROM lists") != [("stopped",)]


@pytest.mark.parametrize(
    ("status", "method", "body"), [(302, "GET", ""), (303, "GET", ""), (307, "POST", "page=2"), (308, "POST", "page=2")]
)
def test_where_an_interface_was_moved_its_family_still_reads_the_answer(status, method, body):
    ask = Ask(f"http://{HOST}/list.do", "POST", "page=2", (("X-Requested-With", "XMLHttpRequest"),), "ucap", "年报")
    moved = replace(visit(1, ask.url, None), status=status, outcome="redirected")
    onward = Lead("listing", COLUMN, ask).onward(moved, f"https://{HOST}/list.do").ask
    assert onward is not None
    assert (onward.url, onward.family, onward.title) == (f"https://{HOST}/list.do", "ucap", "年报")
    assert (onward.method, onward.body) == (method, body)


def test_a_list_that_could_not_be_had_does_not_hide_that_it_has_shrunk(tmp_path):
    def walk(reports, ended="end"):
        return Walk(NB, None, None, "generic", (), 1, reports, reports, None, None, ended)

    with Archive.open(tmp_path / "a.db") as archive:
        for number, (reports, ended, told) in enumerate(
            [(12, "end", False), (0, "unreachable", False), (3, "end", True), (3, "end", False)]
        ):
            run = begun(archive, f"recipe {number}")
            kept = visit(1)
            archive.keep(run, kept)
            assert bool(archive.note_walks(run, kept.portal.id, [walk(reports, ended)])) is told


def test_a_portal_that_was_never_asked_has_no_lists(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        walk = Walk(NB, None, None, "", (), 0, 0, 0, None, None, "stopped")
        assert archive.note_walks(begun(archive), "anhe", [walk]) == []
        assert list(archive.connection.execute("SELECT * FROM lists")) == []


def test_a_portal_whose_turn_comes_after_ctrl_c_is_not_begun(tmp_path):
    def slow(handler):
        time.sleep(0.5)
        Page(b"", 404)(handler)

    names = [f"anhe{number}" for number in range(12)]
    site = {f"http://{name}.example/robots.txt": slow for name in names}
    with serving(site | {f"http://{name}.example/nb/": listing([]) for name in names}) as web:
        crawls = Crawls(tmp_path, web)
        for name in names:
            about = f'name = "{name}"\nhome = "http://{name}.example/"\nhosts = ["{name}.example"]\n'
            crawls.portal(name, f'{about}start = ["http://{name}.example/nb/"]\n')
        words = ("crawl", *names, "--archive", crawls.archive, "--portals", tmp_path / "portals")
        with started(*words, env={"http_proxy": web.address}) as process:
            while not web.asked:
                assert process.poll() is None
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
        begun = said.decode().count("FAILED: stopped")
        assert 0 < begun < len(names)
        assert f"stopped before {len(names) - begun} more portals were begun" in said.decode()
        assert "Traceback" not in said.decode()
        assert crawls.rows("SELECT outcome FROM runs") == [("interrupted",)]
        assert crawls.rows("SELECT DISTINCT ended FROM lists") == [("stopped",)]


@pytest.mark.parametrize(
    ("moment", "outcome"),
    [
        ("spider_opened", "interrupted"),  # Scrapy forgets a stop that comes before its engine runs
        ("item_scraped", "interrupted"),
        ("spider_idle", "finished"),  # and does not wait for a spider that closes by itself just then
    ],
)
def test_a_crawl_ends_at_whatever_moment_it_is_told_to_stop(tmp_path, moment, outcome):
    with serving({COLUMN: listing([entry(2020)]), f"{COLUMN}2020.html": report(2020)}) as web:
        crawls = Crawls(tmp_path, web)
        crawls.portal("anhe", PORTAL)
        words = (crawls.archive, tmp_path / "portals", "anhe", moment)
        struck = [sys.executable, "-m", "tests.told_to_stop", *map(str, words)]
        environment = {**os.environ, "http_proxy": web.address}
        done = subprocess.run(struck, check=True, timeout=60, cwd=ROOT, env=environment, capture_output=True)
    assert (b"FAILED: stopped" in done.stderr) is (outcome == "interrupted")
    assert crawls.rows("SELECT outcome, finished_at IS NOT NULL FROM runs") == [(outcome, 1)]


@pytest.mark.parametrize(
    ("rules", "answer", "visits"),
    [
        (b"User-agent: *\nCrawl-delay: 60\n", listing([entry(2020)]), [("robots", "new")]),  # not asked is no visit
        (b"", stall(60), [("robots", "new"), ("listing", "timeout")]),
    ],
    ids=["asked slowly", "answers slowly"],
)
def test_after_ctrl_c_nobody_waits_for_a_host_that_is_slow(tmp_path, rules, answer, visits):
    robots = f"{HOST}/robots.txt"
    with serving({robots: Page(rules, headers={"Content-Type": "text/plain"}), COLUMN: answer}) as web:
        crawls = Crawls(tmp_path, web)
        crawls.portal("anhe", PORTAL)
        with crawls.start("anhe") as process:
            while len(web.asked) < len(visits):
                assert process.poll() is None
                time.sleep(0.01)
            time.sleep(0.5)  # until the rules are read
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
        assert len(web.asked) == len(visits)
        assert crawls.rows("SELECT role, outcome FROM visits ORDER BY number") == visits
        assert crawls.rows("SELECT ended FROM lists") == [("stopped",)]


def test_a_question_to_the_archive_that_is_called_off_keeps_no_other_waiting(tmp_path):
    """Ctrl-C calls off what a spider asks that has just begun."""
    writer = Writer(lambda: Archive.open(tmp_path / "a.db"))
    writer.start().result(20)
    gate = threading.Event()
    writer.do(lambda _: gate.wait(20))
    kept = writer.do(begun)
    assert kept.cancel()
    gate.set()
    asked = "SELECT count(*) FROM runs"
    assert writer.do(lambda archive: archive.connection.execute(asked).fetchone()).result(20) == (1,)
    writer.close()


def test_each_question_to_an_interface_has_answers_of_its_own(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        outcomes = []
        for night in range(2):
            run = begun(archive, f"recipe {night}")
            for number in (1, 2):
                at = datetime(2026, 1, 1 + night, 3, number, tzinfo=UTC)
                asked = visit(number, NB + "list.do", b"%d" % number, role="listing", requested_at=at)
                kept = archive.keep(run, replace(asked, method="POST", request_body=f"page={number}"))
                outcomes.append(kept.outcome)
    assert outcomes == ["new", "new", "same_bytes", "same_bytes"]


def test_where_no_worker_can_be_started_whoever_waits_learns_why(monkeypatch):
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with Pool(1) as pool, pytest.raises(OSError, match="python"):
        pool.submit(Capture("http://a.example/", b"<p>x")).result(10)


def test_a_certificate_that_breaks_the_rules_costs_no_page():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a.example")])
    dates = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC))
    builder = x509.CertificateBuilder(name, name, key.public_key(), 5, *dates)
    good = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    bad = good.replace(b"200101000000Z", b"204101000000Z")  # the 41st month
    original = crypto.load_certificate(crypto.FILETYPE_ASN1, bad)
    said = dict(certificate.facts(SimpleNamespace(certificate=SimpleNamespace(original=original))))
    assert set(said) == {"sha256", "malformed"}
    assert "validity" in said["malformed"]


def test_columns_below_a_column_are_all_walked(tmp_path):
    """A prefecture has a hundred departments and towns."""
    names = [f"d{number:03}" for number in range(120)]
    links = "".join(f'<li><a href="{name}/">{name[1:]}教育局</a></li>' for name in names)
    column = Page(f"<title>政府信息公开年报_安禾县人民政府</title><ul>{links}</ul>{'<p>　</p>' * 60}".encode())
    with serving({COLUMN: column, **{f"{COLUMN}{name}/": listing([]) for name in names}}) as web:
        crawls = Crawls(tmp_path, web)
        crawls.portal("anhe", PORTAL)
        crawls.run("anhe", DOWNLOAD_DELAY=0.0001)
        assert crawls.rows("SELECT count(*) FROM lists WHERE parent = ?", COLUMN) == [(120,)]

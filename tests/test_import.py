"""What other crawlers made is taken in: marked as theirs, tied together, never twice, and never above our own."""

import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import timedelta

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.archive import Archive
from archive.handover import reading, wacz, warc
from archive.handover.incoming import Crawl
from archive.handover.intake import Intake
from archive.handover.kinds import Territory
from archive.handover.mirror import Folder
from archive.verify import verify
from tests.archive_samples import ANHE, DAY, NB, begun, report, visit
from tests.conftest import gongkai
from tests.test_warc import PAGE, fill, write

THEIRS = "http://mirror.example/nb/2020.html"
HTML = (
    "<html><title>安和县2020年政府信息公开工作年度报告</title><p>安和县人民政府办公室依照条例编制本年度报告。".encode()
)
PROGRAM = {"software": "Heritrix/3.4.0", "operator": "安和县档案馆"}


class Foreign:
    """A WARC file as other programs write it."""

    def __init__(self, path, **options):
        self.path = path
        self._file = path.open("wb")
        self._writer = WARCWriter(self._file, gzip=True, **options)
        self._writer.write_record(self._writer.create_warcinfo_record(path.name, PROGRAM))

    def record(self, kind, url, block=b"", date="2019-05-01T03:04:05Z", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()} | {"WARC-Date": date}
        message = None
        if kind in {"response", "request", "revisit"} and block:
            head, _, rest = block.partition(b"\r\n\r\n")
            first, *lines = head.decode().split("\r\n")
            protocol, _, status = first.partition(" ")
            pairs = [tuple(line.split(": ", 1)) for line in lines]
            message, block = StatusAndHeaders(status, pairs, protocol=protocol), rest
        record = self._writer.create_warc_record(
            url, kind, payload=io.BytesIO(block), length=len(block), http_headers=message, warc_headers_dict=named
        )
        self._writer.write_record(record)
        return record.rec_headers["WARC-Record-ID"]

    def page(self, url=PAGE, body=HTML, *, status="200 OK", head="Content-Type: text/html", **more):
        block = f"HTTP/1.1 {status}\r\n{head}\r\n\r\n".encode() + body
        return self.record("response", url, block, **more)

    def close(self):
        self._file.close()
        return self.path


@pytest.fixture
def foreign(tmp_path):
    made = Foreign(tmp_path / "theirs.warc.gz")
    yield made
    made.close()


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        yield archive


def take(archive, *paths, others=False, prefix=None):
    """Take files or a folder in; the source with what it passed over, and what was kept."""
    territory = Territory.of([ANHE], others=others)
    if paths[0].is_dir():
        source = Folder(paths[0], prefix, territory)
    else:
        source = Crawl({path.name: path for path in paths}, territory)
        source.survey(lambda done, total: None)
    intake = Intake(archive, begun(archive))
    intake.take(source.visits(), lambda: None)
    archive.finish_run(intake.run, "finished", {})
    intake.close()
    return source, intake.counts


def visits(archive, columns="url, outcome"):
    return archive.connection.execute(f"SELECT {columns} FROM visits ORDER BY id").fetchall()


def sound(archive):
    return [fault.code for fault in verify(archive)] == []


# ---------------------------------------------------------------- there and back


def test_a_round_trip_gives_the_same_visits(tmp_path, archive):
    path = fill(tmp_path / "mine.db")
    write(path, tmp_path / "out")
    source, counts = take(archive, *sorted((tmp_path / "out").iterdir(), key=lambda file: -file.stat().st_size))
    assert (list(source.faults), +source.counts) == ([], Counter())
    same = (
        "SELECT v.url, v.method, v.role, v.requested_at, v.elapsed, v.status, v.outcome, v.error, v.request_headers,"
        " v.response_headers, v.remote_address, v.tls, v.body, v.truncated, v.link_text, v.position, v.request_body,"
        " v.portal, d.url, f.url FROM visits AS v LEFT JOIN visits AS d ON d.id = v.discovered_on"
        " LEFT JOIN visits AS f ON f.id = v.redirected_from ORDER BY v.requested_at, v.url"
    )
    with Archive.open(path, write=False) as mine:
        expected = mine.connection.execute(same).fetchall()
        bodies = mine.connection.execute("SELECT sha256 FROM bodies ORDER BY 1").fetchall()
    assert len(expected) == sum(counts.values()) == 11
    assert archive.connection.execute(same).fetchall() == expected
    assert archive.connection.execute("SELECT sha256 FROM bodies ORDER BY 1").fetchall() == bodies
    assert sound(archive)


def test_what_comes_home_is_known(tmp_path):
    path = fill(tmp_path / "mine.db")
    write(path, tmp_path / "out")
    with Archive.open(path) as mine:
        _, counts = take(mine, *(tmp_path / "out").iterdir())
        assert counts == {"known": 11}


def test_handed_on_twice_it_is_still_the_same(tmp_path, foreign, archive):
    foreign.page()
    take(archive, foreign.close())
    write(archive.path, tmp_path / "out")
    with Archive.open(tmp_path / "b.db") as other:
        _, counts = take(other, *(tmp_path / "out").iterdir())
        assert counts == {"new": 1}
        ((origin,),) = visits(other, "imported")
        assert json.loads(origin)["software"] == "Heritrix/3.4.0"
        _, counts = take(other, foreign.path)
        assert counts == {"known": 1}


def test_the_demo_reads_the_same_after_a_round_trip(demo, tmp_path):
    from crawler import demo as samples

    path, _ = demo
    back = tmp_path / "back.db"
    assert gongkai("export", "wacz", tmp_path, "--archive", path).returncode == 0
    words = ("import", "wacz", tmp_path / "gongkai.wacz", "--archive", back, "--portals", samples.PORTALS)
    done = gongkai(*words)
    assert done.returncode == 0, done.stderr.decode()
    sql = "SELECT portal, issuer, year, title, text, markdown, published_on, url, fetched_at, body_sha256, verdict"
    with Archive.open(path, write=False) as mine, Archive.open(back, write=False) as theirs:
        rows = [
            each.connection.execute(f"{sql} FROM current_reports ORDER BY url").fetchall() for each in (mine, theirs)
        ]
        assert rows[0] == rows[1]
        assert len(rows[0]) > 40
        runs = theirs.connection.execute("SELECT command, settings FROM runs ORDER BY id").fetchall()
        assert "import wacz" in runs[0][0]
        assert json.loads(runs[0][1])["files"][0]["sha256"] == wacz.file_hash(tmp_path / "gongkai.wacz")
        assert sound(theirs)
    again = gongkai(*words)
    assert again.returncode == 0
    assert b"0 visits taken in\n" in again.stdout
    assert b"0 pages read" in again.stdout
    shown = gongkai("show", "安禾县", "2019", "--archive", back).stdout.decode()
    assert "  imported  {" in shown


# ---------------------------------------------------------------- their ways


def test_an_answer_finds_its_request_whichever_names_the_other(foreign, archive):
    ask = b"GET /nb/2020.html HTTP/1.1\r\nHost: www.anhe.example\r\n\r\n"
    first = foreign.record("request", f"<{PAGE}>", ask)  # as wget: the request first, addresses in brackets
    foreign.page(f"<{PAGE}>", WARC_Concurrent_To=first, WARC_IP_Address="192.0.2.9")
    second = foreign.page(NB + "2019.html", HTML + b"2019")  # as warcprox
    foreign.record("request", NB + "2019.html", ask.replace(b"2020", b"2019"), WARC_Concurrent_To=second)
    take(archive, foreign.close())
    rows = visits(archive, "url, requested_at, request_headers, remote_address")
    host = '[["Host","www.anhe.example"]]'
    assert rows == [
        (PAGE, "2019-05-01T03:04:05.000Z", host, "192.0.2.9"),
        (NB + "2019.html", "2019-05-01T03:04:05.000Z", host, None),
    ]


def test_where_they_came_from_is_kept(foreign, archive):
    """As Heritrix tells it: who crawled, and from which page each address was taken."""
    foreign.page(NB, b"<html><a href=2020.html>2020</a>")
    second = foreign.page()
    foreign.record("metadata", PAGE, f"via: {NB}\r\nhopsFromSeed: L\r\n".encode(), WARC_Concurrent_To=second)
    take(archive, foreign.close())
    ((_, none, _), (origin, discovered, run)) = visits(archive, "imported, discovered_on, run")
    assert (none, discovered, run) == (None, 1, 1)
    assert json.loads(origin) == {"record": second, "file": "theirs.warc.gz", **PROGRAM, "via": NB}


@pytest.mark.skipif(not shutil.which("wget"), reason="wget is not installed")
def test_what_wget_wrote_is_read(tmp_path, archive):
    from crawler import demo as samples

    listing = "http://www.anhe.example/zwgk/zfxxgk/zfxxgknb/"
    with samples.serving(samples.sites()) as proxy:
        words = [
            "wget",
            "-q",
            "-e",
            "robots=off",
            "--warc-file=w",
            "-r",
            "-l1",
            "-A",
            "*20200*",
            "-R",
            "*page*",
            listing,
        ]
        subprocess.run(words, cwd=tmp_path, env=os.environ | {"http_proxy": proxy}, check=False, timeout=60)
    source, counts = take(archive, tmp_path / "w.warc.gz")
    assert not list(source.faults)
    assert set(counts) <= {"new", "gone"}
    (first, *rest) = visits(archive, "url, discovered_on, imported, body")
    assert first[0] == listing
    assert json.loads(first[2])["software"].startswith("Wget/")
    assert rest
    assert {row[1] for row in rest} == {1}, "wget tells by the Referer what led there"
    with Archive.open(tmp_path / "b.db") as other:
        _, counts = take(other, tmp_path)
        assert counts["new"]
        assert set(visits(other, "url, body")) <= set(visits(archive, "url, body"))


def test_redirects_are_tied_to_where_they_lead(foreign, archive):
    foreign.page(NB + "old", b"", status="302 Found", head="Location: /nb/2020.html")
    foreign.page()
    foreign.page(NB + "away", b"", status="301 Moved", head="Location: http://else.example/")
    take(archive, foreign.close())
    assert visits(archive, "outcome, redirected_from") == [("redirected", None), ("new", 1), ("off_host", None)]


@pytest.mark.parametrize("apart", [False, True], ids=["one file", "two files"])
def test_a_revisit_has_the_body_of_its_original(tmp_path, archive, apart):
    later, first = Foreign(tmp_path / "a.warc.gz", warc_version="1.1"), None
    first = Foreign(tmp_path / "b.warc.gz") if apart else later
    of = {"WARC_Refers_To_Target_URI": NB + "first.html", "WARC_Refers_To_Date": "2018-01-01T00:00:00Z"}
    profile = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Seen: again\r\n\r\n"
    later.record("revisit", PAGE, head, WARC_Profile=profile, WARC_Truncated="length", **of)  # as wget says of it
    later.record("revisit", NB + "lost.html", head, WARC_Profile=profile, WARC_Refers_To="<urn:uuid:0>")
    packed = gzip.compress(HTML)
    head = "Content-Type: text/html\r\nContent-Encoding: gzip"
    first.page(NB + "first.html", packed, head=head, date="2018-01-01T00:00:00Z")
    first.close()
    source, counts = take(archive, later.close(), *((first.path,) if apart else ()))
    assert counts == {"new": 2}
    (url, body, headers), _ = visits(archive, "url, body, response_headers")
    assert (url, archive.body(body)) == (PAGE, HTML)
    assert '["X-Seen","again"]' in headers
    assert source.counts["unresolved"] == 1
    (fault,) = source.faults
    assert "lost.html" in fault
    assert "urn:uuid:0" in fault


def test_common_crawl_cuts_and_unpacks(foreign, archive):
    head = "X-Crawler-Content-Encoding: gzip\r\nContent-Type: application/octet-stream"
    foreign.page(head=head, WARC_Truncated="length", WARC_Identified_Payload_Type="text/html")
    take(archive, foreign.close())
    ((outcome, truncated, error, origin),) = visits(archive, "outcome, truncated, error, imported")
    assert (outcome, truncated) == ("truncated", 1)
    assert "length" in error
    assert json.loads(origin)["type"] == "text/html"


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        ("404 Not Found", HTML, "gone"),
        ("403 Forbidden", HTML, "forbidden"),
        ("412 Precondition Failed", b"", "challenge"),
        ("502 Bad Gateway", b"<html>", "http_error"),
        ("302 Found", b"", "failed"),
        ("304 Not Modified", b"", "not_modified"),
        ("200 OK", b"", "new"),
    ],
)
def test_their_answers_have_our_outcomes(foreign, archive, status, body, outcome):
    foreign.page(body=body, status=status, head="Content-Type: text/html")
    take(archive, foreign.close())
    assert visits(archive, "outcome") == [(outcome,)]
    assert sound(archive)


def test_pages_and_files_are_taken_and_what_stands_around_them_is_counted(foreign, archive):
    foreign.page(NB + "style.css", b"p{}", head="Content-Type: text/css")
    foreign.page(NB + "logo", b"\x89PNG", head="Content-Type: image/png")
    foreign.page(NB + "2020.pdf", b"%PDF-1.4", head="Content-Type: application/octet-stream")
    foreign.page("http://www.anhe.example/robots.txt", b"User-agent: *", head="Content-Type: text/plain")
    foreign.page("http://other.example/", HTML)
    foreign.record("response", "dns:www.anhe.example", b"")
    source, counts = take(archive, foreign.close())
    assert visits(archive, "role") == [("attachment",), ("robots",)]
    assert +source.counts == {"furniture": 2, "elsewhere": 1}
    assert counts == {"new": 2}


def test_what_cannot_be_understood_is_named(foreign, archive):
    foreign.page(date="yesterday")
    foreign.record("response", PAGE, b"ICY 200 OK\r\nA: b\r\n\r\n")
    source, counts = take(archive, foreign.close())
    assert not counts
    first, second = source.faults
    assert ["yesterday" in first, "no HTTP answer" in second] == [True, True]
    assert all(fault.startswith("theirs.warc.gz: offset ") for fault in source.faults)


def test_a_cut_file_gives_what_it_holds(foreign, archive, tmp_path):
    for number in range(5):
        foreign.page(f"{NB}{number}.html", HTML + os.urandom(500))
    data = foreign.close().read_bytes()
    foreign.path.write_bytes(data[:-100])
    done = gongkai("import", "warc", foreign.path, "--archive", tmp_path / "b.db", "--all")
    assert done.returncode == 1
    assert b"theirs.warc.gz: offset " in done.stderr
    assert b"4 visits taken in: 4 new" in done.stdout


# ---------------------------------------------------------------- theirs and ours


def filed(archive, url=PAGE, **fields):
    (number,) = archive.connection.execute("SELECT id FROM visits WHERE url = ? ORDER BY id DESC", [url]).fetchone()
    return archive.file(number, report(url, **fields))


def test_a_lead_is_never_current_and_hides_nothing(foreign, archive):
    foreign.page(THEIRS)
    _, counts = take(archive, foreign.close(), others=True)
    assert counts == {"new": 1}
    assert archive.capture(1).portal is None
    filed(archive, THEIRS)
    assert list(archive.reports()) == []
    assert archive.search("公开") == []
    assert archive.connection.execute("SELECT url, year FROM leads").fetchall() == [(THEIRS, 2020)]
    archive.keep(begun(archive), visit(1, PAGE, HTML))
    ours = filed(archive).report_id
    assert archive.connection.execute("SELECT 1 FROM sightings WHERE copy = ?", [ours]).fetchone() is None
    assert [row["url"] for row in archive.reports()] == [PAGE]


def test_a_page_of_an_official_host_counts(foreign, archive):
    foreign.page()
    take(archive, foreign.close())
    filed(archive)
    assert [row["url"] for row in archive.reports()] == [PAGE]


def test_our_own_exchange_stands_for_the_same_bytes(foreign, archive):
    archive.keep(begun(archive), visit(1, PAGE, HTML))
    filed(archive)
    foreign.page()  # of 2019
    foreign.page(date="2026-01-01T00:00:00Z", body=HTML + b"newer")
    take(archive, foreign.close())
    assert visits(archive, "outcome") == [("new",), ("new",), ("changed",)], "theirs is compared with what was before"
    assert [number for number, _ in archive.captures()] == [1, 3]
    assert archive.count_captures(lacking="test.1") == 1
    assert archive.validators(PAGE).etag == '"1"', "no server is asked about what others were given"
    told = archive.keep(begun(archive), visit(1, PAGE, None, status=304, outcome="not_modified"))
    assert archive.capture(told.visit_id).body == HTML


def test_a_portal_keeps_its_days(foreign, archive):
    archive.keep(begun(archive), visit(1, PAGE, HTML))
    foreign.page()
    take(archive, foreign.close())
    first, last = archive.connection.execute("SELECT first_seen, last_seen FROM portals").fetchone()
    assert first == "2024-03-01T08:00:01.000Z"
    assert last > first


# ---------------------------------------------------------------- folders and packages


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "mirror"
    for name, body in {
        "www.anhe.example/nb/2020.html": HTML,
        "www.anhe.example/nb/show.jsp?id=3&p=年": HTML + b"3",
        "www.anhe.example/nb/2020.pdf": b"%PDF-1.4",
        "www.anhe.example/style.css": b"p{}",
        "www.anhe.example/nb/empty.html": b"",
        "else.example/a.html": HTML,
        "notes/a.html": HTML,
        "a.html": HTML,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        os.utime(path, (DAY.timestamp(), DAY.timestamp()))
    return folder


def test_a_folder_of_wget_has_addresses(folder, archive):
    source, counts = take(archive, folder)
    assert counts == {"new": 3}
    assert +source.counts == {"furniture": 2, "elsewhere": 1, "unaddressed": 2}
    assert {row[0] for row in visits(archive, "url")} == {PAGE, NB + "2020.pdf", NB + "show.jsp?id=3&p=%E5%B9%B4"}
    rows = visits(archive, "requested_at, status, response_headers, json_extract(imported, '$.date')")
    assert set(rows) == {("2024-03-01T08:00:00.000Z", None, "[]", "mtime")}
    assert archive.capture(1).content_type is None
    _, counts = take(archive, folder)
    assert counts == {"known": 3}
    (folder / "www.anhe.example/nb/2020.html").write_bytes(HTML + b"edited")
    _, counts = take(archive, folder)
    assert counts == {"known": 2, "changed": 1}


def test_a_folder_may_be_told_its_address(folder, archive):
    _, counts = take(archive, folder / "notes", prefix=NB)
    assert counts == {"new": 1}
    assert visits(archive, "url") == [(NB + "a.html",)]
    _, counts = take(archive, folder / "notes", prefix=NB + "other/")
    assert counts == {"new": 1}, "the same file at another address"
    _, counts = take(archive, folder / "notes", prefix=NB)
    assert counts == {"known": 1}


def test_the_time_of_a_file_makes_nothing_current(folder, archive):
    now = (DAY + timedelta(days=900)).timestamp()
    os.utime(folder / "www.anhe.example/nb/2020.html", (now, now))
    archive.keep(begun(archive), visit(1, PAGE, HTML + b"ours"))
    filed(archive)
    take(archive, folder)
    filed(archive, text="安和县2020年政府信息公开工作年度报告\n一份旧的副本。")
    (current,) = archive.reports()
    assert archive.body(current["body_sha256"]) == HTML + b"ours"


def test_what_came_from_a_folder_goes_out_without_an_exchange(folder, archive, tmp_path):
    take(archive, folder)
    write(archive.path, tmp_path / "out")
    (file,) = (tmp_path / "out").iterdir()
    kinds = Counter(record.type for record in reading.read(file))
    assert kinds == {"warcinfo": 1, "resource": 3, "metadata": 3}
    with Archive.open(tmp_path / "b.db") as other:
        take(other, file)
        columns = "url, requested_at, status, outcome, role, body, json_extract(imported, '$.date')"
        assert visits(other, columns) == visits(archive, columns)


def test_a_package_whose_hash_is_wrong_is_read_and_named(tmp_path, foreign, archive):
    foreign.page()
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w") as file:
        file.write(foreign.close(), "archive/data.warc.gz")
        listed = {"path": "archive/data.warc.gz", "hash": "sha256:" + "0" * 64}
        file.writestr("datapackage.json", json.dumps({"resources": [listed]}))
    room = tmp_path / "room"
    room.mkdir()
    found = wacz.unpack(path, room)
    assert found.faults == (f"archive/data.warc.gz: is not what datapackage.json says (sha256:{'0' * 64})",)
    _, counts = take(archive, *found.files.values())
    assert counts == {"new": 1}


def test_without_the_extra_it_says_what_to_install(archive, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "surt", None)
    with pytest.raises(warc.NoWarcTools, match=r"pip install 'gongkai\[warc\]'"):
        write(archive.path, tmp_path / "out", wacz.write)

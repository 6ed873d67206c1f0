"""What is handed over as WARC and WACZ: valid, complete, and replayed by the tools that others use."""

import base64
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.archive import Archive
from archive.handover import http, outgoing, reading, wacz, warc
from archive.handover.warc import Fault, Record
from tests.archive_samples import DAY, NB, begun, report, visit
from tests.conftest import gongkai

PAGE, COPY, MOVED = NB + "2020.html", NB + "copy.html", NB + "old.html"
BODY = "<h1>安和县2020年政府信息公开工作年度报告</h1>".encode("gb18030")
SENT = (("Accept", "text/html"), ("User-Agent", "gongkai/0.1"))
ZIPPED = (
    ("Content-Type", "text/html; charset=gb2312"),
    ("Content-Encoding", "gzip"),
    ("Content-Length", "77"),
    ("X-Name", "\xe5\xae\x89"),  # raw UTF-8, a byte a character
)
LATER = DAY + timedelta(days=30)
PYWB = os.environ.get("GONGKAI_PYWB")


def keep(archive, run, number, url=PAGE, body=BODY, **fields):
    return archive.keep(run, visit(number, url, body, request_headers=SENT, **fields))


def fill(path):
    """An archive in which each kind of visit is met."""
    with Archive.open(path) as archive:
        run = begun(archive)
        keep(archive, run, 1, NB, b"<a href=2020.html>2020</a>", role="listing", remote_address="192.0.2.7")
        page = keep(archive, run, 2, response_headers=ZIPPED, discovered_on=1, link_text="2020年\n报告", position=3)
        archive.file(page.visit_id, report())
        keep(archive, run, 3, COPY, discovered_on=1)
        to = {"status": 302, "outcome": "redirected", "response_headers": (("Location", PAGE),)}
        keep(archive, run, 4, MOVED, None, **to)
        keep(archive, run, 5, redirected_from=4)
        keep(archive, run, 6, NB + "gone.html", b"<h1>404</h1>", status=404, outcome="gone")
        keep(archive, run, 7, NB + "cut.html", b"<p>half", outcome="truncated", truncated=True)
        keep(
            archive,
            run,
            8,
            "http://zwgk.anhe.example/",
            None,
            status=None,
            outcome="dns",
            error="no such\nhost",
            response_headers=(),
        )
        keep(archive, run, 9, NB + "list.do", b"{}", method="POST", request_body="页=1&n=2", role="listing")
        archive.finish_run(run, "finished", {})
        second = begun(archive)
        keep(archive, second, 1, body=None, status=304, outcome="not_modified", requested_at=LATER)
        keep(archive, second, 2, NB + "new.html", b"<p>new", requested_at=LATER)
        archive.finish_run(second, "finished", {})
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return fill(tmp_path_factory.mktemp("a") / "a.db")


def write(path, directory, write=outgoing.write):
    hurt = []
    with Archive.open(path, write=False) as archive:
        counts = write(
            archive, directory, damaged=lambda visit, error: hurt.append((visit, str(error))), progress=lambda: None
        )
    return counts, hurt


@pytest.fixture(scope="module")
def files(path, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    counts, hurt = write(path, out)
    assert (counts["files"], counts["visits"], hurt) == (2, 11, [])
    assert not [file for file in out.iterdir() if file.suffix == ".part"]
    return sorted(out.iterdir())


@pytest.fixture(scope="module")
def records(files):
    """By type and number of the visit, as another library reads them."""
    found = {}
    for run, file in enumerate(sorted(files, key=lambda file: file.stat().st_size, reverse=True)):
        with file.open("rb") as stream:
            for record in ArchiveIterator(stream, no_record_parse=True):
                headers = dict(record.rec_headers.headers)
                assert len(headers) == len(record.rec_headers.headers)
                found.setdefault((run, headers["WARC-Type"]), []).append((headers, record.raw_stream.read()))
    return found


def of(records, kind, url, run=0):
    (found,) = [entry for entry in records[run, kind] if entry[0].get("WARC-Target-URI") == url]
    return found


def tool(name, *words):
    done = subprocess.run(
        [Path(sys.executable).with_name(name), *map(str, words)], capture_output=True, check=False, timeout=60
    )
    return done.returncode, done.stdout.decode() + done.stderr.decode()


# ---------------------------------------------------------------- records


def test_warcio_checks_and_indexes_every_file(files, records):
    code, said = tool("warcio", "check", "-v", *files)
    assert code == 0, said
    assert "fail" not in said
    checked = [entry for (_, kind), entries in records.items() for entry in entries if kind != "revisit"]  # by warcio
    assert said.count("digest pass") == len(checked), "every record has a digest that holds"
    code, said = tool("warcio", "index", *files)
    assert code == 0
    assert len(said.splitlines()) == sum(map(len, records.values()))


def test_a_gzip_member_is_a_record(files):
    for file in files:
        data, count = file.read_bytes(), 0
        while data:
            member = zlib.decompressobj(31)
            assert member.decompress(data).startswith(b"WARC/1.1\r\n")
            data, count = member.unused_data, count + 1
        assert count == len(list(reading.read(file)))


def test_an_answer_with_what_was_sent_and_what_led_there(records):
    answer, block = of(records, "response", NB)
    request, sent = of(records, "request", NB)
    assert answer["WARC-IP-Address"] == "192.0.2.7"
    assert answer["WARC-Date"] == "2024-03-01T08:00:01.000Z"
    assert answer["WARC-Warcinfo-ID"] == records[0, "warcinfo"][0][0]["WARC-Record-ID"]
    assert answer["WARC-Payload-Digest"] == f"sha256:{hashlib.sha256(b'<a href=2020.html>2020</a>').hexdigest()}"
    assert block.startswith(b"HTTP/1.1 200 OK\r\n")
    assert request["WARC-Concurrent-To"] == answer["WARC-Record-ID"]
    assert sent == b"GET /nb/ HTTP/1.1\r\nAccept: text/html\r\nUser-Agent: gongkai/0.1\r\n\r\n"
    _, said = of(records, "metadata", COPY)
    assert b"via: http://www.anhe.example/nb/\r\n" in said
    assert records[0, "metadata"][1][1].count(b"\r\n") == 4, "a line break in a link's words ends no field"


def test_headers_fit_the_bytes_and_those_of_the_wire_are_kept(records):
    _, block = next(entry for entry in records[0, "response"] if entry[0]["WARC-Target-URI"] == PAGE)
    head, _, body = block.partition(b"\r\n\r\n")
    assert body == BODY
    assert head.split(b"\r\n")[1:] == [
        b"Content-Type: text/html; charset=gb2312",
        b"X-Archive-Orig-Content-Encoding: gzip",
        b"X-Archive-Orig-Content-Length: 77",
        "X-Name: 安".encode(),
        f"Content-Length: {len(BODY)}".encode(),
    ]


def test_the_same_bytes_again_are_a_revisit(records):
    first = next(entry for entry, _ in records[0, "response"] if entry["WARC-Target-URI"] == PAGE)
    again, block = of(records, "revisit", COPY)
    assert again["WARC-Profile"].endswith("/warc/1.1/revisit/identical-payload-digest")
    assert again["WARC-Refers-To"] == first["WARC-Record-ID"]
    assert (again["WARC-Refers-To-Target-URI"], again["WARC-Refers-To-Date"]) == (PAGE, first["WARC-Date"])
    assert again["WARC-Payload-Digest"] == first["WARC-Payload-Digest"]
    assert block.endswith(b"\r\n\r\n"), "its head alone"
    unmodified, block = of(records, "revisit", PAGE, run=1)
    assert unmodified["WARC-Profile"].endswith("/server-not-modified")
    assert unmodified["WARC-Refers-To-Target-URI"] == PAGE
    assert block == b"", "replay would show a head with 304"
    assert b'"response_headers": [["Content-Type", ' in of(records, "metadata", PAGE, run=1)[1]


def test_a_failure_is_no_answer(records):
    url = "http://zwgk.anhe.example/"
    assert not [
        entry for kind in ("response", "request") for entry, _ in records[0, kind] if entry["WARC-Target-URI"] == url
    ]
    headers, block = of(records, "metadata", url)
    assert block.startswith(b"outcome: dns\r\nerror: no such host\r\n")
    assert "WARC-Concurrent-To" not in headers


def test_what_was_cut_says_so_and_a_post_has_its_words(records):
    assert of(records, "response", NB + "cut.html")[0]["WARC-Truncated"] == "disconnect"
    assert of(records, "request", NB + "list.do")[1].startswith(b"POST /nb/list.do HTTP/1.1\r\n")
    assert of(records, "request", NB + "list.do")[1].endswith("\r\n\r\n页=1&n=2".encode())


def test_the_same_archive_gives_the_same_files(path, files, tmp_path):
    write(path, tmp_path)
    assert [file.read_bytes() for file in sorted(tmp_path.iterdir())] == [file.read_bytes() for file in files]


def test_a_damaged_body_is_named_and_its_visit_still_told(path, tmp_path):
    hurt_path = tmp_path / "hurt.db"
    with Archive.open(path, write=False) as archive:
        archive.connection.execute("VACUUM INTO ?", [str(hurt_path)])
    with Archive.open(hurt_path) as archive:
        body = hashlib.sha256(b"<p>new").hexdigest()
        archive.connection.execute("UPDATE bodies SET bytes = x'00' WHERE sha256 = ?", [body])
    done = gongkai("export", "warc", tmp_path / "out", "--archive", hurt_path)
    assert done.returncode == 1
    assert body in done.stderr.decode()
    told = [record for file in (tmp_path / "out").iterdir() for record in reading.read(file)]
    assert [record.type for record in told if record.url == NB + "new.html"] == ["metadata"]


# ---------------------------------------------------------------- WACZ


@pytest.fixture(scope="module")
def package(path, tmp_path_factory):
    out = tmp_path_factory.mktemp("wacz")
    done = gongkai("export", "wacz", out, "--archive", path)
    assert done.returncode == 0, done.stderr.decode()
    assert [file.name for file in out.iterdir()] == ["gongkai.wacz"]
    return out / "gongkai.wacz"


def test_the_wacz_tool_accepts_it(package):
    code, said = tool("wacz", "validate", "-f", package)
    assert code == 0, said
    assert "valid" in said


def test_its_pages_are_the_reports_and_its_index_finds_them(package):
    with zipfile.ZipFile(package) as file:
        data = package.read_bytes()
        for member in file.infolist():
            assert member.compress_type == zipfile.ZIP_STORED
            # ReplayWeb.page reckons where the content begins by the central directory, which has no extra field
            assert data[member.header_offset + 28 :][:2] == b"\0\0"
        head, *pages = map(json.loads, file.read("pages/pages.jsonl").splitlines())
        assert head["format"] == "json-pages-1.0"
        assert [(page["url"], page["title"]) for page in pages] == [(PAGE, "安和县2020年政府信息公开工作年度报告")]
        place = json.loads(file.read("indexes/index.idx").splitlines()[1].partition(b" {")[2].join([b"{", b""]))
        block = file.read("indexes/index.cdx.gz")[place["offset"] :][: place["length"]]
        lines = gzip.decompress(block).decode().splitlines()
        assert lines == sorted(lines)
        facts = [json.loads(line[line.index("{") :]) for line in lines]
        (found,) = [fact for fact in facts if fact["url"] == NB + "gone.html"]
        assert (found["status"], found["mime"]) == ("404", "text/html")
        data = file.read(f"archive/{found['filename']}")[int(found["offset"]) :][: int(found["length"])]
    (record,) = ArchiveIterator(io.BytesIO(data), no_record_parse=True)
    assert record.rec_headers["WARC-Target-URI"] == NB + "gone.html"


def test_a_package_that_is_none_says_so(tmp_path):
    (tmp_path / "a.wacz").write_bytes(b"WARC/1.1")
    with pytest.raises(wacz.NoWacz, match="import warc"):
        wacz.unpack(tmp_path / "a.wacz", tmp_path)


@pytest.mark.skipif(not PYWB, reason="GONGKAI_PYWB names no Python that has pywb")
def test_pywb_replays_every_answer(path, files, tmp_path):
    home = tmp_path / "collections" / "g"
    for folder in ("archive", "indexes"):
        home.joinpath(folder).mkdir(parents=True)
    for file in files:
        home.joinpath("archive", file.name).write_bytes(file.read_bytes())
    manager = Path(PYWB).with_name("wb-manager")
    subprocess.run([manager, "reindex", "g"], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    with Archive.open(path, write=False) as archive:
        rows = archive.connection.execute(
            "SELECT requested_at, url, status, outcome, coalesce(body, ?) FROM visits WHERE status IS NOT NULL"
            " AND method = 'GET' ORDER BY id",
            [hashlib.sha256(b"").hexdigest()],
        ).fetchall()
    asked = "\n".join(f"{''.join(c for c in row[0][:19] if c.isdigit())} {row[1]}" for row in rows)
    script = Path(__file__).with_name("replay_pywb.py")
    done = subprocess.run(
        [PYWB, script, tmp_path], input=asked.encode(), capture_output=True, check=True, timeout=60, cwd=tmp_path
    )
    lines = [line for line in done.stdout.decode().splitlines() if line.startswith("answer ")]
    got = [json.loads(line.removeprefix("answer ")) for line in lines]
    assert len(got) == len(rows)
    for (_, url, status, outcome, body), (code, digest, location) in zip(rows, got, strict=True):
        assert (url, code) == (url, 200 if outcome == "not_modified" else status)
        assert digest == body, "after a 304 what still held"
        assert outcome != "redirected" or location.endswith(PAGE)


# ---------------------------------------------------------------- reading


def made(url, block=b"HTTP/1.1 200 OK\r\n\r\n<p>", **more):
    headers = (("WARC-Type", "response"), ("WARC-Target-URI", url), *more.items())
    return warc.encode(Record(headers, block))


@pytest.mark.parametrize("plain", [False, True], ids=["gzip", "plain"])
@pytest.mark.parametrize("harm", ["flipped", "cut", "junk"])
def test_what_is_damaged_is_named_and_the_rest_is_read(tmp_path, plain, harm):
    blocks = [f"HTTP/1.1 200 OK\r\n\r\n{number}{os.urandom(3000).hex()}".encode() for number in range(4)]
    parts = [made(f"http://a.example/{number}", block) for number, block in enumerate(blocks)]
    parts = [gzip.decompress(part) for part in parts] if plain else parts
    start = len(parts[0]) + len(parts[1])
    hurt = bytearray(parts[2])
    if harm == "flipped":
        hurt[len(hurt) // 2] ^= 0x10
    elif harm == "cut":
        del hurt[len(hurt) // 2 :]
    else:
        hurt[:] = b"junk \x1f\x8b\x08 WARC/" * 50
    file = tmp_path / "a.warc.gz"
    file.write_bytes(b"".join((parts[0], parts[1], hurt, parts[3])))
    found = list(reading.read(file))
    whole = [entry.url[-1] for entry in found if isinstance(entry, Record)]
    faults = [entry.offset for entry in found if isinstance(entry, Fault)]
    assert whole == ["0", "1", "3"]
    assert faults == [start]


def test_a_file_that_ends_early_names_its_last_record(tmp_path):
    parts = [made(f"http://a.example/{number}", b"HTTP/1.1 200 OK\r\n\r\n" + os.urandom(2000)) for number in range(2)]
    (tmp_path / "a.warc.gz").write_bytes(parts[0] + parts[1][:-300])
    first, fault = reading.read(tmp_path / "a.warc.gz")
    assert first.url == "http://a.example/0"
    assert fault.offset == len(parts[0])
    (tmp_path / "b.warc.gz").write_bytes(b"\x1f\x8b no archive")
    assert [type(entry) for entry in reading.read(tmp_path / "b.warc.gz")] == [Fault]


@pytest.mark.parametrize(
    "digest",
    [
        hashlib.sha256(BODY).hexdigest(),
        hashlib.sha256(BODY).hexdigest().upper(),
        base64.b32encode(hashlib.sha256(BODY).digest()).decode().rstrip("="),
        base64.b64encode(hashlib.sha256(BODY).digest()).decode(),
    ],
    ids=["hex", "HEX", "base32", "base64"],
)
def test_digests_in_every_writing(digest):
    assert warc.holds(f"sha256:{digest}", BODY)
    assert not warc.holds(f"sha-256:{digest}", BODY + b".")
    assert warc.holds("xxh3:12", BODY) is None, "what cannot be computed is not doubted"
    assert warc.holds("shake_128:12", BODY) is None
    assert warc.holds("sha1:年年年年", BODY) is False


def packed(coding, body):
    if coding == "br":
        import brotli

        return brotli.compress(body)
    if coding == "zstd":
        return http.zstd.compress(body)
    if coding == "raw deflate":
        packer = zlib.compressobj(wbits=-15)
        return packer.compress(body) + packer.flush()
    return gzip.compress(body) if coding == "gzip" else zlib.compress(body)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw deflate", "br", "zstd"])
@pytest.mark.parametrize("chunked", [False, True], ids=["whole", "chunked"])
def test_codings_are_undone(coding, chunked):
    raw = packed(coding, BODY)
    if chunked:
        raw = b"5;ext=1\r\n" + raw[:5] + b"\r\n" + b"%x\r\n" % len(raw[5:]) + raw[5:] + b"\r\n0\r\n\r\n"
    head = f"HTTP/2 200\r\ncontent-encoding: {coding.split()[-1]}\r\n" + "transfer-encoding: chunked\r\n" * chunked
    message = http.parse(head.encode() + b"\r\n" + raw)
    assert (message.status, http.body(message)) == (200, http.Body(BODY))


def test_a_header_that_lies_and_a_coding_that_breaks():
    plain = http.parse(
        b"HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n<p>undone before"
    )
    assert http.body(plain) == http.Body(b"<p>undone before")
    broken = http.body(http.parse(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08junk"))
    assert broken.raw == b"\x1f\x8b\x08junk"
    assert broken.undecoded.startswith("gzip: ")
    short = http.body(http.parse(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(BODY)[:-12]))
    assert short.cut
    assert BODY.startswith(short.raw)


def test_a_body_that_explodes_is_refused(monkeypatch):
    monkeypatch.setattr(http, "LARGEST", 10_000)
    for coding in ("gzip", "deflate", "br", "zstd"):
        block = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n\r\n".encode() + packed(coding, bytes(1_000_000))
        with pytest.raises(http.TooLarge):
            http.body(http.parse(block))

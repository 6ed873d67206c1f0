"""WARC files that lie, break off, explode or go on for ever: named, bounded, and all else in them is read."""

import gzip
import json
import os
import random
import re
import socket
import tracemalloc
import zipfile
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from archive.handover import http, reading, wacz
from archive.handover.faults import Faults
from archive.handover.incoming import Crawl
from archive.handover.kinds import Territory
from archive.handover.warc import Fault, Record, encode, read_fields
from tests.archive_samples import ANHE, NB
from tests.conftest import gongkai
from tests.test_import import HTML, PAGE, Foreign, archive, foreign, sound, take, visits  # noqa: F401 - two are fixtures

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"


def record(number, block=None, *, length=None, digest=False, **more):
    """A record as bytes, as it may be or as it must not be."""
    block = HEAD + HTML + b"%d" % number if block is None else block
    named = {
        "WARC-Type": "response",
        "WARC-Record-ID": f"<urn:test:{number}>",
        "WARC-Target-URI": f"{NB}{number}.html",
        "WARC-Date": "2019-05-01T03:04:05Z",
        "Content-Length": str(len(block) if length is None else length),
    } | {name.replace("_", "-"): value for name, value in more.items()}
    if digest:
        packed = encode(Record((), block))
        named["WARC-Block-Digest"] = gzip.decompress(packed).split(b"Digest: ")[1].split(b"\r\n")[0].decode()
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"WARC/1.0\r\n{head}\r\n".encode() + block + b"\r\n\r\n"


def found(path, *parts, pack=None):
    """The last characters of the addresses that were read, and the faults."""
    path.write_bytes(b"".join(map(pack, parts)) if pack else b"".join(parts))
    entries = list(reading.read(path))
    return [entry.url[-6] for entry in entries if isinstance(entry, Record)], [
        entry for entry in entries if isinstance(entry, Fault)
    ]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.warc.gz"


PACKS = pytest.mark.parametrize("pack", [None, gzip.compress], ids=["plain", "gzip"])

# ---------------------------------------------------------------- records that lie

LIES = {
    "too short": (record(1, length=30), "what comes after its 30 bytes is no record"),
    "too long by some": (record(1, length=len(HEAD + HTML) + 40), "is no record|the record is cut"),
    "past the end": (record(1, length=50_000_000), "the record is cut: "),
    "larger than any": (record(1, length=10**17), "100,000,000,000,000,000 bytes are more than the "),
    "negative": (record(1, length=-1), r"Content-Length is no number \(-1\)"),
    "a word": (record(1, length="many"), r"Content-Length is no number \(many\)"),
    "missing": (record(1).replace(b"Content-Length", b"Length"), r"Content-Length is no number \(none\)"),
    "two": (record(1, XContent_Length="7").replace(b"XContent", b"Content"), "has two of Content-Length"),
    "a wrong digest": (record(1, WARC_Block_Digest="sha1:" + "A" * 32), "not what its digest says"),
    "a head without end": (record(1)[:100], "the head of the record has two of |the head of the record is cut"),
    "an endless head": (b"WARC/1.0\r\nA: " + b"a" * 400_000, "longer than 262,144 bytes"),
    "too many lines": (record(1, **{f"X{n}": "" for n in range(2000)}), "more than 1,000 lines"),
    "endless continuation": (record(1, A="b" + "\r\n b" * 2000), "more than 1,000 lines"),
    "no type": (record(1).replace(b"WARC-Type", b"Type"), "says no WARC-Type"),
    "no record": (b"<html>" * 20, "no WARC record begins here"),
}


@PACKS
@pytest.mark.parametrize("lie", LIES)
def test_a_lie_costs_its_own_record_and_no_other(path, pack, lie):
    data, words = LIES[lie]
    parts = [record(0, digest=True), data, record(2), record(3)]
    whole, (fault, *more) = found(path, *parts, pack=pack)
    assert (whole, more) == (["0", "2", "3"], [])
    assert fault.offset == len(pack(parts[0]) if pack else parts[0])
    assert re.search(words, fault.words)


@pytest.mark.parametrize("lie", LIES)
def test_so_it_is_where_all_are_packed_as_one(path, lie):
    data, _ = LIES[lie]
    whole, faults = found(path, gzip.compress(b"".join((record(0, digest=True), data, record(2), record(3)))))
    assert (whole, [fault.offset for fault in faults]) == (["0", "2", "3"], [0])


def test_what_is_in_a_page_is_no_record_of_the_file(path):
    """A site that serves a WARC file, or words that look like one, is believed nothing."""
    forged = HEAD + record(7) + gzip.compress(record(8))
    wrong = record(1, forged, WARC_Block_Digest="sha1:" + "A" * 32)
    for pack in (None, gzip.compress, lambda data: gzip.compress(data, 0)):
        whole, faults = found(path, record(0), record(1, forged), wrong, record(3), pack=pack)
        assert (whole, len(faults)) == (["0", "1", "3"], 1)


def test_a_record_that_is_sound_by_its_digest_is_taken_whatever_follows(path):
    assert found(path, record(1, digest=True), b"\0" * 99, record(2))[0] == ["1", "2"]
    whole, (fault,) = found(path, record(1), b"\0" * 99, record(2))
    assert (whole, fault.offset) == (["2"], 0)


def test_gzip_in_every_mixture(path):
    one, two, three, four = map(record, range(1, 5))
    whole, faults = found(path, gzip.compress(one + two), three, gzip.compress(b""), gzip.compress(four))
    assert (whole, faults) == (["1", "2", "3", "4"], [])
    whole, (fault,) = found(path, gzip.compress(one + two)[:-8], gzip.compress(three))
    assert (whole, fault.offset) == (["3"], 0), "of a member whose checksum is wrong nothing is sure"
    assert "cannot be unpacked" in fault.words
    bare = one.rstrip(b"\r\n")
    head, _, block = two.partition(b"\r\n\r\n")
    unix = head.replace(b"\r\n", b"\n") + b"\n\n" + block
    assert found(path, bare, b"\r\n" * 5000, two, bare, unix) == (["1", "2", "1", "2"], [])


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"\x28\xb5\x2f\xfd1234", "zstd -d"),
        (b"filedesc://a.arc 0.0.0.0 2019 text/plain 9\n", "warcio recompress"),
        (b"PK\x03\x04", "import wacz"),
    ],
)
def test_another_kind_of_file_is_told_by_its_name(path, start, words):
    (fault,) = found(path, start)[1]
    assert words in fault.words


def test_a_bomb_is_passed_over_in_little_memory(path):
    packed = gzip.compress(record(1, HEAD + bytes(90_000_000)), 1)
    lines = gzip.compress(b"WARC/1.0\r\n" + b"A: b\r\n" * 1_000_000, 1)
    blank = gzip.compress(b"\r\n" * 5_000_000 + record(4), 1)
    path.write_bytes(packed + lines + gzip.compress(record(3)) + blank)
    tracemalloc.start()
    entries = list(reading.read(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [entry.url[-6] for entry in entries if isinstance(entry, Record)] == ["3", "4"]
    assert [entry.offset for entry in entries if isinstance(entry, Fault)] == [0, len(packed)]
    assert peak < 20_000_000


def test_a_file_that_is_nothing_but_faults_is_given_up(path, monkeypatch):
    monkeypatch.setattr(reading, "_PATIENCE", 1 << 24)
    whole, faults = found(path, record(0), b"WARC/1.0\r\n" * 100_000, record(1))
    assert whole == ["0"]
    assert len(faults) < 100
    assert "it is given up" in faults[-1].words


def test_very_many_faults_are_counted_and_the_first_are_told():
    faults = Faults()
    for number in range(2500):
        faults.add(f"a: offset {number}: \x1b[2J{'x' * 9000}", "a")
    faults.add("b: offset 0: other", "b")
    told = list(faults)
    assert (len(faults), len(told)) == (2501, 1002)
    assert told[-1].startswith("a: 1,500 more ")
    assert all(words.isprintable() and len(words) < 600 for words in told)


EDITS = st.lists(
    st.tuples(
        st.integers(0, 3000),
        st.integers(0, 200),
        st.sampled_from([b"", b"\0", b"\r\n", b"WARC/1.0\r\n", b"\x1f\x8b\x08", b"Content-Length: 9\r\n", b"\xff" * 9]),
    ),
    min_size=1,
    max_size=4,
)


@example(edits=[(0, 0, b"WARC/1.0\r\n"), (992, 200, b"\r\n")], packing="each", after=False)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS, packing=st.sampled_from(["plain", "each", "all"]), after=st.booleans())
def test_whatever_is_done_to_a_file_the_record_behind_it_is_read(path, edits, packing, after):
    data = bytearray(b"".join(map(record, range(4))))
    if packing == "each":
        data = bytearray(b"".join(gzip.compress(record(number)) for number in range(4)))
    packed_after = packing == "all" and after  # damage to the packed bytes, or before they are packed
    if packed_after:
        data = bytearray(gzip.compress(bytes(data)))
    for at, gone, put in edits:
        data[at : at + gone] = put
    if packing == "all" and not after:
        data = bytearray(gzip.compress(bytes(data)))
    # a length that was changed may swallow what follows, but for a record that says its digest
    last = [record(number, digest=True) for number in (8, 9)]
    parts = last if packing == "plain" else map(gzip.compress, last)
    path.write_bytes(bytes(data) + b"".join(parts))
    entries = list(reading.read(path))
    assert entries[-1].url[-6] == "9"
    assert all(0 <= entry.offset < path.stat().st_size for entry in entries)


# ---------------------------------------------------------------- what is in the records


def test_a_record_without_identity_or_with_that_of_others_is_not_lost(path, archive):  # noqa: F811 - a fixture
    same = (record(number, WARC_Record_ID="<urn:uuid:same>") for number in range(3))
    none = (record(number, WARC_Record_ID="") for number in range(3, 6))
    asked = record(3, b"GET / HTTP/1.1\r\nA: b\r\n\r\n", WARC_Type="request", WARC_Record_ID="")
    path.write_bytes(b"".join((*same, *none, asked)))
    assert [take(archive, path)[1] for _ in range(2)] == [{"new": 6}, {"known": 6}]
    assert set(visits(archive, "request_headers")) == {("[]",)}, "a request that names nobody is nobody's"


def test_an_identity_that_very_many_have_is_no_reason_to_go_on_for_ever(foreign, archive):  # noqa: F811 - fixtures
    for number in range(120):
        foreign.page(f"{NB}{number}.html", WARC_Record_ID="<urn:uuid:same>")
    _, counts = take(archive, foreign.close())
    assert counts == {"new": 100, "indistinct": 20}


def test_requests_and_notes_without_an_answer_are_counted(foreign, archive):  # noqa: F811 - fixtures
    ask = b"GET / HTTP/1.1\r\nHost: www.anhe.example\r\n\r\n"
    page = foreign.page()
    foreign.record("request", PAGE, ask, WARC_Concurrent_To=page)
    foreign.record("request", PAGE, ask, WARC_Concurrent_To="<urn:uuid:lost>")
    foreign.record("request", PAGE, ask)
    foreign.record("metadata", PAGE, b"via: http://a/\r\n", WARC_Concurrent_To="<urn:uuid:lost>")
    source, counts = take(archive, foreign.close())
    assert (counts, +source.counts) == ({"new": 1}, {"unanswered": 2, "unattached": 1})
    ((headers,),) = visits(archive, "request_headers")
    assert "www.anhe.example" in headers


def test_very_many_requests_are_noted_in_little_memory(path):
    with path.open("wb") as file:
        for number in range(3_000):
            block = b"GET / HTTP/1.1\r\nHost: www.anhe.example\r\n\r\n"
            file.write(record(number, block, WARC_Type="request", WARC_Concurrent_To=f"<urn:test:a{number}>"))
    crawl = Crawl({path.name: path}, Territory.of([ANHE], others=False))
    tracemalloc.start()
    crawl.survey(lambda done, total: None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    crawl.close()
    assert crawl.counts["unanswered"] == 3_000
    assert peak < 2_000_000, "what SQLite keeps is not counted: it has a limit of its own"


def test_what_is_too_long_beside_an_answer_is_named_and_the_answer_taken(foreign, archive):  # noqa: F811 - fixtures
    page = foreign.page()
    foreign.record("request", PAGE, b"POST / HTTP/1.1\r\nA: b\r\n\r\n" + bytes(2 << 20), WARC_Concurrent_To=page)
    foreign.record("metadata", PAGE, b"\n" * (5 << 20), WARC_Concurrent_To=page)
    source, counts = take(archive, foreign.close())
    assert counts == {"new": 1}
    first, second = source.faults
    assert "a request of 2,097," in first
    assert "a metadata of 5,242,880 bytes is not read" in second


def test_answers_that_explode_or_never_end_are_named(foreign, archive, monkeypatch):  # noqa: F811 - fixtures
    monkeypatch.setattr(http, "LARGEST", 1 << 20)
    foreign.page(NB + "chunks", b"1\r\na\r\n" * (1 << 20), head="Transfer-Encoding: chunked")
    foreign.page(NB + "zeros", gzip.compress(bytes(2 << 20)), head="Content-Encoding: gzip")
    foreign.page(NB + "codings", HTML, head="Content-Type: text/html\r\nContent-Encoding: " + ", ".join(["gzip"] * 99))
    foreign.page()
    source, counts = take(archive, foreign.close())
    assert counts == {"new": 1, "failed": 1}
    assert [fault.partition(": ")[2].partition("/nb/")[2] for fault in source.faults] == [
        "chunks: unpacked its body has more than 1,048,576 chunks: it is not taken",
        "zeros: unpacked its body has more than 67,108,864 bytes: it is not taken",
    ]


def test_a_head_without_end_is_no_answer():
    assert http.parse(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000).status is None
    assert http.parse(b"HTTP/1.1 200 OK\r\na: b").headers == (("a", "b"),)


def test_gzip_members_one_after_the_other_are_one_body():
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    packed = gzip.compress(b"<p>one") + gzip.compress(b"<p>two")
    assert http.body(http.parse(head + packed)) == http.Body(b"<p>one<p>two")
    assert http.body(http.parse(head + packed[:-9])).cut
    assert http.body(http.parse(head + gzip.compress(b"") * 2000)).undecoded == "gzip: more than 1024 gzip members"


def test_addresses_that_are_none(foreign, archive):  # noqa: F811 - fixtures
    foreign.page(NB + "bad", b"", status="302 Found", head="Location: http://[::1/")
    foreign.page("http://[::1/")
    _, counts = take(archive, foreign.close())
    assert counts == {"off_host": 1}
    assert sound(archive)


def test_a_date_to_come_is_not_believed(foreign, archive):  # noqa: F811 - fixtures
    ahead = datetime.now(UTC) + timedelta(days=3)
    foreign.page(date=ahead.isoformat())
    foreign.page(NB + "now.html", date=(ahead - timedelta(days=2, hours=23)).isoformat())
    source, counts = take(archive, foreign.close())
    assert counts == {"new": 1}
    assert ["is in the future" in fault for fault in source.faults] == [True]


def test_a_segment_is_not_taken_for_the_whole(foreign, archive):  # noqa: F811 - fixtures
    foreign.page(WARC_Segment_Number="1")
    source, counts = take(archive, foreign.close())
    assert not counts
    assert ["segments" in fault for fault in source.faults] == [True]


def test_a_revisit_whose_digest_is_another_has_not_that_original(path, archive):  # noqa: F811 - a fixture
    foreign = Foreign(path, warc_version="1.1")  # noqa: F811 - this file has another version
    first = foreign.page(NB + "first.html", WARC_Payload_Digest="sha1:" + "A" * 32)
    profile = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    told = {"WARC_Profile": profile, "WARC_Refers_To": first}
    foreign.record("revisit", NB + "1.html", HEAD, WARC_Payload_Digest="sha1:" + "B" * 32, **told)
    foreign.record("revisit", NB + "2.html", HEAD, WARC_Payload_Digest="sha1:" + "A" * 32, **told)
    source, counts = take(archive, foreign.close())
    assert counts == {"new": 2}
    assert [("1.html" in fault, "its original is in none" in fault) for fault in source.faults] == [(True, True)]


def test_an_original_is_found_in_a_file_packed_as_a_whole_and_on_another_host(path, archive):  # noqa: F811 - a fixture
    elsewhere = {"WARC_Target_URI": "http://cdn.example/a.html"}
    again = {"WARC_Type": "revisit", "WARC_Profile": "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"}
    parts = (record(0), record(1, **elsewhere), record(2, HEAD, WARC_Refers_To="<urn:test:1>", **again))
    path.write_bytes(gzip.compress(b"".join(parts)))
    source, counts = take(archive, path)
    assert (counts, +source.counts, list(source.faults)) == ({"new": 2}, {"elsewhere": 1}, [])
    ((body,),) = archive.connection.execute("SELECT body FROM visits WHERE url = ?", [NB + "2.html"]).fetchall()
    assert archive.body(body) == HTML + b"1"


def test_a_revisit_of_what_was_cut_is_cut(path, archive):  # noqa: F811 - a fixture
    again = {"WARC_Type": "revisit", "WARC_Profile": "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"}
    parts = (record(0, WARC_Truncated="time"), record(1, HEAD, WARC_Refers_To="<urn:test:0>", **again))
    path.write_bytes(b"".join(parts))
    take(archive, path)
    assert visits(archive, "outcome, truncated") == [("truncated", 1)] * 2


def test_lines_end_where_warc_says_they_do():
    said = json.dumps({"link_text": "年\u2028报\x85告"}, ensure_ascii=False)
    assert read_fields(f"via: a\r\ngongkai-visit: {said}\r\n".encode()) == {"via": "a", "gongkai-visit": said}


# ---------------------------------------------------------------- folders and packages


def test_what_is_no_file_of_a_folder_is_named(tmp_path, archive):  # noqa: F811 - a fixture
    folder = tmp_path / "www.anhe.example"
    folder.joinpath("inner").mkdir(parents=True)
    folder.joinpath("a.html").write_bytes(HTML)
    os.mkfifo(folder / "pipe.html")
    folder.joinpath("link").symlink_to(tmp_path)  # of a folder: not gone into
    with socket.socket(socket.AF_UNIX) as end, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # its name must be short
        end.bind("s.html")
        source, counts = take(archive, tmp_path.joinpath())
    assert counts == {"new": 1}
    assert [fault.removeprefix("www.anhe.example/") for fault in source.faults] == [
        "link: is a symbolic link: put what it leads to in its place",
        "pipe.html: is neither file nor folder: it is not read",
        "s.html: is neither file nor folder: it is not read",
    ]


def test_a_time_that_is_none_is_named(tmp_path, archive):  # noqa: F811 - a fixture
    folder = tmp_path / "m" / "www.anhe.example"
    folder.mkdir(parents=True)
    folder.joinpath("a.html").write_bytes(HTML)
    os.utime(folder / "a.html", ns=(0, -70_000_000_000 * 10**9))
    source, counts = take(archive, tmp_path / "m")
    stored = folder.joinpath("a.html").stat().st_mtime
    assert (
        counts == {"new": 1} if stored > -60_000_000_000 else ["its time is none" in fault for fault in source.faults]
    )


def test_a_member_of_zeros_is_not_unpacked(tmp_path):
    path, room = tmp_path / "a.wacz", tmp_path / "room"
    room.mkdir()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/bomb.warc", bytes(50_000_000))
        file.writestr("archive/page.warc", b"".join(record(number, HEAD + HTML * 50) for number in range(40)))
    unpacked = wacz.unpack(path, room)
    assert list(unpacked.files) == ["archive/page.warc"]
    assert ["archive/bomb.warc: " in fault and "that unpack to 50,000,000" in fault for fault in unpacked.faults] == [
        True
    ]


@pytest.mark.parametrize("large", [False, True], ids=["zip", "zip64"])
def test_a_list_of_files_without_end_is_not_read(tmp_path, large):
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/a.warc", record(0))
    data = bytearray(path.read_bytes())
    size = (1 << 30).to_bytes(8, "little")
    at = data.rindex(b"PK\x05\x06")
    if large:
        data[at:at] = b"PK\x06\x06" + bytes(36) + size + bytes(8) + b"PK\x06\x07" + bytes(16)
    else:
        data[at + 12 : at + 16] = size[:4]
    path.write_bytes(data)
    with pytest.raises(wacz.NoWacz, match=r"a\.wacz: its list of files takes 1,073,741,824 bytes"):
        wacz.unpack(path, tmp_path)


def test_what_cannot_be_read_twice_and_what_is_no_file_are_told_apart(path, tmp_path):
    os.mkfifo(tmp_path / "pipe.warc")
    done = gongkai("import", "warc", tmp_path / "pipe.warc", "--archive", tmp_path / "a.db")
    assert done.returncode == 1
    assert b"pipe.warc: is no file that can be read twice: save it to one" in done.stderr
    tmp_path.joinpath("folder.warc").mkdir()
    left = tmp_path / ".a.db.unpacked"  # of an import that was killed
    left.mkdir()
    left.joinpath("0").write_bytes(b"x")
    with zipfile.ZipFile(tmp_path / "a.wacz", "w") as file:
        file.writestr("archive/a.warc", record(0))
    for words in (("warc", tmp_path), ("wacz", tmp_path / "a.wacz")):
        done = gongkai("import", *words, "--archive", tmp_path / "a.db", "--all")
        if words[0] == "warc":
            assert b"holds no .warc or .warc.gz file" in done.stderr
        else:
            assert (done.returncode, done.stdout.startswith(b"1 visits taken in: 1 new\n")) == (0, True)
    assert not left.exists()


def test_random_bytes_are_no_archive(path):
    chance = random.Random(3)
    for start in (b"", b"\x1f\x8b\x08", zlib.compress(b"WARC/1.0"), b"WARC/1.0\r\n"):
        path.write_bytes(start + chance.randbytes(50_000))
        assert [type(entry) for entry in reading.read(path)] == [Fault]

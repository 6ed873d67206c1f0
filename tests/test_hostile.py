"""What is taken in may have been made to do harm: it costs itself, is named, and the rest is read."""

import io
import json
import os
import random
import shutil
import sqlite3
import zipfile
from contextlib import closing

import pytest

from archive.archive import Archive
from archive.handover import wacz
from archive.verify import verify
from tests.conftest import gongkai
from tests.test_import import HTML, Foreign, take, visits
from tests.test_warc import PAGE, fill

FACTS = {"run": "a" * 32, "number": 3, "role": "report", "outcome": "fetched", "method": "GET"}
DRAWN = FACTS | {"method": "RENDER"}


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        yield archive


@pytest.fixture
def foreign(tmp_path):
    return Foreign(tmp_path / "theirs.warc.gz")


@pytest.fixture
def room(tmp_path):
    room = tmp_path / "room"
    room.mkdir()
    return room


def warc_file(tmp_path, name, url=PAGE, body=HTML):
    file = Foreign(tmp_path / name)
    file.page(url, body)
    return file.close()


# ---------------------------------------------------------------- records


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-12:00", "2020-02-30T00:00:00Z"])
def test_a_date_outside_the_calendar_is_named(foreign, archive, date):
    foreign.page(date=date)
    foreign.page(PAGE + "?2")
    source, counts = take(archive, foreign.close())
    assert counts == {"new": 1}
    assert [date in fault for fault in source.faults] == [True]


@pytest.mark.parametrize(
    "facts",
    [
        json.dumps(FACTS | {"number": 1 << 70}),
        json.dumps(FACTS | {"number": -1}),
        json.dumps(FACTS | {"position": 1 << 63}),
        json.dumps(FACTS | {"elapsed": float("nan")}),
        json.dumps(FACTS | {"imported": {"record": float("nan")}}),
        json.dumps(DRAWN | {"rendering": {"of": 1, "turned": [1]}}),
        json.dumps(DRAWN | {"rendering": {"of": 1, "turned": 1 << 70}}),
        json.dumps(DRAWN | {"rendering": {"of": 1, "turned": 0, "more": float("inf")}}),
        json.dumps(FACTS)[:-1] + ', "imported": {"record": 1e999}}',
        "[" * 100_000,
        "{}",
    ],
)
def test_what_a_forged_record_says_of_a_visit_is_named_and_not_believed(foreign, archive, facts):
    record = foreign.page()
    foreign.record("metadata", PAGE, f"gongkai-visit: {facts}".encode(), WARC_Concurrent_To=record)
    foreign.page(PAGE + "?2")
    source, counts = take(archive, foreign.close())
    assert counts == {"new": 2}
    assert ["gongkai-visit" in fault and PAGE in fault for fault in source.faults] == [True]
    assert not list(verify(archive))


def test_a_drawing_that_says_nothing_of_itself_is_taken_all_the_same(foreign, archive, tmp_path):
    record = foreign.page()
    said = json.dumps(DRAWN | {"rendering": {}})
    foreign.record("metadata", PAGE, f"gongkai-visit: {said}".encode(), WARC_Concurrent_To=record)
    _, counts = take(archive, foreign.close())
    assert counts == {"new": 1}
    assert not list(verify(archive))
    assert gongkai("export", "warc", tmp_path / "out", "--archive", archive.path).returncode == 0


# ---------------------------------------------------------------- packages


def test_files_of_one_name_in_two_folders_are_both_read(tmp_path, room):
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w") as file:
        for folder in ("one", "two"):
            file.write(warc_file(tmp_path, "d.warc.gz", f"{PAGE}?{folder}"), f"archive/{folder}/data.warc.gz")
    assert list(wacz.unpack(path, room).files) == ["archive/one/data.warc.gz", "archive/two/data.warc.gz"]
    target = tmp_path / "b.db"
    done = gongkai("import", "wacz", path, "--archive", target, "--all")
    assert b"2 visits taken in: 2 new" in done.stdout
    with Archive.open(target, write=False) as archive:
        assert [row[0] for row in visits(archive, "json_extract(imported, '$.file')")] == [
            "a.wacz/archive/one/data.warc.gz",
            "a.wacz/archive/two/data.warc.gz",
        ]


def test_names_lead_nowhere_outside(tmp_path, room):
    path = tmp_path / "a.wacz"
    names = [
        "archive/../../out.warc.gz",
        "archive//etc/out.warc",
        f"archive/{'n' * 300}.warc",
        "archive/..\\out.warc.gz",
    ]
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, "WARC/1.1")
    before = set(tmp_path.iterdir())
    found = wacz.unpack(path, room)
    assert [file.parent for file in found.files.values()] == [room] * 4
    assert set(tmp_path.iterdir()) == before


def test_what_would_fill_the_disk_is_refused_before_it_is_unpacked(tmp_path, room):
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/a.warc", bytes(1000))
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02") + 24  # its size, as the list at the end of the file says it
    data[at : at + 4] = b"\xfe\xff\xff\xff"
    more = io.BytesIO(data)
    with zipfile.ZipFile(more) as file:
        (member,) = file.infolist()
        copies = shutil.disk_usage(room).free // member.file_size + 1
    with zipfile.ZipFile(more, "a") as file:
        file.filelist += [member] * copies
        file._didModify = True
    path.write_bytes(more.getvalue())
    with pytest.raises(wacz.NoWacz, match=r"a\.wacz: unpacked it takes [\d,]+ bytes, and .*make room"):
        wacz.unpack(path, room)
    assert not list(room.iterdir())


@pytest.mark.parametrize(
    "listed", [b"[" * 100_000, b"{", b'{"resources": 3}', b'{"resources": [{"path": []}]}', b"\xff"]
)
def test_a_list_that_cannot_be_read_is_named(tmp_path, room, listed):
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w") as file:
        file.write(warc_file(tmp_path, "d.warc.gz"), "archive/data.warc.gz")
        file.writestr("datapackage.json", listed)
    found = wacz.unpack(path, room)
    assert len(found.files) == 1
    assert ["datapackage.json: cannot be read" in fault for fault in found.faults] == [True]


def test_a_packing_of_no_wacz_is_named_and_the_rest_is_read(tmp_path, room):
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w") as file:
        file.write(warc_file(tmp_path, "d.warc.gz"), "archive/data.warc.gz")
        file.writestr("archive/odd.warc", b"WARC/1.1", zipfile.ZIP_LZMA)
    found = wacz.unpack(path, room)
    assert list(found.files) == ["archive/data.warc.gz"]
    assert ["archive/odd.warc" in fault for fault in found.faults] == [True]


def test_a_damaged_package_gives_what_it_holds_or_says_that_it_is_none(tmp_path, room):
    path = tmp_path / "a.wacz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(warc_file(tmp_path, "d.warc.gz"), "archive/data.warc.gz")
        file.writestr("datapackage.json", json.dumps({"resources": []}))
    data = path.read_bytes()
    chance = random.Random(7)
    read, refused = 0, []
    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 5))):
            damaged[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            read += bool(wacz.unpack(path, room).files)
        except wacz.NoWacz as error:
            refused.append(str(error))
    assert read
    assert read + len(refused) == 300
    assert all(words.startswith(f"{path}: ") for words in refused)


# ---------------------------------------------------------------- folders


def test_names_of_another_encoding_and_links_that_lead_outside(tmp_path, archive):
    folder = tmp_path / "mirror" / "www.anhe.example" / "nb"
    folder.mkdir(parents=True)
    folder.joinpath(os.fsdecode("年报.html".encode("gbk"))).write_bytes(HTML)
    secret = tmp_path / "secret.html"
    secret.write_bytes(HTML + b"secret")
    folder.joinpath("link.html").symlink_to(secret)
    folder.joinpath("lost.html").symlink_to(tmp_path / "nowhere")
    source, counts = take(archive, tmp_path / "mirror")
    assert counts == {"new": 1}
    assert visits(archive, "url") == [("http://www.anhe.example/nb/%C4%EA%B1%A8.html",)]
    assert [fault.partition(": ")[2] for fault in source.faults] == [
        "is a symbolic link: put what it leads to in its place"
    ] * 2
    assert take(archive, tmp_path / "mirror")[1] == {"known": 1}
    assert not list(verify(archive))


# ---------------------------------------------------------------- archives


def test_words_that_are_no_json_are_damage_and_say_so(tmp_path):
    path = tmp_path / "a.db"
    fill(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE reports SET evidence = '[{'")
    done = gongkai("export", "jsonl", tmp_path / "out", "--archive", path)
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: the archive cannot be read: ")
    assert b"gongkai verify" in done.stderr

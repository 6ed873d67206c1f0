"""Bodies are packed against what the archive has already, and come back byte for byte."""

import multiprocessing
import os
import random
import re
import signal
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import bodies, cli, codec, likeness
from archive.archive import Archive
from archive.compress import LEVEL, compress
from archive.errors import DamagedBody, NoSuchVisit
from archive.verify import verify
from tests.archive_samples import ANHE, NB, begun, visit

WORDS = "公开 申请 答复 机构 条例 信息 年度 报告 政府 制度 平台 解读 回应 监督 保障 目录 栏目 更新 受理 办结".split()


def words(chance, count):
    return "".join(chance.choices(WORDS, k=count))


def page(number, dress="蓝", length=300):
    """A page of a portal: much chrome that all of them share, a text of its own."""
    chrome, own = random.Random(dress), random.Random(number)
    menu = "\n".join(f'<li><a href="/{dress}/lm{n}/">{words(chrome, 8)}</a></li>' for n in range(150))
    text = "\n".join(f"<p>{words(own, 12)}</p>" for _ in range(length // 12))
    return f"<html><ul>\n{menu}\n</ul><div>{text}</div></html>".encode()


def listing(entries):
    rows = "\n".join(
        f'<li><a href="./202401/t202401{n % 28 + 1:02}_{40_000 + 37 * n}.html" target="_blank">安和县{n}年度报告</a>'
        f"<span>2024-01-{n % 28 + 1:02}</span></li>"
        for n in entries
    )
    return page(0, "列表", 0).replace(b"<div>", f"<div><ul>\n{rows}\n</ul>".encode())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.db"


def keep(path, raws, urls=None):
    """Keep bodies in a run of their own; tells their hashes."""
    with Archive.open(path) as archive:
        run = begun(archive)
        hashes = []
        for number, raw in enumerate(raws, 1):
            url = urls[number - 1] if urls else f"{NB}{run}-{number}.html"
            hashes.append(archive.keep(run, visit(number, url, raw)).body_sha256)
        archive.finish_run(run, "finished", {})
    return hashes


ID = "SELECT id FROM bodies WHERE sha256 = ?"


def write(path, sql, *values):
    """Change the file behind the archive's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(sql, values)


def rows(path):
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT b.sha256, b.codec, r.sha256, b.level, length(b.bytes) FROM bodies AS b"
            " LEFT JOIN bodies AS r ON r.id = b.reference ORDER BY b.id"
        )
        return {row[0]: row[1:] for row in found}


def read(path, hashes):
    with Archive.open(path, write=False) as archive:
        return [archive.body(sha256) for sha256 in hashes]


def depth(stored, sha256):
    below = stored[sha256][1]
    return 0 if below is None else 1 + depth(stored, below)


def faults(path):
    with Archive.open(path, write=False) as archive:
        return [fault for fault in verify(archive) if fault.severity == "error"]


def alone(raw):
    return len(codec.pack(raw)[1])


# ---------------------------------------------------------------- what is kept


def test_a_page_is_packed_against_the_most_similar_one_before_it(path):
    raws = [page(n, dress) for n, dress in enumerate("蓝红蓝红蓝红")]
    hashes = keep(path, raws)
    stored = rows(path)
    assert [stored[sha256][1] is None for sha256 in hashes] == [True, True, False, False, False, False]
    for number in (2, 3, 4, 5):
        assert stored[hashes[number]][1] in {hashes[other] for other in range(number) if other % 2 == number % 2}
        assert stored[hashes[number]][3] < 0.5 * alone(raws[number])
    assert read(path, hashes) == raws
    assert not faults(path)


def test_it_goes_on_where_an_earlier_run_ended(path):
    first, second = keep(path, [page(1)]), keep(path, [page(2)])
    assert rows(path)[second[0]][1] == first[0]


def test_portals_do_not_borrow_from_each_other_and_strange_pages_stand_alone(path):
    hashes = keep(path, [page(1), page(2, "红"), os.urandom(30_000), b"<p>404</p>", b""])
    assert {row[1] for row in rows(path).values()} == {None}
    assert [rows(path)[sha256][0] for sha256 in hashes] == ["zstd", "zstd", "none", "none", "none"]


def test_a_listing_that_changes_every_night_costs_tens_of_bytes(path):
    nights = [listing(range(2000 + night, 1980, -1)) for night in range(60)]
    hashes = keep(path, nights, [NB] * len(nights))
    sizes = [rows(path)[sha256][3] for sha256 in hashes[1:]]
    assert sorted(sizes)[len(sizes) // 2] < 100
    assert max(sizes) < 400
    assert read(path, hashes) == nights


def test_the_last_body_of_an_address_is_found_among_all_others(path):
    first, *_ = keep(
        path, [listing(range(40)), *(page(n) for n in range(40))], [NB, *(f"{NB}{n}.html" for n in range(40))]
    )
    (changed,) = keep(path, [listing(range(41))], [NB])
    assert rows(path)[changed][1] == first


def test_chains_are_bounded_and_begin_anew(path):
    nights = [listing(range(night, -1, -1)) for night in range(50)]
    hashes = keep(path, nights, [NB] * len(nights))
    stored = rows(path)
    depths = [depth(stored, sha256) for sha256 in hashes]
    assert max(depths) == bodies.DEPTH
    assert depths.count(1) >= 2, "a full chain is followed by a new one on the same foot"
    assert depths.count(0) == 1


def test_large_bodies_rest_on_few(path):
    raws = [
        page(n, "大", 12) + b"<p>" + random.Random(7).randbytes(400_000).hex().encode() + b"%d</p>" % n
        for n in range(6)
    ]
    hashes = keep(path, raws)
    stored = rows(path)
    assert max(depth(stored, sha256) for sha256 in hashes) == 1, "two of them are more than may be unpacked for a third"
    assert sum(stored[sha256][3] for sha256 in hashes[1:]) < 4_000
    assert read(path, hashes) == raws


def large(number):
    """A page with a list of half a megabyte that all of its kind share."""
    return page(number, "大", 12) + b"<p>" + random.Random(7).randbytes(250_000).hex().encode() + b"%d</p>" % number


@pytest.mark.parametrize("at_once", [True, False])
def test_a_new_chain_begins_on_a_body_of_its_own_kind(path, at_once):
    """The first of a kind may rest on a page of another kind, with which it shares a little: that is no foot for it."""
    menu = b"\n".join(b"<li>%s</li>" % random.Random(n).randbytes(40).hex().encode() for n in range(20))
    raws = [page(0).replace(b"<ul>", b"<ul>" + menu), *(large(n).replace(b"<ul>", b"<ul>" + menu) for n in range(8))]
    hashes = keep(path, raws) if at_once else [sha256 for raw in raws for sha256 in keep(path, [raw])]
    stored = rows(path)
    assert stored[hashes[1]][1] == hashes[0]
    assert max(stored[sha256][3] for sha256 in hashes[2:]) < 2_000
    assert read(path, hashes) == raws


SKETCHES = st.lists(st.frozensets(st.integers(0, 40), max_size=20), min_size=1, max_size=90)


@settings(max_examples=40, deadline=None)
@given(SKETCHES, st.frozensets(st.integers(0, 40)))
def test_the_nearest_is_the_one_of_the_last_that_shares_most(kept, pieces):
    nearness = likeness.Likeness(sqlite3.connect(":memory:"), lambda _: None)
    nearness.begin("anhe")
    for number, its in enumerate(kept):
        nearness.add("anhe", str(number), its)
    last = list(enumerate(kept))[-30:]
    shared, _, key = max((len(its & pieces), number, str(number)) for number, its in last)
    found = nearness.nearest("anhe", pieces, None)
    assert found == ((key, shared) if shared else (None, 0))


def test_a_reference_far_back_is_found_in_large_bodies():
    chance = random.Random(3)
    before = b"".join(b"<li>%s</li>\n" % chance.randbytes(12).hex().encode() for _ in range(120_000))
    now = b"<p>new</p>" + before[:2_000_000] + b"<p>changed</p>" + before[2_000_000:]
    kind, packed = codec.pack(now, before)
    assert (kind, len(packed) < 2_000) == ("zstd", True)
    assert codec.unpack(kind, packed, len(now), before) == now


@pytest.mark.parametrize("reference", [b"", b"x", b"1234567", b"12345678"])
def test_short_references_do_no_harm(reference):
    raw = b"12345678" * 40
    assert codec.unpack(*codec.pack(raw, reference), len(raw), reference) == raw


def test_what_is_undone_is_no_reference(path):
    with Archive.open(path) as archive:
        run = begun(archive)
        with pytest.raises(NoSuchVisit), archive.transaction():  # noqa: PT012 - what came before is what is undone
            archive.keep(run, visit(1, body=page(1)))
            archive.keep(run, visit(3, discovered_on=9))
        kept = archive.keep(run, visit(2, body=page(2)))
    assert rows(path) == {kept.body_sha256: rows(path)[kept.body_sha256]}
    assert rows(path)[kept.body_sha256][1] is None


# Pages of two dresses, large ones, a list that grows, and nothing.
KINDS = [
    lambda n: page(n, "蓝", 6_000),
    lambda n: page(n, "红"),
    lambda n: page(n, "蓝"),
    lambda n: listing(range(400 + n)),
    lambda n: large(n % 9),
    lambda _: b"",
]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, len(KINDS) - 1), min_size=2, max_size=60), st.integers(2, 30))
def test_it_is_stored_alike_whether_many_are_kept_in_a_transaction_or_each_in_its_own(kinds, group):
    raws = [KINDS[kind](number) for number, kind in enumerate(kinds)]
    stored = []
    with TemporaryDirectory() as folder:
        for size in (1, group):
            with Archive.open(Path(folder, f"{size}.db")) as archive:
                run = begun(archive)
                for first in range(0, len(raws), size):
                    with archive.transaction():
                        for number, raw in enumerate(raws[first : first + size], first + 1):
                            archive.keep(run, visit(number, f"{NB}{kinds[number - 1]}/{number % 3}", raw))
                stored.append(archive.connection.execute("SELECT * FROM bodies ORDER BY id").fetchall())
                assert {archive.body(sha256) for sha256 in rows(archive.path)} == set(raws)
    assert stored[0] == stored[1]


def test_a_part_that_fails_takes_nothing_with_it_that_was_kept_before(path):
    raws = [page(n, length=6_000) for n in range(6)]
    with Archive.open(path) as archive, archive.transaction():
        run = begun(archive)
        first = [archive.keep(run, visit(n, f"{NB}{n}", raws[n])).body_sha256 for n in (1, 2)]
        with pytest.raises(NoSuchVisit), archive.transaction():  # noqa: PT012 - what came before is what is undone
            lost = archive.keep(run, visit(3, f"{NB}3", raws[3])).body_sha256
            archive.keep(run, visit(4, discovered_on=99))
        after = [archive.keep(run, visit(n, f"{NB}{n}", raws[n])).body_sha256 for n in (4, 5)]
    assert list(rows(path)) == [*first, *after]
    assert lost not in first + after
    assert read(path, first + after) == [raws[n] for n in (1, 2, 4, 5)]
    assert not faults(path)


def test_many_portals_at_once_each_find_their_own(path):
    """More than are held in memory: what was let go of is read back."""
    portals = [replace(ANHE, id=f"p{n}") for n in range(6)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likeness, "_PORTALS", 2)
        with Archive.open(path) as archive:
            run = begun(archive)
            kept = [
                archive.keep(run, visit(i, f"{NB}{i}.html", page(i, portal.id), portal=portal)).body_sha256
                for i, portal in enumerate(portals * 3, 1)
            ]
    stored = rows(path)
    for place, sha256 in enumerate(kept):
        assert stored[sha256][1] in {*kept[place % 6 : place : 6]} or (place < 6 and stored[sha256][1] is None)


# ---------------------------------------------------------------- damage


def damage(path, sha256):
    write(path, "UPDATE bodies SET bytes = zeroblob(length(bytes)) WHERE sha256 = ?", sha256)


def test_damage_names_the_body_and_what_it_rests_on(path):
    below, above = keep(path, [page(1), page(2)])
    damage(path, below)
    with Archive.open(path) as archive:
        with pytest.raises(DamagedBody, match=rf"^\S+: body {below} cannot be unpacked"):
            archive.body(below)
        with pytest.raises(
            DamagedBody, match=rf"body {above} cannot be read: body {below}, which it is packed against"
        ):
            archive.body(above)
    assert {fault.row for fault in faults(path) if fault.code == "body_damaged"} == {below, above}


def test_another_body_in_the_place_of_a_reference_is_named(path):
    below, above, other = keep(path, [page(1), page(2), page(3, "红")])
    put = "UPDATE bodies SET (size, codec, bytes) = (SELECT size, codec, bytes FROM bodies WHERE sha256 = ?)"
    write(path, put + " WHERE sha256 = ?", other, below)
    with pytest.raises(DamagedBody, match=rf"body {above} cannot be read: body {below}, .* is not what was kept"):
        read(path, [above])


def test_a_missing_reference_and_a_circle_are_named(path):
    below, above = keep(path, [page(1), page(2)])
    write(path, f"UPDATE bodies SET reference = ({ID}) WHERE sha256 = ?", above, below)
    with pytest.raises(DamagedBody, match=f"body {above} is packed against itself"):
        read(path, [above])
    write(path, "DELETE FROM bodies WHERE sha256 = ?", below)
    with pytest.raises(DamagedBody, match=f"body {above} is packed against body number 1, which is not in the archive"):
        read(path, [above])


def test_a_reference_cannot_be_deleted(path):
    below, _ = keep(path, [page(1), page(2)])
    with Archive.open(path) as archive, pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        archive.connection.execute("DELETE FROM bodies WHERE sha256 = ?", [below])


def test_a_damaged_reference_keeps_nothing_from_being_kept(path, caplog):
    below, _ = keep(path, [page(1), page(2)])
    damage(path, below)
    (later,) = keep(path, [page(3)])
    assert rows(path)[later][1] is None
    assert read(path, [later]) == [page(3)]
    assert below in caplog.text


# ---------------------------------------------------------------- gongkai compress


def as_before_references(path):
    """Store all bodies as an archive of an earlier version has them."""
    with Archive.open(path) as archive, archive.transaction():
        for (sha256,) in archive.connection.execute("SELECT sha256 FROM bodies").fetchall():
            kind, packed = codec.pack(archive.body(sha256))
            archive.connection.execute(
                "UPDATE bodies SET codec = ?, bytes = ?, reference = NULL, level = 3 WHERE sha256 = ?",
                [kind, packed, sha256],
            )


def run(path, *options):
    return CliRunner().invoke(cli.main, ["compress", "--archive", str(path), *options])


def size(path):
    return sum(row[3] for row in rows(path).values())


def test_an_older_archive_is_packed_anew_and_says_what_it_saved(path):
    raws = [page(n, "蓝红"[n % 2]) for n in range(40)]
    hashes = keep(path, raws)
    kept = size(path)
    as_before_references(path)
    before = size(path)
    result = run(path)
    saved = before - size(path)
    assert result.exit_code == 0, result.output
    assert size(path) < kept < before / 2
    said = re.match(r"(\d+) bodies looked at, (\d+) packed anew: ([\d,]+) bytes saved", result.output)
    assert said[1] == "40"
    assert int(said[2]) >= 38, "the first of a kind may stand as it stood"
    assert said[3] == f"{saved:,}"
    assert read(path, hashes) == raws
    assert not faults(path)
    assert "--vacuum" in result.output
    held = path.stat().st_size
    assert run(path, "--vacuum").exit_code == 0
    assert held - path.stat().st_size > 0.8 * saved, "it was free space until then"
    assert read(path, hashes) == raws
    assert not faults(path)


def test_what_was_packed_well_is_left_alone(path):
    keep(path, [page(n) for n in range(10)])
    assert run(path).exit_code == 0
    once = rows(path)
    assert {row[2] for row in once.values()} == {LEVEL}
    assert re.search(r"^0 bodies looked at", run(path).output)
    assert rows(path) == once
    (new,) = keep(path, [page(99)])
    assert re.search(r"^1 bodies looked at", run(path).output)
    assert rows(path)[new][1:3] == (rows(path)[new][1], LEVEL)
    assert rows(path)[new][1] in once


def test_the_captures_of_an_address_cost_as_much_each_however_many_there_are(path):
    steps = []
    for nights in (50, 200):
        with Archive.open(path) as archive, archive.transaction():
            number = begun(archive)
            for night in range(nights):
                archive.keep(number, visit(night + 1, f"{NB}{nights}/", b"%d %d " % (nights, night) * 20))
        with Archive.open(path) as archive:
            steps.append(0)

            def step():
                steps[-1] += 1

            archive.connection.set_progress_handler(step, 100)
            compress(archive, lambda *_: None, lambda *_: None)
    assert steps[1] < 8 * steps[0], "four times as many, and the first fifty to be passed over"


def test_damaged_bodies_are_named_and_the_rest_is_done(path):
    raws = [page(n) for n in range(6)]
    hashes = keep(path, raws)
    as_before_references(path)
    damage(path, hashes[2])
    before = rows(path)[hashes[2]]
    result = run(path, "--json")
    assert result.exit_code == 1
    assert hashes[2] in result.output
    assert '"damaged": 1' in result.output
    assert rows(path)[hashes[2]] == before
    rest = [n for n in range(6) if n != 2]
    assert read(path, [hashes[n] for n in rest]) == [raws[n] for n in rest]


def test_references_brought_by_a_merge_make_no_circle_and_long_chains_get_short(path):
    """A merge may bring an order of its own: here each body rests on the one that came after it."""
    raws = [page(n) for n in range(30)]
    hashes = keep(path, raws)
    as_before_references(path)
    with Archive.open(path) as archive, archive.transaction():
        for number in range(29):
            kind, packed = codec.pack(raws[number], raws[number + 1])
            archive.connection.execute(
                f"UPDATE bodies SET codec = ?, bytes = ?, reference = ({ID}) WHERE sha256 = ?",
                [kind, packed, hashes[number + 1], hashes[number]],
            )
    assert depth(rows(path), hashes[0]) == 29
    assert read(path, hashes) == raws, "long chains are read"
    assert run(path).exit_code == 0
    assert max(depth(rows(path), sha256) for sha256 in hashes) <= bodies.DEPTH
    assert read(path, hashes) == raws
    assert not faults(path)


def test_it_makes_no_archive(path):
    assert run(path).exit_code == 1
    assert not path.exists()


def test_a_kill_at_any_time_costs_nothing(path):
    raws = [page(n, length=900) for n in range(150)]
    with Archive.open(path) as archive, archive.transaction():
        number = begun(archive)
        hashes = [archive.keep(number, visit(n, f"{NB}{n}.html", raw)).body_sha256 for n, raw in enumerate(raws, 1)]
        archive.finish_run(number, "finished", {})
    as_before_references(path)
    chance = random.Random(5)
    killed = 0
    for _ in range(3):
        child = multiprocessing.get_context("fork").Process(target=compress_at, args=(path,))
        child.start()
        done, patience = len(levels(path)), time.monotonic() + 20
        while child.is_alive() and len(levels(path)) == done and time.monotonic() < patience:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.02))
        child.kill()
        child.join()
        killed += child.exitcode == -signal.SIGKILL
        assert read(path, hashes) == raws
    assert killed
    assert not faults(path)
    compress_at(path)
    assert len(levels(path)) == len(raws)
    assert read(path, hashes) == raws


def compress_at(path):
    with Archive.open(path) as archive:
        compress(archive, lambda *_: None, lambda *_: None)


def levels(path):
    return [row for row in rows(path).values() if row[2] == LEVEL]

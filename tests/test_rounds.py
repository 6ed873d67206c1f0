"""Re-hashing bodies night by night: bounded, in turn, and a fault that is found stays found."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from archive.archive import Archive
from archive.night.record import last_round
from archive.rounds import Round, go_on
from tests.archive_samples import begun, visit
from tests.conftest import gongkai
from tests.servers import serving

NB = "http://www.anhe.example/nb/"
BODIES = 300  # more than are asked for at a time


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path / "a.db") as archive:
        run = begun(archive)
        with archive.transaction():
            for number in range(1, BODIES + 1):
                archive.keep(run, visit(number, f"{NB}{number}.html", f"第{number}页 ".encode() * 9, role="part"))
        archive.finish_run(run, "finished", {})
        yield archive


def hashes(archive: Archive) -> list[str]:
    return [sha256 for (sha256,) in archive.connection.execute("SELECT sha256 FROM bodies ORDER BY 1")]


def damage(archive: Archive, sha256: str) -> None:
    archive.connection.execute("UPDATE bodies SET bytes = x'00', codec = 'none' WHERE sha256 = ?", [sha256])


def nights(archive: Archive, count: int, seconds: float = 0) -> Iterator[tuple[Round, set[str]]]:
    """Night after night, each with the bodies that it finds damaged; without time each reads one."""
    done = Round()
    for _ in range(count):
        done, faults = go_on(archive, done, seconds)
        yield done, {str(fault.row) for fault in faults}


def test_with_time_enough_all_are_read_each_night(archive: Archive) -> None:
    for done, faults in nights(archive, 3, 60):
        assert (done.read, done.bodies, faults) == (BODIES, BODIES, set())
        assert str(done) == "all 300 bodies were re-hashed"


def test_one_night_goes_on_where_the_one_before_ended(archive: Archive) -> None:
    done = [done for done, _ in nights(archive, 2 * BODIES)]
    assert [one.reached for one in done] == 2 * hashes(archive)
    assert str(done[7]) == "1 of 300 bodies were re-hashed, all of them are in 300 nights"


def test_what_came_meanwhile_is_read_in_its_turn(archive: Archive) -> None:
    done, _ = go_on(archive, Round(), 60)
    (run,) = archive.connection.execute("SELECT max(id) FROM runs").fetchone()
    for number in range(BODIES + 1, BODIES + 4):
        archive.keep(run, visit(number, f"{NB}{number}.html", b"another page" * number, role="part"))
    reached = set()
    for _ in range(BODIES + 3):
        done, _ = go_on(archive, done, 0)
        reached.add(done.reached)
    assert reached == set(hashes(archive))
    assert len(reached) == BODIES + 3


def test_a_damaged_body_is_found_in_its_turn_and_told_every_night(archive: Archive) -> None:
    order = hashes(archive)
    for sha256 in (order[0], order[200]):
        damage(archive, sha256)
    found = [faults for _, faults in nights(archive, BODIES + 50)]
    assert found[0] == {order[0]}
    assert {order[0], order[200]} <= found[-1]
    assert all(before <= after for before, after in pairwise(found))


def test_what_was_put_back_is_a_fault_no_more(archive: Archive) -> None:
    first = hashes(archive)[0]
    raw = archive.body(first)
    damage(archive, first)
    done, faults = go_on(archive, Round(), 60)
    assert (done.damaged, [fault.code for fault in faults]) == ((first,), ["body_damaged"])
    archive.restore(first, raw)
    done, faults = go_on(archive, done, 60)
    assert (done.damaged, faults) == ((), [])


def test_a_night_tells_of_it_and_the_next_goes_on_there(archive: Archive, tmp_path: Path) -> None:
    host = "www.linxi.example"
    portal = f'name = "临溪县"\nhome = "http://{host}/"\nhosts = ["{host}"]\nstart = ["http://{host}/nb/"]\n'
    (tmp_path / "linxi.toml").write_text(f"{portal}access.delay = 0.01\n", "utf-8")
    words = ("nightly", "linxi", "--portals", tmp_path, "--archive", archive.path, "--json")

    def step(done: subprocess.CompletedProcess[bytes]) -> tuple[str, str, list[str]]:
        said = json.loads(done.stdout)["record"]
        (verify,) = (step for step in said["steps"] if step["name"] == "verify")
        return verify["outcome"], verify["message"], said["round"]["damaged"]

    with serving({}) as web:  # nothing is there
        first = gongkai(*words, env={"http_proxy": web.address, "no_proxy": ""})
    outcome, message, damaged = step(first)
    assert (outcome, damaged) == ("well", [])
    whole = BODIES + 1  # with the page that says 404
    assert message == f"structure, seals and texts are sound; all {whole} bodies were re-hashed"
    broken = hashes(archive)[7]
    damage(archive, broken)
    done = gongkai(*words)  # nobody is due
    assert done.returncode == 1
    outcome, message, damaged = step(done)
    assert outcome == "failed"
    assert f"body_damaged bodies {broken}" in message
    assert broken in damaged
    assert broken in last_round(archive.connection).damaged


def test_an_archive_without_bodies(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "empty.db") as archive:
        assert go_on(archive, Round("ff"), 60) == (Round("ff"), [])

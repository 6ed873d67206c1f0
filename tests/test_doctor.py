"""What would keep a night from its work is found, and what to do is said."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
import responses

from archive.archive import Archive
from archive.commands import doctor
from archive.lock import lock
from pipelines.records import Access
from tests.archive_samples import ANHE, begun
from tests.conftest import gongkai

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def stamp(minutes):
    return format_datetime(NOW.replace(minute=minutes), usegmt=True)


def said(checks):
    return [(check.name, check.state) for check in checks]


@pytest.mark.parametrize(
    ("dates", "now", "state"),
    [
        ([stamp(0)], NOW, "well"),
        ([stamp(30)], NOW, "wrong"),
        ([stamp(30), stamp(1)], NOW, "well"),  # one of the servers is wrong, not we
        (["yesterday"], NOW, "note"),
        ([], NOW, "note"),
        ([], datetime(1970, 1, 1, tzinfo=UTC), "wrong"),
    ],
)
def test_clock(dates, now, state):
    check = doctor.clock(dates, now)
    assert check.state == state
    assert bool(check.action) == (state != "well")


def test_locks_name_their_holder(tmp_path):
    archive = tmp_path / "a.db"
    assert said(doctor.held(archive)) == [("archive lock", "well"), ("nightly lock", "well")]
    with lock(archive, "gongkai crawl"):
        first, second = doctor.held(archive)
        assert (first.state, second.state) == ("wrong", "well")
        assert "gongkai crawl" in first.found
    assert said(doctor.held(archive)) == [("archive lock", "well"), ("nightly lock", "well")]


def test_the_archive_is_looked_at(tmp_path):
    path = tmp_path / "a.db"
    assert doctor.sound(path).state == "note"
    with Archive.open(path) as archive:
        archive.finish_run(begun(archive), "finished", {})
    assert doctor.sound(path).state == "well"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE runs SET command = 'another'")
    check = doctor.sound(path)
    assert check.state == "wrong"
    assert "gongkai verify" in check.action
    path.write_bytes(b"nothing of ours" * 100)
    assert doctor.sound(path).state == "wrong"


def test_a_clock_that_was_set_back_is_told_by_the_archive(tmp_path):
    path = tmp_path / "a.db"
    with Archive.open(path) as archive:
        archive.finish_run(begun(archive), "finished", {})
        (began,) = archive.connection.execute("SELECT started_at FROM runs").fetchone()
        assert doctor.sound(path).state == "well"
        check = doctor.sound(path, datetime.fromisoformat(began) - timedelta(hours=3))
        assert (check.state, began in check.found) == ("wrong", True)


def test_room_and_a_place_to_write(tmp_path):
    assert doctor.disk(tmp_path / "a.db").state in {"well", "note"}
    assert doctor.disk(tmp_path / "none" / "a.db").state == "wrong"


def test_contact():
    assert (doctor.contact("").state, doctor.contact("a@b.example").state) == ("note", "well")


def test_a_proxy_at_which_nobody_listens(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert doctor.proxy().state == "well"
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    check = doctor.proxy()
    assert check.state == "wrong"
    assert "127.0.0.1:9" in check.found


@responses.activate
def test_portals_that_answer_and_those_that_do_not():
    other = replace(ANHE, id="linxi", home="http://www.linxi.example/")
    responses.get("http://www.anhe.example/robots.txt", status=404)
    responses.get("http://www.linxi.example/robots.txt", body=requests.ConnectionError("no"))
    assert said(doctor.network([ANHE, other])) == [
        ("network: anhe", "well"),  # any answer is one
        ("network: linxi", "note"),
        ("clock", "note"),
    ]
    assert ("network", "wrong") in said(doctor.network([other]))


def test_a_browser_is_wanted_by_a_portal_or_by_none(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor.browser([ANHE]).state == "well"
    check = doctor.browser([replace(ANHE, access=Access(browser=True))])
    assert (check.state, "anhe" in check.found) == ("wrong", True)


def test_versions_are_those_that_are_pinned():
    assert said(doctor.versions()) == [(name, "well") for name in ("python", "sqlite", "trafilatura", "scrapy")]


def test_the_command(tmp_path):
    env = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    done = gongkai("doctor", "--archive", tmp_path / "a.db", "--json", env=env)
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    assert done.returncode == 1
    assert checks["proxy"]["state"] == checks["network"]["state"] == "wrong"
    assert checks["portal files"]["state"] == "well"
    assert all(check["action"] for check in checks.values() if check["state"] != "well")
    assert b"wrong: proxy, network" in done.stderr
    assert not (tmp_path / "a.db").exists()


def test_a_portal_whose_name_leads_inside_is_not_asked(monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", lambda host, port, *_, **__: [(2, 1, 6, "", ("10.1.2.3", port))])
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    portal, clock, network = sorted(doctor.network([ANHE]), key=lambda check: check.name != "network: anhe")
    assert (portal.state, portal.found) == (
        "note",
        "www.anhe.example gives no answer: private: www.anhe.example leads to 10.1.2.3, inside a private network",
    )
    assert {clock.name, network.name} == {"clock", "network"}

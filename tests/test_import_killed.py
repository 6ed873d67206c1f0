"""An import that is killed, and repeated until it is through, leaves what one import would have left."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from archive.archive import Archive
from archive.verify import verify
from tests.test_import import HTML, Foreign, gongkai

HOME = "http://www.anhe.example/"
PAGES = 150
PORTAL = f"""
name = "安和县"
code = "439921"
home = "{HOME}"
hosts = ["www.anhe.example"]
family = "generic"
start = ["{HOME}nb/"]
"""

# Runs the command in processes of its own and kills each as soon as so many rows of a table are committed. A process
# that has imported everything once, and has one thread, forks much quicker than the command starts.
DRIVER = """
import os, signal, sqlite3, sys, time
from archive.cli import main
from archive.commands import derive, import_

def rows(path, table):
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.OperationalError:
        return 0

path, moments, words = sys.argv[1], sys.argv[2].split(), sys.argv[3:]
for moment in moments:
    table, count = moment.split(":")
    child = os.fork()
    if child == 0:
        sys.argv = ["gongkai", *words]
        os._exit(main(words, standalone_mode=False) or 0)
    while rows(path, table) < int(count):
        time.sleep(0.002)
        ended, status = os.waitpid(child, os.WNOHANG)
        assert not ended, f"through before {moment}: {status}"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print("kept", rows(path, "visits"), rows(path, "reports"), flush=True)
"""


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """A crawl in which nearly every page was reached from another, over some redirects, with repeated bodies."""
    folder = tmp_path_factory.mktemp("theirs")
    chance = random.Random(5)
    foreign = Foreign(folder / "crawl.warc.gz")
    foreign.page(HOME, HTML + b"home")
    first = foreign.page(HOME + "nb/first.html", HTML + b"first")
    for number in range(PAGES):
        url = f"{HOME}nb/{number}.html"
        if number % 7 == 3:
            foreign.page(f"{HOME}go/{number}", b"", status="302 Found", head=f"Location: {url}")
        if number % 11 == 5:
            profile = "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
            record = foreign.record("revisit", url, head, WARC_Profile=profile, WARC_Refers_To=first)
        elif number % 13 == 7:
            record = foreign.page(url, HTML + b"%d" % chance.randrange(PAGES))
        else:
            record = foreign.page(url, b"<p>%d" % chance.randrange(PAGES), status="404 Not Found")
        via = f"via: {HOME}nb/{chance.randrange(number)}.html\r\n" if number else f"via: {HOME}\r\n"
        foreign.record("metadata", url, via.encode(), WARC_Concurrent_To=record)
    folder.joinpath("anhe.toml").write_text(PORTAL, "utf-8")
    return foreign.close()


def said(path):
    """What an archive holds, without what tells one run from another."""
    with Archive.open(path, write=False) as archive:
        rows = archive.connection.execute
        assert [fault.code for fault in verify(archive) if fault.severity != "info"] == []
        (run,) = rows("SELECT min(id) FROM runs").fetchone()
        visits = rows(
            "SELECT v.number, v.portal, v.role, v.url, v.requested_at, v.status, v.outcome, v.error, v.body,"
            " v.imported, d.number, f.number FROM visits AS v LEFT JOIN visits AS d ON d.id = v.discovered_on"
            " LEFT JOIN visits AS f ON f.id = v.redirected_from WHERE v.run = ? ORDER BY v.id",
            [run],
        ).fetchall()
        reports = rows(
            "SELECT v.number, r.url, r.verdict, r.title, r.fingerprint FROM reports AS r"
            " JOIN visits AS v ON v.id = r.visit ORDER BY 1"
        ).fetchall()
        (outcome, settings, counts) = rows("SELECT outcome, settings, counts FROM runs WHERE id = ?", [run]).fetchone()
    return {"visits": visits, "reports": reports, "run": (outcome, settings, json.loads(counts))}


def words(file, path):
    return ["import", "warc", str(file), "--archive", str(path), "--portals", str(file.parent)]


def test_killed_at_any_moment_and_repeated_it_is_as_if_it_had_not_been(theirs, tmp_path):
    once, often = tmp_path / "once.db", tmp_path / "often.db"
    assert gongkai(*words(theirs, once)).returncode == 0
    moments = ["visits:1", "visits:65", "visits:129", "runs:2"]
    call = [sys.executable, "-c", DRIVER, often, " ".join(moments), *words(theirs, often)]
    done = subprocess.run(call, capture_output=True, check=False, timeout=100, cwd=Path(__file__).parents[1])
    assert done.returncode == 0, done.stderr.decode()
    said_by_all = done.stdout.decode()
    kept = [tuple(map(int, line.split()[1:])) for line in said_by_all.splitlines() if line.startswith("kept ")]
    total = PAGES + 2 + len(range(3, PAGES, 7))
    assert any(0 < visits < total for visits, _ in kept)
    assert "going on with run 1, which was stopped after " in said_by_all
    expected = said(once)
    assert kept[-1][1] < len(expected["reports"]), "the last one was killed before it had read them"
    done = gongkai(*words(theirs, often))
    assert done.returncode == 0, done.stderr.decode()
    assert "0 visits taken in\n" in done.stdout.decode(), "all of it was there, only not yet read"
    found = said(often)
    for part in expected:
        assert found[part] == expected[part]
    links = [(row[-2], row[-1]) for row in expected["visits"]]
    assert sum(on is not None for on, _ in links) > PAGES / 2
    assert sum(of is not None for _, of in links) == len(range(3, PAGES, 7))

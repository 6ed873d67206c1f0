"""The command line from outside: what a user types, what comes back, which exit code."""

import json
import os
import signal
import sqlite3
import stat
import time

import pytest

from archive.archive import Archive
from archive.lock import lock
from crawler import demo as samples
from pipelines import RECIPE
from tests.archive_samples import NB, begun, report, visit
from tests.conftest import gongkai, started

PORTALS = samples.PORTALS


def rows(path, sql):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """Two crawls of one portal, with what the archive held after each."""
    path = tmp_path_factory.mktemp("twice") / "a.db"
    count = "SELECT (SELECT count(*) FROM bodies), (SELECT count(*) FROM reports), (SELECT count(*) FROM texts)"
    with samples.serving(samples.sites()) as proxy:
        runs = []
        for words in (["anhe"], ["安禾县"]):
            done = gongkai(
                "crawl", *words, "--portals", PORTALS, "--archive", path, "--json", env={"http_proxy": proxy}
            )
            runs.append((done, rows(path, count)))
    return path, runs


def test_a_second_crawl_stores_nothing_and_says_so(twice):
    _, ((first, held), (second, still_held)) = twice
    assert first.returncode == second.returncode == 0
    assert held == still_held
    assert held[0][0] > 10
    assert b"unchanged: nothing new was stored" in second.stderr
    assert b"unchanged" not in first.stderr
    counts = json.loads(second.stdout)[0]["counts"]
    assert "new" not in counts
    assert counts["same_bytes"] + counts.get("not_modified", 0) > 5  # its list is left at the first page


def test_from_a_report_to_the_listing_that_named_it(twice):
    path, _ = twice
    done = gongkai("show", "安禾县", "2019", "--archive", path, "--json")
    report = json.loads(done.stdout)
    assert report["year"] == 2019
    assert [step["role"] for step in report["provenance"]] == ["listing", "report"]
    assert report["provenance"][-1]["url"] == report["url"]
    assert report["provenance"][-1]["link_text"] in report["title"]
    assert report["tables"]
    assert "|" not in report["text"]


def test_reports_lists_what_is_asked_for(demo):
    path, _ = demo
    lines = gongkai("reports", "--archive", path, "--issuer", "临溪", "--year", "2015", "--json").stdout.splitlines()
    assert [(json.loads(line)["year"], json.loads(line)["verdict"]) for line in lines] == [(2015, "report")]
    none = gongkai("reports", "--archive", path, "--year", "1999")
    assert none.returncode == 0
    assert b"no such report" in none.stderr


def test_search_finds_two_characters(demo):
    path, _ = demo
    hits = json.loads(gongkai("search", "复议", "诉讼", "--archive", path, "--json").stdout)
    assert hits
    assert all("复议" in hit["snippet"] or "诉讼" in hit["snippet"] for hit in hits)
    with_sqlite = rows(path, "SELECT count(*) FROM search WHERE search MATCH '复议'")
    plainly = rows(path, "SELECT count(*) FROM current_reports WHERE text LIKE '%复议%'")
    assert with_sqlite == plainly


def test_stats_and_portals_agree_with_the_archive(demo):
    path, _ = demo
    stats = json.loads(gongkai("stats", "--archive", path, "--json").stdout)
    assert stats["visits"] == dict(rows(path, "SELECT outcome, count(*) FROM visits GROUP BY outcome"))
    portals = json.loads(gongkai("portals", "--archive", path, "--portals", PORTALS, "--json").stdout)
    held = {portal["id"]: portal["reports"] for portal in portals}
    assert held["anhe"] == rows(path, "SELECT count(*) FROM current_reports WHERE portal = 'anhe'")[0][0]
    assert held["anxiang"] == 0


def test_export_jsonl(demo, tmp_path):
    path, _ = demo
    assert gongkai("export", "jsonl", tmp_path / "out", "--archive", path).returncode == 0
    lines = (tmp_path / "out" / "reports.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == rows(path, "SELECT count(*) FROM current_reports")[0][0]
    assert all(json.loads(line)["body_sha256"] for line in lines)


def test_derive_again_changes_nothing(demo):
    path, _ = demo
    done = gongkai("derive", "--archive", path, "--dry-run", "--json", "--where", "role = 'report'")
    assert json.loads(done.stdout)["pages"] == 0
    wrong = gongkai("derive", "--archive", path, "--dry-run", "--where", "colour = 'red'")
    assert wrong.returncode == 1
    assert b"colour" in wrong.stderr


def test_extract_reads_stdin_and_says_the_same_as_the_archive(demo):
    path, _ = demo
    report = json.loads(gongkai("show", "云岭区", "2022", "--archive", path, "--json").stdout)
    body = rows(path, f"SELECT bytes, codec FROM bodies WHERE sha256 = '{report['body_sha256']}'")[0]
    with Archive.open(path, write=False) as archive:
        page = archive.body(report["body_sha256"])
    assert body[1] == "zstd"
    found = json.loads(gongkai("extract", "-", "--url", report["url"], stdin=page).stdout)
    assert (found["text"], found["title"], found["year"]) == (report["text"], report["title"], report["year"])


def test_verify_finds_a_flipped_bit(demo, tmp_path):
    path, _ = demo
    assert gongkai("verify", "--archive", path).returncode == 0
    copy = tmp_path / "copy.db"
    with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
        source.backup(target)
        sha256, stored = target.execute("SELECT sha256, bytes FROM bodies LIMIT 1").fetchone()
        middle = len(stored) // 2
        flipped = stored[:middle] + bytes([stored[middle] ^ 4]) + stored[middle + 1 :]
        target.execute("UPDATE bodies SET bytes = ? WHERE sha256 = ?", [flipped, sha256])
        target.commit()
    target.close()
    done = gongkai("verify", "--archive", copy)
    assert done.returncode == 1
    assert sha256 in done.stdout.decode()


# ---------------------------------------------------------------- what is wrong is said


def refused(done, *words, code=1):
    assert done.returncode == code
    message = done.stderr.decode()
    assert "Traceback" not in message
    assert [word for word in words if word not in message] == []


def test_a_file_that_is_no_archive(tmp_path):
    path = tmp_path / "x.db"
    path.write_text("hello")
    for words in (["reports"], ["stats"], ["verify"], ["crawl", "anxiang"], ["derive"]):
        refused(gongkai(*words, "--archive", path), str(path), "--archive")
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (a)")
    refused(gongkai("crawl", "anxiang", "--archive", other), str(other))
    assert rows(other, "SELECT name FROM sqlite_master") == [("t",)]


def test_an_archive_that_is_not_there(tmp_path):
    refused(gongkai("reports", "--archive", tmp_path / "none.db"), "none.db", "gongkai crawl")


def test_an_archive_of_a_newer_version(demo, tmp_path):
    path, _ = demo
    copy = tmp_path / "newer.db"
    with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
        source.backup(target)
        target.execute("PRAGMA user_version = 999")
    target.close()
    refused(gongkai("reports", "--archive", copy), "newer.db", "newer")
    refused(gongkai("crawl", "anxiang", "--archive", copy), "newer.db", "newer")


def test_an_archive_held_by_another_crawl(demo):
    path, _ = demo
    with lock(path, "crawl of somebody"):
        refused(gongkai("crawl", "anxiang", "--archive", path), "crawl of somebody", str(os.getpid()))
        refused(gongkai("derive", "--archive", path), "crawl of somebody")
        assert gongkai("reports", "--archive", path).returncode == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_archive_that_may_only_be_read(demo, tmp_path):
    path, _ = demo
    copy = tmp_path / "locked" / "read.db"
    copy.parent.mkdir()
    copy.write_bytes(path.read_bytes())
    copy.chmod(stat.S_IRUSR)
    copy.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert gongkai("stats", "--archive", copy).returncode == 0
    refused(gongkai("crawl", "anxiang", "--archive", copy), "read.db", "read")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["crawl", "nosuchplace"], 1, "nosuchplace"),
        (["crawl", "anxian"], 1, "anxiang"),
        (["show", "--archive", "none.db"], 2, "KEY"),
        (["frobnicate"], 2, "frobnicate"),
        (["export", "parquet"], 2, "parquet"),
        (["extract", "no-such-file.html"], 2, "no-such-file.html"),
    ],
)
def test_wrong_words(words, code, said, tmp_path):
    refused(gongkai(*words, cwd=tmp_path), said, code=code)


def test_a_portal_file_with_a_mistake(tmp_path):
    tmp_path.joinpath("bad.toml").write_text(
        'name = "甲县"\ncode = "43"\nhome = "http://a.example/"\nhosts = ["a.example"]\n', "utf-8"
    )
    refused(
        gongkai("crawl", "bad", "--portals", tmp_path, "--archive", tmp_path / "a.db"),
        "bad.toml",
        "code",
        "43",
        "six digits",
    )
    assert not tmp_path.joinpath("a.db").exists()


def test_demo_does_not_write_over_an_archive(demo):
    path, _ = demo
    refused(gongkai("demo", "--archive", path), str(path), "remove it")


def test_ctrl_c_stops_in_order_and_the_next_crawl_completes(tmp_path):
    slow = tmp_path / "portals"
    slow.mkdir()
    for name in ("anhe", "linxi"):
        text = PORTALS.joinpath(f"{name}.toml").read_text("utf-8")
        slow.joinpath(f"{name}.toml").write_text(text.replace("delay = 0.01", "delay = 0.3"), "utf-8")
    path = tmp_path / "a.db"
    words = ["crawl", "anhe", "linxi", "--portals", slow, "--archive", path]
    with samples.serving(samples.sites()) as proxy:
        with started(*words, env={"http_proxy": proxy}) as process:
            deadline = time.monotonic() + 30
            while not (path.exists() and kept(path) >= 4) and time.monotonic() < deadline:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
        assert process.returncode == 1
        assert b"stopped" in said
        assert b"Traceback" not in said
        assert gongkai("verify", "--archive", path).returncode == 0
        done = gongkai(*words, env={"http_proxy": proxy})
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert rows(path, "SELECT outcome FROM runs ORDER BY id") == [("interrupted",), ("finished",)]
    assert rows(path, "SELECT portal, count(*) FROM current_reports GROUP BY 1") == [("anhe", 14), ("linxi", 11)]


def kept(path):
    try:
        return rows(path, "SELECT count(*) FROM visits")[0][0]
    except sqlite3.OperationalError:  # not yet made
        return 0


def portal_file(folder, name, **changes):
    text = PORTALS.joinpath("anhe.toml").read_text("utf-8")
    for old, new in changes.items():
        text = text.replace(old, new)
    folder.joinpath(f"{name}.toml").write_text(text, "utf-8")


def test_one_portal_that_fails_does_not_stop_the_others(tmp_path):
    portal_file(tmp_path, "good")
    bad = {"/zwgk/zfxxgk/zfxxgknb/": "/not/there/", '"http://www.anhe.example/"': '"http://www.anhe.example/not/"'}
    portal_file(tmp_path, "bad", **bad)
    path = tmp_path / "a.db"
    with samples.serving(samples.sites()) as proxy:
        done = gongkai("crawl", "bad", "good", "--portals", tmp_path, "--archive", path, env={"http_proxy": proxy})
    assert done.returncode == 1
    assert b"1 of 2 portals failed: bad (no page came: 2 gone)" in done.stderr
    assert rows(path, "SELECT count(*) FROM current_reports WHERE portal = 'good'") == [(14,)]


def test_portals_that_share_a_host_take_turns(tmp_path):
    for name in ("one", "two"):
        portal_file(tmp_path, name, **{"delay = 0.01": "delay = 0.05"})
    path = tmp_path / "a.db"
    with samples.serving(samples.sites()) as proxy:
        done = gongkai("crawl", "one", "two", "--portals", tmp_path, "--archive", path, env={"http_proxy": proxy})
    assert done.returncode == 0
    spans = rows(path, "SELECT min(requested_at), max(requested_at) FROM visits GROUP BY portal ORDER BY 1")
    assert spans[0][1] < spans[1][0]


def test_a_second_ctrl_c_ends_at_once(tmp_path):
    portal_file(tmp_path, "slow", **{"delay = 0.01": "delay = 30"})
    path = tmp_path / "a.db"
    with (
        samples.serving(samples.sites()) as proxy,
        started("crawl", "slow", "--portals", tmp_path, "--archive", path, env={"http_proxy": proxy}) as process,
    ):
        deadline = time.monotonic() + 30
        while not (path.exists() and kept(path)) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) in {1, 130}
    assert gongkai("verify", "--archive", path).returncode == 0


# ---------------------------------------------------------------- reading again


def unread(path, count, **changes):
    """An archive with pages that a killed crawl did not come to read."""
    with Archive.open(path) as archive:
        run = begun(archive)
        with archive.transaction():
            for number in range(1, count + 1):
                page = f"<h1>安和县{number}</h1>" + f"<p>第{number}页，公开信息。</p>" * 20
                archive.keep(run, visit(number, f"{NB}{number}.html", page.encode(), **changes))


def damage(path, number):
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE bodies SET bytes = x'00' WHERE sha256 = (SELECT body FROM visits WHERE id = ?)", [number]
        )
    connection.close()


def test_derive_reads_all_that_is_sound_and_names_what_is_damaged(tmp_path):
    path = tmp_path / "a.db"
    unread(path, 5)
    damage(path, 2)
    done = gongkai("derive", "--archive", path, "--jobs", "2")
    refused(done, "visit 2: ", "another copy of the archive")
    assert b"4 pages read" in done.stdout
    assert rows(path, "SELECT visit FROM reports ORDER BY 1") == [(1,), (3,), (4,), (5,)]
    (run,) = rows(path, "SELECT outcome, command, versions, settings, counts, finished_at FROM runs WHERE id = 2")
    assert run[0] == "failed"
    assert run[1].endswith(f"derive --archive {path} --jobs 2")
    assert json.loads(run[2]).keys() == {"python", "trafilatura", "lxml"}
    assert json.loads(run[3]) == {"jobs": 2}
    assert json.loads(run[4])["damaged"] == 1
    assert run[5] is not None


def test_a_damaged_body_does_not_keep_a_portal_from_being_crawled(tmp_path):
    path = tmp_path / "a.db"
    unread(path, 2, portal=samples_portal())
    damage(path, 1)
    with samples.serving(samples.sites()) as proxy:
        done = gongkai("crawl", "anhe", "--portals", PORTALS, "--archive", path, env={"http_proxy": proxy})
    assert done.returncode == 0
    assert done.stderr.decode().count("visit 1: ") == 1
    assert rows(path, "SELECT count(*) FROM reports WHERE visit <= 2") == [(1,)]
    assert rows(path, "SELECT outcome FROM runs WHERE id = 2") == [("finished",)]


def samples_portal():
    from crawler.portal import read_portals

    return read_portals(PORTALS)["anhe"]


def test_ctrl_c_stops_derive_with_what_it_read_filed(tmp_path):
    path = tmp_path / "a.db"
    unread(path, 2000)
    with started("derive", "--archive", path, "--jobs", "1") as process:
        deadline = time.monotonic() + 30
        while not rows(path, "SELECT count(*) FROM reports")[0][0] and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=30)
    assert process.returncode == 1
    assert b"Traceback" not in complained
    assert b"stopping" in complained
    ((held, outcome, counts),) = rows(
        path, "SELECT (SELECT count(*) FROM reports), outcome, counts FROM runs WHERE id = 2"
    )
    assert 0 < held < 2000
    assert outcome == "interrupted"
    assert sum(count for name, count in json.loads(counts).items() if name.startswith("verdict")) == held
    assert said.startswith(f"{held} pages read".encode())


def test_derive_that_fails_says_so_in_its_run(tmp_path):
    path = tmp_path / "a.db"
    unread(path, 3)
    with sqlite3.connect(path) as connection:  # a page that cannot be filed
        connection.execute(
            "CREATE TRIGGER no BEFORE INSERT ON reports WHEN new.visit = 2 BEGIN SELECT raise(ABORT, 'no'); END"
        )
    connection.close()
    assert gongkai("derive", "--archive", path).returncode == 1
    assert rows(path, "SELECT outcome, counts FROM runs WHERE id = 2") == [("failed", "{}")]


def test_derive_makes_no_archive(tmp_path):
    refused(gongkai("derive", "--archive", tmp_path / "typo.db"), "typo.db", "no such file")
    assert list(tmp_path.iterdir()) == []


def test_crawl_into_a_directory_that_is_not_there(tmp_path):
    path = tmp_path / "no" / "such" / "a.db"
    refused(gongkai("crawl", "anxiang", "--archive", path), f"no directory {path.parent}", "create it")


def test_derive_compares_with_what_the_same_page_said(tmp_path):
    path = tmp_path / "a.db"
    with Archive.open(path) as archive:
        run = begun(archive)
        for number, body in ((1, b"<p>old</p>"), (2, b"<p>new</p>")):
            kept = archive.keep(run, visit(number, NB + "a.html", body))
            archive.file(kept.visit_id, report(NB + "a.html", text=f"words of {number}"))
    done = gongkai("derive", "--archive", path, "--dry-run", "--diff")
    assert [line for line in done.stdout.decode().splitlines() if "-words of" in line] == [
        "  -words of 1",
        "  -words of 2",
    ]
    assert rows(path, f"SELECT count(*) FROM reports WHERE recipe = '{RECIPE}'") == [(0,)]


def test_extract_explains_itself(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        """<meta charset="gb2312"><title>安禾县2020年政府信息公开工作年度报告_安禾县人民政府</title>
<h1>安禾县2020年政府信息公开工作年度报告</h1><div>发布日期：2021-01-20</div>
<div id="zoom"><p>一、总体情况</p><p>2020年，安禾县各单位公开信息三百条，没有收取费用，也没有行政诉讼。</p>
<p>二、存在的主要问题及改进情况</p><p>部分乡镇更新不够及时，下一步安排专人负责，每季度通报一次，年底考核，
并把考核结果向社会公布，接受群众监督，对连续两次排名靠后的单位由县政府办公室约谈。</p>
<p>【打印本页】【关闭窗口】</p></div>""",
        encoding="utf-8",
    )
    said = gongkai("extract", page, "--explain").stdout.decode()
    assert "charset    declared gb2312, detected utf-8, read as utf-8, 0 unreadable" in said
    assert "container  name #zoom" in said
    assert "  year: 2020  | title | 安禾县2020年政府信息公开工作年度报告" in said
    assert "  published_on: 2021-01-20  | above | 发布日期：2021-01-20" in said
    assert "not on the page: " in said
    assert "document_number, site_code" in said
    cut = said.partition("Cut from the container: 1 lines")[2].partition("\n\n")[0]
    assert cut.rstrip().endswith("【打印本页】【关闭窗口】")
    stages = said.rpartition("Time       ")[2]
    assert [part.split()[0] for part in stages.split(", ")] == [
        "decode", "parse", "extract", "identify", "assess", "fingerprint", "all",
    ]  # fmt: skip
    page.write_bytes(b"\x89PNG\r\n")
    said = gongkai("extract", page, "--explain").stdout.decode()
    assert said.startswith("verdict    unreadable")
    assert "container" not in said

"""The night run from outside, against real servers: what is due, one lock, a budget, a kill, and what is told."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click
import pytest
import requests
import responses

from archive.archive import Archive
from archive.cli import main
from archive.commands.nightly import StepFailed, seconds, tell
from archive.lock import lock
from archive.night.report import NoSuchRun, night
from tests.archive_samples import begun
from tests.conftest import gongkai, started
from tests.servers import Page, serving
from tests.test_crawl import entry, listing, report

WELL, SILENT, DEAD = "http://www.anhe.example", "http://www.linxi.example", "http://www.yunling.example"
NAMES = {"anhe": "安禾县", "linxi": "临溪县", "yunling": "云岭区"}


def portal(folder, name, host, start="/nb/", more=""):
    text = (
        f'name = "{NAMES.get(name, name)}"\nhome = "{host}/"\nhosts = ["{host[7:]}"]\nstart = ["{host}{start}"]\n{more}'
    )
    (folder / f"{name}.toml").write_text(f"{text}\n[access]\ndelay = 0.01\n", "utf-8")


def pages(host=WELL, years=(2021, 2022, 2023)):
    return {f"{host}/nb/": listing([entry(year) for year in years])} | {
        f"{host}/nb/{year}.html": report(year) for year in years
    }


def rows(path, sql):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """Two nights in one evening over a portal that is well, one that lists nothing, and one that is not there."""
    folder = tmp_path_factory.mktemp("nights")
    for name, host in (("anhe", WELL), ("linxi", SILENT), ("yunling", DEAD)):
        portal(folder, name, host)
    empty = Page("<title>政府信息公开年报</title><p>栏目建设，敬请期待。</p>".encode() + b" " * 900)
    words = ("nightly", *NAMES, "--portals", folder, "--archive", folder / "a.db", "--budget", "2m")
    with serving(pages() | {f"{SILENT}/nb/": empty}) as web:
        env = {"http_proxy": web.address, "no_proxy": "127.0.0.1", "GONGKAI_WEBHOOK": "http://127.0.0.1:9/secret"}
        more = ("--html", folder / "r.html", "--backup", folder / "b.db", "--export", folder / "out", "--json")
        first = gongkai(*words, *more, env=env)
        asked = len(web.asked)
        second = gongkai(*words, env={"http_proxy": web.address, "no_proxy": ""})
        assert len(web.asked) == asked  # nothing was due: nobody was asked
    return folder, first, second


def test_one_bad_portal_does_not_stop_the_others(nights):
    _, first, _ = nights
    said = json.loads(first.stdout)
    states = {one["id"]: (one["state"], one["new"]) for one in said["portals"]}
    assert states == {"anhe": ("well", 3), "linxi": ("failed", 0), "yunling": ("failed", 0)}
    assert {(alarm["portal"], alarm["code"]) for alarm in said["alarms"]} == {
        ("linxi", "silent"),
        ("yunling", "unreachable"),
        (None, "step_failed"),
    }
    assert first.returncode == 0  # neither has ever listed a report, and the webhook's failure is its own: warnings


def test_every_step_is_done_and_noted(nights):
    folder, first, _ = nights
    steps = json.loads(first.stdout)["record"]["steps"]
    assert [(step["name"], step["outcome"]) for step in steps] == [
        *((name, "well") for name in ("crawl", "derive", "verify", "backup", "export")),
        ("webhook", "failed"),
    ]
    assert b"secret" not in first.stdout + first.stderr
    assert rows(folder / "b.db", "SELECT count(*) FROM current_reports") == [(3,)]
    assert len((folder / "out" / "reports.jsonl").read_text("utf-8").splitlines()) == 3
    assert "安禾县2022年政府信息公开工作年度报告" in (folder / "r.html").read_text("utf-8")


def test_a_second_night_in_one_evening_has_nothing_to_do_and_is_noted(nights):
    folder, _, second = nights
    assert second.returncode == 0, second.stderr.decode()
    assert b"0 of 3 portals are due" in second.stderr
    assert rows(folder / "a.db", "SELECT count(*) FROM nights") == [(2,)]


def test_a_night_is_reported_again_by_its_number(nights):
    folder, first, _ = nights
    said = json.loads(first.stdout)
    with Archive.open(folder / "a.db", write=False) as archive:
        again = asdict(night(archive.connection, 1))
        with pytest.raises(NoSuchRun, match="no run 77"):
            night(archive.connection, 77)
    assert json.loads(json.dumps([again["alarms"], again["portals"], again["uid"]])) == [
        said["alarms"],
        said["portals"],
        said["uid"],
    ]
    table = gongkai("report", "1", "--archive", folder / "a.db").stdout.decode()
    assert "3 portals, 0 of them quiet; 3 new reports" in table


def test_a_second_night_at_one_time_says_who_holds_the_first(tmp_path):
    archive = tmp_path / "a.db"
    with lock(tmp_path / "a.db.nightly", "gongkai nightly of the timer"):
        done = gongkai("nightly", "--archive", archive, "--portals", tmp_path)
    assert done.returncode == 1
    assert b"in use by process" in done.stderr
    assert b"gongkai nightly of the timer" in done.stderr
    assert not archive.exists()


def test_what_the_budget_leaves_over_comes_first_the_next_time(tmp_path):
    for name in ("aa", "bb"):  # they share a host, and take turns
        portal(tmp_path, name, WELL, f"/{name}/")
    words = ("nightly", "aa", "bb", "--portals", tmp_path, "--archive", tmp_path / "a.db")
    sites = {
        f"{WELL}/{name}/": listing([entry(year, f"{WELL}/{name}/{year}.html") for year in range(2014, 2020)])
        for name in ("aa", "bb")
    } | {f"{WELL}/{name}/{year}.html": report(year) for name in ("aa", "bb") for year in range(2014, 2020)}
    with serving(sites) as web:
        web.delay = 0.4
        env = {"http_proxy": web.address, "no_proxy": ""}
        began = time.monotonic()
        first = gongkai(*words, "--budget", "2s", "--json", env=env)
        assert time.monotonic() - began < 30
        said = json.loads(first.stdout)
        assert said["record"]["ended"] == "budget"
        assert set(said["record"]["left"]) >= {"bb"}
        assert "budget" in {alarm["code"] for alarm in said["alarms"]}
        assert said["record"]["failed"] == {}  # stopped is not failed
        web.delay = 0.0
        second = json.loads(gongkai(*words, "--budget", "2m", "--json", env=env).stdout)
    assert set(second["record"]["due"]) == set(said["record"]["left"])
    assert second["record"]["ended"] == "whole"
    held = rows(tmp_path / "a.db", "SELECT count(DISTINCT url) FROM visits WHERE role = 'report' AND body IS NOT NULL")
    assert held == [(12,)]


def test_a_killed_night_goes_on_where_it_was(tmp_path):
    portal(tmp_path, "anhe", WELL)
    words = ("nightly", "anhe", "--portals", tmp_path, "--archive", tmp_path / "a.db")
    with serving(pages(years=range(2015, 2022))) as web:
        web.delay = 0.3
        env = {"http_proxy": web.address, "no_proxy": ""}
        with started(*words, env=env) as process:
            until = time.monotonic() + 60
            while len(web.asked) < 5 and time.monotonic() < until:
                time.sleep(0.05)
            process.send_signal(signal.SIGKILL)
            process.wait()
        with Archive.open(tmp_path / "a.db", write=False) as archive:
            assert [alarm.code for alarm in night(archive.connection).alarms] == ["not_finished"]
        web.delay = 0.0
        done = gongkai(*words, "--json", env=env)
    said = json.loads(done.stdout)
    assert said["record"]["due"]["anhe"].startswith("left over: stopped")
    (untold,) = [alarm for alarm in said["alarms"] if alarm["code"] == "untold"]
    assert "`gongkai report 1`" in untold["action"]
    assert rows(tmp_path / "a.db", "SELECT count(*) FROM current_reports") == [(7,)]


@pytest.mark.parametrize(("budget", "said"), [("90m", 5400), ("6h", 21600), ("1.5h", 5400), (" 20s ", 20)])
def test_budgets(budget, said):
    assert seconds(budget) == said


@pytest.mark.parametrize("budget", ["", "6", "h", "-1h", "0h", "6 hours"])
def test_what_is_no_budget_is_wrong_usage(budget):
    with pytest.raises(click.UsageError, match="such as 90m or 6h"):
        seconds(budget)


@pytest.mark.parametrize("command", ["nightly", "report"])
def test_a_page_that_has_no_place_is_said_before_the_night(tmp_path, command):
    done = gongkai(command, "--html", tmp_path / "reports" / "a.html", "--archive", tmp_path / "a.db")
    assert done.returncode == 2
    assert f"there is no directory {tmp_path / 'reports'}: create it first" in done.stderr.decode()
    assert not (tmp_path / "a.db").exists()


# ---------------------------------------------------------------- webhook

HOOK = "https://hooks.example/T0/secret"


@pytest.fixture
def told(tmp_path):
    with Archive.open(tmp_path / "a.db") as archive:
        return night(archive.connection, begun(archive))


@responses.activate
def test_the_webhook_gets_alarms_and_sums(told):
    responses.post(HOOK, status=204)
    assert tell(HOOK, told) == "hooks.example was told"
    sent = json.loads(responses.calls[0].request.body)
    assert [alarm["code"] for alarm in sent["alarms"]] == ["not_finished"]
    assert (sent["run"], sent["worst"], sent["new"]) == (1, "error", 0)


@responses.activate
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": 500}, "hooks.example answered 500"),
        ({"body": requests.ConnectionError(f"no way to {HOOK}")}, "hooks.example could not be told: ConnectionError"),
    ],
)
def test_a_webhook_that_fails_is_named_without_its_secret(told, answer, said):
    responses.post(HOOK, **answer)
    with pytest.raises(StepFailed, match=said) as raised:
        tell(HOOK, told)
    assert "secret" not in str(raised.value)


# ---------------------------------------------------------------- running it

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_the_units_pass_systemds_own_check():
    units = [ROOT / "packaging" / f"gongkai.{kind}" for kind in ("service", "timer")]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_service_runs_what_there_is():
    line = re.search(
        r"(?m)^ExecStart=/usr/bin/env (.*)$", ROOT.joinpath("packaging/gongkai.service").read_text("utf-8")
    )[1]
    words = shlex.split(line.replace("%S", "/var/lib"))
    assert words[:2] == ["gongkai", "nightly"]
    context = main.commands["nightly"].make_context("nightly", words[2:])
    assert context.params["budget"] == "6h"
    command = re.search(r"CMD (\[.*\])", ROOT.joinpath("packaging/Containerfile").read_text("utf-8"))[1]
    assert main.commands["nightly"].make_context("nightly", json.loads(command)[1:]).params["html"]


def test_every_alarm_is_explained():
    table = re.findall(
        r"(?m)^\| (\w+) \| (error|warning|info) \|", ROOT.joinpath("docs/operations.md").read_text("utf-8")
    )
    source = "".join(
        ROOT.joinpath("archive", "night", name).read_text("utf-8") for name in ("monitors.py", "overall.py")
    )
    raised = set(re.findall(r'(?:\.alarm|Alarm)\(\s*"(\w+)",', source))
    assert raised
    assert {name for name, _ in table} == raised

"""What an operator relies on: the service and its limits, a night that one wrong file does not keep from its work."""

from __future__ import annotations

import json
import re
import signal
import time
from configparser import ConfigParser
from pathlib import Path

import pytest
import responses

from archive.archive import Archive
from archive.cli import main
from archive.commands.nightly import StepFailed, tell
from archive.night.report import night
from tests.archive_samples import begun
from tests.conftest import gongkai, started
from tests.servers import serving
from tests.test_crawl import entry, listing, report

ROOT = Path(__file__).parents[1]
HOST = "http://www.anhe.example"
FILE = 'name = "{name}"\nhome = "{host}/"\nhosts = ["{bare}"]\nstart = ["{host}/nb/"]\naccess.delay = 0.01\n'
_UNITS = {"": 1, "s": 1, "min": 60, "h": 3600}


def portal(folder: Path, name: str, host: str) -> None:
    text = FILE.format(name=name, host=host, bare=host.removeprefix("http://"))
    folder.joinpath(f"{name}.toml").write_text(text, "utf-8")


def service() -> dict[str, str]:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # names as they are written
    unit.read_string(ROOT.joinpath("packaging", "gongkai.service").read_text("utf-8"))
    return dict(unit["Service"])


def seconds(said: str) -> int:
    number, unit = re.fullmatch(r"([0-9]+)(\w*)", said).groups()
    return int(number) * _UNITS[unit]


def test_systemd_waits_for_longer_than_a_stop_takes(tmp_path: Path) -> None:
    """What is under way is finished, and the report is made."""
    portal(tmp_path, "anhe", HOST)
    years = range(2008, 2024)
    pages = {f"{HOST}/nb/": listing([entry(year) for year in years])} | {
        f"{HOST}/nb/{year}.html": report(year) for year in years
    }
    words = ("nightly", "anhe", "--portals", tmp_path, "--archive", tmp_path / "a.db", "--html", tmp_path / "r.html")
    with serving(pages) as web:
        web.delay = 0.5  # a slow server
        with started(*words, env={"http_proxy": web.address, "no_proxy": ""}) as process:
            until = time.monotonic() + 60
            while len(web.asked) < 4 and time.monotonic() < until:
                time.sleep(0.05)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            took = time.monotonic() - began
    assert process.returncode == 0  # it was told so: what is left is named, and comes first the next night
    assert took < seconds(service()["TimeoutStopSec"]) / 4  # a server that says nothing may hold it for ten seconds
    assert "anhe" in tmp_path.joinpath("r.html").read_text("utf-8")
    with Archive.open(tmp_path / "a.db", write=False) as archive:
        said = night(archive.connection)
    assert said.record
    assert (said.record.ended, said.record.left) == ("stopped", ("anhe",))


def test_the_service_has_room_for_a_night_and_what_follows_it() -> None:
    unit = service()
    (budget,) = re.findall(r"--budget (\S+)", unit["ExecStart"])
    assert seconds(unit["TimeoutStartSec"]) >= 2 * seconds(budget)
    assert int(unit["LimitNOFILE"]) >= 1024
    assert unit["KillMode"] == "mixed"  # the workers are ended by the crawl, in order


def test_the_service_writes_only_where_it_may() -> None:
    """`ProtectSystem=strict` makes all but the state directory read-only."""
    unit = service()
    assert unit["ProtectSystem"] == "strict"
    written = re.findall(r"--(?:html|backup|export) (\S+)", unit["ExecStart"])
    assert written
    assert all(path.startswith(f"%S/{unit['StateDirectory']}/") for path in written)
    assert unit["Environment"] == f"GONGKAI_ARCHIVE=%S/{unit['StateDirectory']}/gongkai.db"


@pytest.mark.parametrize("page", ["README.md", "docs/operations.md", "docs/backup.md", "docs/handover.md"])
def test_every_command_of_the_docs_is_there(page: str) -> None:
    """With its options: `gongkai crawl --below` and the like."""
    text = ROOT.joinpath(page).read_text("utf-8")
    told = re.findall(r"\bgongkai ([a-z]+)((?: [^\n`#|>]*)?)", text)
    found = {
        (name, option) for name, rest in told if name in main.commands for option in re.findall(r"--[a-z-]+", rest)
    }
    known = {name: {flag for param in command.params for flag in param.opts} for name, command in main.commands.items()}
    assert any(name in main.commands for name, _ in told)
    assert [pair for pair in found if pair[0] != "import" and pair[1] not in known[pair[0]]] == []


# ---------------------------------------------------------------- one wrong file


def test_a_portal_file_with_an_error_keeps_no_other_portal_from_its_night(tmp_path: Path) -> None:
    portals = tmp_path / "portals"
    portals.mkdir()
    portal(portals, "anhe", HOST)
    for own in ROOT.joinpath("crawler", "portals").rglob("*.toml"):  # ours are not asked here
        portal(portals, own.stem, f"http://{own.stem}.example")
    portals.joinpath("linxi.toml").write_text(
        'name = "临溪县"\nhome = "http://www.linxi.example/"\nhosts = []\n', "utf-8"
    )
    for folder in ("a", "b"):
        portals.joinpath(folder).mkdir()
        portal(portals / folder, "yunling", "http://www.yunling.example")
    words = ("nightly", "--portals", portals, "--archive", tmp_path / "a.db", "--json")
    pages = {f"{HOST}/nb/": listing([entry(2023)]), f"{HOST}/nb/2023.html": report(2023)}
    with serving(pages) as web:
        done = gongkai(*words, env={"http_proxy": web.address, "no_proxy": ""})
        named = gongkai(*words[:1], "linxi", *words[1:], env={"http_proxy": web.address, "no_proxy": ""})
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert [one["portal"] for one in said["new"]] == ["anhe"]
    (step,) = (step for step in said["record"]["steps"] if step["outcome"] == "failed")
    assert step["name"] == "portal files"
    assert "linxi.toml: hosts = []: allowed: one or more host names" in step["message"]
    assert "would both be the portal 'yunling': rename one of them" in step["message"]
    (alarm,) = (alarm for alarm in said["alarms"] if alarm["code"] == "step_failed")
    assert (alarm["severity"], alarm["evidence"]) == ("error", step["message"])
    assert "linxi" not in said["record"]["due"]
    assert "linxi" not in said["record"]["failed"]  # which would make it due less often once it is mended
    assert named.returncode == 1  # asked for by name there is nothing else to do
    assert b"linxi.toml: hosts = []" in named.stderr


# ---------------------------------------------------------------- the webhook


@responses.activate
def test_a_webhook_that_sends_on_was_not_told(tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a.db") as archive:
        told = night(archive.connection, begun(archive))
    responses.post("http://hook.example/secret", status=302, headers={"Location": "http://10.0.0.1/"})
    responses.get("http://10.0.0.1/", status=200)
    with pytest.raises(StepFailed, match=r"^hook\.example answered 302"):
        tell("http://hook.example/secret", told)
    assert [call.request.url for call in responses.calls] == ["http://hook.example/secret"]

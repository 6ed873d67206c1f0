"""Portal files: what they may say, and what is said of one that says something else."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.loader import PortalLoader, spider_class
from crawler.naming import find
from crawler.portal import PORTALS, PortalError, doubts, on_hosts, read_portal, read_portals
from pipelines.records import Access, Expect

GOOD = """\
name = "安禾县"
code = "990101"
home = "http://www.anhe.example/"
hosts = ["www.anhe.example", "127.0.0.1"]
start = ["http://www.anhe.example/zwgk/nb/"]

[expect]
since = 2010
reports = 12

[access]
delay = 5
"""


def written(folder: Path, text: str, name: str = "anhe.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_a_portal_file_is_read(tmp_path: Path) -> None:
    portal = read_portal(written(tmp_path, GOOD))
    assert (portal.id, portal.name, portal.code, portal.family) == ("anhe", "安禾县", "990101", "")
    assert portal.start == ("http://www.anhe.example/zwgk/nb/",)
    assert (portal.expect, portal.access) == (Expect(2010, 12), Access(5.0))
    assert len(portal.sha256) == 64


def test_little_is_required(tmp_path: Path) -> None:
    portal = read_portal(
        written(tmp_path, 'name = "安禾新区"\nhome = "https://xinqu.example/"\nhosts = ["xinqu.example"]')
    )
    assert (portal.code, portal.start, portal.expect, portal.access) == (None, (), Expect(), Access())


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ('name = "安禾县"', 'name = "安禾县', ["not a TOML file", "line 1"]),
        ('name = "安禾县"', 'name = " "', ["name", "is empty", "allowed"]),
        ('name = "安禾县"', "", ["name", "is missing"]),
        ('code = "990101"', 'code = "9901"', ["code", "'9901'", "six digits"]),
        ('code = "990101"', 'code = "99010a"', ["code", "'99010a'", "six digits"]),
        ('code = "990101"', "code = 990101", ["code", "990101", "string"]),
        ("[expect]", 'family = "trs9"\n[expect]', ["family", "'trs9'", "allowed: ", "generic"]),
        ("[expect]", 'familiy = "generic"\n[expect]', ["familiy", "is no field", "family"]),
        ("reports = 12", "reports = 0", ["expect.reports", "0", "greater"]),
        ("since = 2010", "from = 2010", ["expect.from", "is no field", "since, reports"]),
        ("delay = 5", 'delay = "slow"', ["access.delay", "'slow'", "number"]),
        ("delay = 5", "delay = -1", ["access.delay", "-1", "greater"]),
        ("/zwgk/nb/", "/nb/", []),
        ('start = ["http://www', 'start = ["http://old', ["start", "old.anhe.example", "outside", "www.anhe.example"]),
        ('start = ["http:', 'start = ["ftp:', ["start", "ftp:", "is not an address", "http://"]),
        ('start = ["http://www.anhe.example', 'start = ["', ["start", "/zwgk/nb/", "is not an address"]),
        ('home = "http://www', 'home = "http://oa', ["home", "oa.anhe.example", "outside", "127.0.0.1"]),
        ('"127.0.0.1"', '"http://anhe.example"', ["hosts", "http://anhe.example", "without scheme"]),
        ('"127.0.0.1"', '"anhe.example/nb"', ["hosts", "anhe.example/nb", "without scheme"]),
        ('["www.anhe.example", "127.0.0.1"]', "[]", ["hosts", "[]", "one or more"]),
    ],
)
def test_an_error_names_file_field_value_and_what_is_allowed(
    tmp_path: Path, line: str, instead: str, said: list[str]
) -> None:
    assert line in GOOD
    path = written(tmp_path, GOOD.replace(line, instead))
    if not said:
        assert read_portal(path).start == ("http://www.anhe.example/nb/",)
        return
    with pytest.raises(PortalError) as raised:
        read_portal(path)
    for part in [str(path), *said]:
        assert part in str(raised.value)


def test_all_faults_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(PortalError) as raised:
        read_portal(written(tmp_path, GOOD.replace("990101", "1").replace("reports", "report")))
    assert "code" in str(raised.value)
    assert "expect.report" in str(raised.value)


def test_every_file_of_the_repository_reads() -> None:
    portals = read_portals(PORTALS)
    assert {"anxiang", "fangzheng", "lieshan", "taishun", "jingzhou"} <= set(portals)
    for path in PORTALS.rglob("*.toml"):
        portal = portals[path.stem]
        assert portal.code is None or portal.code.startswith(path.parent.name), f"{path} lies in another province"


def test_a_later_folder_overrides_an_earlier_one(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    written(ours, GOOD, "99/anhe.toml")
    written(ours, GOOD.replace("安禾县", "安禾市"), "99/anheshi.toml")
    written(theirs, GOOD.replace("990101", "990102"), "anhe.toml")
    portals = read_portals(ours, theirs)
    assert list(portals) == ["anhe", "anheshi"]
    assert portals["anhe"].code == "990102"


def test_two_files_of_one_name_are_an_error(tmp_path: Path) -> None:
    first, second = written(tmp_path, GOOD, "98/anhe.toml"), written(tmp_path, GOOD, "99/anhe.toml")
    with pytest.raises(PortalError) as raised:
        read_portals(tmp_path)
    assert str(first) in str(raised.value)
    assert str(second) in str(raised.value)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PortalError, match="no such folder"):
        read_portals(tmp_path / "nowhere")


@pytest.mark.parametrize("word", ["anxiang", "430721", "安乡县", "安乡"])
def test_a_portal_is_found_by_id_code_or_name(word: str) -> None:
    assert find(read_portals(PORTALS), word).portal.id == "anxiang"


@pytest.mark.parametrize(("word", "meant"), [("anxian", "anxiang"), ("安香县", "anxiang"), ("列山区", "lieshan")])
def test_a_portal_that_is_not_there_has_neighbours(word: str, meant: str) -> None:
    with pytest.raises(PortalError, match=f"{word}.*did you mean .*{meant}"):
        find(read_portals(PORTALS), word)


def test_a_name_that_two_portals_have_is_asked_back(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "anhe.toml")
    written(tmp_path, GOOD.replace("990101", "980101"), "anhe2.toml")
    with pytest.raises(PortalError, match=r"anhe \(安禾县\); anhe2 \(安禾县\)"):
        find(read_portals(tmp_path), "安禾县")


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("http://www.anhe.example/x", True),
        ("https://WWW.anhe.example:8443/", True),
        ("http://anhe.example/", False),
        ("http://evil.www.anhe.example/", False),
        ("http://www.anhe.example@evil.example/", False),
        ("javascript:void(0)", False),
        ("http://[::1/", False),
        ("//www.anhe.example/x", False),
    ],
)
def test_an_address_belongs_to_a_host_exactly(url: str, *, inside: bool) -> None:
    assert on_hosts(url, ("www.anhe.example",)) is inside


def test_every_file_is_a_spider(tmp_path: Path) -> None:
    spider = spider_class(read_portal(written(tmp_path, GOOD)))
    assert (spider.name, spider.custom_settings) == ("anhe", {"DOWNLOAD_DELAY": 5.0})
    with pytest.raises(KeyError, match="anhe: no such portal"):
        PortalLoader({}).load("anhe")


def test_scrapy_list_has_them_all() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "list"], cwd=PORTALS.parents[1], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == sorted(read_portals(PORTALS))


def test_a_code_that_no_table_has_is_a_doubt_and_no_error() -> None:
    portal = read_portals(PORTALS)["anxiang"]
    assert doubts(portal) == ()
    (doubt,) = doubts(replace(portal, code="439999"))
    assert "439999" in doubt
    assert doubts(replace(portal, code=None)) == ()


def test_the_codes_of_our_portals_are_real() -> None:
    assert [doubt for portal in read_portals(PORTALS).values() for doubt in doubts(portal)] == []


def test_what_is_no_file_or_too_deep_is_said(tmp_path: Path) -> None:
    tmp_path.joinpath("folder.toml").mkdir()
    with pytest.raises(PortalError, match=r"folder\.toml: cannot be read"):
        read_portal(tmp_path / "folder.toml")
    deep = tmp_path / "deep.toml"
    deep.write_text("a = " + "[" * 5000, "utf-8")
    with pytest.raises(PortalError, match=r"deep\.toml: not a TOML file"):
        read_portal(deep)
    flat = tmp_path / "flat.toml"
    flat.write_text("expect = 3\n" + GOOD.partition("[expect]")[0], "utf-8")
    with pytest.raises(PortalError, match="expect = 3: is a table; allowed in it: since, reports"):
        read_portal(flat)


def test_a_file_that_windows_wrote(tmp_path: Path) -> None:
    path = tmp_path / "anhe.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert read_portal(path).name == "安禾县"

"""Each folder of tests/pages is a page and what a careful person takes from it; one test per expected field."""

import tomllib
from functools import cache
from pathlib import Path

import pytest

from pipelines import derive, to_dict
from pipelines.fingerprint import normalise
from pipelines.records import Capture

PAGES = sorted(Path(__file__).parent.joinpath("pages").iterdir())


@cache
def read(folder: Path):
    expected = tomllib.loads(folder.joinpath("expected.toml").read_text("utf-8"))
    report = derive(Capture(expected["url"], folder.joinpath("page.html").read_bytes()))
    return expected, to_dict(report)


def cases():
    for folder in PAGES:
        expected = tomllib.loads(folder.joinpath("expected.toml").read_text("utf-8"))
        for name in expected:
            if name != "url":
                yield pytest.param(folder, name, id=f"{folder.name}-{name}")


@pytest.mark.parametrize(("folder", "name"), list(cases()))
def test_page(folder, name):
    expected, report = read(folder)
    want = expected[name]
    match name:
        case "charset":
            assert report["charset"]["chosen"] == want
        case "text":
            lines = report["text"].splitlines()
            title = normalise(expected.get("title", ""))
            assert [line for line in lines if normalise(line) != title] == want.strip().splitlines()
        case "absent":
            assert [words for words in want if words in report["text"]] == []
        case "outline":
            assert [
                s["number"] + s["title"]
                for s in report["sections"]
                if s["level"] and normalise(s["title"]) != normalise(expected["title"])
            ] == want
        case "attachments":
            assert [a["href"] for a in report["attachments"]] == want
        case _:
            assert report[name] == want


@pytest.mark.parametrize("folder", PAGES, ids=lambda folder: folder.name)
def test_forms_agree(folder):
    """Text, markdown and sections hold the same words in the same order."""
    _, report = read(folder)
    plain = normalise(report["text"])
    marks = str.maketrans("", "", "#|-\\*")
    assert normalise(report["markdown"].translate(marks)) == plain.translate(marks)
    outline = "".join(s["number"] + s["title"] + s["text"] for s in report["sections"])
    assert normalise(outline) == plain


@pytest.mark.parametrize("folder", PAGES, ids=lambda folder: folder.name)
def test_derive_is_pure(folder):
    expected, report = read(folder)
    again = derive(Capture(expected["url"], folder.joinpath("page.html").read_bytes()))
    assert to_dict(again) == report

"""The division table: codes, years, chains of names."""

from __future__ import annotations

import csv
import dataclasses
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path

import pytest

from pipelines import divisions

TABLE = files("pipelines").joinpath("data/divisions.tsv")


def rows() -> list[dict[str, str]]:
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t"))


@pytest.mark.parametrize(
    ("code", "year", "expected"),
    [
        ("430721", None, ("湖南省", "常德市", "安乡县")),
        ("230124", 2014, ("黑龙江省", "哈尔滨市", "方正县")),
        ("340604", 2017, ("安徽省", "淮北市", "烈山区")),
        ("330329", 2020, ("浙江省", "温州市", "泰顺县")),
        ("421000", 2015, ("湖北省", "荆州市")),
        ("110101", 2020, ("北京市", "东城区")),  # 市辖区 is a level of the code only
        ("429004", 2020, ("湖北省", "仙桃市")),  # and so is 直辖县
        ("110104", None, ("北京市", "宣武区")),  # ended in 2010; its parent is that of its last year
        ("341402", 2009, ("安徽省", "巢湖市", "居巢区")),
        ("500157", 2026, ("重庆市", "两江新区")),
        ("000000", None, ()),
    ],
)
def test_path(code: str, year: int | None, expected: tuple[str, ...]) -> None:
    assert divisions.path(code, year) == expected


def test_a_code_can_have_borne_several_names() -> None:
    assert [(one.name, one.last) for one in divisions.by_code("420600")] == [("襄樊市", 2009), ("襄阳市", None)]
    assert divisions.by_code("999999") == ()
    assert divisions.is_known("653132")
    assert not divisions.is_known("359000")  # what a zone's site code begins with


@pytest.mark.parametrize(
    ("text", "year", "within", "words", "code"),
    [
        ("淮北市烈山区人民政府", 2017, None, "淮北市烈山区", "340604"),
        ("安徽省淮北市烈山区", 2017, None, "安徽省淮北市烈山区", "340604"),
        ("安徽淮北市烈山区", 2017, None, "安徽淮北市烈山区", "340604"),  # a short province with a name in it
        ("福建省晋江市", 2017, None, "福建省晋江市", "350582"),  # a level left out
        ("甘孜州人民政府", 2017, None, "甘孜州", "513300"),
        ("道县财政局", 2013, None, "道县", "431124"),
        ("鼓楼区人民政府", 2017, None, "鼓楼区", None),  # four of them
        ("鼓楼区人民政府", 2017, "350100", "鼓楼区", "350102"),
        ("南京市鼓楼区", 2017, None, "南京市鼓楼区", "320106"),
        ("襄樊市", 2010, None, "襄樊市", "420600"),  # the table is of year ends
        ("兖州市人民政府", 2012, None, "兖州市", "370882"),
        ("吉林市", 2017, None, "吉林市", "220200"),
    ],
)
def test_find_chain(text: str, year: int, within: str | None, words: str, code: str | None) -> None:
    match = divisions.find_chain(text, year, within)
    assert match is not None
    assert (match.words, match.division.code if match.division else None) == (words, code)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("襄樊市", 2020),  # no more
        ("两江新区", 2015),  # not yet
        ("江苏", 2017),  # a short province alone
        ("淮北烈山", 2017),
        ("关于淮北市", 2017),  # not at the start
        ("", None),
    ],
)
def test_no_chain(text: str, year: int | None) -> None:
    assert divisions.find_chain(text, year) is None


def test_a_name_that_does_not_lie_in_the_one_before_ends_the_chain() -> None:
    match = divisions.find_chain("常德市泰顺县", 2017)
    assert match is not None
    assert match.words == "常德市"


def test_lies_within() -> None:
    assert divisions.lies_within("430721", "430000")
    assert divisions.lies_within("430721", "430721")
    assert not divisions.lies_within("430721", "330000")


def test_the_table_is_whole() -> None:
    table = rows()
    codes = {row["code"] for row in table}
    assert sum(row["level"] == "province" for row in table) == 34
    assert len(table) > 3600
    for row in table:
        assert len(row["code"]) == 6
        assert row["parent"] in codes or row["level"] == "province", row
        assert not row["last"] or int(row["last"]) >= max(2007, int(row["first"])), row


def test_divisions_do_not_change() -> None:
    (one,) = divisions.by_code("430721")
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.name = "x"  # type: ignore[misc]  # that it cannot be assigned is the point


def test_loading_is_quick() -> None:
    divisions._table.cache_clear()
    best = 1.0
    for _ in range(5):
        divisions._table.cache_clear()
        start = time.process_time()
        assert divisions.is_known("430721")
        best = min(best, time.process_time() - start)
    assert best < 0.05


def test_the_builder_folds_years_into_intervals(tmp_path: Path) -> None:
    names = [f"{level}_{kind}" for kind in ("name", "adcode", "short") for level in ("province", "city", "county")]
    made_up: list[list[object]] = []
    for year in range(2006, 2025):
        county = "禾县" if year < 2012 else "禾区"
        made_up += [
            [year, "青省", "", "", "990000", "", "", "青", "", "", 1],
            [year, "青省", "市辖区", county, "990000", "990100", "990101", "青", "市辖区", "禾", 3],
        ]
    made_up.append([2006, "青省", "旧市", "", "990000", "990200", "", "青", "旧", "", 2])
    made_up.insert(0, ["year", *names, "rank"])
    lines = [",".join(str(cell) for cell in line) for line in made_up]
    source = tmp_path / "years.csv"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    script = str(files("pipelines").joinpath("data/make_divisions.py"))
    done = subprocess.run([sys.executable, script, str(source)], capture_output=True, check=True)
    made = [line for line in done.stdout.decode().splitlines() if not line.startswith("#")]
    assert made[1:4] == [
        "province\t990000\t青省\t\t\t2006\t",
        "county\t990101\t禾县\t\t990000\t2006\t2011",
        "county\t990101\t禾区\t\t990000\t2012\t",
    ]
    assert not any("旧市" in line for line in made)  # it ended before 2007
    again = subprocess.run([sys.executable, script, str(source)], capture_output=True, check=True)
    assert again.stdout == done.stdout

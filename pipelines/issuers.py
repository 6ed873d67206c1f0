"""Which body a page's words name: its kind, and the division it governs or lies in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import cast

from pipelines import divisions, fullnames
from pipelines.dates import find_dates, normal
from pipelines.records import Issuer, IssuerKind, Portal

_WORDS = re.compile(r"[\u4e00-\u9fff〇·、()（）]{2,40}")
# Bodies of the whole country lie in no division, whichever portal shows them.
_NATIONAL = re.compile(r"^(?:国家|国务院|中华人民共和国|中国)|^[^省市县区州盟旗]{2,8}部$")
_PLAIN_TOWN = re.compile(
    r"(?:街道|镇|乡)(?:办事处|办|人民政府|政府)?|办事处"
)  # 东区街道: no place called 东区 is meant


_DIVISION = "division of the portal"  # beside it "portal" says that the portal's own body is taken for the issuer
_UNKNOWN_PLACE = re.compile(r"[\u4e00-\u9fff]{2,12}[县市旗盟州]")
# A branch bears the name of the body above it before that of its place: 国家税务总局某县税务局.
_ABOVE = re.compile(
    r"^(?:国家[\u4e00-\u9fff]{1,8}?总?局|中国人民银行|中国[\u4e00-\u9fff]{2,6}监督管理委员会|中共|中国共产党|共青团)(?=.)"
)
# 我局, 本镇: a report's own words for who speaks. A county's says 我县; its office's 我办 and 本机关 are anybody's.
_WE = re.compile(r"[我本](?:局|委(?![托派员])|厅|镇|乡|街道|中心|院|校|公司)")
_GOVERNMENT_WE = re.compile(r"我[省市县区州盟旗]")


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    kinds: tuple[tuple[str, re.Pattern[str]], ...]
    spam: re.Pattern[str]
    none: re.Pattern[str]


@cache
def _vocabulary() -> _Vocabulary:
    data = tomllib.loads(files("pipelines").joinpath("data/bodies.toml").read_text("utf-8"))
    kinds = tuple((kind["name"], re.compile("|".join(kind["patterns"]))) for kind in data["kind"])
    return _Vocabulary(
        kinds, re.compile("|".join(data["spam"]["patterns"])), re.compile("|".join(data["none"]["patterns"]))
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands: what its site says of its division, beside the year that is reported on."""

    year: int | None
    portal: Portal | None
    site_code: str | None
    site_name: str = ""  # as the page's metas say

    @property
    def within(self) -> str | None:
        """The division that a name with several bearers is looked for in."""
        if self.portal and self.portal.code:
            return self.portal.code
        code = (self.site_code or "")[:6]
        return code if divisions.is_known(code) else None

    @property
    def seat(self) -> fullnames.Seat | None:
        """Where a body is that names no place: the portal's division before the site code's before the site name's."""
        if self.portal:
            return _seat_of(self.portal, self.year)
        if self.within:
            return fullnames.seat(divisions.chain(self.within, self.year), "site code", self.site_code or "")
        named = divisions.find_chain(self.site_name, self.year)
        if named and named.division:
            return fullnames.seat(divisions.chain(named.division.code, self.year), "meta SiteName", self.site_name)
        return None


def _seat_of(portal: Portal, year: int | None) -> fullnames.Seat | None:
    named = divisions.find_chain(portal.name, year)
    code = portal.code or (named.division.code if named and named.division else "")
    chain = divisions.chain(code, year) or divisions.chain(code)
    if not portal.code and not is_body(portal.name):  # 新疆生产建设兵团 is not 新疆
        chain = ()
    if _kind(portal.name) == "zone":
        zone = portal.name.removeprefix(named.words if named and chain else "")
        return fullnames.zone_seat(chain, zone, portal.code, _DIVISION, portal.id)
    if chain:
        return fullnames.seat(chain, _DIVISION, portal.id)
    if _UNKNOWN_PLACE.fullmatch(portal.name):
        return fullnames.Seat((portal.name,), (portal.code,), (), _DIVISION, portal.id)
    return None


def kind_of(name: str) -> IssuerKind | None:
    """What kind of body bears this name; None where it is of no kind that reports, or names none."""
    kind = _kind(name)
    return None if kind in ("", "other") else cast("IssuerKind", kind)


def is_body(name: str) -> bool:
    """Whether the words name a body, of whatever kind."""
    return bool(_kind(name))


def _kind(name: str) -> str:
    bare = fullnames.bare(name)
    vocabulary = _vocabulary()
    if not _WORDS.fullmatch(bare) or vocabulary.spam.search(bare) or vocabulary.none.search(bare):
        return ""
    chain = divisions.find_chain(bare)
    if chain and chain.words == bare:
        return "government"
    return next((kind for kind, pattern in vocabulary.kinds if pattern.search(bare)), "")


def is_damaged(words: str) -> bool:
    """Whether words in the place of a body are none: tokens of a hacked page, letters, punctuation."""
    bare = normal(words)
    return bool(bare) and (_WORDS.fullmatch(bare) is None or bool(_vocabulary().spam.search(bare)))


def read_body(words: str, place: Place) -> Issuer | None:
    """The body the words name, with the division they, or the page's site, put it in. The name stays as written."""
    return _read(words, place, by_site=True)


def read_alone(words: str, place: Place) -> Issuer | None:
    """The same where only the words themselves say in which division it is."""
    return _read(words, place, by_site=False)


def _read(words: str, place: Place, *, by_site: bool) -> Issuer | None:
    name = "".join(words.split())
    if not is_body(name):
        return None
    kind = kind_of(name)
    plain = fullnames.bare(name)
    above = ""
    match = _place_in(plain, place)
    if match is None and (superior := _ABOVE.match(plain)):
        above = superior[0]
        match = _place_in(plain[superior.end() :], place)
    if match and match.division:
        division = match.division.code
        path = divisions.path(division, place.year) or divisions.path(division)
        full = fullnames.within(path, above, plain[len(above) + len(match.words) :], kind)
        return Issuer(name, kind, None if kind == "zone" else division, path, full)
    if match is None and _NATIONAL.search(name):
        return Issuer(name, kind, None, (), plain)
    seat = place.seat if match is None and by_site else None
    found = fullnames.place(plain, kind, seat) if seat else None
    if seat is None or found is None:
        return Issuer(name, kind, None, ())
    code = None if kind == "zone" else seat.codes[found.depth - 1]
    completed = fullnames.within(seat.names[: found.depth], "", found.rest, kind) if found.certain else None
    return Issuer(name, kind, code, seat.path[: found.depth], completed)


def read_titled(words: str, place: Place) -> Issuer | None:
    """The body in a report's title, where a county or city that the table does not hold is one as well."""
    name = "".join(words.split())
    if (found := read_body(name, place)) or not is_titled(name):
        return found
    seat = place.seat
    if seat and seat.names[-1] == normal(name):
        return Issuer(name, "government", seat.codes[-1], (), fullnames.within(seat.names, "", "", "government"))
    return Issuer(name, "government", None, ())


def speaks_of_itself(lines: Sequence[str]) -> str:
    """The word by which a report speaks of itself as a department's or a town's (我局); empty for a government's."""
    text = "\n".join(lines)
    ours = _WE.findall(text)
    return ours[0] if len(ours) > len(_GOVERNMENT_WE.findall(text)) else ""


def is_titled(name: str) -> bool:
    """Whether the words are a body by themselves or in the place where a report's title has its body."""
    plain = normal(name)
    vocabulary = _vocabulary()
    unknown = _UNKNOWN_PLACE.fullmatch(plain) and not (vocabulary.none.search(plain) or vocabulary.spam.search(plain))
    return is_body(name) or bool(unknown)


def _place_in(name: str, place: Place) -> divisions.Match | None:
    """The divisions the name begins with, unless they are only the look of a name (东区街道 is a town of any city)."""
    match = divisions.find_chain(name, place.year, place.within) or divisions.find_chain(name)
    if match is None or match.division is None:
        return match
    rest = name.removeprefix(match.words)
    if _PLAIN_TOWN.fullmatch(rest):
        return None
    # 东区, 西区, 矿区: one of them is a division, but any city may call a part of it so.
    if len(match.words) == 2 and match.words.endswith("区") and place.within is None and rest not in ("", "人民政府"):
        return None
    return match


def of_portal(portal: Portal, year: int | None) -> Issuer:
    """The government whose portal shows the page."""
    kind = kind_of(portal.name) or "government"
    path = divisions.path(portal.code, year) if portal.code else ()
    named = read_titled(portal.name, Place(year, portal, None))
    return Issuer(portal.name, kind, portal.code, path, named.full if named else None)


def in_breadcrumb(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Segments of a breadcrumb that are bodies, the last one first, with the whole line."""
    for line in lines:
        if not re.search(r"[>＞»›]", line) and "当前位置" not in line:
            continue
        for segment in reversed(re.split(r"[>＞»›/:：]+", line)):
            name = "".join(segment.split())
            if 2 < len(name) <= 30 and is_body(name):
                yield name, line


def signature(lines: Sequence[str]) -> tuple[str | None, str, str] | None:
    """Who signed (where a body stands there), the date, and the words: the last line that is a date.

    The date stands alone under the body's name or beside it. Only the second half of a text can hold a signature.
    """
    for at in range(len(lines) - 1, len(lines) // 2 - 1, -1):
        line = normal(lines[at]).strip()
        if len(line) > 70:
            continue
        dates = list(find_dates(line))
        if len(dates) != 1 or line[dates[0].end :].strip("()。 "):
            continue
        before = line[: dates[0].start].strip("(:, ")
        if not before and at and len(lines[at - 1]) <= 40:
            above = lines[at - 1].strip()
            if is_body("".join(above.split())):
                return _first_of(above), dates[0].value, f"{above} {line}"
        if not before and "年" in line:  # a bare 2021-01-29 may be the page's
            return None, dates[0].value, line
        if is_body("".join(before.split())):
            return _first_of(before), dates[0].value, line
    return None


def _first_of(words: str) -> str:
    """The first of several bodies that sign together; the letters of one name may stand apart as well."""
    pieces = words.split()
    return pieces[0] if len(pieces) > 1 and all(is_body(piece) for piece in pieces) else words

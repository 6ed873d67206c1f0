"""Dates, years and periods as Chinese pages write them. The incomplete stays unread: a month is not its first day."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

FIRST_YEAR, LAST_YEAR = 2007, 2100  # of a report: the law is of 2007
FIRST_DAY = "1994-01-01"  # no page is older: China joined the net that year. 1900 and 1970 are a clock's zero

_DIGITS = {"〇": "0", "○": "0", "◯": "0", "零": "0", "O": "0", "o": "0"} | dict(
    zip("一二三四五六七八九", "123456789", strict=True)
)
_ZERO = "〇○◯零Oo0"
_CHINESE_YEAR = (
    rf"(?<![一二三四五六七八九〇○◯])([一二][{_ZERO}九][{_ZERO}一二三四五六七八九][{_ZERO}一二三四五六七八九])\s*年"
)
_MONTH_OR_DAY = r"([元正一二三四五六七八九十廿卅〇○零\d]{1,4})"
_WRITTEN = re.compile(rf"{_CHINESE_YEAR}\s*{_MONTH_OR_DAY}\s*月\s*{_MONTH_OR_DAY}\s*[日号]")
# The day may be glued to the time after it: 2024-03-2608:58.
_DAY = r"(\d{2}(?=\d{2}[:∶]\d{2})|\d{1,2}(?!\d))"
_ARABIC = re.compile(
    rf"(?<![\d.])((?:19|20)\d\d)\s*(?:年\s*(\d{{1,2}})\s*月\s*(\d{{1,2}})(?!\d)\s*日?|([-/.])\s*(\d{{1,2}})\s*\4\s*{_DAY})"
)
_ANY_DATE = re.compile(r"(?<![\d./-])(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"\s*((?:19|20)\d\d)(\d\d)(\d\d)\s*$")
_COMPACT_FIRST = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")
_MONTHS = {name: str(at) for at, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
# What a Java server prints of a date that nobody told it how to write: Wed Jan 06 08:11:22 CST 2021
_JAVA = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ({'|'.join(_MONTHS)}) (\d\d) \d\d:\d\d:\d\d [A-Z]{{3}}(?:[+-]\d\d:\d\d)?"
    r" ((?:19|20)\d\d)(?!\d)"
)
_TIME = re.compile(r"[日号]?[T\s]*(\d{1,2}\s*[:∶时]\s*\d{1,2}\s*(?:[:∶分]\s*\d{1,2}\s*秒?|分)?)?")
_PUNCTUATION = tuple(zip("，：（）；！？", ",:();!?", strict=True))


@dataclass(frozen=True, slots=True)
class Found:
    """A date in a text (after NFKC) with the place of its words, the time of day behind it included."""

    value: str
    start: int
    end: int


def normal(words: str) -> str:
    """Full-width and compatibility forms folded, so that one set of patterns reads them all."""
    if unicodedata.is_normalized("NFKC", words):
        return words
    for wide, narrow in _PUNCTUATION:  # mostly this is all, and NFKC takes fifty times as long
        words = words.replace(wide, narrow)
    return unicodedata.normalize("NFKC", words)


def parse_date(words: str) -> str | None:
    """The first complete date of the words as ISO 8601, whatever its writing."""
    words = normal(words)
    if compact := _COMPACT.match(words):
        return _iso(compact[1], compact[2], compact[3])
    return next((found.value for found in find_dates(words)), None)


def first_date(words: str) -> str | None:
    """The date that the words behind the label of one begin with; 20210129 is one only there."""
    words = normal(words).strip()
    if compact := _COMPACT_FIRST.match(words):
        return _iso(compact[1], compact[2], compact[3])
    if java := _JAVA.match(words):
        return _iso(java[3], _MONTHS[java[1]], java[2])
    found = next(find_dates(words), None)
    return found.value if found and found.start == 0 else None


def find_dates(words: str) -> Iterator[Found]:
    """Every complete date of a text that went through `normal`."""
    hits: list[tuple[re.Match[str], tuple[str, str, str]]] = []
    if "20" in words or "19" in words:  # looked for first: few lines have a date
        hits += [(hit, (hit[1], hit[2] or hit[5], hit[3] or hit[6])) for hit in _ARABIC.finditer(words)]
    if "月" in words:
        hits += [(hit, (_figures(hit[1]), _number(hit[2]), _number(hit[3]))) for hit in _WRITTEN.finditer(words)]
    for match, parts in sorted(hits, key=lambda hit: hit[0].start()):
        if value := _iso(*parts):
            time = _TIME.match(words, match.end())
            yield Found(value, match.start(), time.end() if time else match.end())


def _number(written: str) -> str:
    """31 for 三十一, 卅一, 三一 and 31 alike."""
    if written in ("元", "正"):
        return "1"
    written = written.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = written.rpartition("十")
    if not ten:
        return _figures(written)
    return _figures(tens or "一") + _figures(ones or "〇")


def _figures(written: str) -> str:
    return "".join(_DIGITS.get(character, character) for character in written)


def _iso(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:  # 2月30日, or characters that are no number together
        return None


# ---------------------------------------------------------------- the year of a report

# Neither the year of a date nor that of a document number: 泰政发(2021)5号, 2021年第5号.
_NO_DATE = r"(?!\s*[年/.-]\s*\d+\s*[月/.-])(?!\s*年?\s*第?\s*\d+\s*号|\s*[\])】〕]\s*第?\s*\d)"
_YEAR = re.compile(
    rf"(?<![\d.〔])(20\d\d)(?!\d){_NO_DATE}|(?<![A-Za-z\d.])(2[{_ZERO}][\d{_ZERO}]{{2}})(?=\s*年){_NO_DATE}"
    rf"|{_CHINESE_YEAR}(?!\s*[元正一二三四五六七八九十]+\s*月)"
)
_SPAN_OF_YEARS = re.compile(r"(20\d\d)\s*年?度?\s*[-—–~至到]+\s*(20\d\d)(?!\d)(?!\s*[-年/.]\s*\d+\s*[-月/.])")


@dataclass(frozen=True, slots=True)
class Year:
    """A year in a text (after NFKC) with the place of its words, 年 and 年度 not included."""

    value: int
    start: int
    end: int


def find_years(words: str) -> tuple[Year, ...]:
    """Plausible report years of a text that went through `normal`; years of dates and of spans of years are none."""
    spans = [(match.start(), match.end()) for match in _SPAN_OF_YEARS.finditer(words)]
    out = []
    for match in _YEAR.finditer(words):
        group = match.lastindex or 0
        value = int(_figures(match[group]))
        inside = any(start <= match.start() < end for start, end in spans)
        if FIRST_YEAR <= value <= LAST_YEAR and not inside:
            out.append(Year(value, *match.span(group)))
    return tuple(out)


def find_span(words: str) -> re.Match[str] | None:
    """Several years named as one (2019-2020年), of which none is the report's, in a text that went through `normal`."""
    return _SPAN_OF_YEARS.search(words)


def impossible_date(words: str) -> str | None:
    """Words in the form of a date that name no day on which a page can have been published: 2013-02-30, 1970-01-01."""
    for match in _ANY_DATE.finditer(normal(words)):
        value = _iso(match[1], match[2], match[3])
        if value is None or value < FIRST_DAY:
            return match[0]
    return None


# ---------------------------------------------------------------- the period of a report

_TO = r"\s*[日号]?\s*起?\s*[,，、]?\s*(?:至|到|-|—|–|~)+\s*"
_FULL = re.compile(
    rf"((?:19|20)\d\d)\s*[年.\-/]\s*(\d{{1,2}})\s*[月.\-/]\s*(\d{{1,2}}){_TO}"
    r"(?:((?:19|20)\d\d)\s*[年.\-/]\s*|同年|当年)?(\d{1,2})\s*[月.\-/]\s*(\d{1,2})(?!\d)"
)
_IN_WORDS = re.compile(
    rf"{_CHINESE_YEAR}\s*{_MONTH_OR_DAY}\s*月\s*{_MONTH_OR_DAY}{_TO}"
    rf"(?:{_CHINESE_YEAR}\s*)?{_MONTH_OR_DAY}\s*月\s*{_MONTH_OR_DAY}\s*日"
)
# Some scrapers and editors lose 年 and 月 beside digits: 201711日至20171231日, 20231月1日至202312月31日. The digits can
# be split only because the form is known: from 1 January to 31 December of one year.
_DAMAGED = re.compile(r"(?<!\d)(20\d\d)年?1月?1日?起?(?:至|到|-|—|~)(20\d\d)年?12月?31日?(?!\d)")
_ABOUT_DATA = re.compile(r"统计|期限|时限|期间|数据|起止|周期|时间")
_CONTEXT = 40  # characters before the period in which a word must say that it is the report's


def find_period(words: str) -> tuple[tuple[str, str], str] | None:
    """The period the figures of a report cover and the words that say so.

    A whole calendar year says it by itself; another span counts only where the words before it speak of the data.
    """
    words = normal(words)
    for match in (*_FULL.finditer(words), *_IN_WORDS.finditer(words)):
        first, *rest = match.groups()
        parts = [first, *(_number(part) if part else None for part in rest)]
        begin_year = _figures(first)
        end_year = _figures(parts[3]) if parts[3] else begin_year
        begin = _iso(begin_year, parts[1] or "", parts[2] or "")
        end = _iso(end_year, parts[4] or "", parts[5] or "")
        if begin is None or end is None or end <= begin:
            continue
        whole = begin.endswith("-01-01") and end == f"{begin_year}-12-31"
        if whole or _ABOUT_DATA.search(words[max(0, match.start() - _CONTEXT) : match.start()]):
            return (begin, end), match[0]
    damaged = _DAMAGED.search(re.sub(r"\s+", "", words))
    if damaged and damaged[1] == damaged[2]:
        return (f"{damaged[1]}-01-01", f"{damaged[1]}-12-31"), damaged[0]
    return None

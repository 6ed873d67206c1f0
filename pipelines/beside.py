"""The date beside a link of a list: whole, without its year, or in two boxes for day and month."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import islice

from pipelines.dates import find_dates, normal

PIECES = 30  # of text beside a link that are looked at; a row of a list has a dozen
_LONGEST = 1000  # characters of such a piece: a summary has some hundred
_DIGIT = re.compile(r"\d")
_NOT = r"(?<![\d./年-])"
# what lists write that no sentence does; a group's name says what it is
_SHORT_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?P<day>\d{1,2})日?\s+(?P<year>(?:19|20)\d\d)[-/.年](?P<month>\d{1,2})(?![\d])月?",  # 10 2024-03
        r"(?P<year>(?:19|20)\d\d)[-/.年](?P<month>\d{1,2})月?\s+(?P<day>\d{1,2})(?![\d:])",  # 2024-03 10
        r"(?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?\s+(?P<year>(?:19|20)\d\d)(?!\d)",  # 03-10 2024
        _NOT + r"(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?!\d)",  # 20240310
        _NOT + r"(?P<short>\d\d)[-/.](?P<month>\d\d)[-/.](?P<day>\d\d)(?![\d-])",  # 24-03-10
        _NOT + r"(?P<month>\d{1,2})[-/月](?P<day>\d{1,2})(?![\d./-])日?",  # 03-10
    )
)
_ONLY = re.compile(r"[\[(【]?[\d年月日号/.:\s-]{4,24}[\])】]?")
_LABELLED = re.compile(r"(?:发布|公开|发文)(?:日期|时间)\s*[:：]?\s*")
_SHORT = 40  # characters of a piece that can be nothing but a date
_ALONE = re.compile(r"[\[\]()（）【】〔〕:：\s|/·-]*")  # what may stand around a date that stands by itself
_TIME = re.compile(r"\d{1,2}[:∶]\d{1,2}(?:[:∶]\d{1,2})?")
_LABEL = re.compile(r"(?:发布|公开|发文|更新|生成|成文|印发)?(?:日期|时间)")
_IN_ADDRESS = (
    re.compile(r"(?:^|/)t?(?P<year>20\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?=[_/])"),
    re.compile(r"(?:^|/)(?P<year>20\d\d)[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})/"),
)
_AT_END = re.compile(
    r"^(?P<words>.*\S)(?:\s+|\s*[\[(【])(?P<date>(?:19|20)\d\d([-/.])\d{1,2}\3\d{1,2})[\])】]?(?:\s*\d{1,2}:\d{1,2}(?::\d{1,2})?)?$"
)
_LAST = re.compile(r"[\d\])】]$")  # of words with a date at their end
MonthDay = tuple[int, int]


def read_date(pieces: Iterable[str]) -> str | MonthDay | None:
    """The date that pieces of text beside a link give: ISO, month and day where the year is not said, else None.

    A date that stands by itself goes before one inside words, a labelled day of publication before all.
    """
    texts = [normal(piece[:_LONGEST]) for piece in islice(pieces, PIECES)]
    joined = " ".join(texts)
    if not _DIGIT.search(joined):
        return None
    if (label := _LABELLED.search(joined)) and (found := next(find_dates(joined[label.end() :]), None)):
        return found.value
    alone = [value for text in texts if (value := _by_itself(text))]
    whole = alone[-1] if alone else next((found.value for found in find_dates(joined)), None)
    return whole or _short(joined)


def is_date(piece: str) -> bool:
    """Whether a piece of text is nothing but a date."""
    return len(piece) < _SHORT and _ONLY.fullmatch(normal(piece)) is not None and read_date([piece]) is not None


def is_labelled(piece: str) -> bool:
    """Whether a piece of text says that it names the day of publication."""
    return _LABELLED.match(normal(piece[:_SHORT])) is not None


def split_date(words: str) -> tuple[str, str | None]:
    """Words of a link without the date glued to their end, and that date."""
    if (
        _LAST.search(words)
        and (glued := _AT_END.match(words))
        and (found := next(find_dates(normal(glued["date"])), None))
    ):
        return glued["words"], found.value
    return words, None


def complete(day: MonthDay, href: str, before: str | None, after: str | None) -> str | None:
    """A day without its year, by the date in the link's address, else by neighbours of one year."""
    for form in _IN_ADDRESS:
        if found := form.search(href):
            value = _iso(int(found["year"]), int(found["month"]), int(found["day"]))
            return value if value and value[5:] == f"{day[0]:02d}-{day[1]:02d}" else None
    if before and after and before[:4] == after[:4]:
        return _iso(int(before[:4]), *day)
    return None


def _by_itself(text: str) -> str | None:
    for found in find_dates(text):
        rest = _LABEL.sub("", text[: found.start] + text[found.end :])
        if _ALONE.fullmatch(_TIME.sub("", rest)):
            return found.value
    return None


def _short(text: str) -> str | MonthDay | None:
    for form in _SHORT_FORMS:
        for found in form.finditer(text):
            parts = found.groupdict()
            month, day = int(parts["month"]), int(parts["day"])
            year = parts.get("year") or (f"20{parts['short']}" if parts.get("short") else None)
            if value := _iso(int(year or 2000), month, day):  # 2000 had a 29 February
                return value if year else (month, day)
    return None


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:  # no day of the calendar
        return None

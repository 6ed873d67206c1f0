"""Dates, years and periods in all the ways pages write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.dates import find_period, find_years, first_date, normal, parse_date


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2021-01-29", "2021-01-29"),
        ("2021-01-29 10:06", "2021-01-29"),
        ("2021-01-29  10:06:05", "2021-01-29"),
        ("2021-01-29T10:06:05+08:00", "2021-01-29"),
        ("2021/1/29", "2021-01-29"),
        ("2021.02.15", "2021-02-15"),
        ("2021年1月29日", "2021-01-29"),
        ("2021 年 1 月 29 日", "2021-01-29"),
        ("2014年08月29日 07时21分", "2014-08-29"),
        ("（2013年3月5日）", "2013-03-05"),
        ("２０１０年１月２日", "2010-01-02"),
        ("2023-08-19 10∶08", "2023-08-19"),
        ("2024-03-2608:58", "2024-03-26"),  # the time is glued to the day
        ("2012-03-24?? 字号【", "2012-03-24"),
        ("20210129", "2021-01-29"),
        ("二〇一五年三月二十日", "2015-03-20"),
        ("二○一二年二月二十日", "2012-02-20"),
        ("二O一一年三月十七日", "2011-03-17"),
        ("二00八年十月三十一日", "2008-10-31"),
        ("二零一三年十二月十一日", "2013-12-11"),
        ("二〇一五年元月八日", "2015-01-08"),
        ("二〇一五年一月廿八日", "2015-01-28"),
        ("一九九八年五月一日", "1998-05-01"),
        ("2021年1月", None),  # a month is not its first day
        ("二〇二一年一月", None),
        ("2021-1", None),
        ("2021", None),
        ("2013年2月30日", None),
        ("2021-13-01", None),
        ("2021-01-291", None),
        ("二〇二〇年一月二十", None),
        ("电话 0736-2021-0129", None),
        ("", None),
    ],
)
def test_parse_date(words: str, expected: str | None) -> None:
    assert parse_date(words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2021-01-29 10:06", "2021-01-29"),
        ("20210129", "2021-01-29"),
        ("20210129 字体：大", "2021-01-29"),
        ("Fri Jan 29 10:06:05 CST 2021", "2021-01-29"),
        ("Fri Jan 29 10:06:05 GMT+08:00 2021 点击", "2021-01-29"),
        ("202101291", None),
        ("20211329", None),
        ("Fri Jan 29 2021", None),
        ("于2021-01-29发布", None),
        ("21-01-29", None),
        ("", None),
    ],
)
def test_first_date(words: str, expected: str | None) -> None:
    assert first_date(words) == expected


@settings(max_examples=60, deadline=None)
@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_in_every_writing(day: date) -> None:
    figures = "〇一二三四五六七八九"

    def spoken(number: int) -> str:
        tens, ones = divmod(number, 10)
        return ("" if tens == 0 else "十" if tens == 1 else figures[tens] + "十") + (figures[ones] if ones else "")

    year = "".join(figures[int(figure)] for figure in str(day.year))
    writings = [
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
    ]
    if str(day.year)[:2] in ("19", "20"):
        writings.append(f"{year}年{spoken(day.month)}月{spoken(day.day)}日")
    assert {parse_date(writing) for writing in writings} == {day.isoformat()}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2011年度青禾县", [2011]),
        ("2009青禾市", [2009]),
        ("青禾县2017年", [2017]),
        ("二〇一〇年", [2010]),
        ("二○一一年度", [2011]),
        ("二O一一年", [2011]),
        ("二00八年", [2008]),
        ("２０１０年", [2010]),
        ("年报（2014）", [2014]),
        ("青禾县2010年报告(二〇一〇年十二月二十日)", [2010]),  # that of a date is not the report's
        ("2015年3月2日", []),
        ("2016-2017年度", []),  # two years are none
        ("2001年", []),  # before the law
        ("〔2021〕30号", []),
        ("12017年", []),
    ],
)
def test_find_years(words: str, expected: list[int]) -> None:
    assert [year.value for year in find_years(normal(words))] == expected


YEAR_2012 = ("2012-01-01", "2012-12-31")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("统计期限自2012年1月1日起至2012年12月31日止。", YEAR_2012),
        ("期限从2012年1月1日起，至2012年12月31日止", YEAR_2012),
        ("2012年1月1日至12月31日", YEAR_2012),
        ("2012年1月1日—2012年12月31日", YEAR_2012),
        ("2012.1.1-2012.12.31", YEAR_2012),
        ("2012-01-01至2012-12-31", YEAR_2012),
        ("二〇一二年一月一日至二〇一二年十二月三十一日", YEAR_2012),
        ("201211日至20121231日", YEAR_2012),  # characters lost beside digits
        ("20121月1日至201212月31日", YEAR_2012),
        ("2012年1月 1日起至2012 年12月31日", YEAR_2012),
        ("本年度报告的统计期限为2010年3月1日至2011年2月28日", ("2010-03-01", "2011-02-28")),
        ("所列数据的统计期限自2015年1月2日至2015年12月31日", ("2015-01-02", "2015-12-31")),
        ("2018年7月1日至2018年9月30日，开展专项整治", None),  # a campaign
        ("201211日至20131231日", None),  # cannot be split
        ("自2012年12月31日至2012年1月1日", None),
        ("2012年", None),
    ],
)
def test_find_period(words: str, expected: tuple[str, str] | None) -> None:
    found = find_period(words)
    assert (found[0] if found else None) == expected

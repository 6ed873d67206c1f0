"""Titles as columns, editors and content systems spoil them. Towns and sentences are invented."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import titles
from pipelines.identify import identify
from pipelines.records import Context, Heading, Identity

PLAIN = "青禾县2020年政府信息公开工作年度报告"


def page(**parts: Any) -> Context:
    base: dict[str, Any] = {"url": "http://www.county.example/a.html", "metas": {}, "title_tag": ""}
    return Context(**base | {"headings": (), "above": (), "lines": (), "below": ()} | parts)


def said(context: Context) -> Identity:
    return identify(context)[0]


@pytest.mark.parametrize(
    "title",
    [
        "（已归档）青禾县2020年政府信息公开工作年度报告",
        "青禾县2020年政府信息公开工作年度报告（已归档）",
        "[2021-01-20]青禾县2020年政府信息公开工作年度报告",
        "2021-01-20 青禾县2020年政府信息公开工作年度报告",
        "青禾县2020年政府信息公开工作年度报告 [2021-01-20]",
        "青禾县2020年政府信息公开工作年度报告 2021-01-20",
        "青禾县2020年政府信息公开工作年度报告（2021年1月20日发布）",
        "附件：青禾县2020年政府信息公开工作年度报告",
        "附件1：青禾县2020年政府信息公开工作年度报告.doc",
        "附件1 2020年青禾县政府信息公开工作年度报告",
        "【年度报告】青禾县2020年政府信息公开工作年度报告",
        "[年报]青禾县2020年政府信息公开工作年度报告",
        "1.青禾县2020年政府信息公开工作年度报告",
        "·青禾县2020年政府信息公开工作年度报告",
        "转发：青禾县2020年政府信息公开工作年度报告",
        "青政办〔2021〕5号 青禾县2020年政府信息公开工作年度报告",
        "青禾县2020年政府信息公开工作年度报告（青政办〔2021〕5号）",
        "《青禾县2020年政府信息公开工作年度报告》",
        "青禾县２０２０年政府信息公开工作年度报告",
        "青禾县二〇二〇年政府信息公开工作年度报告",
        "青禾县二○二○年度政府信息公开工作年度报告",
        "青禾县二零二零年政府信息公开工作年度报告",
        "青禾县二0二0年政府信息公开工作年度报告",
        "青禾县2O20年政府信息公开工作年度报告",  # letters O
        "青禾县2o2o年度政府信息公开年报",
        "(2020年)青禾县政府信息公开工作年度报告",
        "【2020】青禾县政府信息公开工作年度报告",
        "青禾县政府信息公开工作年度报告（2020）",
        "青禾县政府信息公开工作年度报告(2020年度)",
        "青禾县信息公开年报2020",
        "青禾县关于2020年政府信息公开工作情况的报告",
        "2020年青禾县政府信息与政务公开年度报告",
        "青禾县:2020年政府信息公开工作年度报告",
        "青禾县2020年政府信息公开工作年度报告（超链版）",
        "青禾县2020年政府信息公开工作年度报告（图片版）",
        "青禾县2020年度政府信息公开工作\n年度报告",
    ],
)
def test_spoilt_titles_say_what_the_plain_one_says(title: str) -> None:
    assert titles.parse(title) == titles.ReportTitle(2020, "青禾县")


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("2020年度政府信息公开工作年度报告-青禾县水利局", "青禾县水利局"),
        ("2020年政府信息公开工作年度报告（青禾县水利局）", "青禾县水利局"),
        ("2020年政府信息公开工作年度报告（修订版）", ""),
        ("2020年政府信息公开工作年度报告（全文）", ""),
    ],
)
def test_the_body_behind_the_title(title: str, body: str) -> None:
    assert titles.parse(title) == titles.ReportTitle(2020, body)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("青禾县2019-2020年政府信息公开工作年度报告", "青禾县"),
        ("青禾县2008—2010年度政府信息公开工作报告", "青禾县"),
        ("青禾大学2019-2020学年信息公开工作年度报告", "青禾大学"),
        ("青禾大学2019—2020学年度信息公开工作报告", "青禾大学"),
        ("青禾县上一年度政府信息公开工作年度报告", "青禾县"),
        ("青禾县政府信息公开工作年度报告", "青禾县"),
    ],
)
def test_titles_without_one_year(title: str, body: str) -> None:
    assert titles.parse(title) == titles.ReportTitle(None, body)


@pytest.mark.parametrize("span", ["青禾县2008-2012年政府信息公开工作报告", "青禾县2019至2020年度政府信息公开年度报告"])
def test_a_report_on_several_years_has_no_year(span: str) -> None:
    lines = ("统计期限自2008年1月1日起至2012年12月31日止。", "一、概述", "2012年，我县认真贯彻条例。")
    assert said(page(headings=(Heading(span, 1, "above"),), lines=lines)).year is None


@pytest.mark.parametrize(
    "title",
    [
        "青禾县2020年上半年政府信息公开工作报告",
        "青禾县2020年半年度政府信息公开工作总结",
        "青禾县2020年第一季度政府信息公开工作报告",
        "青禾县2020年5月份政府信息公开工作总结",
        "青禾县政府信息公开统计制度",
        "青禾县2020年政府信息公开情况统计表",
        "青禾县2020年政府网站工作年度报表",
        "青禾晚报：青禾县政府信息公开2011年情况公布",
    ],
)
def test_parts_of_a_year_and_neighbours_are_none(title: str) -> None:
    assert titles.parse(title) is None
    assert said(page(headings=(Heading(title, 1, "above"),))).year is None


@pytest.mark.parametrize(
    "parts",
    [
        ("青禾县人民政府", "2020年政府信息公开工作年度报告"),
        ("青禾县人民政府", "2020年度政府信息公开工作", "年度报告"),
    ],
)
def test_a_heading_broken_into_several(parts: tuple[str, ...]) -> None:
    identity = said(page(headings=tuple(Heading(part, 1, "above") for part in parts)))
    assert identity.title == "".join(parts)
    assert (identity.year, identity.issuer.name if identity.issuer else None) == (2020, "青禾县人民政府")
    assert identity.evidence[0].where == "headings joined"


def test_headings_of_other_boxes_are_not_joined() -> None:
    headings = (Heading("青禾县人民政府", 2, "above"), Heading("2020年政府信息公开工作年度报告", 1, "above"))
    assert said(page(headings=headings)).title == "2020年政府信息公开工作年度报告"


@pytest.mark.parametrize(
    ("metas", "tag", "title"),
    [
        ({"contenttitle": ("柳桥镇举办书法展",)}, "青禾县人民政府", "柳桥镇举办书法展"),
        ({"og:title": ("柳桥镇举办书法展_青禾县人民政府",)}, "青禾县人民政府", "柳桥镇举办书法展"),
        ({"og:title": ("青禾县人民政府门户网站",)}, "柳桥镇举办书法展_青禾县人民政府", "柳桥镇举办书法展"),
        ({"articletitle": ("",), "contenttitle": ("",), "og:title": ("",)}, "柳桥镇举办书法展", "柳桥镇举办书法展"),
    ],
)
def test_meta_tags(metas: dict[str, tuple[str, ...]], tag: str, title: str) -> None:
    assert said(page(metas=metas, title_tag=tag)).title == title


SHOW = "柳桥镇举办第三届书法作品展"
INFO = "2018/6/6 8:30:15 来源 柳桥镇 点击数 302"


@pytest.mark.parametrize(
    ("context", "title"),
    [
        # two headings that the title tag has as one
        (
            page(
                headings=(Heading("《青禾县若干措施》", 1, "above"), Heading("政策解读", 1, "above")),
                title_tag="《青禾县若干措施》政策解读",
            ),
            "《青禾县若干措施》政策解读",
        ),
        # two headings above the line of date and source; the breadcrumb knows neither
        (
            page(
                headings=(Heading("柳桥镇举办第三届", 2, "above"), Heading("书法作品展", 2, "above")),
                above=("当前位置：首页 > 部门动态", "柳桥镇举办第三届", "书法作品展", "时间:2020-09-17 来源:柳桥镇"),
                title_tag="青禾县人民政府",
            ),
            SHOW,
        ),
        (
            page(
                headings=(Heading("部门工作动态", 2, "above"), Heading(SHOW, 2, "above")),
                above=("当前位置：首页 > 部门工作动态", "部门工作动态", SHOW, "时间:2020-09-17 来源:柳桥镇"),
                title_tag="青禾县人民政府",
            ),
            SHOW,
        ),
        (
            page(
                headings=tuple(
                    Heading(words, 1, "above") for words in ("柳桥镇举办一场", "第三届柳桥镇", "书法作品展")
                ),
                above=(
                    "首页 > 部门动态",
                    "柳桥镇举办一场",
                    "第三届柳桥镇",
                    "书法作品展",
                    "时间:2020-09-17 来源:柳桥镇",
                ),
                title_tag="青禾县人民政府",
            ),
            "柳桥镇举办一场第三届柳桥镇书法作品展",
        ),
        # the line of date and source inside the heading
        (
            page(
                headings=(Heading(f"{SHOW}2020-09-17 来源：柳桥镇", 2, "above"),),
                above=("首页 > 部门动态", f"{SHOW}2020-09-17 来源：柳桥镇"),
                title_tag="青禾县人民政府",
            ),
            SHOW,
        ),
        # a title tag that only has the column
        (
            page(
                headings=(Heading("部门动态", 2, "above"), Heading(SHOW, 2, "above")),
                above=("部门动态", SHOW, "时间:2020-09-17 来源:柳桥镇"),
                title_tag="部门动态",
            ),
            SHOW,
        ),
        # a dash of the title's own
        (page(title_tag="柳桥镇书法展——墨香乡里_青禾县人民政府"), "柳桥镇书法展——墨香乡里"),
        # a title tag of its own, and a heading that opens the text
        (
            page(headings=(Heading(SHOW, 2, "body"),), lines=(SHOW, "昨日开幕。"), above=(INFO,), title_tag="书画活动"),
            SHOW,
        ),
        (
            page(
                headings=(Heading("一、总体情况如下", 2, "body"),),
                lines=("一、总体情况如下", "良好。"),
                above=(INFO,),
                title_tag="书画活动",
            ),
            "书画活动",
        ),
        # no heading at all: the line above that of date and source, which the text repeats
        (
            page(
                above=("首页 动态 公告", "关于加强机关作风建设的决定", "发布时间:2006-3-10 信息来源:县政府办公室"),
                lines=("青政发〔2006〕15号", "关于加强机关作风建设的决定", "各乡镇："),
                title_tag="政府文件",
            ),
            "关于加强机关作风建设的决定",
        ),
        # a title that speaks of a website, and a site's name
        (page(title_tag="青禾县人民政府网站工作年度报表（2020年度）"), "青禾县人民政府网站工作年度报表（2020年度）"),
        # headings of the text are no title of a report, together or alone
        (
            page(
                headings=(Heading("青禾县2024年政务公开工作要点", 1, "above"),),
                lines=("一、加强主动公开", "二、做好依申请公开", "三、按时发布政府信息公开工作年度报告"),
                title_tag="青禾县2024年政务公开工作要点_青禾县人民政府",
            ),
            "青禾县2024年政务公开工作要点",
        ),
    ],
)
def test_headings_of_odd_pages(context: Context, title: str) -> None:
    assert said(context).title == title


NUMBERS = st.tuples(st.sampled_from(["〔〕", "[]", "【】", "（）", "()", "﹝﹞", "［］"]), st.integers(2008, 2030))


@settings(max_examples=80, deadline=None)
@given(NUMBERS, st.integers(1, 999), st.sampled_from(["号", "号 "]), st.booleans())
def test_no_year_is_taken_from_a_document_number(number: tuple[str, int], serial: int, end: str, ahead: bool) -> None:
    (opening, closing), year = number
    written = f"青政办{opening}{year}{closing}{serial}{end}"
    title = "青禾县政府信息公开工作年度报告"
    parsed = titles.parse(f"{written}{title}" if ahead else f"{title}（{written.strip()}）")
    assert parsed is None or parsed.year is None


@settings(max_examples=80, deadline=None)
@given(
    st.integers(2008, 2035),
    st.sampled_from(["年", "年度", ""]),
    st.sampled_from(["政府信息公开", "信息公开", "政务公开"]),
    st.sampled_from(["工作年度报告", "年度报告", "年报", "年度工作报告", "工作报告"]),
    st.booleans(),
)
def test_every_usual_title_gives_its_year(year: int, unit: str, subject: str, report: str, first: bool) -> None:
    title = f"{year}{unit}青禾县{subject}{report}" if first else f"青禾县{year}{unit}{subject}{report}"
    assert titles.parse(title) == titles.ReportTitle(year, "青禾县")

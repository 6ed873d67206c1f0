"""What pages print of dates, numbers and sources, and what of it contradicts the rest."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines import derive
from pipelines.identify import identify
from pipelines.records import Capture, Context, Heading, Identity

TITLE = "泰顺县2020年政府信息公开工作年度报告"


def headed(title: str, *above: str, **parts: Any) -> Context:
    base: dict[str, Any] = {"url": "http://www.county.example/a.html", "metas": {}, "title_tag": "", "below": ()}
    return Context(**base | {"headings": (Heading(title, 1, "above"),), "above": (title, *above), "lines": ()} | parts)


def page(**parts: Any) -> Context:
    base: dict[str, Any] = {"url": "http://www.county.example/a.html", "metas": {}, "title_tag": "", "below": ()}
    return Context(**base | {"headings": (), "above": (), "lines": ()} | parts)


def said(context: Context) -> Identity:
    return identify(context)[0]


def codes(context: Context) -> list[str]:
    return [finding.code for finding in identify(context)[1]]


@pytest.mark.parametrize(
    "label",
    [
        *(
            "发布时间",
            "发布日期",
            "公开日期",
            "公开时间",
            "发稿时间",
            "发表时间",
            "上网时间",
            "上载日期",
            "信息提供日期",
            "公布日期",
            "添加时间",
        ),
        *("时间", "日期", "发 布 时 间", "发布　日期", "發佈時間", "更新时间", "更新日期", "最后更新时间", "修改时间"),
    ],
)
@pytest.mark.parametrize(
    "day", ["2021-01-29", "2021-01-29 16:47", "2021年1月29日", "2021/1/29", "2021.01.29", "二〇二一年一月二十九日"]
)
def test_labels_of_publication(label: str, day: str) -> None:
    assert said(headed(TITLE, f"{label}：{day}")).published_on == "2021-01-29"
    assert said(headed(TITLE, f"{label}：\t{day}")).published_on == "2021-01-29"


@pytest.mark.parametrize(
    "label", ["成文日期", "生成日期", "公文生成日期", "发文日期", "归档时间", "印发日期", "生效日期", "废止日期"]
)
def test_labels_of_other_days(label: str) -> None:
    assert said(headed(TITLE, f"{label}：2021-01-29")).published_on is None


def test_an_update_is_the_publication_only_where_nothing_else_says_so() -> None:
    assert said(headed(TITLE, "更新时间：2022-05-06", "发布时间：2021-01-29")).published_on == "2021-01-29"
    assert said(headed(TITLE, "更新时间：2022-05-06", metas={"pubdate": ("2021-01-29",)})).published_on == "2021-01-29"


@pytest.mark.parametrize(
    "day",
    [
        "2021-02-30",
        "2021年2月30日",
        "0001-01-01",
        "0001-01-01 00:00:00",
        "1970-01-01 08:00",
        "1900-01-01",
        "0000-00-00",
    ],
)
def test_impossible_days_are_findings_and_no_values(day: str) -> None:
    for context in (headed(TITLE, f"发布时间：{day}"), headed(TITLE, metas={"pubdate": (day,)})):
        identity, findings = identify(context)
        assert identity.published_on is None
        assert [finding.code for finding in findings] == ["impossible_date"]
        assert findings[0].evidence in day
    beside = headed(TITLE, f"发布时间：{day}", metas={"pubdate": ("2021-01-29",)})
    assert said(beside).published_on == "2021-01-29"
    assert codes(beside) == ["impossible_date"]


def test_an_impossible_signature() -> None:
    context = headed(TITLE, lines=("一、概述", "二、其他", "泰顺县人民政府", "2021年2月30日"))
    assert said(context).signed_on is None
    assert codes(context) == ["impossible_date"]


@pytest.mark.parametrize("day", ["20.01.20", "21-01-29", "01/29", "1月29日", "2021年1月"])
def test_ambiguous_days_stay_unread(day: str) -> None:
    assert said(headed(TITLE, f"发布时间：{day}")).published_on is None


@pytest.mark.parametrize(
    ("above", "signed", "expected"),
    [
        ("发布时间：2021-01-29", "2021年1月20日", []),
        ("发布时间：2020-06-01", None, ["published_early"]),
        (None, "2020年3月15日", ["signed_early"]),
        (None, "2017年3月15日", ["signed_early"]),
        (None, "2023年6月1日", ["signed_late"]),
        ("发布时间：2021-01-20", "2021年1月29日", ["published_before_signed"]),
        ("发布时间：2026-01-20", "2021年1月29日", []),  # filled in years later
    ],
)
def test_days_that_contradict_the_year(above: str | None, signed: str | None, expected: list[str]) -> None:
    lines = ("一、概述", "二、其他", "泰顺县人民政府", signed) if signed else ()
    context = headed(TITLE, *([above] if above else []), lines=lines)
    assert said(context).year == 2020
    assert codes(context) == expected


def test_a_year_that_ends_in_february() -> None:
    lines = (
        "本年度报告的统计期限为2010年3月1日至2011年2月28日。",
        "一、概述",
        "二、其他",
        "柳桥开发区管委会",
        "2011年3月17日",
    )
    context = headed("2010年柳桥开发区政府信息公开工作年度报告", lines=lines)
    assert said(context).period == ("2010-03-01", "2011-02-28")
    assert codes(context) == []


def test_years_of_title_text_and_link_that_differ() -> None:
    in_text = headed(TITLE, lines=("泰顺县2019年政府信息公开工作年度报告", "一、概述"))
    linked = headed(TITLE, link_text="泰顺县2018年政府信息公开工作年度报告")
    assert (said(in_text).year, said(linked).year) == (2020, 2020)
    (finding,) = identify(in_text)[1]
    assert finding.code == "year_disagrees"
    assert "2019" in finding.evidence
    assert codes(linked) == ["year_disagrees"]


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("青政发[2013]05", "青政发[2013]05"),  # without 号
        ("青水利〔2011〕47号 签发人:张三", "青水利〔2011〕47号"),
        ("青开管发﹝2011﹞11号", "青开管发﹝2011﹞11号"),
        ("青湖府〔2019〕1号", "青湖府〔2019〕1号"),
        ("青政办【2020】5号", "青政办【2020】5号"),
        ("青政办（2020）5号", "青政办（2020）5号"),
        ("根据国务院令第711号和国办公开办函〔2021〕30号，编制本报告。", None),
        ("《条例》（国务院令第492号）", None),
    ],
)
def test_file_numbers_of_all_brackets(line: str, number: str | None) -> None:
    assert said(headed("关于计划的通知", lines=(line, "各乡镇："))).document_number == number


@pytest.mark.parametrize(
    "number", ["青政办〔2020〕5号", "〔2020〕5号", "青政办[2020]5号", "青政办（2020）5号", "青政办【2020】5号"]
)
@pytest.mark.parametrize("label", ["文号", "文　号", "发文字号", "文件编号", "备注/文号", "发布文号"])
def test_labelled_document_numbers(label: str, number: str) -> None:
    assert said(headed(TITLE, f"{label}\t{number}")).document_number == number


def test_an_info_box_without_labels() -> None:
    above = ("QH4425051-2012-001", "主动公开", "无", "青禾教育", "2012.02.15")
    identity = said(headed("青禾区教育局2011年政府信息公开年度报告", *above))
    assert (identity.index_number, identity.published_on) == ("QH4425051-2012-001", "2012-02-15")
    assert said(headed(TITLE, "QH4425051-2012-001", "热线")).index_number is None


@pytest.mark.parametrize(
    ("line", "day", "source"),
    [
        ("日期：2022-06-28 17:20来源：县发改委作者：办公室浏览：1234次[ 大 中 小 ]", "2022-06-28", "县发改委"),
        ("发布日期：2020-09-17信息来源：县司法局编辑：小李访问次数：12", "2020-09-17", "县司法局"),
        ("发布时间：2023-01-18来源：县水利局字号：【大】【中】【小】", "2023-01-18", "县水利局"),
        ("【2009-03-27】 【作者/来源：县政府办】 【阅读：921次】 【关 闭】", "2009-03-27", "县政府办"),
        ("2018/6/6 8:30:15 来源 柳桥镇 点击数 302", "2018-06-06", "柳桥镇"),
        ("时间2020-09-17来源县司法局", "2020-09-17", "县司法局"),
        ("2021-07-20 16:10县气象局TT+", "2021-07-20", None),
        ("（2021年1月29日 县政府办）", "2021-01-29", None),
        ("2021-01-29 | 县政府办 | 阅读 33", "2021-01-29", None),
        (
            "2021年1月29日，柳桥镇举办书法展，来自各村的三十位书法爱好者参加了活动，场面十分热烈，观众络绎不绝，好评如潮。",
            None,
            None,
        ),
    ],
)
def test_lines_without_colons_and_spaces(line: str, day: str | None, source: str | None) -> None:
    identity = said(headed("柳桥镇举办书法展", line))
    assert (identity.published_on, identity.source) == (day, source)


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("信息时间：2021-01-29", "2021-01-29"),
        ("公告日期：2021-01-29 来源：县水务局", "2021-01-29"),
        ("创建时间：2021-01-28 发布时间：2021-01-29", "2021-01-29"),
        ("编辑时间：2021-01-28 公告时间：2021-01-29", "2021-01-29"),
        ("录入时间：2021-01-29", "2021-01-29"),
        ("推送时间：2021-01-29 来源：县水务局", "2021-01-29"),
        ("来源：县水务局\t入库日期：2021年1月29日 浏览：33", "2021-01-29"),
        ("发文日期：2021-01-29 来源：县水务局", "2021-01-29"),
        ("公示时间：2021-01-29 来源：县水务局", "2021-01-29"),
        ("公示时间：2021-01-29至2021-02-05 来源：县水务局", None),
        ("推送时间：2021-01-29", None),  # nothing says that the line speaks of the page
        ("报名时间：2021-01-29 来源：县水务局", None),
        ("开标时间：2021-01-29 来源：县水务局", None),
        ("成文日期：2021-01-29 来源：县水务局", None),
        ("回复日期：2021-01-29 来源：县水务局", None),
        ("发文日期：2021-01-29 来源：县水务局 索引号：QA44-2021-001", None),
        ("发布时间：20210129 来源：县水务局", "2021-01-29"),
        ("发布时间：Fri Jan 29 10:06:05 CST 2021 来源：县水务局", "2021-01-29"),
    ],
)
def test_labels_of_days_that_few_portals_use(line: str, day: str | None) -> None:
    assert said(headed("柳桥镇修缮防洪堤", line)).published_on == day


@pytest.mark.parametrize(
    ("line", "day", "source"),
    [
        ("县水务局 2021-01-29 08:11:22", "2021-01-29", None),
        ("文/县水务局 王丽 2021-01-29", "2021-01-29", None),
        ("来源：青禾日报 记者 王丽 2021-01-29", "2021-01-29", "青禾日报"),
        ("来源：青禾日报 通讯员 李强", None, "青禾日报"),
        ("来源：县报社记者站", None, "县报社记者站"),
        ("——在县人民代表大会上 2021年1月29日", None, None),  # the day of a speech
        ("来源：县水务局 有效期截止 2021-01-29", None, "县水务局 有效期截止"),
        ("关于修缮防洪堤的通知 2021-01-29", None, None),  # an entry of a list
    ],
)
def test_a_day_behind_the_source(line: str, day: str | None, source: str | None) -> None:
    identity = said(headed("柳桥镇修缮防洪堤", line))
    assert (identity.published_on, identity.source) == (day, source)


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("供稿单位：县水务局", "县水务局"),
        ("转自：《青禾日报》", "《青禾日报》"),
        ("供稿：县府办 来源：青禾网", "青禾网"),
        ("来源单位：县水务局", "县水务局"),
        ("消息来源：县水务局", "县水务局"),
        ("供稿：王小丽", None),  # a person
        ("供稿：王丽 李强", None),
        ("来源：县水务局 语音播报", "县水务局"),
        ("来源：\t听全文", None),
    ],
)
def test_labels_of_sources(line: str, source: str | None) -> None:
    assert said(headed("柳桥镇修缮防洪堤", f"发布时间：2021-01-29 {line}")).source == source


def test_who_supplied_a_text_is_its_source_only_in_its_head() -> None:
    assert said(headed("柳桥镇修缮防洪堤", lines=("供稿单位：县水务局",))).source is None
    assert said(headed("柳桥镇修缮防洪堤", "供稿：县水务局", metas={"contentsource": ("青禾网",)})).source == "青禾网"


def test_a_publishing_department_is_the_issuer() -> None:
    assert said(headed("柳桥镇修缮防洪堤", "发布部门：县水务局")).issuer is not None


@pytest.mark.parametrize(
    ("info", "source"),
    [
        ("<span>来源：县水务局</span><span>语音播报</span>", "县水务局"),
        ("<span>来源：<b>县水务局</b></span><span>字里行间</span>", "县水务局"),
        ("<span><i class=ico></i>来源：县水务局</span><em>字里行间</em>", "县水务局"),
        ("<span>2021-01-29 来源：县水务局</span><span>字里行间</span>", "县水务局"),
        ("<span>来源：</span><span>县水务局</span>", "县水务局"),
        ("<span>来源：</span> <a href='#'>县水务局</a>", "县水务局"),
        ("<b>2021-01-29 来源</b>：县水务局", "县水务局"),
        ("<b>来源：</b>县水务局<a href='javascript:void(0)'>字里行间</a>", "县水务局"),
        ("来源：县<font>水务</font>局", "县水务局"),
    ],
)
def test_a_value_ends_where_the_element_ends_that_holds_it_and_its_label(info: str, source: str) -> None:
    sentence = "县里组织工作组深入各村走访群众，梳理问题，逐条明确牵头单位、完成时限和整改标准，得到群众一致好评。"
    text = "".join(f"<p>{number}、{sentence}</p>" for number in "一二三四")
    html = f"<html><body><h1>柳桥镇修缮防洪堤</h1><div>{info}</div><div>{text}</div></body></html>"
    report = derive(Capture("http://www.county.example/a.html", html.encode(), "text/html; charset=utf-8"))
    assert report.identity.source == source


def test_behind_an_empty_label_the_title_is_no_number() -> None:
    title = "青禾县2019年度政府信息公开工作年度报告"
    identity = said(page(headings=(Heading(title, 3, "above"),), above=("索 引 号：", title, "文 号：", title)))
    assert (identity.index_number, identity.document_number) == (None, None)


LETTER = (
    "信件内容",
    "流水号\t20210305001",
    "标 题\t柳桥路灯何时修",
    "写信时间\t2021年3月5日",
    "信件内容\t请问柳桥路灯何时修？",
    "处理状态\t已处理",
    "回复内容\t您好！本月修好。",
)


def test_a_letter_and_its_answer_as_a_form() -> None:
    banner = (Heading("互动交流", 2, "above"), Heading("互动交流", 3, "above"))
    identity = said(page(headings=banner, lines=(*LETTER, "处理时间\t2021年3月5日"), title_tag="信息详细-青禾县"))
    assert (identity.title, identity.published_on) == ("柳桥路灯何时修", "2021-03-05")
    assert [evidence.where for evidence in identity.evidence] == ["form", "form"]


@pytest.mark.parametrize(
    "lines",
    [
        ("信件编号：20210305001", "信件标题：柳桥路灯何时修", "来信时间：2021-03-05 10:20", "办理状态：已办结"),
        ("来信编号\t1\t来信标题\t柳桥路灯何时修", "来信人\t张某\t来信时间\t2021-03-05", "回复内容\t本月修好。"),
        ("信件标题：", "柳桥路灯何时修", "来信时间：", "2021-03-05", "信件类型：", "咨询", "办理状态：", "已办结"),
    ],
)
def test_forms_of_other_shapes(lines: tuple[str, ...]) -> None:
    for context in (page(lines=lines), page(above=lines, lines=("本月修好。",))):
        identity = said(context)
        assert (identity.title, identity.published_on) == ("柳桥路灯何时修", "2021-03-05")


def test_a_letter_answered_later_has_no_day_of_publication() -> None:
    assert said(page(lines=(*LETTER, "处理时间\t2021年3月9日"))).published_on is None
    shown = page(lines=(*LETTER, "处理时间\t2021年3月9日"), above=("发布时间：2021-03-10",))
    assert said(shown).published_on == "2021-03-10"


def test_a_text_or_table_that_is_no_letter() -> None:
    text = ("标题：青禾", "来信时间：2021-03-05", "我们收到了来信。")
    table = ("名称\t数量", "标题\t3", "来信\t7")
    for lines in (text, table):
        identity = said(page(lines=lines))
        assert (identity.title, identity.published_on) == (None, None)

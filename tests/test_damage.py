"""Damaged characters are named with the words around them, and stay as they are."""

import pytest

from pipelines import derive
from pipelines.records import Capture

BODY = (
    "溪口县人民政府办公室按照《中华人民共和国政府信息公开条例》的规定编制本报告。",
    "一、主动公开政府信息的情况。全年通过门户网站公开信息三千一百二十条，比上年增加二成。",
    "二、依申请公开政府信息的情况。全年收到申请九件，均按期答复，无行政复议和诉讼。",
    "三、存在的主要问题和改进措施。公开的内容还不够全面，明年要加强培训，完善制度。",
)
LOST = "\ufffd"


def page(*lines, above="来源：县政府办公室 发布时间：2021-01-20", label="utf-8"):
    text = "".join(f"<p>{line}</p>\n" for line in (*BODY, *lines))
    title = "溪口县2020年政府信息公开工作年度报告"
    return (
        f'<html><head><meta charset="{label}"><title>{title}</title></head><body><h1>{title}</h1>'
        f'<div class="info">{above}</div><div id="zoom">{text}</div></body></html>'
    )


def findings(body):
    report = derive(Capture("http://www.xikou.example/zwgk/t20210120_1.html", body))
    codes = {
        "undecodable_bytes",
        "charset_mislabelled",
        "replacement_characters",
        "mojibake",
        "question_marks",
        "lost_characters",
        "converter_garbage",
        "private_use_characters",
    }
    return report, [finding for finding in report.findings if finding.code in codes]


def misread(words, written, read):
    return words.encode(written).decode(read, "replace")


DAMAGED = {
    "U+FFFD": (f"负责人为王{LOST}，联系电话见网站。", "replacement_characters", f"负责人为王{LOST}，联系电话"),
    "lost twice": ("负责人为王锟斤拷锟斤拷，见网站。", "replacement_characters", "负责人为王锟斤拷"),
    "blank memory": ("内容：烫烫烫烫烫烫", "replacement_characters", "内容：烫烫烫"),
    "a mark in GBK": ("锘縂overnment 公开", "replacement_characters", "锘縂overnment"),
    "UTF-8 as GBK": (misread("政府信息", "utf-8", "gb18030"), "mojibake", "鏀垮簻淇℃伅"),
    "UTF-8 as windows-1252": ("æ”¿åºœä¿¡æ¯å…¬å¼€", "mojibake", "æ”¿åºœ"),
    "UTF-8 as Latin-1": (misread("政府信息公开工作", "utf-8", "latin-1"), "mojibake", "å"),
    "GBK as Latin-1": (misread("政府信息公开工作", "gbk", "latin-1"), "mojibake", "Õþ¸®"),
    "blanks": ("办公地点县政务中心??联系电话见网站", "question_marks", "县政务中心??联系电话"),
    "indent": ("????二〇二〇年，我县公开信息若干条。", "question_marks", "????二〇二〇年"),
    "behind a figure": ("共计二千零九条，比上年增加15??，见附表", "question_marks", "比上年增加15??，见附表"),
    "year": ("统计期限自20201月1日起至202012月31日止。", "lost_characters", "统计期限自20201月1日起"),
    "year and month": ("统计期限自202011日至20201231日。", "lost_characters", "自202011日至"),
    "bracket": ("根据国办发〔201226号的要求编制。", "lost_characters", "国办发〔201226号"),
    "sounds": ("國務(wù)院辦公廳(tīng)關(guān)于開(kāi)展工作", "converter_garbage", "國務(wù)院"),
    "private use": ("负责人为王\ue863，联系电话见网站。", "private_use_characters", "负责人为王\ue863，"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_named_with_its_words_and_not_repaired(name):
    line, code, evidence = DAMAGED[name]
    report, found = findings(page(line).encode())
    assert [finding.code for finding in found] == [code]
    assert evidence in found[0].evidence
    assert found[0].evidence in report.text


def test_damage_beside_the_text_is_named_too():
    _, found = findings(page(above="来源:县政务公开办??发布时间:2012-03-24?? 字号").encode())
    assert [(finding.code, finding.evidence) for finding in found] == [
        ("question_marks", "来源:县政务公开办??发布时间:2012-03-24?")
    ]
    assert "2 places" in found[0].message


@pytest.mark.parametrize(
    "line",
    [
        "群众来信问：什么时候能办好??请答复。",
        "为什么不公开???",
        "这样行不行??我们希望尽快答复。",
        "详见 http://www.xikou.example/list??page=2 的说明。",
        "自2020年1月1日起至2020年12月31日止，国办发〔2012〕26号，电话82020131。",
        "编号202011，日期20201231，共计2020条。",
        "主要指标（a）和（b）见附表，单位（kg）。",
        "屯屯通公路，烫烫头发，锘是一种元素。",
        "溆浦、沭阳、浠水、涿鹿、漯河、濮阳、衢州、邛崃、郫都、鄄城、阆中、盱眙。",
        "××××××××××，········，°°°°°°°°，§§§§§§§§",
        "Café à la carte, déjà vu, naïve, Zürich, São Paulo, Malmö, Ærø",
    ],
)
def test_what_is_no_damage(line):
    assert findings(page(line).encode())[1] == []


def test_icons_beside_the_text_are_no_damage():
    assert findings(page(above="\ue601 打印 \ue602 收藏").encode())[1] == []


@pytest.mark.parametrize("codec", ["utf-8", "gbk"])
def test_unreadable_bytes_are_counted_and_shown(codec):
    before, behind = page("年度报告负责人为王某，联系电话见网站。", label=codec).split("某，")
    report, found = findings(before.encode(codec) + b"\xff" + behind.encode(codec))
    assert [(finding.code, finding.severity) for finding in found] == [("undecodable_bytes", "warning")]
    assert found[0].message.startswith("1 unreadable byte sequence")
    assert f"负责人为王{LOST}联系电话" in found[0].evidence
    assert report.charset.errors == 1


def test_unreadable_bytes_that_nobody_sees():
    _, found = findings(page().encode() + b"<!-- \xff\xff -->")
    assert [(finding.code, finding.evidence) for finding in found] == [("undecodable_bytes", "")]
    assert "none in the words" in found[0].message


def test_an_include_in_another_encoding_is_named():
    front, behind = page(label="gbk").encode("gbk").split("。</p>".encode("gbk"), 1)
    include = "<p>政府信息公开工作</p>".encode()
    report, found = findings(front + "。</p>".encode("gbk") + include + behind)
    assert report.charset.chosen == "gb18030"
    assert "mojibake" in [finding.code for finding in found]
    assert all(line.rstrip("。") in report.text for line in BODY)


@pytest.mark.parametrize(
    ("label", "codec", "wrong"),
    [
        ("gb2312", "gbk", False),
        ("GBK", "gb18030", False),
        ("utf8", "utf-8", False),
        ("utf-16", "utf-16", False),
        ("gb2312", "utf-8", True),
        ("utf-8", "gbk", True),
        ("iso-8859-1", "utf-8", True),
        ("gb2312", "utf-16", True),
        ("no-such-charset", "utf-8", True),
    ],
)
def test_a_wrong_declaration_is_told(label, codec, wrong):
    report, found = findings(page(label=label).encode(codec))
    told = [("charset_mislabelled", "info", f"declared as {label.lower()}, is {report.charset.chosen}")]
    assert [(finding.code, finding.severity, finding.message) for finding in found] == told * wrong

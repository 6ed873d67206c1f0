"""Bodies of all kinds, under the divisions of their time. The places are real where the table must know them."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines import issuers
from pipelines.identify import identify
from pipelines.issuers import Place
from pipelines.records import Context, Heading, Portal

TITLE = "泰顺县2020年政府信息公开工作年度报告"
CITY = Portal("bengbu", "蚌埠市", "340300", "http://www.city.example/", ("www.city.example",))
COUNTY = Portal("taishun", "泰顺县", "330329", "http://www.county.example/", ("www.county.example",))


def headed(title: str, *above: str, **parts: Any) -> Context:
    base: dict[str, Any] = {"url": "http://www.county.example/a.html", "metas": {}, "title_tag": "", "below": ()}
    return Context(**base | {"headings": (Heading(title, 1, "above"),), "above": (title, *above), "lines": ()} | parts)


@pytest.mark.parametrize(
    ("name", "year", "code", "last"),
    [
        ("襄樊市人民政府", 2009, "420600", "襄樊市"),  # renamed
        ("襄阳市人民政府", 2015, "420600", "襄阳市"),
        ("襄阳区人民政府", 2009, "420607", "襄阳区"),
        ("富阳市人民政府", 2012, "330183", "富阳市"),  # 撤市设区
        ("杭州市富阳区人民政府", 2016, "330111", "富阳区"),
        ("文山县人民政府", 2009, "532621", "文山县"),  # 撤县设市
        ("文山市人民政府", 2012, "532601", "文山市"),
        ("巢湖市人民政府", 2009, "341400", "巢湖市"),  # a prefecture that became a county-level city
        ("巢湖市人民政府", 2015, "340181", "巢湖市"),
        ("莱芜市人民政府", 2017, "371200", "莱芜市"),  # merged into another city
        ("济南市莱芜区人民政府", 2019, "370116", "莱芜区"),
        ("宣武区教育局", 2008, "110104", "宣武区"),
        ("湘西自治州人民政府", 2015, "433100", "湘西土家族苗族自治州"),
        ("凉山彝族自治州教育局", 2015, "513400", "凉山彝族自治州"),
    ],
)
def test_codes_of_their_time(name: str, year: int, code: str, last: str) -> None:
    issuer = issuers.read_body(name, Place(year, None, None))
    assert issuer is not None
    assert (issuer.code, issuer.path[-1]) == (code, last)


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("国家税务总局安乡县税务局", "vertical", "430721"),
        ("国家税务总局湖南省税务局", "vertical", "430000"),
        ("安乡县国税局", "vertical", "430721"),
        ("中国人民银行安乡县支行", "vertical", "430721"),
        ("中国证券监督管理委员会", "vertical", None),
        ("湖南出入境检验检疫局", "vertical", None),
        ("安乡县气象局", "vertical", "430721"),
        ("安乡县城市管理委员会", "department", "430721"),
        ("安乡县卫计委", "department", "430721"),
        ("安乡县供销合作社联合社", "department", "430721"),
        ("安乡县公安局交警大队", "department", "430721"),
        ("安乡县妇幼保健院", "enterprise", "430721"),
        ("安乡县第一中学", "enterprise", "430721"),
        ("安乡县供电局", "enterprise", "430721"),
        ("安乡县柳桥镇中心卫生院", "enterprise", "430721"),
        ("安乡县柳桥镇党政综合办公室", "town", "430721"),
        ("柳桥镇人民政府办公室", "town", None),
        ("柳桥街道办", "town", None),
        ("县府办", "office", None),
        ("安乡县政府办", "office", "430721"),
        ("安乡县旅游度假区管委会", "zone", None),
        ("柳桥科技产业园管理委员会", "zone", None),
        # bodies, and of no kind that reports
        ("安乡县人大常委会", None, "430721"),
        ("安乡县人民法院", None, "430721"),
        ("中共安乡县委宣传部", None, "430721"),
        ("安乡县委办公室", None, "430721"),
        ("安乡县残联", None, "430721"),
        ("柳桥社区居民委员会", None, None),
    ],
)
def test_kinds(name: str, kind: str | None, code: str | None) -> None:
    issuer = issuers.read_body(name, Place(2019, None, None))
    assert issuer is not None
    assert (issuer.name, issuer.kind, issuer.code) == (name, kind, code)


@pytest.mark.parametrize(
    "words", ["安乡县各部门", "安乡县乡镇", "市直单位", "系统管理员", "超级管理员", "综合科", "本站原创"]
)
def test_words_that_name_no_body(words: str) -> None:
    assert not issuers.is_body(words)
    assert issuers.read_body(words, Place(2019, COUNTY, None)) is None


@pytest.mark.parametrize(
    ("name", "portal", "code"),
    [
        ("区财政局", CITY, None),  # of one of the city's districts
        ("县财政局", CITY, None),
        ("市财政局", CITY, "340300"),
        ("市财政局", COUNTY, "330300"),  # the superior's
        ("县财政局", COUNTY, "330329"),
        ("市场监督管理局", COUNTY, "330329"),
        ("财政局", COUNTY, "330329"),
    ],
)
def test_relative_names(name: str, portal: Portal, code: str | None) -> None:
    issuer = issuers.read_body(name, Place(2019, portal, None))
    assert issuer is not None
    assert issuer.code == code


@pytest.mark.parametrize(
    ("title", "label", "name", "findings"),
    [
        ("安乡县卫健委", "安乡县卫生健康委员会", "安乡县卫生健康委员会", []),  # an abbreviation
        ("柳桥镇", "安乡县柳桥镇人民政府", "安乡县柳桥镇人民政府", []),
        ("安乡县", "安乡县人民政府办公室", "安乡县人民政府办公室", []),
        ("安乡县柳桥镇", "安乡县石滩镇人民政府", "安乡县柳桥镇", ["issuer_disagrees"]),
        ("安乡县财政局", "安乡县教育局", "安乡县财政局", ["issuer_disagrees"]),
        ("安乡县", "安乡县水利局", "安乡县", ["issuer_disagrees"]),
        ("安乡县", "泰顺县人民政府", "安乡县", ["issuer_disagrees"]),
    ],
)
def test_title_and_label(title: str, label: str, name: str, findings: list[str]) -> None:
    identity, found = identify(headed(f"{title}2019年政府信息公开工作年度报告", f"发布机构：{label}"))
    assert identity.issuer is not None
    assert identity.issuer.name == name
    assert [finding.code for finding in found] == findings


@pytest.mark.parametrize(
    ("signer", "findings"),
    [
        ("泰顺县人民政府", []),
        ("泰顺县人民政府办公室", []),
        ("泰顺县政务公开办", []),
        ("安乡县人民政府", ["signature_disagrees"]),
        ("泰顺县水利局", ["signature_disagrees"]),
    ],
)
def test_the_signature_of_another_body_is_a_finding(signer: str, findings: list[str]) -> None:
    identity, found = identify(headed(TITLE, lines=("一、概述", "二、其他", signer, "2021年1月29日")))
    assert identity.issuer is not None
    assert identity.issuer.name == "泰顺县"
    assert [(finding.code, finding.evidence) for finding in found] == [(c, f"{signer} 2021年1月29日") for c in findings]


def test_a_county_that_the_table_does_not_hold() -> None:
    for title in ("青禾县2010年度政府信息公开工作报告", "青禾县２０１０年度政府信息公开工作报告"):
        issuer = identify(headed(title))[0].issuer
        assert issuer is not None
        assert (issuer.name, issuer.kind, issuer.code) == ("青禾县", "government", None)
    for title in ("我县2010年度政府信息公开工作报告", "全市2010年度政府信息公开工作报告"):
        assert identify(headed(title))[0].issuer is None


@pytest.mark.parametrize(
    ("line", "name"), [("青禾市教育局　青禾市财政局", "青禾市教育局"), ("青 禾 市 教 育 局", "青 禾 市 教 育 局")]
)
def test_several_bodies_sign(line: str, name: str) -> None:
    signed = issuers.signature(("一、概述", "二、其他", line, "2021年1月29日"))
    assert signed is not None
    assert signed[0] == name

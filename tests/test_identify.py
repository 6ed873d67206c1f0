"""Who reports on which year: every rule has a page that needs it. Pages, towns and sentences are invented."""

from __future__ import annotations

import time
from typing import Any

import pytest

from pipelines import issuers, titles
from pipelines.identify import identify
from pipelines.issuers import Place
from pipelines.labels import read
from pipelines.records import Context, Heading, Identity, Portal

TITLE = "泰顺县2020年政府信息公开工作年度报告"
PORTAL = Portal("taishun", "泰顺县", "330329", "http://www.county.example/", ("www.county.example",))


def page(**parts: Any) -> Context:
    base: dict[str, Any] = {
        "url": "http://www.county.example/2009/t20090101_1.html",
        "metas": {},
        "title_tag": "",
        "headings": (),
        "above": (),
        "lines": (),
        "below": (),
    }
    return Context(**base | parts)


def headed(title: str, *above: str, **parts: Any) -> Context:
    return page(headings=(Heading(title, 1, "above"),), above=(title, *above), **parts)


def said(context: Context) -> Identity:
    return identify(context)[0]


def codes(context: Context) -> list[str]:
    return [finding.code for finding in identify(context)[1]]


# ---------------------------------------------------------------- titles


@pytest.mark.parametrize(
    ("title", "year", "body"),
    [
        ("2011年度青禾县政府信息公开工作年度报告", 2011, "青禾县"),
        ("2009青禾市政府信息公开工作年度报告", 2009, "青禾市"),
        ("青禾县2014年政府信息公开工作年度报告", 2014, "青禾县"),
        ("南川市青禾区2016年政府信息公开工作年度报告", 2016, "南川市青禾区"),
        ("青禾市2015年政府信息公开年度工作报告", 2015, "青禾市"),
        ("南川市青禾区人民政府2017年政府信息公开年度报告", 2017, "南川市青禾区人民政府"),
        ("南川市青禾县柳桥镇2023年政府信息公开年度报告", 2023, "南川市青禾县柳桥镇"),
        ("2012年青禾县人民政府信息公开年度报告", 2012, "青禾县人民政府"),  # one 政府 for both
        ("柳桥镇人民政府2008年信息公开工作年度报告", 2008, "柳桥镇人民政府"),
        ("2008年柳桥镇人民政府信息公开工作年度报告", 2008, "柳桥镇人民政府"),
        ("2016年柳桥乡政府信息公开工作年度报告", 2016, "柳桥乡"),
        ("2022年度柳镇政府信息公开工作年度报告", 2022, "柳镇"),
        ("柳桥镇2009年政府信息公开工作年报", 2009, "柳桥镇"),
        ("青禾区天桥街道2010年度政府信息公开工作年度报告", 2010, "青禾区天桥街道"),
        ("南川市青禾区天桥街道办事处2022年政府信息公开工作年度报告", 2022, "南川市青禾区天桥街道办事处"),
        ("青禾区天桥街道办事处2010年政府信息公开工作年度报告(二〇一〇年十二月二十日)", 2010, "青禾区天桥街道办事处"),
        ("青禾县文广新局2013年度信息公开工作\n年度报告", 2013, "青禾县文广新局"),
        ("青禾县农业局2010年度政府信息公开工作年度报告", 2010, "青禾县农业局"),
        ("2008年南川市青禾区教育局\n政府信息公开年报", 2008, "南川市青禾区教育局"),
        ("青禾县水利局2010年度政府信息公开工作报告", 2010, "青禾县水利局"),
        ("青禾市卫健委2019年政府信息公开工作年度报告", 2019, "青禾市卫健委"),
        ("青禾盟行署外事办公室2025年 政府信息公开工作年度报告", 2025, "青禾盟行署外事办公室"),
        ("青禾市住房公积金管理中心2025年政府信息公开工作年度报告", 2025, "青禾市住房公积金管理中心"),
        ("青禾市市场监督管理局2016年政务信息公开年度报告", 2016, "青禾市市场监督管理局"),
        ("2019年青禾市人民政府办公厅政府信息公开工作年度报告", 2019, "青禾市人民政府办公厅"),
        ("青禾开发区管委会2011年政府信息公开工作年度报告", 2011, "青禾开发区管委会"),
        ("关于《2010年度青禾经济开发区信息公开》的报告", 2010, "青禾经济开发区"),
        ("关于2022年度政府信息公开情况的报告", 2022, ""),
        ("2015年政府信息公开工作年度报告", 2015, ""),
        ("区财政局2018年度政府信息公开工作报告", 2018, "区财政局"),
        ("青禾市人民政府2019年政府信息公开工作年度报告（图片版）", 2019, "青禾市人民政府"),
        ("南川市青禾区人民政府2025年年报.pdf", 2025, "南川市青禾区人民政府"),
        ("青禾镇2010年政府信息公开工作年度报告.docx", 2010, "青禾镇"),
        ("青禾高新区年政府信息公开工作年度报告", None, "青禾高新区"),  # the year is lost
        ("公报标题青禾市卫健委2019年政府信息公开工作年度报告", 2019, "青禾市卫健委"),
        ("青禾县二〇一〇年政府信息公开工作年度报告", 2010, "青禾县"),
        ("青禾县二○一一年度政府信息公开年报", 2011, "青禾县"),
        ("青禾县２０１０年政府信息公开年度报告", 2010, "青禾县"),
        ("青禾县政府信息公开2020年度报告", 2020, "青禾县"),
        ("青禾县人民政府信息公开工作年度报告（2014年度）", 2014, "青禾县人民政府"),
    ],
)
def test_report_titles(title: str, year: int | None, body: str) -> None:
    assert titles.parse(title) == titles.ReportTitle(year, body)


@pytest.mark.parametrize(
    "title",
    [
        "2011年政府信息公开工作年度报告制度",
        "关于做好2019年政府信息公开工作年度报告编制发布工作的通知",
        "关于2014年政府信息公开工作要点落实情况的函",
        "政府信息公开工作年度报告格式模板",
        "一图读懂青禾县2021年政府信息公开工作年度报告图解",
        "青禾县2021年法治政府建设年度报告",
        "青禾县2021年政府工作报告",
        "政府信息公开指南",
        "您的位置：首页 > 青禾区人民政府办公室信息公开年报",
        "青禾县召开2021年政府信息公开工作年度报告会议",
        "青禾县2020年政府信息公开工作年度报告已经发布，欢迎查阅。",
    ],
)
def test_near_misses_are_no_reports(title: str) -> None:
    assert titles.parse(title) is None


@pytest.mark.parametrize(
    ("context", "title"),
    [
        # the meta tag, where a heading says the same; the body's own title differs by a character
        (
            page(
                metas={"articletitle": ("青禾区2019年度政府信息公开工作年度报告",), "sitename": ("青禾区政府",)},
                headings=(
                    Heading("新媒体矩阵", 3, "above"),
                    Heading("青禾区2019年度政府信息公开工作年度报告", 2, "above"),
                ),
                lines=("青禾区2019年", "政府信息公开工作年度报告", "根据条例，编制本报告。"),
            ),
            "青禾区2019年度政府信息公开工作年度报告",
        ),
        # no heading at all: the meta tag
        (page(metas={"articletitle": ("柳桥社区开展活动",)}), "柳桥社区开展活动"),
        # an ArticleTitle that only repeats the site is none
        (
            page(
                metas={"articletitle": ("青禾县政府",), "sitename": ("青禾县政府",)},
                title_tag="春耕正忙-青禾县人民政府",
            ),
            "春耕正忙",
        ),
        # a title on two lines of the text, none outside
        (
            page(lines=("青禾县人民政府", "2012年政府信息公开工作年度报告", "一、概述")),
            "青禾县人民政府2012年政府信息公开工作年度报告",
        ),
        # the fullest of several report titles
        (
            page(
                headings=(Heading("政府信息公开年报", 2, "above"), Heading(TITLE, 3, "above")),
                title_tag="政府信息公开年报_泰顺县人民政府",
            ),
            TITLE,
        ),
        # title tags, with the site before, behind, and the column between
        (page(title_tag="柳桥镇开展春耕服务_工作动态_青禾县人民政府门户网站"), "柳桥镇开展春耕服务"),
        (page(title_tag="青禾县文化局_行业传真_柳桥镇举办书法展"), "柳桥镇举办书法展"),
        (page(title_tag="柳桥镇举办书法展 - 青禾县人民政府门户网站"), "柳桥镇举办书法展"),
        (page(title_tag="<h1 style='x'>县里召开会议</h1>-青禾县人民政府"), "县里召开会议"),
        # the heading the title tag repeats, not the banner
        (
            page(
                headings=(Heading("青禾要闻", 1, "above"), Heading("柳桥镇举办书法展", 3, "above")),
                title_tag="柳桥镇举办书法展-青禾县人民政府",
            ),
            "柳桥镇举办书法展",
        ),
        # a site that gives every page one title: the heading above the line of date and source
        (
            page(
                headings=(Heading("栏目导航", 2, "above"), Heading("柳桥镇举办书法展", 3, "above")),
                above=("栏目导航", "首页", "动态", "公告", "柳桥镇举办书法展", "来源：柳桥镇 时间：2021-03-04"),
                title_tag="青禾县人民政府",
            ),
            "柳桥镇举办书法展",
        ),
        # layout white space goes, a space between two parts of a headline stays
        (headed("春耕 农机\n 下地"), "春耕 农机 下地"),
        (headed("青禾县2014年\n 政府信息公开工作年度报告"), "青禾县2014年政府信息公开工作年度报告"),
        # a page without any mark-up for its title: the one report's title above the text
        (
            page(above=("首页 > 青禾区人民政府办公室信息公开年报", "青禾区2017年政府信息公开年度报告")),
            "青禾区2017年政府信息公开年度报告",
        ),
        (page(above=("青禾区2016年政府信息公开年度报告", "青禾区2017年政府信息公开年度报告")), None),  # links
        # the link that led here
        (page(link_text=TITLE), TITLE),
        # nothing but names of the site and of a kind of page
        (page(title_tag="信息详细-青禾县人民政府"), None),
        (page(title_tag="青禾县人民政府门户网站"), None),
    ],
)
def test_the_title(context: Context, title: str | None) -> None:
    assert said(context).title == title


def test_heading_and_meta_that_differ_are_a_finding() -> None:
    context = headed(TITLE, metas={"articletitle": ("安乡县2019年政府信息公开工作年度报告",)})
    assert said(context).title == TITLE  # what the reader sees
    assert "title_disagrees" in codes(context)
    assert codes(headed(TITLE, metas={"articletitle": (TITLE,)})) == []


# ---------------------------------------------------------------- the year


@pytest.mark.parametrize(
    ("context", "year", "where"),
    [
        (headed(TITLE), 2020, "title"),
        (
            page(metas={"articletitle": ("泰顺县年报",)}, lines=("泰顺县二〇一四年政府信息公开工作年度报告",)),
            2014,
            "title in the text",
        ),
        (
            headed(
                "政府信息公开工作年度报告", lines=("本报告。", "所列数据的统计期限自2015年1月1日起至2015年12月31日止。")
            ),
            2015,
            "period",
        ),
        (headed("政府信息公开工作年度报告", lines=("一、总体情况", "2018年，我县认真贯彻条例。")), 2018, "overview"),
        (
            headed("政府信息公开工作年度报告", lines=("根据条例，特向社会公布2017年本级政府信息公开工作年度报告。",)),
            2017,
            "text",
        ),
    ],
)
def test_the_year(context: Context, year: int, where: str) -> None:
    identity = said(context)
    assert identity.year == year
    assert [evidence.where for evidence in identity.evidence if evidence.field == "year"] == [where]


@pytest.mark.parametrize(
    "context",
    [
        headed(
            "政府信息公开工作年度报告", "发布时间：2019-01-20", lines=("一、总体情况", "我县认真贯彻条例。")
        ),  # no day of publication
        headed("关于2014年政府信息公开工作要点落实情况的函", lines=("一、概述", "2014年，我县认真落实。")),
        headed("柳桥镇开展2014年春耕服务", lines=("2014年3月，柳桥镇开展服务。",)),
    ],
)
def test_no_year(context: Context) -> None:
    assert said(context).year is None


def test_title_and_period_that_differ_are_a_finding() -> None:
    context = headed(TITLE, lines=("统计期限自2019年1月1日起至2019年12月31日止。",))
    identity = said(context)
    assert (identity.year, identity.period) == (2020, ("2019-01-01", "2019-12-31"))
    assert codes(context) == ["year_disagrees"]


# ---------------------------------------------------------------- the issuer


@pytest.mark.parametrize(
    ("name", "kind", "code", "path"),
    [
        ("安乡县", "government", "430721", ("湖南省", "常德市", "安乡县")),
        ("淮北市烈山区人民政府", "government", "340604", ("安徽省", "淮北市", "烈山区")),
        ("内蒙古自治区", "government", "150000", ("内蒙古自治区",)),
        ("兴安盟行政公署", "government", "152200", ("内蒙古自治区", "兴安盟")),
        ("浦东新区人民政府", "government", "310115", ("上海市", "浦东新区")),
        ("泾县人民政府(办公室)", "government", "341823", ("安徽省", "宣城市", "泾县")),
        ("上海市人民政府办公厅", "office", "310000", ("上海市",)),
        ("安乡县政务公开办", "office", "430721", ("湖南省", "常德市", "安乡县")),
        ("衡阳市衡东县柳桥镇", "town", "430424", ("湖南省", "衡阳市", "衡东县")),
        ("重庆市九龙坡区柳桥街道办事处", "town", "500107", ("重庆市", "九龙坡区")),
        ("柳桥镇人民政府", "town", None, ()),
        ("东区街道办事处", "town", None, ()),  # any city has one
        ("道县文广新局", "department", "431124", ("湖南省", "永州市", "道县")),
        ("黄石市卫健委", "department", "420200", ("湖北省", "黄石市")),
        ("安乡县体育局", "department", "430721", ("湖南省", "常德市", "安乡县")),
        ("大庆市住房公积金管理委员会", "department", "230600", ("黑龙江省", "大庆市")),
        ("区财政局", "department", None, ()),
        ("重庆黔江高新技术产业开发区管理委员会", "zone", None, ()),
        ("宿迁市柳桥开发区", "zone", None, ("江苏省", "宿迁市")),  # a code is its government's
        ("国家税务总局", "vertical", None, ()),
        ("襄阳市税务局", "vertical", "420600", ("湖北省", "襄阳市")),
        ("襄阳柳桥水务有限公司", "enterprise", None, ()),
        ("鼓楼区人民政府", "government", None, ()),  # four of them
    ],
)
def test_bodies(name: str, kind: str, code: str | None, path: tuple[str, ...]) -> None:
    issuer = issuers.read_body(name, Place(2017, None, None))
    assert issuer is not None
    assert (issuer.name, issuer.kind, issuer.code, issuer.path) == (name, kind, code, path)


@pytest.mark.parametrize(
    "words", ["人民日报", "本网", "我县", "沙丘体育投注:林业厅", "沙丘体育在线林业厅", "www.sand.example网", "目录", ""]
)
def test_no_bodies(words: str) -> None:
    assert issuers.kind_of(words) is None


@pytest.mark.parametrize(
    ("context", "name", "code", "where"),
    [
        (headed(TITLE), "泰顺县", "330329", "title"),
        (headed(TITLE, "来源：安乡县人民政府 时间：2021-01-29"), "泰顺县", "330329", "title"),  # a source is no issuer
        (headed(TITLE, "发布机构", "泰顺县人民政府办公室"), "泰顺县人民政府办公室", "330329", "above"),
        (headed("区财政局2018年度政府信息公开工作报告", "发布机构：烈山区财政局"), "烈山区财政局", "340604", "above"),
        (headed("2012年政府信息公开工作年度报告", "公开主体\t安乡县柳桥镇\t文号\t"), "安乡县柳桥镇", "430721", "above"),
        (
            headed("2012年政府信息公开工作年度报告", lines=("一、概述", "二、其他", "安乡县水利局", "2013年2月1日")),
            "安乡县水利局",
            "430721",
            "signature",
        ),
        (
            headed("2012年政府信息公开工作年度报告", lines=("一、概述", "二、其他", "安乡县人民政府 2013年2月1日")),
            "安乡县人民政府",
            "430721",
            "signature",
        ),
        (headed("2012年政府信息公开工作年度报告", "首页 > 乡(镇)信息公开目录 > 柳桥乡"), "柳桥乡", None, "breadcrumb"),
        (headed("2012年政府信息公开工作年度报告", portal=PORTAL), "泰顺县", "330329", "portal"),
        (
            headed("2012年政府信息公开工作年度报告", metas={"sitename": ("安乡县人民政府门户网站",)}),
            "安乡县人民政府",
            "430721",
            "meta SiteName",
        ),
        (
            headed("柳桥镇2012年政府信息公开工作年度报告", portal=PORTAL),
            "柳桥镇",
            "330329",
            "title",
        ),  # lies where the portal is
        (headed("国家税务总局2010年政府信息公开年度报告", portal=PORTAL), "国家税务总局", None, "title"),
        (
            headed("政府信息公开工作年度报告", lines=("现公布泰顺县人民政府2020年政府信息公开工作年度报告如下：",)),
            "泰顺县人民政府",
            "330329",
            "text",
        ),
        # pages that are no report: only who says so
        (headed("关于下达计划的通知", "发文机关：安乡县教育局"), "安乡县教育局", "430721", "above"),
        (
            headed("关于落实情况的函", lines=("特此函告。", "柳桥试验区管委会办公室", "2014年12月10日")),
            "柳桥试验区管委会办公室",
            None,
            "signature",
        ),
    ],
)
def test_the_issuer(context: Context, name: str, code: str | None, where: str) -> None:
    identity = said(context)
    assert identity.issuer is not None
    assert (identity.issuer.name, identity.issuer.code) == (name, code)
    assert [evidence.where for evidence in identity.evidence if evidence.field == "issuer"] == [where]


@pytest.mark.parametrize(
    "context",
    [
        headed("柳桥镇开展春耕服务", "来源：青禾日报", portal=PORTAL, metas={"sitename": ("泰顺县人民政府",)}),
        headed("2012年政府信息公开工作年度报告", "首页 > 政府信息公开 > 政府信息公开年报"),
        headed("2012年政府信息公开工作年度报告", "发布机构：系统管理员"),
        headed("关于落实情况的函", lines=("柳桥试验区管委会办公室是主管部门。", "请予支持。")),
    ],
)
def test_no_issuer(context: Context) -> None:
    assert said(context).issuer is None


def test_a_hacked_name_is_not_replaced_by_the_portal() -> None:
    context = headed("沙丘体育投注：林业厅2015年度政府信息公开工作报告", portal=PORTAL)
    assert said(context).issuer is None
    assert said(context).year == 2015
    assert codes(context) == ["issuer_unreadable"]


def test_the_report_is_that_of_the_body_in_the_title() -> None:
    context = headed("蚌山区财政局2017年度政府信息公开工作年度报告", "发布机构：安乡县人民政府")
    identity = said(context)
    assert identity.issuer is not None
    assert identity.issuer.name == "蚌山区财政局"
    assert codes(context) == ["issuer_disagrees"]


def test_the_portal_tells_bearers_of_one_name_apart() -> None:
    fuzhou = Portal("fuzhou", "福州市", "350100", "http://www.city.example/", ("www.city.example",))
    title = "鼓楼区人民政府2017年政府信息公开年度报告"
    for context in (headed(title, portal=fuzhou), headed(title, metas={"siteidcode": ("3501020001",)})):
        issuer = said(context).issuer
        assert issuer is not None
        assert issuer.code == "350102"


def test_a_report_of_another_place_is_a_finding() -> None:
    context = headed("安乡县2020年政府信息公开工作年度报告", portal=PORTAL, metas={"siteidcode": ("3303290001",)})
    issuer = said(context).issuer
    assert issuer is not None
    assert issuer.code == "430721"
    assert codes(context) == ["site_code_disagrees", "issuer_not_of_portal"]


@pytest.mark.parametrize("site_code", ["3303290001", "3303000001", "3300000001", "3590000001", "bm55000001"])
def test_site_codes_that_support_or_say_nothing(site_code: str) -> None:
    context = headed(TITLE, below=(f"主办单位：某办 网站标识码：{site_code} 浙ICP备1号",))
    assert said(context).site_code == site_code
    assert codes(context) == []


# ---------------------------------------------------------------- what is printed


@pytest.mark.parametrize(
    ("line", "day", "source"),
    [
        ("来源:县政务公开办??发布时间:2012-03-24?? 字号【", "2012-03-24", "县政务公开办"),
        ("浏览次数:发布时间:2018-01-18 00:00", "2018-01-18", None),
        ("信息来源: 青禾网 | 发布时间:2016-03-09 11:18", "2016-03-09", "青禾网"),
        ("来源:区人民政府办公室 时间:2017-01-12 10:01", "2017-01-12", "区人民政府办公室"),
        ("日期:2019年03月04日   信息来源:市政府办公厅", "2019-03-04", "市政府办公厅"),
        ("来源：柳桥镇 发布时间：2024-03-26", "2024-03-26", "柳桥镇"),
        ("来源:原创     发布时间:2023-01-31 13:24    浏览次数:次", "2023-01-31", "原创"),
        ("发布时间:2013-01-24 00:00 来源:青禾县人民政府(办公室) 字体:[ ]", "2013-01-24", "青禾县人民政府(办公室)"),
        ("日期: 2015-07-09 浏览量:354 来源:青禾市公安局 责任编辑:张三 文字大小:", "2015-07-09", "青禾市公安局"),
        ("发布时间:2018-01-08 08:58  来源:浏览量: 【字号:   打印", "2018-01-08", None),
        ("来源: 时间:2012-12-31 17:40", "2012-12-31", None),
        ("发布日期:2021-01-30 23:02 来源:本网 打印 【字体:", "2021-01-30", "本网"),
        ("2015-11-10 01:51:51信息来源:浏览次数:字体:[ ]", "2015-11-10", None),
        ("2017-03-28 10:18 来源: 青禾日报 字号: 默认 超大 | 打印 |", "2017-03-28", "青禾日报"),
        ("2014年08月29日 07时21分 来源: 省政府办公厅 【字体:", "2014-08-29", "省政府办公厅"),
        ("中央政府门户网站 www.gov.example   2013年03月29日 15时57分   来源：青禾社", "2013-03-29", "青禾社"),
        ("2026-01-20 作者:佚名 点击数:", "2026-01-20", None),
        ("2026-01-28 10:06", "2026-01-28", None),
        ("作者: 来自: 時間:2021-09-29 10:05:00", "2021-09-29", None),
        ("發佈時間：2021-09-29 來源：青禾縣", "2021-09-29", "青禾縣"),
        ("来源：《青禾日报》 作者： 记者 张三 字体： 小 大", None, "《青禾日报》"),
        ("来源：全民阅读网 打印", None, "全民阅读网"),
        ("【发布时间】2014-01-14 【来源】 县府办", "2014-01-14", "县府办"),
        ("发布日期：2024-06-13 来源：教育局 下载 收藏", "2024-06-13", "教育局"),
        ("更新时间:2019-05-06", "2019-05-06", None),
        ("办结时间：2014-01-14 收入来源：税收", None, None),  # labels of something else
        ("来源：http://www.county.example/a.html", None, None),
        ("发布时间：见2014-01-14通知", None, None),
        ("今天是2025年12月30日 星期二", None, None),
    ],
)
def test_the_line_of_date_and_source(line: str, day: str | None, source: str | None) -> None:
    identity = said(headed("柳桥镇举办书法展", line))
    assert (identity.published_on, identity.source) == (day, source)


@pytest.mark.parametrize(
    ("above", "index", "document", "issuer", "day"),
    [
        (
            (
                "索 引 号\t0143/2024-0002\t分　类\t年报",
                "发布机构\t青禾县教育局\t公开日期\t2024-01-17",
                "文号\t\t关键词",
            ),
            "0143/2024-0002",
            None,
            "青禾县教育局",
            "2024-01-17",
        ),
        (  # the same, one cell a line
            (
                "索引号：",
                "K16-201704-0003",
                "发布机构：",
                "青禾县教育局",
                "文 号：",
                "关键词：",
                "发布日期：",
                "2017-04-12",
            ),
            "K16-201704-0003",
            None,
            "青禾县教育局",
            "2017-04-12",
        ),
        (
            ("索取号：AB0-12-2020-001 发文字号：青教函〔2020〕10号 发文机关：青禾县教育局 发布日期：2020年3月4日",),
            "AB0-12-2020-001",
            "青教函〔2020〕10号",
            "青禾县教育局",
            "2020-03-04",
        ),
        (
            ("索引號\tQA44-2012-001\t發布機構\t青禾县教育局", "備註/文号\t无\t公文生成日期\t2012-02-15"),
            "QA44-2012-001",
            None,
            "青禾县教育局",
            None,
        ),
        (
            ("索引号 0143/2024-0003", "发文文号：—", "发布单位：青禾县教育局"),
            "0143/2024-0003",
            None,
            "青禾县教育局",
            None,
        ),
        (
            ("索引号：", "文件编号：暂无", "公开主体：青禾县教育局", "公开方式：主动公开"),
            None,
            None,
            "青禾县教育局",
            None,
        ),
    ],
)
def test_info_boxes(
    above: tuple[str, ...], index: str | None, document: str | None, issuer: str, day: str | None
) -> None:
    identity = said(page(above=above, title_tag="关于计划的通知"))
    assert identity.issuer is not None
    assert (identity.index_number, identity.document_number, identity.issuer.name, identity.published_on) == (
        index,
        document,
        issuer,
        day,
    )


@pytest.mark.parametrize(
    ("context", "number"),
    [
        (headed("关于建议的复函", lines=("青卫函〔2025〕46号", "张三代表：", "收悉。")), "青卫函〔2025〕46号"),
        (headed("行政处罚信息公开表（青金罚决字〔2024〕52号）"), "青金罚决字〔2024〕52号"),
        (headed("关于计划的通知", lines=("青水利〔2011〕47号 签发人:张三", "各乡镇：")), "青水利〔2011〕47号"),
        (headed("关于计划的通知", lines=("根据青政发〔2011〕47号文件要求，现通知如下。",)), None),
    ],
)
def test_file_numbers(context: Context, number: str | None) -> None:
    assert said(context).document_number == number


def test_what_is_shown_beats_the_meta_tags() -> None:
    metas = {"pubdate": ("2023-05-12 23:20",), "contentsource": ("青禾网",)}
    shown = said(headed("柳桥镇举办书法展", "发布时间：2009-09-30 10:53 来源：柳桥镇", metas=metas))
    assert (shown.published_on, shown.source) == ("2009-09-30", "柳桥镇")
    bare = said(headed("柳桥镇举办书法展", metas=metas))
    assert (bare.published_on, bare.source) == ("2023-05-12", "青禾网")
    empty = said(headed("柳桥镇举办书法展", "来源： 发布日期：", metas={"pubdate": ("",), "contentsource": ("",)}))
    assert (empty.published_on, empty.source) == (None, None)


def test_the_day_a_paper_was_made_is_not_its_publication() -> None:
    context = headed(TITLE, "成文日期：2021-01-20")
    assert said(context).published_on is None
    assert codes(context) == ["only_written_date"]
    assert said(headed(TITLE, "生成日期：2021-01-20", metas={"pubdate": ("2021-01-29",)})).published_on == "2021-01-29"


def test_dates_of_neighbours_are_not_the_page_s() -> None:
    context = page(
        title_tag="柳桥镇举办书法展_青禾县人民政府",
        above=(
            "2024-01-25",
            "别的新闻",
            "2024-01-24",
            "柳桥镇举办书法展",
            "开始时间：",
            "2024-05-08",
            "来源：",
            "柳桥镇",
        ),
        headings=(Heading("柳桥镇举办书法展", 3, "above"),),
    )
    assert (said(context).published_on, said(context).source) == (None, "柳桥镇")
    assert said(page(lines=("时间：2024年5月8日", "地点：礼堂"), title_tag="会议通知")).published_on is None


@pytest.mark.parametrize(
    ("lines", "day"),
    [
        (("一、概述", "二、其他", "青禾县人民政府办公室", "2021年1月29日"), "2021-01-29"),
        (("一、概述", "二、其他", "二○一二年二月二十日", "附件：统计表"), "2012-02-20"),
        (("一、概述", "二、其他", "（青禾县人民政府办公室 二〇一四年一月十日）"), "2014-01-10"),
        (("2021年1月29日", "一、概述", "二、其他", "三、无"), None),  # not at the end
        (("一、概述", "二、其他", "本报告2021年1月29日发布"), None),  # a sentence
        (("一、概述", "二、其他", "2021年1月"), None),
    ],
)
def test_the_signature(lines: tuple[str, ...], day: str | None) -> None:
    assert said(headed(TITLE, lines=lines)).signed_on == day


def test_every_value_has_its_evidence() -> None:
    identity = said(
        headed(
            TITLE,
            "索引号：0143/2021-0001 发文字号：泰政办〔2021〕3号 发布机构：泰顺县人民政府办公室",
            "发布时间：2021-01-29 来源：县府办",
            lines=(
                "统计期限自2020年1月1日起至2020年12月31日止。",
                "一、总体情况",
                "泰顺县人民政府办公室",
                "2021年1月28日",
            ),
            below=("网站标识码：3303290001",),
        )
    )
    found = {evidence.field: evidence for evidence in identity.evidence}
    dates, numbers = {"period", "published_on", "signed_on"}, {"index_number", "document_number", "site_code"}
    assert set(found) == {"title", "year", "issuer", "issuer_full", "source"} | dates | numbers
    assert found["issuer_full"].where == "title"  # the label names the office of the government that reports
    for evidence in found.values():
        assert evidence.where
        assert evidence.words
    assert found["published_on"].words == "发布时间：2021-01-29"
    assert identity.document_number == "泰政办〔2021〕3号"


def test_label_words_in_running_text_are_none() -> None:
    text = "我县规定信息来源：" + "各部门须在发布时间：当日内报送，" * 20
    assert read([text]) == ()


def test_an_empty_page_has_no_identity() -> None:
    assert identify(page()) == (Identity(), ())


def test_a_page_takes_about_a_millisecond() -> None:
    navigation = tuple(f"栏目{number} 更多" for number in range(300))
    context = headed(
        TITLE,
        "发布时间：2021-01-29 来源：县府办",
        lines=tuple(f"（{number}）我县认真贯彻条例，扎实推进政府信息公开工作。" * 3 for number in range(100)),
        below=navigation,
    )
    identify(context)
    best = min(_seconds(context) for _ in range(5))
    assert best < 0.01  # ten times the aim, for busy machines


def _seconds(context: Context) -> float:
    start = time.process_time()
    identify(context)
    return time.process_time() - start

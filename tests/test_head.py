"""The title of a page whose metas and title tag do not name it. Towns and sentences are invented."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines import derive
from pipelines.identify import identify
from pipelines.records import Capture, Context, Heading, Identity

SHOW = "柳桥镇举办第三届书法作品展"
INFO = "发布时间：2020-09-17 来源：柳桥镇 点击：302"
CRUMB = "当前位置：首页 > 部门动态"
TEXT = ("为活跃群众文化生活，柳桥镇昨日在文化站举办书法作品展。", "作品展将持续到月底。")


def page(*above: str, headings: tuple[tuple[str, int], ...] = (), **parts: Any) -> Context:
    marked = tuple(Heading(words, rank, "above") for words, rank in headings)
    base: dict[str, Any] = {
        "url": "http://www.county.example/a.html",
        "metas": {},
        "title_tag": "青禾县人民政府门户网站",
    }
    return Context(**base | {"headings": marked, "above": above, "lines": TEXT, "below": ()} | parts)


def said(context: Context) -> Identity:
    return identify(context)[0]


@pytest.mark.parametrize(
    ("context", "title"),
    [
        # no markup says which line is the title: it stands on the line of date and source
        (page(CRUMB, SHOW, INFO), SHOW),
        (page(CRUMB, SHOW, "2020.09.17 | 柳桥镇 | 阅读 322"), SHOW),
        (page(CRUMB, SHOW, "2020年9月17日 【字体：大 中 小】"), SHOW),
        (page(CRUMB, SHOW, "听全文", "分享到", "2020-09-17", "来源：柳桥镇"), SHOW),
        (page(CRUMB, SHOW, "——墨香乡里", INFO), SHOW),
        (page(CRUMB, f"{SHOW}2020-09-17 来源：柳桥镇"), SHOW),
        # right under the breadcrumb, with a box of labels or nothing behind it
        (page(CRUMB, SHOW), SHOW),
        (page(CRUMB, SHOW, "索引号:QH-2020-031 主题分类:文化", "文 号:"), SHOW),
        # on the first label of a form
        (page("字号： 大 中 小", SHOW, "区域：", "柳桥镇", "地点：", "柳桥镇文化体育中心", "来源：", "柳桥镇"), SHOW),
        # a column's name, a kicker, a subtitle, a second line
        (page(CRUMB, "部门动态", SHOW, INFO, headings=(("部门动态", 2), (SHOW, 3))), SHOW),
        (page("部门动态", SHOW, INFO, headings=(("部门动态", 2),)), SHOW),
        (page(CRUMB, SHOW, "百余名群众参加", INFO, headings=((SHOW, 1), ("百余名群众参加", 2))), SHOW),
        (page(CRUMB, SHOW, "百余名群众前来参加", INFO, headings=((SHOW, 1),)), SHOW),
        (page("柳桥镇举办第三届", "书法作品展", INFO, headings=(("柳桥镇举办第三届", 1), ("书法作品展", 1))), SHOW),
        (
            page(
                "首页 > 政策解读",
                f"《{SHOW}办法》",
                "政策解读",
                INFO,
                headings=((f"《{SHOW}办法》", 1), ("政策解读", 1)),
            ),
            f"《{SHOW}办法》政策解读",
        ),
        # a heading between the line of date and source and the text
        (page(CRUMB, INFO, "打印 微博", SHOW, headings=((SHOW, 2),)), SHOW),
        # a name too short for a title anywhere else
        (
            page("首页 > 领导之窗", "周明远", INFO, headings=(("周明远", 2),), title_tag="周明远-领导之窗-青禾县"),
            "周明远",
        ),
        # the title tag puts site and column before the title, or after it, with nothing but a space between
        (page("当前位置：首页>公示公告", title_tag=f"青禾县人民政府 公示公告 {SHOW}"), SHOW),
        (page("首页", ">公示公告", title_tag=f"{SHOW} 公示公告 青禾政府网_青禾县人民政府门户网站"), SHOW),
        (page(title_tag="“墨香乡里—柳桥镇书法展”开幕_青禾县人民政府"), "“墨香乡里—柳桥镇书法展”开幕"),
        # the box has the name, the text repeats it over several lines; or nothing else has it
        (page("信息名称：\t" + SHOW, lines=("柳桥镇举办", "第三届书法作品展", *TEXT)), SHOW),
        (page("索引号：\tQH0001/2014-00087", "标 题：\t" + SHOW, "主 题 词：", lines=()), SHOW),
    ],
)
def test_the_title_without_metas_and_title_tag(context: Context, title: str) -> None:
    assert said(context).title == title


@pytest.mark.parametrize(
    "above",
    [
        (CRUMB, INFO),
        ("首页-部门动态-正文", INFO),
        (CRUMB, "青禾县人民政府办公室", INFO),
        (CRUMB, "为活跃群众文化生活，柳桥镇昨日举办书法作品展。", INFO),
        (CRUMB, "2020年9月17日", "来源：柳桥镇"),
        (CRUMB, "【打印本页】【关闭窗口】", INFO),
        (CRUMB, "满意度评价：满意 基本满意 不满意"),
        # rows of a list beside the text
        (SHOW, "2020-09-17", "青禾县第二届美术展开幕", "2020-09-16", "柳桥镇文化站改造完工", "2020-09-15"),
    ],
)
def test_lines_that_are_no_title(above: tuple[str, ...]) -> None:
    assert said(page(*above)).title is None


def test_a_heading_far_from_the_text_is_that_of_another_box() -> None:
    above = ("近期热搜", "公积金", "社保卡", "不动产登记")
    assert said(page(*above, headings=(("近期热搜", 4),))).title is None


@pytest.mark.parametrize(
    ("first", "title"),
    [(SHOW, SHOW), ("各乡镇人民政府：", "图片新闻"), ("一、活动基本情况", "图片新闻"), ("图为活动现场。", "图片新闻")],
)
def test_an_unmarked_line_that_opens_the_text(first: str, title: str) -> None:
    context = page("首页-图片新闻-正文", INFO, lines=(first, *TEXT), title_tag="图片新闻-青禾县政府网")
    assert said(context).title == title


def test_the_only_heading_opens_the_text() -> None:
    heading = Heading("柳桥书画馆", 3, "body")
    context = Context(
        "http://www.county.example/a.html", {}, "青禾县人民政府", (heading,), (), ("柳桥书画馆", *TEXT), ()
    )
    assert said(context).title == "柳桥书画馆"


def test_the_page_heading_of_a_report_before_the_one_in_its_text() -> None:
    shown, printed = "青禾开发区管委会2014年度政府信息公开工作年度报告", "青禾开发区2014年度政府信息公开工作年度报告"
    assert said(page(CRUMB, shown, INFO, lines=(printed, *TEXT))).title == shown


def test_a_heading_with_line_breaks_on_a_whole_page() -> None:
    html = (
        "<html><head><title>青禾县人民政府</title></head><body><div>当前位置：<a href=/>首页</a> &gt; 部门动态</div>"
        f"<div><h1>柳桥镇举办<br>第三届<br>书法作品展</h1><p>{INFO}</p><div>"
        + "".join(f"<p>{line}</p>" for line in TEXT * 3)
        + "</div></div></body></html>"
    )
    report = derive(Capture("http://www.county.example/a.html", html.encode()))
    assert report.identity.title == SHOW

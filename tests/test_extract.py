"""What a page holds beside its plain text: frames, further pages, pictures, what is cut and why, numbering."""

import json
from collections import Counter
from pathlib import Path

import pytest

from pipelines import dom, outline, render
from pipelines.container import choose
from pipelines.decode import decode
from pipelines.extract import extract
from pipelines.lines import seen_lines
from pipelines.render import Paragraph
from pipelines.shown import pages
from pipelines.tables import grid, is_data
from tests.conftest import SHARED

URL = "http://www.linshui.example/gk/nb/t20190312_8812.html"
HEAD = "<h1>临水县2018年政府信息公开工作年度报告</h1><p>发布时间：2019-03-12</p>"
SENTENCES = [
    f"全县第{n}项工作按照要求推进，主动公开政府信息{n * 31}条，群众可以在门户网站随时查询，没有发现涉密信息上网。"
    for n in range(1, 8)
]
TEXT = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)
FILES = [path / "page.html" for path in sorted(Path(__file__).parent.joinpath("pages").iterdir())]
UNSEEN = (
    "hidden",
    "textarea",
    "button",
    "select",
    "noscript",
    "template",
    "option",
    "iframe",
    "object",
    "svg",
    "video",
)
REAL = sorted(SHARED.joinpath("pages").glob("*.html"))


def read(body, url=URL):
    return extract(dom.parse(f"<html><body>{body}</body></html>"), url)


def found(content, code):
    return [finding.evidence.splitlines() for finding in content.findings if finding.code == code]


# ---------------------------------------------------------------- text that scripts show


@pytest.mark.parametrize(
    ("holder", "where"),
    [
        (f'<textarea name="content">{TEXT}</textarea>', "a textarea"),
        (f'<div id="zoom"><!--{TEXT}--></div>', "a comment"),
        (f'<script type="text/template">{TEXT}</script>', "a script that holds markup"),
        (f'<template id="article">{TEXT}</template>', "a template"),
        (f'<div class="content" style="display:none">{TEXT}</div>', "a hidden element"),
        (f"<input type=hidden id=txtContent value='{TEXT}'>", "a field"),
        (f"<script>var docContent = '{TEXT}';</script>", "a string of a script, docContent"),
        (f"<script>document.write('{TEXT}')</script>", "a string of a script, document.write"),
    ],
)
def test_text_that_a_script_shows(holder, where):
    content = read(HEAD + holder)
    assert list(content.lines) == SENTENCES
    assert found(content, "text_in_script") == [[where]]
    assert content.container.startswith(where)
    assert "发布时间：2019-03-12" in content.above


@pytest.mark.parametrize(
    "holder",
    [
        f'<div class="loginDialog content" style="display:none">{TEXT}</div>',
        f'<div class="footer"><!--{TEXT}--></div>',
        f"<script>var help = '{TEXT}';</script>",
        "<script>" + "".join(f'list.push({{"content": "{TEXT}{n}"}});' for n in range(3)) + "</script>",
    ],
)
def test_what_is_hidden_and_no_article_stays_hidden(holder):
    content = read(HEAD + holder)
    assert not set(SENTENCES) & set(content.lines)
    assert found(content, "text_in_script") == []


def test_where_the_page_has_its_text_nothing_hidden_is_read():
    content = read(f'{HEAD}<div id="zoom">{TEXT}</div><textarea id="content">{"".join(SENTENCES)}</textarea>')
    assert list(content.lines)[-len(SENTENCES) :] == SENTENCES
    assert found(content, "text_in_script") == []


def test_what_a_script_says_of_its_article_stands_above_it():
    record = {
        "content": TEXT,
        "identifier": "11445200000/2019-00021",
        "document_number": "临府规〔2019〕1号",
        "publisher": "临水县人民政府办公室",
        "display_publish_time": 1552348800,
    }
    content = read(f"{HEAD}<script>window._CONFIG = {json.dumps({'DETAIL': record})}</script>")
    assert list(content.lines) == SENTENCES
    assert content.above[-4:] == (
        "索引号：11445200000/2019-00021",
        "发文字号：临府规〔2019〕1号",
        "发布机构：临水县人民政府办公室",
        "发布日期：2019-03-12",
    )


def test_a_script_that_speaks_of_several_articles_says_nothing_of_one():
    related = [{"identifier": "A/2019-1", "publisher": ""}, {"identifier": "A/2019-2", "publisher": ""}]
    record = {"content": TEXT, "relation": related}
    content = read(f"{HEAD}<script>window._CONFIG = {json.dumps({'DETAIL': record})}</script>")
    assert list(content.lines) == SENTENCES
    assert [line for line in content.above if "索引号" in line or "发布机构" in line] == []


# ---------------------------------------------------------------- lines as a browser shows them


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<p>甲<!-- 批注 -->乙</p>", ["甲乙"]),
        ("<pre>甲\n乙<b>丙\n丁</b>戊<!--\n-->己\n\n庚</pre>", ["甲", "乙丙", "丁戊己", "庚"]),
        ("<p>甲<span style='DISPLAY: block'>乙</span>丙</p>", ["甲", "乙", "丙"]),
        ("<p>甲<span style='display:inline-block'>乙</span>丙</p>", ["甲乙丙"]),
        ("甲</br>乙", ["甲", "乙"]),
        ("<p>甲<div>乙</div>丙</p>丁", ["甲", "乙", "丙", "丁"]),
        ("<span><p>甲</p><p>乙</p></span>丙", ["甲", "乙", "丙"]),
        ("<form><p>甲</p><form><p>乙</p></form></div><p>丙</p></form><p>丁</p>", ["甲", "乙", "丙", "丁"]),
        ("<div class=a><div><p>甲</p><p>乙</div><div>丙</div>", ["甲", "乙", "丙"]),
        ("<p>甲<b>乙<p>丙</b>丁", ["甲乙", "丙丁"]),
    ],
)
def test_lines_of_wrong_and_right_markup(markup, lines):
    assert [line.text for line in seen_lines(dom.parse(f"<body>{markup}").find("body"))] == lines


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "FONT-SIZE: 0px",
        "font-size:0",
        "opacity:0",
        "text-indent:-9999px",
        "position:absolute;left:-9999px",
        "color:#fff; top: -2000px",
    ],
)
def test_words_that_a_style_hides(style):
    content = read(f'<div id="zoom">{TEXT}<p>附记<font style="{style}">彩票网址</font></p></div>')
    assert content.lines[-1] == "附记"
    assert ("hidden", "彩票网址") in {(cut.rule, cut.text) for cut in content.dropped}


@pytest.mark.parametrize(
    "style", ["font-size:0.8em", "opacity:0.5", "margin-left:-1000px", "margin:0 auto;left:-20px", "text-indent:-2em"]
)
def test_words_that_a_style_only_moves(style):
    content = read(f'<div id="zoom">{TEXT}<p>附记<font style="{style}">如下</font></p></div>')
    assert content.lines[-1] == "附记如下"


@pytest.mark.parametrize("style", ["font-size:0", "opacity:0"])
def test_parts_with_a_style_of_their_own_are_seen(style):
    """A gap between boxes, or a part that a script fades in."""
    text = TEXT.replace("<p>", '<p style="font-size:16px">')
    assert list(read(f'<div id="zoom" style="{style}">{text}</div>').lines) == SENTENCES


# ---------------------------------------------------------------- the container without names


TITLE = "临水县2018年政府信息公开工作年度报告"
MENU = "<div><p>县政府办公室负责文电、会务、机要、档案等工作，承担政务公开的推进、指导、协调。</p></div>" * 20


@pytest.mark.parametrize(
    "head",
    [f"<title>{TITLE}_临水县人民政府</title>", f'<title>临水县</title><meta name="ArticleTitle" content="{TITLE}">'],
)
def test_what_stands_before_the_title_is_no_container(head):
    article = f"<div><div>{TITLE}</div><div>{TEXT}</div></div>"
    page = f"<html><head>{head}</head><body><div>{MENU}</div>{article}</body></html>"
    content = extract(dom.parse(page), URL)
    assert list(content.lines) == SENTENCES


def test_a_footer_that_repeats_the_title_of_the_site_is_no_title():
    site = "临水县人民政府门户网站"
    foot = f"<div><p>{site}</p><p>如有问题，请与我们联系。</p></div>"
    page = f"<title>{site}</title><body><div><div>{TEXT}</div></div>{foot}"
    assert list(extract(dom.parse(page), URL).lines) == SENTENCES


def test_who_signs_a_report_says_no_title():
    body = "临水县人力资源和社会保障局"
    rows = "".join(f"<tr><td>第{n}项公开的信息数量</td><td>{n}</td></tr>" for n in range(30))
    head = f"<title>{body}2018年政府信息公开工作年度报告</title>"
    page = f"{head}<body><div><div>{TEXT}</div><p>{body}</p><table>{rows}</table></div>"
    assert list(extract(dom.parse(page), URL).lines[: len(SENTENCES)]) == SENTENCES


def test_of_two_copies_of_an_article_the_first_is_read():
    """One for each kind of screen, with menus of its own."""

    def screen(kind):
        menu = "".join(f"<div><a href=/{n}/>{kind}的第{n}个栏目名称</a></div>" for n in range(12))
        return f"<div><div>{menu}</div><div><div>{TEXT}</div></div></div>"

    assert list(read(screen("桌面") + screen("手机")).lines) == SENTENCES


# ---------------------------------------------------------------- frames and further pages


@pytest.mark.parametrize(
    ("frame", "href"),
    [
        ('<iframe src="../P020.pdf" width="100%" height="800"></iframe>', "../P020.pdf"),
        ('<iframe src="/pdf/web/viewer.html?file=/up/P020.pdf"></iframe>', "/up/P020.pdf"),
        ('<object data="P020.PDF" type="application/pdf" width="800" height="900"></object>', "P020.PDF"),
        ('<embed src="P020.doc">', "P020.doc"),
    ],
)
def test_a_file_in_a_frame_is_an_attachment(frame, href):
    content = read(f'{HEAD}<div id="zoom">{frame}</div>')
    assert [file.href for file in content.attachments] == [href]
    assert found(content, "text_in_frame") == []


def test_a_page_in_a_frame_is_a_lead():
    small = (
        '<iframe src="/count.jsp" width="1" height="1"></iframe><iframe src="http://weather.example/a.htm"></iframe>'
    )
    content = read(f'{HEAD}{small}<div class="con"><iframe id="main" src="nr_8812.htm"></iframe></div>')
    assert found(content, "text_in_frame") == [["http://www.linshui.example/gk/nb/nr_8812.htm"]]


def test_old_framesets_are_read():
    root = dom.parse('<frameset cols="20%,*"><frame src="left.htm" name="left"><frame src="a.htm"></frameset>')
    assert found(extract(root, URL), "text_in_frame") == [["http://www.linshui.example/gk/nb/a.htm"]]


def test_a_frame_beside_a_whole_text_is_no_lead():
    content = read(f'{HEAD}<div id="zoom">{TEXT}</div><iframe src="/related.html" width="600" height="300"></iframe>')
    assert found(content, "text_in_frame") == []


@pytest.mark.parametrize(
    ("pager", "others"),
    [
        ('<script>createPageHTML(3, 0, "t20190312_8812", "html");</script>', ["_1.html", "_2.html"]),
        (
            '<p><b>1</b> <a href="t20190312_8812_2.html">[2]</a> <a href="t20190312_8812_2.html">下一页</a></p>',
            ["_2.html"],
        ),
        ('<p><a href="?page=2">第2页</a></p>', [".html?page=2"]),
        ("<script>var currentPage = 0;\nvar countPage = 3//共多少页\n</script>", ["_1.html", "_2.html"]),
        ('<select><option>第1页</option><option value="t20190312_8812_2.html">第2页</option></select>', ["_2.html"]),
        ('<p><a href="t20190312_8812_2.html"><img src="next.gif" alt="下一页"></a></p>', ["_2.html"]),
        ("<input type='button' value='下一页' onclick=\"location.href='t20190312_8812_2.html'\">", ["_2.html"]),
        ('<p><a href="t20190312_8812_2.html">第二页</a></p>', ["_2.html"]),
        ('<p><a href="t20190312_8812_2.html">第2页：二、主动公开情况</a></p>', ["_2.html"]),
        ('<p>1/2 <a href="t20190312_8812_2.html">&gt;</a></p>', ["_2.html"]),
        ('<p><a href="http://WWW.linshui.example/gk/nb/t20190312_8812_2.html">下页</a></p>', ["_2.html"]),
        ('<p><a href="t20190312_8812_all.html">【阅读全文】</a></p>', ["_all.html"]),
        ('<p><a href="?all=1">在本页显示全文</a></p>', [".html?all=1"]),
        ('<p><a href="?page=1">1</a> <a href="?page=2">2</a> <a href="?page=1">首页</a></p>', [".html?page=2"]),
    ],
)
def test_an_article_that_goes_on_elsewhere(pager, others):
    content = read(f'{HEAD}<div id="zoom">{TEXT}{pager}</div>')
    (evidence,) = found(content, "continues")
    assert [to.replace("WWW", "www") for to in evidence] == [f"{URL.removesuffix('.html')}{other}" for other in others]


def test_pagers_and_frames_behind_the_container_count():
    """They have no words, so that no line of the page is theirs."""
    pager = '<div class="page"><select><option value="t20190312_8812_2.html">2</option></select></div>'
    content = read(f'{HEAD}<div class="main"><!-- --><div id="zoom">{TEXT}</div><!-- -->{pager}</div>')
    assert content.others == (URL.replace(".html", "_2.html"),)


def test_later_pages_count_from_the_first():
    script = "<script>var currentPage = 1;var countPage = 3;</script>"
    content = read(f'{HEAD}<div id="zoom">{TEXT}{script}</div>', URL.replace(".html", "_1.html"))
    assert content.others == (URL, URL.replace(".html", "_2.html"))


@pytest.mark.parametrize(
    ("own", "others"),
    [
        ("/news/show?cid=3&id=9", ("/news/show?id=9&cid=3&p=2",)),
        ("/index.php?id=9", ("/index.php?id=9&page=2",)),
        ("/nb/", ()),
        ("/nb/index.html", ()),
    ],
)
def test_an_article_may_be_told_by_its_query(own, others):
    host = "http://www.linshui.example"
    links = f'<a href="{others[0] if others else "?page=2"}">2</a> <a href="{own}&amp;id=10">3</a>'
    content = read(f'{HEAD}<div id="zoom">{TEXT}<p>{links}</p></div>', host + own)
    assert content.others == tuple(host + other for other in others)


def test_links_are_relative_to_the_base_of_the_page():
    page = f"""<html><head><base href="/"></head><body>{HEAD}<div id="zoom">{TEXT}<img src="img/1.jpg">
    <a href="up/1.doc">统计表.doc</a><a href="gk/nb/t20190312_8812_2.html">下一页</a></div></body></html>"""
    content = extract(dom.parse(page), URL)
    host = "http://www.linshui.example"
    assert [file.url for file in content.attachments] == [f"{host}/up/1.doc"]
    assert [image.url for image in content.images] == [f"{host}/img/1.jpg"]
    assert content.others == (f"{host}/gk/nb/t20190312_8812_2.html",)


@pytest.mark.parametrize(
    ("host", "is_lead"),
    [
        ("xxgk.linshui.example", True),
        ("linshui.example", True),
        ("www.weather.example", False),
        ("xlinshui.example", False),
    ],
)
def test_a_frame_may_show_a_page_of_another_host_of_the_site(host, is_lead):
    content = read(f'{HEAD}<div class="con"><iframe src="http://{host}/nr_8812.htm"></iframe></div>')
    assert content.framed == ((f"http://{host}/nr_8812.htm",) if is_lead else ())


@pytest.mark.parametrize(
    "pager",
    [
        '<script>createPageHTML(1, 0, "t20190312_8812", "html");</script>',
        '<script>createPageHTML(9, 0, "index", "html");</script>',
        '<p>下一篇：<a href="t20190312_8813.html">临水县2017年年度报告</a></p>',
        '<p><a href="t20190312_8813.html">下一页</a></p>',
    ],
)
def test_neighbours_and_lists_are_no_further_pages(pager):
    assert found(read(f'{HEAD}<div id="zoom">{TEXT}{pager}</div>'), "continues") == []


def test_a_text_that_is_mostly_folded_away_is_noted():
    folded = "".join(f'<h3>{n}、情况</h3><div class="fold" style="display:none">{TEXT}</div>' for n in "一二三")
    shown = f'{HEAD}<div id="zoom"><p>{"本报告由县政府办公室编制，" * 20}</p>{{}}</div>'
    assert found(read(shown.format(folded)), "text_hidden") == [[SENTENCES[0]]]
    twice = f'{TEXT}<div style="display:none">{TEXT}</div>'  # for other screens
    assert found(read(shown.format(twice)), "text_hidden") == []


# ---------------------------------------------------------------- everything is accounted for


@pytest.mark.parametrize("path", [*FILES, *REAL], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_nothing_of_the_container_vanishes(path):
    """The text and what was cut with a reason hold each character that a reader sees in the container."""
    root = dom.parse(decode(path.read_bytes())[0])
    content = extract(root, URL)
    if found(content, "text_in_script"):
        pytest.skip("its container is none of the page")
    body = root.find("body")
    unseen = []
    data = frozenset(table for table in body.iter("table") if is_data(table))
    lines = list(seen_lines(body, data, unseen=unseen))
    lines = list(seen_lines(body, data, pages(unseen, lines)))
    chosen = choose(body, lines, title=dom.titles(root))
    if chosen is None:
        assert content.text == ""
        return
    inside = set(chosen.element.iter())
    held = ""
    for line in lines:
        if line.element in inside:
            cells = "" if line.table is None else "".join(cell for row in grid(line.table)[0] for cell in row)
            held += line.text + cells
    told = content.text + "".join(cut.text for cut in content.dropped if cut.rule not in UNSEEN)
    assert Counter(squeezed(told)) == Counter(squeezed(held))


def squeezed(text):
    return "".join(text.split())


def test_what_is_cut_has_the_name_of_its_rule():
    rows = (
        "<tr><td>索引号</td><td>A/2019-1</td></tr>"
        "<tr><td>发布机构</td><td>县府办</td></tr><tr><td>文号</td><td>无</td></tr>"
    )
    hidden = '<p style="DISPLAY: none">./t20190312_app.html</p><noscript>请启用脚本</noscript><button>打印</button>'
    content = read(
        f'<div id="zoom"><table>{rows}</table>{hidden}<p>字体：大 中</p>{TEXT}<div class="share">分享给好友</div></div>'
    )
    assert {(cut.rule, cut.text) for cut in content.dropped} == {
        ("info box", "索引号\tA/2019-1"),
        ("info box", "发布机构\t县府办"),
        ("info box", "文号\t无"),
        ("hidden", "./t20190312_app.html"),
        ("noscript", "请启用脚本"),
        ("button", "打印"),
        ("words", "字体：大 中"),
        ("named part", "分享给好友"),
    }


def test_words_of_a_table_outside_its_cells_stand_above_it():
    rows = (
        "<tr><td>规章</td><td>0</td></tr>"
        "<tr style='display:none'><td>旧行</td><td>7</td></tr><tr><td>文件</td><td>3</td></tr>"
    )
    content = read(f'<div id="zoom">{TEXT}<table><caption>公开情况统计表</caption>{rows}</table></div>')
    assert content.tables[0].caption == "公开情况统计表"
    assert content.tables[0].rows == (("规章", "0"), ("文件", "3"))
    assert {(cut.rule, cut.text) for cut in content.dropped} == {("hidden", "旧行"), ("hidden", "7")}


def test_pictures_are_listed():
    content = read(
        f'<div id="zoom">{TEXT}<p><img src="./W020.jpg" alt=" 公开 统计图 "><img data-src="/b.png"></p></div>'
    )
    assert [(picture.alt, picture.src, picture.url) for picture in content.images] == [
        ("公开 统计图", "./W020.jpg", "http://www.linshui.example/gk/nb/W020.jpg"),
        ("", "/b.png", "http://www.linshui.example/b.png"),
    ]
    assert content.pictures == 2


# ---------------------------------------------------------------- outline


@pytest.mark.parametrize(
    ("line", "level", "number", "title", "rest"),
    [
        ("一、主动公开情况", 1, "一、", "主动公开情况", ""),
        ("第一部分 概述", 1, "第一部分", "概述", ""),
        ("（二）依申请公开", 2, "（二）", "依申请公开", ""),
        ("1.平台建设", 3, "1.", "平台建设", ""),
        ("（1）网站", 4, "（1）", "网站", ""),
        ("（一）主动公开情况。2018年公开信息120条。", 2, "（一）", "主动公开情况。", "2018年公开信息120条。"),
        ("（三）机构建设：成立了领导小组，明确了专人。", 2, "（三）", "机构建设：", "成立了领导小组，明确了专人。"),
        ("3、培训。全年举办培训班两期，共120人参加。", 3, "3、", "培训。", "全年举办培训班两期，共120人参加。"),
    ],
)
def test_headings(line, level, number, title, rest):
    assert outline.head(line) == (level, number, title, rest)


@pytest.mark.parametrize(
    "line",
    [
        "全年主动公开政府信息3120条。",
        "（一）全年主动公开政府信息3120条，均在网站发布。其中文件12件。",
        "1.规范性文件：共制作12件，全部公开。",
        "2018年，全县各单位认真落实。",
        "3.5万人次访问了网站",
    ],
)
def test_paragraphs(line):
    assert outline.head(line) is None


def test_a_line_in_bold_above_a_paragraph_is_a_heading():
    bold = (
        f"<p><strong>工作<span>机制</span></strong></p>{TEXT}"
        f"<p><b>注意</b>事项如下</p>{TEXT}<p><b>2019年3月12日</b></p>"
    )
    content = read(f'<div id="zoom">{TEXT}{bold}</div>')
    assert [section.title for section in content.sections if section.level] == ["工作机制"]


@pytest.mark.parametrize(
    ("lines", "faults"),
    [
        (
            ["一、概述", "（一）公开", "（二）申请", "二、问题", "（一）不足", "十、措施"],
            ["3 to 9 missing before 十、措施"],
        ),
        (["一、概述", "二、公开", "二、申请", "四、问题"], ["二、 comes again: 二、申请", "3 missing before 四、问题"]),
        (["一、概述", "一、总体"], ["一、 comes again: 一、总体"]),
        (["一、概述", "1.甲", "2.乙", "说明", "1.丙", "3.丁"], ["2 missing before 3.丁"]),
        (["（二）公开"], ["1 missing before （二）公开"]),
        (["十、甲", "十一、乙", "二十、丙"], ["1 to 9 missing before 十、甲", "12 to 19 missing before 二十、丙"]),
        (["一、概述", "二、" + "公开政府信息一百二十条，" * 9, "三、问题"], []),
    ],
)
def test_faults_of_numbering(lines, faults):
    assert outline.faults(lines) == faults


def test_a_fault_of_numbering_is_a_finding_and_stays():
    content = read(f'<div id="zoom"><p>一、概述</p>{TEXT}<p>三、问题</p>{TEXT}</div>')
    assert found(content, "numbering") == [["2 missing before 三、问题"]]
    assert [section.number for section in content.sections] == ["一、", "三、"]


@pytest.mark.parametrize("path", [*FILES, *REAL], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_sections_are_the_text(path):
    content = extract(dom.parse(decode(path.read_bytes())[0]), URL)
    joined = "".join(section.number + section.title + section.text for section in content.sections)
    assert squeezed(joined) == squeezed(content.text)


def test_a_heading_that_runs_into_its_paragraph_is_bold_in_markdown():
    block = Paragraph("（一）主动公开情况。全年公开信息一百二十条。")
    assert render.markdown([block]) == "**（一）主动公开情况。**全年公开信息一百二十条。"

"""What kind of page it is: every near miss, every way to say nothing, and every odd report, each with its reason."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler import exchange
from crawler.demo import portal
from pipelines import derive, guards
from pipelines.assess import REASONS
from pipelines.records import Capture

URL = "http://www.xikou.example/zwgk/nb/202101/t20210128_5512.html"

MENU = "".join(
    f'<li><a href="/{path}/">{words}</a></li>'
    for path, words in {"": "首页", "zjxk": "走进溪口", "zwgk": "政务公开", "fw": "政务服务", "hd": "互动交流"}.items()
)
LOGIN_BOX = (
    '<div class="top"><form><h3>用户登录</h3>用户名：<input name=u> 密码：<input type="password" name=p> 验证码：'
    '<input name=c><img src="/captcha.jpg"><a href="/login">登录</a></form></div>'
)
FOOTER = (
    '<div class="footer"><p>主办：溪口县人民政府办公室 网站标识码：4307210009 湘ICP备05000000号</p>'
    "<p>网站地图 联系我们 建议使用IE8以上浏览器访问本网站</p></div>"
)
SECTIONS = (
    "<p>本报告根据《中华人民共和国政府信息公开条例》要求编制，统计期限为2020年1月1日至2020年12月31日。</p>"
    "<p>一、总体情况</p><p>全年主动公开政府信息3120条，其中政府网站公开2900条，政务微博公开220条。</p>"
    "<p>二、主动公开政府信息情况</p><p>全县共制定规范性文件12件，均已公开。</p>"
    "<p>三、收到和处理政府信息公开申请情况</p><p>共收到申请8件，予以公开7件，结转下年度1件。</p>"
    "<p>四、政府信息公开行政复议、行政诉讼情况</p><p>行政复议1件，未发生行政诉讼。</p>"
    "<p>五、存在的主要问题及改进情况</p><p>一是公开的内容还不够全面，二是解读的形式还较为单一，将在今后的工作中加以改进。</p>"
    "<p>六、其他需要报告的事项</p><p>没有其他需要报告的事项。</p>"
)
NEWS = (
    "<p>近日，溪口县召开会议，就全县的各项工作作出部署，县直各单位和各乡镇的有关负责人参加了会议。</p>"
    "<p>会议指出，各单位要提高认识，落实责任，按照时限完成各项任务，确保工作取得实效。</p>"
)
FORM = (
    '<table border="1"><tr><td colspan="4">第二十条第（一）项</td></tr>'
    "<tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td><td>现行有效件数</td></tr>"
    "<tr><td>规章</td><td>{0}</td><td>{0}</td><td>{0}</td></tr><tr><td>行政规范性文件</td><td>{1}</td><td>{0}</td><td>{1}</td></tr>"
    '<tr><td colspan="4">第二十条第（五）项</td></tr><tr><td>信息内容</td><td colspan="3">本年处理决定数量</td></tr>'
    '<tr><td>行政许可</td><td colspan="3">{1}</td></tr></table>'
)


def page(title, body, *, top="", line="发布时间：2021-01-28 来源：溪口县政府办", box="div class=TRS_Editor"):
    """A page as portals make them: menu, place, title, line of date and source, body, footer."""
    return (
        f'<html><head><meta charset="utf-8"><title>{title}_溪口县人民政府门户网站</title></head><body>{top}'
        f'<div class="nav"><ul>{MENU}</ul></div>'
        '<div class="crumb">当前位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a></div>'
        f'<h1>{title}</h1><div class="info">{line}</div><{box}>{body}</{box.split()[0]}>{FOOTER}</body></html>'
    )


def bare(title, body="", head=""):
    """A page without a portal around it."""
    return f'<html><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>{body}</body></html>'


def read(html, **about):
    return derive(Capture(about.pop("url", URL), html.encode(), **about))


def code(reason):
    return reason.partition(":")[0]


SEEN: set[str] = set()


def told(html, **about):
    """Verdict and reasons; the codes are collected, so that one test can ask whether each is earned."""
    report = read(html, **about)
    SEEN.update(map(code, report.reasons))
    return report.verdict, report.reasons


# ---------------------------------------------------------------- near misses

NEAR = {
    "溪口县政府网站工作年度报表（2020年度）": ("website report", FORM.format("0", "12")),
    "关于报送2020年政府信息公开工作年度报告的函": ("letter", SECTIONS),
    "关于做好2020年度政府信息公开工作年度报告编制发布工作的通知": ("rules", SECTIONS),
    "关于政府信息公开工作年度报告有关事项的通知": ("rules", SECTIONS),
    "溪口县政府信息公开工作年度报告制度": ("rules", SECTIONS),
    "中华人民共和国政府信息公开工作年度报告格式": ("rules", SECTIONS + FORM.format("", "")),
    "溪口县政府信息公开统计制度": ("rules", NEWS),
    "2020年度政府信息公开情况统计表": ("statistics", FORM.format("0", "12")),
    "溪口县2021年政府工作报告": ("work report", NEWS + SECTIONS),
    "溪口县2020年法治政府建设年度报告": ("rule of law report", NEWS * 3),
    "溪口县财政局2020年部门决算公开报告": ("budget", NEWS * 3),
    "溪口县2020年预决算公开情况报告": ("budget", NEWS * 3),
    "溪口县依申请公开指南": ("guide", NEWS * 2),
    "溪口县政府信息公开指南（2021年版）": ("guide", SECTIONS),
    "溪口县政府信息公开目录": ("guide", NEWS * 2),
    "溪口县2020年政府信息公开工作年度报告解读": ("explanation", SECTIONS),
    "一图读懂溪口县2020年政府信息公开年报": ("explanation", '<p><img src="a.jpg"></p>'),
    "关于征集政府信息公开工作年度报告意见建议的公告": ("call", NEWS),
    "溪口县2020年上半年政府信息公开工作报告": ("part of year", SECTIONS),
    "溪口县2020年第三季度政府信息公开工作报告": ("part of year", SECTIONS),
    "关于表彰2020年度政府信息公开工作先进单位的决定": ("award", NEWS * 2),
    "溪口县2020年政务公开工作要点": ("plan", NEWS * 3),
    "我县发布2020年政府信息公开工作年度报告": ("news", NEWS + "<p>报告显示，全年主动公开政府信息3120条。</p>"),
    "溪口县2019年政务公开工作总结": ("summary", SECTIONS),
    "政府信息公开工作年度报告范文": ("template", SECTIONS),
    "溪口县2020年知识产权保护年度报告": ("other report", NEWS * 3),
    "溪口水务股份有限公司2019年年度报告": ("enterprise", NEWS * 3),
    "溪口县人大常委会2020年度工作报告": ("work report", NEWS * 3),
}


@pytest.mark.parametrize("title", NEAR)
def test_near_misses_are_refused_by_name(title):
    why, body = NEAR[title]
    verdict, reasons = told(page(title, body))
    assert verdict == "not_a_report"
    assert reasons == (f"near_miss: {why} ({title})",)


@pytest.mark.parametrize(
    ("title", "body", "why"),
    [
        ("溪口县举行春季农产品展销会", NEWS * 3, "unrelated"),
        ("溪口县2020年公开工作", "<p>县直各单位：</p>" + SECTIONS + "<p>请各单位于1月20日前报送。</p>", "unrelated"),
        ("关于印发溪口县2020年度工作安排的公告", SECTIONS, "unrelated"),
        ("政府信息公开年报", NEWS * 2, "column"),
    ],
)
def test_what_is_no_report_says_what_it_is_called(title, body, why):
    verdict, reasons = told(page(title, body))
    assert verdict == "not_a_report"
    assert [code(reason) for reason in reasons] == [why]


def test_a_text_without_a_title_is_no_report_by_its_date_alone():
    verdict, reasons = told(bare("", f"<div id=zoom>{NEWS * 3}</div>"))
    assert (verdict, reasons) == ("not_a_report", ("untitled",))


# ---------------------------------------------------------------- reports

SHORT_TOWN = (
    "<p>2020年，河西镇按照《政府信息公开条例》的规定，主动公开政府信息21条，未收到依申请公开，没有发生行政复议和行政诉讼。</p>"
    "<p>今后将进一步充实公开的内容，拓宽公开的渠道，方便群众查询。</p><p>河西镇人民政府</p><p>2021年1月12日</p>"
)
SEVERAL = "".join(
    f"<h2>溪口县{body}2020年政府信息公开工作年度报告</h2>{SECTIONS}" for body in ("人民政府", "财政局", "教育局")
)
OLD = SECTIONS.replace("一、总体情况", "一、概述").replace("六、其他需要报告的事项", "六、收费及减免情况")

REPORTS = {
    "department": ("溪口县文广新局2013年度信息公开工作年度报告", OLD),
    "town": ("河西镇人民政府2020年政府信息公开工作年报", SECTIONS),
    "school": ("溪口县第一中学2020年信息公开年度报告", SECTIONS),
    "about": ("关于2020年度政府信息公开情况的报告", SECTIONS),
    "book": ("关于《2010年度溪口经济开发区信息公开》的报告", SECTIONS),
    "short words": ("溪口县2020年年报", SECTIONS),
    "words in another order": ("2020年溪口县年度报告信息公开", SECTIONS),
    "slip in the title": ("溪口县2020年政府信息公开工作告年度报", SECTIONS),
    "older report called a summary": ("溪口县2009年政府信息公开工作总结", OLD.replace("2020", "2009")),
    "bare year": ("2020年度", SECTIONS),
    "column for a title": ("政府信息公开年报", SECTIONS),
    "site for a title": ("溪口县人民政府", SECTIONS),
    "very short": ("河西镇2020年政府信息公开工作年度报告", SHORT_TOWN),
    "only tables": ("溪口县2020年政府信息公开工作年度报告", FORM.format("0", "12") * 3),
    "blank statistics": ("溪口县2020年政府信息公开工作年度报告", FORM.format("", "") * 3),
    "several": ("溪口县2020年政府信息公开工作年度报告汇编", SEVERAL),
    "with tables": ("溪口县2020年政府信息公开工作年度报告", SECTIONS + FORM.format("0", "12")),
    "with a file beside the text": (
        "溪口县2020年政府信息公开工作年度报告",
        SECTIONS + '<p>附件：<a href="a.doc">溪口县2020年政府信息公开工作年度报告.doc</a></p>',
    ),
    "with pictures in the text": ("溪口县2020年政府信息公开工作年度报告", SECTIONS + '<p><img src="1.jpg"></p>' * 3),
    "announced": ("关于公布溪口县2020年政府信息公开工作年度报告的公告", "<p>现将报告公布如下。</p>" + SECTIONS),
}


@pytest.mark.parametrize("name", REPORTS)
def test_reports_of_every_form_pass(name):
    title, body = REPORTS[name]
    verdict, reasons = told(page(title, body))
    assert verdict == "report", reasons
    assert {"title", "statutory_subjects"}.issuperset(map(code, reasons))
    assert reasons


@pytest.mark.parametrize(
    "top", [LOGIN_BOX, '<script>var _0x="acw_sc__v2";$_ts=window["$_ts"]</script>', '<div id="app">']
)
@pytest.mark.parametrize("body", [SECTIONS, SHORT_TOWN], ids=["long", "short"])
def test_a_report_behind_a_login_box_or_a_guards_script_is_one(top, body):
    assert told(page("溪口县2020年政府信息公开工作年度报告", body, top=top))[0] == "report"


@pytest.mark.parametrize(
    "words",
    [
        "网站升级改造期间暂停服务，并对404个栏目进行了维护，系统正在升级。",
        "处理群众反映页面不存在、链接失效的问题35件。",
        "申请人登录后输入验证码即可提交，请完成安全验证，用户名和密码由系统发送。",
        "查看的信息已删除的，当日恢复；访问被拒绝的，核实后答复。",
    ],
)
@pytest.mark.parametrize("body", [SECTIONS, SHORT_TOWN], ids=["long", "short"])
def test_a_report_that_speaks_of_such_pages_is_none(words, body):
    assert told(page("河西镇2020年政府信息公开工作年度报告", f"{body}<p>{words}</p>"))[0] == "report"


# ---------------------------------------------------------------- files and pictures

TITLE = "青禾镇2020年政府信息公开工作年度报告"
FILE = f'<a href="./W020210128.pdf">{TITLE}.pdf</a>'
PREFACE = (
    "<p>根据《中华人民共和国政府信息公开条例》和省政府办公厅的要求，现将青禾镇2020年政府信息公开工作年度报告公布如下。本报告由总体情况、"
    "主动公开政府信息情况、收到和处理政府信息公开申请情况、政府信息公开行政复议和行政诉讼情况、存在的主要问题及改进情况、其他需要报告的事项"
    "六个部分组成，统计期限自2020年1月1日至12月31日。如有疑问，请与青禾镇党政办公室联系，电话：0736-0000000。</p>"
)


@pytest.mark.parametrize(
    ("body", "verdict", "why"),
    [
        (f"<p>附件：{FILE}</p>", "attachment_only", "attachments: 1"),
        (
            f"<p>现将青禾镇2020年政府信息公开工作年度报告公布如下：</p><p>附件：{FILE}</p>",
            "attachment_only",
            "attachments: 1",
        ),
        (f"<p>请查看附件。</p><p>{FILE}</p>", "attachment_only", "attachments: 1"),
        (f"{PREFACE}<p>附件：{FILE}</p>", "attachment_only", "attachments: 1"),
        (
            '<p>报告全文：</p><iframe src="/pdfjs/viewer.html?file=/a/b.pdf"></iframe>',
            "attachment_only",
            "attachments: ",
        ),
        ('<embed src="b.pdf" type="application/pdf">', "attachment_only", "attachments: "),
        ('<p><img src="W01.jpg"></p><p><img src="W02.jpg"></p>', "thin", "pictures: 2"),
        (f'<p>现将{TITLE}公布如下：</p><p><img src="W01.jpg"></p>', "thin", "pictures: 1"),
        (f'{PREFACE}<p><img src="W01.jpg"></p>', "thin", "pictures: 1"),
        ("<p>（略）</p>", "thin", "few_words: "),
    ],
)
def test_a_report_that_is_elsewhere_says_where(body, verdict, why):
    found, reasons = told(page(TITLE, body))
    assert found == verdict, reasons
    assert reasons[0] == "title"
    assert reasons[-1].startswith(why)


def test_neighbours_of_a_picture_do_not_make_it_a_list():
    others = "".join(
        f'<li><a href="t2020{n}_1.html">青禾镇201{n}年政府信息公开工作年度报告</a></li>' for n in range(5, 10)
    )
    body = f'<p><img src="W01.jpg"></p></div><div class="more"><h3>更多年报</h3><ul>{others}</ul>'
    assert told(page(TITLE, body))[0] == "thin"


# ---------------------------------------------------------------- pages that only speak of themselves

JSL = (
    "<script>document.cookie=('_')+('_')+('jsl_clearance_s=1');location.href=location.pathname</script>__jsl_clearance"
)
REFRESH = '<meta http-equiv="refresh" content="0; url=/zwgk/nb/list.html">'

MESSAGES = {
    "guard": [
        ("challenge", bare("", JSL)),
        ("challenge", bare("", "<script>$_ts=window['$_ts'];if(!$_ts)$_ts={};</script><input type=hidden>")),
        ("challenge", bare("", "<script>var arg1='9D02B';setCookie('acw_sc__v2',x);location.reload()</script>")),
        (
            "challenge",
            '<html><body><script>document.cookie="C3VK=a1b2; path=/";location.reload()</script></body></html>',
        ),
        ("challenge", "<script>document.cookie=('_')+('_')+('j')+('s')+('l');location.href=location.pathname</script>"),
        ("challenge", bare("请稍候", "<p>请稍候……</p><script>var wzwschallenge='x'</script>")),
    ],
    "captcha": [
        ("challenge", bare("安全验证", "<p>请完成下方验证后继续访问</p><div id=nc></div>")),
        ("challenge", bare("溪口县人民政府", "<div>请拖动滑块完成拼图</div><script src=/nwaf.js></script>")),
        ("challenge", bare("", "<p>您的访问过于频繁，请输入验证码</p>")),
        ("challenge", bare("Just a moment...", "<h1>www.xikou.example</h1><p>正在检查您的浏览器</p>")),
        ("challenge", bare("", "<noscript>x</noscript><p>请开启JavaScript并刷新该页.</p>")),
    ],
    "blocked": [
        ("error_page", bare("403 Forbidden", "<center><h1>403 Forbidden</h1></center><hr><center>nginx</center>")),
        (
            "error_page",
            bare("访问拦截", "<h2>您的请求可能存在攻击行为，已被网站管理员设置拦截！</h2><p>事件ID：71</p>"),
        ),
        ("error_page", bare("访问被拒绝", "<p>很抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。</p>")),
    ],
    "server_error": [
        ("error_page", bare("502 Bad Gateway", "<h1>502 Bad Gateway</h1><hr>openresty")),
        ("error_page", bare("提示", "<p>系统繁忙，请稍后再试</p>")),
        ("error_page", bare("Error", "<pre>java.lang.NullPointerException at com.web.Show</pre>")),
    ],
    "maintenance": [
        ("error_page", bare("溪口县人民政府", "<h2>网站维护中</h2><p>给您带来的不便敬请谅解</p>")),
        ("error_page", bare("提示", "<p>本站正在升级改造，请稍后访问。</p>")),
        ("error_page", bare("", "<p>栏目建设中……</p>")),
    ],
    "login": [
        ("error_page", bare("用户登录", "<form>用户名<input name=u>密码<input type=password></form>")),
        ("error_page", bare("溪口县政务平台", '<p>请登录</p><form>账号<input>密码<input type="password"></form>')),
        ("error_page", bare("统一身份认证平台", "<div id=app></div>")),
    ],
    "captive": [("error_page", bare("提示", "<p>您的网络尚未接入，请进行上网认证</p>"))],
    "not_found": [
        ("soft_404", bare("404", "<img src=404.png>")),
        ("soft_404", '<script>alert("该信息不存在或未审核！");history.back();</script>'),
        ("soft_404", bare("提示", "<h2>服务器错误</h2><h3>404 - 找不到文件或目录。</h3>")),
        ("soft_404", bare("404页面", "<a href='/'>返回首页</a>")),
        ("soft_404", bare("溪口县人民政府", "<p>您访问的页面不存在或已删除</p>" + REFRESH)),
        ("soft_404", page("提示信息", "<p>抱歉，该信息已被删除！</p>", line="")),
        (
            "soft_404",
            page("栏目已迁移", '<p>该栏目已迁移至溪口县信息公开平台，<a href="/n/">点击进入</a></p>', line=""),
        ),
        ("soft_404", bare("溪口县人民政府门户网站", '<div><img src="/images/404.jpg"></div>')),
        ("soft_404", page("溪口县人民政府", "<p>您要查看的内容已下线，5秒后自动返回首页。</p>", line="")),
        ("soft_404", page(TITLE, "<p>该文章不存在或已删除</p>", line="")),
        ("soft_404", bare("访问出错啦", "<p>确保浏览器的地址栏中显示的网站地址的拼写和格式正确无误。</p>")),
    ],
    "status": [("error_page", None)],
    "redirect_shell": [
        ("soft_404", bare("", "页面跳转中……", head=REFRESH)),
        ("soft_404", bare("溪口县人民政府", "<script>window.location.href='/zwgk/index.html';</script>")),
        ("soft_404", bare("", '<script>location.replace("http://www.xikou.example/new/")</script>')),
        ("thin", bare(TITLE, "<script>window.location.href='/a/b.html';</script>")),
        (
            "soft_404",
            bare("溪口县", '<img src="tp_01.jpg" usemap="#m"><map name=m><area href="http://a.example"></map>'),
        ),
    ],
    "frame_set": [
        (
            "not_a_report",
            '<html><title>溪口县</title><frameset><frame src="left.htm"><frame src="main.htm"></frameset></html>',
        ),
        ("not_a_report", bare("信息公开", '<iframe src="/xxgk/list.jsp" width=100%></iframe>')),
        ("thin", bare(TITLE, '<iframe src="/xxgk/show.jsp?id=5"></iframe>')),
    ],
    "empty_shell": [
        ("not_a_report", bare("溪口县人民政府", '<div id="app"></div><script src="/js/app.7f.js"></script>')),
        (
            "not_a_report",
            bare("政务公开", "<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>"),
        ),
        ("thin", bare(TITLE, '<div id="app"></div><script src="/js/app.7f.js"></script>')),
    ],
    "no_text": [("not_a_report", bare("", "<img src=a.gif>"))],
    "empty_list": [("listing", page("政府信息公开年报", "<ul><li>暂无相关信息</li></ul>", line=""))],
}


@pytest.mark.parametrize(
    ("why", "verdict", "html"),
    [(why, *case) for why, cases in MESSAGES.items() for case in cases if case[1]],
)
def test_pages_that_say_nothing_are_told_by_their_marks(why, verdict, html):
    found, reasons = told(html)
    assert found == verdict, reasons
    assert why in map(code, reasons), reasons


def test_a_status_of_error_is_its_reason():
    assert told(page(TITLE, SECTIONS), status=500) == ("error_page", ("status: 500",))


def test_a_guards_script_names_the_guard_and_a_redirect_its_target():
    assert told(bare("", JSL))[1] == ("guard: 加速乐 (__jsl_clearance)",)
    assert told(bare("", head=REFRESH))[1] == ("redirect_shell: /zwgk/nb/list.html",)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        (
            "关于溪口县人民政府网站升级改版的公告",
            "<p>因系统升级维护，本网站将于1月30日暂停访问，给您带来不便，敬请谅解。</p>",
        ),
        ("关于部分行政规范性文件已失效的公告", "<p>经清理，下列12件文件已失效，现予公布。</p>"),
        ("溪口县正在建设三条道路", "<p>目前三条道路正在建设，预计年底通车。</p>"),
        ("办事找不到人怎么办", "<p>县政务服务中心开设窗口，404号办理事项全部上墙。</p>"),
        ("全县网站建设工作会议召开", "<p>会议要求加强网站建设和用户登录管理，做好安全工作。</p>"),
        ("溪口县推进统一身份认证", "<p>县数据局组织开展了业务培训，参训人员三十人。</p>"),
    ],
)
def test_a_short_article_on_such_things_is_an_article(title, body):
    verdict, reasons = told(page(title, body, top=LOGIN_BOX))
    assert verdict == "not_a_report", reasons
    assert {code(reason) for reason in reasons} <= {"unrelated", "near_miss"}


# ---------------------------------------------------------------- the crawl's check

SCRIPTS = {
    "加速乐": "document.cookie='__jsl_clearance_s=1'",
    "瑞数": "$_ts=window['$_ts']",
    "阿里云": "setCookie('acw_sc__v2',x)",
    "C3VK": "document.cookie='C3VK=ab'",
    "网宿": "var wzwstemplate=1",
    "云锁": "function YunSuoAutoJump(){}",
    "HOY_TR": "var HOY_TR='x'",
    "NWAF": "NWAF.init()",
    "cookie": "document.cookie='a=1;path=/';location.href=location.pathname+location.search",
}


@pytest.mark.parametrize("name", guards.table()["guards"])
def test_crawl_and_derive_know_the_same_guards(name):
    html = bare("", f"<script>{SCRIPTS[name]}</script>")
    assert guards.is_challenge(html.encode())
    assert told(html)[1][0].startswith(f"guard: {name} (")
    small = bare(TITLE, f"<script>{SCRIPTS[name]}</script>{SECTIONS}")
    assert not guards.is_challenge(small.encode()), "a small page with words is the page itself"
    assert exchange.guards is guards


# ---------------------------------------------------------------- lists

DATES = ("2024-01-29", "2023-01-30", "2022-01-26", "2021-01-29", "2020-01-17")


def items(html, url="http://www.xikou.example/zwgk/zfxxgknb/"):
    report = read(html, url=url)
    SEEN.update(map(code, report.reasons))
    return report.verdict, [(item.title, item.href, item.date) for item in report.items]


def entries(make):
    return [
        (f"溪口县{int(date[:4]) - 1}年政府信息公开工作年度报告", f"./{date[:4]}01/t{n}.html", date)
        for n, date in enumerate(DATES, 100)
    ], "".join(
        make(f"溪口县{int(date[:4]) - 1}年政府信息公开工作年度报告", f"./{date[:4]}01/t{n}.html", date)
        for n, date in enumerate(DATES, 100)
    )


LISTS = {
    "ul": ("ul", lambda t, h, d: f'<li><a href="{h}">{t}</a><span>{d}</span></li>'),
    "dl": ("dl", lambda t, h, d: f'<dd><a href="{h}" title="{t}">{t[:8]}…</a><em>[{d}]</em></dd>'),
    "div": (
        "div",
        lambda t, h, d: f'<div class="row"><div class="d">{d}</div><div class="t"><a href="{h}">{t}</a></div></div>',
    ),
    "table": ("table", lambda t, h, d: f'<tr><td>{h[-6]}</td><td><a href="{h}">{t}</a></td><td>{d}</td></tr>'),
    "br": ("div", lambda t, h, d: f'<a href="{h}">{t}</a> ({d})<br>'),
    "onclick": (
        "ul",
        lambda t, h, d: f"""<li><a href="javascript:;" onclick="window.open('{h}')">{t}</a><b>{d}</b></li>""",
    ),
    "span with onclick": (
        "ul",
        lambda t, h, d: f"""<li><span onclick="window.open('{h}')">{t}</span><i>{d}</i></li>""",
    ),
    "link over all": ("ul", lambda t, h, d: f'<li><a href="{h}"><p>{t}</p><p>{d}</p></a></li>'),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_every_shape(name):
    tag, make = LISTS[name]
    want, rows = entries(make)
    head = "<tr><th>序号</th><th>标题</th><th>日期</th></tr>" if tag == "table" else ""
    html = page("政府信息公开年报", f"<{tag}>{head}{rows}</{tag}>", line="", box="div class=list")
    assert items(html) == ("listing", want)


def test_a_strip_of_pictures_beside_the_list_is_none_of_it():
    want, rows = entries(LISTS["ul"][1])
    strip = "".join(f'<li><a href="/zt/{n}.html"><img src="{n}.jpg" alt="专题{n}"></a></li>' for n in range(6))
    html = page(
        "政府信息公开年报", f'<div class="pics"><ul>{strip}</ul></div><ul>{rows}</ul>', line="", box="div class=list"
    )
    assert items(html) == ("listing", want)


def test_a_list_without_a_heading_is_not_its_first_row():
    want, rows = entries(lambda t, h, d: f'<tr><td><img></td><td><a href="{h}">{t}</a></td><td>{d}</td></tr>')
    assert items(f"<body><div class=nav><ul>{MENU}</ul></div><table>{rows}</table>") == ("listing", want)


@pytest.mark.parametrize(("kind", "seed"), [("lonsun", 6), ("lonsun", 38), ("hunan", 215), ("hunan", 243)])
def test_a_row_of_a_long_list_is_not_its_title(kind, seed):
    """Rows without a heading above them, in part cut short: what looks like a title has an entry's date in it."""
    site = portal(kind, seed, 355)
    lists = [path for path in site.answers if path.startswith(site.start.removesuffix(".html"))]
    found = {
        path: items(site.answers[path].body.decode(), f"http://{site.host}{path}")
        for path in lists
        if site.answers[path].status == 200
    }
    assert {verdict for verdict, _ in found.values()} == {"listing"}
    assert sum(len(entries) for _, entries in found.values()) > 355


def test_a_report_under_its_title_and_date_is_no_list_though_one_beside_it_names_it():
    want, rows = entries(LISTS["ul"][1])
    title, _, date = want[0]
    table = "".join(
        f"<tr><td>{name}</td><td>{n}</td></tr>" for n, name in enumerate("主动公开 依申请公开 行政复议".split())
    )
    for body in (f"<table>{table * 9}</table>", '<p><img src="1.jpg"></p>', '<a href="1.pdf">全文下载.pdf</a>'):
        html = page(f"{title} {date}", body, top=f'<div class="side"><ul>{rows}</ul></div>')
        assert read(html).verdict in {"report", "thin", "attachment_only"}


SIGNS = {"none": "", "picture": "<td><img></td>", "dot": "<td>·</td>"}
DAYS = {"slashes": "<td class=t>{0}/01/23&nbsp;</td>", "brackets": "<td>[{0}-01-23]</td>", "none": ""}


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("around", ["<table>{}</table>", "<table><tr><td><table>{}</table></td></tr></table>"])
def test_rows_of_a_table_without_names_are_a_list_and_no_report(sign, day, around):
    rows = "".join(
        f"<tr>{SIGNS[sign]}<td><a href=/nb/{year}.htm>{year - 1}年政府信息公开工作年度报告</a></td>"
        f"{DAYS[day].format(year)}</tr>"
        for year in range(2012, 2024)
    )
    verdict, found = items(
        bare(
            "年度报告-溪口县水务局", f'<div class="nav"><ul>{MENU}</ul></div>{around.format(rows)}共23条 1/3 下页 尾页'
        )
    )
    assert verdict == "listing"
    assert len(found) == 12


def summed(summary, title="溪口县201{}年政府信息公开工作年度报告"):
    return "".join(
        f'<div class="res"><h3><a href="/a/{n}.html">{title.format(n)}</a></h3><p>{summary}</p>'
        f"<span>2024-0{n}-11</span></div>"
        for n in range(1, 7)
    )


@pytest.mark.parametrize("head", ["政府信息公开年报", "搜索结果", "溪口县人民政府"])
@pytest.mark.parametrize(
    "summary",
    [
        "根据《中华人民共和国政府信息公开条例》的规定编制，全年主动公开政府信息31条，未发生行政复议、行政诉讼。",
        "……主动公开政府信息31条……",
    ],
)
def test_titles_with_summaries_of_reports_are_a_list_and_no_report(head, summary):
    verdict, found = items(bare(head, f'<div class="nav"><ul>{MENU}</ul></div>{summed(summary)}'))
    assert verdict == "listing"
    assert len(found) == 6


KIN = "".join(
    f'<li><a href="t202{n}.html">溪口县201{n}年政府信息公开工作年度报告</a><span>201{n + 1}-01-0{n}</span></li>'
    for n in range(4, 9)
)


@pytest.mark.parametrize("text", [SECTIONS, SHORT_TOWN], ids=["long", "short"])
@pytest.mark.parametrize("form", ["{text}<ul>{kin}</ul>", "<ul>{kin}</ul>{text}", "{text}</div><div><ul>{kin}</ul>"])
def test_a_report_beside_the_list_of_its_kin_stays_one(text, form):
    assert told(page("溪口县2020年政府信息公开工作年度报告", form.format(text=text, kin=KIN)))[0] == "report"


def test_a_column_of_departments_is_a_list():
    bodies = ("县政府", "县发改委", "县教育局", "县公安局", "县民政局", "河西镇")
    rows = "".join(f'<li><a href="/zfnb/{n}/">{body}</a></li>' for n, body in enumerate(bodies))
    html = bare(
        "政府信息公开年报", f'<div class="nav"><ul>{MENU}</ul></div><div><h3>部门年报</h3><ul>{rows}</ul></div>'
    )
    assert items(html) == ("listing", [(body, f"/zfnb/{n}/", None) for n, body in enumerate(bodies)])


@pytest.mark.parametrize(
    "row",
    ["<p><a href={}>{}</a> {}</p>", "<div><h3><a href={}>{}</a></h3><p>……予以公示，为期七天……</p><i>{}</i></div>"],
)
def test_three_dated_entries_and_nothing_else_are_a_list(row):
    want = [
        (f"溪口县{year}年惠民补贴发放情况公示", f"/a/{year}.html", f"{year + 1}-01-30") for year in (2021, 2020, 2019)
    ]
    rows = "".join(row.format(href, title, day) for title, href, day in want)
    assert items(page("公示公告", rows, line="", box="div class=list")) == ("listing", want)


def test_days_without_a_year_make_a_home_page_and_a_side_list_no_listing():
    def box(name):
        rows = "".join(
            f'<li><a href="/{name}/{n}.html">溪口县{name}第{n}次工作会议召开</a><span>03-0{n}</span></li>'
            for n in range(1, 8)
        )
        return f'<div><h2><a href="/{name}/">{name}</a></h2><a href="/{name}/">更多&gt;&gt;</a><ul>{rows}</ul></div>'

    boxes = "".join(map(box, ("要闻动态", "通知公告", "部门动态", "乡镇动态")))
    verdict, found = items(bare("溪口县人民政府门户网站", boxes), "http://www.xikou.example/zwgk/x.html")
    assert (verdict, len(found)) == ("home", 28)
    assert {date for _, _, date in found} == {None}, "a day without its year is no date"
    news = '<p>3月5日，溪口县举办了春季植树活动。</p><p><img src="a.jpg"></p>'
    beside = page("溪口县举办植树活动", f'{news}</div><div class="list2">{box("要闻动态")}')
    assert items(beside, URL)[0] == "not_a_report"


def test_years_as_tabs():
    rows = "".join(f'<li><a href="{year}n/">{year}年</a></li>' for year in range(2015, 2021))
    verdict, found = items(page("政府信息公开年报", f'<ul class="tab">{rows}</ul>', line="", box="div class=list"))
    assert verdict == "listing"
    assert found == [(f"{year}年", f"{year}n/", None) for year in range(2015, 2021)]


def test_reports_of_one_year_by_department_are_a_list():
    bodies = ("财政局", "教育局", "民政局", "水利局", "审计局", "住房和城乡建设局")
    rows = "".join(
        f'<li><a href="./{n}.pdf">溪口县{body}2020年政府信息公开工作年度报告</a><span>2021-01-{n}</span></li>'
        for n, body in enumerate(bodies, 10)
    )
    verdict, found = items(page("2020年政府信息公开年报", f"<ul>{rows}</ul>", line="", box="div class=list"))
    assert verdict == "listing"
    assert [title for title, _, _ in found] == [f"溪口县{body}2020年政府信息公开工作年度报告" for body in bodies]


def test_a_hub_of_columns_is_a_listing_and_the_root_with_its_boxes_a_home_page():
    def box(name, count):
        rows = "".join(
            f'<li><a href="/{name}/t2021{n:02d}.html">溪口县{name}第{n}次会议召开</a> <i>2021-01-{n:02d}</i></li>'
            for n in range(1, count + 1)
        )
        return f'<div class="box"><h2>{name}</h2><ul>{rows}</ul></div>'

    names = ("政务要闻", "通知公告", "部门动态", "乡镇动态")
    hub = page("政务公开", "".join(box(name, 4) for name in names), line="", box="div class=list")
    verdict, found = items(hub, "http://www.xikou.example/zwgk/")
    assert (verdict, len(found)) == ("listing", 16)
    home = page("政务公开", "".join(box(name, 7) for name in names), line="", box="div class=main")
    home = re.sub("<title>.*?</title>", "<title>溪口县人民政府门户网站</title>", home)
    assert items(home, "http://www.xikou.example/")[0] == "home"
    assert items(home, "http://www.xikou.example/index.shtml")[0] == "home"
    assert items(home, "http://www.xikou.example/zwgk/gone.html")[0] == "home", "the home page in the place of another"
    named = re.sub("<title>.*?</title>", "<title>政务公开-溪口县人民政府门户网站</title>", home)
    assert items(named, "http://www.xikou.example/zwgk/yw/index.shtml")[0] == "listing"


# ---------------------------------------------------------------- anything at all

PARTS = [
    SECTIONS,
    SHORT_TOWN,
    NEWS,
    PREFACE,
    FORM.format("", ""),
    FILE,
    LOGIN_BOX,
    MENU,
    JSL,
    REFRESH,
    f"<h1>{TITLE}</h1>",
]
PARTS += [
    '<div id="app">',
    "<p>页面不存在</p>",
    "<ul>",
    "</ul>",
    "<li>暂无信息</li>",
    "<iframe src=x.pdf>",
    "<img src=1.jpg>",
]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(PARTS), st.text(alphabet="公开年度报告2020 <>/p条。", max_size=20)), max_size=6)
)
def test_any_page_has_a_verdict_with_a_reason_of_the_table(parts):
    report = read(bare(TITLE, "".join(parts)))
    if report.verdict == "unreadable":
        return
    assert report.reasons
    assert set(map(code, report.reasons)) <= set(REASONS)
    assert report.verdict != "report" or len(report.text) >= 100


@pytest.mark.parametrize("url", ["http://www.xikou.gov.cn/", "http://www.xikou.gov.cn/zwgk/x.html"])
def test_a_links_words_make_no_report_of_a_page_that_says_nothing_of_one(url):
    """A dead article that is sent on to the home page is not the report that the link promised."""
    home = bare("溪口县人民政府", '<div class="nav"><a href="/zwgk/">政务公开</a></div><h1>溪口县人民政府</h1>')
    verdict, reasons = told(home, url=url, link_text="溪口县2012年政府信息公开年度报告")
    assert verdict == "not_a_report"
    assert reasons == ("title_by_link: 溪口县2012年政府信息公开年度报告",)


def test_every_reason_has_a_page_that_earns_it():
    assert set(REASONS) - SEEN == set()
    assert all(REASONS.values())

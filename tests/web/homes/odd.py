"""Home pages made by hand: what real portals do to who looks for their annual reports."""
# ruff: noqa: E501  # a page reads best as one piece

from __future__ import annotations

from tests.servers import Page, redirect
from tests.web.homes.made import NEIGHBOURS, STANDING, footer, links, listed, made, news, other, page
from tests.web.parts import rows, titled

C = "安禾县"
NAME = "政府信息公开年报"


def home(body: str, **more: str) -> Page:
    return page(f"<body>{body}{news()}{footer(C)}</body>", f"{C}人民政府", **more)


def column(path: str = "/zwgk/zfxxgknb/", name: str = NAME, **more: object) -> dict[str, Page]:
    return {path: listed(C, name, **more)}


FRAMESET = page(
    '<frameset rows="90,*"><frame src="top.htm" name="top"><frameset cols="180,*"><frame src="menu.asp" name="menu">'
    '<frame src="main.asp" name="main"></frameset></frameset>',
    f"{C}政府网",
    charset="gbk",
)
REPORTS = [
    (f"/zwgk/zfxxgknb/{y + 1}01/t{y + 1}0115_{3000 + y}.html", titled(y, C), f"{y + 1}-01-15")
    for y in range(2020, 2024)
]
LIKE_HOME = home(f"<ul>{links([('政务公开', '/zwgk/'), ('年度报告', '/old/nb/')])}</ul>")

HOMES = (
    made("frames", "/gkml/nb.asp?class=12", {
        "/": FRAMESET,
        "/top.htm": page("<body><img src=top.jpg></body>", "top"),
        "/menu.asp": page(f"<body>{links([('首页', 'main.asp'), ('信息公开年报', '/gkml/nb.asp?class=12')])}</body>", "menu", charset="gbk"),
        "/main.asp": page(f"<body>{news()}</body>", "main"),
        **column("/gkml/nb.asp?class=12", "信息公开年报", href="show.asp?id={n}"),
    }, county=C),
    made("refresh", "/zwgk/zfxxgknb/", {
        "/": redirect("/index/home.html"),
        "/index/home.html": home(f"<ul>{links([(NAME, '/zwgk/zfxxgknb/')])}</ul>"),
        **column(),
    }, county=C),
    made("splash", "/zwgk/zfxxgknb/", {
        "/": page('<body><a href="/main/"><img src="enter.gif" alt="点击进入首页"></a></body>', C),
        "/main/": home(f"<ul>{links([('政务公开', '/zwgk/')])}</ul>"),
        "/zwgk/": other(C, "政务公开", f"<ul>{links([(NAME, '/zwgk/zfxxgknb/')])}</ul>"),
        **column(),
    }, county=C),
    made("phone", "/zwgk/zfxxgknb/", {
        "/": page('<body><a href="/m/news/">新闻</a><a href="/m/map/">地图服务</a><a href="/pc/">电脑版</a></body>', f"{C}手机版"),
        "/pc/": home(f"<ul>{links([('政府信息公开', '/zfxxgk/')])}</ul>"),
        "/zfxxgk/": other(C, "政府信息公开", f"<ul>{links([*STANDING, ('年报', '/zwgk/zfxxgknb/')])}</ul>"),
        **column(name="年报"),
    }, county=C),
    made("sitemap", "/gk/nianbao/", {
        "/": home('<a href="/zmhd/">互动交流</a>'),
        "/wzdt/": other(C, "网站地图", f"<ul>{links([*NEIGHBOURS, *STANDING, ('信息公开年度报告', '/gk/nianbao/')])}</ul>"),
        **column("/gk/nianbao/", "信息公开年度报告"),
    }, county=C),
    made("years", "/zwgk/zfxxgknb/2023n/", {
        "/": home(f"<ul>{links([('政府信息公开', '/zfxxgk/')])}</ul>"),
        "/zfxxgk/": other(C, "政府信息公开", f"<ul>{links([*STANDING, *((f'{y}年政府信息公开年报', f'/zwgk/zfxxgknb/{y}n/') for y in range(2023, 2019, -1))])}</ul>"),
        **{f"/zwgk/zfxxgknb/{y}n/": listed(C, f"{y}年政府信息公开年报", years=[y]) for y in range(2020, 2024)},
    }, county=C),
    made("more", "/zwgk/zfxxgknb/", {
        "/": home(f'<div class="box"><div class="tit"><span>信息公开年报</span><a href="/zwgk/zfxxgknb/">更多&gt;&gt;</a></div><ul>{rows(REPORTS[:3])}</ul></div>'
                  '<div class="box"><div class="tit"><span>通知公告</span><a href="/tzgg/">更多&gt;&gt;</a></div></div>'),
        **column(),
    }, county=C),
    made("newest", "/gk/n3/", {  # a box of the newest reports, with nothing that leads to the rest
        "/": home(f"<div class='box'><h3>政府信息公开年报</h3><ul>{rows([(href.replace('/zwgk/zfxxgknb', '/gk/n3'), title, day) for href, title, day in REPORTS])}</ul></div><ul>{links([('政务公开', '/zwgk/')])}</ul>"),
        "/zwgk/": other(C, "政务公开", f"<ul>{links([*STANDING, (NAME, '/gk/n3/')])}</ul>"),
        **column("/gk/n3/"),
    }, county=C),
    made("framed-menu", "/c/109/list.html", {  # the menu of the page of disclosure is a frame
        "/": home(f"<ul>{links([('政府信息公开', '/c/100/')])}</ul>"),
        "/c/100/": other(C, "政府信息公开", '<iframe src="/c/left.html" width="200"></iframe><iframe src="/c/101/list.html"></iframe>'),
        "/c/left.html": page("<body><ul><li data-url='/c/101/list.html'>指南</li><li data-url='/c/109/list.html'>年报</li></ul></body>", "left"),
        "/c/101/list.html": other(C, "政府信息公开指南"),
        **column("/c/109/list.html", "年报"),
    }, county=C),
    made("box", "/zwgk/zfxxgknb/", {  # the home page lists the newest report, and nothing names the column
        "/": home(f'<div><h3>公示公告</h3><ul>{rows([*REPORTS[-1:], ("/gg/202403/t20240305_4.html", "关于道路封闭施工的公告", "2024-03-05")])}</ul></div>'),
        "/wzdt/": other(C, "网站地图"),
        **column(),
    }, county=C),
    made("hanweb-folder", "/col/col1229046/index.html", {
        "/": home(f"<ul>{rows([('/art/2024/1/15/art_1229046_5023.html', titled(2023, C), '2024-01-15')])}</ul>"),
        **column("/col/col1229046/index.html", href="/art/{y}/1/15/art_1229046_{n}.html"),
    }, county=C),
    made("wordless", "/col/col103/index.html", {  # pictures without words, and columns without names in their addresses
        "/": home(f"<ul>{links([('政府信息公开', '/col/col100/index.html')])}</ul>"),
        "/col/col100/index.html": other(C, "政府信息公开", "".join(f'<a href="/col/col{n}/index.html"><img src="/images/b{n}.png"></a>' for n in (101, 102, 103, 104))),
        **{f"/col/col{n}/index.html": other(C, "制度") for n in (101, 102, 104)},
        "/col/col103/index.html": page(f"<body><ul>{rows([(f'/art/{y + 1}/1/15/art_103_{y}.html', titled(y, C), f'{y + 1}-01-15') for y in range(2015, 2024)])}</ul></body>", C, head=f'<meta name="ColumnName" content="{NAME}"><meta name="ColumnType" content="信息公开年报">'),
    }, county=C),
    made("picture-name", "/col/col77/index.html", {
        "/": home('<a href="/col/col70/index.html"><img src="/images/bsfw.png"></a><a href="/col/col77/index.html"><img src="/images/zfxxgknb.png"></a>'),
        **column("/col/col77/index.html", href="/art/{y}/1/15/art_77_{n}.html"),
    }, county=C),
    made("gkmlpt", "/gkmlpt/index", {
        "/": home(f"<ul>{links([('政府信息公开', '/gkmlpt/index'), ('政务公开', '/zwgk/')])}</ul>"),
        "/zwgk/": other(C, "政务公开"),
        "/gkmlpt/index": page("""<body><div id="app"></div><script>window._CONFIG = {SID: '755001', TREE: [{"id":4210,"name":"机构职能","post_count":3,"children":[]},
{"id":4219,"name":"政府信息公开年报","post_count":9,"children":[]}], SERVICE_AREA_ID: 1}</script></body>""", "政府信息公开平台"),
    }, county=C),
    made("again", "/zwgk/zfxxgknb/", {  # a dead column answers with the home page
        "/": LIKE_HOME,
        "/old/nb/": LIKE_HOME,
        "/zwgk/": other(C, "政务公开", f"<ul>{links([*STANDING, (NAME, '/zwgk/zfxxgknb/')])}</ul>"),
        **column(),
    }, county=C),
    made("departments", "/zwgk/xznb/zf/", {  # the departments' reports have columns of their own, named first
        "/": home(f"<ul>{links([('部门信息公开年报', '/zwgk/xznb/bm/'), ('乡镇信息公开年报', '/zwgk/xznb/xz/'), ('县政府信息公开年报', '/zwgk/xznb/zf/')])}</ul>"),
        "/zwgk/xznb/bm/": listed(f"{C}教育局", "部门信息公开年报"),
        "/zwgk/xznb/xz/": listed(f"{C}石门镇", "乡镇信息公开年报"),
        **column("/zwgk/xznb/zf/", "县政府信息公开年报"),
    }, county=C),
    made("search", "/zwgk/bg2/nb/", {
        "/": home('<form action="/search/s.jsp" method="get"><input type="hidden" name="siteid" value="3"><input type="text" name="q"><input type="submit" value="搜索"></form>'),
        "/wzdt/": other(C, "网站地图"),
        "/search/s.jsp?siteid=3&q=%E6%94%BF%E5%BA%9C%E4%BF%A1%E6%81%AF%E5%85%AC%E5%BC%80%E5%B7%A5%E4%BD%9C%E5%B9%B4%E5%BA%A6%E6%8A%A5%E5%91%8A":
            other(C, "搜索结果", f"<ul>{rows([('/zwgk/bg2/nb/202401/t20240115_1.html', titled(2023, C), '2024-01-15'), ('/xwzx/202402/t20240203_8.html', '我县政府信息公开年报公布', '2024-02-03')])}</ul>"),
        "/zwgk/bg2/nb/": listed(C, "公开报告"),
    }, county=C),
    made("elsewhere", "", {
        "/": home(f"<ul>{links([('政府信息公开', 'http://xxgk.elsewhere.example/'), ('政务公开', '/zwgk/')])}</ul>"),
        "/zwgk/": other(C, "政务公开", f"<ul>{links(NEIGHBOURS)}</ul>"),
        "http://xxgk.elsewhere.example/": other(C, "政府信息公开", f"<ul>{links([(NAME, '/nb/')])}</ul>"),
    }, county=C, elsewhere="http://xxgk.elsewhere.example/"),
    made("nothing", "", {"/": home("<p>栏目建设中</p>"), "/wzdt/": other(C, "网站地图")}, county=C),
    made("side-report", "/zfxxgk/gknb/", {  # every page shows the newest report beside it
        "/": home(f"<div class='side'><h3>热点信息</h3><ul>{rows(REPORTS[-1:])}</ul></div><ul>{links([('统计年报', '/tj/nb1/'), ('政务公开', '/zwgk/')])}</ul>"),
        "/tj/nb1/": other(C, "统计年报", f"<div class='side'><h3>热点信息</h3><ul>{rows(REPORTS[-1:])}</ul></div>"),
        "/zwgk/": other(C, "政务公开", f"<div class='side'><h3>热点信息</h3><ul>{rows(REPORTS[-1:])}</ul></div><ul>{links([('政府信息公开年报', '/zfxxgk/gknb/')])}</ul>"),
        "/zwgk/zfxxgknb/": other(C, "页面不存在"),
        **column("/zfxxgk/gknb/", href="/zwgk/zfxxgknb/{y}01/t{y}0115_{n}.html"),
    }, county=C),
    made("below", "/zfxxgk/nb/", {  # the column only has columns below it
        "/": home(f"<ul>{links([('信息公开', '/zfxxgk/')])}</ul>"),
        "/zfxxgk/": other(C, "信息公开", f"<ul>{links([*STANDING, ('年度报告', '/zfxxgk/nb/')])}</ul>"),
        "/zfxxgk/nb/": page(f"<body><div>当前位置：<a href='/'>首页</a> &gt; 年度报告</div><ul>{links([('县政府', '/zfxxgk/nb/zf/'), ('县政府部门', '/zfxxgk/nb/bm/')])}</ul></body>", f"年度报告-{C}人民政府"),
        "/zfxxgk/nb/zf/": listed(C, "县政府"),
    }, county=C),
    made("article-shaped", "/xxgk/20231.html", {  # columns with addresses like articles'
        "/": home(f"<ul>{links([('政府信息公开', '/public/organIndex/13751.html')])}</ul>"),
        "/public/organIndex/13751.html": other(C, "政府信息公开", f"<ul>{links([*STANDING, ('政府信息公开年度报告', '/xxgk/20231.html')])}</ul>"),
        **column("/xxgk/20231.html", "政府信息公开年度报告", href="/xxgk/{n}77.html"),
    }, county=C),
    made("spaced", "/zw/a3/", {  # words set with blanks, brackets and full-width letters
        "/": home("<ul><li><a href='/zw/'>【 政 务 公 开 】</a></li></ul>"),
        "/zw/": other(C, "政务公开", "<ul><li><a href='/zw/a1/'>［信息公开指南］</a></li><li><a href='/zw/a3/'>　信息公开　年　报　</a></li></ul>"),
        **column("/zw/a3/", "信息公开年报"),
    }, county=C),
    made("hub", "/zwgk/", {  # the page of disclosure has the reports itself, in a hidden tab
        "/": home(f"<ul>{links([('政府信息公开', '/zwgk/')])}</ul>"),
        "/zwgk/": other(C, "政府信息公开", f"<ul>{links([('政府信息公开指南', '#zn'), ('政府信息公开年报', '#nb')])}</ul><div id='nb' style='display:none'><ul>{rows(REPORTS)}</ul></div>"),
    }, county=C),
)  # fmt: skip

"""Pages to judge the rules by: written before the rules were first run on them, and no rule was changed after."""

# ruff: noqa: E501 - markup and sentences as they stand on pages

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.mirror_pages import Case, Victim, flattened, noisy, pinyin, traditional

DONGHE = Victim(
    "东荷县", "临渠市", "西屏省", "www.donghe-x.gov.cn", "960122", "/zwgk/zfxxgk/ndbg/201203/t20120320_5512.htm", 2011
)
LINQU = Victim(
    "临渠市", "临渠市", "西屏省", "www.linqu-x.gov.cn", "960100", "/openness/detail/content/5ae1f2.html", 2019
)
SHIDUN = Victim(
    "石墩区",
    "临渠市",
    "西屏省",
    "shidun.linqu-x.gov.cn",
    "960103",
    "/col/col4963/art/2021/1/29/art_4963_88121.html",
    2020,
)
VICTIMS = (DONGHE, LINQU, SHIDUN)


def old_prose(v: Victim) -> str:
    """A report in the manner of 2011, one block with breaks, signed by the office."""
    y = v.year
    lines = (
        f"根据《政府信息公开条例》和{v.province}有关规定，由{v.body}办公室综合各乡镇人民政府和县级各部门的年度报告编制而成。",
        "一、政府信息公开工作基本情况",
        f"（一）加强领导。{v.body}成立了政府信息公开工作领导小组，{v.body}主要领导任组长，在{v.body}办公室设立专门机构。",
        f"（二）健全制度。{v.body}出台了《关于印发{v.body}信息公开保密审查办法的通知》等6项制度，{v.body}各组成部门对照执行。",
        f"（三）公开渠道。通过{v.body}门户网站（{v.host}）、{v.body}公报、{v.short}电视台和乡镇公开栏公开信息。",
        "二、主动公开政府信息的情况",
        f"截至{y}年12月31日，累计主动公开政府信息{y % 89 + 2100}条，关于民生的信息占四成。",
        "三、依申请公开和不予公开的情况",
        f"{y}年共受理申请{y % 5 + 2}件，全部当面答复；没有不予公开的情形，没有收费。",
        "四、因政府信息公开申请行政复议、提起行政诉讼的情况",
        "未发生。",
        "五、主要问题和改进措施",
        f"部分乡镇对公开工作认识不足。{v.body}将把公开工作纳入考核，并就关于主动公开的要求开展培训。",
        f"联系人：办公室，电话：0999-7654321，地址：{v.short}县城中街8号。",
        f"{v.body}办公室 二〇一二年三月二十日",
    )
    return shell(v, f"{v.body}{y}年度政府信息公开工作报告", "<br/>".join(f"　　{line}" for line in lines))


def form(v: Victim) -> str:
    """A report by the form of 2021, with its first table."""
    y = v.year
    body = (
        f"<p>本报告由{v.body}办公室按照《中华人民共和国政府信息公开条例》和《国务院办公厅政府信息与政务公开办公室关于印发〈中华人民共和国政府信息公开工作年度报告格式〉的通知》编制。"
        f"如对报告有疑问，请与{v.body}办公室联系（邮箱：gkb@{v.host.partition('.')[2]}）。电子版在{v.body}门户网站（http://{v.host}/）公布。</p>"
        f"<p>一、总体情况</p><p>{y}年，{v.body}全面推进决策、执行、管理、服务、结果公开，{v.body}网站发布信息{y % 83 + 900}条，{v.body}常务会议审议公开事项3次。</p>"
        '<p>二、主动公开政府信息情况</p><table border="1"><tr><td colspan="4">第二十条第（一）项</td></tr><tr><td>信息内容</td><td>本年制发件数</td>'
        "<td>本年废止件数</td><td>现行有效件数</td></tr><tr><td>规章</td><td>0</td><td>0</td><td>0</td></tr>"
        "<tr><td>行政规范性文件</td><td>7</td><td>2</td><td>31</td></tr></table>"
        f"<p>三、收到和处理政府信息公开申请情况</p><p>收到申请{y % 7 + 4}件，均按期办结。</p><p>四、政府信息公开行政复议、行政诉讼情况</p><p>均为0件。</p>"
        f"<p>五、存在的主要问题及改进情况</p><p>关于政策解读的形式还不够多样，{v.body}将予以改进。</p><p>六、其他需要报告的事项</p><p>无。</p>"
    )
    return shell(v, f"{v.body}{y}年政府信息公开工作年度报告", body)


def shell(v: Victim, title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="zh"><head><meta charset="UTF-8"/><title>{title} - 政府信息公开年报 - {v.body}</title>
<meta name="SiteName" content="{v.body}"/><meta name="SiteDomain" content="{v.host}"/></head>
<body><header><a href="http://{v.host}/">{v.body}</a></header><div class="place">首页 / 政府信息公开 / 政府信息公开年报</div>
<main><h2 class="bt">{title}</h2><p class="ly">来源：{v.body}办公室 日期：{v.year + 1}-03-20</p><div class="zw">{body}</div></main>
<footer>{v.body}主办 网站标识码 {v.code}0001 联系我们 关于本站</footer></body></html>"""


def department() -> tuple[str, str]:
    """A bureau's report, without a portal's chrome; and its address."""
    lines = (
        "2013年，我局认真贯彻《政府信息公开条例》，现将东荷县文化广播影视局2013年政府信息公开工作年度报告公布如下：",
        "一、概述",
        "局机关成立了信息公开工作小组，明确一名副局长分管，修订了信息公开指南和目录。",
        "二、主动公开情况",
        "全年主动公开信息96条，包括文艺演出、农家书屋、电影放映等内容。",
        "三、依申请公开情况",
        "未收到申请，也没有因信息公开引起的行政复议和行政诉讼。",
        "四、存在问题",
        "信息更新不够及时，今后将加强管理。",
    )
    title = "东荷县文化广播影视局2013年政府信息公开工作年度报告"
    body = "".join(f"<p>{line}</p>" for line in lines)
    html = f'<html><head><meta charset="utf-8"><title>{title}</title></head><body><h1>{title}</h1><div>2014-02-18</div><div class="c">{body}</div></body></html>'
    return html, "/dx/ndbg/201402/5d41402abc4b.shtml"


BRANDS = (
    ("www.248365365.com", "www.taihe-x.com"),
    ("kaiyun体育官方网站:", "m.gangcai-x.net"),
    ("亚博体育app官网_百家乐", "www.sunwood-x.com"),
    ("188bet金宝博", "hys.minghao-x520.com"),
    ("皇冠足球投注网,外围投注", "www.yunfeng-x.top"),
    ("澳門賭場推薦", "www.zhuce-x.com"),
)


def held_out() -> Iterator[Case]:
    for at, (brand, host) in enumerate(BRANDS):
        v = VICTIMS[at % 3]
        page = (old_prose if at % 2 else form)(v)
        moved = page.replace(v.host, host)
        yield Case(
            f"held name {at}",
            moved.replace(v.body, brand),
            f"http://{host}{flattened(v.path)}",
            "mirror",
            victim=v,
            address=v.path,
        )
        yield Case(
            f"held county {at}",
            page.replace(v.county, brand),
            f"http://{host}{v.path}",
            "mirror",
            victim=v,
            address=v.path,
        )
        yield Case(
            f"held name and 关于 {at}",
            moved.replace(v.body, brand).replace("关于", f"{brand}:"),
            f"http://{host}/html/{at + 7}8812{at}.html",
            "mirror",
            victim=v,
        )
        yield Case(
            f"held term {at}",
            moved.replace("政府信息公开", brand),
            f"http://{host}{v.path}",
            "mirror",
            victim=v,
            address=v.path,
        )
    for at, v in enumerate(VICTIMS):
        page, host = (old_prose, form, form)[at](v), ("baoxin-x.com", "www.jiaju-x.cc", "www.huahui-x.net")[at]
        yield Case(
            f"held host {at}", page.replace(v.host, host), f"http://{host}{v.path}", "mirror", victim=v, address=v.path
        )
        yield Case(f"held clean {at}", page, f"http://{host}{v.path}", "mirror", traced=False, victim=v, address=v.path)
        yield Case(
            f"held script {at}", traditional(page, v), f"http://{host}{v.path}", "mirror", traced=False, victim=v
        )
        yield Case(
            f"held sounds {at}",
            pinyin(traditional(page, v), toned=at != 1, doubled=at == 1),
            f"http://{host}{v.path}",
            "mirror",
            victim=v,
        )
        yield Case(
            f"held noise {at}",
            noisy(page, ("█▓", "Ψξ", "◣◥")[at]),
            f"http://{host}/x8kq2/{v.path[1:]}",
            "mirror",
            victim=v,
            address=v.path,
        )
    html, path = department()
    yield Case("held department", html, f"http://m.dawang-x.com{path}", "mirror", traced=False)
    yield from _honest()
    yield from _hijacked()


SENTENCES = (
    "举办全县体育彩票杯篮球赛，体育彩票公益金使用情况、福利彩票开奖场地开放情况全部公开。",
    "公安机关开展“净网”行动，捣毁网络赌博窝点4个，侦破“时时彩”“百家乐”等网络赌博案3起，破获跨境赌博平台“亚博”案1起，典型案例对外公布。",
    "网信部门清理“bet365”等涉赌网站链接40条，对被植入赌博暗链的3家单位网站作出通报。",
    "县体育局、县文化体育和旅游局、县体育中心公开赛事信息30条，竞猜型体育彩票销售网点名单同步公布。",
    "对12家娱乐城、KTV等歌舞娱乐场所开展消防检查；新建威尼斯水城安置点1处。",
    "微信公众号“东荷发布”、抖音号、企鹅号（om.qq.com）及donghefabu.blog.163.com等自媒体账号共发布1200条，微博网址为http://e.weibo.com/donghe。",
    "公开本单位网址www.12306.com、www.letpub.com等便民查询入口，答复网友关于www.zhaopin.com招聘信息的咨询。",
    "全县365个行政村全部建成公开栏，24×365小时自助服务区开放，拨打0999-3650365可以咨询。",
)


def _honest() -> Iterator[Case]:
    for at, words in enumerate(SENTENCES):
        v = VICTIMS[at % 3]
        page = (
            (old_prose(v) if at % 2 else form(v)).replace("一、", f"{words}<br>一、", 1)
            if at % 2
            else form(v).replace("<p>二、", f"<p>{words}</p><p>二、", 1)
        )
        yield Case(f"held mentions {at}", page, v.url, "honest", victim=v)
    for v in VICTIMS:
        yield Case(f"held true {v.county}", form(v), v.url, "honest", victim=v)
        yield Case(f"held true old {v.county}", old_prose(v), v.url, "honest", victim=v)
    html, path = department()
    yield Case("held true department", html, f"http://www.donghe-x.gov.cn{path}", "honest")
    for host, body in (
        ("www.lqgas.com", "临渠市燃气集团有限公司"),
        ("www.lqzyy.org.cn", "临渠市中医院"),
        ("www.lqgjj.com.cn", "临渠市住房公积金管理中心"),
        ("www.lqcl.org.cn", "临渠市残疾人联合会"),
        ("www.lqjs.com.cn", "临渠市城乡建设委员会"),
        ("www.lqwater.cn", "临渠市水务集团有限公司"),
    ):
        page = (
            re.sub(r"东荷县文化广播影视局", body, html)
            .replace("我局", "我单位")
            .replace("文艺演出、农家书屋、电影放映", "服务承诺、收费标准")
        )
        footer = f'<div class="foot">{body} 版权所有 <a href="http://{host}/">{host}</a> <a href="http://www.linqu-x.gov.cn/">临渠市政府网</a></div></body>'
        yield Case(f"held {body}", page.replace("</body>", footer), f"http://{host}/gk/nb2013.html", "honest")


def _hijacked() -> Iterator[Case]:
    for at, v in enumerate(VICTIMS):
        page = (old_prose, form, form)[at](v)
        spam = ("开云体育官网-kaiyun登录入口", "乐鱼体育app下载_leyu", "威廉希尔中文网站")[at]
        yield Case(f"held title {at}", page.replace("<title>", f"<title>{spam}-", 1), v.url, "hijacked", victim=v)
        box = f'<div style="height:0;overflow:hidden;display:none"><a href="//x{at}.ky99.cc">{spam}</a>|<a href="//y.cc">真人百家乐</a></div>'
        yield Case(f"held box {at}", page.replace("</body>", f"{box}</body>"), v.url, "hijacked", victim=v)
        script = '<script>if(document.referrer.indexOf("baidu.com")>0||document.referrer.indexOf("sogou")>0){window.location.replace("//ky99.cc/reg")}</script>'
        yield Case(f"held redirect {at}", page.replace("</head>", f"{script}</head>"), v.url, "hijacked", victim=v)

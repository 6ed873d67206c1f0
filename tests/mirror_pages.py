"""Invented pages of true portals, of mirrors that copy them by every grammar, and of honest neighbours.

The pages of `known()` were written before the rules, and the rules were tuned on them; those of `held_out()` have other
words, other brands and other portals, and no rule was changed after they were first read.
"""

# ruff: noqa: E501 - markup and sentences as they stand on pages

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Literal

Truth = Literal["mirror", "honest", "hijacked"]


@dataclass(frozen=True)
class Victim:
    """A body that reports, and where."""

    county: str
    city: str
    province: str
    host: str
    code: str
    path: str  # of the report on its own host
    year: int = 2016

    @property
    def body(self) -> str:
        return f"{self.county}人民政府"

    @property
    def short(self) -> str:
        return self.county[:-1]

    @property
    def url(self) -> str:
        return f"http://{self.host}{self.path}"


@dataclass(frozen=True)
class Case:
    """A page, and what it is. `traced`: its bytes tell, without the host."""

    name: str
    html: str
    url: str
    truth: Truth
    traced: bool = True
    victim: Victim | None = None
    address: str = ""  # of the true page, as far as the mirror's page tells


QINGHE = Victim("青禾县", "云溪市", "湖东省", "www.qinghe-x.gov.cn", "990210", "/c15/20170612/i146779.html")
BAITAN = Victim(
    "白滩市",
    "白滩市",
    "湖东省",
    "www.baitan-x.gov.cn",
    "990100",
    "/z/zhengwugongkai/zhengfuxinxigongkai/xinxigongkainianbao/2016-06-16/49225.html",
    2015,
)
XIKOU = Victim("溪口县", "云溪市", "湖东省", "www.xikou-x.gov.cn", "990211", "/info/1015/23195.htm", 2014)
LIULIN = Victim(
    "柳林区", "清河市", "河东省", "www.liulin-x.gov.cn", "980104", "/zfxxgk/zlgkgd/201311/t20131126_376223.html", 2012
)
ANHE = Victim(
    "安禾县", "清河市", "河东省", "www.anhe-x.gov.cn", "980121", "/art/2018/2/28/art_46355_1634538.html", 2017
)
YUANTOU = Victim(
    "源头县",
    "石桥市",
    "岭南省",
    "www.yuantou-x.gov.cn",
    "970123",
    "/module/xxgk/xxgkAnnualReport.jsp?area=&fbtime=2023",
    2023,
)
VICTIMS = (QINGHE, BAITAN, XIKOU, LIULIN, ANHE, YUANTOU)


# ---------------------------------------------------------------- true pages


def prose(v: Victim) -> list[str]:
    """A report as the counties write it: the name of the body in it, titles with 关于, the address of its portal."""
    y = v.year
    return [
        f"本报告根据《中华人民共和国政府信息公开条例》（以下简称《条例》）要求编制。数据统计期限为{y}年1月1日至{y}年12月31日。本报告的电子版可在{v.county}政府门户网站（http://{v.host}）查询和下载。",
        "一、概述",
        f"{y}年，{v.body}按照国务院、省政府统一安排部署，结合{v.short}实际，稳步推进政务公开工作。{v.body}办公室牵头修订了《{v.body}工作规则》。",
        f"年内印发《{v.body}关于进一步做好政府信息公开工作的通知》《{v.body}办公室关于加强政务舆情回应的意见》，组织培训2期。",
        "二、主动公开政府信息情况",
        f"全年主动公开政府信息{y % 97 + 1200}条，{v.body}公报编印6期，召开{v.body}新闻发布会4次，向社会通报民生实事进展。",
        "关于重点领域信息，主要公开了财政预决算、重大建设项目和公共资源配置等内容。",
        "三、依申请公开政府信息情况",
        f"共收到政府信息公开申请{y % 11 + 5}件，均依照《条例》第二十一条规定按期答复，未收取费用。",
        "四、行政复议和行政诉讼情况",
        f"因政府信息公开向{v.body}申请行政复议1件，没有发生行政诉讼。",
        "五、存在的主要问题和改进措施",
        f"一是公开的深度不够，二是解读形式单一。下一步，{v.body}将完善制度，加强关于政策解读的培训，不断提高公开质量。",
        f"{v.body}办公室",
        f"{y + 1}年3月9日",
    ]


def trs(v: Victim, lines: list[str], *, head: str = "", top: str = "", bottom: str = "", title: str = "") -> str:
    """A portal with the statutory metas."""
    name = title or f"{v.county}{v.year}年政府信息公开工作年度报告"
    body = "".join(f"<p>　　{line}</p>" for line in lines)
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{name}_{v.body}门户网站</title>
<meta name="SiteName" content="{v.body}门户网站"><meta name="SiteDomain" content="{v.host}">
<meta name="SiteIDCode" content="{v.code}0005"><meta name="ColumnName" content="政府信息公开年报">
<meta name="ArticleTitle" content="{name}"><meta name="PubDate" content="{v.year + 1}-03-09 11:18">{head}</head>
<body>{top}<div class="nav"><a href="/">首页</a><a href="/zjwm/">走进{v.short}</a><a href="/zwgk/">政务公开</a>
<a href="/gywm/">关于我们</a></div>
<div class="crumb">当前位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a> &gt; 政府信息公开年报</div>
<h1>{name}</h1><div class="info">信息来源：{v.body}网 | 发布时间：{v.year + 1}-03-09 11:18</div>
<div class="TRS_Editor">{body}</div>
<div class="footer"><p>主办：{v.body} 承办：{v.county}人民政府办公室 网址：http://{v.host}/ 邮箱：zwgk@{v.host.removeprefix("www.")}</p>
<p>网站标识码：{v.code}0005 备案号：鄂ICP备05000000号 关于我们 网站地图 中国{v.short}</p></div>{bottom}</body></html>"""


def tables(v: Victim, lines: list[str], *, head: str = "", top: str = "", bottom: str = "", title: str = "") -> str:
    """A portal of another day: tables for everything, no metas."""
    name = title or f"{v.year}年度{v.county}政府信息公开工作年度报告"
    body = "<br>\n".join(f"&nbsp;&nbsp;&nbsp;&nbsp;{line}" for line in lines)
    return f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title>{name}-中国{v.short}</title>
{head}</head><body>{top}<table width="1000"><tr><td>手机版 英文版 云上{v.short} 魅力{v.short}</td></tr></table>
<table width="1000"><tr><td>首页 &gt; 政务公开 &gt; 政府信息公开 &gt; 信息公开年报 &gt; 正文</td></tr>
<tr><td align="center"><b>{name}</b></td></tr><tr><td align="center">来源：{v.body}办公室　发布时间：{v.year + 1}-03-24</td></tr>
<tr><td class="zw">{body}</td></tr></table>
<table width="1000"><tr><td>版权所有：{v.body}　主办单位：{v.body}办公室　技术支持：{v.county}信息中心<br>
地址：{v.province}{v.city}{v.short}大道1号　网址：{v.host}　ICP备案：鄂ICP备05000000号</td></tr></table>{bottom}</body></html>"""


def boxed(v: Victim, lines: list[str], *, head: str = "", top: str = "", bottom: str = "", title: str = "") -> str:
    """A portal with an info box, and absolute links to itself."""
    name = title or f"{v.body}{v.year}年政府信息公开工作年度报告"
    body = "".join(f"<p>{line}</p>" for line in lines)
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{name}-{v.body}</title>
<link rel="canonical" href="{v.url}">{head}</head><body>{top}
<div class="dqwz">您的位置：<a href="http://{v.host}/">首页</a> &gt; {v.body}办公室信息公开年报</div>
<table class="xxgk"><tr><th>索 引 号：</th><td>{v.code}/{v.year + 1}-00012</td><th>组配分类：</th><td>年度报告</td></tr>
<tr><th>发布机构：</th><td>{v.body}办公室</td><th>发布日期：</th><td>{v.year + 1}-01-18</td></tr></table>
<h1 class="newstitle">{name}</h1><div class="wzcon">{body}</div>
<div class="foot">主办单位：{v.body} 网站标识码：{v.code}0012 <a href="http://{v.host}/gywm.html">关于我们</a></div>{bottom}</body></html>"""


CHROMES: tuple[Callable[..., str], ...] = (trs, tables, boxed)


# ---------------------------------------------------------------- what mirrors do to them

SIMPLE = "国务开关于报导应组织说会数产业处发办实进众统规际责训财决项设执结续经济员县区时间题极机构内导设让类诉讼纳编将届质须体监员评级给网络传递项宁启庆广亲门问闻页预领马验风万与专东丝两严丧个丰临为丽举义乐习乡书买乱争亏云亚产亿仅从仓仪价众优伙会伟传伤伦伪体余佣侠侣"
TRADITIONAL = "國務開關於報導應組織說會數產業處發辦實進眾統規際責訓財決項設執結續經濟員縣區時間題極機構內導設讓類訴訟納編將屆質須體監員評級給網絡傳遞項寧啟慶廣親門問聞頁預領馬驗風萬與專東絲兩嚴喪個豐臨為麗舉義樂習鄉書買亂爭虧雲亞產億僅從倉儀價眾優夥會偉傳傷倫偽體餘傭俠侶"
_TO_TRADITIONAL = str.maketrans(SIMPLE, TRADITIONAL)
PINYIN = {"公": "gōng", "政": "zhèng", "信": "xìn", "府": "fǔ", "年": "nián", "息": "xī", "工": "gōng", "作": "zuò"}


def text_only(html: str, change: Callable[[str], str]) -> str:
    """Change what stands between tags."""
    return re.sub(r">([^<>]+)<", lambda found: f">{change(found[1])}<", html)


def traditional(html: str, v: Victim) -> str:
    return text_only(html, lambda words: words.translate(_TO_TRADITIONAL))


def pinyin(html: str, *, toned: bool, doubled: bool = False) -> str:
    places = cycle(range(7))

    def noted(found: re.Match[str]) -> str:
        sound = PINYIN[found[0]]
        plain = sound.translate(str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔù", "aaaaeeeeiiiioooouuuu"))
        note = f"({sound if toned else plain})" * (2 if doubled else 1)
        return found[0] + (note if next(places) == 0 else "")

    return text_only(html, lambda words: re.sub(f"[{''.join(PINYIN)}]", noted, words))


def noisy(html: str, signs: str) -> str:
    places, sign = cycle(range(23)), cycle(signs)
    return text_only(
        html,
        lambda words: re.sub(
            r"(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])", lambda _: next(sign) if next(places) == 0 else "", words
        ),
    )


def rehosted(html: str, v: Victim, host: str) -> str:
    """A reverse proxy: its own host in the place of the victim's; e-mail addresses stay."""
    return html.replace(v.host, host)


def flattened(path: str) -> str:
    """`/html/` and the path without its slashes."""
    return "/html/" + path.removeprefix("/").replace("/", "")


def number(seed: int) -> str:
    return f"/html/{26555735905575 + seed * 7919}.html"


KEYWORDS = (
    "mobile288-365",
    "www.828365.com",
    "uedbet体育_uedbet官网@",
    "欧洲杯决赛竞猜",
    "澳门特区赌场,澳门博彩业网址",
    "bet365体育在线",
    "澳门新葡京官网",
    "威尼斯人娱乐城",
)
HOSTS = (
    "www.hangfeng-x.com",
    "www.lvse-x568.com",
    "qilin-x.com",
    "www.xinhua-x.com",
    "m.chaye-x.com",
    "www.jinshu-x.net",
    "wentuo-x.com",
    "www.dongmi-x.cc",
)


def known() -> Iterator[Case]:
    yield from _names(KEYWORDS, HOSTS)
    yield from _others(HOSTS)
    yield from _honest()
    yield from _hijacked()


def _names(keywords: tuple[str, ...], hosts: tuple[str, ...]) -> Iterator[Case]:
    """Grammars 1 to 4, over victims, portals and paths."""
    for at, keyword in enumerate(keywords):
        v, chrome, host = VICTIMS[at % 6], CHROMES[at % 3], hosts[at % len(hosts)]
        page = chrome(v, prose(v))
        full = rehosted(page.replace(v.body, keyword), v, host)
        flat_path = flattened(v.path) if "?" not in v.path else v.path
        yield Case(f"full name {at}", full, f"http://{host}{flat_path}", "mirror", victim=v, address=v.path)
        yield Case(
            f"full name, host stays {at}",
            page.replace(v.body, keyword),
            f"http://{host}{v.path}",
            "mirror",
            victim=v,
            address=v.path,
        )
        county = rehosted(page.replace(v.county, keyword), v, host)
        yield Case(f"county {at}", county, f"http://{host}{v.path}", "mirror", victim=v, address=v.path)
        about = rehosted(page.replace("关于", f"{keyword}:").replace(v.body, keyword), v, host)
        yield Case(f"name and 关于 {at}", about, f"http://{host}{number(at)}", "mirror", victim=v)
        only_about = rehosted(page.replace("关于", f"{keyword}:"), v, host)
        yield Case(f"关于 {at}", only_about, f"http://{host}{v.path}", "mirror", victim=v, address=v.path)
        term = page.replace("政府信息公开", keyword)
        yield Case(f"政府信息公开 {at}", term, f"http://{host}{v.path}", "mirror", victim=v, address=v.path)
        law = rehosted(
            page.replace("中华人民共和国政府信息公开条例", f"{keyword}实施").replace("《条例》", f"《{keyword}实施》"),
            v,
            host,
        )
        yield Case(
            f"《条例》 {at}", law, f"http://{host}{v.path.partition('.htm')[0]}", "mirror", victim=v, address=v.path
        )


def _others(hosts: tuple[str, ...]) -> Iterator[Case]:
    """Grammars 2 and 5 to 7."""
    for at, v in enumerate(VICTIMS):
        chrome, host = CHROMES[at % 3], hosts[-1 - at]
        page = chrome(v, prose(v))
        flat_path = flattened(v.path) if "?" not in v.path else v.path
        yield Case(f"host {at}", rehosted(page, v, host), f"http://{host}{number(at)}", "mirror", victim=v)
        yield Case(
            f"host, flat {at}", rehosted(page, v, host), f"http://{host}{flat_path}", "mirror", victim=v, address=v.path
        )
        yield Case(f"clean {at}", page, f"http://{host}{v.path}", "mirror", traced=False, victim=v, address=v.path)
        yield Case(
            f"clean, flat {at}", page, f"http://{host}{flat_path}", "mirror", traced=False, victim=v, address=v.path
        )
        yield Case(
            f"script {at}",
            traditional(page, v),
            f"http://{host}{v.path}",
            "mirror",
            traced=False,
            victim=v,
            address=v.path,
        )
        yield Case(
            f"script and sounds {at}",
            pinyin(traditional(page, v), toned=at % 2 == 0, doubled=at == 3),
            f"http://{host}{v.path}",
            "mirror",
            victim=v,
            address=v.path,
        )
        yield Case(
            f"noise {at}", noisy(page, "ξΨ◣█"), f"http://{host}/6bntud{v.path}", "mirror", victim=v, address=v.path
        )
        marks = rehosted(page.replace("&nbsp;", "?").replace("　　", "????"), v, host)
        yield Case(f"question marks {at}", marks, f"http://{host}{v.path}", "mirror", victim=v, address=v.path)


# ---------------------------------------------------------------- honest neighbours

MENTIONS = (
    "全年安排体育彩票公益金120万元用于全民健身，安排福利彩票公益金80万元用于养老服务，使用情况已在网站公开。",
    "联合开展娱乐场所专项检查6次，检查歌舞娱乐场所、互联网上网服务营业场所共85家次，结果全部公示。",
    "组织开展网络博彩整治和打击赌博违法犯罪专项行动，取缔赌场3处，收缴老虎机12台，查处六合彩案件2起，并及时发布通报。",
    "政务微博（http://weibo.com/qinghefabu）发布信息600条，微信公众号“青禾发布”推送280期，今日头条号（www.toutiao.com）推送120篇。",
    "世界杯、欧洲杯期间发布夜间治安提示4期；12345政府服务热线全年365天、每天24小时受理群众诉求。",
    "与金沙县、澳门特别行政区有关方面开展交流，金沙江流域水质信息按月公开，永利社区建成公开栏。",
    "建成5G基站120个，LED公开屏20块，IPv6改造全部完成，使用OA系统办理公文，APP同步上线。",
    "元宵节灯谜竞猜、发票有奖开奖等活动信息在网站公布；清理过期链接和被篡改的网页12个，屏蔽赌博色情类有害信息30条。",
    "棋牌室、电子游戏厅等娱乐场所日常监管信息纳入“双随机、一公开”，查处无证棋牌室2家。",
    "通过安和在线（www.anhezaixian.com）、县融媒体中心客户端转载政府信息300余条，由太阳城小区、皇冠花园等社区张贴。",
)


def _honest() -> Iterator[Case]:
    for at, words in enumerate(MENTIONS):
        v, chrome = VICTIMS[at % 6], CHROMES[at % 3]
        lines = prose(v)
        lines[6:6] = [words]
        page = chrome(v, lines)
        yield Case(f"mentions {at}", page, v.url, "honest", victim=v)
    for at, v in enumerate(VICTIMS):
        for kind, chrome in zip(("trs", "tables", "boxed"), CHROMES, strict=True):
            yield Case(f"true {kind} {at}", chrome(v, prose(v)), v.url, "honest", victim=v)
    every = prose(QINGHE)
    every[6:6] = list(MENTIONS)
    yield Case("mentions all", trs(QINGHE, every), QINGHE.url, "honest", victim=QINGHE)
    for name, host, body in (
        ("water works", "www.qinghewater.com", "青禾县自来水有限公司"),
        ("power", "www.qhpower.com.cn", "青禾县供电公司"),
        ("hospital", "www.qhxyy.com", "青禾县人民医院"),
        ("red cross", "www.qhredcross.org.cn", "青禾县红十字会"),
        ("fund", "www.qhgjj.org.cn", "云溪市住房公积金管理中心"),
        ("fund com", "www.yxgjj.com", "云溪市住房公积金管理中心"),
        ("school", "www.qhyz.edu.cn", "青禾县第一中学"),
        ("bus", "www.yxbus.com", "云溪市公共交通集团有限公司"),
        ("bureau org", "www.yxgh.org.cn", "云溪市规划局"),
        ("tobacco", "www.yxtobacco.com.cn", "云溪市烟草专卖局"),
        ("archives", "www.yxda.com.cn", "云溪市档案局"),
    ):
        yield Case(name, institution(body, host), f"http://{host}/xxgk/nb/2016.html", "honest")
    weixin = trs(QINGHE, prose(QINGHE), title="青禾县2016年政府信息公开工作年度报告")
    yield Case("official account", weixin, "https://mp.weixin.qq.com/s/abcDEF", "honest", victim=QINGHE)


def institution(body: str, host: str) -> str:
    """The report of a public body that is no government, on its own host, which it names."""
    lines = (
        f"根据《中华人民共和国政府信息公开条例》要求，现公布{body}2016年信息公开工作年度报告。本报告可在{body}网站（http://{host}）下载。",
        "一、概述",
        f"2016年，{body}认真落实市政府关于信息公开工作的部署，完善制度，明确专人负责。",
        "二、主动公开信息情况",
        "全年通过网站公开信息210条，其中服务承诺、收费标准、办事指南等民生信息160条。",
        "三、依申请公开情况",
        "全年未收到公开申请，没有发生行政复议和行政诉讼，没有收取费用。",
        "四、存在的问题及改进",
        "网站内容还不够丰富，今后将加强管理，提高公开的及时性。",
    )
    text = "".join(f"<p>{line}</p>" for line in lines)
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{body}2016年信息公开工作年度报告-{body}</title>
<link rel="canonical" href="http://{host}/xxgk/nb/2016.html"></head><body>
<div class="nav"><a href="/">首页</a> <a href="/gywm/">关于我们</a> <a href="http://www.yunxi-x.gov.cn/">云溪市人民政府</a></div>
<h1>{body}2016年信息公开工作年度报告</h1><div class="info">发布时间：2017-02-20 来源：{body}</div>
<div class="content">{text}</div>
<div class="foot">版权所有：{body} 网址：{host} 鄂ICP备15000000号-1</div></body></html>"""


# ---------------------------------------------------------------- the true host, hijacked

SPAM_TITLES = (
    "必威体育betway官网入口_bet365中文官网",
    "澳门新葡京娱乐场-澳门金沙网站",
    "uedbet体育_uedbet官网",
    "&#20122;&#21338;&#20307;&#32946;&#95;&#30334;&#23478;&#20048;",
)
HIDDEN = (
    '<div style="display:none">{}</div>',
    '<div style="position:absolute;left:-9999px">{}</div>',
    '<marquee height="0" width="1" style="visibility:hidden">{}</marquee>',
    '<div style="text-indent:-9999px">{}</div>',
)
LINKS = "".join(
    f'<a href="http://www.{name}.com/">{words}</a> '
    for name, words in {
        "ag8899x": "澳门金沙娱乐城",
        "hg77x": "皇冠体育投注",
        "ssc55x": "时时彩平台",
        "yb66x": "亚博体育官网",
    }.items()
)
SCRIPT = (
    "<script>var r=document.referrer;if(/baidu|sogou|so\\.com|sm\\.cn/i.test(r))"
    '{location.href="http://www.ag8899x.com/?365";}</script>'
)


def _hijacked() -> Iterator[Case]:
    for at, v in enumerate(VICTIMS):
        chrome = CHROMES[at % 3]
        clean = chrome(v, prose(v))
        spam = SPAM_TITLES[at % len(SPAM_TITLES)]
        titled = re.sub(r"<title>(.*?)</title>", rf"<title>{spam}_\1</title>", clean)
        yield Case(f"title {at}", titled, v.url, "hijacked", victim=v)
        replaced = re.sub(r"<title>.*?</title>", f"<title>{spam}</title>", clean)
        yield Case(f"title replaced {at}", replaced, v.url, "hijacked", victim=v)
        words = f'<meta name="keywords" content="{spam}"><meta name="description" content="{spam},百家乐,老虎机平台">'
        yield Case(f"keywords {at}", chrome(v, prose(v), head=words), v.url, "hijacked", victim=v)
        hidden = HIDDEN[at % len(HIDDEN)].format(LINKS)
        yield Case(f"hidden links {at}", chrome(v, prose(v), bottom=hidden), v.url, "hijacked", victim=v)
        yield Case(f"redirect {at}", chrome(v, prose(v), head=SCRIPT), v.url, "hijacked", victim=v)
        inside = chrome(v, [*prose(v)[:6], HIDDEN[at % len(HIDDEN)].format(LINKS), *prose(v)[6:]])
        yield Case(f"hidden in the text {at}", inside, v.url, "hijacked", victim=v)
        shown = chrome(v, [*prose(v)[:13], LINKS, *prose(v)[13:]])
        yield Case(f"links in the text {at}", shown, v.url, "hijacked", victim=v)

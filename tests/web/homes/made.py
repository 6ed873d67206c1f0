"""What the homes share: pages around their links, columns of reports, neighbours that only look like the column."""
# ruff: noqa: E501  # a page reads best as one piece

from __future__ import annotations

from collections.abc import Iterable

from tests.servers import Page
from tests.web.homes import Home
from tests.web.parts import rows, titled

NAMES = ("溪山县", "平湾县", "青禾县", "岭北县", "南屏县", "云坪县", "东浦县", "石桥县")
YEARS = range(2023, 2013, -1)

# what stands beside the column in every disclosure menu, and what is called nearly alike
NEIGHBOURS = (
    ("法治政府建设年度报告", "/zwgk/fzzfndbg/"),
    ("政府网站工作年度报表", "/zwgk/wzndbb/"),
    ("统计年鉴", "/zwgk/tjnj/"),
    ("财政预决算公开", "/zwgk/czyjs/"),
    ("政府工作报告", "/zwgk/zfgzbg/"),
    ("企业年报公示", "/zwgk/qynb/"),
)
STANDING = (
    ("政府信息公开指南", "/zwgk/zfxxgkzn/"),
    ("政府信息公开制度", "/zwgk/zfxxgkzd/"),
    ("法定主动公开内容", "/zwgk/fdzdgknr/"),
)
NEWS = (
    ("县政府召开常务会议研究防汛抗旱工作", "/xwzx/202407/t20240712_1001.html", "2024-07-12"),
    ("我县举行政府信息公开工作培训班", "/xwzx/202407/t20240709_1002.html", "2024-07-09"),
    ("县领导到石门镇调研乡村道路建设", "/xwzx/202407/t20240705_1003.html", "2024-07-05"),
    ("关于做好2024年中小学招生工作的通知", "/xwzx/202407/t20240701_1004.html", "2024-07-01"),
)


def page(body: str, title: str, *, head: str = "", charset: str = "utf-8") -> Page:
    """A page with nothing on it but this."""
    html = f"<html><head><title>{title}</title>{head}</head>{body}</html>"
    return Page(html.encode(charset), headers={"Content-Type": "text/html"})


def links(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<li><a href="{href}">{words}</a></li>' for words, href in pairs)


def news() -> str:
    return f'<div class="news"><h3>要闻动态</h3><ul>{rows((href, words, day) for words, href, day in NEWS)}</ul></div>'


def footer(county: str) -> str:
    return (
        f'<div class="footer"><a href="/wzdt/">网站地图</a> <a href="/gywm/">关于我们</a> 主办：{county}人民政府办公室'
        '　网站标识码：9901010001　<a href="http://www.gov.cn/">中国政府网</a></div>'
    )


def listed(county: str, name: str, *, href: str = "./{y}01/t{y}0115_{n}.html", years: Iterable[int] = YEARS) -> Page:
    """A column with its reports."""
    entries = [(href.format(y=year + 1, n=3000 + year), titled(year, county), f"{year + 1}-01-15") for year in years]
    body = (
        f'<body><div class="nav"><a href="/">首页</a> <a href="/zwgk/">政务公开</a></div>'
        f'<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a> &gt; {name}</div>'
        f'<div class="list"><ul>{rows(entries)}</ul></div>{footer(county)}</body>'
    )
    return page(body, f"{name}-{county}人民政府")


def other(county: str, name: str, body: str = "") -> Page:
    """A page of the portal that is not the column."""
    return page(
        f'<body><div class="position">当前位置：<a href="/">首页</a> &gt; {name}</div>{body}{news()}{footer(county)}</body>',
        f"{name}-{county}人民政府",
    )


def neighbours(root: str, county: str) -> dict[str, Page]:
    """Pages of what only looks alike."""
    return {
        root + href: other(
            county, words, f"<ul>{rows([('./202403/t20240301_9.html', f'{county}2023年{words}', '')])}</ul>"
        )
        for words, href in (*NEIGHBOURS, *STANDING)
    }


def made(name: str, column: str, pages: dict[str, Page], *, county: str, elsewhere: str = "") -> Home:
    """A home of `www.<name>.example`, from paths to pages."""
    root = f"http://www.{name}.example"
    whole = {root + path if path.startswith("/") else path: answer for path, answer in pages.items()}
    found = root + column if column.startswith("/") else column
    return Home(
        name, found, {**neighbours(root, county), **whole}, f"{root}/", (f"www.{name}.example",), elsewhere=elsewhere
    )

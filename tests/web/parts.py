"""What the sites share: reports, list pages around their rows, interfaces that read what they are asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import parse_qsl, urlsplit

from tests.servers import NOWHERE, Answer, Handler, Page

Row = tuple[str, str, str]  # address, title, date


def report(issuer: str, year: int, head: str = "") -> Page:
    """A report's page."""
    title = f"{issuer}{year}年政府信息公开工作年度报告"
    return Page(
        f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head>
<body><div class="position">当前位置：<a href="/">首页</a> &gt; 政府信息公开年报</div>
<h1>{title}</h1><div class="info">发布日期：{year + 1}-01-20　来源：{issuer}办公室</div>
<div class="content"><p>本报告根据《中华人民共和国政府信息公开条例》编制，
所列数据的统计期限从{year}年1月1日起至{year}年12月31日止。</p>
<p>一、总体情况</p><p>{year}年，{issuer}按照要求公开各类信息，全年更新栏目内容{year % 97 + 300}条，
按时答复群众提出的公开申请，并对各平台做了两次检查。</p>
<p>二、主动公开政府信息情况</p><p>全年通过网站、公报和公开栏发布文件{year % 13 + 20}件，均在规定时间内完成。</p>
<p>三、收到和处理政府信息公开申请情况</p><p>共收到申请{year % 7 + 3}件，全部按期答复，没有收取费用。</p>
<p>四、存在的主要问题及改进情况</p><p>部分栏目更新不够及时，下一步将安排专人负责，每季度通报一次。</p>
<p>{issuer}办公室</p><p>{year + 1}年1月20日</p></div></body></html>""".encode()
    )


def titled(year: int, issuer: str = "安禾县") -> str:
    """The usual title of a report."""
    return f"{issuer}{year}年政府信息公开工作年度报告"


def rows(entries: Iterable[Row]) -> str:
    """The rows of a list, as most systems write them."""
    return "\n".join(
        f'<li><a href="{href}" title="{title}" target="_blank">{title}</a><span>{date}</span></li>'
        for href, title, date in entries
    )


def column(body: str, head: str = "", title: str = "政府信息公开年报", charset: str = "utf-8") -> Page:
    """A column's page: menu, breadcrumb and footer around its list."""
    html = f"""<!DOCTYPE html><html><head><meta charset="{charset}"><title>{title}_安禾县人民政府</title>
<meta name="SiteName" content="安禾县人民政府"><meta name="ColumnName" content="{title}">{head}</head>
<body><div class="nav"><a href="/">首页</a> <a href="/zwgk/">政务公开</a> <a href="/zmhd/">政民互动</a>
<a href="/bsfw/">办事服务</a></div>
<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a> &gt; {title}</div>
{body}
<div class="footer">主办：安禾县人民政府办公室　联系电话：0999-1234567　网站标识码：9901010001</div>
</body></html>"""
    return Page(html.encode(charset), headers={"Content-Type": "text/html"})


def asked(handler: Handler) -> dict[str, str]:
    """What an interface is asked: the query and a form's fields."""
    fields = handler.sent.decode() if "json" not in (handler.headers.get("Content-Type") or "") else ""
    return dict(parse_qsl(f"{urlsplit(handler.path).query}&{fields}", keep_blank_values=True))


def posted(handler: Handler) -> dict[str, object]:
    """What an interface is asked in JSON."""
    found: dict[str, object] = json.loads(handler.sent or b"{}")
    return found


def as_json(value: object) -> Page:
    return Page(json.dumps(value, ensure_ascii=False).encode(), headers={"Content-Type": "application/json"})


def interface(answer: Callable[[Mapping[str, str]], Page], *, referer: str = "", method: str = "") -> Answer:
    """An interface that answers what it is asked; without the referer or by another method, 404."""

    def answers(handler: Handler) -> None:
        strange = referer and handler.headers.get("Referer") != referer
        page = NOWHERE if strange or (method and handler.command != method) else answer(asked(handler))
        page(handler)

    return answers

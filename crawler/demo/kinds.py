"""Four kinds of content management, as county portals have them: addresses, paging and dress, each after a real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Dress:
    """How the editor of a CMS writes the pieces of a text: HTML with {} for the words."""

    heading: str
    subheading: str
    text: str
    signature: str
    cell: str
    around: str = "{}"  # the whole of the text


@dataclass(frozen=True, slots=True)
class Kind:
    """One CMS. Its pages are templates/<name>_list.html and templates/<name>_page.html."""

    name: str
    dress: Dress
    column: Callable[[int], str]  # address of the list's n-th page, from 0
    page: Callable[[int, date], str]  # address of an article by its number and the day it was entered
    row: str  # an entry of the list, with $href, $title, $cut, $day, $number
    pager: Callable[[int, int, int], str]  # what stands under a list: page from 0, pages, entries
    per_page: int
    charset: str = "utf-8"
    content_type: str = "text/html; charset=utf-8"
    validator: Literal["ETag", "Last-Modified"] | None = None
    robots: str | None = None


def _trs_page(number: int, day: date) -> str:
    return f"/zwgk/zfxxgk/zfxxgknb/{day:%Y%m}/t{day:%Y%m%d}_{10000 + number}.html"


def _trs_pager(page: int, pages: int, _: int) -> str:
    return f'<script type="text/javascript">createPageHTML({pages},{page},"index","html");</script>'


# Paging by script only; titles cut short, whole in @title; Word's styles in every cell.
_TRS = Kind(
    name="trs",
    dress=Dress(
        heading='<p style="text-indent: 2em; line-height: 2;"><strong>{}</strong></p>',
        subheading='<p style="text-indent: 2em; line-height: 2; font-family: 楷体;">{}</p>',
        text='<p style="text-indent: 2em; line-height: 2; font-family: 宋体; font-size: 12pt;">{}</p>',
        signature='<p align="right" style="line-height: 2;">{}</p>',
        cell='<p align="center" style="margin: 0pt;"><span style="font-family: 宋体; font-size: 9pt;">{}</span></p>',
    ),
    column=lambda page: "/zwgk/zfxxgk/zfxxgknb/" + (f"index_{page}.html" if page else ""),
    page=_trs_page,
    row='<li><a href="$href" target="_blank" title="$title">$cut</a><span>$day</span></li>',
    pager=_trs_pager,
    per_page=15,
    validator="ETag",
    robots="User-agent: *\nDisallow: /admin/\nDisallow: /preview/\n",
)


def _asp_column(page: int) -> str:
    return "/List.asp?lmid=12" + (f"&page={page + 1}" if page else "")


def _asp_pager(page: int, pages: int, entries: int) -> str:
    onward = f'<a href="List.asp?lmid=12&page={page + 2}">下一页</a>' if page + 1 < pages else "下一页"
    last = f'<a href="List.asp?lmid=12&page={pages}">尾页</a>' if page + 1 < pages else "尾页"
    return f"共{entries}条信息 第{page + 1}/{pages}页 {onward} {last}"


# The whole report in the one cell of tables within tables; lines end in <br>; dates in brackets.
_ASP = Kind(
    name="asp",
    dress=Dress(
        heading="　　<b>{}</b><br>",
        subheading="　　{}<br>",
        text="　　{}<br>",
        signature='<div align="right">{}</div>',
        cell="{}",
        around='<table width="100%" border="0"><tr><td class="f14">{}</td></tr></table>',
    ),
    column=_asp_column,
    page=lambda number, _: f"/Show.asp?id={1200 + number}",
    row='<tr><td width="82%">·<a href="$href">$title</a></td><td>[$day]</td></tr>',
    pager=_asp_pager,
    per_page=10,
    charset="gbk",
    content_type="text/html",
)


def _lonsun_column(page: int) -> str:
    return "/public/column/21981?type=3" + (f"&pageIndex={page + 1}" if page else "")


def _lonsun_pager(page: int, pages: int, entries: int) -> str:
    numbers = "".join(
        f'<span class="cur">{n + 1}</span>' if n == page else f'<a href="{_lonsun_column(n)}">{n + 1}</a>'
        for n in range(pages)
    )
    onward = f'<a href="{_lonsun_column(page + 1)}" class="next">下一页</a>' if page + 1 < pages else ""
    return f'{numbers}{onward}<span class="total">共 {entries} 条</span>'


_LONSUN = Kind(
    name="lonsun",
    dress=Dress(
        heading='<p style="text-indent:2em;"><span style="font-family:黑体;font-size:21px;">{}</span></p>',
        subheading='<p style="text-indent:2em;"><span style="font-family:楷体_GB2312;font-size:21px;">{}</span></p>',
        text='<p style="text-indent:2em;"><span style="font-family:仿宋_GB2312;font-size:21px;">{}</span></p>',
        signature='<p style="text-align:right;"><span style="font-size:21px;">{}</span></p>',
        cell='<span style="font-size:12px;">{}</span>',
    ),
    column=_lonsun_column,
    page=lambda number, _: f"/public/21981/{23670000 + 37 * number}.html",
    row='<tr><td>$number</td><td class="tit"><a href="$href" title="$title">$cut</a></td><td>$day</td></tr>',
    pager=_lonsun_pager,
    per_page=15,
    validator="Last-Modified",
)


def _hunan_pager(page: int, pages: int, _: int) -> str:
    names = ["index.html", *(f"index_{n}.html" for n in range(2, pages + 1))]
    numbers = "".join(f'<a href="{name}">{n}</a> ' for n, name in enumerate(names, 1) if n != page + 1)
    return numbers + (f'<a href="{names[page + 1]}">下一页&gt;</a>' if page + 1 < pages else "")


_HUNAN = Kind(
    name="hunan",
    dress=Dress(
        heading="<p><strong>　　{}</strong></p>",
        subheading="<p>　　{}</p>",
        text="<p>　　{}</p>",
        signature='<p style="text-align: right">{}</p>',
        cell='<p style="text-align: center">{}</p>',
    ),
    column=lambda page: f"/c1712/index{f'_{page + 1}' if page else ''}.html",
    page=lambda number, day: f"/c15/{day:%Y%m%d}/i{146000 + number}.html",
    row='<li><span class="time">$day</span><a href="$href">$title</a></li>',
    pager=_hunan_pager,
    per_page=10,
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (_TRS, _ASP, _LONSUN, _HUNAN)}

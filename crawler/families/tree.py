"""Columns below a column: annual reports are often sorted by year or by kind of body, two or three levels deep."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.families.drawn import is_drawn
from crawler.families.family import Page
from pipelines import dom
from pipelines.dates import normal
from pipelines.links import address, directory, resolve, same_page
from pipelines.listing import Listing
from pipelines.records import Item
from pipelines.report_words import COLUMN, is_report_column, is_report_title

_LONGEST = 24  # characters of a column's name
_YEAR = re.compile(r"(?:19|20)\d\d\s*(?:年度?)?(?:年报|年度报告|报告)?")
_BODIES = re.compile(
    r"(?:[省市县区州盟旗]\s*)?(?:人民)?政府(?:本级|部门|工作部门)?|本级|[省市县区州盟旗]本级|.{0,6}(?:政府)?(?:部门|单位|直属机构|局办)"
    r"|.{0,4}(?:乡镇|镇乡|街道|乡镇街道|镇街|乡镇[、（(及和]?街道.{0,6}|各?县[市（(]?区?[）)]?|县级市)|垂直管理.{0,4}|.{2,10}(?:局|委|办|厅|镇|乡|街道|办公室|委员会|管委会)"
)
_OTHERS = re.compile(r"部门|单位|乡|镇|街道|区县|县区|直属|垂直|政府年|本级|历年|往年")
_REPORTS = re.compile(r"(?:.{0,8}(?:年报|年度报告)|历年.{0,6}|往年.{0,6})")


def columns_below(page: Page, listing: Listing) -> tuple[Item, ...]:
    """Links from a column of annual reports to columns of its own: years, kinds of bodies, bodies.

    Only those under the column's own address, since a menu names the same words for other columns; wherever it may be,
    where the words say all: 部门年报. A page that only a script fills is not taken for a hub of such.
    """
    if not is_report_column(listing.title, page.url):
        return ()
    # 2023年 can be a report or a column of that year; no article's address ends like a directory's
    reports = {item.href for item in listing.reports if not (item.href.endswith("/") and _YEAR.fullmatch(item.title))}
    home = directory(page.url)
    beside = bool(listing.items) or not is_drawn(page)
    found: dict[str, Item] = {}
    for link in page.tree.iter("a"):
        href = address(link)
        to = resolve(page.base, href) if href else None
        if href is None or to is None or href in reports or same_page(to, page.url) or to in found:
            continue
        words = dom.squeeze(normal(dom.inner_text(link) or link.get("title") or ""))
        words = words.rstrip("/")  # of a plain directory: 2015/
        below = directory(to).startswith(home) and (directory(to) != home or home == "/") and home != "/"
        # the same page of reports for another body: xxgkAnnualReport.jsp?area=…
        below |= urlsplit(to).path == urlsplit(page.url).path and is_report_column(None, to)
        if len(words) < _LONGEST and ((below and _is_part(words)) or (beside and _is_whole(words))):
            found[to] = Item(words, href, None)
    return tuple(found.values())


def _is_part(words: str) -> bool:
    """Whether words name a part of a column of reports."""
    return any(form.fullmatch(words) for form in (_YEAR, _BODIES, _REPORTS))


def _is_whole(words: str) -> bool:
    """Whether words name, all by themselves, a column with the reports of other bodies or years."""
    return _OTHERS.search(words) is not None and is_report_title(words) == COLUMN

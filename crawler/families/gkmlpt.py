"""NFCMS and its catalogue gkmlpt (南方网): 广东 only.

Told by `/gkmlpt/`, `window._CONFIG = {… SID: '755001', TREE: […]}`, articles `…/content/post_123.html`.

Articles: `/gkmlpt/content/2/155/post_155421.html` is a shell whose text is in `_CONFIG.DETAIL`; plain ones are pages.

Lists: plain columns are `index.html`, `index_2.html` (the generic reader follows their pager). `/gkmlpt/index` is a
shell:
its TREE has the categories (`id`, `name`, `post_count`, `jump_url`, `children`). Those called annual reports are
asked for at
`GET /gkmlpt/api/all/<category>?page=1&sid=<SID>`: `articles[]` with `title`, `url`, `display_publish_time` (epoch),
100 a page,
and `total`. One with a `jump_url` has its list there. An address may name its category: `/gkmlpt/index#4219`.

Traps: several categories can be called so, the departments' apart; `classify.post_count` also counts what is not
listed; `total` is what can be had. Many hosts answer only plain http.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from crawler.families.family import Family, Page, listed
from crawler.families.fragment import answer, number, part, words
from crawler.families.marks import by_table
from pipelines.links import resolve
from pipelines.listing import Listing
from pipelines.records import Ask, Item
from pipelines.report_words import is_report_column

_MARKS = {
    "gkmlpt": re.compile(r"/gkmlpt/(?:index|content|api|policy)\b"),
    "_CONFIG with SID": re.compile(r"_CONFIG\s*=\s*\{[^<]*?\bSID[\"']?\s*:", re.DOTALL),
    "articles named post_123": re.compile(r"/content/(?:\d+/\d+/)?m?post_\d+\.html\b"),
    "nfw-cms": re.compile(r"nfw-cms-"),
}
_SID = re.compile(r"""\bSID["']?\s*:\s*["']?(\d+)""")
_TREE = re.compile(r"""\bTREE["']?\s*:\s*(?=\[)""")
_BASE = re.compile(r"(.*?/gkmlpt)/")
_PAGE = 100
_HERE = timedelta(hours=8)  # China's time all over the country


def _leaves(tree: Any, *, below: bool = False) -> Iterator[tuple[dict[str, Any], bool]]:
    """The categories with none below them, and whether one or what is above it is called annual reports."""
    for category in tree if isinstance(tree, list) else ():
        of_reports = below or is_report_column(str(part(category, "name") or ""))
        if part(category, "children"):
            yield from _leaves(part(category, "children"), below=of_reports)
        elif isinstance(category, dict):
            yield category, of_reports


def _reports(tree: Any, chosen: str) -> Iterator[dict[str, Any]]:
    """The categories of annual reports, or the one that the address chose."""
    for category, of_reports in _leaves(tree):
        key = number(category.get("id"))
        if key is not None and (str(key) == chosen if chosen.isdecimal() else of_reports):
            yield category


def _ahead(page: Page, _listing: Listing) -> Iterator[Ask]:
    sid, tree, base = _SID.search(page.html), _TREE.search(page.html), _BASE.match(page.url)
    if not sid or not tree or not base:
        return
    try:
        categories, _ = json.JSONDecoder().raw_decode(page.html, tree.end())
    except (ValueError, RecursionError):  # a script, not JSON
        return
    asks = []
    for category in _reports(categories, urlsplit(page.asked.url).fragment):
        jump = category.get("jump_url")
        if isinstance(jump, str) and jump.strip() and (to := resolve(page.url, jump)):
            asks.append(Ask(to))
        else:
            url = f"{base[1]}/api/all/{category['id']}?page=1&sid={sid[1]}"
            asks.append(Ask(url, headers=(("Referer", page.url),), family="gkmlpt", title=words(category.get("name"))))
    yield from (replace(ask, shared=len(asks) > 1) for ask in asks)


def _items(articles: object) -> Iterator[Item]:
    for article in articles if isinstance(articles, list) else ():
        href, title = part(article, "url") or part(article, "post_url"), words(part(article, "title"))
        if title and isinstance(href, str):
            yield Item(title, href, _date(part(article, "display_publish_time") or part(article, "date")))


def _date(value: object) -> str | None:
    """The day of an epoch."""
    if isinstance(value, int) and 0 < value < 1 << 33:
        return (datetime.fromtimestamp(value, UTC) + _HERE).date().isoformat()
    return value[:10] if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value) else None


def _read(page: Page) -> tuple[Listing, Iterable[Ask]]:
    said = answer(page.html)
    items = tuple(_items(said.get("articles")))
    total = number(said.get("total")) or number(part(said, "classify", "post_count"))
    url = urlsplit(page.asked.url)
    query = dict(parse_qsl(url.query))
    now = number(query.get("page")) or 1
    asks: list[Ask] = []
    if items and total and now * _PAGE < total:
        to = url._replace(query=f"page={now + 1}&sid={query.get('sid', '')}").geturl()
        asks.append(replace(page.asked, url=to))
    return listed(items, page, total_items=total), asks


FAMILY = Family("gkmlpt", by_table(_MARKS), _ahead, _read)

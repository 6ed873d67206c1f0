"""Listing pages: the entries of the main list, the reports among them, and the way to the further pages.

The generic reader under all families of content management systems: it goes by the shape of the page (repeated rows
with dates and long link texts), by the words of links and columns, and by the pager.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import islice

from pipelines.dates import normal
from pipelines.dom import Element, inner_text, metas, parse, squeeze, title_tag
from pipelines.entries import Entry, Group, Page
from pipelines.links import base, directory, resolve, same_page
from pipelines.pager import Pager, read_pager
from pipelines.pieces import Pieces, Place
from pipelines.records import Item
from pipelines.report_words import (
    NO_ADDRESS,
    UNRELATED,
    is_body,
    is_report_column,
    is_report_title,
    is_report_under,
    looks_alike,
    reasons,
)

__all__ = ["UNRELATED", "Listing", "Lists", "is_report_title", "read_listing", "read_lists", "read_tree", "reasons"]

# What an article's address looks like in one or another family: a date, a long number, a hash.
_ARTICLE = re.compile(
    r"t\d{8}_|tnull_|/art/|art_|content_|post_|/i\d{4,}|/info/\d+/|info/\d+/|[0-9a-f]{32}|[0-9a-f-]{36}|\d{5,}|20\d\d[-/]\d|"
    r"[?&](?:id|newsid|articleid|infoid|contentid|messagekey)=|show|detail|view|\.(?:pdf|docx?|wps|ofd)$",
    re.IGNORECASE,
)
# the name of a site or its owner, not of a column
_SITE = re.compile(
    r"(?:政府|门户|网站|网|公署|委员会|管委会|平台|首页|欢迎您|局|委|厅|办公室|法院|检察院|省|市|县|区|旗|镇|乡|街道)$"
)
_IDEOGRAPH = re.compile(r"[\u4e00-\u9fff]")
_TITLE_BREAK = re.compile(r"\s*[-_|—–>»·/]+\s*")
_HERE = re.compile(r"(?:当前|现在|所在)的?(?:位置|栏目)|[您你](?:的|所在的?)位置|位置\s*[:：]")
_HERE_END = re.compile(r"^\s*(?:是|为|在)?\s*[:：]?\s*")
_NO_STEP = frozenset({"首页", "网站首页", "正文", "列表", "信息列表", "文章列表"})
_CRUMB_BREAK = re.compile(r"\s*(?:>+|»|›|→|/|\\|-+|\||::?)\s*")
_RECORD = re.compile(r"<record>\s*<!\[CDATA\[", re.IGNORECASE)
# the same as strings of a script: var InitData42 = ['<li>…</li>', '…'];
_INITIAL = re.compile(r"\bInitData\d*\s*=\s*\[")
_SETS = 20  # of rows in strings at most
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'")
# a row that its script writes: var url = "./t1.html"; var title = "…"; document.writeln("<a href='" + url + …)
_WRITTEN = re.compile(
    r"""\bvar\s+\w*url\s*=\s*(["'])(?P<url>[^"'<>]{1,300})\1[\s;,]*(?:var\s+)?\w*title\s*=\s*(["'])(?P<title>[^"'<>]{1,300})\3""",
    re.IGNORECASE,
)
_ROW_SCRIPT = 600  # characters of a script that writes one row
_TAG = re.compile(r"<[^<>]*>|[\"'+();]")
_ASIDE_LABEL = re.compile(r"热点|热门|排行|推荐|相关|友情链接|最新|点击|阅读|图片新闻")
_BARE_YEAR = re.compile(r"(?:19|20)\d\d年?度?")
_LONG_WORDS = 8  # mean length of link texts from which an undated list can be one of documents
_WORTH = 2.0  # under this a group is no list of documents: menus reach 1
_SEVERAL = 3  # entries from which a group is a list by itself
_MOST = 0.6  # share of entries that speaks for all
_NAME = 200  # characters of a column's name at most
_HEADINGS = 60  # of a kind that may name the list, and pieces of text in one
_HUB = 0.6  # share of a page's dated entries from which one list is the page's main one


@dataclass(frozen=True, slots=True)
class Lists:
    """The main list of a page. `items` are as a reader sees them; `reports` may also come from hidden tabs."""

    items: tuple[Item, ...]
    reports: tuple[Item, ...]
    rejected: tuple[tuple[Item, str], ...]
    title: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a listing page says: its main list and the way to the further pages."""

    items: tuple[Item, ...]
    reports: tuple[Item, ...]
    next: tuple[str, ...]
    total_pages: int | None
    total_items: int | None
    rejected: tuple[tuple[Item, str], ...]
    title: str | None


def read_listing(html: str, url: str) -> Listing:
    """The listing that a page is; a page that is none has no items."""
    return read_tree(parse(html), url, html)


def records(html: str) -> Iterator[str]:
    """The entries that Hanweb embeds in a script, each in a CDATA section or a string of its own."""
    for initial in islice(_INITIAL.finditer(html) if "InitData" in html else (), _SETS):
        rows = html[initial.end() : html.find(";", initial.end())].rstrip()
        if rows.endswith("]"):
            yield from (row.replace("\\", "") for row in _STRING.findall(rows))
            break
    end = 0
    while found := _RECORD.search(html, end):
        end = html.find("]]>", found.end())
        if end < 0:
            return
        yield html[found.end() : end]


def _written(html: str) -> Iterator[str]:
    """The rows that scripts write, as the elements they would be."""
    if "document.write" not in html:
        return
    for row in _WRITTEN.finditer(html):
        script = html[row.end() : row.end() + _ROW_SCRIPT].partition("</script")[0].partition("var ")[0]
        if "document.write" in script:
            said = escape(_TAG.sub(" ", script.partition("document.write")[2]))
            yield f'<li><a href="{escape(row["url"])}">{escape(row["title"])}</a><span>{said}</span></li>'


def read_tree(tree: Element, url: str, html: str) -> Listing:
    """The same on a tree parsed before; `html` is read for what only scripts say."""
    url, where = _here(tree, url)
    pager = read_pager(tree, html, url, where)
    lists = _lists(tree, url, where, html, lambda: pager)
    total = pager.total_items if (pager.total_items or 0) >= len(lists.items) else None
    return Listing(lists.items, lists.reports, pager.next, pager.total_pages, total, lists.rejected, lists.title)


def read_lists(tree: Element, url: str, html: str) -> Lists:
    """What the page lists, without the way to its further pages."""
    url, where = _here(tree, url)
    return _lists(tree, url, where, html, cache(lambda: read_pager(tree, html, url, where)))


def _here(tree: Element, url: str) -> tuple[str, str]:
    url = resolve(url, "") or ""
    return url, base(tree, url)


def _lists(tree: Element, url: str, where: str, html: str, pager: Callable[[], Pager]) -> Lists:
    page = Page(tree)
    groups = page.groups()
    if embedded := "".join((*records(html), *_written(html))):
        groups += Page(parse(f"<ul>{embedded}</ul>")).groups()
    main = _main(groups, url, where, pager)
    title = _column(tree, page.pieces, main)
    items = tuple(entry.item for group in main for entry in group.entries)
    reports, rejected = _sort(groups, main, title, url, where)
    return Lists(items, reports, rejected, title)


# ---------------------------------------------------------------- the main list


def _main(groups: list[Group], url: str, where: str, pager: Callable[[], Pager]) -> list[Group]:
    """The page's main list; on a hub, which has several of equal rank, all of them."""
    worth = cache(lambda number: _worth(groups[number], url, where))
    for unlikely in (Place.HIDDEN | Place.FRAME, Place.HIDDEN, Place.MAIN):
        seen = [number for number, group in enumerate(groups) if not group.entries[0].place & unlikely]
        first = max(seen, key=worth, default=None)
        if first is None or worth(first) < _WORTH:
            continue
        if unlikely & Place.FRAME or _reports(groups[first]):  # names of classes may mislead
            return _with_equals(groups[first], [groups[number] for number in seen], url, where, pager)
    return []


def _with_equals(best: Group, seen: list[Group], url: str, where: str, pager: Callable[[], Pager]) -> list[Group]:
    """The best list alone, or all of its rank on a hub or a page with a box for each year."""
    of_reports = [group for group in seen if 2 * _reports(group) >= len(group.entries) and not _is_aside(group)]
    if best in of_reports:  # the reports of each year or kind in a box of their own
        return of_reports
    dated = [group for group in seen if group.dated >= _MOST and not _is_aside(group)]
    if best not in dated or len(best.entries) >= _HUB * sum(len(group.entries) for group in dated):
        return [best]
    if _own(best, url, where) > 0.5 and not any(_own(group, url, where) for group in dated if group is not best):
        return [best]
    ahead = pager()
    return [best] if ahead.next or ahead.total_items or (ahead.total_pages or 0) > 1 else dated


def _worth(group: Group, url: str, where: str) -> float:
    """How much a group looks like the list of documents that the page is for."""
    entries = group.entries
    size = len(entries)
    length = sum(len(entry.item.title) for entry in entries) / size
    articles = sum(_ARTICLE.search(entry.item.href) is not None for entry in entries) / size
    reports = _reports(group)
    years = sum(_BARE_YEAR.fullmatch(normal(entry.item.title)) is not None for entry in entries) / size
    if size >= _SEVERAL and is_report_column(group.label):  # a list of the bodies whose reports are behind the links
        years = max(years, sum(is_body(entry.item.title) for entry in entries) / size)
    if not reports and not (group.dated and size >= _SEVERAL) and years < _MOST:
        words = sum(len(_IDEOGRAPH.findall(entry.item.title)) for entry in entries) / size
        if words < _LONG_WORDS or not articles or not (group.dated or size >= _SEVERAL):
            return 0.0
    return (
        3 * group.dated
        + 1.5 * min(length, 24) / 24
        + articles
        + min(size, 10) / 10
        + (4 if reports else 0)
        + (2 if years >= _MOST and is_report_column(group.label, url) else years)
        + _own(group, url, where)
        - (2 if _is_aside(group) else 0)
    )


def _reports(group: Group) -> int:
    return sum(is_report_title(entry.item.title) is None for entry in group.entries)


def _own(group: Group, url: str, where: str) -> float:
    """The share of entries whose addresses lie under the page's own directory, where that says something."""
    mine = directory(url)
    if mine == "/":
        return 0.0
    addresses = [resolve(where, entry.item.href) or "" for entry in group.entries]
    return sum(directory(address).startswith(mine) and address != url for address in addresses) / len(addresses)


def _is_aside(group: Group) -> bool:
    return bool(group.entries[0].place & Place.SIDE) or _ASIDE_LABEL.search(group.label) is not None


# ---------------------------------------------------------------- the reports


def _sort(
    groups: list[Group], main: list[Group], title: str | None, url: str, where: str
) -> tuple[tuple[Item, ...], tuple[tuple[Item, str], ...]]:
    """Report links of the whole page, and what only looks like one; the page's frame counts where nothing else does."""
    chosen = {id(group) for group in main}
    inside: list[tuple[Entry, str | None]] = []
    framed: list[tuple[Entry, str | None]] = []
    for group in groups:
        is_main = id(group) in chosen
        years = all(_BARE_YEAR.fullmatch(normal(entry.item.title)) for entry in group.entries)
        under = title if is_main else group.label
        by_column = is_main or years or is_report_column(group.label)
        for entry in group.entries:
            why = is_report_title(entry.item.title)
            if why is not None and by_column and is_report_under(entry.item.title, under, url):
                why = None
            (framed if entry.place & Place.FRAME else inside).append((entry, why))
    if not any(why is None for _, why in inside):
        inside += [pair for pair in framed if pair[1] is None]
    reports: dict[str, Item] = {}
    rejected: list[tuple[Item, str]] = []
    for entry, why in sorted(inside, key=lambda pair: pair[0].order):
        item = entry.item
        to = resolve(where, item.href) if item.href and not _is_script(item.href) else None
        if why is not None:
            if looks_alike(item.title, why):
                rejected.append((item, why))
        elif to is None:
            rejected.append((item, NO_ADDRESS))
        elif to not in reports and not same_page(to, url):
            reports[to] = item
    return tuple(reports.values()), tuple(dict.fromkeys(rejected))


def _is_script(href: str) -> bool:
    return href.startswith("#") or href.lower().startswith(("javascript:", "vbscript:", "about:", "mailto:"))


# ---------------------------------------------------------------- the column's name


def _column(tree: Element, pieces: Pieces, main: list[Group]) -> str | None:
    """The column's name as a reader sees it: the meta tag, what two places say alike, the breadcrumb, the title."""
    named = next((value for value in metas(tree).get("columnname", ()) if value), None)
    if named:
        return named
    shown = list(_shown(tree, pieces, main))
    called = title_tag(tree)[:_NAME]
    parts = [part for part in _TITLE_BREAK.split(called) if _IDEOGRAPH.search(part) and not _SITE.search(part)]
    crumb = _breadcrumb(pieces)
    for part in parts:
        if part == crumb or part in shown:
            return part
    labels = [words for words in shown if not _SITE.search(words)] if len(main) < 2 else []
    return next(iter([*filter(None, [crumb]), *parts, *labels, *filter(None, [called])]), None)


def _shown(tree: Element, pieces: Pieces, main: list[Group]) -> Iterator[str]:
    """Words that name the list: the label before it, then the page's headings."""
    yield from (group.label for group in main if group.label)
    for tag in ("h1", "h2", "h3", "h4"):
        for heading in islice(tree.iter(tag), _HEADINGS):
            if words := " ".join(islice(pieces.of(heading), _HEADINGS))[:_NAME]:
                yield words


def _breadcrumb(pieces: Pieces) -> str | None:
    """The last step of 当前位置：首页 > … > column."""
    for text, around in zip(pieces.texts, pieces.owners, strict=True):
        if len(text) > 80 or not _HERE.search(text):
            continue
        for holder in (around, around.getparent()):
            if holder is not None and (crumb := _last_step(holder)):
                return crumb
    return None


def _last_step(holder: Element) -> str | None:
    words = squeeze(" ".join(piece for _, piece in zip(range(60), holder.itertext(), strict=False)))
    match = _HERE.search(words)
    if not match or len(words) > 200:
        return None
    links = [squeeze(inner_text(link)) for link in islice(holder.iter("a"), _HEADINGS)]
    rest = words[match.end() :]
    steps = (
        [step for step in _CRUMB_BREAK.split(rest) if step] if _CRUMB_BREAK.search(rest) else [w for w in links if w]
    )
    steps = [step for step in steps if step not in ("首页", "网站首页", "正文", "列表")]
    return steps[-1] if steps else None

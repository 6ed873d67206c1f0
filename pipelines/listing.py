"""Listing pages: the entries of the main list, the reports among them, and the way to the further pages.

The generic reader under all families of content management systems: it goes by the shape of the page (repeated rows
with dates and long link texts), by the words of links and columns, and by the pager.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.dates import normal
from pipelines.dom import Element, metas, parse, squeeze
from pipelines.entries import Entry, Group, Page, Place
from pipelines.links import base, directory, resolve, same_page
from pipelines.pager import Pager, read_pager
from pipelines.records import Item
from pipelines.report_words import (
    NO_ADDRESS,
    UNRELATED,
    is_report_column,
    is_report_title,
    is_report_under,
    looks_alike,
    reasons,
)

__all__ = ["UNRELATED", "Listing", "is_report_title", "read_listing", "read_tree", "reasons"]

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
_ASIDE_LABEL = re.compile(r"热点|热门|排行|推荐|相关|友情链接|最新|点击|阅读|图片新闻")
_BARE_YEAR = re.compile(r"(?:19|20)\d\d年?度?")
_LONG_WORDS = 8  # mean length of link texts from which an undated list can be one of documents
_WORTH = 2.0  # under this a group is no list of documents: menus reach 1
_SEVERAL = 3  # entries from which a group is a list by itself
_MOST = 0.6  # share of entries that speaks for all
_HUB = 0.6  # share of a page's dated entries from which one list is the page's main one


@dataclass(frozen=True, slots=True)
class Listing:
    """What a listing page says. `items` are as a reader sees them; `reports` may also come from hidden tabs."""

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


def _records(html: str) -> Iterator[str]:
    """The entries that Hanweb embeds in a script, each in a CDATA section of its own."""
    end = 0
    while found := _RECORD.search(html, end):
        end = html.find("]]>", found.end())
        if end < 0:
            return
        yield html[found.end() : end]


def read_tree(tree: Element, url: str, html: str) -> Listing:
    """The same on a tree parsed before; `html` is read for what only scripts say."""
    url = resolve(url, "") or ""
    where = base(tree, url)
    title_tag = squeeze("".join(text for tag in tree.iter("title") for text in tag.itertext()))
    groups = Page(tree).groups()
    if embedded := "".join(_records(html)):
        groups += Page(parse(f"<ul>{embedded}</ul>")).groups()
    pager = read_pager(tree, html, url, where)
    main = _main(groups, url, where, pager)
    title = _column(tree, title_tag, main)
    items = tuple(entry.item for group in main for entry in group.entries)
    reports, rejected = _sort(groups, main, title, url, where)
    total = pager.total_items if (pager.total_items or 0) >= len(items) else None
    return Listing(items, reports, pager.next, pager.total_pages, total, rejected, title)


# ---------------------------------------------------------------- the main list


def _main(groups: list[Group], url: str, where: str, pager: Pager) -> list[Group]:
    """The page's main list; on a hub, which has several of equal rank, all of them."""
    for unlikely in (Place.HIDDEN | Place.FRAME, Place.HIDDEN, Place.MAIN):
        seen = [group for group in groups if not group.entries[0].place & unlikely]
        best = max(seen, key=lambda group: _worth(group, url, where), default=None)
        likely = bool(unlikely & Place.FRAME) or (best is not None and _reports(best))  # names of classes may mislead
        if best is not None and likely and _worth(best, url, where) >= _WORTH:
            return _with_equals(best, seen, url, where, pager)
    return []


def _with_equals(best: Group, seen: list[Group], url: str, where: str, pager: Pager) -> list[Group]:
    """The best list alone, or all of its rank on a hub or a page with a box for each year."""
    of_reports = [group for group in seen if 2 * _reports(group) >= len(group.entries) and not _is_aside(group)]
    if best in of_reports:  # the reports of each year or kind in a box of their own
        return of_reports
    dated = [group for group in seen if group.dated >= _MOST and not _is_aside(group)]
    if best not in dated:
        return [best]
    whole = sum(len(group.entries) for group in dated)
    single = pager.next or pager.total_items or (pager.total_pages or 0) > 1 or len(best.entries) >= _HUB * whole
    if single or (_own(best, url, where) > 0.5 and not any(_own(g, url, where) for g in dated if g is not best)):
        return [best]
    return dated


def _worth(group: Group, url: str, where: str) -> float:
    """How much a group looks like the list of documents that the page is for."""
    entries = group.entries
    size = len(entries)
    length = sum(len(entry.item.title) for entry in entries) / size
    articles = sum(_ARTICLE.search(entry.item.href) is not None for entry in entries) / size
    reports = _reports(group)
    years = sum(_BARE_YEAR.fullmatch(normal(entry.item.title)) is not None for entry in entries) / size
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
    found: list[tuple[Entry, str | None]] = []
    for group in groups:
        years = all(_BARE_YEAR.fullmatch(normal(entry.item.title)) for entry in group.entries)
        under = title if id(group) in chosen else group.label
        for entry in group.entries:
            why = is_report_title(entry.item.title)
            by_column = id(group) in chosen or years or is_report_column(group.label)
            if why is not None and by_column and is_report_under(entry.item.title, under, url):
                why = None
            found.append((entry, why))
    framed = [pair for pair in found if pair[0].place & Place.FRAME]
    inside = [pair for pair in found if not pair[0].place & Place.FRAME]
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


def _column(tree: Element, title_tag: str, main: list[Group]) -> str | None:
    """The column's name as a reader sees it: the meta tag, what two places say alike, the breadcrumb, the title."""
    named = next((value for value in metas(tree).get("columnname", ()) if value), None)
    if named:
        return named
    shown = list(_shown(tree, main))
    parts = [part for part in _TITLE_BREAK.split(title_tag) if _IDEOGRAPH.search(part) and not _SITE.search(part)]
    crumb = _breadcrumb(tree)
    for part in parts:
        if part == crumb or part in shown:
            return part
    labels = [words for words in shown if not _SITE.search(words)] if len(main) < 2 else []
    return next(iter([*filter(None, [crumb]), *parts, *labels, *filter(None, [title_tag])]), None)


def _shown(tree: Element, main: list[Group]) -> Iterator[str]:
    """Words that name the list: the label before it, then the page's headings."""
    yield from (group.label for group in main if group.label)
    for tag in ("h1", "h2", "h3", "h4"):
        for heading in tree.iter(tag):
            if words := squeeze("".join(heading.itertext())):
                yield words


def _breadcrumb(tree: Element) -> str | None:
    """The last step of 当前位置：首页 > … > column."""
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style", "title"):
            continue
        for text, around in ((element.text, element), (element.tail, element.getparent())):
            if not text or around is None or len(text) > 80 or not _HERE.search(text):
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
    links = [squeeze("".join(link.itertext())) for link in holder.iter("a")]
    rest = words[match.end() :]
    steps = (
        [step for step in _CRUMB_BREAK.split(rest) if step] if _CRUMB_BREAK.search(rest) else [w for w in links if w]
    )
    steps = [step for step in steps if step not in ("首页", "网站首页", "正文", "列表")]
    return steps[-1] if steps else None

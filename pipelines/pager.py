"""The way to the further pages of a list, and how much the pager says there is.

Witnesses, most certain first: a link called 下一页, a script's `createPageHTML` or `countPage`, a page number in the
query, numbered links and the options of a `<select>`. Where a link and arithmetic disagree, the link counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pipelines.dates import normal
from pipelines.dom import Element, inner_text, squeeze
from pipelines.links import address, directory, resolve, same_page
from pipelines.series import Series, scripted_series

_AHEAD = 200  # further pages named at most; a pager says 9,999 when it is broken
_LONG = 160  # characters of a pager's text at most
_AROUND = 4  # elements around a word of a pager that may hold its figures
_SPEAKS = frozenset("页条数篇頁條")
_NO_TEXT = frozenset({"script", "style", "noscript", "head"})
NEXT = re.compile(r"[\[(【<«\s]*(?:下一?页|后一?页|下一頁|下頁|next(?:page)?)[\])】>›»→\s]*|[>›]|>>|»", re.IGNORECASE)
LAST = re.compile(r"[\[(【\s]*(?:尾页|末页|最后一?页|最末页|尾頁|末頁|last)[\])】>›»\s]*", re.IGNORECASE)
NUMBER = re.compile(r"[\[(【第\s]*(\d{1,4})[\])】页\s]*")
_OFF = re.compile(r"(?:^|[\s_-])(?:disabled?|noclick|off|forbid)(?=$|[\s_-])", re.IGNORECASE)
_CURRENT = re.compile(r"(?:^|[\s_-])(?:current\w*|cur|active|on|now|this\w*|selected)(?=$|[\s_-])", re.IGNORECASE)
_PARAMETER = r"page(?:no|index|num|number|id|_no)?|curr?page|currentpage|cur_page|nowpage|intpage|paging|pn|p"
_IS_PARAMETER = re.compile(_PARAMETER, re.IGNORECASE)
# "list.asp?lm=5&page=" + n
_APPENDED = re.compile(rf"""['"]([^'"\s<>]*?[?&](?:{_PARAMETER})=)['"]\s*\+""", re.IGNORECASE)
# in words
_PAGES_SAID = (
    re.compile(r"(?:共|总)\s*(?:有|计|数)?\s*[:：]?\s*(\d{1,4})\s*页"),
    re.compile(r"(?:总页数|页数|页次)\s*[:：]?\s*(?:\d{1,4}\s*/\s*)?(\d{1,4})(?!\s*[条/])"),
    re.compile(r"(?:^|[页条第录])\s*\d{1,4}\s*/\s*(\d{1,4})(?=\s*页|\s*$|\s+[首上下转跳])"),
)
_CURRENT_SAID = (
    re.compile(r"(?:当前|目前)?(?:是|为)?\s*第\s*(\d{1,4})\s*(?:/\s*\d{1,4}\s*)?页"),
    re.compile(r"(?:页次|当前页)\s*[:：]?\s*(\d{1,4})"),
    re.compile(r"(?:^|[页条第录])\s*(\d{1,4})\s*/\s*\d{1,4}(?=\s*页|\s*$|\s+[首上下转跳])"),
)
_ITEMS_SAID = (
    re.compile(
        r"(?:^|[\s,;|(页])(?:总?共|总计|合计)\s*(?:有|计|检索到|找到|查询到)?\s*:?\s*(\d{1,7})\s*[条篇](?=\s*(?:记录|纪录|信息|数据|文章|内容|结果|$|[\s,;|)./第页每]|\d+/))"
    ),
    re.compile(r"(?:总记录数?|记录总?数|总条数|信息总数|总数)\s*[:：]?\s*(\d{1,7})"),
)
# in scripts and attributes: `recordCount: '20'`, var totalRecord = 45, <totalrecord>45</totalrecord>
_ASSIGNED = re.compile(r"""[:=>]\s*["']?(\d{1,7})\b""")
_NAME = re.compile(r"""([a-z_]+)["']?\s*$""", re.IGNORECASE)
_ITEMS_NAMES = ("recordcount", "totalrecord", "totalrecords", "totalcount", "countrecord", "totalnum", "allrow")
_PAGES_NAMES = ("countpage", "countpages", "totalpage", "totalpages", "pagecount", "pagetotal", "maxpage")
_PER_PAGE_NAMES = ("prepage", "perpage", "pagesize")


@dataclass(frozen=True, slots=True)
class Pager:
    """Further pages, most certain first; how many pages and entries there are, as the page says."""

    next: tuple[str, ...] = ()
    total_pages: int | None = None
    total_items: int | None = None


def read_pager(root: Element, html: str, url: str, base: str) -> Pager:
    """What the page says about the further pages of its list."""
    texts = _texts(root)
    links = [(link, words(link)) for link in root.xpath("//a | //*[@onclick]")]
    scripts = "\n".join(script.text or "" for script in root.iter("script"))
    named = _numbers(html)
    series = scripted_series(scripts, url)
    total_pages = (series.pages if series else None) or _said(_PAGES_SAID, texts) or _named(_PAGES_NAMES, named)
    total_items = (series.items if series else None) or _said(_ITEMS_SAID, texts) or _named(_ITEMS_NAMES, named)
    per_page = _named(_PER_PAGE_NAMES, named)
    if total_pages is None and total_items and per_page:
        total_pages = -(-total_items // per_page)
    numbered = _numbered(root, links, url, base)
    current = _current(series, texts, url, root, numbered)
    ways = _Ways(url, base, current, total_pages)
    called = ways.called_next(links)
    ahead = [to for number, to in sorted(numbered.items()) if number > current]
    computed = ways.series(series) if series else ways.query(scripts)
    if called and computed and not any(same_page(called[0], to) for to in computed):
        computed = []
    total_pages = total_pages or _by_links(links, numbered, base, url)
    found = [*called, *computed, *ahead]
    last = total_pages is not None and current >= total_pages and not called
    unique = dict.fromkeys(to for to in found if not same_page(to, url))
    return Pager(() if last else tuple(unique)[:_AHEAD], total_pages, total_items)


def words(link: Element) -> str:
    """What a reader sees on a link or button of the pager, be it on its picture."""
    said = _short_text(link) or link.get("value") or link.get("title")
    return squeeze(normal(said or " ".join(image.get("alt") or "" for image in link.iter("img"))))


def _texts(root: Element) -> list[str]:
    """Short texts that speak of pages or entries, their inline parts joined: 共 <b>20</b> 条 is one."""
    found: dict[Element, str | None] = {}  # None: too long
    for element in root.iter():
        if not isinstance(element.tag, str) or element.tag in _NO_TEXT:
            continue
        own = _speaks(element.text)
        here = element if own else element.getparent() if _speaks(element.tail) else None
        for _ in range(_AROUND):
            if here is None or here in found:
                break
            found[here] = _short_text(here)
            here = here.getparent() if found[here] is not None else None
    return [text for text in found.values() if text is not None]


def _speaks(text: str | None) -> bool:
    return text is not None and len(text) <= _LONG and not _SPEAKS.isdisjoint(text)


def _short_text(element: Element) -> str | None:
    """An element's text, None if it is longer than any pager's."""
    pieces: list[str] = []
    size = 0
    for text in element.itertext():
        pieces.append(text)
        size += len(text.strip())
        if size > _LONG or len(pieces) > _LONG:
            return None
    return squeeze(normal(" ".join(pieces)))


def _said(forms: tuple[re.Pattern[str], ...], texts: list[str]) -> int | None:
    for form in forms:
        for text in texts:
            if (found := form.search(text)) and int(found[1]):
                return int(found[1])
    return None


def _numbers(html: str) -> dict[str, int]:
    """The first number that scripts and attributes give each name: lower case, without underscores."""
    found: dict[str, int] = {}
    for value in _ASSIGNED.finditer(html):
        name = _NAME.search(html, max(0, value.start() - 24), value.start())
        if name and int(value[1]):
            found.setdefault(name[1].lower().replace("_", ""), int(value[1]))
    return found


def _named(names: tuple[str, ...], numbers: Mapping[str, int]) -> int | None:
    return next((numbers[name] for name in names if name in numbers), None)


# ---------------------------------------------------------------- this page's number


def _current(series: Series | None, texts: list[str], url: str, root: Element, numbered: Mapping[int, str]) -> int:
    """The number of this page, from 1."""
    if series:
        return series.current
    if said := _said(_CURRENT_SAID, texts):
        return said
    for name, value in parse_qsl(urlsplit(url).query):
        if _IS_PARAMETER.fullmatch(name) and value.isdecimal() and int(value):
            return int(value)
    for number, to in numbered.items():
        if same_page(to, url):
            return number
    if numbered:
        for element in root.iter("span", "strong", "b", "em", "font", "li", "a"):
            text = _short_text(element) or ""
            bare = element.tag in ("span", "strong", "b", "em", "font")
            marked = bare or _CURRENT.search(element.get("class") or "")
            if text.isdecimal() and marked and 0 < int(text) <= max(numbered) + 1 and int(text) not in numbered:
                return int(text)
    return 1


# ---------------------------------------------------------------- links


def _numbered(root: Element, links: list[tuple[Element, str]], url: str, base: str) -> dict[int, str]:
    """Pages by number: links that are nothing but a number, options of a select."""
    found: dict[int, str] = {}
    for link, words in links:
        match = NUMBER.fullmatch(words)
        if match and not 1900 < int(match[1]) < 2100 and (to := _same_list(address(link), url, base)):
            found.setdefault(int(match[1]), to)
    for option in root.iter("option"):
        match = NUMBER.fullmatch(squeeze(normal(inner_text(option))))
        value = option.get("value") or ""
        if match and re.search(r"[./?=]", value) and (to := _same_list(value, url, base)):
            found.setdefault(int(match[1]), to)
    return found if len(found) > 1 or any(number == 2 for number in found) else {}


def _by_links(links: list[tuple[Element, str]], numbered: Mapping[int, str], base: str, url: str) -> int | None:
    """The number of pages that the link to the last one or the numbered links give."""
    for link, words in links:
        if LAST.fullmatch(words) and (to := _same_list(address(link), url, base)):
            by_number = next((number for number, its in numbered.items() if same_page(its, to)), None)
            query = [int(v) for n, v in parse_qsl(urlsplit(to).query) if _IS_PARAMETER.fullmatch(n) and v.isdecimal()]
            return by_number or (query[0] if query else None)
    return max(numbered) if numbered else None


def _same_list(href: str | None, url: str, base: str) -> str | None:
    """The absolute address if it can be a page of the list at `url`: same host, a directory the two share."""
    to = resolve(base, href) if href else None
    if to is None:
        return None
    here, there = urlsplit(url), urlsplit(to)
    if there.netloc.lower() != here.netloc.lower():
        return None
    mine, its = directory(url), directory(to)
    stem = re.sub(r"\.\w+$", "/", here.path)
    near = its.startswith((mine, stem)) or mine.startswith(its)
    return to if near or mine.split("/")[1:2] == its.split("/")[1:2] else None


@dataclass(frozen=True, slots=True)
class _Ways:
    """The ways from this page to the further ones."""

    url: str
    base: str
    current: int
    pages: int | None

    def called_next(self, links: list[tuple[Element, str]]) -> list[str]:
        """Links called 下一页 and its kin; signs such as > only where no word says it."""
        found: list[tuple[bool, str]] = []
        for link, words in links:
            if not NEXT.fullmatch(words) or _OFF.search(link.get("class") or ""):
                continue
            to = _same_list(address(link), self.url, self.base)
            if to and not same_page(to, self.url):
                found.append((len(words) < 3 and "页" not in words, to))
        return [to for _, to in sorted(found, key=lambda pair: pair[0])]

    def series(self, series: Series) -> list[str]:
        """The addresses that the script's arithmetic gives."""
        last = min(series.pages or 0, series.current + _AHEAD)
        hrefs = (series.address(page) for page in range(series.current + 1, last + 1))
        return [to for href in hrefs if (to := resolve(self.base, href))]

    def query(self, scripts: str) -> list[str]:
        """The addresses with the next numbers in the query, where the number of pages is known."""
        if not self.pages or self.pages <= self.current:
            return []
        parts = urlsplit(self.url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        name = next((n for n, v in pairs if _IS_PARAMETER.fullmatch(n) and v.isdecimal()), None)
        if name is not None:
            before = urlunsplit(parts._replace(query=urlencode([*((n, v) for n, v in pairs if n != name), (name, "")])))
        elif (appended := _APPENDED.search(scripts)) and not appended[1].startswith("&"):
            before = appended[1]
        else:
            return []
        last = min(self.pages, self.current + _AHEAD)
        hrefs = (f"{before}{page}" for page in range(self.current + 1, last + 1))
        return [to for href in hrefs if (to := _same_list(href, self.url, self.base))]

"""Where a portal keeps its annual reports: what the links of one page say of it, each with the reasons.

A home page names the column in its menus at best; mostly it names the way there: 政府信息公开, 政务公开, a site map.
Words of links weigh most, those of addresses less, an address alone least. The tables are in `data/column.toml`. Called
in worker processes: no network here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Literal
from urllib.parse import unquote, urlsplit

from crawler.families.family import Page
from crawler.searchform import search_form
from pipelines.dates import normal
from pipelines.dom import Element, inner_text, metas, squeeze
from pipelines.links import address, resolve, same_page
from pipelines.linktext import full_words, is_title
from pipelines.listing import Listing
from pipelines.report_words import COLUMN, OTHER, UNRELATED, is_report_column, is_report_title

Kind = Literal["column", "way", "search"]  # the reports themselves, a page on the way to them, the portal's search


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address at which the column may be, or from which it may be found."""

    url: str
    words: str
    kind: Kind
    score: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Glance:
    """What one page says of the column: why it is the column itself, and where else that may be, best first."""

    itself: tuple[str, ...]
    candidates: tuple[Candidate, ...]


_MOST = 40  # candidates kept of a page; a site map has hundreds of links
_LONGEST = 30  # characters of a link that names a column
_UP = 3  # levels up to the words beside a link that has none
_PLAINLY = 40  # score from which a name in a script is worth a look
_SCRIPT = 300_000  # characters of a script that are looked through; libraries have more, menus do not
_TAIL = 150  # characters of a script between a name and its address

# Scores. What says 公开 and 年报 beats the bare words, and any column every way.
_NAMED, _ISSUER, _BARE, _YEARLY, _FOLDER, _BY_PATH = 100, 92, 72, 64, 62, 60
_MORE = re.compile(r"[\W_]*(?:查看|浏览)?(?:更多|more|详情|详细|进入|点击)?[\W_]*", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_BRACKETS = re.compile(r"^[\[【(<>《»›·•●■\-\s]+|[\]】)>》»›:\s]+$")
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|ofd|zip|rar|jpe?g|png|gif|mp4|apk|exe|js|css)$", re.IGNORECASE)
# what a year's column is called by: a folder, a list, a query
_FOLDER_LIKE = re.compile(r"/$|/(?:index|default|list|common_list)[^/]*$|/[^/.]+$|[?&]\w+=", re.IGNORECASE)
# where an article lies below its column: /202401/t20240115_1.html, /2024/1/15/art_12_3.html, /2024-01/15/c_1.html
_DATED = re.compile(r"/(?:(?:19|20)\d{2}(?:[-/]?\d{1,2}){0,2}/)?[^/]*$")
_HANWEB = re.compile(r"/art/.*?art_(\d+)_\w+\.html$|(/col/col\d+)/art/")
_NAMED_IN_SCRIPT = re.compile(r"""(["'])([^"'<>{}\n]{2,30})\1""")
_ADDRESS_IN_SCRIPT = re.compile(
    r"""["']((?:https?:)?//[^"'\s<>\\]+|\.{0,2}/[^"'\s<>\\]+|[^"'\s<>\\]+\.(?:s?html?|jhtml|jspx?|aspx?|php)(?:\?[^"'\s<>\\]*)?)["']""",
    re.IGNORECASE,
)
_WRITTEN = re.compile(r"""<a\b[^<>]*?\bhref\s*=\s*\\?["']?([^"'\s<>\\]+)[^<>]*>(.{1,60}?)<\\?/a>""", re.IGNORECASE)
_TAGS = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class _Table:
    others: re.Pattern[str]
    past: re.Pattern[str]
    column_path: re.Pattern[str]
    way_path: re.Pattern[str]
    article: re.Pattern[str]
    no_way: re.Pattern[str]
    ways: tuple[tuple[int, re.Pattern[str]], ...]


@cache
def _table() -> _Table:
    data = tomllib.loads(files("crawler").joinpath("data", "column.toml").read_text("utf-8"))
    ways = tuple((way["score"], re.compile(way["words"], re.IGNORECASE)) for way in data.pop("ways"))
    return _Table(**{name: re.compile(pattern, re.IGNORECASE) for name, pattern in data.items()}, ways=ways)


_CLICKED = ("td", "li", "div", "span", "p", "input", "button", "img", "dd", "dt")
_DATA = ("data-url", "data-href", "data-link", "data-src", "url", "link")


def glance(page: Page, listing: Listing) -> Glance:
    """What a page says of the column."""
    itself = tuple(_itself(page, listing))
    near = bool(_table().way_path.search(_path(page.url))) or "公开" in (listing.title or "")
    best: dict[str, Candidate] = {}
    for candidate in (*_linked(page, near=near), *_framed(page, near=near), *_folders(page, listing)):
        known = best.get(candidate.url)
        if (known is None or candidate.score > known.score) and not same_page(candidate.url, page.url):
            best[candidate.url] = candidate
    ranked = sorted(best.values(), key=lambda candidate: -candidate.score)[:_MOST]
    if form := search_form(page.tree, page.base, page.charset):
        ranked.append(Candidate(form, "", "search", 1, ("the portal's own search",)))
    return Glance(itself, tuple(ranked))


def _itself(page: Page, listing: Listing) -> Iterator[str]:
    """Why a page is a column of annual reports itself."""
    if _table().article.search(page.url):
        return
    found = metas(page.tree)
    if any(value and is_report_title(value) is None for value in found.get("articletitle", ())):
        return
    for name in ("columnname", "columntype"):
        for value in found.get(name, ()):
            if is_report_column(value):
                yield f"meta {name}: {value}"
    if is_report_column(listing.title) and is_report_title(listing.title or "") in {None, COLUMN, UNRELATED}:
        yield f"title: {listing.title}"
    if why := _by_path(page.url):
        yield why


# ---------------------------------------------------------------- links


def _linked(page: Page, *, near: bool) -> Iterator[Candidate]:
    """Candidates among the links, image maps, what can be clicked, and what scripts name."""
    for element in page.tree.iter("a", "area"):
        yield from _judged(page, address(element) or _kept(element), _words(element), _picture(element), near=near)
    for element in page.tree.iter(*_CLICKED):
        href = address(element) if element.get("onclick") else _kept(element)
        if href:
            yield from _judged(page, href, _words(element), _picture(element), near=near)
    for element in page.tree.iter("script"):
        for href, words in _scripted(element.text or ""):
            yield from _judged(page, href, words, "", near=near)


def _kept(element: Element) -> str | None:
    """The address that an element keeps for a script, as tabs and menus do."""
    return next((href for name in _DATA if "/" in (href := element.get(name) or "")), None)


def _words(link: Element) -> str:
    """What a reader takes the link for: its words, its picture's, or those beside one that says 更多."""
    said = link.get("title") or link.get("alt") or link.get("value") or ""
    text = squeeze(inner_text(link))
    if len(text) > 2 * _LONGEST:
        return ""  # a box of its own
    words = full_words(text, squeeze(said))
    if not words:
        pictures = (image.get("alt") or image.get("title") or "" for image in link.iter("img"))
        words = squeeze(next(filter(None, pictures), ""))
    if is_title(words):
        return words
    if words and not _MORE.fullmatch(words):
        return ""  # 首页, 下一页
    around = link.getparent()
    for _ in range(_UP):
        if around is None or len(list(islice(around.iter("a"), 2))) > 1:
            break
        beside = squeeze(inner_text(around))
        if len(beside) > _LONGEST:
            break
        beside = squeeze(beside.replace(text, "", 1)) if text else beside
        if is_title(beside):
            return beside
        around = around.getparent()
    return ""


def _picture(link: Element) -> str:
    """The file name of a link's picture: without other words it may say what is behind."""
    return next((src for image in link.iter("img") if (src := image.get("src"))), "")


def _stem(picture: str) -> str:
    return picture.rpartition("/")[2].partition(".")[0]


def _scripted(script: str) -> Iterator[tuple[str, str]]:
    """Names with addresses in a script: rows that it writes, menus kept as data."""
    script = script[:_SCRIPT]
    if "公开" not in script and "年报" not in script and "年度报告" not in script:
        return
    for href, words in _WRITTEN.findall(script):
        yield href, squeeze(_TAGS.sub("", words))
    for name in _NAMED_IN_SCRIPT.finditer(script):
        words = squeeze(name[2])
        if not _is_column_name(words) and _way(words)[0] < _PLAINLY:
            continue
        after = _ADDRESS_IN_SCRIPT.search(script, name.end(), name.end() + _TAIL)
        before = list(_ADDRESS_IN_SCRIPT.finditer(script, max(0, name.start() - _TAIL), name.start()))
        if found := after or (before[-1] if before else None):
            yield found[1], words


def _judged(page: Page, href: str | None, words: str, picture: str, *, near: bool) -> Iterator[Candidate]:
    """The candidate that a link is, if it is one."""
    to = resolve(page.base, href) if href else None
    if to is None or not to.startswith("http") or _FILE.search(urlsplit(to).path):
        return
    words = _BRACKETS.sub("", normal(words))
    plain = re.sub(r"\s+", "", words)
    if len(plain) > _LONGEST:
        return
    path = _by_path(to)
    if not plain:
        by_picture = _by_path("/" + _stem(picture))
        if path or by_picture:
            yield Candidate(to, "", "column", _BY_PATH, (path or f"picture {_stem(picture)}",))
        elif (hint := _table().way_path.search(_path(to))) and not _table().article.search(to):
            yield Candidate(to, "", "way", 22, (f"address {hint[0]}",))
        elif near and picture and not _table().article.search(to):
            yield Candidate(to, "", "way", 6, ("a picture without words on a page of disclosure",))
        return
    score, reasons = _column(plain, to, path, near=near)
    if score:
        yield Candidate(to, words, "column", score, reasons)
        return
    score, why = _way(plain)
    if score >= _PLAINLY and _table().article.search(to):
        yield Candidate(to, words, "way", score - 12, (why, "the address is an article's"))
    elif score and not _table().article.search(to):
        hint = _table().way_path.search(_path(to))
        more = (f"address {hint[0]}",) if hint else ()
        yield Candidate(to, words, "way", score + (3 if hint else 0), (why, *more))


def _column(words: str, url: str, path: str | None, *, near: bool) -> tuple[int, tuple[str, ...]]:
    """How much words and address name a column of annual reports; 0: they do not."""
    why = is_report_title(words)
    is_article = _table().article.search(url) is not None
    if why is None and (is_article or (_YEAR.search(words) and not _FOLDER_LIKE.search(url))):
        return 0, ()  # a report: its folder is looked at elsewhere
    if why not in {None, COLUMN, UNRELATED, OTHER}:
        return 0, ()  # another report, or rules about reports, whatever the address says
    if why is None:
        score, reason = (_YEARLY, "of one year") if _YEAR.search(words) else (_ISSUER, "names issuer and report")
    elif why == COLUMN:
        score, reason = (_NAMED, "names the column") if "公开" in words else (_BARE, "names yearly reports")
    elif is_report_column(words):
        score, reason = _BARE, "names yearly reports"
    elif path and why == UNRELATED and _way(words)[0] == 0:
        score, reason = (_BY_PATH - 20, "says nothing") if not is_article else (0, "")
    else:
        score, reason = 0, ""
    if not score:
        return 0, ()
    reasons = [f"link {words}: {reason}"]
    if path:
        score += 8
        reasons.append(path)
    if near:
        score += 4
        reasons.append("on a page of disclosure")
    if _table().others.search(words):
        score -= 16
        reasons.append("of others than the government")
    if _table().past.search(words):
        score -= 10
        reasons.append("of earlier years")
    if is_article:
        score -= 6 if why == COLUMN else 30
        reasons.append("the address is an article's")
    return max(score, 1), tuple(reasons)


def _is_column_name(words: str) -> bool:
    return len(words) <= _LONGEST and is_report_title(words) == COLUMN


def _way(words: str) -> tuple[int, str]:
    """How much words name a page on the way to the column."""
    if _table().no_way.search(words):
        return 0, ""
    for score, pattern in _table().ways:
        if pattern.fullmatch(words):
            return score, f"link {words}"
    return 0, ""


def _by_path(url: str) -> str | None:
    """The word of an address that names a column of annual reports."""
    path = _path(url)
    if found := _table().column_path.search(path):
        return f"address {found[0].strip('/_.')}"
    if is_report_column(None, url) and not _FILE.search(path):
        return f"address {path.strip('/').rpartition('/')[2] or path}"
    return None


def _path(url: str) -> str:
    try:
        return unquote(urlsplit(url).path).lower()
    except ValueError:  # no address at all
        return ""


# ---------------------------------------------------------------- frames and folders


def _framed(page: Page, *, near: bool) -> Iterator[Candidate]:
    """What frames show that may name the column: the menu of a frameset, a part of a page of disclosure."""
    is_set = next(page.tree.iter("frameset"), None) is not None
    for frame in page.tree.iter("frame", "iframe"):
        to = resolve(page.base, frame.get("src") or "")
        if not to or not to.startswith("http") or not frame.get("src") or _FILE.search(urlsplit(to).path):
            continue
        name = " ".join(frame.get(key) or "" for key in ("name", "id", "src"))
        if path := _by_path(to):
            yield Candidate(to, "", "column", _BY_PATH, (f"frame, {path}",))
        elif is_set or near or _table().way_path.search(_path(to)):
            yield Candidate(to, "", "way", 46 if is_set else 26, (f"frame {name}",))


def _folders(page: Page, listing: Listing) -> Iterator[Candidate]:
    """The columns in which the reports lie that a page links to, as far as addresses tell."""
    for item in listing.reports:
        to = resolve(page.base, item.href) or ""
        if not to.startswith("http"):
            continue
        reason = f"folder of {item.title}"
        if hanweb := _HANWEB.search(to):
            root = to[: hanweb.start()]
            path = f"{hanweb[2]}/index.html" if hanweb[2] else f"/col/col{hanweb[1]}/index.html"
            yield Candidate(root + path, "", "column", _FOLDER - 12, (reason,))
            continue
        folder = _DATED.sub("/", to.partition("?")[0])
        if named := _by_path(folder):
            yield Candidate(folder, "", "column", _FOLDER, (reason, named))

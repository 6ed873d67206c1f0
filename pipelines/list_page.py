"""Which pages are lists, or a site's home page, whatever text stands on them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from urllib.parse import urlsplit

from pipelines import messages
from pipelines.extract import Content
from pipelines.fingerprint import normalise
from pipelines.listing import Lists, is_report_title
from pipelines.records import Identity, Verdict

LEAST = 100  # characters of text that no report stays under
ROOTS = re.compile(r"/?(?:(?:index|default|main)\.(?:s?html?|php|aspx?|jsp|jhtml))?")  # paths of a host's own page
_ITEMS = 4  # entries from which a page without text of its own is a list
_PROSE = 120  # characters of sentences that a page of a list does not have
_HOME = 20  # entries of a home page
_DATED_LIST = 3  # dated entries from which a page can be a list whatever else it holds
_MIXED = 1600  # characters of a text over which entries beside it are not what the page is for
_ROW = 120  # characters of text for a link where a page is nothing but a list: twice those of a long title
_SAMPLE = 300  # entries that are looked for in the text
_SUMMARY = 80  # characters of a title above a summary at most
_NUMBERED = re.compile(r"^[（(第\d一二三四五六七八九十]")  # a heading of an outline, which no entry is
_LINK = re.compile(r"<a\b|\bonclick\b", re.IGNORECASE)
_NO_DIGIT = re.compile(r"\D")
_SITE = re.compile(r"[^-_|｜—–>»\s]{0,20}(?:首页|人民政府|门户网站?|政务网|政府网站?|欢迎您)")


def judged(
    html: str, url: str, title_tag: str, content: Content, identity: Identity, listing: Callable[[], Lists]
) -> tuple[Verdict, tuple[str, ...]] | None:
    """Verdict and reasons of a page that consists of the entries of a list, or has entries and no text of its own."""
    text = normalise(content.text)
    size = len(text)
    prose = sum(len(line) for line in content.lines if "。" in line)
    told = prose >= _PROSE and prose * 2 > size
    if told and (content.tables or not _summaries(content.lines)):
        return None
    if size > _MIXED and size > _ROW * len(_LINK.findall(html)):
        return None
    found = listing()
    titles = list(dict.fromkeys(normalise(item.title) for item in found.items))
    title = identity.title or ""
    is_summed = _is_summed(content, titles, found) or (not prose and _is_row(title_tag, content, titles, found))
    is_bare = not (prose or content.attachments or content.pictures)
    is_rows = is_bare and len(titles) >= _ITEMS and _is_made_of_rows(normalise(title), text, found)
    sample = titles[:_SAMPLE]
    listed = sum(len(entry) for entry in sample if entry in text) * len(titles) / max(1, len(sample))
    is_all = is_summed or is_rows or (not told and listed * 2 > size > 0)
    # the first row of a list without a heading, with its date
    is_entry = is_rows or (is_all and len(titles) > 1 and normalise(title).startswith(tuple(filter(None, titles))))
    if is_report_title(title) is None and not is_entry and not _is_list_of_the_year(title, found):
        dated = messages.YEAR.search(title) is not None
        if content.attachments or (dated and (content.pictures or identity.published_on)):
            return None
        if dated and not is_all and (content.tables or prose >= LEAST):
            return None
    if prose and not is_all and identity.published_on and all(i.date != identity.published_on for i in found.items):
        return None  # a short article beside a list
    several = len(titles) >= _ITEMS or bool(found.reports) or (not content.text and _dated(found) >= _DATED_LIST)
    if not is_all and (prose >= _PROSE or not several or size > _MIXED):
        return None
    counts = (f"entries: {len(titles)}", f"reports: {len(found.reports)}")
    if len(titles) > _HOME and (why := _home(url, title_tag)):
        return "home", (why, *counts)
    return "listing", counts


def _dated(found: Lists) -> int:
    return sum(item.date is not None for item in found.items)


def _summaries(lines: Sequence[str]) -> list[str]:
    """Lines that may be titles with a summary under each; none where a text begins before the first."""
    above = [
        line
        for line, below in pairwise(lines)
        if len(line) < _SUMMARY and "。" not in line and not _NUMBERED.match(line) and len(below) > len(line)
    ]
    if len(above) < max(_DATED_LIST, len(lines) // 3):  # each with its summary, and a line of date and source
        return []
    before = lines[: lines.index(above[0])]
    return above if sum(len(line) for line in before if "。" in line) < _PROSE else []


def _is_summed(content: Content, titles: Sequence[str], found: Lists) -> bool:
    """Whether the page is a list with a summary under each of its dated entries: results of a search."""
    if _dated(found) < _DATED_LIST or content.tables:
        return False
    above = {normalise(line) for line in _summaries(content.lines)}
    return len(above.intersection(titles)) >= max(_DATED_LIST, len(titles) // 2)


def _is_row(title_tag: str, content: Content, titles: Sequence[str], found: Lists) -> bool:
    """Whether what was taken for the text is a row of a list of dated entries, after which the page is not named."""
    first = normalise(content.lines[0]) if content.lines else ""
    return first in titles and first not in normalise(title_tag) and _dated(found) >= _DATED_LIST


def _is_made_of_rows(title: str, text: str, found: Lists) -> bool:
    """Whether rows of the list were taken for a title: an entry stands in it together with its date. So do the dates of
    most others in the text, unless all of it is above.
    """
    in_title, in_text = _NO_DIGIT.sub("", title), _NO_DIGIT.sub("", text)
    dated = [(normalise(item.title), item.date.replace("-", "")) for item in found.items if item.date]
    if text and sum(date in in_text for _, date in dated) * 2 < len(dated):
        return False
    return any(date in in_title and entry in title for entry, date in dated)


def _is_list_of_the_year(title: str, found: Lists) -> bool:
    """Whether a page under a report's title is the list of that year's reports: dated entries that name it, too."""
    year = messages.YEAR.search(title)
    same = [item for item in found.items if year and item.date and year[0] in item.title]
    return len(same) >= _DATED_LIST


def _home(url: str, title_tag: str) -> str | None:
    """Why a page of many entries is a site's home page."""
    parts = urlsplit(url)
    if parts.netloc and not parts.query and ROOTS.fullmatch(parts.path):
        return "root"
    return "site_title" if _SITE.fullmatch(title_tag) else None

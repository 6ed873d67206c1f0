"""What kind of page it is, with reasons: a report, or why not."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from urllib.parse import urlsplit

from pipelines.extract import Content
from pipelines.fingerprint import normalise
from pipelines.listing import Listing, is_report_title
from pipelines.records import Identity, Verdict

_SHORT = 400  # visible characters under which a page can be nothing but a message
_LONG = 1500  # characters over which a page is more than a message, whatever its heading says
_HEAD = 40  # characters of a heading that is a message
_THIN = 150  # characters of text that no whole report stays under; the shortest real one seen has about 600
_ITEMS = 4  # entries from which a page without text of its own is a list
_STATUTORY = re.compile(
    r"主动公开(?:政府)?信息(?:的)?情况|依?申请公开|收到和处理政府信息公开申请|行政复议|行政诉讼|存在的?(?:主要)?(?:问题|不足)|其他需要报告的事项|收费(?:及|和)减免"
)
_PERIOD = re.compile(r"政府信息公开条例|统计期限|1月1日.{0,12}12月31日|年度报告")
_PROSE = 120  # characters of sentences that a page of a list does not have
_HOME = 20  # entries of a home page
_ROOTS = frozenset({"", "/index.html", "/index.htm", "/index.shtml", "/index.php", "/index.asp"})
_CELL = re.compile(r"[\n\t]")
_SUBJECTS = 3  # of the statutory subjects that a text without a report's title must treat to be one all the same


_MESSAGES: tuple[Verdict, ...] = ("soft_404", "error_page")


class Assessment(NamedTuple):
    verdict: Verdict
    reasons: tuple[str, ...]


@cache
def _marks() -> dict[str, re.Pattern[str]]:
    data = tomllib.loads(files("pipelines.data").joinpath("pages.toml").read_text("utf-8"))
    return {name: re.compile("|".join(f"(?:{p})" for p in patterns), re.IGNORECASE) for name, patterns in data.items()}


def assess(
    html: str,
    status: int,
    url: str,
    title_tag: str,
    content: Content,
    identity: Identity,
    listing: Callable[[], Listing],
) -> Assessment:
    """The verdict on a page that could be read, and what it rests on.

    `listing` reads the page as a list; that takes as long as all else, so it is asked only where the page can be one.
    """
    return (
        _message(html, status, title_tag, content)
        or _list(url, content, identity, listing)
        or _report(content, identity)
        or Assessment("not_a_report", _why_not(content, identity))
    )


def _message(html: str, status: int, title_tag: str, content: Content) -> Assessment | None:
    """A page that only says something about itself: challenge, nothing here, error."""
    marks = _marks()
    visible = [title_tag, *(h.text for h in content.headings), *content.above, *content.lines, *content.below]
    size = sum(map(len, visible))
    if size < _SHORT and (found := marks["challenge"].search(html)):
        return Assessment("challenge", (f"guard script: {found[0]}",))
    if status >= 400:
        return Assessment("error_page", (f"status {status}",))
    heads = [title_tag, *(h.text for h in content.headings)]
    length = sum(map(len, content.lines))
    looked_at = [head for head in heads if len(head) < _HEAD] if length < _LONG else []
    if length < _SHORT and not content.tables:
        looked_at = visible if size < _SHORT else [*heads, *content.lines]
    for verdict in _MESSAGES:
        if found := marks[verdict].search("\n".join(looked_at)):
            return Assessment(verdict, (f"words: {found[0]}",))
    return None


def _report(content: Content, identity: Identity) -> Assessment | None:
    title = identity.title or ""
    why_not = is_report_title(title) if title else "no title"
    subjects = {found[:4] for found in _STATUTORY.findall(content.text)}
    if why_not is not None:
        untitled = why_not == "no report words" or not title
        if not (untitled and identity.year and len(subjects) >= _SUBJECTS and _PERIOD.search(content.text)):
            return None
        reasons = ("statutory subjects: " + ", ".join(sorted(subjects)),)
    else:
        reasons = ("title", *(("statutory subjects: " + ", ".join(sorted(subjects)),) if subjects else ()))
    if len(content.text) >= _THIN or (subjects and (content.tables or len(content.text) >= _THIN / 2)):
        return Assessment("report", reasons)
    if content.attachments:
        return Assessment("attachment_only", (*reasons, f"{len(content.attachments)} attachments"))
    return Assessment("thin", (*reasons, f"{len(content.text)} characters, {content.pictures} pictures"))


def _list(url: str, content: Content, identity: Identity, listing: Callable[[], Listing]) -> Assessment | None:
    """A page whose content is the entries of a list, or that has entries and no text of its own."""
    size = len(normalise(content.text))
    prose = sum(len(line) for line in content.lines if "。" in line)
    if prose >= _PROSE and prose * 2 > size:
        return None
    found = listing()
    entries = {normalise(item.title) for item in found.items}
    listed = sum(map(len, entries & {normalise(part) for part in _CELL.split(content.text)}))
    is_all = bool(entries) and listed * 2 > size > 0
    if not is_all and (prose >= _PROSE or not (len(entries) >= _ITEMS or found.reports) or size > 4 * _SHORT):
        return None
    if content.attachments and is_report_title(identity.title or "") is None:
        return None
    if urlsplit(url).path.rstrip("/") in _ROOTS and len(entries) > _HOME:
        return Assessment("home", ("root of the host", f"{len(entries)} entries"))
    return Assessment("listing", (f"{len(entries)} entries", f"{len(found.reports)} reports"))


def _why_not(content: Content, identity: Identity) -> tuple[str, ...]:
    if not content.text:
        return ("no text",)
    return (f"title: {is_report_title(identity.title)}" if identity.title else "no title",)

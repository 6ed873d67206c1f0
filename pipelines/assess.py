"""What kind of page it is, with reasons: a report, or why not."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from urllib.parse import urlsplit

from pipelines.extract import Content
from pipelines.listing import Listing, is_report_title
from pipelines.records import Identity, Verdict

_SHORT = 400  # visible characters under which a page can be nothing but a message
_THIN = 150  # characters of text that no whole report stays under; the shortest real one seen has about 600
_ITEMS = 4  # entries from which a page without text of its own is a list
_STATUTORY = re.compile(
    r"主动公开(?:政府)?信息(?:的)?情况|依?申请公开|收到和处理政府信息公开申请|行政复议|行政诉讼|存在的?(?:主要)?(?:问题|不足)|其他需要报告的事项|收费(?:及|和)减免"
)
_PERIOD = re.compile(r"政府信息公开条例|统计期限|1月1日.{0,12}12月31日|年度报告")
_WORKING_SHARE = 3  # of the statutory subjects that a text without a report's title must treat to be one all the same


class Assessment(NamedTuple):
    verdict: Verdict
    reasons: tuple[str, ...]


@cache
def _marks() -> dict[str, re.Pattern[str]]:
    data = tomllib.loads(files("pipelines.data").joinpath("pages.toml").read_text("utf-8"))
    return {name: re.compile("|".join(f"(?:{p})" for p in patterns), re.IGNORECASE) for name, patterns in data.items()}


def assess(
    html: str, status: int, url: str, title_tag: str, content: Content, identity: Identity, listing: Listing
) -> Assessment:
    """The verdict on a page that could be read, and what it rests on."""
    return (
        _message(html, status, title_tag, content)
        or _report(content, identity)
        or _list(url, content, listing)
        or Assessment("not_a_report", _why_not(content, identity))
    )


def _message(html: str, status: int, title_tag: str, content: Content) -> Assessment | None:
    """A page that only says something about itself: challenge, nothing here, error."""
    marks = _marks()
    visible = [title_tag, *(h.text for h in content.headings), *content.above, *content.lines, *content.below]
    size = sum(map(len, visible))
    if size < _SHORT and (found := marks["challenge"].search(html)):
        return Assessment("challenge", (f"guard script: {found[0]}",))
    own = " ".join([title_tag, *(h.text for h in content.headings if h.rank), *content.lines])
    if sum(map(len, content.lines)) < _SHORT and not content.tables:
        for verdict in ("soft_404", "error_page"):
            if found := marks[verdict].search(own if size >= _SHORT else " ".join(visible)):
                return Assessment("soft_404" if verdict == "soft_404" else "error_page", (f"words: {found[0]}",))
    if status >= 400:
        return Assessment("error_page", (f"status {status}",))
    return None


def _report(content: Content, identity: Identity) -> Assessment | None:
    title = identity.title or ""
    why_not = is_report_title(title) if title else "no title"
    subjects = {found[:4] for found in _STATUTORY.findall(content.text)}
    if why_not is not None:
        untitled = why_not == "no report words" or not title
        if not (untitled and identity.year and len(subjects) >= _WORKING_SHARE and _PERIOD.search(content.text)):
            return None
        reasons = ("statutory subjects: " + ", ".join(sorted(subjects)),)
    else:
        reasons = ("title", *(("statutory subjects: " + ", ".join(sorted(subjects)),) if subjects else ()))
    if len(content.text) >= _THIN or (content.tables and subjects):
        return Assessment("report", reasons)
    if content.attachments:
        return Assessment("attachment_only", (*reasons, f"{len(content.attachments)} attachments"))
    return Assessment("thin", (*reasons, f"{len(content.text)} characters, {content.pictures} pictures"))


def _list(url: str, content: Content, listing: Listing) -> Assessment | None:
    prose = sum(len(line) for line in content.lines if "。" in line)
    if len(listing.items) < _ITEMS and not (listing.reports and prose < _SHORT):
        return None
    if prose > _SHORT:
        return None
    path = urlsplit(url).path.rstrip("/")
    if path in ("", "/index.html", "/index.htm", "/index.shtml", "/index.php", "/index.asp") and len(listing.items) > 20:
        return Assessment("home", ("root of the host", f"{len(listing.items)} entries"))
    return Assessment("listing", (f"{len(listing.items)} entries", f"{len(listing.reports)} reports"))


def _why_not(content: Content, identity: Identity) -> tuple[str, ...]:
    if not content.text:
        return ("no text",)
    return (f"title: {is_report_title(identity.title)}" if identity.title else "no title",)

"""What kind of page it is, with reasons: a report, or why not.

A reason is a code of `REASONS`, mostly with words behind it: `near_miss: website report (溪口县政府网站工作年度报表)`.
Some kinds of page have no verdict of their own. A page that asks who one is (`login`, `captive`) is an `error_page`:
somebody else speaks in the portal's place. A page that only sends on (`redirect_shell`) is a `soft_404`, one that only
frames or scripts fill (`frame_set`, `empty_shell`) `not_a_report`; but all three are `thin` where their title is a
report's: the report is there, only not in these bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from pipelines import list_page, messages
from pipelines.extract import Content
from pipelines.fingerprint import normalise
from pipelines.list_page import LEAST, ROOTS
from pipelines.listing import UNRELATED, Lists, is_report_title
from pipelines.records import Identity, Verdict
from pipelines.report_words import BARE_YEAR, COLUMN

# Every code that a reason can begin with.
REASONS: Mapping[str, str] = {
    "title": "the title is a report's",
    "statutory_subjects": "subjects of the law that the text treats",
    "attachments": "the report is in files that the page links to or shows",
    "pictures": "the report is in pictures",
    "few_words": "the title is a report's, and next to nothing stands under it",
    "title_by_link": "only the link that led here has a report's title, and the page shows no report",
    "near_miss": "a neighbour of the report, and which one",
    "column": "the title is that of a column of reports, with no list and no report under it",
    "unrelated": "the title is no report's, and the text is none",
    "untitled": "no title, and the text is no report's",
    "no_text": "the page shows no text at all",
    "entries": "how many entries the list has",
    "reports": "how many of the entries are reports",
    "empty_list": "a list that says that it is empty",
    "root": "the address is the host's own page",
    "site_title": "the page's title is the site's",
    "guard": "a guard's script stands in the place of the page, and whose",
    "captcha": "a guard asks for proof that a person reads",
    "status": "the status of the answer",
    "blocked": "a guard or the server refuses",
    "server_error": "the server failed",
    "maintenance": "the site is closed, or not built yet",
    "login": "the page asks who one is",
    "captive": "the network asks who one is",
    "not_found": "the page says that there is nothing here",
    "redirect_shell": "nothing but a way to another address, and which",
    "frame_set": "nothing but frames, and what is in the first",
    "empty_shell": "nothing but what a script fills",
}

_THIN = 150  # of one that treats none of the statutory subjects
_PREFACE = 600  # of the words before files or pictures that hold the report; the shortest real report has about 600
_STATUTORY = re.compile(
    r"主动公开(?:政府)?信息(?:的)?情况|依?申请公开|收到和处理政府信息公开申请|行政复议|行政诉讼|存在的?(?:主要)?(?:问题|不足)|其他需要报告的事项|收费(?:及|和)减免"
)
_PERIOD = re.compile(r"政府信息公开条例|统计期限|1月1日.{0,12}12月31日|年度报告")
_WHOLE_YEAR = re.compile(r"1月1日[^。]{0,16}12月31日")
# what a report says and a preface does not: how many, or that there were none
_SAYS = re.compile(
    r"\d\s*(?:余|多)?(?:万)?(?:余)?(?:条|件|次|起|宗|份|期|篇|人次|万元)|未(?:收到|发生|产生|受理|收取|接到)|没有(?:收到|发生|接到|收取)|为零|无.{0,16}(?:复议|诉讼|申请|收费)"
)
_YEAR = re.compile(r"(?:19|20)\d\d|[二2２][〇零○oO0０][〇零○oO一二三0-9０-９]")
_SUBJECTS = 3  # of the statutory subjects that a text without a report's title must treat to be one all the same
_ADDRESSEE = re.compile(r"^(?:各|市|县|区|省|镇|尊敬的)[^。；]{1,60}[:：]$")
_ORDERS = re.compile(
    r"通知如下|(?:特此|此)(?:通知|函|复)|请(?:各|你|贵)|各(?:单位|部门|镇|乡)[^。]{0,12}(?:要|应|须|于)|公告如下"
)
_FRAMED = re.compile(r"<(?:iframe|embed|object)\b[^<>]{1,2000}", re.IGNORECASE)
_VIEWED = re.compile(
    r"""(?:src|data)\s*=\s*["']?([^"'<>]{0,300}?\.(?:pdf|docx?|ofd)\b[^"'<>\s]{0,300})""", re.IGNORECASE
)
_FILES = 50  # that a line of text can be the name of
_FILE_LINE = re.compile(
    r"^附?\s*件?\s*\d*\s*[:：.、]?.{0,80}(?:\.(?:pdf|docx?|xlsx?|wps|et|ofd|rtf|zip|rar))?$", re.IGNORECASE
)

_UNTITLED = (UNRELATED, BARE_YEAR, COLUMN, "summary")  # titles under which a text may be a report by its own words


class Assessment(NamedTuple):
    verdict: Verdict
    reasons: tuple[str, ...]


def assess(
    html: str,
    status: int,
    url: str,
    title_tag: str,
    content: Content,
    identity: Identity,
    listing: Callable[[], Lists],
) -> Assessment:
    """The verdict on a page that could be read, and what it rests on.

    `listing` reads the page as a list; that takes as long as all else, so it is asked only where the page can be one.
    """
    visible = [title_tag, *(h.text for h in content.headings), *content.above, *content.lines, *content.below]
    own = is_report_title(identity.title or "") is None and (
        _is_whole(content, identity) or _elsewhere(html, content) is not None
    )
    if said := messages.message(html, status, title_tag, content, identity, visible, own=own):
        return Assessment(said[0], (said[1],))
    if listed := list_page.judged(html, url, title_tag, content, identity, listing):
        return Assessment(*listed)
    return _report(html, url, content, identity, visible) or _not_a_report(html, content, identity, visible)


# ---------------------------------------------------------------- a report


def _report(html: str, url: str, content: Content, identity: Identity, visible: Sequence[str]) -> Assessment | None:
    subjects = sorted({found[:4] for found in _STATUTORY.findall(content.text)})
    treated = ("statutory_subjects: " + ", ".join(subjects),) if subjects else ()
    if is_report_title(identity.title or "") is not None:
        is_one = len(content.text) >= LEAST and _is_one_all_the_same(content, identity, subjects)
        return Assessment("report", treated) if is_one else None
    reasons = ("title", *treated)
    elsewhere = _elsewhere(html, content)
    if _is_whole(content, identity) and not (elsewhere and _is_preface(content)):
        return Assessment("report", reasons)
    # a link's words do not make a report of a page that says nothing of one, such as the home page after a redirect
    by_link = html and any(piece.field == "title" and piece.where == "link text" for piece in identity.evidence)
    if by_link and (not elsewhere or ROOTS.fullmatch(urlsplit(url).path)):
        return Assessment("not_a_report", (f"title_by_link: {identity.title}",))
    if elsewhere:
        verdict: Verdict = "thin" if elsewhere.startswith("pictures") else "attachment_only"
        return Assessment(verdict, (*reasons, elsewhere))
    shell = messages.shell(html, visible)
    return Assessment("thin", (*reasons, shell[1] if shell else f"few_words: {len(content.text)} characters"))


def _is_whole(content: Content, identity: Identity) -> bool:
    """Whether under a report's title there is text enough for a report."""
    if len(content.text) < LEAST:
        return False
    if content.tables or _STATUTORY.search(content.text):
        return True
    title = normalise(identity.title or "")
    own = [line for line in content.lines if normalise(line) != title and not _is_file_line(line, content)]
    return sum(map(len, own)) >= _THIN


def _is_file_line(line: str, content: Content) -> bool:
    return any(file.text and file.text in line and _FILE_LINE.match(line) for file in content.attachments[:_FILES])


def _is_preface(content: Content) -> bool:
    """Whether the text only leads to the report: 现将……公布如下, and then a file or a picture."""
    if content.tables or len(content.text) >= _PREFACE:
        return False
    headed = sum(1 for section in content.sections if section.number)
    return headed < 2 and len(_SAYS.findall(content.text)) < 2


def _elsewhere(html: str, content: Content) -> str | None:
    """Where the report is if not in the page's text: files, a viewer's file, pictures."""
    if content.attachments:
        return f"attachments: {len(content.attachments)}"
    for frame in _FRAMED.finditer(html):
        if viewed := _VIEWED.search(frame[0]):
            return f"attachments: shown in a viewer, {viewed[1]}"
    return f"pictures: {content.pictures}" if content.pictures else None


def _is_one_all_the_same(content: Content, identity: Identity, subjects: Sequence[str]) -> bool:
    """Whether a text whose title says too little is a report by what it treats."""
    title = identity.title or ""
    if title and is_report_title(title) not in _UNTITLED:
        return False
    if title and messages.PAPER.search(title) and is_report_title(title) == UNRELATED:
        return False
    if is_report_title(title) == "summary" and "信息公开" not in title:
        return False
    told = (
        len(subjects) >= _SUBJECTS and _PERIOD.search(content.text) is not None and len(_SAYS.findall(content.text)) > 1
    )
    of_a_year = identity.year is not None or messages.YEAR.search(title) or _WHOLE_YEAR.search(content.text)
    return bool(told and of_a_year) and not any(
        _ADDRESSEE.match(line) or _ORDERS.search(line) for line in content.lines
    )


# ---------------------------------------------------------------- none of these


def _not_a_report(html: str, content: Content, identity: Identity, visible: Sequence[str]) -> Assessment:
    if not content.text and (shell := messages.shell(html, visible)):
        return Assessment(shell[0], (shell[1],))
    if identity.title and (near := _neighbour(identity.title)):
        return Assessment("not_a_report", (near,))
    if empty := messages.empty_list(content, visible):
        return Assessment("listing", (f"empty_list: {empty}",))
    return Assessment("not_a_report", tuple(_why_not(content, identity)))


def _neighbour(title: str) -> str | None:
    why = is_report_title(title)
    return f"near_miss: {why} ({title})" if why not in (None, UNRELATED, BARE_YEAR, COLUMN) else None


def _why_not(content: Content, identity: Identity) -> Iterator[str]:
    title = identity.title
    if not content.text:
        yield "no_text"
    if not title:
        yield "untitled"
    else:
        yield f"{'column' if is_report_title(title) == COLUMN else 'unrelated'}: {title}"

"""What the title of an annual report says: its year, and the body that reports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines import issuers
from pipelines.dates import Year, find_span, find_years, normal

_SPACE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
LONGEST = 120  # characters of a heading that can be a title

_SUBJECT = r"(?:政府信息公开|政务信息公开|信息公开|政务公开)"
_NUMERAL = r"(?:20\d\d|[二][〇○◯零Oo0][〇○◯零Oo0一二三四五六七八九]{2})"
_REPORT = re.compile(
    rf"(政府|政务)?{_SUBJECT}[》>]?(?:工作)?(?:\(?{_NUMERAL}\)?年?度?)?(?:年度|年)?(?:工作)?(?:情况)?(?:的)?"
    r"(?:年度|年)?(?:工作)?(?:情况)?(?:的)?(?:报告|年报|总结)"
)
_BARE_REPORT = re.compile(r"(?<=20\d\d)年度?年报")
# Near the annual report, and none: rules and orders about it, drawings of it, letters, other reports, news.
_NEAR_MISS = re.compile(
    r"半年|季度|月份|制度|办法|规定|通知|格式|模板|样表|统计表|报表|图解|解读|[^来]函$|指南|目录|方案|要点|意见|法治政府|网站工作|公告$|公示$|会议|培训|召开|情况公布"
)
_DAY = r"20\d\d(?:[-/.年]\d{1,2}){2}日?"
_AFTER = re.compile(
    rf"(?:[(\[【].{{0,24}}[)\]】]|\.(?:pdf|docx?|wps|html?)|[》】\]]|之[一二]|{_DAY}|\d{{0,2}})*$", re.IGNORECASE
)
_BODY_AFTER = re.compile(r"(?:[-—:]|[(【])(?P<body>[\u4e00-\u9fff]{4,24})[)】]?$")  # …年度报告（青禾县水利局）
# What columns, editors and lists put before a title; a bracket with the year in it belongs to the title.
_BEFORE = re.compile(
    r"^(?:\s|(?:公报标题|信息名称|文件标题|标题|名称)[:：]?|附件\s*(?:\d{1,2}|[一二三四五六])?[\s:：.、]|转发[:：]"
    rf"|[(\[【](?!20\d\d年?度?[)\]】]|二)[^()\[\]【】]{{2,16}}[)\]】](?=.{{8}})|{_DAY}|\d{{1,2}}[.、](?!\d)|[·•●▪■◆★※]"
    r"|[\u4e00-\u9fff]{2,12}[〔\[(【]20\d\d[〕\])】]第?\d{1,5}号)+"
)
_LOOSE_END = re.compile(r"(?:关于|(?:政府信息(?:公开)?|政务公开)?[与和及暨、]|(?:上一?|本|历)?年度?)$")
OUTLINE = re.compile(
    r"\s*(?:[(（][一二三四五六七八九十]+[)）]|[一二三四五六七八九十]+[、.．]|第[一二三四五六七八九十]+[章条])"
)
JOINED = 3  # lines a title is broken into at most


@dataclass(frozen=True, slots=True)
class ReportTitle:
    """What the title of an annual report names: its year and the words of the body that reports."""

    year: int | None
    body: str


def flat(text: str) -> str:
    """Text as titles are compared: compatibility forms folded, no white space."""
    words = "".join(normal(text).split())
    return words if words.isprintable() else _SPACE.sub("", words)


def is_near_miss(title: str) -> bool:
    """Whether a title is about annual reports, or next to them, and that of none."""
    return bool(_NEAR_MISS.search(flat(title)))


def parse(title: str) -> ReportTitle | None:
    """Year and body of an annual report's title; None for every other title."""
    words = flat(_BEFORE.sub("", normal(title)))
    if len(words) > LONGEST or not ("公开" in words or "年报" in words) or _NEAR_MISS.search(words):
        return None
    found = _REPORT.search(words) or _BARE_REPORT.search(words)
    if found is None or "。" in words:
        return None
    behind = _BODY_AFTER.match(words, found.end())
    if behind and not issuers.is_body(behind["body"]):
        behind = None
    if not behind and not _AFTER.fullmatch(words[found.end() :]):
        return None
    head = words[: found.start()]
    if ">" in head or OUTLINE.match(words):  # a breadcrumb, or a heading inside a text
        return None
    if head.endswith("人民"):  # 泾县人民政府信息公开年度报告: one 政府 for both
        head += "政府"
    years = find_years(words)
    values = {year.value for year in years}
    body = _body(head, years) or (behind["body"] if behind else "")
    return ReportTitle(values.pop() if len(values) == 1 else None, body)


def _body(head: str, years: Sequence[Year]) -> str:
    """What is left of the words before 信息公开 without the year."""
    for year in reversed([year for year in years if year.end <= len(head)]):
        head = head[: year.start] + re.sub(r"^(?:年度|年|度)", "", head[year.end :])
    if span := find_span(head):
        head = head[: span.start()] + re.sub(r"^(?:学?年度?|学)", "", head[span.end() :])
    head = re.sub(r"^关于", "", _LOOSE_END.sub("", head))
    return head.strip("《<〈“\"'-—_,:、的()[]【】").removesuffix("本级")


def body_title(lines: Sequence[str]) -> str | None:
    """The report's title among the first lines of its text; one that is broken over lines is joined."""
    for start in range(min(2, len(lines))):
        for size in range(JOINED, 0, -1):
            part = lines[start : start + size]
            outline = any(OUTLINE.match(line) for line in part)
            if (
                len(part) == size
                and not outline
                and all(len(line) <= 60 and not re.search(r"[。；;]", line) for line in part)
            ):
                joined = clean("".join(part))
                if parse(joined):
                    return joined
    return None


def clean(words: str) -> str:
    """White space that only lays out the page gone; in a report's title all of it, since no such title needs any."""
    words = re.sub(r"<[^<>]*>", " ", words)
    words = _SPACE.sub(" ", words).strip()
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", words) if parse(words) else words

"""The head of an article, whatever its markup: what stands above its line of date and source, or opens its text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines import labels
from pipelines.dates import find_dates, normal
from pipelines.records import Context, Heading
from pipelines.titles import JOINED, LONGEST, OUTLINE, flat

_BREADCRUMB = re.compile(r"[>＞»›]|^首\s*页\s*[-/|\\·_—]|(?:当前|您的|所在|现在的)位置")
_REACH = 24  # lines above the text in which its head can stand: an info box has up to twenty
_SHORTEST_LINE = (
    6  # characters of a title's first line, or of one that nothing marks as a heading; most columns have four
)
_LONGEST_COLUMN = 12  # characters; a longer segment of a breadcrumb is the title itself
_NEAR = 3  # lines above the text where a heading is its own though nothing else stands there
_DATES = 2  # lines with a bare date; more of them are rows of a list
_OPENING = 6  # lines of a text that can repeat its title
# The line of date and source inside the heading: <h2>title<small>2020-09-17 来源：…</small></h2>
_INFO_BEHIND = re.compile(
    r"(?<=.{6})[\s(\[【]*(?:20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?[\s\d:]*)?(?:(?:信息|文章|稿件)?来源|发布时间|发布日期)\s*[:：].*$"
)
# The line of date and source where no label says so: 2018/6/6 8:30 县环保局, 2020年9月17日 【字体：大 中 小】
_INFO = re.compile(
    r"^\D{0,4}(?:19|20)\d\d(?:[-/.]\d{1,2}[-/.]\d{1,2}.{0,24}$|[-/.年]\d{1,2}[-/.月]\d{1,2}日?[\s\d:]*"
    r"(?:$|.{0,60}(?:来源|字体|字号|浏览|作者|点击|阅读|打印|\|)))"
)
_BUTTONS, _SHORTEST_BUTTON = 3, 5  # lines between title and line of date and source; characters of the shortest column
_ASIDE = re.compile(r"\s*(?:——|[(（].*[)）]$|(?:【[^】]*】\s*)+$|语音|朗读|收听|听全文|打印|分享|收藏|扫一扫)")
_SOME_LABEL = re.compile(r"[^:：]{1,8}[:：]")
_SENTENCE = re.compile(r"[。；;:：!！]$|。|\t")
SITE = re.compile(
    r"(?:门户网|政府网|网站|官网|政务网|信息网|首都之窗)(?:站|群|平台|首页|欢迎您?|\(.*\))?$|(?:人民政府|委员会|管委会|办公室|局|厅|委|公署)$"
)


@dataclass(frozen=True, slots=True)
class Head:
    """The words that head an article, where they stood, and whether markup makes them a heading."""

    words: str
    where: str
    marked: bool


def find(context: Context, headings: Sequence[Heading]) -> tuple[Head, ...]:
    """What can head the page's article, best first: the heading above its text, the line above that of date and source.

    Where neither stands, the heading that opens the text.
    """
    found = _above(context, headings)
    return tuple(found) if found else tuple(_opening(context, headings))


def opening(context: Context) -> str | None:
    """The first line of a text that nothing marks as a heading and that stands under the line of date and source."""
    lines = context.lines
    if len(lines) < 2 or not _is_dated(context) or not _is_title(lines[0], crumbs(context)):
        return None
    return lines[0]


def without_info(words: str) -> str:
    """A heading without the line of date and source that is nested in it."""
    return _INFO_BEHIND.sub("", words) if "来源" in words or "发布" in words else words


def crumbs(context: Context) -> str:
    """The words of the page's breadcrumb, which are columns, unless the last one is the title."""
    return " ".join(flat(line) for line in context.above if _BREADCRUMB.search(line))


def is_column(words: str, trail: str) -> bool:
    """Whether the words are a column, by the breadcrumb."""
    bare = flat(words)
    return len(bare) <= _LONGEST_COLUMN and bare in trail


def _above(context: Context, headings: Sequence[Heading]) -> list[Head]:
    above, trail = context.above[-_REACH:], crumbs(context)
    own = {flat(heading.text): heading for heading in headings if heading.where == "above"}
    marked = [own.get(flat(line)) or own.get(flat(without_info(line))) for line in above]
    dated = {at for at, line in enumerate(above) if not marked[at] and _INFO.match(normal(line).strip())}
    readings = labels.read(context.above)
    first = len(context.above) - len(above)
    labelled = {reading.line - first for reading in readings}
    info = {reading.line - first for reading in readings if reading.field in ("published", "time", "source")}
    info |= dated if len(dated) <= _DATES else set()
    info |= {at for line in tuple(info) if line >= 0 for at in _between(above, line, marked)}
    out: list[Head] = []
    for at in reversed(range(len(above))):
        heading = marked[at]
        if heading and (
            not is_column(heading.text, trail) or _continues(heading, marked[at - 1] if at else None, trail)
        ):
            found = Head(_joined(marked[: at + 1], trail), "heading above", marked=True)
            is_short = len(flat(found.words)) < _SHORTEST_LINE
            backed = max(info if is_short else info | labelled, default=-1) > at
            if not (backed or (not is_short and at >= len(above) - _NEAR)):
                break
            return [*out, found] if is_short else [found, *out]
        if _BREADCRUMB.search(above[at]):
            break
        words = without_info(above[at])
        if (
            not out
            and (words != above[at] if at in info else _heads(above, at, info, labelled))
            and _is_title(words, trail)
        ):
            out.append(Head(words, "above", marked=False))
    return out


def _between(above: Sequence[str], line: int, marked: Sequence[Heading | None]) -> Iterator[int]:
    """Lines right above that of date and source that are neither title nor column: subtitle, buttons."""
    for at in range(line - 1, max(line - 1 - _BUTTONS, -1), -1):
        words = above[at]
        if marked[at] or _BREADCRUMB.search(words) or not (_ASIDE.match(words) or len(flat(words)) < _SHORTEST_BUTTON):
            return
        yield at


def _heads(above: Sequence[str], at: int, info: set[int], labelled: set[int]) -> bool:
    """Whether a line stands on that of date and source, on the first label of a form, or right under the breadcrumb."""
    before, behind = above[at - 1] if at else "", above[at + 1] if at + 1 < len(above) else ""
    if at + 1 in info or (behind.endswith(("：", ":")) and len(behind) <= _SHORTEST_LINE):
        return not before.endswith(("：", ":"))  # else it is the value of a label
    below = not behind or at + 1 in labelled
    return below and bool(_BREADCRUMB.search(before)) and not _SOME_LABEL.match(above[at])


def _is_title(words: str, trail: str) -> bool:
    """Whether a line that nothing marks as a heading reads like one."""
    bare = flat(words)
    day = next(find_dates(normal(words)), None)
    is_date = day is not None and day.start == 0 and day.end >= len(words.rstrip())
    return (
        not is_date
        and _SHORTEST_LINE <= len(bare) <= LONGEST
        and not (_SENTENCE.search(words) or OUTLINE.match(words) or _ASIDE.match(words) or SITE.search(bare))
        and not is_column(words, trail)
        and not any(labels.read((words,)))
    )


def _continues(heading: Heading, before: Heading | None, trail: str) -> bool:
    """Whether a heading that is a column's name as well is the second line of the title: 《…措施》 | 政策解读"""
    return before is not None and before.rank == heading.rank and _begins(before.text, trail)


def _begins(words: str, trail: str, shortest: int = _SHORTEST_LINE) -> bool:
    """Whether a heading can be the first line of a title that goes on in the next one."""
    bare = flat(words)
    return len(bare) >= shortest and not (SITE.search(bare) or is_column(words, trail))


def _joined(marked: Sequence[Heading | None], trail: str) -> str:
    """The last heading with the lines right before it that are its own; of a title and its subtitle the title."""
    last = marked[-1]
    assert last is not None
    run = [last]
    for before in reversed(marked[-JOINED:-1]):
        broken = before is not None and before.rank == last.rank == 1  # of <h1>…<br>…</h1>, however short
        if before is None or not _begins(before.text, trail, 2 if broken else _SHORTEST_LINE):
            break
        run.insert(0, before)
    first = min(heading.rank for heading in run)
    return "".join(heading.text for heading in run if heading.rank == first)


def _opening(context: Context, headings: Sequence[Heading]) -> Iterator[Head]:
    """A heading that opens the text: under or above the line of date and source, or the only one of the page."""
    lines = context.lines
    body = [heading for heading in headings if heading.where == "body"]
    if len(lines) < 2 or not body or body[0].text != lines[0] or OUTLINE.match(lines[0]):
        return
    if not (_is_dated(context) or len(headings) == 1):
        return
    words = lines[0]
    for line, heading in zip(lines[1:JOINED], body[1:JOINED], strict=False):
        if heading.text != line or heading.rank != body[0].rank or OUTLINE.match(line):
            break
        words += line
    yield Head(words, "heading body", marked=True)


def _is_dated(context: Context) -> bool:
    """Whether a line of date and source stands near the first line of the text, or the head of a letter."""
    before = context.above[-_OPENING:]
    beside = {reading.field for reading in labels.read((*before, *context.lines[1:3]))}
    return bool(beside & {"published", "time", "source", "asked"}) or any(
        _INFO.match(normal(line).strip()) for line in before
    )

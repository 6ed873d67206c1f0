"""What a page prints about itself around the text: dates, source, numbers, the code of its site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipelines import labels, titles
from pipelines.dates import FIRST_DAY, Found, find_dates, first_date, impossible_date, normal, parse_date
from pipelines.headline import FORM_HEAD
from pipelines.labels import Reading
from pipelines.records import Context, Evidence, Finding

_TOP_OF_BELOW = 12  # lines behind the text in which some portals put the line of date and source
_TOP_OF_TEXT = 3  # lines of the text itself where that line, a red head or a file number can have stayed
_BETWEEN = 8  # lines between title and text
_LONGEST_LINE = 160  # characters of a line of date and source, the title before it included
_OF_PAGE = "来源|字体|字号|浏览|作者|点击|阅读|打印"
_ABOUT_PAGE = re.compile(_OF_PAGE)
_BEHIND_DATE = re.compile(rf"[|【\[〖]|.{{0,4}}(?:{_OF_PAGE})")
_DATED = re.compile(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{1,4})(?:时间|日期)\s*[:：]\s*(?=[\d一二])")
# Days on which something else was than the page's publication.
_OTHER_DAY = re.compile(
    r"成文|签发|印发|制发|归档|有效|截止|截至|实施|施行|生效|废止|失效|报名|[开投招]标|活动|会议|受理|办[理结]|回复|答复|[来写]信|留言|咨询|提问|投诉"
    r"|处理|反馈|开始|结束|起止|采集|举[办行]|召开|开庭|考试|面试|征集|征求|培训|发生|成立|出生|通过|批准|审批|检查|监测"
)
_BOXED = frozenset(("index", "document", "issuer"))
_OF_PAPER = ("发文", "生成")  # of the paper where a box describes one, of the page where there is only a line
_BEFORE_DATE = re.compile(r"[^。；;，,！!？?:：\d]*\s")
_SPAN = re.compile(r"\s*(?:至|到|起|止|[-—–~])")
_NO_START = (":", "至", "到")  # of something else, the end of a span
_CLOCK = re.compile(r"星期|今天|农历|采集")
_NOTHING = re.compile(r"(?:无|暂无|空|没有|无文号|略|null|none|[—–\-/\\*.。…\s\[\]【】()（）?？]+)?", re.IGNORECASE)
_JUNK = re.compile(
    r"(?:\s*[|｜丨【〖\[]|\s*(?:19|20)\d\d\s*[-年/.]|(?:^|[\s(（])(?:字体|字号|打印|分享|收藏|下载|关闭|浏览|点击|阅读|访问|纠错|我要"
    r"|微信|微博|(?:本报)?(?:记者|通讯员)(?:[:：\s]|$)|A\+|大\s*中\s*小|\d+\s*次|语音|朗读|收听|听全文|订阅|点赞|繁体|简体|举报|评论(?!员)"
    r"|放大|已阅|手机阅读|扫码|转发|复制)).*$"
)
_NO_SOURCE = re.compile(r"://|扫一扫|分享|首页|[上下]一篇|>")
_NO_COLON = re.compile(
    r"^.{0,6}(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月].{0,24}来源\s*([\u4e00-\u9fff《》·、（）()]{2,30})"
)
_ORGAN = re.compile(r"..[局委办厅府会社报网台站科处室部院校司队所镇乡区县市公团心媒》]$")
_LONGEST_SOURCE = 40  # characters
_INDEX = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][\w\-—/.·:：()（）〔〕\[\]\u4e00-\u9fff]{3,59}")
_WORDY = re.compile(r"报告|年报|通知|公告|年度|关于|情况")  # behind an empty label the title can come next
_NUMBER = r"[\u4e00-\u9fff]{2,16}[〔﹝［\[(（【]\s*20\d\d\s*[〕﹞］\])）】]\s*第?\s*\d{1,5}\s*号"
_FILE_NUMBER = re.compile(rf"[(（]?({_NUMBER}?)[)）]?(?:\s*签发人.*)?")  # alone on its line it may lack the 号
_IN_BRACKETS = re.compile(rf"[(（]({_NUMBER})[)）]$")
# 青禾区 prints its box without labels: index number, then how the paper is made public.
_BARE_INDEX = re.compile(r"[A-Z]{1,3}\d{4,12}-(?:19|20)\d\d-\d{2,5}")
_OPENNESS = re.compile(r"主动公开|依申请公开")
_META_DATES = (
    "pubdate",
    "publishdate",
    "publishtime",
    "publish_time",
    "firstpublishedtime",
    "article:published_time",
)
_SITE_CODE = re.compile(r"(?:网站)?标识码\s*[:：]?\s*((?:bm|BM)\d{8}|\d{10})(?!\d)")


@dataclass(frozen=True, slots=True)
class Value:
    """A value that was read, where, and the words it stood in."""

    value: str
    where: str
    words: str

    def evidence(self, field: str) -> Evidence:
        return Evidence(field, self.value, self.where, self.words)


class Readings:
    """The labelled values around a text, those between title and text before those further away."""

    def __init__(self, context: Context, title: str | None) -> None:
        self.anchor = _anchor(context.above, title)
        near = labels.read(context.above)
        after = [reading for reading in near if reading.line >= self.anchor]
        before = [reading for reading in reversed(near) if reading.line < self.anchor]
        self._ordered = [("above", reading) for reading in (*after, *before)]
        # Inside and behind the text 时间 is that of a meeting more often than of the page, 供稿 a person's work.
        for where, lines in (("text", context.lines[:_TOP_OF_TEXT]), ("below", context.below[:_TOP_OF_BELOW])):
            self._ordered += [
                (where, reading) for reading in labels.read(lines) if reading.field not in ("time", "supplied")
            ]

    def of(self, field: str) -> Iterator[tuple[str, Reading]]:
        return ((where, reading) for where, reading in self._ordered if reading.field == field)

    def first(self, field: str, check: Callable[[str], str | None]) -> Value | None:
        """The nearest value of that meaning which passes its check."""
        for where, reading in self.of(field):
            if value := check(reading.value):
                beside = reading.value in reading.words  # else it stood in the next cell
                return Value(value, where, reading.words if beside else f"{reading.words} {reading.value}")
        return None


def _anchor(above: Sequence[str], title: str | None) -> int:
    """The line of `above` where the title stands last; behind it comes the line of date and source."""
    if title:
        wanted = titles.flat(title)
        for at in range(len(above) - 1, -1, -1):
            if wanted in titles.flat(above[at]):
                return at
    return len(above)


def published(context: Context, readings: Readings) -> Value | None:
    """The day of publication: as shown, else as the meta tags say, else the day of the last change."""
    return (
        readings.first("published", leading_date)
        or readings.first("time", leading_date)
        or _bare_date(context, readings.anchor)
        or _meta_date(context)
        or _dated(context, readings)
        or _form_date(context)
        or readings.first("updated", leading_date)
    )


def leading_date(words: str) -> str | None:
    """The date a value begins with: one further in belongs to a sentence."""
    value = first_date(words)
    return value if value and value >= FIRST_DAY else None


def impossible_dates(context: Context, readings: Readings) -> Iterator[Finding]:
    """Dates that are no day a page can bear, from labels, meta tags and the end of the text: findings, not values."""
    places = [
        reading.value for field in ("published", "time", "written", "updated") for _, reading in readings.of(field)
    ]
    places += [words for name in _META_DATES for words in context.metas.get(name, ())]
    places += [line for line in context.lines[-_TOP_OF_TEXT:] if len(line) <= _LONGEST_SOURCE]
    for words in dict.fromkeys(found for place in places if (found := impossible_date(place))):
        yield Finding("impossible_date", "warning", "no day on which a page can have been published", words)


def _form_date(context: Context) -> Value | None:
    """The day of a letter and its answer, where the form gives them one day: of two neither is that of publication."""
    days = [
        (day, reading)
        for reading in labels.form((*context.above[-FORM_HEAD:], *context.lines))
        if reading.field in ("asked", "answered") and (day := leading_date(reading.value))
    ]
    if len({day for day, _ in days}) != 1:
        return None
    day, reading = days[0]
    return Value(day, "form", f"{reading.words} {reading.value}")


def _dated(context: Context, readings: Readings) -> Value | None:
    """A date behind a label nobody listed (推送时间), in a line that speaks of source, type size or visitors, too."""
    has_box = any(any(readings.of(field)) for field in _BOXED)
    for line in context.above[readings.anchor :]:
        if len(line) > _LONGEST_LINE or not _ABOUT_PAGE.search(line):
            continue
        words = normal(line)
        for label in _DATED.finditer(words):
            if _OTHER_DAY.search(label[1]) or (has_box and label[1] in _OF_PAPER):
                continue
            value = words[label.end() :]
            day = next(find_dates(value), None)
            if day and day.start == 0 and day.value >= FIRST_DAY and not _SPAN.match(value[day.end :]):
                return Value(day.value, "above", line)
    return None


def _bare_date(context: Context, anchor: int) -> Value | None:
    """A date without a label in the line of date and source: alone, first of the line, or right before the source."""
    lines = context.above[anchor : anchor + _BETWEEN] or context.above[-_BETWEEN:]
    below_title = lines[1] if anchor < len(context.above) and len(lines) > 1 else None
    for before, line in pairwise(("", *lines)):
        words = normal(line)
        of_something_else = before.endswith((":", "："))  # 开始时间： on the line before
        if len(words) > _LONGEST_LINE or _CLOCK.search(words) or of_something_else:
            continue
        for found in find_dates(words):
            if found.value < FIRST_DAY:
                continue
            ahead, behind = words[: found.start].strip(" |[("), words[found.end :].strip()
            right_below = line is below_title and not ahead and len(behind) <= _LONGEST_SOURCE
            if (
                right_below
                or (not behind and not ahead)
                or (_BEHIND_DATE.match(behind) and not ahead.endswith(_NO_START))
            ):
                return Value(found.value, "above", line)
            if line is below_title and (not behind or _BEHIND_DATE.match(behind)) and _is_behind_source(words, found):
                return Value(found.value, "above", line)
    return None


def _is_behind_source(words: str, day: Found) -> bool:
    """Whether only a source stands before a date in figures: 县水务局 2019-05-06, 来源：县报 记者 王丽 2019-05-06."""
    ahead = words[: day.start]
    sources = [reading for reading in labels.read((ahead,)) if reading.field in ("source", "supplied")]
    if len(sources) == 1 and sources[0].value and ahead.strip().endswith(sources[0].value):
        ahead = f"{sources[0].value} "
    in_figures = "年" not in words[day.start : day.end]  # a speech has its day in words under its title
    return (
        in_figures
        and len(ahead) <= _LONGEST_SOURCE
        and bool(_BEFORE_DATE.fullmatch(ahead))
        and not (_OTHER_DAY.search(ahead) or _WORDY.search(ahead))
    )


def _meta_date(context: Context) -> Value | None:
    for name in _META_DATES:
        for words in context.metas.get(name, ()):
            if (value := parse_date(words)) and value >= FIRST_DAY:
                return Value(value, f"meta {name}", words)
    return None


def source(context: Context, readings: Readings) -> Value | None:
    if shown := readings.first("source", _body_of_source) or _bare_source(context, readings.anchor):
        return shown
    for words in context.metas.get("contentsource", ()):
        if value := _body_of_source(words):
            return Value(value, "meta ContentSource", words)
    return readings.first("supplied", _body_of_supplied)


def _bare_source(context: Context, anchor: int) -> Value | None:
    """A source whose label lacks its colon, in a line that begins with its date: 2018/6/6 8:30 来源 县环保局."""
    for line in context.above[anchor : anchor + _BETWEEN] or context.above[-_BETWEEN:]:
        if len(line) <= _LONGEST_LINE and (found := _NO_COLON.search(line)) and (value := _body_of_source(found[1])):
            return Value(value, "above", line)
    return None


def _body_of_source(words: str) -> str | None:
    value = _JUNK.sub("", words).strip(" \u3000?？:：|丨-")
    if len(value) > _LONGEST_SOURCE or _NO_SOURCE.search(value) or _NOTHING.fullmatch(value):
        return None
    return value


def _body_of_supplied(words: str) -> str | None:
    """A body or a paper: behind 供稿 a person can stand as well."""
    value = _body_of_source(words)
    return value if value and _ORGAN.search(value) else None


def index_number(words: str) -> str | None:
    """An index number has a digit; words behind a space belong to the next thing."""
    value = "".join(words.split(maxsplit=1)[:1])
    if _WORDY.search(value) or not re.search(r"\d", value):
        return None
    return value if _INDEX.fullmatch(value) else None


def bare_index_number(context: Context) -> Value | None:
    """An index number without its label, told by its form and the word beside it."""
    cells = [cell.strip() for line in context.above[-_BETWEEN * 2 :] for cell in line.split("\t")]
    for number, beside in pairwise(cells):
        if _BARE_INDEX.fullmatch(number) and _OPENNESS.fullmatch(beside):
            return Value(number, "above", f"{number} {beside}")
    return None


def document_number(words: str) -> str | None:
    value = words.strip()
    if _NOTHING.fullmatch(value) or len(value) > 50 or not re.search(r"\d|号", value) or _WORDY.search(value):
        return None
    return value


def file_number(context: Context, title: str | None) -> Value | None:
    """A file number that stands alone between title and text, or in brackets behind the title."""
    if title and (found := _IN_BRACKETS.search(title)):
        return Value(found[1], "title", title)
    above = context.above[-_BETWEEN:]
    for where, lines in (("text", context.lines[:_TOP_OF_TEXT]), ("above", tuple(reversed(above)))):
        for line in lines:
            if found := _FILE_NUMBER.fullmatch(line.strip()):
                return Value(found[1], where, line)
    return None


def site_code(context: Context) -> Value | None:
    for words in context.metas.get("siteidcode", ()):
        if found := re.fullmatch(r"\s*((?:bm|BM)\d{8}|\d{10})\s*", words):
            return Value(found[1].lower(), "meta SiteIDCode", words)
    for line in context.below:
        if found := _SITE_CODE.search(normal(line)):
            return Value(found[1].lower(), "below", found[0])
    return None

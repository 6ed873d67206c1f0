"""Which words of a page are its title, and what the title of an annual report says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines import labels
from pipelines.dates import Year, find_years, normal
from pipelines.records import Context, Finding, Heading

_SPACE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
_LONGEST = 120  # characters of a heading that can be a title
_SEPARATORS = re.compile(r"\s*[_|｜–—]\s*|\s+[-－]\s*|\s*[-－]\s+|(?<=[^\d\W])[-－](?=[^\d\W])")
_SITE = re.compile(r"门户网|政府网|网站|官网|政务网|信息网|首都之窗|(?:人民政府|委员会|管委会|办公室|局|厅|委|公署)$")
_NO_TITLE = re.compile(
    r"^(?:信息详细|详细信息|信息内容|内容页|详情页?|正文|文章内容)$|[:：]$|当前位置|您的位置|来源[:：]|发布(?:时间|日期)|【?字体|^(?:首页|附件|分享|打印|扫一扫)"
)

_SUBJECT = r"(?:政府信息公开|政务信息公开|信息公开|政务公开)"
_NUMERAL = r"(?:20\d\d|[二][〇○◯零Oo0][〇○◯零Oo0一二三四五六七八九]{2})"
_REPORT = re.compile(
    rf"(政府|政务)?{_SUBJECT}[》>]?(?:工作)?(?:\(?{_NUMERAL}\)?年?度?)?(?:年度|年)?(?:工作)?(?:情况)?(?:的)?"
    r"(?:年度|年)?(?:工作)?(?:情况)?(?:的)?(?:报告|年报|总结)"
)
_BARE_REPORT = re.compile(r"(?<=20\d\d)年度?年报")
# Near the annual report, and none: rules and orders about it, drawings of it, letters, other reports, news.
_NEAR_MISS = re.compile(
    r"制度|办法|规定|通知|格式|模板|样表|统计表|报表|图解|解读|[^来]函$|指南|目录|方案|要点|意见|法治政府|网站工作|公告$|公示$|会议|培训|召开|情况公布"
)
_AFTER = re.compile(r"(?:[(\[【].{0,24}[)\]】]|\.(?:pdf|docx?|wps|html?)|[》】\]]|之[一二]|\d{0,2})*$", re.IGNORECASE)
_GLUED_LABEL = re.compile(r"^(?:公报标题|信息名称|文件标题|标题|名称)[:：]?")
_JOINED = 3  # lines a title is broken into at most


@dataclass(frozen=True, slots=True)
class ReportTitle:
    """What the title of an annual report names: its year and the words of the body that reports."""

    year: int | None
    body: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The title of a page, where it stood, and what speaks against it."""

    title: str
    where: str
    words: str
    findings: tuple[Finding, ...] = ()


# ---------------------------------------------------------------- what a report's title says


def flat(text: str) -> str:
    """Text as titles are compared: compatibility forms folded, no white space."""
    return _SPACE.sub("", normal(text))


def is_near_miss(title: str) -> bool:
    """Whether a title is about annual reports, or next to them, and that of none."""
    return bool(_NEAR_MISS.search(flat(title)))


def parse(title: str) -> ReportTitle | None:
    """Year and body of an annual report's title; None for every other title."""
    words = _GLUED_LABEL.sub("", flat(title))
    if len(words) > _LONGEST or not ("公开" in words or "年报" in words) or _NEAR_MISS.search(words):
        return None
    found = _REPORT.search(words) or _BARE_REPORT.search(words)
    if found is None or not _AFTER.fullmatch(words[found.end() :]) or "。" in words:
        return None
    head = words[: found.start()]
    if ">" in head:  # a breadcrumb
        return None
    if head.endswith("人民"):  # 泾县人民政府信息公开年度报告: one 政府 for both
        head += "政府"
    years = find_years(words)
    values = {year.value for year in years}
    return ReportTitle(values.pop() if len(values) == 1 else None, _body(head, years))


def _body(head: str, years: Sequence[Year]) -> str:
    """What is left of the words before 信息公开 without the year."""
    for year in reversed([year for year in years if year.end <= len(head)]):
        head = head[: year.start] + re.sub(r"^(?:年度|年|度)", "", head[year.end :])
    head = re.sub(r"年度?$", "", head)
    return re.sub(r"^关于", "", head).strip("《<〈“\"'-—_,、的()").removesuffix("本级")


# ---------------------------------------------------------------- which words are the title


def choose(context: Context) -> Choice | None:
    """The heading a reader sees, without the site's name; None where the page shows none."""
    names = {flat(name) for key in ("sitename", "columnname") for name in context.metas.get(key, ())} - {""}
    headings = [heading for heading in context.headings if _can_be_title(heading.text, names)]
    meta = next((_clean(words) for words in context.metas.get("articletitle", ()) if _clean(words)), "")
    if meta and flat(meta) not in names:
        return _by_meta(meta, headings, context)
    return (
        _by_report(headings, context)
        or _by_label(context)
        or _by_tag(headings, context, names)
        or _by_neighbour(headings, context.above)
        or _by_rank(headings)
        or _by_piece(context.title_tag, names)
        or (Choice(_clean(context.link_text), "link text", context.link_text) if context.link_text else None)
    )


def body_title(lines: Sequence[str]) -> str | None:
    """The report's title among the first lines of its text; one that is broken over lines is joined."""
    for start in range(min(2, len(lines))):
        for size in range(_JOINED, 0, -1):
            part = lines[start : start + size]
            if len(part) == size and all(len(line) <= 60 and not re.search(r"[。；;]", line) for line in part):
                joined = _clean("".join(part))
                if parse(joined):
                    return joined
    return None


def _clean(words: str) -> str:
    """White space that only lays out the page gone; in a report's title all of it, since no such title needs any."""
    words = re.sub(r"<[^<>]*>", " ", words)
    words = _SPACE.sub(" ", words).strip()
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", words) if parse(words) else words


def _can_be_title(words: str, names: set[str]) -> bool:
    bare = flat(words)
    return 4 <= len(bare) <= _LONGEST and bare not in names and not _NO_TITLE.search(bare)


def _agree(one: str, other: str) -> bool:
    """Whether one is the other, or a part of it that is no mere scrap (a title with and without its second line)."""
    short, long = sorted((flat(one), flat(other)), key=len)
    return short == long or (len(short) >= 6 and short in long)


def _by_meta(meta: str, headings: Sequence[Heading], context: Context) -> Choice:
    """ArticleTitle, unless the page shows another title to its reader."""
    chosen = Choice(meta, "meta ArticleTitle", meta)
    if not headings or any(_agree(meta, heading.text) for heading in headings) or _agree(meta, context.title_tag):
        return chosen
    shown = _by_report(headings, context) or _by_tag(headings, context, set())
    if shown is None:
        return chosen
    message = "the heading and the meta tag ArticleTitle name different titles; the heading is what a reader sees"
    finding = Finding("title_disagrees", "warning", message, f"{shown.title} | {meta}")
    return Choice(shown.title, shown.where, shown.words, (finding,))


def _by_report(headings: Sequence[Heading], context: Context) -> Choice | None:
    """A title of an annual report: the one that says most, headings before the text, the text before the link."""
    places = [(heading.text, f"heading {heading.where}") for heading in headings]
    if in_body := body_title(context.lines):
        places.append((in_body, "text"))
    places += [(piece, "title tag") for piece in _pieces(context.title_tag)]
    lines = {flat(line): line for line in context.above if "公开" in line and parse(line)}
    if len(lines) == 1:  # of several, some are links to other years
        places += [(line, "above") for line in lines.values()]
    if context.link_text:
        places.append((context.link_text, "link text"))
    best: tuple[int, Choice] | None = None
    for words, where in places:
        if said := parse(words):
            weight = bool(said.year) + bool(said.body)
            if weight and (best is None or weight > best[0]):
                best = weight, Choice(_clean(words), where, words)
    return best[1] if best else None


def _by_label(context: Context) -> Choice | None:
    """The name in the info box, where the title tag repeats it."""
    tag = flat(context.title_tag)
    for reading in labels.read(context.above):
        if reading.field == "name" and len(flat(reading.value)) >= 6 and flat(reading.value) in tag:
            return Choice(_clean(reading.value), "info box", reading.words)
    return None


def _by_neighbour(headings: Sequence[Heading], above: Sequence[str]) -> Choice | None:
    """The heading above the line of date and source."""
    own = {flat(heading.text): heading for heading in headings if heading.where == "above"}
    dated = {reading.line for reading in labels.read(above) if reading.field in ("published", "time", "source")}
    for at in range(len(above) - 1, -1, -1):
        heading = own.get(flat(above[at]))
        if heading and dated & {at + 1, at + 2}:
            return Choice(_clean(heading.text), "heading above", heading.text)
    return None


def _by_tag(headings: Sequence[Heading], context: Context, names: set[str]) -> Choice | None:
    """A heading that the title tag repeats, the longest of them."""
    tag = flat(context.title_tag)
    pieces = {flat(piece) for piece in _pieces(context.title_tag)}
    repeated = [heading for heading in headings if flat(heading.text) in tag and not _SITE.search(flat(heading.text))]
    if not repeated:
        return None
    best = max(repeated, key=lambda heading: (flat(heading.text) in pieces - names, len(flat(heading.text))))
    return Choice(_clean(best.text), f"heading {best.where}", best.text)


def _by_rank(headings: Sequence[Heading]) -> Choice | None:
    """The only heading of the first rank."""
    first = {flat(heading.text): heading for heading in headings if heading.rank == 1}
    if len(first) != 1:
        return None
    (best,) = first.values()
    return Choice(_clean(best.text), f"heading {best.where}", best.text)


def _by_piece(title_tag: str, names: set[str]) -> Choice | None:
    """What is left of the title tag without the names of site and column."""
    pieces = _pieces(title_tag)
    own = [piece for piece in pieces if _can_be_title(piece, names) and not _SITE.search(flat(piece))]
    if not own:
        return None
    site_first = len(pieces) > 1 and pieces[0] not in own
    return Choice(_clean(own[-1] if site_first else own[0]), "title tag", title_tag)


def _pieces(title_tag: str) -> list[str]:
    """The parts a title tag is put together from: title, column, site, in either order."""
    cleaned = re.sub(r"<[^<>]*>", " ", title_tag)
    return [piece for piece in (piece.strip() for piece in _SEPARATORS.split(cleaned)) if piece]

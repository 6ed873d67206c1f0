"""Which words of a page are its title: headings, meta tags, title tag, first lines of the text, weighed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipelines import head, issuers, labels
from pipelines.head import SITE, Head
from pipelines.records import Context, Finding, Heading
from pipelines.titles import JOINED, LONGEST, body_title, clean, flat, is_near_miss, parse

_SEPARATORS = re.compile(r"\s*(?:[_|｜–]|(?<!—)—(?!—))\s*|\s+[-－]\s*|\s*[-－]\s+|(?<=[^\d\W])[-－](?=[^\d\W])")
_QUOTED = re.compile(r"“[^“”]*”|《[^《》]*》|（[^（）]*）")  # a dash in quotes is the title's own
_NO_TITLE = re.compile(
    r"^(?:信息|信件|来信|新闻|文章|内容)?(?:详细|详情|内容|正文)(?:信息|内容|页)?$|[:：]$|当前位置|您的位置|来源[:：]|发布(?:时间|日期)|【?字体|^(?:首页|附件|分享|打印|扫一扫)"
)
FORM_HEAD = 15  # lines before the text in which the head of a letter can stand
_METAS = ("articletitle", "contenttitle")  # of the standard for government sites, and a common variant
_SHORTEST = 4  # characters of a title that nothing but its markup speaks for
_SHORTEST_LINE = 6  # characters; most columns have four
_OPENING = 3  # lines of a text that can repeat its title, broken or whole


@dataclass(frozen=True, slots=True)
class Choice:
    """The title of a page, where it stood, and what speaks against it."""

    title: str
    where: str
    words: str
    findings: tuple[Finding, ...] = ()


def choose(context: Context) -> Choice | None:
    """The heading a reader sees, without the site's name; None where the page shows none."""
    names = {flat(name) for key in ("sitename", "columnname") for name in context.metas.get(key, ())} - {""}
    whole = [replace(heading, text=head.without_info(heading.text)) for heading in context.headings]
    whole = [heading for heading in whole if _can_be_title(heading.text, names)]
    headings = [heading for heading in whole if len(flat(heading.text)) >= _SHORTEST]
    headings += _rejoined(headings, flat(context.title_tag))
    metas = (words for name in _METAS for words in context.metas.get(name, ()))
    meta = next((cleaned for words in metas if (cleaned := clean(words))), "")
    if meta and flat(meta) not in names:
        return _by_meta(meta, headings, context)
    heads = head.find(context, whole)
    return (
        _by_report(headings, context, heads)
        or _by_form(context)
        or _by_label(context)
        or _by_tag(_titles(headings, heads, context), context, names)
        or _by_head(heads)
        or _by_tag(whole, context, names)
        or _by_rank(headings)
        or next((choice for words in context.metas.get("og:title", ()) if (choice := _by_piece(words, names))), None)
        or _by_piece(context.title_tag, names, head.crumbs(context))
        or _by_opening(context)
        or _by_label(context, seen=False)
        or _by_piece(context.title_tag, names)
        or (Choice(clean(context.link_text), "link text", context.link_text) if context.link_text else None)
    )


def _can_be_title(words: str, names: set[str]) -> bool:
    bare = flat(words)
    return 2 <= len(bare) <= LONGEST and bare not in names and not _NO_TITLE.search(bare)


def _agree(one: str, other: str) -> bool:
    """Whether one is the other, or a part of it that is no mere scrap (a title with and without its second line)."""
    short, long = sorted((flat(one), flat(other)), key=len)
    return short == long or (len(short) >= 6 and short in long)


def _by_meta(meta: str, headings: Sequence[Heading], context: Context) -> Choice:
    """ArticleTitle, unless the page shows another title to its reader."""
    chosen = Choice(meta, "meta ArticleTitle", meta)
    if not headings or any(_agree(meta, heading.text) for heading in headings) or _agree(meta, context.title_tag):
        return chosen
    shown = _by_report(headings, context, ()) or _by_tag(headings, context, set())
    if shown is None:
        return chosen
    message = "the heading and the meta tag ArticleTitle name different titles; the heading is what a reader sees"
    finding = Finding("title_disagrees", "warning", message, f"{shown.title} | {meta}")
    return Choice(shown.title, shown.where, shown.words, (finding,))


def _by_report(headings: Sequence[Heading], context: Context, heads: Sequence[Head]) -> Choice | None:
    """A title of an annual report: the one that says most, headings before the text, the text before the link."""
    places = [(found.words, found.where) for found in heads]
    places += [(heading.text, f"heading {heading.where}") for heading in headings]
    places += [(words, "headings joined") for words in _broken(headings)]
    tag = flat(context.title_tag)
    named = any(is_near_miss(text) and flat(text) in tag for text, _ in places)  # and no words in the text undo that
    if not named and (in_body := body_title(context.lines)):
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
                best = weight, Choice(clean(words), where, words)
    return best[1] if best else None


def _broken(headings: Sequence[Heading]) -> Iterator[str]:
    """A report's title that a line break has made two or three headings: the body, then what it reports."""
    for start, first in enumerate(headings):
        body = issuers.is_body(flat(first.text)) and parse(first.text) is None
        for size in range(2, JOINED + 1) if body else ():
            part = headings[start : start + size]
            if len(part) == size and all((one.where, one.rank) == (first.where, first.rank) for one in part):
                yield clean("".join(one.text for one in part))


def _by_form(context: Context) -> Choice | None:
    """The subject of a letter, where letter and answer are laid out as a form."""
    found = labels.form((*context.above[-FORM_HEAD:], *context.lines))
    subject = next((reading for reading in found if reading.field in ("subject", "name") and reading.value), None)
    return Choice(clean(subject.value), "form", f"{subject.words} {subject.value}") if subject else None


def _by_label(context: Context, *, seen: bool = True) -> Choice | None:
    """The name in the info box, where the title tag or the first lines of the text repeat it, or where it is all."""
    readings = labels.read(context.above)
    if not seen and not any(reading.field == "index" for reading in readings):
        return None  # the box of a paper has an index number
    places = (flat(context.title_tag), flat("".join(context.lines[:_OPENING])))
    for reading in readings:
        name = flat(reading.value) if reading.field == "name" else ""
        if len(name) >= _SHORTEST_LINE and (not seen or any(name in place for place in places)):
            return Choice(clean(reading.value), "info box", reading.words)
    return None


def _rejoined(headings: Sequence[Heading], tag: str) -> list[Heading]:
    """Headings that are one on two lines: what they say together stands in the title tag."""
    out = []
    for first, second in pairwise(headings):
        if (first.rank, first.where) == (second.rank, second.where) and flat(first.text + second.text) in tag:
            out.append(Heading(first.text + second.text, first.rank, first.where))
    return out


def _titles(headings: Sequence[Heading], heads: Sequence[Head], context: Context) -> list[Heading]:
    """What can be the title that the title tag repeats: headings that are no columns, and the head of the article."""
    trail = head.crumbs(context)
    own = [h for h in headings if len(flat(h.text)) >= _SHORTEST_LINE and not head.is_column(h.text, trail)]
    return own + [Heading(found.words, 1, "above") for found in heads if not found.marked]


def _by_head(heads: Sequence[Head]) -> Choice | None:
    return next((Choice(clean(found.words), found.where, found.words) for found in heads), None)


def _by_opening(context: Context) -> Choice | None:
    words = head.opening(context)
    return Choice(clean(words), "text", words) if words else None


def _by_tag(headings: Sequence[Heading], context: Context, names: set[str]) -> Choice | None:
    """A heading that the title tag repeats, the longest of them."""
    tag = flat(context.title_tag)
    pieces = {flat(piece) for piece in _pieces(context.title_tag)}
    repeated = [
        heading
        for heading in headings
        if flat(heading.text) in (tag if len(flat(heading.text)) >= _SHORTEST else pieces)
        and not SITE.search(flat(heading.text))
    ]
    if not repeated:
        return None
    best = max(repeated, key=lambda heading: (flat(heading.text) in pieces - names, len(flat(heading.text))))
    return Choice(clean(best.text), f"heading {best.where}", best.text)


def _by_rank(headings: Sequence[Heading]) -> Choice | None:
    """The only heading of the first rank."""
    first = {flat(heading.text): heading for heading in headings if heading.rank == 1}
    if len(first) != 1:
        return None
    (best,) = first.values()
    return Choice(clean(best.text), f"heading {best.where}", best.text)


def _by_piece(title_tag: str, names: set[str], trail: str = "") -> Choice | None:
    """What is left of the title tag without the names of site and column."""
    pieces = [_unnamed(piece, names, trail) for piece in _pieces(title_tag)]
    own = [
        piece
        for piece in pieces
        if len(flat(piece)) >= _SHORTEST
        and _can_be_title(piece, names)
        and not (SITE.search(flat(piece)) or head.is_column(piece, trail))
    ]
    if not own:
        return None
    site_first = len(pieces) > 1 and pieces[0] not in own
    return Choice(clean(own[-1] if site_first else own[0]), "title tag", title_tag)


def _unnamed(piece: str, names: set[str], trail: str) -> str:
    """A part of the title tag without the names that only a space parts from it: 青禾县人民政府 公示公告 …"""
    words = piece.split()

    def is_name(word: str) -> bool:
        return flat(word) in names or bool(SITE.search(flat(word))) or head.is_column(word, trail)

    while len(words) > 1 and is_name(words[0]):
        words.pop(0)
    while len(words) > 1 and is_name(words[-1]):
        words.pop()
    return " ".join(words)


def _pieces(title_tag: str) -> list[str]:
    """The parts a title tag is put together from: title, column, site, in either order."""
    cleaned = re.sub(r"<[^<>]*>", " ", title_tag)
    quoted = [match.span() for match in _QUOTED.finditer(cleaned)]
    pieces, begin = [], 0
    for match in _SEPARATORS.finditer(cleaned):
        if not any(start < match.start() < end for start, end in quoted):
            pieces.append(cleaned[begin : match.start()])
            begin = match.end()
    return [piece for piece in (piece.strip() for piece in (*pieces, cleaned[begin:])) if piece]

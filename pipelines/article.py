"""One text of an article that stands on several pages, or in a frame of its page."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from pipelines import leads, render
from pipelines.extract import Content, Dropped, numbering
from pipelines.fingerprint import normalise
from pipelines.links import page_key
from pipelines.records import Finding, Further, Part, Table, Verdict
from pipelines.render import Block, Paragraph
from pipelines.report_words import is_report_title

_NO_PAGE: frozenset[Verdict] = frozenset({"challenge", "soft_404", "error_page", "home", "unreadable"})
_HELD = 0.95  # share of a page's characters that another one must hold to make it superfluous: pagers may be left in it
_REPEATED = 3  # lines at the head or foot of a page that can be on each of them: title, date and source
_SPACE = re.compile(r"\s+")
_STOPS = ("。", "；", "！")
_PAGE_MARK = re.compile(r"[(（]?(?:第?[\d一二三四五六七八九十]{1,3}页|[(（]\d{1,2})[)）]?$")  # behind a title
_LEADS = frozenset({"continues", "text_in_frame", "numbering"})  # findings on one page that do not hold for the whole


class Read(NamedTuple):
    """What a further page says, read as any other."""

    content: Content
    title: str | None
    verdict: Verdict
    errors: int  # places in which bytes could not be read


@dataclass(frozen=True, slots=True)
class Article:
    """The whole: its content, the pages it was to be read from, unreadable places on those beside the first."""

    content: Content
    further: tuple[Further, ...]
    errors: int


@dataclass(frozen=True, slots=True, eq=False)
class _Page:
    """A page of the article."""

    url: str
    content: Content
    frame: int  # which one shows it, in the order they were found; 0 for none
    blocks: tuple[Block, ...]  # without what is on each page


def whole(url: str, first: Content, title: str | None, parts: Sequence[Part], read: Callable[[Part], Read]) -> Article:
    """The article of which a page is the first, with those of its other pages that are at hand."""
    at_hand = {page_key(part.url): part for part in parts}
    seen = {page_key(url)}
    pages = [_Page(url, first, 0, first.blocks)]
    further: list[Further] = []
    missing: list[Finding] = []
    errors = 0
    frames = itertools.count(1)
    beside: list[Finding] = []  # frames that show something else than the text
    # 上一页 of nb_45.html is nb_44.html, another article, unless there is a first page
    others = first.others if min(leads.numbers((url, *first.others))) <= 1 else ()
    waiting = deque([(to, 0) for to in others] + [(to, next(frames)) for to in first.framed])
    while waiting:
        to, frame = waiting.popleft()
        if page_key(to) in seen:
            continue
        seen.add(page_key(to))
        if len(further) == leads.MOST_PAGES:
            missing.append(_missing(to, f"of an article {leads.MOST_PAGES} further pages are read, and there are more"))
            break
        part = at_hand.get(page_key(to))
        further.append(Further(to, None if part is None else hashlib.sha256(part.body).hexdigest()))
        if part is None:
            missing.append(_missing(to, "it is not at hand"))
            continue
        page = read(part)
        if why := _stranger(page, title):
            (beside if frame else missing).append(_missing(to, why))
            continue
        errors += page.errors
        pages.append(_Page(to, page.content, frame, page.content.blocks))
        waiting.extend((onward, frame) for onward in page.content.others)
        waiting.extend((onward, next(frames)) for onward in page.content.framed)
    if not any(page.frame and page.blocks for page in pages):
        missing += beside
    content = first if len(pages) == 1 else _joined(pages)
    return Article(replace(content, findings=(*missing, *content.findings)), tuple(further), errors)


def _missing(url: str, why: str) -> Finding:
    return Finding("part_missing", "warning", f"a page that the text goes on at is not in it: {why}", url)


def _stranger(page: Read, title: str | None) -> str | None:
    """Why what came is no page of the article."""
    content = page.content
    if page.verdict in _NO_PAGE or (page.verdict == "listing" and not content.tables):
        return f"what came is no page of an article ({page.verdict})"
    if not (content.blocks or content.attachments or content.images or content.framed):
        return "what came holds no text"
    one, other = (normalise(_PAGE_MARK.sub("", words or "")) for words in (title, page.title))
    both = is_report_title(title or "") is None and is_report_title(page.title or "") is None
    if both and one not in other and other not in one:
        return f"what came is another report ({page.title})"
    return None


# ---------------------------------------------------------------- one content of many


def _joined(pages: Sequence[_Page]) -> Content:
    first = pages[0].content
    framed = bool(first.framed) and any(page.content.blocks for page in pages[1:])
    texts = pages[1:] if framed else pages
    numbers = dict(zip(texts, leads.numbers([page.url for page in texts]), strict=True))
    texts = sorted(texts, key=lambda page: (page.frame, numbers[page]))
    told = list(_untold_elsewhere([page for page in texts if page.blocks]))
    cut: list[Dropped] = []
    blocks = tuple(_placed(block for page in _trimmed(told, cut) for block in page.blocks))
    text = render.text(blocks)
    lines = frozenset(text.splitlines())
    left = (line for page in texts if page not in told for line in page.content.lines if line not in lines)
    others = [page.content for page in pages[1:]]
    inner = texts[0].content if framed else Content()  # words around a frame's text are words around the text
    headings = (heading for page in others for heading in page.headings if framed or heading.where == "body")
    return replace(
        first,
        text=text,
        markdown=render.markdown(blocks),
        sections=render.sections(blocks),
        tables=tuple(block for block in blocks if isinstance(block, Table)),
        attachments=tuple({file.url: file for page in pages for file in page.content.attachments}.values()),
        headings=(*first.headings, *headings),
        above=(*first.above, *(first.lines if framed else ()), *inner.above),
        lines=tuple(text.splitlines()),
        below=(*inner.below, *first.below),
        images=tuple({image.url: image for page in pages for image in page.content.images}.values()),
        container=", then ".join(dict.fromkeys(page.content.container for page in texts)),
        dropped=(
            *first.dropped,
            *(Dropped("not the frame's text", line) for line in (first.lines if framed else ())),
            *(line for page in others for line in page.dropped),
            *cut,
            *(Dropped("of a page that another one holds", line) for line in left),
        ),
        findings=(
            *(finding for page in pages for finding in page.content.findings if finding.code not in _LEADS),
            _told(pages),
            *numbering(blocks),
        ),
        blocks=blocks,
    )


def _told(pages: Sequence[_Page]) -> Finding:
    """How the whole was made."""
    evidence = "\n".join(page.url for page in pages[1:])
    if pages[0].content.framed:
        return Finding("text_in_frame", "info", "the text is that of a page shown in a frame", evidence)
    return Finding("joined", "info", f"the text is read from {len(pages)} pages", evidence)


def _untold_elsewhere(pages: Sequence[_Page]) -> Iterator[_Page]:
    """The pages but for those that another one holds: with 余下全文 that one is left, of two copies the first."""
    texts = [_SPACE.sub("", page.content.text) for page in pages]

    @cache
    def holds(one: int, other: int) -> bool:
        may_lack = (1 - _HELD) * len(texts[other])
        for line in pages[other].content.lines:  # mostly the first ones tell
            bare = _SPACE.sub("", line)
            may_lack -= 0 if bare in texts[one] else len(bare)
            if may_lack < 0:
                return False
        return True

    for i, page in enumerate(pages):
        if not any(holds(j, i) and (j < i or not holds(i, j)) for j in range(len(pages)) if j != i):
            yield page


def _trimmed(pages: Sequence[_Page], cut: list[Dropped]) -> Iterator[_Page]:
    """The pages without the lines that each begins or ends with: the title stays on the first, a foot on the last.

    What stands above the first one's text can be in that of a page with little of its own.
    """
    if not pages:
        return
    heads = {block.text for block in pages[0].blocks[:_REPEATED] if isinstance(block, Paragraph)}
    heads.update(pages[0].content.above)
    feet = {block.text for block in pages[-1].blocks[-_REPEATED:] if isinstance(block, Paragraph)}
    for page in pages:
        start, end = 0, len(page.blocks)
        while page is not pages[0] and start < end and _is_one_of(page.blocks[start], heads):
            start += 1
        while page is not pages[-1] and start < end and _is_one_of(page.blocks[end - 1], feet):
            end -= 1
        gone = (*page.blocks[:start], *page.blocks[end:])
        cut.extend(Dropped("on each page", block.text) for block in gone if isinstance(block, Paragraph))
        yield replace(page, blocks=page.blocks[start:end])


def _is_one_of(block: Block, lines: set[str]) -> bool:
    """Whether a block is one of these lines; 无其他情况。 can stand on two pages."""
    return isinstance(block, Paragraph) and block.text in lines and not block.text.endswith(_STOPS)


def _placed(blocks: Iterator[Block]) -> Iterator[Block]:
    """Tables with the number of paragraphs that are now above them."""
    paragraphs = 0
    for block in blocks:
        if isinstance(block, Table):
            yield replace(block, after=paragraphs)
        else:
            paragraphs += 1
            yield block

"""A page's tree to the report's own reading text: container, lines, tables, outline, attachments."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import unquote, urljoin, urlsplit

from pipelines import dom, furniture, leads, links, outline, render, shown, tables
from pipelines.container import choose
from pipelines.dom import Element
from pipelines.lines import Line, seen_lines
from pipelines.records import Attachment, Finding, Heading, Picture, Section, Table
from pipelines.render import Block, Paragraph

_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|et|ofd|rtf|zip|rar|7z|pptx?|csv|txt)$", re.IGNORECASE)
_TITLE_NAME = re.compile(r"tit(?:le)?(?![a-z])|biaoti|headline|theme|(?<![a-z])bt(?![a-z])", re.IGNORECASE)
_INFO_ROWS = 8  # of an info box, which has four to eight
_LONGEST_TITLE = 90
_CAPTION = re.compile(r"^附?表\s*[\d一二三四五]|(?:情况表|统计表|一览表)$")
_MOST_LINES = 400  # of the page around the report: enough for any head and foot, short of a mega menu
_NEAR = 12  # lines behind the container in which its attachments are listed
_PAGERS = 3  # elements behind the container in which its pager is looked for
_BOLD_RANK = 3  # that of a heading which only bold type makes one
_LONGEST_BOLD = 40  # characters of a line in bold that can be a heading
_NO_TEXT = frozenset("head title style script meta link base param source track".split())  # has no words to drop


@dataclass(frozen=True, slots=True)
class Dropped:
    """A line of the container that is not in the text, and the rule that says so.

    `hidden` is the rule of words that no reader sees, where the markup says so; of form fields it is their tag.
    """

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Content:
    """What `extract` found: the report's text in three forms that agree, its parts, and the words around it."""

    text: str = ""
    markdown: str = ""
    sections: tuple[Section, ...] = ()
    tables: tuple[Table, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    headings: tuple[Heading, ...] = ()
    above: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    images: tuple[Picture, ...] = ()
    container: str = ""
    dropped: tuple[Dropped, ...] = ()
    findings: tuple[Finding, ...] = ()
    blocks: tuple[Block, ...] = ()  # what text, markdown and sections are made of
    others: tuple[str, ...] = ()  # addresses at which the text goes on
    framed: tuple[str, ...] = ()  # of pages that frames show in the place of a text

    @property
    def pictures(self) -> int:
        return len(self.images)


def extract(root: Element, url: str, hint: str = "") -> Content:
    """The content of a page. `root` is read, not changed; `hint` is the portal's name for the container, if any."""
    unseen: list[Element] = []
    base = links.base(root, url)
    content = _read(root, url, base, unseen, hint)
    if content.tables or shown.prose(content.lines) >= shown.LITTLE:
        return content
    for text in shown.candidates(root, unseen):
        inner = _read(text.root, url, base, [])
        if shown.prose(inner.lines) >= max(shown.LEAST, 2 * shown.prose(content.lines)):
            return _joined(content, inner, text)
    return content


def _joined(page: Content, inner: Content, text: shown.Shown) -> Content:
    """A text that only a script shows, with the words of the page as those around it."""
    where = text.where
    finding = Finding("text_in_script", "info", f"the text is not shown as the page stands: it is in {where}", where)
    return replace(
        inner,
        attachments=tuple({file.url: file for file in (*inner.attachments, *page.attachments)}.values()),
        headings=(*page.headings, *inner.headings),
        above=(*page.above, *page.lines, *text.about, *inner.above),
        below=(*inner.below, *page.below),
        container=f"{where}, {inner.container}",
        dropped=(*page.dropped, *(Dropped("not the shown text", line) for line in page.lines), *inner.dropped),
        findings=(finding, *inner.findings),
    )


def _read(root: Element, url: str, base: str, unseen: list[Element], hint: str = "") -> Content:
    """What the page shows as it stands; its links are relative to `base`; what no reader sees is added to `unseen`."""
    body = root.find("body")
    body = root if body is None else body
    data = frozenset(table for table in body.iter("table") if tables.is_data(table))
    seen = list(seen_lines(body, data, unseen=unseen))
    if pages := shown.pages(unseen, seen):
        unseen.clear()
        seen = list(seen_lines(body, data, pages, unseen))
    chosen = choose(body, seen, hint, dom.titles(root))
    if chosen is None:
        files, framed = _frames(body, body, url, base, is_thin=True)
        return Content(
            attachments=files,
            above=_words(seen)[:_MOST_LINES],
            headings=_headings(seen, "above"),
            images=_images(body, base),
            findings=tuple(_shows(framed)),
            framed=framed,
        )
    container = chosen.element
    inside = frozenset(container.iter())
    before: list[Line] = []
    within: list[Line] = []
    after: list[Line] = []
    for line in seen:
        (within if line.element in inside else after if within else before).append(line)
    sifted = list(furniture.sift(within, container))
    box = {id(line) for line in within if line.table is not None and _is_info_box(line.table)}
    gone = [Dropped(rule, line.words) for line, rule in sifted if rule is not None and line.table is None]
    gone += [
        Dropped(rule, row)
        for line, rule in sifted
        if rule is not None and line.table is not None
        for row in _rows(line.table)
        if id(line) not in box
    ]
    boxes = [row for line in within if line.table is not None and id(line) in box for row in _rows(line.table) if row]
    blocks = _blocks([line for line, rule in sifted if rule is None and id(line) not in box], unseen)
    text = render.text(blocks)
    lines = tuple(text.splitlines())
    is_thin = shown.prose(lines) < shown.LITTLE and not any(isinstance(block, Table) for block in blocks)
    near = [line.element for line in after[:_NEAR]]
    behind = itertools.islice(
        container.itersiblings("*"), _PAGERS
    )  # pages to choose or click have no words of their own
    others = leads.further((container, *near, *behind), root, url, base) if blocks else ()
    files, framed = _frames(container, body, url, base, is_thin=is_thin and not others)
    hidden = tuple(_unseen(unseen, inside))
    return Content(
        text=text,
        markdown=render.markdown(blocks),
        sections=render.sections(blocks),
        tables=tuple(block for block in blocks if isinstance(block, Table)),
        attachments=(*_attachments((container, *near), base), *files),
        headings=(*_headings(before, "above"), *_headings(within, "body")),
        above=(
            *_words(before)[-_MOST_LINES:],
            *boxes,
            *(d.text for d in gone if d.text and d.rule not in furniture.BEHIND),
        ),
        lines=lines,
        below=(*(d.text for d in gone if d.text and d.rule in furniture.BEHIND), *_words(after))[:_MOST_LINES],
        images=_images(container, base),
        container=chosen.why,
        dropped=(*gone, *(Dropped("info box", row) for row in boxes), *hidden),
        findings=(*_shows(framed), *_continues(others), *_hides(hidden, lines), *numbering(blocks)),
        blocks=tuple(blocks),
        others=others,
        framed=framed,
    )


def _unseen(unseen: Sequence[Element], inside: frozenset[Element]) -> Iterator[Dropped]:
    """The words in the container that no reader sees."""
    for element in unseen:
        if element in inside and isinstance(element.tag, str) and element.tag not in _NO_TEXT:
            rule = element.tag if dom.is_unseen_tag(element.tag) else "hidden"
            for line in seen_lines(element):
                yield Dropped(rule, line.text)


def _frames(
    container: Element, body: Element, url: str, base: str, *, is_thin: bool
) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """Files that frames of the container show; where there is hardly any text, pages that frames of the page show."""
    found = dict(leads.frames(body if is_thin else container, base))
    files = tuple(Attachment("", href, to) for href, to in found.items() if _is_file(href, ""))
    pages = (to for href, to in found.items() if not _is_file(href, "") and links.same_site(to, url))
    return files, tuple(dict.fromkeys(pages)) if is_thin else ()


def _shows(framed: Sequence[str]) -> Iterator[Finding]:
    if framed:
        message = "the page has hardly any text of its own; it shows another page in a frame"
        yield Finding("text_in_frame", "warning", message, "\n".join(framed))


def _continues(others: Sequence[str]) -> Iterator[Finding]:
    if others:
        yield Finding("continues", "warning", f"the text goes on at {len(others)} more addresses", "\n".join(others))


def _hides(hidden: Sequence[Dropped], lines: Sequence[str]) -> Iterator[Finding]:
    """Whether most of the text is folded away: sections that open with a click."""
    told = frozenset(lines)
    words = [line.text for line in hidden if line.rule == "hidden" and line.text not in told]
    if shown.prose(words) > max(shown.LITTLE, shown.prose(lines)):
        message = "the page hides more running text in the place of its article than it shows; it is not in the text"
        yield Finding("text_hidden", "warning", message, words[0])


def numbering(blocks: Sequence[Block]) -> Iterator[Finding]:
    """What is wrong with the numbers of the headings."""
    faults = outline.faults(block.text for block in blocks if isinstance(block, Paragraph))
    if faults:
        yield Finding("numbering", "info", "numbers of headings are missing or doubled", "\n".join(faults))


def _blocks(kept: Sequence[Line], unseen: list[Element]) -> list[Block]:
    """Paragraphs and tables in reading order; a short line right above a table that names it is also its caption.

    What no reader sees of the tables is added to `unseen`.
    """
    out: list[Block] = []
    paragraphs = 0
    for line, following in itertools.zip_longest(kept, kept[1:]):
        if line.table is None:
            out.append(Paragraph(line.text, line.rank or _BOLD_RANK * _is_bold_heading(line, following)))
            paragraphs += 1
            continue
        last = out[-1] if out else None
        caption = last.text if isinstance(last, Paragraph) and _CAPTION.search(last.text) else None
        out.append(Table(caption, paragraphs, *tables.grid(line.table, unseen)))
    return out


def _is_bold_heading(line: Line, following: Line | None) -> bool:
    """Whether a line in bold stands over running text that is not."""
    return (
        line.bold
        and len(line.text) <= _LONGEST_BOLD
        and following is not None
        and not following.bold
        and len(following.text) > len(line.text)
    )


def _words(lines: Sequence[Line]) -> tuple[str, ...]:
    """The lines' words but for bare links; a row of a table is a line with its cells separated by tabs."""
    return tuple(
        words for line in lines for words in ([line.words] if line.table is None else _rows(line.table)) if words
    )


def _images(element: Element, base: str) -> tuple[Picture, ...]:
    found: list[Picture] = []
    for image in element.iter("img"):
        src = (image.get("src") or image.get("data-src") or image.get("data-original") or "").strip()
        if src.startswith("data:"):  # the picture itself, which is in the page's bytes
            src = src.partition(",")[0]
        found.append(Picture(dom.squeeze(image.get("alt") or ""), src, _resolve(base, src)))
    return tuple(found)


def _is_info_box(table: Element) -> bool:
    """Whether a table is the head with 索引号, 发布机构 and the like: half of its filled cells are labels."""
    rows = itertools.islice(tables.rows_of(table), _INFO_ROWS)
    cells = [dom.squeeze(dom.inner_text(cell)) for row in rows for cell in tables.cells_of(row)]
    labels = sum(bool(furniture.INFO_LABEL.fullmatch(cell.replace(" ", ""))) for cell in cells)
    return labels >= 3 and labels * 3 >= sum(map(bool, cells))


def _rows(table: Element) -> list[str]:
    return ["\t".join(row).strip("\t") for row in tables.grid(table)[0]]


def _headings(lines: Sequence[Line], where: Literal["above", "body"]) -> tuple[Heading, ...]:
    """Lines that the page's markup makes headings: h1 … h6, or a block whose id or class says title."""
    out: list[Heading] = []
    for line in lines:
        if line.table is not None or (line.linked * 2 > len(line.text) and not line.rank):
            continue
        rank = line.rank or (2 if len(line.text) < _LONGEST_TITLE and _named_title(line.element) else 0)
        if rank and not furniture.is_furniture(line.text):
            out.append(Heading(line.text, rank, where))
    return tuple(out)


def _named_title(element: Element) -> bool:
    """Whether the block, or one that holds only it, is named like a title."""
    for here in (element, element.getparent()):
        # not by len(), which counts all children of a parent that has thousands
        if here is None or next(itertools.islice(here, 3, None), None) is not None:
            return False
        if _TITLE_NAME.search(f"{here.get('id') or ''} {here.get('class') or ''}"):
            return True
    return False


def _attachments(places: Sequence[Element], base: str) -> tuple[Attachment, ...]:
    """Files linked from the container, or from the lines right behind it."""
    found: dict[str, Attachment] = {}
    for element in places:
        for link in element.iter("a"):
            href = (link.get("href") or "").strip()
            words = dom.squeeze(dom.inner_text(link))
            if _is_file(href, words):
                found.setdefault(href, Attachment(words or link.get("title") or "", href, _resolve(base, href)))
    return tuple(found.values())


def _is_file(href: str, words: str) -> bool:
    if not href or href.lower().startswith(("javascript:", "mailto:", "#", "data:")):
        return False
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    return bool(_FILE.search(unquote(parts.path)) or _FILE.search(unquote(parts.query)) or _FILE.search(words))


def _resolve(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:
        return href

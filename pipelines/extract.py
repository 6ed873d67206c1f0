"""A page's tree to the report's own reading text: container, lines, tables, outline, attachments."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urljoin, urlsplit

from pipelines import dom, furniture, render, tables
from pipelines.container import choose
from pipelines.dom import Element, Line
from pipelines.records import Attachment, Heading, Section, Table
from pipelines.render import Block, Paragraph

_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|et|ofd|rtf|zip|rar|7z|pptx?|csv|txt)$", re.IGNORECASE)
_INFO_LABEL = re.compile(
    r"(?:索引号|索取号|信息索引|发布机构|发文机关|发文机构|公开主体|生成日期|成文日期|发文日期|发布日期|公开日期|文号|发文字号|主题分类|信息分类"
    r"|组配分类|有效性|公开方式|信息名称|名称|关键词|体裁|内容概述|发布单位|文件编号|分类|信息类别|文件下载|时效)[:：]?"
)
_TITLE_NAME = re.compile(r"tit(?:le)?(?![a-z])|biaoti|headline|theme|(?<![a-z])bt(?![a-z])", re.IGNORECASE)
_INFO_ROWS = 8  # of an info box, which has four to eight
_LONGEST_TITLE = 90
_CAPTION = re.compile(r"^附?表\s*[\d一二三四五]|(?:情况表|统计表|一览表)$")
_MOST_LINES = 400  # of the page around the report: enough for any head and foot, short of a mega menu
_NEAR = 12  # lines behind the container in which its attachments are listed


@dataclass(frozen=True, slots=True)
class Dropped:
    """A line of the container that is not in the text, and the rule that says so."""

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
    pictures: int = 0
    container: str = ""
    dropped: tuple[Dropped, ...] = ()


def extract(root: Element, url: str) -> Content:
    """The content of a page. `root` is read, not changed."""
    body = root.find("body")
    body = root if body is None else body
    seen = list(dom.lines(body, frozenset(table for table in body.iter("table") if tables.is_data(table))))
    chosen = choose(body, seen)
    if chosen is None:
        return Content(above=_words(seen)[:_MOST_LINES], headings=_headings(seen, "above"), pictures=_pictures(body))
    container = chosen.element
    inside = frozenset(container.iter())
    before: list[Line] = []
    within: list[Line] = []
    after: list[Line] = []
    for line in seen:
        (within if line.element in inside else after if within else before).append(line)
    sifted = list(furniture.sift(within, container))
    box = {id(line) for line in within if line.table is not None and _is_info_box(line.table)}
    gone = [Dropped(rule, line.text) for line, rule in sifted if rule is not None]
    boxes = [row for line in within if line.table is not None and id(line) in box for row in _rows(line.table)]
    blocks = _blocks([line for line, rule in sifted if rule is None and id(line) not in box])
    text = render.text(blocks)
    return Content(
        text=text,
        markdown=render.markdown(blocks),
        sections=render.sections(blocks),
        tables=tuple(block for block in blocks if isinstance(block, Table)),
        attachments=_attachments(container, after, url),
        headings=(*_headings(before, "above"), *_headings(within, "body")),
        above=(
            *_words(before)[-_MOST_LINES:],
            *boxes,
            *(d.text for d in gone if d.text and d.rule not in furniture.BEHIND),
        ),
        lines=tuple(text.splitlines()),
        below=(*(d.text for d in gone if d.text and d.rule in furniture.BEHIND), *_words(after))[:_MOST_LINES],
        pictures=_pictures(container),
        container=chosen.why,
        dropped=tuple(gone),
    )


def _blocks(kept: Sequence[Line]) -> list[Block]:
    """Paragraphs and tables in reading order; a short line right above a table that names it is also its caption."""
    out: list[Block] = []
    paragraphs = 0
    for line in kept:
        if line.table is None:
            out.append(Paragraph(line.text, line.rank))
            paragraphs += 1
            continue
        last = out[-1] if out else None
        caption = last.text if isinstance(last, Paragraph) and _CAPTION.search(last.text) else None
        out.append(Table(caption, paragraphs, *tables.grid(line.table)))
    return out


def _words(lines: Sequence[Line]) -> tuple[str, ...]:
    """The lines' words but for bare links; a row of a table is a line with its cells separated by tabs."""
    return tuple(
        words for line in lines for words in ([line.text] if line.table is None else _rows(line.table)) if words
    )


def _pictures(element: Element) -> int:
    return sum(1 for _ in element.iter("img"))


def _is_info_box(table: Element) -> bool:
    """Whether a table is the head with 索引号, 发布机构 and the like: half of its filled cells are labels."""
    rows = itertools.islice(tables.rows_of(table), _INFO_ROWS)
    cells = [dom.squeeze("".join(cell.itertext())) for row in rows for cell in tables.cells_of(row)]
    labels = sum(bool(_INFO_LABEL.fullmatch(cell.replace(" ", ""))) for cell in cells)
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
        if here is None or len(here) > 3:
            return False
        if _TITLE_NAME.search(f"{here.get('id') or ''} {here.get('class') or ''}"):
            return True
    return False


def _attachments(container: Element, after: Sequence[Line], url: str) -> tuple[Attachment, ...]:
    """Files linked from the container, or from the lines right behind it."""
    found: dict[str, Attachment] = {}
    near = [line.element for line in after[:_NEAR]]
    for element in (container, *near):
        for link in element.iter("a"):
            href = (link.get("href") or "").strip()
            words = dom.squeeze("".join(link.itertext()))
            if _is_file(href, words):
                found.setdefault(href, Attachment(words or link.get("title") or "", href, _resolve(url, href)))
    return tuple(found.values())


def _is_file(href: str, words: str) -> bool:
    if not href or href.lower().startswith(("javascript:", "mailto:", "#", "data:")):
        return False
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    return bool(_FILE.search(unquote(parts.path)) or _FILE.search(unquote(parts.query)) or _FILE.search(words))


def _resolve(url: str, href: str) -> str:
    try:
        return urljoin(url, href)
    except ValueError:
        return href

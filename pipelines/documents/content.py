"""A document as the stages after `extract` read a page: its text in three forms, its parts, what can be its title."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipelines import render
from pipelines.documents import Document
from pipelines.documents.glyphs import joined
from pipelines.extract import Content
from pipelines.linktext import is_title
from pipelines.records import Attachment, Heading, Table
from pipelines.render import Block, Paragraph

_ANNEX = re.compile(r"附\s*(?:[件表]\s*(?:[\d一二三四五]{1,2}(?![\d年]))?|(?=[:：]))\s*[:：.、]?\s*(?:下载[:：])?\s*")
_BUTTON = re.compile(r"(?:点击|查看|浏览|在线|预览|下载|全文|原文|附件|文件|此处|这里)*")
# above the title of an official paper (GB/T 9704-2012, 7.2): 溪口县人民政府文件, 溪政发〔2012〕5号, 附件1
_ABOVE_TITLE = re.compile(rf".*文\s*件|.*[〔\[（(【]\s*20\d\d\s*[〕\]）)】]\s*第?\s*\d+\s*号.*|{_ANNEX.pattern}")
_FILE_NAME = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|et|rtf)$", re.IGNORECASE)
_SENTENCE = re.compile(r"[。；！？;]|[，,：:]$")
_LONGEST_TITLE = 60


def link_title(words: str | None) -> str | None:
    """A link's words without the name of the file's kind and the mark of an annex; None for those of a button."""
    plain = _FILE_NAME.sub("", (words or "").strip())
    if annex := _ANNEX.match(plain):
        plain = plain[annex.end() :]
    return None if _BUTTON.fullmatch(plain) or not is_title(plain) else plain


def content(document: Document, address: str, link_text: str | None) -> Content:
    """The document's words; where not all could be read the file itself stays as an attachment."""
    text = render.text(document.blocks)
    return Content(
        text=text,
        markdown=render.markdown(document.blocks),
        sections=render.sections(document.blocks),
        tables=tuple(block for block in document.blocks if isinstance(block, Table)),
        attachments=(Attachment(link_text or "", address, address),) if document.problem else (),
        headings=tuple(_headings(document.blocks)),
        lines=tuple(text.splitlines()),
        container=document.kind,
    )


def _headings(blocks: Sequence[Block]) -> Iterator[Heading]:
    """What the file's own marks make headings, the title alone of the first rank; else the words at the top."""
    titles: list[str] = []
    others: list[Heading] = []
    goes_on = False
    for block in blocks:
        is_title = isinstance(block, Paragraph) and block.rank == 1 and _can_be_title(block.text)
        if isinstance(block, Paragraph) and is_title:
            if goes_on:
                titles[-1] = joined(titles[-1], block.text)  # broken over lines
            else:
                titles.append(block.text)
        elif isinstance(block, Paragraph) and block.rank > 1:
            others.append(Heading(block.text, block.rank, "body"))
        goes_on = is_title
    if not titles:
        titles.extend(_top(blocks))
    yield from (Heading(title, 1 if number == 0 else 2, "body") for number, title in enumerate(titles))
    yield from others


def _can_be_title(line: str) -> bool:
    return 0 < len(line) <= _LONGEST_TITLE and not _SENTENCE.search(line) and not _ABOVE_TITLE.fullmatch(line)


def _top(blocks: Sequence[Block]) -> Iterator[str]:
    """The first line but for what stands above a title, or the only words of a table's first row."""
    for block in blocks[:4]:
        if isinstance(block, Table):
            words = [cell for cell in block.rows[0] if cell] if block.rows else []
            line = words[0] if len(words) == 1 else ""
        else:
            line = block.text
        if not _ABOVE_TITLE.fullmatch(line):
            if _can_be_title(line):
                yield line
            return

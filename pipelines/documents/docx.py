"""Word documents (docx): the body's paragraphs and tables in order, as they read with all changes accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipelines.documents import Document, Unreadable
from pipelines.documents.glyphs import joined
from pipelines.documents.numbering import Numbering, W, read_numbering
from pipelines.documents.package import opened, related, xml
from pipelines.documents.prose import Prose, is_grid, is_title
from pipelines.records import Span

_MAX_SLOTS = 200_000  # of one grid
_MAX_SPAN = 63  # columns that Word allows

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
# what a reader of the text does not see: deleted and moved words, pictures with their text boxes, the field's code
_UNSEEN = frozenset(f"{W}{name}" for name in "del moveFrom drawing pict object instrText delText rPr pPr".split()) | {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
}
_BLOCKS = frozenset((f"{W}p", f"{W}tbl"))
_ROWS, _CELLS = frozenset((f"{W}tr",)), frozenset((f"{W}tc",))
_WORDS = {f"{W}t", f"{_M}t"}
_SIGNS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph has from its style: the rank of its heading, its list, whether it is a line of contents."""

    rank: int = 0
    list: tuple[str, int] | None = None
    is_contents: bool = False


@dataclass(slots=True)
class _Reader:
    """A document being read: lists count on from paragraph to paragraph."""

    styles: dict[str, _Style]
    numbering: Numbering
    prose: Prose = field(default_factory=Prose)


def read_docx(body: bytes) -> Document:
    """Paragraphs with their numbers and headings, tables as grids; text boxes, headers and notes are left out."""
    with opened(body) as archive:
        main = related(archive, "", "officeDocument") or "word/document.xml"
        if main not in archive.namelist():
            raise Unreadable("damaged", f"the package has no {main}")
        styles, numbering = related(archive, main, "styles"), related(archive, main, "numbering")
        reader = _Reader(
            _styles(xml(archive, styles)) if styles else {},
            read_numbering(xml(archive, numbering)) if numbering else Numbering({}, {}),
        )
        root = xml(archive, main)
    if root.tag.startswith(f"{{{_STRICT}}}"):
        raise Unreadable("unsupported", "docx in the form Strict Open XML")
    for part in root.iterchildren(f"{W}body"):
        _read_blocks(reader, part)
    is_picture = not reader.prose.blocks and next(root.iter(f"{W}drawing", f"{W}pict"), None) is not None
    problem = ("needs_ocr", "the document is pictures without text") if is_picture else None
    return Document("docx", tuple(reader.prose.blocks), None, problem)


def _read_blocks(reader: _Reader, element: Any) -> None:
    for child in _content(element):
        if child.tag == f"{W}p":
            reader.prose.add(*_read(reader, child))
        else:
            _table(reader, child)


def _content(element: Any, wanted: frozenset[str] = _BLOCKS) -> Iterator[Any]:
    """Children of the wanted kinds, those within content controls and inserted passages too."""
    for child in element.iterchildren():
        if child.tag in wanted:
            yield child
        elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins", f"{W}moveTo"):
            yield from _content(child, wanted)


# ---------------------------------------------------------------- paragraphs


def _styles(root: Any) -> dict[str, _Style]:
    """Styles by their id, with what they have from the styles they rest on."""
    own = {style.get(f"{W}styleId"): style for style in root.iter(f"{W}style") if style.get(f"{W}styleId")}
    return {name: _style(name, own) for name in own}


def _style(name: str, own: dict[str, Any]) -> _Style:
    rank, numbered, is_contents = 0, None, False
    for _ in range(10):  # styles that rest on each other in a circle end too
        style = own.get(name)
        if style is None:
            break
        title = _value(style, f"{W}name").lower()
        if heading := re.fullmatch(r"heading ([1-9])", title):
            rank = rank or int(heading[1]) + 1
        rank = rank or (1 if title == "title" else 0)
        is_contents |= bool(re.fullmatch(r"toc ([1-9]|heading)", title))
        properties = style.find(f"{W}pPr")
        if properties is not None:
            rank = rank or _outline(properties)
            numbered = numbered or _list(properties)
        name = _value(style, f"{W}basedOn")
    return _Style(rank, numbered, is_contents)


def _value(element: Any, path: str) -> str:
    found = element.find(path)
    return found.get(f"{W}val", "") if found is not None else ""


def _outline(properties: Any) -> int:
    level = _value(properties, f"{W}outlineLvl")
    return int(level) + 2 if level in tuple("012345678") else 0


def _list(properties: Any) -> tuple[str, int] | None:
    found = properties.find(f"{W}numPr")
    if found is None:
        return None
    depth = _value(found, f"{W}ilvl")
    return _value(found, f"{W}numId"), int(depth) if depth in tuple("012345678") else 0


def _read(reader: _Reader, element: Any) -> tuple[str, int]:
    """A paragraph's words with the number Word puts before them, and its rank."""
    properties = element.find(f"{W}pPr")
    style, rank, numbered = _Style(), 0, None
    if properties is not None:
        style = reader.styles.get(_value(properties, f"{W}pStyle"), style)
        rank, numbered = _outline(properties), _list(properties)
    if style.is_contents:
        return "", 0
    text = "".join(_words(element))
    if not text.strip():
        return "", 0
    number = reader.numbering.next(*(numbered or style.list or ("", 0)))
    return number + text, rank or style.rank or _is_title(reader, element, text)


def _is_title(reader: _Reader, element: Any, text: str) -> int:
    """1 for the title of a document whose writer used no styles."""
    sizes = [_value(run, f"{W}rPr/{W}sz") for run in element.iter(f"{W}r")]
    half_points = {int(size) if re.fullmatch(r"\d{1,4}", size) else 0 for size in sizes}
    return int(is_title(reader.prose.blocks, text, half_points, _value(element, f"{W}pPr/{W}jc") == "center"))


def _words(element: Any) -> Iterator[str]:
    for child in element.iterchildren():
        if child.tag in _UNSEEN or not isinstance(child.tag, str):
            continue
        if child.tag in _WORDS:
            yield child.text or ""
        elif child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        elif child.tag != f"{W}r" or not _is_hidden(child):
            yield from _words(child)


def _is_hidden(run: Any) -> bool:
    mark = run.find(f"{W}rPr/{W}vanish")
    return mark is not None and mark.get(f"{W}val", "1") not in ("0", "false", "off")


# ---------------------------------------------------------------- tables


def _table(reader: _Reader, table: Any) -> None:
    """A table; a frame around text is unwrapped."""
    kept = [row for row in _content(table, _ROWS) if row.find(f"{W}trPr/{W}del") is None]
    rows = [(row, list(_content(row, _CELLS))) for row in kept]
    if is_grid([len(cells) for _, cells in rows]):
        reader.prose.add_table(*_grid(reader, rows))
        return
    for _, cells in rows:
        for cell in cells:
            _read_blocks(reader, cell)


def _grid(reader: _Reader, rows: list[tuple[Any, list[Any]]]) -> tuple[tuple[tuple[str, ...], ...], tuple[Span, ...]]:
    grid: dict[tuple[int, int], str] = {}
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    reaching: dict[int, tuple[int, int]] = {}  # by column: the cell that goes on downwards there
    width = 0
    for y, (row, cells) in enumerate(rows):
        x = _count(row, f"{W}trPr/{W}gridBefore", 0)
        for cell in cells:
            across = _count(cell, f"{W}tcPr/{W}gridSpan", 1)
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            if merge is not None and merge.get(f"{W}val") != "restart" and x in reaching:
                top, left = reaching[x]
                spans[top, left] = y - top + 1, spans[top, left][1]
            else:
                grid[y, x], spans[y, x] = _cell(reader, cell), (1, across)
                reaching.pop(x, None)
                if merge is not None:
                    reaching[x] = y, x
            x += across
        width = max(width, x)
        if width * len(rows) > _MAX_SLOTS:
            raise Unreadable("too_large", f"a table of {len(rows):,} rows and {width:,} columns")
    whole = tuple(tuple(grid.get((y, x), "") for x in range(width)) for y in range(len(rows)))
    return whole, tuple(Span(y, x, *span) for (y, x), span in spans.items() if span != (1, 1))


def _count(element: Any, path: str, least: int) -> int:
    value = _value(element, path)
    return max(least, min(int(value), _MAX_SPAN)) if re.fullmatch(r"\d{1,6}", value) else least


def _cell(reader: _Reader, cell: Any) -> str:
    """A cell's words; its paragraphs are joined as the lines of one are, a table within it gives its words too."""
    text = ""
    for child in _content(cell):
        if child.tag == f"{W}p":
            more = _read(reader, child)[0]
        else:
            rows = _content(child, _ROWS)
            more = " ".join(filter(None, (_cell(reader, inner) for row in rows for inner in _content(row, _CELLS))))
        text = joined(text, re.sub(r"\s+", " ", more.replace("\n", "")).strip())
    return text

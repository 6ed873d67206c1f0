"""The pages of a document as one flow of paragraphs and tables, without what the pages repeat at their edges."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pipelines.documents import ruled, spread
from pipelines.documents.glyphs import Line, Sheet, joined, lines
from pipelines.documents.ruled import Ruled
from pipelines.render import Block, Paragraph

_EDGE = 0.1  # of a page's height, where running heads and page numbers stand (GB/T 9704 leaves 37 mm of 297 free)
_MANY = 0.4  # of the pages: heads may differ on left and right pages
_INDENT = 0.8  # em; a first line is indented by two
_SLACK = 0.9  # em that a justified line may stay short of the margin
_LEADING = 1.5  # times the usual distance of lines parts two paragraphs
_FULL = 0.7  # of the page's width that full lines reach
_SIZE = 0.15  # of the size: another size is another paragraph
_TITLE = 1.2  # times the body's size
_LONGEST_TITLE = 60

_DASH = r"[-—–－―─·•~～\s]*"
_PAGE_NUMBER = re.compile(
    rf"{_DASH}(?:第\s*)?(?:\d{{1,3}}|[ivxIVX]{{1,5}})(?:\s*页)?(?:\s*[/／，,]?\s*共?\s*\d{{1,3}}\s*页?)?{_DASH}"
)
_NUMBERED = re.compile(r"(?:[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)]|\d{1,2}[.．、](?!\d))")
_ENDED = re.compile(r"[。；：！？…;:!?”）]$")


@dataclass(frozen=True, slots=True)
class _Margins:
    """Where the body's lines begin and end, how far apart they stand, how large they are."""

    left: float
    right: float
    leading: float


@dataclass(frozen=True, slots=True)
class _Placed:
    """A line or a table where it stands."""

    part: Line | Ruled
    page: int
    width: int  # of the page, in points: pages of one width share their margins


def flow(sheets: Sequence[Sheet]) -> tuple[Block, ...]:
    """Paragraphs and tables of all pages in reading order."""
    pages = [_parts(sheet) for sheet in sheets]
    repeated = _repeated(sheets, pages)
    placed = [
        _Placed(part, number, round(sheet.width))
        for number, (sheet, parts) in enumerate(zip(sheets, pages, strict=True))
        for part in parts
        if not (isinstance(part, Line) and _is_edge(part, parts, sheet, repeated))
    ]
    body = [one for one in placed if isinstance(one.part, Line)]
    size = _body_size([one.part for one in body if isinstance(one.part, Line)])
    margins = {width: _margins([one for one in body if one.width == width]) for width in {one.width for one in body}}
    return _blocks(placed, margins, size)


def _parts(sheet: Sheet) -> list[Line | Ruled]:
    tables = ruled.find(sheet.rules, sheet.glyphs)
    free = [glyph for glyph in sheet.glyphs if not any(table.holds(glyph) for table in tables)]
    return sorted([*lines(free), *tables], key=lambda part: part.top)


# ---------------------------------------------------------------- edges of pages


def _band(line: Line, sheet: Sheet) -> str | None:
    if line.bottom < sheet.height * _EDGE:
        return "head"
    return "foot" if line.top > sheet.height * (1 - _EDGE) else None


def _mask(line: Line, sheet: Sheet) -> tuple[str | None, str, int]:
    return _band(line, sheet), re.sub(r"\d+", "0", line.text), round(line.em)


def _repeated(sheets: Sequence[Sheet], pages: Sequence[Sequence[Line | Ruled]]) -> set[tuple[str | None, str, int]]:
    """What stands at the edge of many pages, numbers aside."""
    counts: Counter[tuple[str | None, str, int]] = Counter()
    for sheet, parts in zip(sheets, pages, strict=True):
        counts.update({_mask(part, sheet) for part in parts if isinstance(part, Line) and _band(part, sheet)})
    return {mask for mask, count in counts.items() if count >= max(3, _MANY * len(sheets))}


def _is_edge(
    line: Line, parts: Sequence[Line | Ruled], sheet: Sheet, repeated: set[tuple[str | None, str, int]]
) -> bool:
    if _band(line, sheet) is None:
        return False
    outer = line is parts[0] or line is parts[-1]
    return _mask(line, sheet) in repeated or (outer and bool(_PAGE_NUMBER.fullmatch(line.text)))


# ---------------------------------------------------------------- lines to paragraphs


def _body_size(body: Sequence[Line]) -> float:
    return median([line.em for line in body for _ in range(len(line.text))]) if body else 0.0


def _margins(body: Sequence[_Placed]) -> _Margins:
    """From where at least some lines agree, so that a heading that sticks out does not count."""
    own = [(one.page, one.part) for one in body if isinstance(one.part, Line)]
    size = _body_size([line for _, line in own])
    left = _outermost([line.left for _, line in own], size / 2)
    right = -_outermost([-line.right for _, line in own], size / 2)
    if right < _FULL * body[0].width:  # no line is full
        right = body[0].width - left
    steps = [
        _middle(b) - _middle(a)
        for (page, a), (other, b) in pairwise(own)
        if page == other and abs(a.em - b.em) < _SIZE * a.em
    ]
    return _Margins(left, right, median(steps) if steps else 2 * size)


def _outermost(values: Sequence[float], near: float) -> float:
    """The least value that two others are near to, or the least one."""
    ordered = sorted(values)
    agreed = (a for a, b in zip(ordered, ordered[min(2, len(ordered) - 1) :], strict=False) if b - a <= near)
    return next(agreed, ordered[0])


def _middle(line: Line) -> float:
    return (line.top + line.bottom) / 2


def _parts_here(a: Line, b: Line, same_page: bool, margins: _Margins) -> bool:
    """Whether a paragraph ends after line `a`."""
    em = max(a.em, b.em)
    if abs(a.em - b.em) > _SIZE * em:
        return True
    ended = bool(_ENDED.search(a.text))
    short = margins.right - a.right > b.first + _SLACK * em
    if short or (ended and _NUMBERED.match(b.text)):
        return True
    if same_page and _middle(b) - _middle(a) > _LEADING * margins.leading:
        return True
    is_block = abs(b.left - a.left) < em / 2 and not ended  # all lines of it are indented
    return b.left - margins.left > _INDENT * em and not is_block


def _blocks(placed: Sequence[_Placed], margins: dict[int, _Margins], size: float) -> tuple[Block, ...]:
    out: list[Block] = []
    paragraphs = 0
    for group in _groups(placed, margins):
        first = group[0]
        tables = [one.part for one in group if isinstance(one.part, Ruled)]
        if tables:
            out.append(spread.table(tables, paragraphs))
            continue
        rows = [one.part for one in group if isinstance(one.part, Line)]
        words = rows[0].text
        for row in rows[1:]:
            words = joined(words, row.text)
        is_title = first.page == 0 and rows[0].em > _TITLE * size and len(words) <= _LONGEST_TITLE
        out.append(Paragraph(words, 1 if is_title else 0))
        paragraphs += 1
    return tuple(out)


def _groups(placed: Sequence[_Placed], margins: dict[int, _Margins]) -> list[list[_Placed]]:
    """Lines of one paragraph, pieces of one table."""
    groups: list[list[_Placed]] = []
    for one in placed:
        if groups and _goes_on(groups[-1][-1], one, margins):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _goes_on(last: _Placed, one: _Placed, margins: dict[int, _Margins]) -> bool:
    if isinstance(last.part, Ruled) and isinstance(one.part, Ruled):
        return last.page == one.page - 1 and last.part.fits(one.part)
    if isinstance(last.part, Line) and isinstance(one.part, Line) and last.width == one.width:
        return not _parts_here(last.part, one.part, last.page == one.page, margins[one.width])
    return False

"""Glyphs of a PDF page: by pdfium, or by pdfminer where the page's fonts are only named."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import pypdfium2.raw as c  # type: ignore[import-untyped]  # ships no type information

from pipelines.documents.folding import fold

_MAX_GLYPHS = 20_000  # of a page; a dense A3 table has 8,000
_SKEW = 0.05  # quarter turns: text at another angle is a watermark
_HUGE = 4.0  # times the size of the font: the loose box of a font for vertical writing, which pdfium does not scale
_NAMELESS = "\N{REPLACEMENT CHARACTER}"

Box = tuple[float, float, float, float]  # left, bottom, right, top


class Found(NamedTuple):
    """A glyph where the page has it, standing at so many quarter turns, anticlockwise."""

    char: str
    turns: int
    box: Box


class Inked(NamedTuple):
    """What is written on a page: visible glyphs, how many have no character, whether there are more than are read."""

    glyphs: list[Found]
    nameless: int
    is_cut: bool


def turned(box: Box, turns: int) -> Box:
    """A box turned clockwise by quarters, about the origin."""
    x0, y0, x1, y1 = box
    for _ in range(turns % 4):
        x0, y0, x1, y1 = y0, -x1, y1, -x0
    return x0, y0, x1, y1


def lacks_fonts(page: Any) -> bool:
    """Whether fonts are named and not embedded: pdfium leaves out glyphs of those it cannot find on the machine."""
    texts = islice(page.get_objects(filter=[c.FPDF_PAGEOBJ_TEXT], max_depth=8), _MAX_GLYPHS)
    return any(c.FPDFFont_GetIsEmbedded(c.FPDFTextObj_GetFont(one)) == 0 for one in texts)


def by_pdfium(page: Any) -> Inked:
    """The page's glyphs in its own space; quick."""
    text = page.get_textpage()
    try:
        count = text.count_chars()
        return _inked(_by_pdfium(text, min(count, _MAX_GLYPHS)), count > _MAX_GLYPHS)
    finally:
        text.close()


def by_pdfminer(page: Any, quarters: int, media: Box) -> Inked:
    """The same by pdfminer, which reads the page as it is shown, turned by `quarters`; ten times slower."""
    chars = page.chars
    page.close()
    return _inked(_by_pdfminer(chars[:_MAX_GLYPHS], quarters, media), len(chars) > _MAX_GLYPHS)


def _inked(found: Iterable[tuple[str, float, Box]], is_cut: bool) -> Inked:
    glyphs, nameless = [], 0
    for char, angle, box in found:
        turns = angle / (math.pi / 2)
        nameless += char == _NAMELESS
        if not char.isspace() and char.isprintable() and abs(turns - round(turns)) <= _SKEW:  # gaps tell of blanks
            glyphs.append(Found("".join(map(fold, char)), round(turns) % 4, box))
    return Inked(glyphs, nameless, is_cut)


def _by_pdfium(text: Any, count: int) -> Iterator[tuple[str, float, Box]]:
    loose, matrix = c.FS_RECTF(), c.FS_MATRIX()
    for index in range(count):
        if c.FPDFText_IsGenerated(text, index) == 1:
            continue
        if not (c.FPDFText_GetMatrix(text, index, matrix) and c.FPDFText_GetLooseCharBox(text, index, loose)):
            continue
        code = c.FPDFText_GetUnicode(text, index)
        is_bad = c.FPDFText_HasUnicodeMapError(text, index) == 1 or code == 0 or 0xD800 <= code <= 0xDFFF
        box = (loose.left, loose.bottom, loose.right, loose.top)
        size = c.FPDFText_GetFontSize(text, index) * math.hypot(matrix.a, matrix.b)
        if max(box[2] - box[0], box[3] - box[1]) > _HUGE * size:
            box = text.get_charbox(index)
        yield _NAMELESS if is_bad else chr(code), math.atan2(matrix.b, matrix.a), box


def _by_pdfminer(chars: Iterable[Any], quarters: int, media: Box) -> Iterator[tuple[str, float, Box]]:
    shown = turned(media, quarters)
    corner = turned((0, 0, shown[2] - shown[0], shown[3] - shown[1]), -quarters)
    dx, dy = media[0] - corner[0], media[1] - corner[1]
    for char in chars:
        x0, y0, x1, y1 = turned((char["x0"], char["y0"], char["x1"], char["y1"]), -quarters)
        words = _NAMELESS if char["text"].startswith("(cid:") else char["text"]
        a, b, *_ = char["matrix"]
        yield words, math.atan2(b, a) + quarters * math.pi / 2, (x0 + dx, y0 + dy, x1 + dx, y1 + dy)

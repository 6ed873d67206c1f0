"""PDF: pages turned upright as glyphs and ruling lines, then read by `flow`."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import ExitStack, closing
from functools import cache
from io import BytesIO
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]  # ships no type information
import pypdfium2.raw as c  # type: ignore[import-untyped]  # ships no type information

from pipelines.documents import Document, Unreadable
from pipelines.documents.drawing import drawn
from pipelines.documents.flow import flow
from pipelines.documents.glyphs import Glyph, Rule, Sheet
from pipelines.documents.ink import Box, Inked, by_pdfium, by_pdfminer, lacks_fonts, turned

logging.getLogger("pdfminer").setLevel(logging.ERROR)  # it warns of every font that is written sloppily

_MAX_PAGES = 300
_PICTURE = 0.3  # of a page's area: a page with so much picture and no text is a scan
_FEW = 10  # glyphs that a scanning program may print on a page


def read_pdf(body: bytes) -> Document:
    """Text and ruled tables of a PDF in reading order, as far as it has a text layer."""
    try:
        pdf = pdfium.PdfDocument(body)
    except pdfium.PdfiumError as error:
        if error.err_code in (c.FPDF_ERR_PASSWORD, c.FPDF_ERR_SECURITY):
            raise Unreadable("encrypted", "the PDF asks for a password") from error
        raise Unreadable("damaged", f"the PDF cannot be opened: {error}") from error
    sheets: list[Sheet] = []
    outcomes: Counter[str] = Counter()
    with ExitStack() as stack:
        stack.enter_context(pdf)

        @cache
        def again() -> Any:
            import pdfplumber  # noqa: PLC0415  # a slow import that few files need

            return stack.enter_context(pdfplumber.open(BytesIO(body)))

        def inked(page: Any, number: int) -> Inked:
            if not lacks_fonts(page):
                return by_pdfium(page)
            return by_pdfminer(again().pages[number], page.get_rotation() // 90, page.get_mediabox())

        count = len(pdf)
        for number in range(min(count, _MAX_PAGES)):
            try:
                with closing(pdf[number]) as page:
                    sheet, outcome = _sheet(page, inked(page, number))
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001  # whatever a library makes of one damaged page, the others are read
                outcomes["broken"] += 1
                continue
            sheets.append(sheet)
            outcomes[outcome] += 1
    blocks = flow(sheets)
    return Document("pdf", blocks, count, _problem(count, outcomes, bool(blocks)))


def _problem(count: int, outcomes: Counter[str], has_blocks: bool) -> tuple[str, str] | None:
    if broken := outcomes["broken"]:
        return "damaged", f"{broken} of {count} pages cannot be read"
    if scans := outcomes["scan"]:
        return "needs_ocr", f"{scans} of {count} pages are pictures or in fonts without characters"
    if count > _MAX_PAGES:
        return "too_large", f"{count} pages, of which the first {_MAX_PAGES} are read"
    if cut := outcomes["cut"]:
        return "too_large", f"{cut} of {count} pages are so full that only their beginning is read"
    return None if has_blocks else ("needs_ocr", f"no text on {count} pages")


def _sheet(page: Any, inked: Inked) -> tuple[Sheet, str]:
    """The page with most of its text upright, and `read`, `cut` or `scan`."""
    found = inked.glyphs
    turns = Counter(one.turns for one in found).most_common(1)[0][0] if found else page.get_rotation() // 90
    frame = turned(page.get_bbox(), turns)

    def upright(box: Box) -> Box:
        x0, y0, x1, y1 = turned(box, turns)
        return x0 - frame[0], frame[3] - y1, x1 - frame[0], frame[3] - y0  # y grows downwards from here on

    rules, pictured = drawn(page)
    glyphs = tuple(Glyph(one.char, *upright(one.box)) for one in found if one.turns == turns)
    width, height = frame[2] - frame[0], frame[3] - frame[1]
    is_picture = len(glyphs) < _FEW and pictured > _PICTURE * width * height
    is_scan = is_picture or inked.nameless > len(found) // 3 + _FEW
    lines = tuple(Rule(*upright(rule)) for rule in rules)
    outcome = "scan" if is_scan else "cut" if inked.is_cut else "read"
    return Sheet(width, height, () if is_scan else glyphs, lines), outcome

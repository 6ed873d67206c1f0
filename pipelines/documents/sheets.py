"""Workbooks (xlsx, xls): every visible sheet with something in it as one table."""

from __future__ import annotations

import datetime as dt
import re
from io import BytesIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from pipelines.documents import MAX_SIZE, Document, Unreadable, kind_of
from pipelines.documents.package import chunks, opened
from pipelines.records import Span, Table

_MAX_SHEETS = 100
_MAX_SLOTS = 500_000  # of one sheet between its first and last cell: the library makes room for all of them
_PLACE = re.compile(rb'<(?:\w+:)?c [^>]{0,100}?\br="([A-Z]{1,3})(\d{1,7})"')

Value = int | float | str | bool | dt.date | dt.time | dt.timedelta


def read_sheets(body: bytes) -> Document:
    """Sheets in the workbook's order, the sheet's name as caption; hidden ones a reader does not see."""
    kind = kind_of(body) or ""
    if kind == "xlsx":
        _weigh(body)
    try:
        tables = _tables(body)
    except PasswordError as error:
        raise Unreadable("encrypted", "the workbook asks for a password") from error
    except CalamineError as error:
        raise Unreadable("damaged", f"the workbook cannot be read: {error}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what a panic in Rust arrives as: no Exception by design of PyO3
            raise
        raise Unreadable("damaged", f"the workbook cannot be read: {error}") from error
    return Document(kind, tables)


def _tables(body: bytes) -> tuple[Table, ...]:
    book = CalamineWorkbook.from_filelike(BytesIO(body))
    visible = [
        one.name
        for one in book.sheets_metadata
        if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
    ]
    if len(visible) > _MAX_SHEETS:
        raise Unreadable("too_large", f"{len(visible)} sheets, more than the {_MAX_SHEETS} that are read")
    read = (_table(book.get_sheet_by_name(name)) for name in visible)
    return tuple(table for table in read if table)


def _weigh(body: bytes) -> None:
    """Refuse a workbook that unpacks to too much, or whose cells lie too far apart."""
    total = 0
    with opened(body) as archive:
        for member in archive.infolist():
            rows, columns, tail = 0, 0, b""
            is_sheet = member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml")
            for chunk in chunks(archive, member.filename):
                total += len(chunk)
                if total > MAX_SIZE:
                    raise Unreadable("too_large", f"the workbook unpacks to more than {MAX_SIZE:,} bytes")
                if is_sheet:
                    for letters, digits in _PLACE.findall(tail + chunk):
                        rows, columns = max(rows, int(digits)), max(columns, _column(letters))
                    tail = chunk[-200:]
            if rows * columns > _MAX_SLOTS:
                raise Unreadable("too_large", f"{member.filename} has {rows:,} rows and {columns:,} columns")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _table(sheet: CalamineSheet) -> Table | None:
    """The sheet from its first to its last filled cell; empty rows within it are left out."""
    if sheet.start is None:
        return None
    if sheet.height * sheet.width > _MAX_SLOTS:
        raise Unreadable("too_large", f"the sheet {sheet.name} has {sheet.height:,} rows and {sheet.width:,} columns")
    first_row, first_column = sheet.start
    values = [[_words(value) for value in row] for row in sheet.to_python()]
    width = max((x + 1 for row in values for x, text in enumerate(row) if text), default=0)
    height = max((y + 1 for y, row in enumerate(values) if any(row)), default=0)
    if not height:
        return None
    rows = tuple(tuple(row[:width]) for row in values[:height])
    spans = []
    for (top, left), (bottom, right) in sorted(sheet.merged_cell_ranges or ()):
        y, x = top - first_row, left - first_column
        if 0 <= y < height and 0 <= x < width:
            span = Span(y, x, min(bottom - top + 1, height - y), min(right - left + 1, width - x))
            spans.append(span)
    return Table(sheet.name, 0, rows, tuple(spans))


def _words(value: Value) -> str:
    """A value as it is written: 3.0 is 3, and a binary fraction shows the 15 digits that Excel keeps."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    return " ".join(str(value).split())

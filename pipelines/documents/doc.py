"""Word 97 to 2003 (doc, and wps by Kingsoft): the main text by the table of its pieces, tables as grids.

The names of [MS-DOC] are given in brackets: its places and codes cannot be made up.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise

import olefile  # type: ignore[import-untyped]  # ships no type information

from pipelines.documents import Document, Unreadable
from pipelines.documents.numbering import Numbering
from pipelines.documents.prose import is_title, whole
from pipelines.documents.word_lists import read_lists
from pipelines.documents.word_runs import Runs, character_runs, paragraph_runs
from pipelines.documents.word_tables import Draft

_WORD_97 = 0xA5EC
_ENCRYPTED, _SECOND_TABLE = 0x0100, 0x0200  # of the flags at 0x0A [fEncrypted, fWhichTblStm]
_MAIN_SIZE, _PIECES = 0x4C, 0x1A2  # [ccpText, fcClx]
_MAX_CHARACTERS = 1_000_000  # a book; the longest report seen has 20,000
_MAX_DEPTH = 9  # levels of headings
_PICTURES = frozenset("\x01\x08")
_SIGNS = {"\t": "\t", "\x0b": "\n", "\x0e": "\n", "\x1e": "-", "\xa0": " "}
_BEGIN, _RESULT, _END = "\x13", "\x14", "\x15"  # of a field: an instruction, and what it gave
_PARAGRAPH, _CELL, _PAGE = "\r", "\x07", "\x0c"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the text: its first and last position there, and its place in the file."""

    start: int
    end: int
    offset: int
    step: int  # bytes of a character

    def read(self, main: bytes, size: int) -> Iterator[tuple[str, int]]:
        """The characters with their places, no further than the text's first `size`."""
        count = min(self.end, size) - self.start
        raw = main[self.offset : self.offset + max(0, count) * self.step]
        if self.step == 1:
            return zip(raw.decode("cp1252", "replace"), range(self.offset, self.offset + len(raw)), strict=True)
        units = struct.unpack(f"<{len(raw) // 2}H", raw[: len(raw) // 2 * 2])
        return zip(map(chr, units), range(self.offset, self.offset + 2 * len(units), 2), strict=True)


@dataclass(slots=True)
class _Reader:
    """A document being read, with the words of the paragraph under way and the sizes of its letters."""

    lists: Numbering
    draft: Draft = field(default_factory=Draft)
    words: list[str] = field(default_factory=list)
    sizes: set[int] = field(default_factory=set)

    def end(self, mark: str, runs: Runs, place: int) -> None:
        """A paragraph, a cell or a row is at its end."""
        style, marks = runs.at(place)
        text = whole("".join(self.words))
        if text.strip() and 0x460B in marks:  # [sprmPIlfo, sprmPIlvl]
            text = self.lists.next(str(_number(marks[0x460B])), _number(marks.get(0x260A, b""))) + text
        depth = _number(marks.get(0x6649, b""))  # [sprmPItap]
        is_inside = bool(depth) or marks.get(0x2416) == b"\1"  # [sprmPFInTable]
        if is_inside and marks.get(0x2417) == b"\1":  # [sprmPFTtp, sprmTDefTable]
            self.draft.end_row(*_described(marks.get(0xD608, b"")))
        elif is_inside:
            self.draft.add_to_cell(text)
            if mark == _CELL and depth < 2:
                self.draft.end_cell()
        else:
            rank = style + 1 if 1 <= style <= _MAX_DEPTH else 0
            level = _number(marks.get(0x2640, b"\t"))  # [sprmPOutLvl], 9: text
            rank = rank or (level + 2 if level < _MAX_DEPTH else 0)
            is_centred = 1 in (_number(marks.get(0x2403, b"")), _number(marks.get(0x2461, b"")))  # [sprmPJc80, sprmPJc]
            is_head = is_title(self.draft.prose.blocks, text, self.sizes, is_centred)
            self.draft.add(text, rank or int(is_head))
        self.words, self.sizes = [], set()


def read_doc(body: bytes) -> Document:
    """Paragraphs with their headings and tables as grids; headers, notes, text boxes and comments are left out."""
    with olefile.OleFileIO(BytesIO(body)) as ole:
        main = _stream(ole, "WordDocument")
        magic, flags = struct.unpack_from("<H8xH", main)
        if magic != _WORD_97:
            raise Unreadable("unsupported", "a file of Word before 97")
        if flags & _ENCRYPTED:
            raise Unreadable("encrypted", "the Word file asks for a password")
        plan = _stream(ole, "1Table" if flags & _SECOND_TABLE else "0Table")
        data = _stream(ole, "Data") if ole.exists("Data") else b""
    (size,) = struct.unpack_from("<I", main, _MAIN_SIZE)
    if size > _MAX_CHARACTERS:
        raise Unreadable("too_large", f"a text of {size:,} characters, more than the {_MAX_CHARACTERS:,} that are read")
    reader = _Reader(read_lists(main, plan))
    count, has_pictures = _read(reader, main, size, plan, data)
    blocks = tuple(reader.draft.prose.blocks)
    problem = None
    if count < size:
        problem = "damaged", f"{size - count:,} of {size:,} characters are missing"
    elif not blocks and has_pictures:
        problem = "needs_ocr", "the document is pictures without text"
    return Document("doc", blocks, None, problem)


def _stream(ole: olefile.OleFileIO, name: str) -> bytes:
    if not ole.exists(name):
        raise Unreadable("damaged", f"the Word file has no stream {name}")
    with ole.openstream(name) as stream:
        return bytes(stream.read())


def _pieces(plan: bytes, main: bytes) -> list[_Piece]:
    """The stretches of the text in reading order; a file that was saved quickly has them in any order."""
    place, size = struct.unpack_from("<II", main, _PIECES)
    clx = plan[place : place + size]
    at = 0
    while clx[at : at + 1] == b"\1":  # changes of format [Prc]
        at += 3 + int.from_bytes(clx[at + 1 : at + 3], "little")
    if clx[at : at + 1] != b"\2":
        raise Unreadable("damaged", "the Word file has no table of pieces")
    found = clx[at + 5 :]
    count = (min(len(found), int.from_bytes(clx[at + 1 : at + 5], "little")) - 4) // 12
    bounds = struct.unpack_from(f"<{count + 1}I", found)
    if any(end < start for start, end in pairwise(bounds)):
        raise Unreadable("damaged", "the pieces of the Word file overlap")
    pieces = []
    for number, (start, end) in enumerate(pairwise(bounds)):
        (at,) = struct.unpack_from("<I", found, 4 * (count + 1) + 8 * number + 2)
        is_narrow = at & 0x40000000  # [fCompressed]: Western letters alone, a byte each
        offset = (at & 0x3FFFFFFF) // (2 if is_narrow else 1)
        pieces.append(_Piece(start, end, offset, 1 if is_narrow else 2))
    return pieces


def _read(reader: _Reader, main: bytes, size: int, plan: bytes, data: bytes) -> tuple[int, bool]:
    """Read the main text into `reader`; how many characters it has, and whether there are pictures among them."""
    paragraphs, letters = paragraph_runs(main, plan, data), character_runs(main, plan)
    fields: list[bool] = []  # of those under way, whether we stand in the instruction
    count, has_pictures = 0, False
    first = last = 0  # the stretch of one format
    is_hidden, height = False, 0
    for piece in _pieces(plan, main):
        for char, place in piece.read(main, size):
            count += 1
            if char in (_PARAGRAPH, _CELL, _PAGE):
                reader.end(char, paragraphs, place)
                fields.clear()  # none goes on over a paragraph in sound text, and an open one must not eat the rest
                continue
            if not first <= place < last:
                first, last, marks = letters.around(place)
                is_hidden = b"\1" in (marks.get(0x0800), marks.get(0x083C))  # [sprmCFRMarkDel, sprmCFVanish]
                height = _number(marks.get(0x4A43, b""))  # [sprmCHps], half points
            if char == _BEGIN:
                fields.append(True)
            elif char == _RESULT and fields:
                fields[-1] = False
            elif char == _END and fields:
                fields.pop()
            elif not is_hidden and not any(fields):
                has_pictures = has_pictures or char in _PICTURES
                if char in _SIGNS or char >= " ":
                    reader.words.append(_SIGNS.get(char, "" if char == "\x1f" else char))
                    if not char.isspace():
                        reader.sizes.add(height)
    reader.end(_PARAGRAPH, Runs([], [], []), 0)
    reader.draft.close()
    return count, has_pictures


def _described(row: bytes) -> tuple[Sequence[int], Sequence[int]]:
    """The edges of a row's cells in twips, and what they say of themselves [TDefTableOperand, TC80]."""
    count = row[0] if row else 0
    first = 1 + 2 * (count + 1)
    if len(row) < first:
        return (), ()
    flags = [int.from_bytes(row[at : at + 2], "little") for at in range(first, first + 20 * count, 20)]
    return struct.unpack_from(f"<{count + 1}h", row, 1), flags


def _number(operand: bytes) -> int:
    return int.from_bytes(operand, "little")

"""Rich Text Format, which many files that are called doc are: paragraphs, tables as grids, numbers as printed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from pipelines.documents import Document
from pipelines.documents.prose import is_title, whole
from pipelines.documents.word_tables import BEGINS, GOES_ON, MERGED, Draft

_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<sign>[^a-zA-Z])|"
    r"(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]+|\\"
)
_ASIDE = frozenset(  # groups whose words are no text; those that begin with \* are none either
    "fonttbl colortbl stylesheet info pict object header headerl headerr headerf footer footerl footerr footerf "
    "footnote annotation nonesttables nonshppict xe tc rxe txe private".split()
)
_LETTERS = {
    "tab": "\t",
    "line": "\n",
    "page": "\n",
    "nestcell": "\n",
    "emspace": " ",
    "enspace": " ",
    "bullet": "•",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
}
_SIGNS = {"~": " ", "_": "-", "\\": "\\", "{": "{", "}": "}", "\r": "\n", "\n": "\n"}
_PAGES = {128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950"}  # by a font's charset; other ones as the file is
_CELL = {"clmrg": MERGED, "clvmgf": GOES_ON | BEGINS, "clvmrg": GOES_ON}
_TEXT = 9  # the level of what is no heading
_CODE_PAGES = frozenset((874, 932, 949, 950, *range(1250, 1259)))
_SYMBOLS = 2  # the charset of fonts whose letters are bullets
_NUMBER = re.compile(r"[\w、.．,，()（）]")


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits: formats of letters, of the paragraph, and how the bytes are to be read."""

    is_aside: bool = False
    in_fonts: bool = False
    font: int = 0
    fallback: int = 1  # letters after a \u for readers that do not know it
    is_hidden: bool = False
    size: int = 24  # half points
    is_centred: bool = False
    is_inside: bool = False  # of a table
    level: int = _TEXT
    in_number: bool = False  # that the writing program counted


@dataclass(slots=True)
class _Reader:
    """A file being read: the letters of the paragraph, and the row as it is described."""

    state: _State = field(default_factory=_State)
    outer: list[_State] = field(default_factory=list)
    page: str = "cp1252"
    fonts: dict[int, int] = field(default_factory=dict)
    draft: Draft = field(default_factory=Draft)
    raw: bytearray = field(default_factory=bytearray)
    words: list[str] = field(default_factory=list)
    sizes: set[int] = field(default_factory=set)
    skip: int = 0
    edges: list[int] = field(default_factory=lambda: [0])
    flags: list[int] = field(default_factory=list)
    flag: int = 0
    has_pictures: bool = False

    def write(self, letters: str) -> None:
        state = self.state
        is_bullet = state.in_number and (not _NUMBER.search(letters) or self.fonts.get(state.font) == _SYMBOLS)
        if not (state.is_aside or state.is_hidden or is_bullet):
            self.words.append(letters)
            if letters.strip():
                self.sizes.add(state.size)

    def flush(self) -> None:
        """The bytes so far as letters: two of them may be one, in whatever way each was written."""
        if self.raw:
            self.write(self.raw.decode(_PAGES.get(self.fonts.get(self.state.font, 0), self.page), "replace"))
            self.raw.clear()

    def take(self, letters: bytes) -> None:
        left = letters[self.skip :]
        self.skip -= len(letters) - len(left)
        self.raw += left

    def end(self) -> None:
        """The paragraph is at its end."""
        text, state = whole("".join(self.words)), self.state
        if state.is_inside:
            self.draft.add_to_cell(text)
        else:
            is_head = is_title(self.draft.prose.blocks, text, self.sizes, state.is_centred)
            self.draft.add(text, state.level + 2 if 0 <= state.level < _TEXT else int(is_head))
        self.words, self.sizes = [], set()

    def end_cell(self) -> None:
        self.draft.add_to_cell(whole("".join(self.words)))
        self.draft.end_cell()
        self.words, self.sizes = [], set()


def read_rtf(body: bytes) -> Document:
    """Paragraphs and tables in order; headers, notes, text boxes and comments are left out."""
    source = body.decode("latin-1")
    reader = _Reader()
    at = 0
    while found := _TOKEN.match(source, at):
        at = found.end()
        if found["text"]:
            reader.take(found["text"].encode("latin-1"))
        elif found["hex"]:
            reader.take(bytes.fromhex(found["hex"]))
        elif found["brace"]:
            reader.flush()
            _brace(reader, found["brace"])
        elif found["sign"]:
            reader.flush()
            _sign(reader, found["sign"])
        elif found["word"]:
            reader.flush()
            reader.skip = 0
            number = int(found["number"]) if found["number"] else None
            if found["word"] == "bin":
                at += max(0, number or 0)
            else:
                _word(reader, found["word"], number)
    reader.flush()
    reader.end()
    reader.draft.close()
    blocks = tuple(reader.draft.prose.blocks)
    problem = None
    if reader.outer:
        problem = "damaged", f"the file ends within {len(reader.outer)} groups"
    elif reader.has_pictures and not blocks:
        problem = "needs_ocr", "the document is pictures without text"
    return Document("rtf", blocks, None, problem)


def _brace(reader: _Reader, brace: str) -> None:
    reader.skip = 0
    if brace == "{":
        reader.outer.append(reader.state)
    elif reader.outer:
        reader.state = reader.outer.pop()


def _sign(reader: _Reader, sign: str) -> None:
    if sign == "*":
        reader.state = replace(reader.state, is_aside=True)
    elif sign in "\r\n":
        reader.end()
    elif sign in _SIGNS:
        reader.write(_SIGNS[sign])


def _word(reader: _Reader, word: str, number: int | None) -> None:
    """Do what a control word says, if it says something about the text."""
    state = reader.state
    if word == "u" and number is not None:
        reader.write(chr(number % 0x10000))
        reader.skip = state.fallback
    elif word in _ASIDE:
        reader.has_pictures |= word == "pict"
        reader.state = replace(state, is_aside=True, in_fonts=word == "fonttbl")
    elif word == "ansicpg" and number:
        reader.page = "gb18030" if number == 936 else f"cp{number}" if number in _CODE_PAGES else reader.page
    elif word == "fcharset" and state.in_fonts:
        reader.fonts[state.font] = number or 0
    elif word == "f":
        reader.state = replace(state, font=number or 0)
    elif word == "fs":
        reader.state = replace(state, size=number or 0)
    elif word == "uc":
        reader.state = replace(state, fallback=number or 0)
    elif word == "outlinelevel":
        reader.state = replace(state, level=number or 0)
    elif word in ("v", "deleted"):
        reader.state = replace(state, is_hidden=number != 0)
    elif word == "plain":
        reader.state = replace(state, is_hidden=False, size=24)
    elif word in ("listtext", "pntext"):
        reader.state = replace(state, in_number=True)
    elif word == "qc":
        reader.state = replace(state, is_centred=True)
    elif word == "intbl":
        reader.state = replace(state, is_inside=True)
    elif word == "pard":
        reader.state = replace(state, is_centred=False, is_inside=False, level=_TEXT)
    elif not state.is_aside:
        _mark(reader, word, number or 0)


def _mark(reader: _Reader, word: str, number: int) -> None:
    """Do what a control word within the text says: letters that it stands for, and ends of paragraphs and cells."""
    if word in _LETTERS:
        reader.write(_LETTERS[word])
    elif word in ("par", "sect"):
        reader.end()
    elif word == "cell":
        reader.end_cell()
    elif word == "row":
        reader.draft.end_row(reader.edges, reader.flags)
    elif word == "trowd":
        reader.edges, reader.flags, reader.flag = [0], [], 0
    elif word == "trleft":
        reader.edges[0] = number
    elif word in _CELL:
        reader.flag |= _CELL[word]
    elif word == "cellx":
        reader.edges.append(number)
        reader.flags.append(reader.flag)
        reader.flag = 0

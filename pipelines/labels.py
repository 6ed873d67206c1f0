"""Labelled values of the lines around a report: info boxes (索引号, 发布机构, 文号) and the line of date and source."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice, pairwise

_TRADITIONAL = str.maketrans(
    "發佈時間來機構號關開體單覽點擊閱讀責編輯錄題類別稱", "发布时间来机构号关开体单览点击阅读责编辑录题类别称"
)
# What may stand behind a label: a colon, the bracket it stands in, or a date. It begins with a class, which is quick.
_END_OF_LABEL = re.compile(r"[】\]:：\s](?:(?<=[】\]])\s*[:：]?|(?<=[:：])|(?<=\s)\s*(?:[:：]|(?=20\d\d\s*[-年/.])))")
_UNOPENED = re.compile(
    r"^([^【\[〔(（]*)[】\]〕)）].*$"
)  # 【来源：县府办】 【阅读：9次】: the bracket the label stands in
_SPACES = re.compile(r"\s+")
_UNKNOWN = re.compile(r"[^:：。]{1,12}[:：]")  # a label nobody listed, alone in its cell
_LETTER = re.compile(r"[来写]信|信件|留言|咨询|[回答]\s*复|处理")  # no form of a letter without one of these
_FORM_ROWS, _FORM_LABELS = 30, 3
_OF_LETTERS = frozenset(("subject", "asked", "answered", "letter"))
_LONGEST_CELL = 200  # characters; longer ones are running text, and label words in them are none


@dataclass(frozen=True, slots=True)
class Reading:
    """A labelled value: what the label means, the words behind it (empty: nothing stands there), and on which line."""

    field: str
    value: str
    words: str
    line: int


@dataclass(frozen=True, slots=True)
class _Labels:
    meaning: dict[str, str]
    loose: frozenset[str]
    longest: int


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    line: int


@cache
def _labels() -> _Labels:
    data = tomllib.loads(files("pipelines").joinpath("data/labels.toml").read_text("utf-8"))
    loose = frozenset(data.pop("loose"))
    meaning = {label: field for field, labels in data.items() for label in labels}
    return _Labels(meaning, loose, max(map(len, meaning)))


def read(lines: Iterable[str]) -> tuple[Reading, ...]:
    """All labelled values of the lines, in their order.

    A value stands behind its label up to the next label; behind a label that is alone in its cell or on its line it is
    the next cell or line.
    """
    return _read(tuple(lines))


@lru_cache(maxsize=4)  # the lines above a text are asked for by title, dates and numbers
def _read(lines: tuple[str, ...]) -> tuple[Reading, ...]:
    cells = [_Cell(cell.strip(), number) for number, line in enumerate(lines) for cell in line.split("\t")]
    return tuple(_readings(cells))


def form(lines: Sequence[str]) -> tuple[Reading, ...]:
    """The labelled values of a text that is a form: a letter and its answer, one field a row. Empty for other texts.

    It is one where at least three different labels of letters (写信时间, 处理状态) stand alone in their cells or begin
    their lines, so that a text that only speaks of letters is none.
    """
    rows = lines[:_FORM_ROWS]
    if not _LETTER.search("\n".join(rows)):
        return ()
    found = [reading for reading in read(rows) if _stands_first(reading)]
    return tuple(found) if len({r.words for r in found if r.field in _OF_LETTERS}) >= _FORM_LABELS else ()


def _stands_first(reading: Reading) -> bool:
    return reading.value not in reading.words or _UNKNOWN.match(reading.words) is not None


def _readings(cells: Sequence[_Cell]) -> Iterator[Reading]:
    meaning, longest = _labels().meaning, _labels().longest
    for at, cell in enumerate(cells):
        text = cell.text
        is_word = text.isalnum()  # a label, or none with a value
        if not text or len(text) > (longest if is_word else _LONGEST_CELL):
            continue
        folded = text.translate(_TRADITIONAL)
        if field := meaning.get(_compact(folded)):
            yield Reading(field, _value_in(cells[at + 1 : at + 2]), text, cell.line)
            continue
        hits = [] if is_word else list(_hits(folded)) or list(_leading(folded))
        for (start, end, field), (stop, _, _) in pairwise([*hits, (len(text), 0, "")]):
            value = _UNOPENED.sub(r"\1", text[end:stop].strip())
            yield Reading(field, value, text[start:stop].strip(), cell.line)


def _hits(text: str) -> Iterator[tuple[int, int, str]]:
    """Start of each label in a folded text, end of what belongs to it, and its meaning."""
    taken = 0
    for ending in _END_OF_LABEL.finditer(text):
        if found := _label_before(text, taken, ending.start()):
            start, field = found
            taken = ending.end()
            yield start, taken, field


def _label_before(text: str, begin: int, end: int) -> tuple[int, str] | None:
    """The longest label that ends at `end`; spaces inside it do not count."""
    labels = _labels()
    best: tuple[int, str] | None = None
    word = ""
    for at in range(end - 1, begin - 1, -1):
        if text[at].isspace():
            continue
        word = text[at] + word
        if len(word) > labels.longest:
            break
        alone = at == begin or not "\u4e00" <= text[at - 1] <= "\u9fff"
        # Behind another label's value it ends that value, glued to it or not: 来源：县府办作者：张三
        ends = begin > 0 and labels.meaning.get(word) == "other"
        if word in labels.meaning and (alone or ends or word not in labels.loose):
            best = (at, labels.meaning[word])
    return best


def _leading(text: str) -> Iterator[tuple[int, int, str]]:
    """A label at the start with nothing but space behind it: 索引号 014314799/2024-00002."""
    for space in islice(_SPACES.finditer(text), 4):
        word = _compact(text[: space.start()])
        if len(word) > 2 and word in _labels().meaning:
            yield 0, space.end(), _labels().meaning[word]
            return


def _compact(text: str) -> str:
    return "".join(text.split()).strip(":：【】[]")


def _value_in(following: Sequence[_Cell]) -> str:
    """The cell behind a label that stands alone, unless it is a label itself."""
    for cell in following:
        folded = cell.text.translate(_TRADITIONAL)
        is_label = _compact(folded) in _labels().meaning or _UNKNOWN.fullmatch(cell.text) or any(_hits(folded))
        if not is_label and len(cell.text) <= _LONGEST_CELL:
            return cell.text
    return ""

"""The outline of a Chinese official text: which lines are headings, on which level, with which number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_NUMBER = r"[一二三四五六七八九十百〇零○]{1,4}"
# by the order of precedence that 党政机关公文格式 (GB/T 9704-2012) gives the forms
_FORMS = (
    (1, re.compile(rf"(第{_NUMBER}(?:部分|章|节))[、：:.\s]*(.+)")),
    (1, re.compile(rf"({_NUMBER}[、．.,，])\s*(.+)")),
    (2, re.compile(rf"([（(]\s*{_NUMBER}\s*[）)][、.]?)\s*(.+)")),
    (3, re.compile(r"(\d{1,2}[、．.](?!\d))\s*(.+)")),
    (4, re.compile(r"([（(]\s*\d{1,2}\s*[）)][、.]?)\s*(.+)")),
)
_SHOWN = 30  # characters of a line that a fault quotes
_LONGEST = 50  # characters of a heading; longer ones are paragraphs with a number
_SENTENCE = re.compile(r"[。；！？;]|[，,：:]$")
# （一）主动公开情况。全年… : the heading runs into its paragraph
_RUN_IN = re.compile(r"([^\d，。；：:,;！？、]{2,20}。|[^\d，。；：:,;！？、]{2,16}[：:])(?=\s*\S{8})")
_COLON_LEVELS = 2  # below, `1.规范性文件：12件` is an entry of a list
_FIRST = frozenset("第一二三四五六七八九十百〇零○（(0123456789")
_DIGITS = {digit: i for i, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0}


class Head(NamedTuple):
    """A heading; `rest` is the text that follows it in the same line."""

    level: int
    number: str
    title: str
    rest: str = ""


def head(line: str, rank: int = 0) -> Head | None:
    """The line as a heading: by its numbering, else by the page's markup (`rank` 1 for h1); None for a paragraph."""
    if len(line) > _LONGEST or _SENTENCE.search(line):
        return _run_in(line)
    for level, form in _FORMS:
        if found := form.fullmatch(line):
            return Head(level, found[1].strip(), found[2].strip())
    return Head(max(1, rank - 1), "", line) if rank > 1 else None


def _run_in(line: str) -> Head | None:
    for level, form in _FORMS:
        if (found := form.match(line)) and (title := _RUN_IN.match(line, found.start(2))):
            if title[1][-1] != "。" and level > _COLON_LEVELS:
                return None
            return Head(level, found[1].strip(), title[1], line[title.end() :].strip())
    return None


def faults(lines: Iterable[str]) -> list[str]:
    """What is missing or doubled in the numbering of a text's lines, headings or not, in words."""
    out: list[str] = []
    last: dict[int, int] = {}
    for line in lines:
        form, number, value = _numbered(line) if line[:1] in _FIRST else (0, "", 0)
        if not value:
            continue
        for deeper in [key for key in last if key > form]:
            del last[deeper]
        before = last.get(form, 0)
        begins_anew = value == 1 and _FORMS[form][0] > 2  # a list of its own
        if value == before or (value < before and not begins_anew):
            out.append(f"{number} comes again: {line[:_SHOWN]}")
        elif value > before + 1 and (before or _FORMS[form][0] <= 2):
            missing = f"{before + 1}" if value == before + 2 else f"{before + 1} to {value - 1}"
            out.append(f"{missing} missing before {line[:_SHOWN]}")
        last[form] = value
    return out


def _numbered(line: str) -> tuple[int, str, int]:
    """Which form of numbering a line begins with, as written and as a number; 0 for none."""
    for i, (_, form) in enumerate(_FORMS):
        if found := form.match(line):
            return i, found[1].strip(), _value(found[1])
    return 0, "", 0


def _value(number: str) -> int:
    """一 to 九十九, or digits."""
    if digits := re.search(r"\d+", number):
        return int(digits[0])
    plain = "".join(re.findall(_NUMBER, number))
    if "百" in plain or not plain:
        return 0
    tens, ten, ones = plain.rpartition("十")
    if not ten:
        return _DIGITS.get(plain, 0)
    return (_DIGITS.get(tens, 0) or 1) * 10 + _DIGITS.get(ones, 0)

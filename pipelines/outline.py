"""The outline of a Chinese official text: which lines are headings, on which level, with which number."""

from __future__ import annotations

import re
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
_LONGEST = 50  # characters of a heading; longer ones are paragraphs with a number
_SENTENCE = re.compile(r"[。；！？;]|[，,：:]$")


class Head(NamedTuple):
    level: int
    number: str
    title: str


def head(line: str, rank: int = 0) -> Head | None:
    """The line as a heading: by its numbering, else by the page's markup (`rank` 1 for h1); None for a paragraph."""
    if len(line) > _LONGEST or _SENTENCE.search(line):
        return None
    for level, form in _FORMS:
        if found := form.fullmatch(line):
            return Head(level, found[1].strip(), found[2].strip())
    return Head(max(1, rank - 1), "", line) if rank > 1 else None

"""Words of betting and porn that no report has, told from an honest page's words about them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import NamedTuple

_BREAK = re.compile(r"[。；;\n<>]")
_BEGINS = re.compile("referrer|userAgent")
_SCRIPTS = 100  # places in which such a script can begin that are looked at
_NEAR = 80  # characters of a sentence on either side of a mark that are looked at


class Mark(NamedTuple):
    """A word of spam, and where it stands."""

    start: int
    end: int
    words: str


class _Table(NamedTuple):
    words: re.Pattern[str]
    letters: tuple[str, ...]
    brands: re.Pattern[str]
    excused: re.Pattern[str]
    redirects: re.Pattern[str]


@cache
def _table() -> _Table:
    data = tomllib.loads(files("pipelines.data").joinpath("spam.toml").read_text("utf-8"))
    # each way begins with a character, not with a group: only then does `re` skip to the characters that can begin one
    words = [f"{word}(?:{row['followed']})" for row in data["marks"] for word in row["words"]]
    return _Table(
        re.compile("|".join(words)),
        tuple(data["letters"]),
        re.compile("|".join(data["brands"])),
        re.compile("|".join(data["excused"])),
        re.compile("|".join(data["redirects"])),
    )


def occurs(html: str) -> bool:
    """Whether there is a mark in Chinese, excused or not: what all of a page's markup is first searched for."""
    return _table().words.search(html) is not None


def marks(words: str) -> Iterator[Mark]:
    """Every mark, excused or not."""
    table = _table()
    for found in table.words.finditer(words):
        yield Mark(*found.span(), found[0])
    lower = words.lower()
    if any(letters in lower for letters in table.letters):
        for found in table.brands.finditer(lower):
            yield Mark(*found.span(), words[found.start() : found.end()])


def accused(words: str) -> Iterator[Mark]:
    """The marks in sentences that do not speak against such things. `words` may be markup: a tag ends a sentence."""
    excused = _table().excused
    return (mark for mark in marks(words) if not excused.search(_sentence(words, mark)))


def _sentence(words: str, mark: Mark) -> str:
    """The sentence that a mark stands in, as far as it is near."""
    before = _BREAK.split(words[max(0, mark.start - _NEAR) : mark.start])[-1]
    after = _BREAK.split(words[mark.end : mark.end + _NEAR])[0]
    return before + mark.words + after


def redirect(html: str) -> str | None:
    """The script that sends on those who come from a search engine."""
    if "referrer" not in html and "userAgent" not in html:  # forty times as quick as the pattern of both
        return None
    begins = (place.start() for place in islice(_BEGINS.finditer(html), _SCRIPTS))
    found = next(filter(None, (_table().redirects.match(html, at) for at in begins)), None)
    return found[0] if found else None

"""Words of betting and porn that no report has, told from an honest page's words about them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class _Table(NamedTuple):
    marks: re.Pattern[str]
    excused: re.Pattern[str]
    redirects: re.Pattern[str]


@cache
def _table() -> _Table:
    data = tomllib.loads(files("pipelines.data").joinpath("spam.toml").read_text("utf-8"))
    return _Table(
        re.compile("|".join(data["marks"]), re.IGNORECASE),
        re.compile("|".join(data["excused"])),
        re.compile("|".join(data["redirects"]), re.IGNORECASE),
    )


def occurs(words: str) -> bool:
    """Whether there is a mark at all, excused or not."""
    return _table().marks.search(words) is not None


def marks(words: str) -> Iterator[re.Match[str]]:
    """Every mark, excused or not."""
    return _table().marks.finditer(words)


def accused(words: str) -> Iterator[re.Match[str]]:
    """The marks in sentences that do not speak against such things. `words` may be markup: a tag ends a sentence."""
    table = _table()
    for found in table.marks.finditer(words):
        if not table.excused.search(_around(words, found)):
            yield found


def _around(words: str, found: re.Match[str]) -> str:
    """The sentence that a mark stands in, as far as it is near."""
    before = re.split(r"[。；;\n<>]", words[max(0, found.start() - 80) : found.start()])[-1]
    after = re.split(r"[。；;\n<>]", words[found.end() : found.end() + 80])[0]
    return before + found[0] + after


def redirect(html: str) -> str | None:
    """The script that sends on those who come from a search engine, as it is written."""
    found = _table().redirects.search(html) if "eferrer" in html or "userAgent" in html else None
    return found[0] if found else None

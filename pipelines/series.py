"""Static pages by number, as scripts of the portals count them: createPageHTML and countPage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_EXTENSIONS = r"\.(?:s?html?|jhtml|jspx?|aspx?|php)$"
_IN_PATH = re.compile(rf"(?P<stem>.*[^/\d_])_(?P<number>\d{{1,4}})(?P<ext>{_EXTENSIONS})", re.IGNORECASE)
_PLAIN_PATH = re.compile(rf"(?P<stem>.*/[^/]*?)(?P<ext>{_EXTENSIONS})", re.IGNORECASE)
_VARIABLE = re.compile(r"""\bvar\s+(\w+)\s*=\s*["']?(\d{1,6})["']?\s*[;/\r\n]""")
_CALL = re.compile(r"(?<!function )\b(createPage(?:HTML)?\w*)\s*\(([^(){}]{3,300})\)", re.IGNORECASE)
_EXTENSION = re.compile(r"""["']\.?(s?html?|jhtml)["']""")


@dataclass(frozen=True, slots=True)
class Series:
    """Static pages by number: `stem.ext`, then `stem_1.ext` where counting starts at 0, or `stem_2.ext`."""

    pages: int | None
    current: int  # from 1
    stem: str
    ext: str
    first: int  # the number that stands for the first page, 0 or 1
    items: int | None = None

    def address(self, page: int) -> str:
        number = page - 1 + self.first
        return f"{self.stem}.{self.ext}" if page == 1 else f"{self.stem}_{number}.{self.ext}"


def scripted_series(scripts: str, url: str) -> Series | None:
    """The series of static pages that createPageHTML or countPage describes."""
    values = dict(_VARIABLE.findall(scripts))
    for call in _CALL.finditer(scripts):
        arguments = [_value(argument, values) for argument in call[2].split(",")]
        if series := _from_call(arguments, url):
            return series
    lower = {name.lower(): int(value) for name, value in values.items()}
    pages = lower.get("countpage")
    if not pages:
        return None
    stem, ext = _own_name(url, scripts)
    page = lower.get("currentpage", 0)
    return Series(
        pages, page + 1, stem.removesuffix(f"_{page}"), ext, 0
    )  # t20210120_4321_1 is a page of t20210120_4321


def _value(argument: str, variables: Mapping[str, str]) -> int | str:
    text = argument.strip()
    text = variables.get(text, text)
    return int(text) if text.isdecimal() and len(text) < 8 else text.strip("\"'")


def _from_call(arguments: list[int | str], url: str) -> Series | None:
    """By position: in TRS's order numbers lead, (records,) pages, current from 0; in UCAP's a name, current from 1."""
    numbers = [argument for argument in arguments if isinstance(argument, int)]
    words = [argument for argument in arguments if isinstance(argument, str)]
    if len(numbers) < 2:
        return None
    if isinstance(arguments[0], str):
        if not isinstance(arguments[1], int) or not isinstance(arguments[2], int) or len(words) < 3:
            return None
        records = numbers[2] if len(numbers) > 2 else None
        return Series(numbers[0], max(1, numbers[1]), words[1], words[2].lstrip("."), 1, records)
    leading = next((i for i, argument in enumerate(arguments) if not isinstance(argument, int)), len(arguments))
    records, (pages, current) = (numbers[0], numbers[1:3]) if leading > 2 else (None, numbers[:2])
    stem, ext = (words[0], words[1].lstrip(".")) if len(words) > 1 else _own_name(url, "")
    return Series(pages, current + 1, stem, ext, 0, records)


def _own_name(url: str, scripts: str) -> tuple[str, str]:
    """Stem and extension of this page's own series; a directory's is index.html or what the script names."""
    name = urlsplit(url).path.rpartition("/")[2]
    plain = _IN_PATH.match(name) or _PLAIN_PATH.match("/" + name)
    if plain:
        return plain["stem"].lstrip("/"), plain["ext"].lstrip(".")
    named = _EXTENSION.search(scripts)
    return "index", named[1] if named else "html"

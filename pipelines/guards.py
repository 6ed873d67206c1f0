"""What a portal's guard sends in the place of a page: nothing but its script, told by the script's own marks.

The crawl asks on the bytes of an answer, `assess` on the page's text; both read the one table in `data/pages.toml`.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

LARGEST = 8192  # bytes of a guard's page that the crawl tells by its marks; one of 16 kB comes with a status of its own
_SHOWN = 600  # bytes of words beside the script: protected pages carry such scripts too, around a text


@cache
def table() -> dict[str, dict[str, list[str]]]:
    """`data/pages.toml` as it is written: kind of mark to name to patterns."""
    data: dict[str, dict[str, list[str]]] = tomllib.loads(
        files("pipelines.data").joinpath("pages.toml").read_text("utf-8")
    )
    return data


@cache
def _scripts() -> dict[str, re.Pattern[str]]:
    return {name: re.compile("|".join(marks)) for name, marks in table()["guards"].items()}


@cache
def _marks() -> re.Pattern[bytes]:
    return re.compile("|".join(script.pattern for script in _scripts().values()).encode("ascii"))


_NO_WORDS = re.compile(
    rb"<(script|style|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^>]*>|\s+", re.DOTALL | re.IGNORECASE
)


def guard_script(page: str) -> tuple[str, str] | None:
    """Name and mark of the guard whose script a page carries."""
    return next(((name, found[0]) for name, marks in _scripts().items() if (found := marks.search(page))), None)


def is_challenge(body: bytes) -> bool:
    """Whether a small answer is a guard's script and nothing else."""
    return len(body) < LARGEST and _marks().search(body) is not None and len(_NO_WORDS.sub(b"", body)) < _SHOWN

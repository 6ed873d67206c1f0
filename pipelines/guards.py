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


CHALLENGE_STATUS = frozenset({412, 512, 521})  # 瑞数, 加速乐


def outcome(status: int, body: bytes) -> str:
    """What an answer that leads nowhere else comes to, in a word of `OUTCOMES`."""
    if status in CHALLENGE_STATUS or (status in {200, 202, 403} and is_challenge(body)):
        return "challenge"
    named = {304: "not_modified", 401: "forbidden", 403: "forbidden", 404: "gone", 410: "gone"}
    return named.get(status, "http_error" if status >= 400 else "failed" if status >= 300 else "fetched")


def is_challenge(body: bytes) -> bool:
    """Whether a small answer is a guard's script and nothing else."""
    return len(body) < LARGEST and _marks().search(body) is not None and len(_NO_WORDS.sub(b"", body)) < _SHOWN

"""A portal as a server holds it: what stands at which address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import MappingProxyType

Headers = tuple[tuple[str, str], ...]
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: what a server says to a request."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Site:
    """A portal: `listings` and `reports` name, in order, what its column holds and a reader should find."""

    host: str
    name: str
    start: str  # the address of its column of annual reports
    since: int
    listings: tuple[str, ...]  # pages of the column
    reports: tuple[str, ...]  # addresses of the reports that are there; two may hold the same one
    answers: Mapping[str, Answer]  # by path and query
    missing: Answer

    def get(self, path_and_query: str, asked: Mapping[str, str] = NOTHING) -> Answer:
        """The answer to a GET; `asked` holds the request's headers, names in lower case."""
        answer = self.answers.get(path_and_query, self.missing)
        if not _still_holds(answer, asked):
            return answer
        kept = tuple(pair for pair in answer.headers if pair[0] in {"ETag", "Last-Modified"})
        return Answer(304, kept, b"")


def _still_holds(answer: Answer, asked: Mapping[str, str]) -> bool:
    """Whether the copy a client says it has is this one; a tag is the better witness (RFC 9110, 13.2.2)."""
    if given := asked.get("if-none-match"):
        tag = answer.header("ETag")
        return tag is not None and tag in [each.strip().removeprefix("W/") for each in given.split(",")]
    given, changed = asked.get("if-modified-since"), answer.header("Last-Modified")
    if not given or not changed:
        return False
    try:
        return parsedate_to_datetime(changed) <= parsedate_to_datetime(given)
    except ValueError:  # no date: the condition is ignored, as the standard asks
        return False

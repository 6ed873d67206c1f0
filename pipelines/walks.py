"""What one crawl leaves to the next: lists as they were walked, and what is due again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Walk:
    """A list as one run walked it. `ended` is a key of `ENDS`."""

    url: str
    parent: str | None  # address of the list it was found on
    title: str | None
    family: str
    marks: tuple[str, ...]  # what on its pages tells the family
    pages: int
    entries: int
    reports: int
    total_items: int | None  # as the page says
    total_pages: int | None
    ended: str
    found: Mapping[str, object] | None = None  # what spoke for it, where it was looked for: JSON
    listed: bytes | None = None  # marks of its entries in order, where another walk may rest on this one
    walked_at: str | None = None  # when the walk began on which this one rests, ISO 8601


@dataclass(frozen=True, slots=True)
class Memory:
    """A list as the walks before left it: what a further walk may rest on."""

    walked_at: str  # when it was last walked to its end, ISO 8601
    listed: bytes
    reports: int
    total_items: int | None
    total_pages: int | None


@dataclass(frozen=True, slots=True)
class Again:
    """A known page or file that is due to be looked at again."""

    url: str
    role: Literal["report", "attachment"]
    link_text: str | None  # words of the link that once led there
    leads_to: str = ""  # what it is known to send on to, by `page_key`: it need not be followed there


# Why a portal is asked: a crawl by hand; a night on which its lists are due, or on which known pages alone are.
Turn = Literal["crawl", "lists", "pages"]


@dataclass(frozen=True, slots=True)
class Agenda:
    """Which of a portal's known reports a crawl asks for: what is due, and addresses that are left alone this time."""

    due: tuple[Again, ...] = ()
    rests: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()  # addresses of what is due that are told to be gone
    below: int = 0  # lists below others that are due
    lists: tuple[Walk, ...] = ()  # such that are left alone: as the last crawl left them
    led: Mapping[str, str] = field(default_factory=dict)  # first lists that send on, and to where


# How the walk of a list ended. All but the first three say that something may be missing.
ENDS: Mapping[str, str] = {
    "complete": "all that the list announces was seen",
    "end": "the pages came to their end; the list announces no number",
    "known": "nothing new on its first pages, or not due to be asked for; the rest was seen by an earlier walk",
    "short": "the list announces more than its pages gave",
    "repeated": "a page came again in the place of a further one",
    "stub": "a further page was no page: too short to be one",
    "broken": "further pages could not be had",
    "astray": "another page came in the place of one of its own: the home page or another column",
    "dead": "none of the reports it lists is there any more",
    "capped": "stopped at the limit of pages or of lists below it; there are more",
    "unreachable": "its first page could not be had",
    "script": "a script draws the list or its further pages, and none of the known interfaces is behind it",
    "nothing": "its page lists nothing",
    "stopped": "the crawl was stopped",
}

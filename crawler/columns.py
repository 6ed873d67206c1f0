"""A column while it is walked: what it brought, what it says it holds, where it goes on, and how it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.families.reading import Part
from pipelines.records import Ask, Walk

PAGES = 200  # a county's column of fifteen years has one to ten; a pager without an end stops here
STUB = 600  # bytes; shorter than any real page (portals answer past the end with such)
MISSES = 3  # pages in a row that brought nothing, after which the rest is not asked for
COLUMNS = 1000  # lists a run walks: a prefecture's departments and towns are some hundreds
DEPTH = 3  # columns below columns: year, kind of body, body

_PAGE = re.compile(r"第?\s*\d+\s*页?")

Key = tuple[str, str]  # address and body of a request


@dataclass(slots=True)
class Column:
    """The pages of one list, one after the other."""

    url: str
    parent: str | None = None
    depth: int = 0
    found: Mapping[str, object] | None = None  # what spoke for it, where it was looked for
    asked: set[Key] = field(default_factory=set)
    entries: set[tuple[str, str]] = field(default_factory=set)
    reports: set[str] = field(default_factory=set)
    title: str | None = None
    family: str = ""
    marks: tuple[str, ...] = ()
    total_items: int = 0
    total_pages: int = 0
    pages: int = 0
    full: int = 0  # pages that brought something
    below: int = 0  # columns below it
    sent: int = 0  # requests for reports that it led to: how many came, and how many are gone
    came: int = 0
    lost: int = 0
    capped: bool = False
    due: bool = False  # what it asked for last has not come yet
    _drawn: bool = False
    _further: int = 0  # number of a page that only a script would bring
    _ahead: list[Ask] = field(default_factory=list)
    _bodies: set[bytes] = field(default_factory=set)
    _misses: int = 0
    _trouble: str = ""  # why the last page did not lead on

    def __post_init__(self) -> None:
        self.asked.add((self.url, ""))

    def take(self, part: Part, size: int, digest: bytes) -> None:
        """Note a page; from one that brings nothing new the list does not go on."""
        self.due = False
        entries = {(item.title, item.href) for item in part.items}
        reports = {item.href for item in part.reports}
        repeated = digest in self._bodies or (bool(entries | self.entries) and entries <= self.entries)
        fresh = not repeated or not reports <= self.reports
        is_stub = not (part.items or part.ahead) if part.family_reads else size < STUB
        if self._is_astray(part, reports):
            self.pages += 1
            self.miss("astray")
            return
        self._bodies.add(digest)
        self.full += bool(entries - self.entries)
        self.entries |= entries
        self.reports |= reports
        self.title = self.title or part.title
        if len(part.marks) > len(self.marks) or not self.family:
            self.family, self.marks = part.family, part.marks
        self.total_items = max(self.total_items, part.total_items or 0)
        self.total_pages = max(self.total_pages, part.total_pages or 0)
        self._drawn = part.drawn and not self.entries
        self._further = part.further
        self.pages += 1
        if self.complete:
            self._ahead = []
        elif fresh and not is_stub:
            self._misses, self._trouble = 0, ""
            self._ahead = list(dict.fromkeys((*part.ahead, *self._ahead)))
        else:
            self.miss("stub" if is_stub else "repeated")

    def _is_astray(self, part: Part, reports: set[str]) -> bool:
        """Whether a further page is another page: it has another name than the first, and no report."""
        named = self.pages > 0 and self.title is not None and part.title is not None and not part.family_reads
        return named and _bare(part.title) != _bare(self.title) and bool(self.reports) and not reports

    @property
    def complete(self) -> bool:
        """Whether all that the pager announces was seen; a page that came again is none."""
        if self.total_items:
            return len(self.entries) >= self.total_items
        return bool(self.total_pages) and self.full >= self.total_pages

    @property
    def short(self) -> bool:
        """Whether the pager announces more than was seen."""
        return bool(self.total_items or self.total_pages) and not self.complete

    def miss(self, why: str) -> None:
        """Note a page that could not be had or brought nothing: it may have been a wrong guess, but not many are."""
        self.due = False
        self._misses += 1
        self._trouble = why
        if self._misses >= MISSES:
            self._ahead = []

    def leave(self) -> None:
        """Ask for nothing more."""
        self._ahead, self.due = [], False

    def next(self) -> Ask | None:
        """What to ask for now, if anything."""
        while self._ahead:
            ask = self._ahead.pop(0)
            key = (ask.url, ask.body)
            if key in self.asked:
                continue
            if len(self.asked) >= PAGES:
                self.capped = True
                break
            self.asked.add(key)
            self.due = True
            return ask
        self.leave()
        return None

    @property
    def ended(self) -> str:
        """How the walk ended: a key of `ENDS`."""
        if self.due or self._ahead:
            return "stopped"
        if not self.pages:
            return "unreachable"
        if self.lost and not self.came and self.sent >= len(self.reports):
            return "dead"
        if self.capped:
            return "capped"
        if self.complete:
            return "complete"
        if not self.entries and not self.reports and not self.below:
            return "script" if self._drawn else self._trouble if self._trouble == "broken" else "nothing"
        if self._further > self.full:
            return "script"
        if self.short:
            return self._trouble if self._trouble in {"repeated", "stub", "broken", "astray"} else "short"
        # a guess beyond the end is answered with the last page, a stub or a 404: that is an end like any other
        return "end"

    def walk(self) -> Walk:
        """What is told of it."""
        return Walk(
            url=self.url,
            parent=self.parent,
            title=self.title,
            family=self.family,
            marks=self.marks,
            pages=self.pages,
            entries=len(self.entries),
            reports=len(self.reports),
            total_items=self.total_items or None,
            total_pages=self.total_pages or None,
            ended=self.ended,
            found=self.found,
        )


def _bare(title: str | None) -> str:
    """A column's name without the number of the page."""
    return _PAGE.sub("", title or "")

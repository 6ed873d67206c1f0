"""A column while it is walked: what it brought, what it says it holds, where it goes on, and how it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.families.reading import Part
from crawler.past import Past, marks, newest_first
from pipelines.records import Ask
from pipelines.walks import Walk

PAGES = 200  # a county's column of fifteen years has one to ten; a pager without an end stops here
MOST_PAGES = 10_000  # and here a list that announces more than that: at two seconds each, after five hours
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
    past: Past | None = None  # an earlier walk on which this one may rest
    rests: Walk | None = None  # as an earlier walk left it: it is not due, and not asked for
    asked: set[Key] = field(default_factory=set)
    entries: dict[tuple[str, str], str | None] = field(default_factory=dict)  # title and address; date
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
    doubted: bool = False  # one of these was not known to be gone
    capped: bool = False
    known: bool = False  # the rest is as the earlier walk saw it
    due: bool = False  # what it asked for last has not come yet
    _largest: int = 0  # entries of its largest page
    _several: bool = False  # it is made of several lists: each has its own newest entry
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
        entries = {(item.title, item.href): item.date for item in part.items}
        reports = {item.href for item in part.reports}
        fresh_entries = entries.keys() - self.entries.keys()
        repeated = digest in self._bodies or (bool(entries or self.entries) and not fresh_entries)
        fresh = not repeated or not reports <= self.reports
        is_stub = not (part.items or part.ahead) if part.family_reads else size < STUB
        if self._is_astray(part, reports):
            self.stray()
            return
        self._bodies.add(digest)
        self.full += bool(fresh_entries)
        self.entries |= {key: date for key, date in entries.items() if key in fresh_entries}
        self._largest = max(self._largest, len(entries))
        self._several |= any(ask.shared for ask in part.ahead)
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
            if self._ahead and entries and self.past:
                self._compare(self.past, entries)
        else:
            self.miss("stub" if is_stub else "repeated")

    def _compare(self, past: Past, page: Mapping[tuple[str, str], object]) -> None:
        """Where an earlier walk saw all of a page: leave it at that, or walk on to the end if the rest has changed."""
        if self._several:
            self.past = None
        elif past.knows(page):
            self.known = past.goes_on(self.entries, self.total_items, self.total_pages)
            if self.known:
                self._ahead = []
            else:
                self.past = None

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
        return bool(self.total_items or self.total_pages) and not self.complete and not self.known

    @property
    def limit(self) -> int:
        """How many pages are asked for at most: what it announces is walked, a pager without an end is left."""
        announced = self.total_pages or (-(-self.total_items // self._largest) if self._largest else 0)
        return max(PAGES, min(announced + MISSES, MOST_PAGES))

    def miss(self, why: str) -> None:
        """Note a page that could not be had or brought nothing: it may have been a wrong guess, but not many are."""
        self.due = False
        self._misses += 1
        self._trouble = why
        if self._misses >= MISSES:
            self._ahead = []

    def stray(self) -> None:
        """Note that another page came."""
        self.pages += 1
        self.miss("astray")

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
            if len(self.asked) >= self.limit:
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
        if self.rests:
            return self.rests.ended
        if self.due or self._ahead:
            return "stopped"
        if not self.pages:
            return "unreachable"
        if self.lost and not self.came and self.sent >= len(self.reports):
            return "dead"
        if self.capped:
            return "capped"
        if self.known:
            return "known"
        if self.complete:
            return "complete"
        if not self.entries and not self.reports and not self.below:
            return "script" if self._drawn else self._trouble if self._trouble in {"broken", "astray"} else "nothing"
        if self._further > self.full:
            return "script"
        if self.short:
            return self._trouble if self._trouble in {"repeated", "stub", "broken", "astray"} else "short"
        # a guess beyond the end is answered with the last page, a stub or a 404: that is an end like any other
        return "end"

    @property
    def unseen(self) -> int:
        """Reports on the pages that were not asked for, as the earlier walk saw them."""
        if self.rests:
            return self.rests.reports
        if not self.known or self.past is None:
            return 0
        old = sum(self.past.knows([entry]) for entry in self.entries if entry[1] in self.reports)
        return max(0, self.past.memory.reports - old)

    def _listed(self) -> bytes | None:
        """The marks of the whole list, where they are news and another walk may rest on this one."""
        if self.known and self.past:
            return self.past.together(self.entries) if self.past.new(self.entries) else None
        may = self.ended in {"complete", "end"} and not self.below and not self._several and newest_first(self.entries)
        return b"".join(marks(self.entries)) if may else None

    def walk(self, *, whole: bool = True) -> Walk:
        """What is told of it; `whole`: all that it led to came, and need not be asked for by way of it again."""
        if self.rests:
            return self.rests
        known = self.past if self.known else None
        listed = self._listed() if whole else None
        return Walk(
            url=self.url,
            parent=self.parent,
            title=self.title,
            family=self.family,
            marks=self.marks,
            pages=self.pages,
            entries=known.total(self.entries) if known else len(self.entries),
            reports=len(self.reports) + self.unseen,
            total_items=self.total_items or None,
            total_pages=self.total_pages or None,
            ended=self.ended,
            found=self.found,
            listed=listed,
            walked_at=known.memory.walked_at if known else None,
        )


def _bare(title: str | None) -> str:
    """A column's name without the number of the page."""
    return _PAGE.sub("", title or "")

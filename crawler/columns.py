"""A column while it is paged through: what it brought, what it says it holds, where it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipelines.listing import Listing

PAGES = 200  # a county's column of fifteen years has one to ten; a pager without an end stops here
STUB = 600  # bytes; shorter than any real page (portals answer past the end with such)
MISSES = 3  # pages in a row that brought nothing, after which the rest is not asked for


@dataclass(slots=True)
class Column:
    """The pages of one list, one after the other."""

    url: str
    asked: set[str] = field(default_factory=set)
    entries: set[tuple[str, str]] = field(default_factory=set)
    reports: set[str] = field(default_factory=set)
    total_items: int = 0
    total_pages: int = 0
    pages: int = 0
    capped: bool = False
    _ahead: list[str] = field(default_factory=list)
    _bodies: set[bytes] = field(default_factory=set)
    _misses: int = 0

    def __post_init__(self) -> None:
        self.asked.add(self.url)

    def take(self, listing: Listing, reports: set[str], size: int, digest: bytes) -> None:
        """Note a page; from one that brings nothing new the list does not go on."""
        entries = {(item.title, item.href) for item in listing.items}
        fresh = (
            digest not in self._bodies and size >= STUB and not (entries <= self.entries and reports <= self.reports)
        )
        self._bodies.add(digest)
        self.entries |= entries
        self.reports |= reports
        self.total_items = max(self.total_items, listing.total_items or 0)
        self.total_pages = max(self.total_pages, listing.total_pages or 0)
        self.pages += 1
        if self.complete:
            self._ahead = []
        elif fresh:
            self._misses = 0
            self._ahead = list(dict.fromkeys((*listing.next, *self._ahead)))
        else:
            self.miss()

    @property
    def complete(self) -> bool:
        """Whether all that the pager announces was seen."""
        if self.total_items:
            return len(self.entries) >= self.total_items
        return bool(self.total_pages) and self.pages >= self.total_pages

    @property
    def short(self) -> bool:
        """Whether the pager announces more than was seen."""
        return bool(self.total_items or self.total_pages) and not self.complete

    def miss(self) -> None:
        """Note a page that could not be had or brought nothing: it may have been a wrong guess, but not many are."""
        self._misses += 1
        if self._misses >= MISSES:
            self._ahead = []

    def next(self) -> str | None:
        """The page to ask for now, if any."""
        while self._ahead:
            url = self._ahead.pop(0)
            if url in self.asked:
                continue
            if len(self.asked) >= PAGES:
                self.capped = True
                return None
            self.asked.add(url)
            return url
        return None

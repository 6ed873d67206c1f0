"""A list as an earlier walk saw it: how far it must be walked again, where the newest entries come first."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise

from pipelines.walks import Memory

Key = tuple[str, str]  # title and address of an entry
_SIZE = 8  # bytes of a mark: two of a million entries are the same with a chance of 1 in 36 million
_YEAR = re.compile(r"(?:19|20)\d\d")


def marks(entries: Iterable[Key]) -> list[bytes]:
    """A few bytes for each entry, from its title and address."""
    return [hashlib.sha256("\n".join(entry).encode("utf-8", "replace")).digest()[:_SIZE] for entry in entries]


def newest_first(entries: Mapping[Key, str | None]) -> bool:
    """Whether dates, or else the years in titles, mostly fall from entry to entry. Pinned entries may stand above."""
    said = [date for date in entries.values() if date] or [
        year[0] for title, _ in entries if (year := _YEAR.search(title))
    ]
    return sum(above > below for above, below in pairwise(said)) > sum(above < below for above, below in pairwise(said))


class Past:
    """What is known of a list, looked up while it is walked again."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self._order = [memory.listed[start : start + _SIZE] for start in range(0, len(memory.listed), _SIZE)]
        self._known = frozenset(self._order)

    def knows(self, page: Iterable[Key]) -> bool:
        """Whether all entries of a page were there before."""
        return self._known.issuperset(marks(page))

    def new(self, entries: Iterable[Key]) -> int:
        """How many entries were not there before."""
        return sum(mark not in self._known for mark in marks(entries))

    def goes_on(self, seen: Collection[Key], total_items: int, total_pages: int) -> bool:
        """Whether what is not asked for is as it was: what was seen, but for what is new, is how the list began.

        An entry that has vanished leaves a gap there, one that was added elsewhere shows in the numbers announced.
        """
        old = [mark for mark in marks(seen) if mark in self._known]
        new = self.new(seen)
        if set(old) != set(self._order[: len(old)]):
            return False
        if total_items or self.memory.total_items:
            return total_items == (self.memory.total_items or 0) + new
        return 0 <= total_pages - (self.memory.total_pages or 0) <= new

    def total(self, seen: Iterable[Key]) -> int:
        """Entries of the whole list."""
        return len(self._order) + self.new(seen)

    def together(self, seen: Iterable[Key]) -> bytes:
        """The marks of the whole list: what is new above what was there."""
        return b"".join([*(mark for mark in marks(seen) if mark not in self._known), *self._order])

"""The search for a portal's column in a crawl: which place to ask for next, and what is walked in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scrapy import Request

from crawler.column import Candidate
from crawler.exchange import Lead
from crawler.families.reading import Part
from crawler.seek import Search, Seen, Step, Told
from pipelines.links import page_key
from pipelines.records import Portal


@dataclass(frozen=True, slots=True)
class Sheet:
    """An answer that was read as a part of a list: where it is, what it says, number of its visit."""

    url: str
    part: Part
    size: int  # bytes
    digest: bytes
    number: int


class Scout:
    """Looks for the column where none is known or those known are dead; asks by the spider's own `ask`."""

    def __init__(self, portal: Portal, ask: Callable[[str, Lead], Request | None]) -> None:
        self.home: Sheet | None = None  # the home page, where it was walked as a list
        self.settled = False  # what was found, or does best in its place, is walked
        self._search = Search(portal.home, portal.hosts)
        self._ask = ask
        self._looked_at: set[str] = set()  # by `page_key`

    @property
    def is_out(self) -> bool:
        """Whether the search has begun."""
        return self._search.asked > 0

    def seek(self) -> Request | None:
        """The request for the next place where the column may be."""
        search = self._search
        while step := search.next():
            url = step.candidate.url
            if url == search.home and self.home:
                self._take(self.home)
                continue
            lead = Lead("listing", discovered_on=step.number, link_text=step.candidate.words or None)
            if request := self._ask(url, lead):
                self._looked_at.add(page_key(url))
                return request
            search.miss("was asked for before")
        return None

    def miss(self) -> Request | None:
        """The next request, now that what was asked for last could not be had."""
        self._search.miss("could not be had")
        return self.seek()

    def judge(self, sheet: Sheet) -> Request | Seen | None:
        """Whether a page is the column; else the next request, None where nothing is left to look at."""
        self._take(sheet)
        if found := self._search.found:
            self.settled = True
            return found
        return self.seek()

    def _take(self, sheet: Sheet) -> None:
        self._search.take(sheet.url, sheet.part, sheet.size, sheet.digest, sheet.number)

    def give_up(self) -> Seen | None:
        """End the search: the page that does best in the column's place, else the home page, if it came."""
        self.settled = True
        return self._search.best or self._search.first

    @property
    def is_lost(self) -> bool:
        """Whether no page that was looked at lists a report or could."""
        return self._search.best is None

    def release(self, url: str) -> bool:
        """Whether a page was only looked at from afar, once: it may be asked for again as a report."""
        key = page_key(url)
        known = key in self._looked_at
        self._looked_at.discard(key)
        return known

    def siblings(self) -> Iterator[Step]:
        """Columns beside the one that was found, one for each year."""
        yield from self._search.siblings()

    def leads(self) -> tuple[Candidate, ...]:
        """Links to hosts of which the portal file says nothing, behind which the column may be."""
        return self._search.leads()

    def told(self, seen: Seen | None) -> Told:
        """Why this page was chosen, and what else there was: kept with the list."""
        return self._search.told(seen)

"""The lists of a portal in one run: what each of their pages leads to, and where to look for the column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from scrapy import Request

from crawler import summary
from crawler.columns import COLUMNS, DEPTH, Column
from crawler.exchange import Lead
from crawler.past import Past
from crawler.portal import on_hosts
from crawler.scout import Scout, Sheet
from crawler.seek import Seen
from pipelines.links import page_key
from pipelines.records import Portal, Visit
from pipelines.walks import Memory, Walk

_CAME = frozenset({"fetched", "truncated", "not_modified"})
# What another night may bring: a walk that led to such is no walk to rest on.
_PASSING = frozenset(
    {"truncated", "timeout", "reset", "refused", "dns", "tls", "http_error", "challenge", "guarded", "failed"}
)

_FEW = 3  # reports asked for at a time where a list may be dead


class Lists:
    """The columns of one portal. Knows of no network: `ask` makes the requests, unless they were made before."""

    def __init__(self, portal: Portal, ask: Callable[[str, Lead], Request | None]) -> None:
        self.columns: dict[str, Column] = {}
        self._portal = portal
        self._ask = ask
        self._pages: dict[int, str] = {}  # numbers of visits that were read as parts of a column
        self._links: dict[str, str] = {}  # where a link to a report led to in the end, and the link
        self._memories: Mapping[str, Memory] = {}
        self._resting: Mapping[str, Walk] = {}
        self._gone: frozenset[str] = frozenset()  # reports that were before, by `page_key`
        self._whole = True  # nothing that the lists lead to is left for another night
        self._scout = Scout(portal, ask)

    def begin(
        self,
        known: Iterable[tuple[str, Mapping[str, object] | None]],
        memories: Mapping[str, Memory],
        resting: Iterable[Walk] = (),
        gone: Iterable[str] = (),
    ) -> Iterator[Request]:
        """The first requests: for the lists that are known, else for where the column may be.

        `memories`: lists that need not be walked to their end, where nothing in them is new. `resting`: lists below
        others that need not be asked for at all. `gone`: reports that are known to be say nothing of their list.
        """
        self._gone = frozenset(map(page_key, gone))
        self._memories = memories
        self._resting = {walk.url: walk for walk in resting}
        for url, found in known:
            if request := self._enter(Column(url, found=found)):
                yield request
        if not self.columns and (first := self._scout.seek()):
            yield first

    def _enter(self, column: Column, discovered_on: int | None = None, link_text: str | None = None) -> Request | None:
        """The request for the first page of a column."""
        lead = Lead("listing", column=column.url, discovered_on=discovered_on, link_text=link_text)
        if request := self._ask(column.url, lead):
            column.due = True
            self._add(column)
        return request

    def _add(self, column: Column) -> None:
        column.past = Past(memory) if (memory := self._memories.get(column.url)) else None
        self.columns[column.url] = column

    def _is_home(self, url: str) -> bool:
        return page_key(url) == page_key(self._portal.home)

    def seeks(self, lead: Lead, url: str) -> bool:
        """Whether the answer, which came from `url`, should also say where the column may be."""
        return not lead.column or lead.column == self._portal.home or self._is_home(url)

    def release(self, url: str, lead: Lead) -> bool:
        """Whether a page may be asked for once more: a report that was only looked at for the column, or the home page
        for that, to which reports that are gone led.
        """
        if lead.role == "report":
            return self._scout.release(url)
        return lead.role == "listing" and not lead.column and self._is_home(url)

    # ------------------------------------------------------------ what came

    def take(self, lead: Lead, sheet: Sheet) -> Iterator[Request]:
        """What an answer leads to."""
        if not lead.column:
            return self._judge(sheet)
        if self.seeks(lead, sheet.url):
            self._scout.home = sheet
        column = self.columns[lead.column]
        if self._is_home(sheet.url) and not self._is_home(column.url):
            return self._stray(column)
        return self._walk(column, sheet)

    def sent_on(self, visit: Visit, to: str) -> None:
        """Note that a link to a report led on to elsewhere."""
        self._links[to] = self._links.get(visit.url, visit.url)

    def heard(self, visit: Visit, lead: Lead, target: str = "") -> None:
        """Note what came of a link on a list, or on what it led to; `target`: where that was sent on to in the end."""
        self._whole &= visit.outcome not in _PASSING
        if lead.role == "report" and lead.discovered_on in self._pages:
            column = self.columns[self._pages[lead.discovered_on]]
            came = visit.outcome in _CAME
            is_home = self._is_home(target or visit.url) and (came or bool(target))  # in the place of what is gone
            column.came += came and not is_home
            is_lost = is_home or visit.outcome == "gone"
            column.lost += is_lost
            column.doubted |= is_lost and page_key(self._links.get(visit.url, visit.url)) not in self._gone

    def miss(self, lead: Lead) -> Request | None:
        """The next request, now that a page of a list will not come."""
        if lead.role != "listing":
            return None
        if not lead.column:  # the column is still looked for
            return self._scout.miss()
        column = self.columns[lead.column]
        column.miss("broken")
        return self._turn(column)

    def descend(self, visit: Visit) -> Lead | None:
        """The lead of a list that was taken for a report: it is read as a list as well."""
        above = self.columns[self._pages[visit.discovered_on]] if visit.discovered_on in self._pages else None
        if above is None:
            return None
        above.reports.discard(self._links.get(visit.url, visit.url))
        above.below += 1
        if visit.url in self.columns:
            return None
        if above.depth >= DEPTH or len(self.columns) >= COLUMNS:
            above.capped = True
            return None
        self._add(Column(visit.url, above.url, above.depth + 1, due=True))
        return Lead("listing", visit.url)

    def _walk(self, column: Column, sheet: Sheet) -> Iterator[Request]:
        """What a page of a column leads to."""
        part, number = sheet.part, sheet.number
        column.take(part, sheet.size, sheet.digest)
        self._pages[number] = column.url
        positions = {item: position for position, item in reversed(list(enumerate(part.items)))}
        for item in part.reports:
            if self._rests(item.href, column):
                column.reports.discard(item.href)
                continue
            found = Lead("report", discovered_on=number, link_text=item.title, position=positions.get(item))
            if request := self._ask(item.href, found):
                column.sent += 1
                self._links[request.url] = item.href
                yield request
        for item in part.columns:
            if item.href in self.columns or not on_hosts(item.href, self._portal.hosts):
                continue
            if column.depth >= DEPTH or len(self.columns) >= COLUMNS:
                column.capped = True
                break
            if self._rests(item.href, column):
                continue
            below = Column(item.href, column.url, column.depth + 1)
            if found_below := self._enter(below, number, item.title):
                column.below += 1
                yield found_below
        if next_page := self._turn(column, number):
            yield next_page

    def _rests(self, url: str, above: Column) -> bool:
        """Whether a list is not due: it is told of, with all lists below it, as an earlier walk left it."""
        if url not in self._resting:
            return False
        if url not in self.columns:
            rests = replace(self._resting[url], parent=above.url)
            column = self.columns[url] = Column(url, above.url, above.depth + 1, rests=rests)
            above.below += 1
            for walk in self._resting.values():
                if walk.parent == url:
                    self._rests(walk.url, column)
        return True

    def _stray(self, column: Column) -> Iterator[Request]:
        """What the home page leads to that came in the place of a page of a column."""
        column.stray()
        if next_page := self._turn(column):
            yield next_page

    def _turn(self, column: Column, number: int | None = None) -> Request | None:
        """The next page of a column; `number`: the visit on whose page it was found."""
        if column.url == self._portal.home:  # no list to page through
            column.leave()
        while ask := column.next():
            if request := self._ask(ask.url, Lead("listing", column.url, ask, discovered_on=number)):
                return request
        return None

    # ------------------------------------------------------------ looking for the column

    def _judge(self, sheet: Sheet) -> Iterator[Request]:
        """Where a page leads on which the column may be named, or which may be the column itself."""
        judged = self._scout.judge(sheet)
        if isinstance(judged, Seen):
            yield from self._settle(judged)
            for step in self._scout.siblings():
                column = Column(step.candidate.url, found=self._scout.told(judged))
                if beside := self._enter(column, step.number, step.candidate.words):
                    yield beside
        elif judged:
            yield judged

    def _settle(self, seen: Seen) -> Iterator[Request]:
        """Walk the page that was found, or the one that does best in the column's place."""
        if seen.url not in self.columns:
            column = self.columns[seen.url] = Column(seen.url, found=self._scout.told(seen))
            yield from self._walk(column, Sheet(seen.url, seen.part, seen.size, seen.digest, seen.number))

    def doubts(self) -> tuple[Request, ...]:
        """A few more reports of each list of which all that was due is gone, though they are not: is any there?"""
        doubted = (column for column in self.columns.values() if column.doubted and not column.came)
        return tuple(request for column in doubted for request in islice(self._others(column), _FEW))

    def _others(self, column: Column) -> Iterator[Request]:
        """The reports of a list that were left alone."""
        number = next(number for number, url in self._pages.items() if url == column.url)
        for href in sorted(column.reports):
            if request := self._ask(href, Lead("report", discovered_on=number, anyway=True)):
                column.sent += 1
                self._links[request.url] = href
                yield request

    def resume(self) -> tuple[Request, ...]:
        """What there is to ask for now that all lists are walked: where no report was on them, look elsewhere."""
        scout = self._scout
        found = (column for column in self.columns.values() if column.ended != "dead")
        if scout.settled or any(column.reports or column.unseen for column in found):
            return ()
        if not scout.is_out and (request := scout.seek()):
            return (request,)
        seen = scout.give_up()
        if scout.is_lost and self.columns:  # it stays with what was known, and says what was looked at
            next(iter(self.columns.values())).found = scout.told(None)
        elif seen:
            return tuple(self._settle(seen))
        else:
            self.columns[self._portal.home] = Column(self._portal.home, found=scout.told(None))
        return ()

    # ------------------------------------------------------------ what is told

    def warnings(self) -> Iterator[str]:
        """What is missing or odd, in words."""
        for lead in self._scout.leads() if self._scout.settled and self._scout.is_lost else ():
            yield (
                f"{self._portal.name} ({self._portal.id}): {lead.words or 'the column'} may be on a host that its"
                f" portal file does not name: {lead.url}"
            )
        yield from summary.warnings(self._portal, self.columns.values())

    def counts(self) -> dict[str, int]:
        """The same as counts."""
        return summary.counts(self._portal, self.columns.values())

    def walks(self, *, stopped: bool) -> tuple[Walk, ...]:
        """How each list was walked, for the archive."""
        whole = self._whole and not stopped
        return tuple(column.walk(whole=whole) for column in self.columns.values())

"""Looking for the column: best places first, with a small budget, until one lists annual reports.

Knows of no network: who searches asks for `next`, and tells by `take` or `miss` what came. The spider does so in a
crawl, `gongkai probe` in the foreground.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from crawler.column import Candidate
from crawler.families.reading import Part
from crawler.portal import on_hosts
from pipelines.links import page_key

BUDGET = 12  # requests; a person needs three to six clicks
_SURE = 3  # reports from which a page is the column whatever it is called
_ALSO = 5  # other candidates that are remembered
_STRONG = 90  # score from which a link names the column beyond doubt
_PLAIN = 70  # from which it names a column of yearly reports
_HINT = 40  # score from which a link to another host is worth a word

_CATALOGUE = "/gkmlpt/index"  # all of a portal's columns on one page; its family asks for that of the reports only

Told = dict[str, object]  # what is remembered of a search, as JSON


@dataclass(frozen=True, slots=True)
class Step:
    """A place to look at, and where it was named: address and number of the visit."""

    candidate: Candidate
    on: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A page that was looked at."""

    step: Step
    url: str
    part: Part
    size: int
    digest: bytes
    number: int

    @property
    def is_filled(self) -> bool:
        """Whether there is more behind it than links: columns below it, frames, an interface."""
        return bool(self.part.columns) or any(ask.family for ask in self.part.ahead)

    @property
    def rank(self) -> tuple[bool, int, int, int]:
        """How well it would do for the column: reports first, then what only a script or an interface fills."""
        said = bool(self.part.itself) or self.step.candidate.kind == "column"
        reports = len(self.part.reports)
        filled = self.is_filled
        fits = (reports > 0 and (said or reports >= _SURE)) or (filled and said)
        return fits, reports, 2 * filled + self.part.drawn if said else 0, self.step.candidate.score


@dataclass(slots=True)
class Search:
    """A search under way."""

    home: str
    hosts: tuple[str, ...]
    budget: int = BUDGET
    asked: int = 0
    found: Seen | None = None
    current: Step | None = None
    elsewhere: dict[str, Candidate] = field(default_factory=dict)  # on hosts of which the portal file says nothing
    tried: list[str] = field(default_factory=list)
    _frontier: list[tuple[int, int, Step]] = field(default_factory=list)
    _known: dict[str, int] = field(default_factory=dict)  # pages and the score with which they wait
    _count: Iterator[int] = field(default_factory=itertools.count)
    _pages: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._add(Step(Candidate(self.home, "", "way", 999, ("the home page",))))

    def _add(self, step: Step) -> None:
        candidate = step.candidate
        if not on_hosts(candidate.url, self.hosts):
            known = self.elsewhere.get(candidate.url)
            if candidate.kind != "search" and (known is None or candidate.score > known.score):
                self.elsewhere[candidate.url] = candidate
            return
        key = page_key(candidate.url)
        if candidate.score > self._known.get(key, 0):
            self._known[key] = candidate.score
            heapq.heappush(self._frontier, (-candidate.score, next(self._count), step))

    def next(self) -> Step | None:
        """The next place to look at; None once the column is found, or where nothing is left to look at."""
        while self._frontier and not self.found and self.asked < self.budget:
            score, _, step = heapq.heappop(self._frontier)
            if self._known[page_key(step.candidate.url)] != -score:
                continue  # came in a second time with more behind it, and was looked at then
            self._known[page_key(step.candidate.url)] = 1000  # more than any score: never again
            self.asked += 1
            self.current = step
            return step
        return None

    def miss(self, why: str) -> None:
        """Note that the current place could not be had."""
        if self.current:
            self.tried.append(f"{self.current.candidate.url}: {why}")

    def take(self, url: str, part: Part, size: int, digest: bytes, number: int) -> None:
        """Note the page that came for the current place."""
        assert self.current, "nothing was asked for"
        seen = Seen(self.current, url, part, size, digest, number)
        self._known[page_key(url)] = 1000
        if self._is_again(seen):
            self.tried.append(f"{url}: the home page again")
            return
        self._pages.append(seen)
        if self._is_found(seen):
            self.found = seen
            return
        self.tried.append(f"{url}: {len(part.reports)} reports listed")
        for candidate in part.candidates:
            self._add(Step(candidate, url, number))

    def _is_again(self, seen: Seen) -> bool:
        """Whether a portal answers with its home page for what it does not have."""
        if not self._pages:
            return False
        home = self._pages[0]
        return seen.digest == home.digest or (
            bool(home.part.items) and (seen.part.title, seen.part.items) == (home.part.title, home.part.items)
        )

    def _is_found(self, seen: Seen) -> bool:
        """Whether a page is the column beyond doubt. A home page is not: a box on it has the newest reports at most."""
        part, candidate = seen.part, seen.step.candidate
        if not seen.step.on:
            return False
        reports = len(part.reports)
        better = candidate.kind != "column" and any(
            other.kind == "column" and other.score >= _PLAIN and on_hosts(other.url, self.hosts)
            for other in part.candidates
        )
        filled = seen.is_filled
        if (part.itself and (reports or filled) and not better) or (_CATALOGUE in seen.url and part.ahead):
            return True
        if candidate.kind == "column":
            return reports >= _SURE or (candidate.score >= _STRONG and (reports > 0 or filled))
        return reports >= _SURE and not better and candidate.kind != "search"

    @property
    def best(self) -> Seen | None:
        """The column, or the page that does best in its place; None where none lists a report or could."""
        if self.found:
            return self.found
        best = max(self._pages, key=lambda seen: seen.rank, default=None)
        return best if best and (best.rank[1] or best.rank[2]) else None

    @property
    def first(self) -> Seen | None:
        """The home page, if it came."""
        return self._pages[0] if self._pages and self._pages[0].step.candidate.url == self.home else None

    def siblings(self) -> tuple[Step, ...]:
        """Columns beside the one that was found that differ from it by the year in their names only."""
        found = self.found
        if found is None or not any(letter.isdigit() for letter in found.step.candidate.words):
            return ()
        name = _without_digits(found.step.candidate.words)
        page = next((seen for seen in self._pages if seen.url == found.step.on), None)
        return tuple(
            Step(candidate, found.step.on, found.step.number)
            for candidate in (page.part.candidates if page else ())
            if candidate.kind == "column"
            and candidate.url != found.step.candidate.url
            and _without_digits(candidate.words) == name
            and on_hosts(candidate.url, self.hosts)
        )

    def leads(self) -> tuple[Candidate, ...]:
        """Links to other hosts behind which the column may be, best first."""
        ranked = sorted(self.elsewhere.values(), key=lambda candidate: -candidate.score)
        return tuple(candidate for candidate in ranked if candidate.score >= _HINT)[:_ALSO]

    def told(self, seen: Seen | None) -> Told:
        """Why this page was chosen, and what else there was: kept with the list."""
        told: Told = {"sure": False, "requests": self.asked, "tried": self.tried}
        if seen:
            candidate = seen.step.candidate
            told |= {
                "sure": seen.rank[0] and candidate.kind != "search",
                "words": candidate.words,
                "score": candidate.score,
                "reasons": [*candidate.reasons, *seen.part.itself],
                "on": seen.step.on or None,
                "also": [
                    [step.candidate.url, step.candidate.words, step.candidate.score]
                    for _, _, step in heapq.nsmallest(_ALSO, self._frontier)
                    if step.candidate.kind == "column"
                ],
            }
        if leads := self.leads():
            told["elsewhere"] = [[lead.url, lead.words] for lead in leads]
        return told


def _without_digits(words: str) -> str:
    return "".join(letter for letter in words if not letter.isdigit())

"""What is odd about a portal tonight: each rule looks at one thing, and has a reason to be silent.

False alarms are the enemy: who is woken for nothing looks no more. So a rule compares with the portal's own past, and
leaves alone what passes by itself: one night without an answer, one entry less, one edited page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from statistics import median

from archive.night.alarms import Alarm, Severity
from archive.night.facts import Page, Tally
from pipelines.records import CITABLE
from pipelines.walks import ENDS

DEADLINE = (4, 8)  # 31 March is the last day for a government (条例, article 49); a week for what is found late
_WELL = frozenset({"complete", "end", "known"})
_ODD = frozenset(ENDS) - _WELL - {"stopped", "unreachable", "nothing"}
_PAST = 5  # earlier runs that say what is usual
_FEW = 3  # pages read tonight from which their shares mean something
_MANY = 5  # the same of earlier ones
_TWICE = 2  # nights without an answer, of which one is weather
_LONG = 4  # nights after which it is no trouble that passes
_GARBLED = 3  # unreadable places in a page; a single bad byte is the page's own


@dataclass(frozen=True, slots=True)
class Watched:
    """A portal with all that the rules look at."""

    id: str
    name: str
    code: str | None
    tonight: Tally
    before: Sequence[Tally] = ()  # of earlier runs, the last one first
    pages: Sequence[Page] = ()  # that tonight brought, as read
    pages_before: Sequence[Page] = ()
    day: date = date.min
    years: frozenset[int] = frozenset()  # of the reports of its own government that are held
    since: int | None = None  # as its file expects
    expected: int | None = None
    gone: int = 0  # reports that were found gone tonight
    worse: Sequence[str] = ()  # addresses at which less came than was there

    @property
    def whole(self) -> list[Tally]:
        """The last runs that saw its lists."""
        return [tally for tally in self.before if tally.is_whole and tally.listed][:_PAST]

    def alarm(self, code: str, severity: Severity, message: str, evidence: str, action: str) -> Alarm:
        return Alarm(code, severity, self.id, message, evidence, action)


Rule = Callable[[Watched], Alarm | None]


def watch(portal: Watched) -> Iterator[Alarm]:
    """All alarms of one portal."""
    for rule in RULES:
        if alarm := rule(portal):
            yield alarm


def _answers(tally: Tally) -> str:
    return ", ".join(f"{count} {name}" for name, count in tally.outcomes.items())


def silent(portal: Watched) -> Alarm | None:
    """Pages came and no report is listed: the crawl looks well and brings nothing."""
    tally = portal.tonight
    ends = {walk.ended for walk in tally.walks}
    if not tally.came or not ends or tally.listed or "stopped" in ends or ends == {"unreachable"}:
        return None
    usual = max((one.listed for one in portal.whole), default=0) or portal.expected
    knew = f"; before, there were {usual}" if usual else ""
    walks = "; ".join(f"{walk.url}: {ENDS.get(walk.ended, walk.ended)}" for walk in tally.walks[:3])
    return portal.alarm(
        "silent",
        "error" if usual else "warning",
        f"answers came ({tally.came}), and none lists a report{knew}",
        f"{_answers(tally)}. {walks}",
        "open the list in a browser: moved or redesigned, put its address into `start` of the portal file; "
        "`gongkai probe` proposes one",
    )


def challenged(portal: Watched) -> Alarm | None:
    """A script or captcha stands before every page: that does not pass overnight."""
    tally = portal.tonight
    if tally.answered or not tally.outcomes.get("challenge"):
        return None
    return portal.alarm(
        "challenged",
        "warning",
        "every answer is a challenge",
        _answers(tally),
        "nothing is fought: ask the operator of the site, or crawl from another network; `delay` may be too short",
    )


def unreachable(portal: Watched) -> Alarm | None:
    """No page comes, and not for the first time: one night's outage is its own affair."""
    tally = portal.tonight
    if tally.says_nothing:
        return None
    lost = list(takewhile(_is_lost, (one for one in (tally, *portal.before) if not one.says_nothing)))
    if not lost or tally.outcomes.get("challenge"):
        return None
    has_answered = any(one.came for one in portal.before)
    if has_answered and len(lost) < _TWICE:
        return None
    said = f"no page for {len(lost)} runs in a row" if has_answered else "no page has ever come"
    return portal.alarm(
        "unreachable",
        "error" if has_answered and len(lost) >= _LONG else "warning",
        said,
        _answers(tally),
        "try its address in a browser: where the host has changed, put it into `hosts` and `home`; where TLS fails, "
        "see [access]",
    )


def _is_lost(tally: Tally) -> bool:
    if "stopped" in {walk.ended for walk in tally.walks}:
        return False
    return bool(tally.outcomes) and (not tally.answered or {walk.ended for walk in tally.walks} == {"unreachable"})


def fewer(portal: Watched) -> Alarm | None:
    """The lists have lost a fifth of their links and more than one: an entry is taken down now and then."""
    tally = portal.tonight
    if not portal.whole or not tally.is_whole or not tally.listed:
        return None
    usual = round(median(one.listed for one in portal.whole))
    if usual - tally.listed < 2 or tally.listed >= 0.8 * usual:
        return None
    return portal.alarm(
        "fewer_links",
        "error" if tally.listed < 0.5 * usual else "warning",
        f"{tally.listed} reports listed, usually {usual}",
        "; ".join(f"{walk.url}: {walk.reports}, {ENDS.get(walk.ended, walk.ended)}" for walk in tally.walks[:5]),
        "compare the list with `gongkai reports --portal`: taken down, or on pages that are no longer reached?",
    )


def cut(portal: Watched) -> Alarm | None:
    """A list broke off that had been walked to its end, and shows less for it."""
    last = next(iter(portal.whole), None)
    before = {walk.url: walk for walk in last.walks} if last else {}
    broken = [
        (walk, before[walk.url])
        for walk in portal.tonight.walks
        if walk.ended in _ODD and walk.url in before
        if before[walk.url].ended in _WELL and walk.reports < before[walk.url].reports
    ]
    if not broken:
        return None
    told = "; ".join(f"{now.url}: {ENDS[now.ended]} ({now.reports} of {then.reports})" for now, then in broken[:5])
    return portal.alarm(
        "list_cut",
        "warning",
        f"lists that broke off: {len(broken)}",
        told,
        "the next night walks them again; where it comes back, look at the pager of the list",
    )


def redesigned(portal: Watched) -> Alarm | None:
    """None of the families its lists were made by is there any more."""
    before = frozenset[str]().union(*(one.families for one in portal.whole))
    now = portal.tonight.families
    if not before or not now or before & now:
        return None
    return portal.alarm(
        "redesigned",
        "warning",
        f"its lists are made by {', '.join(sorted(now))} now, by {', '.join(sorted(before))} before",
        "; ".join(walk.url for walk in portal.tonight.walks[:5]),
        "compare what was read tonight with the reports of before; `family` and `start` of the portal file may be old",
    )


def misread(portal: Watched) -> Alarm | None:
    """Behind links to reports there is something else, where there used to be reports."""
    if len(portal.pages) < _FEW or len(portal.pages_before) < _MANY:
        return None
    now, before = (sum(page.verdict in CITABLE for page in pages) / len(pages) for pages in _both(portal))
    if now >= 0.5 or before < 0.8:
        return None
    others = [page for page in portal.pages if page.verdict not in CITABLE]
    return portal.alarm(
        "misread",
        "error",
        f"{now:.0%} of {len(portal.pages)} pages read tonight are reports, {before:.0%} before",
        "; ".join(f"{page.url}: {page.verdict}" for page in others[:5]),
        "read one with `gongkai extract --explain`: an error page with status 200, or a design that is misread",
    )


def resized(portal: Watched) -> Alarm | None:
    """Reports have become four times as short, or as long: their container is missed, or furniture has got in."""
    sizes = [[page.length for page in pages if page.verdict == "report"] for pages in _both(portal)]
    if len(sizes[0]) < _FEW or len(sizes[1]) < _MANY:
        return None
    now, before = (median(one) for one in sizes)
    if before / 4 <= now <= before * 4:
        return None
    return portal.alarm(
        "resized",
        "warning",
        f"reports read tonight are of {now:,.0f} characters, those before of {before:,.0f}",
        "; ".join(f"{page.url}: {page.length}" for page in portal.pages[:5]),
        "compare one with its page; `gongkai extract --explain` says which container was read",
    )


def garbled(portal: Watched) -> Alarm | None:
    """Most pages have places that cannot be read in their character set, which those before had not."""
    if len(portal.pages) < 2 or len(portal.pages_before) < _MANY:
        return None
    now, before = (sum(page.errors >= _GARBLED for page in pages) / len(pages) for pages in _both(portal))
    if now < 0.5 or before > 0.1:
        return None
    return portal.alarm(
        "garbled",
        "warning",
        f"{now:.0%} of tonight's pages cannot be read in their character set, {before:.0%} before",
        "; ".join(f"{page.url}: {page.errors} places" for page in portal.pages if page.errors >= _GARBLED),
        "`gongkai extract` shows declared, detected and chosen charset; the bytes are kept: a better recipe mends it",
    )


def _both(portal: Watched) -> tuple[Sequence[Page], Sequence[Page]]:
    return portal.pages, portal.pages_before


def hijacked(portal: Watched) -> Alarm | None:
    """A page of the portal is a mirror of another, or somebody broke into it: on a government's host."""
    found = [page for page in portal.pages if page.verdict == "mirror" or page.hijacked]
    if not found:
        return None
    return portal.alarm(
        "hijacked",
        "error",
        f"pages that are mirrors of others, or have words of betting in them: {len(found)}",
        "; ".join(f"{page.url}: {page.verdict}" for page in found[:5]),
        "the host may have been taken over: check who holds it before its reports are cited",
    )


def overdue(portal: Watched) -> Alarm | None:
    """The report on last year is not there after the deadline, of a government that has published until now."""
    year = portal.day.year - 1
    if portal.code is None or (portal.day.month, portal.day.day) < DEADLINE:
        return None
    if not portal.tonight.came or not portal.tonight.walks:
        return None
    is_expected = portal.years & {year - 1, year - 2} or (portal.since is not None and portal.since <= year)
    if year in portal.years or not is_expected:
        return None
    held = f"held: {min(portal.years)} to {max(portal.years)}" if portal.years else "none of its own is held"
    return portal.alarm(
        "overdue",
        "warning",
        f"its government's report on {year} has not appeared; it was due on 31 March",
        f"{held}; {portal.tonight.listed} reports listed tonight",
        "look for it on the portal: published elsewhere, its list belongs into `start`; else it is late indeed",
    )


def below(portal: Watched) -> Alarm | None:
    """Fewer reports listed than the portal file expects."""
    tally = portal.tonight
    if portal.expected is None or not tally.is_whole or not 0 < tally.listed < portal.expected:
        return None
    return portal.alarm(
        "below_expectation",
        "warning",
        f"{tally.listed} reports listed, {portal.expected} expected",
        "; ".join(f"{walk.url}: {walk.reports}" for walk in tally.walks[:5]),
        "add the lists that lack to `start`, or correct [expect] reports",
    )


def gaps(portal: Watched) -> Alarm | None:
    """Years between the first the file expects and the last that must be there, of which nothing is held."""
    if portal.since is None or not portal.years:
        return None
    missing = [year for year in range(portal.since, portal.day.year - 1) if year not in portal.years]
    if not missing:
        return None
    return portal.alarm(
        "missing_years",
        "info",
        f"no report of its government on {', '.join(map(str, missing))}",
        f"expected since {portal.since}",
        "they may never have been online: `gongkai import` takes in what web archives have",
    )


def vanished(portal: Watched) -> Alarm | None:
    """Several reports have gone in one night: one is taken down now and then."""
    if portal.gone < _FEW:
        return None
    return portal.alarm(
        "many_gone",
        "warning",
        f"{portal.gone} reports are gone since tonight",
        "see the changes below; the last good copies stand",
        "a move to other addresses, or a column taken down: look at the portal",
    )


def worsened(portal: Watched) -> Alarm | None:
    """Less came than the report that was there: it still stands."""
    if not portal.worse:
        return None
    return portal.alarm(
        "worse",
        "warning",
        f"addresses at which less came than was there: {len(portal.worse)}",
        "; ".join(portal.worse[:5]),
        "`gongkai history` tells the story of the page; the version before it stands",
    )


def storm(portal: Watched) -> Alarm | None:
    """Three times the requests of any earlier run, for nothing new: a pager without end, or a loop of redirects."""
    tally = portal.tonight
    most = max((one.requests for one in portal.before), default=0)
    if len(portal.before) < _PAST or tally.new or tally.changed or tally.requests <= max(3 * most, 100):
        return None
    return portal.alarm(
        "storm",
        "warning",
        f"{tally.requests} requests brought nothing new; at most {most} before",
        _answers(tally),
        "see which addresses were asked: SELECT url FROM visits WHERE run = … AND portal = …",
    )


RULES: tuple[Rule, ...] = (
    silent, challenged, unreachable, hijacked, misread, fewer, cut, redesigned, resized, garbled, worsened, vanished,
    storm, overdue, below, gaps,
)  # fmt: skip

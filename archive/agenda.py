"""Which known reports of a portal, and which lists below others, are due again, and which are left alone tonight.

A page is due again when as much time has passed as it has stood unchanged when it was last looked at: after one night,
two, four, up to `LONGEST`. So nothing is skipped for good because it was seen before, and a quiet portal costs little:
a night has `REQUESTS` for it, one for robots.txt, one for each first list where these are due, the rest for what is due
of pages and of lists below others (`branches`): first such lists that have waited their longest, then what is new, what
has waited its longest, and what is most overdue. What has changed or failed is always looked at the next time, what was
looked for in vain whenever it is due, until it is told to be gone. Where a portal has so much that more than one
request a night would be needed, all of it waits as many times as long, up to `_STRETCH`; what is needed then, there is.
A crawl by hand has the requests of all nights since the one before.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate, takewhile
from math import ceil
from typing import Any, Literal
from urllib.parse import urlsplit

from archive import article, changes, lists, timeline
from archive.branches import Branch, Tree, tree
from archive.standing import Standing
from pipelines.links import page_key
from pipelines.records import CITABLE
from pipelines.walks import Again, Agenda, Turn

REQUESTS = 3  # to a portal that stands unchanged, a night
LONGEST = timedelta(days=30)
_ALIAS = timedelta(days=180)  # the same of an address that only sends on to one that is known by itself
_STRETCH = 3.0  # times its longest that anything waits at most, where a portal has much
_NIGHT = timedelta(days=1)

# Visits of our own to the addresses at which a portal's reports and files were looked for.
_VISITS = """WITH known(address) AS (
  SELECT address FROM exchanges WHERE portal = :portal AND role IN ('report', 'attachment') AND body IS NOT NULL
    AND outcome NOT IN ('same_bytes', 'not_modified')
  UNION SELECT address FROM exchanges WHERE portal = :portal AND role IN ('report', 'attachment') AND body IS NULL)
SELECT v.id, v.canonical_url, v.url, v.role, v.link_text, v.requested_at, v.outcome, v.body, v.redirected_from,
  u.outcome <> 'finished'
FROM known CROSS JOIN visits AS v USING (address) JOIN runs AS u ON u.id = v.run
WHERE v.portal = :portal AND v.role IN ('report', 'attachment') AND v.imported IS NULL AND v.request_body IS NULL
  AND v.method <> 'RENDER'
ORDER BY v.canonical_url, v.requested_at, v.id"""
_HOSTS = "SELECT hosts FROM portals WHERE id = ?"
_READ = f"SELECT verdict, fingerprint FROM reports WHERE id = ({article.HOLDS})"  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class _Seen:
    """A visit."""

    id: int
    canonical_url: str
    url: str
    role: Literal["report", "attachment"]
    link_text: str | None
    requested_at: str
    outcome: str
    body: str | None
    redirected_from: int | None
    is_cut_short: bool  # its run was killed or stopped

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.requested_at)


@dataclass(frozen=True, slots=True)
class _Page:
    """An address, with the time it has been as it is, and was last looked at."""

    seen: tuple[_Seen, ...]
    standing: Standing
    leads_to: str  # what it sends on to, by `page_key`, where that need not be asked for
    is_alias: bool  # since it is asked for by itself
    is_missed: bool  # looked for in vain, and not for so long that it is told to be gone
    is_gone: bool  # told to be gone

    @property
    def last(self) -> _Seen:
        return self.seen[-1]

    def was_asked(self, now: datetime) -> bool:
        """Whether a run that was cut short had it already: the one that goes on from there does not ask again."""
        last = self.last
        return last.is_cut_short and last.outcome in timeline.GOOD and now - last.at < _NIGHT / 2

    def again(self) -> Again:
        words = next((seen.link_text for seen in reversed(self.seen) if seen.link_text), None)
        return Again(self.last.url, self.last.role, words, self.leads_to)

    @property
    def cost(self) -> int:
        """Requests: where it leads is asked for as well, or the robots.txt of another host."""
        return 2 if self.last.outcome == "redirected" and (self.is_alias or not self.leads_to) else 1


def agenda(
    connection: sqlite3.Connection, portal: str, now: datetime, turn: Turn = "crawl", full_walk: timedelta | None = None
) -> Agenda:
    """What is due of a portal, and what rests; an address in neither is nothing that was known as a report.

    `full_walk`: how long after the last time a list is walked to its end again, which takes a night for itself.
    """
    pages = list(_pages(connection, portal))
    known = tree(connection, portal, now)
    asked = {id(page) for page in pages if page.was_asked(now)}
    anew = full_walk is not None and known.walked_at is not None and now - known.walked_at >= full_walk
    chosen = _chosen(pages, known, now, turn, anew=anew) - asked
    due = [page for page in pages if id(page) in chosen]
    resting = [branch for branch in known.branches if id(branch) not in chosen]
    return Agenda(
        due=tuple(page.again() for page in due),
        rests=frozenset(seen.url for page in pages if id(page) not in chosen for seen in page.seen),
        below=len(known.branches) - len(resting),
        lists=tuple(walk for branch in resting for walk in branch.walks),
        gone=frozenset() if known.is_dead else frozenset(page.last.url for page in due if page.is_gone),
        led=lists.led(connection, portal) if turn != "pages" else {},
    )


def _chosen(pages: Sequence[_Page], known: Tree, now: datetime, turn: Turn, *, anew: bool) -> set[int]:
    """What has changed, what is missed and due, and of what else is due as much as there is room for; none where a
    list is walked anew.
    """
    settled: list[_Page | Branch] = [*known.branches, *(page for page in pages if not page.is_missed)]
    needed = sum(thing.cost * (_NIGHT / thing.standing.longest) for thing in settled)  # requests a night
    times = min(max(1.0, needed), _STRETCH)  # as long as else, since there is so much
    room = _room(ceil(needed / times), known, now, turn, anew=anew)
    urgent = {id(page) for page in pages if page.is_missed and page.standing.late(now) >= 1}
    due = []
    for thing in settled:
        standing = thing.standing.stretched(times)
        if (standing.has_changed and not thing.is_alias) or (turn == "crawl" and standing.is_new):
            urgent.add(id(thing))
        elif standing.late(now) >= 1 and _may(thing, turn):
            waited, new, late = standing.has_waited(now), standing.is_new, standing.late(now)
            due.append(((not (waited and isinstance(thing, Branch)), not new, not waited, -late), thing))
    due.sort(key=lambda each: each[0])
    costs = accumulate(thing.cost for _, thing in due)
    taken = {
        id(thing) for place, ((_, thing), cost) in enumerate(zip(due, costs, strict=True)) if cost <= room or not place
    }
    return urgent | taken if room else urgent


def _may(thing: _Page | Branch, turn: Turn) -> bool:
    """Whether it can be asked for: a list below another with that one, an address that only sends on without lists."""
    if isinstance(thing, Branch):
        return turn != "pages"
    return turn != "lists" or not thing.is_alias


def _room(needed: int, known: Tree, now: datetime, turn: Turn, *, anew: bool) -> int:
    """How many requests there are for known pages and lists below others, of which so many are needed a night."""
    if turn == "pages":
        return max(REQUESTS - 1, needed)
    room = max(1, REQUESTS - 1 - known.first, needed)
    if turn == "lists":
        return 0 if anew and needed <= 1 else room
    since = now - known.at if known.at else LONGEST
    return room * min(max(1, round(since / _NIGHT)), LONGEST.days)


def _pages(connection: sqlite3.Connection, portal: str) -> list[_Page]:
    """A portal's pages on its hosts, each with all its visits by whatever scheme."""
    hosts = json.loads(next(connection.execute(_HOSTS, [portal]), ("[]",))[0])
    every = (_Seen(*row) for row in connection.execute(_VISITS, {"portal": portal}))
    visits = [seen for seen in every if urlsplit(seen.url).hostname in hosts]  # as its file names them
    groups: defaultdict[str, list[_Seen]] = defaultdict(list)
    key_of = cache(page_key)
    for seen in sorted(visits, key=lambda seen: (seen.requested_at, seen.id)):
        groups[key_of(seen.canonical_url)].append(seen)
    by_id = {seen.id: seen for seen in visits}
    read: dict[tuple[str, str], tuple[str, str] | None] = {}
    known = {key for key, group in groups.items() if any(seen.redirected_from is None for seen in group)}

    @cache
    def end(seen: _Seen) -> Mapping[str, Any]:
        return timeline.led_to(connection, seen.id)

    def state(seen: _Seen) -> tuple[str, str]:
        """What a visit found: the same words are the same, whatever the bytes; else how it ended."""
        address, body, outcome = seen.canonical_url, seen.body, seen.outcome
        if outcome == "redirected":
            there = end(seen)
            address, body, outcome = there["canonical_url"], there["body"], there["outcome"]
        if body is None or outcome not in timeline.GOOD:
            return "", outcome
        key = (address, body)
        if key not in read:
            read[key] = connection.execute(_READ, key).fetchone()
        return read[key] or ("", body)

    def target(looks: Sequence[_Seen]) -> str:
        """Where the last visit of a page was sent on to in the end, by `page_key`.

        Where it was not followed, and no header says it, that is where the one before it was sent on to: the crawl
        compares before it believes it.
        """
        for seen in takewhile(lambda one: one.outcome == "redirected", reversed(looks)):
            there = end(seen)
            is_followed = there["outcome"] != "redirected"
            to = there["canonical_url"] if is_followed else timeline.target(connection, there["id"])
            if to:
                return key_of(to)
        return ""

    pages = []
    for key, looks in groups.items():
        last = looks[-1]
        if key not in known:
            origin = by_id.get(last.redirected_from or 0)
            if origin is not None and target(groups[key_of(origin.canonical_url)]) == key:
                continue  # asked for by way of the address that sends on to it
        told = [one for one in looks if one.outcome != "redirected" or end(one)["outcome"] != "redirected"] or looks
        now = state(told[-1])
        if now[0] == "listing":  # walked like any list
            continue
        if last.role == "attachment" and not any(state(one)[0] for one in looks):  # what it says stands on its page
            continue
        if now[0]:  # a night without it in between is no change
            told = [one for one in told if state(one)[0]]
        run = list(takewhile(lambda one, now=now: state(one) == now, reversed(told)))  # type: ignore[misc]
        doubt = changes.GONE_AFTER - (last.at - run[-1].at)  # how long until it can be told to be gone
        is_missed = not now[0] and doubt > timedelta(0)
        is_lost = now[0] not in CITABLE if now[0] else now[1] in timeline.LOST
        is_gone = is_lost and len(run) >= changes.GONE_LOOKS and doubt <= timedelta(0)
        to = target(looks)
        is_alias = to in known and to != key and not is_missed and not is_lost
        leads_to = to if is_alias or is_gone else ""
        longest = doubt if is_missed else _ALIAS if is_alias else LONGEST
        standing = Standing(run[-1].at, last.at, longest, len(run) < len(told))
        pages.append(_Page(tuple(looks), standing, leads_to, is_alias, is_missed, is_gone))
    return pages

"""Which known reports of a portal, and which lists below others, are due again, and which are left alone tonight.

A page is due again when as much time has passed as it has stood unchanged when it was last looked at: after one night,
two, four, up to `LONGEST`. So nothing is skipped for good because it was seen before, and a quiet portal costs little:
a night has `REQUESTS` for it, one for robots.txt, one for each first list where these are due, the rest for what is due
of pages and of lists below others (`branches`), first what is new, then what has waited its longest, then what is most
overdue. What has changed or failed is always looked at the next time, what was looked for in vain whenever it is due,
until it is told to be gone. A portal with so much that it would have to wait more than twice its longest has a larger
part of the night; a crawl by hand has those of all nights since the one before.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate, groupby, takewhile
from typing import Any, Literal

from archive import article, changes, lists, timeline
from archive.branches import Branch, Tree, tree
from archive.standing import Standing
from pipelines.walks import Again, Agenda, Turn

REQUESTS = 3  # to a portal that stands unchanged, a night
LONGEST = timedelta(days=30)
_ALIAS = timedelta(days=180)  # the same of an address that only sends on to one that is known by itself
_WALKED = timedelta(days=30)  # GONGKAI_FULL_WALK: a list that is walked to its end again takes the whole night
_STRETCH = 2  # times its longest that anything has to wait about, where a portal has very much
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
    is_missed: bool  # looked for in vain, and not for so long that it is told to be gone
    leads_to: str  # the address that it sends on to, where that is asked for by itself

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
        return 2 if self.last.outcome == "redirected" else 1


def agenda(connection: sqlite3.Connection, portal: str, now: datetime, turn: Turn = "crawl") -> Agenda:
    """What is due of a portal, and what rests; an address in neither is nothing that was known as a report."""
    pages = list(_pages(connection, portal))
    known = tree(connection, portal, now)
    asked = {id(page) for page in pages if page.was_asked(now)}
    chosen = _chosen(pages, known, now, turn) - asked
    due = [page for page in pages if id(page) in chosen]
    resting = [branch for branch in known.branches if id(branch) not in chosen]
    return Agenda(
        due=tuple(page.again() for page in due),
        rests=frozenset(seen.url for page in pages if id(page) not in chosen for seen in page.seen),
        below=len(known.branches) - len(resting),
        lists=tuple(walk for branch in resting for walk in branch.walks),
        led=lists.led(connection, portal),
    )


def _chosen(pages: Sequence[_Page], known: Tree, now: datetime, turn: Turn) -> set[int]:
    """What has changed, what is missed and due, and of what else is due as much as there is room for."""
    missed = {id(page) for page in pages if page.is_missed and page.standing.late(now) >= 1}
    settled: list[_Page | Branch] = [*known.branches, *(page for page in pages if not page.is_missed)]
    room = _room(settled, known, now, turn)
    may = [thing for thing in settled if _may(thing, turn)]
    urgent = {id(thing) for thing in may if thing.standing.has_changed or (turn == "crawl" and thing.standing.is_new)}
    due = sorted(
        (thing for thing in may if id(thing) not in urgent and thing.standing.late(now) >= 1),
        key=lambda thing: (not thing.standing.is_new, not thing.standing.has_waited(now), -thing.standing.late(now)),
    )
    costs = accumulate(thing.cost for thing in due)
    taken = {id(thing) for thing, cost in zip(due, costs, strict=True) if cost <= max(room, due[0].cost * bool(room))}
    return missed | urgent | taken


def _may(thing: _Page | Branch, turn: Turn) -> bool:
    """Whether it can be asked for: a list below another with that one, an address that only sends on without lists."""
    if isinstance(thing, Branch):
        return turn != "pages"
    return turn != "lists" or not thing.leads_to


def _room(things: Sequence[_Page | Branch], known: Tree, now: datetime, turn: Turn) -> int:
    """How many requests there are for a portal's known pages, and lists below others, that are settled."""
    most = round(sum(_NIGHT / thing.standing.longest for thing in things) / _STRETCH)
    if turn == "pages":
        return max(REQUESTS - 1, most)
    if turn == "lists" and known.walked_at and now - known.walked_at >= _WALKED and most <= 1:
        return 0
    room = max(1, REQUESTS - 1 - known.first, most)
    nights = round((now - known.at) / _NIGHT) if turn == "crawl" and known.at else 1
    return room * min(max(1, nights), LONGEST.days)


def _pages(connection: sqlite3.Connection, portal: str) -> list[_Page]:
    visits = [_Seen(*row) for row in connection.execute(_VISITS, {"portal": portal})]
    by_id = {seen.id: seen for seen in visits}
    read: dict[tuple[str, str], tuple[str, str] | None] = {}
    last = {seen.canonical_url: seen.id for seen in visits}

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

    def target(seen: _Seen) -> str:
        """Where a visit was sent on to, in the end as far as it was followed."""
        if seen.outcome != "redirected":
            return ""
        there = end(seen)
        return (timeline.target(connection, seen.id) or "") if there["id"] == seen.id else str(there["canonical_url"])

    groups = [tuple(group) for _, group in groupby(visits, key=lambda seen: seen.canonical_url)]
    known = {group[0].canonical_url for group in groups if any(seen.redirected_from is None for seen in group)}
    pages = []
    for seen in groups:
        if seen[0].canonical_url not in known:
            origin = by_id.get(seen[-1].redirected_from or 0)
            if origin is not None and last[origin.canonical_url] == origin.id:
                continue  # asked for by way of the address that sends on to it
        told = [one for one in seen if one.outcome != "redirected" or end(one)["id"] != one.id] or list(seen)
        now = state(told[-1])
        if now[0] == "listing":  # walked like any list
            continue
        if seen[-1].role == "attachment" and not any(state(one)[0] for one in seen):  # what it says stands on its page
            continue
        run = list(takewhile(lambda one, now=now: state(one) == now, reversed(told)))  # type: ignore[misc]
        doubt = changes.GONE_AFTER - (seen[-1].at - run[-1].at)  # how long until it can be told to be gone
        is_missed = not now[0] and doubt > timedelta(0)
        to = target(seen[-1])
        leads_to = to if to in known and to != seen[0].canonical_url and not is_missed else ""
        longest = doubt if is_missed else _ALIAS if leads_to else LONGEST
        standing = Standing(run[-1].at, seen[-1].at, longest, len(run) < len(told))
        pages.append(_Page(seen, standing, is_missed, leads_to))
    return pages

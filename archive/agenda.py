"""Which known reports of a portal, and which lists below others, are due again, and which are left alone tonight.

A page is due again when as much time has passed as it has stood unchanged when it was last looked at: after one night,
two, four, up to `LONGEST`; what has changed, or failed, is looked at the next night. So nothing is skipped for good
because it was seen before, and a quiet portal costs little: of lists (`branches`) that stand for more than a night only
as many are asked for as let each of them come up once in its longest time, of pages half as many again. That is one a
night for a portal of twenty reports, beside robots.txt and the list; a portal that is asked once a week is asked for
seven nights' share.
What is new or has changed is always looked at the next time, what was looked for in vain whenever it is due, until it
is told to be gone, and what has waited its longest time however much that is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from math import floor
from typing import Literal

from archive import article, changes, timeline
from archive.branches import ROUND, Branch, tree
from archive.standing import Standing
from pipelines.records import Again, Agenda

LONGEST = timedelta(days=30)
_MORE = 1.5  # times as many pages as let each come up in its longest time: for those that are due sooner
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

    @property
    def last(self) -> _Seen:
        return self.seen[-1]

    def was_asked(self, now: datetime) -> bool:
        """Whether a run that was cut short had it already: the one that goes on from there does not ask again."""
        last = self.last
        return last.is_cut_short and last.outcome in timeline.GOOD and now - last.at < _NIGHT / 2

    def again(self) -> Again:
        words = next((seen.link_text for seen in reversed(self.seen) if seen.link_text), None)
        return Again(self.last.url, self.last.role, words)


def agenda(connection: sqlite3.Connection, portal: str, now: datetime) -> Agenda:
    """What is due of a portal, and what rests; an address in neither is nothing that was known as a report."""
    pages = list(_pages(connection, portal))
    lists = tree(connection, portal, now)
    nights = min(max(1, round((now - lists.at) / _NIGHT)), LONGEST.days) if lists.at else 1
    a_night = _MORE * len(pages) / LONGEST.days + len(lists.branches) / ROUND.days
    # what is more than whole ones a night is saved up for the nights on which it makes one more
    share = floor(a_night * now.toordinal()) - floor(a_night * (now.toordinal() - nights))
    asked = {id(page) for page in pages if page.was_asked(now)}
    chosen = _chosen([*lists.branches, *pages], max(1, share), now) - asked
    due = [page for page in pages if id(page) in chosen]
    rests = frozenset(seen.url for page in pages if id(page) not in chosen for seen in page.seen)
    left = (walk for branch in lists.branches if id(branch) not in chosen for walk in branch.walks)
    return Agenda(tuple(page.again() for page in due), rests, tuple(left))


def _chosen(things: Sequence[_Page | Branch], share: int, now: datetime) -> set[int]:
    """What is fresh, what is missed and due, and of what else is due a share, and all that has waited its longest."""
    fresh = {id(thing) for thing in things if thing.standing.is_fresh}
    due = [thing for thing in things if id(thing) not in fresh and thing.standing.late(now) >= 1]
    missed = {id(thing) for thing in due if isinstance(thing, _Page) and thing.is_missed}
    settled = sorted(
        (thing for thing in due if id(thing) not in missed),
        key=lambda thing: (not thing.standing.has_waited(now), -thing.standing.late(now)),
    )
    waited = sum(thing.standing.has_waited(now) for thing in settled)
    return {*fresh, *missed, *map(id, settled[: max(share, waited)])}


def _pages(connection: sqlite3.Connection, portal: str) -> list[_Page]:
    visits = [_Seen(*row) for row in connection.execute(_VISITS, {"portal": portal})]
    by_id = {seen.id: seen for seen in visits}
    read: dict[tuple[str, str], tuple[str, str] | None] = {}
    last = {seen.canonical_url: seen.id for seen in visits}

    def state(seen: _Seen) -> tuple[str, str]:
        """What a visit found: the same words are the same, whatever the bytes; else how it ended."""
        address, body, outcome = seen.canonical_url, seen.body, seen.outcome
        if outcome == "redirected":
            end = timeline.led_to(connection, seen.id)
            address, body, outcome = end["canonical_url"], end["body"], end["outcome"]
        if body is None or outcome not in timeline.GOOD:
            return "", outcome
        key = (address, body)
        if key not in read:
            read[key] = connection.execute(_READ, key).fetchone()
        return read[key] or ("", body)

    pages = []
    for _, group in groupby(visits, key=lambda seen: seen.canonical_url):
        seen = tuple(group)
        origin = by_id.get(seen[-1].redirected_from or 0)
        if origin is not None and last[origin.canonical_url] == origin.id:
            continue  # asked for by way of the address that sends on to it
        now = state(seen[-1])
        if now[0] == "listing":  # walked like any list
            continue
        if seen[-1].role == "attachment" and not any(state(one)[0] for one in seen):  # what it says stands on its page
            continue
        run = list(takewhile(lambda one, now=now: state(one) == now, reversed(seen)))  # type: ignore[misc]
        doubt = changes.GONE_AFTER - (seen[-1].at - run[-1].at)  # how long until it can be told to be gone
        is_missed = not now[0] and doubt > timedelta(0)
        pages.append(_Page(seen, Standing(run[-1].at, seen[-1].at, doubt if is_missed else LONGEST), is_missed))
    return pages

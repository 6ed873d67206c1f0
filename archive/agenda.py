"""Which known reports of a portal are due again, and which are left alone tonight.

A page is due again when as much time has passed as it has stood unchanged when it was last looked at: after one night,
two, four, up to `LONGEST`; what has changed, or failed, is looked at the next night. So nothing is skipped for good
because it was seen before, and a quiet portal costs little: of pages that stand for more than a night only as many are
asked for in a night as let each of them come up once in `LONGEST`. That is one for a portal of thirty reports, beside
robots.txt and the list; what is new or has changed is always looked at the night after.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from typing import Literal

from archive import article, timeline
from pipelines.records import Again, Agenda

LONGEST = timedelta(days=30)
_SLACK = timedelta(hours=12)  # nights are not exactly a day apart

# Visits of our own to the addresses at which a portal's reports and files were looked for.
_VISITS = """WITH known(canonical_url) AS (
  SELECT canonical_url FROM visits WHERE portal = :portal AND role IN ('report', 'attachment') AND body IS NOT NULL
    AND outcome NOT IN ('same_bytes', 'not_modified')
  UNION SELECT canonical_url FROM visits WHERE portal = :portal AND role IN ('report', 'attachment') AND body IS NULL)
SELECT v.id, v.canonical_url, v.url, v.role, v.link_text, v.requested_at, v.outcome, v.body, v.redirected_from
FROM known CROSS JOIN visits AS v USING (canonical_url)
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

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.requested_at)


@dataclass(frozen=True, slots=True)
class _Page:
    """An address, with the time it has been as it is, and was last looked at."""

    seen: tuple[_Seen, ...]
    since: datetime

    @property
    def last(self) -> _Seen:
        return self.seen[-1]

    @property
    def stands(self) -> timedelta:
        return self.last.at - self.since

    @property
    def is_fresh(self) -> bool:
        return self.stands < _SLACK

    def late(self, now: datetime) -> float:
        """How long ago it was last looked at, as a share of the time after which it is due."""
        rest = max(min(self.stands, LONGEST), _SLACK)
        return (now + _SLACK - self.last.at) / rest

    def again(self) -> Again:
        words = next((seen.link_text for seen in reversed(self.seen) if seen.link_text), None)
        return Again(self.last.url, self.last.role, words)


def agenda(connection: sqlite3.Connection, portal: str, now: datetime) -> Agenda:
    """What is due of a portal, and what rests; an address in neither is nothing that was known as a report."""
    pages = list(_pages(connection, portal))
    fresh = [page for page in pages if page.is_fresh]
    settled = sorted(
        (page for page in pages if not page.is_fresh and page.late(now) >= 1),
        key=lambda page: (-page.late(now), page.last.canonical_url),
    )
    a_night = max(1, -(-len(pages) // LONGEST.days))
    due = [*fresh, *settled[: max(0, a_night - len(fresh))]]
    chosen = {page.last.canonical_url for page in due}
    rests = frozenset(seen.url for page in pages if page.last.canonical_url not in chosen for seen in page.seen)
    return Agenda(tuple(page.again() for page in due), rests)


def _pages(connection: sqlite3.Connection, portal: str) -> list[_Page]:
    visits = [_Seen(*row) for row in connection.execute(_VISITS, {"portal": portal})]
    by_id = {seen.id: seen for seen in visits}
    onward = {seen.redirected_from: seen for seen in visits if seen.redirected_from is not None}
    read: dict[tuple[str, str], tuple[str, str] | None] = {}
    last = {seen.canonical_url: seen.id for seen in visits}

    def state(seen: _Seen) -> tuple[str, str]:
        """What a visit found: the same words are the same, whatever the bytes; else how it ended."""
        while seen.id in onward:
            seen = onward[seen.id]
        if seen.body is None or seen.outcome not in timeline.GOOD:
            return "", seen.outcome
        key = (seen.canonical_url, seen.body)
        if key not in read:
            read[key] = connection.execute(_READ, key).fetchone()
        return read[key] or ("", seen.body)

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
        pages.append(_Page(seen, run[-1].at))
    return pages

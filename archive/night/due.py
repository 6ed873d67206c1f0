"""Which portals are due tonight, in the order in which they are begun: for their lists, or for known pages alone.

Worked out from visits and lists alone, so whatever crawled a portal counts, and a killed night goes on where it was.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from archive.standing import SLACK
from archive.timeline import GOOD, SAID
from pipelines.records import Portal
from pipelines.walks import Agenda, Turn

NIGHT = timedelta(days=1)
WEEK = timedelta(days=7)  # the longest a portal that answers is left alone
LONGEST = timedelta(days=14)  # the same of one that does not
SEASON = (1, 2, 3)  # months: governments publish the report on the year before by 31 March (条例, article 49)
WINDOW = timedelta(days=120)  # what is older says nothing of tonight
BETWEEN = "known pages are due"
_CALM = 4  # share of the time without news after which a portal is due again

_ATTEMPTS = f"""WITH asked AS (
  SELECT v.run, v.portal, min(v.requested_at) AS at,
    sum(v.role NOT IN ('robots', 'part') AND v.outcome IN {GOOD}) AS came,
    sum(v.role NOT IN ('robots', 'part') AND v.outcome IN {SAID}) AS said,
    sum(v.role = 'listing') AS listings,
    sum(v.role IN ('report', 'attachment')) AS reports,
    sum(v.role IN ('report', 'attachment') AND v.outcome IN {GOOD}) AS held,
    sum(v.role IN ('report', 'attachment') AND (v.outcome = 'new' OR v.outcome = 'changed' AND NOT EXISTS (
      SELECT 1 FROM changes AS c WHERE c.visit = v.id AND c.kind = 'same_text'))) AS news -- a counter is none
  FROM runs AS u JOIN visits AS v ON v.run = u.id
  WHERE u.started_at >= ? AND v.imported IS NULL GROUP BY v.run, v.portal)
SELECT a.portal, a.at, a.came, a.said, a.reports, a.held, a.news,
  count(l.url), coalesce(sum(l.reports), 0), coalesce(sum(l.ended = 'stopped'), 0) OR CASE u.outcome
    -- killed: a portal that was through has its lists, or was asked for known pages alone
    WHEN 'running' THEN count(l.url) = 0 AND (a.listings > 0 OR a.reports = 0)
    WHEN 'interrupted' THEN n.run IS NULL OR EXISTS (SELECT 1 FROM json_each(n.said, '$.left') WHERE value = a.portal)
    ELSE 0 END
FROM asked AS a JOIN runs AS u ON u.id = a.run LEFT JOIN nights AS n ON n.run = a.run
  LEFT JOIN lists AS l ON l.run = a.run AND l.portal = a.portal
GROUP BY a.run, a.portal ORDER BY a.at, u.uid"""  # noqa: S608 - constants
# A portal whose spider broke before it asked for anything has left no visit.
_BROKEN = """SELECT p.key, n.began_at FROM nights AS n, json_each(n.said, '$.failed') AS p WHERE n.began_at >= ?
  AND NOT EXISTS (SELECT 1 FROM visits AS v WHERE v.run = n.run AND v.portal = p.key)"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A portal in one run, and what came of it."""

    at: datetime
    state: Literal["well", "failed", "stopped"]
    news: bool = False  # a report was new or had changed
    lists: bool = True  # they were asked for, not known pages alone


@dataclass(frozen=True, slots=True)
class Due:
    """A portal to crawl tonight, and why."""

    portal: Portal
    why: str
    rank: tuple[int, float]
    turn: Turn = "lists"


def attempts(connection: sqlite3.Connection, now: datetime) -> dict[str, list[Attempt]]:
    """What came of each portal in the runs of the last months, in order."""
    since = (now - WINDOW).strftime("%Y-%m-%d")
    found: defaultdict[str, list[Attempt]] = defaultdict(list)
    for portal, at, came, said, reports, held, news, lists, links, stopped in connection.execute(_ATTEMPTS, [since]):
        state: Literal["well", "failed", "stopped"] = "well"
        if stopped:
            state = "stopped"
        elif not (came if lists else said) or (lists and not links) or (links and reports >= links and not held):
            state = "failed"
        found[portal].append(Attempt(datetime.fromisoformat(at), state, bool(news), bool(lists)))
    for portal, at in connection.execute(_BROKEN, [since]):
        found[portal].append(Attempt(datetime.fromisoformat(at), "failed"))
        found[portal].sort(key=lambda one: one.at)
    return found


def due(
    portals: Iterable[Portal],
    past: Mapping[str, Sequence[Attempt]],
    now: datetime,
    agenda: Callable[[str, datetime, Turn], Agenda],
) -> list[Due]:
    """The portals that are due: first those that an earlier night left over, then new ones, then the most overdue, and
    those of which the `agenda` has known pages and no list at last.
    """
    found = []
    for portal in portals:
        attempts = past.get(portal.id, ())
        if one := _due(portal, attempts, now):
            found.append(one)
        elif attempts[-1].state == "well" and now - attempts[-1].at >= NIGHT - SLACK:
            found += _between(portal, attempts[-1], now, agenda)
    return sorted(found, key=lambda one: (*one.rank, one.portal.id))


def _due(portal: Portal, past: Sequence[Attempt], now: datetime) -> Due | None:
    """A portal whose lists are due."""
    if not past:
        return Due(portal, "new: not asked for yet", (1, 0.0))
    last = past[-1]
    if last.state == "stopped":
        return Due(portal, f"left over: stopped on {last.at:%Y-%m-%d}", (0, last.at.timestamp()))
    pause, why = rest(past, now)
    if last.state == "well":
        last = next((one for one in reversed(past) if one.lists and one.state == "well"), last)
    late = now - (last.at + pause)
    if late < -SLACK:
        return None
    if late >= NIGHT - SLACK:
        return Due(portal, f"left over: was due on {last.at + pause:%Y-%m-%d}; {why}", (0, -late.total_seconds()))
    return Due(portal, why, (2, -late.total_seconds()))


def _between(
    portal: Portal, last: Attempt, now: datetime, agenda: Callable[[str, datetime, Turn], Agenda]
) -> Iterator[Due]:
    """A portal whose first lists are not due, but known pages, or lists below those."""
    if agenda(portal.id, now, "lists").below:
        yield Due(portal, "lists below others are due", (2, 0.0))
    elif pages := agenda(portal.id, now, "pages").due:
        yield Due(portal, f"{BETWEEN}: {len(pages)}", (3, last.at.timestamp()), "pages")


def rest(past: Sequence[Attempt], now: datetime) -> tuple[timedelta, str]:
    """How long after its last attempt a portal is due again, and why."""
    whole = [one for one in past if one.state != "stopped"]
    failures = 0
    while failures < len(whole) and whole[-1 - failures].state == "failed":
        failures += 1
    if failures:
        pause = min(NIGHT * 2 ** min(failures - 1, 10), LONGEST)
        return pause, f"failed {failures} times in a row: tried again after {pause.days} nights"
    if now.month in SEASON:
        return NIGHT, "reports appear in January to March: every night"
    news = [one.at for one in whole if one.news] or [whole[0].at]
    pause = min(max(timedelta(days=(now - news[-1]).days // _CALM), NIGHT), WEEK)
    return pause, f"nothing new for {(now - news[-1]).days} days: every {pause.days} nights"

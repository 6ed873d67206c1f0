"""Lists that were found on other lists, where a portal sorts its reports by year or body: which need no look tonight.

A portal's first lists are asked for in every crawl, and what is new on them is followed at once. A list below them is
due again, with all that lies below it, when as much time has passed as it has stood unchanged, at least every `ROUND`.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, ClassVar

from archive.lookup import rows
from archive.standing import Standing
from pipelines.walks import Walk

ROUND = timedelta(days=7)  # the longest that one which is walked well is left alone
_HISTORY = timedelta(days=60)  # what is older says nothing of tonight

_WALKS = """SELECT u.id AS run, u.started_at, l.url, l.parent, l.title, l.family, l.marks, l.pages, l.entries,
  l.reports, l.total_items, l.total_pages, l.ended, l.walked_at
FROM runs AS u CROSS JOIN lists AS l ON l.run = u.id AND l.portal = ? WHERE u.started_at >= ?
ORDER BY u.started_at, u.id"""
_WELL = frozenset({"complete", "end", "known"})

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Branch:
    """A list below one of the first, with all lists below it, as the last crawl left them."""

    walks: tuple[Walk, ...]
    standing: Standing
    cost: ClassVar[int] = 1  # requests, where nothing on it is new
    is_alias: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Tree:
    """A portal's lists: when they were walked last, how many are first ones, and those below others."""

    at: datetime | None = None  # None: not within the last months
    first: int = 1  # lists that are below no other
    is_dead: bool = False  # whether one of these leads to nothing that is there
    walked_at: datetime | None = None  # when the one of these began to be walked to its end that was so longest ago
    branches: tuple[Branch, ...] = ()


def tree(connection: sqlite3.Connection, portal: str, now: datetime) -> Tree:
    """The branches of a portal of which each list was walked well; what is odd anywhere is walked every time."""
    since = (now - _HISTORY).strftime("%Y-%m-%d")
    by_run: defaultdict[int, dict[str, _Row]] = defaultdict(dict)
    for row in rows(connection, _WALKS, [portal, since]):
        by_run[row["run"]][row["url"]] = row
    if not by_run:
        return Tree()
    nights = list(by_run.values())
    last = nights[-1]
    at = datetime.fromisoformat(next(iter(last.values()))["started_at"])
    first = [url for url, row in last.items() if row["parent"] is None]
    walked_at = min((last[url]["walked_at"] or last[url]["started_at"] for url in first), default=None)
    branches = (_branch(url, nights) for url, row in last.items() if row["parent"] in first)
    return Tree(
        at,
        len(first),
        any(row["ended"] == "dead" for row in last.values()),
        datetime.fromisoformat(walked_at) if walked_at else None,
        tuple(branch for branch in branches if branch),
    )


def _branch(url: str, nights: Sequence[Mapping[str, _Row]]) -> Branch | None:
    below = list(_below(url, nights[-1]))
    if any(row["ended"] not in _WELL for row in below):
        return None
    # a night on which it was left alone says nothing new of it
    seen = [(night[url]["started_at"], _state(url, night)) for night in nights if url in night and night[url]["pages"]]
    if not seen:
        return None
    last, state = seen[-1]
    same = [at for at, was in takewhile(lambda look: look[1] == state, reversed(seen))]
    walks = tuple(_walk(row, last) for row in below)
    since, at = datetime.fromisoformat(same[-1]), datetime.fromisoformat(last)
    return Branch(walks, Standing(since, at, ROUND, len(same) < len(seen)))


def _below(url: str, lists: Mapping[str, _Row]) -> Iterator[_Row]:
    """A list and all below it."""
    yield lists[url]
    for other, row in lists.items():
        if row["parent"] == url:
            yield from _below(other, lists)


def _state(url: str, lists: Mapping[str, _Row]) -> tuple[tuple[Any, ...], ...]:
    counts = ("url", "entries", "reports", "total_items", "total_pages")
    return tuple(tuple(row[name] for name in counts) for row in _below(url, lists))


def _walk(row: _Row, walked_at: str) -> Walk:
    return Walk(
        url=row["url"],
        parent=row["parent"],
        title=row["title"],
        family=row["family"],
        marks=tuple(json.loads(row["marks"])),
        pages=0,
        entries=row["entries"],
        reports=row["reports"],
        total_items=row["total_items"],
        total_pages=row["total_pages"],
        ended="known",
        walked_at=row["walked_at"] or walked_at,
    )

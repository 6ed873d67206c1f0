"""What a crawl's lists kept back: in words for the log, and as counts for the run."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from crawler.columns import Column
from pipelines.records import Portal
from pipelines.walks import ENDS

_ODD = frozenset(ENDS) - {"complete", "end", "known", "short", "nothing", "stopped"}  # ends worth a warning


def reports(columns: Collection[Column]) -> int:
    """How many reports are on the lists, those on pages that were not asked for again among them."""
    return len(set[str]().union(*(column.reports for column in columns))) + sum(column.unseen for column in columns)


def warnings(portal: Portal, columns: Collection[Column]) -> Iterator[str]:
    """What is less than announced, odd, or not there."""
    for column in columns:
        if column.short:
            says = f"{column.total_items} entries" if column.total_items else f"{column.total_pages} pages"
            yield f"{column.url} says {says}; seen: {len(column.entries)} entries on {column.pages} pages"
    for column in columns:
        if column.ended in _ODD:
            yield f"{column.url}: {ENDS[column.ended]}"
    listed = reports(columns)
    if not listed:
        yield f"{portal.name} ({portal.id}): no report found on {', '.join(column.url for column in columns)}"
    elif listed < (portal.expect.reports or 0):
        yield f"{portal.name} ({portal.id}): {listed} reports listed, {portal.expect.reports} expected"


def counts(portal: Portal, columns: Collection[Column]) -> dict[str, int]:
    """The same as counts; what is 0 says nothing."""
    listed, expected = reports(columns), portal.expect.reports or 0
    short = [column for column in columns if column.short]
    counted = {
        "reports_listed": listed,
        "reports_unseen": sum(column.unseen for column in columns),
        "reports_expected": expected if listed < expected else 0,
        "list_incomplete": len(short),
        "list_says": sum(column.total_items for column in short),
        "list_seen": sum(len(column.entries) for column in short),
        "lists_known": sum(column.ended == "known" for column in columns),
        "page_limit": sum(column.capped for column in columns),
        "nothing_listed": int(not listed),
    }
    return {name: value for name, value in counted.items() if value}

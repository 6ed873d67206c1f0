"""Portals, runs and their visits, taken from another archive.

A run is taken from its first visit on, up to the first thing that cannot be taken. So it is whole here, or a beginning
that counts as under way, and a later merge goes on behind it.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from archive import captures, exchanges, sealed, seals
from archive.errors import DamagedBody
from archive.merge_rows import BATCH, Pair, take_body
from archive.rows import insert
from archive.seals import Row

_ENDED = ("finished_at", "outcome", "counts", "seal")  # what the end of a run changes in its row
_MEND = "mend it (`gongkai verify` names what is wrong with it) and merge again"


class _Stop(Exception):  # noqa: N818 - it is no error, only the end of what can be taken
    """Raised inside this module where a run cannot be taken further; the conflict is noted."""


def take_portals(pair: Pair) -> None:
    """Of two rows of a portal the one last seen stands; it was seen first when either was."""
    with pair.target.transaction():
        for theirs in seals.rows(pair.theirs, "SELECT * FROM portals"):
            key = theirs["id"]
            if theirs["seal"] not in {None, seals.of_portal(theirs)}:
                pair.conflict("seal_broken", "portals", key, f"portal {key} is not as it was sealed: {_MEND}")
                continue
            mine = next(iter(seals.rows(pair.mine, "SELECT * FROM portals WHERE id = ?", key)), None)
            if mine is None:
                insert(pair.mine, "portals", theirs)
                pair.count("portals")
                continue
            if mine["code"] != theirs["code"] and None not in {mine["code"], theirs["code"]}:
                pair.conflict(
                    "portal_differs",
                    "portals",
                    key,
                    f"portal {key} has the code {theirs['code']}, in {pair.target.path} {mine['code']}: the one last"
                    " seen stands; if these are two portals, rename the file of one before it is crawled again",
                )
            row = max(mine, theirs, key=_newest)
            row = {**row, "first_seen": min(mine["first_seen"], theirs["first_seen"])}
            row["seal"] = row["seal"] and seals.of_portal(row)
            if row != mine:
                pair.mine.execute(
                    f"UPDATE portals SET {', '.join(f'{name} = ?' for name in row)} WHERE id = ?",  # noqa: S608 - names from the schema
                    [*row.values(), key],
                )
                pair.count("portals_renewed")


def _newest(row: Row) -> tuple[str, bytes, bool]:
    return row["last_seen"], seals.of_portal({**row, "first_seen": None}), row["seal"] is not None


def take_run(pair: Pair, number: int) -> None:
    """Take over a run, or what is lacking of it here."""
    (theirs,) = seals.rows(pair.theirs, "SELECT * FROM runs WHERE id = ?", number)
    mine = next(iter(seals.rows(pair.mine, "SELECT * FROM runs WHERE uid = ?", theirs["uid"])), None)
    if mine is not None and mine["outcome"] != "running" and _said(mine) == _said(theirs):
        (visits,) = pair.theirs.execute("SELECT count(*) FROM exchanges WHERE run = ?", [number]).fetchone()
        pair.looked_at(visits)
        pair.count("runs_known")
        return
    try:
        _take(pair, theirs, mine)
    except _Stop:
        pair.count("runs_left")
    else:
        pair.count("runs" if mine is None else "runs_known" if mine["outcome"] != "running" else "runs_continued")


def _take(pair: Pair, theirs: Row, mine: Row | None) -> None:
    start = _begun(theirs)
    if mine is None:
        with pair.target.transaction():
            key = insert(pair.mine, "runs", {name: value for name, value in start.items() if name != "id"})
    else:
        key = mine["id"]
        if _said(_begun(mine)) != _said(start):
            _stop(pair, theirs, "is another command than here under the same uid")
    known = _common(pair, theirs, key)
    pair.looked_at(known)
    (rest,) = pair.theirs.execute("SELECT count(*) - ? FROM exchanges WHERE run = ?", [known, theirs["id"]]).fetchone()
    if mine is not None and mine["outcome"] != "running":
        if rest or theirs["outcome"] != "running":
            _stop(pair, theirs, "ended otherwise than here")
        return
    _visits(pair, theirs, key, known)
    (held,) = pair.mine.execute("SELECT count(*) FROM exchanges WHERE run = ?", [key]).fetchone()
    if theirs["outcome"] != "running" and held > known + rest:
        _stop(pair, theirs, "ended with fewer visits than are here")
    with pair.target.transaction():
        _lists(pair, theirs, key)
        if theirs["outcome"] != "running":
            if theirs["seal"] not in {None, seals.of_run(theirs, seals.last(pair.mine, key))}:
                _stop(pair, theirs, "is not as it was sealed, or visits at its end were taken out")
            pair.mine.execute(
                f"UPDATE runs SET {', '.join(f'{name} = ?' for name in _ENDED)} WHERE id = ?",  # noqa: S608 - constants
                [*(theirs[name] for name in _ENDED), key],
            )


def _begun(run: Row) -> Row:
    """A run's row as it was when it began."""
    row = {**run, "finished_at": None, "outcome": "running", "counts": "{}"}
    return {**row, "seal": run["seal"] and seals.of_run(row, None)}


def _said(run: Row) -> dict[str, Any]:
    return {name: value for name, value in run.items() if name not in {"id", "seal"}}


def _stop(pair: Pair, run: Row, message: str) -> None:
    pair.conflict("run_differs", "runs", run["id"], f"run {run['uid']} {message}: what is here stays as it is")
    raise _Stop


def _common(pair: Pair, theirs: Row, key: int) -> int:
    """How many visits of a run both have; they must be the same."""
    known = 0
    for mine, other in zip(_chain(pair.mine, key), _chain(pair.theirs, theirs["id"]), strict=False):
        if mine != other:
            _stop(pair, theirs, f"has another visit in the place of visit {mine[0]}: compare the two by hand")
        known += 1
    return known


def _chain(connection: sqlite3.Connection, run: int) -> list[tuple[int, bytes]]:
    """The visits of a run as they were kept: number and seal, of older ones a hash in its place."""
    sql = "SELECT id, number, seal FROM exchanges WHERE run = ? ORDER BY id"
    return [
        (number, seal or sealed.of_visit(next(sealed.visits(connection, "v.id = ?", visit)), b""))
        for visit, number, seal in connection.execute(sql, [run]).fetchall()
    ]


def _visits(pair: Pair, run: Row, key: int, known: int) -> None:
    """Take the visits of a run that are not here, in transactions of some."""
    before = seals.last(pair.mine, key) or run["uid"].encode()
    numbers = sealed.visits(pair.theirs, "v.run = ?", run["id"])
    for _ in range(known):
        next(numbers)
    while True:
        trouble: _Stop | None = None
        taken = 0
        with pair.target.transaction():
            for visit in numbers:
                try:
                    before = _visit(pair, visit, key, before, sealed_run=run["seal"] is not None)
                except _Stop as stop:
                    trouble = stop
                    break
                taken += 1
                if taken == BATCH:
                    break
        pair.looked_at(taken)
        pair.count("visits", taken)
        if trouble is not None:
            raise trouble
        if taken < BATCH:
            return


def _visit(pair: Pair, visit: Row, key: int, before: bytes, *, sealed_run: bool) -> bytes:
    """Take one visit; its seal."""
    named = f"visit {visit['id']} ({visit['url']})"
    rest = "it and what was kept after it in its run was not taken"
    if (sealed_run or visit["seal"] is not None) and visit["seal"] != sealed.of_visit(visit, before):
        pair.conflict("seal_broken", "visits", visit["id"], f"{named} is not as it was sealed: {rest}: {_MEND}")
        raise _Stop
    if pair.mine.execute("SELECT 1 FROM portals WHERE id = ?", [visit["portal"]]).fetchone() is None:
        pair.conflict("portal_missing", "visits", visit["id"], f"{named} is of a portal that was not taken: {rest}")
        raise _Stop
    try:
        body = None if visit["body"] is None else take_body(pair, visit["body"])
    except DamagedBody as error:
        pair.conflict("body_damaged", "visits", visit["id"], f"{named}: {error}: {rest}")
        raise _Stop from error
    row = {name: value for name, value in visit.items() if name not in {"id", "from_number", "on_number"}}
    origins = {
        name: _origin(pair, key, visit[number], named)
        for name, number in (("redirected_from", "from_number"), ("discovered_on", "on_number"))
    }
    into = exchanges.Exchanges(pair.mine)
    into.write(row | {"run": key} | origins, into.address(row["canonical_url"]), body)
    if body is not None:
        _gather(pair, visit["canonical_url"], visit["body"])
    return visit["seal"] or b""


def _origin(pair: Pair, run: int, number: int | None, named: str) -> int | None:
    if number is None:
        return None
    row = pair.mine.execute("SELECT id FROM exchanges WHERE run = ? AND number = ?", [run, number]).fetchone()
    if row is None:
        pair.conflict("origin_missing", "visits", number, f"{named} comes from visit {number}, which was kept after it")
        raise _Stop
    return int(row[0])


def _gather(pair: Pair, address: str, body: str) -> None:
    """Where a visit is the first of its page now, the reports that another one stood for become its own."""
    (first,) = pair.mine.execute(captures.FIRST, [address, body]).fetchone()
    for (report,) in pair.mine.execute(
        "SELECT r.id FROM exchanges AS f JOIN exchanges AS v USING (address, body) JOIN reports AS r ON r.visit = v.id"
        " WHERE f.id = ? AND v.id <> f.id"
        " AND NOT EXISTS (SELECT 1 FROM further_pages AS f WHERE f.report = r.id)"
        " AND NOT EXISTS (SELECT 1 FROM reports AS o WHERE o.visit = ? AND o.recipe = r.recipe)",
        [first, first],
    ).fetchall():
        (row,) = sealed.reports(pair.mine, "r.id = ?", report)
        if row["seal"] not in {None, sealed.of_report(pair.mine, row)}:
            pair.conflict("seal_broken", "reports", report, f"report {report} of {pair.target.path} is not as sealed")
            continue  # to seal it again would hide that
        pair.mine.execute("UPDATE reports SET visit = ? WHERE id = ?", [first, report])
        pair.mine.execute(
            "UPDATE sightings SET (visit, url, seen_at) = (SELECT id, url, requested_at FROM visits WHERE id = ?)"
            " WHERE copy = ?",
            [first, report],
        )
        if row["seal"] is not None:
            seals.seal_report(pair.mine, report)
        pair.target.touched(first)


def _lists(pair: Pair, run: Row, key: int) -> None:
    for row in seals.rows(pair.theirs, "SELECT * FROM lists WHERE run = ?", run["id"]):
        if row["seal"] not in {None, seals.of("lists", row, run["uid"].encode())}:
            _stop(pair, run, f"has a list, {row['url']}, that is not as it was sealed")
        taken = {**row, "run": key}
        mine = seals.rows(
            pair.mine, "SELECT * FROM lists WHERE run = ? AND portal = ? AND url = ?", key, row["portal"], row["url"]
        )
        if not mine:
            insert(pair.mine, "lists", taken)
            pair.count("lists")
        elif mine != [taken]:
            _stop(pair, run, f"has walked a list, {row['url']}, otherwise than here")

"""Reports taken from another archive.

A report belongs to the first visit that kept its page, one that was read from further pages to the visit that it was
read for. Of two readings by one recipe the one filed first stands, whichever archive it comes from.
"""

from __future__ import annotations

import json
from itertools import islice

from archive import captures, near, sealed, seals, search
from archive.errors import DamagedBody
from archive.filing import text_hash
from archive.merge_rows import BATCH, Pair, take_body
from archive.rows import insert
from archive.seals import Row

_MEND = "it was not taken: `gongkai derive` reads its page again"
_LOCAL = frozenset({"id", "visit", "seal", "visit_number", "run_uid"})
_OWN = _LOCAL | {"derived_at", "url"}  # what two readings that say the same may differ in


def take_reports(pair: Pair) -> None:
    """Take over all reports whose pages are here."""
    reports = sealed.reports(pair.theirs, "1")
    while batch := list(islice(reports, BATCH)):
        with pair.target.transaction():
            for report in batch:
                pair.count(_take(pair, report))
        pair.looked_at(len(batch))


def _take(pair: Pair, theirs: Row) -> str:
    """Take a report or leave it; a word for what was done."""
    place = _place(pair, theirs)
    if place is None:
        return "reports_left"  # with the visits of its run, of which a conflict tells
    mine = next(sealed.reports(pair.mine, "r.visit = ? AND r.recipe = ?", place, theirs["recipe"]), None)
    if mine is not None and mine["seal"] == theirs["seal"] is not None:
        return "reports_known"
    if theirs["seal"] not in {None, sealed.of_report(pair.theirs, theirs)}:
        message = f"report {theirs['id']} ({theirs['url']}) is not as it was sealed: {_MEND}"
        pair.conflict("seal_broken", "reports", theirs["id"], message)
        return "reports_left"
    if mine is not None:
        if _said(pair, theirs, mine=False) != _said(pair, mine, mine=True):
            message = f"{theirs['url']} was read otherwise than here by the same recipe: the reading filed first stands"
            pair.conflict("report_differs", "reports", theirs["id"], message)
        if _rank(pair, mine, mine=True) <= _rank(pair, theirs, mine=False):
            return "reports_known"
    text = pair.theirs.execute("SELECT * FROM texts WHERE sha256 = ?", [theirs["text_sha256"]]).fetchone()
    if text is None or text_hash(text[1].encode(), text[2].encode()) != text[0]:
        message = f"the text of report {theirs['id']} ({theirs['url']}) is not what was filed: {_MEND}"
        pair.conflict("text_damaged", "reports", theirs["id"], message)
        return "reports_left"
    parts = seals.parts(pair.theirs, theirs["id"])
    try:
        for further in parts["further_pages"]:
            if further["body"] is not None:
                take_body(pair, further["body"])
    except DamagedBody as error:
        message = f"report {theirs['id']} ({theirs['url']}) rests on a further page: {error}: {_MEND}"
        pair.conflict("body_damaged", "reports", theirs["id"], message)
        return "reports_left"
    if mine is not None:
        _drop(pair, mine)
    pair.mine.execute("INSERT INTO texts VALUES (?, ?, ?) ON CONFLICT DO NOTHING", text)
    row = {name: value for name, value in theirs.items() if name not in _LOCAL} | {"visit": place}
    number = insert(pair.mine, "reports", row)
    for table, its in parts.items():
        for part in its:
            insert(pair.mine, table, {**part, "report": number})
    if theirs["seal"] is not None:
        seals.seal_report(pair.mine, number)
    near.note(pair.target.near, number)
    pair.target.touched(place)
    return "reports" if mine is None else "reports_earlier"


def _place(pair: Pair, report: Row) -> int | None:
    """The visit here that a report belongs to."""
    own = pair.mine.execute(
        "SELECT v.id, v.canonical_url, v.body FROM visits AS v JOIN runs AS u ON u.id = v.run"
        " WHERE u.uid = ? AND v.number = ?",
        [report["run_uid"], report["visit_number"]],
    ).fetchone()
    if own is None:
        return None
    further = "SELECT 1 FROM further_pages WHERE report = ?"
    if pair.theirs.execute(further, [report["id"]]).fetchone() is not None:
        return int(own[0])
    (first,) = pair.mine.execute(captures.FIRST, own[1:]).fetchone()
    taken = "SELECT 1 FROM reports AS r JOIN further_pages AS f ON f.report = r.id WHERE r.visit = ? AND r.recipe = ?"
    occupied = pair.mine.execute(taken, [first, report["recipe"]]).fetchone() is not None
    return int(own[0] if occupied else first)


def _said(pair: Pair, report: Row, *, mine: bool, without: frozenset[str] = _OWN) -> str:
    """All that a report says, in one form."""
    parts = seals.parts(pair.mine if mine else pair.theirs, report["id"])
    said = {name: value for name, value in report.items() if name not in without}
    bare = {table: [{**part, "report": None} for part in rows] for table, rows in parts.items()}
    return json.dumps([said, bare], sort_keys=True, ensure_ascii=False, default=bytes.hex)  # the sketch is bytes


def _rank(pair: Pair, report: Row, *, mine: bool) -> tuple[str, str, bool]:
    """The order in which readings of a page come; filed at the same moment, their words decide."""
    return report["derived_at"], _said(pair, report, mine=mine, without=_LOCAL), report["seal"] is None


def _drop(pair: Pair, report: Row) -> None:
    """Take out a reading that another one stands before."""
    number = report["id"]
    search.forget(pair.mine, number)
    near.forget(pair.target.near, number)
    for (visit,) in pair.mine.execute("SELECT visit FROM sightings WHERE report = ?", [number]).fetchall():
        pair.target.touched(visit)
    pair.mine.execute("DELETE FROM sightings WHERE ? IN (report, copy)", [number])
    pair.mine.execute("DELETE FROM changes WHERE ? IN (before, after)", [number])
    for table in seals.PARTS:
        pair.mine.execute(f"DELETE FROM {table} WHERE report = ?", [number])  # noqa: S608 - a constant
    pair.mine.execute("DELETE FROM reports WHERE id = ?", [number])
    pair.mine.execute(
        "DELETE FROM texts WHERE sha256 = ? AND NOT EXISTS (SELECT 1 FROM reports WHERE text_sha256 = texts.sha256)",
        [report["text_sha256"]],
    )

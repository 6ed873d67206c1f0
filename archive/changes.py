"""What became of a report at its address: edited, moved, replaced, gone, there again.

All of it is worked out from visits and from what one recipe read, so it can be made anew at any time and comes out the
same. What may pass (no answer, 5xx, a challenge) says nothing, neither that a report is there nor that it is gone.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from archive import seals, timeline
from archive.diff import Said, differ, shared
from archive.filing import to_json
from archive.standing import SLACK
from archive.timeline import Look
from pipelines.records import CITABLE

# A report is gone when it was looked for in vain on so many days, the last of them so long after the first, and never
# found in between. A portal that is being rebuilt answers 404 for a night or a weekend.
GONE_LOOKS = 3
GONE_AFTER = timedelta(days=7)

_SAME = 0.5  # share of paragraphs from which two pages with other issuers or years are one report, corrected

KINDS: Mapping[str, str] = {
    "text": "words or figures changed after publication",
    "metadata": "the words are the same, what the page says of itself (title, dates, source) is not",
    "same_text": "other bytes, the same words: a counter, the date of the day, another design",
    "worse": "less came than the report that was there: that one still stands",
    "replaced": "another report came in its place",
    "moved": "its address sends on to another one, where the report is",
    "gone": "looked for in vain on several days, over a week or more",
    "returned": "there again",
}
TOLD = tuple(kind for kind in KINDS if kind != "same_text")  # worth telling

_RECIPES = f"""SELECT DISTINCT r.recipe FROM reports AS r JOIN visits AS v ON v.id = r.visit
WHERE v.canonical_url IN ({timeline.REACHED}) ORDER BY 1"""  # noqa: S608 - a constant

_COUNTS = """SELECT 'changes_' || c.kind, count(*) FROM changes AS c JOIN visits AS v ON v.id = c.visit
  JOIN runs AS u ON u.id = v.run WHERE u.id = :run AND c.recipe = u.recipe GROUP BY 1
UNION ALL SELECT 'distrusted_' || d.kind, count(*) FROM distrusted AS d JOIN visits AS v ON v.id = d.visit
  WHERE v.run = :run GROUP BY 1 ORDER BY 1"""

# Whether bytes that are still the same say something new: that a report is back, or once more not there.
_TELLS = """SELECT EXISTS (SELECT 1 FROM changes WHERE canonical_url = :address) OR NOT EXISTS (
  SELECT 1 FROM visits AS w JOIN reports AS r ON r.visit = w.id WHERE w.canonical_url = :address AND w.body = :body
    AND r.verdict IN ('report', 'attachment_only', 'thin'))"""

_MEND = "`gongkai merge` into a new file works it out afresh"
_STORED = "SELECT * FROM changes WHERE canonical_url = ?"

_METADATA = (
    *("title", "issuer", "issuer_full", "year", "period_start", "period_end", "published_on", "signed_on"),
    *("source", "index_number", "document_number"),
)


@dataclass(frozen=True)
class _Version:
    """A report as one recipe read it."""

    connection: sqlite3.Connection
    row: Mapping[str, Any]

    @property
    def number(self) -> int:
        return int(self.row["id"])

    @property
    def quality(self) -> int:
        return CITABLE.index(self.row["verdict"])

    @cached_property
    def said(self) -> Said:
        (text,) = self.connection.execute(
            "SELECT text FROM texts WHERE sha256 = ?", [self.row["text_sha256"]]
        ).fetchone()
        tables = self.connection.execute("SELECT rows FROM tables WHERE report = ? ORDER BY position", [self.number])
        files = self.connection.execute(
            "SELECT canonical_url FROM attachments WHERE report = ? ORDER BY position", [self.number]
        )
        metadata = {name: self.row[name] for name in _METADATA} | {"attachments": [url for (url,) in files]}
        return Said(text, tuple(json.loads(rows) for (rows,) in tables), metadata)

    def is_same_report(self, other: _Version) -> bool:
        """Whether two versions are of one report: the same issuer and year as far as they say, or mostly its words."""
        mine, theirs = ((one.row["issuer_full"] or one.row["issuer"], one.row["year"]) for one in (self, other))
        told = [(a, b) for a, b in zip(mine, theirs, strict=True) if a is not None and b is not None]
        return all(a == b for a, b in told) or shared(self.said.text, other.said.text) >= _SAME


@dataclass
class _Story:
    """One report at an address, and what became of it so far."""

    held: _Version  # the version that stands
    place: str  # the address that gave it
    missed: list[Look] = field(default_factory=list)  # in a row
    away: bool = False  # gone, worse or replaced
    less: set[int] = field(default_factory=set)  # worse versions

    def met(self, look: Look, version: _Version) -> Iterator[dict[str, Any]]:
        """A look that found the report, or less of it."""
        if version.quality > self.held.quality:
            if version.number not in self.less:
                verdicts = f"{version.row['verdict']}, the version before it is {self.held.row['verdict']}"
                yield self._event("worse", look, f"what is there now is {verdicts}, and stands", version)
                self.less.add(version.number)
                self.away = True
            yield from self.miss(look)
            return
        if self.away:
            since = self.missed[0].at  # what is away was missed
            yield self._event("returned", look, f"there again; missing since {since[:10]}", version, since=since)
        if has_moved := look.place != self.place:
            yield self._event("moved", look, f"sent on to {look.place}", version)
        if version.number != self.held.number:
            found = differ(self.held.said, version.said)
            if found.kind != "same_text":
                lead = "changed after publication" if found.kind == "text" else "the same words; changed"
                diff = to_json(found.as_json())
                yield self._event(found.kind, look, f"{lead}: {found.words()}", version, diff=diff)
            elif not has_moved:
                yield self._event("same_text", look, "other bytes, the same words", version)
        self.held, self.place, self.missed, self.away = version, look.place, [], False

    def replaced(self, look: Look, version: _Version) -> Iterator[dict[str, Any]]:
        """A look that found another report."""
        if not self.away:
            name = " ".join(str(version.row[name]) for name in ("issuer", "year") if version.row[name] is not None)
            yield self._event("replaced", look, f"another report is in its place: {name or 'unnamed'}", version)
            self.away = True
        yield from self.miss(look)

    def miss(self, look: Look) -> Iterator[dict[str, Any]]:
        """A look in vain."""
        before = self._is_gone()
        self.missed.append(look)
        if self._is_gone() and not before:
            days = {missed.at[:10]: missed.why for missed in self.missed}
            why = ", ".join(dict.fromkeys(days.values()))
            message = f"looked for in vain on {len(days)} days since {self.missed[0].at[:10]}: {why}"
            yield self._event("gone", look, message, None, since=self.missed[0].at)
            self.away = True

    def _is_gone(self) -> bool:
        if not self.missed:
            return False
        first, last = (datetime.fromisoformat(self.missed[place].at) for place in (0, -1))
        return len({look.at[:10] for look in self.missed}) >= GONE_LOOKS and last - first >= GONE_AFTER - SLACK

    def _event(
        self,
        kind: str,
        look: Look,
        message: str,
        after: _Version | None,
        *,
        since: str | None = None,
        diff: str | None = None,
    ) -> dict[str, Any]:
        return {
            "visit": look.visit,
            "kind": kind,
            "at": look.at,
            "before": self.held.number,
            "after": None if after is None else after.number,
            "since": since,
            "message": message,
            "diff": diff,
        }


def told(connection: sqlite3.Connection, address: str, recipe: str) -> Iterator[dict[str, Any]]:
    """What became of the reports at an address, in order, as one recipe read them."""
    stories: list[_Story] = []
    for look in timeline.looks(connection, address, recipe):
        version = None if look.report is None else _Version(connection, look.report)
        mine = None
        if version is not None:
            near = [story for story in reversed(stories) if version.is_same_report(story.held)]
            mine = next((story for story in near if story.held.number == version.number), next(iter(near), None))
        for story in stories:
            if version is None:
                yield from story.miss(look)
            elif story is mine:
                yield from story.met(look, version)
            else:
                yield from story.replaced(look, version)
        if version is not None and mine is None:
            stories.append(_Story(version, look.place))


def refresh(connection: sqlite3.Connection, address: str) -> None:
    """Work out anew what became of the reports at an address, by each recipe that read it."""
    connection.execute("DELETE FROM changes WHERE canonical_url = ?", [address])
    if not timeline.may_change(connection, address):
        return
    for row in list(_rows(connection, address)):
        connection.execute(
            f"INSERT INTO changes ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608 - names from this module
            list(row.values()),
        )


def _rows(connection: sqlite3.Connection, address: str) -> Iterator[dict[str, Any]]:
    """What became of the reports at an address, by each recipe that read it: rows of `changes`."""
    for (recipe,) in connection.execute(_RECIPES, [address]).fetchall():
        for event in told(connection, address, recipe):
            yield {"canonical_url": address, "recipe": recipe, **event}


def kept(connection: sqlite3.Connection, visit: int, outcome: str) -> None:
    """Note what a visit that was just kept and needs no reading says of the report at its address."""
    address, body, origin = connection.execute(
        "SELECT canonical_url, body, redirected_from FROM visits WHERE id = ?", [visit]
    ).fetchone()
    if outcome in {"same_bytes", "not_modified"} and origin is None:
        (tells,) = connection.execute(_TELLS, {"address": address, "body": body}).fetchone()
        if not tells:
            for before in timeline.sent_on(connection, visit):
                refresh(connection, before)
            return
    filed(connection, visit)


def filed(connection: sqlite3.Connection, visit: int) -> None:
    """Note what a report that was just filed for a visit's page changes, also where a redirect led there.

    In whichever run: a new recipe reads what was kept long ago.
    """
    sent_on = timeline.sent_on(connection, visit, ever=True)
    for address in dict.fromkeys([*timeline.led_from(connection, visit), *sent_on]):
        refresh(connection, address)


def counts(connection: sqlite3.Connection, run: int) -> dict[str, int]:
    """What the visits of a run showed: kinds of changes, and ways in which hosts are not to be believed."""
    return dict(connection.execute(_COUNTS, {"run": run}).fetchall())


def settle(connection: sqlite3.Connection, other: sqlite3.Connection) -> None:
    """Work out anew what two archives may tell otherwise together: what became of all that the other one knows.

    Not of what was taken from it just now: a merge that was killed and is repeated takes nothing, and settles the same.
    """
    for (address,) in other.execute("SELECT canonical_url FROM addresses"):
        for before in timeline.leading(connection, address):
            refresh(connection, before)
    for address in timeline.unfollowed(connection):
        refresh(connection, address)


def wrong(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Rows of `changes` that are not what visits and reports tell: address, visit and kind, and what is wrong.

    What only a visit older than seals shows need not be there: `changes` came with them.
    """
    for address in timeline.addresses(connection):
        stored = {_key(row): row for row in seals.rows(connection, _STORED, address)}
        try:
            rows = list(_rows(connection, address)) if timeline.may_change(connection, address) else []
        except (TypeError, ValueError) as error:  # a date that is none, a text that is not there
            yield address, f"cannot be worked out from visits and reports, which are damaged: {error}"
            continue
        due = {_key(row): row for row in rows}
        for key in sorted(stored.keys() | due.keys()):
            where = f"{address} {key[1]} {key[2]}"
            if key not in due:
                yield where, f"is not what visits and reports tell: {_MEND}"
            elif key not in stored:
                (seal,) = connection.execute("SELECT seal FROM visits WHERE id = ?", [key[1]]).fetchone()
                if seal is not None:
                    yield where, f"is missing: {_MEND}"
            elif names := [name for name, value in due[key].items() if stored[key][name] != value]:
                yield where, f"is told otherwise by visits and reports ({', '.join(names)}): {_MEND}"


def _key(row: Mapping[str, Any]) -> tuple[str, int, str, int]:
    """What tells the rows of an address apart."""
    return row["recipe"], row["visit"], row["kind"], row["before"]

"""WARC files of whatever crawler, read as one crawl: each answer with its request, what led there, and its original.

Records belong together by WARC-Concurrent-To, and an answer may come before its request, or a revisit before its
original: the files are read twice, once for what belongs to the answers, once for the answers.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from archive.handover import http, reading, warc
from archive.handover.answers import Answer, Beside, Facts, visit_of
from archive.handover.faults import Faults
from archive.handover.http import Message
from archive.handover.kinds import Territory, hostname, joined
from archive.handover.notes import Notes
from archive.handover.outgoing import VISIT
from archive.handover.warc import Fault, Record
from pipelines.records import Visit

Key = tuple[str, int]  # run and number of a visit that a gongkai made

_LONGEST_REQUEST = 1 << 20  # bytes
_LONGEST_FIELDS = 1 << 22  # bytes of a record that is read by its lines: Heritrix notes all links of a page in one
_KNOWN_FIELDS = ("via", VISIT)  # of a metadata record
_LONGEST_NAME = 1000  # characters of a program's or operator's name, which each visit bears
_AHEAD = timedelta(days=1)  # clocks differ


@dataclass(frozen=True, slots=True)
class Taken:
    """A visit that others made, without its number in our run, and what tells which visit led to it."""

    visit: Visit
    key: Key | None = None
    redirected_from: Key | None = None
    discovered_on: Key | None = None
    via: str | None = None  # address that led there
    onward: str | None = None  # address to which it sends on

    @property
    def record(self) -> str:
        assert self.visit.imported  # all that is taken in has it
        return str(self.visit.imported["record"])


@dataclass(slots=True)
class Crawl:
    """Files read as one, by name. `counts` says what was passed over, `faults` what could not be read and where."""

    files: Mapping[str, Path]
    territory: Territory
    counts: Counter[str] = field(default_factory=Counter)
    faults: Faults = field(default_factory=Faults)
    _notes: Notes = field(default_factory=Notes)  # of the first reading

    def close(self) -> None:
        self._notes.close()

    def survey(self, progress: Callable[[int, int], None]) -> None:
        """The first reading; `progress` is told how many bytes of how many are read."""
        total, done = sum(path.stat().st_size for path in self.files.values()), 0
        for number, (name, path) in enumerate(self.files.items()):
            for record in reading.read(path):
                progress(done + record.offset, total)
                if isinstance(record, Fault):
                    self.faults.add(f"{name}: offset {record.offset}: {record.words}", name)
                else:
                    self._note(name, number, record)
            done += path.stat().st_size
        self.counts["unanswered"] += self._notes.without("request", "answer")
        self.counts["unattached"] += self._notes.without("said", "answer")

    def programs(self) -> dict[str, dict[str, str]]:
        """What the files say of who made them, by file."""
        return {name: self._program("file", name) for name in self.files}

    def _program(self, kind: str, key: str) -> dict[str, str]:
        said: dict[str, str] = json.loads(self._notes.get("program", (kind, key)) or "{}")
        return said

    def _note(self, name: str, number: int, record: Record) -> None:
        if record.type == "warcinfo":
            program = json.dumps(_said(self._fields(name, record)))
            self._notes.put("program", ("file", name), program, first=True)
            self._notes.put("program", ("record", record.id), program)
        if record.type == "response":
            self._note_original(number, record)
        if self.territory.portal(record.url) is None:
            return
        beside = record.every("warc-concurrent-to")
        if record.type == "request":
            self._note_request(name, record)
        elif record.type == "metadata" and beside:
            said = self._fields(name, record)
            block = self._notes.lay(warc.fields([(key, said[key]) for key in _KNOWN_FIELDS if key in said]))
            for key in beside:
                self._notes.put("said", key, block)
        else:
            for key in _names(record):
                self._notes.put("answer", key, 1)

    def _note_original(self, number: int, record: Record) -> None:
        digest = record.get("warc-payload-digest")
        # in a member of many records none can be found again but by unpacking all before it
        block = self._notes.lay(record.block) if record.within else None
        place = json.dumps([number, record.offset, block, digest, record.get("warc-truncated")])
        for key in (record.id, _moment(record.url, record.date), digest):
            if key:
                self._notes.put("original", key, place, first=True)

    def _note_request(self, name: str, record: Record) -> None:
        if len(record.block) > _LONGEST_REQUEST:
            self._fault(name, record, f"a request of {len(record.block):,} bytes is not taken; its answer is")
            return
        block, names = self._notes.lay(record.block), _names(record)
        self.counts["unanswered"] += not names
        for key in names:
            self._notes.put("request", key, block, first=True)

    def _fields(self, name: str, record: Record) -> dict[str, str]:
        if len(record.block) > _LONGEST_FIELDS:
            self._fault(name, record, f"a {record.type} of {len(record.block):,} bytes is not read")
            return {}
        return warc.read_fields(record.block)

    def visits(self) -> Iterator[Taken]:
        """The second reading."""
        for name, path in self.files.items():
            for record in reading.read(path):
                if isinstance(record, Record):
                    try:
                        taken = self._taken(name, record)
                    except http.TooLarge as limit:
                        self._fault(name, record, f"unpacked its body has {limit}: it is not taken")
                    else:
                        if taken:
                            yield taken

    def _fault(self, name: str, record: Record, words: str) -> None:
        self.faults.add(f"{name}: offset {record.offset}: {record.url[:200]}: {words}", name)

    def _taken(self, name: str, record: Record) -> Taken | None:
        if record.type not in {"response", "revisit", "resource", "conversion", "metadata"}:
            return None
        is_own = record.type in {"metadata", "conversion"}  # what only a gongkai writes of a visit without an exchange
        if is_own and record.get("warc-concurrent-to"):
            return None
        portal = self.territory.portal(record.url)
        if portal is None:
            is_answer = not is_own or VISIT.encode() in record.block
            self.counts["elsewhere"] += is_answer and hostname(record.url) is not None
            return None
        beside = self._beside(name, record)
        if is_own and not beside.facts:
            return None
        if record.get("warc-segment-number"):
            self._fault(name, record, "is the first of several segments: join them to one record, then it can be taken")
            return None
        date = _date(record.date)
        if date is None or date > datetime.now(UTC) + _AHEAD:
            words = "is no date" if date is None else "is in the future"
            self._fault(name, record, f"WARC-Date {record.date[:50]!r} {words}: the record is not taken")
            return None
        answer = self._answer(name, record, beside)
        if answer is None:
            return None
        visit = visit_of(record, portal, date, answer, beside)
        if visit is None:
            self.counts["furniture"] += 1
            return None
        return self._linked(name, record, visit, answer, beside)

    def _beside(self, name: str, record: Record) -> Beside:
        sent = next((found for key in _names(record) if (found := self._notes.get("request", key)) is not None), None)
        request = None if sent is None else http.parse(self._notes.block(sent))
        if record.type == "metadata":
            said = warc.read_fields(record.block) if len(record.block) <= _LONGEST_FIELDS else {}
        else:
            block = self._notes.get("said", record.id) if record.id else None
            said = {} if block is None else warc.read_fields(self._notes.block(block))
        facts = None
        if VISIT in said:
            try:
                facts = Facts.model_validate_json(said[VISIT])
            except ValidationError as error:
                self._fault(name, record, f"{VISIT}: {error.errors()[0]['msg']}; taken as any other crawler's")
        via = said.get("via") or (request.get("referer") if request else "")
        return Beside(request, via or None, facts)

    def _answer(self, name: str, record: Record, beside: Beside) -> Answer | None:
        if record.type == "metadata":
            return Answer(None, None)
        if record.type in {"resource", "conversion"}:
            body = http.body(Message("", (), record.block))
            return Answer(None, body, record.get("content-type") or "", record.get("warc-truncated"))
        message = http.parse(record.block) if record.block else None
        if record.type == "response":
            if message is None or message.status is None:
                self._fault(name, record, "is no HTTP answer: it is not taken")
                return None
            return Answer(message, http.body(message), cut=record.get("warc-truncated"))
        if "not-modified" in (record.get("warc-profile") or "") or (message and message.status == 304):
            headers = beside.facts.response_headers if beside.facts else ()
            return Answer(message or Message("HTTP/1.1 304 Not Modified", headers, b""), None)
        original = self._original(record)
        if original is None:
            self.counts["unresolved"] += 1
            words = "its original is in none of the files, take them in together"
            self._fault(name, record, f"{words} ({_where(record)})")
            return None
        whole, cut = original  # what WARC-Truncated says of a revisit is that it has no body of its own
        return Answer(message if message and message.status else whole, http.body(whole), cut=cut)

    def _original(self, record: Record) -> tuple[Message, str | None] | None:
        """The answer that a revisit repeats, and whether it was cut."""
        uri, date = record.get("warc-refers-to-target-uri"), record.get("warc-refers-to-date")
        digest = record.get("warc-payload-digest")
        keys = [record.get("warc-refers-to"), uri and date and _moment(uri.strip("<>"), date), digest]
        for key in keys:
            if not key or (place := self._notes.get("original", key)) is None:
                continue
            number, offset, block, said, cut = json.loads(place)
            if not _same(digest, said):
                continue
            if block is not None:
                return http.parse(self._notes.block(block)), cut
            if found := reading.read_at(list(self.files.values())[number], offset):
                return http.parse(found.block), cut
        return None

    def _linked(self, name: str, record: Record, visit: Visit, answer: Answer, beside: Beside) -> Taken:
        facts = beside.facts
        program = self._program("record", record.get("warc-warcinfo-id") or "") or self._program("file", name)
        origin: dict[str, object] = {"record": record.id or f"sha256:{_digest(record)}", "file": name, **program}
        if kind := record.get("warc-identified-payload-type"):
            origin["type"] = kind
        if beside.via:
            origin["via"] = beside.via
        key = None
        if facts:
            key = (facts.run, facts.number)
            origin |= {"from": {"run": facts.run, "number": facts.number}}
            if facts.imported and isinstance(facts.imported.get("record"), str):  # taken in before, and handed on
                origin |= facts.imported
        location = answer.message.get("location") if answer.message else ""
        return Taken(
            visit=replace(visit, imported=origin),
            key=key,
            redirected_from=_key(facts, facts.redirected_from if facts else None),
            discovered_on=_key(facts, facts.discovered_on if facts else None),
            via=beside.via,
            onward=joined(record.url, location) if location and visit.outcome == "redirected" else None,
        )


def _key(facts: Facts | None, number: int | None) -> Key | None:
    return (facts.run, number) if facts and number is not None else None


def _said(program: Mapping[str, str]) -> dict[str, str]:
    return {name: program[name][:_LONGEST_NAME] for name in ("software", "operator") if program.get(name)}


def _names(record: Record) -> tuple[str, ...]:
    """What a record is found by: its identity, and those it says it belongs to."""
    return tuple(key for key in (record.id, *record.every("warc-concurrent-to")) if key)


def _date(words: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(words)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _digest(record: Record) -> str:
    """What a record without an identity is known by: all that it says."""
    return hashlib.sha256(repr(record.headers).encode("utf-8", "backslashreplace") + record.block).hexdigest()


def _same(said: str | None, found: str | None) -> bool:
    """Whether two digests may be of the same bytes: not, where one writing of one algorithm gives two values."""
    if not said or not found or (said.partition(":")[0], len(said)) != (found.partition(":")[0], len(found)):
        return True
    return said.lower() == found.lower()


def _moment(url: str, date: str) -> str:
    return f"{date} {url}"


def _where(record: Record) -> str:
    parts = (record.get("warc-refers-to-date"), record.get("warc-refers-to-target-uri"), record.get("warc-refers-to"))
    return " ".join(part for part in parts if part) or "not named"

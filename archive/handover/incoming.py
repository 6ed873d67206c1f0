"""WARC files of whatever crawler, read as one crawl: each answer with its request, what led there, and its original.

Records belong together by WARC-Concurrent-To, and an answer may come before its request, or a revisit before its
original: the files are read twice, once for what belongs to the answers, once for the answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

from pydantic import ValidationError

from archive.handover import http, warc
from archive.handover.answers import Answer, Beside, Facts, visit_of
from archive.handover.http import Message
from archive.handover.kinds import Territory, hostname
from archive.handover.outgoing import VISIT
from archive.handover.warc import Fault, Record
from pipelines.records import Visit

Key = tuple[str, int]  # run and number of a visit that a gongkai made


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
    faults: list[str] = field(default_factory=list)
    _programs: dict[str, dict[str, str]] = field(default_factory=dict)  # fields of warcinfo, by file and by record
    _requests: dict[str, Message] = field(default_factory=dict)  # by the request's record and by the answer's
    _metadata: dict[str, bytes] = field(default_factory=dict)  # by the answer's record
    _originals: dict[str, tuple[Path, int]] = field(default_factory=dict)  # by record, address and date, digest

    def survey(self, progress: Callable[[int, int], None]) -> None:
        """The first reading; `progress` is told how many bytes of how many are read."""
        sizes = [path.stat().st_size for path in self.files.values()]
        for number, (name, path) in enumerate(self.files.items()):
            for record in warc.read(path):
                progress(sum(sizes[:number]) + record.offset, sum(sizes))
                if isinstance(record, Fault):
                    self.faults.append(f"{name}: offset {record.offset}: {record.words}")
                else:
                    self._note(name, path, record)

    def programs(self) -> dict[str, dict[str, str]]:
        """What the files say of who made them, by file."""
        return {name: _said(self._programs.get(name, {})) for name in self.files}

    def _note(self, name: str, path: Path, record: Record) -> None:
        if record.type == "warcinfo":
            said = warc.read_fields(record.block)
            self._programs.setdefault(name, said)
            self._programs[record.id] = said
        if self.territory.portal(record.url) is None:
            return
        if record.type == "request":
            for key in (record.id, *record.every("warc-concurrent-to")):
                self._requests[key] = http.parse(record.block)
        elif record.type == "metadata":
            for key in record.every("warc-concurrent-to"):
                self._metadata[key] = record.block
        elif record.type in {"response", "resource"}:
            digest = record.get("warc-payload-digest") or ""
            for key in (record.id, _moment(record.url, record.date), digest):
                self._originals.setdefault(key, (path, record.offset))

    def visits(self) -> Iterator[Taken]:
        """The second reading."""
        for name, path in self.files.items():
            for record in warc.read(path):
                if isinstance(record, Record):
                    try:
                        taken = self._taken(name, record)
                    except http.TooLarge:
                        self._fault(name, record, f"unpacked it is larger than {http.LARGEST} bytes")
                    else:
                        if taken:
                            yield taken

    def _fault(self, name: str, record: Record, words: str) -> None:
        self.faults.append(f"{name}: offset {record.offset}: {record.url}: {words}")

    def _taken(self, name: str, record: Record) -> Taken | None:
        if record.type not in {"response", "revisit", "resource", "conversion", "metadata"}:
            return None
        is_own = record.type in {"metadata", "conversion"}  # what only a gongkai writes of a visit without an exchange
        if is_own and record.get("warc-concurrent-to"):
            return None
        beside = self._beside(name, record)
        if is_own and not beside.facts:
            return None
        portal = self.territory.portal(record.url)
        if portal is None:
            self.counts["elsewhere"] += hostname(record.url) is not None
            return None
        try:
            date = datetime.fromisoformat(record.date)
            date = (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self._fault(name, record, f"WARC-Date {record.date!r} is no date")
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
        near = (record.id, *record.every("warc-concurrent-to"))
        request = next((found for key in near if (found := self._requests.get(key))), None)
        block = record.block if record.type == "metadata" else self._metadata.get(record.id, b"")
        said = warc.read_fields(block)
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
            return Answer(None, http.Body(record.block), record.get("content-type") or "")
        message = http.parse(record.block) if record.block else None
        if record.type == "response":
            if message is None or message.status is None:
                self._fault(name, record, "is no HTTP answer")
                return None
            return Answer(message, http.body(message))
        if "not-modified" in (record.get("warc-profile") or "") or (message and message.status == 304):
            headers = beside.facts.response_headers if beside.facts else ()
            return Answer(message or Message("HTTP/1.1 304 Not Modified", headers, b""), None)
        original = self._original(record)
        if original is None:
            self.counts["unresolved"] += 1
            self._fault(name, record, f"its original is in none of the files ({_where(record)})")
            return None
        return Answer(message if message and message.status else original, http.body(original))

    def _original(self, record: Record) -> Message | None:
        uri, date = record.get("warc-refers-to-target-uri"), record.get("warc-refers-to-date")
        keys = [record.get("warc-refers-to"), uri and date and _moment(uri, date), record.get("warc-payload-digest")]
        for key in keys:
            if key and (place := self._originals.get(key)):
                found = warc.read_at(*place)
                if found and found.type == "response":
                    return http.parse(found.block)
        return None

    def _linked(self, name: str, record: Record, visit: Visit, answer: Answer, beside: Beside) -> Taken:
        facts = beside.facts
        program = self._programs.get(record.get("warc-warcinfo-id") or "") or self._programs.get(name, {})
        origin: dict[str, object] = {"record": record.id, "file": name, **_said(program)}
        if kind := record.get("warc-identified-payload-type"):
            origin["type"] = kind
        if beside.via:
            origin["via"] = beside.via
        key = None
        if facts:
            key = (facts.run, facts.number)
            origin |= {"from": {"run": facts.run, "number": facts.number}}
            if facts.imported and "record" in facts.imported:  # taken in before, and handed on
                origin |= facts.imported
        location = answer.message.get("location") if answer.message else ""
        return Taken(
            visit=replace(visit, imported=origin),
            key=key,
            redirected_from=_key(facts, facts.redirected_from if facts else None),
            discovered_on=_key(facts, facts.discovered_on if facts else None),
            via=beside.via,
            onward=urljoin(record.url, location) if location and visit.outcome == "redirected" else None,
        )


def _key(facts: Facts | None, number: int | None) -> Key | None:
    return (facts.run, number) if facts and number is not None else None


def _said(program: Mapping[str, str]) -> dict[str, str]:
    return {name: program[name] for name in ("software", "operator") if program.get(name)}


def _moment(url: str, date: str) -> str:
    return f"{date} {url}"


def _where(record: Record) -> str:
    parts = (record.get("warc-refers-to-date"), record.get("warc-refers-to-target-uri"), record.get("warc-refers-to"))
    return " ".join(part for part in parts if part) or "not named"

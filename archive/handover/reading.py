"""The records of a WARC file, gzipped one by one, as a whole, in part or not at all, and what is broken in it.

Nothing that a file says of itself is believed beyond a limit, and the time that a damaged one takes has one too.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO

from archive.handover import http
from archive.handover.flow import Broken, Flow, Member
from archive.handover.http import GZIP
from archive.handover.warc import Fault, Record, holds

LARGEST = http.LARGEST + (1 << 24)  # bytes of a record: the largest body, and room for heads and the marks of chunks
_LONGEST_HEAD = 1 << 18  # bytes: addresses are the longest values in it
_LINES = 1000  # of a head
_STEP = 1 << 20  # bytes searched, or passed over, at a time
_MARK = 16  # bytes in which it shows whether a record begins
_RATIO = 100  # what packed text seldom reaches, and gzip allows ten times of
# Bytes read in vain in one file before it is given up: some minutes' work. A search counts for what it reads again.
_PATIENCE = 1 << 34
_CANDIDATE = 1 << 12  # bytes looked at where a record might begin

_BEGIN = re.compile(rb"WARC/[01]\.\d{1,2}[ \t]{0,2}\r?\n")
_PACKED = re.compile(re.escape(GZIP))
_EITHER = re.compile(_BEGIN.pattern + b"|" + _PACKED.pattern)
_BETWEEN = re.compile(rb"\n(?=" + _BEGIN.pattern + b")")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_ONCE = frozenset({"warc-type", "warc-record-id", "warc-target-uri", "warc-date", "content-length"})
_NUMBER = re.compile(r"[0-9]{1,18}")

_NONE = "no WARC record begins here: what is readable behind it is read"
_OTHERS = {
    b"\x28\xb5\x2f\xfd": "is packed with zstd: unpack it with `zstd -d`",
    b"\x5d\x2a\x4d\x18": "is packed with zstd and a dictionary: unpack it with the tools of its archive",
    b"filedesc://": "is an ARC file: make it a WARC file with `warcio recompress`",
    b"PK\x03\x04": "is a zip: a WACZ is taken in with `import wacz`",
    b"BZh": "is packed with bzip2: unpack it",
    b"\xfd7zXZ": "is packed with xz: unpack it",
}

Found = Generator[Record | Fault, None, tuple[int, int] | None]  # returns where to go on, see `_Reader.stretch`


class _Astray(Exception):  # noqa: N818 - not an error of ours
    """Raised inside this module for a record whose end is not to be known: `after` is where to search for the next."""

    def __init__(self, words: str, after: int) -> None:
        super().__init__(words)
        self.after = after


class _Weary(Exception):  # noqa: N818 - as above
    """Raised inside this module when a file has used up all patience."""


def read(path: Path) -> Iterator[Record | Fault]:
    """The records of a file, and in the place of each part that cannot be read a fault."""
    with path.open("rb", buffering=_STEP) as file:
        reader = _Reader(file)
        place: tuple[int, int] | None = (0, 0)
        try:
            while place is not None:
                place = yield from reader.stretch(*place)
        except _Weary:
            yield Fault(
                reader.offset,
                "so much of the file cannot be read that it is given up: what comes after this was not looked at; get"
                " a sound copy, or unpack and mend it",
            )


def read_at(path: Path, offset: int) -> Record | None:
    """The record that begins at an offset."""
    with path.open("rb") as file:
        try:
            found = next(_Reader(file).stretch(offset, 0), None)
        except _Weary:
            return None
    return found if isinstance(found, Record) else None


class _Reader:
    def __init__(self, file: BinaryIO) -> None:
        self.offset = 0  # of the record that was read last
        self._file = file
        self._patience = _PATIENCE

    def stretch(self, start: int, within: int) -> Found:
        """What stands at an offset: the records of a gzip member, from the `within`th byte in it on, or plain ones."""
        self._file.seek(start)
        flow = (Member if self._file.read(len(GZIP)) == GZIP else Flow)(self._file, start)
        is_packed = isinstance(flow, Member)
        self.offset = start
        mark = _EITHER
        try:
            flow.drop(within)
            while True:
                self._pass_blank(flow)
                seen = flow.look(_MARK)
                if not seen:
                    return (flow.end, 0) if isinstance(flow, Member) else None
                self.offset = start if is_packed else start + flow.at
                if not is_packed and flow.at and seen.startswith(GZIP):
                    return self.offset, 0
                at = flow.at
                mark = _PACKED if is_packed else mark
                try:
                    found = self._record(flow, flow.at if is_packed else 0)
                except _Astray as astray:
                    yield Fault(self.offset, str(astray))
                    self._spend(_STEP + flow.at - astray.after)
                    if is_packed:
                        return self._search_member(start, astray.after)
                    return self._search(start + astray.after, _BEGIN if flow.at > at else _EITHER)
                yield found
        except Broken as broken:
            yield Fault(self.offset, f"cannot be unpacked ({broken}): the record is lost; get a sound copy of the file")
            return self._search(start + 1, mark)

    def _record(self, flow: Flow, within: int) -> Record | Fault:
        headers = _head(flow)
        after = flow.at
        record = Record(headers, b"", self.offset, within)
        written = record.get("content-length") or ""
        if not _NUMBER.fullmatch(written):
            raise _Astray(f"its Content-Length is no number ({written[:100] or 'none'}): the record is lost", after)
        length = int(written)
        if length > LARGEST:
            words = f"its {length:,} bytes are more than the {LARGEST:,} that are taken: it is passed over"
            if self._drop(flow, length) and self._goes_on(flow):
                return Fault(self.offset, words)
            raise _Astray(f"{words}; they are not all there", after)
        block = flow.take(length)
        if len(block) < length:
            raise _Astray(f"the record is cut: {len(block)} of {length} bytes; get a sound copy of the file", after)
        goes_on = self._goes_on(flow)
        digest = record.get("warc-block-digest")
        is_sound = holds(digest, block) if digest else None
        if is_sound is False:
            words = f"the block is not what its digest says ({digest}): the record is not taken"
            if goes_on:
                return Fault(self.offset, words)
            raise _Astray(words, after)
        if not goes_on and not is_sound:
            raise _Astray(
                f"what comes after its {length} bytes is no record: its Content-Length is wrong, or the file is damaged"
                " there; the record is not taken",
                after,
            )
        return Record(headers, block, self.offset, within)

    def _goes_on(self, flow: Flow) -> bool:
        """Whether what comes is a record, or nothing: then the length of the record before was right."""
        self._pass_blank(flow)
        seen = flow.look(_MARK)
        return not seen or bool(_BEGIN.match(seen)) or (not isinstance(flow, Member) and seen.startswith(GZIP))

    def _pass_blank(self, flow: Flow) -> None:
        size = passed = 0
        rest = b""
        while not rest and (seen := flow.look(size + _MARK)):
            rest = seen.lstrip(b"\r\n")
            passed += flow.drop(len(seen) - len(rest))
            if passed > _STEP:
                self._spend(len(seen))
            size = 1 << 16

    def _drop(self, flow: Flow, length: int) -> bool:
        """Pass over so many bytes, if they are there; a bomb among them costs patience."""
        while length:
            before = flow.read
            passed = flow.drop(min(length, _STEP))
            if not passed:
                return False
            length -= passed
            self._spend(max(0, passed - _RATIO * (flow.read - before + 1)))
        return True

    def _spend(self, size: int) -> None:
        self._patience -= size
        if self._patience < 0:
            raise _Weary

    def _search_member(self, start: int, within: int) -> tuple[int, int] | None:
        """Where the next record begins in a gzip member, or behind it."""
        member = Member(self._file, start)
        try:
            self._drop(member, within)
            while seen := member.look(_STEP):
                self._spend(len(seen))
                if found := _BEGIN.search(seen):
                    return start, member.at + found.start()
                member.drop(max(1, len(seen) - _MARK))
        except Broken:
            return self._search(start + 1, _PACKED)
        return member.end, 0

    def _search(self, start: int, mark: re.Pattern[bytes]) -> tuple[int, int] | None:
        """Where the next record of the kind begins: packed or plain ones may have the other's mark in their bytes."""
        at, tail = start, b""
        self._file.seek(at)
        while piece := self._file.read(_STEP):
            held = tail + piece
            for found in mark.finditer(held):
                if found[0] != GZIP or self._unpacks(at + found.start()):
                    return at + found.start(), 0
            tail = held[1 - _MARK :]
            at += len(held) - len(tail)
            self._file.seek(at + len(tail))
        return None

    def _unpacks(self, offset: int) -> bool:
        """Whether a record is packed at an offset: the mark of gzip stands in pictures too."""
        self._spend(_CANDIDATE)
        self._file.seek(offset)
        try:
            start = zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(self._file.read(_CANDIDATE), _MARK)
        except zlib.error:
            return False
        return _BEGIN.match(start) is not None


def _head(flow: Flow) -> tuple[tuple[str, str], ...]:
    """Take the head of a record."""
    at = flow.at
    seen = flow.look(_MARK)
    if not _BEGIN.match(seen):
        other = next((words for mark, words in _OTHERS.items() if flow.look(_MARK).startswith(mark)), _NONE)
        raise _Astray(other, at + 1)
    size = 1 << 12
    while not (end := _HEAD_END.search(seen := flow.look(size))):
        if len(seen) < size:
            raise _Astray("the head of the record is cut: get a sound copy of the file", at + 1)
        if size >= _LONGEST_HEAD:
            words = f"the head of the record is longer than {_LONGEST_HEAD:,} bytes: the record is not taken"
            raise _Astray(words, at + size)
        size = min(4 * size, _LONGEST_HEAD)
    head = seen[: end.start()]
    if other_begins := _BETWEEN.search(head):
        raise _Astray("the head of the record is cut: another one begins in it", at + other_begins.end())
    if head.count(b"\n") > _LINES:
        raise _Astray(f"the head of the record has more than {_LINES:,} lines: it is not taken", at + end.end())
    try:
        text = head.decode()
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    text = text.replace("\0", "\ufffd")  # it would end the text for many who read it
    lines = (line.rstrip("\r").partition(":") for line in http.unfolded(text).split("\n")[1:])
    pairs = tuple((name.strip(), value.strip()) for name, mark, value in lines if mark)
    said: dict[str, str] = {}
    for name, value in pairs:
        if (key := name.lower()) in _ONCE and said.setdefault(key, value) != value:
            raise _Astray(f"the head of the record has two of {name}, as where one is cut and another follows", at + 1)
    if "warc-type" not in said:
        raise _Astray("the head of the record says no WARC-Type: it is not taken", at + 1)
    flow.drop(end.end())
    return pairs

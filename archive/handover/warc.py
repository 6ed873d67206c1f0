"""WARC 1.1 as bytes: one record a gzip member out, and whatever a file still holds in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from archive.errors import ArchiveError

Pairs = Sequence[tuple[str, str]]

HTTP_ANSWER = "application/http; msgtype=response"
HTTP_REQUEST = "application/http; msgtype=request"
FIELDS = "application/warc-fields"

LARGEST = 256 * 1024 * 1024  # bytes of a record that is read into memory: four times the largest body a crawl keeps
_STEP = 1 << 20  # bytes searched at a time
_GZIP = b"\x1f\x8b\x08"
_PLAIN = b"WARC/"
_BEGIN = re.compile(rb"WARC/[01]\.\d+\r?\n")
_LINE_BREAK = re.compile(r"[\r\n\x00]+")


class NoWarcTools(ArchiveError):  # noqa: N818 - as in archive.errors: the name says what is wrong
    """Raised where the extra `warc` is not installed."""


def missing(error: ImportError) -> NoReturn:
    """Say what to install."""
    raise NoWarcTools(f"{error.name} is not installed: pip install 'gongkai[warc]'") from error


@dataclass(frozen=True, slots=True)
class Record:
    """A record as its file has it; of a header that comes twice, `get` gives the first."""

    headers: Pairs
    block: bytes
    offset: int = 0

    def get(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)

    def every(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.headers if key.lower() == name)

    @property
    def type(self) -> str:
        return (self.get("warc-type") or "").lower()

    @property
    def id(self) -> str:
        return self.get("warc-record-id") or ""

    @property
    def url(self) -> str:
        return (self.get("warc-target-uri") or "").strip("<>")  # wget 1.19 put it in brackets

    @property
    def date(self) -> str:
        return self.get("warc-date") or ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A part of a file that cannot be read: where it begins and why."""

    offset: int
    words: str


def sha256(data: bytes) -> str:
    """A digest as headers write it; the hex of it is the key of `bodies`."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def fields(pairs: Pairs) -> bytes:
    """A block of `application/warc-fields`; a line break in a value would end it."""
    return "".join(f"{name}: {_LINE_BREAK.sub(' ', value)}\r\n" for name, value in pairs).encode()


def read_fields(block: bytes) -> dict[str, str]:
    """The fields of such a block by name, in lower case."""
    lines = (line.partition(":") for line in block.decode("utf-8", "replace").splitlines())
    return {name.strip().lower(): value.strip() for name, mark, value in lines if mark}


def encode(record: Record) -> bytes:
    """A record as a gzip member, with the digest of its block. The same record gives the same bytes."""
    lines = [*record.headers, ("WARC-Block-Digest", sha256(record.block)), ("Content-Length", str(len(record.block)))]
    head = "".join(f"{name}: {_LINE_BREAK.sub(' ', value)}\r\n" for name, value in lines)
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS + 16)
    parts = (f"WARC/1.1\r\n{head}\r\n".encode(), record.block, b"\r\n\r\n")
    return b"".join([*map(packer.compress, parts), packer.flush()])


# ---------------------------------------------------------------- reading


def read(path: Path) -> Iterator[Record | Fault]:
    """The records of a WARC file, gzipped or not, and in the place of each part that cannot be read a fault."""
    with path.open("rb") as file:
        if not _follows(file, 0):
            yield Fault(0, "no WARC record begins here")
        start = _next(file, 0)
        while start is not None:
            start = yield from _from(file, start)


def read_at(path: Path, offset: int) -> Record | None:
    """The record that begins at an offset."""
    with path.open("rb") as file:
        found = next(_from(file, offset), None)
    return found if isinstance(found, Record) else None


def _from(file: BinaryIO, start: int) -> Generator[Record | Fault, None, int | None]:
    """Records from an offset on, up to a fault; returns where to go on."""
    try:
        from warcio.archiveiterator import WARCIterator  # noqa: PLC0415 - an extra
        from warcio.exceptions import ArchiveLoadFailed  # noqa: PLC0415 - an extra
        from warcio.statusandheaders import StatusAndHeadersParserException  # noqa: PLC0415 - an extra
    except ImportError as error:
        missing(error)
    file.seek(start)
    iterator = WARCIterator(file, no_record_parse=True)
    try:
        for found in iterator:
            offset = iterator.offset
            length = found.length
            if length is None or length > LARGEST:
                yield Fault(offset, "the record has no length" if length is None else f"{length} bytes are too many")
                return _next(file, offset + 1)
            record = Record(tuple(found.rec_headers.headers), _all(found.raw_stream), offset)
            if fault := _wrong(record, length):
                yield Fault(offset, fault)
                return _next(file, offset + 1)  # its length may be what is wrong
            iterator.get_record_offset()  # reads on to the record's end: a checksum that is wrong fails here
            yield record
    except (ArchiveLoadFailed, StatusAndHeadersParserException, zlib.error, EOFError, ValueError) as error:
        words = " ".join(str(error).split())[:100]
        yield Fault(iterator.offset, f"cannot be read: {words}")
        return _next(file, iterator.offset + 1)
    return None


def _all(stream: BinaryIO) -> bytes:
    return b"".join(iter(lambda: stream.read(_STEP), b""))


def _wrong(record: Record, length: int) -> str | None:
    if len(record.block) < length:
        return f"the record is cut: {len(record.block)} of {length} bytes"
    digest = record.get("warc-block-digest")
    return f"the block is not what its digest says ({digest})" if digest and not holds(digest, record.block) else None


def holds(digest: str, data: bytes) -> bool:
    """Whether data has a digest, in whichever of the usual writings; one that cannot be computed is not doubted."""
    name, _, value = digest.partition(":")
    try:
        made = hashlib.new(name.lower().replace("-", ""), data, usedforsecurity=False).digest()
    except ValueError:
        return True
    if len(value) == 2 * len(made):
        return value.lower() == made.hex()
    try:
        if len(value.rstrip("=")) == -(-8 * len(made) // 5):
            return base64.b32decode(value.upper() + "=" * (-len(value) % 8)) == made
        return base64.urlsafe_b64decode(value.replace("+", "-").replace("/", "_") + "=" * (-len(value) % 4)) == made
    except binascii.Error:
        return False


def _next(file: BinaryIO, start: int) -> int | None:
    """Where the next record begins: in a gzipped file at the mark of gzip, in a plain one at its own."""
    file.seek(0)
    mark = _GZIP if file.read(len(_GZIP)) == _GZIP else _PLAIN
    file.seek(start)
    held, at = b"", start
    while piece := file.read(_STEP):
        held += piece
        for found in re.finditer(re.escape(mark), held):
            if _follows(file, at + found.start()):
                return at + found.start()
        file.seek(at + len(held))
        tail = held[1 - len(mark) :]  # a mark may lie across two pieces
        at, held = at + len(held) - len(tail), tail
    return None


def _follows(file: BinaryIO, offset: int) -> bool:
    """Whether a record begins at an offset: the mark of gzip alone stands in pictures too."""
    file.seek(offset)
    head = file.read(4096)
    if not head.startswith(_GZIP):
        return _BEGIN.match(head) is not None
    try:
        return _BEGIN.match(zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(head, 16)) is not None
    except zlib.error:
        return False

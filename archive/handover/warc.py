"""WARC 1.1 as bytes: a record, its digests, one gzip member a record out."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from archive.errors import ArchiveError

Pairs = Sequence[tuple[str, str]]

HTTP_ANSWER = "application/http; msgtype=response"
HTTP_REQUEST = "application/http; msgtype=request"
FIELDS = "application/warc-fields"

_DIGESTS = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s"})
_LINE_BREAK = re.compile(r"[\r\n\x00]+")


class NoWarcTools(ArchiveError):  # noqa: N818 - as in archive.errors: the name says what is wrong
    """Raised where the extra `warc` is not installed."""


def missing(error: ImportError) -> NoReturn:
    """Say what to install."""
    raise NoWarcTools(f"{error.name} is not installed: pip install 'gongkai[warc]'") from error


@dataclass(frozen=True, slots=True)
class Record:
    """A record as its file has it; of a header that comes twice, `get` gives the first.

    `offset` is where it begins in the file, or the gzip member that it is `within`th byte of.
    """

    headers: Pairs
    block: bytes
    offset: int = 0
    within: int = 0

    def get(self, name: str) -> str | None:
        for key, value in self.headers:
            if len(key) == len(name) and key.lower() == name:
                return value
        return None

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
    # not splitlines: a value may hold one of the other characters that end a line in Unicode
    lines = (line.partition(":") for line in block.decode("utf-8", "replace").split("\n"))
    return {name.strip().lower(): value.strip() for name, mark, value in lines if mark}


def encode(record: Record) -> bytes:
    """A record as a gzip member, with the digest of its block. The same record gives the same bytes."""
    lines = [*record.headers, ("WARC-Block-Digest", sha256(record.block)), ("Content-Length", str(len(record.block)))]
    head = "".join(f"{name}: {_LINE_BREAK.sub(' ', value)}\r\n" for name, value in lines)
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS + 16)
    parts = (f"WARC/1.1\r\n{head}\r\n".encode(), record.block, b"\r\n\r\n")
    return b"".join([*map(packer.compress, parts), packer.flush()])


def holds(digest: str, data: bytes) -> bool | None:
    """Whether data has a digest, in whichever of the usual writings; None: it cannot be computed."""
    name, _, value = digest.partition(":")
    name = name.lower().replace("-", "")
    if name not in _DIGESTS:
        return None
    made = hashlib.new(name, data, usedforsecurity=False).digest()
    if len(value) == 2 * len(made):
        return value.lower() == made.hex()
    try:
        if len(value.rstrip("=")) == -(-8 * len(made) // 5):
            return base64.b32decode(value.upper() + "=" * (-len(value) % 8)) == made
        return base64.urlsafe_b64decode(value.replace("+", "-").replace("/", "_") + "=" * (-len(value) % 4)) == made
    except ValueError:  # in none of these writings
        return False

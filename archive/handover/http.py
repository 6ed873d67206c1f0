"""The HTTP messages inside WARC records: head and body apart, codings undone."""

from __future__ import annotations

import re
import sys
import zlib
from dataclasses import dataclass

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LARGEST = 64 * 1024 * 1024  # bytes of a body, as in settings.DOWNLOAD_MAXSIZE
_LONGEST_HEAD = 1 << 18  # bytes, as in Chromium's net/http/http_stream_parser.h
_CHUNKS = 1 << 20  # more, of bodies of this size, only who means harm sends
_MEMBERS = 1 << 10  # of one body: bgzip makes as many of 64 MB
_CODINGS = 5  # as in curl's lib/content_encoding.c
_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(r"HTTP/[0-9.]+ +([0-9]{3})(?: |$)")  # 1.0, 1.1, 2, 2.0 and 3 are met
_CHUNK = re.compile(rb"\s*([0-9A-Fa-f]{1,8})[^\r\n]*\r?\n")
GZIP = b"\x1f\x8b\x08"
_ANY = zlib.MAX_WBITS + 32  # the window of zlib that takes gzip and zlib alike
_RAW = -zlib.MAX_WBITS  # of deflate without a head, which some servers send
_PLAIN = (b"<", b"{", b"[", b"\xef\xbb\xbf")  # how what was never packed, or is no longer, begins

_SIZE = f"more than {LARGEST:,} bytes"

Pairs = tuple[tuple[str, str], ...]


class TooLarge(Exception):  # noqa: N818 - the name says what is wrong
    """Raised for a body that grows past a limit when it is unpacked, with the limit in words."""


@dataclass(frozen=True, slots=True)
class Message:
    """The first line, the headers a byte a character, and the bytes after them."""

    line: str
    headers: Pairs
    rest: bytes

    def get(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "").strip()

    @property
    def status(self) -> int | None:
        found = _STATUS.match(self.line)
        return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Body:
    """What an answer carries. `undecoded`: a coding that could not be undone; `cut`: it ends before its end."""

    raw: bytes
    undecoded: str | None = None
    cut: bool = False


def parse(block: bytes) -> Message:
    """A block as a message; what has no end of a head within the limit is none."""
    end = _END.search(block, 0, _LONGEST_HEAD)
    if end is None and len(block) > _LONGEST_HEAD:
        return Message("", (), b"")
    head, rest = (block[: end.start()], block[end.end() :]) if end else (block.rstrip(), b"")
    first, *lines = unfolded(head.decode("latin-1")).split("\n")
    pairs = (line.rstrip("\r").partition(":") for line in lines)
    return Message(first.strip(), tuple((name.strip(), value.strip()) for name, mark, value in pairs if mark), rest)


def unfolded(head: str) -> str:
    """A head with the lines that go on in the next joined."""
    return re.sub(r"\r?\n[ \t]+", " ", head)


def body(message: Message) -> Body:
    """An answer's body with its codings undone. Archives undo them and keep the header: bytes have the last word."""
    raw, cut = message.rest, False
    if message.get("transfer-encoding").lower() == "chunked":
        raw, cut = _unchunked(raw)
    codings = [word for part in message.get("content-encoding").lower().split(",") if (word := part.strip())]
    if len(codings) > _CODINGS:
        return Body(raw, f"{len(codings)} codings, one in the other", cut)
    for coding in reversed(codings):
        if not raw or coding == "identity":
            continue
        try:
            unpacked, short = _undone(coding, raw)
        except (zlib.error, zstd.ZstdError, ValueError) as error:
            if raw.lstrip().startswith(_PLAIN):
                continue
            return Body(raw, f"{coding}: {error}", cut)
        if len(unpacked) > LARGEST:
            raise TooLarge(_SIZE)
        raw, cut = unpacked, cut or short
    if len(raw) > LARGEST:
        raise TooLarge(_SIZE)
    return Body(raw, None, cut)


def _unchunked(raw: bytes) -> tuple[bytes, bool]:
    """Chunks joined, and whether the last one is missing; what does not begin with a chunk was joined before."""
    joined = bytearray()
    at = 0
    for _ in range(_CHUNKS):
        found = _CHUNK.match(raw, at)
        if found is None:
            return (bytes(joined), True) if at else (raw, False)
        size = int(found[1], 16)
        if not size:
            return bytes(joined), False
        joined += raw[found.end() : found.end() + size]
        at = found.end() + size
    raise TooLarge(f"more than {_CHUNKS:,} chunks")


def _gunzipped(raw: bytes) -> tuple[bytes, bool]:
    """What gzip or zlib packed, in one member or several, up to the limit; and whether it ends early."""
    joined = bytearray()
    for _ in range(_MEMBERS):
        unpacker = zlib.decompressobj(_ANY)
        joined += unpacker.decompress(raw, LARGEST + 1 - len(joined))
        raw = unpacker.unused_data
        if len(joined) > LARGEST or not raw.startswith(GZIP):
            return bytes(joined), not unpacker.eof
    raise ValueError(f"more than {_MEMBERS} gzip members")


def _undone(coding: str, raw: bytes) -> tuple[bytes, bool]:
    """Bytes unpacked up to the limit, and whether they end early."""
    if coding in {"gzip", "x-gzip", "deflate"}:
        try:
            return _gunzipped(raw)
        except zlib.error:
            if coding != "deflate":
                raise
            unpacker = zlib.decompressobj(_RAW)
            return unpacker.decompress(raw, LARGEST + 1), not unpacker.eof
    if coding == "zstd":
        frame = zstd.ZstdDecompressor()
        return frame.decompress(raw, LARGEST + 1), not frame.eof
    if coding == "br":
        stream = brotli.Decompressor()
        try:
            return stream.process(raw, output_buffer_limit=LARGEST + 1), not stream.is_finished()
        except brotli.error as error:
            raise ValueError(str(error)) from error
    raise ValueError("a coding nobody knows")

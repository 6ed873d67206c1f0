"""The HTTP messages inside WARC records: head and body apart, codings undone."""

from __future__ import annotations

import re
import sys
import zlib
from dataclasses import dataclass

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LARGEST = 64 * 1024 * 1024  # bytes of a body, as in settings.DOWNLOAD_MAXSIZE
_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(r"HTTP/[0-9.]+ +([0-9]{3})(?: |$)")  # 1.0, 1.1, 2, 2.0 and 3 are met
_CHUNK = re.compile(rb"\s*([0-9A-Fa-f]{1,8})[^\r\n]*\r?\n")
_ANY = zlib.MAX_WBITS + 32  # the window of zlib that takes gzip and zlib alike
_RAW = -zlib.MAX_WBITS  # of deflate without a head, which some servers send
_PLAIN = (b"<", b"{", b"[", b"\xef\xbb\xbf")  # how what was never packed, or is no longer, begins

Pairs = tuple[tuple[str, str], ...]


class TooLarge(Exception):  # noqa: N818 - the name says what is wrong
    """Raised for a body that grows past the limit when it is unpacked."""


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
    end = _END.search(block)
    head, rest = (block[: end.start()], block[end.end() :]) if end else (block.rstrip(), b"")
    first, *lines = re.sub(r"\r?\n[ \t]+", " ", head.decode("latin-1")).split("\n")
    pairs = (line.rstrip("\r").partition(":") for line in lines)
    return Message(first.strip(), tuple((name.strip(), value.strip()) for name, mark, value in pairs if mark), rest)


def body(message: Message) -> Body:
    """An answer's body with its codings undone. Archives undo them and keep the header: bytes have the last word."""
    raw, cut = message.rest, False
    if message.get("transfer-encoding").lower() == "chunked":
        raw, cut = _unchunked(raw)
    codings = [word for part in message.get("content-encoding").lower().split(",") if (word := part.strip())]
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
            raise TooLarge
        raw, cut = unpacked, cut or short
    if len(raw) > LARGEST:
        raise TooLarge
    return Body(raw, None, cut)


def _unchunked(raw: bytes) -> tuple[bytes, bool]:
    """Chunks joined, and whether the last one is missing; what does not begin with a chunk was joined before."""
    pieces: list[bytes] = []
    at = 0
    while found := _CHUNK.match(raw, at):
        size = int(found[1], 16)
        if not size:
            return b"".join(pieces), False
        pieces.append(raw[found.end() : found.end() + size])
        at = found.end() + size
    return (b"".join(pieces), True) if pieces else (raw, False)


def _undone(coding: str, raw: bytes) -> tuple[bytes, bool]:
    """Bytes unpacked up to the limit, and whether they end early."""
    if coding in {"gzip", "x-gzip", "deflate"}:
        unpacker = zlib.decompressobj(_ANY)
        try:
            unpacked = unpacker.decompress(raw, LARGEST + 1)
        except zlib.error:
            if coding != "deflate":
                raise
            unpacker = zlib.decompressobj(_RAW)
            unpacked = unpacker.decompress(raw, LARGEST + 1)
        return unpacked, not unpacker.eof
    if coding == "zstd":
        frame = zstd.ZstdDecompressor()
        return frame.decompress(raw, LARGEST + 1), not frame.eof
    if coding == "br":
        try:
            import brotli  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise ValueError("brotli is not installed") from error
        stream = brotli.Decompressor()
        try:
            return stream.process(raw, output_buffer_limit=LARGEST + 1), not stream.is_finished()
        except brotli.error as error:
            raise ValueError(str(error)) from error
    raise ValueError("a coding nobody knows")

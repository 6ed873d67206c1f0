"""Content-coding undone, whatever the server says of it."""

from __future__ import annotations

import asyncio
import sys
import zlib
from collections.abc import Callable
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

import brotli
from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

P = ParamSpec("P")
T = TypeVar("T")

_GZIP = b"\x1f\x8b"
_ZLIB = (b"\x78\x01", b"\x78\x9c", b"\x78\xda")  # 0x9c and 0xda follow no `x` in a page
_PLAIN = (b"<", b"{", b"[", b"\xef\xbb\xbf")  # how a page, an interface's answer or either with a BOM begins
_TEXT = ("text/", "html", "xml", "json", "javascript")  # types of what is never sent packed for its own sake
_PACKED = (".gz", ".tgz")  # names of files that are so for their own sake, whatever their type
_INLINE = 32768  # packed bytes that are unpacked at once; more goes to a thread, so that the event loop is never held
_PIECE = 1 << 20  # bytes that are unpacked at a time where only the end is looked for
_LAYERS = 2  # a program packs its pages, and the server in front of it does so again


class TooLarge(IgnoreRequest):
    """Raised here for a body that grows past the size limit when it is unpacked."""


class Unpack(HttpCompressionMiddleware):
    """Scrapy's own, but the bytes have the last word; what cannot be unpacked is kept as it came instead of lost."""

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]  # Scrapy awaits either; its own has a third, deprecated parameter
        for _ in range(_LAYERS):
            coding = _coding(response)
            if coding is None:
                break
            if not coding:
                del response.headers["Content-Encoding"]
                break
            response.headers["Content-Encoding"] = coding
            try:
                unpacked = await _off_loop(response.body, super().process_response, request, response)
            except IgnoreRequest as error:
                raise TooLarge(str(error)) from error
            except Exception:  # noqa: BLE001  # each codec raises errors of its own, with no class in common
                if response.body.lstrip().startswith(_PLAIN):  # the header lies
                    del response.headers["Content-Encoding"]
                    break
                return response.replace(flags=[*response.flags, "undecoded"])
            if isinstance(unpacked, Request) or unpacked.body == response.body:  # a coding nobody knows
                return unpacked
            if await _off_loop(unpacked.body, _is_cut, coding, response.body):
                unpacked.flags.append("cut")
            response = unpacked
        return response


async def _off_loop(body: bytes, job: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Do something at once where the body that makes it long is small, else in a thread."""
    if len(body) > _INLINE:
        return await asyncio.to_thread(job, *given, **named)
    return job(*given, **named)


def _is_cut(coding: bytes, packed: bytes) -> bool:
    """Whether a packed body ends before its end mark, which Scrapy lets pass."""
    if coding == b"br":
        return _is_cut_brotli(packed)
    if coding == b"zstd":
        return _is_cut_zstd(packed)
    inside = zlib.decompressobj(zlib.MAX_WBITS | 32)  # either
    try:
        while packed and not inside.eof:
            inside.decompress(packed, _PIECE)
            packed = inside.unconsumed_tail
    except zlib.error:  # damaged as well, or without the header of either
        return False
    return not inside.eof


def _is_cut_brotli(packed: bytes) -> bool:
    inside = brotli.Decompressor()
    piece = inside.process(packed, output_buffer_limit=_PIECE)
    while piece and not inside.is_finished():
        piece = inside.process(b"", output_buffer_limit=_PIECE)
    return not inside.is_finished()


def _is_cut_zstd(packed: bytes) -> bool:
    while packed:  # frame by frame
        inside = zstd.ZstdDecompressor()
        inside.decompress(packed, _PIECE)
        while not (inside.eof or inside.needs_input):
            inside.decompress(b"", _PIECE)
        if not inside.eof:
            return True
        packed = inside.unused_data
    return False


def _coding(response: Response) -> bytes | None:
    """How the body is packed: the coding, empty where the header lies and it is not; None: nobody says it is."""
    said = (response.headers.get("Content-Encoding") or b"").strip().lower()
    kind = (response.headers.get("Content-Type") or b"").decode("latin-1").lower()
    unasked = any(word in kind for word in _TEXT) and not urlsplit(response.url).path.lower().endswith(_PACKED)
    if not response.body or not (said or unasked):
        return None
    if response.body.startswith(_GZIP):
        return b"gzip"
    if response.body.startswith(_ZLIB) and said in {b"", b"gzip", b"x-gzip", b"deflate"}:
        return b"deflate"
    if said in {b"gzip", b"x-gzip"}:
        return b""
    return said or None

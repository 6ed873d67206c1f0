"""Content-coding undone, whatever the server says of it."""

from __future__ import annotations

import asyncio

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

_GZIP = b"\x1f\x8b"
_INLINE = 32768  # packed bytes that are unpacked at once; more goes to a thread, so that the event loop is never held


class TooLarge(IgnoreRequest):
    """Raised here for a body that grows past the size limit when it is unpacked."""


class Unpack(HttpCompressionMiddleware):
    """Scrapy's own, but a body that cannot be unpacked is kept as it came instead of lost."""

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]  # Scrapy awaits either; its own has a third, deprecated parameter
        coding = (response.headers.get("Content-Encoding") or b"").strip().lower()
        if not coding or not response.body:
            return response
        if coding in {b"gzip", b"x-gzip"} and not response.body.startswith(_GZIP):
            del response.headers["Content-Encoding"]  # the header lies: some portals name a coding they do not use
            return response
        try:
            if len(response.body) > _INLINE:
                return await asyncio.to_thread(super().process_response, request, response)
            return super().process_response(request, response)
        except IgnoreRequest as error:
            raise TooLarge(str(error)) from error
        except Exception:  # noqa: BLE001  # each codec raises errors of its own, with no class in common
            return response.replace(flags=[*response.flags, "undecoded"])

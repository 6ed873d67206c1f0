"""A limit to the head of an answer: a body has one from Scrapy, but headers may come without end.

The protocol is Scrapy's own, which forgives what browsers forgive.
"""

from __future__ import annotations

from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory, _LenientHTTP11ClientProtocol
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure
from twisted.web._newclient import BODY, DONE, Request
from twisted.web.iweb import IResponse

LARGEST = 256 * 1024  # bytes, with all interim answers before it; browsers give up at as many (Chromium, Firefox)


class HeadTooLarge(Exception):  # noqa: N818  # it says what happened, as `TooLarge` does
    """Raised here for an answer whose head does not end within the limit."""


class _Limited(_LenientHTTP11ClientProtocol):
    """Counts what comes before the body."""

    got = 0

    def request(self, request: Request) -> Deferred[IResponse]:
        self.got = 0
        answer = super().request(request)
        if self._parser is not None:
            self._parser.MAX_LENGTH = 2 * LARGEST  # of a line, which is then never met: one limit is enough
        return answer

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
        if self._parser is not None and self._parser.state not in {BODY, DONE}:
            self.got += len(data)
            if self.got > LARGEST + len(data):  # what came last may be the body's already
                why = HeadTooLarge(f"its head is larger than {LARGEST // 1024} KiB")
                self._giveUp(Failure(why))  # type: ignore[no-untyped-call]  # Twisted's
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]  # Twisted's


class Factory(_LenientHTTP11ClientFactory):
    """What a pool makes its connections by."""

    def buildProtocol(self, addr: IAddress | None) -> _Limited:  # noqa: ARG002, N802  # Twisted's name and argument
        return _Limited(self._quiescentCallback)  # type: ignore[no-untyped-call]  # Twisted's

"""The download itself: the time it took, the headers as they came, the TLS it came under; nothing from inside."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from twisted.web.iweb import IPolicyForHTTPS

from crawler import certificate, clock
from crawler.access import HostLeft, Ways
from crawler.exchange import causes, kind, pairs
from crawler.families.generic import Generic
from crawler.handshake import HandshakeFailed, Policy, said
from crawler.heads import Factory
from crawler.resolver import PrivateAddress, Resolver
from crawler.stopping import Stopped


class Clocked(HTTP11DownloadHandler):
    """Notes when a request really went out, after its wait in the queue, and what is only known here of the answer."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._policy = Policy(lambda host: bool(self._ways.relaxed(host)))
        self._contextFactory = cast("IPolicyForHTTPS", self._policy)
        self._pool._factory = Factory  # noqa: SLF001  # as Scrapy does: Twisted offers no other way
        self._pool.retryAutomatically = False  # each try is a visit

    @property
    def _ways(self) -> Ways:
        return cast("Generic", self._crawler.spider).ways

    async def download_request(self, request: Request) -> Response:
        from twisted.internet import reactor  # noqa: PLC0415  # it must be installed before

        if not self._crawler.crawling:
            raise Stopped("the crawl was stopped")
        if why := self._ways.left(request.url):  # while it waited
            raise HostLeft(why)
        host = urlsplit(request.url).hostname or ""
        resolver = Resolver.before(reactor, self._crawler)
        request.meta["relaxed"] = self._ways.relaxed(host)
        request.meta["requested_at"] = clock.now()
        began = monotonic()
        try:
            async with asyncio.timeout(None) as request.meta["limit"]:  # set when the crawl is told to stop
                response = await super().download_request(request)
        except TimeoutError as error:
            raise DownloadTimeoutError("given up some seconds after the crawl was stopped") from error
        except Exception as error:
            request.meta["tls"] = self._tls(request, None)
            if kind(error) == "dns" and host in resolver.refused:
                raise PrivateAddress(f"{host} leads to {resolver.refused[host]}, inside a private network") from error
            if kind(error) == "tls":
                raise HandshakeFailed((request.meta["tls"] or {}).get("doubt") or said(causes(error))) from error
            raise
        finally:
            request.meta["elapsed"] = monotonic() - began
        request.meta["response_headers"] = pairs(response.headers)
        request.meta["tls"] = self._tls(request, response)
        return response

    def _tls(self, request: Request, response: Response | None) -> dict[str, str | bool] | None:
        """What is known of the TLS an answer came under, or failed by."""
        parts = urlsplit(request.url)
        handshake = self._policy.last.get(parts.hostname or "")
        if parts.scheme != "https" or handshake is None:
            return None
        why = {"relaxed": request.meta["relaxed"]} if request.meta["relaxed"] else {}
        return {**dict(handshake.facts()), **why, **(dict(certificate.facts(response)) if response else {})}

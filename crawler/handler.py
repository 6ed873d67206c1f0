"""The download itself, with the time it took and the headers as they came."""

from __future__ import annotations

from datetime import UTC, datetime
from time import monotonic

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.http import Response

from crawler.exchange import pairs


class Clocked(HTTP11DownloadHandler):
    """Notes when a request really went out, after its wait in the queue, and the response's headers untouched."""

    async def download_request(self, request: Request) -> Response:
        request.meta["requested_at"] = datetime.now(UTC)
        began = monotonic()
        try:
            response = await super().download_request(request)
        finally:
            request.meta["elapsed"] = monotonic() - began
        request.meta["response_headers"] = pairs(response.headers)
        return response

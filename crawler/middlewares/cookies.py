"""Cookies as Scrapy keeps them, but no more than a server can be asked with."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.http import Response

logger = logging.getLogger(__name__)

LARGEST = 4096  # bytes of all of a portal's cookies: the head of a request may have 8 KiB in most servers


class Cookies(CookiesMiddleware):
    """Forgets a portal's cookies when they grow too large: sent back they would make every further answer a 400."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]  # its own has a third, deprecated parameter
        answer = super().process_response(request, response)
        jar = self.jars[request.meta.get("cookiejar")]
        if sum(len(cookie.name) + len(cookie.value or "") for cookie in jar) > LARGEST:
            logger.warning("%s: its cookies are forgotten, they are too large", urlsplit(request.url).hostname)
            jar.clear()
        return answer

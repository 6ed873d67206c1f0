"""A report that has not changed need not be sent again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.misc import load_object


class Validators(Protocol):
    """What a server said of a body, to be asked whether it still holds; neither: the body itself is asked for."""

    @property
    def etag(self) -> str | None: ...
    @property
    def last_modified(self) -> str | None: ...


class Revisit:
    """Makes requests for known reports and attachments conditional; listings and robots.txt are always read anew.

    Now and then, and always where a host is not to be believed, a page is asked for whole: what is known has no
    validators then.

    The setting GONGKAI_VALIDATORS names a function of the crawler that returns what knows the validators of an
    address; empty turns this off, and everything is fetched in full.
    """

    def __init__(self, validators: Callable[[str], Awaitable[Validators | None]]) -> None:
        self.validators = validators

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Revisit:
        if not (path := crawler.settings.get("GONGKAI_VALIDATORS")):
            raise NotConfigured
        return cls(load_object(path)(crawler))

    async def process_request(self, request: Request) -> None:
        lead = request.cb_kwargs.get("lead")
        if lead is None or lead.role in {"listing", "robots"} or not (known := await self.validators(request.url)):
            return
        if not (known.etag or known.last_modified):
            request.headers["Cache-Control"] = "no-cache"  # the server itself is asked, not what stands before it
        if known.etag:
            request.headers["If-None-Match"] = known.etag.encode("latin-1")
        if known.last_modified:
            request.headers["If-Modified-Since"] = known.last_modified.encode("latin-1")

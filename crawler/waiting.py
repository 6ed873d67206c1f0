"""Requests that wait for their turn, packed: as objects they fill the memory of a crawl of many portals."""

from __future__ import annotations

import pickle
from typing import Any, Self, cast

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.squeues import FifoMemoryQueue

_CALLED = ("callback", "errback")  # methods of the spider, kept by name
_PLAIN = (str, int, float, type(None))  # values that come out of a package as they went in


class Packed(FifoMemoryQueue):  # type: ignore[misc,valid-type]  # made by a function of Scrapy's
    """A queue of Scrapy's scheduler, first in, first out: half a kilobyte a request instead of two.

    One that was made before and is made again in another way holds what came of it, such as an exception: it stays.
    """

    def __init__(self, spider: Spider) -> None:
        super().__init__()
        self._spider = spider

    @classmethod
    def from_crawler(cls, crawler: Crawler, *_: object, **__: object) -> Self:
        return cls(cast("Spider", crawler.spider))

    def push(self, request: Request) -> None:
        if not all(isinstance(value, _PLAIN) for value in request.meta.values()):
            super().push(request)
            return
        # not by `to_dict`: it goes through all that a spider has for each method's name
        told = {name: getattr(request, name) for name in request.attributes}
        told["headers"] = dict(request.headers)
        told |= {name: called.__name__ for name in _CALLED if (called := told[name]) is not None}
        super().push(pickle.dumps(told, pickle.HIGHEST_PROTOCOL))

    def pop(self) -> Request | None:
        return self._opened(super().pop())

    def peek(self) -> Request | None:
        return self._opened(super().peek())

    def _opened(self, packed: bytes | Request | None) -> Request | None:
        if not isinstance(packed, bytes):
            return packed
        told: dict[str, Any] = pickle.loads(packed)  # noqa: S301  # packed above, and never left this process
        return Request(**told | {name: getattr(self._spider, told[name]) for name in _CALLED if told[name]})

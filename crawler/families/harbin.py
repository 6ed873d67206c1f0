"""The system of 哈尔滨 and its counties: an older kind of UCAP, whose articles are numbered.

Told by articles `/fzx/c109822/202201/c01_253556.shtml`, beside the marks that it shares with UCAP.

Lists: `/<site>/c111276/list.shtml`, `zwgk.shtml`, `zfxxgk.shtml`, static as in UCAP or drawn from the same search
service (`/common/search/<channelid>`; seen at the province's own sites, unverified at counties).
`redirect_firstChannel.shtml` is a page with nothing but a meta refresh to the first column below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.families import ucap
from crawler.families.family import Family, Page

_ARTICLES = re.compile(r"/c\d{5,7}/\d{6}/c\d\d_\d{3,}\.s?html\b")


def _marks(page: Page) -> Iterator[str]:
    """One more than UCAP's, where articles are numbered."""
    if _ARTICLES.search(page.html):
        yield "articles named c01_253556"
        yield from ucap.FAMILY.marks(page)


FAMILY = Family("harbin", _marks, ucap.FAMILY.ahead)

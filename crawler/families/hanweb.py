"""Hanweb (大汉: JCMS, jpage, JPaaS, 信息公开 module): 浙江, 江苏, 山东, 甘肃, parts of 河北, 江西, 陕西.

Told by `/col/col123/index.html`, articles `/art/2024/1/30/art_123_456.html` (month and day without zero) or
`/art/2024/art_<hex>.html`, `dataproxy.jsp`, `<recordset>`, `/module/xxgk/`, `/api-gateway/jpaas-publish-server/`, the
marks `ZJEG_RSS` around an article. One article is published under several column numbers: the last number is its own.

Lists, by generation:
1. rows embedded in a script, each in a CDATA section, or as strings of `InitData123 = [...]`: the generic reader has
   them; `jpage.py` asks `dataproxy.jsp` for what is not in the page, and follows `<nextgroup>`, whose ids may be
   encrypted.
2. truecms (南通): JSONP of `getMessage.do`, in `jpage.py`.
3. JPaaS units: JSON with a piece of HTML, in `jpaas.py`.
4. the 信息公开 module: `search.jsp` by POST, in `xxgk.py`; `/module/xxgk/xxgkAnnualReport.jsp?area=…&fbtime=2023` is
   one page for each body and year, linked year by year: the generic reader follows them.
5. `/jact/front/datacall`: the interface is not known (unverified); such a list ends as `script`.

Traps: interfaces want the column's page as Referer (else 404 or 403); an answer of 54 bytes for stale ids; the wrong
name of the page's number brings the first page again; more than 300 rows at once are cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.families import jpaas, jpage, xxgk
from crawler.families.family import Family, Page
from crawler.families.marks import by_table
from pipelines.listing import Listing
from pipelines.records import Ask

_MARKS = {
    "columns named col123": re.compile(r"/col/col\d+/"),
    "articles named art_123": re.compile(
        r"/art/(?:19|20)\d\d/(?:\d{1,2}/\d{1,2}/art_\d+_\d+|art_(?:\d+_)?[0-9a-f]{16,32})\.html"
    ),
    "jpage": re.compile(r"dataproxy\.jsp|\.jpage\s*\(\s*\{"),
    "recordset": re.compile(r"<recordset>", re.IGNORECASE),
    "xxgk module": re.compile(r"/module/xxgk/"),
    "jpaas": re.compile(r"/jpaas-publish-server/"),
    "truecms": re.compile(r"messageController/getMessage\.do"),
    "ZJEG_RSS": re.compile(r"<!--\s*ZJEG_RSS\b"),
    "datacall": re.compile(r"/jact/front/"),
}


def _ahead(page: Page, listing: Listing) -> Iterable[Ask]:
    return (*jpage.ahead(page, listing), *jpaas.ahead(page, listing), *xxgk.ahead(page, listing))


def _read(page: Page) -> tuple[Listing, Iterable[Ask]]:
    """By what was asked for."""
    if jpaas.PATH in page.asked.url:
        return jpaas.read(page)
    return xxgk.read(page) if xxgk.PATH in page.asked.url else jpage.read(page)


FAMILY = Family("hanweb", by_table(_MARKS), _ahead, _read)

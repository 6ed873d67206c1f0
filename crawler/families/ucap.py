"""UCAP (开普 集约化平台): 黑龙江, 新疆, 湖南, 四川, 江西, 西藏, 海南.

Told by `/c100012/common_list.shtml` and its kin, articles in columns named by c and five to seven digits, the tags
`<ucapcontent>` and `<ucaptitle>`, the meta `channelid`, `createPageHTML('page_div', 3, 1, 'common_list', 'shtml', 41)`
with words first.

Articles: `/site/c100012/202401/<32 hex>.shtml`, or a number in its place; 四川 `/c100012/2024/1/30/<32 hex>.shtml`; old
installations `/c100012/c123456/content.shtml`.

Lists: static pages `common_list.shtml`, then `common_list_2.shtml` (`_1` is the first again); the generic reader
follows them. Where the page is a shell its script asks a search service for JSON, by the id of the channel:
`/common/search/<channelid>?page=1&_pageSize=15&_isAgg=true&_isJson=true&_template=index` (黑龙江),
`/searchList/<channelid>` (ministries) or `/search/<channelid>`. It answers `data.total`, `data.page`, `data.rows` and
`data.results[]` with `title`, `url` (may begin with //), `publishedTimeStr`. The id is that of the meta or of a
script's `channelId`, never the c-number of the address. The size of a page may be cut (20): the answer's `rows` says.

Not built: 苏州's own `/szinf/` services (unverified for annual reports); a service that wants a token made by script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.families.family import Family, Page, listed
from crawler.families.fragment import answer, number, part, words
from crawler.families.marks import by_table
from pipelines.dom import metas
from pipelines.links import resolve
from pipelines.listing import Listing
from pipelines.records import Ask, Item

_MARKS = {
    "meta channelid": re.compile(r"""<meta\b(?=[^>]*["']channelid["'])[^>]*["'][0-9a-f]{32}["']""", re.IGNORECASE),
    "tag ucapcontent": re.compile(r"""[<"'](?:ucap|UCAP)-?(?:content|title|CONTENT|TITLE)\b"""),
    "createPageHTML with words first": re.compile(r"createPageHTML\s*\(\s*[\"'][a-zA-Z_]\w*[\"']\s*,\s*\d+\s*,\s*\d"),
    "articles in c-numbered columns": re.compile(
        r"/c\d{5,7}/(?:\d{6}|\d{4}/\d{1,2}/\d{1,2})/(?:[0-9a-f]{32}|\d{4,9})\.s?html\b"
    ),
    "c-numbered lists": re.compile(r"/c\d{5,7}/(?:\w*list\w*|zfxxgk_\w+|zwgk\w*|xxgk_\w+)\.shtml\b"),
    "search by channel": re.compile(r"/(?:common/search|searchList)/"),
}
_CHANNEL = re.compile(r"""channel_?id["']?\s*[:=]\s*["']([0-9a-f]{32})["']""", re.IGNORECASE)
_SERVICE = re.compile(
    r"""["'`](?:https?://[^"'`/]*)?(/(?:\w+/)??(?:common/search|searchList|search)/)(?=["'`$]|[0-9a-f]{32})"""
)
_PER_PAGE = 15


def _ahead(page: Page, listing: Listing) -> Iterator[Ask]:
    """The search service, where the page is a shell or its script names it."""
    channel = next(
        (value for value in metas(page.tree).get("channelid", ()) if re.fullmatch("[0-9a-f]{32}", value)), ""
    )
    if not channel and (named := _CHANNEL.search(page.html)):
        channel = named[1]
    service = _SERVICE.search(page.html)
    if not channel or listing.next or (listing.items and not service):
        return
    services = (service[1],) if service else ("/common/search/", "/searchList/")
    first, size = (2, len(listing.items)) if listing.items else (1, _PER_PAGE)
    for path in services:
        query = f"page={first}&_pageSize={size}&_isAgg=true&_isJson=true&_template=index"
        if to := resolve(page.url, f"{path}{channel}?{query}"):
            yield Ask(to, headers=(("Referer", page.url),), family="ucap")


def _items(results: object) -> Iterator[Item]:
    for result in results if isinstance(results, list) else ():
        href = part(result, "url")
        if not href and (files := part(result, "resList")) and isinstance(files, list):  # nothing but an attachment
            href = part(files[0], "filePath")
        date = str(part(result, "publishedTimeStr") or "")[:10]
        title = words(part(result, "title"))
        if title and isinstance(href, str):
            yield Item(title, href.strip(), date if re.fullmatch(r"\d{4}-\d\d-\d\d", date) else None)


def _read(page: Page) -> tuple[Listing, Iterable[Ask]]:
    data = part(answer(page.html), "data")
    items = tuple(_items(part(data, "results")))
    total = number(part(data, "total"))
    parts = urlsplit(page.asked.url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    current = number(query.get("page")) or 1
    size = number(part(data, "rows")) or len(items) or _PER_PAGE
    asks: list[Ask] = []
    if items and total and current * size < total:
        url = urlunsplit(parts._replace(query=urlencode({**query, "page": str(current + 1)})))
        asks.append(replace(page.asked, url=url))
    return listed(items, page, total_items=total), asks


FAMILY = Family("ucap", by_table(_MARKS), _ahead, _read)

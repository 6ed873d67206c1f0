"""上海's platform: the city, its districts and bureaus.

Told by columns named `/nw12344/`, the article's `id="ivs_content"`, the interface `…/api/data/affair`.

Articles: `/nw12344/20240130/<32 hex>.html`. Lists: static pages `index.html`, `index_2.html` whose number only a
jQuery pager says (`totalPage: 3`); often one page a year, `/nw12345/`, linked as 2023年; rows that are commented out
stand beside the live ones. Newer columns are shells: `POST /front/api/data/affair` (浦东
`/zwgk-search-front/api/data/affair`) with JSON `{"channelList": ["5144"], "pageSize": 20, "pageNo": 1}` answers
`data.list[]` with `title`, `url`, `display_date`, and `data.totalPage`, `data.totalCount`. The number of the page is
`pageNo` or `pageNum`, as the page's script has it.

Traps: a total of 10,000 is where counting stops; past the end the last page comes again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from crawler.families.family import Family, Page, listed
from crawler.families.fragment import answer, number, part, settings, words
from crawler.families.marks import by_table
from pipelines.links import resolve
from pipelines.listing import Listing
from pipelines.records import Ask, Item

_MARKS = {
    "columns named nw123": re.compile(r"""["'/]nw\d{3,6}/"""),
    "ivs_content": re.compile(r"""id=["']ivs_content["']"""),
    "api/data/affair": re.compile(r"/api/data/affair\b"),
    "articles of a day by 32 digits": re.compile(r"/20\d{6}/[0-9a-f]{32}\.html\b"),
}
_SERVICE = re.compile(r"""["'`]((?:https?:)?[\w/.:-]*/api/data/affair)["'`]""")
_CHANNELS = re.compile(r"""channelList["']?\s*:\s*\[([^\[\]]*)\]""")
_NUMBER = re.compile(r"\bpageN(?:o|um)\b")
_TOTAL_PAGES = re.compile(r"""\btotalPages?["']?\s*[:=]\s*["']?(\d{1,3})\b""")
_STATIC = re.compile(r"^(.*/)(?:index(?:_(\d+))?\.html)?$")
_PER_PAGE = 20
_COUNTED = 10_000


def _ahead(page: Page, listing: Listing) -> Iterator[Ask]:
    service, channels = _SERVICE.search(page.html), _CHANNELS.search(page.html)
    if service and channels and (to := resolve(page.url, service[1])):
        shown = len(listing.items)  # the first page may stand in the page
        size = number(settings(page.html[channels.start() : channels.start() + 400]).get("pageSize")) or _PER_PAGE
        counter = _NUMBER.search(page.html)
        query = {
            "channelList": re.findall(r"\w+", channels[1]),
            "pageSize": shown or size,
            counter[0] if counter else "pageNo": 2 if shown else 1,
            "docFlag": "1",
        }
        headers = (("Content-Type", "application/json;charset=UTF-8"), ("Referer", page.url))
        yield Ask(to, "POST", json.dumps(query), headers, "shanghai")
        return
    said, static = _TOTAL_PAGES.search(page.html), _STATIC.match(page.url)
    if said and static and listing.items and not listing.next:
        for further in range(int(static[2] or 1) + 1, int(said[1]) + 1):
            yield Ask(f"{static[1]}index_{further}.html")


def _items(entries: object) -> Iterator[Item]:
    for entry in entries if isinstance(entries, list) else ():
        title, href = words(part(entry, "title")), part(entry, "url")
        date = str(part(entry, "display_date") or part(entry, "issue_date") or "")[:10]
        if title and isinstance(href, str):
            yield Item(title, href, date if re.fullmatch(r"\d{4}-\d\d-\d\d", date) else None)


def _read(page: Page) -> tuple[Listing, Iterable[Ask]]:
    data = part(answer(page.html), "data")
    items = tuple(_items(part(data, "list")))
    total = number(part(data, "totalCount")) or number(part(data, "total"))
    total = None if total and total >= _COUNTED else total
    pages = number(part(data, "totalPage"))
    query = answer(page.asked.body)
    counter = next((name for name in query if _NUMBER.fullmatch(name)), "pageNo")
    now = number(query.get(counter)) or 1
    asks: tuple[Ask, ...] = ()
    if items and now < (pages or -(-(total or 0) // (number(query.get("pageSize")) or _PER_PAGE))):
        asks = (replace(page.asked, body=json.dumps({**query, counter: now + 1})),)
    return listed(items, page, total_items=total, total_pages=pages), asks


FAMILY = Family("shanghai", by_table(_MARKS), _ahead, _read)

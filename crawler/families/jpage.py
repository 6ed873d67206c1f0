"""Hanweb's older lists: rows embedded in the page by the group, further groups from `dataproxy.jsp` or `getMessage.do`.

The page's call: `$('#49468').jpage({totalRecord:140, perPage:15, groupSize:3,
proxyUrl:'/module/web/jpage/dataproxy.jsp', ajaxParam:{col:1, appid:'1', webid:60, path:'/', columnid:30067,
unitid:'49468', webname:'…', permissiontype:0}})`. A browser posts the parameters to
`proxyUrl?startrecord=46&endrecord=90&perpage=15`. Some servers go by `startrecord`, others only by `page` and
`perpage`: with `perpage` as large as a group both mean the same; where that fails the page's own size is tried.

Newer pages have a `<datastore>` whose `<nextgroup>` links to the same interface with all parameters in its query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.families.family import Page, listed
from crawler.families.fragment import answer, number, part, rows, settings
from pipelines.links import resolve
from pipelines.listing import Listing, records
from pipelines.records import Ask

_GROUP = 3  # pages in a group, as jpage has it unless told
_PER_PAGE = 15
_NEXT_GROUP = re.compile(r"<nextgroup>\s*<!\[CDATA\[[^\]]*?href\s*=\s*[\"']([^\"'\]]+)[\"']", re.IGNORECASE)
_PROXY = re.compile(r"""proxyUrl["']?\s*:\s*["']([^"']+)["']""")
_PARAMETERS = re.compile(r"""(?:ajax)?params?["']?\s*:\s*\{([^{}]*)\}""", re.IGNORECASE)
_TRUECMS = "getMessage.do"
_NUMBERED = re.compile(r"(?<=[?&]page=)\d+")
_TOTAL = re.compile(r"<totalrecord>\s*(\d+)", re.IGNORECASE)
_FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")


def ahead(page: Page, listing: Listing) -> Iterable[Ask]:
    """Requests for the group after the one that the page holds."""
    here = sum(1 for _ in records(page.html)) or len(listing.items)
    if listing.total_items and here >= listing.total_items:
        return ()
    referer = (("Referer", page.url), ("X-Requested-With", "XMLHttpRequest"))
    if (following := _NEXT_GROUP.search(page.html)) and (to := resolve(page.url, unescape(following[1]))):
        # page=1 there is the second group of some servers, and the first one again of others
        ask = Ask(to, headers=referer, family="hanweb")
        first = _NUMBERED.search(to)
        return (ask, replace(ask, url=_turned(to))) if first and first[0] == "1" else (ask,)
    proxy = _PROXY.search(page.html)
    to = resolve(page.url, unescape(proxy[1])) if proxy else None
    if proxy is None or to is None:
        return ()
    call = settings(page.html[max(0, proxy.start() - 2000) : proxy.end() + 2000])
    per_page = number(call.get("perPage")) or _PER_PAGE
    found = _PARAMETERS.search(page.html, max(0, proxy.start() - 2000), proxy.end() + 2000)
    parameters = settings(found[1]) if found else {}
    if _TRUECMS in to:
        column = parameters.get("columnId") or call.get("columnId") or ""
        return tuple(
            Ask(
                _windowed(to, here + 1, size, {"columnId": column, "callback": "jpage"}),
                headers=referer,
                family="hanweb",
            )
            for size in dict.fromkeys((per_page, 10))  # larger windows are a 404 on some servers
        )
    if "dataproxy" not in to or not parameters:
        return ()
    group = here or per_page * (number(call.get("groupSize")) or _GROUP)
    ask = Ask(to, "POST", urlencode(parameters), (*referer, _FORM), "hanweb")
    whole = replace(ask, url=_windowed(to, here + 1, group, {"page": str(here // group + 1)}))
    single = replace(ask, url=_windowed(to, here + 1, per_page, {"page": str(here // per_page + 1)}))
    return whole, single


def read(page: Page) -> tuple[Listing, Iterable[Ask]]:
    """An answer's rows, and the request for those after them."""
    text = str(part(answer(page.html), "result") or "") if _TRUECMS in page.asked.url else page.html
    items = rows("<ul>" + "".join(records(text)) + "</ul>")
    said = _TOTAL.search(text)
    total = int(said[1]) if said else None
    following = _NEXT_GROUP.search(text)
    asked = page.asked
    last = number(dict(parse_qsl(urlsplit(asked.url).query)).get("endrecord"))
    asks: list[Ask] = []
    if items and last is None:
        to = resolve(page.url, unescape(following[1])) if following else asked.url
        asks.append(replace(asked, url=_turned(to or asked.url, asked.url)))
    elif items and (total is None or last is None or last < total):
        asks.append(replace(asked, url=_moved(asked.url)))
    return listed(items, page, total_items=total), asks


def _turned(url: str, after: str = "") -> str:
    """The address of the next group; the page that holds the first group may link to that one again."""
    now = _NUMBERED.search(after)
    number_now = int(now[0]) if now else 1
    return _NUMBERED.sub(str(number_now + 1), url) if _NUMBERED.search(url) else f"{url}&page={number_now + 1}"


def _windowed(url: str, start: int, size: int, more: dict[str, str]) -> str:
    parts = urlsplit(url)
    window = {"startrecord": str(start), "endrecord": str(start + size - 1), "perpage": str(size), **more}
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **window})))


def _moved(url: str) -> str:
    """The same window after the last one."""
    query = dict(parse_qsl(urlsplit(url).query))
    more: dict[str, str] = {name: query[name] for name in query if name in {"columnId", "callback"}}
    if "page" in query:
        more["page"] = str(int(query["page"]) + 1)
    return _windowed(url, int(query["endrecord"]) + 1, int(query["perpage"]), more)

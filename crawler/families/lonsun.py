"""Lonsun (龙讯 信息公开平台): 安徽, 湖北 (黄冈), 湖南 (常德), 甘肃, 内蒙古, 四川.

Told by columns `/public/column/37?type=3`, articles `/public/213/61242451.html`, the one service
`/site/label/8888`, `/grassroots/column/`, the script object `Ls`, the class `j-fontContent`.

Lists: `type` 1 is rules, 2 the guide, 3 the annual reports, 4 a catalogue (then the annual report is a `catId` of
its own), 5 applications. The page has the first rows, or none; `Ls.pagination` with `pageCount:4` asks for the
others: GET or POST
`/site/label/8888?labelName=publicInfoList&siteId=…&organId=…&type=…&catId=…&pageSize=15&pageIndex=2&…&file=/xxgk/…`,
below the platform's own path (`/zwgk/site/label/8888`). `file` names a template of the site, so all of it is taken
from the page: an object of parameters, an address in quotes, or both. The answer is a piece of HTML; beyond the end
it says 暂无相关信息.

Older pages, and those whose script is in another file (unverified), have no such call: `&pageIndex=2` on their own
address.

Traps: titles are cut to `length` characters, the title attribute has them whole; the organs' reports are columns of
their own, one for each number after `/column/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.families.family import Family, Page, listed
from crawler.families.fragment import number, rows, settings
from crawler.families.marks import by_table
from pipelines.links import resolve
from pipelines.listing import Listing
from pipelines.records import Ask

_MARKS = {
    "public/column": re.compile(r"/public/column/\d+"),
    "public articles": re.compile(r"/public/(?:content/)?\d{2,8}/\d{5,10}\.html"),
    "site/label": re.compile(r"/site/(?:label|tpl)/\d"),
    "grassroots columns": re.compile(r"/grassroots/column/\d"),
    "Ls.pagination": re.compile(r"Ls\.(?:pagination|ajax)\b"),
    "j-fontContent": re.compile(r"j-fontContent\b"),
}
_COLUMN = re.compile(r"^(?P<platform>.*?)/public/column/(?P<organ>\d+)")
_SERVICE = re.compile(r"""["'`]([^"'`\s]*/site/label/8888[^"'`\s]*)["'`]""")
_PARAMETERS = re.compile(r"""\{([^{}]*\bpageIndex["']?\s*:[^{}]*)\}""")
_JOINED = re.compile(r"""(["'])\s*\+\s*([\w.()]+)\s*(?:\+\s*\1|(?=[;,)\n]))""")  # "…&siteId=" + siteId + "&…"
_VARIABLE = re.compile(r"""\bvar\s+(\w+)\s*=\s*["']?([\w/-]*)["']?\s*[;,\n]""")
_POSTS = re.compile(r"""\$\.post\s*\(|\b(?:type|method)["']?\s*:\s*["']post["']""", re.IGNORECASE)
_SITE = re.compile(r"""\bsiteId["']?(?:\s+(?:value|content)=["']?|\s*[:=]\s*["']?)(\d{4,})""", re.IGNORECASE)
_LABEL = "publicInfoList"
_IDENTIFIES = ("organId", "catId", "catIds", "columnId")
_FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")


def _ahead(page: Page, listing: Listing) -> Iterable[Ask]:
    """The parts of the list that the page's script would ask for."""
    if listing.next:
        return ()
    first = 2 if listing.reports else 1
    pages = listing.total_pages or 0
    if listing.reports and pages == 1:
        return ()
    if parameters := _parameters(page):
        ask = _asking(page, parameters)
        return (_turned(ask, first),)
    parts = urlsplit(page.url)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "pageIndex"]
    here = number(dict(parse_qsl(parts.query)).get("pageIndex")) or 1
    if not listing.items or here >= pages or not _COLUMN.match(parts.path):
        return ()
    return (Ask(urlunsplit(parts._replace(query=urlencode([*query, ("pageIndex", str(here + 1))])))),)


def _parameters(page: Page) -> dict[str, str]:
    """What the script sends to the service, without the number of the page; empty where it does not say."""
    variables = dict(_VARIABLE.findall(page.html))
    script = _JOINED.sub(
        lambda found: variables.get(found[2], "") + ("" if found[0][-1] == found[1] else found[1]), page.html
    )
    sent: dict[str, str] = {}
    if (called := _SERVICE.search(script)) and ("labelName=" not in called[1] or _LABEL in called[1]):
        sent |= parse_qsl(urlsplit(called[1].replace("&amp;", "&")).query, keep_blank_values=True)
    for said in _PARAMETERS.finditer(script):
        named = {name: variables.get(value, value) for name, value in settings(said[1]).items()}
        if named.get("labelName", _LABEL).startswith(_LABEL):  # other boxes of the page ask the same service
            sent |= named
            break
    if not any(sent.get(name) for name in _IDENTIFIES):
        return {}
    if not sent.get("siteId") and (site := _SITE.search(page.html)):
        sent["siteId"] = site[1]
    return {"labelName": _LABEL, **sent}


def _asking(page: Page, parameters: dict[str, str]) -> Ask:
    """The request that the script would make."""
    called = _SERVICE.search(page.html)
    column = _COLUMN.match(urlsplit(page.url).path)
    named = called[1].partition("?")[0] if called else f"{column['platform'] if column else ''}/site/label/8888"
    to = resolve(page.url, named) or page.url
    headers = (("Referer", page.url), ("X-Requested-With", "XMLHttpRequest"))
    if _POSTS.search(page.html):
        return Ask(to, "POST", urlencode(parameters), (*headers, _FORM), "lonsun")
    return Ask(f"{to}?{urlencode(parameters)}", headers=headers, family="lonsun")


def _turned(ask: Ask, page: int) -> Ask:
    """The same request for another page."""
    parts = urlsplit(ask.url)
    posted = ask.method == "POST"
    sent = dict(parse_qsl(ask.body if posted else parts.query, keep_blank_values=True))
    text = urlencode({**sent, "pageIndex": str(page)})
    url = ask.url if posted else urlunsplit(parts._replace(query=text))
    return Ask(url, ask.method, text if posted else "", ask.headers, ask.family, ask.title)


def _read(page: Page) -> tuple[Listing, Iterator[Ask]]:
    items = rows(page.html)
    posted = page.asked.method == "POST"
    sent = dict(parse_qsl(page.asked.body if posted else urlsplit(page.asked.url).query, keep_blank_values=True))
    following = (number(sent.get("pageIndex")) or 1) + 1
    return listed(items, page), iter([_turned(page.asked, following)] if items else [])


FAMILY = Family("lonsun", by_table(_MARKS), _ahead, _read)

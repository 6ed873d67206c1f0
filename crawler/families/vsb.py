"""VSB (博达 站群): 云南, 甘肃 (天水), 陕西, 辽宁 (锦州), 西藏 (阿里).

Told by `/system/resource/`, `urltype=tree.TreeTempUrl`, `_showDynClickBatch(`, the class `v_news_content`, classes
with a component's number (`winstyle122757`), articles `info/1041/31887.htm`.

Articles: `/info/<column>/<id>.htm`, or `/content.jsp?urltype=news.NewsContentUrl&wbtreeid=1041&wbnewsid=31887`.

Lists: `xxgknb.htm`, then `xxgknb/4.htm`, `xxgknb/3.htm` down to `xxgknb/1.htm`, the last: pages are numbered from
the oldest, so that a new entry moves the others on and the addresses of all but the last page say something else.
Nothing is computed: the links 下页 are followed. Dynamic lists
(`xxgknb.jsp?urltype=tree.TreeTempUrl&wbtreeid=1041`) have `?a122757t=5&a122757p=2&a122757c=15&urltype=…` or
`?totalpage=5&PAGENUM=2&urltype=…`, by links too.

Traps: 共65条 2/5 stands in a cell of a table in the list's own table.
"""

from __future__ import annotations

import re

from crawler.families.family import Family
from crawler.families.marks import by_table

_MARKS = {
    "system/resource": re.compile(r"/system/resource/(?:js|code|style)/"),
    "urltype": re.compile(r"urltype=(?:tree\.Tree|news\.News)"),
    "_showDynClickBatch": re.compile(r"_showDynClicks?(?:Batch)?\s*\("),
    "v_news_content": re.compile(r"v(?:_news_content|sb_content(?:_\d+)?)\b"),
    "component's classes": re.compile(
        r"style(?:(?<=winstyle)|(?<=timestyle)|(?<=titlestyle)|(?<=contentstyle))\d{4,}\b"
    ),
    "articles info/1041/31887.htm": re.compile(r"info/\d{4}/\d{2,7}\.htm\b"),
}

FAMILY = Family("vsb", by_table(_MARKS))

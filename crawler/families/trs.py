"""TRS WCM (拓尔思; also 海云): the most frequent family; densest in 广西, 贵州, 山西, 福建, 湖北, 吉林, 重庆, 天津.

Told by `createPageHTML(20, 0, "index", "html")` with numbers first, `var countPage`, articles named
t20240130_123.html, the editor's class `TRS_Editor`.

Articles: `./202401/t20240130_123456.html` below the column's directory; 广西 and 海口 drop the date
(`t123456.shtml`), some have `tnull_123.htm`. The month of the directory and the day of the name are those of loading,
often of a migration.

Lists: directories of static pages, `index.html`, then `index_1.html` for the second. Titles are cut, the title
attribute has them whole. 武汉 writes each row by a script: the generic reader takes url and title out of it. 北京
counts its pages in `Pager({size: 20, current: 0, prefix: 'index', suffix: 'html'})`, or has all rows in one page and
folds them by script.

Interfaces: pages of 福建 with `list2.trsapi` have the first ten rows in the page and draw the rest from a search
service whose form is not known (unverified): they say how many there are, so the list ends as `short`.

Traps: deep pages can be stubs of 300 bytes; columns that were moved keep a list whose articles all lead to a 404.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.families.family import Family, Page
from crawler.families.fragment import number, settings
from crawler.families.marks import by_table
from pipelines.links import resolve
from pipelines.listing import Listing
from pipelines.records import Ask

_MARKS = {
    "createPageHTML with numbers first": re.compile(r"createPage(?:HTML)?\s*\(\s*[\"']?\d+[\"']?\s*,\s*[\"']?\d"),
    "countPage": re.compile(r"var countPage\s*=\s*[\"']?\d"),
    "articles named t20240130_123": re.compile(r"""["'/]t(?:(?:19|20)\d{6}|null)_\d+\.s?html?\b"""),
    "articles named 202401/t123456": re.compile(r"/(?:19|20)\d{4}/t\d{5,9}\.s?html?\b"),
    "TRS_Editor": re.compile(r"TRS_U?E(?:DITOR|ditor)\b"),
    "trsapi": re.compile(r"""\.trsapi["']"""),
}
_PAGER = re.compile(r"\bPager\s*\(\s*\{([^{}]*\bprefix\b[^{}]*)\}")


def _ahead(page: Page, listing: Listing) -> Iterator[Ask]:
    """The further pages that 北京's pager counts."""
    found = _PAGER.search(page.html)
    if listing.next or not found:
        return
    says = settings(found[1])
    pages, current = number(says.get("size")), number(says.get("current"))
    if pages is None or current is None:
        return
    for further in range(current + 1, pages):
        if to := resolve(page.base, f"{says['prefix']}_{further}.{says.get('suffix') or 'html'}"):
            yield Ask(to)


FAMILY = Family("trs", by_table(_MARKS), _ahead)

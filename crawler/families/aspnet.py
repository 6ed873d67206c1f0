"""ASP.NET Web Forms: one-offs of the years 2005 to 2015, and older parts of portals.

Told by the hidden field `__VIEWSTATE`, `__doPostBack(`, the control `AspNetPager`.

Lists: `List_wj.aspx?lmid=12`, rows of a GridView or Repeater. Where the pager has addresses (`?lmid=12&page=2`) its
links are followed. Else each of its links is `javascript:__doPostBack('AspNetPager1','2')`: the page's form is
posted to itself with the two words as `__EVENTTARGET` and `__EVENTARGUMENT`, as a browser does; each answer brings
the fields for the next.

Not followed: pagers that are nothing but a `<select>` or a button. Where they say how much there is the list ends
as `short`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.families.family import Family, Page
from crawler.families.forms import next_link, submitted
from crawler.families.marks import by_table
from pipelines.listing import Listing
from pipelines.records import Ask

_MARKS = {
    "__VIEWSTATE": re.compile(r"__VIEWSTATE\b"),
    "__doPostBack": re.compile(r"__doPostBack\s*\("),
    "AspNetPager": re.compile(r"AspNetPager"),
}
_CALL = re.compile(r"""\b__doPostBack\s*\(\s*["']([^"']+)["']\s*,\s*["']([^"']*)["']""")


def _ahead(page: Page, listing: Listing) -> Iterable[Ask]:
    """The form that the link to the next page posts."""
    link = None if listing.next else next_link(page, _CALL)
    form = next(link[0].iterancestors("form"), None) if link else None
    if link is None or form is None:
        return ()
    ask = submitted(page, form, {"__EVENTTARGET": link[1][1], "__EVENTARGUMENT": link[1][2]})
    return (ask,) if ask else ()


FAMILY = Family("aspnet", by_table(_MARKS), _ahead)

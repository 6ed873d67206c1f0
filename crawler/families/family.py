"""What a family is: marks by which its pages are told, and how its lists go on where no link says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from pipelines.dom import Element, parse
from pipelines.links import base, resolve
from pipelines.listing import Listing
from pipelines.records import Ask, Item
from pipelines.report_words import is_report_title, is_report_under, looks_alike


@dataclass
class Page:
    """An answer as a family sees it: of a listing page, or of an interface (then `asked` is what was asked)."""

    url: str
    html: str
    asked: Ask
    charset: str = "utf-8"  # as its bytes were read

    @cached_property
    def tree(self) -> Element:
        return parse(self.html)

    @cached_property
    def base(self) -> str:
        """What relative addresses start from."""
        return base(self.tree, self.url)


Marks = Callable[[Page], Iterable[str]]  # what on a page tells the family, each a few words; none: another's page
Ahead = Callable[[Page, Listing], Iterable[Ask]]  # requests for what the list holds beyond this page
Read = Callable[[Page], tuple[Listing, Iterable[Ask]]]  # an interface's answer, and requests for what it holds beyond


def _nothing(_page: Page, _listing: Listing) -> tuple[Ask, ...]:
    return ()


@dataclass(frozen=True)
class Family:
    """A family. Without `ahead` the pager on the page is all there is; without `read` it has no interface."""

    name: str
    marks: Marks
    ahead: Ahead = _nothing
    read: Read | None = None
    paged: bool = field(default=True)  # whether the generic reader's pager is to be trusted on its pages


def listed(
    items: Iterable[Item], page: Page, *, total_items: int | None = None, total_pages: int | None = None
) -> Listing:
    """The listing of an interface's answer: its entries, and the reports among them by the same words as on a page."""
    title = page.asked.title or None
    entries = tuple(items)
    reports: dict[str, Item] = {}
    rejected: list[tuple[Item, str]] = []
    for item in entries:
        why = is_report_title(item.title)
        if why is not None and is_report_under(item.title, title, page.url):
            why = None
        to = resolve(page.url, item.href) if item.href else None
        if why is None and to:
            reports.setdefault(to, item)
        elif why is not None and looks_alike(item.title, why):
            rejected.append((item, why))
    return Listing(entries, tuple(reports.values()), (), total_pages, total_items, tuple(rejected), title)

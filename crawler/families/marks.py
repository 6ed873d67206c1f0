"""Marks as tables: what on a page or in its address tells a family, by name.

A pattern that begins with plain letters is found many times faster than one that begins with a class or a boundary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from crawler.families.family import Marks, Page


def by_table(table: Mapping[str, re.Pattern[str]]) -> Marks:
    """Marks that are patterns, looked for in the page and in its address."""

    def marks(page: Page) -> Iterator[str]:
        return (name for name, mark in table.items() if mark.search(page.html) or mark.search(page.url))

    return marks

"""Pages whose list only a script draws: named, so that an empty list is not taken for an empty column."""

from __future__ import annotations

import re

from crawler.families.family import Page
from pipelines.lines import seen_lines

_WORDS = 300  # visible characters that a page has that is nothing but its scripts
_MOUNT = re.compile(r"^(?:app|root|main-app|__nuxt|__next)$")
_CALLS = re.compile(r"\$\.(?:ajax|get|post|getJSON)\s*\(|axios\b|fetch\s*\(|XMLHttpRequest|\.load\s*\(|new\s+Vue\s*\(")
_EMPTY = re.compile(r"正在加载|加载中|数据加载|loading", re.IGNORECASE)


def is_drawn(page: Page) -> bool:
    """Whether a page that lists nothing looks as if scripts would fill it in a browser."""
    mounts = any(_MOUNT.match(element.get("id") or "") and not len(element) for element in page.tree.iter("div"))
    visible = sum(len(line.text) for line in seen_lines(page.tree, frozenset()))
    calls = _CALLS.search(page.html) is not None
    return mounts or (calls and (visible < _WORDS or _EMPTY.search(page.html) is not None))

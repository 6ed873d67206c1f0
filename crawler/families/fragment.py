"""What the answers of interfaces have in common: rows as pieces of HTML, JSON in a wrapping, a page's own settings."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

from pipelines.dom import parse
from pipelines.entries import Page as Lists
from pipelines.links import address
from pipelines.records import Item

_BROKEN_DATE = re.compile(r"((?:19|20)\d\d-|-\d{1,2}-)\s+(?=\d)")  # 2026-\n01-\n23
_PAGER = re.compile(
    r"\W*(?:\d{1,4}|首页|上一?页|前一?页|下一?页|后一?页|尾页|末页|[跳转]\S{0,3}|GO|查看更多|更多)\W*", re.IGNORECASE
)
_WRAPPED = re.compile(r"^\s*[\w$.]+\s*\((.*)\)\s*;?\s*$", re.DOTALL)  # JSONP
_TAG = re.compile(r"<[^<>]*>")
# name: 'value' or name: value, as settings of a script have it; a name may stand in quotes
_SETTING = re.compile(r"""["']?(\w+)["']?\s*:\s*(?:"([^"]*)"|'([^']*)'|([\w./-]*))\s*(?=[,}\n]|$)""")


def rows(markup: str) -> tuple[Item, ...]:
    """All rows of a piece of HTML that lists: no row is too few, the links of its pager left out."""
    whole = _BROKEN_DATE.sub(r"\1", markup)
    tree = parse(f"<html><body>{whole}</body></html>")
    found = (entry for group in Lists(tree).groups() for entry in group.entries)
    leads = {(link.get("href") or "").strip() for link in tree.iter("a") if address(link)}
    kept = [entry for entry in found if entry.item.href in leads and not _PAGER.fullmatch(entry.item.title)]
    return tuple(entry.item for entry in sorted(kept, key=lambda entry: entry.order))


def words(markup: object) -> str:
    """The plain words of a title that may hold tags."""
    return " ".join(unescape(_TAG.sub("", markup if isinstance(markup, str) else "")).split())


def answer(text: str) -> dict[str, Any]:
    """The object an interface answered with, out of a call around it; empty where it is none."""
    wrapped = _WRAPPED.match(text)
    try:
        found = json.loads(wrapped[1] if wrapped else text)
    except (ValueError, RecursionError):  # an error page in its place
        return {}
    return found if isinstance(found, dict) else {}


def part(found: Any, *path: str) -> Any:
    """What lies at a path in an answer; None where one step is not there."""
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def number(value: object) -> int | None:
    """A number, be it written as a string."""
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if text.isdecimal() and len(text) < 8 else None


def settings(script: str) -> dict[str, str]:
    """Names and values of a piece of a script such as `{columnid: 12, unitid: '34'}`."""
    return {name: double or single or bare for name, double, single, bare in _SETTING.findall(script)}

"""Pagers whose links submit a form or set an address by a script: what a browser would ask for on a click."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlencode, urlsplit, urlunsplit

from crawler.families.family import Page
from pipelines.dom import Element, inner_text, squeeze
from pipelines.links import resolve
from pipelines.listing import Listing
from pipelines.pager import NEXT
from pipelines.records import Ask

_CALL = re.compile(r"""\b(?!__doPostBack|void\b)([A-Za-z_]\w*)\s*\(\s*["']?(\d{1,4})["']?\s*[,)]""")
_BODY = 600  # characters of a function that turns the page
_SETS = (  # where the parameter goes: form1.page.value = n, getElementById('page').value = n, $('#page').val(n)
    r"""(?:\.|\[["'])(\w+)(?:["']\])?\.value\s*=\s*{}\b""",
    r"""getElementById\(\s*["'](\w+)["']\s*\)\.value\s*=\s*{}\b""",
    r"""\$\(\s*["'](?:#|\w*\[name=["']?)(\w+)["']?\]?["']\s*\)\.val\(\s*{}\s*\)""",
)
_GOES = r"""location(?:\.href)?\s*=\s*(["'])([^"']+)\1\s*\+\s*{}\b\s*(?:\+\s*(["'])([^"']*)\3)?"""
_SUBMITS = re.compile(r"submit\s*\(")
_NUMBER = re.compile(r"\[?(\d{1,4})\]?")
_UNSENT = frozenset({"submit", "button", "image", "reset", "file"})
_FORM = ("Content-Type", "application/x-www-form-urlencoded")


def ahead(page: Page, listing: Listing) -> tuple[Ask, ...]:
    """The next page of a list whose pager is a script of the page's own."""
    link = next_link(page, _CALL) if listing.items else None
    if not link:
        return ()
    name, number = link[1][1], link[1][2]
    function = re.search(
        rf"function\s+{name}\s*\(\s*(\w+)[^)]*\)\s*\{{|\b{name}\s*=\s*function\s*\(\s*(\w+)[^)]*\)\s*\{{", page.html
    )
    if not function:
        return ()
    parameter = function[1] or function[2]
    body = page.html[function.end() : function.end() + _BODY].partition("function")[0]
    if goes := re.search(_GOES.format(parameter), body):
        to = resolve(page.base, f"{goes[2]}{number}{goes[4] or ''}")
        return (Ask(to),) if to else ()
    if not _SUBMITS.search(body):
        return ()
    for sets in _SETS:
        for found in re.finditer(sets.format(parameter), body):
            for field in page.tree.iter("input"):
                form = next(field.iterancestors("form"), None)
                if form is not None and found[1] in (field.get("name"), field.get("id")) and field.get("name"):
                    ask = submitted(page, form, {field.get("name") or "": number})
                    return (ask,) if ask else ()
    return ()


def leads_to(page: Page) -> int:
    """The number of the page that a link to the next one calls for; 0 where none does."""
    link = next_link(page, _CALL)
    return int(link[1][2]) if link else 0


def next_link(page: Page, call: re.Pattern[str]) -> tuple[Element, re.Match[str]] | None:
    """The link that calls for the next page: by its words, else the number after the one that is no link."""
    here: int | None = None
    numbered: tuple[Element, re.Match[str]] | None = None
    for element in page.tree.iter("a", "span", "b", "strong", "font", "em", "li"):
        script = f"{element.get('href') or ''} {element.get('onclick') or ''}"
        called = call.search(script) if "(" in script else None
        words = squeeze(inner_text(element)) if element.tag != "li" or not len(element) else ""
        if called and NEXT.fullmatch(words):
            return element, called
        if number := _NUMBER.fullmatch(words):
            if called and here is not None and int(number[1]) == here + 1:
                numbered = numbered or (element, called)
            elif not called:
                here = int(number[1])
    return numbered


def submitted(page: Page, form: Element, changes: dict[str, str]) -> Ask | None:
    """The request that a form makes with some of its fields set."""
    to = resolve(page.base if form.get("action") else page.url, form.get("action") or "")
    if to is None:
        return None
    sent = urlencode({**dict(_fields(form)), **changes})
    if (form.get("method") or "").strip().lower() == "post":
        return Ask(to, "POST", sent, (("Referer", page.url), _FORM))
    return Ask(urlunsplit(urlsplit(to)._replace(query=sent)))


def _fields(form: Element) -> Iterable[tuple[str, str]]:
    """What a browser sends of a form whose buttons are not pressed."""
    for field in form.iter("input", "select", "textarea"):
        name, kind = field.get("name"), (field.get("type") or "").lower()
        if not name or kind in _UNSENT or (kind in ("checkbox", "radio") and field.get("checked") is None):
            continue
        if field.tag == "select":
            options = list(field.iter("option"))
            chosen = next((option for option in options if option.get("selected") is not None), None)
            option = chosen if chosen is not None else next(iter(options), None)
            if option is not None:
                yield name, option.get("value") or squeeze(option.text or "")
        else:
            yield name, (field.get("value") or "") if field.tag == "input" else (field.text or "")

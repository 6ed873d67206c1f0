"""Which element of a page holds the report's own text: by evidence, not by a list of selectors alone.

Two witnesses: names that the families of content management systems give the element (`data/containers.toml`), and
where the page's running text is. A known name counts only when a good part of the running text is inside it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from pipelines.dom import Element, is_unseen

_PROSE = re.compile(r"[，。；！？]")
_PLAIN = 0.2  # weight of text without sentence marks: menus, labels, footers
_LABEL = 8  # characters of a text that can have a comma and still be a label
_KNOWN = 0.45  # share of the page's running text that a known container must hold
_DESCENT = 0.75  # share of an element's running text that one child must hold to be looked into
_SAME = 0.1  # difference in weight that is none
_TINY = 15  # running text under this says nothing about where the article is
_NEVER = frozenset({"a", "nav", "aside"})
_BESIDE = re.compile(
    r"(?<![a-z])(?:nav|menu|foot(?:er)?|copyright|sidebar|header|banner|pop(?:up)?|dialog)(?![a-z])", re.IGNORECASE
)
_BESIDE_WEIGHT = 0.3  # of text in parts that are named like that: some pages wrap everything in them
_INLINE = frozenset("p span font b strong em i u td th tr tbody li h1 h2 h3 h4 h5 h6 wbr o:p".split())


class Container(NamedTuple):
    """The element, and why it was chosen."""

    element: Element
    why: str
    mass: float


@cache
def _names() -> tuple[dict[str, int], dict[str, int], frozenset[str]]:
    data = tomllib.loads(files("pipelines.data").joinpath("containers.toml").read_text("utf-8"))
    ids = {name.lower(): rank for rank, name in enumerate(data["ids"])}
    classes = {name.lower(): rank for rank, name in enumerate(data["classes"])}
    return ids, classes, frozenset(data["tags"])


def choose(root: Element, data: frozenset[Element]) -> Container | None:
    """The container, or None where the page has no running text, no data table and no known container."""
    mass = _weigh(root, data)
    whole = mass.get(root, 0.0)
    known = _known(mass)
    if known is not None and mass.get(known[0], 0.0) >= _KNOWN * whole:
        return Container(known[0], f"name {known[1]}", mass[known[0]])
    if whole < _TINY:
        return Container(known[0], f"name {known[1]}", mass.get(known[0], 0.0)) if known is not None else None
    found = _descend(root, mass)
    return Container(found, f"text density, {mass[found] / whole:.0%} of the page's text", mass[found])


def _weigh(root: Element, data: frozenset[Element]) -> dict[Element, float]:
    """Running text and data under each element; links weigh nothing, other text without sentence marks little."""
    own: dict[Element, float] = {}
    order: list[Element] = []
    stack: list[tuple[Element, float, float]] = [(root, 1.0, _PLAIN)]
    while stack:
        element, factor, plain = stack.pop()
        if element is not root and is_unseen(element):
            continue
        if element.tag in _NEVER:
            factor = 0.0
        elif factor == 1.0 and (name := element.get("class") or element.get("id")) and _BESIDE.search(name):
            factor = _BESIDE_WEIGHT
        if element in data:
            plain = 1.0
        order.append(element)
        weight = _weight(element.text, plain)
        for child in element:
            weight += _weight(child.tail, plain)
            stack.append((child, factor, plain))
        own[element] = weight * factor
    for element in reversed(order):
        parent = element.getparent()
        if parent is not None and parent in own and element is not root:
            own[parent] += own[element]
    return own


def _weight(text: str | None, plain: float) -> float:
    text = (text or "").strip()
    return len(text) * (1.0 if len(text) > _LABEL and _PROSE.search(text) else plain)


def _known(mass: dict[Element, float]) -> tuple[Element, str] | None:
    """The known container with most running text; of nested ones that hold the same, the outermost."""
    ids, classes, tags = _names()
    best: tuple[Element, str] | None = None
    best_weight = -1.0
    for element, weight in mass.items():
        name = None
        if element.tag in tags:
            name = element.tag
        elif (ident := element.get("id")) and ident.lower() in ids:
            name = f"#{ident}"
        elif (names := element.get("class")) and (hit := _first(names.lower().split(), classes)):
            name = f".{hit}"
        if name is None:
            continue
        if weight > best_weight + _SAME:
            best, best_weight = (element, name), weight
    return best


def _first(names: Iterable[str], known: dict[str, int]) -> str | None:
    return next((name for name in names if name in known), None)


def _descend(root: Element, mass: dict[Element, float]) -> Element:
    """Down from the root as long as one child holds most of the text; never into a paragraph or a cell's inside."""
    here = root
    while True:
        heaviest = max(here, key=lambda child: mass.get(child, 0.0), default=None)
        if heaviest is None or mass.get(heaviest, 0.0) < _DESCENT * mass[here]:
            break
        here = heaviest
    while here.tag in _INLINE and (parent := here.getparent()) is not None and here.tag != "td":
        here = parent
    return here

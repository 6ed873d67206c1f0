"""Which element of a page holds the report's own text: by evidence, not by a list of selectors alone.

Two witnesses: names that the families of content management systems give the element (`data/containers.toml`), and
where the page's running text is. A known name counts only when a good part of the running text is inside it.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from lxml import etree

from pipelines import furniture
from pipelines.dom import Element
from pipelines.lines import Line

_PROSE = re.compile(r"[，。；！？]")
_PLAIN = 0.2  # weight of text without sentence marks: menus, labels, footers
_LABEL = 8  # characters of a text that can have a comma and still be a label
_KNOWN = 0.45  # share of the page's running text that a known container must hold
_DESCENT = 0.75  # share of an element's running text that one child must hold to be looked into
_TWIN = 0.3  # share that the second of two copies of an article must hold
_PART = 0.1  # of the largest container's text that another of its name must hold to be a part of the article
_LITTLE_ELSE = 1.15  # times the parts' text: more than that around them, and they do not belong together
_TINY = 15  # running text under this says nothing about where the article is
_SHORT_TITLE = 8  # characters of a line that can be the page's title
_BEFORE = 0.1  # of text before the page's title: menus that open with a click hold sentences and tables too
_BEHIND = 0.15  # share of the page's running text that must stand behind the title, or it is the site's, in the footer
_NEVER = frozenset({"a", "nav", "aside"})
_BESIDE = re.compile(
    r"(?<![a-z])(?:nav|menu|foot(?:er)?|copyright|side(?:bar)?|header|banner|pop(?:up)?|dialog)(?![a-z])", re.IGNORECASE
)
_BESIDE_WEIGHT = 0.3  # of text in parts that are named like that: some pages wrap everything in them
_SHORT_HEAD = 16  # characters of a line such as 版权与免责声明
_INLINE = frozenset("p span font b strong em i u td th tr tbody li h1 h2 h3 h4 h5 h6 wbr o:p".split())
_TEXTS = etree.XPath("descendant::text()", smart_strings=False)  # as itertext() gives them, in a tenth of the time


class Container(NamedTuple):
    """The element, and why it was chosen."""

    element: Element
    why: str


@cache
def _names() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    data = tomllib.loads(files("pipelines.data").joinpath("containers.toml").read_text("utf-8"))
    ids, classes, tags = (frozenset(name.lower() for name in data[key]) for key in ("ids", "classes", "tags"))
    return ids, classes, tags


def choose(body: Element, lines: Sequence[Line], hint: str = "", title: str = "") -> Container | None:
    """The container, or None where the page has no running text, no data table and no known container.

    `hint` is a portal's own name for it, #id or .class, which counts wherever the page has such an element; `title` is
    what its head says the page is called.
    """
    if hint and (hinted := _hinted(body, hint)) is not None:
        return Container(hinted, f"hint {hint}")
    mass = _weigh(body, lines, title)
    whole = mass.get(body, 0.0)
    if known := _known(body, mass):
        element, name = known
        if mass.get(element, 0.0) >= _KNOWN * whole or whole < _TINY:
            return Container(element, f"name {name}")
    if whole < _TINY:
        return None
    found = _descend(body, mass)
    return Container(found, f"text density, {mass[found] / whole:.0%} of the page's text")


def _hinted(body: Element, hint: str) -> Element | None:
    name = hint[1:]
    if hint[0] == "#":
        return next((element for element in body.iter(etree.Element) if element.get("id") == name), None)
    return next((element for element in body.iter(etree.Element) if name in (element.get("class") or "").split()), None)


def _weigh(body: Element, lines: Sequence[Line], title: str) -> dict[Element, float]:
    """Running text and data under each element that has any."""
    mass: dict[Element, float] = defaultdict(float)
    factors: dict[Element, float] = {}
    around, above = body, [body]  # brothers follow each other: what is around the last is around the next
    weights = [_weight(line) for line in lines]
    start = _start(lines, weights, title)
    for i, (line, weight) in enumerate(zip(lines, weights, strict=True)):
        if not weight:  # a mega menu has hundreds of such
            continue
        element = line.element
        parent = body if element is body else element.getparent()
        if parent is not around:
            around, above = parent, _chain(parent, body)
        if element is not body and len(line.text) <= _SHORT_HEAD and furniture.ends(line.text):
            factors[around] = _BESIDE_WEIGHT  # of what follows in it: a disclaimer can be longer than the article
        chain = above if element is body else [element, *above]
        counted = weight * _factor(chain, factors) * (_BEFORE if i < start else 1.0)
        for part in chain:
            mass[part] += counted
    return mass


def _start(lines: Sequence[Line], weights: Sequence[float], title: str) -> int:
    """The line that says the page's title or most of it, of several the longest and first; 0 where none does.

    Not the name of a body, which begins many a title and stands under the report again.
    """
    names = title.splitlines()
    named = [
        (len(line.text), -i)
        for i, line in enumerate(lines)
        if len(line.text) >= _SHORT_TITLE
        and not line.linked
        and any(line.text in name and len(line.text) * 2 >= len(name) for name in names)
    ]
    start = -max(named)[1] if named else 0
    return start if sum(weights[start:]) >= _BEHIND * sum(weights) else 0


def _chain(element: Element, body: Element) -> list[Element]:
    """The element and those around it, up to the body."""
    chain = [element]
    while element is not body and (parent := element.getparent()) is not None:
        chain.append(parent)
        element = parent
    return chain


def _factor(chain: list[Element], factors: dict[Element, float]) -> float:
    """What text under the first of a chain counts, by the names of the parts it stands in."""
    factor = 1.0
    for i, element in enumerate(chain):
        if (known := factors.get(element)) is not None:
            factor, chain = known, chain[:i]
            break
    for element in reversed(chain):
        if element.tag in _NEVER:
            factor = 0.0
        elif factor == 1.0 and (name := element.get(b"class") or element.get(b"id")) and _BESIDE.search(name):
            factor = _BESIDE_WEIGHT
        factors[element] = factor
    return factor


def _weight(line: Line) -> float:
    """Links weigh nothing, other text without sentence marks little, data all."""
    if line.table is not None:
        return float(sum(len(text.strip()) for text in _TEXTS(line.table)))
    own = max(0, len(line.text) - line.linked)
    return own * (1.0 if own > _LABEL and _PROSE.search(line.text) else _PLAIN)


def _known(body: Element, mass: dict[Element, float]) -> tuple[Element, str] | None:
    """The known container with most running text; of nested ones that hold the same, the outermost."""
    found = [(element, name) for element in mass if (name := _name(element))]
    if not found and mass.get(body, 0.0) < _TINY:  # a page of nothing but pictures or files
        found = [(element, name) for element in body.iter(etree.Element) if (name := _name(element))]
    if not found:
        return None
    best, name = max(found, key=lambda pair: (round(mass.get(pair[0], 0.0), 1), -len(_chain(pair[0], body))))
    parts = [element for element, other in found if other == name]
    return _around(best, parts, body, mass), name


def _name(element: Element) -> str | None:
    """The name under which an element is known as a container."""
    ids, classes, tags = _names()
    if element.tag in tags:
        return str(element.tag)
    if (ident := element.get(b"id")) and ident.lower() in ids:
        return f"#{ident}"
    names = element.get(b"class")
    if not names or classes.isdisjoint(each := names.lower().split()):
        return None
    return next(f".{name}" for name in each if name in classes)


def _around(best: Element, parts: list[Element], body: Element, mass: dict[Element, float]) -> Element:
    """The container, or what is around it and its kin where the text was pasted into several of them."""
    above = set(_chain(best, body))
    kin = [
        part
        for part in parts
        if part not in above
        and best not in _chain(part, body)
        and mass.get(part, 0.0) >= _PART * mass.get(best, 0.0) > 0
        and not _is_copy(part, best)
    ]
    if not kin:
        return best
    around = next(element for element in _chain(best, body) if all(element in _chain(part, body) for part in kin))
    total = sum(mass[part] for part in (best, *kin))
    return around if mass[around] <= _LITTLE_ELSE * total else best


def _is_copy(element: Element, other: Element) -> bool:
    """Whether two elements hold the same text, as pages do that carry it once for each kind of screen."""
    one, two = ({words for text in part.itertext() if len(words := text.strip()) > _LABEL} for part in (element, other))
    smaller = min(sum(map(len, one)), sum(map(len, two)))
    return sum(map(len, one & two)) * 2 > smaller


def _descend(body: Element, mass: dict[Element, float]) -> Element:
    """Down from the body as long as one child holds most of the text; never into a paragraph or a cell's inside."""
    here = body
    while len(here):
        heavy = sorted(here, key=lambda child: -mass.get(child, 0.0))
        weight = mass.get(heavy[0], 0.0)
        if weight < _DESCENT * mass[here]:
            second = mass.get(heavy[1], 0.0) if len(heavy) > 1 else 0.0
            if second < _TWIN * mass[here] or not _is_copy(heavy[0], heavy[1]):
                break
            first = next(child for child in here if child in heavy[:2])
            heavy[0] = first  # of two copies the one that comes first
        here = heavy[0]
    while here.tag in _INLINE and (parent := here.getparent()) is not None and here.tag != "td":
        here = parent
    return here

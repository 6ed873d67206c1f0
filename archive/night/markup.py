"""The small pieces of the page: everything that goes in is escaped here, and pages' words are hostile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import urlsplit

_WIDTH, _HEIGHT = 260, 56  # of a plot
_WIDEST = 24.0  # bar, so that a first run does not look like many


class Markup(str):
    """Markup of our own making; any other string is text, and is escaped."""

    __slots__ = ()


def text(value: object) -> Markup:
    """A value as text, unless it is markup already."""
    if isinstance(value, Markup):
        return value
    return Markup(escape("" if value is None else str(value)))


def tag(name: str, *inside: object, cls: str = "", **attributes: object) -> Markup:
    """An element; `cls` is its class, a trailing _ of an attribute's name is left out."""
    given = ({"class": cls} if cls else {}) | {key.rstrip("_"): value for key, value in attributes.items()}
    words = "".join(f' {key}="{escape(str(value))}"' for key, value in given.items() if value is not None)
    return Markup(f"<{name}{words}>{''.join(map(text, inside))}</{name}>")


def joined(parts: Iterable[object]) -> Markup:
    return Markup("".join(map(text, parts)))


def link(url: str, words: object) -> Markup:
    """A link that says nothing of where it stood; what is no web address stays text."""
    try:
        is_web = urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        is_web = False
    return tag("a", words, href=url, rel="noreferrer noopener") if is_web else tag("span", words, title=url)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Sequence[int] = ()) -> Markup:
    """A table; columns with `numbers` are set to the right."""

    def cells(name: str, row: Sequence[object]) -> Markup:
        return joined(tag(name, cell, cls="n" if place in numbers else "") for place, cell in enumerate(row))

    body = joined(tag("tr", cells("td", row)) for row in rows)
    return tag("div", tag("table", tag("thead", tag("tr", cells("th", headings))), tag("tbody", body)), cls="wide")


def bars(title: str, values: Sequence[float], labels: Sequence[str], unit: str = "") -> Markup:
    """A plot of one bar for each run, the last one marked, with its value in words."""
    most = max(values, default=0) or 1
    step = min(_WIDTH / max(len(values), 1), _WIDEST)
    drawn = []
    for place, (value, label) in enumerate(zip(values, labels, strict=True)):
        height = max(value / most * (_HEIGHT - 4), 1.5 if value else 0.5)
        drawn.append(
            tag(
                "rect", tag("title", f"{label}: {value:,g}{unit}"), cls="last" if place == len(values) - 1 else "",
                x=f"{place * step:.1f}", y=f"{_HEIGHT - height:.1f}", width=f"{max(step - 1.5, 1):.1f}",
                height=f"{height:.1f}",
            )
        )  # fmt: skip
    plot = tag(
        "svg", *drawn, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", preserveAspectRatio="none",
        width="100%", height=_HEIGHT,
    )  # fmt: skip
    last = f"{values[-1]:,g}{unit}" if values else "-"
    return tag("figure", tag("figcaption", title, tag("b", last)), plot)

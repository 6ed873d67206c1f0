"""A tree to the lines a reader sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from lxml import etree

from pipelines.dom import Element, inner_text, is_unseen, squeeze

_HEADINGS = {"h1": 1, "ucaptitle": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCKS = frozenset(
    (
        "address article aside blockquote body br caption center dd details dir div dl dt fieldset figcaption "
        "figure footer form header hr li main menu nav ol option p pre section summary table tbody td tfoot "
        "th thead tr ucapcontent ul publishtime"
    ).split()
) | frozenset(_HEADINGS)
_ROWS = frozenset(("tr", "thead", "tbody", "tfoot", "form"))
_BOLD = frozenset(("b", "strong"))
_LONGEST_PARTED = 160  # characters of a line of labels and values; longer ones are running text
_BLANKS = 6  # pieces of white space that can stand between a label and its value
_BUTTON = ("#", "javascript:")  # what the link of a button leads to


@dataclass(slots=True)
class Line:
    """A line as a reader sees it: its words, the block it stands in, how many of its characters are link text."""

    text: str
    element: Element
    linked: int = 0
    links: int = 0
    rank: int = 0  # 1 for h1 … 6 for h6, 0 for no heading
    table: Element | None = None  # a data table that stands here instead of words
    bold: bool = False  # all of its words are
    parted: str = ""  # its words with a tab where a part ends that holds a label and its value; empty without one

    @property
    def words(self) -> str:
        return self.parted or self.text


def seen_lines(
    root: Element,
    data_tables: frozenset[Element] = frozenset(),
    shown: frozenset[Element] = frozenset(),
    unseen: list[Element] | None = None,
) -> Iterator[Line]:
    """The lines under an element, in reading order; a data table is one line without words.

    `shown` are elements a script shows though the page hides them; hidden ones are added to `unseen`. Iterative, since
    pages nest thousands of levels deep.
    """
    pieces: list[str] = []
    block = [root]
    link_depth = linked = links = rank = bold_depth = bold = 0
    labelled: list[Element] = []  # the open elements with a colon in their own words
    ends: list[int] = []  # how many pieces stand before the ends of values
    skipped: Element | None = None  # its end comes next
    has_words = False  # more than white space in the pieces

    def flush() -> Line | None:
        nonlocal linked, links, bold, has_words
        line = None
        if has_words and (text := squeeze("".join(pieces))):
            is_bold = bold > 0 and bold >= sum(len(piece.strip()) for piece in pieces)
            line = Line(text, block[-1], linked, links, rank, bold=is_bold)
            if ends and len(text) <= _LONGEST_PARTED:
                line.parted = _parted(pieces, ends)
        pieces.clear()
        ends.clear()
        linked = links = bold = 0
        has_words = False
        return line

    walk = etree.iterwalk(root, events=("start", "end", "comment"))
    for event, element in walk:
        tag = element.tag
        if event == "start":
            if is_unseen(element) and element is not root and element not in shown:
                walk.skip_subtree()
                skipped = element
                if unseen is not None:
                    unseen.append(element)
                continue
            if tag in _BLOCKS:
                if pieces and (line := flush()):
                    yield line
                if tag != "br":
                    block.append(element)
                    rank = _HEADINGS.get(tag, rank)
                if element in data_tables:
                    if words := _outside_cells(element):
                        yield Line(words, element)
                    yield Line("", element, table=element)
                    walk.skip_subtree()
                    continue
            elif tag == "a":
                link_depth += 1
                links += 1
                if pieces and (element.get("href") or "").startswith(_BUTTON) and not _awaits_value(pieces):
                    ends.append(len(pieces))
            elif tag in _BOLD:
                bold_depth += 1
            if text := element.text:
                if text.isspace():
                    if pieces or links:  # else it stands before a line
                        pieces.append(text)
                    continue
                pieces.append(text)
                has_words = True
                if "：" in text or ":" in text:
                    labelled.append(element)
                if link_depth:
                    linked += len(text.strip())
                if bold_depth:
                    bold += len(text.strip())
            continue
        if element is skipped or event == "comment":
            skipped = None
        elif tag in _BLOCKS:
            if pieces and (line := flush()):
                yield line
            if tag != "br" and len(block) > 1:
                block.pop()
                rank = 0 if tag in _HEADINGS else rank
        elif tag == "a":
            link_depth -= 1
        elif tag in _BOLD:
            bold_depth -= 1
        if labelled and labelled[-1] is element:
            labelled.pop()
            if pieces and not _awaits_value(pieces):
                ends.append(len(pieces))
        if (text := element.tail) and element is not root:
            if text.isspace():
                if pieces or links:
                    pieces.append(text)
                continue
            pieces.append(text)
            has_words = True
            if "：" in text or ":" in text:  # behind an icon
                parent = element.getparent()
                if parent is not None and not (labelled and labelled[-1] is parent):
                    labelled.append(parent)
            if link_depth:
                linked += len(text.strip())
            if bold_depth:
                bold += len(text.strip())
    if line := flush():
        yield line


def _awaits_value(pieces: Sequence[str]) -> bool:
    """Whether the words so far end with a label."""
    last = (words for piece in islice(reversed(pieces), _BLANKS) if (words := piece.rstrip()))
    return next(last, "：").endswith(("：", ":"))


def _parted(pieces: Sequence[str], ends: Sequence[int]) -> str:
    """The words of a line, a tab behind each value that ends before its last word."""
    parts = ["".join(pieces[begin:end]) for begin, end in pairwise((0, *ends, len(pieces)))]
    words = "\t".join(filter(None, map(squeeze, parts)))
    words = words.replace("\t：", "：").replace("\t:", ":")  # <b>2019-05-06 来源</b>：县府办
    return words if "\t" in words else ""


def _outside_cells(table: Element) -> str:
    """The words of a table that stand in no cell of its rows: its caption, and what was written between tags."""
    words: list[str] = []
    stack: list[Element | str | None] = [table]
    while stack:
        part = stack.pop()
        if part is None or isinstance(part, str):
            words.append(part or "")
            continue
        in_row = part.tag == "tr"
        pieces: list[Element | str | None] = [part.text]
        for child in part:
            if in_row and child.tag in ("td", "th"):
                pieces.append(child.tail)
            elif child.tag in _ROWS and not (in_row and child.tag == "tr") and not is_unseen(child):
                pieces += (child, child.tail)
            else:
                inside = "" if is_unseen(child) else " ".join(line.text for line in seen_lines(child))
                pieces += (f" {inside} ", child.tail)
        stack.extend(reversed(pieces))
    return squeeze("".join(words))


def plain(element: Element) -> str | None:
    """An element's words where they are one line and all of them are seen; None where that takes a walk to tell."""
    if not len(element):
        return squeeze(element.text or "")
    blocks = 0
    for inner in element.iterdescendants():
        tag = inner.tag
        if tag in _BLOCKS:
            blocks += 1
            if blocks > 1 or inner.tail:
                return None
        if is_unseen(inner):
            return None
    if blocks and (element.text or "").strip():
        return None
    return squeeze(inner_text(element))

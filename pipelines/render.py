"""The report's text in three forms that agree: plain lines, markdown, outline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines import outline
from pipelines.records import Section, Table


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of text; `rank` is what the page's own markup says, 1 for h1, 0 for none."""

    text: str
    rank: int = 0


Block = Paragraph | Table


def text(blocks: Sequence[Block]) -> str:
    """One paragraph a line, a table row a line with its cells separated by a tab."""
    return "\n".join(line for block in blocks for line in _lines(block))


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield block.text
    else:
        yield from ("\t".join(row).rstrip("\t") for row in block.rows if any(row))


def markdown(blocks: Sequence[Block]) -> str:
    """The same lines with headings and GFM tables."""
    return "\n\n".join(_marked(block) for block in blocks)


def _marked(block: Block) -> str:
    if isinstance(block, Table):
        rows = [row for row in block.rows if any(row)]
        if not rows:
            return ""
        escaped = [[cell.replace("|", "\\|") for cell in row] for row in rows]
        lines = [f"| {' | '.join(row)} |" for row in escaped]
        return "\n".join([lines[0], f"|{' --- |' * len(rows[0])}", *lines[1:]])
    found = outline.head(block.text, block.rank)
    if found is None:
        return block.text
    if found.rest:
        return f"**{block.text.removesuffix(found.rest).rstrip()}**{found.rest}"
    return f"{'#' * (found.level + 1)} {block.text}"


def sections(blocks: Sequence[Block]) -> tuple[Section, ...]:
    """Each heading with the lines under it down to the next heading; words before the first have level 0.

    Of a heading that runs into its paragraph the title ends with its mark (。 or ：), the text begins behind it.
    """
    out: list[Section] = []
    head, body = outline.Head(0, "", ""), list[str]()
    for block in blocks:
        found = outline.head(block.text, block.rank) if isinstance(block, Paragraph) else None
        if found is None:
            body.extend(_lines(block))
            continue
        if head.level or body:
            out.append(Section(head.level, head.number, head.title, "\n".join(body)))
        head, body = found, [found.rest] if found.rest else []
    if head.level or body:
        out.append(Section(head.level, head.number, head.title, "\n".join(body)))
    return tuple(out)

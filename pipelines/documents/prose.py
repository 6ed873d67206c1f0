"""The text of a Word file while it is read: its lines and tables so far, and what makes a line of it the title."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from pipelines.records import Span, Table
from pipelines.render import Block, Paragraph

_TITLE = 36  # half points: 小二, the least size in which titles are set; text is set in 三号, 32
_LONGEST_TITLE = 60


@dataclass(slots=True)
class Prose:
    """Blocks in reading order, and how many of them are paragraphs."""

    blocks: list[Block] = field(default_factory=list)
    paragraphs: int = 0

    def add(self, text: str, rank: int = 0) -> None:
        for line in text.split("\n"):
            if words := re.sub(r"\s+", " ", line).strip():
                self.blocks.append(Paragraph(words, rank))
                self.paragraphs += 1

    def add_table(self, rows: tuple[tuple[str, ...], ...], spans: tuple[Span, ...]) -> None:
        self.blocks.append(Table(None, self.paragraphs, rows, spans))


def is_title(blocks: Sequence[Block], text: str, sizes: Collection[int], is_centred: bool) -> bool:
    """Whether a line is large and centred at the head of a document whose writer used no styles."""
    if len(text) > _LONGEST_TITLE or any(isinstance(block, Table) or block.rank != 1 for block in blocks[-1:]):
        return False
    return is_centred and bool(sizes) and min(sizes) >= _TITLE


def is_grid(widths: Sequence[int]) -> bool:
    """Whether rows of so many cells are a table: two columns and rows, or three cells in one; others frame text."""
    widest = max(widths, default=0)
    return widest > 2 or (widest > 1 and len(widths) > 1)


def whole(units: str) -> str:
    """Words with the halves of rare characters put together."""
    if not any("\ud800" <= unit <= "\udfff" for unit in units):
        return units
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

"""How two readings differ, for people: paragraphs of the text, cells of the tables, what the page says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from pipelines.fingerprint import normalise
from pipelines.furniture import is_furniture

Grid = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Said:
    """What of a report is compared."""

    text: str
    tables: tuple[Grid, ...]
    metadata: Mapping[str, Any]  # field to value, None where the page does not say


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs. `kind`: `text` where words or figures do, `metadata` where only that does, else `same_text`."""

    paragraphs: tuple[Mapping[str, Any], ...]  # {at, before, after}: the number from 0, what went, what came
    figures: tuple[Mapping[str, Any], ...]  # {table, row, column, before, after}: the number from 0, words of the heads
    metadata: Mapping[str, tuple[Any, Any]]

    @property
    def kind(self) -> str:
        return "text" if self.paragraphs or self.figures else "metadata" if self.metadata else "same_text"

    def words(self) -> str:
        """How much of what, in a few words."""
        counts = {"paragraph": len(self.paragraphs), "figure": len(self.figures)}
        parts = [f"{count} {noun}{'s'[: count > 1]}" for noun, count in counts.items() if count]
        return ", ".join([*parts, *self.metadata])

    def as_json(self) -> dict[str, Any]:
        return {"paragraphs": self.paragraphs, "figures": self.figures, "metadata": self.metadata}


def differ(before: Said, after: Said) -> Difference:
    """What of the one is otherwise in the other; white space, width of characters and furniture are nothing."""
    metadata = {
        name: (before.metadata[name], after.metadata[name])
        for name in before.metadata
        if before.metadata[name] != after.metadata[name]
    }
    if normalise(before.text) == normalise(after.text) and before.tables == after.tables:
        return Difference((), (), metadata)
    cells = _cells(before.tables, after.tables)
    rows = cells is None  # tables that cannot be laid over each other are compared as the lines they are in the text
    paragraphs = _paragraphs(_lines(before.text, rows=rows), _lines(after.text, rows=rows))
    return Difference(tuple(paragraphs), tuple(cells or ()), metadata)


def shared(one: str, other: str) -> float:
    """The share of paragraphs that two texts have in common, of the longer one."""
    mine, theirs = ({normalise(line) for line in _lines(text, rows=True)} for text in (one, other))
    return len(mine & theirs) / max(len(mine), len(theirs), 1)


def _lines(text: str, *, rows: bool) -> list[str]:
    """The paragraphs; a row of a table is a line with tabs. A counter that an older recipe left in is no paragraph."""
    lines = [line for line in text.splitlines() if line.strip() and not is_furniture(line)]
    return lines if rows else [line for line in lines if "\t" not in line]


def _paragraphs(before: Sequence[str], after: Sequence[str]) -> list[Mapping[str, Any]]:
    one, other = ([normalise(line) for line in lines] for lines in (before, after))
    return [
        {"at": start, "before": list(before[start:end]), "after": list(after[begin:stop])}
        for tag, start, end, begin, stop in SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
        if tag != "equal"
    ]


def _cells(before: Sequence[Grid], after: Sequence[Grid]) -> list[Mapping[str, Any]] | None:
    """The cells that differ, None where the tables are not of one shape."""
    if [[len(row) for row in grid] for grid in before] != [[len(row) for row in grid] for grid in after]:
        return None
    return [
        {
            "table": number,
            "row": _head(row[:at]),
            "column": _head([line[at] for line in grid[:place] if at < len(line)]),
            "before": row[at],
            "after": other[place][at],
        }
        for number, (grid, other) in enumerate(zip(before, after, strict=True))
        for place, row in enumerate(grid)
        for at in range(len(row))
        if normalise(row[at]) != normalise(other[place][at])
    ]


def _head(cells: Sequence[str]) -> str:
    """The words nearest to a cell that are no figure."""
    return next((words for cell in reversed(cells) if (words := cell.strip()) and not _is_figure(words)), "")


def _is_figure(words: str) -> bool:
    return not any(char.isalpha() for char in words)


def shown(diff: Mapping[str, Any]) -> list[str]:
    """A stored difference, as lines for people."""
    lines = [
        f"{sign} {line}"
        for part in diff["paragraphs"]
        for sign, came in (("-", part["before"]), ("+", part["after"]))
        for line in came
    ]
    for cell in diff["figures"]:
        place = " / ".join(filter(None, (cell["row"], cell["column"])))
        lines.append(f"~ table {cell['table'] + 1}, {place}: {_said(cell['before'])} -> {_said(cell['after'])}")
    for name, (before, after) in diff["metadata"].items():
        lines.append(f"~ {name}: {_said(before)} -> {_said(after)}")
    return lines


def _said(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) and value else str(value) if value else "nothing"

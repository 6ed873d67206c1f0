"""How the command line shows things: tables for people, JSON for programs, progress on a terminal only."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import click

Row = Mapping[str, Any]
Columns = Sequence[tuple[str, str]]  # key in the row, heading


def as_json(value: object) -> None:
    """One JSON value on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def as_lines(rows: Iterable[Row]) -> None:
    """One JSON object a line, as they come."""
    for row in rows:
        click.echo(json.dumps(dict(row), ensure_ascii=False, default=str))


def as_table(rows: Iterable[Row], columns: Columns, title: str | None = None) -> int:
    """A table on a terminal, tab-separated lines elsewhere; tells how many rows."""
    count = 0
    if not sys.stdout.isatty():
        click.echo("\t".join(heading for _, heading in columns))
        for row in rows:
            click.echo("\t".join(_cell(row.get(key)) for key, _ in columns))
            count += 1
        return count
    from rich.console import Console  # noqa: PLC0415 - plain output does not need it
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(title=title, title_justify="left", header_style="bold", show_lines=False)
    for _, heading in columns:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row.get(key))) for key, _ in columns))  # not a str: a page's words are no markup
        count += 1
    Console().print(table)
    return count


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return "" if value is None else " ".join(str(value).split())


class Bar(Protocol):
    """A progress bar as its users see it."""

    def advance(self) -> None: ...
    def at(self, done: int, total: int) -> None: ...


class _Silent:
    def advance(self) -> None:
        """Nobody watches."""

    def at(self, done: int, total: int) -> None:
        """As above."""


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Bar]:
    """A bar on stderr where that is a terminal."""
    if not sys.stderr.isatty():
        yield _Silent()
        return
    from rich import progress as rich_progress  # noqa: PLC0415 - only where somebody watches
    from rich.console import Console  # noqa: PLC0415 - as above

    bar = rich_progress.Progress(
        rich_progress.SpinnerColumn(),
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeElapsedColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=total)

        class Shown:
            def advance(self) -> None:
                bar.advance(task)

            def at(self, done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

        yield Shown()

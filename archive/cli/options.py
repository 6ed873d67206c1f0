"""What the commands have in common: their options, and the archive they read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from archive.archive import Archive

F = TypeVar("F", bound=Callable[..., Any])


def archive_option(command: F) -> F:
    return click.option(
        "--archive", "archive_path", type=click.Path(path_type=Path, dir_okay=False), default=Path("gongkai.db"),
        envvar="GONGKAI_ARCHIVE", show_default=True, show_envvar=True, help="the archive file",
    )(command)  # fmt: skip


def json_option(command: F) -> F:
    return click.option("--json", "json_out", is_flag=True, help="JSON for programs")(command)


def portals_option(command: F) -> F:
    return click.option(
        "--portals", "folders", type=click.Path(path_type=Path, exists=True, file_okay=False), multiple=True,
        envvar="GONGKAI_PORTALS", help="a folder of portal files, beside those that come with gongkai",
    )(command)  # fmt: skip


def html_option(words: str) -> Callable[[F], F]:
    """Where a report is to be written as a page; see `placed`."""
    return click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help=words)


def placed(page: Path | None) -> None:
    """Refuse a page that has no folder to be written to: before the night, not after."""
    if page is not None and not page.parent.is_dir():
        raise click.UsageError(f"--html {page}: there is no directory {page.parent}: create it first")


def reading(path: Path) -> Archive:
    """The archive, opened for reading."""
    from archive.archive import Archive

    return Archive.open(path, write=False)

"""The command line: `gongkai`."""

from __future__ import annotations

import errno
import sqlite3
from json import JSONDecodeError
from typing import Any

import click

from archive.cli import crawling, keeping, looking
from archive.errors import NO_ROOM, ArchiveError


class Commands(click.Group):
    """A group whose commands fail with a sentence, not with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ArchiveError as error:
            raise click.ClickException(str(error)) from error
        except (sqlite3.DatabaseError, JSONDecodeError) as error:
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
                raise click.ClickException(NO_ROOM) from error
            raise click.ClickException(f"the archive cannot be read: {error}: `gongkai verify` says more") from error
        except (OSError, UnicodeEncodeError, OverflowError) as error:
            if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise click.ClickException(f"{error.filename or 'what was to be written'}: {NO_ROOM}") from error
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="gongkai")
def main() -> None:
    """Crawl the portals of Chinese governments for their annual reports on information disclosure, keep what they
    say as evidence, and read it.

    First steps: `gongkai demo`, then `gongkai crawl PORTAL`, `gongkai reports`, `gongkai search 依申请公开`.
    """


for _command in (
    crawling.crawl,
    crawling.nightly,
    crawling.report,
    crawling.doctor,
    crawling.probe,
    crawling.portals,
    crawling.leads,
    crawling.demo,
    looking.extract,
    looking.derive,
    looking.reports,
    looking.show_report,
    looking.history,
    looking.changes,
    looking.search,
    looking.duplicates,
    looking.reuse,
    looking.stats,
    keeping.export,
    keeping.import_group,
    keeping.verify,
    keeping.merge,
    keeping.backup,
    keeping.compress,
):
    main.add_command(_command)

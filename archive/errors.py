"""What can be wrong with an archive. Each message names the file and says what to do."""

# ruff: noqa: N818 - their names say what is wrong, "Error" would add nothing

from __future__ import annotations

NO_ROOM = (
    "no room left on the disk, or in the directory for temporary files (TMPDIR): make room and repeat the command;"
    " what was committed is kept"
)


class ArchiveError(Exception):
    """The base of all of them."""


class NotAnArchive(ArchiveError):
    """Raised on opening: there is no such file, or it is something else."""


class NewerArchive(ArchiveError):
    """Raised on opening: a newer gongkai wrote the file."""


class OlderArchive(ArchiveError):
    """Raised on opening: an older gongkai wrote the file, and it cannot be brought up to date."""


class Unwritable(ArchiveError):
    """Raised on writing: the file takes nothing more, whatever is tried."""


class ReadOnlyArchive(Unwritable):
    """Raised on opening for writing, or on writing, where file, directory or mode do not allow it."""


class LockedArchive(ArchiveError):
    """Raised by `lock` and by a write that waited in vain: another process works on the file."""


class FullDisk(Unwritable):
    """Raised on opening and on writing: there is no room for what is to be written."""


class DamagedBody(ArchiveError):
    """Raised on reading a body back: its bytes do not have the hash they were kept under."""


class NoSuchVisit(ArchiveError):
    """Raised by `keep`, `file` and `capture`: they name a visit that was not kept."""


class NoSuchReport(ArchiveError):
    """Raised by `report`: nothing, or more than one thing, answers to the words given."""


class BadQuery(ArchiveError):
    """Raised for a condition SQLite cannot read, and for search words that hold nothing to search for."""

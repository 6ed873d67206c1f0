"""One writer at a time: a lock file beside the archive that says who holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import LockedArchive, NotAnArchive, ReadOnlyArchive

_LONGEST = 4096  # bytes of what is said of the holder


@contextmanager
def lock(path: Path | str, purpose: str) -> Iterator[None]:
    """Hold the archive for one process.

    The kernel's lock counts, not the file: it ends with its process, so what a killed one left behind never blocks.
    The file itself stays, for to remove it would let two others hold one name each. It lies beside the archive, not
    beside a symbolic link to it.
    """
    beside = Path(f"{Path(path).resolve()}.lock")
    try:
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except FileNotFoundError as error:
        raise NotAnArchive(f"{path}: there is no directory {beside.parent}: create it first") from error
    except OSError as error:
        raise ReadOnlyArchive(
            f"{beside}: cannot be written ({error.strerror}): make the archive's directory writable"
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, _LONGEST).decode("utf-8", "replace").strip() or "another process"
            raise LockedArchive(f"{path}: in use by {holder}: wait until it ends, or stop it") from error
        os.ftruncate(descriptor, 0)
        said = f"process {os.getpid()} ({purpose}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC)\n"
        with suppress(OSError):  # on a full disk it stays unsaid who holds it
            os.write(descriptor, said.encode("utf-8", "replace")[:_LONGEST])
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)

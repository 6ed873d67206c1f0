"""Files that appear under their names when they are whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Where to write what becomes `target` in the end; what fails on the way leaves nothing behind."""
    unfinished = target.with_name(f"{target.name}.part")
    try:
        yield unfinished
        unfinished.replace(target)
    except OSError as error:
        if error.filename is None:  # of a write that fails Python does not say where
            error.filename = str(unfinished)
        raise
    finally:
        unfinished.unlink(missing_ok=True)

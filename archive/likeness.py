"""Which of a portal's last bodies a new one is most like: told by the pieces of markup they share."""

from __future__ import annotations

import sqlite3
from array import array
from collections import OrderedDict, deque
from collections.abc import Callable
from zlib import crc32

# Measured on pages of 36 real templates: the choice among the last 30 costs 5 % more bytes than to try all of them.
_LAST = 30  # bodies of a portal that are looked at
_PORTALS = 256  # whose last bodies are in memory, some 15 kB each: a crawl has as many open at once
_LOOK = 1 << 15  # bytes at the front of a body that are looked at
_PIECE = 24  # bytes of the shortest piece that tells anything
_ONE_IN = 4  # pieces that are taken, told by their own hash and thus the same ones in every body
FEW = 8  # pieces: with fewer there is nothing to go by

# Where one piece ends and another begins, in HTML, JSON and style sheets.
_ENDS = bytes.maketrans(b">,}", b"\n\n\n")

Sketch = frozenset[int]
_Last = deque[tuple[str, "array[int]"]]  # oldest first; a set takes twenty times the room of an array

# Visits of a portal that brought a body; the condition is that of the index `visits_that_brought`.
BROUGHT = "portal = ? AND body IS NOT NULL AND outcome NOT IN ('same_bytes', 'not_modified')"
_CAME = f"SELECT body FROM visits WHERE {BROUGHT} ORDER BY id DESC LIMIT ?"  # noqa: S608 - a constant


def sketch(raw: bytes) -> Sketch:
    """A small part of what a body is made of, to compare it by."""
    pieces = raw[:_LOOK].translate(_ENDS).split(b"\n")
    return frozenset([mark for piece in pieces if len(piece) >= _PIECE and not (mark := crc32(piece)) % _ONE_IN])


class Likeness:
    """The last bodies of each portal, read back from the archive where they are not in memory."""

    def __init__(self, connection: sqlite3.Connection, read: Callable[[str], bytes | None]) -> None:
        self._connection = connection
        self._read = read
        self._portals: OrderedDict[str, _Last] = OrderedDict()

    def nearest(self, portal: str, pieces: Sketch, at_address: str | None) -> tuple[str | None, int]:
        """The body most like these pieces, the later of two, and how many of them it shares.

        `at_address` is the last body at the same address: it is looked at too, and taken where there is little to
        compare by.
        """
        known = [*self._of(portal)]
        if at_address is not None and (raw := self._read(at_address)) is not None:
            known.append((at_address, array("I", sketch(raw))))
        shared, _, best = max(
            ((len(pieces.intersection(other)), n, key) for n, (key, other) in enumerate(known)), default=(0, 0, None)
        )
        if not shared:
            best = at_address if len(pieces) < FEW else None
        return best, shared

    def begin(self, portal: str) -> None:
        """Compare with nothing but what is added from here on."""
        self._portals[portal] = deque(maxlen=_LAST)

    def add(self, portal: str, sha256: str, pieces: Sketch) -> None:
        self._of(portal).append((sha256, array("I", pieces)))

    def forget(self) -> None:
        """What is in memory may have been undone in the archive."""
        self._portals.clear()

    def _of(self, portal: str) -> _Last:
        if portal not in self._portals:
            came = [key for (key,) in self._connection.execute(_CAME, [portal, _LAST])]
            read = ((key, self._read(key)) for key in reversed(dict.fromkeys(came)))  # each once, the last one last
            known = ((key, array("I", sketch(raw))) for key, raw in read if raw is not None)
            self._portals[portal] = deque(known, maxlen=_LAST)
            if len(self._portals) > _PORTALS:
                self._portals.popitem(last=False)
        self._portals.move_to_end(portal)
        return self._portals[portal]

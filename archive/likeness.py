"""Which of a portal's last bodies a new one is most like: told by the pieces of markup they share."""

from __future__ import annotations

import sqlite3
from array import array
from collections import OrderedDict, deque
from collections.abc import Callable
from struct import Struct
from zlib import crc32

# Measured on pages of 36 real templates: the choice among the last 30 costs 5 % more bytes than to try all of them.
_LAST = 30  # bodies of a portal that are looked at
_PORTALS = 256  # whose last bodies are in memory, some 40 kB each: a crawl has as many open at once
_LOOK = 1 << 12  # bytes at the front of a body that are looked at: twice as many take twice the time, for 0.5 % less
_PIECE = 24  # bytes of the shortest piece that tells anything
_ONE_IN = 4  # pieces that are taken, told by their own hash and thus the same ones in every body
FEW = 8  # pieces: with fewer there is nothing to go by

# Where one piece ends and another begins, in HTML, JSON and style sheets.
_ENDS = bytes.maketrans(b">,}", b"\n\n\n")

_DIGIT = 16  # bits: a sketch has fewer marks than these can count
_DIGITS = Struct(f"<{_LAST}H")

Sketch = frozenset[int]

# Visits of a portal that brought a body; the condition is that of the index `exchanges_that_brought`.
BROUGHT = "portal = ? AND body IS NOT NULL AND outcome NOT IN ('same_bytes', 'not_modified')"
_CAME = f"""SELECT (SELECT sha256 FROM bodies WHERE id = body) FROM exchanges WHERE {BROUGHT}
ORDER BY id DESC LIMIT ?"""  # noqa: S608 - a constant


def sketch(raw: bytes) -> Sketch:
    """A small part of what a body is made of, to compare it by."""
    pieces = raw[:_LOOK].translate(_ENDS).split(b"\n")
    return frozenset([mark for piece in pieces if len(piece) >= _PIECE and not (mark := crc32(piece)) % _ONE_IN])


class _Last:
    """The last bodies of a portal. A mark's number has a digit for each of them, 1 where that body has the mark.

    So the sum of the numbers of some marks tells at once how many of them each body has.
    """

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._bodies: deque[tuple[str, int, array[int]]] = deque()  # oldest first, each with the place of its digit

    def add(self, sha256: str, pieces: Sketch) -> None:
        place = len(self._bodies) * _DIGIT
        if len(self._bodies) == _LAST:
            _, place, marks = self._bodies.popleft()
            for mark in marks:
                if not (rest := self._numbers[mark] - (1 << place)):
                    del self._numbers[mark]
                else:
                    self._numbers[mark] = rest
        for mark in pieces:
            self._numbers[mark] = self._numbers.get(mark, 0) + (1 << place)
        self._bodies.append((sha256, place, array("I", pieces)))

    def nearest(self, pieces: Sketch) -> tuple[int, str | None]:
        """How many of the pieces the body shares that shares most, and which it is, the later of two."""
        total = sum(filter(None, map(self._numbers.get, pieces)))
        shared = _DIGITS.unpack(total.to_bytes(_DIGITS.size, "little"))
        most = max(shared)
        return most, next((key for key, place, _ in reversed(self._bodies) if shared[place // _DIGIT] == most), None)


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
        shared, best = self._of(portal).nearest(pieces)
        if at_address not in {None, best} and (raw := self._read(at_address)) is not None:
            its = len(pieces & sketch(raw))
            shared, best = max((its, at_address), (shared, best), key=lambda found: found[0])
        if not shared:
            best = at_address if len(pieces) < FEW else None
        return best, shared

    def begin(self, portal: str) -> None:
        """Compare with nothing but what is added from here on."""
        self._portals[portal] = _Last()

    def add(self, portal: str, sha256: str, pieces: Sketch) -> None:
        self._of(portal).add(sha256, pieces)

    def forget(self) -> None:
        """What is in memory may have been undone in the archive."""
        self._portals.clear()

    def _of(self, portal: str) -> _Last:
        if portal not in self._portals:
            came = [key for (key,) in self._connection.execute(_CAME, [portal, _LAST])]
            read = ((key, self._read(key)) for key in reversed(dict.fromkeys(came)))  # each once, the last one last
            self._portals[portal] = _Last()
            for key, raw in read:
                if raw is not None:
                    self._portals[portal].add(key, sketch(raw))
            if len(self._portals) > _PORTALS:
                self._portals.popitem(last=False)
        self._portals.move_to_end(portal)
        return self._portals[portal]

"""Which blocks of the index of near copies may have a key: a Bloom filter for each, all in memory.

One word holds what the filters of many blocks have at one place, the first of them in its lowest bit and first byte, so
that one look answers for all of them. The machine must be little-endian.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

PLACES = 1 << 21  # bits of the filter of a block
EIGHT = 8  # blocks whose bits at a place are a byte, and are stored together
_WIDTHS: dict[int, Literal["B", "H", "I", "Q"]] = {1: "B", 2: "H", 4: "I", 8: "Q"}  # of a word, in bytes
_WIDEST = EIGHT * max(_WIDTHS)  # blocks that one word can hold
# A key has four places, on one page of memory, and the first two as near as can be: it is memory that is waited for.
_LAST, _ON_PAGE = PLACES - 1, 511


class Filters:
    """The filters of all blocks, by the number of the block; keys have 40 bits."""

    def __init__(self) -> None:
        # each of `_WIDEST` blocks, the last of as many as there are: as they lie in memory, and as words
        self._bytes: list[bytearray] = []
        self._words: list[memoryview] = []

    def mark(self, block: int, keys: Iterable[int]) -> None:
        """A block has these keys."""
        self._grow(block // EIGHT)
        volume, at = divmod(block, _WIDEST)
        words, bit = self._words[volume], 1 << at
        for key in keys:
            one = key >> 19 & _LAST
            words[one] |= bit
            words[one ^ (key >> 14 & 30 | 1)] |= bit
            words[one ^ key & _ON_PAGE] |= bit
            words[one ^ key >> 9 & _ON_PAGE] |= bit

    def having(self, keys: Sequence[int]) -> list[tuple[int, int]]:
        """Blocks that may have one of the keys, each with that key."""
        found = []
        for volume, words in enumerate(self._words):
            for key in keys:
                one = key >> 19 & _LAST
                blocks = words[one] & words[one ^ (key >> 14 & 30 | 1)]
                if blocks:
                    blocks &= words[one ^ key & _ON_PAGE] & words[one ^ key >> 9 & _ON_PAGE]
                    while blocks:
                        at = blocks.bit_length() - 1
                        blocks ^= 1 << at
                        found.append((_WIDEST * volume + at, key))
        return found

    def plane(self, eight: int) -> bytes:
        """The bits of eight blocks, a byte for each place."""
        volume, at = self._grow(eight)
        return bytes(volume[at :: len(volume) // PLACES])

    def lay(self, eight: int, plane: bytes) -> None:
        """Take the bits of eight blocks as `plane` gave them."""
        volume, at = self._grow(eight)
        volume[at :: len(volume) // PLACES] = plane

    def _grow(self, eight: int) -> tuple[bytearray, int]:
        """Where eight blocks are; words become wider as they need to."""
        volume, at = divmod(eight, EIGHT)
        while volume >= len(self._bytes):
            self._bytes.append(bytearray(PLACES))
            self._words.append(memoryview(self._bytes[-1]))
        while at >= (width := len(self._bytes[volume]) // PLACES):
            wider = bytearray(2 * width * PLACES)
            for byte in range(width):
                wider[byte :: 2 * width] = self._bytes[volume][byte::width]
            self._bytes[volume], self._words[volume] = wider, memoryview(wider).cast(_WIDTHS[2 * width])
        return self._bytes[volume], at

"""Bytes of a file from an offset on, plain or unpacked: looked at before they are taken, never more than asked for."""

from __future__ import annotations

import zlib
from typing import BinaryIO

_PIECE = 1 << 16  # bytes unpacked, or read where nothing is packed, at a time
_PACKED = 1 << 14  # packed bytes read at a time: most members are shorter


class Broken(Exception):  # noqa: N818 - as in archive.errors: the name says what is wrong
    """Raised where packed bytes cannot be unpacked further."""


class Flow:
    """A plain file to its end. `at` counts what was taken."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self.start = start
        self.at = 0
        self._file = file
        self._held = b""
        self._from = 0  # of what is held, how much was taken
        file.seek(start)

    def look(self, size: int) -> bytes:
        """The next bytes, fewer only at the end; they are not taken."""
        while len(self._held) - self._from < size and (piece := self._more()):
            self._held = self._held[self._from :] + piece
            self._from = 0
        return self._held[self._from : self._from + size]

    def take(self, size: int) -> bytes:
        """The next bytes, fewer only at the end."""
        pieces = [self._held[self._from : self._from + size]]
        self._from += len(pieces[0])
        left = size - len(pieces[0])
        while left and (piece := self._more()):
            pieces.append(piece[:left])
            self._held, self._from = piece, len(pieces[-1])
            left -= len(pieces[-1])
        self.at += size - left
        return b"".join(pieces)

    def drop(self, size: int) -> int:
        """Pass over so many bytes; how many there were."""
        left = size
        while left and (seen := len(self.take(min(left, _PIECE)))):
            left -= seen
        return size - left

    @property
    def read(self) -> int:
        """How far the file was read for it, in bytes."""
        return self._file.tell() - self.start

    def _more(self) -> bytes:
        return self._file.read(_PIECE)


class Member(Flow):
    """What a gzip member holds. Once it was read to its end, `end` is where it ends in the file."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        super().__init__(file, start)
        self.end = start
        self._unpacker = zlib.decompressobj(zlib.MAX_WBITS + 16)

    def _more(self) -> bytes:
        while not self._unpacker.eof:
            packed = self._unpacker.unconsumed_tail or self._file.read(_PACKED)
            if not packed:
                raise Broken("the file ends before the gzip member does")
            try:
                piece = self._unpacker.decompress(packed, _PIECE)
            except zlib.error as error:
                raise Broken(str(error)) from error
            if self._unpacker.eof:
                self.end = self._file.tell() - len(self._unpacker.unused_data)
            if piece:
                return piece
        return b""

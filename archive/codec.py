"""How a body lies in the file: compressed where that shrinks it, and checked when it is read back."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from archive.errors import DamagedBody

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LEVEL = 3  # of zstd: ten times as fast as level 10, which makes a page a tenth smaller


class Packer:
    """A compressor whose tables are made once and not once a page."""

    def __init__(self) -> None:
        self._compressor = zstd.ZstdCompressor(_LEVEL)

    def pack(self, raw: bytes) -> tuple[str, bytes]:
        """Codec and bytes to store."""
        packed = self._compressor.compress(raw, zstd.ZstdCompressor.FLUSH_FRAME)
        return ("zstd", packed) if len(packed) < len(raw) else ("none", raw)


def unpack(path: Path, sha256: str, size: int, codec: str, stored: bytes) -> bytes:
    """The bytes of a row of `bodies`; `DamagedBody` where they are not what was kept."""
    try:
        # A damaged frame may announce any size: one byte more than was kept is enough to tell.
        raw = zstd.ZstdDecompressor().decompress(stored, max_length=size + 1) if codec == "zstd" else stored
        fault = "" if hashlib.sha256(raw).hexdigest() == sha256 and len(raw) == size else "is not what was kept"
    except zstd.ZstdError as error:
        raw, fault = b"", f"cannot be unpacked ({error})"
    if fault:
        raise DamagedBody(f"{path}: body {sha256} {fault}: take it from another copy of the archive")
    return raw

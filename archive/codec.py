"""How bytes are packed: zstd, by itself or against other bytes that both sides have."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FAST = 2  # of zstd: a third faster than 3, for 2 % more bytes; level 10 makes a page a tenth smaller
_NEAR = 1 << 20  # bytes: what lies further back than this, the fast levels do not find by themselves
_WIDEST = 27  # log2 of the window that a decoder takes unasked, 128 MB
_SHORTEST = 8  # bytes of the least that zstd takes for a reference


def pack(raw: bytes, reference: bytes = b"", level: int = FAST) -> tuple[str, bytes]:
    """Codec and bytes to store; `none` where nothing makes them smaller."""
    parameter = zstd.CompressionParameter
    options: dict[int, int] = {parameter.compression_level: level}
    if reference and (both := len(raw) + len(reference)) > _NEAR:
        options |= {
            parameter.window_log: min(both.bit_length(), _WIDEST),
            parameter.enable_long_distance_matching: 1,
        }
    packed = zstd.compress(raw, options=options, zstd_dict=_prefix(reference))
    return ("zstd", packed) if len(packed) < len(raw) else ("none", raw)


def unpack(codec: str, stored: bytes, size: int, reference: bytes = b"") -> bytes:
    """What was packed, against the same reference; `ZstdError` where it cannot be had.

    A damaged frame may announce any size: at most one byte more than `size` comes back.
    """
    if codec != "zstd":
        return stored
    return zstd.ZstdDecompressor(zstd_dict=_prefix(reference)).decompress(stored, max_length=size + 1)


def _prefix(reference: bytes) -> tuple[zstd.ZstdDict, int] | None:
    return zstd.ZstdDict(reference, is_raw=True).as_prefix if len(reference) >= _SHORTEST else None


ZstdError = zstd.ZstdError

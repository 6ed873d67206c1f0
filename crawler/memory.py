"""Memory that was freed goes back to the system.

glibc keeps what lies between two pieces that are in use, and in a crawl, which holds pages of all sizes for a while,
that grows: after 30,000 pages it was 110 of 640 MB (benchmarks/longrun.py).
"""

from __future__ import annotations

import asyncio
import ctypes


async def give_back(every: float = 30.0) -> None:
    """Hand back what is free every so many seconds, until cancelled; returns where the C library does not offer it."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim is not None:
        await asyncio.sleep(every)
        await asyncio.to_thread(trim, 0)  # it takes longer than the event loop may be held

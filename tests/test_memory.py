"""A crawl of many portals does not fill the memory."""

import asyncio
import platform
from contextlib import suppress
from pathlib import Path

import pytest

from crawler.memory import give_back

PAGE = 20_000  # bytes


def resident():
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what was freed")
def test_what_lies_free_between_pages_in_use_goes_back_to_the_system():
    pages = [bytes([number % 251]) * PAGE for number in range(5000)]
    pages = pages[::8]
    before = resident()
    with suppress(TimeoutError):
        asyncio.run(asyncio.wait_for(give_back(every=0.01), 1))
    assert before - resident() > 4000 * PAGE / 2
    assert len(pages) == 625  # and these are in use

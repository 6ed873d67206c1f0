"""What time it is, in one order: the clock of a machine may be set back while it crawls."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock

logger = logging.getLogger(__name__)

_NOTED = 1.0  # seconds back that are worth a word; less is how a clock is kept right


class Clock:
    """Goes with the machine's clock, but never back: then it goes on by the steady one, until the other is past it."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._last = (wall(), steady())
        self._back = False  # said already
        self._turn = Lock()

    def __call__(self) -> datetime:
        with self._turn:
            wall, steady = self._wall(), self._steady()
            then, at = self._last
            behind = then + steady - at - wall
            if wall < then and behind > _NOTED and not self._back:
                logger.warning("The clock was set back by %.0f seconds: visits are timed as if it were not", behind)
                self._back = True
            self._last = (wall if wall >= then else then + steady - at, steady)
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=self._last[0])


now = Clock()

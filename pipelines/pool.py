"""`derive` beside the event loop: worker processes that a hostile page cannot take along.

A worker is a fresh Python that is handed one page at a time over a socket. What kills it, overruns its time or eats
its memory costs that one page, which is filed as unreadable with the reason; a new worker takes the next.
"""

from __future__ import annotations

import logging
import os
import queue
import resource
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import NoReturn, Self, TypeVar, cast

from pipelines import derive, unreadable
from pipelines.records import Capture, Report

T = TypeVar("T")
logger = logging.getLogger(__name__)

SECONDS = 60.0  # of processor time a page may take; real ones take 0.01 to 0.2
MEMORY = 2 << 30  # bytes of address space a worker may have
_PATIENCE = 5  # times SECONDS by the clock, after which a worker that does not even react is killed
_HOME = Path(__file__).parents[1]
_NICE = 15  # so that derivation never starves the event loop


class Pool:
    """Worker processes for `derive`; every capture gives a report, or None once the pool is closed."""

    def __init__(self, workers: int | None = None, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.workers = workers or os.cpu_count() or 1
        self._limits = (seconds, memory)
        self._jobs: queue.SimpleQueue[tuple[Capture, Future[Report | None]] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closing = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, capture: Capture) -> Future[Report | None]:
        """Have a capture derived; the future never raises."""
        future: Future[Report | None] = Future()
        if len(self._threads) < self.workers:  # a crawl that finds nothing new starts no worker
            thread = threading.Thread(target=self._tend, name=f"derive-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.put((capture, future))
        return future

    def map(self, captures: Iterable[tuple[T, Capture]]) -> Iterator[tuple[T, Report]]:
        """Derive many, in order, with no more of them in memory than keep the workers busy."""
        window: deque[tuple[T, Future[Report | None]]] = deque()
        for key, capture in captures:
            window.append((key, self.submit(capture)))
            if len(window) >= 4 * self.workers:
                yield from _settled(window.popleft())
        while window:
            yield from _settled(window.popleft())

    def abandon(self) -> None:
        """Leave what no worker has begun: its futures give None."""
        self._closing = True

    def close(self) -> None:
        """Finish what was begun and end the workers."""
        self.abandon()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _tend(self) -> None:
        """Hand pages to one worker, and a new one after each that died."""
        worker: _Worker | None = None
        while job := self._jobs.get():
            capture, future = job
            if self._closing:
                future.set_result(None)
                continue
            worker = worker or _Worker(*self._limits)
            answer = worker.read(capture)
            if answer is None:
                worker = None
                answer = unreadable(capture, "crashed", "the worker process ended")
            future.set_result(answer)
        if worker:
            worker.end()


def _settled(pair: tuple[T, Future[Report | None]]) -> Iterator[tuple[T, Report]]:
    key, future = pair
    if report := future.result():
        yield key, report


class _Worker:
    """One worker process, seen from outside."""

    def __init__(self, seconds: float, memory: int) -> None:
        self._clock = seconds * _PATIENCE
        self._line, theirs = Pipe()
        with theirs:
            # A new session: Ctrl-C is for the crawl, which ends its workers in order.
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter with fixed words
                [sys.executable, "-P", "-m", "pipelines.pool", str(theirs.fileno()), str(seconds), str(memory)],
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_HOME), *filter(None, sys.path)])},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # whatever a library prints must not mix with what a command prints
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def read(self, capture: Capture) -> Report | None:
        """The report on a capture; None when the worker died of it."""
        report: Report | None = None
        try:
            self._line.send(capture)
            if self._line.poll(self._clock):
                return cast("Report", self._line.recv())
            report = unreadable(capture, "timeout", "the worker process did not react")
        except (EOFError, OSError) as error:
            logger.warning("a worker ended while it read %s (%r)", capture.url, error)
        self._process.kill()
        self.end()
        return report

    def end(self) -> None:
        self._line.close()
        self._process.wait()


class _Overrun(BaseException):
    """Raised in a worker whose time is up; no `except Exception` on the way may take it for a page's fault."""


def _overrun(*_: object) -> NoReturn:
    raise _Overrun


def _work(line: Connection, seconds: float, memory: int) -> None:
    """A worker's life: one capture in, one report out, until the line is closed."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash leaves no core file behind
    signal.signal(signal.SIGPROF, _overrun)
    while True:
        try:
            capture: Capture = line.recv()
        except EOFError:
            return
        line.send(_read(capture, seconds))


def _read(capture: Capture, seconds: float) -> Report:
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            return derive(capture)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except _Overrun:
        return unreadable(capture, "timeout", f"reading this page takes more than {seconds:g} seconds")
    except MemoryError:
        return unreadable(capture, "out_of_memory", "reading this page takes more memory than a worker may have")
    except Exception as error:  # noqa: BLE001  # whatever a page makes go wrong costs that page only, and says so
        return unreadable(capture, "crashed", f"reading this page fails: {error!r}")


if __name__ == "__main__":
    _work(Connection(int(sys.argv[1])), float(sys.argv[2]), int(sys.argv[3]))

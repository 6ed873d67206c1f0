"""Reading pages beside the event loop: worker processes that a hostile page cannot take along.

A worker is a fresh Python that is handed one page at a time over a socket. What kills it, overruns its time or eats
its memory costs that one page, which is filed as unreadable with the reason; a new worker takes the next.
"""

from __future__ import annotations

import importlib
import itertools
import logging
import os
import pickle
import queue
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from enum import IntEnum
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, NoReturn, Self, TypeVar, cast

from pipelines import derive, unreadable
from pipelines.records import Capture, Report

T = TypeVar("T")
logger = logging.getLogger(__name__)

SECONDS = 60.0  # of processor time a page may take; real ones take 0.01 to 0.2
MEMORY = 2 << 30  # bytes of address space a worker may have
_PATIENCE = 5  # times SECONDS by the clock, after which a worker that does not even react is killed
_LULL = 0.1  # seconds without a new capture, after which a crawl leaves its core to the last worker
_HOME = Path(__file__).parents[1]
_NICE = 19  # so that derivation never starves the event loop


class Task(IntEnum):
    """What a worker does with a capture; the lower one goes first."""

    LIST = 0  # a crawl waits for it
    DERIVE = 1


@dataclass(frozen=True, slots=True)
class Parcel:
    """A report as it came from its worker. Until it is filed it stays so: thousands of small objects that wait make
    every garbage collection hold the event loop.
    """

    packed: bytes

    def open(self) -> Report:
        return cast("Report", pickle.loads(self.packed))  # noqa: S301  # from our own worker


_Given = tuple[Capture, *tuple[object, ...]]  # what a reader is called with
_Job = tuple[Task, int, _Given, Future[Any]]
_LAST = 2  # goes behind every task


class Pool:
    """Worker processes that read pages; every capture gives an answer, or None once the pool is closed."""

    def __init__(
        self,
        workers: int | None = None,
        *,
        beside: bool = False,
        seconds: float = SECONDS,
        memory: int = MEMORY,
        look: str = "",
    ) -> None:
        """`beside` a crawl one of several workers reads only lists as long as captures keep coming.

        `look` names the function that reads listings (`module:function`); a worker calls it with what `look` is given.
        """
        self.workers = workers or os.cpu_count() or 1
        self._waits = beside and self.workers > 1
        self._came = 0.0  # when the last capture came
        self._limits = (seconds, memory, look)
        self._jobs: queue.PriorityQueue[_Job | tuple[int, int]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._threads: list[threading.Thread] = []
        self._closing = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, capture: Capture) -> Future[Parcel | None]:
        """Have a capture derived; the future raises only where no worker process can be started."""
        return self._submit(Task.DERIVE, (capture,))

    def look(self, capture: Capture, *more: object) -> Future[Any | None]:
        """Have a capture read as a listing, before all that waits to be derived; None where it cannot be read."""
        return self._submit(Task.LIST, (capture, *more))

    def _submit(self, task: Task, given: _Given) -> Future[Any]:
        future: Future[Any] = Future()
        self._came = time.monotonic()
        if len(self._threads) < self.workers:
            waits = self._waits and len(self._threads) == self.workers - 1
            name = f"reader-{len(self._threads)}"
            thread = threading.Thread(target=self._tend, args=[waits], name=name, daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.put((task, next(self._numbers), given, future))
        return future

    def map(self, captures: Iterable[tuple[T, Capture]]) -> Iterator[tuple[T, Report]]:
        """Derive many, in order, with no more of them in memory than keep the workers busy."""
        window: deque[tuple[T, Future[Parcel | None]]] = deque()
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
            self._jobs.put((_LAST, next(self._numbers)))
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _tend(self, waits: bool) -> None:
        """Hand pages to one worker, and a new one after each that died."""
        worker: _Worker | None = None
        self._pause(waits)
        while (job := self._jobs.get())[0] != _LAST:
            task, _, given, future = cast("_Job", job)
            if self._closing:
                future.set_result(None)
                continue
            try:
                worker = worker or _Worker(*self._limits)
            except OSError as error:  # of processes, files or memory there is none left: no fault of the page's
                future.set_exception(error)
                continue
            answer, alive = worker.read(task, given)
            if not alive:
                worker = None
            future.set_result(answer)
            self._pause(waits)
        if worker:
            worker.end()

    def _pause(self, waits: bool) -> None:
        """Leave a core to the crawl while it is busy, but for what it waits for itself."""
        while waits and not self._closing and time.monotonic() - self._came < _LULL and not self._awaited():
            time.sleep(_LULL)

    def _awaited(self) -> bool:
        """Whether a list is next: a heap's first is its lowest."""
        with self._jobs.mutex:
            return bool(self._jobs.queue) and self._jobs.queue[0][0] == Task.LIST


def _settled(pair: tuple[T, Future[Parcel | None]]) -> Iterator[tuple[T, Report]]:
    key, future = pair
    if parcel := future.result():
        yield key, parcel.open()


class _Worker:
    """One worker process, seen from outside."""

    def __init__(self, seconds: float, memory: int, look: str) -> None:
        self._clock = seconds * _PATIENCE
        self._line, theirs = Pipe()
        with theirs:
            # A new session: Ctrl-C is for the crawl, which ends its workers in order.
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter with fixed words
                [sys.executable, "-P", "-m", "pipelines.pool", str(theirs.fileno()), str(seconds), str(memory), look],
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(_HOME), *filter(None, sys.path)])},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # whatever a library prints must not mix with what a command prints
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def read(self, task: Task, given: _Given) -> tuple[Any, bool]:
        """The answer on a capture, and whether the worker outlived it."""
        capture = given[0]
        why = ("timeout", "the worker process did not react")
        try:
            self._line.send((task, given))
            if self._line.poll(self._clock):
                packed = self._line.recv_bytes()
                return Parcel(packed) if task is Task.DERIVE else pickle.loads(packed), True  # noqa: S301  # as above
        except (EOFError, OSError) as error:
            logger.warning("a worker ended while it read %s (%r)", capture.url, error)
            why = ("crashed", "the worker process ended")
        self._process.kill()
        self.end()
        refusal = _refusal(task, capture, *why)
        return refusal and Parcel(pickle.dumps(refusal)), False

    def end(self) -> None:
        self._line.close()
        self._process.wait()


class _Overrun(BaseException):
    """Raised in a worker whose time is up; no `except Exception` on the way may take it for a page's fault."""


def _overrun(*_: object) -> NoReturn:
    raise _Overrun


def _work(line: Connection, seconds: float, memory: int, look: str) -> None:
    """A worker's life: one capture in, one answer out, until the line is closed."""
    module, _, name = look.partition(":")
    readers = {Task.DERIVE: derive}
    if look:
        readers[Task.LIST] = getattr(importlib.import_module(module), name)
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash leaves no core file behind
    signal.signal(signal.SIGPROF, _overrun)
    while True:
        try:
            task, given = line.recv()
            line.send(_read(task, readers[task], given, seconds))
        except (EOFError, BrokenPipeError, ConnectionResetError):  # whom it works for has ended, or was killed
            return


def _read(task: Task, reader: Callable[..., Any], given: _Given, seconds: float) -> Any:
    capture = given[0]
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            return reader(*given)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except _Overrun:
        return _refusal(task, capture, "timeout", f"reading this page takes more than {seconds:g} seconds")
    except MemoryError:
        return _refusal(task, capture, "out_of_memory", "reading this page takes more memory than a worker may have")
    except Exception as error:  # noqa: BLE001  # whatever a page makes go wrong costs that page only, and says so
        return _refusal(task, capture, "crashed", f"reading this page fails: {error!r}")


def _refusal(task: Task, capture: Capture, reason: str, message: str) -> Report | None:
    """The answer on a page that could not be read: a report that says why, or no listing."""
    return unreadable(capture, reason, message) if task is Task.DERIVE else None


if __name__ == "__main__":
    # as `pipelines.pool`, so that what is sent back has the classes that the other side knows
    from pipelines.pool import _work

    _work(Connection(int(sys.argv[1])), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4])

"""One thread that owns a store: what the event loop hands it is committed in groups, and answered after the commit."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, Generic, Protocol, TypeVar

# Jobs in one transaction: enough that a commit costs little a page, few enough that their answers, which come all at
# once, do not hold the event loop.
GROUP = 24

LULL = 0.05  # seconds without a job that cannot wait, after which those that can are done
WAIT = 0.5  # seconds that they wait for company, if fewer than half a group: a commit costs more than a job
PATIENCE = 1000  # jobs that can wait, after which they wait no longer: each holds a report in memory


class Store(Protocol):
    """What can be written to in transactions."""

    def transaction(self) -> AbstractContextManager[object]: ...


S = TypeVar("S", bound=Store)
T = TypeVar("T")
_Job = tuple[Callable[[S], Any], Future[Any]]


class Writer(Generic[S]):
    """Runs jobs on the store it opens; under load a commit is shared by many, and what can wait does."""

    def __init__(self, store: Callable[[], AbstractContextManager[S]]) -> None:
        self._urgent: deque[_Job[S]] = deque()
        self._patient: deque[_Job[S]] = deque()
        self._changed = threading.Condition()
        self._last = 0.0  # when the last urgent job came
        self._oldest = 0.0  # when the first of the patient ones came
        self._closing = False
        self._store = store
        self._thread = threading.Thread(target=self._run, name="archive", daemon=True)
        self.opened: Future[None] = Future()  # raises what kept the store from opening

    def start(self) -> Future[None]:
        self._thread.start()
        return self.opened

    def do(self, job: Callable[[S], T], *, patient: bool = False) -> Future[T]:
        """Have a job done; the future is set once its transaction is committed."""
        future: Future[T] = Future()
        with self._changed:
            if patient:
                if not self._patient:
                    self._oldest = time.monotonic()
                self._patient.append((job, future))
            else:
                self._urgent.append((job, future))
                self._last = time.monotonic()
            self._changed.notify()
        return future

    def close(self) -> None:
        """Finish what was handed in and close the store."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _next(self) -> list[_Job[S]]:
        """The jobs of the next transaction; none once all is done."""
        with self._changed:
            while not self._urgent:
                if self._patient and self._is_due():
                    self._oldest = time.monotonic()
                    return [self._patient.popleft() for _ in range(min(GROUP, len(self._patient)))]
                if self._closing and not self._patient:
                    return []
                self._changed.wait(LULL if self._patient else None)
            return [self._urgent.popleft() for _ in range(min(GROUP, len(self._urgent)))]

    def _is_due(self) -> bool:
        """Whether those that can wait have waited long enough."""
        if self._closing or len(self._patient) >= PATIENCE:
            return True
        now = time.monotonic()
        return now - self._last >= LULL and (len(self._patient) >= GROUP // 2 or now - self._oldest >= WAIT)

    def _run(self) -> None:
        try:
            with self._store() as store:
                self.opened.set_result(None)
                self._work(store)
        except BaseException as error:  # whoever waits for the store must learn why it did not open
            if self.opened.done():
                raise
            self.opened.set_exception(error)

    def _work(self, store: S) -> None:
        while jobs := self._next():
            for _, future in jobs:  # no longer to be called off; what was, as Ctrl-C does, is done all the same
                future.set_running_or_notify_cancel()
            if not self._commit(store, jobs) and len(jobs) > 1:
                for job in jobs:  # one of them fails: each for itself, so that only that one does
                    self._commit(store, [job])

    def _commit(self, store: S, jobs: list[_Job[S]]) -> bool:
        """Do a group in one transaction; a job that fails alone is told so."""
        try:
            with store.transaction():
                results = [job(store) for job, _ in jobs]
        except Exception as error:  # noqa: BLE001  # it is for whoever asked to judge
            if len(jobs) == 1 and not jobs[0][1].cancelled():
                jobs[0][1].set_exception(error)
            return False
        for (_, future), result in zip(jobs, results, strict=True):
            if not future.cancelled():
                future.set_result(result)
        return True

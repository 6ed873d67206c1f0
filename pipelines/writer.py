"""One thread that owns a store: what the event loop hands it is committed in groups, and answered after the commit."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, Generic, Protocol, TypeVar

GROUP = 64  # jobs in one transaction: enough that a commit costs little a page, few enough that nobody waits long


class Store(Protocol):
    """What can be written to in transactions."""

    def transaction(self) -> AbstractContextManager[object]: ...


S = TypeVar("S", bound=Store)
T = TypeVar("T")


class Writer(Generic[S]):
    """Runs jobs on the store it opens, in the order they were given; under load a commit is shared by many."""

    def __init__(self, store: Callable[[], AbstractContextManager[S]]) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[S], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._store = store
        self._thread = threading.Thread(target=self._run, name="archive", daemon=True)
        self.opened: Future[None] = Future()  # raises what kept the store from opening

    def start(self) -> Future[None]:
        self._thread.start()
        return self.opened

    def do(self, job: Callable[[S], T]) -> Future[T]:
        """Have a job done; the future is set once its transaction is committed."""
        future: Future[T] = Future()
        self._jobs.put((job, future))
        return future

    def close(self) -> None:
        """Finish what was handed in and close the store."""
        self._jobs.put(None)
        self._thread.join()

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
        going = True
        while going:
            group = [self._jobs.get()]
            while len(group) < GROUP and not self._jobs.empty():
                group.append(self._jobs.get())
            jobs = [job for job in group if job]
            going = len(jobs) == len(group)
            if not self._commit(store, jobs) and len(jobs) > 1:
                for job in jobs:  # one of them fails: each for itself, so that only that one does
                    self._commit(store, [job])

    def _commit(self, store: S, jobs: list[tuple[Callable[[S], Any], Future[Any]]]) -> bool:
        """Do a group in one transaction; a job that fails alone is told so."""
        try:
            with store.transaction():
                results = [job(store) for job, _ in jobs]
        except Exception as error:  # noqa: BLE001  # it is for whoever asked to judge
            if len(jobs) == 1:
                jobs[0][1].set_exception(error)
            return False
        for (_, future), result in zip(jobs, results, strict=True):
            future.set_result(result)
        return True

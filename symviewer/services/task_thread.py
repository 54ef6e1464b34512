"""One kind of background work, seldom wanted: its thread starts with the first request, and a new request takes the
place of the one before."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from symviewer.model.problem import Problem
from symviewer.services.mailbox import Mailbox
from symviewer.services.worker_thread import WorkerThread

T = TypeVar("T")


class TaskCancelled(Exception):
    """The person stopped the work."""


@dataclass(frozen=True, slots=True, eq=False)
class Task(Generic[T]):
    """A request and the sign that it is no longer wanted."""

    request: T
    cancelled: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raises: TaskCancelled: it is no longer wanted."""
        if self.cancelled.is_set():
            raise TaskCancelled


class TaskThread(Generic[T]):
    """Calls `handle(task)` in a thread of its own, and `failed(task, problem)` after an error. A `TaskCancelled` out of
    `handle` ends the task without a word."""

    def __init__(
        self, name: str, handle: Callable[[Task[T]], object], failed: Callable[[Task[T], Problem], object]
    ) -> None:
        self._handle = handle
        self._mailbox: Mailbox[Task[T]] = Mailbox("task")
        self._thread: WorkerThread[Task[T]] = WorkerThread(name, self._mailbox, self._run, failed)
        self._latest: Task[T] | None = None

    def begin(self, request: T) -> Task[T]:
        """Work on this, and no longer on what was asked before."""
        self.cancel()
        self._latest = task = Task(request)
        if not self._thread.isRunning():
            self._thread.start()
        self._mailbox.put("task", task)
        return task

    @property
    def latest(self) -> Task[T] | None:
        """What was asked last."""
        return self._latest

    def cancel(self) -> None:
        """Stop working on what was asked last."""
        if self._latest is not None:
            self._latest.cancelled.set()

    def stop(self) -> bool:
        """End the thread; whether it ended in time."""
        self.cancel()
        return self._thread.stop() if self._thread.isRunning() else True

    def _run(self, task: Task[T]) -> None:
        try:
            self._handle(task)
        except TaskCancelled:
            return

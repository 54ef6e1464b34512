"""A thread that lives as long as the window and works on one request after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

from PySide6.QtCore import QThread

from symviewer.model.problem import Problem
from symviewer.services.boundary import Boundary

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

log = logging.getLogger(__name__)

STOP_SECONDS: Final = 20.0
"""A thread that imports torch or runs a large model cannot be interrupted; it is given this long."""


class Requests(Protocol[T_co]):
    """Where requests come from; `take` waits and gives None at the end."""

    def take(self) -> T_co | None: ...

    def close(self) -> None: ...


class WorkerThread(QThread, Generic[T]):
    """Calls `handle(request)` in its own thread for each request; an error goes to `failed(request, problem)`, in the
    same thread, and the next request follows. Both should do no more than emit signals to reach the window."""

    def __init__(
        self,
        name: str,
        requests: Requests[T],
        handle: Callable[[T], object],
        failed: Callable[[T, Problem], object],
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self._requests = requests
        self._handle = handle
        self._failed = failed

    def run(self) -> None:
        while (request := self._requests.take()) is not None:
            with Boundary() as boundary:
                self._handle(request)
            if boundary.problem is not None:
                log.info("%s: %s", self.objectName(), boundary.problem.text)
                self._failed(request, boundary.problem)

    def stop(self, seconds: float = STOP_SECONDS) -> bool:
        """Let the current request end, take no other, and wait; whether the thread ended in time."""
        self._requests.close()
        ended: bool = self.wait(int(seconds * 1000))
        if not ended:
            log.warning("%s did not end within %.0f s", self.objectName(), seconds)
        return ended

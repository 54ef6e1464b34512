"""Looks for cameras in a thread: asking the system can take seconds."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from symviewer.model.problem import Problem
from symviewer.services.mailbox import Mailbox
from symviewer.services.sources.cameras import list_cameras
from symviewer.services.worker_thread import WorkerThread

_ONLY = "look"


class CameraList(QObject):
    """Signal: `found(list[Camera])`."""

    found = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._box: Mailbox[bool] = Mailbox(_ONLY)
        self._thread: WorkerThread[bool] | None = None

    def look(self) -> None:
        """Look; `found` follows."""
        if self._thread is None:
            self._box = Mailbox(_ONLY)
            self._thread = WorkerThread("cameras", self._box, self._handle, self._report)
            self._thread.start()
        self._box.put(_ONLY, True)

    def stop(self) -> bool:
        """End the thread; whether it ended in time."""
        thread, self._thread = self._thread, None
        return thread is None or thread.stop()

    def _handle(self, _request: bool) -> None:
        self.found.emit(list_cameras())

    def _report(self, _request: bool, _problem: Problem) -> None:
        self.found.emit([])

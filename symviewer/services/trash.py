"""Moves picture files to the trash of the system, in a thread: a network drive may take its time."""

from __future__ import annotations

from PySide6.QtCore import QFile, QObject, Signal

from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.services.mailbox import Queue
from symviewer.services.worker_thread import WorkerThread


class Trash(QObject):
    """`move(path)` ends in `moved(path)` or `failed(path, Problem)`. One file after the other, also when the program
    ends meanwhile."""

    moved = Signal(str)
    failed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._queue: Queue[str] = Queue()
        self._thread: WorkerThread[str] = WorkerThread("trash", self._queue, self._handle, self._report)

    def move(self, path: str) -> None:
        """Move a file."""
        if not self._thread.isRunning():
            self._thread.start()
        self._queue.put(path)

    def stop(self) -> bool:
        """Move what waits, and end the thread; whether it ended in time."""
        return self._thread.stop() if self._thread.isRunning() else True

    def _handle(self, path: str) -> None:
        file = QFile(path)
        if file.moveToTrash():
            self.moved.emit(path)
        else:
            self._tell(path, file.errorString())

    def _report(self, path: str, problem: Problem) -> None:
        self._tell(path, problem.text)

    def _tell(self, path: str, why: str) -> None:
        what = tr("{path} cannot be moved to the trash.").format(path=path)
        self.failed.emit(path, Problem(what, f"{why}.".replace("..", "."), tr("Delete it with the file manager.")))

"""Moves picture files to the trash of the system, in a thread: a network drive may take its time."""

from __future__ import annotations

from PySide6.QtCore import QFile, QObject, Signal

from symviewer.model.problem import Problem
from symviewer.services.task_thread import Task, TaskThread


class Trash(QObject):
    """`move(path)` ends in `moved(path)` or `failed(path, Problem)`. One file after the other."""

    moved = Signal(str)
    failed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._busy = False
        self._tasks: TaskThread[str] = TaskThread("trash", self._handle, self._report)

    @property
    def busy(self) -> bool:
        """Whether a file is on its way."""
        return self._busy

    def move(self, path: str) -> None:
        """Move a file."""
        self._busy = True
        self._tasks.begin(path)

    def stop(self) -> bool:
        return self._tasks.stop()

    def _handle(self, task: Task[str]) -> None:
        path = task.request
        file = QFile(path)
        if file.moveToTrash():
            self._busy = False
            self.moved.emit(path)
        else:
            self._tell(path, file.errorString())

    def _report(self, task: Task[str], problem: Problem) -> None:
        self._tell(task.request, problem.text)

    def _tell(self, path: str, why: str) -> None:
        self._busy = False
        what = f"{path} cannot be moved to the trash."
        self.failed.emit(path, Problem(what, f"{why}.".replace("..", "."), "Delete it with the file manager."))

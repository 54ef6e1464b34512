"""The doctor's checks in the background: some of them import torch or start a process."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from symviewer.model.problem import Problem
from symviewer.services.mailbox import Mailbox
from symviewer.services.worker_thread import WorkerThread
from symviewer.store.paths import named_folders


class Diagnosis(QObject):
    """`run()` ends in `check(state, name, detail, remedy)` for each check, then `finished()`."""

    check = Signal(str, str, str, str)
    finished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._mailbox: Mailbox[int] = Mailbox("run")
        self._thread: WorkerThread[int] = WorkerThread("diagnosis", self._mailbox, self._handle, self._report)
        self._count = 0

    def run(self) -> None:
        """Begin; the thread is made at the first time, for few people ever ask."""
        if not self._thread.isRunning():
            self._thread.start()
        self._count += 1
        self._mailbox.put("run", self._count)

    def stop(self) -> bool:
        return self._thread.stop() if self._thread.isRunning() else True

    def _handle(self, _number: int) -> None:
        from clipsym_core.commands.doctor import examine

        for check in examine(named_folders()):
            self.check.emit(check.state, check.name, check.detail, check.remedy)
        self.finished.emit()

    def _report(self, _number: int, problem: Problem) -> None:
        self.check.emit("error", "Diagnosis", problem.text, "")
        self.finished.emit()

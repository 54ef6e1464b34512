"""Undo and redo that never make the window stand still: a batch over a large folder is taken back in parts."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from symviewer.model.desk import Desk
from symviewer.model.progress import Progress

PART: Final = 500
"""Shapes and states that are changed and saved at once: some milliseconds."""


class LongSteps(QObject):
    """Undoes and redoes. A step of more than `PART` changes goes on between other events; between two parts everything
    holds (see `UndoStack.undo`), so it can be stopped, and ends by itself when a person does something else.

    Signal: `progressed(Progress)`, also at the end.
    """

    progressed = Signal(object)

    def __init__(self, desk: Desk, part: int = PART) -> None:
        super().__init__()
        self._desk = desk
        self._part = part
        self._doing: Literal["", "undo", "redo"] = ""
        self._key: int | None = None
        self._progress = Progress()
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)
        desk.replaced.connect(self.stop)

    @property
    def progress(self) -> Progress:
        return self._progress

    def undo(self) -> None:
        """Take the last step back, or stop taking one back."""
        self._begin("undo", self._desk.stack.undo_size, self._desk.stack.undo_key)

    def redo(self) -> None:
        """Do again what was undone last, or stop doing so."""
        self._begin("redo", self._desk.stack.redo_size, self._desk.stack.redo_key)

    def stop(self) -> bool:
        """Stop where it is."""
        self._timer.stop()
        if self._doing:
            self._doing = ""
            self._show(Progress())
        return True

    def _begin(self, doing: Literal["undo", "redo"], size: int, key: int | None) -> None:
        if self._doing:
            self.stop()
            return
        if size <= self._part:
            self._do(doing, None)
            return
        self._doing, self._key = doing, key
        self._show(Progress(size, active=True))
        self._timer.start()

    def _go_on(self) -> None:
        stack = self._desk.stack
        doing = self._doing
        if doing and self._key == (stack.undo_key if doing == "undo" else stack.redo_key):
            self._do(doing, self._part)
            left = stack.undo_size if doing == "undo" else stack.redo_size
            if self._key == (stack.undo_key if doing == "undo" else stack.redo_key):
                self._show(Progress(self._progress.total, self._progress.total - left, active=True))
                return
        self.stop()

    def _do(self, doing: str, limit: int | None) -> None:
        if doing == "undo":
            self._desk.stack.undo(limit)
        else:
            self._desk.stack.redo(limit)

    def _show(self, progress: Progress) -> None:
        self._progress = progress
        self.progressed.emit(progress)

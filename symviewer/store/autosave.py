"""Saving without a Save button: every step of the undo stack is written when it happens.

Nothing else that a person does is written, and nothing else is listened to, so undo, redo, accept, delete and batch
results are all saved. (Measurements of a model go to `Project.save_disagreement`; they are nobody's work.)
"""

from __future__ import annotations

import datetime

from symviewer.model.events import Event
from symviewer.model.problem import Problem
from symviewer.model.undo import Change, UndoStack
from symviewer.store.problems import ProjectError
from symviewer.store.project import Project


class Autosave:
    """Writes the changes of a stack to a project.

    Events: `saved(when)` in local time, for "Saved 12:03"; `failed(problem)` once until saving works again. What could
    not be written is kept and written with the next step, or by `flush`; `stack.is_changed` is true until then.
    """

    def __init__(self, stack: UndoStack, project: Project) -> None:
        self.saved: Event[[datetime.datetime]] = Event()
        self.failed: Event[[Problem]] = Event()
        self._stack = stack
        self._project = project
        self._pending: list[Change] = []
        self._has_failed = False
        self._disconnect = stack.changed.connect(self._follow)

    @property
    def pending(self) -> int:
        """Steps that are not on disk yet: 0 unless saving failed."""
        return len(self._pending)

    def flush(self) -> bool:
        """Write what is not on disk; whether all is."""
        if self._pending:
            try:
                self._project.write(self._pending)
            except ProjectError as error:
                if not self._has_failed:
                    self._has_failed = True
                    self.failed.emit(Problem.of(error))
                return False
            self._project.document.stored({delta.picture for change in self._pending for delta in change.deltas})
            self._pending.clear()
            self._has_failed = False
            self._stack.mark_saved()
            self.saved.emit(datetime.datetime.now())
        return True

    def stop(self) -> bool:
        """Write what is not on disk and follow the stack no longer; whether all is on disk."""
        self._disconnect()
        return self.flush()

    def _follow(self, change: Change) -> None:
        self._pending.append(change)
        self.flush()

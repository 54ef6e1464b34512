"""What the actions of the menu Edit do."""

from __future__ import annotations

from symviewer.views.handlers.group import HandlerGroup


class EditHandlers(HandlerGroup):
    """Undo, and what is done with the selected shapes."""

    def undo(self) -> None:
        self._session.stack.undo()

    def redo(self) -> None:
        self._session.stack.redo()

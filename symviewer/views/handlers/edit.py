"""What the actions of the menu Edit do."""

from __future__ import annotations

import time

from PySide6.QtGui import QGuiApplication

from symviewer.model import clipboard, commands
from symviewer.model.annotation import Annotation, ShapeId, Suggestion
from symviewer.model.commands import Command
from symviewer.model.tools.events import KeyEvent
from symviewer.views.handlers.group import HandlerGroup
from symviewer.views.translation import tr


class EditHandlers(HandlerGroup):
    """Undo, and what is done with the selected shapes."""

    def undo(self) -> None:
        if self._workspace.tools.cancel():
            self._window.status.notice(tr("The gesture was given up."))
        else:
            self._session.undo()

    def redo(self) -> None:
        if not self._workspace.tools.cancel():
            self._session.redo()

    # -- suggestions --------------------------------------------------------------------------------------------------

    def accept(self) -> None:
        if self._workspace.tools.key(KeyEvent("enter", time=time.monotonic())):
            return  # it ended a polyline
        chosen = self._chosen_suggestions()
        shown = self._workspace.shown
        if chosen:
            following = self._after(chosen)
            self._push(commands.accept(self._session.document, self._picture, chosen))
            self._workspace.select(*following)
        elif shown:
            self._workspace.select(shown[0].id)
            self._window.status.notice(tr("Enter accepts it, X rejects it, . goes to the next one."))
        else:
            self._window.status.notice(tr("No suggestion is shown."))

    def accept_shown(self) -> None:
        self._push(commands.accept_where(self._session.document, [self._picture], self._workspace.overlay.shows))

    def reject(self) -> None:
        chosen = self._chosen_suggestions()
        following = self._after(chosen)
        self._push(commands.reject(self._session.document, self._picture, chosen))
        self._workspace.select(*following)

    def _chosen_suggestions(self) -> list[ShapeId]:
        return [shape.id for shape in self._workspace.selection if isinstance(shape, Suggestion)]

    def _after(self, chosen: list[ShapeId]) -> list[ShapeId]:
        """The suggestion to look at when these are done: the next weaker one, else the best that is left."""
        ids = [suggestion.id for suggestion in self._workspace.shown]
        places = [place for place, id in enumerate(ids) if id in chosen]
        later = ids[places[-1] + 1 :] if places else []
        rest = [id for id in (*later, *ids) if id not in chosen]
        return rest[:1]

    # -- shapes -------------------------------------------------------------------------------------------------------

    def copy(self) -> None:
        picture, shapes = self._workspace.picture_id, self._workspace.desk.selection.shapes
        if picture is not None:
            count = self._workspace.desk.clipboard.copy(self._session.document, picture, shapes)
            if count:
                QGuiApplication.clipboard().setText(self._workspace.desk.clipboard.to_text())
            self._window.status.notice(
                tr("Copied {count} shapes").format(count=count) if count != 1 else tr("Copied 1 shape")
            )

    def paste(self) -> None:
        board = self._workspace.desk.clipboard
        board.take_text(QGuiApplication.clipboard().text())
        if board.is_empty:
            self._window.status.notice(tr("No shapes were copied."))
            return
        self._push_and_select(board.paste(self._session.document, self._picture))

    def paste_previous(self) -> None:
        pictures = self._workspace.pictures
        before = pictures[pictures.current - 1] if pictures.current > 0 else None
        source = self._workspace.desk.find(before.path) if before else None
        if source is None:
            self._window.status.notice(tr("There is no picture before this one."))
        elif not self._push_and_select(clipboard.paste_from(self._session.document, source, self._picture)):
            self._window.status.notice(tr("The picture before has no annotations that are not here already."))

    def duplicate(self) -> None:
        shapes = self._workspace.desk.selection.shapes
        self._push_and_select(clipboard.duplicate(self._session.document, self._picture, shapes))

    def delete(self) -> None:
        shapes = self._workspace.desk.selection.shapes
        self._push(commands.remove(self._session.document, self._picture, shapes))

    def select_all(self) -> None:
        self._workspace.desk.selection.select_all()

    def next_shape(self) -> None:
        self._window.suggestions.step(1)

    def previous_shape(self) -> None:
        self._window.suggestions.step(-1)

    def lock(self) -> None:
        chosen = self._annotations()
        locked = not all(annotation.locked for annotation in chosen)
        ids = [annotation.id for annotation in chosen]
        self._push(commands.set_flags(self._session.document, self._picture, ids, locked=locked))

    def hide(self) -> None:
        chosen = self._annotations()
        hidden = not all(annotation.hidden for annotation in chosen)
        ids = [annotation.id for annotation in chosen]
        self._push(commands.set_flags(self._session.document, self._picture, ids, hidden=hidden))

    def show_hidden(self) -> None:
        ids = [annotation.id for annotation in self._workspace.annotations if annotation.hidden]
        self._push(commands.set_flags(self._session.document, self._picture, ids, hidden=False))

    def order_2(self) -> None:
        self._set_order(2)

    def order_3(self) -> None:
        self._set_order(3)

    def order_4(self) -> None:
        self._set_order(4)

    def order_5(self) -> None:
        self._set_order(5)

    def order_6(self) -> None:
        self._set_order(6)

    def order_7(self) -> None:
        self._set_order(7)

    def order_8(self) -> None:
        self._set_order(8)

    def order_9(self) -> None:
        self._set_order(9)

    def order_0(self) -> None:
        self._set_order(0)

    # -----------------------------------------------------------------------------------------------------------------

    @property
    def _picture(self) -> int:
        """The picture that is edited; actions are disabled where there is none.

        Raises:
            LookupError: there is none.
        """
        picture = self._workspace.picture_id
        if picture is None:
            raise LookupError(tr("no picture is open"))
        return picture

    def _annotations(self) -> list[Annotation]:
        return [shape for shape in self._workspace.selection if isinstance(shape, Annotation)]

    def _set_order(self, order: int) -> None:
        shapes = self._workspace.desk.selection.shapes
        if shapes:
            self._push(commands.set_order(self._session.document, self._picture, shapes, order))
        self._workspace.tools.context.center_order = order

    def _push(self, command: Command | None) -> bool:
        return self._session.stack.push(command)

    def _push_and_select(self, command: Command | None) -> bool:
        before = {annotation.id for annotation in self._workspace.annotations}
        if not self._push(command):
            return False
        self._workspace.select(*(a.id for a in self._workspace.annotations if a.id not in before))
        return True

"""What the actions of the menu Review do."""

from __future__ import annotations

from symviewer.model import commands
from symviewer.model.model_status import ModelState
from symviewer.model.pictures import NOTHING
from symviewer.views.dialogs.batch_dialog import BatchDialog
from symviewer.views.handlers.group import HandlerGroup
from symviewer.views.translation import tr


class ReviewHandlers(HandlerGroup):
    """From picture to picture until all are verified."""

    def next_unverified(self) -> None:
        self._go(1)

    def previous_unverified(self) -> None:
        self._go(-1)

    def toggle_verified(self) -> None:
        desk, picture = self._workspace.desk, self._workspace.picture_id
        if picture is None:
            return
        if desk.read_only:
            self._window.status.notice(desk.read_only)
        else:
            desk.stack.push(commands.toggle_verified(desk.document, picture))

    def detect_range(self) -> None:
        self._window.show_dialog(BatchDialog, lambda: BatchDialog(self._session, self._window))

    def measure_disagreement(self) -> None:
        queue = self._session.disagreement
        if queue.run.progress.paused:
            queue.run.resume()
        elif queue.run.active:
            queue.run.pause()
        elif self._workspace.model.info is None and self._workspace.model.state is not ModelState.LOADING:
            self._window.status.notice(tr("No model is loaded yet."))
        else:
            self._window.show_panel("files")
            queue.begin(picture.path for picture in self._workspace.pictures)

    def _go(self, direction: int) -> None:
        order, pictures = self._workspace.order, self._workspace.pictures
        before = order.row_of(pictures.current)
        index = order.next_unverified(direction)
        if index == NOTHING:
            self._window.status.notice(tr("No other picture of the list is to be reviewed."))
            return
        pictures.select(index)
        if (order.row_of(index) - before) * direction < 0:
            self._window.status.notice(tr("Round the end of the list."))

"""What the actions of the menu Picture do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from clipsym_core.video.address import frame_address
from symviewer.views.handlers.group import HandlerGroup
from symviewer.views.translation import tr


class PictureHandlers(HandlerGroup):
    """Going from picture to picture."""

    def previous_picture(self) -> None:
        self._workspace.order.step(-1)

    def next_picture(self) -> None:
        self._workspace.order.step(1)

    def first_picture(self) -> None:
        self._workspace.order.step(-len(self._workspace.order))

    def last_picture(self) -> None:
        self._workspace.order.step(len(self._workspace.order))

    def trash_picture(self) -> None:
        picture = self._workspace.pictures.current_picture
        if picture is None:
            return
        if frame_address(picture.path) is not None:
            self._window.status.notice(tr("A frame of a video is no file of its own; the video stays."))
            return
        question = QMessageBox(self._window)
        question.setIcon(QMessageBox.Icon.Question)
        question.setWindowTitle(tr("Move to the trash"))
        question.setText(tr("Move {name} to the trash?").format(name=picture.name))
        question.setInformativeText(
            tr("The file leaves its folder. Its annotations stay in the project: restore the file, and they are back.")
        )
        move = question.addButton(tr("&Move to the trash"), QMessageBox.ButtonRole.DestructiveRole)
        question.setDefaultButton(question.addButton(QMessageBox.StandardButton.Cancel))
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        move.clicked.connect(lambda _checked=False, path=picture.path: self._session.trash.move(path))
        question.open()

    def find_picture(self) -> None:
        self._window.show_panel("files")
        self._window.files.search.setFocus()
        self._window.files.search.selectAll()

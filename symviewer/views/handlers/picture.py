"""What the actions of the menu Picture do."""

from __future__ import annotations

from symviewer.views.handlers.group import HandlerGroup


class PictureHandlers(HandlerGroup):
    """Going from picture to picture."""

    def previous_picture(self) -> None:
        self._workspace.pictures.step(-1)

    def next_picture(self) -> None:
        self._workspace.pictures.step(1)

    def first_picture(self) -> None:
        self._workspace.pictures.step(-len(self._workspace.pictures))

    def last_picture(self) -> None:
        self._workspace.pictures.step(len(self._workspace.pictures))

    def find_picture(self) -> None:
        self._window.show_panel("files")
        self._window.files.search.setFocus()
        self._window.files.search.selectAll()

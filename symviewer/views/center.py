"""The middle of the window: a banner when there is something to say, below it the picture, or why there is none."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QToolBar, QVBoxLayout, QWidget

from symviewer.model.pictures import PictureState
from symviewer.model.problem import Problem
from symviewer.model.workspace import Workspace
from symviewer.views.actions import Actions
from symviewer.views.banner import Banner
from symviewer.views.canvas.message_page import MessagePage
from symviewer.views.canvas.view import Canvas
from symviewer.views.translation import tr

_LEAST_WIDTH: Final = 360
"""A window that gets narrower takes it from the panels first, down to this."""


class Center(QWidget):
    """`layout()` takes further strips below the picture (a time line)."""

    def __init__(self, workspace: Workspace, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._actions: Actions | None = None
        self._cover: QWidget | None = None
        self.canvas = canvas
        self.banner = Banner()
        self.page = MessagePage()
        self.palette_bar = _palette()
        self._workplace = QWidget()
        beside = QHBoxLayout(self._workplace)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(0)
        beside.addWidget(self.palette_bar)
        beside.addWidget(canvas, 1)
        self._stack = QStackedWidget()
        self._stack.setMinimumWidth(_LEAST_WIDTH)
        self._stack.addWidget(self.page)
        self._stack.addWidget(self._workplace)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addWidget(self._stack, 1)
        workspace.image_changed.connect(lambda _image: self.refresh())
        workspace.pictures.changed.connect(self._on_picture)
        workspace.pictures.cleared.connect(self.refresh)

    def set_actions(self, actions: Actions) -> None:
        """What the page offers to do, and the tools beside the picture."""
        self._actions = actions
        actions.fill_palette(self.palette_bar)
        actions.bind(self.canvas)
        self.refresh()

    def add_strip(self, strip: QWidget) -> None:
        """Something below the picture: a time line."""
        layout = self.layout()
        assert layout is not None
        layout.addWidget(strip)

    def cover(self, page: QWidget | None) -> None:
        """A page of its own instead of the picture (live mode), until it is taken away."""
        self._cover = page
        if page is None:
            self.refresh()
            return
        if self._stack.indexOf(page) < 0:
            self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)

    def _on_picture(self, index: int) -> None:
        if index == self._workspace.pictures.current:
            self.refresh()

    def refresh(self) -> None:
        """Show the picture, or why there is none."""
        workspace, actions = self._workspace, self._actions
        if actions is None or self._cover is not None:
            return
        picture = workspace.pictures.current_picture
        if workspace.image is not None:
            if self._stack.currentWidget() is not self._workplace:
                self._stack.setCurrentWidget(self._workplace)
                self.canvas.setFocus()
            return
        if picture is not None and picture.state is PictureState.FAILED:
            problem = picture.problem or Problem(tr("This picture cannot be read."))
            text = " ".join(part for part in (problem.why, problem.remedy) if part)
            entry = workspace.desk.entry(picture.path)
            if entry is not None and entry.annotations:
                text += " " + tr("Your annotations on it are kept.")
            self.page.show_message(
                "warning", tr("{name} cannot be read").format(name=picture.name), text, [actions["next_picture"]]
            )
        elif picture is None:
            self.page.show_message(
                "samples",
                tr("Drop pictures or a folder here"),
                tr("SymViewer looks for mirror axes and rotation centers in them."),
                [actions["open_files"], actions["open_folder"], actions["open_samples"]],
            )
        self._stack.setCurrentWidget(self.page)


def _palette() -> QToolBar:
    bar = QToolBar(tr("Tools"))
    bar.setAccessibleName(tr("Tools"))
    bar.setOrientation(Qt.Orientation.Vertical)
    bar.setIconSize(QSize(20, 20))
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    return bar

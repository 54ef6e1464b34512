"""The page of live mode: the picture, and under it what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QStackedWidget, QToolBar, QVBoxLayout, QWidget

from symviewer.model.live import LiveState, LiveStatus
from symviewer.model.problem import Problem
from symviewer.views.actions import Actions
from symviewer.views.canvas.message_page import MessagePage
from symviewer.views.live.view import LiveView
from symviewer.views.translation import tr

_BUTTONS = ("live_freeze", "live_snapshot", "live_record", "live_close", "live_smoothing")
"""Where there is little room, the last ones go behind the arrow."""
_BANNERS = {LiveState.FROZEN: "Frozen", LiveState.ENDED: "The end"}


class LivePage(QWidget):
    """Follows a `LiveStatus`; frames go to `view`."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.view = LiveView()
        self.message = MessagePage()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.message)
        self.bar = self._tool_bar()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.bar)

    def _tool_bar(self) -> QToolBar:
        bar = QToolBar(tr("Live"))
        bar.setIconSize(QSize(20, 20))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for id in _BUTTONS:
            if id == _BUTTONS[-1]:
                bar.addSeparator()
            bar.addAction(self._actions[id])
            button = bar.widgetForAction(self._actions[id])
            if button is not None:
                button.setAccessibleName(self._actions[id].text().replace("&", ""))
        return bar

    def show_status(self, status: LiveStatus) -> None:
        """Say how far the source is."""
        model = status.model or "loading the model"
        self.view.set_title(f"{status.source}  ·  {model}")
        self.view.show_banner(_BANNERS.get(status.state, ""))
        if status.state is LiveState.LOST:
            problem = status.problem or Problem(tr("The source is gone."))
            text = " ".join(part for part in (problem.why, problem.remedy) if part)
            actions = [self._actions["live_retry"], self._actions["live_close"]]
            self.message.show_message("camera", problem.what, text, actions)
            self._stack.setCurrentWidget(self.message)
        elif status.state is LiveState.OPENING:
            self.message.show_message("camera", f"Opening {status.source} …", "", [self._actions["live_close"]])
            self._stack.setCurrentWidget(self.message)
        else:
            self._stack.setCurrentWidget(self.view)

    @property
    def shows_message(self) -> bool:
        """Whether a message is there instead of the picture."""
        return self._stack.currentWidget() is self.message

    def set_ground(self, color: QColor) -> None:
        """Color around the frame."""
        self.view.set_ground(color)
        self.message.refresh_icon()

"""A hand for tests of the window: mouse and keys on the canvas, at places of the picture."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from symviewer.app import Application

NONE = Qt.KeyboardModifier.NoModifier
SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton

Place = tuple[float, float]


class Hand:
    """Real events to the real canvas."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.window = app.window
        self.canvas = app.window.canvas
        self.workspace = app.session.workspace
        app.window.activateWindow()
        self.canvas.setFocus()

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE, times: int = 1) -> None:
        for _ in range(times):
            QTest.keyClick(QApplication.focusWidget() or self.canvas, key, held)

    def press(self, at: Place, held: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        self._send(QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, held)
        self._send(QEvent.Type.MouseButtonPress, at, button, button, held)

    def move(self, at: Place, held: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        self._send(QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, button, held)

    def release(self, at: Place, held: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        self._send(QEvent.Type.MouseButtonRelease, at, button, Qt.MouseButton.NoButton, held)

    def hover(self, at: Place) -> None:
        self._send(QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, NONE)

    def click(self, at: Place, held: Qt.KeyboardModifier = NONE) -> None:
        self.press(at, held)
        self.release(at, held)

    def drag(self, start: Place, end: Place, held: Qt.KeyboardModifier = NONE, steps: int = 5) -> None:
        self.press(start, held)
        for i in range(1, steps + 1):
            part = i / steps
            self.move((start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])), held)
        self.release(end, held)

    def _send(
        self,
        kind: QEvent.Type,
        at: Place,
        button: Qt.MouseButton,
        buttons: Qt.MouseButton,
        held: Qt.KeyboardModifier,
    ) -> None:
        viewport = self.canvas.viewport()
        place = self.canvas.viewportTransform().map(QPointF(*at))
        QApplication.sendEvent(viewport, QMouseEvent(kind, place, viewport.mapToGlobal(place), button, buttons, held))

"""Qt's events as the plain ones of the tools, and what the cursor says before a press."""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

from symviewer.model.hit_test import Hit
from symviewer.model.shape_edit import Part
from symviewer.model.tools.events import Button, Key, KeyEvent, Modifiers, PointerEvent, PointerKind

_BUTTONS: Final[dict[Qt.MouseButton, Button]] = {
    Qt.MouseButton.LeftButton: "left",
    Qt.MouseButton.MiddleButton: "middle",
    Qt.MouseButton.RightButton: "right",
}
_KEYS: Final[dict[int, Key]] = {
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
    Qt.Key.Key_Escape: "escape",
    Qt.Key.Key_Tab: "tab",
    Qt.Key.Key_Return: "enter",
    Qt.Key.Key_Enter: "enter",
    Qt.Key.Key_Backspace: "backspace",
    Qt.Key.Key_Delete: "delete",
}


def pointer_event(event: QMouseEvent, kind: PointerKind, place: QPointF, zoom: float) -> PointerEvent:
    """A mouse event at `place` in pixels of the picture, at `zoom` screen pixels a picture pixel."""
    if kind == "move":
        held = bool(event.buttons() & Qt.MouseButton.LeftButton)
        button: Button = "left" if held else "none"
    else:
        button = _BUTTONS.get(event.button(), "none")
    return PointerEvent(kind, (place.x(), place.y()), zoom, button, modifiers(event.modifiers()))


def key_event(event: QKeyEvent) -> KeyEvent | None:
    """A key that a tool may use, else None."""
    key = _KEYS.get(event.key())
    return None if key is None else KeyEvent(key, modifiers(event.modifiers()), time.monotonic())


def modifiers(held: Qt.KeyboardModifier) -> Modifiers:
    """Which keys are held; Qt calls the Command key of macOS Control."""
    return Modifiers(
        bool(held & Qt.KeyboardModifier.ShiftModifier),
        bool(held & Qt.KeyboardModifier.ControlModifier),
        bool(held & Qt.KeyboardModifier.AltModifier),
    )


def cursor_for(tool: str, hit: Hit | None) -> Qt.CursorShape:
    """What a press here would do."""
    if tool != "select":
        return Qt.CursorShape.CrossCursor
    if hit is None:
        return Qt.CursorShape.ArrowCursor
    if hit.part is Part.ROTATE:
        return Qt.CursorShape.PointingHandCursor
    return Qt.CursorShape.SizeAllCursor

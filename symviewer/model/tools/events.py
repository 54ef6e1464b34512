"""What a pointer or a key did, in plain values: the canvas makes them from Qt's events, tests make them by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from clipsym_core.symmetry import Point

PointerKind: TypeAlias = Literal["press", "move", "release", "double"]
Button: TypeAlias = Literal["none", "left", "middle", "right"]
Key: TypeAlias = Literal["left", "right", "up", "down", "escape", "tab", "enter", "backspace", "delete"]


@dataclass(frozen=True, slots=True)
class Modifiers:
    """Held keys; `ctrl` is the Command key on macOS."""

    shift: bool = False
    ctrl: bool = False
    alt: bool = False


NO_MODIFIERS = Modifiers()


@dataclass(frozen=True, slots=True)
class PointerEvent:
    """A pointer event on the picture.

    Attributes:
        kind: "double" comes in the place of the second press of a double click.
        point: in pixels of the picture, which may lie outside it. Since no tool knows the screen, a draft survives
            panning and zooming in the middle of it.
        zoom: screen pixels a picture pixel, now.
        button: that was pressed or released; during a move, "left" while it is held, else "none".
    """

    kind: PointerKind
    point: Point
    zoom: float = 1.0
    button: Button = "left"
    modifiers: Modifiers = NO_MODIFIERS


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """A key that a tool may use. `time` in seconds, of any clock: presses close to each other are one undo step."""

    key: Key
    modifiers: Modifiers = NO_MODIFIERS
    time: float = 0.0

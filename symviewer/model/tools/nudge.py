"""Arrow keys: the selection, or the active handle of a shape, moves by 1 or 10 px; quick presses are one undo step."""

from __future__ import annotations

from typing import Final

from symviewer.model import commands
from symviewer.model.annotation import ShapeId, new_id
from symviewer.model.selection import ActiveHandle
from symviewer.model.shape_edit import Part, handles, moved, with_end
from symviewer.model.tools.context import ToolContext
from symviewer.model.tools.events import Key, KeyEvent
from symviewer.model.translating import tr

STEP: Final = 1.0
LONG_STEP: Final = 10.0
PAUSE: Final = 1.0
"""Seconds after which an arrow begins a new undo step."""

DIRECTIONS: Final[dict[Key, tuple[int, int]]] = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


class Nudger:
    """Turns arrow keys into commands."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._gesture = ""
        self._what: tuple[tuple[ShapeId, ...], ActiveHandle | None] = ((), None)
        self._last = 0.0

    def key(self, event: KeyEvent) -> bool:
        """Nudge; whether there was something to nudge."""
        context, selection = self._context, self._context.selection
        if event.key not in DIRECTIONS or not context.can_edit or context.picture is None or not selection.shapes:
            return False
        what = (selection.shapes, selection.active)
        if what != self._what or not self._gesture or event.time - self._last > PAUSE:
            self._gesture = f"nudge {new_id()}"
        self._what, self._last = what, event.time
        step = LONG_STEP if event.modifiers.shift else STEP
        dx, dy = (step * way for way in DIRECTIONS[event.key])
        shapes = {}
        for shape_id in selection.shapes:
            shape = context.shape_of(shape_id)
            if shape is None:
                continue
            active = selection.active
            if active is None or active.part is not Part.END:
                shapes[shape_id] = moved(shape, dx, dy)
            elif active.shape == shape_id:
                ends = {handle.index: handle.point for handle in handles(shape, 1.0) if handle.part is Part.END}
                x, y = ends[active.index]
                shapes[shape_id] = with_end(shape, active.index, (x + dx, y + dy))
        context.push(
            commands.change_shapes(context.document, context.picture, shapes, verb=tr("Nudge"), gesture=self._gesture)
        )
        return True

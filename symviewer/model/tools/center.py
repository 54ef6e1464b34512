"""C: draw a center by a click; while the button is held it can still be moved, and it snaps, with its order."""

from __future__ import annotations

from typing import ClassVar

from clipsym_core.symmetry import RotationCenter, Shape
from symviewer.model.tools.context import ToolContext
from symviewer.model.tools.draft import Draft, DraftShape
from symviewer.model.tools.drawing import draw
from symviewer.model.tools.events import PointerEvent
from symviewer.model.tools.tool import Tool


class CenterTool(Tool):
    """Draws centers: press, move if needed, release. The order comes from the pixels, else from the context."""

    name: ClassVar[str] = "center"

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._is_down = False

    def cancel(self) -> bool:
        was_busy, self._is_down = self._is_down, False
        self._show(None)
        return was_busy

    def _press(self, event: PointerEvent) -> None:
        if self.context.can_edit:
            self._is_down = True
            self._move(event)

    def _move(self, event: PointerEvent) -> None:
        if self._is_down:
            shape, snapped = self._center(event)
            self._show(Draft(shapes=(DraftShape(shape, snapped=snapped),)))

    def _release(self, event: PointerEvent) -> None:
        if self._is_down:
            shape, _ = self._center(event)
            self.cancel()
            draw(self.context, shape)

    def _center(self, event: PointerEvent) -> tuple[Shape, bool]:
        center = RotationCenter(*event.point, self.context.center_order)
        return self.context.snapped(center, off=event.modifiers.alt)

"""C: draw a center by a click; the pixels around it tell its exact place, its order and its mirror axes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from clipsym_core.symmetry import Point, RotationCenter
from symviewer.model import commands
from symviewer.model.annotation import PictureId, ShapeId, new_id
from symviewer.model.tools.context import ToolContext
from symviewer.model.tools.draft import Draft, DraftShape
from symviewer.model.tools.events import PointerEvent
from symviewer.model.tools.tool import Tool


@dataclass(frozen=True, slots=True)
class Click:
    """A center that was drawn at `point`; what the pixels tell about it joins the same undo step by `gesture`."""

    picture: PictureId
    shape: ShapeId
    point: Point
    gesture: str


class CenterTool(Tool):
    """Draws centers: press, move if needed, release. With Alt the pixels are not asked, and nothing is added to it."""

    name: ClassVar[str] = "center"

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._is_down = False

    @property
    def is_busy(self) -> bool:
        return self._is_down

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
            self._show(Draft(shapes=(DraftShape(self._center(event)),)))

    def _release(self, event: PointerEvent) -> None:
        if self._is_down:
            self.cancel()
            self.draw(self._center(event), ask=not event.modifiers.alt)

    def draw(self, center: RotationCenter, *, ask: bool) -> None:
        """Annotate a center and select it; `ask` the pixels for more."""
        context, picture, gesture = self.context, self.context.picture, f"center {new_id()}"
        if picture is None:
            return
        command = commands.add(context.document, picture, [center])
        if command is None or not context.push(replace(command, gesture=gesture)):
            return
        drawn = context.document.annotations(picture)[-1]
        context.selection.set([drawn.id])
        if ask:
            context.clicked(Click(picture, drawn.id, center.point, gesture))

    def _center(self, event: PointerEvent) -> RotationCenter:
        return RotationCenter(*event.point, self.context.center_order)

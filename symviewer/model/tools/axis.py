"""L: draw an axis by a drag, or by two clicks; Ctrl+click sets a further point, so that it becomes a polyline."""

from __future__ import annotations

import math
from typing import ClassVar

from clipsym_core.symmetry import Point, ReflectionAxis, Shape
from symviewer.model import commands
from symviewer.model.annotation import ShapeId
from symviewer.model.hit_test import REACH
from symviewer.model.shape_edit import constrained
from symviewer.model.tools.context import ToolContext
from symviewer.model.tools.draft import Draft, DraftShape
from symviewer.model.tools.drawing import draw
from symviewer.model.tools.events import KeyEvent, Modifiers, PointerEvent
from symviewer.model.tools.tool import DRAG_START, Tool
from symviewer.model.translating import tr


class AxisTool(Tool):
    """Draws axes.

    Press, drag, release: a straight axis. Click, click: the same. Ctrl+click instead of the second click sets a point
    and goes on; a click, double click or Enter ends the polyline, Backspace takes the last point back. Ctrl+press on an
    end of the selected axis goes on from there. Shift: 15 degree steps. Alt: no snapping. Esc: nothing happened.
    """

    name: ClassVar[str] = "axis"

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._points: list[Point] = []
        self._continued: ShapeId | None = None
        self._is_down = False
        self._pointer: PointerEvent | None = None

    def key(self, event: KeyEvent) -> bool:
        if event.key == "enter" and self._points:
            self._finish(self._points, off=event.modifiers.alt)
            return True
        if event.key == "backspace" and self._points:
            self._points.pop()
            if not self._points or (self._continued is not None and len(self._points) < 2):
                self.cancel()
            else:
                self._preview()
            return True
        return super().key(event)

    @property
    def is_busy(self) -> bool:
        return bool(self._points)

    def finish(self, last: PointerEvent) -> None:
        if self._is_down:
            super().finish(last)
        elif len(self._points) > 1:
            self._finish(self._points, off=True)

    def cancel(self) -> bool:
        was_busy = self.is_busy
        self._points, self._continued, self._is_down, self._pointer = [], None, False, None
        self._show(None)
        return was_busy

    def _press(self, event: PointerEvent) -> None:
        if not self.context.can_edit:
            return
        self._is_down, self._pointer = True, event
        if self._points:
            return  # the next point is where this click ends
        self._points = self._continuation(event) or [event.point]
        self._preview()

    def _double(self, event: PointerEvent) -> None:
        # The first click of the two has set the point already.
        if len(self._points) > 1:
            self._finish(self._points, off=event.modifiers.alt)
        else:
            self._press(event)

    def _move(self, event: PointerEvent) -> None:
        self._pointer = event
        self._preview()

    def _release(self, event: PointerEvent) -> None:
        if not self._is_down:
            return
        self._is_down, self._pointer = False, event
        point = self._next_point(event)
        if math.dist(self._points[-1], point) * event.zoom < DRAG_START:
            self._preview()
            return  # the click that set the first point, or a second one on the same place
        if event.modifiers.ctrl:
            self._points.append(point)
            self._preview()
        else:
            self._finish([*self._points, point], off=self._snapping_is_off(event.modifiers))

    # -----------------------------------------------------------------------------------------------------------------

    def _continuation(self, event: PointerEvent) -> list[Point]:
        """The points of the selected axis if Ctrl was pressed on one of its ends, that end last."""
        selected = self.context.selection.shapes
        if not event.modifiers.ctrl or len(selected) != 1 or self.context.is_locked(selected[0]):
            return []
        axis = self.context.shape_of(selected[0])
        if not isinstance(axis, ReflectionAxis):
            return []
        for points in (axis.points, axis.points[::-1]):
            if math.dist(points[-1], event.point) * event.zoom <= REACH:
                self._continued = selected[0]
                return list(points)
        return []

    def _next_point(self, event: PointerEvent) -> Point:
        return constrained(self._points[-1], event.point) if event.modifiers.shift else event.point

    def _preview(self) -> None:
        if not self._points:
            return
        points = list(self._points)
        off = True
        if self._pointer is not None:
            points.append(self._next_point(self._pointer))
            off = self._snapping_is_off(self._pointer.modifiers)
        axis = _axis(points)
        if axis is None:
            self._show(Draft(points=tuple(points)))
            return
        shape, snapped = self._snapped(axis, off=off)
        self._show(Draft(shapes=(DraftShape(shape, self._continued, snapped),), points=tuple(self._points)))

    def _snapped(self, axis: ReflectionAxis, *, off: bool) -> tuple[Shape, bool]:
        # Evidence is for straight axes; a polyline is drawn because no straight one fits.
        return self.context.snapped(axis, off=off or not axis.is_straight)

    def _snapping_is_off(self, modifiers: Modifiers) -> bool:
        return modifiers.alt or modifiers.shift

    def _finish(self, points: list[Point], *, off: bool) -> None:
        axis, continued, context = _axis(points), self._continued, self.context
        self.cancel()
        if axis is None or context.picture is None:
            return
        if continued is not None:
            context.push(
                commands.change_shapes(context.document, context.picture, {continued: axis}, verb=tr("Go on with"))
            )
            return
        shape, _ = self._snapped(axis, off=off)
        draw(context, shape)


def _axis(points: list[Point]) -> ReflectionAxis | None:
    """The axis through the points, None while they lie at one place."""
    kept = [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]
    return ReflectionAxis(tuple(kept)) if len(kept) > 1 else None

"""E: draw an ellipse by a drag from corner to corner of its box, or oriented by three clicks."""

from __future__ import annotations

import math
from typing import ClassVar

from clipsym_core.symmetry import Point, ReflectionEllipse, axis_angle, line_offsets
from symviewer.model.shape_edit import MIN_LENGTH, constrained
from symviewer.model.tools.context import ToolContext
from symviewer.model.tools.draft import Draft, DraftShape
from symviewer.model.tools.drawing import draw
from symviewer.model.tools.events import PointerEvent
from symviewer.model.tools.tool import DRAG_START, Tool


class EllipseTool(Tool):
    """Draws ellipses.

    Press, drag, release: inscribed in the upright box between the two points; Shift makes it a circle. Click, click,
    click: the two ends of one diameter (Shift: 15 degree steps), then how far the ellipse reaches across it (Shift: a
    circle). Handles turn and stretch it afterwards. Esc: nothing happened.
    """

    name: ClassVar[str] = "ellipse"

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._points: list[Point] = []
        self._is_down = False
        self._by_clicks = False

    @property
    def is_busy(self) -> bool:
        return bool(self._points)

    def cancel(self) -> bool:
        was_busy = self.is_busy
        self._points, self._is_down, self._by_clicks = [], False, False
        self._show(None)
        return was_busy

    def _press(self, event: PointerEvent) -> None:
        if not self.context.can_edit:
            return
        self._is_down = True
        if not self._points:
            self._points = [event.point]
        self._move(event)

    def _move(self, event: PointerEvent) -> None:
        if not self._points:
            return
        ellipse = self._ellipse(event)
        if ellipse is None:
            self._show(Draft(points=(*self._points, self._second(event))))
        else:
            self._show(Draft(shapes=(DraftShape(ellipse),), points=tuple(self._points)))

    def _release(self, event: PointerEvent) -> None:
        if not self._is_down:
            return
        self._is_down = False
        moved = math.dist(self._points[-1], event.point) * event.zoom >= DRAG_START
        if not moved and len(self._points) == 1:
            # Released where it was pressed: from now on clicks set the points.
            self._by_clicks = True
        elif self._by_clicks and len(self._points) == 1:
            self._points.append(self._second(event))
        else:
            ellipse = self._ellipse(event)
            if ellipse is not None:
                self.cancel()
                draw(self.context, ellipse)

    def _ellipse(self, event: PointerEvent) -> ReflectionEllipse | None:
        """The ellipse with the pointer where it is, None while there is none."""
        shift = event.modifiers.shift
        if len(self._points) == 2:
            return _across(self._points[0], self._points[1], event.point, circle=shift)
        return None if self._by_clicks else _in_box(self._points[0], event.point, circle=shift)

    def _second(self, event: PointerEvent) -> Point:
        """The other end of the first diameter."""
        return constrained(self._points[0], event.point) if event.modifiers.shift else event.point


def _in_box(a: Point, b: Point, *, circle: bool) -> ReflectionEllipse | None:
    """The ellipse in the upright box with the corners a and b; a circle in the square of its longer side."""
    width, height = b[0] - a[0], b[1] - a[1]
    if circle:
        side = max(abs(width), abs(height))
        width, height = math.copysign(side, width), math.copysign(side, height)
    if abs(width) < 2 * MIN_LENGTH or abs(height) < 2 * MIN_LENGTH:
        return None
    return ReflectionEllipse(a[0] + width / 2, a[1] + height / 2, abs(width) / 2, abs(height) / 2)


def _across(a: Point, b: Point, reach: Point, *, circle: bool) -> ReflectionEllipse | None:
    """The ellipse with the diameter a-b, as wide as `reach` is away from it."""
    rx = math.dist(a, b) / 2
    if rx < MIN_LENGTH:
        return None
    ry = rx if circle else abs(float(line_offsets([reach], a, b)[0]))
    if ry < MIN_LENGTH:
        return None
    return ReflectionEllipse((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, rx, ry, axis_angle(a, b))

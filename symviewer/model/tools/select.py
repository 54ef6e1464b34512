"""V: select, move, drag handles, rubber band; arrows nudge, Tab goes through what lies under the pointer."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar

from clipsym_core.symmetry import Point, RotationCenter, Shape
from symviewer.model import commands
from symviewer.model.annotation import ShapeId
from symviewer.model.hit_test import Hit, inside_band, next_under
from symviewer.model.selection import ActiveHandle
from symviewer.model.shape_edit import Part, handles
from symviewer.model.tools.context import ToolContext
from symviewer.model.tools.draft import Draft, DraftShape
from symviewer.model.tools.drag import Drag
from symviewer.model.tools.events import KeyEvent, PointerEvent
from symviewer.model.tools.nudge import DIRECTIONS, Nudger
from symviewer.model.tools.tool import DRAG_START, Tool


class SelectTool(Tool):
    """Selects and edits.

    Click: select; with Ctrl: add or remove. Drag on a shape: move the selection; on a handle: that. Drag over nothing:
    rubber band (with Ctrl: add). Shift: 15 degree steps. Alt: no snapping. Dragging a suggestion accepts it, corrected.
    """

    name: ClassVar[str] = "select"

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._nudger = Nudger(context)
        self._pointer: Point | None = None
        self._zoom = 1.0
        self._origin: Point | None = None
        self._hit: Hit | None = None
        self._drag: Drag | None = None
        self._band = False
        self._toggled = False

    def key(self, event: KeyEvent) -> bool:
        if event.key in DIRECTIONS:
            return self._nudger.key(event)
        if event.key == "tab":
            return self._next_under_pointer()
        if event.key in ("delete", "backspace"):
            return self._remove()
        if event.key == "escape" and not self.cancel():
            had_selection = bool(self.context.selection.shapes)
            self.context.selection.clear()
            return had_selection
        return event.key == "escape"

    @property
    def is_busy(self) -> bool:
        return self._drag is not None or self._band

    def cancel(self) -> bool:
        was_busy = self.is_busy
        self._origin, self._hit, self._drag, self._band = None, None, None, False
        self._show(None)
        return was_busy

    def _press(self, event: PointerEvent) -> None:
        self.cancel()
        selection = self.context.selection
        hit = self.context.hit(event.point, event.zoom)
        self._pointer, self._zoom = event.point, event.zoom
        self._origin, self._hit = event.point, hit
        self._toggled = event.modifiers.ctrl and hit is not None
        if hit is None:
            return
        if self._toggled:
            selection.toggle(hit.id)
            return
        active = ActiveHandle(hit.id, hit.part, hit.index) if hit.part is Part.END else None
        if hit.id in selection and active is None:
            selection.set(selection.shapes)
        else:
            selection.set([hit.id], active=active)

    def _move(self, event: PointerEvent) -> None:
        self._pointer, self._zoom = event.point, event.zoom
        if self._origin is None:
            return
        if self._drag is None and not self._band:
            if math.dist(self._origin, event.point) * event.zoom < DRAG_START:
                return
            self._begin(self._origin, event)
        if self._band:
            self._show(Draft(band=(self._origin, event.point)))
        elif self._drag is not None:
            self._show(Draft(shapes=self._dragged(self._drag, event)))

    def _release(self, event: PointerEvent) -> None:
        selection = self.context.selection
        if self._drag is not None:
            self._finish(self._drag, event)
        elif self._band and self._origin is not None:
            caught = inside_band(self.context.candidates(), self._origin, event.point)
            if event.modifiers.ctrl:
                selection.add(caught)
            else:
                selection.set(caught)
        elif self._origin is not None and not self._toggled:
            # A click, no drag: of a selection of several, the one that was clicked is meant.
            if self._hit is None:
                if not event.modifiers.ctrl:
                    selection.clear()
            elif len(selection) > 1:
                selection.set([self._hit.id])
        self.cancel()

    # -----------------------------------------------------------------------------------------------------------------

    def _begin(self, origin: Point, event: PointerEvent) -> None:
        """The pointer went far enough: what is dragged?"""
        hit = self._hit
        if hit is None:
            self._band = True
            return
        if self._toggled or not self.context.can_edit or self.context.is_locked(hit.id):
            self._origin = None
            return
        moving = self.context.selection.shapes if hit.part not in (Part.END, Part.ROTATE) else (hit.id,)
        shapes: dict[ShapeId, Shape] = {}
        for shape_id in moving:
            shape = self.context.shape_of(shape_id)
            if shape is not None and not self.context.is_locked(shape_id):
                shapes[shape_id] = shape
        if not shapes:
            self._origin = None
            return
        self._drag = Drag(hit, origin, self._grip(hit, origin, event.zoom), shapes)

    def _grip(self, hit: Hit, origin: Point, zoom: float) -> Point:
        shape = self.context.shape_of(hit.id)
        if shape is not None:
            for handle in handles(shape, zoom):
                if (handle.part, handle.index) == (hit.part, hit.index):
                    return (handle.point[0] - origin[0], handle.point[1] - origin[1])
        return (0.0, 0.0)

    def _dragged(self, drag: Drag, event: PointerEvent) -> tuple[DraftShape, ...]:
        changed = drag.at(event.point, constrain=event.modifiers.shift)
        # Several shapes keep their places to each other; what Shift constrains stays constrained.
        off = event.modifiers.alt or event.modifiers.shift or len(changed) > 1
        drafts = []
        for shape_id, shape in changed.items():
            snapped, is_snapped = self.context.snapped(shape, off=off)
            if isinstance(snapped, RotationCenter) and isinstance(shape, RotationCenter):
                snapped = replace(snapped, order=shape.order)  # it is its place that is dragged
            drafts.append(DraftShape(snapped, shape_id, is_snapped))
        return tuple(drafts)

    def _finish(self, drag: Drag, event: PointerEvent) -> None:
        context = self.context
        if context.picture is None or not context.can_edit:
            return
        if any(context.shape_of(shape_id) != shape for shape_id, shape in drag.shapes.items()):
            return  # undone or removed by a key in the middle of the drag: nothing is left to drag
        shapes = {draft.id: draft.shape for draft in self._dragged(drag, event) if draft.id is not None}
        context.push(commands.change_shapes(context.document, context.picture, shapes, verb=drag.verb))

    def _next_under_pointer(self) -> bool:
        if self._pointer is None or self._drag is not None:
            return False
        shapes = self.context.selection.shapes
        current = shapes[0] if len(shapes) == 1 else None
        hit = next_under(self.context.candidates(), self._pointer, current, zoom=self._zoom)
        if hit is None:
            return False
        self.context.selection.set([hit.id])
        return True

    def _remove(self) -> bool:
        context = self.context
        if context.picture is None or not context.can_edit or self._drag is not None:
            return False
        return context.push(commands.remove(context.document, context.picture, context.selection.shapes))

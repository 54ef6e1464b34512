"""A drag of handles or shapes as a pure state: begun once, asked for the shapes at every pointer position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clipsym_core.symmetry import Point, Shape
from symviewer.model.annotation import ShapeId
from symviewer.model.hit_test import Hit
from symviewer.model.shape_edit import Part, constrained, moved, turned_to, with_end
from symviewer.model.translating import tr


@dataclass(frozen=True, slots=True)
class Drag:
    """A drag that began at `origin` on a hit.

    Attributes:
        hit: what was taken.
        origin: where the button went down.
        grip: from the pointer to the handle then; a handle taken at its rim does not jump to the pointer.
        shapes: all that move along, as they were.
    """

    hit: Hit
    origin: Point
    grip: Point
    shapes: Mapping[ShapeId, Shape]

    @property
    def moves(self) -> bool:
        """Whether whole shapes are moved."""
        return self.hit.part not in (Part.END, Part.ROTATE)

    @property
    def verb(self) -> str:
        """For the undo menu."""
        if self.moves:
            return tr("Move")
        return tr("Turn") if self.hit.part is Part.ROTATE else tr("Change")

    def at(self, point: Point, *, constrain: bool) -> dict[ShapeId, Shape]:
        """The shapes with the pointer at `point`.

        `constrain` (Shift): 15 degree steps of what is turned, of the segment whose end is dragged, and of the way
        along which shapes are moved.
        """
        if self.moves:
            target = constrained(self.origin, point) if constrain else point
            dx, dy = target[0] - self.origin[0], target[1] - self.origin[1]
            return {shape_id: moved(shape, dx, dy) for shape_id, shape in self.shapes.items()}
        shape = self.shapes[self.hit.id]
        place = (point[0] + self.grip[0], point[1] + self.grip[1])
        if self.hit.part is Part.ROTATE:
            grabbed = (self.origin[0] + self.grip[0], self.origin[1] + self.grip[1])
            return {self.hit.id: turned_to(shape, grabbed, place, constrain=constrain)}
        return {self.hit.id: with_end(shape, self.hit.index, place, constrain=constrain)}

"""What a tool shows while a gesture goes on: apart from the document, which changes once, when the gesture ends."""

from __future__ import annotations

from dataclasses import dataclass

from clipsym_core.symmetry import Point, Shape
from symviewer.model.annotation import ShapeId


@dataclass(frozen=True, slots=True)
class DraftShape:
    """A shape as it would become.

    Attributes:
        shape: where it is now.
        id: the shape of the document that is not drawn meanwhile, None for a new one.
        snapped: it lies where the pixel evidence pulled it.
    """

    shape: Shape
    id: ShapeId | None = None
    snapped: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """All that is drawn on top during a gesture.

    Attributes:
        shapes: new or changed shapes.
        band: two opposite corners of the rubber band.
        points: points set so far, where they make no shape yet.
    """

    shapes: tuple[DraftShape, ...] = ()
    band: tuple[Point, Point] | None = None
    points: tuple[Point, ...] = ()

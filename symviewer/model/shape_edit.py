"""Geometry of editing: where the handles of a shape are, and the shape after one of them was moved.

Pure functions in pixels of the picture; `zoom` is screen pixels a picture pixel, so that handles keep their size on the
screen. Angles: see `clipsym_core.symmetry`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from clipsym_core.symmetry import Point, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape, direction

ANGLE_STEP: Final = 15.0
"""Degrees between the directions that Shift allows."""
ROTATE_DISTANCE: Final = 28.0
"""Screen pixels from a shape to its rotate handle."""
MIN_LENGTH: Final = 1e-3
"""Shortest segment and smallest semi-axis, px, that a drag leaves."""


class Part(Enum):
    """The parts of a shape that the pointer can take, in order of priority."""

    END = "end"
    ROTATE = "rotate"
    MIDDLE = "middle"
    BODY = "body"
    INSIDE = "inside"


@dataclass(frozen=True, slots=True)
class Handle:
    """A place to take a shape at. `index` counts the points of an axis, or the four ends of an ellipse."""

    part: Part
    index: int
    point: Point


def handles(shape: Shape, zoom: float) -> tuple[Handle, ...]:
    """All handles of a shape.

    Axis: its points, a rotate handle beside its middle, its middle. Ellipse: the ends of its semi-axes (+rx, +ry, -rx,
    -ry), a rotate handle beyond the first of them, its center. Center: itself.
    """
    away = ROTATE_DISTANCE / zoom
    if isinstance(shape, RotationCenter):
        return (Handle(Part.MIDDLE, 0, shape.point),)
    if isinstance(shape, ReflectionAxis):
        ends = tuple(Handle(Part.END, i, point) for i, point in enumerate(shape.points))
        middle = shape.midpoint
        side = direction(shape.angle + 90.0)
        rotate = (middle[0] + away * side[0], middle[1] + away * side[1])
        return (*ends, Handle(Part.ROTATE, 0, rotate), Handle(Part.MIDDLE, 0, middle))
    along, _ = ellipse_directions(shape)
    reach = shape.rx + away
    corners = ellipse_ends(shape)
    rotate = (shape.cx + reach * along[0], shape.cy + reach * along[1])
    ends = tuple(Handle(Part.END, i, point) for i, point in enumerate(corners))
    return (*ends, Handle(Part.ROTATE, 0, rotate), Handle(Part.MIDDLE, 0, shape.center))


def ellipse_directions(ellipse: ReflectionEllipse) -> tuple[Point, Point]:
    """Unit vectors of the `rx` and the `ry` semi-axis."""
    along = direction(ellipse.angle)
    return along, (-along[1], along[0])


def ellipse_ends(ellipse: ReflectionEllipse) -> tuple[Point, Point, Point, Point]:
    """Ends of the semi-axes: +rx, +ry, -rx, -ry."""
    (ax, ay), (bx, by) = ellipse_directions(ellipse)
    cx, cy, rx, ry = ellipse.cx, ellipse.cy, ellipse.rx, ellipse.ry
    return (
        (cx + rx * ax, cy + rx * ay),
        (cx + ry * bx, cy + ry * by),
        (cx - rx * ax, cy - rx * ay),
        (cx - ry * bx, cy - ry * by),
    )


def middle(shape: Shape) -> Point:
    """The point that a shape turns about."""
    if isinstance(shape, ReflectionAxis):
        return shape.midpoint
    return shape.point if isinstance(shape, RotationCenter) else shape.center


def moved(shape: Shape, dx: float, dy: float) -> Shape:
    """The shape moved by (dx, dy)."""
    if isinstance(shape, ReflectionAxis):
        return ReflectionAxis(tuple((x + dx, y + dy) for x, y in shape.points))
    if isinstance(shape, RotationCenter):
        return replace(shape, x=shape.x + dx, y=shape.y + dy)
    return replace(shape, cx=shape.cx + dx, cy=shape.cy + dy)


def turned(shape: Shape, degrees: float) -> Shape:
    """The shape turned counter-clockwise about its middle."""
    if isinstance(shape, RotationCenter) or degrees == 0.0:
        return shape
    if isinstance(shape, ReflectionEllipse):
        return replace(shape, angle=shape.angle + degrees)
    cx, cy = shape.midpoint
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return ReflectionAxis(
        tuple((cx + c * (x - cx) + s * (y - cy), cy - s * (x - cx) + c * (y - cy)) for x, y in shape.points)
    )


def with_end(shape: Shape, index: int, point: Point, *, constrain: bool = False) -> Shape:
    """The shape with one of its ends at `point`, or as near to it as can be.

    `constrain`: the segment of an axis takes a multiple of 15 degrees, an ellipse keeps its proportions.
    A point that would make a shape of no size is ignored.
    """
    if isinstance(shape, ReflectionAxis):
        return _with_point(shape, index, point, constrain=constrain)
    if isinstance(shape, ReflectionEllipse):
        return _with_semi_axis(shape, index, point, constrain=constrain)
    return replace(shape, x=point[0], y=point[1])


def turned_to(shape: Shape, grabbed: Point, point: Point, *, constrain: bool = False) -> Shape:
    """The shape turned about its middle as its rotate handle was dragged from `grabbed` to `point`.

    `constrain`: its angle becomes a multiple of 15 degrees.
    """
    cx, cy = middle(shape)
    if math.dist((cx, cy), point) < MIN_LENGTH or isinstance(shape, RotationCenter):
        return shape
    turn = math.degrees(math.atan2(cy - point[1], point[0] - cx) - math.atan2(cy - grabbed[1], grabbed[0] - cx))
    if constrain:
        turn = round((shape.angle + turn) / ANGLE_STEP) * ANGLE_STEP - shape.angle
    return turned(shape, turn)


def constrained(anchor: Point, point: Point) -> Point:
    """The point nearest to `point` whose direction from `anchor` is a multiple of 15 degrees."""
    dx, dy = point[0] - anchor[0], point[1] - anchor[1]
    if dx == 0.0 and dy == 0.0:
        return point
    step = round(math.degrees(math.atan2(-dy, dx)) / ANGLE_STEP)
    ux, uy = _EXACT.get(step % 24) or direction(step * ANGLE_STEP)
    length = dx * ux + dy * uy
    return (anchor[0] + length * ux, anchor[1] + length * uy)


_EXACT: Final[dict[int, Point]] = {0: (1.0, 0.0), 6: (0.0, -1.0), 12: (-1.0, 0.0), 18: (0.0, 1.0)}
"""Upright and level directions without the rounding error of cos and sin: a constrained axis is exactly level."""


def _with_point(axis: ReflectionAxis, index: int, point: Point, *, constrain: bool) -> ReflectionAxis:
    points = list(axis.points)
    anchor = points[index - 1] if index > 0 else points[1]
    if constrain:
        point = constrained(anchor, point)
    points[index] = point
    if max(math.dist(points[0], other) for other in points[1:]) < MIN_LENGTH:
        return axis
    return ReflectionAxis(tuple(points))


def _with_semi_axis(ellipse: ReflectionEllipse, index: int, point: Point, *, constrain: bool) -> ReflectionEllipse:
    ux, uy = ellipse_directions(ellipse)[index % 2]
    radius = abs((point[0] - ellipse.cx) * ux + (point[1] - ellipse.cy) * uy)
    if radius < MIN_LENGTH:
        return ellipse
    rx, ry = (radius, ellipse.ry) if index % 2 == 0 else (ellipse.rx, radius)
    if constrain:
        scale = radius / (ellipse.rx if index % 2 == 0 else ellipse.ry)
        rx, ry = ellipse.rx * scale, ellipse.ry * scale
    return replace(ellipse, rx=rx, ry=ry)

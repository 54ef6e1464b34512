"""What lies under the pointer, in order of priority: end point, rotate handle, middle, body, inside of an ellipse.

Pure: shapes and a point in, hits out. Distances are measured on the screen (`zoom` = screen pixels a picture pixel), so
a handle is as easy to take at any zoom.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from clipsym_core.symmetry import Point, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape
from symviewer.model.annotation import ShapeId
from symviewer.model.picking import distance
from symviewer.model.shape_edit import ROTATE_DISTANCE, Part, handles, middle

REACH: Final = 8.0
"""Screen pixels around a handle or line that count as on it."""

_PRIORITY: Final = {part: place for place, part in enumerate(Part)}
_SELECTED_ONLY: Final = frozenset({Part.ROTATE, Part.MIDDLE})
"""Handles that are drawn, and can be taken, only on selected shapes; the middle of a center is the center itself."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A shape that can be hit. Hidden shapes are none."""

    id: ShapeId
    shape: Shape
    selected: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A part of a shape under the pointer. `index` is that of the handle, see `shape_edit.handles`."""

    id: ShapeId
    part: Part
    index: int = 0


def hit_test(candidates: Sequence[Candidate], point: Point, *, zoom: float, reach: float = REACH) -> list[Hit]:
    """All that is under the pointer, one hit a shape, the best first.

    Priority of the part first, then selected shapes, then the nearer one, then the one drawn later (later in
    `candidates`). Of a locked shape only its body can be hit, so that it can be selected and unlocked.
    """
    found = []
    margin = (reach + ROTATE_DISTANCE) / zoom
    for place, candidate in enumerate(candidates):
        if not _is_near(candidate.shape, point, margin):
            continue
        best = min(_hits(candidate, point, zoom, reach), default=None)
        if best is not None:
            priority, away, index = best
            part = tuple(Part)[priority]
            # Whole screen pixels: of two shapes that lie practically on each other, the upper one wins.
            order = (priority, not candidate.selected, round(away), -place)
            found.append((order, Hit(candidate.id, part, index)))
    return [hit for _, hit in sorted(found, key=lambda item: item[0])]


def best_hit(candidates: Sequence[Candidate], point: Point, *, zoom: float, reach: float = REACH) -> Hit | None:
    """The best of `hit_test`, None over empty space."""
    return next(iter(hit_test(candidates, point, zoom=zoom, reach=reach)), None)


def next_under(candidates: Sequence[Candidate], point: Point, current: ShapeId | None, *, zoom: float) -> Hit | None:
    """The shape after `current` among those under the pointer, round and round: what Tab selects.

    The order does not depend on what is selected, otherwise it would change with every Tab.
    """
    plain = [Candidate(c.id, c.shape, locked=c.locked) for c in candidates]
    hits = hit_test(plain, point, zoom=zoom)
    if not hits:
        return None
    ids = [hit.id for hit in hits]
    return hits[(ids.index(current) + 1) % len(hits)] if current in ids else hits[0]


def inside_band(candidates: Iterable[Candidate], a: Point, b: Point) -> list[ShapeId]:
    """The shapes that lie completely in the rectangle with the corners a and b."""
    left, right = sorted((a[0], b[0]))
    top, bottom = sorted((a[1], b[1]))

    def contains(x: float, y: float) -> bool:
        return left <= x <= right and top <= y <= bottom

    return [c.id for c in candidates if all(contains(x, y) for x, y in _extent(c.shape))]


def _hits(candidate: Candidate, point: Point, zoom: float, reach: float) -> list[tuple[int, float, int]]:
    """(priority, distance on the screen, index) of every part of a shape under the pointer."""
    shape = candidate.shape
    hits = []
    if not candidate.locked:
        for handle in handles(shape, zoom):
            if handle.part in _SELECTED_ONLY and not candidate.selected and not isinstance(shape, RotationCenter):
                continue
            away = math.dist(handle.point, point) * zoom
            if away <= reach:
                hits.append((_PRIORITY[handle.part], away, handle.index))
    away = distance(shape, point) * zoom
    if away <= reach:
        hits.append((_PRIORITY[Part.BODY], away, 0))
    elif isinstance(shape, ReflectionEllipse) and _is_inside(shape, point):
        # Among ellipses in each other the pointer means the smallest.
        hits.append((_PRIORITY[Part.INSIDE], math.sqrt(shape.rx * shape.ry) * zoom, 0))
    return hits


def _is_near(shape: Shape, point: Point, margin: float) -> bool:
    """Whether a point lies in the bounding box of a shape and its handles; most shapes are ruled out by this."""
    extent = _extent(shape)
    x, y = point
    return (
        min(p[0] for p in extent) - margin <= x <= max(p[0] for p in extent) + margin
        and min(p[1] for p in extent) - margin <= y <= max(p[1] for p in extent) + margin
    )


def _is_inside(ellipse: ReflectionEllipse, point: Point) -> bool:
    c, s = math.cos(math.radians(ellipse.angle)), math.sin(math.radians(ellipse.angle))
    dx, dy = point[0] - ellipse.cx, point[1] - ellipse.cy
    return math.hypot((dx * c - dy * s) / ellipse.rx, (dx * s + dy * c) / ellipse.ry) <= 1.0


def _extent(shape: Shape) -> tuple[Point, ...]:
    """Points whose bounding box is that of the shape."""
    if isinstance(shape, ReflectionAxis):
        return shape.points
    if isinstance(shape, RotationCenter):
        return (shape.point,)
    c, s = math.cos(math.radians(shape.angle)), math.sin(math.radians(shape.angle))
    half_width, half_height = math.hypot(shape.rx * c, shape.ry * s), math.hypot(shape.rx * s, shape.ry * c)
    x, y = middle(shape)
    return ((x - half_width, y - half_height), (x + half_width, y + half_height))

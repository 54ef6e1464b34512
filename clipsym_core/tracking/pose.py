"""Shapes as numbers that can be filtered, and how far two shapes are apart."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import numpy as np

from clipsym_core.symmetry import (
    Point,
    ReflectionAxis,
    ReflectionEllipse,
    RotationCenter,
    Shape,
    axis_angle_difference,
    direction,
    line_offsets,
)
from clipsym_core.tracking.kalman import Vector

ROUND: Final = 1.15
"""Up to this ratio of semi-axes an ellipse is round: its angle says nothing."""
_LEAST: Final = 1e-3
"""Smallest half length or semi-axis, px, that a filter may come to."""


def trackable(shape: Shape) -> bool:
    """Bent axes have no pose of fixed size."""
    return not isinstance(shape, ReflectionAxis) or shape.is_straight


def to_vector(shape: Shape, near: Vector | None = None) -> Vector:
    """A shape as numbers, angles (degrees) unwrapped to be nearest to those of `near`.

    Axis: x, y of its middle, angle, half length. Center: x, y. Ellipse: x, y, angle, two semi-axes.

    Raises:
        ValueError: a bent axis.
    """
    if isinstance(shape, RotationCenter):
        return np.array([shape.x, shape.y])
    if isinstance(shape, ReflectionAxis):
        if not shape.is_straight:
            raise ValueError("A bent axis has no pose.")
        vector = np.array([*shape.midpoint, shape.angle, 0.5 * shape.length])
    else:
        vector = np.array([shape.cx, shape.cy, shape.angle, shape.rx, shape.ry])
    if near is not None:
        vector[2] = near[2] + _wrapped(vector[2] - near[2])
        if isinstance(shape, ReflectionEllipse) and max(shape.rx, shape.ry) < ROUND * min(shape.rx, shape.ry):
            vector[2] = near[2]
    return vector


def to_shape(vector: Vector, like: Shape) -> Shape:
    """The shape of the kind (and order) of `like` that these numbers mean."""
    v = [float(value) for value in vector]
    if isinstance(like, RotationCenter):
        return RotationCenter(v[0], v[1], like.order)
    if isinstance(like, ReflectionAxis):
        ux, uy = direction(v[2])
        half = max(v[3], _LEAST)
        return ReflectionAxis(((v[0] - ux * half, v[1] - uy * half), (v[0] + ux * half, v[1] + uy * half)))
    return ReflectionEllipse(v[0], v[1], max(v[3], _LEAST), max(v[4], _LEAST), v[2])


def distance(a: Shape, b: Shape) -> float:
    """How far two shapes are apart, px, `inf` for different kinds and bent axes.

    Of two axes: how far the ends of one lie from the line of the other (the mean over both), and how far their
    middles are apart beyond half the longer one. Of centers: their distance. Of ellipses: distance of the centers and
    difference of the radii.
    """
    if isinstance(a, RotationCenter) and isinstance(b, RotationCenter):
        return math.dist(a.point, b.point)
    if isinstance(a, ReflectionEllipse) and isinstance(b, ReflectionEllipse):
        return math.dist(a.center, b.center) + abs(math.sqrt(a.rx * a.ry) - math.sqrt(b.rx * b.ry))
    if isinstance(a, ReflectionAxis) and isinstance(b, ReflectionAxis) and a.is_straight and b.is_straight:
        if axis_angle_difference(a.angle, b.angle) > 45.0:
            return math.inf
        apart = 0.5 * (_mean_offset(a, (b.start, b.end)) + _mean_offset(b, (a.start, a.end)))
        return apart + max(math.dist(a.midpoint, b.midpoint) - 0.5 * max(a.length, b.length), 0.0)
    return math.inf


def extent(shape: Shape) -> float:
    """Half the size of a shape, px; 0 for a center."""
    if isinstance(shape, ReflectionAxis):
        return 0.5 * shape.length
    return max(shape.rx, shape.ry) if isinstance(shape, ReflectionEllipse) else 0.0


def place(shape: Shape) -> Point:
    """Where a shape is: its middle."""
    if isinstance(shape, RotationCenter):
        return shape.point
    return shape.midpoint if isinstance(shape, ReflectionAxis) else shape.center


def _mean_offset(axis: ReflectionAxis, points: Iterable[Point]) -> float:
    return float(np.abs(line_offsets(list(points), axis.start, axis.end)).mean())


def _wrapped(degrees: float) -> float:
    """To [-90, 90)."""
    return (degrees + 90.0) % 180.0 - 90.0

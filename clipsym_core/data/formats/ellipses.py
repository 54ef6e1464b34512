"""Ellipses as other formats draw them: the corners of the box around them, points on their rim, four extreme points."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from clipsym_core.data.formats.values import BadValue, ellipse
from clipsym_core.symmetry import Point, ReflectionEllipse, axis_angle, direction, wrap_axis_angle

_RIGHT_ANGLE_TOLERANCE = 0.02
"""Cosine up to which the sides of a four-point polygon count as a rectangle (about one degree)."""


def _vectors(shape: ReflectionEllipse) -> tuple[Point, Point]:
    """The two semi-axes as vectors: along `angle`, and 90 degrees counter-clockwise of it."""
    (ux, uy), (vx, vy) = direction(shape.angle), direction(shape.angle + 90.0)
    return (shape.rx * ux, shape.rx * uy), (shape.ry * vx, shape.ry * vy)


def corners(shape: ReflectionEllipse) -> tuple[Point, ...]:
    """The corners of the oriented box around the ellipse; the first side runs along `rx`."""
    (ux, uy), (vx, vy) = _vectors(shape)
    signs = ((-1, 1), (1, 1), (1, -1), (-1, -1))
    return tuple((shape.cx + a * ux + b * vx, shape.cy + a * uy + b * vy) for a, b in signs)


def rim(shape: ReflectionEllipse, count: int) -> tuple[Point, ...]:
    """`count` points on the ellipse, the first at the end of `rx`."""
    (ux, uy), (vx, vy) = _vectors(shape)
    steps = [2.0 * math.pi * k / count for k in range(count)]
    return tuple(
        (shape.cx + math.cos(t) * ux + math.sin(t) * vx, shape.cy + math.cos(t) * uy + math.sin(t) * vy) for t in steps
    )


def extremes(shape: ReflectionEllipse) -> tuple[Point, Point, Point, Point]:
    """The ends of its diameters as up, down, left, right of the ellipse before it was turned."""
    (ux, uy), (vx, vy) = _vectors(shape)
    x, y = shape.center
    return (x + vx, y + vy), (x - vx, y - vy), (x - ux, y - uy), (x + ux, y + uy)


def from_corners(at: Sequence[Point], place: str) -> ReflectionEllipse:
    """The ellipse inscribed in a rectangle of four corners in order.

    Raises:
        BadValue: they are no rectangle.
    """
    a, b, c, d = (np.asarray(p) for p in at)
    across, along = ((b - a) + (c - d)) / 2.0, ((d - a) + (c - b)) / 2.0
    rx, ry = float(np.hypot(*across)) / 2.0, float(np.hypot(*along)) / 2.0
    if min(rx, ry) <= 0:
        raise BadValue(place, "The rectangle has no area.")
    if abs(float(across @ along)) > 4.0 * rx * ry * _RIGHT_ANGLE_TOLERANCE:
        raise BadValue(place, "The four corners are no rectangle.")
    x, y = (a + b + c + d) / 4.0
    return ellipse(float(x), float(y), rx, ry, axis_angle((0.0, 0.0), (float(across[0]), float(across[1]))), place)


def from_rim(at: Sequence[Point], place: str) -> ReflectionEllipse:
    """The ellipse through points on its rim (least squares), or inscribed in a rectangle of four points.

    The conic is fitted to centered and scaled points (Halir and Flusser 1998 give the ellipse-only constraint; here the
    points come from an ellipse, so the plain algebraic fit is enough and its result is checked).

    Raises:
        BadValue: the points lie on no ellipse.
    """
    if len(at) == 4:
        return from_corners(at, place)
    if len(at) < 6:
        raise BadValue(place, f"An ellipse from a polygon needs 4 corners or at least 6 points, got {len(at)}.")
    p = np.asarray(at, dtype=np.float64)
    middle = p.mean(axis=0)
    scale = float(np.abs(p - middle).max())
    if scale <= 0:
        raise BadValue(place, "All points lie at one place.")
    x, y = ((p - middle) / scale).T
    design = np.column_stack([x * x, x * y, y * y, x, y, np.ones_like(x)])
    a, b, c, d, e, f = np.linalg.svd(design)[2][-1]
    form = np.array([[a, b / 2], [b / 2, c]])
    if 4 * a * c - b * b <= 1e-12:
        raise BadValue(place, "The points lie on no ellipse.")
    x0, y0 = np.linalg.solve(2 * form, [-d, -e])
    level = -(f + (d * x0 + e * y0) / 2)
    values, vectors = np.linalg.eigh(form)
    squares = level / values
    if squares.min() <= 0:
        raise BadValue(place, "The points lie on no ellipse.")
    radii = np.sqrt(squares) * scale
    fitted = ellipse(
        float(x0 * scale + middle[0]), float(y0 * scale + middle[1]), float(radii[0]), float(radii[1]),
        axis_angle((0.0, 0.0), (float(vectors[0, 0]), float(vectors[1, 0]))), place,
    )  # fmt: skip
    return _named_like(fitted, at[0])


def _named_like(shape: ReflectionEllipse, first: Point) -> ReflectionEllipse:
    """The same ellipse with `rx` along the diameter that `first` is nearer to, as `rim` begins at the end of `rx`."""
    up, down, left, right = extremes(shape)
    if min(math.dist(first, p) for p in (up, down)) < min(math.dist(first, p) for p in (left, right)):
        return ReflectionEllipse(shape.cx, shape.cy, shape.ry, shape.rx, wrap_axis_angle(shape.angle + 90.0))
    return shape


def from_extremes(at: Sequence[Point], place: str) -> ReflectionEllipse:
    """The ellipse of DENDI's up, down, left, right (4 points) or center, up, down, left, right (5 points).

    As the field's loaders read it: the center is given or the mean, each semi-axis is the mean distance of its two
    ends, and the direction is that of up to down.
    """
    if len(at) == 4:
        middle = (sum(p[0] for p in at) / 4.0, sum(p[1] for p in at) / 4.0)
        up, down, left, right = at
    elif len(at) == 5:
        middle, up, down, left, right = at
    else:
        raise BadValue(place, f"An ellipse has 4 or 5 points, got {len(at)}.")
    rx = (math.dist(middle, left) + math.dist(middle, right)) / 2.0
    ry = (math.dist(middle, up) + math.dist(middle, down)) / 2.0
    upright = 90.0 if up == down else axis_angle(down, up)
    return ellipse(middle[0], middle[1], rx, ry, upright - 90.0, place)

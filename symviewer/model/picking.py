"""How far a point is from the drawn line of a shape: pure geometry, for hit-testing."""

from __future__ import annotations

import math

from clipsym_core.symmetry import Point, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape


def distance(shape: Shape, point: Point) -> float:
    """Distance, px, from a point to a shape's drawn line."""
    if isinstance(shape, RotationCenter):
        return math.dist(shape.point, point)
    if isinstance(shape, ReflectionAxis):
        return min(_to_segment(point, a, b) for a, b in zip(shape.points, shape.points[1:], strict=False))
    return _to_ellipse(shape, point)


def _to_segment(p: Point, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    squared = dx * dx + dy * dy
    t = 0.0 if squared == 0 else min(max(((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / squared, 0.0), 1.0)
    return math.dist(p, (a[0] + t * dx, a[1] + t * dy))


def _to_ellipse(shape: ReflectionEllipse, p: Point) -> float:
    c, s = math.cos(math.radians(shape.angle)), math.sin(math.radians(shape.angle))
    dx, dy = p[0] - shape.cx, p[1] - shape.cy
    # Into the ellipse's own frame; y points down, angles are counter-clockwise.
    u, v = dx * c - dy * s, dx * s + dy * c
    return _to_upright_ellipse(abs(u), abs(v), shape.rx, shape.ry)


def _to_upright_ellipse(u: float, v: float, rx: float, ry: float) -> float:
    """Distance from (u, v), both not negative, to the ellipse: each round aims at the last center of curvature."""
    c, s = math.sqrt(0.5), math.sqrt(0.5)
    for _ in range(6):
        # The evolute at the current point of the ellipse (rx c, ry s), and the radius of curvature there.
        eu, ev = (rx * rx - ry * ry) * c**3 / rx, (ry * ry - rx * rx) * s**3 / ry
        radius = math.hypot(rx * c - eu, ry * s - ev)
        away = math.hypot(u - eu, v - ev)
        if away == 0.0:
            return radius
        c = min(max(((u - eu) * radius / away + eu) / rx, 0.0), 1.0)
        s = min(max(((v - ev) * radius / away + ev) / ry, 0.0), 1.0)
        norm = math.hypot(c, s)
        if norm == 0.0:
            return min(rx, ry)
        c, s = c / norm, s / norm
    return math.hypot(u - rx * c, v - ry * s)

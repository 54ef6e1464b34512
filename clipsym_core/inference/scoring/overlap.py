"""When two shapes are one: the rules by which proposals are merged."""

from __future__ import annotations

import math

from clipsym_core.symmetry import (
    ReflectionAxis,
    ReflectionEllipse,
    RotationCenter,
    axis_angle_difference,
    line_offsets,
)

_ANGLE = 8.0
_OFFSET = 0.08
_OVERLAP = 0.5


def same_axis(a: ReflectionAxis, b: ReflectionAxis) -> bool:
    """Whether two axes are one: within 8 degrees, less than 8 % of the longer apart, half of the shorter in common."""
    if a.start == a.end or b.start == b.end or axis_angle_difference(a.angle, b.angle) > _ANGLE:
        return False
    longer, shorter = (a, b) if a.length >= b.length else (b, a)
    if abs(float(line_offsets([shorter.midpoint], longer.start, longer.end)[0])) > _OFFSET * longer.length:
        return False
    ux, uy = ((q - p) / math.dist(longer.start, longer.end) for p, q in zip(longer.start, longer.end, strict=True))
    ends = sorted((x - longer.start[0]) * ux + (y - longer.start[1]) * uy for x, y in (shorter.start, shorter.end))
    common = min(ends[1], longer.length) - max(ends[0], 0.0)
    return common > _OVERLAP * (ends[1] - ends[0])


def same_center(a: RotationCenter, b: RotationCenter, reach: float) -> bool:
    """Whether two centers lie within `reach` px of each other."""
    return math.dist(a.point, b.point) <= reach


def same_ellipse(a: ReflectionEllipse, b: ReflectionEllipse) -> bool:
    """Whether two ellipses have about the same center and size."""
    size = math.sqrt(a.rx * a.ry)
    return math.dist(a.center, b.center) < 0.3 * size and 0.6 < math.sqrt(b.rx * b.ry) / size < 1.67

"""An n-fold center has no mirror axes or n of them, 180 / n degrees apart: fill in the missing ones."""

from __future__ import annotations

import math
from collections.abc import Sequence

from clipsym_core.errors import InputError
from clipsym_core.symmetry import CONTINUOUS, ReflectionAxis, RotationCenter, axis_angle_difference, direction


def complete_star(
    center: RotationCenter, axes: Sequence[ReflectionAxis], *, radius: float | None = None
) -> tuple[ReflectionAxis, ...]:
    """All n mirror axes of an n-fold center, from one or more of them.

    The directions of the given axes, weighted by length, fix the common phase (circular mean with period 180 / n);
    axes within 45 / n degrees of one of the n directions are that axis and keep their end points.

    Args:
        center: of order 2 or more.
        axes: at least one; bent ones count with the direction from end to end.
        radius: half the length of the axes filled in, px; default the mean half-length of those given.

    Returns:
        n axes, counter-clockwise from the first given one; new ones are diameters of the center.

    Raises:
        InputError: a continuous center (every diameter is an axis), no axis, or a radius that is not positive.
    """
    n = center.order
    if n == CONTINUOUS:
        raise InputError(
            "The star of a continuous center cannot be completed.",
            "Every diameter is a mirror axis.",
            "Mark it with an ellipse instead.",
        )
    if not axes:
        raise InputError("Completing a star needs at least one mirror axis.", "", "Draw one through the center first.")
    if radius is not None and not (math.isfinite(radius) and radius > 0):
        raise InputError(f"The radius {radius} is not a positive number.", "", "Give a radius in px, or none.")
    half = radius if radius is not None else sum(axis.length for axis in axes) / (2 * len(axes))
    turns = [math.radians(axis.angle) * 2 * n for axis in axes]
    x = sum(axis.length * math.cos(t) for axis, t in zip(axes, turns, strict=True))
    y = sum(axis.length * math.sin(t) for axis, t in zip(axes, turns, strict=True))
    phase = math.degrees(math.atan2(y, x)) / (2 * n)
    first = round((axes[0].angle - phase) * n / 180)
    star = []
    for k in range(n):
        angle = phase + 180.0 * (first + k) / n
        known = [axis for axis in axes if axis_angle_difference(axis.angle, angle) <= 45.0 / n]
        star.append(known[0] if known else _diameter(center, angle, half))
    return tuple(star)


def _diameter(center: RotationCenter, angle: float, half: float) -> ReflectionAxis:
    dx, dy = direction(angle)
    return ReflectionAxis(
        ((center.x - half * dx, center.y - half * dy), (center.x + half * dx, center.y + half * dy)),
    )

"""Shapes between two key frames: what was drawn in one and in the other, moved evenly in between."""

from __future__ import annotations

from collections.abc import Sequence

from clipsym_core.symmetry import ReflectionAxis, Shape
from clipsym_core.tracking.matching import match
from clipsym_core.tracking.pose import to_shape, to_vector


def between(first: Shape, last: Shape, share: float) -> Shape:
    """The shape at `share` of the way from one to the other: 0 gives the first, 1 the last.

    Middle, length, radii and angle change evenly, the angle by the shorter way. Axes of equally many points go point by
    point where they are bent. A center has the order of the nearer one.

    Raises:
        ValueError: shapes of different kinds, or bent axes of different numbers of points.
    """
    like = first if share < 0.5 else last
    if type(first) is not type(last):
        raise ValueError(f"Between {type(first).__name__} and {type(last).__name__} there is nothing.")
    if isinstance(first, ReflectionAxis) and isinstance(last, ReflectionAxis):
        if not (first.is_straight and last.is_straight):
            return _bent(first, last, share)
        # The ends keep their sides: which one is first is the drawer's choice.
        if share in (0.0, 1.0):
            return like
    a = to_vector(first)
    b = to_vector(last, near=a)
    return to_shape(a + share * (b - a), like)


def pairs(first: Sequence[Shape], last: Sequence[Shape], gate: float) -> list[tuple[int, int]]:
    """Which shape of one key frame is which of the other (indices), by kind and nearness within `gate` px."""
    found = match(first, last, gate)
    bent = [
        (i, j)
        for i, a in enumerate(first)
        for j, b in enumerate(last)
        if _is_bent(a) and _is_bent(b) and len(a.points) == len(b.points)  # type: ignore[union-attr]  # both axes
    ]
    taken_first, taken_last = {i for i, _ in found}, {j for _, j in found}
    for i, j in bent:
        if i not in taken_first and j not in taken_last:
            found.append((i, j))
            taken_first.add(i)
            taken_last.add(j)
    return found


def _is_bent(shape: Shape) -> bool:
    return isinstance(shape, ReflectionAxis) and not shape.is_straight


def _bent(first: ReflectionAxis, last: ReflectionAxis, share: float) -> ReflectionAxis:
    if len(first.points) != len(last.points):
        raise ValueError(f"Axes of {len(first.points)} and of {len(last.points)} points have nothing in between.")
    mixed = zip(first.points, last.points, strict=True)
    return ReflectionAxis(tuple((x + share * (u - x), y + share * (v - y)) for (x, y), (u, v) in mixed))

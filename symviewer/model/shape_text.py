"""Shapes as plain JSON values, exact to the last bit: for the project file, its history and the clipboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clipsym_core.symmetry import ReflectionAxis, ReflectionEllipse, RotationCenter, Shape


def shape_to_plain(shape: Shape) -> dict[str, Any]:
    """`{"kind": "axis", "points": [[x, y], ...]}` and the like; every number comes back as it was."""
    if isinstance(shape, ReflectionAxis):
        return {"kind": "axis", "points": [list(point) for point in shape.points]}
    if isinstance(shape, RotationCenter):
        return {"kind": "center", "x": shape.x, "y": shape.y, "order": shape.order}
    return {"kind": "ellipse", "cx": shape.cx, "cy": shape.cy, "rx": shape.rx, "ry": shape.ry, "angle": shape.angle}


def shape_from_plain(plain: Mapping[str, Any]) -> Shape:
    """The shape of such a value.

    Raises:
        ValueError: no such kind, numbers missing, or numbers that make no shape.
    """
    try:
        kind = plain["kind"]
        if kind == "axis":
            return ReflectionAxis(tuple((x, y) for x, y in plain["points"]))
        if kind == "center":
            return RotationCenter(float(plain["x"]), float(plain["y"]), plain["order"])
        if kind == "ellipse":
            return ReflectionEllipse(*(float(plain[name]) for name in ("cx", "cy", "rx", "ry", "angle")))
    except (TypeError, KeyError) as error:
        raise ValueError(f"Not a shape: {error!r}.") from error
    raise ValueError(f"Not a kind of shape: {kind!r}.")

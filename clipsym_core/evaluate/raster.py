"""Shapes as thin truth masks, the way the field draws them before dilation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.symmetry import Point, ReflectionAxis, RotationCenter, Shape

_SHIFT = 4
"""OpenCV draws with coordinates in 1/16 px."""


def truth_mask(
    shapes: Iterable[Shape], size: tuple[int, int], kind: Literal["reflection", "rotation"]
) -> npt.NDArray[np.bool_]:
    """Mask [h, w] of the shapes of one kind on a picture of `size` = (width, height).

    reflection: axes as lines one pixel wide, ellipses filled; rotation: one pixel for each center inside the picture.
    Recipe 1.2 and 1.5.
    """
    w, h = size
    mask = np.zeros((h, w), dtype=np.uint8)
    for shape in shapes:
        if isinstance(shape, RotationCenter):
            x, y = int(np.floor(shape.x)), int(np.floor(shape.y))
            if kind == "rotation" and 0 <= x < w and 0 <= y < h:
                mask[y, x] = 1
        elif kind == "rotation":
            continue
        elif isinstance(shape, ReflectionAxis):
            points = np.array([_fixed(p) for p in shape.points], dtype=np.int32)
            cv2.polylines(mask, [points], isClosed=False, color=1, thickness=1, shift=_SHIFT)
        else:
            half = (round(shape.rx * (1 << _SHIFT)), round(shape.ry * (1 << _SHIFT)))
            # OpenCV turns clockwise.
            cv2.ellipse(mask, _fixed(shape.center), half, -shape.angle, 0, 360, 1, thickness=-1, shift=_SHIFT)
    return mask.astype(np.bool_)


def _fixed(point: Point) -> tuple[int, int]:
    # OpenCV counts from the center of the first pixel, hence the half.
    x, y = (round((v - 0.5) * (1 << _SHIFT)) for v in point)
    return (x, y)

"""Shapes as thin masks, the way the field draws them before dilation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.symmetry import Detection, Point, ReflectionAxis, RotationCenter, Shape

_SHIFT = 4
"""OpenCV draws with coordinates in 1/16 px."""


def truth_mask(
    shapes: Iterable[Shape], size: tuple[int, int], kind: Literal["reflection", "rotation"]
) -> npt.NDArray[np.bool_]:
    """Mask [h, w] of the shapes of one kind on a picture of `size` = (width, height).

    reflection: axes as lines one pixel wide, ellipses filled; rotation: one pixel for each center inside the picture.
    Recipe 1.2 and 1.5.
    """
    mask = np.zeros((size[1], size[0]), dtype=np.uint8)
    for shape in shapes:
        _draw(mask, shape, kind, 1)
    return mask.astype(np.bool_)


def score_map(
    detections: Iterable[Detection], size: tuple[int, int], kind: Literal["reflection", "rotation"]
) -> npt.NDArray[np.float32]:
    """Map [h, w] of detections drawn as `truth_mask` draws the truth, each with its score; where two meet, the better.

    With it the pixel metric judges decoded shapes as it judges heatmaps, and proposals made without a network too.
    """
    canvas = np.zeros((size[1], size[0]), dtype=np.float32)
    for detection in sorted(detections, key=lambda d: d.score):
        _draw(canvas, detection.shape, kind, detection.score)
    return canvas


def _draw(canvas: npt.NDArray[Any], shape: Shape, kind: Literal["reflection", "rotation"], value: float) -> None:
    if isinstance(shape, RotationCenter):
        x, y = int(np.floor(shape.x)), int(np.floor(shape.y))
        if kind == "rotation" and 0 <= x < canvas.shape[1] and 0 <= y < canvas.shape[0]:
            canvas[y, x] = value
    elif kind == "rotation":
        return
    elif isinstance(shape, ReflectionAxis):
        points = np.array([_fixed(p) for p in shape.points], dtype=np.int32)
        cv2.polylines(canvas, [points], isClosed=False, color=value, thickness=1, shift=_SHIFT)
    else:
        half = (round(shape.rx * (1 << _SHIFT)), round(shape.ry * (1 << _SHIFT)))
        # OpenCV turns clockwise.
        cv2.ellipse(canvas, _fixed(shape.center), half, -shape.angle, 0, 360, value, thickness=-1, shift=_SHIFT)


def _fixed(point: Point) -> tuple[int, int]:
    # OpenCV counts from the center of the first pixel, hence the half.
    x, y = (round((v - 0.5) * (1 << _SHIFT)) for v in point)
    return (x, y)

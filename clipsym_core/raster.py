"""Shapes as maps: thin masks, the way the field draws them before dilation, and heatmap and shapes as one map."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map
from clipsym_core.symmetry import Detection, Point, ReflectionAxis, RotationCenter, Shape

Kind: TypeAlias = Literal["reflection", "rotation"]
KINDS: Final[tuple[Kind, Kind]] = ("reflection", "rotation")

_SHIFT = 4
"""OpenCV draws with coordinates in 1/16 px."""
_SOFT: Final = 0.01
"""Standard deviation of a drawn line in a fused map, share of the shorter side."""


def truth_mask(shapes: Iterable[Shape], size: tuple[int, int], kind: Kind) -> npt.NDArray[np.bool_]:
    """Mask [h, w] of the shapes of one kind on a picture of `size` = (width, height).

    reflection: axes as lines one pixel wide, ellipses filled; rotation: one pixel for each center inside the picture.
    Recipe 1.2 and 1.5.
    """
    mask = np.zeros((size[1], size[0]), dtype=np.uint8)
    for shape in shapes:
        _draw(mask, shape, kind, 1)
    return mask.astype(np.bool_)


def score_map(detections: Iterable[Detection], size: tuple[int, int], kind: Kind) -> npt.NDArray[np.float32]:
    """Map [h, w] of detections drawn as `truth_mask` draws the truth, each with its score; where two meet, the better.

    With it the pixel metric judges decoded shapes as it judges heatmaps, and proposals made without a network too.
    """
    canvas = np.zeros((size[1], size[0]), dtype=np.float32)
    for detection in sorted(detections, key=lambda d: d.score):
        _draw(canvas, detection.shape, kind, detection.score)
    return canvas


def fused_map(heatmap: Map | None, detections: Sequence[Detection], size: tuple[int, int], kind: Kind) -> Map:
    """One map [h, w] in [0, 1] of what a heatmap and the scored shapes say together: their mean.

    The heatmap knows where something symmetric is, the shapes exactly where and how surely. For axes in photos the mean
    was better than either, on synthetic scenes the shapes alone were (MODEL_CARD.md). Lines and centers are softened to
    `_SOFT` of the shorter side, the score staying the height of their ridge; without a heatmap the shapes count alone.

    Args:
        heatmap: [h, w] at the size of the picture, or None.
        detections: of any score: faint ones count faintly.
    """
    sigma = _SOFT * min(size)
    lines = score_map([d for d in detections if isinstance(d.shape, ReflectionAxis)], size, kind)
    points = score_map([d for d in detections if isinstance(d.shape, RotationCenter)], size, kind)
    rest = [d for d in detections if not isinstance(d.shape, ReflectionAxis | RotationCenter)]
    drawn = score_map(rest, size, kind)
    # what a Gaussian takes from a line, and from a point, that is one pixel wide
    for thin, lost in ((lines, math.sqrt(2 * math.pi) * sigma), (points, 2 * math.pi * sigma**2)):
        if thin.any():
            drawn = np.maximum(drawn, cv2.GaussianBlur(thin, (0, 0), sigma) * max(lost, 1.0))
    drawn = np.minimum(drawn, 1.0)
    return drawn if heatmap is None else np.asarray((np.clip(heatmap, 0.0, 1.0) + drawn) / 2, np.float32)


def _draw(canvas: npt.NDArray[Any], shape: Shape, kind: Kind, value: float) -> None:
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

"""Detections drawn on a picture, for people to look at: `clipsym detect --overlay`, notebooks, figures.

Colors follow Okabe and Ito (2008), which stay apart for color-blind readers, and are those of the window; a dark casing
carries them over light and busy ground. Widths and letters grow with the picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError
from clipsym_core.imaging import Map, Pixels, check_pixels
from clipsym_core.symmetry import CONTINUOUS, Detection, Point, ReflectionAxis, ReflectionEllipse, RotationCenter

Color: TypeAlias = tuple[int, int, int]

AXIS_COLOR: Final[Color] = (240, 163, 10)
CENTER_COLOR: Final[Color] = (86, 180, 233)
ELLIPSE_COLOR: Final[Color] = (217, 140, 184)
CASING: Final[Color] = (20, 20, 28)

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SHIFT = 4  # OpenCV takes fixed-point coordinates with this many binary digits
_FIXED_LIMIT = 2**26
_REFERENCE_SIDE = 640.0


def draw_detections(image: Pixels, detections: Iterable[Detection], *, scores: bool = True) -> Pixels:
    """A copy of `image` [H, W, 3] with axes, centers (with their order as a badge) and ellipses drawn on it.

    Args:
        image: uint8, RGB.
        detections: in pixels of the picture; the best are drawn last, on top.
        scores: whether each shape carries its score in percent.

    Raises:
        InputError: not a picture.
    """
    canvas = np.ascontiguousarray(check_pixels(image)).copy()
    pen = _Pen(canvas)
    ordered = sorted(detections, key=lambda d: d.score)
    for d in ordered:
        pen.shape(d)
    if scores:
        for d in ordered:
            pen.score(d)
    return canvas


def blend_heatmap(image: Pixels, heatmap: Map, *, color: Color = AXIS_COLOR, opacity: float = 0.75) -> Pixels:
    """A copy of `image` [H, W, 3] on which a heatmap [H, W] in [0, 1] glows in `color`; zero leaves the picture.

    Raises:
        InputError: the sizes differ, or not a picture.
    """
    check_pixels(image)
    if heatmap.shape != image.shape[:2]:
        raise InputError(f"The heatmap is {heatmap.shape}, the picture {image.shape[:2]}: they must be of one size.")
    weight = np.clip(heatmap, 0.0, 1.0)[..., None] * opacity
    mixed = image * (1.0 - weight) + np.asarray(color, np.float32) * weight
    return (mixed + 0.5).astype(np.uint8)


class _Pen:
    """Draws on one canvas, at a width that fits its size."""

    def __init__(self, canvas: Pixels) -> None:
        self.canvas = canvas
        scale = max(canvas.shape[:2]) / _REFERENCE_SIDE
        self.width = max(2, round(2 * scale))
        self.casing = self.width + max(2, 2 * round(scale))
        self.dot = max(6.0, 7.0 * scale)
        self.text_scale = max(0.4, 0.48 * scale)
        self.text_width = max(1 if scale < 0.7 else 2, round(1.3 * scale))

    def shape(self, detection: Detection) -> None:
        match detection.shape:
            case ReflectionAxis(points):
                for color, width in ((CASING, self.casing), (AXIS_COLOR, self.width)):
                    cv2.polylines(self.canvas, [_fixed(points)], False, color, width, cv2.LINE_AA, _SHIFT)
                for end in (points[0], points[-1]):
                    self._disc(end, 0.45 * self.dot, AXIS_COLOR)
            case RotationCenter() as center:
                self._badge(center)
            case ReflectionEllipse() as ellipse:
                rim = [_rim_point(ellipse, t) for t in np.linspace(0.0, 2.0 * math.pi, 90, endpoint=False)]
                for color, width in ((CASING, self.casing), (ELLIPSE_COLOR, self.width)):
                    cv2.polylines(self.canvas, [_fixed(rim)], True, color, width, cv2.LINE_AA, _SHIFT)
                self._disc(ellipse.center, 0.45 * self.dot, ELLIPSE_COLOR)

    def score(self, detection: Detection) -> None:
        match detection.shape:
            case ReflectionAxis(points):
                upper = min(points[0], points[-1], key=lambda p: p[1])
                anchor, color = (upper[0] + self.dot, upper[1] - 0.2 * self.dot), AXIS_COLOR
            case RotationCenter(x, y, _):
                anchor, color = (x + 2.2 * self.dot, y + 0.6 * self.dot), CENTER_COLOR
            case ReflectionEllipse() as ellipse:
                x, y = _rim_point(ellipse, 0.25 * math.pi)
                anchor, color = (x + self.dot, y), ELLIPSE_COLOR
        self._text(f"{100 * detection.score:.0f}", anchor, color)

    def _disc(self, at: Point, radius: float, color: Color) -> None:
        (point,) = _fixed([at]).tolist()
        for shade, r in ((CASING, radius + 0.5 * (self.casing - self.width)), (color, radius)):
            cv2.circle(self.canvas, point, round(r * 2**_SHIFT), shade, cv2.FILLED, cv2.LINE_AA, _SHIFT)

    def _badge(self, center: RotationCenter) -> None:
        radius = 1.5 * self.dot
        self._disc(center.point, radius, CENTER_COLOR)
        if center.order == CONTINUOUS:  # the sign of infinity, which OpenCV's letters do not have
            for side in (-1, 1):
                (point,) = _fixed([(center.x + side * 0.36 * radius, center.y)]).tolist()
                r = round(0.34 * radius * 2**_SHIFT)
                cv2.circle(self.canvas, point, r, CASING, self.text_width, cv2.LINE_AA, _SHIFT)
            return
        text = str(center.order)
        scale = 1.1 * self.text_scale * (1.0 if len(text) == 1 else 0.8)
        thickness = self.text_width
        (w, h), _ = cv2.getTextSize(text, _FONT, scale, thickness)
        origin = (round(center.x - 0.5 - w / 2), round(center.y - 0.5 + h / 2))
        cv2.putText(self.canvas, text, origin, _FONT, scale, CASING, thickness, cv2.LINE_AA)

    def _text(self, text: str, anchor: Point, color: Color) -> None:
        """Text whose left end lies at `anchor`, moved where it would leave the picture."""
        (w, h), base = cv2.getTextSize(text, _FONT, self.text_scale, self.text_width)
        height, width = self.canvas.shape[:2]
        x = int(min(max(anchor[0], 2), max(2, width - w - 3)))
        y = int(min(max(anchor[1], h + 3), max(h + 3, height - base - 2)))
        for shade, thickness in ((CASING, self.text_width + 2), (color, self.text_width)):
            cv2.putText(self.canvas, text, (x, y), _FONT, self.text_scale, shade, thickness, cv2.LINE_AA)


def _rim_point(ellipse: ReflectionEllipse, t: float) -> Point:
    a = math.radians(ellipse.angle)
    u, v = ellipse.rx * math.cos(t), ellipse.ry * math.sin(t)
    return (ellipse.cx + u * math.cos(a) + v * math.sin(a), ellipse.cy - u * math.sin(a) + v * math.cos(a))


def _fixed(points: Iterable[Point]) -> npt.NDArray[np.int32]:
    """Fixed-point coordinates for OpenCV, whose pixel centers lie at integers while ours lie at integer + 0.5.

    Points millions of pixels away are pulled in, because fixed-point numbers end there.
    """
    p = (np.asarray(list(points), np.float64) - 0.5) * 2**_SHIFT
    fixed: npt.NDArray[np.int32] = np.clip(np.rint(p), -_FIXED_LIMIT, _FIXED_LIMIT).astype(np.int32)
    return fixed

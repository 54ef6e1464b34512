"""Shapes to heatmaps: what the network is trained towards.

Two ways: `render_targets` draws analytically (the distance of each pixel center to the shape, no raster steps), at the
size of the network; `field_targets` draws as the published training code does (1-px lines, blurred, clipped, divided by
the maximum), for comparison with its numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.data.field_raster import draw_field_raster
from clipsym_core.errors import InputError
from clipsym_core.imaging import Map
from clipsym_core.symmetry import Point, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape

CHANNELS = ("reflection", "rotation")
CLASS_REACH = 6.0
"""How far from a shape its class reaches, px of the canvas: a grid of stride 8 meets every axis."""
NOTHING = -1.0
_FAR = 3.5  # in sigmas: beyond, a Gaussian is below 0.0022 and drawn as 0

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TargetStyle:
    """How shapes are drawn. Widths are shares of the shorter side of the map, so a style fits every size.

    Attributes:
        profile: `gaussian` (exp(-d^2 / 2 s^2)) or `band` (1 up to s, then down to 0 over one pixel).
        axis: width s of an axis.
        center: width s of a rotation center.
        classes: also draw maps of angle and order, for models that predict them.
        ellipses: in the reflection map: `skip` (background: a disc's infinitely many axes are no line; its center is in
            the rotation map), `fill` (as the field's data sets do), `ring` (its outline).
    """

    profile: Literal["gaussian", "band"] = "gaussian"
    axis: float = 1.6 / 192
    center: float = 3.0 / 192
    ellipses: Literal["skip", "fill", "ring"] = "skip"
    classes: bool = False


def render_targets(shapes: Iterable[Shape], size: tuple[int, int], style: TargetStyle | None = None) -> Map:
    """Target maps float32 [2, h, w] in [0, 1] (reflection, rotation) for a canvas of `size` = (w, h) px.

    With `style.classes` [4, h, w]: `render_classes` behind them. Overlapping shapes combine by their maximum.
    Coordinates are those of the canvas, pixel centers at + 0.5.

    Raises:
        InputError: a side below 1.
    """
    style = style or TargetStyle()
    w, h = _checked(size)
    shapes = list(shapes)
    maps = np.zeros((2, h, w), np.float32)
    axis_width, center_width = style.axis * min(w, h), style.center * min(w, h)
    for shape in shapes:
        if isinstance(shape, ReflectionAxis):
            for a, b in zip(shape.points, shape.points[1:], strict=False):
                _draw_segment(maps[0], a, b, axis_width, style.profile)
        elif isinstance(shape, RotationCenter):
            _draw_segment(maps[1], shape.point, shape.point, center_width, style.profile)
        elif style.ellipses != "skip":
            _draw_ellipse(maps[0], shape, axis_width, style)
    return np.concatenate([maps, render_classes(shapes, size)]) if style.classes else maps


def render_classes(shapes: Iterable[Shape], size: tuple[int, int]) -> Map:
    """What the nearest shape within `CLASS_REACH` px of each pixel is: float32 [2, h, w], -1 where there is none.

    First the angle of the axis, degrees counter-clockwise in [0, 180), then the order of the center.

    Raises:
        InputError: a side below 1.
    """
    w, h = _checked(size)
    classes = np.full((2, h, w), NOTHING, np.float32)
    nearest = np.full((2, h, w), CLASS_REACH)
    for shape in shapes:
        if isinstance(shape, ReflectionAxis):
            for a, b in zip(shape.points, shape.points[1:], strict=False):
                angle = math.degrees(math.atan2(a[1] - b[1], b[0] - a[0])) % 180.0
                _draw_class(classes[0], nearest[0], a, b, angle if angle < 180.0 else 0.0)
        elif isinstance(shape, RotationCenter):
            _draw_class(classes[1], nearest[1], shape.point, shape.point, float(shape.order))
    return classes


def segment_distance(xs: _Floats, ys: _Floats, a: Point, b: Point) -> _Floats:
    """Distances, px, of points to the segment a-b (to the point a where b is a)."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    t = 0.0 if square == 0 else np.clip(((xs - a[0]) * dx + (ys - a[1]) * dy) / square, 0.0, 1.0)
    distances: _Floats = np.hypot(xs - a[0] - t * dx, ys - a[1] - t * dy)
    return distances


def ellipse_distance(xs: _Floats, ys: _Floats, shape: ReflectionEllipse) -> _Floats:
    """Signed distances, px, to an ellipse's outline, negative inside; exact on the outline and for circles, and of
    first order (the level function divided by its gradient) near it."""
    c, s = math.cos(math.radians(shape.angle)), math.sin(math.radians(shape.angle))
    u = ((xs - shape.cx) * c - (ys - shape.cy) * s) / shape.rx
    v = ((xs - shape.cx) * s + (ys - shape.cy) * c) / shape.ry
    level = np.hypot(u, v)
    slope = np.hypot(u / shape.rx, v / shape.ry) / np.maximum(level, 1e-9)
    distances: _Floats = np.where(level < 1e-9, -min(shape.rx, shape.ry), (level - 1) / np.maximum(slope, 1e-9))
    return distances


def _profile(distance: _Floats, width: float, kind: str) -> _Floats:
    if kind == "band":
        return np.clip(width + 0.5 - distance, 0.0, 1.0)
    value = np.exp(-0.5 * (distance / width) ** 2)
    return np.where(distance > _FAR * width, 0.0, value)


def _draw_segment(target: Map, a: Point, b: Point, width: float, kind: str) -> None:
    margin = _FAR * width + 2
    window = _window(target, min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]), margin)
    if window is not None:
        region, xs, ys = window
        np.maximum(region, _profile(segment_distance(xs, ys, a, b), width, kind), out=region, casting="same_kind")


def _draw_class(classes: Map, nearest: _Floats, a: Point, b: Point, value: float) -> None:
    margin = CLASS_REACH + 1
    window = _window(classes, min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]), margin)
    if window is None:
        return
    region, xs, ys = window
    x0, y0 = int(xs[0, 0]), int(ys[0, 0])
    before = nearest[y0 : y0 + region.shape[0], x0 : x0 + region.shape[1]]
    distance = segment_distance(xs, ys, a, b)
    closer = distance < before
    region[closer] = value
    before[closer] = distance[closer]


def _draw_ellipse(target: Map, shape: ReflectionEllipse, width: float, style: TargetStyle) -> None:
    reach = max(shape.rx, shape.ry)
    margin = _FAR * width + 2
    window = _window(target, shape.cx - reach, shape.cy - reach, shape.cx + reach, shape.cy + reach, margin)
    if window is None:
        return
    region, xs, ys = window
    distance = ellipse_distance(xs, ys, shape)
    if style.ellipses == "fill":
        value = np.clip(0.5 - distance, 0.0, 1.0)
    else:
        value = _profile(np.abs(distance), width, style.profile)
    np.maximum(region, value, out=region, casting="same_kind")


def _window(
    target: Map, left: float, top: float, right: float, bottom: float, margin: float
) -> tuple[Map, _Floats, _Floats] | None:
    """The part of the map near a box: a view, and the coordinates of its pixel centers; None where it lies outside."""
    h, w = target.shape
    x0, x1 = max(0, math.floor(left - margin)), min(w, math.ceil(right + margin))
    y0, y1 = max(0, math.floor(top - margin)), min(h, math.ceil(bottom + margin))
    if x0 >= x1 or y0 >= y1:
        return None
    xs, ys = np.meshgrid(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5)
    return target[y0:y1, x0:x1], xs, ys


# -- as the field does ------------------------------------------------------------------------------------------------


def field_targets(shapes: Iterable[Shape], size: tuple[int, int]) -> Map:
    """Targets float32 [2, h, w] as the published training code makes them (recipe 1.2 and 2.2).

    Reflection: 1-px lines and filled ellipses, blurred 5 x 5 with sigma 4 (nearly a flat band), clipped at .2126,
    divided by the maximum. Rotation: single pixels, blurred 11 x 11 with sigma 4, clipped at .01, divided likewise.

    Raises:
        InputError: a side below 1.
    """
    lines, points = draw_field_raster(shapes, _checked(size))
    return np.stack([_blurred(lines, 5, 0.2126), _blurred(points, 11, 0.01)])


def _blurred(raster: Map, kernel: int, ceiling: float) -> Map:
    blurred = np.minimum(cv2.GaussianBlur(raster, (kernel, kernel), 4.0), ceiling)
    highest = float(blurred.max())
    return np.asarray(blurred / highest if highest > 0 else blurred, np.float32)


def _checked(size: tuple[int, int]) -> tuple[int, int]:
    if min(size) < 1:
        raise InputError(f"Sides must be at least 1 px, got {size[0]} x {size[1]}.")
    return size

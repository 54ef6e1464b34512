"""Puts things into a scene: pose, mild perspective, occlusion; keeps the labels that stay visible."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.data.synthesis.procedural import Rng
from clipsym_core.data.synthesis.things import Matrix, Thing, similarity
from clipsym_core.symmetry import (
    Point,
    ReflectionAxis,
    ReflectionEllipse,
    RotationCenter,
    Shape,
    clip_to_rectangle,
)

MIN_VISIBLE = 0.7
"""Share of a thing's pixels that must stay visible for its labels to count."""
MIN_AXIS = 0.06
"""Shortest labelled axis, in units of the shorter side of the scene."""
MIN_AXIS_INSIDE = 0.6
"""Share of an axis that must lie inside the picture."""


@dataclass(slots=True)
class Placed:
    """A thing in the scene: its shapes there, how many pixels it covered, and which of them are still visible."""

    shapes: tuple[Shape, ...]
    pixels: int
    visible: npt.NDArray[np.bool_]
    box: tuple[int, int, int, int]


@dataclass(slots=True)
class Canvas:
    """A scene being made: pixels [H, W, 3] and what lies in it, lowest first."""

    image: npt.NDArray[np.uint8]
    placed: list[Placed] = field(default_factory=list)
    scenery: list[Shape] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int]:
        return (self.image.shape[1], self.image.shape[0])

    def paste(self, thing: Thing, matrix: Matrix, *, opacity: float = 1.0) -> None:
        """Lay a thing over the scene, under a homography [3, 3] of points."""
        w, h = self.size
        tw, th = thing.size
        corners = map_points(np.array([[0, 0], [tw, 0], [tw, th], [0, th]], float), matrix)
        x0, y0 = np.floor(corners.min(axis=0)).astype(int) - 1
        x1, y1 = np.ceil(corners.max(axis=0)).astype(int) + 1
        full = max(1, (x1 - x0) * (y1 - y0))
        x0, y0, x1, y1 = max(0, int(x0)), max(0, int(y0)), min(w, int(x1)), min(h, int(y1))
        if x1 <= x0 or y1 <= y0:
            return
        shift = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1.0]])
        layer = _warp(thing.rgba, shift @ matrix, (x1 - x0, y1 - y0))
        alpha = layer[..., 3:].astype(np.float32) * (opacity / 255.0)
        region = self.image[y0:y1, x0:x1]
        region[...] = (region + (layer[..., :3].astype(np.float32) - region) * alpha + 0.5).astype(np.uint8)
        covers = alpha[..., 0] > 0.4
        for lower in self.placed:
            _hide(lower, covers, (x0, y0, x1, y1))
        inside = int(covers.sum())
        share_inside = (x1 - x0) * (y1 - y0) / full
        self.placed.append(
            Placed(map_shapes(thing.shapes, matrix), round(inside / max(share_inside, 1e-3)), covers, (x0, y0, x1, y1))
        )

    def shapes(self) -> tuple[Shape, ...]:
        """The labels that hold in the finished scene (docs/labels.md)."""
        found: list[Shape] = list(self.scenery)
        for thing in self.placed:
            if thing.pixels and thing.visible.sum() >= MIN_VISIBLE * thing.pixels:
                found.extend(thing.shapes)
        return clip_shapes(found, self.size)


def _hide(lower: Placed, covers: npt.NDArray[np.bool_], box: tuple[int, int, int, int]) -> None:
    x0, y0 = max(lower.box[0], box[0]), max(lower.box[1], box[1])
    x1, y1 = min(lower.box[2], box[2]), min(lower.box[3], box[3])
    if x1 > x0 and y1 > y0:
        hidden = covers[y0 - box[1] : y1 - box[1], x0 - box[0] : x1 - box[0]]
        lower.visible[y0 - lower.box[1] : y1 - lower.box[1], x0 - lower.box[0] : x1 - lower.box[0]] &= ~hidden


def _warp(rgba: npt.NDArray[np.uint8], matrix: Matrix, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    warped = cv2.warpPerspective(rgba, np.linalg.inv(half) @ matrix @ half, size, flags=cv2.INTER_LINEAR)
    return np.asarray(warped, np.uint8)


def map_points(points: npt.NDArray[np.float64], matrix: Matrix) -> npt.NDArray[np.float64]:
    """Points [N, 2] under a homography [3, 3]."""
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    mapped: npt.NDArray[np.float64] = homogeneous[:, :2] / homogeneous[:, 2:]
    return mapped


def map_shapes(shapes: tuple[Shape, ...], matrix: Matrix) -> tuple[Shape, ...]:
    """Shapes under a homography; an ellipse by the affine map that touches it at its center."""
    return tuple(_map_shape(shape, matrix) for shape in shapes)


def _map_shape(shape: Shape, matrix: Matrix) -> Shape:
    if isinstance(shape, ReflectionAxis):
        mapped = map_points(np.array(shape.points), matrix)
        return ReflectionAxis(tuple((float(x), float(y)) for x, y in mapped))
    if isinstance(shape, RotationCenter):
        ((x, y),) = map_points(np.array([shape.point]), matrix)
        return RotationCenter(float(x), float(y), shape.order)
    return shape.transformed(affine_at(matrix, shape.center))


def affine_at(matrix: Matrix, point: Point) -> Matrix:
    """The affine map [3, 3] that agrees with a homography to first order at a point."""
    x, y = point
    u, v, w = matrix @ (x, y, 1.0)
    jacobian = (matrix[:2, :2] - np.outer((u, v), matrix[2, :2]) / w) / w
    offset = np.array([u / w, v / w]) - jacobian @ (x, y)
    return np.vstack([np.column_stack([jacobian, offset]), [0, 0, 1.0]])


def clip_shapes(shapes: list[Shape], size: tuple[int, int]) -> tuple[Shape, ...]:
    """Axes cut to the picture (dropped where too little is left), centers inside it, ellipses mostly inside it."""
    w, h = size
    kept: list[Shape] = []
    for shape in shapes:
        if isinstance(shape, ReflectionAxis) and not shape.is_straight:
            inside = [p for p in shape.points if 0 <= p[0] <= w and 0 <= p[1] <= h]
            if len(inside) >= max(2, math.ceil(MIN_AXIS_INSIDE * len(shape.points))):
                kept.append(ReflectionAxis(tuple(inside)))
        elif isinstance(shape, ReflectionAxis):
            part = clip_to_rectangle(shape.start, shape.end, w, h)
            length = 0.0 if part is None else math.dist(*part)
            if part is not None and length >= max(MIN_AXIS * min(w, h), MIN_AXIS_INSIDE * shape.length):
                kept.append(ReflectionAxis(part))
        elif isinstance(shape, RotationCenter):
            if 0 <= shape.x < w and 0 <= shape.y < h:
                kept.append(shape)
        elif isinstance(shape, ReflectionEllipse) and 0 <= shape.cx < w and 0 <= shape.cy < h:
            kept.append(shape)
    return tuple(kept)


def pose(thing: Thing, rng: Rng, center: Point, diameter: float, *, turn: float, tilt: float = 0.0) -> Matrix:
    """Turned about its middle, scaled to `diameter` px, at `center`; with `tilt`, corners move by up to that share."""
    tw, th = thing.size
    matrix = similarity(diameter / max(tw, th), turn, (tw / 2, th / 2), center)
    if tilt > 0:
        matrix = matrix @ tilted((tw, th), rng, tilt)
    return matrix


def tilted(size: tuple[int, int], rng: Rng, tilt: float) -> Matrix:
    """Mild perspective [3, 3] of a picture of `size` = (w, h): its corners move by up to `tilt` of the longer side."""
    w, h = size
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    moved = corners + rng.uniform(-tilt, tilt, (4, 2)).astype(np.float32) * max(w, h)
    return np.asarray(cv2.getPerspectiveTransform(corners, moved.astype(np.float32)), np.float64)

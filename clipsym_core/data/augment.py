"""Changes of the picture that move its shapes along: one projective map, one resampling, the shapes by formula.

A map here is [3, 3], from points (x, y, 1) of the picture to points of the canvas. Every map is that of a letterbox,
followed by turns, mirrors and the like about the middle of the canvas; so without augmentation it is the letterbox
itself, and training sees what inference sees.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.data.annotation import MAX_COORDINATE
from clipsym_core.data.augment_options import AugmentOptions
from clipsym_core.imaging import Letterbox, Pixels
from clipsym_core.symmetry import Point, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape, clip_to_rectangle

Projective: TypeAlias = npt.NDArray[np.float64]
Rng: TypeAlias = np.random.Generator

_NEAR = 0.2
"""Points whose projective depth is below this lie (nearly) behind the camera; what is there is cut off. The middle of
the canvas has depth 1."""
_SHIFT = 0.2


def random_map(size: tuple[int, int], canvas: tuple[int, int], options: AugmentOptions, rng: Rng) -> Projective:
    """A random map of a picture of `size` = (w, h) onto `canvas` = (w, h).

    Every random number is drawn whatever the options are, so changing one share changes nothing else.
    """
    chances = rng.random(6)
    quarter, sign = int(rng.integers(4)), 1 if rng.random() < 0.5 else -1
    degrees = float(rng.uniform(-options.degrees, options.degrees))
    low, high = (math.log(z) for z in sorted(options.zoom))
    zoom = math.exp(float(rng.uniform(low, high)))
    moved = rng.uniform(-_SHIFT, _SHIFT, 2)
    slant = rng.uniform(-1, 1, 2) * options.tilt
    w, h = canvas
    around = np.eye(3)
    if chances[0] < options.quarter_turns:
        around = _turn(90.0 * quarter) @ around
    if chances[1] < options.mirror:
        around = np.diag([-1.0 if sign > 0 else 1.0, 1.0 if sign > 0 else -1.0, 1.0]) @ around
    if chances[2] < options.turn:
        around = _turn(degrees) @ around
    if chances[3] < options.scale:
        around = np.diag([zoom, zoom, 1.0]) @ around
    if chances[4] < options.perspective:
        # A corner at half the canvas away is `tilt` nearer or further.
        around = np.array([[1, 0, 0], [0, 1, 0], [2 * slant[0] / w, 2 * slant[1] / h, 1]]) @ around
    if chances[5] < options.shift:
        around = _move(moved[0] * w, moved[1] * h) @ around
    return _move(w / 2, h / 2) @ around @ _move(-w / 2, -h / 2) @ Letterbox(size, canvas).matrix


def warp(image: Pixels, matrix: Projective, canvas: tuple[int, int], *, fill: int = 0) -> tuple[Pixels, Pixels]:
    """The picture on the canvas, and a mask uint8 [h, w]: 1 where it lies, 0 on padding. Shrinking averages areas."""
    h, w = image.shape[:2]
    letterbox = Letterbox((w, h), canvas)
    if np.allclose(matrix, letterbox.matrix, rtol=0, atol=1e-12):
        return np.asarray(letterbox.apply(image, fill=fill), np.uint8), letterbox.valid().astype(np.uint8)
    scale = math.sqrt(abs(np.linalg.det(_linear_at(matrix, (w / 2, h / 2)))))
    if scale < 1:
        small = (max(1, round(w * scale)), max(1, round(h * scale)))
        image = np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_AREA), np.uint8)
        matrix = matrix @ np.diag([w / small[0], h / small[1], 1.0])
    # OpenCV counts from the middle of the first pixel.
    theirs = _move(-0.5, -0.5) @ matrix @ _move(0.5, 0.5)
    moved = cv2.warpPerspective(
        image, theirs, canvas, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(fill,) * 3
    )
    return np.asarray(moved, np.uint8), _inside(matrix, (image.shape[1], image.shape[0]), canvas)


def map_shapes(shapes: Iterable[Shape], matrix: Projective, size: tuple[int, int]) -> list[Shape]:
    """The shapes of a picture of `size` under the map; what vanishes behind the camera is cut or left out."""
    found: list[Shape] = []
    for shape in shapes:
        moved = _map_shape(shape, matrix, size)
        if moved is not None:
            found.append(moved)
    return found


def project(points: npt.ArrayLike, matrix: Projective) -> npt.NDArray[np.float64]:
    """Points [N, 2] under the map."""
    p = np.asarray(points, np.float64).reshape(-1, 2)
    q = p @ matrix[:, :2].T + matrix[:, 2]
    mapped: npt.NDArray[np.float64] = q[:, :2] / q[:, 2:]
    return mapped


def map_ellipse(shape: ReflectionEllipse, matrix: Projective) -> ReflectionEllipse | None:
    """The image of an ellipse, as a conic; None where it is cut by the horizon.

    The conic matrix C of points p with p^T C p = 0 becomes H^-T C H^-1 (Hartley and Zisserman, 2.2.3).
    """
    c, s = math.cos(math.radians(shape.angle)), math.sin(math.radians(shape.angle))
    # From the unit circle: y points down, so a counter-clockwise angle has a negative y.
    place = np.array([[shape.rx * c, shape.ry * s, shape.cx], [-shape.rx * s, shape.ry * c, shape.cy], [0, 0, 1]])
    whole = matrix @ place
    if whole[2, 2] - math.hypot(whole[2, 0], whole[2, 1]) <= _NEAR:
        return None
    back = np.linalg.inv(whole)
    conic = back.T @ np.diag([1.0, 1.0, -1.0]) @ back
    middle = np.linalg.solve(conic[:2, :2], -conic[:2, 2])
    level = -(conic[2, 2] + conic[:2, 2] @ middle)
    values, vectors = np.linalg.eigh(conic[:2, :2] / level)
    if values[0] <= 0 or not np.isfinite(values).all():
        return None
    rx, ry = 1 / np.sqrt(values)
    x, y = vectors[:, 0]
    return ReflectionEllipse(float(middle[0]), float(middle[1]), float(rx), float(ry), math.degrees(math.atan2(-y, x)))


def _map_shape(shape: Shape, matrix: Projective, size: tuple[int, int]) -> Shape | None:
    if isinstance(shape, ReflectionEllipse):
        moved = map_ellipse(shape, matrix)
        return (
            moved if moved is not None and max(moved.rx, moved.ry, *map(abs, moved.center)) < MAX_COORDINATE else None
        )
    if isinstance(shape, RotationCenter):
        if _depth(shape.point, matrix) <= _NEAR:
            return None
        ((x, y),) = project([shape.point], matrix)
        return RotationCenter(float(x), float(y), shape.order)
    points = _in_front(shape, matrix, size)
    return None if points is None else ReflectionAxis(tuple((float(x), float(y)) for x, y in project(points, matrix)))


def _in_front(axis: ReflectionAxis, matrix: Projective, size: tuple[int, int]) -> list[Point] | None:
    """The points of an axis, its ends drawn in where they lie behind the camera; None where it has no part in front."""
    if all(_depth(p, matrix) > _NEAR for p in axis.points):
        return list(axis.points)
    # Only axes that reach far out of the picture come here: the part near the picture is what is seen.
    w, h = size
    points: list[Point] = []
    for a, b in zip(axis.points, axis.points[1:], strict=False):
        part = clip_to_rectangle((a[0] + w / 4, a[1] + h / 4), (b[0] + w / 4, b[1] + h / 4), 1.5 * w, 1.5 * h)
        if part is not None:
            start, end = ((x - w / 4, y - h / 4) for x, y in part)
            points += [p for p in (start, end) if not points or p != points[-1]]
    return points if len(points) > 1 and all(_depth(p, matrix) > _NEAR for p in points) else None


def _depth(point: Point, matrix: Projective) -> float:
    return float(matrix[2, 0] * point[0] + matrix[2, 1] * point[1] + matrix[2, 2])


def _linear_at(matrix: Projective, point: Point) -> Projective:
    """The derivative [2, 2] of the map at a point."""
    depth = _depth(point, matrix)
    ((x, y),) = project([point], matrix)
    return (matrix[:2, :2] - np.outer((x, y), matrix[2, :2])) / depth


def _inside(matrix: Projective, size: tuple[int, int], canvas: tuple[int, int]) -> Pixels:
    """Mask [h, w] of the canvas pixels whose centers come from inside the picture."""
    xs, ys = np.meshgrid(np.arange(canvas[0]) + 0.5, np.arange(canvas[1]) + 0.5)
    back = np.linalg.inv(matrix)
    q = np.stack([xs.ravel(), ys.ravel()], axis=1) @ back[:, :2].T + back[:, 2]
    front = q[:, 2] > 0
    safe = np.where(front, q[:, 2], 1.0)
    x, y = q[:, 0] / safe, q[:, 1] / safe
    inside = front & (x >= 0) & (x <= size[0]) & (y >= 0) & (y <= size[1])
    return np.asarray(inside.reshape(canvas[1], canvas[0]), np.uint8)


def _turn(degrees: float) -> Projective:
    """Counter-clockwise as seen, about the origin; y points down."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])


def _move(x: float, y: float) -> Projective:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])

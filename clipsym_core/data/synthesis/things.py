"""A thing that a scene is made of: an RGBA picture with its symmetries, in its own pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.data.synthesis.procedural import Rng
from clipsym_core.symmetry import CONTINUOUS, Point, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape, direction

MAX_DRAWN_AXES = 8
"""Stars with more mirror axes are labelled as an ellipse: their axes are closer than a heatmap can show."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Thing:
    """RGBA [H, W, 4] and the shapes that are true of it, in its pixels."""

    rgba: npt.NDArray[np.uint8]
    shapes: tuple[Shape, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        return (self.rgba.shape[1], self.rgba.shape[0])


def chord(alpha: npt.NDArray[np.uint8], center: Point, angle: float) -> ReflectionAxis | None:
    """The axis through `center` from end to end of the thing (of its visible pixels, seen along the axis); None where
    hardly anything is visible."""
    ys, xs = np.nonzero(alpha > 127)
    if len(xs) < 8:
        return None
    ux, uy = direction(angle)
    along = (xs + 0.5 - center[0]) * ux + (ys + 0.5 - center[1]) * uy
    first, last = float(along.min()) - 0.5, float(along.max()) + 0.5
    if last - first < 4:
        return None
    return ReflectionAxis(tuple((center[0] + t * ux, center[1] + t * uy) for t in (first, last)))


def group_shapes(
    alpha: npt.NDArray[np.uint8], center: Point, axes: tuple[float, ...], order: int, radius: float
) -> tuple[Shape, ...]:
    """The shapes of a cyclic or dihedral group, by the label rules (docs/labels.md)."""
    shapes: list[Shape] = []
    if order != 1:
        shapes.append(RotationCenter(center[0], center[1], order))
    if order == CONTINUOUS or len(axes) > MAX_DRAWN_AXES:
        shapes.append(ReflectionEllipse(center[0], center[1], radius, radius))
        return tuple(shapes)
    shapes.extend(axis for angle in axes if (axis := chord(alpha, center, angle)) is not None)
    return tuple(shapes)


def warp_rgba(rgba: npt.NDArray[np.uint8], matrix: Matrix, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """RGBA under an affine map [2, 3] or a homography [3, 3] of points, onto a clear canvas of `size` = (w, h)."""
    m = np.vstack([matrix, [0, 0, 1]]) if matrix.shape == (2, 3) else matrix
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    pixels = np.linalg.inv(half) @ m @ half  # from points (centers at + 0.5) to OpenCV's pixel indices
    flags = cv2.INTER_LINEAR
    return np.asarray(cv2.warpPerspective(rgba, pixels, size, flags=flags, borderMode=cv2.BORDER_CONSTANT), np.uint8)


def similarity(scale: float, degrees: float, source: Point, target: Point) -> Matrix:
    """Scale and turn (counter-clockwise) about `source`, which moves to `target`; [3, 3] of points."""
    c, s = scale * math.cos(math.radians(degrees)), scale * math.sin(math.radians(degrees))
    return np.array(
        [
            [c, s, target[0] - c * source[0] - s * source[1]],
            [-s, c, target[1] + s * source[0] - c * source[1]],
            [0, 0, 1.0],
        ]
    )


def mirror_copy(rgba: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The left half [H, W/2, 4] with its mirror image beside it: [H, W, 4], symmetric about x = W / 2 exactly."""
    return np.concatenate([rgba, rgba[:, ::-1]], axis=1)


def over(below: npt.NDArray[np.uint8], above: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Alpha composition of two RGBA pictures of one size."""
    a = above[..., 3:].astype(np.float32) / 255
    b = below[..., 3:].astype(np.float32) / 255 * (1 - a)
    total = a + b
    color = (above[..., :3] * a + below[..., :3] * b) / np.maximum(total, 1e-4)
    return np.dstack([color, total * 255]).round().astype(np.uint8)


def any_angle(rng: Rng) -> float:
    """A direction drawn uniformly, degrees."""
    return float(rng.uniform(0, 360))

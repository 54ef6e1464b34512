"""Mild bending of a finished scene: straight axes become polylines."""

from __future__ import annotations

import math

import cv2
import numpy as np

from clipsym_core.data.synthesis.procedural import Rng
from clipsym_core.imaging import Pixels
from clipsym_core.symmetry import Point, ReflectionAxis, RotationCenter, Shape

_PIECES = 8


def bend(image: Pixels, shapes: tuple[Shape, ...], rng: Rng) -> tuple[Pixels, tuple[Shape, ...]]:
    """Pixels move sideways by a slow sine along a random direction, by up to 3 % of the picture.

    Ellipses keep their place (their outline moves by less than what a label can say).
    """
    h, w = image.shape[:2]
    side = min(h, w)
    angle = float(rng.uniform(0, 2 * math.pi))
    along = np.array([math.cos(angle), math.sin(angle)])
    across = np.array([-along[1], along[0]])
    amplitude = side * float(rng.uniform(0.01, 0.03))
    rate = 2 * math.pi / (side * float(rng.uniform(0.8, 2.0)))
    phase = float(rng.uniform(0, 2 * math.pi))
    ys, xs = np.mgrid[0:h, 0:w] + 0.5
    # The shift is a function of the coordinate along the wave, which it does not change: the inverse is exact.
    shift = amplitude * np.sin(rate * (xs * along[0] + ys * along[1]) + phase)
    x = (xs - shift * across[0] - 0.5).astype(np.float32)
    y = (ys - shift * across[1] - 0.5).astype(np.float32)
    bent = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def move(point: Point) -> Point:
        step = amplitude * math.sin(rate * (point[0] * along[0] + point[1] * along[1]) + phase)
        return (point[0] + step * float(across[0]), point[1] + step * float(across[1]))

    return np.asarray(bent, np.uint8), tuple(_moved(shape, move) for shape in shapes)


def _moved(shape: Shape, move) -> Shape:  # type: ignore[no-untyped-def]
    if isinstance(shape, RotationCenter):
        x, y = move(shape.point)
        return RotationCenter(x, y, shape.order)
    if isinstance(shape, ReflectionAxis):
        pieces = [shape.start]
        for a, b in zip(shape.points, shape.points[1:], strict=False):
            steps = [(k + 1) / _PIECES for k in range(_PIECES)]
            pieces.extend((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) for t in steps)
        return ReflectionAxis(tuple(move(p) for p in pieces))
    return shape

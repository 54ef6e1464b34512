"""Shapes as the field's loaders draw them, pixel by pixel: the oracle for comparing with published numbers.

Facts: the public loaders of EquiSym and CLIPSym (dendi_loader.py, utils.py). Lines are 1 px wide, drawn by Pillow from
the left to the right end; an ellipse is a polygon of 120 points whose angles come from 3.14 instead of pi, turned about
its centroid; a center is the pixel that it lies in, coordinates cut towards zero. At one pixel a line of another
algorithm may differ, and a difference of one pixel is one of many grey levels after the blur.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from clipsym_core.imaging import Map
from clipsym_core.symmetry import Point, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape

_CUTS = 120
_PI = 3.14


def draw_field_raster(shapes: Iterable[Shape], size: tuple[int, int]) -> Map:
    """0 and 1 as float32 [2, h, w]: lines and filled ellipses, and centers, on a picture of `size` = (w, h)."""
    canvases = (Image.new("L", size), Image.new("L", size))
    lines, spots = (ImageDraw.Draw(c) for c in canvases)
    for shape in shapes:
        match shape:
            case ReflectionAxis(points):
                for a, b in pairwise(points):
                    left, right = (b, a) if a[0] > b[0] else (a, b)
                    lines.line([*left, *right], fill=1)
            case ReflectionEllipse():
                lines.polygon(_outline(shape), fill=1, outline=None)
            case RotationCenter(x, y, _):
                spots.point((int(x), int(y)), fill=1)
    return np.stack([np.asarray(c, np.float32) for c in canvases])


def _outline(shape: ReflectionEllipse) -> list[Point]:
    """The loaders' polygon: closed by its first point, not quite round because of 3.14."""
    steps = [i * (360 / _CUTS) * _PI / 180 for i in range(_CUTS)]
    at = np.array([(shape.rx * math.sin(t) + shape.cx, shape.ry * math.cos(t) + shape.cy) for t in steps])
    middle = _centroid(at)
    # The polygon is not quite the same after half a turn, and the loaders turn it by less than a quarter either way.
    turn = math.radians(shape.angle - 180.0 if shape.angle >= 90.0 else shape.angle)
    c, s = math.cos(turn), math.sin(turn)
    # Counter-clockwise on the screen, where y points down.
    turned = (at - middle) @ np.array([[c, -s], [s, c]]) + middle
    return [(float(x), float(y)) for x, y in (*turned, turned[0])]


def _centroid(at: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The centroid of a polygon's area (shoelace formula, about its first point for the digits)."""
    p = at - at[0]
    q = np.roll(p, -1, axis=0)
    cross = p[:, 0] * q[:, 1] - q[:, 0] * p[:, 1]
    area = cross.sum()
    if area == 0:
        return np.asarray(at.mean(axis=0))
    return np.asarray(at[0] + ((p + q) * cross[:, None]).sum(axis=0) / (3 * area))

"""The strip along an axis as a rectified patch: columns pair up exactly, one side with the mirrored other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map
from clipsym_core.inference.pixels.canvas import Canvas, gradient, local_contrast
from clipsym_core.symmetry import Point

Array = npt.NDArray[np.float64]

GRADIENT_GAIN = 2.0
"""Derivatives of local contrast are about half of it in size at working resolution."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Features of a strip: rows go along the axis, columns across it.

    Attributes:
        features: [3, T, 2 D] float32: local contrast, its derivative along the axis, its derivative across.
        visible: [T, 2 D] float32, 1 on the picture, 0 off it.
        step: picture px from row to row and from column to column.
    """

    features: Map
    visible: Map
    step: float

    @property
    def half(self) -> int:
        """D, the number of columns on one side."""
        return self.visible.shape[1] // 2


class Relief:
    """Local contrast of a canvas and its two derivatives, once for all strips that are cut from it."""

    def __init__(self, canvas: Canvas, sigma: float) -> None:
        """`sigma`, canvas px, is the size of the surroundings for local contrast."""
        contrast = local_contrast(canvas.pixels, sigma)
        self.canvas = canvas
        self._planes: Map = np.dstack([contrast, *gradient(contrast)])

    def sample(self, middle: Point, along: Point, rows: int, half: int, step: float) -> tuple[Map, Map]:
        """Local contrast, its derivative along the axis and across it [3, rows, 2 half], and what lies on the picture.

        Points are `step` px apart, around the axis through `middle` in direction `along` (unit vector). No column
        lies on the axis itself: columns lie at +-(k + 0.5) steps, so left and right pair up without interpolation.
        """
        t = (np.arange(rows) - (rows - 1) / 2)[:, None] * step
        d = (np.arange(2 * half) - (2 * half - 1) / 2)[None] * step
        ux, uy = along
        x = middle[0] + t * ux - d * uy
        y = middle[1] + t * uy + d * ux
        contrast, gx, gy = cv2.split(self.canvas.sample(x, y, self._planes))
        # Derivatives for one row or column of the strip, not for one px of the canvas.
        vx, vy = np.float32(ux * step * self.canvas.scale), np.float32(uy * step * self.canvas.scale)
        planes: Map = np.stack([contrast, vx * gx + vy * gy, vx * gy - vy * gx])
        return planes, self.canvas.inside(x, y).astype(np.float32)

    def strip(self, middle: Point, along: Point, rows: int, half: int, step: float) -> Strip:
        """The same with its sides and ends faded out, ready to be compared.

        Things taper to their ends and sides; what is near the middle of the axis counts most.
        """
        planes, visible = self.sample(middle, along, rows, half, step)
        taper = visible * _taper(rows, half)
        planes[0] *= taper
        planes[1:] *= np.float32(GRADIENT_GAIN) * taper
        return Strip(planes, visible, step)


@lru_cache(maxsize=64)
def _taper(rows: int, half: int) -> Map:
    """[rows, 2 half]: the root of what a place counts, because every product has one factor from either side."""
    t = (np.arange(rows) - (rows - 1) / 2) / (0.5 * rows)
    d = (np.arange(2 * half) - (2 * half - 1) / 2) / half
    taper: Map = np.exp(-(t[:, None] ** 2) - d[None] ** 2).astype(np.float32)
    taper.flags.writeable = False
    return taper


@dataclass(frozen=True, slots=True)
class MirrorMatches:
    """How well the two sides of a strip agree about each of S lines: see `mirror_matches`."""

    intensity: Array
    gradient: Array
    coverage: Array

    @property
    def score(self) -> Array:
        score: Array = 0.5 * (self.intensity + self.gradient)
        return score


def mirror_matches(strip: Strip, half: int, shifts: Sequence[int] = (0,)) -> MirrorMatches:
    """Agreement of the `half` columns left of a line with the mirrored ones right of it, for S lines at once.

    Each of `shifts` moves the line by as many half columns: an odd one puts it on a column, which has no partner.

    intensity: correlation of local contrast, -1..1.  gradient: inner product of the mirrored derivative vectors over
    their mean square, -1..1; it falls when edges are missing on one side, whatever their direction.  coverage: share
    of the pairs that lie on the picture.
    """
    # A line lies between columns c - 1 and c for an even shift, on column c for an odd one.
    moves = np.asarray(shifts)
    c = strip.half + moves // 2
    k = np.arange(half)
    left, right = (c - 1)[:, None] - k, (c + moves % 2)[:, None] + k
    contrast, lengthwise, across = strip.features
    visible = strip.visible
    first, last = int(left.min()), int(right.max()) + 1

    def pairs(one: Map, other: Map) -> tuple[Array, Array]:
        """Sums over rows and pairs of left x right, of two planes and of the same two with their sides exchanged."""
        products = one[:, first:last].T @ other[:, first:last]
        here, there = left - first, right - first
        return products[here, there].sum(1, dtype=np.float64), products[there, here].sum(1, dtype=np.float64)

    seen = pairs(visible, visible)[0]
    aa, bb = pairs(contrast * contrast, visible)
    steep = sum(pairs(lengthwise * lengthwise + across * across, visible))
    ab = pairs(contrast, contrast)[0]
    slopes = pairs(lengthwise, lengthwise)[0] - pairs(across, across)[0]
    floor = 0.004 * seen + 1e-9
    return MirrorMatches(
        intensity=ab / (np.sqrt(aa * bb) + floor),
        gradient=slopes / (0.5 * steep + floor),
        coverage=seen / (visible.shape[0] * half),
    )

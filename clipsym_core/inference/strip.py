"""The strip along an axis as a rectified patch: columns pair up exactly, one side with the mirrored other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map
from clipsym_core.inference.canvas import Canvas, gradient, local_contrast
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


def cut_strip(
    canvas: Canvas, middle: Point, along: Point, rows: int, half: int, step: float, *, sigma: float | None = None
) -> Strip:
    """Sample `rows` x 2 `half` points around the axis through `middle` in direction `along` (unit vector).

    No column lies on the axis itself: columns lie at +-(k + 0.5) steps, so left and right pair up without
    interpolation. `sigma`, in steps, is the size of the surroundings for local contrast (default an eighth of rows).
    """
    t = (np.arange(rows) - (rows - 1) / 2) * step
    d = (np.arange(2 * half) - (2 * half - 1) / 2) * step
    ux, uy = along
    x = middle[0] + t[:, None] * ux - d[None, :] * uy
    y = middle[1] + t[:, None] * uy + d[None, :] * ux
    visible = canvas.inside(x, y).astype(np.float32)
    contrast = local_contrast(canvas.sample(x, y), max(rows / 8, 2.0) if sigma is None else sigma)
    across, lengthwise = gradient(contrast)
    # Things taper to their ends and sides; what is near the middle of the axis counts most. The root, because every
    # product has one factor from either side.
    taper = np.exp(-((t / (0.5 * rows * step)) ** 2))[:, None] * np.exp(-((d / (half * step)) ** 2))[None]
    features = np.stack([contrast, GRADIENT_GAIN * lengthwise, GRADIENT_GAIN * across]) * (visible * taper)
    return Strip(features.astype(np.float32), visible, step)


@dataclass(frozen=True, slots=True)
class MirrorMatch:
    """How well the two sides of a strip agree: see `mirror_match`."""

    intensity: float
    gradient: float
    coverage: float

    @property
    def score(self) -> float:
        return 0.5 * (self.intensity + self.gradient)


def mirror_match(strip: Strip, half: int, shift: int = 0) -> MirrorMatch:
    """Agreement of the `half` columns left of the line with the mirrored ones right of it.

    `shift` moves the line by as many half columns: an odd one puts it on a column.

    intensity: correlation of local contrast, -1..1.  gradient: inner product of the mirrored derivative vectors over
    their mean square, -1..1; it falls when edges are missing on one side, whatever their direction.  coverage: share
    of the pairs that lie on the picture.
    """
    # Line between columns c - 1 and c for an even shift, on column c for an odd one (which then has no partner).
    c = strip.half + shift // 2
    left, right = c - 1, c + shift % 2
    a = strip.features[:, :, left - half + 1 : left + 1][:, :, ::-1]
    b = strip.features[:, :, right : right + half]
    both = strip.visible[:, left - half + 1 : left + 1][:, ::-1] * strip.visible[:, right : right + half]
    return _compare(a, b, both)


def _compare(a: Map, b: Map, both: Map) -> MirrorMatch:
    pairs = both.size
    seen = float(both.sum())
    if seen == 0:
        return MirrorMatch(0.0, 0.0, 0.0)
    if seen < pairs:
        a, b = a * both, b * both
    ab = np.einsum("ctd,ctd->c", a, b)
    aa = np.einsum("ctd,ctd->c", a, a)
    bb = np.einsum("ctd,ctd->c", b, b)
    floor = 0.004 * seen
    intensity = float(ab[0] / (np.sqrt(aa[0] * bb[0]) + floor))
    slope = float((ab[1] - ab[2]) / (0.5 * float(aa[1] + bb[1] + aa[2] + bb[2]) + floor))
    return MirrorMatch(intensity, slope, seen / pairs)

"""Where along its line an axis begins and ends: as far as the network's looks are as warm as on the axis itself.

Candidates come with the ends that one look or the edges gave them; these are often far off where the line is right
(grain that differs from side to side cuts a thing in two, a background that happens to agree prolongs it). Here every
place of the line, as far as the picture goes, gets odds of belonging to the axis, from its heat in all looks beside
that of the axis and from its distance to the present ends, and the run with the largest sum of log odds wins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Letterbox, Map
from clipsym_core.symmetry import Point, ReflectionAxis, transform_points

Array = npt.NDArray[np.float64]

_PLACES: Final = 96
"""Places looked at along a line."""
_SAMPLES: Final = 48
"""The same along an axis, for its mean."""
_BESIDE: Final = (-1.0, 0.0, 1.0)
"""Sideways px of a heatmap within which a place may be warm."""
_BIAS: Final = -8.1
_WARM: Final = 20.8
_NEARER: Final = 3.1
"""Log odds: `_BIAS` + `_WARM` x heat / (heat + that of the axis) + `_NEARER` x lengths inside the ends (less than 0
outside). A logistic fitted on lines of 61 photos marked by eye and 40 synthetic scenes, both counting alike
(`scripts/fit_extents.py`, docs/evidence.md); shares of heat and length, so it does not hang on how surely a network
speaks."""
_FAINT: Final = 0.02
"""Heat that is hardly any, added to that of the axis."""
_OUTSIDE, _INSIDE = 0.5, 0.25
"""Lengths of the axis from its ends at which the distance stops to count."""


class Heat:
    """One reflection map [h, w] that can be read anywhere; softened a little.

    Args:
        heat: on the canvas of `box`.
        matrix: [2, 3], where the points that are asked about lie in the picture of `box`; None: they are its own.
    """

    def __init__(self, heat: Map, box: Letterbox, matrix: npt.NDArray[np.float64] | None = None) -> None:
        self._heat = np.pad(cv2.blur(heat, (3, 3)).astype(np.float64), 1)
        self._box, self._matrix = box, matrix

    def at(self, points: Array) -> Array:
        """Heat [N] at points [N, 2], between pixels linearly; beyond the map that of its padding."""
        points = points if self._matrix is None else transform_points(points, self._matrix)
        x, y = (self._box.to_target(points) + 0.5).T  # the pad less half a px
        height, width = self._heat.shape
        x, y = np.clip(x, 0, width - 1.001), np.clip(y, 0, height - 1.001)
        i, j = y.astype(int), x.astype(int)
        v, u = y - i, x - j
        upper = self._heat[i, j] * (1 - u) + self._heat[i, j + 1] * u
        lower = self._heat[i + 1, j] * (1 - u) + self._heat[i + 1, j + 1] * u
        return np.asarray(upper * (1 - v) + lower * v)

    def along(self, axis: ReflectionAxis) -> float:
        """Mean heat along a straight axis."""
        start, end = np.array(axis.start), np.array(axis.end)
        return float(self.at(start + (end - start) * ((np.arange(_SAMPLES) + 0.5) / _SAMPLES)[:, None]).mean())

    def beside(self, points: Array, normal: Point) -> Array:
        """The most heat [N] at points [N, 2] or a pixel of the map to their sides; `normal` is of length 1."""
        pixel = self._box.source[0] / self._box.scaled[0]
        return np.asarray(np.max([self.at(points + shift * pixel * np.array(normal)) for shift in _BESIDE], axis=0))


@dataclass(frozen=True, slots=True)
class Profile:
    """The line of a straight axis as far as its picture goes: `places` [N], px from the axis's middle along it, and the
    mean heat [N] there; `half` of the axis's length; where the line begins and ends."""

    places: Array
    heat: Array
    half: float
    first: float
    last: float

    @property
    def warmth(self) -> Array:
        """Heat beside that of the axis, [N], from 0 over nearly one half (as warm) to 1."""
        inside = np.abs(self.places) < self.half
        usual = self.heat[inside].mean() if inside.any() else self.heat.max()
        return self.heat / (self.heat + usual + _FAINT)

    @property
    def depth(self) -> Array:
        """How far inside the ends, in lengths of the axis, [N]; less than 0 outside."""
        return np.clip((self.half - np.abs(self.places)) / (2 * self.half), -_OUTSIDE, _INSIDE)

    @property
    def log_odds(self) -> Array:
        """Of each place, that it belongs to the axis, [N]."""
        return _BIAS + _WARM * self.warmth + _NEARER * self.depth


def profile(axis: ReflectionAxis, looks: list[Heat], size: tuple[int, int]) -> Profile:
    """Heat along the line of a straight axis (not of length 0), in px of a picture of `size` (width, height): the mean
    over at least one look."""
    (x, y), half = axis.midpoint, axis.length / 2
    ux, uy = _along(axis)
    first, last = _within((x, y), (ux, uy), size)
    first, last = min(first, -half), max(last, half)
    places = first + (last - first) * (np.arange(_PLACES) + 0.5) / _PLACES
    points = np.array([x, y]) + places[:, None] * np.array([ux, uy])
    heat: Array = np.mean([look.beside(points, (-uy, ux)) for look in looks], axis=0)
    return Profile(places, heat, half, first, last)


def warm_extent(axis: ReflectionAxis, looks: list[Heat], size: tuple[int, int]) -> ReflectionAxis:
    """An axis on the same line, from end to end of what is warm; see `profile`. One that is warm nowhere stays."""
    found = profile(axis, looks, size)
    run = _best_run(found.places, found.log_odds, found.first, found.last)
    if run is None:
        return axis
    (x, y), (ux, uy) = axis.midpoint, _along(axis)
    return ReflectionAxis(tuple((x + t * ux, y + t * uy) for t in run))


def _along(axis: ReflectionAxis) -> Point:
    (ax, ay), (bx, by) = axis.start, axis.end
    return (bx - ax) / axis.length, (by - ay) / axis.length


def _within(point: Point, along: Point, size: tuple[int, int]) -> tuple[float, float]:
    """From where to where, in steps of `along`, the line through `point` runs in a picture of (width, height)."""
    first, last = -math.inf, math.inf
    for at, step, side in zip(point, along, size, strict=True):
        if abs(step) > 1e-9:
            ends = sorted((-at / step, (side - at) / step))
            first, last = max(first, ends[0]), min(last, ends[1])
    return first, last


def _best_run(places: Array, odds: Array, first: float, last: float) -> tuple[float, float] | None:
    """The run of places with the largest sum, its ends where the odds are even; None where none is above 0."""
    total = np.concatenate([[0.0], np.cumsum(odds)])
    rise = total[1:] - np.minimum.accumulate(total)[:-1]
    end = int(rise.argmax())
    if rise[end] <= 0:
        return None
    start = int(total[: end + 1].argmin())

    def even(inner: int, outer: int, border: float) -> float:
        if not 0 <= outer < len(odds):
            return border
        share = odds[inner] / (odds[inner] - odds[outer])
        return float(places[inner] + share * (places[outer] - places[inner]))

    return even(start, start - 1, first), even(end, end + 1, last)

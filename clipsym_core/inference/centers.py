"""A rotation heatmap becomes centers with sub-pixel positions and scores.

Networks are trained on small flat discs, so a peak may be a plateau: a center is a connected region around a maximum
that is nearly as hot as it, and its position the center of mass of that region. Orders are not in a heatmap; see
`clipsym_core.inference.refine`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.inference.decoding.maps import prepare_map
from clipsym_core.symmetry import Point, transform_points

Map: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CenterPeak:
    """A center in pixels of the map; `score` in [0, 1]."""

    x: float
    y: float
    score: float

    @property
    def point(self) -> Point:
        return (self.x, self.y)


@dataclass(frozen=True, slots=True)
class CenterDecoding:
    """How centers are read from a heatmap.

    Lengths are in px of a map whose longer side is `side`; other maps are brought to that scale first. Heat is counted
    from the median of the map (0) to certainty (1).

    Attributes:
        side: longer side of the map that lengths refer to, px.
        threshold: score below which nothing is a center.
        smoothing: sigma of the smoothing before peaks are looked for, px.
        suppression: no two centers closer than this, px.
        saddle: two maxima are one center when the heat between them stays above this part of the lower one.
        reach: farthest that a center's region extends from its maximum, and where the heat around it is read, px.
        max_centers: the best ones that are kept.
    """

    side: int = 416
    threshold: float = 0.2
    smoothing: float = 1.5
    suppression: float = 10.0
    saddle: float = 0.8
    reach: int = 24
    max_centers: int = 64


def decode_centers(
    heatmap: npt.NDArray[np.floating[Any]],
    *,
    params: CenterDecoding | None = None,
    valid: npt.NDArray[np.bool_] | None = None,
) -> list[CenterPeak]:
    """Centers in a rotation heatmap [h, w] of values in [0, 1], best first, in its pixels.

    The score is the heat at the peak less the mean heat on a circle around it: what is hot everywhere is no center.

    Args:
        heatmap: as a network gives it; any size.
        params: see `CenterDecoding`.
        valid: mask [h, w]: where the map means something (not the padding of a letterbox).

    Raises:
        InputError: not a 2-D map of finite values in [0, 1], or a mask of another shape.
    """
    params = params or CenterDecoding()
    working = prepare_map(heatmap, valid, params.side)
    if working is None:
        return []
    smooth = np.asarray(cv2.GaussianBlur(working.heat, (0, 0), params.smoothing), dtype=np.float32)
    taken = np.zeros(smooth.shape, dtype=np.bool_)
    found: list[CenterPeak] = []
    for row, column in _maxima(smooth, params.threshold):
        if taken[row, column]:
            continue
        peak = float(smooth[row, column])
        window = _window(smooth.shape, row, column, params.reach)
        region = _region(smooth[window], peak * params.saddle, row - window[0].start, column - window[1].start)
        taken[window] |= region
        x, y = _center_of_mass(smooth[window], region, peak * params.saddle)
        x, y = x + window[1].start, y + window[0].start
        score = max(peak - _around(smooth[window], row - window[0].start, column - window[1].start, params.reach), 0.0)
        apart = all(math.hypot(x - c.x, y - c.y) >= params.suppression for c in found)
        if apart and score > params.threshold:
            found.append(CenterPeak(x, y, min(score, 1.0)))
        if len(found) == params.max_centers:
            break
    best = sorted(found, key=lambda c: -c.score)
    points = transform_points([c.point for c in best], working.back)
    return [CenterPeak(float(x), float(y), c.score) for (x, y), c in zip(points, best, strict=True)]


def _maxima(smooth: Map, threshold: float) -> list[tuple[int, int]]:
    """Pixels (row, column) not below any of their 8 neighbours and above the threshold, hottest first."""
    highest = cv2.dilate(smooth, np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero((smooth >= highest) & (smooth > threshold))
    order = np.argsort(-smooth[rows, columns], kind="stable")
    return [(int(rows[i]), int(columns[i])) for i in order]


def _window(shape: tuple[int, ...], row: int, column: int, reach: int) -> tuple[slice, slice]:
    return (
        slice(max(0, row - reach), min(shape[0], row + reach + 1)),
        slice(max(0, column - reach), min(shape[1], column + reach + 1)),
    )


def _region(patch: Map, level: float, row: int, column: int) -> npt.NDArray[np.bool_]:
    """The connected part of a patch above a level that holds a pixel."""
    _, labels = cv2.connectedComponents((patch > level).astype(np.uint8), connectivity=8)
    region: npt.NDArray[np.bool_] = labels == labels[row, column]
    return region


def _center_of_mass(patch: Map, region: npt.NDArray[np.bool_], level: float) -> Point:
    """Center of mass (x, y) of what rises above `level` in a region, px of the patch (pixel centers at + 0.5)."""
    mass = np.where(region, patch - np.float32(level), np.float32(0.0)).astype(np.float64)
    total = mass.sum()
    rows, columns = np.indices(patch.shape)
    return (float((mass * columns).sum() / total) + 0.5, float((mass * rows).sum() / total) + 0.5)


def _around(patch: Map, row: int, column: int, radius: int) -> float:
    """Mean heat on the circle around a pixel, as far as it lies in the patch; 0 where none of it does."""
    rows, columns = np.indices(patch.shape)
    ring = np.abs(np.hypot(rows - row, columns - column) - radius) <= 1.0
    return float(patch[ring].mean()) if ring.any() else 0.0

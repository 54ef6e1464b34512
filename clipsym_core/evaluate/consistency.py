"""What rotation does to a model: robustness of its scores, and consistency of its heatmaps.

The papers report "consistency" without a formula that could be read (recipe 1.5), so three are measured and named.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError
from clipsym_core.evaluate.pixel import AgreementMetric, PixelMetric, PixelScores
from clipsym_core.imaging import Pixels
from clipsym_core.raster import truth_mask
from clipsym_core.symmetry import Affine, Shape, as_affine

FloatMap: TypeAlias = npt.NDArray[np.floating[Any]]
Mask: TypeAlias = npt.NDArray[np.bool_]
Predict: TypeAlias = Callable[[Pixels], FloatMap]
"""Picture [h, w, 3] uint8 RGB -> heatmap [h, w] in [0, 1] at its size."""

LIMIT = 45.0
"""Largest turn, degrees."""


@dataclass(frozen=True, slots=True)
class ConsistencyScores:
    """Three measures of how f(turned I) differs from turned f(I); 0 is best.

    Attributes:
        mean_square: mean squared difference over the pixels that exist in both, over all pictures.
        relative_l2: root of (sum of squared differences / sum of squares of turned f(I)).
        one_minus_f1: 1 - mean over thresholds of the F1 of both maps at the same threshold, dilated as in the pixel
            metric (thresholds that neither map reaches are left out).
        pairs: number of pairs counted.
    """

    mean_square: float
    relative_l2: float
    one_minus_f1: float
    pairs: int


class ConsistencyMetric:
    """Streaming consistency of pairs of heatmaps."""

    def __init__(self, thresholds: int = 100, radius: int = 5) -> None:
        self._agreement = AgreementMetric(thresholds, radius)
        self._difference = self._energy = 0.0
        self._pixels = self._pairs = 0

    def update(self, of_turned: FloatMap, turned: FloatMap, valid: Mask) -> None:
        """Count one pair of maps [h, w]: f(turned I) and turned f(I), on the `valid` pixels [h, w].

        Raises:
            InputError: shapes that differ or are not 2-D, or values that are not finite.
        """
        self._agreement.update(of_turned, turned, valid)
        a, b = of_turned[valid].astype(np.float64), turned[valid].astype(np.float64)
        self._difference += float(np.square(a - b).sum())
        self._energy += float(np.square(b).sum())
        self._pixels += len(a)
        self._pairs += 1

    def result(self) -> ConsistencyScores:
        """The scores so far; zeros before the first pair."""
        counts = self._agreement.counts
        reached = (counts.predicted > 0) | (counts.labelled > 0)
        f1 = float(counts.f1[reached].mean()) if reached.any() else 1.0
        return ConsistencyScores(
            mean_square=self._difference / self._pixels if self._pixels else 0.0,
            relative_l2=math.sqrt(self._difference / self._energy) if self._energy else 0.0,
            one_minus_f1=1.0 - f1,
            pairs=self._pairs,
        )


def turn_about_center(size: tuple[int, int], degrees: float) -> Affine:
    """Map of points [3, 3] that turns a picture of `size` = (width, height) counter-clockwise about its center."""
    x, y = size[0] / 2.0, size[1] / 2.0
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return as_affine([[c, s, x - c * x - s * y], [-s, c, y + s * x - c * y]])


def warp(image: npt.NDArray[Any], matrix: Affine, *, fill: float = 0.0) -> npt.NDArray[Any]:
    """Picture or map [h, w(, C)] under a map of points, at its own size, bilinear."""
    shifted = as_affine(matrix).copy()
    # OpenCV's maps take the center of the first pixel as 0, 0; ours as 0.5, 0.5.
    shifted[:2, 2] += shifted[:2, :2] @ [0.5, 0.5] - 0.5
    size = (image.shape[1], image.shape[0])
    border = (fill,) * 4
    warped = cv2.warpAffine(
        image, shifted[:2], size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=border
    )
    return np.asarray(warped)


def valid_after(size: tuple[int, int], matrix: Affine) -> Mask:
    """Mask [h, w]: pixels whose value comes wholly from inside the picture of `size` = (width, height)."""
    inside = np.ones((size[1], size[0]), dtype=np.float32)
    valid: Mask = warp(inside, matrix) > 0.999
    return valid


def measure_consistency(
    predict: Predict, images: Iterable[Pixels], *, seed: int = 0, limit: float = LIMIT
) -> ConsistencyScores:
    """Turn each picture by a random angle in +-`limit` degrees and compare f(turned I) with turned f(I)."""
    rng = np.random.default_rng(seed)
    metric = ConsistencyMetric()
    for image in images:
        size = (image.shape[1], image.shape[0])
        matrix = turn_about_center(size, float(rng.uniform(-limit, limit)))
        turned = warp(np.ascontiguousarray(predict(image), dtype=np.float32), matrix)
        metric.update(predict(warp(image, matrix)), turned, valid_after(size, matrix))
    return metric.result()


def measure_robustness(
    predict: Predict,
    samples: Iterable[tuple[Pixels, Sequence[Shape]]],
    *,
    kind: Literal["reflection", "rotation"] = "reflection",
    seed: int = 0,
    limit: float = LIMIT,
) -> PixelScores:
    """The pixel metric on pictures turned by random angles in +-`limit` degrees, their shapes turned with them.

    Args:
        predict: see `Predict`.
        samples: pictures with their true shapes, in their pixels.
        kind: which shapes the heatmap shows.
        seed: of the angles.
        limit: largest turn, degrees.

    Raises:
        InputError: a prediction that is not at the size of the picture.
    """
    rng = np.random.default_rng(seed)
    metric = PixelMetric()
    for image, shapes in samples:
        size = (image.shape[1], image.shape[0])
        matrix = turn_about_center(size, float(rng.uniform(-limit, limit)))
        prediction = predict(warp(image, matrix))
        if prediction.shape != image.shape[:2]:
            raise InputError(
                f"A prediction must be at picture size {list(image.shape[:2])}, got {list(prediction.shape)}.",
                remedy="Restore it through the letterbox first.",
            )
        metric.update(prediction, truth_mask([s.transformed(matrix) for s in shapes], size, kind))
    return metric.result()

"""The field's pixel metric for symmetry heatmaps, and agreement of two heatmaps counted in the same way.

Definition (recipe 1.5, after the authors' protocol): at native picture size the thin truth is dilated by a disc, the
prediction is thresholded at t in 1/(n+1) ... n/(n+1) (strictly above) and dilated by the same disc; pixels are counted
over all pictures before dividing, and the best F1 over the thresholds is reported.

Dilation and thresholding commute, so one dilation of threshold indices and one histogram replace n dilations; the
counts are the same to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError

Map: TypeAlias = npt.NDArray[np.float32]
FloatMap: TypeAlias = npt.NDArray[np.floating[Any]]
Mask: TypeAlias = npt.NDArray[np.bool_]
Counts: TypeAlias = npt.NDArray[np.int64]
Curve: TypeAlias = npt.NDArray[np.float64]

MAX_THRESHOLDS = 254
"""Threshold indices live in a byte."""


@dataclass(frozen=True, slots=True)
class PixelCounts:
    """Pixel counts at each threshold, summed over pictures.

    Attributes:
        thresholds: [n] float32.
        true_positive: [n] pixels in both.
        predicted: [n] pixels of the (dilated) prediction.
        labelled: [n] pixels of the dilated truth.
    """

    thresholds: Map
    true_positive: Counts
    predicted: Counts
    labelled: Counts

    @property
    def precision(self) -> Curve:
        """[n], 0 where nothing is predicted."""
        return _ratio(self.true_positive, self.predicted)

    @property
    def recall(self) -> Curve:
        """[n], 0 where nothing is labelled."""
        return _ratio(self.true_positive, self.labelled)

    @property
    def f1(self) -> Curve:
        """[n], 0 where precision and recall are 0."""
        p, r = self.precision, self.recall
        return _ratio(2.0 * p * r, p + r)


@dataclass(frozen=True, slots=True)
class PixelScores:
    """Best F1 over the thresholds, with what belongs to it.

    Attributes:
        f1, precision, recall: at `threshold`.
        threshold: the (lowest) threshold with the best F1.
        pictures: number of pictures counted.
        counts: the whole curve.
    """

    f1: float
    threshold: float
    precision: float
    recall: float
    pictures: int
    counts: PixelCounts


class PixelMetric:
    """Streaming max-F1 over pictures of any size.

    Args:
        thresholds: number of thresholds, 1 to 254.
        radius: of the dilating disc, px of the picture.
        dilate_prediction: as the field does. Off: the share of predicted pixels that lie within `radius` of the truth
            becomes the precision, without a reward for thin predictions.

    Raises:
        InputError: thresholds or radius out of range.
    """

    def __init__(self, thresholds: int = 100, radius: int = 5, dilate_prediction: bool = True) -> None:
        if not 1 <= thresholds <= MAX_THRESHOLDS:
            raise InputError(f"The metric takes 1 to {MAX_THRESHOLDS} thresholds, got {thresholds}.")
        if radius < 0:
            raise InputError(f"A radius is 0 or more, got {radius}.")
        self.thresholds = metric_thresholds(thresholds)
        self._disc = disc(radius)
        self._dilate_prediction = dilate_prediction
        self._true_positive = np.zeros(thresholds, dtype=np.int64)
        self._predicted = np.zeros(thresholds, dtype=np.int64)
        self._labelled = 0
        self._pictures = 0

    def update(self, prediction: FloatMap, truth: Mask, valid: Mask | None = None) -> PixelCounts:
        """Count one picture; returns its own counts.

        Args:
            prediction: [h, w] in [0, 1], at the size of the picture.
            truth: [h, w] thin lines or single pixels (or discs), not dilated.
            valid: [h, w] pixels to count; all without it.

        Raises:
            InputError: shapes that differ or are not 2-D, or values that are not finite.
        """
        _check(prediction, truth, valid)
        index = threshold_index(prediction, self.thresholds)
        if self._dilate_prediction:
            index = dilate(index, self._disc)
        label = dilate(truth.astype(np.uint8), self._disc).astype(np.bool_)
        if valid is not None:
            index, label = index[valid], label[valid]
        n = len(self.thresholds)
        predicted, both, labelled = counts_above(index, n), counts_above(index[label], n), int(np.count_nonzero(label))
        self._predicted += predicted
        self._true_positive += both
        self._labelled += labelled
        self._pictures += 1
        return PixelCounts(self.thresholds, both, predicted, np.full(n, labelled, dtype=np.int64))

    @property
    def counts(self) -> PixelCounts:
        """What has been counted so far."""
        labelled = np.full(len(self.thresholds), self._labelled, dtype=np.int64)
        return PixelCounts(self.thresholds, self._true_positive.copy(), self._predicted.copy(), labelled)

    def result(self) -> PixelScores:
        """Best F1 so far; all zeros before the first picture."""
        counts = self.counts
        best = int(np.argmax(counts.f1))
        return PixelScores(
            f1=float(counts.f1[best]),
            threshold=float(counts.thresholds[best]),
            precision=float(counts.precision[best]),
            recall=float(counts.recall[best]),
            pictures=self._pictures,
            counts=counts,
        )


class AgreementMetric:
    """Streaming F1 of two heatmaps, both thresholded at the same t and both dilated."""

    def __init__(self, thresholds: int = 100, radius: int = 5) -> None:
        if not 1 <= thresholds <= MAX_THRESHOLDS:
            raise InputError(f"The metric takes 1 to {MAX_THRESHOLDS} thresholds, got {thresholds}.")
        self.thresholds = metric_thresholds(thresholds)
        self._disc = disc(radius)
        self._counts = np.zeros((3, thresholds), dtype=np.int64)

    def update(self, first: FloatMap, second: FloatMap, valid: Mask | None = None) -> None:
        """Count one pair of maps [h, w] in [0, 1]; `valid` [h, w] limits what is counted.

        Raises:
            InputError: shapes that differ or are not 2-D, or values that are not finite.
        """
        _check(first, second, valid)
        a, b = (dilate(threshold_index(m, self.thresholds), self._disc) for m in (first, second))
        if valid is not None:
            a, b = a[valid], b[valid]
        n = len(self.thresholds)
        self._counts += np.stack([counts_above(np.minimum(a, b), n), counts_above(a, n), counts_above(b, n)])

    @property
    def counts(self) -> PixelCounts:
        """What has been counted so far; `labelled` is the second map."""
        both, first, second = self._counts.copy()
        return PixelCounts(self.thresholds, both, first, second)


# -- the steps --------------------------------------------------------------------------------------------------------


def metric_thresholds(n: int) -> Map:
    """1/(n+1) ... n/(n+1), [n] float32, evenly spaced; the same bits as `torch.linspace` in float32.

    That is: a step rounded to float32, counted from both ends, each value rounded once.
    """
    start, end = np.float32(1.0 / (n + 1)), np.float32(1.0 - 1.0 / (n + 1))
    step = float(np.float32((end - start) / np.float32(max(n - 1, 1))))
    i = np.arange(n, dtype=np.float64)
    return np.where(i < n // 2, float(start) + step * i, float(end) - step * (n - 1 - i)).astype(np.float32)


def disc(radius: int) -> npt.NDArray[np.uint8]:
    """Mask [2r+1, 2r+1]: 1 where dx^2 + dy^2 <= r^2."""
    d = np.arange(-radius, radius + 1)
    return (d[:, None] ** 2 + d[None] ** 2 <= radius**2).astype(np.uint8)


def dilate(image: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Largest value under the mask at each pixel, [h, w] uint8; nothing comes in from outside."""
    return np.asarray(cv2.dilate(image, mask), dtype=np.uint8)


def threshold_index(values: FloatMap, thresholds: Map) -> npt.NDArray[np.uint8]:
    """How many thresholds lie strictly below each value, uint8 of the same shape."""
    v = np.ascontiguousarray(values, dtype=np.float32)
    n = len(thresholds)
    # A guess from the even spacing is off by at most one; two comparisons make it exact.
    guess = np.clip(v * np.float32(n + 1), 0.0, np.float32(n)).astype(np.int32)
    padded = np.concatenate([[-np.inf], thresholds, [np.inf]]).astype(np.float32)
    guess -= v <= padded[guess]
    guess += v > padded[guess + 1]
    return guess.astype(np.uint8)


def counts_above(index: npt.NDArray[np.uint8], n: int) -> Counts:
    """Number of pixels above each of n thresholds, [n], from threshold indices."""
    histogram = np.bincount(index.ravel(), minlength=n + 1)
    above: Counts = np.cumsum(histogram[::-1])[::-1][1:].astype(np.int64)
    return above


def _ratio(a: npt.NDArray[np.generic], b: npt.NDArray[np.generic]) -> Curve:
    a64, b64 = a.astype(np.float64), b.astype(np.float64)
    return np.divide(a64, b64, out=np.zeros_like(a64), where=b64 > 0)


def _check(a: npt.NDArray[np.generic], b: npt.NDArray[np.generic], valid: Mask | None) -> None:
    if a.ndim != 2 or a.shape != b.shape or (valid is not None and valid.shape != a.shape):
        shapes = [list(m.shape) for m in (a, b, valid) if m is not None]
        raise InputError(f"Maps must be [h, w] and of one size; got {shapes}.", remedy="Bring them to picture size.")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise InputError("A map holds values that are not finite.", "The network's output is broken.")

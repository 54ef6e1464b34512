"""How much a model contradicts itself about one picture: its heatmaps and axes when the picture is turned and mirrored.

A symmetry of a turned picture is the turned symmetry, so what a detector says of the eight quarter turns and mirror
images must agree once it is turned back. Where it does not, the model is unsure, and no label is needed to see that:
the review queue of the application begins with the largest disagreement. Definition with formulas: docs/metrics.md.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.evaluate.axis import shape_distance
from clipsym_core.imaging import Pixels
from clipsym_core.inference.axes import decode_axes
from clipsym_core.inference.centers import decode_centers
from clipsym_core.symmetry import CONTINUOUS, Detection, RotationCenter

Maps: TypeAlias = npt.NDArray[np.float32]
PredictMaps: TypeAlias = Callable[[Pixels], Maps]
"""Picture [h, w, 3] uint8 RGB -> heatmaps [2, h', w'] in [0, 1] of the whole picture at any scale: axes, centers."""

VIEWS: Final = 8
"""The quarter turns and their mirror images: they move every pixel onto a pixel, so nothing is lost on the way."""
REACH: Final = 0.1
"""Part of the diagonal at which two shapes have nothing to do with each other any more."""
LEAST_HEAT: Final = 0.001
"""A picture whose heat is less than that of this part of it at full heat counts as that hot: where a model sees nothing
in any view, its faint noise is no disagreement."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """All in [0, 1], 0 = every view says the same.

    Attributes:
        heat: spread of the heatmaps over the views, relative to their largest values.
        shapes: part of the decoded axes, ellipses and centers that two views do not have in common.
    """

    heat: float
    shapes: float

    @property
    def value(self) -> float:
        """The one number of a picture: the mean of both."""
        return (self.heat + self.shapes) / 2.0


def measure_disagreement(
    predict: PredictMaps, image: Pixels, *, between: Callable[[], object] = lambda: None
) -> Disagreement:
    """Look at a picture [H, W, 3] in `VIEWS` views and compare.

    The number does not depend on how the picture is turned or mirrored itself.

    Args:
        predict: the model.
        image: uint8, RGB.
        between: called between two views; what it raises ends the measurement.
    """
    maps: list[Maps] = []
    for view in range(VIEWS):
        between()
        found = _undone(predict(_seen(image, view)), view)
        if maps and found.shape != maps[0].shape:  # a network input that is not square
            size = (maps[0].shape[2], maps[0].shape[1])
            found = np.stack([cv2.resize(channel, size, interpolation=cv2.INTER_LINEAR) for channel in found])
        maps.append(found)
    between()
    return Disagreement(heat_spread(np.stack(maps)), shape_spread([_decoded(pair) for pair in maps], maps[0].shape[1:]))


def heat_spread(maps: Maps) -> float:
    """Spread of heatmaps [views, channels, h, w] over the views: 2 * sqrt(sum of variances / sum of squared maxima).

    The variance of values in [0, m] is at most m^2 / 4, so this lies in [0, 1].
    """
    values = maps.astype(np.float64)
    energy = float(np.square(values.max(axis=0)).sum())
    floor = LEAST_HEAT * values.shape[2] * values.shape[3]
    return min(2.0 * math.sqrt(float(values.var(axis=0).sum()) / max(energy, floor)), 1.0)


def shape_spread(found: Sequence[Sequence[Detection]], size: tuple[int, ...]) -> float:
    """1 - mean over all pairs of views of 2 * common / (sum of all scores of both), shapes in one frame [h, w].

    Common is the sum, over pairs of shapes taken nearest first, of the smaller score times 1 - distance / (`REACH` *
    diagonal). Two views without shapes agree.
    """
    limit = REACH * math.hypot(*size)
    pairs = [_agreement(a, b, limit) for a, b in itertools.combinations(found, 2)]
    return 1.0 - sum(pairs) / len(pairs) if pairs else 0.0


def _agreement(a: Sequence[Detection], b: Sequence[Detection], limit: float) -> float:
    total = sum(d.score for d in a) + sum(d.score for d in b)
    if not total:
        return 1.0
    near = sorted(
        (distance, i, j)
        for i, j in itertools.product(range(len(a)), range(len(b)))
        if (distance := _distance(a[i], b[j])) < limit
    )
    free_a, free_b = set(range(len(a))), set(range(len(b)))
    common = 0.0
    for distance, i, j in near:
        if i in free_a and j in free_b:
            free_a.remove(i)
            free_b.remove(j)
            common += min(a[i].score, b[j].score) * (1.0 - distance / limit)
    return min(2.0 * common / total, 1.0)


def _distance(a: Detection, b: Detection) -> float:
    if isinstance(a.shape, RotationCenter):
        return math.dist(a.shape.point, b.shape.point) if isinstance(b.shape, RotationCenter) else math.inf
    return math.inf if isinstance(b.shape, RotationCenter) else shape_distance(a.shape, b.shape)


def _decoded(maps: Maps) -> list[Detection]:
    """The shapes of a pair of heatmaps, in their pixels."""
    centers = [Detection(RotationCenter(p.x, p.y, CONTINUOUS), p.score, "heatmap") for p in decode_centers(maps[1])]
    return decode_axes(maps[0]) + centers


def _seen(image: Pixels, view: int) -> Pixels:
    mirrored = image[:, ::-1] if view >= 4 else image
    return np.ascontiguousarray(np.rot90(mirrored, view % 4))


def _undone(maps: Maps, view: int) -> Maps:
    turned = np.rot90(maps, -(view % 4), (1, 2))
    return np.ascontiguousarray(turned[:, :, ::-1] if view >= 4 else turned)

"""Examples for the calibration of scores: measures of proposals, and whether they are right."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clipsym_core.imaging import Pixels
from clipsym_core.inference.center_evidence.click import analyse_center
from clipsym_core.inference.center_evidence.rotation import center_measures
from clipsym_core.inference.features import propose
from clipsym_core.symmetry import (
    CONTINUOUS,
    Detection,
    ReflectionAxis,
    ReflectionEllipse,
    RotationCenter,
    Shape,
    axis_angle_difference,
)

if TYPE_CHECKING:
    from clipsym_core.inference.detector import SymmetryDetector


@dataclass(frozen=True, slots=True)
class Sample:
    """The measures of one proposal, and whether a true shape agrees with it."""

    measures: dict[str, float]
    right: bool


def is_right(axis: ReflectionAxis, truth: Sequence[Shape], *, turn: float = 10.0, apart: float = 0.2) -> bool:
    """The competition rule (Liu et al. 2013): angle within `turn` degrees, middle within `apart` true lengths.

    Every diameter of a true ellipse counts as an axis of it.
    """
    for shape in truth:
        if isinstance(shape, ReflectionEllipse):
            size = 2 * min(shape.rx, shape.ry)
            if math.dist(axis.midpoint, shape.center) < apart * size and 0.5 < axis.length / size < 2:
                return True
        elif (
            isinstance(shape, ReflectionAxis)
            and shape.start != shape.end
            and axis_angle_difference(axis.angle, shape.angle) < turn
            and math.dist(axis.midpoint, shape.midpoint) < apart * shape.length
        ):
            return True
    return False


def scene_samples(
    image: Pixels, truth: Sequence[Shape], rng: np.random.Generator, detector: SymmetryDetector | None = None
) -> dict[str, list[Sample]]:
    """Samples of one labelled picture, by the kind of score that they are for; those with network need a detector.

    The picture's own proposals are looked for once and serve both.
    """
    features = propose(image)
    samples = axis_samples(image, lambda axis: is_right(axis, truth), features, detector)
    samples["center"] = center_samples(image, truth, rng)
    if detector is not None:
        samples["center with network"] = _network_centers(image, truth, detector, features)
    return samples


def axis_samples(
    image: Pixels,
    judge: Callable[[ReflectionAxis], bool],
    features: list[Detection],
    detector: SymmetryDetector | None = None,
) -> dict[str, list[Sample]]:
    """Samples of the axes among `features` (of `propose`), and of all axes that a detector chooses from.

    The latter serve both kinds with network: with the measures of a second look, and without them.
    """

    def judged(detections: list[Detection]) -> list[Sample]:
        return [
            Sample(dict(d.evidence), judge(d.shape))
            for d in detections
            if isinstance(d.shape, ReflectionAxis) and "mirror" in d.evidence
        ]

    samples = {"axis": judged(features)}
    if detector is not None:
        seen = judged(detector.axis_candidates(image, detector.heatmaps(image), features=features))
        samples["axis with network"] = seen
        samples["axis looked at"] = [s for s in seen if "deep" in s.measures]
    return samples


def center_samples(image: Pixels, truth: Sequence[Shape], rng: np.random.Generator) -> list[Sample]:
    """Samples of clicks near true centers (at most two) and of as many clicks anywhere."""
    h, w = image.shape[:2]
    diagonal = math.hypot(w, h)
    centers = [s for s in truth if isinstance(s, RotationCenter) and 0 <= s.x <= w and 0 <= s.y <= h][:2]
    clicks = [(c.x + rng.uniform(-3, 3), c.y + rng.uniform(-3, 3)) for c in centers]
    clicks += [(rng.uniform(0.1, 0.9) * w, rng.uniform(0.1, 0.9) * h) for _ in range(max(len(centers), 1))]
    samples = []
    for x, y in clicks:
        analysis = analyse_center(image, (min(max(x, 0.0), w), min(max(y, 0.0), h)))
        samples.append(Sample(center_measures(analysis, diagonal), center_is_right(analysis.center, truth, diagonal)))
    return samples


def center_is_right(center: RotationCenter, truth: Sequence[Shape], diagonal: float) -> bool:
    """Whether a true center of the same order, a divisor or a multiple lies within 2.5 % of the diagonal."""
    for shape in truth:
        if isinstance(shape, ReflectionEllipse) and center.order == CONTINUOUS:
            if math.dist(shape.center, center.point) < 0.025 * diagonal:
                return True
        elif isinstance(shape, RotationCenter) and math.dist(shape.point, center.point) < 0.025 * diagonal:
            return True
    return False


def _network_centers(
    image: Pixels, truth: Sequence[Shape], detector: SymmetryDetector, features: list[Detection]
) -> list[Sample]:
    """Samples of centers with the evidence of network and pixels together."""
    found = detector.decode(image, detector.heatmaps(image), features=features, threshold=0.0).detections
    diagonal = math.hypot(*image.shape[:2])
    return [
        Sample(dict(d.evidence), center_is_right(d.shape, truth, diagonal))
        for d in found
        if isinstance(d.shape, RotationCenter) and "heat" in d.evidence and "turning" in d.evidence
    ]

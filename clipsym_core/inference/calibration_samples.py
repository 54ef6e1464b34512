"""Examples for the calibration of scores: measures of proposals, and whether they are right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clipsym_core.imaging import Pixels
from clipsym_core.inference.canvas import make_canvas
from clipsym_core.inference.click import analyse_center
from clipsym_core.inference.features import find_axes
from clipsym_core.inference.keypoints import KEYPOINT_SIDE, find_keypoints
from clipsym_core.inference.rotation import center_measures
from clipsym_core.inference.verify import Verifier
from clipsym_core.symmetry import (
    CONTINUOUS,
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


def feature_axis_samples(image: Pixels, truth: Sequence[Shape]) -> list[Sample]:
    """One sample for each axis that the features propose."""
    canvas = make_canvas(image, max_side=KEYPOINT_SIDE)
    found = find_axes(image, None, Verifier(image), canvas, find_keypoints(canvas))
    return [Sample(v.measures, is_right(v.axis, truth)) for v in found]


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


def network_samples(
    image: Pixels, truth: Sequence[Shape], detector: SymmetryDetector
) -> tuple[list[Sample], list[Sample]]:
    """Samples of axes and of centers with the evidence of network and pixels together."""
    found = detector.detect(image, proposals="both", threshold=0.0).detections
    axes = [d for d in found if "mirror" in d.evidence and "heat" in d.evidence]
    centers = [d for d in found if "turning" in d.evidence and "heat" in d.evidence]
    diagonal = math.hypot(*image.shape[:2])
    axis_samples = [
        Sample(dict(d.evidence), is_right(d.shape, truth)) for d in axes if isinstance(d.shape, ReflectionAxis)
    ]
    center_rows = [
        Sample(dict(d.evidence), center_is_right(d.shape, truth, diagonal))
        for d in centers
        if isinstance(d.shape, RotationCenter)
    ]
    return axis_samples, center_rows

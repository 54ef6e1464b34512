"""Metrics of mirror axes as shapes: end points, and the competition's rule for one dominant axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError
from clipsym_core.evaluate.ranking import Matches, PrecisionRecall, RankedScores, Ranking, greedy_matches
from clipsym_core.symmetry import (
    Detection,
    Point,
    ReflectionAxis,
    ReflectionEllipse,
    RotationCenter,
    Shape,
    axis_angle_difference,
    direction,
)

END_POINT_TOLERANCE = 0.025
"""Part of the picture's diagonal."""
_DIRECTIONS = np.array([direction(a) for a in range(0, 360, 5)])


class AxisMetric:
    """F1 and average precision of mirror axes and ellipses, over pictures of any size.

    Within a picture, proposals take the nearest free truth in the order of their scores. An axis meets a true axis when
    both end points (either way round) lie within `tolerance` times the diagonal; bent axes also by their midpoints. An
    ellipse meets a true ellipse when no point of one outline is farther than that from the other ellipse. Rotation
    centers among the shapes are left to `CenterMetric`.

    Raises:
        InputError: a tolerance that is not positive.
    """

    def __init__(self, tolerance: float = END_POINT_TOLERANCE) -> None:
        if not tolerance > 0:
            raise InputError(f"A tolerance is positive, got {tolerance}.")
        self._tolerance = tolerance
        self._ranking = Ranking()

    def update(self, detections: Iterable[Detection], truths: Iterable[Shape], size: tuple[int, int]) -> Matches:
        """Count one picture of `size` = (width, height), px; shapes in its pixels. Returns what hit."""
        ranked = sorted(((d.score, d.shape) for d in detections), key=lambda pair: -pair[0])
        proposed = [(score, shape) for score, shape in ranked if not isinstance(shape, RotationCenter)]
        wanted = [s for s in truths if not isinstance(s, RotationCenter)]
        distances = np.array([[shape_distance(s, t) for t in wanted] for _, s in proposed], dtype=np.float64)
        matches = greedy_matches(distances.reshape(len(proposed), len(wanted)), self._tolerance * math.hypot(*size))
        return self._ranking.add([score for score, _ in proposed], [m is not None for m in matches], len(wanted))

    def result(self, threshold: float | None = None) -> RankedScores:
        """At the threshold with the best F1, or at a given one."""
        return self._ranking.best() if threshold is None else self._ranking.at(threshold)

    def curve(self) -> PrecisionRecall:
        """Precision over recall."""
        return self._ranking.curve()


class DominantAxisMetric:
    """The competition's rule for pictures with one dominant axis: the share whose best axis is right.

    Right (after Liu et al. 2013, from the rule's short form): the angle differs by less than `max_angle` degrees, and
    the center of the detected axis lies within `max_offset` times the shorter of both lengths of the true segment.
    """

    def __init__(self, max_angle: float = 10.0, max_offset: float = 0.2) -> None:
        self._max_angle, self._max_offset = max_angle, max_offset
        self._right = self._pictures = 0

    def update(self, detections: Iterable[Detection], truth: ReflectionAxis) -> bool:
        """Count one picture by its best-scored axis; returns whether it was right. No axis is wrong."""
        axes = [(d.score, d.shape) for d in detections if isinstance(d.shape, ReflectionAxis)]
        right = False
        if axes:
            _, best = max(axes, key=lambda pair: pair[0])
            right = same_dominant_axis(best, truth, max_angle=self._max_angle, max_offset=self._max_offset)
        self._right += right
        self._pictures += 1
        return right

    @property
    def pictures(self) -> int:
        return self._pictures

    def result(self) -> float:
        """Share of pictures that were right, 0 before the first."""
        return self._right / self._pictures if self._pictures else 0.0


def same_dominant_axis(
    detected: ReflectionAxis, truth: ReflectionAxis, *, max_angle: float = 10.0, max_offset: float = 0.2
) -> bool:
    """The competition's rule for one pair, see `DominantAxisMetric`."""
    if axis_angle_difference(detected.angle, truth.angle) >= max_angle:
        return False
    limit = max_offset * min(detected.length, truth.length)
    return distance_to_polyline(detected.midpoint, truth.points) < limit


def shape_distance(a: ReflectionAxis | ReflectionEllipse, b: ReflectionAxis | ReflectionEllipse) -> float:
    """Distance of two shapes, px: see `axis_distance` and `ellipse_distance`; infinite between different kinds."""
    if isinstance(a, ReflectionAxis) and isinstance(b, ReflectionAxis):
        return axis_distance(a, b)
    if isinstance(a, ReflectionEllipse) and isinstance(b, ReflectionEllipse):
        return ellipse_distance(a, b)
    return math.inf


def axis_distance(a: ReflectionAxis, b: ReflectionAxis) -> float:
    """Largest distance of corresponding end points, the better way round, px; of the midpoints too if one is bent."""
    straight = max(math.dist(a.start, b.start), math.dist(a.end, b.end))
    swapped = max(math.dist(a.start, b.end), math.dist(a.end, b.start))
    ends = min(straight, swapped)
    return ends if a.is_straight and b.is_straight else max(ends, math.dist(a.midpoint, b.midpoint))


def ellipse_distance(a: ReflectionEllipse, b: ReflectionEllipse) -> float:
    """Hausdorff distance of two filled ellipses, px: the largest difference of their support functions (5 degrees)."""
    return float(np.abs(_support(a) - _support(b)).max())


def distance_to_polyline(point: Point, points: Sequence[Point]) -> float:
    """Distance of a point to the nearest point of a polyline, px."""
    p = np.asarray(points, dtype=np.float64)
    a, step = p[:-1], np.diff(p, axis=0)
    rest = np.asarray(point) - a
    square = np.maximum((step**2).sum(axis=1), 1e-18)
    t = np.clip((rest * step).sum(axis=1) / square, 0.0, 1.0)
    return float(np.hypot(*(rest - t[:, None] * step).T).min())


def _support(ellipse: ReflectionEllipse) -> npt.NDArray[np.float64]:
    along, across = np.array(direction(ellipse.angle)), np.array(direction(ellipse.angle + 90.0))
    half = np.hypot(ellipse.rx * (_DIRECTIONS @ along), ellipse.ry * (_DIRECTIONS @ across))
    support: npt.NDArray[np.float64] = _DIRECTIONS @ np.array(ellipse.center) + half
    return support

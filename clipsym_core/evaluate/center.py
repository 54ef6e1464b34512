"""Metrics of rotation centers as points with orders."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from clipsym_core.errors import InputError
from clipsym_core.evaluate.ranking import Matches, PrecisionRecall, RankedScores, Ranking, greedy_matches
from clipsym_core.inference.centers import CenterPeak
from clipsym_core.symmetry import Detection, RotationCenter, Shape

CENTER_TOLERANCE = 0.025
"""Part of the picture's longer side (tau of RotSymDETR)."""


@dataclass(frozen=True, slots=True)
class CenterScores:
    """How well centers and their orders are found.

    Attributes:
        places: average precision, F1, ... of the positions alone.
        places_and_orders: the same when a hit must also have the right order.
        order_accuracy: share of right orders among proposals that hit a center and name an order (0 without any).
        orders_compared: how many those are.
    """

    places: RankedScores
    places_and_orders: RankedScores
    order_accuracy: float
    orders_compared: int


class CenterMetric:
    """Average precision of rotation centers and accuracy of their orders, over pictures of any size.

    Within a picture, proposals take the nearest free true center in the order of their scores, within `tolerance` times
    the picture's longer side.

    Raises:
        InputError: a tolerance that is not positive.
    """

    def __init__(self, tolerance: float = CENTER_TOLERANCE) -> None:
        if not tolerance > 0:
            raise InputError(f"A tolerance is positive, got {tolerance}.")
        self._tolerance = tolerance
        self._places, self._orders = Ranking(), Ranking()
        self._right = self._compared = 0

    def update(
        self, proposals: Iterable[Detection | CenterPeak], truths: Iterable[Shape], size: tuple[int, int]
    ) -> tuple[Matches, Matches]:
        """Count one picture of `size` = (width, height), px. Returns what hit a place, and what its order too.

        Args:
            proposals: detections (those of other shapes are left to `AxisMetric`) or peaks without an order.
            truths: shapes, of which the centers count.
            size: (width, height), px.
        """
        ranked = sorted((p for p in map(_point_order_score, proposals) if p is not None), key=lambda p: -p[3])
        wanted = [t for t in truths if isinstance(t, RotationCenter)]
        distances = np.array([[math.dist(p[:2], t.point) for t in wanted] for p in ranked], dtype=np.float64)
        matches = greedy_matches(distances.reshape(len(ranked), len(wanted)), self._tolerance * max(size))
        right = [m is not None and p[2] == wanted[m].order for p, m in zip(ranked, matches, strict=True)]
        named = [m is not None and p[2] is not None for p, m in zip(ranked, matches, strict=True)]
        scores = [p[3] for p in ranked]
        self._right += sum(right)
        self._compared += sum(named)
        hit = self._places.add(scores, [m is not None for m in matches], len(wanted))
        return hit, self._orders.add(scores, right, len(wanted))

    def result(self, threshold: float | None = None) -> CenterScores:
        """At the threshold with the best F1 (of each ranking), or at a given one."""
        places, orders = (r.best() if threshold is None else r.at(threshold) for r in (self._places, self._orders))
        accuracy = self._right / self._compared if self._compared else 0.0
        return CenterScores(places, orders, accuracy, self._compared)

    def curve(self) -> PrecisionRecall:
        """Precision over recall of the places alone."""
        return self._places.curve()


def _point_order_score(proposal: Detection | CenterPeak) -> tuple[float, float, int | None, float] | None:
    if isinstance(proposal, CenterPeak):
        return (proposal.x, proposal.y, None, proposal.score)
    if isinstance(proposal.shape, RotationCenter):
        return (*proposal.shape.point, proposal.shape.order, proposal.score)
    return None

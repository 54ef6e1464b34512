"""Ranked hits and misses: greedy matching within a picture, precision, recall, F1 and average precision over all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Curve: TypeAlias = npt.NDArray[np.float64]

RECALL_POINTS = 101
"""Recalls 0, 0.01 ... 1 at which average precision reads the curve, as COCO does."""


@dataclass(frozen=True, slots=True)
class RankedScores:
    """How well ranked proposals meet the truth.

    Attributes:
        average_precision: mean over 101 recalls of the best precision at that recall or beyond.
        f1, precision, recall: best F1 over all thresholds and what belongs to it.
        threshold: the score from which on proposals were kept for that F1.
        proposals, truths: how many there were.
    """

    average_precision: float
    f1: float
    precision: float
    recall: float
    threshold: float
    proposals: int
    truths: int


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """Precision and recall when proposals below each threshold are left out; arrays [n], highest threshold first."""

    thresholds: Curve
    precision: Curve
    recall: Curve


@dataclass(frozen=True, slots=True)
class Matches:
    """What the proposals of one picture hit, best score first."""

    scores: tuple[float, ...]
    hits: tuple[bool, ...]
    truths: int

    def at(self, threshold: float) -> tuple[int, int]:
        """(hits, proposals) of at least `threshold`; greedy matching gives them the same without the rest."""
        kept = sum(score >= threshold for score in self.scores)
        return sum(self.hits[:kept]), kept


class Ranking:
    """Collects proposals with their score and whether they hit, and the number of truths."""

    def __init__(self) -> None:
        self._scores: list[float] = []
        self._hits: list[bool] = []
        self._truths = 0

    def add(self, scores: list[float], hits: list[bool], truths: int) -> Matches:
        """Add one picture: the score and hit of each proposal, best first, and how many truths there were to hit."""
        self._scores += scores
        self._hits += hits
        self._truths += truths
        return Matches(tuple(scores), tuple(hits), truths)

    def at(self, threshold: float) -> RankedScores:
        """The scores when proposals below `threshold` are left out (average precision stays over all)."""
        _, hits, scores = self._curves()
        kept = int(np.count_nonzero(scores >= threshold))
        return self._scores_at(int(hits[kept - 1]) if kept else 0, kept, threshold)

    def best(self) -> RankedScores:
        """The scores at the threshold with the best F1."""
        f1, hits, scores = self._curves()
        if not len(f1):
            return self._scores_at(0, 0, 0.0)
        i = int(np.argmax(f1))
        return self._scores_at(int(hits[i]), i + 1, float(scores[i]))

    def average_precision(self) -> float:
        """101-point interpolated average precision; 0 without truths or proposals."""
        _, hits, scores = self._curves()
        if not self._truths or not len(hits):
            return 0.0
        last = _last_of_ties(scores)
        precision = (hits / np.arange(1, len(hits) + 1))[last]
        recall = (hits / self._truths)[last]
        best_beyond = np.maximum.accumulate(precision[::-1])[::-1]
        place = np.searchsorted(recall, np.linspace(0.0, 1.0, RECALL_POINTS) - 1e-12, side="left")
        return float(np.concatenate([best_beyond, [0.0]])[place].mean())

    def curve(self) -> PrecisionRecall:
        """The curve that average precision reads, one point for each different score; recall is 0 without truths."""
        _, hits, scores = self._curves()
        last = _last_of_ties(scores)
        kept = np.arange(1, len(hits) + 1)[last]
        return PrecisionRecall(scores[last], hits[last] / np.maximum(kept, 1), hits[last] / max(self._truths, 1))

    def _curves(self) -> tuple[Curve, npt.NDArray[np.int64], Curve]:
        """F1 after each proposal in order of score (-1 inside a group of equal scores), hits so far, and the scores."""
        scores = np.array(self._scores, dtype=np.float64)
        order = np.argsort(-scores, kind="stable")
        scores = scores[order]
        hits = np.cumsum(np.array(self._hits, dtype=np.int64)[order])
        f1 = 2.0 * hits / (np.arange(1, len(hits) + 1) + self._truths) if len(hits) else np.zeros(0)
        inside = np.ones(len(f1), dtype=np.bool_)
        inside[_last_of_ties(scores)] = False
        return np.where(inside, -1.0, f1), hits, scores

    def _scores_at(self, hits: int, kept: int, threshold: float) -> RankedScores:
        return RankedScores(
            average_precision=self.average_precision(),
            f1=2.0 * hits / (kept + self._truths) if kept + self._truths else 0.0,
            precision=hits / kept if kept else 0.0,
            recall=hits / self._truths if self._truths else 0.0,
            threshold=threshold,
            proposals=kept,
            truths=self._truths,
        )


def greedy_matches(distances: Curve, limit: float) -> list[int | None]:
    """For each proposal (rows, best first) the nearest truth (columns) still free within `limit`, or None."""
    free = np.ones(distances.shape[1], dtype=np.bool_)
    matches: list[int | None] = []
    for row in distances:
        allowed = np.where(free & (row <= limit), row, np.inf)
        j = int(np.argmin(allowed)) if len(allowed) else 0
        if not len(allowed) or not np.isfinite(allowed[j]):
            matches.append(None)
            continue
        free[j] = False
        matches.append(j)
    return matches


def _last_of_ties(scores: Curve) -> npt.NDArray[np.int64]:
    """Indices of the last of each group of equal scores, in descending order of scores."""
    if not len(scores):
        return np.zeros(0, dtype=np.int64)
    return np.append(np.flatnonzero(np.diff(scores)), len(scores) - 1).astype(np.int64)

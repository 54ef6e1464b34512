"""All metrics under one name; exact definitions in docs/metrics.md."""

from __future__ import annotations

from clipsym_core.evaluate.axis import (
    AxisMetric,
    DominantAxisMetric,
    axis_distance,
    ellipse_distance,
    same_dominant_axis,
)
from clipsym_core.evaluate.center import CenterMetric, CenterScores
from clipsym_core.evaluate.consistency import (
    ConsistencyMetric,
    ConsistencyScores,
    measure_consistency,
    measure_robustness,
)
from clipsym_core.evaluate.pixel import AgreementMetric, PixelCounts, PixelMetric, PixelScores
from clipsym_core.evaluate.ranking import Matches, PrecisionRecall, RankedScores
from clipsym_core.raster import score_map, truth_mask

__all__ = [
    "AgreementMetric",
    "AxisMetric",
    "CenterMetric",
    "CenterScores",
    "ConsistencyMetric",
    "ConsistencyScores",
    "DominantAxisMetric",
    "Matches",
    "PixelCounts",
    "PixelMetric",
    "PixelScores",
    "PrecisionRecall",
    "RankedScores",
    "axis_distance",
    "ellipse_distance",
    "measure_consistency",
    "measure_robustness",
    "same_dominant_axis",
    "score_map",
    "truth_mask",
]

"""Pixel evidence on the picture itself: one import for scoring, snapping, trimming, one-click centers and stars.

Recommended constructions and their sources: `strip` and `snap` (mirror correlation), `support` and `trim` (where an
axis holds), `rotation` (angular autocorrelation), `tilt` (tilted wheels), `star`.
"""

from __future__ import annotations

from clipsym_core.inference.click import analyse_center
from clipsym_core.inference.rotation import MAX_ORDER, CenterAnalysis
from clipsym_core.inference.snap import AxisEvidence, SnappedAxis, score_axis, snap_axis
from clipsym_core.inference.star import complete_star
from clipsym_core.inference.trim import trim_axis

__all__ = [
    "MAX_ORDER",
    "AxisEvidence",
    "CenterAnalysis",
    "SnappedAxis",
    "analyse_center",
    "complete_star",
    "score_axis",
    "snap_axis",
    "trim_axis",
]

"""Pixel evidence on the picture itself: one import for scoring, snapping, trimming, one-click centers and stars.

Constructions and their sources: `strip` and `snap` (mirror correlation), `support` and `trim` (where an axis holds) in
`axis_evidence`; `rotation` (angular autocorrelation), `tilt` (tilted wheels), `star` in `center_evidence`.
"""

from __future__ import annotations

from clipsym_core.inference.axis_evidence.snap import AxisEvidence, SnappedAxis, score_axis, snap_axis
from clipsym_core.inference.axis_evidence.trim import trim_axis
from clipsym_core.inference.center_evidence.click import analyse_center
from clipsym_core.inference.center_evidence.rotation import MAX_ORDER, CenterAnalysis
from clipsym_core.inference.center_evidence.star import complete_star

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

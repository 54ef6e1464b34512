"""Centers and axes made consistent: an n-fold center has no mirror axes or n of them, 180 / n degrees apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from clipsym_core.inference.center_evidence.rotation import CenterAnalysis
from clipsym_core.inference.scoring.overlap import same_axis
from clipsym_core.symmetry import (
    CONTINUOUS,
    Detection,
    ReflectionAxis,
    ReflectionEllipse,
    axis_angle_difference,
    line_offsets,
)

_MOST = 12
"""Largest order whose missing axes are filled in; beyond it a star only hides the picture."""
_SURE = 0.5
"""Score from which a center speaks about axes."""
_THROUGH = 0.08
"""An axis goes through a center when it passes within this share of the center's radius."""


def reconcile(
    centers: list[tuple[Detection, CenterAnalysis]],
    axes: list[Detection],
    measured: Callable[[Detection], Detection],
) -> list[Detection]:
    """The axes, with those of dihedral centers confirmed or filled in, and contradictions marked.

    Evidence gets `star` = 1 for an axis that belongs to a dihedral center, and `star` = 0 for one through a sure
    center that has no axis in that direction (the two contradict each other; both stay, a person decides). An axis
    that is filled in is `measured` on the pixels like any other. Each axis of a star then has at least the center's
    score times its own share of mirror match: as much as it is there, compared with the best axis of the star.
    """
    result = list(axes)
    for detection, analysis in centers:
        if detection.score < _SURE or analysis.center.order < 2:
            continue
        star = list(analysis.axes) if analysis.dihedral else []
        spacing = 180.0 / analysis.center.order
        own: list[int] = []
        for i, axis in enumerate(result):
            shape = axis.shape
            if not isinstance(shape, ReflectionAxis) or not _through(shape, analysis):
                continue
            fits = [s for s in star if axis_angle_difference(s.angle, shape.angle) < 0.25 * spacing]
            result[i] = replace(axis, evidence=dict(axis.evidence) | {"star": 1.0 if fits else 0.0})
            own += [i] if fits else []
            star = [s for s in star if not any(s is f for f in fits)]
        if analysis.center.order <= _MOST:
            known = [d.shape for d in result]
            for s in star:
                if not any(isinstance(k, ReflectionAxis) and same_axis(k, s) for k in known):
                    added = measured(Detection(s, 0.0, detection.source, {}))
                    evidence = dict(added.evidence) | {"star": 1.0, "mirroring": analysis.mirror_score}
                    own.append(len(result))
                    result.append(replace(added, evidence=evidence))
        matches = [max(result[i].evidence.get("mirror", 0.0), 0.0) for i in own]
        best = max(matches, default=0.0)
        for i, match in zip(own, matches, strict=True):
            share = match / best if best > 0 else 0.0
            result[i] = replace(result[i], score=max(result[i].score, detection.score * share))
    return result


def discs(centers: list[tuple[Detection, CenterAnalysis]]) -> list[Detection]:
    """The disc around each center of order 0: all its diameters are mirror axes, so it is one ellipse, not many axes.

    Its score is the center's: what looks the same under every turn also looks the same in every mirror through it.
    """
    return [
        Detection(
            ReflectionEllipse(*analysis.center.point, analysis.radius, analysis.radius),
            detection.score,
            detection.source,
            detection.evidence,
        )
        for detection, analysis in centers
        if analysis.center.order == CONTINUOUS and analysis.radius > 0
    ]


def _through(axis: ReflectionAxis, analysis: CenterAnalysis) -> bool:
    """Whether a straight axis passes a center and is about as long as its pattern is wide."""
    if not axis.is_straight or axis.length > 3 * analysis.radius:
        return False
    offset = float(line_offsets([analysis.center.point], axis.start, axis.end)[0])
    return abs(offset) < _THROUGH * analysis.radius

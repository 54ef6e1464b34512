"""Straight axes: proposed lines cut into runs, fitted to their ridges, each with the evidence for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from clipsym_core.inference.decoding.lines import Line, Segment, segment_between
from clipsym_core.inference.decoding.parameters import AxisDecoding
from clipsym_core.inference.decoding.ridges import RidgeField
from clipsym_core.inference.decoding.runs import Profile, end_points, find_runs, fit_ridge, read_profile
from clipsym_core.symmetry import Point

Floats: TypeAlias = npt.NDArray[np.float32]
Doubles: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an axis, each in [0, 1].

    Attributes:
        heat: mean along the axis.
        coverage: part of its length that has heat.
        contrast: part of the heat by which it rises above its sides (median along the axis).
    """

    heat: float
    coverage: float
    contrast: float

    @property
    def score(self) -> float:
        """One number in [0, 1]: the heat, less for holes and for what hardly rises above its sides."""
        return min(1.0, max(0.0, self.heat * self.coverage * math.sqrt(self.contrast)))

    def parts(self) -> dict[str, float]:
        """The evidence by name."""
        return {"heat": self.heat, "coverage": self.coverage, "contrast": self.contrast}


@dataclass(frozen=True, slots=True)
class FittedAxis:
    """A segment fitted to a ridge.

    Attributes:
        segment: the chord.
        evidence: see `Evidence`.
        half_width: distance at which the band's heat has halved, px.
        bend: signed height of the ridge's arc above the chord, px; 0 where it is straight.
    """

    segment: Segment
    evidence: Evidence
    half_width: float
    bend: float = 0.0

    @property
    def points(self) -> tuple[Point, ...]:
        """The ends, with three points of the arc between them where it is bent."""
        segment = self.segment
        if self.bend == 0.0:
            return segment.ends
        middle, half = (segment.t0 + segment.t1) / 2, segment.length / 2
        return tuple(
            segment.line.point(middle + u * half, self.bend * (1 - u * u)) for u in (-1.0, -0.5, 0.0, 0.5, 1.0)
        )

    def near(
        self, x: npt.NDArray[np.floating[Any]], y: npt.NDArray[np.floating[Any]], distance: float
    ) -> npt.NDArray[np.bool_]:
        """Mask [N] of the points within a distance of the axis (rectangles around its parts), px."""
        if self.bend == 0.0:
            return _near_segment(x, y, self.segment, distance)
        parts = [segment_between(a, b) for a, b in pairwise(self.points)]
        result: npt.NDArray[np.bool_] = np.logical_or.reduce([_near_segment(x, y, part, distance) for part in parts])
        return result


def axes_on(
    field: RidgeField, line: Line, taken: Sequence[FittedAxis], params: AxisDecoding, *, widest: float = math.inf
) -> list[FittedAxis]:
    """The axes on a proposed line: its runs, each fitted to its own ridge, less what `taken` axes explain."""
    profile = read_profile(field, line, params, line.span(*field.size))
    found: list[FittedAxis] = []
    for run in find_runs(profile, params):
        rough = Segment(line, float(profile.t[run[0]]), float(profile.t[run[1] - 1]))
        if _new_part(rough, [*taken, *found], params) is None:
            continue
        fitted = fit_axis(field, line, profile, run, params, beside=[*taken, *found], widest=widest)
        if fitted is not None:
            found.append(fitted)
    return found


def fit_axis(
    field: RidgeField,
    line: Line,
    profile: Profile,
    run: tuple[int, int],
    params: AxisDecoding,
    *,
    beside: Sequence[FittedAxis] = (),
    widest: float = math.inf,
) -> FittedAxis | None:
    """The axis of a run, its line refitted twice to the ridge.

    None where too little of it is new beside others, or where half its width, px, is more than `widest`.
    """
    size = float(run[1] - run[0])
    middle = line.point(float(profile.t[run[0]] + profile.t[run[1] - 1]) / 2)
    for window in (params.fit_window, params.fit_window - 2):
        line, _ = fit_ridge(profile, run, line, window)
        line = line.anchored(middle)
        low, high = line.span(*field.size)
        # A better line may make the run longer, but hardly by more than a gap at each end.
        reach = size / 2 + 2.0 * params.max_gap
        profile = read_profile(field, line, params, (max(low, -reach), min(high, reach)))
        shared = [(_shared(profile.t, r, size / 2), r) for r in find_runs(profile, params)]
        if not shared or max(shared)[0] <= 0:
            return None
        run = max(shared)[1]
    whole = Segment(line, *end_points(profile, run, params))
    if whole.length < params.min_length:
        return None
    segment = _new_part(whole, beside, params)
    if segment is None:
        return None
    first, last = np.searchsorted(profile.t, [segment.t0, segment.t1])
    run = (max(run[0], int(first)), min(run[1], int(last)))
    half_width = _half_width(profile, run)
    if half_width > widest:
        return None
    return FittedAxis(segment, _evidence(profile, run, params), half_width, _bend(profile, run, params))


def _evidence(profile: Profile, run: tuple[int, int], params: AxisDecoding) -> Evidence:
    center, side = profile.center[slice(*run)], profile.side[slice(*run)]
    rise = (center - side) / np.maximum(center, np.float32(1e-6))
    return Evidence(
        heat=float(np.clip(center.mean(), 0.0, 1.0)),
        coverage=float((center > params.low).mean()),
        contrast=float(np.clip(np.median(rise), 0.0, 1.0)),
    )


def _half_width(profile: Profile, run: tuple[int, int]) -> float:
    """Distance from the line at which the median heat of a run has halved, px; half the strip where it has not."""
    across = np.median(profile.heat[slice(*run)], axis=0)
    half = len(across) // 2
    folded = (across[half:] + across[half::-1]) / 2
    below = np.flatnonzero(folded < 0.5 * folded[0])
    return float(below[0]) if len(below) else float(half)


def _bend(profile: Profile, run: tuple[int, int], params: AxisDecoding) -> float:
    """Height of the parabola through a run's ridge above its chord, px; 0 unless it is high and explains the ridge."""
    _, residual = fit_ridge(profile, run, Line(0.0, 0.0, 1.0, 0.0), params.fit_window)
    u = np.linspace(-1.0, 1.0, len(residual))
    arc = 1.0 - u * u
    basis = arc - arc.mean()
    y = residual - np.median(residual)
    height = float((basis * (y - y.mean())).sum() / max(float((basis * basis).sum()), 1e-9))
    left = float(np.abs(y - y.mean() - height * basis).mean())
    explains = left < 0.5 * float(np.abs(y - y.mean()).mean())
    return height if abs(height) >= params.min_bend and explains else 0.0


def _shared(t: Floats, run: tuple[int, int], half: float) -> float:
    """Length that a run shares with [-half, half]."""
    return min(float(t[run[1] - 1]), half) - max(float(t[run[0]]), -half)


def _new_part(segment: Segment, taken: Sequence[FittedAxis], params: AxisDecoding) -> Segment | None:
    """What of a segment is new beside taken axes; None where that is too little, or one has the same ends.

    Ends that run along a taken axis for long are cut off first: pieces of an arc would overlap.
    """
    if any(_same_ends(segment, other.segment) < params.suppression for other in taken):
        return None
    t = np.linspace(segment.t0, segment.t1, max(2, int(segment.length)))
    x, y = segment.line.x + t * segment.line.ux, segment.line.y + t * segment.line.uy
    free, apart = np.ones(len(t), dtype=np.bool_), np.ones(len(t), dtype=np.bool_)
    for other in taken:
        near = other.near(x, y, max(params.peel_distance, other.half_width + 2.0))
        free &= ~near
        line = other.segment.line
        if abs(line.ux * segment.line.ux + line.uy * segment.line.uy) > math.cos(math.radians(params.max_turn)):
            apart &= ~near
    if not apart.any():
        return None
    short = int(2.0 * params.peel_distance)
    first, last = int(np.argmax(apart)), len(t) - 1 - int(np.argmax(apart[::-1]))
    first, last = first if first > short else 0, last if len(t) - 1 - last > short else len(t) - 1
    new = int(np.count_nonzero(free[first : last + 1]))
    if new < max(params.min_length, params.min_coverage * (last + 1 - first)):
        return None
    return Segment(
        segment.line, float(t[first]) if first else segment.t0, float(t[last]) if last < len(t) - 1 else segment.t1
    )


def _near_segment(
    x: npt.NDArray[np.floating[Any]], y: npt.NDArray[np.floating[Any]], segment: Segment, distance: float
) -> npt.NDArray[np.bool_]:
    """Mask [N] of the points within a distance of a segment (a rectangle around it), px."""
    line = segment.line
    t = (x - line.x) * line.ux + (y - line.y) * line.uy
    o = (y - line.y) * line.ux - (x - line.x) * line.uy
    result: npt.NDArray[np.bool_] = (
        (np.abs(o) <= distance) & (t >= segment.t0 - distance) & (t <= segment.t1 + distance)
    )
    return result


def _same_ends(a: Segment, b: Segment) -> float:
    """Largest distance of corresponding ends, the better way round, px."""
    p, q = np.array(a.ends), np.array(b.ends)
    return float(min(np.hypot(*(p - q).T).max(), np.hypot(*(p - q[::-1]).T).max()))

"""Where along a line an axis is: runs of heat with their ends, fitted to the ridge.

A run needs heat (hysteresis), a ridge rather than the flank or the inside of something wide (contrast to both sides)
and a ridge that runs its way (orientation). Short gaps are bridged: crossings and weak places belong to the axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.inference.decoding.lines import Line, positions, sample_strip
from clipsym_core.inference.decoding.parameters import AxisDecoding
from clipsym_core.inference.decoding.ridges import RidgeField, agrees

Floats: TypeAlias = npt.NDArray[np.float32]
Mask: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Profile:
    """A map read along a line.

    Attributes:
        t: [T] positions, px.
        heat: [T, O] smoothed heat across the line at whole distances.
        center: [T] heat on the line (mean over +-`band` px).
        side: [T] heat beside it, the lower of both sides' means.
        along: [T] whether the ridge at the line runs along it.
    """

    t: Floats
    heat: Floats
    center: Floats
    side: Floats
    along: Mask


def read_profile(field: RidgeField, line: Line, params: AxisDecoding, span: tuple[float, float]) -> Profile:
    """The profile of a line between two positions."""
    t = positions(*span)
    half = params.side_outer
    strip = sample_strip(field.maps, line, t, half)
    heat = strip[..., 0]
    inner = strip[:, half - params.band : half + params.band + 1]
    center = inner[..., 0].mean(axis=1)
    width = params.side_outer - params.side_inner + 1
    side = np.maximum(heat[:, :width].mean(axis=1), heat[:, -width:].mean(axis=1))
    along = agrees(inner.mean(axis=1), line.ux, line.uy, gate=params.run_gate, coherence=params.min_coherence)
    return Profile(t, heat, center, side, along)


def find_runs(profile: Profile, params: AxisDecoding) -> list[tuple[int, int]]:
    """Runs as index pairs [first, last) into the profile, bridged, longest possible ends, at least `min_length`."""
    contrast = profile.center - profile.side
    on = (profile.center > params.low) & profile.along & (contrast > params.min_contrast * profile.center)
    sure = on & (profile.center > params.high)
    runs = [run for run in _true_runs(on) if sure[slice(*run)].any()]
    return [run for run in _bridge(runs, profile.center > params.low, params) if run[1] - run[0] >= params.min_length]


def fit_ridge(profile: Profile, run: tuple[int, int], line: Line, window: int) -> tuple[Line, Floats]:
    """The line through the ridge of a run (weighted, robust) and the ridge's residual distances [n] from it, px.

    The ridge at a position is the center of mass of what rises above its flanks, within `window` px.
    """
    first, last = run
    half = profile.heat.shape[1] // 2
    o = np.arange(-window, window + 1, dtype=np.float32)
    heat = profile.heat[first:last, half - window : half + window + 1]
    heat = cv2.blur(heat, (1, 5), borderType=cv2.BORDER_REPLICATE)
    top = heat.max(axis=1, keepdims=True)
    mass = np.maximum(heat - 0.6 * top, 0.0)
    total = np.maximum(mass.sum(axis=1), 1e-6)
    ridge = (mass * o).sum(axis=1) / total
    t = profile.t[first:last]
    weight = np.maximum(top[:, 0], 0.0)
    slope, shift = _robust_line(t, ridge, weight)
    residual = ((ridge - shift - slope * t) / np.hypot(1.0, slope)).astype(np.float32)
    return line.turned(slope, shift), residual


def end_points(profile: Profile, run: tuple[int, int], params: AxisDecoding) -> tuple[float, float]:
    """Positions where the heat falls through half its level near each end of a run: where a blurred band ends."""
    first, last = run
    reach = params.end_window
    level_start = _median(profile.center[first : min(last, first + reach)])
    level_end = _median(profile.center[max(first, last - reach) : last])
    start = _half_crossing(profile.center, profile.t, first, -1, 0.5 * level_start, params.end_search)
    end = _half_crossing(profile.center, profile.t, last - 1, 1, 0.5 * level_end, params.end_search)
    return (start, end)


def _true_runs(mask: Mask) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _bridge(runs: list[tuple[int, int]], warm: Mask, params: AxisDecoding) -> list[tuple[int, int]]:
    """Join neighbours, the smallest gap first, while it is short for what it joins.

    Where the gap is warm, another axis crosses or a star has its center: such positions count less.
    """
    runs = list(runs)
    cost = np.concatenate([[0.0], np.cumsum(np.where(warm, params.warm_gap, 1.0))])
    while len(runs) > 1:
        pairs = list(pairwise(runs))
        gaps = [float(cost[b[0]] - cost[a[1]]) for a, b in pairs]
        spans = [b[1] - a[0] for a, b in pairs]
        fitting = [
            i for i, (gap, span) in enumerate(zip(gaps, spans, strict=True))
            if gap <= params.max_gap and gap <= params.max_gap_share * span
        ]  # fmt: skip
        if not fitting:
            break
        i = min(fitting, key=lambda i: (gaps[i], -spans[i]))
        runs[i : i + 2] = [(runs[i][0], runs[i + 1][1])]
    return runs


def _robust_line(t: Floats, y: Floats, weight: Floats) -> tuple[float, float]:
    """Slope and shift of y = shift + slope * t by iteratively reweighted least squares (Tukey's biweight)."""
    t64, y64, w = t.astype(np.float64), y.astype(np.float64), weight.astype(np.float64)
    base = w + 1e-9
    slope, shift = 0.0, _median(y64)
    scale = max(1.0, 3.0 * _median(np.abs(y64 - shift)))
    for _ in range(6):
        r = (y64 - shift - slope * t64) / (3.0 * scale)
        w = base * np.square(np.maximum(1.0 - r * r, 0.0))
        total = w.sum()
        if total <= 0:
            break
        tm, ym = (w * t64).sum() / total, (w * y64).sum() / total
        spread = (w * (t64 - tm) ** 2).sum()
        slope = float((w * (t64 - tm) * (y64 - ym)).sum() / spread) if spread > 1e-9 else 0.0
        shift = float(ym - slope * tm)
        scale = max(0.5, 1.5 * _median(np.abs(y64 - shift - slope * t64)))
    return slope, shift


def _median(values: npt.NDArray[np.floating[Any]]) -> float:
    """Mean of the two middle values: `numpy.median` without its checks, which cost more than the work here."""
    n = len(values)
    parted = np.partition(values, ((n - 1) // 2, n // 2))
    return float(parted[(n - 1) // 2] + parted[n // 2]) / 2


def _half_crossing(center: Floats, t: Floats, index: int, step: int, level: float, search: int) -> float:
    """Position where `center` falls below `level`, walking outward from (or first back into) a run's end."""
    n = len(center)
    if center[index] < level:  # the run ends below half: walk inward
        while 0 <= index - step < n and center[index] < level:
            index -= step
    for _ in range(search):
        after = index + step
        if not 0 <= after < n:
            return float(t[index]) + 0.5 * step
        if center[after] < level:
            drop = float(center[index] - center[after])
            share = float(center[index] - level) / drop if drop > 0 else 0.5
            return float(t[index]) + step * min(max(share, 0.0), 1.0)
        index = after
    return float(t[index])

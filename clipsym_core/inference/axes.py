"""A reflection heatmap becomes mirror axes with end points and scores.

Lines are found by votes (`hough`), cut into runs and fitted to the ridge (`runs`), and what an accepted axis explains
is taken out of the vote before the next is looked for. Wide round responses become ellipses first (`ellipses`).
The construction follows the measured comparison of field notes 3.2 and 3.3. It commutes with quarter turns and mirrors
of the heatmap up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from clipsym_core.inference.hough import LineVotes
from clipsym_core.inference.lines import Line, Segment
from clipsym_core.inference.maps import checked_map, to_working_scale
from clipsym_core.inference.ridges import RidgeField, orientation, ridge_field
from clipsym_core.inference.runs import Profile, end_points, find_runs, fit_ridge, read_profile
from clipsym_core.symmetry import Detection, ReflectionAxis


@dataclass(frozen=True, slots=True)
class AxisDecoding:
    """How axes are read from a heatmap.

    Lengths are in px of a map whose longer side is `side`; other maps are brought to that scale first. Heat is in
    [0, 1], angles in degrees.

    Attributes:
        side: longer side of the map that lengths refer to, px.
        threshold: heat above which a pixel votes.
        low, high: heat that keeps a run going, and that it needs somewhere.
        smoothing, integration: sigmas of the structure tensor, px.
        vote_gate: a pixel votes for lines within this angle of its own direction.
        run_gate: a position belongs to a run when the ridge there runs within this angle of the line.
        min_coherence: below it a pixel has no direction and both gates are open.
        min_votes: votes (sum of heat above the threshold) that a line needs to be looked at.
        band: half width over which the heat on a line is averaged, px.
        side_inner, side_outer: distances between which the heat beside a line is averaged, px.
        min_contrast: part of the heat on the line by which it must exceed both sides.
        max_gap: gap that is bridged, px.
        max_gap_share: the same as part of the joined length.
        warm_gap: what a position of a gap counts that has heat (a crossing, the center of a star).
        min_length: shortest axis, px.
        fit_window: distance within which the ridge is looked for, px.
        end_window: length over which the heat near an end is taken, px.
        end_search: farthest an end moves outward to where the heat has halved, px.
        min_coverage: part of an axis that must be unexplained heat.
        peel_distance, peel_angle: votes within these of an accepted axis are explained, px and degrees.
        suppression: two axes whose ends are both closer than this are one, px.
        max_axes: where the search ends.
    """

    side: int = 416
    threshold: float = 0.24
    low: float = 0.2
    high: float = 0.3
    smoothing: float = 1.2
    integration: float = 3.0
    vote_gate: int = 12
    run_gate: float = 18.0
    min_coherence: float = 0.35
    min_votes: float = 4.0
    band: int = 2
    side_inner: int = 10
    side_outer: int = 12
    min_contrast: float = 0.1
    max_gap: float = 20.0
    max_gap_share: float = 0.25
    warm_gap: float = 0.25
    min_length: float = 20.0
    fit_window: int = 6
    end_window: int = 24
    end_search: int = 12
    min_coverage: float = 0.5
    peel_distance: float = 6.0
    peel_angle: float = 20.0
    suppression: float = 12.0
    max_axes: int = 48


def decode_axes(
    heatmap: npt.NDArray[np.floating[Any]],
    *,
    params: AxisDecoding | None = None,
    valid: npt.NDArray[np.bool_] | None = None,
) -> list[Detection]:
    """Mirror axes in a reflection heatmap [h, w] of values in [0, 1], best first, in its pixels.

    Args:
        heatmap: as a network gives it; any size.
        params: see `AxisDecoding`.
        valid: mask [h, w]: where the map means something (not the padding of a letterbox).

    Returns:
        Detections of `ReflectionAxis` and `ReflectionEllipse` with source "heatmap". Their evidence: `heat` (mean along
        the axis), `coverage` (part of its length that has heat of its own) and `contrast` (part of the heat by which it
        rises above its sides), each in [0, 1]. The score joins them (`axis_score`).

    Raises:
        InputError: not a 2-D map of finite values in [0, 1], or a mask of another shape.
    """
    params = params or AxisDecoding()
    heat = checked_map(heatmap, valid)
    working, scale = to_working_scale(heat, params.side)
    field = ridge_field(working, smoothing=params.smoothing, integration=params.integration)
    found = _axes(field, params)
    scale_back = np.array([[scale[0], 0.0, 0.0], [0.0, scale[1], 0.0]])
    return [d.transformed(scale_back) for d in sorted(found, key=lambda d: -d.score)]


def axis_score(heat: float, coverage: float, contrast: float) -> float:
    """One number in [0, 1] from the evidence: heat, less for holes and for what hardly rises above its sides."""
    return float(np.clip(heat * coverage * np.sqrt(np.clip(contrast, 0.0, 1.0)), 0.0, 1.0))


def _axes(field: RidgeField, params: AxisDecoding) -> list[Detection]:
    heat = field.heat
    rows, columns = np.nonzero(heat > params.threshold)
    if not len(rows):
        return []
    tensor = field.maps[rows, columns]
    angle, coherence = orientation(tensor)
    x, y = columns.astype(np.float32) + 0.5, rows.astype(np.float32) + 0.5
    gated = coherence >= params.min_coherence
    votes = LineVotes(x, y, tensor[:, 0] - params.threshold, angle, gated, field.size, params.vote_gate)
    explained = np.zeros(heat.shape, dtype=np.uint8)
    accepted: list[tuple[Segment, Detection]] = []
    for _ in range(4 * params.max_axes):
        line, strength = votes.strongest()
        if strength < params.min_votes or len(accepted) >= params.max_axes:
            break
        found = _axes_on(field, line, explained, params)
        for segment, detection in found:
            if _is_duplicate(segment, [s for s, _ in accepted], params):
                continue
            accepted.append((segment, detection))
            near = _near_segment(x, y, segment, params.peel_distance)
            turn = np.abs((angle - np.rad2deg(np.arctan2(segment.line.uy, segment.line.ux)) + 90.0) % 180.0 - 90.0)
            votes.take_back(near & ((turn <= params.peel_angle) | ~gated))
            _mark(explained, segment, params.peel_distance)
        votes.discard(line)
    return [d for _, d in accepted]


def _axes_on(
    field: RidgeField, line: Line, explained: npt.NDArray[np.uint8], params: AxisDecoding
) -> list[tuple[Segment, Detection]]:
    """The axes on a proposed line: its runs, each fitted to its own ridge."""
    w, h = field.size
    profile = read_profile(field, line, params, line.span(w, h))
    found = []
    for run in find_runs(profile, params):
        fitted = _fit(field, line, profile, run, params)
        if fitted is None:
            continue
        segment, detection = fitted
        if segment.length < params.min_length:
            continue
        if _unexplained(explained, segment) * segment.length < max(
            params.min_length, params.min_coverage * segment.length
        ):
            continue
        found.append((segment, detection))
    return found


def _fit(
    field: RidgeField, line: Line, profile: Profile, run: tuple[int, int], params: AxisDecoding
) -> tuple[Segment, Detection] | None:
    w, h = field.size
    middle = line.point(float(profile.t[run[0]] + profile.t[run[1] - 1]) / 2)
    for window in (params.fit_window, params.fit_window - 2):
        line, _ = fit_ridge(profile, run, line, window)
        line = line.anchored(middle)
        profile = read_profile(field, line, params, line.span(w, h))
        runs = [r for r in find_runs(profile, params) if _overlap(profile.t, r, run_length(run))]
        if not runs:
            return None
        run = max(runs, key=lambda r: _overlap(profile.t, r, run_length(run)))
    start, end = end_points(profile, run, params)
    if end - start < 1.0:
        return None
    first, last = run
    center, side = profile.center[first:last], profile.side[first:last]
    heat = float(np.clip(center.mean(), 0.0, 1.0))
    coverage = float((center > params.low).mean())
    contrast = float(np.clip((center - side).mean() / max(center.mean(), 1e-6), 0.0, 1.0))
    segment = Segment(line, start, end)
    detection = Detection(
        ReflectionAxis(segment.ends), axis_score(heat, coverage, contrast), "heatmap",
        {"heat": heat, "coverage": coverage, "contrast": contrast},
    )  # fmt: skip
    return segment, detection


def run_length(run: tuple[int, int]) -> float:
    return float(run[1] - run[0])


def _overlap(t: npt.NDArray[np.float32], run: tuple[int, int], length: float) -> float:
    """Length that a run shares with [-length / 2, length / 2]."""
    return min(float(t[run[1] - 1]), length / 2) - max(float(t[run[0]]), -length / 2)


def _near_segment(
    x: npt.NDArray[np.float32], y: npt.NDArray[np.float32], segment: Segment, distance: float
) -> npt.NDArray[np.bool_]:
    line = segment.line
    t = (x - line.x) * line.ux + (y - line.y) * line.uy
    o = (y - line.y) * line.ux - (x - line.x) * line.uy
    result: npt.NDArray[np.bool_] = (
        (np.abs(o) <= distance) & (t >= segment.t0 - distance) & (t <= segment.t1 + distance)
    )
    return result


def _mark(mask: npt.NDArray[np.uint8], segment: Segment, distance: float) -> None:
    rows, columns = np.indices(mask.shape, dtype=np.float32)
    mask[_near_segment(columns + 0.5, rows + 0.5, segment, distance)] = 1


def _unexplained(mask: npt.NDArray[np.uint8], segment: Segment) -> float:
    """Part of a segment that no accepted axis explains."""
    n = max(2, int(segment.length))
    t = np.linspace(segment.t0, segment.t1, n)
    line = segment.line
    columns = np.clip(np.floor(line.x + t * line.ux), 0, mask.shape[1] - 1).astype(np.int64)
    rows = np.clip(np.floor(line.y + t * line.uy), 0, mask.shape[0] - 1).astype(np.int64)
    return float((mask[rows, columns] == 0).mean())


def _is_duplicate(segment: Segment, others: list[Segment], params: AxisDecoding) -> bool:
    a, b = np.array(segment.ends)
    for other in others:
        c, d = np.array(other.ends)
        same = max(np.hypot(*(a - c)), np.hypot(*(b - d)))
        swapped = max(np.hypot(*(a - d)), np.hypot(*(b - c)))
        if min(same, swapped) < params.suppression:
            return True
    return False

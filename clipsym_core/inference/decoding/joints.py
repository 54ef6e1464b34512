"""Pieces that meet end to end become one axis: straight where one line holds both, else a polyline.

A vote finds the chords of a bent axis one by one, and sometimes two halves of a straight one that wobbles.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np

from clipsym_core.inference.decoding.lines import sample_strip, segment_between
from clipsym_core.inference.decoding.parameters import AxisDecoding
from clipsym_core.inference.decoding.ridges import RidgeField
from clipsym_core.inference.decoding.runs import find_runs, read_profile
from clipsym_core.inference.decoding.segments import Evidence, FittedAxis, fit_axis
from clipsym_core.symmetry import Detection, Point, ReflectionAxis, line_offsets

_STRAIGHT_TURN = 10.0
"""Largest turn, degrees, between pieces that may still be one straight axis."""
_End = tuple[int, int]
"""Piece and end: 0 = first point, 1 = last."""


def join(field: RidgeField, axes: Sequence[FittedAxis], params: AxisDecoding) -> list[Detection]:
    """The axes as detections in pixels of the field, with pieces of one axis joined."""
    return [_detection(field, chain, params) for chain in _chains(_merged(field, axes, params), params)]


# -- straight ---------------------------------------------------------------------------------------------------------


def _merged(field: RidgeField, axes: Sequence[FittedAxis], params: AxisDecoding) -> list[FittedAxis]:
    """Replace pairs by one straight axis while a line holds both."""
    pieces = list(axes)
    while True:
        candidates = [
            (gap, i, j) for i, j in combinations(range(len(pieces)), 2)
            if (gap := _straight_gap(pieces[i], pieces[j], params)) is not None
        ]  # fmt: skip
        for _, i, j in sorted(candidates):
            union = _union(field, pieces[i], pieces[j], params)
            if union is not None:
                pieces = [p for k, p in enumerate(pieces) if k not in (i, j)] + [union]
                break
        else:
            return pieces


def _straight_gap(a: FittedAxis, b: FittedAxis, params: AxisDecoding) -> float | None:
    """Distance of the facing ends of two pieces of one straight axis, None where they cannot be that."""
    gap, end_a, end_b = min(
        (math.dist(a.segment.ends[i], b.segment.ends[j]), i, j) for i in (0, 1) for j in (0, 1)
    )  # fmt: skip
    if gap > params.max_gap or gap > params.max_gap_share * (a.segment.length + b.segment.length + gap):
        return None
    return gap if _turn(a.segment.ends, end_a, b.segment.ends, end_b) <= _STRAIGHT_TURN else None


def _union(field: RidgeField, a: FittedAxis, b: FittedAxis, params: AxisDecoding) -> FittedAxis | None:
    """One straight axis over two pieces, None where their line has no run over both."""
    far = max(
        ((p, q) for p in a.segment.ends for q in b.segment.ends), key=lambda ends: math.dist(*ends)
    )  # fmt: skip
    line, length = segment_between(*far).line, math.dist(*far)
    profile = read_profile(field, line, params, line.span(*field.size))
    for run in find_runs(profile, params):
        if profile.t[run[0]] <= -0.4 * length and profile.t[run[1] - 1] >= 0.4 * length:
            fitted = fit_axis(field, line, profile, run, params)
            if fitted is not None and fitted.segment.length >= 0.9 * length:
                return fitted
    return None


# -- bent -------------------------------------------------------------------------------------------------------------


def _chains(pieces: Sequence[FittedAxis], params: AxisDecoding) -> list[list[tuple[FittedAxis, bool]]]:
    """Pieces in the order in which they follow each other; true where one is walked from its last point."""
    links = _links(pieces, params)
    chains: list[list[tuple[FittedAxis, bool]]] = []
    used: set[int] = set()
    # Open chains begin at an end without a link; what is left then are closed ones.
    starts = [(k, e) for k in range(len(pieces)) for e in (0, 1) if (k, e) not in links]
    for start in [*starts, *((k, 0) for k in range(len(pieces)))]:
        if start[0] in used:
            continue
        chain: list[tuple[FittedAxis, bool]] = []
        end: _End | None = start
        while end is not None and end[0] not in used:
            used.add(end[0])
            chain.append((pieces[end[0]], end[1] == 1))
            end = links.get((end[0], 1 - end[1]))
        chains.append(chain)
    return chains


def _links(pieces: Sequence[FittedAxis], params: AxisDecoding) -> dict[_End, _End]:
    """Ends that are each other's nearest and continue each other."""
    nearest: dict[_End, tuple[float, _End]] = {}
    for i, j in combinations(range(len(pieces)), 2):
        for a in (0, 1):
            for b in (0, 1):
                gap = _joint(_towards(pieces[i], a), _towards(pieces[j], b), params)
                if gap is None:
                    continue
                for here, there in (((i, a), (j, b)), ((j, b), (i, a))):
                    if here not in nearest or gap[0] < nearest[here][0]:
                        nearest[here] = (gap[0], there)
    return {here: there for here, (_, there) in nearest.items() if nearest[there][1] == here}


def _towards(piece: FittedAxis, end: int) -> list[Point]:
    """The points of a piece, walked towards one of its ends."""
    return list(piece.points if end else piece.points[::-1])


def _joint(p: Sequence[Point], q: Sequence[Point], params: AxisDecoding) -> tuple[float, Point] | None:
    """Where two paths, both walked towards each other, meet, with the distance of their ends; None where they do not.

    Chords of an arc overlap: the lines of the end segments may cross a little before either end.
    """
    gap = math.dist(p[-1], q[-1])
    # Where the ends touch, even the chords of a small circle continue each other.
    if _turn(p, 1, q, 1) > params.max_turn * (1.5 if gap <= params.joint_gap / 2 else 1.0):
        return None
    crossing = _crossing(p[-2], p[-1], q[-2], q[-1])
    if crossing is not None and all(_reaches(path, crossing, params) for path in (p, q)):
        return (gap, crossing)
    if gap > params.joint_gap:
        return None
    return (gap, ((p[-1][0] + q[-1][0]) / 2, (p[-1][1] + q[-1][1]) / 2))


def _reaches(path: Sequence[Point], point: Point, params: AxisDecoding) -> bool:
    """Whether a point on the line of a path's last segment is near its end: not far beyond, not long before."""
    step = math.dist(path[-2], path[-1])
    beyond = ((point[0] - path[-1][0]) * (path[-1][0] - path[-2][0])
              + (point[1] - path[-1][1]) * (path[-1][1] - path[-2][1])) / step  # fmt: skip
    return -max(params.joint_gap, 0.3 * step) <= beyond <= params.joint_gap


def _turn(p: Sequence[Point], a: int, q: Sequence[Point], b: int) -> float:
    """Angle, degrees, by which a path turns that leaves p at its end `a` and enters q at its end `b`."""
    out = np.subtract(p[-1], p[-2]) if a else np.subtract(p[0], p[1])
    into = np.subtract(q[-2], q[-1]) if b else np.subtract(q[1], q[0])
    cosine = float(out @ into) / (math.hypot(*out) * math.hypot(*into))
    return math.degrees(math.acos(min(1.0, max(-1.0, cosine))))


def _detection(field: RidgeField, chain: list[tuple[FittedAxis, bool]], params: AxisDecoding) -> Detection:
    points = _path(chain, params)
    if len(points) > 2 and np.abs(line_offsets(points, points[0], points[-1])).max() < params.min_bend:
        points = [points[0], points[-1]]
    if len(points) > 2:
        points = [_settled(field, points, k, params) for k in range(len(points))]
    weights = np.array([piece.segment.length for piece, _ in chain])
    parts = np.array([[p.evidence.heat, p.evidence.coverage, p.evidence.contrast] for p, _ in chain])
    evidence = Evidence(*(float(v) for v in weights @ parts / weights.sum()))
    return Detection(ReflectionAxis(tuple(points)), evidence.score, "heatmap", evidence.parts())


def _path(chain: list[tuple[FittedAxis, bool]], params: AxisDecoding) -> list[Point]:
    """The points of a chain, neighbours meeting at their joints."""
    paths = [list(piece.points[::-1] if backwards else piece.points) for piece, backwards in chain]
    for before, after in pairwise(paths):
        joint = _joint(before, after[::-1], params)
        if joint is not None:
            before[-1] = after[0] = joint[1]
    return [paths[0][0], *(point for path in paths for point in path[1:])]


def _settled(field: RidgeField, points: Sequence[Point], k: int, params: AxisDecoding) -> Point:
    """A point of a path moved across the path to the middle of the ridge there; it stays where there is none."""
    before, after = points[max(k - 1, 0)], points[min(k + 1, len(points) - 1)]
    if before == after:
        return points[k]
    line = replace(segment_between(before, after).line, x=points[k][0], y=points[k][1])
    heat = sample_strip(field.heat, line, np.zeros(1, dtype=np.float32), params.fit_window)[0]
    mass = np.maximum(heat - 0.6 * heat.max(), 0.0)
    if mass.sum() <= 0:
        return points[k]
    offset = np.arange(-params.fit_window, params.fit_window + 1)
    return line.point(0.0, float((mass * offset).sum() / mass.sum()))


def _crossing(a: Point, b: Point, c: Point, d: Point) -> Point | None:
    """Where the lines a-b and c-d cross, None where they are parallel."""
    ux, uy, vx, vy = b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]
    area = ux * vy - uy * vx
    if abs(area) < 1e-9:
        return None
    t = ((c[0] - a[0]) * vy - (c[1] - a[1]) * vx) / area
    return (a[0] + t * ux, a[1] + t * uy)

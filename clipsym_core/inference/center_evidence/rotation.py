"""What the rings around a point say: order, cyclic or dihedral, radius, every mirror axis, and where the center is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map
from clipsym_core.inference.center_evidence.polar import RingStatistics, correlations_at, ring_statistics
from clipsym_core.inference.pixels.canvas import Canvas
from clipsym_core.symmetry import CONTINUOUS, Point, ReflectionAxis, ReflectionEllipse, RotationCenter, direction

Array = npt.NDArray[np.float64]

MAX_ORDER = 36
"""Largest order that is told apart from a continuous one."""

ORDERS = tuple(range(2, MAX_ORDER + 1))
COARSE_ORDERS = (CONTINUOUS, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
_SAME_ORDER = 0.75
"""Of the orders that reach this share of the best score, the largest is the order: its divisors score as well."""
_LACK, _LACK_OF_NOISE = 0.03, 0.25
"""Where neither background nor tilt disturbs, all turns of a pattern score alike: of the orders that lack no more than
this of the best score, and this share of what noise took from that, the largest is the order."""
_FLAT = 0.8
"""Share of ring energy that does not change around the ring, from which on a center is continuous."""
_STILL = 0.9
"""Share from which on a half turn is no pattern."""
_DIHEDRAL = 0.84
"""Mirror correlation over turning correlation from which on a center has mirror axes."""
_DIHEDRAL_ALONE = 0.92
"""The same where no background disturbs."""
COARSE_RINGS = 16
LEAST_RADIUS = 6.0
"""Patterns smaller than this, px of the picture, are too few pixels: noise turns into itself on them by chance."""
LEAST_EVIDENCE = 4.5
"""Evidence below which a pattern is what any place of a photo shows: of 200 clicks anywhere nine in ten stay below."""
_LEAST_STILL = 3.5
"""The same of concentric rings."""
_PATTERN = 0.5
"""Score of an order from which a center is not continuous, however flat its rings are."""
_PATTERN_SAYS = 0.1
"""Least evidence of such an order, as a share of that of the flat rings: pixels make a pattern of order four too."""
_FAINT = 0.33
"""Score of an order of three or more from which it is a pattern, if it has enough evidence beside the flat rings."""
_FAINT_SAYS = 0.2
"""That evidence, as such a share."""
_FLAT_SAYS = 0.4
"""Rings without a pattern (any edge of a disc) say less about a center than rings with one."""


@dataclass(frozen=True, slots=True)
class CenterAnalysis:
    """What one click found.

    Attributes:
        center: refined place, and order (0 = continuous).
        radius: how far the symmetry reaches, px of the picture (along the longer half-axis where it is tilted).
        dihedral: whether it has mirror axes (D_n), not only turns (C_n).
        axes: the n mirror axes of a dihedral center, full diameters; empty for cyclic and continuous centers.
        score: correlation of the pattern with itself under its own turns, 0..1; of a continuous one, the share of
            ring energy that does not change around the rings.
        scores_by_order: the same for every order from 2 to 36.
        mirror_score: correlation of the pattern with its mirror images, 0..1.
        evidence: logarithm of the area, in working px, that speaks for the pattern.
        outline: circle, or ellipse where the pattern is tilted, of `radius` about the center.
    """

    center: RotationCenter
    radius: float
    dihedral: bool
    axes: tuple[ReflectionAxis, ...]
    score: float
    scores_by_order: Mapping[int, float] = field(hash=False)
    mirror_score: float
    evidence: float
    outline: ReflectionEllipse

    @property
    def by_chance(self) -> bool:
        """Whether the pattern is so small, or shows so little, that its score says nothing."""
        least = _LEAST_STILL if self.center.order == CONTINUOUS else LEAST_EVIDENCE
        return self.radius < LEAST_RADIUS or self.evidence < least


def _chance(order: int) -> float:
    """Correlation above which a ring speaks for an order; below it speaks against.

    Photos correlate with themselves by chance at about 0.1-0.3; the mean over many turns scatters less than one turn.
    """
    return 0.12 + 0.40 / (order // 2)


@dataclass(frozen=True, slots=True)
class RingVerdict:
    """Orders as seen by the rings of one center, see `judge_rings`."""

    order: int
    score: float
    rings: int
    scores: dict[int, float]
    evidence: float


def center_measures(analysis: CenterAnalysis, diagonal: float) -> dict[str, float]:
    """The readable parts of a center's score."""
    return {
        "turning": analysis.score,
        "mirroring": analysis.mirror_score,
        "radius": analysis.radius / diagonal,
        "evidence": analysis.evidence,
        "order": float(analysis.center.order),
        "dihedral": float(analysis.dihedral),
    }


def summarise(
    canvas: Canvas,
    features: Map,
    center: Point,
    reach: float,
    *,
    fixed: bool = False,
    shape: Array | None = None,
    orders: tuple[int, ...] = (CONTINUOUS, *ORDERS),
    extent: float | None = None,
) -> CenterAnalysis:
    """The final verdict at a refined center: fine rings, all orders, mirror axes.

    Args:
        fixed: whether the radius is `reach`; otherwise it is found.
        shape: [2, 2], unwraps along ellipses (see `polar.ring_statistics`).
        orders: what it may be.
        extent: the radius, px, where it is known and the features know nothing of what lies around the pattern.
    """
    rings = radii(reach, 40)
    stats = ring_statistics(canvas, features, np.array([center]), rings, 360, shape, mirrors=True)
    alone = extent is not None
    verdict = judge_rings(stats, 0, orders, fixed=fixed, clean=alone and shape is None)
    outer = extent if extent is not None else reach * share(verdict.rings, len(rings))
    order = verdict.order
    matrix = np.eye(2) if shape is None else shape
    axes: tuple[ReflectionAxis, ...] = ()
    mirror = 0.0
    if order != CONTINUOUS:
        phase, mirror = _mirror_phase(stats, 0, verdict.rings, order)
        axes = tuple(_diameter(center, phase + 180.0 * k / order, outer, matrix) for k in range(order))
    else:
        mirror = verdict.score
    mirrored = (_DIHEDRAL_ALONE if alone else _DIHEDRAL) * max(verdict.score, 1e-6)
    dihedral = order == CONTINUOUS or mirror >= mirrored
    outline = ReflectionEllipse(center[0], center[1], outer, outer)
    if shape is not None:
        outline = outline.transformed(_about(center, shape))
    return CenterAnalysis(
        center=RotationCenter(center[0], center[1], order),
        radius=max(outline.rx, outline.ry),
        dihedral=dihedral,
        axes=axes if dihedral else (),
        score=verdict.score,
        scores_by_order=verdict.scores,
        mirror_score=mirror,
        evidence=math.log1p(max(verdict.evidence, 0.0)),
        outline=outline,
    )


def judge_rings(
    stats: RingStatistics, index: int, orders: tuple[int, ...], *, fixed: bool = False, clean: bool = False
) -> RingVerdict:
    """The order that the rings of unwrap `index` speak for, over as many rings from the inside as it holds.

    The score of an order counts the least correlation over all its turns as much as their mean, because one turn of
    120 degrees is also kept by a pattern of order 6. `fixed` takes all rings; `clean` says that neither
    background nor tilt disturbs.
    """
    weight = stats.weight[index]
    continuous = CONTINUOUS in orders
    orders = _turning(orders)
    by_turn, starts = stats.turned(index, orders)
    counts = np.array([n // 2 for n in orders])
    chance = np.array([_chance(n) for n in orders])
    means = np.add.reduceat(by_turn, starts, axis=1) / counts
    gains = np.cumsum(weight[:, None] * (means - chance), axis=0)
    total = stats.flat[index] + stats.energy[index]
    flat_weight = stats.area[index] * total / (total + 0.1)
    flat_gain = np.cumsum(flat_weight * (stats.flat[index] / (total + 1e-6) - _FLAT))

    best = int(gains.max(0).argmax())
    rings = len(weight) if fixed else int(gains[:, best].argmax()) + 1
    over = weight[:rings] @ by_turn[:rings] / (weight[:rings].sum() + 1e-9)
    scores = 0.5 * (np.minimum.reduceat(over, starts) + np.add.reduceat(over, starts) / counts)
    top = float(scores.max())
    least = top - _LACK - _LACK_OF_NOISE * (1 - top) if clean else _SAME_ORDER * top
    chosen = int(np.flatnonzero(scores >= least)[-1]) if top > 0 else best
    order = orders[chosen]
    score, evidence = max(float(scores[chosen]), 0.0), float(gains[:, chosen].max())

    flat_rings = len(weight) if fixed else int(flat_gain.argmax()) + 1
    flat_share = float((flat_weight * stats.flat[index])[:flat_rings].sum())
    flat_share /= float((flat_weight * total)[:flat_rings].sum()) + 1e-6
    # A pattern on a disc is a pattern: a center is continuous only where no order holds. A half turn alone is none
    # where rings hardly wave: shading, and a center that is a fraction of a pixel off, make them wave twice around.
    shaded = order == 2 and flat_share >= _STILL and rings <= 1.5 * flat_rings
    says = evidence / max(float(flat_gain.max()), 1e-6)
    patterned = score >= _PATTERN and says >= _PATTERN_SAYS and rings >= 0.3 * flat_rings and not shaded
    patterned |= order > 2 and score >= _FAINT and says >= _FAINT_SAYS
    if continuous and flat_share >= _FLAT and float(flat_gain[flat_rings - 1]) > 0 and not patterned:
        order, score, rings, evidence = CONTINUOUS, flat_share, flat_rings, float(flat_gain.max())
    elif not fixed and chosen != best:
        rings = int(gains[:, chosen].argmax()) + 1
    by_order = {n: max(float(value), 0.0) for n, value in zip(orders, scores, strict=True)}
    return RingVerdict(order, min(score, 1.0), rings, by_order, evidence)


def _turning(orders: tuple[int, ...]) -> tuple[int, ...]:
    """Without the continuous one."""
    return tuple(n for n in orders if n != CONTINUOUS)


def radii(reach: float, count: int) -> Array:
    radii: Array = reach * (np.arange(count) + 1.5) / (count + 0.5)
    return radii


def share(rings: int, count: int) -> float:
    """Radius of the outermost of `rings` out of `count` rings of `_radii`, as a share of their reach."""
    return (rings + 0.5) / (count + 0.5)


def gain(stats: RingStatistics, orders: tuple[int, ...]) -> Array:
    """Evidence [B] of each unwrap: the best, over orders and radii, of the summed ring correlations above chance."""
    best = turning_gain(stats, orders)
    total = stats.flat + stats.energy
    share = stats.flat / (total + 1e-6)
    flat = np.cumsum(stats.area * total / (total + 0.1) * (share - _FLAT), axis=1).max(1)
    return np.maximum(best, _FLAT_SAYS * flat)


def turning_gain(stats: RingStatistics, orders: tuple[int, ...], *, half_turn: bool = True) -> Array:
    """The same, of the turns alone; `half_turn` says whether the half turn counts among them."""
    orders = _turning(orders)
    chance = np.array([_chance(n) for n in orders])
    agreement = stats.agreement(orders, half_turn=half_turn)
    best: Array = np.cumsum(stats.weight[..., None] * (agreement - chance), axis=1).max((1, 2))
    return best


def polish(
    canvas: Canvas, features: Map, center: Point, reach: float, order: int, step: float, shape: Array | None = None
) -> Point:
    """Move the center uphill on ever finer 3 x 3 grids, then to the top of the parabola through the last one."""
    rings = radii(reach, 20)
    steps = np.array([-1.0, 0.0, 1.0])
    dx, dy = (g.ravel() for g in np.meshgrid(steps, steps))
    x, y = center
    floor = 0.35 / canvas.scale
    while True:
        centers = np.stack([x + step * dx, y + step * dy], axis=1)
        values = _agreement(ring_statistics(canvas, features, centers, rings, 144, shape), order)
        grid = values.reshape(3, 3)
        if step <= floor:
            x += step * _vertex(grid[1])
            y += step * _vertex(grid[:, 1])
            return x, y
        best = int(values.argmax()) if values.max() > values[4] else 4
        x, y = float(centers[best, 0]), float(centers[best, 1])
        step = max(step / 2, floor)


def _agreement(stats: RingStatistics, order: int) -> Array:
    """[B]: how well all rings keep `order`; for a continuous one, the share that does not change around."""
    if order == CONTINUOUS:
        area = stats.visible
        value: Array = (area * stats.flat).sum(1) / ((area * (stats.flat + stats.energy)).sum(1) + 1e-6)
        return value
    c = stats.agreement((order,))[..., 0]
    value = (stats.weight * c).sum(1) / (stats.weight.sum(1) + 1e-9)
    return value


def _vertex(values: Array) -> float:
    """Place of the top of the parabola through three values at -1, 0, 1; within [-1, 1]."""
    left, middle, right = (float(v) for v in values)
    curve = left - 2 * middle + right
    if curve >= -1e-12:
        return 0.0
    return min(max(0.5 * (left - right) / curve, -1.0), 1.0)


def _mirror_phase(stats: RingStatistics, index: int, rings: int, order: int) -> tuple[float, float]:
    """Angle in [0, 180 / order) of one mirror axis, and the mean mirror correlation of all `order` axes there."""
    samples = stats.mirroring.shape[-1]
    w = stats.weight[index, :rings]
    curve = (stats.mirroring[index, :rings] * w[:, None]).sum(0) / (w.sum() + 1e-9)
    fine = 4
    period = samples / order
    positions = np.arange(0, period, 1 / fine)
    folded = np.mean(
        [correlations_at(curve, samples, positions + period * k) for k in range(order)],
        axis=0,
    )
    peak = int(folded.argmax())
    around = np.array([folded[peak - 1], folded[peak], folded[(peak + 1) % len(folded)]])
    position = positions[peak] + _vertex(around) / fine
    return 180.0 * position / samples % (180.0 / order), max(float(folded[peak]), 0.0)


def _diameter(center: Point, angle: float, radius: float, matrix: Array) -> ReflectionAxis:
    unit = matrix @ np.array(direction(angle)) * radius
    return ReflectionAxis(
        ((center[0] - unit[0], center[1] - unit[1]), (center[0] + unit[0], center[1] + unit[1])),
    )


def _about(center: Point, shape: Array) -> Array:
    """The linear map `shape` with `center` kept in place, [2, 3]."""
    c = np.array(center)
    return np.hstack([shape, (c - shape @ c)[:, None]])

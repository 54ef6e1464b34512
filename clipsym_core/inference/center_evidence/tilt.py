"""Tilted wheels: undo an affine squash before the rings are read.

A circle seen from the side is an ellipse, and turns no longer map the pattern onto itself. Squashes of 0.9 to 0.5 in
eight directions are tried at 25 centers near the click, all at once, because a tilted pattern of odd order shows
nothing at its center until it is untilted; where a half turn tells the center, finer ones there. The tilt is taken
under which rings agree best with their own turns of order three or more, half turns apart (every affine map keeps
those, so they say nothing about the tilt), then refined together with the center.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map
from clipsym_core.inference.center_evidence.polar import SCALARS, RingStatistics, ring_statistics
from clipsym_core.inference.center_evidence.rotation import COARSE_RINGS, judge_rings, polish, radii, turning_gain
from clipsym_core.inference.pixels.canvas import Canvas
from clipsym_core.symmetry import Point

Array = npt.NDArray[np.float64]

_ORDERS = tuple(range(3, 14))
_RINGS, _SAMPLES = 12, 48
_PLACES = 5
_SQUASHES, _DIRECTIONS = (0.9, 0.8, 0.7, 0.6, 0.5), 8
_SKEW_DIRECTIONS = 12
_FINE_SQUASHES, _FINE_DIRECTIONS = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5), 16
_BETTER = 1.15
"""A tilt has to speak this much clearer than none."""
_LEAST = 0.005
"""Share of what all rings could say that has to speak for a tilt, to look at it further: photos show less anywhere."""

Tilt = tuple[float, float]
"""Ratio of the half-axes, up to 1, and direction of the longer one, radians with y down."""


def find_tilt(canvas: Canvas, features: Map, start: Point, reach: float, window: float) -> tuple[Point, Array] | None:
    """The center near `start` and the shape [2, 2] of the best tilt, or None where no tilt is better than none.

    Args:
        features: of `polar.polar_features`.
        reach: outermost ring, px of the picture.
        window: how far the center may lie from `start`, px; 0 where it is known, then the tilts are finer.
    """
    known = window <= 0
    squashes, directions = (_FINE_SQUASHES, _FINE_DIRECTIONS) if known else (_SQUASHES, _DIRECTIONS)
    tilts = _tilts(squashes, directions)
    steps = np.zeros(1) if known else np.linspace(-window, window, _PLACES)
    dx, dy = (g.ravel() for g in np.meshgrid(steps, steps))
    places = np.stack([start[0] + dx, start[1] + dy], axis=1)
    centers = np.repeat(places, len(tilts), axis=0)
    shapes = np.tile(_shapes(tilts), (len(places), 1, 1))
    rings = radii(reach, _RINGS)
    stats = ring_statistics(canvas, _plain(features), centers, rings, _SAMPLES, shapes)
    gains = _gains(stats).reshape(len(places), len(tilts))
    place, best = (int(v) for v in np.unravel_index(int(gains.argmax()), gains.shape))
    if best == 0 or gains[place, best] < max(_BETTER * gains[:, 0].max(), _LEAST * rings.sum()):
        return None
    center = (float(places[place, 0]), float(places[place, 1]))
    step_s, step_a = (squashes[0] - squashes[1]) / 2, math.pi / (2 * directions)
    step = 0.7 / canvas.scale if known else window / (_PLACES - 1)
    return _refined(canvas, features, center, reach, tilts[best], (step_s, step_a, step), rounds=3)


def refine_tilt(canvas: Canvas, features: Map, center: Point, reach: float, shape: Array) -> tuple[Point, Array]:
    """The center and the shape [2, 2] of a tilt, nearer to the truth; arguments as for `find_tilt`."""
    sizes, directions = np.linalg.eigh(shape)
    tilt = (float(sizes[0] / sizes[1]), math.atan2(directions[1, 1], directions[0, 1]))
    steps = (0.02, math.pi / (8 * _DIRECTIONS), 0.7 / canvas.scale)
    return _refined(canvas, features, center, reach, tilt, steps, rounds=2)


def find_skew(canvas: Canvas, features: Map, center: Point, reach: float) -> Array:
    """The shape [2, 2] under which a half turn about `center` has the clearest mirror axes; arguments as above.

    A tilt turns the two axes of a rectangle into the skew ones of a parallelogram, which has a half turn alone.
    """
    tilts = _tilts(_SQUASHES, _SKEW_DIRECTIONS)
    step_s, step_a = (_SQUASHES[0] - _SQUASHES[1]) / 2, math.pi / (2 * _SKEW_DIRECTIONS)
    samples = 72
    for _ in range(3):
        centers = np.repeat(np.array([center]), len(tilts), axis=0)
        rings = radii(reach, _RINGS)
        stats = ring_statistics(canvas, _plain(features), centers, rings, samples, _shapes(tilts), mirrors=True)
        curves = (stats.mirroring * stats.weight[..., None]).sum(1) / (stats.weight.sum(1)[:, None] + 1e-9)
        # The mirror at 180 i / samples degrees and the one square to it.
        both = curves + np.roll(curves, samples // 2, axis=1)
        tilt = tilts[int(both.max(1).argmax())]
        tilts = _around(tilt, step_s, step_a)
        step_s, step_a = step_s / 2, step_a / 2
    return _shape(tilt)


def _refined(
    canvas: Canvas,
    features: Map,
    center: Point,
    reach: float,
    tilt: Tilt,
    steps: tuple[float, float, float],
    rounds: int,
) -> tuple[Point, Array]:
    """Center and shape uphill from `tilt`, in turns; `steps` of the squash, the direction and the center, halved."""
    step_s, step_a, step = steps
    for _ in range(rounds):
        order, outer = _verdict(canvas, features, center, reach, _shape(tilt))
        center = polish(canvas, features, center, outer, order, step, _shape(tilt))
        near = _around(tilt, step_s, step_a)
        centers = np.repeat(np.array([center]), len(near), axis=0)
        stats = ring_statistics(canvas, features, centers, radii(reach, COARSE_RINGS), 96, _shapes(near))
        tilt = near[int(_gains(stats).argmax())]
        step_s, step_a, step = step_s / 2, step_a / 2, step / 2
    return center, _shape(tilt)


def _tilts(squashes: Sequence[float], directions: int) -> list[Tilt]:
    """None at all, and every squash in every direction."""
    return [(1.0, 0.0)] + [(s, math.pi * k / directions) for s in squashes for k in range(directions)]


def _around(tilt: Tilt, step_s: float, step_a: float) -> list[Tilt]:
    """The tilt itself and its eight neighbours."""
    squash, lean = tilt
    return [(min(squash + i * step_s, 1.0), lean + j * step_a) for i in (0, -1, 1) for j in (0, -1, 1)]


def _plain(features: Map) -> Map:
    """Without derivatives: enough, and faster, where many are tried."""
    return np.ascontiguousarray(features[..., :SCALARS])


def _shapes(tilts: Sequence[Tilt]) -> Array:
    return np.array([_shape(tilt) for tilt in tilts])


def _shape(tilt: Tilt) -> Array:
    """The map [2, 2] of a circle to an ellipse whose longer half-axis keeps its length and leans by `lean` radians."""
    squash, lean = tilt
    c, s = math.cos(lean), math.sin(lean)
    turn = np.array([[c, -s], [s, c]])
    shape: Array = turn @ np.diag([1.0, squash]) @ turn.T
    return shape


def _gains(stats: RingStatistics) -> Array:
    return turning_gain(stats, _ORDERS, half_turn=False)


def _verdict(canvas: Canvas, features: Map, center: Point, reach: float, shape: Array) -> tuple[int, float]:
    """Order and outer radius, px, under one shape."""
    rings = radii(reach, COARSE_RINGS)
    stats = ring_statistics(canvas, features, np.array([center]), rings, 96, shape)
    verdict = judge_rings(stats, 0, _ORDERS)
    return verdict.order, float(rings[max(verdict.rings, 1) - 1])

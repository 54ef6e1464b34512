"""Tilted wheels: undo an affine squash before the rings are read.

A circle seen from the side is an ellipse, and turns no longer map the pattern onto itself. Among squashes of 0.9 to 0.5
in twelve directions the one is taken under which rings agree best with their own turns of order three or more (every
affine map keeps a half turn, so order two says nothing about the tilt), then refined together with the center.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map
from clipsym_core.inference.center_evidence.polar import ring_statistics
from clipsym_core.inference.center_evidence.rotation import (
    COARSE_RINGS,
    CenterAnalysis,
    gain,
    judge_rings,
    polish,
    radii,
    summarise,
)
from clipsym_core.inference.pixels.canvas import Canvas
from clipsym_core.symmetry import Point

Array = npt.NDArray[np.float64]

_ORDERS = tuple(range(3, 14))
_SQUASHES = (0.9, 0.8, 0.7, 0.6, 0.5)
_DIRECTIONS = 12
_BETTER = 1.15
"""A tilt has to speak this much clearer than none."""


def untilt(canvas: Canvas, features: Map, center: Point, reach: float, *, fixed: bool) -> CenterAnalysis | None:
    """The analysis of the pattern as an ellipse, or None where no tilt is better than none."""
    shapes = [np.eye(2)]
    shapes += [_shape(s, math.pi * k / _DIRECTIONS) for s in _SQUASHES for k in range(_DIRECTIONS)]
    gains = _gains(canvas, features, center, reach, np.array(shapes))
    best = int(gains.argmax())
    if best == 0 or gains[best] <= 0 or gains[best] < _BETTER * gains[0]:
        return None
    squash = _SQUASHES[(best - 1) // _DIRECTIONS]
    lean = math.pi * ((best - 1) % _DIRECTIONS) / _DIRECTIONS
    step_s, step_a = 0.05, math.pi / (2 * _DIRECTIONS)
    for _ in range(3):
        order, outer = _verdict(canvas, features, center, reach, _shape(squash, lean))
        center = polish(canvas, features, center, outer, order, 1.5 / canvas.scale, _shape(squash, lean))
        near = [(squash + i * step_s, lean + j * step_a) for i in (0, -1, 1) for j in (0, -1, 1)]
        gains = _gains(canvas, features, center, reach, np.array([_shape(min(s, 1.0), a) for s, a in near]))
        squash, lean = near[int(gains.argmax())]
        squash = min(squash, 1.0)
        step_s, step_a = step_s / 2, step_a / 2
    return summarise(canvas, features, center, reach, fixed=fixed, shape=_shape(squash, lean))


def _shape(squash: float, lean: float) -> Array:
    """The map [2, 2] of a circle to an ellipse whose longer half-axis keeps its length and leans by `lean` radians."""
    c, s = math.cos(lean), math.sin(lean)
    turn = np.array([[c, -s], [s, c]])
    shape: Array = turn @ np.diag([1.0, squash]) @ turn.T
    return shape


def _gains(canvas: Canvas, features: Map, center: Point, reach: float, shapes: Array) -> Array:
    centers = np.repeat(np.array([center], dtype=np.float64), len(shapes), axis=0)
    stats = ring_statistics(canvas, features, centers, radii(reach, COARSE_RINGS), 96, shapes)
    return gain(stats, _ORDERS)


def _verdict(canvas: Canvas, features: Map, center: Point, reach: float, shape: Array) -> tuple[int, float]:
    """Order and outer radius, px, under one shape."""
    rings = radii(reach, COARSE_RINGS)
    stats = ring_statistics(canvas, features, np.array([center]), rings, 96, shape)
    verdict = judge_rings(stats, 0, _ORDERS)
    return verdict.order, float(rings[max(verdict.rings, 1) - 1])

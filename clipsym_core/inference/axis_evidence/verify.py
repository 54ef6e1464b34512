"""Axis candidates against the picture: settled on the best line nearby, trimmed, and measured.

The measures are the readable parts of a score (`Detection.evidence`); `scoring.calibration` turns them into one number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map, Pixels
from clipsym_core.inference.axis_evidence.support import Support, find_support
from clipsym_core.inference.pixels.canvas import Box, Canvas, local_contrast, make_canvas
from clipsym_core.inference.pixels.edge_field import HARMONICS, TOTAL, WEIGHTS, edge_fields
from clipsym_core.inference.proposals.keypoints import MirrorPairs
from clipsym_core.symmetry import Point, ReflectionAxis

Array = npt.NDArray[np.float64]

VERIFY_SIDE = 112
"""Longer side, px, of the canvas on which candidates are measured."""
COARSE_SIDE = 44
"""The same where things of the same shape but not of the same grain on both sides are looked for."""
_WINDOW = 9
_BLUR = 0.0
"""Sigma, px, over which edges may be displaced and still agree."""
_TEXTURE = 0.06
"""Mean squared strength of edges, times the weights of the harmonics, at which a place has half its weight."""
_TOLERANT = 0.06
"""Local match that is nothing, where a whole line is looked along."""
_MUCH = 1.25
_SIDE_SHIFTS = (5, 8, 12)


@dataclass(frozen=True, slots=True)
class Line:
    """A candidate: the infinite line through `middle` at `angle` (radians, y down)."""

    middle: Point
    angle: float

    def moved(self, turn: float, offset: float) -> Line:
        """Turned about its middle by `turn` radians, then moved sideways by `offset` px."""
        angle = self.angle + turn
        x, y = self.middle
        return Line((x - offset * math.sin(angle), y + offset * math.cos(angle)), angle)


@dataclass(frozen=True, slots=True)
class Verified:
    """A candidate after a look at the pixels.

    Attributes:
        axis: trimmed to its support, picture px.
        half_width: of the support, picture px.
        measures: name -> value, see `measure`.
    """

    axis: ReflectionAxis
    half_width: float
    measures: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Cells [T, D] of a strip: agreement of the two sides, its possible maximum, both visible, brightness of both."""

    agree: Map
    energy: Map
    visible: Map
    left: Map
    right: Map


class _Strip:
    """Edges and local contrast along a line, sampled so that columns pair up exactly."""

    def __init__(self, harmonics: list[npt.NDArray[np.complex64]], strength: Map, contrast: Map, visible: Map) -> None:
        self.harmonics = harmonics
        self.strength = strength
        self.contrast = contrast
        self.visible = visible

    @property
    def half(self) -> int:
        return self.visible.shape[1] // 2

    def pairs(self, middle: int, half: int, rows: slice = slice(None)) -> _Pairs:
        """Left columns (outwards) against right ones about the line before column `middle`."""

        def sides(plane: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
            return plane[rows, middle - half : middle][:, ::-1], plane[rows, middle : middle + half]

        seen_left, seen_right = sides(self.visible)
        visible: Map = seen_left * seen_right
        agree = np.zeros(visible.shape, np.float32)
        for plane, weight in zip(self.harmonics, WEIGHTS, strict=True):
            a, b = sides(plane)
            agree += weight * (a.real * b.real - a.imag * b.imag)
        one, other = sides(self.strength)
        left, right = sides(self.contrast)
        return _Pairs(agree * visible, (0.5 * TOTAL) * (one + other) * visible, visible, left, right)


class Verifier:
    """Measures candidates of one picture (or of a box of it) at a bounded working size."""

    def __init__(self, image: Pixels, *, box: Box | None = None, side: int = VERIFY_SIDE) -> None:
        """`side` bounds the longer side of the canvas that is measured on, px."""
        self.canvas: Canvas = make_canvas(image, box=box, max_side=side)
        surroundings = max(0.1 * max(self.canvas.pixels.shape), 3.0)
        self._first, rest = edge_fields(self.canvas, surroundings=surroundings, blur=_BLUR)
        contrast = local_contrast(self.canvas.pixels, surroundings)
        self._rest: Map = np.dstack([rest, contrast])
        self.step = 1 / self.canvas.scale
        self.diagonal = math.hypot(self.canvas.width, self.canvas.height)

    def strip(self, line: Line, reach: float, half: float) -> _Strip:
        """The strip of half-length `reach` and half-width `half`, px, along a line."""
        rows = max(2 * round(reach / self.step), 8)
        columns = max(round(half / self.step), 6)
        t = (np.arange(rows) - (rows - 1) / 2) * self.step
        d = (np.arange(2 * columns) - (2 * columns - 1) / 2) * self.step
        ux, uy = math.cos(line.angle), math.sin(line.angle)
        x = line.middle[0] + t[:, None] * ux - d[None, :] * uy
        y = line.middle[1] + t[:, None] * uy + d[None, :] * ux
        first = self.canvas.sample(x, y, self._first)
        rest = self.canvas.sample(x, y, self._rest)
        planes = (first[..., :2], first[..., 2:], rest[..., :2])
        harmonics = []
        for k, plane in zip(HARMONICS, planes, strict=True):
            values = np.ascontiguousarray(plane).view(np.complex64)[..., 0]
            harmonics.append(values * np.complex64(np.exp(-1j * k * line.angle)))
        visible = self.canvas.inside(x, y).astype(np.float32)
        return _Strip(harmonics, rest[..., 2], rest[..., 3], visible)

    def support(self, line: Line, reach: float, half: float) -> Support:
        """Where a line is supported, within `reach` px of its middle and `half` px of itself."""
        strip = self.strip(line, reach, half)
        return find_support(*_local_match(strip.pairs(strip.half, strip.half)), least=0.12)

    def settle(
        self, line: Line, reach: float, half: float, turns: Array, shifts: tuple[int, ...]
    ) -> tuple[Line, Support]:
        """The line with the most evidence among all turns (radians) and sideways shifts (canvas px) of `line`."""
        extra = max(abs(s) for s in shifts)
        best: tuple[float, Line, Support] | None = None
        for turn in turns:
            turned = line.moved(float(turn), 0.0)
            strip = self.strip(turned, reach, half + extra * self.step)
            for shift in shifts:
                support = find_support(*_local_match(strip.pairs(strip.half + shift, strip.half - extra)))
                if best is None or support.evidence > best[0]:
                    best = (support.evidence, turned.moved(0.0, shift * self.step), support)
        assert best is not None
        return best[1], best[2]

    def lengthened(self, axis: ReflectionAxis, half: float) -> ReflectionAxis | None:
        """The axis as far as its line is symmetric at all, over `half` px to its sides; None where that is hardly more.

        Grain that differs from side to side cuts the support of a thing that is symmetric as a whole into pieces; a
        longer piece of the same line, in which it agrees on the average, is then the better axis.
        """
        (ax, ay), (bx, by) = axis.start, axis.end
        line = Line(axis.midpoint, math.atan2(by - ay, bx - ax))
        strip = self.strip(line, self.diagonal, half)
        support = find_support(*_local_match(strip.pairs(strip.half, strip.half)), chance=_TOLERANT)
        rows = strip.visible.shape[0]
        ux, uy = math.cos(line.angle), math.sin(line.angle)
        x, y = line.middle
        t0, t1 = ((row - rows / 2) * self.step for row in (support.first, support.last))
        if support.evidence <= 0 or t1 - t0 < _MUCH * axis.length:
            return None
        return ReflectionAxis(((x + t0 * ux, y + t0 * uy), (x + t1 * ux, y + t1 * uy)))

    def finish(self, line: Line, support: Support, reach: float, half: float) -> Verified:
        """Cut the line to its support and measure it."""
        strip = self.strip(line, reach, half)
        rows = strip.visible.shape[0]
        ux, uy = math.cos(line.angle), math.sin(line.angle)
        x, y = line.middle
        t0, t1 = ((row - rows / 2) * self.step for row in (support.first, support.last))
        axis = ReflectionAxis(((x + t0 * ux, y + t0 * uy), (x + t1 * ux, y + t1 * uy)))
        return Verified(axis, support.half * self.step, self._measure(strip, support, axis))

    def measure(self, axis: ReflectionAxis) -> dict[str, float]:
        """The measures of a given straight axis, over the half-width that supports it best."""
        (ax, ay), (bx, by) = axis.start, axis.end
        line = Line(axis.midpoint, math.atan2(by - ay, bx - ax))
        reach, half = 0.5 * axis.length, min(0.8 * axis.length, 0.4 * self.diagonal)
        strip = self.strip(line, reach, half)
        match, weight = _local_match(strip.pairs(strip.half, strip.half))
        return self._measure(strip, find_support(match, weight, whole=True), axis)

    def _measure(self, strip: _Strip, support: Support, axis: ReflectionAxis) -> dict[str, float]:
        rows = slice(support.first, support.last)
        pairs = strip.pairs(strip.half, support.half, rows)
        left, right = pairs.left * pairs.visible, pairs.right * pairs.visible
        squares = float((left * left).sum()) * float((right * right).sum())
        intensity = float((left * right).sum()) / (math.sqrt(squares) + 0.02 * left.size)
        beside = max(_shifted(strip, support, s * sign) for s in _SIDE_SHIFTS for sign in (-1, 1))
        second = strip.harmonics[1][rows, strip.half - support.half : strip.half + support.half]
        strength = np.abs(second) + 1e-6
        x, y = axis.midpoint
        mx = self.canvas.x0 + self.canvas.width / 2
        my = self.canvas.y0 + self.canvas.height / 2
        return {
            "mirror": support.match,
            "intensity": intensity,
            "peak": support.match - beside,
            "texture": support.texture,
            "evidence": math.log(support.evidence + 1.0),
            "length": min(axis.length / self.diagonal, 1.0),
            "aspect": 2 * support.half * self.step / axis.length,
            # 1 where edges point everywhere, 0 where all are parallel (stripes are symmetric about too many lines).
            "variety": 1.0 - float(abs(second.sum()) / strength.sum()),
            "central": 1 - math.dist((x, y), (mx, my)) / (0.5 * self.diagonal),
        }


class Measurer:
    """The measures of axes: of the pixels, and of the key points."""

    def __init__(self, image: Pixels, pairs: MirrorPairs, *, box: Box | None = None) -> None:
        self.verifier = Verifier(image, box=box)
        self.pairs = pairs

    def measure(self, axis: ReflectionAxis) -> dict[str, float]:
        """The measures of a given straight axis."""
        return self.verifier.measure(axis) | {"pairs": self.pairs.support(axis)}


def _local_match(pairs: _Pairs) -> tuple[Map, Map]:
    """Mirror match -1..1 and texture weight 0..1, each [T, D], in windows of `_WINDOW` x `_WINDOW` cells."""
    size = (_WINDOW, _WINDOW)
    agree = cv2.blur(pairs.agree, size, borderType=cv2.BORDER_REFLECT)
    energy = cv2.blur(pairs.energy, size, borderType=cv2.BORDER_REFLECT)
    match: Map = agree / (energy + 0.1 * _TEXTURE)
    weight: Map = energy / (energy + _TEXTURE) * pairs.visible
    return match, weight


def _shifted(strip: _Strip, support: Support, shift: int) -> float:
    """Match of the same rectangle about a line `shift` columns away, on what is left of the strip."""
    middle = strip.half + shift
    half = min(support.half, middle, strip.visible.shape[1] - middle)
    if half < 3:
        return 0.0
    pairs = strip.pairs(middle, half, slice(support.first, support.last))
    return float(pairs.agree.sum()) / (float(pairs.energy.sum()) + 0.1 * _TEXTURE * pairs.agree.size)

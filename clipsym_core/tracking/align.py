"""The last degrees and pixels: a shape that is nearly in place is put right in some 2 ms, by a few steps downhill.

An axis is moved until one side differs least from the mirrored other, a center until the pattern around it differs
least from itself turned: Gauss-Newton steps on local contrast, coarse to fine (Lucas and Kanade 1981; the gradients of
both sides enter, which makes the steps those of Malis, "Improving vision-based control using efficient second-order
minimization techniques", ICRA 2004). `snap_axis` and `analyse_center` search instead of going downhill: ten times
slower, from much farther away.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map
from clipsym_core.inference.axis_evidence.strip import GRADIENT_GAIN
from clipsym_core.inference.pixels.canvas import Canvas, gradient, local_contrast
from clipsym_core.symmetry import CONTINUOUS, ReflectionAxis, RotationCenter

Array: TypeAlias = npt.NDArray[np.float64]
Grey: TypeAlias = npt.NDArray[np.uint8]

_SIDES: Final = (32, 72)
"""Working pixels along an axis, or over half a center's pattern, at each level."""
_STEPS: Final = 5
_DONE: Final = 0.01
"""A step that moves nothing by more working pixels than this is the last one of its level."""
_LONGEST: Final = 2.0
"""Farther than this, working pixels, no step goes: the slopes say nothing of what lies there."""
_COVERED: Final = 0.5
"""Share of pairs on the picture below which evidence counts for less."""
_LEAST_TEXTURE: Final = 0.004
"""Mean square of contrast, tapered, that counts as nothing on the sides of an axis, as in `strip`."""
_TURNS: Final = 120
"""Places around a ring, about: as many as the order divides."""
_RINGS: Final = 20
_NOISE: Final = 0.02
"""The same around a center (texture has about 1)."""
_DAMPING: Final = 1e-3


@dataclass(frozen=True, slots=True)
class AlignedAxis:
    """Where it is, and the mirror correlation there, in [0, 1]."""

    axis: ReflectionAxis
    evidence: float


@dataclass(frozen=True, slots=True)
class AlignedCenter:
    """Where it is, and the correlation of the pattern with itself turned, in [0, 1]."""

    center: RotationCenter
    evidence: float


def align_axis(grey: Grey, axis: ReflectionAxis, *, near: bool = False) -> AlignedAxis:
    """Put a straight axis right that is off by a few degrees, or by a few hundredths of its length, at most.

    Length and the place along the axis stay.

    Args:
        grey: [H, W].
        axis: picture px; one that does not touch the picture comes back with no evidence.
        near: it is off by half of that at most: the finest level alone serves, in half the time.
    """
    half = 0.5 * axis.length
    x, y = axis.midpoint
    angle = math.atan2(axis.end[1] - axis.start[1], axis.end[0] - axis.start[0])
    for side in _SIDES[-1:] if near else _SIDES:
        fields = _Fields.around(grey, (x, y), 1.5 * half, max(2 * half / side, 0.75), side / 8)
        if fields is None:
            return AlignedAxis(axis, 0.0)
        rows = max(round(2 * half / fields.step), 8)
        pairs = _Pairs(fields, (x, y), angle, rows)
        for _ in range(_STEPS):
            turn, offset = pairs.downhill()
            angle += turn
            x -= offset * math.sin(angle)
            y += offset * math.cos(angle)
            if abs(turn) * rows / 2 < _DONE and abs(offset) / fields.step < _DONE:
                break
            pairs = _Pairs(fields, (x, y), angle, rows)
    evidence = pairs.evidence()
    ux, uy = half * math.cos(angle), half * math.sin(angle)
    return AlignedAxis(ReflectionAxis(((x - ux, y - uy), (x + ux, y + uy))), evidence)


def align_center(grey: Grey, center: RotationCenter, radius: float) -> AlignedCenter:
    """Put a center right that is off by less than about an eighth of the radius of its pattern, px. Its order stays.

    Args:
        grey: [H, W].
        center: picture px; one whose pattern does not touch the picture comes back with no evidence.
        radius: how far its pattern reaches, px.
    """
    x, y = center.point
    for side in _SIDES:
        fields = _Fields.around(grey, (x, y), 1.2 * radius, max(2 * radius / side, 0.75), side / 8)
        if fields is None:
            return AlignedCenter(center, 0.0)
        rings = _Rings(fields, (x, y), radius, center.order)
        for _ in range(_STEPS):
            dx, dy = rings.downhill()
            x, y = x + dx, y + dy
            if max(abs(dx), abs(dy)) / fields.step < _DONE:
                break
            rings = _Rings(fields, (x, y), radius, center.order)
    return AlignedCenter(RotationCenter(x, y, center.order), rings.evidence())


@dataclass(frozen=True, slots=True, eq=False)
class _Fields:
    """Local contrast and its slopes [h, w, 3] (value, d/dx, d/dy, for one working px), `step` picture px apart."""

    canvas: Canvas
    values: Map
    step: float

    @classmethod
    def around(cls, grey: Grey, middle: tuple[float, float], reach: float, step: float, sigma: float) -> _Fields | None:
        """Of the square of half side `reach` about a point; None where it is off the picture."""
        h, w = grey.shape
        x0, y0 = max(math.floor(middle[0] - reach), 0), max(math.floor(middle[1] - reach), 0)
        x1, y1 = min(math.ceil(middle[0] + reach), w), min(math.ceil(middle[1] + reach), h)
        if x1 - x0 < 4 or y1 - y0 < 4:
            return None
        part = grey[y0:y1, x0:x1]
        size = (max(round((x1 - x0) / step), 4), max(round((y1 - y0) / step), 4))
        if step > 1:
            part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
        pixels = part.astype(np.float32)
        scale = (pixels.shape[1] / (x1 - x0), pixels.shape[0] / (y1 - y0))
        contrast = local_contrast(pixels, sigma)
        values = np.asarray(cv2.merge([contrast, *gradient(contrast)]), np.float32)
        return cls(Canvas(pixels, float(x0), float(y0), *scale), values, 1 / math.sqrt(scale[0] * scale[1]))

    def at(self, x: Array, y: Array) -> tuple[Map, Map]:
        """Values [a, b, 3] at picture points [a, b], and 1 where these lie on the picture."""
        return self.canvas.sample(x, y, self.values), self._on_picture(x, y)

    def _on_picture(self, x: Array, y: Array) -> Map:
        left, top = self.canvas.x0, self.canvas.y0
        within = x.min() >= left and y.min() >= top
        if within and x.max() <= left + self.canvas.width and y.max() <= top + self.canvas.height:
            return np.ones(x.shape, np.float32)
        return self.canvas.inside(x, y).astype(np.float32)


class _Pairs:
    """The two sides of an axis: row t, column k from the axis outward, in working px."""

    def __init__(self, fields: _Fields, middle: tuple[float, float], angle: float, rows: int) -> None:
        self._fields, self._half = fields, max(rows // 2, 4)
        t = (np.arange(rows) - (rows - 1) / 2)[:, None]
        d = (np.arange(2 * self._half) - (2 * self._half - 1) / 2)[None]
        ux, uy = math.cos(angle), math.sin(angle)
        x = middle[0] + fields.step * (t * ux - d * uy)
        y = middle[1] + fields.step * (t * uy + d * ux)
        values, self._visible = fields.at(x, y)
        self._taper = (np.exp(-((2 * t / rows) ** 2)) * np.exp(-((d / self._half) ** 2))).astype(np.float32)
        self._contrast = values[..., 0]
        self._along = values[..., 1] * ux + values[..., 2] * uy
        self._across = values[..., 2] * ux - values[..., 1] * uy
        self._sides = (slice(None), slice(self._half - 1, None, -1)), (slice(None), slice(self._half, None))
        self._t, self._k = t.astype(np.float32), d[:, self._half :].astype(np.float32)

    def downhill(self) -> tuple[float, float]:
        """The next turn, radians, and offset to the side of positive columns, picture px."""
        left, right = self._sides
        weight = self._visible[left] * self._visible[right] * self._taper[right] ** 2
        rest = self._contrast[left] - self._contrast[right]
        by_offset = self._across[left] - self._across[right]
        by_turn = self._t * by_offset + self._k * (self._along[left] + self._along[right])
        turn, offset = _solve(rest, (by_turn, by_offset), weight)
        longest = _LONGEST / max(1.0, abs(turn) * len(self._t) / 2, abs(offset))
        return turn * min(longest, 1.0), offset * min(longest, 1.0) * self._fields.step

    def evidence(self) -> float:
        """Mirror correlation of intensity and slopes, as of `score_axis`."""
        left, right = self._sides
        both = self._visible[left] * self._visible[right]
        weight = both * self._taper[right] ** 2
        floor = _LEAST_TEXTURE * float(both.sum()) + 1e-9
        values = [field[side] for field in (self._contrast, self._along, self._across) for side in (left, right)]
        products = _products(values, weight)
        intensity = float(products[0, 1]) / (math.sqrt(float(products[0, 0] * products[1, 1])) + floor)
        steep = 0.5 * float(np.trace(products[2:, 2:]))
        slopes = float(products[2, 3] - products[4, 5]) / (steep + floor / GRADIENT_GAIN**2)
        covered = float(both.mean())
        return min(max(0.5 * (intensity + slopes) * min(covered / _COVERED, 1.0), 0.0), 1.0)


class _Rings:
    """The rings around a center: ring, sector (one a turn of its order), place within the sector."""

    def __init__(self, fields: _Fields, middle: tuple[float, float], radius: float, order: int) -> None:
        self._step = fields.step
        sectors = _TURNS if order == CONTINUOUS else order
        places = sectors * max(round(_TURNS / sectors), 1)
        turns = (2 * math.pi / places * np.arange(places))[None]
        radii = (radius * (np.arange(_RINGS) + 1.5) / (_RINGS + 0.5))[:, None]
        values, visible = fields.at(middle[0] + radii * np.cos(turns), middle[1] + radii * np.sin(turns))
        self._continuous = order == CONTINUOUS
        self._values = values.reshape(_RINGS, sectors, -1, 3)
        self._visible = visible.reshape(_RINGS, sectors, -1, 1)
        # Every ring counts by its length, and the outermost ones, where other things begin, for less.
        share = radii / radius
        self._weight: Map = (share * np.exp(-(share**2)))[:, :, None].astype(np.float32)
        seen = np.maximum(self._visible.sum(axis=1, keepdims=True), 1.0)
        self._kept = (self._values * self._visible).sum(axis=1, keepdims=True) / seen

    def downhill(self) -> tuple[float, float]:
        """The next move, picture px."""
        rest, by_x, by_y = np.moveaxis(self._values - self._kept, -1, 0)
        dx, dy = _solve(rest, (by_x, by_y), self._weight * self._visible[..., 0])
        longest = min(_LONGEST / max(abs(dx), abs(dy), 1e-9), 1.0) * self._step
        return dx * longest, dy * longest

    def evidence(self) -> float:
        """Mean correlation of the pattern with itself under its turns; of rings, the share that is the same around."""
        weight = self._weight * self._visible[..., 0]
        values, kept = self._values[..., 0], self._kept[..., 0]
        floor = _NOISE * float(weight.sum())
        if not self._continuous:
            mean = (values * self._visible[..., 0]).sum((1, 2)) / np.maximum(self._visible.sum((1, 2, 3)), 1.0)
            values, kept = values - mean[:, None, None], kept - mean[:, None, None]
        all_of_it = float((weight * values**2).sum()) + floor
        share = float((weight * np.broadcast_to(kept, values.shape) ** 2).sum()) / all_of_it
        if not self._continuous:
            n = values.shape[1]
            share = (n * share - 1) / (n - 1)  # each sector is alike to itself
        covered = float(self._visible.mean())
        return min(max(share * min(covered / _COVERED, 1.0), 0.0), 1.0)


def _solve(rest: Map, slopes: tuple[Map, Map], weight: Map) -> tuple[float, float]:
    """The two numbers that make `rest` + slopes . numbers least, in the weighted mean of squares."""
    (aa, ab, ra), (_, bb, rb), _ = _products((*slopes, rest), weight).tolist()
    aa, bb = aa * (1 + _DAMPING) + 1e-9, bb * (1 + _DAMPING) + 1e-9
    determinant = aa * bb - ab * ab
    return (ab * rb - bb * ra) / determinant, (ab * ra - aa * rb) / determinant


def _products(maps: Sequence[Map], weight: Map) -> Map:
    """Weighted sums of the products of n maps with each other, [n, n]."""
    columns = np.stack(maps).reshape(len(maps), -1)
    products: Map = (columns * weight.reshape(-1)) @ columns.T
    return products

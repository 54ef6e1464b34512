"""Straight lines on a map, the segments of them, and strips of samples along them.

Coordinates: pixel centers at integer + 0.5, x right, y down. A line is an anchor and a unit direction; positions along
it are `t`, distances from it `o` (positive to the right of the direction as seen on the screen).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.symmetry import Point

Floats: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Line:
    """An infinite line: anchor (x, y), px, and unit direction (ux, uy)."""

    x: float
    y: float
    ux: float
    uy: float

    @property
    def normal(self) -> Point:
        """Unit normal, a quarter turn clockwise (on the screen) from the direction."""
        return (-self.uy, self.ux)

    def point(self, t: float, o: float = 0.0) -> Point:
        """The point at position `t` and distance `o`."""
        nx, ny = self.normal
        return (self.x + t * self.ux + o * nx, self.y + t * self.uy + o * ny)

    def position(self, point: Point) -> float:
        """Position `t` of the foot of a point."""
        return (point[0] - self.x) * self.ux + (point[1] - self.y) * self.uy

    def offset(self, point: Point) -> float:
        """Signed distance `o` of a point."""
        nx, ny = self.normal
        return (point[0] - self.x) * nx + (point[1] - self.y) * ny

    def anchored(self, near: Point) -> Line:
        """The same line with its anchor at the foot of `near`."""
        x, y = self.point(self.position(near))
        return Line(x, y, self.ux, self.uy)

    def turned(self, slope: float, shift: float) -> Line:
        """The line o = shift + slope * t of this line's own coordinates."""
        nx, ny = self.normal
        scale = 1.0 / math.hypot(1.0, slope)
        x, y = self.point(0.0, shift)
        return Line(x, y, (self.ux + slope * nx) * scale, (self.uy + slope * ny) * scale)

    def span(self, width: float, height: float) -> tuple[float, float]:
        """First and last `t` inside the rectangle [0, width] x [0, height]; (0, 0) where the line misses it."""
        low, high = -math.inf, math.inf
        for start, step, end in ((self.x, self.ux, width), (self.y, self.uy, height)):
            if abs(step) < 1e-12:
                if not 0.0 <= start <= end:
                    return (0.0, 0.0)
                continue
            a, b = sorted((-start / step, (end - start) / step))
            low, high = max(low, a), min(high, b)
        return (low, high) if low < high else (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a line, from `t0` to `t1`."""

    line: Line
    t0: float
    t1: float

    @property
    def length(self) -> float:
        return self.t1 - self.t0

    @property
    def ends(self) -> tuple[Point, Point]:
        return (self.line.point(self.t0), self.line.point(self.t1))


def segment_between(a: Point, b: Point) -> Segment:
    """The segment from a to b, anchored half-way.

    Raises:
        ValueError: both points are one.
    """
    length = math.dist(a, b)
    if length == 0:
        raise ValueError(f"A segment needs two different points, got {a} twice.")
    line = Line((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (b[0] - a[0]) / length, (b[1] - a[1]) / length)
    return Segment(line, -length / 2, length / 2)


def positions(t0: float, t1: float) -> Floats:
    """Half-integers inside [t0, t1], px: a grid that reads the same in both directions of the line."""
    first, last = math.ceil(t0 - 0.5), math.floor(t1 - 0.5)
    return np.arange(first, last + 1, dtype=np.float32) + np.float32(0.5)


def sample_strip(maps: Floats, line: Line, t: Floats, half: int) -> Floats:
    """Bilinear samples [T, 2 * half + 1, ...] of maps [H, W] or [H, W, C <= 4] at positions `t` and whole distances.

    Samples outside the map repeat its edge: what hugs the edge has no contrast to that side.
    """
    offsets = np.arange(-half, half + 1, dtype=np.float32)
    nx, ny = line.normal
    # OpenCV counts from the center of the first pixel, hence the half.
    x = (line.x - 0.5 + t * line.ux)[:, None] + offsets[None] * np.float32(nx)
    y = (line.y - 0.5 + t * line.uy)[:, None] + offsets[None] * np.float32(ny)
    sampled = cv2.remap(
        maps, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(sampled, dtype=np.float32)

"""A small painter: filled shapes with rounded relief, light, soft shadows and procedural textures, supersampled.

Coordinates are pixels of the finished picture (pixel centers at integer + 0.5, y down). Everything is computed from
seeds, so a scene comes out the same each time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

SUPERSAMPLING = 2
_SHIFT = 4
LIGHT = np.array([-0.42, -0.55, 0.72]) / np.linalg.norm([-0.42, -0.55, 0.72])


@dataclass(frozen=True)
class Place:
    """Local coordinates (x right, y down, around the origin) put on the picture: scaled, turned, moved.

    `angle` is counter-clockwise in degrees, as everywhere in the project.
    """

    x: float
    y: float
    angle: float = 0.0
    scale: float = 1.0

    def __call__(self, points: object) -> np.ndarray:
        p = np.atleast_2d(np.asarray(points, float)) * self.scale
        t = math.radians(self.angle)
        turned = np.column_stack(
            [p[:, 0] * math.cos(t) + p[:, 1] * math.sin(t), -p[:, 0] * math.sin(t) + p[:, 1] * math.cos(t)]
        )
        return turned + (self.x, self.y)


# -- curves -----------------------------------------------------------------------------------------------------------


def smooth(points: object, *, closed: bool = True, steps: int = 14) -> np.ndarray:
    """A Catmull-Rom curve through the points, [N, 2]."""
    p = np.asarray(points, float)
    q = np.vstack([p[-1:], p, p[:2]]) if closed else np.vstack([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(q, q[1:], q[2:], q[3:], strict=False):
        parts.append(b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))))
    return np.vstack(parts if closed else [*parts, p[-1:]])


def mirrored(points: object) -> np.ndarray:
    """The points with x turned over, in reverse order (so that a half outline closes to a whole one)."""
    return (np.asarray(points, float) * (-1, 1))[::-1]


def both_sides(half: object) -> np.ndarray:
    """A closed outline from its right half, given from top to bottom."""
    return np.vstack([np.asarray(half, float), mirrored(half)])


def disc(x: float, y: float, rx: float, ry: float | None = None, *, angle: float = 0.0, n: int = 120) -> np.ndarray:
    t = np.linspace(0, 2 * math.pi, n, endpoint=False)
    return Place(x, y, angle)(np.column_stack([rx * np.cos(t), (rx if ry is None else ry) * np.sin(t)]))


def box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], float)


def band(line: object, width: float | Sequence[float]) -> np.ndarray:
    """The outline of a stroke along a line, of one width or one at each point."""
    p = np.asarray(line, float)
    d = np.gradient(p, axis=0)
    n = np.column_stack([-d[:, 1], d[:, 0]]) / np.maximum(np.linalg.norm(d, axis=1), 1e-9)[:, None]
    half = np.broadcast_to(np.asarray(width, float) / 2, (len(p),))[:, None]
    return np.vstack([p + n * half, (p - n * half)[::-1]])


# -- textures ---------------------------------------------------------------------------------------------------------


def noise(height: int, width: int, cell: float | tuple[float, float], *, seed: int, octaves: int = 4) -> np.ndarray:
    """Smooth noise in 0..1 [height, width]; `cell` is the size of its largest grain, px (x, y)."""
    rng = np.random.default_rng(seed)
    cx, cy = cell if isinstance(cell, tuple) else (cell, cell)
    total, weight = np.zeros((height, width), np.float32), 0.0
    for octave in range(octaves):
        gx, gy = max(1.0, cx / 2**octave), max(1.0, cy / 2**octave)
        grid = rng.random((math.ceil(height / gy) + 3, math.ceil(width / gx) + 3)).astype(np.float32)
        ys, xs = np.mgrid[:height, :width].astype(np.float32)
        layer = cv2.remap(grid, xs / gx + 1, ys / gy + 1, cv2.INTER_CUBIC)
        total += layer * 0.5**octave
        weight += 0.5**octave
    return np.clip(total / weight, 0, 1)


def rgb(code: str) -> np.ndarray:
    """A color from "#rrggbb", floats in 0..1."""
    return np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / 255


def ramp(values: np.ndarray, colors: Sequence[str]) -> np.ndarray:
    """Values in 0..1 through evenly spaced colors, [..., 3]."""
    table = np.array([rgb(c) for c in colors])
    at = np.linspace(0, 1, len(table))
    return np.stack([np.interp(values, at, table[:, k]) for k in range(3)], -1).astype(np.float32)


# -- canvas -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shadow:
    """A soft shadow thrown to (dx, dy), px."""

    dx: float = 8.0
    dy: float = 11.0
    blur: float = 9.0
    alpha: float = 0.5


class Canvas:
    """A picture of (width, height) px in the making; `rgb` is [H, W, 3] float32 at `SUPERSAMPLING` times its size."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.rgb = np.zeros((height * SUPERSAMPLING, width * SUPERSAMPLING, 3), np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        return (self.rgb.shape[0], self.rgb.shape[1])

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """x and y of every sample, px of the finished picture."""
        ys, xs = np.mgrid[: self.shape[0], : self.shape[1]].astype(np.float32)
        return (xs + 0.5) / SUPERSAMPLING, (ys + 0.5) / SUPERSAMPLING

    def noise(self, cell: float | tuple[float, float], *, seed: int, octaves: int = 4) -> np.ndarray:
        s = SUPERSAMPLING
        scaled = (cell[0] * s, cell[1] * s) if isinstance(cell, tuple) else cell * s
        return noise(*self.shape, scaled, seed=seed, octaves=octaves)

    def mask(self, *outlines: np.ndarray, holes: Sequence[np.ndarray] = ()) -> np.ndarray:
        """Coverage 0..1 [H, W] of the union of the outlines, less the holes."""
        mask = np.zeros(self.shape, np.uint8)
        for outline in outlines:
            cv2.fillPoly(mask, [self._fixed(outline)], 255, cv2.LINE_AA, _SHIFT)
        for hole in holes:
            cv2.fillPoly(mask, [self._fixed(hole)], 0, cv2.LINE_AA, _SHIFT)
        return mask.astype(np.float32) / 255

    def lines(self, *lines: np.ndarray, width: float, closed: bool = False) -> np.ndarray:
        """Coverage of strokes along lines."""
        mask = np.zeros(self.shape, np.uint8)
        thickness = max(1, round(width * SUPERSAMPLING))
        for line in lines:
            cv2.polylines(mask, [self._fixed(line)], closed, 255, thickness, cv2.LINE_AA, _SHIFT)
        return mask.astype(np.float32) / 255

    def shade(self, mask: np.ndarray, alpha: float, color: object = (0, 0, 0)) -> None:
        """Blend one color in: shadows, haze, tints."""
        a = (mask * alpha)[..., None]
        self.rgb = self.rgb * (1 - a) + np.asarray(color, np.float32) * a

    def shadow(self, mask: np.ndarray, spec: Shadow) -> None:
        s = SUPERSAMPLING
        move = np.float32([[1, 0, spec.dx * s], [0, 1, spec.dy * s]])
        moved = cv2.warpAffine(mask, move, self.shape[::-1])
        self.shade(cv2.GaussianBlur(moved, (0, 0), spec.blur * s), spec.alpha)

    def paint(
        self,
        mask: np.ndarray,
        color: object,
        *,
        relief: float = 0.0,
        gloss: float = 0.0,
        depth: float = 1.0,
        shadow: Shadow | None = None,
    ) -> None:
        """Lay a color ([3] or [H, W, 3], or "#rrggbb") where the mask is, rounded over `relief` px and lit.

        `depth` above 0 bulges towards the viewer, below 0 sinks in; `gloss` adds a highlight.
        """
        if shadow is not None:
            self.shadow(mask, shadow)
        base = rgb(color) if isinstance(color, str) else np.asarray(color, np.float32)
        rows, columns = np.nonzero(mask.max(1) > 0)[0], np.nonzero(mask.max(0) > 0)[0]
        if not len(rows):
            return
        part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        m = mask[part]
        layer = np.broadcast_to(base if base.ndim == 1 else base[part], (*m.shape, 3))
        if relief > 0:
            diffuse, highlight = _light(m, relief * SUPERSAMPLING, depth)
            layer = layer * diffuse[..., None] + gloss * highlight[..., None]
        self.rgb[part] += (np.clip(layer, 0, 1) - self.rgb[part]) * m[..., None]

    def finish(self, *, vignette: float = 0.16, grain: float = 0.012, seed: int = 1) -> np.ndarray:
        """The picture [H, W, 3] uint8: scaled down, darker corners, a little grain."""
        w, h = self.size
        small = cv2.resize(self.rgb, (w, h), interpolation=cv2.INTER_AREA)
        ys, xs = np.mgrid[:h, :w]
        r2 = ((xs + 0.5 - w / 2) ** 2 + (ys + 0.5 - h / 2) ** 2) / (w * w + h * h) * 4
        small = small * (1 - vignette * r2[..., None])
        small = small + np.random.default_rng(seed).normal(0, grain, (h, w, 1))
        return (np.clip(small, 0, 1) * 255 + 0.5).astype(np.uint8)

    def _fixed(self, points: np.ndarray) -> np.ndarray:
        scaled = np.asarray(points, float) * SUPERSAMPLING - 0.5
        return np.rint(scaled * 2**_SHIFT).astype(np.int32)


def _light(mask: np.ndarray, radius: float, depth: float) -> tuple[np.ndarray, np.ndarray]:
    """Diffuse factor and highlight of a shape whose edges are rounded over `radius` samples."""
    inside = np.pad((mask > 0.5).astype(np.uint8), 1)
    d = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    t = np.clip(d / radius, 0, 1)
    height = np.sqrt(np.clip(1 - (1 - t) ** 2, 0, 1)) * radius * depth
    height = cv2.GaussianBlur(height, (0, 0), max(1.0, radius * 0.12))
    gx, gy = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=0.125)
    length = np.sqrt(gx * gx + gy * gy + 1)
    facing = (-gx * LIGHT[0] - gy * LIGHT[1] + LIGHT[2]) / length
    diffuse = 0.42 + 0.58 * np.clip(facing, 0, None) / LIGHT[2]
    half = LIGHT + (0, 0, 1)
    half /= np.linalg.norm(half)
    highlight = np.clip((-gx * half[0] - gy * half[1] + half[2]) / length, 0, 1) ** 40
    return np.minimum(diffuse, 1.35).astype(np.float32), highlight.astype(np.float32)

"""Heatmaps made from known axes, as imperfect as a network's: to tune decoders on, and to measure them.

Follows field notes 3.2: bands of 5 px, blurred by sigma 1.5 to 4 px, amplitudes of 0.45 to 0.95, bands that wobble,
gaps, noise and distracting blobs; four families of scenes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.symmetry import ReflectionAxis

Family: TypeAlias = Literal["random", "star", "parallel", "collinear"]
FAMILIES: tuple[Family, ...] = get_args(Family)

Map: TypeAlias = npt.NDArray[np.float32]
Point: TypeAlias = npt.NDArray[np.float64]
Ends: TypeAlias = npt.NDArray[np.float64]

BAND = 5.0
"""Width of the drawn band, px."""


@dataclass(frozen=True, slots=True)
class HeatmapScene:
    """A heatmap [h, w] float32 in [0, 1] and the axes that made it, in its pixels."""

    heatmap: Map
    axes: tuple[ReflectionAxis, ...]


def make_heatmap(family: Family, rng: np.random.Generator, *, size: int = 416) -> HeatmapScene:
    """A random scene of a family on a square map.

    random: 1-4 axes anywhere; star: 2-6 axes through one center, evenly spaced; parallel: 2-5 axes side by side;
    collinear: 2-3 pieces of one line, 36-80 px apart.
    """
    ends = _FAMILIES[family](rng, size)
    heat = np.zeros((size, size), dtype=np.float32)
    blur = rng.uniform(1.5, 4.0)
    for a, b in ends:
        heat = np.maximum(heat, _band(a, b, size, blur, rng))
    for _ in range(rng.integers(0, 4)):
        heat = np.maximum(heat, _blob(rng, size))
    heat += _noise(rng, size)
    heatmap = np.clip(heat, 0.0, 1.0).astype(np.float32)
    return HeatmapScene(heatmap, tuple(ReflectionAxis(((a[0], a[1]), (b[0], b[1]))) for a, b in ends))


def _random(rng: np.random.Generator, size: int) -> list[Ends]:
    found: list[Ends] = []
    wanted = rng.integers(1, 5)
    while len(found) < wanted:
        length, angle = rng.uniform(60.0, 260.0), rng.uniform(0.0, np.pi)
        middle = rng.uniform(0.15 * size, 0.85 * size, 2)
        half = 0.5 * length * np.array([np.cos(angle), np.sin(angle)])
        ends = np.stack([middle - half, middle + half])
        if _inside(ends, size) and not any(_confusable(ends, other) for other in found):
            found.append(ends)
    return found


def _star(rng: np.random.Generator, size: int) -> list[Ends]:
    n = int(rng.integers(2, 7))
    half = rng.uniform(45.0, 140.0)
    middle = rng.uniform(half + 8.0, size - half - 8.0, 2)
    first = rng.uniform(0.0, np.pi)
    alternate = rng.uniform(0.75, 1.0) if n % 2 == 0 else 1.0
    found = []
    for k in range(n):
        angle = first + k * np.pi / n
        reach = half * (alternate if k % 2 else 1.0) * np.array([np.cos(angle), np.sin(angle)])
        found.append(np.stack([middle - reach, middle + reach]))
    return found


def _parallel(rng: np.random.Generator, size: int) -> list[Ends]:
    while True:
        n = int(rng.integers(2, 6))
        gap, length, angle = rng.uniform(20.0, 60.0), rng.uniform(80.0, 240.0), rng.uniform(0.0, np.pi)
        along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        middle = rng.uniform(0.3 * size, 0.7 * size, 2)
        found = []
        for k in range(n):
            foot = middle + (k - (n - 1) / 2) * gap * across + rng.uniform(-0.08, 0.08) * length * along
            half = 0.5 * length * rng.uniform(0.85, 1.0) * along
            found.append(np.stack([foot - half, foot + half]))
        if all(_inside(ends, size) for ends in found):
            return found


def _collinear(rng: np.random.Generator, size: int) -> list[Ends]:
    while True:
        n = int(rng.integers(2, 4))
        angle = rng.uniform(0.0, np.pi)
        along = np.array([np.cos(angle), np.sin(angle)])
        place, found = 0.0, []
        for _ in range(n):
            length = rng.uniform(50.0, 140.0)
            found.append(np.stack([place * along, (place + length) * along]))
            place += length + rng.uniform(36.0, 80.0)
        shift = rng.uniform(0.0, size, 2) - (place / 2) * along
        found = [ends + shift for ends in found]
        if all(_inside(ends, size) for ends in found):
            return found


_FAMILIES = {"random": _random, "star": _star, "parallel": _parallel, "collinear": _collinear}


def _inside(ends: Ends, size: int) -> bool:
    return bool((ends > 6.0).all() and (ends < size - 6.0).all())


def _confusable(a: Ends, b: Ends) -> bool:
    """Whether two axes would be one to the eye: nearly parallel and within 15 px over a part of their length."""
    da, db = (a[1] - a[0]) / np.hypot(*(a[1] - a[0])), (b[1] - b[0]) / np.hypot(*(b[1] - b[0]))
    if abs(da @ db) < np.cos(np.deg2rad(15.0)):
        return False
    t = np.linspace(0.0, 1.0, 50)[:, None]
    pa, pb = a[0] + t * (a[1] - a[0]), b[0] + t * (b[1] - b[0])
    return bool(np.hypot(*(pa[:, None] - pb[None]).transpose(2, 0, 1)).min() < 15.0)


def _band(a: Point, b: Point, size: int, blur: float, rng: np.random.Generator) -> Map:
    length = float(np.hypot(*(b - a)))
    along = (b - a) / length
    across = np.array([-along[1], along[0]])
    rows, columns = np.indices((size, size), dtype=np.float64)
    px, py = columns + 0.5 - a[0], rows + 0.5 - a[1]
    t, o = px * along[0] + py * along[1], px * across[0] + py * across[1]
    wave = rng.uniform(0.0, 2.0) * np.sin(2 * np.pi * t / rng.uniform(40.0, 160.0) + rng.uniform(0.0, 2 * np.pi))
    on = (np.abs(o - wave) <= BAND / 2) & (t >= 0.0) & (t <= length)
    for _ in range(rng.integers(0, 3)):
        gap = rng.uniform(4.0, 16.0)
        if length > 4 * gap:
            start = rng.uniform(1.2 * gap, length - 2.2 * gap)
            on &= (t < start) | (t > start + gap)
    strength = 1.0 + 0.2 * np.sin(2 * np.pi * t / rng.uniform(60.0, 240.0) + rng.uniform(0.0, 2 * np.pi))
    band = cv2.GaussianBlur(on.astype(np.float32), (0, 0), blur)
    top = float(np.quantile(band[on], 0.9)) if on.any() else 1.0
    return np.asarray(band / top * rng.uniform(0.45, 0.95) * np.clip(strength, 0.0, 1.0), dtype=np.float32)


def _blob(rng: np.random.Generator, size: int) -> Map:
    x, y = rng.uniform(0.05 * size, 0.95 * size, 2)
    sx, sy = rng.uniform(4.0, 14.0, 2)
    angle = rng.uniform(0.0, np.pi)
    rows, columns = np.indices((size, size), dtype=np.float64)
    dx, dy = columns + 0.5 - x, rows + 0.5 - y
    u, v = dx * np.cos(angle) + dy * np.sin(angle), dy * np.cos(angle) - dx * np.sin(angle)
    blob = rng.uniform(0.2, 0.55) * np.exp(-0.5 * ((u / sx) ** 2 + (v / sy) ** 2))
    return np.asarray(blob, dtype=np.float32)


def _noise(rng: np.random.Generator, size: int) -> Map:
    """Noise as a decoder's upsampling leaves it: fine and coarse."""
    fine = rng.normal(0.0, 1.0, (size, size)).astype(np.float32)
    coarse = cv2.GaussianBlur(rng.normal(0.0, 1.0, (size, size)).astype(np.float32), (0, 0), 6.0)
    coarse /= max(float(coarse.std()), 1e-6)
    return np.asarray(rng.uniform(0.0, 0.04) * fine + rng.uniform(0.0, 0.06) * coarse, dtype=np.float32)

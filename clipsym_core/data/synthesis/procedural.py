"""Textures and silhouettes made by formula."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Map, Pixels

Rng = np.random.Generator


def random_color(rng: Rng) -> npt.NDArray[np.float32]:
    """An RGB color, 0..255."""
    return np.asarray(rng.uniform(0, 255, 3), np.float32)


def noise_field(rng: Rng, side: int, octaves: int = 4) -> Map:
    """Smooth noise [side, side] in 0..1."""
    total = np.zeros((side, side), np.float32)
    base = int(rng.integers(2, 6))
    for k in range(octaves):
        grid = rng.standard_normal((base * 2**k + 1,) * 2).astype(np.float32)
        total += cv2.resize(grid, (side, side), interpolation=cv2.INTER_CUBIC) * 0.55**k
    low, high = float(total.min()), float(total.max())
    return np.asarray((total - low) / (high - low + 1e-6), np.float32)


def texture(rng: Rng, side: int) -> Pixels:
    """A two- or three-colored texture without symmetry [side, side, 3]."""
    a, b, c = (random_color(rng) for _ in range(3))
    blend = noise_field(rng, side)[..., None]
    if rng.random() < 0.5:
        blend = np.clip((blend - 0.5) * rng.uniform(2, 12) + 0.5, 0, 1)
    picture = a * (1 - blend) + b * blend
    fine = noise_field(rng, side, 5)[..., None]
    picture = picture * (1 - 0.5 * fine) + c * 0.5 * fine
    return np.asarray(picture.clip(0, 255), np.uint8)


def procedural_photo(rng: Rng, side: int) -> Pixels:
    """A cluttered picture: texture with random shapes on it."""
    picture = texture(rng, side)
    for _ in range(int(rng.integers(4, 14))):
        color = tuple(int(v) for v in random_color(rng))
        points = (rng.uniform(0, side, 2) + rng.normal(0, side * 0.12, (int(rng.integers(3, 8)), 2))).astype(np.int32)
        cv2.fillPoly(picture, [points], color, lineType=cv2.LINE_AA)
    return picture


def fourier_radius(rng: Rng, angles: npt.NDArray[np.floating[Any]], *, roughness: float = 1.0) -> Map:
    """A closed random outline: radius in (0, 1] for each angle."""
    radius = np.ones_like(angles)
    for k in range(1, 9):
        radius = radius + roughness * rng.normal(0, 0.28 / k) * np.cos(k * angles + rng.uniform(0, 2 * math.pi))
    radius = np.maximum(radius, 0.25)
    return np.asarray(radius / radius.max(), np.float32)


def procedural_cutout(rng: Rng, side: int) -> npt.NDArray[np.uint8]:
    """A textured blob [side, side, 4]."""
    ys, xs = np.mgrid[0:side, 0:side] + 0.5 - side / 2
    angles = np.arctan2(-ys, xs)
    table = fourier_radius(rng, np.arange(720) * (math.pi / 360))
    radius = table[np.floor(np.mod(angles, 2 * math.pi) * (360 / math.pi)).astype(int) % 720] * (side / 2 - 2)
    alpha = np.clip(radius - np.hypot(xs, ys) + 0.5, 0, 1)
    return np.dstack([texture(rng, side), (alpha * 255).astype(np.uint8)])

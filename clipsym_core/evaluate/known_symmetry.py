"""Pictures with one known symmetry made from any photo: mirrored or turned pieces of it, laid on another photo.

For benchmarks, calibration and tests: the truth is exact because the transform is ours. `disturb` then does to the
picture what cameras and files do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import IMAGE_SUFFIXES, Pixels, read_image
from clipsym_core.symmetry import Point, ReflectionAxis, RotationCenter, direction

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MirroredPicture:
    """A picture [H, W, 3] and its one mirror axis, end to end of what is mirrored."""

    image: Pixels
    axis: ReflectionAxis


@dataclass(frozen=True, slots=True)
class TurnedPicture:
    """A picture [H, W, 3] with one center; `phase` is the angle of one mirror axis (degrees) if it is dihedral."""

    image: Pixels
    center: RotationCenter
    radius: float
    dihedral: bool
    phase: float


def generated_texture(rng: np.random.Generator, size: tuple[int, int]) -> Pixels:
    """A photo-like texture of `size` = (width, height): octaves of noise, colored blobs and edges."""
    w, h = size
    field = np.zeros((h, w, 3), np.float32)
    cells = 4
    while cells < max(w, h) / 2:
        noise = rng.random((max(h * cells // max(w, h), 2), max(w * cells // max(w, h), 2), 3)).astype(np.float32)
        field += cv2.resize(noise, (w, h), interpolation=cv2.INTER_CUBIC) / cells**0.7
        cells *= 2
    field = (field - field.min()) / (field.max() - field.min() + 1e-6)
    image: Pixels = (field * 255).astype(np.uint8)
    for _ in range(70):
        center = (int(rng.integers(0, w)), int(rng.integers(0, h)))
        axes = (int(rng.integers(4, max(w // 9, 6))), int(rng.integers(4, max(h // 9, 6))))
        color = [int(v) for v in rng.integers(0, 256, 3)]
        cv2.ellipse(image, center, axes, float(rng.uniform(0, 180)), 0, 360, color, -1, cv2.LINE_AA)
    return image


def load_photos(folders: Sequence[Path], *, side: int = 768) -> list[Pixels]:
    """Every picture under `folders`, its longer side at most `side` px, in the order of their names."""
    photos = []
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES):
            image = read_image(path)
            scale = side / max(image.shape[:2])
            if scale < 1:
                image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            photos.append(np.ascontiguousarray(image))
    return photos


def mirrored_picture(rng: np.random.Generator, source: Pixels, background: Pixels) -> MirroredPicture:
    """An elliptic piece of `source`, mirrored in its diameter at any angle, on `background`."""
    h, w = background.shape[:2]
    side = min(w, h)
    angle = float(rng.uniform(0, 180))
    length = float(side * rng.uniform(0.3, 0.75))
    half_width = float(length * rng.uniform(0.35, 0.7))
    cx, cy = float(w * rng.uniform(0.4, 0.6)), float(h * rng.uniform(0.4, 0.6))
    ux, uy = direction(angle)
    x, y = _grid(w, h)
    along = (x - cx) * ux + (y - cy) * uy
    across = (y - cy) * ux - (x - cx) * uy
    turn = float(rng.uniform(0, 2 * math.pi))
    piece = _look_up(source, along, np.abs(across), turn)
    inside = (2 * along / length) ** 2 + (across / half_width) ** 2 < 1
    image = np.where(inside[..., None], piece, background)
    half = length / 2
    axis = ReflectionAxis(((cx - half * ux, cy - half * uy), (cx + half * ux, cy + half * uy)))
    return MirroredPicture(np.ascontiguousarray(image), axis)


def turned_picture(
    rng: np.random.Generator,
    source: Pixels,
    background: Pixels,
    order: int,
    *,
    dihedral: bool,
    squash: float = 1.0,
) -> TurnedPicture:
    """A disc with `order` turned copies of a sector of `source`, each mirrored too if `dihedral`, on `background`.

    `squash` below 1 tilts it: the disc becomes an ellipse with that ratio of its half-axes, at any angle.
    """
    h, w = background.shape[:2]
    radius = float(min(w, h) * rng.uniform(0.15, 0.38))
    cx, cy = float(w * rng.uniform(0.42, 0.58)), float(h * rng.uniform(0.42, 0.58))
    x, y = _grid(w, h)
    lean = float(rng.uniform(0, math.pi)) if squash < 1 else 0.0
    c, s = math.cos(lean), math.sin(lean)
    p, q = (x - cx) * c + (y - cy) * s, ((y - cy) * c - (x - cx) * s) / squash
    x, y = p * c - q * s, p * s + q * c
    theta, r = np.arctan2(-y, x), np.hypot(x, y)
    phase = float(rng.uniform(0, 2 * math.pi))
    period = 2 * math.pi / order
    sector = np.mod(theta - phase, period)
    if dihedral:
        sector = np.minimum(sector, period - sector)
    piece = _look_up(source, r * np.cos(sector), -r * np.sin(sector), float(rng.uniform(0, 2 * math.pi)))
    image = np.where((r < radius)[..., None], piece, background)
    center = RotationCenter(cx, cy, order)
    return TurnedPicture(np.ascontiguousarray(image), center, radius, dihedral, math.degrees(phase) % (180 / order))


def disturb(rng: np.random.Generator, image: Pixels) -> Pixels:
    """Light from one side, exposure, blur, noise and JPEG, each of random strength."""
    h, w = image.shape[:2]
    x, y = _grid(w, h)
    toward = float(rng.uniform(0, 2 * math.pi))
    ramp = 1 + float(rng.uniform(0, 0.8)) * (math.cos(toward) * (x / w - 0.5) + math.sin(toward) * (y / h - 0.5))
    lit = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.3, 1.3))).astype(np.float64)
    lit = lit * ramp[..., None] * float(rng.uniform(0.6, 1.15))
    lit += rng.normal(0, float(rng.uniform(1, 7)), image.shape)
    coded = cv2.imencode(".jpg", np.clip(lit, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), dtype=np.uint8)


def _grid(w: int, h: int) -> tuple[Array, Array]:
    x, y = np.meshgrid(np.arange(w) + 0.5, np.arange(h) + 0.5)
    return x, y


def _look_up(source: Pixels, x: Array, y: Array, turn: float) -> Pixels:
    """Pixels of `source` at (x, y) about its middle, turned; mirrored at its border."""
    h, w = source.shape[:2]
    u = w / 2 + x * math.cos(turn) - y * math.sin(turn) - 0.5
    v = h / 2 + x * math.sin(turn) + y * math.cos(turn) - 0.5
    piece = cv2.remap(
        source, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(piece, dtype=np.uint8)


def moved_axis(axis: ReflectionAxis, turn: float, offset: float) -> ReflectionAxis:
    """A straight axis turned by `turn` degrees about its middle and moved `offset` px square to its old direction."""
    ux, uy = direction(axis.angle)
    mx, my = axis.midpoint[0] - uy * offset, axis.midpoint[1] + ux * offset
    vx, vy = direction(axis.angle + turn)
    half = axis.length / 2
    start: Point = (mx - half * vx, my - half * vy)
    return ReflectionAxis((start, (mx + half * vx, my + half * vy)))

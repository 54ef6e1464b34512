"""Things that are symmetric as real things are: nearly. The label stays what a person would draw.

A network that has seen exact copies only learns to compare pixels, and finds nothing in a face, a building or an
animal.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.data.synthesis.mirrors import colored, surface
from clipsym_core.data.synthesis.procedural import Rng, noise_field
from clipsym_core.data.synthesis.sources import SourcePack
from clipsym_core.data.synthesis.things import Thing, any_angle, over, similarity, warp_rgba
from clipsym_core.imaging import Pixels

Rgba = npt.NDArray[np.uint8]

LARGEST_SHIFT = 0.03
"""Pixels move by at most about this share of the thing's size: less than what moves a label (5 px at 200 px)."""


def imperfect(thing: Thing, pack: SourcePack, rng: Rng) -> Thing:
    """The thing with some of: pixels moved about, uneven color, fine texture, marks, something at its rim."""
    rgba = thing.rgba
    if rng.random() < 0.75:
        rgba = _moved_about(rgba, rng)
    if rng.random() < 0.6:
        rgba = _uneven(rgba, rng)
    if rng.random() < 0.4:
        rgba = _grained(rgba, rng)
    for _ in range(int(rng.choice(3, p=[0.55, 0.3, 0.15]))):
        rgba = _marked(rgba, pack, rng)
    if pack.cutouts and rng.random() < 0.25:
        rgba = _with_appendage(rgba, pack, rng)
    return replace(thing, rgba=rgba)


def imperfect_picture(image: Pixels, pack: SourcePack, rng: Rng) -> Pixels:
    """The same for a picture [H, W, 3] that is mirrored as a whole: a facade, a room, a shore."""
    rgba = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)])
    rgba = _moved_about(rgba, rng, border=cv2.BORDER_REFLECT_101)
    if rng.random() < 0.5:
        rgba = _uneven(rgba, rng)
    for _ in range(int(rng.integers(0, 3))):
        rgba = _marked(rgba, pack, rng)
    return np.ascontiguousarray(rgba[..., :3])


def _moved_about(rgba: Rgba, rng: Rng, *, border: int = cv2.BORDER_CONSTANT) -> Rgba:
    """A slow random displacement of up to `LARGEST_SHIFT`, another one on each side."""
    h, w = rgba.shape[:2]
    amplitude = max(h, w) * LARGEST_SHIFT * float(rng.uniform(0.3, 1.0))
    cells = int(rng.integers(3, 7))
    grid = rng.standard_normal((2, cells, cells)).clip(-2, 2).astype(np.float32) * (amplitude / 2)
    ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
    dx, dy = (cv2.resize(part, (w, h), interpolation=cv2.INTER_CUBIC) for part in grid)
    return np.asarray(cv2.remap(rgba, xs + dx, ys + dy, cv2.INTER_LINEAR, borderMode=border), np.uint8)


def _uneven(rgba: Rgba, rng: Rng) -> Rgba:
    """Light and tint that differ from place to place."""
    h, w = rgba.shape[:2]
    field = cv2.resize(noise_field(rng, 32, 1), (w, h))[..., None] - 0.5
    tint = 1 + float(rng.uniform(0.2, 0.8)) * field * rng.uniform(0.7, 1.3, 3).astype(np.float32)
    return _with_color(rgba, rgba[..., :3] * tint)


def _grained(rgba: Rgba, rng: Rng) -> Rgba:
    """A texture like fur, leaves or plaster, which no mirror image repeats."""
    h, w = rgba.shape[:2]
    grain = cv2.resize(noise_field(rng, 96, 5), (w, h))[..., None] - 0.5
    return _with_color(rgba, rgba[..., :3] + grain * float(rng.uniform(20, 90)))


def _marked(rgba: Rgba, pack: SourcePack, rng: Rng) -> Rgba:
    """A patch of another surface somewhere on the thing, of at most a twelfth of its area."""
    h, w = rgba.shape[:2]
    size = max(3.0, max(h, w) * float(rng.uniform(0.05, 0.16)))
    at, turn = rng.uniform(0.1, 0.9, 2) * (w, h), any_angle(rng)
    axes = (round(size * 8), round(size * float(rng.uniform(0.25, 1.0)) * 8))
    mask = np.zeros((h, w), np.uint8)
    cv2.ellipse(mask, [round(v * 16) for v in at], axes, turn, 0, 360, 255, -1, cv2.LINE_AA, shift=4)
    weight = mask[..., None].astype(np.float32) / 255 * np.float32(rng.uniform(0.5, 1.0))
    return _with_color(rgba, rgba[..., :3] * (1 - weight) + surface(pack, rng, h, w) * weight)


def _with_appendage(rgba: Rgba, pack: SourcePack, rng: Rng) -> Rgba:
    """Something small on it or over its rim: an arm, a bag, a flag."""
    h, w = rgba.shape[:2]
    part = colored(pack.cutouts[int(rng.integers(len(pack.cutouts)))], rng)
    ph, pw = part.shape[:2]
    scale = max(h, w) * float(rng.uniform(0.1, 0.22)) / max(ph, pw)
    if scale < 0.6:
        part = cv2.GaussianBlur(part, (0, 0), 0.35 / scale)
    ys, xs = np.nonzero(rgba[..., 3] > 127)
    if not len(xs):
        return rgba
    k = int(rng.integers(len(xs)))
    outward = float(rng.uniform(1.0, 1.15))
    at = (w / 2 + (xs[k] + 0.5 - w / 2) * outward, h / 2 + (ys[k] + 0.5 - h / 2) * outward)
    return over(rgba, warp_rgba(part, similarity(scale, any_angle(rng), (pw / 2, ph / 2), at), (w, h)))


def _with_color(rgba: Rgba, color: npt.ArrayLike) -> Rgba:
    return np.dstack([np.clip(np.asarray(color), 0, 255).astype(np.uint8), rgba[..., 3]])

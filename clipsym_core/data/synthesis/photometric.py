"""Changes of light, color and sharpness: pixels change, labels do not."""

from __future__ import annotations

import cv2
import numpy as np

from clipsym_core.data.synthesis.procedural import Rng, noise_field
from clipsym_core.imaging import Pixels


def photometric(image: Pixels, rng: Rng, strength: float = 1.0) -> Pixels:
    """Uneven light, shadow, color, grey, blur, noise and JPEG, each at random; [H, W, 3] in and out."""
    picture = image.astype(np.float32)
    h, w = picture.shape[:2]
    if rng.random() < 0.45 * strength:
        picture *= _light(rng, h, w)[..., None]
    if rng.random() < 0.15 * strength:
        picture *= _shadow(rng, h, w)[..., None]
    if rng.random() < 0.7:
        picture = _color(picture, rng, strength)
    if rng.random() < 0.1:
        picture[...] = picture.mean(axis=2, keepdims=True)
    if rng.random() < 0.25 * strength:
        picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 1.3)))
    if rng.random() < 0.4 * strength:
        picture += rng.standard_normal(picture.shape, dtype=np.float32) * float(rng.uniform(1, 14))
    result = picture.clip(0, 255).astype(np.uint8)
    if rng.random() < 0.4 * strength:
        quality = int(rng.integers(35, 95))
        encoded = cv2.imencode(".jpg", result, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        result = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return result


def _light(rng: Rng, h: int, w: int) -> np.ndarray:  # type: ignore[type-arg]
    """A gradient in any direction, or a smooth field, around 1."""
    if rng.random() < 0.7:
        angle = rng.uniform(0, 2 * np.pi)
        ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
        ramp = (xs / w - 0.5) * np.cos(angle) + (ys / h - 0.5) * np.sin(angle)
        return np.asarray(1 + ramp * rng.uniform(0.2, 0.9), np.float32)
    return np.asarray(cv2.resize(noise_field(rng, 64, 1), (w, h)) * rng.uniform(0.3, 0.8) + 0.7, np.float32)


def _shadow(rng: Rng, h: int, w: int) -> np.ndarray:  # type: ignore[type-arg]
    mask = np.ones((h, w), np.float32)
    points = (rng.uniform(-0.2, 1.2, (4, 2)) * (w, h)).astype(np.int32)
    cv2.fillConvexPoly(mask, cv2.convexHull(points), float(rng.uniform(0.4, 0.75)))
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(1, 6))), np.float32)


def _color(picture: np.ndarray, rng: Rng, strength: float) -> np.ndarray:  # type: ignore[type-arg]
    gain = rng.uniform(1 - 0.3 * strength, 1 + 0.3 * strength)
    tint = rng.normal(1, 0.06 * strength, 3).astype(np.float32)
    mean = float(picture.mean())
    contrast = rng.uniform(1 - 0.35 * strength, 1 + 0.25 * strength)
    changed = ((picture - mean) * contrast + mean * gain) * tint
    grey = changed.mean(axis=2, keepdims=True)
    return np.asarray(grey + (changed - grey) * rng.uniform(0.3, 1.4), np.float32)

"""Changes of color and sharpness: pixels change, shapes stay."""

from __future__ import annotations

import cv2
import numpy as np

from clipsym_core.data.augment_options import AugmentOptions
from clipsym_core.data.synthesis.photometric import photometric
from clipsym_core.imaging import Pixels

_QUALITY = (35, 95)
_SIGMA = (0.4, 1.6)


def recolor(image: Pixels, options: AugmentOptions, rng: np.random.Generator) -> Pixels:
    """[H, W, 3] in and out, each change with its own share."""
    chances = rng.random(3)
    factors = 1 + rng.uniform(-options.jitter, options.jitter, 3)
    hue, sigma, quality = rng.uniform(-0.5, 0.5) * options.jitter, rng.uniform(*_SIGMA), int(rng.integers(*_QUALITY))
    if chances[0] < options.color:
        image = jitter(image, factors[0], factors[1], factors[2], float(hue))
    if options.light > 0:
        image = photometric(image, rng, options.light)
    if chances[1] < options.blur:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), float(sigma)), np.uint8)
    if chances[2] < options.jpeg:
        encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        image = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return image


def jitter(image: Pixels, brightness: float, contrast: float, saturation: float, hue: float) -> Pixels:
    """Brightness, contrast and saturation as factors, hue as a share of the full circle; [H, W, 3] in and out."""
    picture = image.astype(np.float32) * brightness
    mean = float(cv2.cvtColor(np.clip(picture, 0, 255).astype(np.uint8), cv2.COLOR_RGB2GRAY).mean())
    picture = (picture - mean) * contrast + mean
    grey = picture @ np.array([0.299, 0.587, 0.114], np.float32)
    picture = grey[..., None] + (picture - grey[..., None]) * saturation
    result = np.clip(picture, 0, 255).astype(np.uint8)
    if hue:
        turned = cv2.cvtColor(result, cv2.COLOR_RGB2HSV)
        turned[..., 0] = ((turned[..., 0].astype(np.int16) + round(hue * 180)) % 180).astype(np.uint8)
        result = np.asarray(cv2.cvtColor(turned, cv2.COLOR_HSV2RGB), np.uint8)
    return result

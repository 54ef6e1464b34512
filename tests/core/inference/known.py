"""Pictures with known symmetry, and the eight ways in which a picture can lie."""

from __future__ import annotations

from typing import Any

import numpy as np

from clipsym_core.evaluate.known_symmetry import disturb, generated_texture, mirrored_picture
from clipsym_core.imaging import Pixels
from clipsym_core.symmetry import ReflectionAxis, mirror_left_right, quarter_turns

SIZE = (320, 240)


def mirrored(seed: int) -> tuple[Pixels, ReflectionAxis]:
    """A disturbed picture that holds a mirrored patch, and the axis of that."""
    rng = np.random.default_rng(seed)
    known = mirrored_picture(rng, generated_texture(rng, SIZE), generated_texture(rng, SIZE))
    return disturb(rng, known.image), known.axis


def eight_ways(image: Pixels) -> list[tuple[Pixels, Any]]:
    """Quarter turns and mirror images of a picture, each with its map of points."""
    h, w = image.shape[:2]
    ways = []
    for mirrored_first in (False, True):
        flip = mirror_left_right((w, h)) if mirrored_first else np.eye(3)
        start = image[:, ::-1] if mirrored_first else image
        ways += [(np.ascontiguousarray(np.rot90(start, k)), quarter_turns((w, h), k) @ flip) for k in range(4)]
    return ways

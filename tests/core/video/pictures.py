"""Frames that say their number, and videos of them at uneven moments."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clipsym_core.imaging import Pixels
from clipsym_core.video.writer import VideoWriter

SIZE = (160, 96)
_BITS, _SIDE = 8, 16


def numbered(number: int) -> Pixels:
    """A picture with its number as a row of squares, in an upper left part that tells which way is up."""
    picture = np.full((SIZE[1], SIZE[0], 3), 60, np.uint8)
    for bit in range(_BITS):
        left = 8 + bit * _SIDE
        picture[8 : 8 + 2 * _SIDE, left : left + _SIDE] = 235 if number >> bit & 1 else 20
    return picture


def number_of(picture: Pixels) -> int:
    """The number that such a picture says."""
    squares = (picture[14 : 2 * _SIDE, 12 + bit * _SIDE : 4 + (bit + 1) * _SIDE].mean() for bit in range(_BITS))
    return sum((value > 128) << bit for bit, value in enumerate(squares))


def uneven_times(count: int, seed: int = 0) -> list[float]:
    """Moments with steps of 20 to 150 ms, whole milliseconds, from 0."""
    steps = np.random.default_rng(seed).choice([20, 33, 40, 150], count - 1)
    return [0.0, *(float(ms) / 1000 for ms in np.cumsum(steps))]


def write_video(path: Path, times: list[float]) -> Path:
    """Frame n says n."""
    with VideoWriter(path, rate=20) as writer:
        for number, seconds in enumerate(times):
            writer.write(numbered(number), seconds)
    return path

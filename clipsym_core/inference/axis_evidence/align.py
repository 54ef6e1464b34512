"""A nearly right axis made exact: robust least squares on what its two sides differ by.

Mirror correlation is flat about its top, and what surrounds a thing bends it: a plate looks alike from many directions,
and then the background decides. Here every place of the strip says, by its own derivatives, how its difference from its
mirror image would change if the line were turned and moved (Lucas and Kanade 1981, for a picture and its own mirror
image); rings about a point of the line say nothing about the turn. Places that do not match locally, and large
differences, are left out, so the background has no say.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.inference.axis_evidence.strip import Relief
from clipsym_core.symmetry import Point

Array = npt.NDArray[np.float64]

_ROUNDS = 12
_WINDOW = 9
"""Rows and columns over which sides have to match for a place to count."""
_DIFFERENCE = 0.5
"""Difference of local contrast at which a place counts a quarter."""
_ENERGY = 0.002
"""Mean squared derivative of local contrast that is no texture."""
_FARTHEST = (2.0, 1.5)
"""Most that the outer column is turned by, and the line moved, in one round, in columns."""
_STILL = 0.02
"""Columns by which neither moves any more at the end."""


def align(relief: Relief, middle: Point, angle: float, rows: int, half: int, step: float) -> tuple[float, Point]:
    """The angle (radians, y down) and the middle, picture px, of the line on which both sides differ least.

    Args:
        relief: of the picture about the axis.
        middle, angle: a line within two degrees or so and a few px of it.
        rows, half, step: the strip, see `Relief.sample`.
    """
    t = (np.arange(rows) - (rows - 1) / 2)[:, None]
    d = (np.arange(half) + 0.5)[None]
    taper = np.exp(-((t / (0.5 * rows)) ** 2) - (d / half) ** 2)
    x, y = middle
    for _ in range(_ROUNDS):
        planes, seen = relief.sample((x, y), (np.cos(angle), np.sin(angle)), rows, half, step)
        (left, right), (left_t, right_t), (left_d, right_d), (left_seen, right_seen) = (
            (plane[:, :half][:, ::-1], plane[:, half:]) for plane in (*planes, seen)
        )
        moving = right_d - left_d
        turning = t * moving - d * (right_t + left_t)
        difference = right - left
        agree = cv2.blur(right_t * left_t - right_d * left_d, (_WINDOW, _WINDOW), borderType=cv2.BORDER_REFLECT)
        energy = 0.5 * (right_t**2 + left_t**2 + right_d**2 + left_d**2)
        match = agree / (cv2.blur(energy, (_WINDOW, _WINDOW), borderType=cv2.BORDER_REFLECT) + _ENERGY)
        weight = np.clip(match, 0, 1) ** 2 * taper * left_seen * right_seen
        weight = weight / (1 + (difference / _DIFFERENCE) ** 2) ** 2
        slopes = np.stack([turning.ravel(), moving.ravel()])
        weighted = slopes * weight.ravel()
        normal = weighted @ slopes.T
        if not np.linalg.det(normal) > 1e-6 * normal[0, 0] * normal[1, 1] > 0:
            break
        turn, move = np.linalg.solve(normal, -weighted @ difference.ravel())
        turn = float(np.clip(turn, -_FARTHEST[0] / half, _FARTHEST[0] / half))
        move = float(np.clip(move, -_FARTHEST[1], _FARTHEST[1]))
        angle += turn
        x, y = x - move * step * float(np.sin(angle)), y + move * step * float(np.cos(angle))
        if abs(turn) * half < _STILL and abs(move) < _STILL:
            break
    return angle, (x, y)

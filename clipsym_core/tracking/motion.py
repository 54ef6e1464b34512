"""How the pixels around shapes moved from one picture to another.

Corners are followed there and back (Lucas and Kanade 1981, pyramids after Bouguet 2000); where enough of those around
a shape agree on one similarity, that is its motion. The corners of all shapes are followed together, so that the
pyramids of the two pictures are made once for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError
from clipsym_core.imaging import Pixels, check_pixels
from clipsym_core.symmetry import ReflectionAxis, Shape
from clipsym_core.tracking.align import Grey
from clipsym_core.tracking.pose import extent, place

Motion: TypeAlias = npt.NDArray[np.float64]
Corners: TypeAlias = npt.NDArray[np.float32]

_CORNERS: Final = 24
_LEAST_CORNERS: Final = 6
_WINDOW: Final = (21, 21)
_LEVELS: Final = 3
_BACK_AND_FORTH: Final = 1.0
"""A corner must come back to within this, px, when it is followed back."""
FIRST_RADIUS: Final = 0.12
"""How far around a center corners are looked for, as a share of the diagonal, before its radius is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A picture that shapes can be followed from: grey, [H, W]."""

    grey: Grey

    @classmethod
    def of(cls, image: Pixels) -> Seen:
        """Of a picture [H, W, 3].

        Raises:
            InputError: not a picture.
        """
        return cls(np.asarray(cv2.cvtColor(check_pixels(image), cv2.COLOR_RGB2GRAY), np.uint8))


def motions(before: Seen, now: Seen, shapes: Sequence[tuple[Shape, float | None]]) -> list[Motion | None]:
    """The similarity [2, 3] that the pixels around each shape made between two pictures; None where they do not say.

    Args:
        shapes: each with the radius of its pattern, px, where it is a center and that is known.

    Raises:
        InputError: the pictures are of different sizes.
    """
    if before is now:
        return [np.eye(2, 3) for _ in shapes]
    _check_same_size(before, now)
    around = [_corners(before.grey, shape, radius) for shape, radius in shapes]
    enough = [corners for corners in around if len(corners) >= _LEAST_CORNERS]
    if not enough:
        return [None] * len(shapes)
    corners = np.concatenate(enough)
    flow: dict[str, Any] = {"winSize": _WINDOW, "maxLevel": _LEVELS}
    there, found, _ = cv2.calcOpticalFlowPyrLK(before.grey, now.grey, corners, None, **flow)
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(now.grey, before.grey, there, None, **flow)
    error = np.abs(back - corners).reshape(-1, 2).max(axis=1)
    good = (found.ravel() == 1) & (found_back.ravel() == 1) & (error < _BACK_AND_FORTH)
    result: list[Motion | None] = []
    first = 0
    for own in around:
        if len(own) < _LEAST_CORNERS:
            result.append(None)
            continue
        part = slice(first, first + len(own))
        first += len(own)
        result.append(_similarity(own[good[part]], there[part][good[part]]))
    return result


def _similarity(before: Corners, now: Corners) -> Motion | None:
    """What most of these corners [N, 1, 2] agree on."""
    if len(before) < _LEAST_CORNERS:
        return None
    a, b = before.reshape(-1, 2) + 0.5, now.reshape(-1, 2) + 0.5
    matrix, inliers = cv2.estimateAffinePartial2D(a, b, method=cv2.RANSAC, ransacReprojThreshold=1.5)
    if matrix is None or inliers is None or int(inliers.sum()) < _LEAST_CORNERS:
        return None
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    return np.asarray(matrix, np.float64) if 0.5 < scale < 2.0 else None


def _check_same_size(a: Seen, b: Seen) -> None:
    """Raise where two pictures differ in size.

    Raises:
        InputError: they do.
    """
    if a.grey.shape != b.grey.shape:
        raise InputError(
            f"The pictures are of different sizes: {a.grey.shape[::-1]} and {b.grey.shape[::-1]} px.",
            remedy="Follow shapes through pictures of one source.",
        )


def _corners(grey: Grey, shape: Shape, radius: float | None) -> Corners:
    """Corners [N, 1, 2] around a shape, as OpenCV counts pixels."""
    h, w = grey.shape
    x, y = place(shape)
    reach = max(radius or extent(shape) or FIRST_RADIUS * math.hypot(w, h), 8.0)
    x0, y0 = max(int(x - reach), 0), max(int(y - reach), 0)
    x1, y1 = min(int(x + reach) + 1, w), min(int(y + reach) + 1, h)
    nothing: Corners = np.zeros((0, 1, 2), np.float32)
    if x1 - x0 < 8 or y1 - y0 < 8:
        return nothing
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    middle = (round(x - x0), round(y - y0))
    if isinstance(shape, ReflectionAxis):
        # The things of an axis lie beside it: a band half as wide as it is long.
        ends = [(round(px - x0), round(py - y0)) for px, py in (shape.start, shape.end)]
        cv2.line(mask, ends[0], ends[1], 255, max(int(0.7 * shape.length), 8))
    else:
        cv2.circle(mask, middle, int(reach), 255, cv2.FILLED)
    found = cv2.goodFeaturesToTrack(grey[y0:y1, x0:x1], _CORNERS, 0.02, 5, mask=mask)
    if found is None:
        return nothing
    return np.asarray(found + np.array([x0, y0], np.float32), np.float32)

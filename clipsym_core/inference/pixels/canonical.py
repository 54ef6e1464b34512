"""One of the eight ways to lay a picture down, chosen by the picture itself, so that results turn along with it.

Key points, strides and windows see a turned or mirrored picture a little differently. Laid down in the one way that its
own pixels ask for, a picture and its quarter turns and mirror images are the same array, so everything computed from it
is the same, and is carried back exactly. The choice rests on sums over columns and rows (whole numbers, so exact): the
longer side lies across, and of the two ways to read each profile the lexicographically smaller one is taken. A picture
whose profiles read the same both ways has more than one such way; it is then nearly symmetric itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clipsym_core.imaging import Pixels
from clipsym_core.symmetry import transform_points


@dataclass(frozen=True, slots=True)
class Lay:
    """How a picture of `width` x `height` px is laid down: mirrored across, mirrored up and down, then transposed."""

    width: int
    height: int
    flip_x: bool = False
    flip_y: bool = False
    swap: bool = False

    def apply(self, image: Pixels) -> Pixels:
        """The picture [H, W, 3], laid down."""
        image = image[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]
        return np.ascontiguousarray(image.swapaxes(0, 1) if self.swap else image)

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """The map [2, 3] of points of the picture to those of the laid one."""
        x = [-1.0, 0.0, float(self.width)] if self.flip_x else [1.0, 0.0, 0.0]
        y = [0.0, -1.0, float(self.height)] if self.flip_y else [0.0, 1.0, 0.0]
        return np.array([y, x] if self.swap else [x, y])

    @property
    def inverse(self) -> npt.NDArray[np.float64]:
        """The map [2, 3] of points back to the picture."""
        linear = self.matrix[:, :2].T  # a signed permutation: its inverse is exact
        return np.hstack([linear, -linear @ self.matrix[:, 2:]])

    def box(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """A box x0, y0, x1, y1 of the picture in the laid one."""
        corners = transform_points([box[:2], box[2:]], self.matrix)
        (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)


def canonical_lay(image: Pixels) -> Lay:
    """The way to lay down a picture [H, W, 3] uint8 that its quarter turns and mirror images agree on."""
    height, width = image.shape[:2]
    columns = image.sum(axis=(0, 2), dtype=np.int64).tolist()
    rows = image.sum(axis=(1, 2), dtype=np.int64).tolist()
    flip_x, flip_y = columns > columns[::-1], rows > rows[::-1]
    across, down = min(columns, columns[::-1]), min(rows, rows[::-1])
    swap = height > width or (height == width and down > across)
    return Lay(width, height, flip_x, flip_y, swap)

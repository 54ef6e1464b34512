"""The heatmaps of one picture as the window shows them, and the picture itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class HeatmapPair:
    """Probabilities [h, w], float32 in [0, 1], at the size of the network, without padding: a map covers exactly the
    picture, whatever its own size."""

    reflection: npt.NDArray[np.float32]
    rotation: npt.NDArray[np.float32]

    def of(self, kind: Literal["reflection", "rotation"]) -> npt.NDArray[np.float32]:
        """One of the two."""
        return self.reflection if kind == "reflection" else self.rotation

    @property
    def nbytes(self) -> int:
        return int(self.reflection.nbytes + self.rotation.nbytes)


@dataclass(frozen=True, slots=True, eq=False)
class PictureImage:
    """A decoded picture, ready to be painted at any zoom.

    Attributes:
        path: the file.
        pixels: [H, W, 3] uint8 RGB, as the detector gets them.
        levels: the same picture at full, half, quarter ... size, each [h, w, 4] uint8 BGRX (the memory order of Qt's
            RGB32 on little-endian); a picture too large for that at full size begins with `pixels` itself, [H, W, 3].
        stamp: what tells this state of the file from a later one.
    """

    path: str
    pixels: npt.NDArray[np.uint8]
    levels: tuple[npt.NDArray[np.uint8], ...]
    stamp: str

    @property
    def size(self) -> tuple[int, int]:
        """(width, height), px."""
        return (self.pixels.shape[1], self.pixels.shape[0])

"""Colormaps for heatmaps, as tables of 256 colors.

All have a brightness that only grows, and none relies on red against green, so they read the same for color-blind
people and in grey print. "viridis", "cividis" and "magma" follow the published maps of the same names (Smith and van
der Walt 2015; Nunez, Anderton and Renslow 2018) through nine anchor colors, which is within a just noticeable
difference of the originals; "ice" and "grey" are our own.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

_ANCHORS: Final[dict[str, tuple[str, ...]]] = {
    "viridis": ("440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725"),
    "cividis": ("00224e", "123570", "3b496c", "575d6d", "707173", "8a8678", "a59c74", "c3b369", "fee838"),
    "magma": ("000004", "1d1147", "51127c", "832681", "b73779", "e75263", "fc8961", "fec488", "fcfdbf"),
    "ice": ("04060f", "12183c", "182f6e", "1c4c9c", "2a6fbf", "4d95d1", "82b8df", "bcd9ee", "f4fbff"),
    "grey": ("000000", "ffffff"),
}

COLORMAPS: Final = tuple(_ANCHORS)


@cache
def color_table(name: str) -> npt.NDArray[np.uint8]:
    """The colors [256, 3] (RGB) of a colormap.

    Raises:
        KeyError: no such colormap.
    """
    anchors = np.array([[int(c[i : i + 2], 16) for i in (0, 2, 4)] for c in _ANCHORS[name]], dtype=np.float64)
    at = np.linspace(0, len(anchors) - 1, 256)
    table = np.stack([np.interp(at, np.arange(len(anchors)), anchors[:, i]) for i in range(3)], axis=1)
    colors: npt.NDArray[np.uint8] = np.round(table).astype(np.uint8)
    return colors


def colorize(
    values: npt.NDArray[np.float32], *, colormap: str, low: float = 0.0, high: float = 1.0
) -> npt.NDArray[np.uint8]:
    """A heatmap [h, w] in [0, 1] as premultiplied BGRA [h, w, 4], the memory order of Qt's ARGB32 on little-endian.

    Values at or below `low` are fully transparent and become opaque half-way to `high`, so that only what the network
    sees covers the picture; the color spans the whole range.

    Raises:
        ValueError: `high` is not above `low`.
    """
    if not high > low:
        raise ValueError(f"The range of a heatmap must grow, got {low} to {high}.")
    level = np.clip((values - low) * (255.0 / (high - low)), 0, 255).astype(np.uint8)
    alpha = np.minimum(2.0 * np.arange(256, dtype=np.float64), 255.0)
    table = np.empty((256, 4), dtype=np.uint8)
    table[:, :3] = np.round(color_table(colormap)[:, ::-1] * (alpha / 255.0)[:, None])
    table[:, 3] = alpha
    colored: npt.NDArray[np.uint8] = table[level]
    return colored

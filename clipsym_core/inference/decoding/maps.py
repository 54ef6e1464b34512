"""Heatmaps on their way into a decoder: checked, cut to what is valid, freed of their ground, brought to one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError
from clipsym_core.symmetry import Affine, as_affine

Map: TypeAlias = npt.NDArray[np.float32]

_ROUNDING = 1e-3
"""How far beyond [0, 1] a probability may lie through rounding and resampling."""
_SMALLEST_SIDE = 8


@dataclass(frozen=True, slots=True)
class WorkingMap:
    """A heatmap as decoders work on it.

    Attributes:
        heat: [h, w] float32 in [0, 1], 0 = the ground of the map (its median), 1 = certain; longer side as asked for.
        back: map of points [3, 3] to the pixels of the original heatmap.
    """

    heat: Map
    back: Affine


def prepare_map(
    heatmap: npt.NDArray[np.floating[Any]], valid: npt.NDArray[np.bool_] | None, side: int
) -> WorkingMap | None:
    """A heatmap [h, w] made ready for a decoder; None when no pixel is valid.

    The map is cut to the box around its valid pixels, so that the edge of a letterbox is the edge of the map and not a
    step in it. Invalid pixels inside the box are set to the ground. Networks trained on few positives say 0.1 or more
    everywhere; the median of the map is taken for that ground, and heat is counted from there.

    Raises:
        InputError: not 2-D, empty, not finite, beyond [0, 1] by more than 0.001, or a mask of another shape.
    """
    heat = _checked(heatmap)
    left = top = 0
    if valid is not None:
        if valid.shape != heat.shape:
            raise InputError(
                f"The mask is {list(valid.shape)}, the heatmap {list(heat.shape)}.", remedy="Make them equal."
            )
        if not valid.any():
            return None
        rows, columns = np.flatnonzero(valid.any(axis=1)), np.flatnonzero(valid.any(axis=0))
        left, top = int(columns[0]), int(rows[0])
        box = (slice(top, int(rows[-1]) + 1), slice(left, int(columns[-1]) + 1))
        heat = np.where(valid[box], heat[box], np.median(heat[valid]))
    ground = float(np.median(heat))
    heat = np.maximum((heat - ground) / max(1.0 - ground, _ROUNDING), 0.0).astype(np.float32)
    scaled = _resized(heat, side)
    sx, sy = heat.shape[1] / scaled.shape[1], heat.shape[0] / scaled.shape[0]
    return WorkingMap(scaled, as_affine([[sx, 0.0, left], [0.0, sy, top]]))


def _checked(heatmap: npt.NDArray[np.floating[Any]]) -> Map:
    remedy = "Pass probabilities (after the sigmoid) of one channel."
    if heatmap.ndim != 2 or 0 in heatmap.shape:
        raise InputError(f"A heatmap must be an array [h, w]; got {list(heatmap.shape)}.", remedy=remedy)
    heat = np.ascontiguousarray(heatmap, dtype=np.float32)
    if not np.isfinite(heat).all():
        raise InputError("A heatmap holds values that are not finite.", "The network's output is broken.", remedy)
    if heat.min() < -_ROUNDING or heat.max() > 1.0 + _ROUNDING:
        raise InputError(f"A heatmap lies in [0, 1]; got {heat.min():.3g} to {heat.max():.3g}.", remedy=remedy)
    return np.clip(heat, 0.0, 1.0)


def _resized(heat: Map, side: int) -> Map:
    """The map with its longer side at `side` px."""
    h, w = heat.shape
    factor = side / max(h, w)
    if factor == 1.0:
        return heat
    size = (max(_SMALLEST_SIDE, round(w * factor)), max(_SMALLEST_SIDE, round(h * factor)))
    resized = cv2.resize(heat, size, interpolation=cv2.INTER_AREA if factor < 1.0 else cv2.INTER_LINEAR)
    return np.asarray(resized, dtype=np.float32)

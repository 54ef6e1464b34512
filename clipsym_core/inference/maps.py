"""Heatmaps on their way into a decoder: checked, masked, and brought to the scale that lengths refer to."""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from clipsym_core.errors import InputError

Map: TypeAlias = npt.NDArray[np.float32]

_ROUNDING = 1e-3
"""How far beyond [0, 1] a probability may lie through rounding and resampling."""
_SMALLEST_SIDE = 8


def checked_map(heatmap: npt.NDArray[np.floating[Any]], valid: npt.NDArray[np.bool_] | None) -> Map:
    """The heatmap [h, w] as float32 in [0, 1] with 0 outside `valid`.

    Raises:
        InputError: not 2-D, empty, not finite, beyond [0, 1] by more than 0.001, or a mask of another shape.
    """
    remedy = "Pass probabilities (after the sigmoid) of one channel."
    if heatmap.ndim != 2 or 0 in heatmap.shape:
        raise InputError(f"A heatmap must be an array [h, w]; got {list(heatmap.shape)}.", remedy=remedy)
    heat = np.ascontiguousarray(heatmap, dtype=np.float32)
    if not np.isfinite(heat).all():
        raise InputError("A heatmap holds values that are not finite.", "The network's output is broken.", remedy)
    if heat.min() < -_ROUNDING or heat.max() > 1.0 + _ROUNDING:
        raise InputError(f"A heatmap lies in [0, 1]; got {heat.min():.3g} to {heat.max():.3g}.", remedy=remedy)
    heat = np.clip(heat, 0.0, 1.0)
    if valid is None:
        return heat
    if valid.shape != heat.shape:
        raise InputError(f"The mask is {list(valid.shape)}, the heatmap {list(heat.shape)}.", remedy="Make them equal.")
    return np.where(valid, heat, np.float32(0.0))


def to_working_scale(heat: Map, side: int) -> tuple[Map, tuple[float, float]]:
    """The map with its longer side at `side` px, and the factors (x, y) that bring its coordinates back."""
    h, w = heat.shape
    factor = side / max(h, w)
    if factor == 1.0:
        return heat, (1.0, 1.0)
    size = (max(_SMALLEST_SIDE, round(w * factor)), max(_SMALLEST_SIDE, round(h * factor)))
    resized = cv2.resize(heat, size, interpolation=cv2.INTER_AREA if factor < 1.0 else cv2.INTER_LINEAR)
    return np.asarray(resized, dtype=np.float32), (w / size[0], h / size[1])

"""Local orientation of a heatmap: the structure tensor (Bigun and Granlund 1987), as votes and strips need it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RidgeField:
    """A smoothed heatmap and its structure tensor.

    Attributes:
        maps: [H, W, 4] float32: heat, and the tensor as difference Jxx - Jyy, mixed 2 Jxy and trace Jxx + Jyy.
    """

    maps: Floats

    @property
    def heat(self) -> Floats:
        """Smoothed heat [H, W]."""
        return self.maps[..., 0]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height), px."""
        return (self.maps.shape[1], self.maps.shape[0])


def ridge_field(heat: Floats, *, smoothing: float, integration: float) -> RidgeField:
    """The field of a heatmap [H, W]; `smoothing` and `integration` are the sigmas of the tensor, px."""
    smooth = cv2.GaussianBlur(heat, (0, 0), smoothing)
    gx, gy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    xx, yy = gx * gx, gy * gy
    # Two and a half sigmas to each side are enough for a mean direction.
    size = 2 * math.ceil(2.5 * integration) + 1
    tensor = [cv2.GaussianBlur(part, (size, size), integration) for part in (xx - yy, 2.0 * gx * gy, xx + yy)]
    return RidgeField(np.asarray(cv2.merge([smooth, *tensor]), dtype=np.float32))


def orientation(tensor: Floats) -> tuple[Floats, Floats]:
    """Direction of the ridge and coherence of samples [..., 4] of `RidgeField.maps`.

    Returns:
        angle [...] of the direction (x right, y down: clockwise on the screen), degrees in [0, 180), and coherence
        [...] in [0, 1]: 1 where all gradients around are parallel, 0 where they have no common direction.
    """
    difference, mixed, trace = tensor[..., 1], tensor[..., 2], tensor[..., 3]
    # The tensor points across the ridge; the ridge runs a quarter turn from it.
    angle = np.mod(np.rad2deg(0.5 * np.arctan2(mixed, difference)) + 90.0, 180.0)
    coherence = np.hypot(difference, mixed) / np.maximum(trace, np.float32(1e-9))
    return angle.astype(np.float32), coherence.astype(np.float32)


def agrees(tensor: Floats, ux: float, uy: float, *, gate: float, coherence: float) -> npt.NDArray[np.bool_]:
    """Where samples [..., 4] run within `gate` degrees of a direction, or are less coherent than `coherence`."""
    difference, mixed, trace = tensor[..., 1], tensor[..., 2], tensor[..., 3]
    strength = np.hypot(difference, mixed)
    # Projection of the doubled angle on that of the normal of (ux, uy): strength * cos(2 * angle between).
    along = difference * (uy * uy - ux * ux) - mixed * (2.0 * ux * uy)
    result: npt.NDArray[np.bool_] = (along >= np.cos(np.deg2rad(2.0 * gate)) * strength) | (
        strength < coherence * trace
    )
    return result

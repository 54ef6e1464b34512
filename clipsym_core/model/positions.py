"""Resizing a ViT's position table to a rectangular grid, with the interpolation named (recipe 2.1.18)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from clipsym_core.model.config import PositionInterpolation


def resize_positions(
    table: Tensor, native: tuple[int, int], grid: tuple[int, int], interpolation: PositionInterpolation
) -> Tensor:
    """A table [1 + h0 w0, C] (class row first) at another grid: [1 + h w, C]. The class row stays as it is.

    `bicubic` is the authors' (no antialias); `bicubic-antialias` is open_clip's and timm's; they differ by several per
    cent even when the table grows, because the antialiasing kernel is another cubic.
    """
    if native == grid:
        return table
    places = table[1:].t().reshape(1, -1, *native)
    moved = F.interpolate(
        places,
        size=grid,
        mode="bilinear" if interpolation == "bilinear" else "bicubic",
        align_corners=False,
        antialias=interpolation == "bicubic-antialias",
    )
    return torch.cat([table[:1], moved.flatten(2)[0].t()])

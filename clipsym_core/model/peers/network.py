"""What the models of the other papers share: a grid at stride 8, enlarged to the picture, and auxiliary predictions."""

from __future__ import annotations

import copy
import math
from typing import NamedTuple, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.model.network import SymmetryNetwork, check_input
from clipsym_core.model.peers.configs import STRIDE
from clipsym_core.model.peers.fields import plain_layers

Network = TypeVar("Network", bound="PeerNetwork")

PRIOR = 0.05
"""Probability that an untrained model gives everywhere, as CLIPSym's upsampler does."""


class Auxiliary(NamedTuple):
    """What a model predicts beside its heatmaps, for training only; None where it does not.

    Attributes:
        orientation: class logits [B, 1 + n, h, w]: no axis, then axes at k * 180 / n degrees, at stride 8.
        order: class logits [B, 2 + len(orders), h, w]: no center, another order, then the config's orders, at stride 8.
    """

    orientation: Tensor | None = None
    order: Tensor | None = None


class PeerNetwork(SymmetryNetwork):
    """A network on the stride-8 grid. Parameters of the backbone have the prefix `encoder.`, as CLIPSym's."""

    def coarse(self, x: Tensor) -> tuple[Tensor, Auxiliary]:
        """Normalised pictures [B, 3, 8 h - 7, 8 w - 7] to logits [B, C, h, w]; cell i lies on pixel 8 i."""
        raise TypeError(f"{type(self).__name__} does not say how it works.")  # pragma: no cover

    def forward(self, images: Tensor) -> Tensor:
        """Pictures [B, 3, H, W], float RGB in 0..1, to logits [B, C, H, W], C = len(config.outputs).

        Raises:
            InputError: a wrong shape, or sides below 16 px.
        """
        return self.with_auxiliary(images)[0]

    def plain(self: Network) -> Network:
        """An equal copy of ordinary layers, in eval mode: group convolutions and their norms are expanded."""
        network = copy.deepcopy(self).eval()
        plain_layers(network)
        return network

    def with_auxiliary(self, images: Tensor) -> tuple[Tensor, Auxiliary]:
        """`forward`, and what else the model predicts."""
        check_input(self.config, images)
        logits, auxiliary = self.coarse(on_whole_grid((images - self.mean) / self.std))
        return enlarged(logits, (images.shape[-2], images.shape[-1])), auxiliary


def on_whole_grid(x: Tensor) -> Tensor:
    """Padded with zeros at the right and bottom to sides of 8 k + 1."""
    h, w = x.shape[-2:]
    return F.pad(x, (0, -(w - 1) % STRIDE, 0, -(h - 1) % STRIDE))


def enlarged(logits: Tensor, size: tuple[int, int]) -> Tensor:
    """Logits [B, C, h, w] on the grid to [B, C, H, W], bilinear: cell i lies on pixel 8 i, hence `align_corners`."""
    h, w = (STRIDE * (side - 1) + 1 for side in logits.shape[-2:])
    return F.interpolate(logits, size=(h, w), mode="bilinear", align_corners=True)[..., : size[0], : size[1]]


def start_at_prior(head: nn.Conv2d) -> None:
    """Small weights, and a bias that gives the prior everywhere: rare positives do not drown the first steps."""
    nn.init.normal_(head.weight, std=0.01)
    assert head.bias is not None
    nn.init.constant_(head.bias, math.log(PRIOR / (1 - PRIOR)))


def conv_norm_relu(width_in: int, width: int, kernel: int = 1, dilation: int = 1) -> nn.Sequential:
    """A convolution that keeps the size, batch norm, ReLU."""
    conv = nn.Conv2d(width_in, width, kernel, padding=dilation * (kernel // 2), dilation=dilation, bias=False)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    return nn.Sequential(conv, nn.BatchNorm2d(width), nn.ReLU(inplace=True))


class AtrousPyramid(nn.Module):
    """DeepLab v3's pyramid: views of a place at several scales and of the whole picture, [B, C, h, w] -> [B, W, h, w].

    The pooled branch has no batch norm: one value a channel has no variance in a batch of one.
    """

    def __init__(self, channels: int, width: int, rates: tuple[int, ...]) -> None:
        super().__init__()
        views = [conv_norm_relu(channels, width), *(conv_norm_relu(channels, width, 3, rate) for rate in rates)]
        self.views = nn.ModuleList(views)
        self.pooled = nn.Conv2d(channels, width, 1)
        self.project = conv_norm_relu(width * (len(views) + 1), width)

    def forward(self, x: Tensor) -> Tensor:
        whole = self.pooled(x.mean(dim=(2, 3), keepdim=True)).relu().expand(-1, -1, *x.shape[-2:])
        return self.project(torch.cat([*(view(x) for view in self.views), whole], dim=1))

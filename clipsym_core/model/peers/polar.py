"""Polar matching: whether what lies on one side of an axis is found mirrored on the other (PMCNet, section 3).

Around every cell of the grid, features are sampled on rings: A directions by R radii. For each of A directed axes
through the cell, direction d + j on its left meets direction d - j on its right, j = 0 .. A / 2. The similarities of
all these pairs, at every radius, are what the matching kernel reads; one kernel serves every axis, turned to its angle.

Two similarities are matched. Base features must themselves be invariant to be alike on both sides. Self-similarity is
not asked so much: a place is described by how alike its neighbours are to it, ring by ring, and in the mirror this
descriptor is the same with the ring read backwards. Both descriptors are read relative to the direction in which the
place lies, so that mirroring about any axis is one and the same reversal, and all pairs come from one product.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.model.peers.configs import PolarConfig


def directions(angles: int) -> Tensor:
    """Unit vectors [A, 2] (x right, y down) of the angles 2 pi k / A counter-clockwise in the picture."""
    turn = 2 * math.pi / angles * torch.arange(angles, dtype=torch.float64)
    return torch.stack([turn.cos(), -turn.sin()], dim=1).float()


def unit(x: Tensor) -> Tensor:
    """Channels [B, C, ...] of length 1; of length 0 outside the map, also in half precision."""
    return F.normalize(x, dim=1, eps=1e-4)


class PolarSampling(nn.Module):
    """Polar feature pooling: [B, C, H, W] -> [B, C, R, A, H, W], bilinear, zeros outside the map."""

    offsets: Tensor

    def __init__(self, radii: tuple[float, ...], angles: int) -> None:
        super().__init__()
        self.shape = (len(radii), angles)
        places = torch.tensor(radii)[:, None, None] * directions(angles)
        self.register_buffer("offsets", places.reshape(-1, 2), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        b, c, h, w = x.shape
        ys, xs = torch.meshgrid(torch.arange(h, device=x.device), torch.arange(w, device=x.device), indexing="ij")
        cells = torch.stack([xs, ys], dim=-1).float()
        places = cells[None] + self.offsets.float()[:, None, None]  # [R A, H, W, 2], in cells
        last = torch.tensor([max(w - 1, 1), max(h - 1, 1)], device=x.device)
        grid = (2 * places / last - 1).reshape(1, -1, w, 2).expand(b, -1, -1, -1)
        # In float32: not every device samples in a short type.
        sampled = F.grid_sample(x.float(), grid, mode="bilinear", padding_mode="zeros", align_corners=True)
        return sampled.to(x.dtype).reshape(b, c, *self.shape, h, w)


class SelfSimilarity(nn.Module):
    """How alike each neighbour on a few rings is to the cell: [B, C, H, W] of unit vectors -> [B, R, A, H, W], 0..1."""

    def __init__(self, radii: tuple[float, ...], angles: int) -> None:
        super().__init__()
        self.sample = PolarSampling(radii, angles)

    def forward(self, x: Tensor) -> Tensor:
        return torch.einsum("bcrahw,bchw->brahw", self.sample(x), x).relu()


class PolarMatching(nn.Module):
    """The whole polar branch: a map [B, C, H, W] to axis features [B, kernels, H, W].

    Steps: base features, self-similarity, polar sampling of both, similarities of mirrored pairs, the matching kernel
    for every directed axis, an exchange between neighbouring axes, the strongest axis.
    """

    left: Tensor
    right: Tensor
    relative: Tensor

    def __init__(self, channels: int, config: PolarConfig) -> None:
        super().__init__()
        angles = config.angles
        self.base = nn.Sequential(nn.Conv2d(channels, config.features, 1, bias=False), nn.BatchNorm2d(config.features))
        self.similarity = SelfSimilarity(config.similarity_radii, angles)
        self.sample = PolarSampling(config.radii, angles)
        pairs = 2 * len(config.radii) * (angles // 2 + 1)
        self.kernel = nn.Linear(pairs, config.kernels)
        self.exchange = nn.Conv1d(config.kernels, config.kernels, 3, padding=1, padding_mode="circular")
        axis, step = torch.arange(angles)[:, None], torch.arange(angles // 2 + 1)
        self.register_buffer("left", (axis + step) % angles, persistent=False)
        self.register_buffer("right", (axis - step) % angles, persistent=False)
        self.register_buffer("relative", (axis + torch.arange(angles)) % angles, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        b, _, h, w = x.shape
        base = unit(self.base(x))
        pairs = torch.cat([self.feature_pairs(base), self.similarity_pairs(base)], dim=-2)
        axes = self.kernel(pairs.flatten(-2)).relu()  # [B, H W, axis, kernels]
        axes = self.exchange(axes.flatten(0, 1).transpose(1, 2)).relu()
        return axes.amax(dim=2).view(b, h * w, -1).transpose(1, 2).reshape(b, -1, h, w)

    def feature_pairs(self, base: Tensor) -> Tensor:
        """Similarities of base features [B, C, H, W] in mirrored pairs: [B, H W, axis, R, pair]."""
        around = unit(self.sample(base)).flatten(4).permute(0, 4, 2, 3, 1)  # [B, H W, R, A, C]
        return self.mirrored(around @ around.transpose(-1, -2))

    def similarity_pairs(self, base: Tensor) -> Tensor:
        """The same of self-similarity descriptors, one of them read backwards."""
        rings = self.similarity(base)
        b, s, angles, h, w = rings.shape
        around = unit(self.sample(rings.flatten(1, 2))).flatten(4)
        around = around.view(b, s, angles, *self.sample.shape, h * w).permute(0, 5, 3, 4, 1, 2)
        # [B, H W, R, A, ring, angle], angles then counted from the direction in which the place lies
        index = self.relative.view(1, 1, 1, angles, 1, angles).expand(around.shape)
        ahead = around.gather(-1, index)
        back = torch.cat([ahead[..., :1], ahead[..., 1:].flip(-1)], dim=-1)
        return self.mirrored(ahead.flatten(-2) @ back.flatten(-2).transpose(-1, -2))

    def mirrored(self, gram: Tensor) -> Tensor:
        """From similarities of all pairs of directions [B, N, R, A, A] those of each axis: [B, N, axis, R, pair]."""
        return gram[..., self.left, self.right].transpose(2, 3)

"""Edges of a picture as harmonics of their direction: features that turn and mirror in a known way.

An edge of strength m whose gradient points at angle a (x right, y down) is written m, m cos(n a), m sin(n a) for
n = 1, 2, ...: averages over a cell say which directions it holds. Turned by t, harmonic n is multiplied by exp(i n t);
mirrored, it becomes its conjugate (times a constant of the mirror's direction). So two places of a picture can be
compared as mirror images of one another in any direction, without mirroring the picture. Nothing here is learned.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

CELL = 4
"""Pixels of the finest cells, on a side."""
COLORS = 3
_GREY = (0.299, 0.587, 0.114)
_QUIET_EDGE = 0.02
_QUIET_COLOR = 0.03
"""Below these mean strengths (at scale 0..1) surroundings count as flat: their noise is not blown up to contrast."""
_NEAR_EDGES, _NEAR_COLORS = 7, 9
"""Cells of the surroundings that edges and colors are compared with, on a side."""


def edge_channels(harmonics: int) -> int:
    """Strength, then cosine and sine of each harmonic."""
    return 1 + 2 * harmonics


def edge_maps(images: Tensor, harmonics: int, levels: int) -> list[Tensor]:
    """Local edges and colors, each relative to its surroundings.

    Args:
        images: [B, 3, H, W], RGB in 0..1, sides multiples of `CELL * 2 ** (levels - 1)`.

    Returns:
        For each level, finest first, [B, edge_channels + COLORS, H / cell, W / cell], cells of 4, 8, 16, ... px.
    """
    edges = F.avg_pool2d(_edges(images, harmonics), CELL)
    colors = F.avg_pool2d(images, CELL)
    maps = []
    for level in range(levels):
        if level:
            edges, colors = F.avg_pool2d(edges, 2), F.avg_pool2d(colors, 2)
        soft = 0.5 * (edges + _mean(edges, 3))
        strength = _mean(soft[:, :1], _NEAR_EDGES)
        other = colors - _mean(colors, _NEAR_COLORS)
        spread = _mean(other.abs().mean(dim=1, keepdim=True), _NEAR_COLORS)
        maps.append(torch.cat([soft / (strength + _QUIET_EDGE), other / (spread + _QUIET_COLOR)], dim=1))
    return maps


def turned(maps: Tensor, angle: float, harmonics: int) -> Tensor:
    """What `edge_maps` [B, C, h, w] hold when the picture is turned by -`angle` (radians, x towards y), place by
    place."""
    rows = torch.eye(maps.shape[1], dtype=maps.dtype)
    for n in range(1, harmonics + 1):
        c, s = math.cos(n * angle), math.sin(n * angle)
        i = 2 * n - 1
        rows[i, i], rows[i, i + 1], rows[i + 1, i], rows[i + 1, i + 1] = c, s, -s, c
    return (rows.to(maps.device) @ maps.flatten(2)).view_as(maps)


def mirror_signs(harmonics: int) -> Tensor:
    """Factor of each channel of `edge_maps` under left-right mirroring, [C]: gradient angle a becomes pi - a."""
    signs = [1.0]
    for n in range(1, harmonics + 1):
        even = 1.0 if n % 2 == 0 else -1.0
        signs += [even, -even]
    return torch.tensor(signs + [1.0] * COLORS)


def agreement(left: Tensor, mirrored: Tensor, harmonics: int) -> Tensor:
    """How places agree with their partners, whose maps are given times `mirror_signs`: two [B, C, h, w] to
    [B, harmonics + 2, h, w].

    Channels: product of strengths; for each harmonic both strengths times the cosine between the directions; product
    of colors.
    """
    product = left * mirrored
    waves = product[:, 1 : 1 + 2 * harmonics].unflatten(1, (harmonics, 2)).sum(dim=2)
    colors = product[:, 1 + 2 * harmonics :].sum(dim=1, keepdim=True)
    return torch.cat([product[:, :1], waves, colors], dim=1)


def _edges(images: Tensor, harmonics: int) -> Tensor:
    """[B, edge_channels, H, W]: strength and harmonics of the gradient of grey, pixel by pixel."""
    grey = (images * images.new_tensor(_GREY).view(1, 3, 1, 1)).sum(dim=1, keepdim=True)
    wide = F.pad(grey, (1, 1, 1, 1), mode="replicate")
    dx = wide[..., 1:-1, 2:] - wide[..., 1:-1, :-2]
    dy = wide[..., 2:, 1:-1] - wide[..., :-2, 1:-1]
    strength = (dx.square() + dy.square() + 1e-8).sqrt()
    c, s = dx / strength, dy / strength
    parts, cos, sin = [strength], c, s
    for n in range(harmonics):
        if n:
            cos, sin = cos * c - sin * s, sin * c + cos * s
        parts += [strength * cos, strength * sin]
    return torch.cat(parts, dim=1)


def _mean(x: Tensor, size: int) -> Tensor:
    """Mean over size x size cells, borders repeated."""
    margin = size // 2
    return F.avg_pool2d(F.pad(x, (margin, margin, margin, margin), mode="replicate"), size, stride=1)

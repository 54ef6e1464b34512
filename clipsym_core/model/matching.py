"""Mirror matching: how well a picture agrees with its own mirror image, for every place and direction of an axis.

A convolutional tower sees that something looks symmetric; it cannot compare two halves pixel by pixel. This module
does: the picture's edges and colors (`edge_harmonics`) and some channels that the model learns are turned into one
frame for each direction, where an axis of that direction is upright; there cells left and right of each place are
multiplied, at several distances and scales; small filters along the axis gather the products. The same weights serve
all directions and are symmetric under half turns and mirrors, so turning the picture by a quarter turn only permutes
the directions.

The idea of matching features against their mirror images in polar form is that of PMCNet (Seo et al. 2021); frames,
harmonics and the fusion below are ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.model.config import MatchingConfig
from clipsym_core.model.edge_harmonics import CELL, agreement, edge_maps, mirror_signs, turned
from clipsym_core.model.encoder import STRIDE, Features
from clipsym_core.model.gconv import GroupConv
from clipsym_core.model.tracing import being_traced
from clipsym_core.model.upsampler import enlarge, enlarge_and

HARMONICS: Final = 3
LEVELS: Final = 3
"""Cells of 4, 8 and 16 px."""
_PLANE: Final = (-2, -1)
_MARGIN: Final = 1.1
"""Side of a frame over that of the picture: the corners beyond are lost, and seldom hold an axis."""
_CELLS_AT_ONCE: Final = 32768
_LONG, _WIDE = 11, 3
"""Cells of a filter along the axis, and across it."""


def read_out(
    images: Tensor,
    features: Features,
    matching: MirrorMatching | None,
    decode: Callable[[Features], Tensor],
    upsample: Callable[[Tensor], Tensor],
) -> Tensor:
    """Logits [B, C, 16 h, 16 w] from pictures [B, 3, H, W] in 0..1 and what the encoder made of them: the one place
    that says how decoder, upsampler and matching belong together, for the model and for its deploy form."""
    if matching is None:
        return upsample(decode(features))
    relief = matching.relief(images, features)
    decoded = decode(matching.tokens(relief, features))
    return upsample(decoded) + matching.logits(relief, decoded)


class Frames(nn.Module):
    """Maps [B, C, h, w] turned into frames in which axes of one direction are upright, and back."""

    def __init__(self, directions: int) -> None:
        super().__init__()
        self.directions = directions

    def side(self, h: int, w: int) -> int:
        """Cells of a frame's side for maps h x w of the finest level; divides evenly at the others."""
        step = 2 ** (LEVELS - 1)
        return math.ceil(_MARGIN * max(h, w) / step) * step

    def of_edges(self, maps: Tensor, side: int) -> Tensor:
        """`edge_maps` to [T * B, C, side, side], direction after direction; their harmonics turn with them."""
        half = range(self.directions // 2)
        angles = [math.pi * k / self.directions for k in half]
        upright = torch.cat([_sampled(turned(maps, angle, HARMONICS), angle, (side, side)) for angle in angles])
        # a quarter turn further: no sampling, only a permutation of cells
        return torch.cat([upright, turned(upright.rot90(1, _PLANE), math.pi / 2, HARMONICS)])

    def of_values(self, maps: Tensor, side: int) -> Tensor:
        """Maps whose values say nothing of directions to [T * B, C, side, side]."""
        half = range(self.directions // 2)
        upright = torch.cat([_sampled(maps, math.pi * k / self.directions, (side, side)) for k in half])
        return torch.cat([upright, upright.rot90(1, _PLANE)])

    def back(self, frames: Tensor, h: int, w: int) -> Tensor:
        """[T * B, N, side, side] to [B, T, N, h, w]."""
        parts = frames.chunk(self.directions)
        angles = [-math.pi * k / self.directions for k in range(self.directions)]
        return torch.stack([_sampled(part, angle, (h, w)) for part, angle in zip(parts, angles, strict=True)], dim=1)


def _sampled(x: Tensor, angle: float, size: tuple[int, int]) -> Tensor:
    """x about its center turned by -`angle`, onto a grid of this size about the same center; zeros outside."""
    h, w = x.shape[-2:]
    dy = (torch.arange(size[0], device=x.device) + 0.5 - size[0] / 2)[:, None]
    dx = (torch.arange(size[1], device=x.device) + 0.5 - size[1] / 2)[None, :]
    c, s = math.cos(angle), math.sin(angle)
    grid = torch.stack([(c * dx - s * dy) / (w / 2), (s * dx + c * dy) / (h / 2)], dim=-1)
    grid = grid.to(x.dtype).expand(len(x), -1, -1, -1)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


class Mixing(nn.Linear):
    """A linear map of the channels of [B, C, h, w], place by place: a 1 x 1 convolution as a matrix product."""

    def forward(self, x: Tensor) -> Tensor:
        return (self.weight @ x.flatten(2) + self.bias[:, None]).unflatten(2, x.shape[-2:])


class Along(nn.Module):
    """Filters along the upright axis, channel by channel, then a mixture of channels, ReLU."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.filters = nn.Parameter(torch.randn(channels, 1, _LONG, _WIDE) * 0.05 + 0.02)
        with torch.no_grad():
            self.filters[:, :, _LONG // 2, _WIDE // 2] += 0.5
        self.mix = Mixing(channels, channels)

    def symmetric(self) -> Tensor:
        """The filters, equal under half turns and mirrors: an axis has no top and no right side."""
        k = self.filters
        return (k + k.flip(2) + k.flip(3) + k.flip((2, 3))) / 4

    def forward(self, x: Tensor) -> Tensor:
        gathered = F.conv2d(x, self.symmetric(), padding=(_LONG // 2, _WIDE // 2), groups=len(self.filters))
        return F.relu(self.mix(gathered))


class Match(nn.Module):
    """Agreement of mirrored cells at one scale, mixed."""

    signs: Tensor

    def __init__(self, learned: int, offsets: tuple[int, ...], channels: int) -> None:
        super().__init__()
        self.offsets = offsets
        self.register_buffer("signs", mirror_signs(HARMONICS)[:, None, None], persistent=False)
        # agreement of edges and colors, sum of strengths, products of learned channels
        self.mix = Mixing((HARMONICS + 3 + learned) * len(offsets), channels)
        self.along = Along(channels)
        with torch.no_grad():  # half of the channels begin as plain correlation
            begin = self.mix.weight[: channels // 2].view(channels // 2, len(offsets), -1)
            begin[:, :, 1 : HARMONICS + 2] += 1.0 / (HARMONICS * len(offsets))

    def forward(self, edges: Tensor, learned: Tensor | None, coarser: Tensor | None) -> Tensor:
        """Frames [T * B, C, s, s] of edges and learned channels, and what the next coarser scale found, to
        [T * B, channels, s, s]."""
        far = max(self.offsets)
        left, right = F.pad(edges, (far, far)), F.pad(edges * self.signs, (far, far))
        values = None if learned is None else F.pad(learned, (far, far))
        found = []
        for d in self.offsets:
            here, there = slice(far - d, far - d + edges.shape[-1]), slice(far + d, far + d + edges.shape[-1])
            a, b = left[..., here], right[..., there]
            found += [agreement(a, b, HARMONICS), a[:, :1] + b[:, :1]]
            if values is not None:
                found.append(values[..., here] * values[..., there])
        x = F.relu(self.mix(torch.cat(found, dim=1)))
        if coarser is not None:
            x = x + F.interpolate(coarser, scale_factor=2.0, mode="bilinear", align_corners=False)
        return x + self.along(x)


class MirrorMatching(nn.Module):
    """Pictures to a relief of mirror agreement, and that relief to tokens and logits."""

    def __init__(self, config: MatchingConfig, tap_width: int, width: int, outputs: int) -> None:
        """`tap_width` is that of the encoder's finest tap, `width` that of the decoder's map."""
        super().__init__()
        self.config = config
        self.frames = Frames(config.directions)
        self.learned = nn.Linear(tap_width, config.learned * (STRIDE // (2 * CELL)) ** 2)
        self.scales = nn.ModuleList(
            Match(config.learned if level else 0, offsets, config.channels)
            for level, offsets in enumerate(config.offsets)
        )
        self.out = Mixing(config.channels, config.relief)
        fields = config.directions // 2 * config.relief
        self.lift = GroupConv("C4", fields, config.fields)
        self.context = GroupConv("C4", width, config.fields, source="trivial")
        self.conv = GroupConv("C4", config.fields, config.fields)
        self.head = GroupConv("C4", config.fields, outputs, target="trivial")
        nn.init.normal_(self.head.weights, std=0.1 * float(self.head.weights.detach().std()))

    def widened(self, tap_widths: tuple[int, ...]) -> tuple[int, ...]:
        """Channels of each tap, deepest first, after `tokens`."""
        return (*tap_widths[:-1], tap_widths[-1] + 2 * self.config.relief)

    def relief(self, images: Tensor, features: Features) -> Tensor:
        """Agreement [B, T, N, 4 h, 4 w] on the token grid [h, w] times 4, for T directions of the axis.

        Direction k is the angle pi k / T of the axis from upright, x towards y.

        Args:
            images: [B, 3, H, W], RGB in 0..1.
        """
        gh, gw = features.grid
        maps = edge_maps(images[..., : STRIDE * gh, : STRIDE * gw], HARMONICS, LEVELS)
        h, w = maps[0].shape[-2:]
        side = self.frames.side(h, w)
        edges = [self.frames.of_edges(x, side >> level) for level, x in enumerate(maps)]
        fine = self._learned(features)
        learned = [self.frames.of_values(x, side >> level) for level, x in ((1, fine), (2, F.avg_pool2d(fine, 2)))]
        if images.device.type != "cpu" or torch.is_grad_enabled() or being_traced():
            return self.frames.back(self._gathered(edges, learned), h, w)
        # a few directions at a time stay in the cache
        count = -(-edges[0].shape[0] * side**2 // _CELLS_AT_ONCE)
        parts = zip(*(x.chunk(count) for x in (*edges, *learned)), strict=True)
        return self.frames.back(torch.cat([self._gathered(part[:LEVELS], part[LEVELS:]) for part in parts]), h, w)

    def _gathered(self, edges: Sequence[Tensor], learned: Sequence[Tensor]) -> Tensor:
        """Frames of each scale, finest first (learned channels from the second on), to [frames, N, side, side]."""
        x: Tensor | None = None
        for level in reversed(range(LEVELS)):
            x = self.scales[level](edges[level], learned[level - 1] if level else None, x)
        return self.out(x)

    def tokens(self, relief: Tensor, features: Features) -> Features:
        """Features whose finest tap also says where the picture agrees with its mirror image in any direction."""
        strongest = F.max_pool2d(relief.amax(dim=1), CELL)
        mean = F.avg_pool2d(relief.mean(dim=1), CELL)
        extra = torch.cat([strongest, mean], dim=1).flatten(2).transpose(1, 2)
        extra = F.pad(extra, (0, 0, features.class_tokens, 0))
        finest = torch.cat([features.taps[-1], extra.to(features.taps[-1])], dim=2)
        return features._replace(taps=(*features.taps[:-1], finest))

    def logits(self, relief: Tensor, context: Tensor) -> Tensor:
        """What to add to the upsampler's logits: [B, outputs, 16 h, 16 w], from the decoder's map [B, width, h, w]."""
        b, directions, count, h, w = relief.shape
        pairs = relief.view(b, 2, directions // 2, count, h, w).permute(0, 2, 3, 1, 4, 5).flatten(1, 3)
        x = F.conv2d(pairs, self.pair_filter(), self.lift.plain_bias(), padding=1)
        x = F.relu(x + enlarge(self.context(context)))
        return enlarge_and(self.head, F.relu(self.conv(x)))

    def pair_filter(self) -> Tensor:
        """The lifting filter for what a half turn leaves alone: [O, fields * 2, 3, 3], opposite elements summed."""
        full = self.lift.filter()
        return full.unflatten(1, (-1, 2, 2)).sum(dim=2).flatten(1, 2)

    def _learned(self, features: Features) -> Tensor:
        """[B, learned, 2 h, 2 w] in (-1, 1)."""
        tokens = self.learned(features.taps[-1][:, features.class_tokens :])
        maps = tokens.transpose(1, 2).unflatten(2, features.grid)
        return torch.tanh(F.pixel_shuffle(maps, STRIDE // (2 * CELL)))

"""CLIP's image tower from open_clip, tapped at chosen blocks and cut after the last of them (recipe 1.1, 2.1.2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from clipsym_core.errors import ConfigError
from clipsym_core.model.config import EncoderConfig
from clipsym_core.model.encoder import Encoder, Features
from clipsym_core.model.open_clip_models import build_clip
from clipsym_core.model.positions import resize_positions


class ClipTower(Encoder):
    """An open_clip `VisionTransformer` without what lies behind the last tap (blocks, final norm, projection).

    Sides that are no multiple of the patch lose the rest on the right and below, as in the authors' 417 px. Weights
    keep open_clip's names under `visual.`
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        visual = build_clip(config.name).visual
        blocks = getattr(getattr(visual, "transformer", None), "resblocks", None)
        table = getattr(visual, "positional_embedding", None)
        if blocks is None or not isinstance(table, Tensor) or not hasattr(visual, "class_embedding"):
            raise ConfigError(
                f"The image tower of '{config.name}' is no CLIP ViT.",
                remedy="Choose a ViT of open_clip's own kind, e.g. ViT-B-16-quickgelu, or a timm tower.",
            )
        if config.taps[-1] > len(blocks):
            raise ConfigError(f"'{config.name}' has {len(blocks)} blocks, tap {config.taps[-1]} is beyond them.")
        self.patch = int(visual.conv1.kernel_size[0])
        if self.patch != config.patch_size:
            raise ConfigError(
                f"'{config.name}' has patches of {self.patch} px.", remedy=f"Set patch_size {self.patch}."
            )
        self.native = (int(visual.grid_size[0]), int(visual.grid_size[1]))
        self.taps, self.interpolation = config.taps, config.positions
        visual.transformer.resblocks = nn.ModuleList(list(blocks)[: config.taps[-1]])
        visual.ln_post, visual.proj = nn.Identity(), None
        self.visual = visual
        self.tap_widths = (int(table.shape[1]),) * len(config.taps)

    def position_table(self, h: int, w: int) -> Tensor:
        """The trained table, resized to the grid: [1 + h w, C]."""
        return resize_positions(self.visual.positional_embedding, self.native, (h, w), self.interpolation)

    def embed(self, images: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Patches and class token with positions, after the first norm: [B, 1 + h w, C], and the grid (h, w)."""
        patches = self.visual.conv1(images)
        h, w = patches.shape[-2:]
        first = self.visual.class_embedding.to(patches.dtype).expand(len(images), 1, -1)
        x = torch.cat([first, patches.flatten(2).transpose(1, 2)], dim=1) + self.position_table(h, w)
        return self.visual.ln_pre(x), (h, w)

    def forward(self, images: Tensor) -> Features:
        x, grid = self.embed(images)
        taps = []
        for number, block in enumerate(self.visual.transformer.resblocks, start=1):
            x = block(x)
            if number in self.taps:
                taps.append(x)
        return Features(tuple(reversed(taps)), grid, 1)

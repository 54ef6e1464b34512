"""SymResNet: dense prediction of symmetry by a plain residual network (after Funk and Liu, ICCV 2017).

ResNet-50, atrous pyramid, a 3 x 3 decoder and one 1 x 1 head a heatmap. It is also EquiSym's plain twin: the same
stages, pyramid and decoder at the same width, without the group.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from clipsym_core.model.peers.backbone import ResNetBackbone
from clipsym_core.model.peers.configs import SymResNetConfig
from clipsym_core.model.peers.network import AtrousPyramid, Auxiliary, PeerNetwork, conv_norm_relu, start_at_prior


class SymResNet(PeerNetwork):
    """[B, 3, H, W] -> [B, C, H, W]."""

    def __init__(self, config: SymResNetConfig) -> None:
        super().__init__(config)
        width = config.pyramid.width
        self.encoder = ResNetBackbone(config.backbone)
        self.pyramid = AtrousPyramid(self.encoder.widths[-1], width, config.pyramid.rates)
        self.decoders = nn.ModuleList(conv_norm_relu(width, width, 3) for _ in config.outputs)
        self.heads = nn.ModuleList(nn.Conv2d(width, 1, 1) for _ in config.outputs)
        for head in self.heads:
            assert isinstance(head, nn.Conv2d)
            start_at_prior(head)

    def coarse(self, x: Tensor) -> tuple[Tensor, Auxiliary]:
        shared = self.pyramid(self.encoder(x)[-1])
        maps = [head(decode(shared)) for decode, head in zip(self.decoders, self.heads, strict=True)]
        return torch.cat(maps, dim=1), Auxiliary()

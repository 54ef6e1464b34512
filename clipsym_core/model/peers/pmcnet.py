"""PMCNet: reflection symmetry by polar matching convolution (Seo, Shim, Cho: ICCV 2021, arXiv 2108.12952).

A ResNet with an atrous pyramid says what is there; the polar branch (`polar`, section 3) compares what lies on both
sides of every axis through every cell; a decoder reads both. The published 167.7 G multiply-adds at 417 px fit a
ResNet-101 at stride 8 (121.5) with a pyramid 256 wide (42.2), so that is what the preset has. Rays are 8 cells long,
those of the self-similarity 4, as published; numbers of angles and kernels are ours. The paper predicts mirror axes
only; `outputs` may name more.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from clipsym_core.model.peers.backbone import ResNetBackbone
from clipsym_core.model.peers.configs import PMCNetConfig
from clipsym_core.model.peers.network import AtrousPyramid, Auxiliary, PeerNetwork, conv_norm_relu, start_at_prior
from clipsym_core.model.peers.polar import PolarMatching


class PMCNet(PeerNetwork):
    """[B, 3, H, W] -> [B, C, H, W]."""

    def __init__(self, config: PMCNetConfig) -> None:
        super().__init__(config)
        width, kernels = config.pyramid.width, config.polar.kernels
        self.encoder = ResNetBackbone(config.backbone)
        _, local, _, deep = self.encoder.widths
        self.pyramid = AtrousPyramid(deep, width, config.pyramid.rates)
        # Local and deep features together: what matches must be told by appearance and by meaning.
        self.matching = PolarMatching(local + deep, config.polar)
        self.decoder = conv_norm_relu(width + kernels, width, 3)
        self.head = nn.Conv2d(width, len(config.outputs), 1)
        start_at_prior(self.head)

    def coarse(self, x: Tensor) -> tuple[Tensor, Auxiliary]:
        _, local, _, deep = self.encoder(x)
        matched = self.matching(torch.cat([local, deep], dim=1))
        return self.head(self.decoder(torch.cat([self.pyramid(deep), matched], dim=1))), Auxiliary()

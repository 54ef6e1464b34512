"""The deploy form of the other papers' models: plain convolutions, batch norms folded in, channels last, short types.

Group convolutions and their norms become ordinary ones with expanded filters, so a deployed EquiSym is a plain ResNet.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from clipsym_core.inference.fast.mixed import DTYPES, Precision
from clipsym_core.inference.fast.tower import fold_norms
from clipsym_core.model.network import check_input
from clipsym_core.model.peers.network import PeerNetwork, enlarged, on_whole_grid


class DeployedPeer(nn.Module):
    """Same input and output as the model, inference only; `deploy` makes it.

    Attributes:
        config: of the model it was made from.
        precision: of its convolutions; normalising and enlarging are always float32.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, model: PeerNetwork, precision: Precision) -> None:
        super().__init__()
        self.config, self.precision = model.config, precision
        self.dtype = DTYPES[precision]
        network = model.plain()
        fold_norms(network)
        self.register_buffer("mean", network.mean.clone(), persistent=False)
        self.register_buffer("std", network.std.clone(), persistent=False)
        self.network: PeerNetwork = network.to(self.dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.requires_grad_(False)

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """Pictures [B, 3, H, W], float RGB in 0..1, to logits [B, C, H, W], float32.

        Raises:
            InputError: a wrong shape, or sides below 16 px.
        """
        check_input(self.config, images)
        x = on_whole_grid((images - self.mean) / self.std)
        logits, _ = self.network.coarse(x.to(dtype=self.dtype, memory_format=torch.channels_last))
        return enlarged(logits.float(), (images.shape[-2], images.shape[-1]))

    def whole_maps(self) -> DeployedPeer:
        """For compilers and exporters: it is made of ordinary operations already; returns itself."""
        return self

"""Small models of the other papers, with weights that are not special."""

from __future__ import annotations

import torch
from torch import nn

from clipsym_core.model.config import preset
from clipsym_core.model.peers.network import PeerNetwork
from clipsym_core.model.registry import build_model

TINY = ("symresnet-tiny", "pmcnet-tiny", "equisym-tiny")


def tiny_peer(name: str, seed: int = 0) -> PeerNetwork:
    """A tiny preset in eval mode, weights and running statistics away from their initial values."""
    torch.manual_seed(seed)
    model = build_model(preset(name))
    assert isinstance(model, PeerNetwork)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1 + 0.1 * torch.randn_like(parameter))
            if parameter.ndim == 1:
                parameter.add_(0.2 * torch.rand_like(parameter))
        model.train()
        for _ in range(3):
            model(torch.rand(4, 3, 65, 65))
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                assert module.running_var is not None
                module.running_var.mul_(torch.rand_like(module.running_var) + 0.5)
    return model.eval()

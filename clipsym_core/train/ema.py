"""A running average of the weights: smoother than the last step, and what is saved for use."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

Model = TypeVar("Model", bound=nn.Module)


class ExponentialAverage(Generic[Model]):
    """Keeps `model`, a copy whose weights follow those of the trained one.

    weights <- d * weights + (1 - d) * trained, d = min(decay, (1 + n) / (10 + n)) after n updates, so early averages
    are not held back by the random start. Buffers that are not floating point are copied.
    """

    def __init__(self, model: Model, decay: float = 0.999) -> None:
        self.model: Model = copy.deepcopy(model).eval()
        self.model.requires_grad_(False)
        self.decay = decay
        self.updates = 0

    @torch.no_grad()
    def update(self, trained: nn.Module) -> None:
        """Take one step towards the weights of `trained`."""
        keep = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        own = self.model.state_dict()
        for name, value in trained.state_dict().items():
            if value.is_floating_point():
                own[name].lerp_(value.to(own[name].dtype), 1 - keep)
            else:
                own[name].copy_(value)

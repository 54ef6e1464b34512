"""Prompt embeddings as a constant of the model. The tower that made them is not part of it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from clipsym_core.errors import InputError
from clipsym_core.model.config import TextConfig


class PromptTable(nn.Module):
    """The embeddings [M, D] of the M prompts, scaled by the config's factor when read.

    Attributes:
        embeddings: a buffer when frozen, a parameter when the table itself learns.
        ready: 1 once embeddings were assigned; saved with the model.
    """

    embeddings: Tensor
    ready: Tensor

    def __init__(self, config: TextConfig, streams: int) -> None:
        super().__init__()
        self.scale = config.scale
        self._seen_ready = False
        table = torch.zeros(streams, config.dim)
        if config.training == "embeddings":
            self.embeddings = nn.Parameter(table)
        else:
            self.register_buffer("embeddings", table)
        self.register_buffer("ready", torch.zeros((), dtype=torch.uint8))

    def assign(self, embeddings: Tensor) -> None:
        """Put in embeddings [M, D].

        Raises:
            InputError: another shape, or values that are not finite.
        """
        if embeddings.shape != self.embeddings.shape:
            raise InputError(
                f"This model takes prompt embeddings {list(self.embeddings.shape)}, got {list(embeddings.shape)}.",
                remedy="Encode as many prompts as the config names, with the text model it names.",
            )
        if not bool(embeddings.isfinite().all()):
            raise InputError("The prompt embeddings hold values that are not finite.")
        with torch.no_grad():
            self.embeddings.copy_(embeddings)
            self.ready.fill_(1)

    def forward(self) -> Tensor:
        """[M, D], scaled."""
        if not self._seen_ready:  # remembered, because reading a tensor stalls a GPU
            if not bool(self.ready):
                raise InputError("The prompts have no embeddings yet.", remedy="Call set_text_embeddings first.")
            self._seen_ready = True
        return self.embeddings * self.scale

"""Prompt embeddings: a constant of the model, a learned table, or, while the text tower trains, that tower."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from clipsym_core.errors import InputError
from clipsym_core.model.config import EncoderConfig, TextConfig
from clipsym_core.model.open_clip_models import build_clip, load_clip_file, tokenize


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


class TextTower(nn.Module):
    """CLIP's text tower with the prompts' tokens; part of a model only while it trains (`text.training = "tower"`).

    Attributes:
        tokens: [M, context]; they stand in the checkpoint.
    """

    tokens: Tensor

    def __init__(self, encoder: EncoderConfig, scale: float, texts: Sequence[str]) -> None:
        super().__init__()
        self.scale = scale
        self.clip = build_clip(encoder.name)
        del self.clip.visual, self.clip.logit_scale
        self.register_buffer("tokens", tokenize(encoder.name, texts))

    def forward(self) -> Tensor:
        """[M, D], scaled, not normalised (as the authors use them)."""
        return torch.as_tensor(self.clip.encode_text(self.tokens)) * self.scale


@torch.no_grad()
def encode_prompts(name: str, texts: Sequence[str], weights: str | Path) -> Tensor:
    """Embeddings [M, D] of `texts` from CLIP's text tower with the weights of a local file. Not normalised.

    The tower lives only during this call.

    Raises:
        ConfigError: open_clip has no such architecture.
        CheckpointError: the file does not fit it.
    """
    model = build_clip(name).eval()
    load_clip_file(model, weights)
    return torch.as_tensor(model.encode_text(tokenize(name, texts))).float()

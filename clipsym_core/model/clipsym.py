"""CLIPSym: pictures to heatmap logits."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from clipsym_core.errors import InputError
from clipsym_core.model.config import ModelConfig
from clipsym_core.model.decoder import Decoder
from clipsym_core.model.encoders import build_encoder
from clipsym_core.model.matching import MirrorMatching, read_out
from clipsym_core.model.network import SymmetryNetwork, check_input, fit
from clipsym_core.model.prompts import build_prompts
from clipsym_core.model.text import PromptTable, TextTower
from clipsym_core.model.upsampler import Upsampler


class CLIPSym(SymmetryNetwork):
    """The whole model. Parameters are grouped by prefix: `encoder.`, `text.`, `decoder.`, `upsampler.`,
    `matching.`

    Attributes:
        config: what it is made of; holds the prompts' texts once they are known.
    """

    config: ModelConfig

    def __init__(self, config: ModelConfig) -> None:
        """Builds with random weights; `from_config` is the public way."""
        super().__init__(config)
        self.encoder = build_encoder(config.encoder)
        has_text = config.text.kind != "none"
        streams = config.prompts.streams if has_text else 1
        self.text: PromptTable | TextTower | None = None
        if config.text.training == "tower":
            texts = build_prompts(config.prompts)
            self.config = config = config.replaced(prompts={"texts": texts})
            self.text = TextTower(config.encoder, config.text.scale, texts)
        elif has_text:
            self.text = PromptTable(config.text, streams)
        taps = self.encoder.tap_widths
        self.matching: MirrorMatching | None = None
        if config.matching is not None:
            self.matching = MirrorMatching(config.matching, taps[-1], config.decoder.width, len(config.outputs))
            taps = self.matching.widened(taps)
        self.decoder = Decoder(taps, config.text.dim if has_text else None, streams, config.decoder)
        self.upsampler = Upsampler(config.decoder.width, len(config.outputs), config.upsampler)
        self.encoder.requires_grad_(config.encoder.trainable)

    @classmethod
    def from_config(cls, config: ModelConfig) -> CLIPSym:
        """A model with random weights and no prompt embeddings yet.

        Raises:
            ConfigError: the towers do not have what the config names.
        """
        return cls(config)

    def forward(self, images: Tensor) -> Tensor:
        """Pictures [B, 3, H, W], float RGB in 0..1, to logits [B, C, H, W], C = len(config.outputs).

        Raises:
            InputError: a wrong shape, a grid that is too small, or prompt embeddings that were never set.
        """
        check_input(self.config, images)
        features = self.encoder((images - self.mean) / self.std)
        prompts = None if self.text is None else self.text()
        logits = read_out(images, features, self.matching, lambda x: self.decoder(x, prompts), self.upsampler)
        return fit(logits, (images.shape[-2], images.shape[-1]), align_corners=self.config.final_align_corners)

    def set_text_embeddings(self, embeddings: Tensor, texts: Sequence[str] | None = None) -> None:
        """Make prompt embeddings [M, D] a constant (or the start) of the model; `texts` go into the config.

        Raises:
            InputError: a wrong shape or number of texts, values that are not finite, or a model without text.
        """
        if not isinstance(self.text, PromptTable):
            raise InputError("This model holds no table of prompt embeddings.", remedy="Use a preset with frozen text.")
        self.text.assign(embeddings)
        if texts is not None:
            if len(texts) != len(embeddings):
                raise InputError(f"{len(texts)} texts for {len(embeddings)} embeddings.")
            self.config = self.config.replaced(prompts={"texts": tuple(texts)})

    @torch.no_grad()
    def freeze_text(self) -> None:
        """Replace a trained text tower by the constant that it gives; a model without one stays as it is."""
        if not isinstance(self.text, TextTower):
            return
        embeddings = self.text() / self.config.text.scale
        self.config = self.config.replaced(text={"training": "frozen"})
        self.text = PromptTable(self.config.text, len(embeddings)).to(embeddings.device)
        self.text.assign(embeddings)

    def prompt_weights(self) -> list[tuple[str, float]]:
        """Each prompt with its learned aggregation weight."""
        texts = self.config.prompts.texts or tuple(f"prompt {i + 1}" for i in range(self.decoder.streams))
        return list(zip(texts, self.decoder.aggregation.detach().float().tolist(), strict=False))

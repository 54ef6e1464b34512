"""Prompt-conditioned decoder: FiLM, post-norm transformer layers, weighted aggregation over prompts (recipe 1.1).

Every prompt is a stream of its own: tokens [B * M, N, width]. The layers know no positions, so the decoder commutes
with any permutation of the tokens; places come from the encoder's features.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.model.config import DecoderConfig
from clipsym_core.model.encoder import Features
from clipsym_core.model.tracing import being_traced

_TOKENS = 1024


class DecoderLayer(nn.Module):
    """x = LN(x + attention(x)); x = LN(x + MLP(x)), ReLU inside."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, config.feedforward)
        self.fc2 = nn.Linear(config.feedforward, width)
        self.norm2 = nn.LayerNorm(width)

    def attention(self, x: Tensor) -> Tensor:
        """Self-attention [S, N, width] without mask."""
        s, n, width = x.shape
        q, k, v = self.qkv(x).view(s, n, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(s, n, width))

    def forward(self, x: Tensor) -> Tensor:
        """[S, N, width] -> the same shape."""
        x = self.norm1(x + self.attention(x))
        return self.norm2(x + self.mlp(x))

    def mlp(self, x: Tensor) -> Tensor:
        """Token by token [S, N, width]. Training on a CPU takes some tokens at a time, whose inner layer stays in the
        cache: measured 1.5 to 1.7 times as fast, forward and backward, as all of them at once."""
        if x.device.type != "cpu" or not torch.is_grad_enabled() or being_traced():
            return self.fc2(F.relu(self.fc1(x)))
        parts = x.flatten(0, 1).split(_TOKENS)
        return torch.cat([self.fc2(F.relu(self.fc1(part))) for part in parts]).view_as(x)


class Film(nn.Module):
    """gamma(z) * x + beta(z), gamma and beta linear in the prompt's embedding z [M, D]."""

    def __init__(self, dim: int, width: int) -> None:
        super().__init__()
        self.mul = nn.Linear(dim, width)
        self.add = nn.Linear(dim, width)

    def forward(self, x: Tensor, prompts: Tensor) -> Tensor:
        """x [B, M or 1, N, width], prompts [M, D] -> [B, M, N, width]."""
        return self.mul(prompts)[:, None] * x + self.add(prompts)[:, None]


class Decoder(nn.Module):
    """Taps and prompt embeddings to one map [B, width, h, w].

    Attributes:
        aggregation: one signed, unnormalised weight for each prompt [M], with one bias for all.
    """

    def __init__(self, tap_widths: tuple[int, ...], dim: int | None, streams: int, config: DecoderConfig) -> None:
        """`tap_widths` deepest first; `dim` None leaves out FiLM (the no-text variant)."""
        super().__init__()
        self.config, self.streams = config, streams
        self.reduces = nn.ModuleList(nn.Linear(width, config.width) for width in tap_widths)
        modulated = 0 if dim is None else (1 if config.film == "first" else len(tap_widths))
        self.films = nn.ModuleList(Film(dim or 1, config.width) for _ in range(modulated))
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in tap_widths)
        self.aggregation = nn.Parameter(torch.full((streams,), 1.0 / streams))
        self.aggregation_bias = nn.Parameter(torch.zeros(1))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Truncated normal (0.02) in FiLM and the layers, gamma starting at 1; taps keep their scale."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)
        for reduce in self.reduces:
            assert isinstance(reduce, nn.Linear)
            nn.init.trunc_normal_(reduce.weight, std=reduce.in_features**-0.5)
        for layer in self.layers:
            assert isinstance(layer, DecoderLayer)
            nn.init.xavier_uniform_(layer.qkv.weight)
            nn.init.xavier_uniform_(layer.fc1.weight)
        for film in self.films:
            assert isinstance(film, Film)
            nn.init.ones_(film.mul.bias)

    def forward(self, features: Features, prompts: Tensor | None) -> Tensor:
        """Features of B images and prompts [M, D] (None without text) to [B, width, h, w]."""
        x: Tensor | None = None
        for index, (tap, reduce, layer) in enumerate(zip(features.taps, self.reduces, self.layers, strict=True)):
            step = reduce(tap)[:, None]
            if prompts is not None and index < len(self.films):
                step = self.films[index](step, prompts)
            x = step if x is None else x.unflatten(0, (-1, self.streams)) + step
            x = layer(x.expand(-1, self.streams, -1, -1).flatten(0, 1))
        assert x is not None
        return self.aggregate(x, features)

    def aggregate(self, x: Tensor, features: Features) -> Tensor:
        """Weighted sum over prompts of [B * M, N, width]; the class token is dropped."""
        streams = x.unflatten(0, (-1, self.streams))
        b, m, n, width = streams.shape
        mixed = (self.aggregation @ streams.transpose(0, 1).reshape(m, -1)).view(b, n, width)
        mixed = mixed[:, features.class_tokens :] + self.aggregation_bias
        return mixed.transpose(1, 2).reshape(b, width, *features.grid)

"""The prompt-conditioned decoder in its deploy form: FiLM as constants, the MLP in pieces that stay in the cache."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.inference.fast.mixed import FastLinear
from clipsym_core.model.decoder import Decoder, DecoderLayer, Film
from clipsym_core.model.encoder import Features

_PIECE = 512
"""Tokens for which the hidden layer (2048 wide) is computed at once on a CPU: it stays in the cache, which is three
times faster than all tokens together (docs/model.md)."""

_STREAMS = 9
"""Streams whose queries, keys and values are in memory at once on a CPU."""


class FastLayer(nn.Module):
    """A post-norm layer. Residual, norms, softmax and attention stay float32; the MLP's products run in `dtype`.

    Attributes:
        pieces: whether the MLP is cut into pieces (CPU); a GPU takes all tokens together.
    """

    def __init__(self, layer: DecoderLayer, dtype: torch.dtype) -> None:
        super().__init__()
        self.heads = layer.heads
        self.norm1, self.norm2 = layer.norm1, layer.norm2
        self.qkv = FastLinear(layer.qkv.weight, layer.qkv.bias, torch.float32)
        self.out = FastLinear(layer.out.weight, layer.out.bias, torch.float32)
        self.fc1 = FastLinear(layer.fc1.weight, layer.fc1.bias, dtype, "relu")
        self.fc2 = FastLinear(layer.fc2.weight, layer.fc2.bias, dtype)
        self.pieces = True

    def forward(self, x: Tensor) -> Tensor:
        """[S, N, width] -> the same shape."""
        width = x.shape[-1]
        attended = self._attended(x)
        if not self.pieces or x.device.type != "cpu":
            return self._rest(x, attended)
        flat, rest = x.reshape(-1, width), attended.view(-1, width)
        for start in range(0, len(flat), _PIECE):
            piece = slice(start, start + _PIECE)
            rest[piece] = self._rest(flat[piece], rest[piece])
        return attended

    def _attended(self, x: Tensor) -> Tensor:
        if not self.pieces or x.device.type != "cpu" or len(x) <= _STREAMS:
            return self._attended_together(x)
        attended = torch.empty_like(x)
        for start in range(0, len(x), _STREAMS):
            attended[start : start + _STREAMS] = self._attended_together(x[start : start + _STREAMS])
        return attended

    def _attended_together(self, x: Tensor) -> Tensor:
        s, n, width = x.shape
        q, k, v = self.qkv(x).view(s, n, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(s, n, width)

    def _rest(self, x: Tensor, attended: Tensor) -> Tensor:
        x = self.norm1(x + self.out(attended))
        return self.norm2(x + self.fc2(self.fc1(x)))


class FastDecoder(nn.Module):
    """Equal to `Decoder` with its prompts; the prompts are constants by now."""

    def __init__(self, decoder: Decoder, films: Sequence[tuple[Tensor, Tensor]], dtype: torch.dtype) -> None:
        """Takes `decoder` apart; `films` are the factors and summands [M, 1, width] of its prompts."""
        super().__init__()
        self.streams = decoder.streams
        self.source = decoder
        self.modulated = len(films)
        for index, (mul, add) in enumerate(films):
            self.register_buffer(f"mul{index}", mul)
            self.register_buffer(f"add{index}", add)
        self.layers = nn.ModuleList(FastLayer(layer, dtype) for layer in decoder.layers)  # type: ignore[arg-type]
        decoder.layers, decoder.films = nn.ModuleList(), nn.ModuleList()

    def forward(self, features: Features) -> Tensor:
        """[B, width, h, w]."""
        x: Tensor | None = None
        for index, (tap, reduce, layer) in enumerate(zip(features.taps, self.source.reduces, self.layers, strict=True)):
            step = reduce(tap)[:, None]
            if index < self.modulated:
                step = getattr(self, f"mul{index}") * step + getattr(self, f"add{index}")
            b, _, n, width = step.shape
            x = step if x is None else x.view(b, self.streams, n, width) + step
            x = layer(x.expand(b, self.streams, n, width).reshape(-1, n, width))
        assert x is not None
        return self.source.aggregate(x, features)


def film_constants(decoder: Decoder, prompts: Tensor | None) -> list[tuple[Tensor, Tensor]]:
    """What a decoder's FiLM comes to for its prompts [M, D]: a factor and a summand [M, 1, width] each."""
    if prompts is None:
        return []
    films = [film for film in decoder.films if isinstance(film, Film)]
    return [(film.mul(prompts)[:, None].detach(), film.add(prompts)[:, None].detach()) for film in films]

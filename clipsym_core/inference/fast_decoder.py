"""The prompt-conditioned decoder in its deploy form: FiLM as constants, the MLP in pieces that stay in the cache."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.inference.mixed import cast_linear
from clipsym_core.model.decoder import Decoder, DecoderLayer, Film
from clipsym_core.model.encoders import Features

_PIECE = 512
"""Tokens for which the hidden layer (2048 wide) is computed at once on a CPU: it stays in the cache, which is three
times faster than all tokens together (docs/model.md)."""


class FastLayer(nn.Module):
    """A post-norm layer. Residual, norms, softmax and attention stay float32; the MLP's products run in `dtype`.

    Attributes:
        pieces: whether the MLP is cut into pieces (CPU); a GPU takes all tokens together.
    """

    def __init__(self, layer: DecoderLayer, dtype: torch.dtype) -> None:
        super().__init__()
        self.source, self.dtype = layer, dtype
        self.fc1 = cast_linear(layer.fc1.weight, layer.fc1.bias, dtype)
        self.fc2 = cast_linear(layer.fc2.weight, layer.fc2.bias, dtype)
        del layer.fc1, layer.fc2
        self.pieces = True

    def forward(self, x: Tensor) -> Tensor:
        """[S, N, width] -> the same shape."""
        layer = self.source
        x = layer.norm1(x + layer.attention(x))
        if not self.pieces or x.device.type != "cpu":
            return layer.norm2(x + self._mlp(x))
        flat = x.view(-1, x.shape[-1])
        out = torch.empty_like(flat)
        for start in range(0, len(flat), _PIECE):
            piece = flat[start : start + _PIECE]
            out[start : start + _PIECE] = layer.norm2(piece + self._mlp(piece))
        return out.view(x.shape)

    def _mlp(self, x: Tensor) -> Tensor:
        return self.fc2(F.relu(self.fc1(x.to(self.dtype)), inplace=True)).float()


class FastDecoder(nn.Module):
    """Equal to `Decoder` with its prompts; the prompts are constants by now."""

    def __init__(self, decoder: Decoder, prompts: Tensor | None, dtype: torch.dtype) -> None:
        super().__init__()
        self.streams = decoder.streams
        self.source = decoder
        films = [film for film in decoder.films if isinstance(film, Film)] if prompts is not None else []
        self.modulated = len(films)
        for index, film in enumerate(films):
            assert prompts is not None
            self.register_buffer(f"mul{index}", film.mul(prompts)[:, None].detach())
            self.register_buffer(f"add{index}", film.add(prompts)[:, None].detach())
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

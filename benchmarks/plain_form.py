"""CLIPSym written plainly, as a yardstick: the text encoded for every picture, all 12 blocks with norm and projection,
attention as two products and a softmax, the MLP over all tokens, the upsampler at full resolution, float32.

It shares its weights with a `CLIPSym`, so its output is the reference of the comparison.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.model.clip_tower import ClipTower
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.decoder import Decoder, DecoderLayer, Film
from clipsym_core.model.gconv import GroupConv
from clipsym_core.model.network import fit
from clipsym_core.model.open_clip_models import build_clip, tokenize
from clipsym_core.model.upsampler import enlarge


class PlainForm(nn.Module):
    """The plain form of a model with a CLIP tower.

    Attributes:
        cached_text: encode the prompts once instead of for every picture.
    """

    def __init__(self, model: CLIPSym, *, cached_text: bool) -> None:
        super().__init__()
        assert isinstance(model.encoder, ClipTower)
        self.config, self.decoder, self.upsampler = model.config, model.decoder, model.upsampler
        self.tower, self.mean, self.std = model.encoder, model.mean, model.std
        self.cached_text = cached_text
        clip = build_clip(model.config.encoder.name).eval()
        self.last_blocks = clip.visual.transformer.resblocks[model.config.encoder.taps[-1] :]
        self.ln_post, self.projection = clip.visual.ln_post, clip.visual.proj
        self.tokens = tokenize(model.config.encoder.name, model.config.prompts.texts)
        if not cached_text:
            self.clip = clip
            del clip.visual
        assert model.text is not None
        self.prompts = model.text()
        self.filters = {
            name: (layer.filter(), layer.plain_bias())
            for name in ("lift", "conv1", "conv2", "head")
            if isinstance(layer := getattr(model.upsampler, name), GroupConv)
        }

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """Pictures [B, 3, H, W] to logits."""
        prompts = self.encode_text()
        taps, grid = self.encode_image((images - self.mean) / self.std)
        logits = self.upsample(self.decode(taps, prompts, grid))
        return fit(logits, (images.shape[-2], images.shape[-1]), align_corners=self.config.final_align_corners)

    def encode_text(self) -> Tensor:
        """The prompts [M, D]. The tower is run for its cost; its weights are random, so the model's table is used."""
        if not self.cached_text:
            self.clip.encode_text(self.tokens)
        return self.prompts

    def encode_image(self, images: Tensor) -> tuple[list[Tensor], tuple[int, int]]:
        """The tapped states, deepest first, after all blocks were run."""
        x, grid = self.tower.embed(images)
        taps = []
        for number, block in enumerate([*self.tower.visual.transformer.resblocks, *self.last_blocks], start=1):
            x = _vit_block(block, x)
            if number in self.tower.taps:
                taps.append(x)
        self.ln_post(x[:, 0]) @ self.projection
        return taps[::-1], grid

    def decode(self, taps: list[Tensor], prompts: Tensor, grid: tuple[int, int]) -> Tensor:
        """The aggregated map [B, width, h, w]."""
        decoder: Decoder = self.decoder
        x = torch.zeros(())
        for index, (tap, reduce, layer) in enumerate(zip(taps, decoder.reduces, decoder.layers, strict=True)):
            step = reduce(tap)
            if index == 0:
                film = decoder.films[0]
                assert isinstance(film, Film)
                x = film.mul(prompts)[:, None] * step.repeat(len(prompts), 1, 1) + film.add(prompts)[:, None]
            else:
                x = x + step.repeat(len(prompts), 1, 1)
            assert isinstance(layer, DecoderLayer)
            q, k, v = layer.qkv(x).chunk(3, dim=-1)
            x = layer.norm1(x + layer.out(_attention(q, k, v, layer.heads)))
            x = layer.norm2(x + layer.fc2(F.relu(layer.fc1(x))))
        maps = x.permute(2, 0, 1)[None]  # [1, width, M, N]: the authors' 1 x 1 convolution over prompts
        mixed = F.conv2d(maps.permute(1, 2, 3, 0), decoder.aggregation.view(1, -1, 1, 1), decoder.aggregation_bias)
        return mixed[:, 0, 1:, 0].reshape(1, -1, *grid)

    def upsample(self, x: Tensor) -> Tensor:
        """Enlarge, then convolve, at full resolution."""
        config = self.config.upsampler
        x = F.conv2d(x, *self.filters["lift"], padding=1)
        if config.lift_relu:
            x = F.relu(x)
        if config.order == "up_conv":
            x = F.relu(F.conv2d(enlarge(x), *self.filters["conv1"], padding=1))
            x = F.relu(F.conv2d(enlarge(x), *self.filters["conv2"], padding=1))
            return F.conv2d(x, *self.filters["head"], padding=1)
        x = F.relu(F.conv2d(x, *self.filters["conv1"], padding=1))
        x = F.relu(F.conv2d(enlarge(x), *self.filters["conv2"], padding=1))
        return F.conv2d(enlarge(x), *self.filters["head"], padding=1)


def _attention(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    b, n, width = q.shape
    q, k, v = (x.view(b, n, heads, -1).transpose(1, 2) for x in (q, k, v))
    weights = torch.softmax((q * (width // heads) ** -0.5) @ k.transpose(-1, -2), dim=-1)
    return (weights @ v).transpose(1, 2).reshape(b, n, width)


def _vit_block(block: nn.Module, x: Tensor) -> Tensor:
    attn = block.attn
    assert isinstance(attn, nn.MultiheadAttention)
    q, k, v = F.linear(block.ln_1(x), attn.in_proj_weight, attn.in_proj_bias).chunk(3, dim=-1)
    x = x + attn.out_proj(_attention(q, k, v, attn.num_heads))
    return x + block.mlp(block.ln_2(x))

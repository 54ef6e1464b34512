"""Image towers in their deploy form: equal outputs, fewer and larger operations."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.inference.mixed import FastLinear
from clipsym_core.model.clip_tower import ClipTower
from clipsym_core.model.encoder import Encoder, Features
from clipsym_core.model.timm_tower import TimmTower
from clipsym_core.model.tracing import being_traced

_QUICK = 1.702
_SAME = 1e-3


def fast_tower(tower: Encoder, dtype: torch.dtype) -> Encoder:
    """The deploy form of a tower; `dtype` is that of the matrix products."""
    if isinstance(tower, ClipTower):
        return FastClipTower(tower, dtype)
    assert isinstance(tower, TimmTower)
    return FastTimmTower(tower, dtype)


class FastClipTower(Encoder):
    """A CLIP ViT with fused qkv products and positions resized once for each grid.

    Residual, norms and positions stay float32; products and attention run in `dtype` (mixed precision).
    """

    def __init__(self, tower: ClipTower, dtype: torch.dtype) -> None:
        super().__init__()
        self.source = tower
        self.dtype = dtype
        self.tap_widths, self.taps = tower.tap_widths, tower.taps
        blocks = tower.visual.transformer.resblocks
        self.blocks = nn.ModuleList(_fast_block(block, dtype) for block in blocks)
        tower.visual.transformer.resblocks = nn.ModuleList()
        self._tables: dict[tuple[int, int], Tensor] = {}

    def forward(self, images: Tensor) -> Features:
        visual = self.source.visual
        patches = visual.conv1(images)
        h, w = int(patches.shape[-2]), int(patches.shape[-1])
        first = visual.class_embedding.expand(len(images), 1, -1)
        x = torch.cat([first, patches.flatten(2).transpose(1, 2)], dim=1) + self._positions(h, w, images.device)
        x = visual.ln_pre(x)
        taps = []
        for number, block in enumerate(self.blocks, start=1):
            x = block(x)
            if number in self.taps:
                taps.append(x)
        return Features(tuple(reversed(taps)), (h, w), 1)

    def _positions(self, h: int, w: int, device: torch.device) -> Tensor:
        table = self._tables.get((h, w))
        if table is None or table.device != device:
            with torch.no_grad():
                table = self.source.position_table(h, w)
            if not being_traced():  # a tracer's tensor must not stay
                self._tables[h, w] = table
        return table


def _fast_block(block: nn.Module, dtype: torch.dtype) -> nn.Module:
    """The fused form of open_clip's plain block; other kinds of block stay as they are."""
    mlp = getattr(block, "mlp", None)
    plain = (
        isinstance(getattr(block, "attn", None), nn.MultiheadAttention)
        and isinstance(getattr(block, "ls_1", None), nn.Identity)
        and isinstance(mlp, nn.Sequential)
    )
    return FastBlock(block, dtype) if plain else block


class FastBlock(nn.Module):
    """Pre-norm block: x + attention(LN(x)), then x + MLP(LN(x)).

    quick_gelu(x) = x sigmoid(1.702 x) = silu(1.702 x) / 1.702, so with 1.702 folded into both matrices it is silu.
    """

    def __init__(self, block: Any, dtype: torch.dtype) -> None:
        super().__init__()
        self.heads: int = block.attn.num_heads
        self.norm1, self.norm2 = block.ln_1, block.ln_2
        attn, fc, proj = block.attn, block.mlp.c_fc, block.mlp.c_proj
        quick = type(block.mlp.gelu).__name__ == "QuickGELU"
        factor = _QUICK if quick else 1.0
        self.activation: nn.Module = nn.Identity() if quick else block.mlp.gelu
        self.qkv = FastLinear(attn.in_proj_weight, attn.in_proj_bias, dtype)
        self.out = FastLinear(attn.out_proj.weight, attn.out_proj.bias, dtype)
        self.fc1 = FastLinear(fc.weight * factor, fc.bias * factor, dtype, "swish" if quick else "none")
        self.fc2 = FastLinear(proj.weight / factor, proj.bias, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """[B, N, C] float32 -> the same."""
        b, n, width = x.shape
        qkv = self.qkv(self.norm1(x)).view(b, n, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, width)
        x = x + self.out(attended)
        return x + self.fc2(self.activation(self.fc1(self.norm2(x))))


class FastTimmTower(Encoder):
    """A timm tower with its batch norms folded into the convolutions, in channels-last memory."""

    def __init__(self, tower: TimmTower, dtype: torch.dtype) -> None:
        super().__init__()
        self.tap_widths, self.dtype = tower.tap_widths, dtype
        fold_norms(tower.tower)
        tower.tower = tower.tower.to(dtype=dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.source = tower

    def forward(self, images: Tensor) -> Features:
        ready = images.to(dtype=self.dtype, memory_format=torch.channels_last)
        features = self.source(ready)
        return features._replace(taps=tuple(tap.float() for tap in features.taps))


@torch.no_grad()
def fold_norms(tower: nn.Module) -> int:
    """Fold every batch norm that directly follows a convolution into it; the norm's activation stays.

    Which norm follows which convolution is seen in a trial run, so no architecture is named here. Outputs are compared
    before and after; a tower that computes something else is put back as it was.

    Returns:
        The number of folded norms.
    """
    device = next(tower.parameters()).device
    trial = torch.rand(1, 3, 64, 64, device=device)
    pairs = _pairs(tower, trial)
    before = tower(trial)
    saved = [(conv, conv.weight, conv.bias, norm, _fold(conv, norm)) for conv, norm in pairs]
    for *_, norm, rest in saved:
        _replace(tower, norm, rest)
    after = tower(trial)
    scale = max(float(x.abs().max()) for x in before)
    if max(float((a - b).abs().max()) for a, b in zip(before, after, strict=True)) <= _SAME * max(scale, 1.0):
        return len(pairs)
    for conv, weight, bias, norm, rest in saved:
        conv.weight, conv.bias = weight, bias
        _replace(tower, rest, norm)
    return 0


def _pairs(tower: nn.Module, trial: Tensor) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    made: dict[int, nn.Conv2d] = {}
    alive: list[Tensor] = []
    pairs: list[tuple[nn.Conv2d, nn.BatchNorm2d]] = []

    def saw_conv(module: nn.Module, _: Any, output: Tensor) -> None:
        assert isinstance(module, nn.Conv2d)
        made[id(output)] = module
        alive.append(output)  # an id is only meaningful while its tensor lives

    def saw_norm(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(module, nn.BatchNorm2d)
        conv = made.pop(id(inputs[0]), None)
        if conv is not None and module.track_running_stats and module.affine:
            pairs.append((conv, module))

    handles = []
    for module in tower.modules():
        if isinstance(module, nn.Conv2d):
            handles.append(module.register_forward_hook(saw_conv))
        elif isinstance(module, nn.BatchNorm2d):
            handles.append(module.register_forward_pre_hook(saw_norm))
    tower(trial)
    for handle in handles:
        handle.remove()
    return pairs


def _fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Module:
    """Fold the norm's affine map into the convolution; returns what is left of the norm (timm's has an activation)."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    bias = torch.zeros_like(scale) if conv.bias is None else conv.bias
    conv.bias = nn.Parameter((bias - norm.running_mean) * scale + norm.bias)
    conv.weight = nn.Parameter(conv.weight * scale[:, None, None, None])
    parts = [getattr(norm, name, None) for name in ("drop", "act")]
    return nn.Sequential(*(part for part in parts if isinstance(part, nn.Module)))


def _replace(root: nn.Module, old: nn.Module, new: nn.Module) -> None:
    for module in root.modules():
        for name, child in module.named_children():
            if child is old:
                setattr(module, name, new)
                return

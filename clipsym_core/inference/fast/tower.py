"""Image towers in their deploy form: equal outputs, fewer and larger operations."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from clipsym_core.inference.fast.vit import FastClipTower
from clipsym_core.model.clip_tower import ClipTower
from clipsym_core.model.config import EncoderConfig
from clipsym_core.model.encoder import Encoder, Features
from clipsym_core.model.timm_tower import TimmTower

_SAME = 1e-3


def fast_tower(tower: Encoder, dtype: torch.dtype, *, share: bool = False) -> FastClipTower | FastTimmTower:
    """The deploy form of a tower, which is not changed; `dtype` is that of the matrix products.

    `share` uses its tensors instead of copies where that is possible.
    """
    if isinstance(tower, ClipTower):
        return FastClipTower.of(tower, dtype, share=share)
    assert isinstance(tower, TimmTower)
    return FastTimmTower.of(tower, dtype)


class FastTimmTower(Encoder):
    """A timm tower with its batch norms folded into the convolutions, in channels-last memory.

    Attributes:
        folded: names of the convolutions and of the norms that are folded into them.
    """

    def __init__(self, tower: TimmTower, folded: tuple[tuple[str, str], ...], dtype: torch.dtype) -> None:
        """Takes `tower`, whose norms are folded, into use."""
        super().__init__()
        self.tap_widths, self.dtype, self.folded = tower.tap_widths, dtype, folded
        self.source = tower
        self.settle()

    @classmethod
    def of(cls, tower: TimmTower, dtype: torch.dtype) -> FastTimmTower:
        """The deploy form of a copy of `tower`."""
        tower = copy.deepcopy(tower).eval()
        return cls(tower, tuple(fold_norms(tower.tower)), dtype)

    @classmethod
    def empty(cls, config: EncoderConfig, folded: tuple[tuple[str, str], ...], dtype: torch.dtype) -> FastTimmTower:
        """Of the same build as a tower whose `folded` is given, without its values.

        Raises:
            ConfigError: this timm has no such tower.
        """
        tower = TimmTower(config).eval()
        for conv, norm in folded:
            _replace(tower.tower, *_fold(tower.tower.get_submodule(conv), tower.tower.get_submodule(norm)))
        return cls(tower, folded, dtype)

    def settle(self) -> None:
        """Bring the tensors into the type and the order in memory that are fast."""
        self.source.tower.to(dtype=self.dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, images: Tensor) -> Features:
        ready = images.to(dtype=self.dtype, memory_format=torch.channels_last)
        features = self.source(ready)
        return features._replace(taps=tuple(tap.float() for tap in features.taps))


@torch.no_grad()
def fold_norms(tower: nn.Module) -> list[tuple[str, str]]:
    """Fold every batch norm that directly follows a convolution into it; the norm's activation stays.

    Which norm follows which convolution is seen in a trial run, so no architecture is named here. Outputs are compared
    before and after; a tower that computes something else is put back as it was.

    Returns:
        Names of the convolutions and of the norms that are in them now.
    """
    device = next(tower.parameters()).device
    trial = torch.rand(1, 3, 64, 64, device=device)
    names = {module: name for name, module in tower.named_modules()}
    pairs = _pairs(tower, trial)
    before = tower(trial)
    saved = [(conv, conv.weight, conv.bias, _fold(conv, norm)) for conv, norm in pairs]
    for *_, change in saved:
        _replace(tower, *change)
    after = tower(trial)
    scale = max(float(x.abs().max()) for x in before)
    if max(float((a - b).abs().max()) for a, b in zip(before, after, strict=True)) <= _SAME * max(scale, 1.0):
        return [(names[conv], names[norm]) for conv, norm in pairs]
    for conv, weight, bias, (norm, rest) in saved:
        conv.weight, conv.bias = weight, bias
        _replace(tower, rest, norm)
    return []


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


def _fold(conv: nn.Module, norm: nn.Module) -> tuple[nn.Module, nn.Module]:
    """Fold the norm's affine map into the convolution.

    Returns:
        The norm, and what is left to do in its place (timm's norms hold an activation).
    """
    assert isinstance(conv, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    bias = torch.zeros_like(scale) if conv.bias is None else conv.bias
    conv.bias = nn.Parameter((bias - norm.running_mean) * scale + norm.bias)
    conv.weight = nn.Parameter(conv.weight * scale[:, None, None, None])
    parts = [getattr(norm, name, None) for name in ("drop", "act")]
    return norm, nn.Sequential(*(part for part in parts if isinstance(part, nn.Module)))


def _replace(root: nn.Module, old: nn.Module, new: nn.Module) -> None:
    for module in root.modules():
        for name, child in module.named_children():
            if child is old:
                setattr(module, name, new)
                return

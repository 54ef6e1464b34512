"""Which parameters learn at which rate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from clipsym_core.train.options import OptimizerOptions

_BLOCK = re.compile(r"(?:blocks|resblocks|layers|stages|layer)[._]?(\d+)")


def freeze(model: nn.Module, parts: Sequence[str]) -> None:
    """Take the named parts (`encoder`, `text`) out of the training; `norms` is up to `training_mode`."""
    for name, parameter in model.named_parameters():
        if name.split(".")[0] in parts:
            parameter.requires_grad_(False)


def training_mode(model: nn.Module, parts: Sequence[str]) -> None:
    """Train mode, but for a tower that is frozen or whose batch norm statistics are."""
    model.train()
    encoder = getattr(model, "encoder", None)
    if isinstance(encoder, nn.Module) and ("encoder" in parts or "norms" in parts):
        encoder.eval()


def parameter_groups(model: nn.Module, options: OptimizerOptions) -> list[dict[str, Any]]:
    """Groups with their peak rate under `peak`, the decoder's first; norms, biases and prompt tables do not decay.

    With `layer_decay` each block of the tower learns that factor slower than the next one.
    """
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    depths = {name: _depth(name) for name, _ in named if name.startswith("encoder.")}
    deepest = max((d for d in depths.values() if d is not None), default=0)
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in named:
        rate = options.rate
        if name in depths:
            rate = options.tower_rate or options.rate
            # Norms behind the last block are as deep as it; embeddings and stems lie before the first.
            depth = depths[name]
            rate *= options.layer_decay ** (deepest - depth if depth is not None else 0)
        elif name.startswith("text."):
            rate = options.text_rate or options.rate
        decays = parameter.ndim > 1 and not name.startswith("text.") and options.weight_decay > 0
        groups.setdefault((rate, decays), []).append(parameter)
    return [
        {"params": parameters, "peak": rate, "lr": 0.0, "weight_decay": options.weight_decay if decays else 0.0}
        for (rate, decays), parameters in sorted(groups.items(), key=lambda item: (item[0][0] != options.rate, item[0]))
    ]


def make_optimizer(model: nn.Module, options: OptimizerOptions) -> torch.optim.Optimizer:
    """Adam or AdamW over `parameter_groups`; rates are set at each step from `peak`. The model is on its device."""
    kind = torch.optim.Adam if options.kind == "adam" else torch.optim.AdamW
    groups = parameter_groups(model, options)
    # One pass over the weights in place of a dozen: with small batches of a large model that is a good part of a step.
    fused = all(p.device.type in ("cpu", "cuda") for group in groups for p in group["params"])
    return kind(groups, lr=0.0, betas=options.betas, fused=fused)


def set_rates(optimizer: torch.optim.Optimizer, factor: float) -> float:
    """Every group at its peak times `factor`; gives the rate of the first group, the decoder's."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor
    return float(optimizer.param_groups[0]["lr"])


def _depth(name: str) -> int | None:
    """Number of the tower's block from 1, 0 for what lies before them, None behind."""
    match = _BLOCK.search(name)
    if match is not None:
        return int(match[1]) + 1
    return None if re.search(r"ln_post|norm\.|head|proj", name) else 0

"""Learning rate over the course of a training run."""

from __future__ import annotations

import math

from clipsym_core.train.options import ScheduleOptions


def cosine_with_warmup(progress: float, *, warmup: float = 0.03, floor: float = 0.01) -> float:
    """Factor on the learning rate at `progress` in [0, 1]: linear up during `warmup`, half a cosine down to `floor`.

    Beyond 1 the factor stays at `floor`.
    """
    if progress < warmup:
        return max(progress / warmup, 1e-3)
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * _after(progress, warmup)))


def exponential_with_warmup(progress: float, *, warmup: float = 0.0, floor: float = 0.1) -> float:
    """Factor `floor` ** progress after a linear warm-up (recipe 1.2: 0.1 ** (epoch / epochs))."""
    if progress < warmup:
        return max(progress / warmup, 1e-3)
    return float(floor ** _after(progress, warmup))


def rate_factor(progress: float, options: ScheduleOptions) -> float:
    """Factor on the peak rates at `progress` in [0, 1]."""
    if options.kind == "cosine":
        return cosine_with_warmup(progress, warmup=options.warmup, floor=options.floor)
    if options.kind == "exponential":
        return exponential_with_warmup(progress, warmup=options.warmup, floor=options.floor)
    return max(progress / options.warmup, 1e-3) if progress < options.warmup else 1.0


def _after(progress: float, warmup: float) -> float:
    return min((progress - warmup) / (1 - warmup), 1.0)

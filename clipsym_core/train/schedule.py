"""Learning rate over the course of a training run."""

from __future__ import annotations

import math


def cosine_with_warmup(progress: float, *, warmup: float = 0.03, floor: float = 0.01) -> float:
    """Factor on the learning rate at `progress` in [0, 1]: linear up during `warmup`, half a cosine down to `floor`.

    Beyond 1 the factor stays at `floor`.
    """
    if progress < warmup:
        return max(progress / warmup, 1e-3)
    rest = min((progress - warmup) / (1 - warmup), 1.0)
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * rest))

"""The whole state of a training run in one file, replaced atomically: a run killed at any time goes on from there."""

from __future__ import annotations

import pickle
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from clipsym_core.errors import CheckpointError
from clipsym_core.model.checkpoint import replacing
from clipsym_core.train.ema import ExponentialAverage

FORMAT = 1


def save_state(
    path: Path, model: nn.Module, average: ExponentialAverage[Any], optimizer: torch.optim.Optimizer, **extra: Any
) -> None:
    """Weights, average, optimizer, random generators, and whatever plain values `extra` names.

    Raises:
        CheckpointError: the file cannot be written.
    """
    state = {
        "format": FORMAT,
        "model": model.state_dict(),
        "average": average.model.state_dict(),
        "updates": average.updates,
        "optimizer": optimizer.state_dict(),
        "torch_rng": torch.get_rng_state(),
        "extra": extra,
    }
    with replacing(path) as temporary:
        torch.save(state, temporary)


def load_state(
    path: Path, model: nn.Module, average: ExponentialAverage[Any], optimizer: torch.optim.Optimizer
) -> dict[str, Any]:
    """Put a saved state back; returns the plain values.

    Raises:
        CheckpointError: unreadable, of another format, or of another model.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        if state["format"] != FORMAT:
            raise CheckpointError(f"{path} has format {state['format']}.", remedy="Start a new run.")
        model.load_state_dict(state["model"])
        average.model.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
    # A damaged pickle fails in any of these ways, depending on the place of the damage.
    except (
        OSError, RuntimeError, KeyError, ValueError, EOFError, IndexError, AttributeError, TypeError,
        pickle.UnpicklingError,
    ) as error:  # fmt: skip
        raise CheckpointError(
            f"Cannot resume from {path}.", f"{error}.", "Start a new run in another folder."
        ) from error
    for parameter, moments in optimizer.state.items():  # in the memory layout of their parameter, for speed
        for name, value in moments.items():
            if isinstance(value, torch.Tensor) and value.shape == parameter.shape:
                moments[name] = torch.empty_like(parameter).copy_(value)
    average.updates = int(state["updates"])
    torch.set_rng_state(state["torch_rng"])
    return dict(state["extra"])


def seed_everything(seed: int) -> None:
    """Seed Python, numpy and torch."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - libraries still draw from the global generator
    torch.manual_seed(seed)

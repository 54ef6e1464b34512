"""The whole state of a training run in one file, replaced atomically: a run killed at any time goes on from there."""

from __future__ import annotations

import pickle
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch

from clipsym_core.errors import CheckpointError, reason_of
from clipsym_core.files import replacing
from clipsym_core.train.learner import Learner

FORMAT = 2


def save_state(path: Path, learner: Learner, **extra: Any) -> None:
    """Weights, average, optimizer, scaler, random generators, and whatever plain values `extra` names.

    Raises:
        CheckpointError: the file cannot be written.
    """
    scaler = learner.accelerator.scaler
    state = {
        "format": FORMAT,
        "model": learner.model.state_dict(),
        "average": None if learner.average is None else learner.average.model.state_dict(),
        "updates": 0 if learner.average is None else learner.average.updates,
        "optimizer": learner.optimizer.state_dict(),
        "scaler": None if scaler is None else scaler.state_dict(),
        "torch_rng": torch.get_rng_state(),
        "cuda_rng": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "extra": extra,
    }
    try:
        with replacing(path) as temporary:
            torch.save(state, temporary)
    except (OSError, RuntimeError) as error:  # torch's writer reports a full disk as a RuntimeError
        raise CheckpointError(
            f"Cannot save the state of the run in {path}.",
            f"{reason_of(error)}.",
            "Make room on the disk, then resume.",
        ) from error


def load_state(path: Path, learner: Learner) -> dict[str, Any]:
    """Put a saved state back; returns the plain values.

    Raises:
        CheckpointError: unreadable, of another format, or of another model.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        if state["format"] != FORMAT:
            raise CheckpointError(f"{path} has format {state['format']}.", remedy="Start a new run.")
        learner.model.load_state_dict(state["model"])
        if learner.average is not None:
            learner.average.model.load_state_dict(state["average"])
            learner.average.updates = int(state["updates"])
        learner.optimizer.load_state_dict(state["optimizer"])
        if learner.accelerator.scaler is not None and state["scaler"] is not None:
            learner.accelerator.scaler.load_state_dict(state["scaler"])
        torch.set_rng_state(state["torch_rng"])
        if state["cuda_rng"] and len(state["cuda_rng"]) == torch.cuda.device_count():
            torch.cuda.set_rng_state_all(state["cuda_rng"])
        extra = dict(state["extra"])
    # A damaged pickle fails in any of these ways, depending on the place of the damage.
    except (
        OSError, RuntimeError, KeyError, ValueError, EOFError, IndexError, AttributeError, TypeError,
        pickle.UnpicklingError,
    ) as error:  # fmt: skip
        raise CheckpointError(
            f"Cannot resume from {path}.", f"{reason_of(error)}.", "Start a new run in another folder."
        ) from error
    for parameter, moments in learner.optimizer.state.items():  # in the memory layout of their parameter, for speed
        for name, value in moments.items():
            if isinstance(value, torch.Tensor) and value.shape == parameter.shape:
                moments[name] = torch.empty_like(parameter).copy_(value)
    return extra


def seed_everything(seed: int) -> None:
    """Seed Python, numpy and torch."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - libraries still draw from the global generator
    torch.manual_seed(seed)

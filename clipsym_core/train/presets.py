"""Named starting points of run files. Does not import torch."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from clipsym_core.data.augment_options import FULL
from clipsym_core.errors import ConfigError
from clipsym_core.model.config import nearest
from clipsym_core.train.peer_presets import FIELD_CODE, PEER_PRESETS

DEFAULT_PRESET: Final = "fine-tune"


@dataclass(frozen=True, slots=True)
class TrainingPreset:
    """Values of a run file and one sentence for people."""

    values: Mapping[str, Any]
    description: str


# Recipe 1.2, column "code": one rate for everything, no clipping, no average, fp32, padding counted as background.
_AUTHORS: Final[dict[str, Any]] = {
    **FIELD_CODE,
    "start": "clipsym-b16-authors",
    "outputs": ["reflection"],
    "batch": 16,
    "optimizer": {"kind": "adam", "rate": 1e-5, "weight_decay": 0.0, "clip_norm": None},
    "precision": "fp32",
}

PRESETS: Final[dict[str, TrainingPreset]] = {
    "fine-tune": TrainingPreset(
        {
            "start": "clipsym-lite",
            "epochs": 20,
            "batch": 8,
            "optimizer": {"kind": "adamw", "rate": 3e-4, "tower_rate": 6e-5, "weight_decay": 0.02, "clip_norm": 5.0},
            "schedule": {"kind": "cosine", "warmup": 0.05, "floor": 0.02},
            "loss": {"rotation": 4.0},
            "augment": FULL.model_dump(),
            "average": 0.98,
            "rehearsal": {"share": 0.3},
        },
        "Go on from a trained model with a few pictures of one's own: minutes on a laptop.",
    ),
    "lite-from-scratch": TrainingPreset(
        {
            "start": "clipsym-lite",
            "scratch": "everything",
            "data": {"scenes": 4000},
            "stages": [
                {"share": 0.4, "side": 160, "batch": 16},
                {"share": 0.35, "side": 192, "batch": 16},
                {"share": 0.25, "side": 256, "batch": 12},
            ],
            "minutes": 75,
            "optimizer": {"kind": "adamw", "rate": 1.2e-3, "tower_rate": 4e-4, "weight_decay": 0.02, "clip_norm": 5.0},
            "schedule": {"kind": "cosine", "warmup": 0.03, "floor": 0.01},
            "loss": {"rotation": 4.0},
            "average": 0.998,
            "validation": {"every": 2, "pictures": 96},
            "workers": 1,
            "log_every": 20,
            "save_every": 200,
        },
        "The compact model from random weights on synthetic scenes, as the bundled one was trained.",
    ),
    "authors": TrainingPreset(
        _AUTHORS, "As the authors' code trains, to the letter: one heatmap, 100 epochs, one rate of 1e-5 for all."
    ),
    "paper": TrainingPreset(
        {**_AUTHORS, "epochs": 500}, "As the paper says: the authors' settings for 500 epochs."
    ),
    **{name: TrainingPreset(values, description) for name, (values, description) in PEER_PRESETS.items()},
}  # fmt: skip


def preset_values(name: str) -> dict[str, Any]:
    """A copy of the values of a preset.

    Raises:
        ConfigError: there is none of that name; tells the nearest.
    """
    if name not in PRESETS:
        raise ConfigError(f"There is no training preset '{name}'.", remedy=nearest(name, list(PRESETS)))
    return copy.deepcopy(dict(PRESETS[name].values))

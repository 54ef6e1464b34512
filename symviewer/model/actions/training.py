"""Actions of the menu Training."""

from __future__ import annotations

from typing import Final

from symviewer.model.action_spec import ActionSpec

TRAINING: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        "train",
        "&Train panel",
        "Training",
        ("Ctrl+T",),
        "Train a model on the verified pictures, and watch it learn.",
        "train",
    ),
    ActionSpec(
        "new_training",
        "&New training",
        "Training",
        ("Ctrl+Alt+T",),
        "Choose what a new training learns from, and begin it.",
    ),
    ActionSpec(
        "stop_training",
        "&Stop training",
        "Training",
        ("Ctrl+Alt+.",),
        "End the training after its present step; its best and its last state are kept.",
        "stop",
        separator=True,
    ),
)

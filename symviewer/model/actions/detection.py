"""Actions of the menu Detection."""

from __future__ import annotations

from typing import Final

from symviewer.model.action_spec import ActionSpec

DETECTION: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        "detect",
        "&Detect here",
        "Detection",
        ("I",),
        "Look for symmetries in this picture again.",
        "detect",
        short="Detect",
        toolbar=True,
        context=True,
        needs="picture",
    ),
    ActionSpec(
        "cancel",
        "&Cancel",
        "Detection",
        ("Ctrl+.",),
        "Stop what the program is computing.",
        "stop",
        short="Cancel",
        toolbar=True,
        needs="work",
    ),
    ActionSpec(
        "lower_threshold",
        "Show &more",
        "Detection",
        ("[",),
        "Lower the threshold: show less certain suggestions, too.",
        separator=True,
    ),
    ActionSpec(
        "raise_threshold",
        "Show &fewer",
        "Detection",
        ("]",),
        "Raise the threshold: show only more certain suggestions.",
    ),
    ActionSpec(
        "propose",
        "Suggest here &without the network",
        "Detection",
        ("Shift+I",),
        "Look for symmetries around this place from matching points alone.",
        "points",
        context=True,
        separator=True,
        scope="canvas",
        needs="edit",
    ),
    ActionSpec(
        "analyse_center",
        "Draw center &here",
        "Detection",
        (),
        "Annotate the center near this place, with its exact place, its order of rotation and its mirror axes.",
        "center",
        context=True,
        scope="canvas",
        needs="edit",
    ),
    ActionSpec(
        "models",
        "M&odels…",
        "Detection",
        ("Ctrl+M",),
        "Choose the model, open a checkpoint file or get CLIP weights.",
        "model",
        separator=True,
    ),
    ActionSpec(
        "evaluate",
        "&Evaluate models…",
        "Detection",
        (),
        "Measure and compare models on pictures whose symmetries are known.",
    ),
)

"""Training the models of the other papers with their settings. Does not import torch.

Known of the published training (defaults of the two repositories, read for their numbers): 417 px, Adam at 1e-3 for
everything, no weight decay, batches of 32, 100 epochs, alpha-focal loss; EquiSym weighs its auxiliary classes by 0.01
(orientation) and 0.001 (order). Not known to us: the schedule, which is that of CLIPSym's code here. EquiSym's D8
backbone was pretrained on ImageNet; those weights have another layout, so ours starts from random ones.
"""

from __future__ import annotations

from typing import Any, Final

from clipsym_core.data.augment_options import AUTHORS

FIELD_CODE: Final[dict[str, Any]] = {
    "epochs": 100,
    "drop_last": True,
    "schedule": {"kind": "exponential", "warmup": 0.0, "floor": 0.1, "by_epoch": True},
    "loss": {"alpha": 0.95, "gamma": 2.0, "ignore_padding": False},
    "targets": {"kind": "field"},
    "augment": AUTHORS.model_dump(),
    "average": None,
    "freeze": [],
    "validation": {"every": 2, "pictures": 1_000_000},
    "seed": 41,
    "save_every": 500,
    "log_every": 10,
}
"""What the published codes have in common, CLIPSym's among them: field targets, padding that counts, no average."""

_PUBLISHED: Final[dict[str, Any]] = {
    **FIELD_CODE,
    "scratch": "everything",
    "batch": 32,
    "optimizer": {"kind": "adam", "rate": 1e-3, "weight_decay": 0.0, "clip_norm": None},
}

PEER_PRESETS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "symresnet": (
        {**_PUBLISHED, "start": "symresnet"},
        "SymResNet: a plain ResNet-50 with an atrous pyramid, trained as EquiSym is, both heatmaps.",
    ),
    "pmcnet": (
        {**_PUBLISHED, "start": "pmcnet", "outputs": ["reflection"]},
        "PMCNet with its paper's settings: mirror axes only, 100 epochs, one rate of 1e-3 for all.",
    ),
    "equisym": (
        {
            **_PUBLISHED,
            "start": "equisym",
            "targets": {"kind": "analytic", "profile": "band", "ellipses": "fill"},
            "loss": {**_PUBLISHED["loss"], "orientation": 0.01, "order": 0.001},
        },
        "EquiSym with its paper's settings, orientation of axes and order of centers learned beside the heatmaps.",
    ),
}
"""Values of a run file, and one sentence."""

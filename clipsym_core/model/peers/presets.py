"""The named models of the other papers: as published, and tiny ones that tests and CI can train."""

from __future__ import annotations

from clipsym_core.model.config import NetworkConfig
from clipsym_core.model.peers.configs import (
    BackboneConfig,
    EquiSymConfig,
    PMCNetConfig,
    PolarConfig,
    PyramidConfig,
    SymResNetConfig,
)
from clipsym_core.model.presets import Preset

_TINY_CANVAS = {"size": (65, 65)}
_TINY_RESNET = BackboneConfig(name="test_resnet", weights=None)
_TINY_PYRAMID = PyramidConfig(width=32, rates=(1, 2, 3))
_PMCNET = PMCNetConfig(name="pmcnet", outputs=("reflection",))

PEER_PRESETS: dict[str, Preset[NetworkConfig]] = {
    "symresnet": Preset(
        SymResNetConfig(name="symresnet"), "Plain ResNet-50 with an atrous pyramid: the baseline of the tables."
    ),
    "pmcnet": Preset(_PMCNET, "PMCNet (ICCV 2021): polar matching convolution on ResNet-101; mirror axes only."),
    "equisym": Preset(
        EquiSymConfig(name="equisym"), "EquiSym (CVPR 2022): ResNet-50 and pyramid equivariant under D8."
    ),
    "symresnet-tiny": Preset(
        SymResNetConfig(backbone=_TINY_RESNET, pyramid=_TINY_PYRAMID).replaced(
            name="symresnet-tiny", preprocessing=_TINY_CANVAS
        ),
        "A symresnet small enough for a test.",
    ),
    "pmcnet-tiny": Preset(
        PMCNetConfig(
            backbone=_TINY_RESNET,
            pyramid=_TINY_PYRAMID,
            polar=PolarConfig(angles=16, radii=(1.0, 2.0, 3.5), similarity_radii=(1.0,), features=16, kernels=16),
        ).replaced(name="pmcnet-tiny", preprocessing=_TINY_CANVAS),
        "A pmcnet small enough for a test, with both heatmaps.",
    ),
    "equisym-tiny": Preset(
        EquiSymConfig(depths=(1, 1, 1, 1), fields=1, pyramid=_TINY_PYRAMID).replaced(
            name="equisym-tiny", preprocessing=_TINY_CANVAS
        ),
        "An equisym small enough for a test.",
    ),
}

"""Reference tensors and small models for the model tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import ModelConfig, preset

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[3] / "shared" / "golden"
Arrays = dict[str, Tensor]


def arrays(path: Path) -> Arrays:
    with np.load(path) as data:
        return {name: torch.from_numpy(np.array(data[name])) for name in data.files}


@pytest.fixture(scope="session")
def tiny_golden() -> Arrays:
    """Made by scripts/make_golden.py from the written equations."""
    return arrays(HERE / "golden_tiny.npz")


@pytest.fixture(scope="session")
def shared_golden() -> Callable[[str], Arrays]:
    """The large reference tensors, where they lie beside the checkout."""
    if not (SHARED / "decoder_io.npz").is_file():
        pytest.skip("the large reference tensors are not beside this checkout")
    return lambda name: arrays(SHARED / f"{name}.npz")


@pytest.fixture(scope="session")
def lite_config() -> ModelConfig:
    return preset("clipsym-lite")


@pytest.fixture
def lite(lite_config: ModelConfig) -> CLIPSym:
    """clipsym-lite with seeded random weights and prompt embeddings, in eval mode."""
    torch.manual_seed(0)
    model = CLIPSym.from_config(lite_config)
    model.set_text_embeddings(torch.nn.functional.normalize(torch.randn(8, 384), dim=-1))
    return model.eval()


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a small CLIP architecture (that of the shared reference) registered with open_clip."""
    import json

    from clipsym_core.model.torchvision_compat import ensure_torchvision

    ensure_torchvision()
    import open_clip

    name = "clipsym-test-tiny"
    config = {
        "embed_dim": 24,
        "quick_gelu": True,
        "vision_cfg": {
            "image_size": 64,
            "layers": 4,
            "width": 48,
            "head_width": 12,
            "patch_size": 16,
            "mlp_ratio": 2.0,
        },
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 4, "layers": 2, "mlp_ratio": 2.0},
    }
    path = tmp_path_factory.mktemp("architecture") / f"{name}.json"
    path.write_text(json.dumps(config))
    open_clip.add_model_config(path)
    return name


@pytest.fixture
def tiny_config(tiny_clip: str) -> ModelConfig:
    """A CLIP-towered model in miniature: every part of clipsym-b16, small."""
    return ModelConfig(
        name="tiny",
        encoder={"name": tiny_clip, "weights": None, "taps": (1, 2, 4)},
        text={"dim": 24},
        prompts={"count": 3, "words": 2},
        decoder={"width": 16, "heads": 2, "feedforward": 32},
        upsampler={"group": "C4", "fields": (4, 3, 2)},
        preprocessing={"size": (64, 64)},
    )


@pytest.fixture
def tiny(tiny_config: ModelConfig) -> CLIPSym:
    torch.manual_seed(0)
    model = CLIPSym.from_config(tiny_config)
    model.set_text_embeddings(torch.randn(3, 24))
    return model.eval()

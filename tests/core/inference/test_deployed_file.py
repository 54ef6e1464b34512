"""A stored deploy form gives what the model gives, needs none of the model, and is refused where it does not fit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors
import safetensors.torch
import torch

from clipsym_core.commands.export import export
from clipsym_core.errors import CheckpointError, ConfigError
from clipsym_core.inference.deploy import deploy
from clipsym_core.inference.deployed_file import load_deployed, save_deployed, stored_precision
from clipsym_core.inference.detector import SymmetryDetector
from clipsym_core.model.checkpoint import load_checkpoint, save_checkpoint
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import ModelConfig
from clipsym_core.model.metadata import read_metadata
from clipsym_core.model.zoo import deployed_file, list_models, load_model

CLIP = ModelConfig(
    name="small",
    encoder={"name": "ViT-S-16-alt", "weights": None, "taps": (1, 2, 3)},
    text={"dim": 256},
    prompts={"count": 3},
    decoder={"width": 32, "heads": 4, "feedforward": 64},
    upsampler={"group": "C8", "fields": (6, 4, 2), "order": "up_conv", "lift_relu": False},
    preprocessing={"size": (64, 64)},
)
TIMM = CLIP.replaced(
    encoder={"kind": "timm", "name": "mobilenetv3_small_050", "taps": (16, 32)},
    text={"kind": "sentence", "dim": 8},
    upsampler={"group": "D4", "basis": "pixel", "order": "conv_up", "lift_relu": True, "head": "pool"},
)
NO_TEXT = TIMM.replaced(text={"kind": "none"})


def build(config: ModelConfig) -> CLIPSym:
    torch.manual_seed(0)
    model = CLIPSym.from_config(config).eval()
    if model.text is not None:
        model.set_text_embeddings(torch.randn(config.prompts.streams, config.text.dim))
    return model


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "small.safetensors"
    save_checkpoint(path, build(CLIP), provenance={"description": "A test."}, metrics={"f1": 0.5})
    return path


@pytest.mark.parametrize("config", [CLIP, TIMM, NO_TEXT], ids=["clip", "timm", "no-text"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@torch.no_grad()
def test_it_gives_what_was_stored(config: ModelConfig, precision: str, tmp_path: Path) -> None:
    model = build(config)
    deployed = deploy(model, precision=precision)  # type: ignore[arg-type]
    path = tmp_path / "small.safetensors"
    save_deployed(path, deployed)
    loaded = load_deployed(path)
    assert loaded.config == model.config
    assert loaded.model.precision == stored_precision(path) == precision
    for size in ((64, 64), (96, 128)):
        images = torch.rand(2, 3, *size)
        assert torch.equal(loaded.model(images), deployed(images))
    assert torch.allclose(loaded.model(images), model(images), atol=1e-4 if precision == "fp32" else 0.1)
    widened = load_deployed(path, precision="fp32").model
    assert torch.allclose(widened(images), deployed(images), atol=0.05)
    assert not [name for name, x in widened.named_buffers() if x.dtype not in (torch.float32, torch.int64)]


@torch.no_grad()
def test_sharing_tensors_changes_nothing() -> None:
    model = build(CLIP)
    images = torch.rand(1, 3, 64, 80)
    kept, shared = deploy(model), deploy(model, share=True)
    own = {x.data_ptr() for x in model.parameters()}
    assert not [name for name, x in kept.state_dict().items() if x.data_ptr() in own]
    assert [name for name, x in shared.state_dict().items() if x.data_ptr() in own]
    assert torch.equal(kept(images), shared(images))


def test_the_command_writes_one_and_the_detector_takes_it(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = export(checkpoint, "torch")
    path = tmp_path / report.path
    assert path.name == "small.deployed.safetensors"
    assert report.difference < 1e-4
    metadata = read_metadata(path)
    assert (metadata.provenance["description"], metadata.metrics) == ("A test.", {"f1": 0.5})
    picture = np.random.default_rng(0).integers(0, 255, (90, 70, 3), np.uint8)
    fast = SymmetryDetector.load(path, device="cpu").heatmaps(picture)
    full = SymmetryDetector.load(checkpoint, device="cpu").heatmaps(picture)
    np.testing.assert_allclose(fast.reflection, full.reflection, atol=1e-5)
    half = export(checkpoint, "torch", "half.safetensors", precision="bf16")
    assert half.bytes < 0.7 * report.bytes
    assert SymmetryDetector.load("half.safetensors", device="cpu").network.precision == "bf16"


def test_it_stands_among_the_users_models(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clipsym_core.model.zoo.models_folder", lambda: tmp_path)
    export(checkpoint, "torch", tmp_path / "quick.safetensors")
    (entry,) = [entry for entry in list_models() if entry.name == "quick"]
    assert entry.available
    assert deployed_file("quick") == tmp_path / "quick.safetensors"
    assert deployed_file(checkpoint) is None
    assert SymmetryDetector.load("quick", device="cpu").name == "quick"
    with pytest.raises(CheckpointError, match="deploy form"):
        load_model("quick")


def test_it_runs_without_open_clip(checkpoint: Path, tmp_path: Path) -> None:
    path = tmp_path / "small.safetensors"
    export(checkpoint, "torch", path)
    code = (
        "import sys, torch; from clipsym_core.inference.deployed_file import load_deployed; "
        f"load_deployed({str(path)!r}).model(torch.rand(1, 3, 64, 64)); "
        "print([name for name in ('open_clip', 'timm', 'torchvision', 'escnn') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_what_does_not_fit_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    path = tmp_path / "small.safetensors"
    export(checkpoint, "torch", path)
    with pytest.raises(CheckpointError, match="This is a checkpoint"):
        load_deployed(checkpoint)
    with pytest.raises(CheckpointError, match="deploy form"):
        load_checkpoint(path)
    with pytest.raises(ConfigError, match="Did you mean 'bf16'"):
        load_deployed(path, precision="bf61")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="cannot be exported in bf16"):
        export(checkpoint, "torch", tmp_path / "a.pt2", precision="bf16")
    with safetensors.safe_open(path, framework="pt") as file:
        text = dict(file.metadata())
    tensors = safetensors.torch.load_file(path)
    other = tmp_path / "other.safetensors"
    build = json.loads(text["build"])
    build["encoder"]["width"] = 100
    safetensors.torch.save_file(tensors, other, metadata=text | {"build": json.dumps(build)})
    with pytest.raises(CheckpointError, match="where the model has"):
        load_deployed(other)
    del build["encoder"]["width"]
    safetensors.torch.save_file(tensors, other, metadata=text | {"build": json.dumps(build)})
    with pytest.raises(CheckpointError, match="Export it again"):
        load_deployed(other)
    tensors["decoder.mul0"] = tensors["decoder.mul0"] + 1
    safetensors.torch.save_file(tensors, other, metadata=text)
    with pytest.raises(CheckpointError, match="checksum"):
        load_deployed(other)

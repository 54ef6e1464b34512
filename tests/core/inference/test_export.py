"""Exported models give what the model gives, say what they are, and refuse what they cannot do."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import zipfile
from pathlib import Path

import pytest
import torch

from clipsym_core.commands import export as export_module
from clipsym_core.commands.export import export, trial_picture
from clipsym_core.errors import CheckpointError, ConfigError, InputError
from clipsym_core.inference.exported import ExportedModel, Target, description_path
from clipsym_core.model.checkpoint import save_checkpoint
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import ModelConfig


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CLIPSym]:
    config = ModelConfig(
        name="small",
        encoder={"kind": "timm", "name": "mobilenetv3_small_050", "weights": None, "taps": (16, 32)},
        text={"kind": "sentence", "dim": 8},
        prompts={"count": 2, "words": 1},
        decoder={"width": 8, "heads": 2, "feedforward": 16},
        upsampler={"group": "C4", "fields": (3, 2, 2), "basis": "pixel"},
        preprocessing={"size": (64, 64)},
    )
    torch.manual_seed(0)
    model = CLIPSym.from_config(config).eval()
    model.set_text_embeddings(torch.randn(2, 8), ("a", "b"))
    path = tmp_path_factory.mktemp("models") / "small.safetensors"
    save_checkpoint(path, model, provenance={}, metrics={})
    return path, model


def check(checkpoint: tuple[Path, CLIPSym], target: Target, output: Path, package: str) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    path, model = checkpoint
    report = export(path, target, output, size=(96, 64))
    assert (report.target, report.size) == (target, (96, 64))
    assert report.difference < 1e-4
    assert report.bytes > 10_000
    exported = ExportedModel(output, threads=1)
    assert exported.config == model.config
    images = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        assert torch.allclose(exported(images), model(images), atol=1e-4)
        kept = exported(images)
        exported(torch.zeros(1, 3, 64, 96))
        assert torch.allclose(kept, model(images), atol=1e-4)  # a later picture must not overwrite an earlier answer
    with pytest.raises(InputError, match=r"\[1, 3, 64, 96\]"):
        exported(torch.rand(1, 3, 96, 64))


def test_torch(checkpoint: tuple[Path, CLIPSym], tmp_path: Path) -> None:
    check(checkpoint, "torch", tmp_path / "small.pt2", "torch")


def test_openvino(checkpoint: tuple[Path, CLIPSym], tmp_path: Path) -> None:
    check(checkpoint, "openvino", tmp_path / "small.xml", "openvino")


def test_onnx(checkpoint: tuple[Path, CLIPSym], tmp_path: Path) -> None:
    check(checkpoint, "onnx", tmp_path / "small.onnx", "onnxruntime")


def test_a_wrong_export_is_not_left_behind(
    checkpoint: tuple[Path, CLIPSym], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = export_module._write_torch

    def shifted(model: torch.nn.Module, images: torch.Tensor, path: Path) -> None:
        model.upsampler.head_bias += 1  # type: ignore[union-attr, operator]
        write(model, images, path)

    monkeypatch.setattr(export_module, "_write_torch", shifted)
    with pytest.raises(CheckpointError, match="logits differ by"):
        export(checkpoint[0], "torch", tmp_path / "small.pt2")
    assert list(tmp_path.iterdir()) == []


def test_bad_requests_are_named(
    checkpoint: tuple[Path, CLIPSym], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = checkpoint[0]
    with pytest.raises(ConfigError, match="Did you mean 'onnx'"):
        export(path, "onx", tmp_path / "a.onnx")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"does not end in \.safetensors or \.pt2"):
        export(path, "torch", tmp_path / "a.pth")
    with pytest.raises(InputError, match="multiples of 32"):
        export(path, "torch", tmp_path / "a.pt2", size=(100, 64))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"symviewer\[openvino\]"):
        export(path, "openvino", tmp_path / "a.xml")


def test_files_that_are_no_exported_models(tmp_path: Path) -> None:
    path = tmp_path / "a.pt2"
    with pytest.raises(CheckpointError, match="no such file"):
        ExportedModel(path)
    path.write_bytes(b"x")
    with pytest.raises(CheckpointError, match="description"):
        ExportedModel(path)
    description_path(path).write_text(json.dumps({"config": {"name": "x"}, "size": [64, 64]}))
    with pytest.raises(CheckpointError, match="Export it again"):
        ExportedModel(path)
    other = tmp_path / "a.txt"
    other.write_text("x")
    with pytest.raises(CheckpointError, match="no exported model"):
        ExportedModel(other)


def test_a_file_that_carries_code_does_not_run_it(checkpoint: tuple[Path, CLIPSym], tmp_path: Path) -> None:
    path, ran = tmp_path / "a.pt2", tmp_path / "ran"
    export(checkpoint[0], "torch", path, size=(64, 64))

    class Code:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (ran,))

    with zipfile.ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    inputs = next(name for name in parts if "sample_inputs" in name)
    buffer = io.BytesIO()
    torch.save(Code(), buffer)
    with zipfile.ZipFile(path, "w") as changed:
        for name, data in parts.items():
            changed.writestr(name, buffer.getvalue() if name == inputs else data)
    with pytest.raises(CheckpointError, match="Export it again"):
        ExportedModel(path)
    assert not ran.exists()
    assert "TORCH_FORCE_WEIGHTS_ONLY_LOAD" not in os.environ


def test_the_trial_picture_is_a_picture() -> None:
    images = trial_picture(40, 30)
    assert images.shape == (1, 3, 30, 40)
    assert float(images.min()) >= 0
    assert float(images.max()) <= 1
    assert torch.equal(images, trial_picture(40, 30))

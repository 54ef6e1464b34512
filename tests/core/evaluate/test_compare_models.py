"""One comparison of every kind of model: `clipsym evaluate --compare` on tiny presets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from clipsym_core.cli import app
from clipsym_core.data.annotation import AnnotatedPicture, Annotation
from clipsym_core.data.convert import export
from clipsym_core.data.synthesis import make_scene, procedural_pack
from clipsym_core.model.checkpoint import save_checkpoint
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import preset
from tests.core.model.peer_models import TINY, tiny_peer


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """Three labelled scenes of the split "test", one of "train"."""
    pack = procedural_pack()
    records = []
    for index in range(4):
        scene = make_scene(pack, (96, 80), np.random.default_rng((5, index)))
        file = tmp_path / f"{index}.png"
        Image.fromarray(scene.image).save(file)
        shapes = tuple(Annotation(shape) for shape in scene.shapes)
        split = "test" if index < 3 else "train"
        records.append(AnnotatedPicture(file.name, (96, 80), shapes, state="verified", split=split, file=file))
    export(records, tmp_path / "data", "native", allow_empty=True)
    return tmp_path / "data"


@pytest.fixture
def checkpoints(tmp_path: Path) -> list[Path]:
    """Every family, as if it had been trained."""
    torch.manual_seed(0)
    lite = preset("clipsym-lite").replaced(name="lite", preprocessing={"size": (64, 64)})
    model = CLIPSym.from_config(lite)  # type: ignore[arg-type]
    model.set_text_embeddings(torch.randn(8, 384))
    paths = [tmp_path / f"{name}.safetensors" for name in ("lite", *TINY)]
    for path, network in zip(paths, (model, *map(tiny_peer, TINY)), strict=True):
        save_checkpoint(path, network, provenance={}, metrics={})
    return paths


def test_every_family_stands_in_one_table(scenes: Path, checkpoints: list[Path], tmp_path: Path) -> None:
    names = ",".join([*map(str, checkpoints), "features"])
    arguments = ["evaluate", "--data", str(scenes), "--split", "test", "--compare", names]
    result = CliRunner().invoke(app, [*arguments, "--robustness", "--out", str(tmp_path / "out"), "--device", "cpu"])
    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [model["name"] for model in report["models"]] == ["lite", *TINY, "features"]
    for model in report["models"][:-1]:
        assert model["cost"]["multiply_adds"] > 0
        assert model["cost"]["parameters"] > 0
    for name in ("lite", *TINY, "features"):
        assert name in result.output
    assert (tmp_path / "out" / "report.html").is_file()


def test_what_was_never_trained_is_said_and_left_out(scenes: Path, tmp_path: Path) -> None:
    arguments = ["evaluate", "--data", str(scenes), "--compare", "equisym,features", "--limit", "1"]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "out"), "--device", "cpu"])
    assert result.exit_code == 1, result.output
    assert "Train it" in " ".join(result.output.split())

"""Checkpoints: what goes in comes out; what does not fit is named; a crash leaves the old file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import safetensors.torch
import torch

from clipsym_core.errors import CheckpointError
from clipsym_core.model.checkpoint import load_checkpoint, read_metadata, save_checkpoint
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.files import replacing


def saved(model: CLIPSym, path: Path, **more: bool) -> Path:
    save_checkpoint(path, model, provenance={"steps": 3, "data": ["a"]}, metrics={"f1": 0.5}, **more)
    return path


def rewritten(path: Path, change: dict[str, str]) -> None:
    """The same tensors with other metadata."""
    with safetensors.safe_open(path, framework="pt") as file:
        metadata = dict(file.metadata())
    safetensors.torch.save_file(safetensors.torch.load_file(path), path, metadata={**metadata, **change})


@torch.no_grad()
def test_round_trip(tiny: CLIPSym, tmp_path: Path) -> None:
    path = saved(tiny.train(), tmp_path / "deep" / "tiny.safetensors")
    loaded = load_checkpoint(path)
    images = torch.rand(1, 3, 64, 80)
    assert not loaded.model.training
    assert torch.equal(loaded.model(images), tiny.eval()(images))
    assert loaded.config == tiny.config
    assert loaded.metadata.provenance == {"steps": 3, "data": ["a"]}
    assert loaded.metadata.metrics == {"f1": 0.5}
    assert loaded.metadata.trained
    assert loaded.metadata == read_metadata(path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@torch.no_grad()
def test_half_precision_keeps_vectors_whole(lite: CLIPSym, tmp_path: Path) -> None:
    whole, half = saved(lite, tmp_path / "a.safetensors"), saved(lite, tmp_path / "b.safetensors", half=True)
    assert half.stat().st_size < 0.55 * whole.stat().st_size
    assert half.stat().st_size < 16e6
    stored = safetensors.torch.load_file(half)
    assert {x.dtype for x in stored.values() if x.ndim < 2 and x.is_floating_point()} == {torch.float32}
    images = torch.rand(1, 3, 64, 64)
    model = load_checkpoint(half).model
    assert {x.dtype for x in model.parameters()} == {torch.float32}
    assert torch.allclose(model(images).sigmoid(), lite(images).sigmoid(), atol=1e-3)


def test_the_untrained_flag_is_kept(tiny: CLIPSym, tmp_path: Path) -> None:
    assert not read_metadata(saved(tiny, tmp_path / "a.safetensors", trained=False)).trained


def test_differences_are_named(tiny: CLIPSym, tmp_path: Path) -> None:
    path = saved(tiny, tmp_path / "a.safetensors")
    rewritten(path, {"config": tiny.config.replaced(upsampler={"fields": (5, 3, 2)}).model_dump_json()})
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    assert "upsampler.lift.weights is [4, 16, 6] where the model has [5, 16, 6]" in str(caught.value)
    rewritten(path, {"config": tiny.config.replaced(text={"kind": "none"}).model_dump_json()})
    with pytest.raises(CheckpointError, match=r"text.embeddings is unknown"):
        load_checkpoint(path)
    rewritten(path, {"config": tiny.config.replaced(decoder={"film": "all"}).model_dump_json()})
    with pytest.raises(CheckpointError, match=r"decoder.films.1.mul.weight is missing"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, "not written by this program"),
        ({"version": "99"}, "version is 99"),
        ({"sha256": "0" * 64}, "checksum"),
        ({"version": "one"}, "metadata do not fit"),
        ({"config": "[]"}, "metadata do not fit"),
        ({"metrics": "{"}, "metadata do not fit"),
        ({"config": json.dumps({"name": "x", "encodr": 1})}, "encodr"),
    ],
)
def test_damaged_metadata_is_named(tiny: CLIPSym, tmp_path: Path, change: dict[str, str], words: str) -> None:
    path = saved(tiny, tmp_path / "a.safetensors")
    rewritten(path, change)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_changed_tensor_is_noticed(tiny: CLIPSym, tmp_path: Path) -> None:
    path = saved(tiny, tmp_path / "a.safetensors")
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(CheckpointError, match="checksum"):
        load_checkpoint(path)


def test_files_that_are_no_checkpoints(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    with pytest.raises(CheckpointError, match="no such file"):
        load_checkpoint(path)
    path.write_bytes(b"PK\x03\x04 something else entirely")
    with pytest.raises(CheckpointError, match="no safetensors file"):
        load_checkpoint(path)
    path.write_bytes(b"")
    with pytest.raises(CheckpointError, match="no safetensors file"):
        load_checkpoint(path)


def test_a_truncated_file_is_named(tiny: CLIPSym, tmp_path: Path) -> None:
    path = saved(tiny, tmp_path / "a.safetensors")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="no safetensors file"):
        load_checkpoint(path)


def test_nothing_is_saved_that_cannot_be_loaded(tiny: CLIPSym, tmp_path: Path) -> None:
    path = saved(tiny, tmp_path / "a.safetensors")
    before = path.read_bytes()
    with torch.no_grad():
        tiny.decoder.aggregation[0] = float("nan")
    with pytest.raises(CheckpointError, match=r"decoder.aggregation"):
        saved(tiny, path)
    with torch.no_grad():
        tiny.decoder.aggregation[0] = 0.0
    with pytest.raises(CheckpointError, match="JSON"):
        save_checkpoint(path, tiny, provenance={"object": object()}, metrics={})
    assert path.read_bytes() == before


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    class PowerCutError(Exception):
        pass

    with pytest.raises(PowerCutError), replacing(path) as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise PowerCutError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_impossible_place_is_named(tiny: CLIPSym, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="Cannot write"):
        saved(tiny, tmp_path / "file" / "a.safetensors")

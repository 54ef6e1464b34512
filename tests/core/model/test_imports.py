"""Other people's weights: the authors' checkpoints, CLIPSeg decoders, CLIP files."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor

from clipsym_core.errors import CheckpointError
from clipsym_core.model.authors import import_authors
from clipsym_core.model.clip_tower import ClipTower
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import ModelConfig, preset
from clipsym_core.model.gconv import GroupConv
from clipsym_core.model.open_clip_models import build_clip
from clipsym_core.model.text import PromptTable, encode_prompts
from clipsym_core.model.warm_start import start_from_clip, start_from_clipseg


@pytest.fixture
def authors_config(tiny_clip: str) -> ModelConfig:
    return preset("clipsym-b16-authors").replaced(
        encoder={"name": tiny_clip, "weights": None, "taps": (1, 2, 3)},
        text={"dim": 24},
        prompts={"count": 3},
        decoder={"width": 16, "heads": 2, "feedforward": 24},
        upsampler={"fields": (4, 3, 2)},
    )


def hf_clip(model: CLIPSym) -> dict[str, Tensor]:
    """The image tower of a model under Hugging Face's names."""
    assert isinstance(model.encoder, ClipTower)
    own = model.encoder.visual.state_dict()
    named = {
        "vision_model.embeddings.class_embedding": own["class_embedding"],
        "vision_model.embeddings.position_embedding.weight": own["positional_embedding"],
        "vision_model.embeddings.patch_embedding.weight": own["conv1.weight"],
        "vision_model.post_layernorm.weight": torch.ones(48),
        "visual_projection.weight": torch.zeros(24, 48),
    }
    pairs = {"ln_1": "layer_norm1", "ln_2": "layer_norm2", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2"}
    for kind in ("weight", "bias"):
        named[f"vision_model.pre_layrnorm.{kind}"] = own[f"ln_pre.{kind}"]
        for index in range(3):
            old, new = f"transformer.resblocks.{index}.", f"vision_model.encoder.layers.{index}."
            for part, x in zip("qkv", own[f"{old}attn.in_proj_{kind}"].chunk(3), strict=True):
                named[f"{new}self_attn.{part}_proj.{kind}"] = x
            named[f"{new}self_attn.out_proj.{kind}"] = own[f"{old}attn.out_proj.{kind}"]
            for ours, theirs in pairs.items():
                named[f"{new}{theirs}.{kind}"] = own[f"{old}{ours}.{kind}"]
    return named


def hf_decoder(model: CLIPSym) -> dict[str, Tensor]:
    """The decoder's transformer under CLIPSeg's names."""
    own = model.decoder.state_dict()
    named: dict[str, Tensor] = {}
    pairs = {
        "norm1": "layer_norm1",
        "norm2": "layer_norm2",
        "fc1": "mlp.fc1",
        "fc2": "mlp.fc2",
        "out": "self_attn.out_proj",
    }
    for kind in ("weight", "bias"):
        named[f"film_mul.{kind}"], named[f"film_add.{kind}"] = own[f"films.0.mul.{kind}"], own[f"films.0.add.{kind}"]
        for index in range(3):
            named[f"reduces.{index}.{kind}"] = own[f"reduces.{index}.{kind}"]
            for part, x in zip("qkv", own[f"layers.{index}.qkv.{kind}"].chunk(3), strict=True):
                named[f"layers.{index}.self_attn.{part}_proj.{kind}"] = x
            for ours, theirs in pairs.items():
                named[f"layers.{index}.{theirs}.{kind}"] = own[f"layers.{index}.{ours}.{kind}"]
    return named


def authors_file(model: CLIPSym, path: Path, *, basis_change: bool = False, **more: Any) -> Path:
    """A checkpoint as the authors' train.py writes it, from a model of ours."""
    state = {f"clip.{name}": x for name, x in hf_clip(model).items()}
    state |= {f"decoder.{name}": x for name, x in hf_decoder(model).items()}
    state["decoder.decoder_linear_map.weight"] = model.decoder.aggregation.detach().view(1, -1, 1, 1)
    state["decoder.decoder_linear_map.bias"] = model.decoder.aggregation_bias.detach()
    names = {"lift": "lifting", "conv1": "upsampler.1", "conv2": "upsampler.4", "head": "pool"}
    for ours, theirs in names.items():
        layer = getattr(model.upsampler, ours)
        assert isinstance(layer, GroupConv)
        basis, weights = layer.basis, layer.weights.detach()
        if basis_change:  # another basis of the same filters, as another version of escnn may have
            mix = torch.linalg.qr(torch.randn(len(basis), len(basis)))[0] * 2.0
            basis = torch.einsum("cb,boip->coip", mix, basis)
            weights = weights @ torch.linalg.inv(mix)
        prefix = f"decoder.upsampler.{theirs}"
        state[f"{prefix}.weights"], state[f"{prefix}.bias"] = weights.flatten(), layer.bias.detach()
        state[f"{prefix}._basisexpansion.block_expansion_('regular', 'regular').sampled_basis"] = basis
        state[f"{prefix}.filter"] = layer.filter().detach() + 1  # stale, must not be used
    assert isinstance(model.text, PromptTable)
    data = {
        "epoch": 7,
        "state_dict": state,
        "args": argparse.Namespace(rot_data=1, lr=1e-5, names=["x"]),
        "max_f1": np.float64(0.25),
        "stats": [np.zeros(3)],
        "prompts": ["a b", "c d", "e f"],
        "fixed_cond_embed": model.text.embeddings.clone(),
        **more,
    }
    torch.save(data, path)
    return path


@pytest.mark.parametrize("basis_change", [False, True])
@torch.no_grad()
def test_authors_checkpoints_come_in(authors_config: ModelConfig, tmp_path: Path, basis_change: bool) -> None:
    torch.manual_seed(0)
    model = CLIPSym.from_config(authors_config).eval()
    model.set_text_embeddings(torch.randn(3, 24))
    for parameter in model.parameters():
        parameter.add_(0.1 * torch.randn_like(parameter))
    path = authors_file(model, tmp_path / "best.pt", basis_change=basis_change)
    loaded = import_authors(path, authors_config)
    images = torch.rand(1, 3, 65, 65)
    wanted = model(images)
    assert torch.allclose(loaded.model(images), wanted, atol=1e-4 * float(wanted.abs().max()))
    assert loaded.config.prompts.texts == ("a b", "c d", "e f")
    assert loaded.metadata.metrics == {"max_f1": 0.25}
    assert loaded.metadata.provenance["epoch"] == 7
    assert loaded.metadata.provenance["arguments"] == {"rot_data": 1, "lr": 1e-5}


class Payload:
    """Pickled code, which must never run."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (os.mkdir, ("ran",))


def test_unsafe_and_foreign_files_are_refused(
    authors_config: ModelConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = CLIPSym.from_config(authors_config)
    model.set_text_embeddings(torch.randn(3, 24))
    with pytest.raises(CheckpointError, match="no plain weight file"):
        import_authors(authors_file(model, tmp_path / "evil.pt", more=Payload()), authors_config)
    assert not (tmp_path / "ran").exists()
    with pytest.raises(CheckpointError, match="no such file"):
        import_authors(tmp_path / "none.pt")
    (tmp_path / "text.pt").write_text("hello")
    with pytest.raises(CheckpointError, match=r"no plain weight file|damaged"):
        import_authors(tmp_path / "text.pt")
    torch.save({"state_dict": {}}, tmp_path / "other.pt")
    with pytest.raises(CheckpointError, match="no CLIPSym state"):
        import_authors(tmp_path / "other.pt")


def test_differences_of_authors_checkpoints_are_named(authors_config: ModelConfig, tmp_path: Path) -> None:
    model = CLIPSym.from_config(authors_config)
    model.set_text_embeddings(torch.randn(3, 24))
    path = authors_file(model, tmp_path / "best.pt")
    for change, words in (
        ({"decoder": {"feedforward": 30}}, r"layers.0.fc1.weight is \[24, 16\] where the model has \[30, 16\]"),
        ({"upsampler": {"fields": (5, 3, 2)}}, r"upsampler.lifting has a basis"),
        ({"upsampler": {"group": "C4"}}, r"upsampler.lifting has a basis \[6, 8, 1, 9\], the model \[6, 4, 1, 9\]"),
    ):
        with pytest.raises(CheckpointError, match=words):
            import_authors(path, authors_config.replaced(**change))
    data = torch.load(path, weights_only=False)
    del data["state_dict"]["clip.vision_model.pre_layrnorm.bias"]
    torch.save(data, path)
    with pytest.raises(CheckpointError, match=r"pre_layrnorm.bias"):
        import_authors(path, authors_config)


@pytest.mark.parametrize("suffix", ["safetensors", "bin"])
def test_clipseg_decoder_starts_ours(tiny: CLIPSym, tiny_config: ModelConfig, tmp_path: Path, suffix: str) -> None:
    torch.manual_seed(5)
    source = CLIPSym.from_config(tiny_config)
    state = {f"decoder.{name}": x.detach().contiguous() for name, x in hf_decoder(source).items()}
    state["decoder.film_mul.weight"] = torch.zeros(16, 512)  # CLIPSeg's text is wider: left as it is
    path = tmp_path / f"clipseg.{suffix}"
    if suffix == "safetensors":
        safetensors.torch.save_file({name: x.clone() for name, x in state.items()}, path)
    else:
        torch.save(state, path)
    report = start_from_clipseg(tiny, path)
    assert "decoder.layers.2.qkv.weight" in report.taken
    assert any(line.startswith("decoder.films.0.mul.weight: [16, 512]") for line in report.left)
    assert any(line.startswith("decoder.aggregation: not in the file") for line in report.left)
    assert torch.equal(tiny.decoder.reduces[1].weight, source.decoder.reduces[1].weight)  # type: ignore[arg-type]
    torch.save({"x": torch.zeros(1)}, tmp_path / "other.bin")
    with pytest.raises(CheckpointError, match="No tensor in it fits"):
        start_from_clipseg(tiny, tmp_path / "other.bin")


@pytest.fixture
def clip_file(tiny_clip: str, tmp_path: Path) -> Path:
    torch.manual_seed(9)
    path = tmp_path / "clip.safetensors"
    safetensors.torch.save_file(build_clip(tiny_clip).state_dict(), path)
    return path


@torch.no_grad()
def test_clip_files_start_the_towers(tiny_config: ModelConfig, clip_file: Path) -> None:
    model = CLIPSym.from_config(tiny_config)
    report = start_from_clip(model, clip_file)
    stored = safetensors.torch.load_file(clip_file)
    assert isinstance(model.encoder, ClipTower)
    assert torch.equal(model.encoder.visual.conv1.weight, stored["visual.conv1.weight"])
    assert "text.embeddings" in report.taken
    assert len(model.config.prompts.texts) == 3
    assert isinstance(model.text, PromptTable)
    wanted = encode_prompts(tiny_config.encoder.name, model.config.prompts.texts, clip_file)
    assert torch.allclose(model.text.embeddings, wanted)
    assert float((wanted[0] - wanted[1]).abs().max()) > 1e-3
    tower = CLIPSym.from_config(tiny_config.replaced(text={"training": "tower"}))
    start_from_clip(tower, clip_file)
    assert tower.text is not None
    assert torch.allclose(tower.text(), wanted, atol=1e-6)


def test_clip_files_that_do_not_fit_are_named(tiny: CLIPSym, lite: CLIPSym, clip_file: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="timm tower"):
        start_from_clip(lite, clip_file)
    with pytest.raises(CheckpointError, match="no such file"):
        start_from_clip(tiny, tmp_path / "none.safetensors")
    state = safetensors.torch.load_file(clip_file)
    state["visual.conv1.weight"] = torch.zeros(48, 3, 8, 8)
    safetensors.torch.save_file(state, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match=r"conv1.weight"):
        start_from_clip(tiny, tmp_path / "other.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"nonsense")
    with pytest.raises(CheckpointError, match="no weight file"):
        start_from_clip(tiny, tmp_path / "bad.safetensors")

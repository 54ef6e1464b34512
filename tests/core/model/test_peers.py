"""The other papers' models: shapes, size, gradients, learning, checkpoints."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from clipsym_core.errors import CheckpointError, ConfigError, InputError
from clipsym_core.evaluate.subjects import multiply_adds
from clipsym_core.inference.detector import SymmetryDetector
from clipsym_core.model.checkpoint import load_checkpoint, save_checkpoint
from clipsym_core.model.config import preset
from clipsym_core.model.peers.backbone import ResNetBackbone, start_from_resnet
from clipsym_core.model.peers.configs import BackboneConfig, EquiSymConfig, PMCNetConfig
from clipsym_core.model.peers.network import PeerNetwork
from clipsym_core.model.peers.symresnet import SymResNet
from clipsym_core.model.prompts import with_prompts
from clipsym_core.model.registry import FAMILIES, build_model, parse_config
from clipsym_core.model.zoo import load_model
from clipsym_core.train.losses import masked_focal_loss
from tests.core.model.peer_models import TINY, tiny_peer


@pytest.mark.parametrize("name", TINY)
@torch.no_grad()
def test_any_picture_gives_logits_of_its_size(name: str) -> None:
    model = tiny_peer(name)
    for h, w in ((65, 65), (64, 80), (49, 90), (16, 17)):
        logits = model(torch.rand(2, 3, h, w))
        assert logits.shape == (2, len(model.config.outputs), h, w)
        assert logits.isfinite().all()
    assert float(model(torch.rand(1, 3, 65, 65)).std()) > 0.01


@pytest.mark.parametrize("name", TINY)
@torch.no_grad()
def test_places_do_not_depend_on_padding(name: str) -> None:
    """A picture of 60 x 52 px is padded to 65 x 57: what it says must be what the padded picture says there."""
    model = tiny_peer(name)
    images = torch.rand(1, 3, 52, 60)
    padded = torch.zeros(1, 3, 57, 65) + model.mean  # zero once it is normalised
    padded[..., :52, :60] = images
    assert torch.allclose(model(images), model(padded)[..., :52, :60], atol=1e-5)


@pytest.mark.parametrize(
    ("name", "published", "parameters"),
    [("equisym", 114.0, 1.96e6), ("pmcnet", 167.7, 58.9e6), ("symresnet", 113.8, 40.2e6)],
)
@torch.no_grad()
def test_multiply_adds_are_those_of_the_papers(name: str, published: float, parameters: float) -> None:
    """At 417 px, in G. SymResNet's are not published: it is EquiSym's twin, and must cost the same."""
    model = build_model(preset(name)).eval()
    assert sum(p.numel() for p in model.parameters()) == pytest.approx(parameters, rel=0.01)
    assert isinstance(model, PeerNetwork)
    # The expansion of filters is not part of a forward pass.
    assert multiply_adds(model.plain().to("meta"), (417, 417)) / 1e9 == pytest.approx(published, rel=0.02)


@pytest.mark.parametrize("name", TINY)
def test_every_parameter_gets_a_gradient(name: str) -> None:
    model = tiny_peer(name).train()
    target = (torch.rand(2, 2, 65, 65) > 0.9).float()
    masked_focal_loss(model(torch.rand(2, 3, 65, 65)), target).backward()
    still = [n for n, p in model.named_parameters() if p.grad is None or not bool(p.grad.abs().max() > 0)]
    assert not still


def test_a_batch_of_one_can_be_trained_on() -> None:
    for name in TINY:
        model = tiny_peer(name).train()
        masked_focal_loss(model(torch.rand(1, 3, 65, 65)), torch.zeros(1, 2, 65, 65)).backward()
        assert all(bool(p.grad.isfinite().all()) for p in model.parameters() if p.grad is not None), name


@pytest.mark.parametrize("name", TINY)
def test_one_batch_is_learned_by_heart(name: str) -> None:
    torch.manual_seed(0)
    model = build_model(preset(name)).train()
    images = torch.nn.functional.interpolate(torch.rand(2, 3, 9, 9), size=(65, 65), mode="bilinear")
    target = torch.zeros(2, 2, 65, 65)
    target[0, 0, :, 30:36] = 1
    target[1, 0, 20:26] = 1
    target[0, 1, 14:22, 40:48] = 1
    target[1, 1, 44:52, 12:20] = 1
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(70):
        loss = masked_focal_loss(model(images), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    with torch.no_grad():
        heat = model(images).sigmoid()
    assert losses[-1] < losses[0] / 10
    assert float(heat[target > 0].mean()) > 0.7
    assert float(heat[target == 0].mean()) < 0.2


@pytest.mark.parametrize("name", TINY)
@torch.no_grad()
def test_checkpoints_come_back_and_the_detector_takes_them(name: str, tmp_path: Path) -> None:
    model = tiny_peer(name)
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, model, provenance={"steps": 3}, metrics={})
    loaded = load_checkpoint(path)
    images = torch.rand(1, 3, 65, 65)
    assert type(loaded.model) is type(model)
    assert loaded.config == model.config
    assert torch.equal(loaded.model(images), model(images))
    assert load_model(path).config.family == model.config.family
    detector = SymmetryDetector.load(path)
    picture = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    heatmaps = detector.heatmaps(picture)
    assert heatmaps.reflection.shape == (65, 65)
    assert heatmaps.restored("rotation").shape == (90, 120)
    detector.detect(picture, proposals="network", threshold=0.0)


def test_a_checkpoint_from_before_families_is_a_clipsym(tmp_path: Path) -> None:
    data = json.loads(preset("clipsym-b16").model_dump_json())
    del data["family"]
    assert parse_config(data) == preset("clipsym-b16")


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_checkpoint(path, tiny_peer("equisym-tiny"), provenance={}, metrics={})
    with safetensors.safe_open(path, framework="pt") as file:
        metadata = dict(file.metadata())
    changed = json.dumps({**json.loads(metadata["config"]), "family": "equisim"})
    safetensors.torch.save_file(safetensors.torch.load_file(path), path, metadata={**metadata, "config": changed})
    with pytest.raises(CheckpointError, match=r"no family of models 'equisim'.*'equisym'"):
        load_checkpoint(path)


def test_a_model_that_was_never_trained_here_says_so() -> None:
    with pytest.raises(CheckpointError, match=r"pmcnet.*Train it"):
        load_model("pmcnet")


def test_models_without_text_have_no_prompts() -> None:
    config = preset("equisym")
    assert with_prompts(config) is config
    assert all(FAMILIES[family].config.model_fields["family"].default == family for family in FAMILIES)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: EquiSymConfig(group="C8"), ["D_n", "C8"]),
        (lambda: EquiSymConfig(group="D3"), ["D_n", "D3"]),
        (lambda: EquiSymConfig(orders=(1, 2)), ["orders"]),
        (lambda: EquiSymConfig(pyramid={"width": 40}), ["40", "16"]),
        (lambda: PMCNetConfig(polar={"angle": 3}), ["PolarConfig", "'angle'", "'angles'"]),
        (lambda: PMCNetConfig(polar={"angles": 6}), ["angles"]),
        (lambda: PMCNetConfig(polar={"radii": (0.0,)}), ["radii"]),
        (lambda: PMCNetConfig(pyramid={"rates": (0, 1, 2)}), ["rates"]),
        (lambda: ResNetBackbone(BackboneConfig(name="resnet5000")), ["resnet5000"]),
        (lambda: build_model(preset("equisym-tiny").replaced(group="D12", pyramid={"width": 48})), ["D12", "7 x 7"]),
        (lambda: parse_config([]), ["table of keys"]),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_built_is_named(make, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)  # as where escnn is not installed
    with pytest.raises(ConfigError) as caught:
        make()
    assert all(word in str(caught.value) for word in words)


def test_bad_pictures_are_named() -> None:
    model = tiny_peer("symresnet-tiny")
    with pytest.raises(InputError, match="too small"):
        model(torch.rand(1, 3, 15, 40))
    with pytest.raises(InputError, match="not finite"):
        model(torch.full((1, 3, 65, 65), float("nan")))


@torch.no_grad()
def test_a_backbone_starts_from_a_local_file(tmp_path: Path) -> None:
    config = preset("symresnet-tiny")
    source, model = build_model(config), build_model(config)
    assert isinstance(source, SymResNet)
    assert isinstance(model, SymResNet)
    state = {**source.encoder.tower.state_dict(), "fc.weight": torch.zeros(10, 96)}
    torch.save(state, tmp_path / "resnet.pth")
    done = start_from_resnet(model.encoder, tmp_path / "resnet.pth")
    assert done.left == ("fc.weight",)
    x = torch.rand(1, 3, 65, 65)
    for a, b in zip(model.encoder.eval()(x), source.encoder.eval()(x), strict=True):
        assert torch.equal(a, b)
    torch.save({"fc.weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(CheckpointError, match="missing or of another shape"):
        start_from_resnet(model.encoder, tmp_path / "other.pth")


def test_a_frozen_backbone_does_not_learn() -> None:
    config = preset("symresnet-tiny").replaced(backbone={"trainable": False})
    learns = {name.split(".")[0] for name, p in build_model(config).named_parameters() if p.requires_grad}
    assert learns == {"pyramid", "decoders", "heads"}

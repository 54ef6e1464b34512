"""The other papers' models train from a run file; EquiSym's classes are learned."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from clipsym_core.data.targets import NOTHING, TargetStyle, render_classes, render_targets
from clipsym_core.errors import ConfigError
from clipsym_core.model.checkpoint import load_checkpoint
from clipsym_core.model.config import preset
from clipsym_core.model.peers.backbone import local_resnet
from clipsym_core.model.peers.equisym import EquiSym
from clipsym_core.model.registry import build_model
from clipsym_core.model.weights import HOME_VARIABLE
from clipsym_core.symmetry import ReflectionAxis, ReflectionEllipse, RotationCenter
from clipsym_core.train.auxiliary import (
    at_cells,
    auxiliary_loss,
    order_classes,
    orientation_classes,
    supervised,
    valid_cells,
)
from clipsym_core.train.options import LossOptions
from clipsym_core.train.peer_presets import PEER_PRESETS
from clipsym_core.train.run_file import resolve
from clipsym_core.train.session import run_training
from clipsym_core.train.start import load_start
from tests.core.model.peer_models import TINY


@pytest.mark.parametrize("name", [*PEER_PRESETS])
def test_presets_are_whole_run_files(name: str) -> None:
    run = resolve({"preset": name, "data": {"path": "somewhere"}})
    assert run.start == name
    assert (run.batch, run.epochs, run.optimizer.rate) == (32, 100, 1e-3)
    assert "norms" not in run.freeze
    assert (run.loss.orientation > 0) == (name == "equisym")


@pytest.mark.parametrize("name", TINY)
def test_a_run_trains_and_saves(name: str, tmp_path: Path) -> None:
    values = {
        "preset": name.removesuffix("-tiny"), "start": name, "outputs": ["reflection", "rotation"],
        "data": {"scenes": 6}, "canvas": [65, 65], "batch": 2, "steps": 3, "targets": {"kind": "analytic"},
        "validation": {"every": 1, "pictures": 4}, "device": "cpu", "previews": 1,
    }  # fmt: skip
    file = tmp_path / "run.json"
    file.write_text(json.dumps(values))
    ended = run_training(file)
    assert ended.reason == "finished"
    loaded = load_checkpoint(tmp_path / "best.safetensors")
    assert loaded.config.family == name.removesuffix("-tiny")
    assert loaded.metadata.trained
    before = build_model(loaded.config).state_dict()
    changed = [key for key, x in loaded.model.state_dict().items() if not torch.equal(x, before[key])]
    assert any("encoder" in key and "running_mean" in key for key in changed), "batch norms learn"


def test_classes_are_those_of_the_nearest_shape() -> None:
    shapes = [
        ReflectionAxis(((10.0, 32.0), (54.0, 32.0))),
        ReflectionAxis(((32.0, 10.0), (32.0, 30.0))),
        ReflectionAxis(((2.0, 62.0), (22.0, 42.0))),
        RotationCenter(50.0, 50.0, 6),
        RotationCenter(14.0, 14.0, 0),
        ReflectionEllipse(40.0, 14.0, 8.0, 6.0, 0.0),
    ]
    angle, order = render_classes(shapes, (64, 64))
    assert angle[32, 20] == 0.0
    assert angle[15, 32] == 90.0
    assert angle[52, 12] == 45.0
    assert angle[60, 60] == NOTHING
    assert angle[39, 50] == NOTHING
    assert (order[50, 50], order[14, 14], order[30, 30]) == (6.0, 0.0, NOTHING)
    whole = render_targets(shapes, (64, 64), TargetStyle(classes=True))
    assert whole.shape == (4, 64, 64)
    np.testing.assert_array_equal(whole[:2], render_targets(shapes, (64, 64)))
    np.testing.assert_array_equal(whole[2:], [angle, order])


def test_classes_turn_and_mirror_with_the_picture() -> None:
    """The orientation classes of a turned label are those that the network's head gives for a turned picture."""
    for k in range(8):
        a = math.radians(22.5 * k)
        across = 20 * math.cos(a), -20 * math.sin(a)
        axis = ReflectionAxis(((32.5 - across[0], 32.5 - across[1]), (32.5 + across[0], 32.5 + across[1])))
        angle = torch.from_numpy(render_classes([axis], (65, 65))[:1].copy())
        classes = orientation_classes(angle, 8)
        assert int(classes[0, 32, 32]) == 1 + k
        assert set(classes.unique().tolist()) == {0, 1 + k}


def test_values_become_classes() -> None:
    assert orientation_classes(torch.tensor([-1.0, 0.0, 11.0, 12.0, 90.0, 179.0]), 8).tolist() == [0, 1, 1, 2, 5, 1]
    assert order_classes(torch.tensor([-1.0, 0.0, 2.0, 7.0, 5.0]), (0, 2, 5)).tolist() == [0, 2, 3, 1, 4]
    cells = at_cells(torch.arange(16.0 * 9).reshape(1, 16, 9))
    assert cells.tolist() == [[[0, 8], [72, 80], [-1, -1]]]


def test_the_classes_are_learned() -> None:
    torch.manual_seed(0)
    model = build_model(preset("equisym-tiny")).train()
    assert isinstance(model, EquiSym)
    options = LossOptions(orientation=1.0, order=1.0)
    shapes = [ReflectionAxis(((0.0, 32.0), (65.0, 32.0))), RotationCenter(48.0, 16.0, 5)]
    targets = torch.from_numpy(render_targets(shapes, (65, 65), TargetStyle(classes=True)))[None]
    valid = torch.ones(1, 1, 65, 65)
    images = torch.nn.functional.interpolate(torch.rand(1, 3, 9, 9), size=(65, 65), mode="bilinear")
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    network = supervised(model, options)
    losses = []
    for _ in range(40):
        _, auxiliary = network(images)
        loss = auxiliary_loss(auxiliary, targets, valid, model.config, options, cells=81)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] / 5
    assert auxiliary.orientation is not None
    assert auxiliary.order is not None
    found = auxiliary.orientation[0].argmax(dim=0)
    assert int(found[4, 2]) == 1
    assert int(auxiliary.order[0, :, 2, 6].argmax()) == 2 + model.config.orders.index(5)
    assert float((found[:2] == 0).float().mean()) > 0.8
    # What lies on padding does not count.
    hidden = auxiliary_loss(auxiliary, targets, torch.zeros_like(valid), model.config, options, cells=0)
    assert float(hidden.detach()) == 0.0


def test_classes_count_the_same_in_parts() -> None:
    """Also where the pictures of a batch have different shares of padding."""
    torch.manual_seed(0)
    model = build_model(preset("equisym-tiny")).eval()
    assert isinstance(model, EquiSym)
    options = LossOptions(orientation=1.0, order=0.5)
    shapes = [ReflectionAxis(((0.0, 32.0), (65.0, 32.0))), RotationCenter(48.0, 16.0, 5)]
    targets = torch.from_numpy(render_targets(shapes, (65, 65), TargetStyle(classes=True)))[None].expand(2, -1, -1, -1)
    valid = torch.ones(2, 1, 65, 65)
    valid[1, :, 40:] = 0
    cells = float(valid_cells(valid).sum())
    _, whole = model.with_auxiliary(torch.rand(2, 3, 65, 65))
    parts = [type(whole)(*(None if x is None else x[i : i + 1] for x in whole)) for i in range(2)]

    def loss(classes, chosen):
        part = auxiliary_loss(classes, targets[chosen], valid[chosen], model.config, options, cells=cells)
        return float(part.detach())

    shared = [loss(part, slice(i, i + 1)) for i, part in enumerate(parts)]
    assert sum(shared) == pytest.approx(loss(whole, slice(None)), rel=1e-5)


def test_what_cannot_be_learned_is_said() -> None:
    options = LossOptions(order=0.1)
    with pytest.raises(ConfigError, match=r"symresnet model predicts no orientation.*equisym"):
        supervised(build_model(preset("symresnet-tiny")), options)
    run = resolve({"preset": "equisym", "targets": {"kind": "field"}, "data": {"path": "x"}})
    from clipsym_core.train.sources import target_style

    with pytest.raises(ConfigError, match="kind 'analytic'"):
        target_style(run)


def test_a_backbone_starts_from_a_file_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    config = preset("symresnet-tiny").replaced(backbone={"weights": "imagenet"})
    monkeypatch.setattr("clipsym_core.train.start.preset", lambda name: config)
    run = resolve({"preset": "symresnet", "start": "symresnet-tiny", "data": {"path": "x"}})
    start = load_start(run)
    assert start.provenance["tower"].startswith("random: no imagenet weights at")
    source = build_model(config)
    path = local_resnet(config.backbone)  # type: ignore[attr-defined]
    path.parent.mkdir(parents=True)
    torch.save(source.encoder.tower.state_dict(), path.with_suffix(".pth"))  # type: ignore[union-attr]
    start = load_start(run)
    assert start.provenance["tower"] == "test_resnet imagenet"
    name, wanted = next(iter(source.encoder.state_dict().items()))  # type: ignore[union-attr]
    assert torch.equal(start.model.encoder.state_dict()[name], wanted)  # type: ignore[union-attr]

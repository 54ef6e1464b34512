"""The deploy form of the other papers' models equals the model, and can be exported."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from clipsym_core.commands.export import export
from clipsym_core.errors import ConfigError, InputError
from clipsym_core.inference.deploy import deploy
from clipsym_core.inference.exported import Target
from clipsym_core.inference.fast.peer import DeployedPeer
from clipsym_core.model.checkpoint import save_checkpoint
from clipsym_core.model.config import NetworkConfig
from clipsym_core.model.gconv import GroupConv
from clipsym_core.model.network import SymmetryNetwork
from clipsym_core.model.peers.fields import FieldNorm
from tests.core.model.peer_models import TINY, tiny_peer


@pytest.mark.parametrize("name", TINY)
@torch.no_grad()
def test_it_is_equal_and_plain(name: str) -> None:
    model = tiny_peer(name)
    before = {key: x.clone() for key, x in model.state_dict().items()}
    deployed = deploy(model)
    assert isinstance(deployed, DeployedPeer)
    for h, w in ((65, 65), (64, 90)):
        images = torch.rand(2, 3, h, w)
        wanted = model(images)
        assert float((deployed(images) - wanted).abs().max()) < 1e-4 * max(1.0, float(wanted.abs().max()))
    assert not [m for m in deployed.modules() if isinstance(m, (GroupConv, FieldNorm))]
    assert not [m for m in deployed.modules() if isinstance(m, nn.BatchNorm2d)]
    assert all(torch.equal(x, before[key]) for key, x in model.state_dict().items())


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
@pytest.mark.parametrize("name", TINY)
@torch.no_grad()
def test_short_types_stay_close(name: str, precision) -> None:
    model = tiny_peer(name)
    images = torch.rand(1, 3, 65, 65)
    wanted, found = model(images).sigmoid(), deploy(model, precision=precision)(images)
    assert found.dtype == torch.float32
    assert float((found.sigmoid() - wanted).abs().max()) < 0.1
    assert float((found.sigmoid() - wanted).abs().mean()) < 0.02


@pytest.mark.parametrize(
    ("name", "target", "suffix"),
    [("equisym-tiny", "torch", ".pt2"), ("pmcnet-tiny", "onnx", ".onnx")],
)
def test_other_engines_give_the_same(name: str, target: Target, suffix: str, tmp_path: Path) -> None:
    pytest.importorskip({"torch": "torch", "onnx": "onnxruntime"}[target])
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, tiny_peer(name), provenance={}, metrics={})
    report = export(path, target, tmp_path / f"out{suffix}")
    assert report.difference < 1e-3


def test_bad_requests_are_named(tmp_path: Path) -> None:
    model = tiny_peer("symresnet-tiny")
    with pytest.raises(ConfigError, match="bf61"):
        deploy(model, precision="bf61")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="too small"):
        deploy(model)(torch.rand(1, 3, 8, 8))
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, model, provenance={}, metrics={})
    with pytest.raises(ConfigError, match="no stored deploy form"):
        export(path, "torch", tmp_path / "out.safetensors")

    class Other(SymmetryNetwork):
        pass

    config: NetworkConfig = model.config
    with pytest.raises(ConfigError, match="Other has no deploy form"):
        deploy(Other(config))

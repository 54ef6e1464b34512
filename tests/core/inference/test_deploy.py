"""The deploy form equals the model it was made from."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from clipsym_core.errors import ConfigError, InputError
from clipsym_core.inference.deploy import DeployedCLIPSym, deploy
from clipsym_core.inference.fast.mixed import DTYPES, FastLinear, Precision
from clipsym_core.inference.fast.tower import fold_norms
from clipsym_core.inference.fast.upsampler import FastUpsampler
from clipsym_core.inference.fast.vit import FastBlock, FastClipTower
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import ModelConfig, UpsamplerConfig, preset
from clipsym_core.model.text import PromptTable
from clipsym_core.model.upsampler import Upsampler


def shaken(model: nn.Module) -> None:
    """Weights away from their initial values, running statistics included; still well conditioned."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1 + 0.1 * torch.randn_like(parameter))
            if parameter.ndim == 1:
                parameter.add_(0.05 * torch.randn_like(parameter))
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                assert module.running_mean is not None
                assert module.running_var is not None
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)


def build(config: ModelConfig) -> CLIPSym:
    torch.manual_seed(0)
    model = CLIPSym.from_config(config)
    if isinstance(model.text, PromptTable):
        model.set_text_embeddings(torch.randn(config.prompts.streams, config.text.dim))
    shaken(model)
    return model.eval()


@pytest.fixture(scope="module")
def small() -> ModelConfig:
    """A CLIP-towered model on a real, small open_clip architecture, few streams."""
    return ModelConfig(
        name="small",
        encoder={"name": "ViT-S-16-alt", "weights": None, "taps": (1, 2, 3)},
        text={"dim": 256},
        prompts={"count": 3},
        decoder={"width": 32, "heads": 4, "feedforward": 64},
        upsampler={"group": "C4", "fields": (6, 4, 2)},
        preprocessing={"size": (64, 64)},
    )


VARIANTS: list[dict[str, Any]] = [
    {},
    {"encoder": {"name": "ViT-B-32-quickgelu", "patch_size": 32, "taps": (1, 2)}, "text": {"dim": 512}},
    {"upsampler": {"group": "C8", "order": "up_conv", "lift_relu": False}, "final_align_corners": True},
    {"upsampler": {"group": "D4", "order": "up_conv", "head": "pool"}},
    {"upsampler": {"group": "C1", "basis": "pixel", "lift": False, "fields": (16, 8, 4)}},
    {"text": {"kind": "none"}},
    {"decoder": {"film": "all"}},
    {"prompts": {"mode": "phrase"}},
    {"encoder": {"name": "ViT-M-16-alt", "taps": (1, 2)}, "text": {"dim": 384}},
]


@pytest.mark.parametrize("change", VARIANTS, ids=str)
@torch.no_grad()
def test_equal_to_the_model(small: ModelConfig, change: dict[str, Any]) -> None:
    model = build(small.replaced(**change))
    before = {name: x.clone() for name, x in model.state_dict().items()}
    deployed = deploy(model)
    assert isinstance(deployed, DeployedCLIPSym)
    # Sides that are no multiple of 16 or of a strip, a grid of more than 16 columns, and a batch.
    for size in ((64, 65), (96, 300)) if not change else ((97, 80),):
        images = torch.rand(2, 3, *size)
        wanted = model(images)
        scale = max(1.0, float(wanted.abs().max()))
        assert float((deployed(images) - wanted).abs().max()) < 1e-4 * scale
    assert float((deployed.whole_maps()(images) - wanted).abs().max()) < 1e-4 * scale
    after = model.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], x) for name, x in before.items())


@torch.no_grad()
def test_lite_is_equal_and_its_norms_are_folded() -> None:
    model = build(preset("clipsym-lite"))
    deployed = deploy(model)
    images = torch.rand(2, 3, 128, 96)
    wanted = model(images)
    assert float((deployed(images) - wanted).abs().max()) < 1e-4 * max(1.0, float(wanted.abs().max()))
    assert not [module for module in deployed.modules() if isinstance(module, nn.BatchNorm2d)]
    assert [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
@torch.no_grad()
def test_short_types_stay_close(small: ModelConfig, precision: Precision) -> None:
    for config in (small, preset("clipsym-lite")):
        model = build(config)
        with torch.no_grad():
            model.upsampler.head.weights.mul_(2.0 / float(model(torch.rand(1, 3, 64, 64)).std()))
        images = torch.rand(1, 3, 96, 96)
        wanted = model(images).sigmoid()
        deployed = deploy(model, precision=precision)
        output = deployed(images)
        assert output.dtype == torch.float32
        assert float((output.sigmoid() - wanted).abs().max()) < 0.1
        assert float((output.sigmoid() - wanted).abs().mean()) < 0.02


@torch.no_grad()
def test_the_residual_stays_whole_in_mixed_precision(small: ModelConfig) -> None:
    deployed = deploy(build(small), precision="bf16")
    assert isinstance(deployed, DeployedCLIPSym)
    assert isinstance(deployed.encoder, FastClipTower)
    seen: list[torch.dtype] = []
    for module in [*deployed.encoder.blocks, *deployed.decoder.layers]:
        module.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    deployed(torch.rand(1, 3, 64, 64))
    assert seen == [torch.float32] * 6
    block = deployed.encoder.blocks[0]
    assert isinstance(block, FastBlock)
    assert block.qkv.weight.dtype == torch.bfloat16


@torch.no_grad()
def test_only_what_is_needed_is_left() -> None:
    config = preset("clipsym-b16").replaced(encoder={"taps": (1,), "name": "ViT-B-32-quickgelu", "patch_size": 32})
    model = build(config)
    deployed = deploy(model)
    assert isinstance(deployed, DeployedCLIPSym)
    assert isinstance(deployed.encoder, FastClipTower)
    assert len(deployed.encoder.blocks) == 1
    names = list(deployed.state_dict())
    assert not [name for name in names if name.startswith("text")]
    assert not [parameter for parameter in deployed.parameters() if parameter.requires_grad]


@pytest.mark.parametrize("order", ["conv_up", "up_conv"])
@pytest.mark.parametrize("lift_relu", [True, False])
@pytest.mark.parametrize("head", ["gconv", "pool"])
@torch.no_grad()
def test_upsampler_in_strips(order: str, lift_relu: bool, head: str) -> None:
    torch.manual_seed(0)
    config = UpsamplerConfig(basis="pixel", fields=(4, 3, 2), order=order, lift_relu=lift_relu, head=head)
    upsampler = Upsampler(6, 2, config)
    shaken(upsampler)
    fast = FastUpsampler.of(upsampler, torch.float32)
    for h, w in ((1, 1), (2, 3), (5, 7), (9, 17), (16, 16), (19, 26)):
        x = torch.randn(2, 6, h, w)
        wanted = upsampler.reference(x)
        scale = float(wanted.abs().max())
        for fast.strips in (True, False):
            assert float((fast(x) - wanted).abs().max()) < 1e-5 * scale


@torch.no_grad()
def test_the_grid_may_change_between_pictures(small: ModelConfig) -> None:
    model = build(small)
    deployed = deploy(model)
    for size in ((64, 64), (96, 64), (64, 64)):
        images = torch.rand(1, 3, *size)
        wanted = model(images)
        assert torch.allclose(deployed(images), wanted, atol=1e-4 * max(1.0, float(wanted.abs().max())))


@torch.no_grad()
def test_folding_leaves_alone_what_it_cannot_fold() -> None:
    class Shared(nn.Module):
        """A convolution whose output is used beside its norm: folding would change the sum."""

        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)

        def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
            y = self.conv(x)
            return [y + self.norm(y)]

    torch.manual_seed(0)
    tower = Shared()
    shaken(tower)
    tower.eval()
    x = torch.rand(1, 3, 8, 8)
    before = tower(x)[0]
    assert fold_norms(tower) == []
    assert torch.equal(tower(x)[0], before)


def test_bad_requests_are_named(small: ModelConfig) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'bf16'"):
        deploy(build(small), precision="bf61")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no embeddings"):
        deploy(CLIPSym.from_config(small))
    with pytest.raises(InputError, match="not finite"):
        deploy(build(small))(torch.full((1, 3, 64, 64), float("nan")))


@pytest.mark.parametrize("precision", list(DTYPES))
@pytest.mark.parametrize("activation", ["none", "relu", "swish"])
@torch.no_grad()
def test_linear_layers_give_what_torch_gives(precision: Precision, activation: Any) -> None:
    torch.manual_seed(0)
    x, weight, bias = torch.randn(2, 9, 20), torch.randn(30, 20) / 5, torch.randn(30)
    wanted = nn.functional.linear(x, weight, bias)
    wanted = {"none": wanted, "relu": wanted.relu(), "swish": nn.functional.silu(wanted)}[activation]
    layer = FastLinear(weight, bias, DTYPES[precision], activation)
    tolerance = {"fp32": 1e-5, "bf16": 0.05, "fp16": 0.005}[precision]
    for layer.plain in (False, True):
        output = layer(x)
        assert output.dtype == DTYPES[precision]
        assert torch.allclose(output.float(), wanted, atol=tolerance)

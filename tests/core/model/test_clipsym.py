"""The whole model: shapes, gradients, states, bad input."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from clipsym_core.errors import ConfigError, InputError
from clipsym_core.imaging import Letterbox
from clipsym_core.model.clip_tower import ClipTower
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import ModelConfig, preset
from clipsym_core.model.text import PromptTable, TextTower
from clipsym_core.model.timm_tower import TimmTower, positions

VARIANTS: list[dict[str, Any]] = [
    {},
    {"upsampler": {"group": "D4", "head": "pool"}},
    {"upsampler": {"group": "C8", "order": "up_conv", "lift_relu": False}},
    {"upsampler": {"group": "C1", "basis": "pixel", "lift": False, "fields": (16, 8, 4)}},
    {"text": {"kind": "none"}},
    {"text": {"training": "embeddings"}},
    {"text": {"training": "tower", "dim": 24}},
    {"decoder": {"film": "all"}},
    {"prompts": {"mode": "phrase"}},
]


def build(config: ModelConfig) -> CLIPSym:
    torch.manual_seed(0)
    model = CLIPSym.from_config(config)
    if isinstance(model.text, PromptTable):
        model.set_text_embeddings(torch.randn(config.prompts.streams, config.text.dim))
    return model


def gradients(model: CLIPSym, images: Tensor) -> dict[str, float]:
    model.train()
    model(images).square().mean().backward()
    return {
        name: 0.0 if parameter.grad is None else float(parameter.grad.abs().max())
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }


@pytest.mark.parametrize("change", VARIANTS, ids=str)
def test_every_trainable_parameter_gets_a_gradient(tiny_config: ModelConfig, change: dict[str, Any]) -> None:
    found = gradients(build(tiny_config.replaced(**change)), torch.rand(2, 3, 64, 80))
    assert {name for name, size in found.items() if size == 0.0} == set()
    assert {name.split(".")[0] for name in found} >= {"encoder", "decoder", "upsampler"}


def test_every_parameter_of_lite_gets_a_gradient(lite_config: ModelConfig) -> None:
    found = gradients(build(lite_config), torch.rand(2, 3, 64, 96))
    assert {name for name, size in found.items() if size == 0.0} == set()


def test_a_frozen_tower_has_nothing_to_train(tiny_config: ModelConfig) -> None:
    found = gradients(build(tiny_config.replaced(encoder={"trainable": False})), torch.rand(1, 3, 64, 64))
    assert {name.split(".")[0] for name in found} == {"decoder", "upsampler"}


@pytest.mark.parametrize("size", [(64, 64), (64, 96), (96, 64), (65, 83), (128, 48)])
@torch.no_grad()
def test_rectangles(tiny: CLIPSym, size: tuple[int, int]) -> None:
    assert tiny(torch.rand(2, 3, *size)).shape == (2, 2, *size)


@torch.no_grad()
def test_lite_takes_any_multiple_of_32(lite: CLIPSym) -> None:
    for size in ((64, 64), (96, 160), (256, 256)):
        assert lite(torch.rand(1, 3, *size)).shape == (1, 2, *size)


@torch.no_grad()
def test_a_batch_of_letterboxes_equals_single_runs(tiny: CLIPSym) -> None:
    torch.manual_seed(2)
    canvases = []
    for w, h in ((40, 90), (90, 40), (64, 64)):
        box = Letterbox((w, h), (64, 64))
        picture = (torch.rand(h, w, 3) * 255).byte().numpy()
        canvases.append(torch.from_numpy(box.apply(picture)).permute(2, 0, 1).float() / 255)  # type: ignore[arg-type]
    together = tiny(torch.stack(canvases))
    for index, canvas in enumerate(canvases):
        assert torch.allclose(together[index], tiny(canvas[None])[0], atol=1e-5)


def test_train_and_eval_have_the_same_state(tiny_config: ModelConfig) -> None:
    source, target = build(tiny_config).train(), build(tiny_config).eval()
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        for parameter in source.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        before = target(images)
        assert list(source.state_dict()) == list(target.state_dict())
        target.load_state_dict(source.state_dict(), strict=True)
        assert not torch.allclose(target(images), before)
        assert torch.allclose(target(images), source.eval()(images))
        source.train().load_state_dict(target.state_dict(), strict=True)


def test_prompt_weights_are_readable(tiny_config: ModelConfig) -> None:
    model = build(tiny_config)
    model.set_text_embeddings(torch.randn(3, 24), texts=("a b", "c d", "e f"))
    with torch.no_grad():
        model.decoder.aggregation.copy_(torch.tensor([1.0, -2.0, 0.5]))
    assert model.prompt_weights() == [("a b", 1.0), ("c d", -2.0), ("e f", 0.5)]
    assert model.config.prompts.texts == ("a b", "c d", "e f")


@torch.no_grad()
def test_a_trained_text_tower_becomes_a_constant(tiny_config: ModelConfig) -> None:
    model = build(tiny_config.replaced(text={"training": "tower"})).eval()
    assert isinstance(model.text, TextTower)
    assert len(model.config.prompts.texts) == 3
    images = torch.rand(1, 3, 64, 64)
    before = model(images)
    model.freeze_text()
    assert isinstance(model.text, PromptTable)
    assert model.config.text.training == "frozen"
    assert not [name for name, _ in model.named_parameters() if name.startswith("text.")]
    assert torch.allclose(model(images), before, atol=1e-6)


def test_wrong_input_is_named(tiny: CLIPSym, lite: CLIPSym) -> None:
    for model, shape, words in (
        (tiny, (3, 64, 64), "[3, 64, 64]"),
        (tiny, (1, 4, 64, 64), "[1, 4, 64, 64]"),
        (tiny, (1, 3, 16, 64), "64 x 16"),
        (lite, (1, 3, 32, 64), "at least 64"),
        (lite, (1, 3, 80, 64), "multiples of 32"),
    ):
        with pytest.raises(InputError) as caught:
            model(torch.rand(shape))
        assert words in str(caught.value)
    with pytest.raises(InputError, match="not finite"):
        tiny(torch.full((1, 3, 64, 64), float("inf")))
    with pytest.raises(InputError, match="uint8"):
        tiny(torch.zeros(1, 3, 64, 64, dtype=torch.uint8))


def test_wrong_embeddings_are_named(tiny_config: ModelConfig) -> None:
    model = CLIPSym.from_config(tiny_config)
    with pytest.raises(InputError, match="no embeddings yet"):
        model(torch.rand(1, 3, 64, 64))
    with pytest.raises(InputError, match=r"\[3, 24\], got \[4, 24\]"):
        model.set_text_embeddings(torch.randn(4, 24))
    with pytest.raises(InputError, match="not finite"):
        model.set_text_embeddings(torch.full((3, 24), float("nan")))
    with pytest.raises(InputError, match="no table"):
        build(tiny_config.replaced(text={"kind": "none"})).set_text_embeddings(torch.randn(1, 24))


@pytest.mark.parametrize(
    ("encoder", "words"),
    [
        ({"name": "ViT-B-16-quickgel"}, "Did you mean 'ViT-B-16-quickgelu'"),
        ({"name": "RN50"}, "no CLIP ViT"),
        ({"patch_size": 14}, "patches of 16 px"),
        ({"taps": (1, 9)}, "tap 9"),
        ({"kind": "timm", "name": "tf_efficientnet_lite", "taps": (16,)}, "tf_efficientnet_lite"),
    ],
)
def test_unknown_towers_are_named(tiny_config: ModelConfig, encoder: dict[str, Any], words: str) -> None:
    kind = {"kind": "sentence"} if encoder.get("kind") == "timm" else {}
    with pytest.raises(ConfigError) as caught:
        CLIPSym.from_config(tiny_config.replaced(encoder=encoder, text=kind))
    assert words in str(caught.value)


def test_interpolation_is_a_choice(tiny_config: ModelConfig) -> None:
    tables = []
    for kind in ("bicubic", "bicubic-antialias", "bilinear"):
        torch.manual_seed(0)
        tower = CLIPSym.from_config(tiny_config.replaced(encoder={"positions": kind})).encoder
        assert isinstance(tower, ClipTower)
        assert tower.position_table(4, 4) is tower.visual.positional_embedding
        tables.append(tower.position_table(6, 5))
    assert tables[0].shape == (31, 48)
    assert not torch.allclose(tables[0], tables[1], atol=1e-4)
    assert not torch.allclose(tables[0], tables[2], atol=1e-4)


@pytest.mark.parametrize("name", ["mobilenetv3_small_050", "convnext_atto", "tf_efficientnet_lite0"])
@torch.no_grad()
def test_timm_towers_share_the_interface(name: str) -> None:
    taps = (4, 8, 16, 32)
    config = preset("clipsym-lite").encoder.model_copy(update={"name": name, "taps": taps, "position_channels": 8})
    tower = TimmTower(config).eval()
    features = tower(torch.rand(2, 3, 64, 96))
    assert features.grid == (4, 6)
    assert features.class_tokens == 0
    assert tuple(tap.shape for tap in features.taps) == tuple((2, 24, width) for width in tower.tap_widths)


def test_positions_are_antisymmetric_about_the_center() -> None:
    table = positions(3, 5, 16)
    assert table.shape == (1, 16, 3, 5)
    flipped = table.flip(-1)
    assert torch.allclose(flipped[:, :4], -table[:, :4], atol=1e-6)
    assert torch.allclose(flipped[:, 4:8], table[:, 4:8], atol=1e-6)


def test_ordered_weights(lite: CLIPSym) -> None:
    from clipsym_core.errors import CheckpointError

    tower = lite.encoder
    assert isinstance(tower, TimmTower)
    own = tower.tower.state_dict()
    source = [(f"other.{i}", torch.full_like(x, 0.5)) for i, x in enumerate(own.values()) if x.ndim]
    source.append(("classifier.weight", torch.zeros(10, 10)))
    assert tower.load_ordered_weights(source) == len(source) - 1
    assert all(bool((x == 0.5).all()) for name, x in tower.tower.state_dict().items() if "num_batches" not in name)
    with pytest.raises(CheckpointError, match="the source 3"):
        tower.load_ordered_weights(source[:3])
    with pytest.raises(CheckpointError, match="other"):
        tower.load_ordered_weights([(name, x[..., :1]) for name, x in source])

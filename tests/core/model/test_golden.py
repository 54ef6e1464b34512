"""Parity with reference tensors: our own tiny ones always, those of the authors' code where they are at hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from clipsym_core.model.authors import load_decoder
from clipsym_core.model.clip_tower import ClipTower
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import EncoderConfig, preset
from clipsym_core.model.decoder import Decoder
from clipsym_core.model.encoder import Features
from clipsym_core.model.hf_names import clip_text, clip_vision
from clipsym_core.model.open_clip_models import build_clip
from clipsym_core.model.positions import resize_positions

Golden = Callable[[str], dict[str, Tensor]]


def with_prefix(arrays: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): x for name, x in arrays.items() if name.startswith(prefix)}


def gap(a: Tensor, b: Tensor) -> float:
    assert a.shape == b.shape
    return float((a - b).abs().max())


@torch.no_grad()
def test_decoder_and_upsampler_agree_with_the_written_equations(tiny_golden: dict[str, Tensor], tiny_clip: str) -> None:
    config = preset("clipsym-b16-authors").replaced(
        encoder={"name": tiny_clip, "weights": None, "taps": (1, 2, 3)},
        text={"dim": 6},
        prompts={"count": 3},
        decoder={"width": 8, "heads": 2, "feedforward": 24},
        upsampler={"fields": (4, 3, 2)},
    )
    model = CLIPSym.from_config(config)
    model.decoder = Decoder((10, 10, 10), 6, 3, config.decoder)
    load_decoder(model, with_prefix(tiny_golden, "sd/"), "test")
    features = Features(tuple(tiny_golden[f"tap{index}"] for index in range(3)), (3, 4), 1)
    aggregated = model.decoder(features, tiny_golden["prompts"])
    assert gap(aggregated, tiny_golden["aggregated"]) < 1e-5
    logits = model.upsampler(aggregated)
    assert float(tiny_golden["logits"].std()) > 1
    assert gap(logits, tiny_golden["logits"]) < 1e-4
    assert gap(model.upsampler.reference(aggregated), tiny_golden["logits"]) < 1e-4


@torch.no_grad()
def test_decoder_and_upsampler_agree_with_the_authors_code(shared_golden: Golden) -> None:
    weights, io = shared_golden("decoder_weights"), shared_golden("decoder_io")
    model = CLIPSym.from_config(preset("clipsym-b16-authors"))
    load_decoder(model, with_prefix(weights, "sd/"), "test")
    for name, ours in (("lifting", "lift"), ("conv1", "conv1"), ("conv2", "conv2"), ("pool", "head")):
        layer = getattr(model.upsampler, ours)
        assert gap(layer.filter(), weights[f"plain/{name}.weight"]) < 1e-6
        assert gap(layer.plain_bias(), weights[f"plain/{name}.bias"]) < 1e-6
    features = Features((io["act10"], io["act7"], io["act4"]), (13, 13), 1)
    assert gap(model.decoder(features, io["cond"]), io["aggregated"]) < 1e-4
    logits = model.upsampler(io["aggregated"])
    assert gap(logits, io["logits"]) < 1e-3
    assert gap(F.interpolate(logits, size=(209, 209), mode="bilinear", align_corners=True), io["logits_209"]) < 1e-3


@torch.no_grad()
@pytest.mark.parametrize("picture", ["105", "64"])
def test_image_tower_agrees(shared_golden: Golden, tiny_clip: str, picture: str) -> None:
    data = shared_golden("clip_tiny")
    tower = ClipTower(EncoderConfig(name=tiny_clip, weights=None, taps=(1, 2, 3, 4)))
    tower.visual.load_state_dict(clip_vision(with_prefix(data, "sd/"), 4))
    features = tower(data[f"image{picture}"])
    side = int(picture) // 16
    assert features.grid == (side, side)
    for index, tap in enumerate(reversed(features.taps), start=1):
        assert gap(tap[0], data[f"hidden_{picture}"][index]) < 1e-5


@torch.no_grad()
def test_text_tower_agrees(shared_golden: Golden, tiny_clip: str) -> None:
    data = shared_golden("clip_tiny")
    model = build_clip(tiny_clip)
    own = model.state_dict()
    named = clip_text(with_prefix(data, "sd/"), 2)
    named["token_embedding.weight"] = F.pad(named["token_embedding.weight"], (0, 0, 0, 49408 - 100))
    model.load_state_dict({**own, **named})
    # open_clip has no padding mask: causal attention up to the end token does not see what comes after it.
    features = model.encode_text(data["input_ids"].long())
    assert gap(features, data["text_features"]) < 1e-5


def test_position_table_agrees(shared_golden: Golden) -> None:
    data = shared_golden("posembed")
    for side in (26, 13):
        assert gap(resize_positions(data["table"], (14, 14), (side, side), "bicubic"), data[f"to{side}"]) < 1e-6
    table = resize_positions(data["table"], (14, 14), (26, 26), "bicubic-antialias")
    other = float((table - data["to26"]).norm() / data["to26"].norm())
    assert 0.05 < other < 0.1  # open_clip's resizer is another one: 7.8 % on white noise

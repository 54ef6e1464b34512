"""Mirror matching: what it compares, how it turns with the picture, and that it fits every tower."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from clipsym_core.errors import ConfigError
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import MatchingConfig, ModelConfig
from clipsym_core.model.edge_harmonics import COLORS, edge_channels, edge_maps, mirror_signs, turned
from clipsym_core.model.encoder import Features
from clipsym_core.model.matching import HARMONICS, LEVELS, Frames, MirrorMatching

DIRECTIONS = 12
PLANE = (-2, -1)


def texture(seed: int, h: int, w: int) -> np.ndarray:  # type: ignore[type-arg]
    """Soft colored blobs [h, w, 3] in 0..1."""
    noise = np.random.default_rng(seed).random((h, w, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 3.0)
    low, high = soft.min(), soft.max()
    return np.asarray((soft - low) / (high - low))


def picture(pixels: np.ndarray) -> Tensor:  # type: ignore[type-arg]
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None].float()


def matching(outputs: int = 2) -> MirrorMatching:
    torch.manual_seed(0)
    model = MirrorMatching(MatchingConfig(directions=DIRECTIONS), tap_width=10, width=8, outputs=outputs).eval()
    torch.nn.init.zeros_(model.learned.bias)  # it tells the places in a token apart, and they do not turn
    return model


def features(grid: tuple[int, int], *, class_tokens: int = 0, learned: bool = False) -> Features:
    """A tap [1, tokens, 10]: zeros (nothing to compare but the picture), or random."""
    count = class_tokens + grid[0] * grid[1]
    return Features((torch.rand(1, count, 10) if learned else torch.zeros(1, count, 10),), grid, class_tokens)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), turns=st.integers(1, 3))
def test_edges_turn_with_the_picture(seed: int, turns: int) -> None:
    images = picture(texture(seed, 64, 96))
    # counter-clockwise on the screen, where y points down
    angle = -turns * math.pi / 2
    for plain, after in zip(
        edge_maps(images, HARMONICS, LEVELS), edge_maps(images.rot90(turns, PLANE), HARMONICS, LEVELS), strict=True
    ):
        assert torch.allclose(turned(plain.rot90(turns, PLANE), -angle, HARMONICS), after, atol=1e-3)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_edges_of_the_mirror_image_differ_by_known_signs(seed: int) -> None:
    images = picture(texture(seed, 64, 64))
    signs = mirror_signs(HARMONICS)[:, None, None]
    for plain, after in zip(
        edge_maps(images, HARMONICS, LEVELS), edge_maps(images.flip(-1), HARMONICS, LEVELS), strict=True
    ):
        assert plain.shape[1] == edge_channels(HARMONICS) + COLORS
        assert torch.allclose(plain.flip(-1) * signs, after, atol=1e-3)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), k=st.integers(0, DIRECTIONS - 1))
def test_a_mirrored_picture_agrees_with_itself_in_the_direction_of_its_axis(seed: int, k: int) -> None:
    half = texture(seed, 160, 80)
    upright = np.concatenate([half, half[:, ::-1]], axis=1)
    # OpenCV turns counter-clockwise; direction k leans from upright clockwise by -k * 180 / T degrees
    turn = cv2.getRotationMatrix2D((79.5, 79.5), -180.0 * k / DIRECTIONS, 1.0)
    images = picture(cv2.warpAffine(upright, turn, (160, 160), borderMode=cv2.BORDER_REFLECT))
    side, signs = 40, mirror_signs(HARMONICS)[:, None, None]
    frames = Frames(DIRECTIONS).of_edges(edge_maps(images, HARMONICS, 1)[0], side)
    inner = slice(8, 32)
    left, right = frames[..., inner, 8:20], frames[..., inner, 20:32].flip(-1)
    agreement = (left * right * signs).mean(dim=(1, 2, 3))
    assert int(agreement.argmax()) == k


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31), h=st.integers(3, 6), w=st.integers(3, 6))
def test_a_quarter_turn_permutes_the_directions_of_the_relief(seed: int, h: int, w: int) -> None:
    images = picture(texture(seed, 16 * h, 16 * w))
    model = matching()
    with torch.no_grad():
        plain = model.relief(images, features((h, w)))
        after = model.relief(images.rot90(1, PLANE), features((w, h)))
    assert plain.shape == (1, DIRECTIONS, model.config.relief, 4 * h, 4 * w)
    gap = (after.roll(DIRECTIONS // 2, dims=1).rot90(-1, PLANE) - plain).abs().max()
    assert gap < 1e-2 * plain.abs().max()


def test_logits_turn_with_relief_and_context() -> None:
    model = matching()
    torch.manual_seed(1)
    relief, context = torch.rand(1, DIRECTIONS, 4, 16, 24), torch.rand(1, 8, 4, 6)
    with torch.no_grad():
        plain = model.logits(relief, context)
        after = model.logits(relief.roll(DIRECTIONS // 2, dims=1).rot90(1, PLANE), context.rot90(1, PLANE))
    assert plain.shape == (1, 2, 64, 96)
    assert torch.allclose(after, plain.rot90(1, PLANE), atol=1e-4)
    assert float(plain.std()) > 1e-3


def test_tokens_get_the_relief_and_the_class_token_gets_none() -> None:
    model = matching()
    plain = features((2, 3), class_tokens=1, learned=True)
    relief = torch.rand(1, DIRECTIONS, 4, 8, 12)
    wider = model.tokens(relief, plain).taps[-1]
    assert wider.shape[2] == model.widened((10,))[-1]
    assert torch.equal(wider[..., :10], plain.taps[-1])
    assert torch.equal(wider[:, 0, 10:], torch.zeros(1, 8))
    strongest = relief.amax(dim=1)[0, :, :4, :4].amax(dim=(1, 2))
    assert torch.allclose(wider[0, 1, 10:14], strongest)


@pytest.mark.parametrize("size", [(64, 80), (72, 104)])
def test_a_vision_transformer_can_match_too(tiny_config: ModelConfig, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    model = CLIPSym.from_config(tiny_config.replaced(matching=MatchingConfig())).eval()
    model.set_text_embeddings(torch.randn(tiny_config.prompts.streams, tiny_config.text.dim))
    with torch.no_grad():
        logits = model(torch.rand(1, 3, *size))
    assert logits.shape[-2:] == size
    assert bool(logits.isfinite().all())


def test_matching_needs_offsets_and_a_grid_of_16_px(tiny_config: ModelConfig) -> None:
    with pytest.raises(ConfigError, match="offsets"):
        MatchingConfig(offsets=((1,), (), (2,)))
    with pytest.raises(ConfigError, match="16 px"):
        tiny_config.replaced(encoder={"patch_size": 14}, matching=MatchingConfig())

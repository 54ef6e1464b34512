"""Polar matching sees mirror symmetry where it is, at the angle it has."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from clipsym_core.model.peers.configs import PolarConfig
from clipsym_core.model.peers.polar import PolarMatching, PolarSampling, directions

CONFIG = PolarConfig(angles=16, radii=(1.0, 2.5, 4.0), similarity_radii=(1.0, 2.0), features=6, kernels=5)


def matching(channels: int = 4) -> PolarMatching:
    torch.manual_seed(0)
    return PolarMatching(channels, CONFIG).eval()


@torch.no_grad()
def test_sampling_reads_the_places_it_says() -> None:
    """A map that is linear in x and y is read exactly by bilinear sampling, inside the map."""
    h, w = 15, 21
    ys, xs = torch.meshgrid(torch.arange(h).float(), torch.arange(w).float(), indexing="ij")
    sampled = PolarSampling(CONFIG.radii, 16)(torch.stack([xs, ys])[None])
    assert sampled.shape == (1, 2, 3, 16, h, w)
    for radius, r in zip(CONFIG.radii, range(3), strict=True):
        for k in range(16):
            angle = 2 * math.pi * k / 16
            found = sampled[0, :, r, k, 7, 10]
            expected = torch.tensor([10 + radius * math.cos(angle), 7 - radius * math.sin(angle)])
            assert torch.allclose(found, expected, atol=1e-4)
    assert float(sampled[0, 0, 2, 0, 7, -1]) == 0.0  # nothing lies outside
    assert torch.allclose(directions(4), torch.tensor([[1.0, 0], [0, -1], [-1, 0], [0, 1]]), atol=1e-6)


def symmetric(angle: float, side: int = 25, channels: int = 4, *, turned_features: bool = False) -> Tensor:
    """A smooth random map [1, C, S, S], the same on both sides of the axis through its center at `angle` degrees."""
    generator = torch.Generator().manual_seed(3)
    waves = torch.randn(channels, 12, 2, generator=generator) * 0.5
    phase = torch.rand(channels, 12, generator=generator) * 6.3
    step = torch.arange(side) - (side - 1) / 2
    y, x = torch.meshgrid(step, step, indexing="ij")
    a = math.radians(angle)
    along, across = x * math.cos(a) - y * math.sin(a), x * math.sin(a) + y * math.cos(a)
    places = torch.stack([along, across.abs()], dim=-1)
    return (torch.einsum("hwd,cfd->cfhw", places, waves) + phase[:, :, None, None]).sin().sum(dim=1)[None]


def scores(model: PolarMatching, base: Tensor, kind: str) -> Tensor:
    """Mean similarity of the pairs off the axis, for every directed axis through the center cell: [angles]."""
    pairs = getattr(model, f"{kind}_pairs")(base)
    center = base.shape[-1] // 2 * (base.shape[-1] + 1)
    return pairs[0, center, :, :, 1:-1].mean(dim=(1, 2))


@pytest.mark.parametrize("kind", ["feature", "similarity"])
@pytest.mark.parametrize("k", range(8))
@torch.no_grad()
def test_the_axis_is_found_at_its_angle(kind: str, k: int) -> None:
    model = matching()
    base = F.normalize(symmetric(22.5 * k), dim=1)
    found = scores(model, base, kind)
    assert int(found[:8].argmax()) == k
    # A line has two directions; what lies left of one lies right of the other.
    assert torch.allclose(found[:8], found[8:], atol=1e-4)
    if kind == "feature":
        assert float(found[k]) > (0.999 if k % 4 == 0 else 0.9)  # on the grid's own axes sampling is exact


@torch.no_grad()
def test_self_similarity_survives_features_that_turn_with_the_picture() -> None:
    """Channels that swap in the mirror: features do not match any more, their similarities among themselves do."""
    model = matching()
    base = F.normalize(symmetric(90.0), dim=1)
    base[..., base.shape[-1] // 2 + 1 :] = base[..., base.shape[-1] // 2 + 1 :][:, [1, 0, 3, 2]]
    assert int(scores(model, base, "similarity")[:8].argmax()) == 4
    assert float(scores(model, base, "feature")[4]) < 0.9


@torch.no_grad()
def test_turning_the_picture_turns_the_axes_and_leaves_the_answer() -> None:
    model = matching()
    x = torch.randn(1, 4, 11, 11)
    turned = x.rot90(1, (-2, -1))
    base, other = F.normalize(model.base(x), dim=1), F.normalize(model.base(turned), dim=1)
    for kind in ("feature", "similarity"):
        pairs = getattr(model, f"{kind}_pairs")(base).reshape(11, 11, 16, -1)
        again = getattr(model, f"{kind}_pairs")(other).reshape(11, 11, 16, -1)
        assert torch.allclose(again, pairs.rot90(1, (0, 1)).roll(4, dims=2), atol=1e-4)
    assert torch.allclose(model(turned), model(x).rot90(1, (-2, -1)), atol=1e-4)

"""What the paper claims, on our code: decoder and upsampler commute with quarter turns, and with mirrors over D4."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from clipsym_core.model.clip_tower import ClipTower
from clipsym_core.model.clipsym import CLIPSym
from clipsym_core.model.config import ModelConfig, UpsamplerConfig
from clipsym_core.model.encoder import Features
from clipsym_core.model.upsampler import Upsampler

TURN, MIRROR = "turn", "mirror"


def moved(x: Tensor, how: str) -> Tensor:
    return torch.rot90(x, 1, (-2, -1)) if how == TURN else x.flip(-1)


def error(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max() / b.abs().max())


def shaken(module: nn.Module) -> nn.Module:
    """Biases and norms away from their initial values, so that no term is trivially symmetric."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return module


CASES = [
    ("C4", "pixel", (TURN,)),
    ("C4", "escnn", (TURN,)),
    ("C8", "escnn", (TURN,)),
    ("D4", "pixel", (TURN, MIRROR)),
    ("D4", "escnn", (TURN, MIRROR)),
    ("D8", "escnn", (TURN, MIRROR)),
]


@pytest.mark.parametrize(("group", "basis", "moves"), CASES)
@pytest.mark.parametrize("order", ["conv_up", "up_conv"])
@pytest.mark.parametrize("head", ["gconv", "pool"])
@torch.no_grad()
def test_upsampler_commutes(group: str, basis: str, moves: tuple[str, ...], order: str, head: str) -> None:
    torch.manual_seed(0)
    config = UpsamplerConfig(group=group, basis=basis, fields=(4, 3, 2), order=order, head=head)
    upsampler = shaken(Upsampler(6, 2, config))
    x = torch.randn(2, 6, 5, 7)
    for how in moves:
        assert error(upsampler(moved(x, how)), moved(upsampler(x), how)) < 1e-5


@torch.no_grad()
def test_the_plain_twin_does_not_commute() -> None:
    torch.manual_seed(0)
    upsampler = shaken(Upsampler(6, 2, UpsamplerConfig(group="C1", basis="pixel", fields=(16, 8, 4))))
    x = torch.randn(1, 6, 6, 6)
    assert error(upsampler(moved(x, TURN)), moved(upsampler(x), TURN)) > 1e-2


@torch.no_grad()
def test_c4_does_not_cover_mirrors() -> None:
    torch.manual_seed(0)
    upsampler = shaken(Upsampler(6, 2, UpsamplerConfig(group="C4", basis="pixel", fields=(4, 3, 2))))
    x = torch.randn(1, 6, 6, 6)
    assert error(upsampler(moved(x, MIRROR)), moved(upsampler(x), MIRROR)) > 1e-2


@pytest.mark.parametrize("how", [TURN, MIRROR])
@torch.no_grad()
def test_decoder_commutes(tiny: CLIPSym, how: str) -> None:
    shaken(tiny.decoder)
    grids = [torch.randn(1, 48, 4, 5) for _ in range(3)]
    classes = [torch.randn(1, 1, 48) for _ in range(3)]
    prompts = torch.randn(3, 24)

    def decode(maps: list[Tensor]) -> Tensor:
        taps = tuple(torch.cat([c, m.flatten(2).transpose(1, 2)], dim=1) for c, m in zip(classes, maps, strict=True))
        return tiny.decoder(Features(taps, (maps[0].shape[-2], maps[0].shape[-1]), 1), prompts)

    assert error(decode([moved(m, how) for m in grids]), moved(decode(grids), how)) < 1e-5


@pytest.mark.parametrize(("group", "moves"), [("C4", (TURN,)), ("D4", (TURN, MIRROR))])
@torch.no_grad()
def test_whole_model_commutes_on_symmetric_positions_and_patches(
    tiny_config: ModelConfig, group: str, moves: tuple[str, ...]
) -> None:
    torch.manual_seed(0)
    model = CLIPSym.from_config(tiny_config.replaced(upsampler={"group": group}))
    model.set_text_embeddings(torch.randn(3, 24))
    shaken(model.decoder)
    assert isinstance(model.encoder, ClipTower)
    visual = model.encoder.visual
    table = visual.positional_embedding[1:].t().reshape(1, -1, 4, 4)
    patch = visual.conv1.weight
    for x in (table, patch):
        turns = sum(torch.rot90(x, k, (-2, -1)) for k in range(4)) / 4
        assert isinstance(turns, Tensor)
        x.copy_((turns + turns.flip(-1)) / 2)
    visual.positional_embedding[1:].copy_(table.flatten(2)[0].t())
    images = torch.rand(1, 3, 96, 96)  # the table is resized, too
    assert float(model(images).std()) > 1e-4
    for how in moves:
        assert error(model(moved(images, how)), moved(model(images), how)) < 1e-5

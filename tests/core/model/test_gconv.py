"""Group convolutions: equal to escnn's, exact on the grid, trainable."""

from __future__ import annotations

import importlib.util
import os
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from clipsym_core.errors import ConfigError
from clipsym_core.model.gconv import GroupConv, group_size
from clipsym_core.model.gconv_bases import SHIPPED_GROUPS, act, basis_for, compose, elements

PAIRS = (("trivial", "regular"), ("regular", "regular"), ("regular", "trivial"))


@pytest.fixture
def escnn_layer() -> Any:
    """escnn's own layer. With CLIPSYM_REQUIRE_ESCNN=1 a missing escnn is a failure, so that CI cannot skip it."""
    if importlib.util.find_spec("escnn") is None:
        if os.environ.get("CLIPSYM_REQUIRE_ESCNN") == "1":
            pytest.fail("escnn is required here and not installed")
        pytest.skip("escnn is not installed")
    from clipsym_core.model.escnn_source import escnn_layer

    return escnn_layer


@pytest.mark.parametrize("group", ["C1", "C4", "C8", "D4"])
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_equal_to_escnn(group: str, source: Any, target: Any, escnn_layer: Any) -> None:
    torch.manual_seed(0)
    theirs = escnn_layer(group, source, target, 3, 2).train()
    ours = GroupConv(group, 3, 2, source=source, target=target, basis="escnn")
    with torch.no_grad():
        theirs.bias.normal_()
        ours.weights.copy_(theirs.weights.view_as(ours.weights))
        ours.bias.copy_(theirs.bias)
    x = torch.randn(2, ours.in_channels, 7, 6, requires_grad=True)
    y = x.detach().clone().requires_grad_()
    mine, reference = ours(x), theirs(theirs.in_type(y)).tensor
    weight = torch.randn_like(mine)
    (mine * weight).sum().backward()
    (reference * weight).sum().backward()

    def gap(a: Tensor | None, b: Tensor | None) -> float:
        assert a is not None
        assert b is not None
        return float((a.flatten() - b.flatten()).abs().max()) / max(1.0, float(b.abs().max()))

    assert gap(mine.detach(), reference.detach()) < 1e-5
    assert gap(x.grad, y.grad) < 1e-5
    assert gap(ours.weights.grad, theirs.weights.grad) < 1e-5
    assert gap(ours.bias.grad, theirs.bias.grad) < 1e-5


def test_the_shipped_tables_are_what_escnn_gives(escnn_layer: Any) -> None:
    from clipsym_core.model.escnn_source import escnn_basis

    for group in ("C1", "C3", "C8", "D4"):
        for source, target in PAIRS:
            shipped = torch.from_numpy(basis_for(group, source, target, "escnn"))  # type: ignore[arg-type]
            assert torch.allclose(shipped, torch.from_numpy(escnn_basis(group, source, target)), atol=1e-6)


@pytest.mark.parametrize("group", SHIPPED_GROUPS)
def test_shipped_groups_build(group: str) -> None:
    for source, target in PAIRS:
        layer = GroupConv(group, 2, 3, source=source, target=target, basis="escnn")  # type: ignore[arg-type]
        assert layer(torch.randn(1, layer.in_channels, 3, 3)).shape == (1, layer.out_channels, 3, 3)


def regular_action(group: str, element: tuple[int, int], x: Tensor) -> Tensor:
    """The element on a map of regular fields [B, F |G|, H, W]: the picture moves, the channels change places."""
    members = elements(group)
    n = sum(1 for _, mirrored in members if not mirrored)
    moved = torch.from_numpy(act(element, n, x.numpy())).unflatten(1, (-1, len(members)))
    out = torch.empty_like(moved)
    for index, member in enumerate(members):
        out[:, :, members.index(compose(element, member, n))] = moved[:, :, index]
    return out.flatten(1, 2)


@pytest.mark.parametrize("group", ["C1", "C2", "C4", "D1", "D2", "D4"])
@torch.no_grad()
def test_pixel_layers_commute_with_every_element(group: str) -> None:
    torch.manual_seed(1)
    lift = GroupConv(group, 3, 4, source="trivial")
    middle = GroupConv(group, 4, 2)
    down = GroupConv(group, 2, 3, target="trivial")
    for layer in (lift, middle, down):
        layer.bias.normal_()
    x = torch.randn(1, 3, 5, 5)
    n = sum(1 for _, mirrored in elements(group) if not mirrored)
    a, b, c = lift(x), middle(lift(x)), down(middle(lift(x)))
    for element in elements(group):
        moved = torch.from_numpy(act(element, n, x.numpy()))
        assert torch.allclose(lift(moved), regular_action(group, element, a), atol=1e-5)
        assert torch.allclose(middle(lift(moved)), regular_action(group, element, b), atol=1e-4)
        assert torch.allclose(down(middle(lift(moved))), torch.from_numpy(act(element, n, c.numpy())), atol=1e-4)


def test_composition_is_the_groups() -> None:
    for group in ("C4", "D4"):
        members = elements(group)
        n = 4
        assert len(members) == group_size(group)
        for a in members:
            assert sorted(compose(a, b, n) for b in members) == sorted(members)
            for b in members:
                for c in members:
                    assert compose(compose(a, b, n), c, n) == compose(a, compose(b, c, n), n)


def test_the_filter_follows_the_weights_at_once() -> None:
    layer = GroupConv("C4", 2, 2).eval()
    x = torch.randn(1, layer.in_channels, 4, 4)
    before = layer(x)
    state = {name: value + 1 for name, value in layer.state_dict().items()}
    assert set(state) == {"weights", "bias"}
    layer.load_state_dict(state)
    assert not torch.allclose(layer(x), before)
    assert torch.allclose(layer(x), F.conv2d(x, layer.filter(), layer.plain_bias(), padding=1))


def test_initialisation_keeps_the_scale() -> None:
    torch.manual_seed(0)
    for basis in ("pixel", "escnn"):
        layer = GroupConv("C4", 32, 32, basis=basis)  # type: ignore[arg-type]
        y = layer(torch.randn(4, layer.in_channels, 16, 16))
        assert float(y.detach().std()) == pytest.approx(2**0.5, rel=0.15)


def test_groups_that_do_not_fit_the_grid() -> None:
    with pytest.raises(ConfigError, match="escnn"):
        basis_for("C8", "regular", "regular", "pixel")

"""EquiSym commutes with the turns and mirrors that the grid carries exactly, in every head."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from clipsym_core.model.config import preset
from clipsym_core.model.gconv import GroupConv
from clipsym_core.model.peers.equisym import EquiSym, OrientationHead
from clipsym_core.model.peers.fields import FieldNorm
from clipsym_core.model.registry import build_model
from tests.core.model.peer_models import tiny_peer
from tests.core.model.test_gconv import escnn_layer  # noqa: F401 - a fixture

ELEMENTS = [(turns, mirrored) for mirrored in (False, True) for turns in range(4)]


def moved(x: Tensor, turns: int, mirrored: bool) -> Tensor:
    """Up and down change places, then quarter turns counter-clockwise."""
    return torch.rot90(x.flip(-2) if mirrored else x, turns, (-2, -1))


def gap(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max()) / max(1.0, float(b.abs().max()))


@pytest.mark.parametrize(("turns", "mirrored"), ELEMENTS)
@torch.no_grad()
def test_it_commutes_with_d4(turns: int, mirrored: bool) -> None:
    model = tiny_peer("equisym-tiny")
    assert isinstance(model, EquiSym)
    images = torch.rand(1, 3, 65, 65)
    logits, auxiliary = model.with_auxiliary(images)
    other, theirs = model.with_auxiliary(moved(images, turns, mirrored))
    assert float(logits.std()) > 0.01
    assert gap(other, moved(logits, turns, mirrored)) < 1e-4
    assert auxiliary.order is not None
    assert theirs.order is not None
    assert gap(theirs.order, moved(auxiliary.order, turns, mirrored)) < 1e-4
    # A quarter turn moves axis k of 8 on by 4; the mirror makes k to -k.
    assert auxiliary.orientation is not None
    assert theirs.orientation is not None
    angles = torch.arange(8)
    target = ((-angles if mirrored else angles) + 4 * turns) % 8
    expected = moved(auxiliary.orientation, turns, mirrored)
    permuted = expected.clone()
    permuted[:, 1 + target] = expected[:, 1 + angles]
    assert gap(theirs.orientation, permuted) < 1e-4
    assert float(auxiliary.orientation[:, 1:].std(dim=1).max()) > 0.01  # the classes do differ


@torch.no_grad()
def test_the_whole_model_commutes_too() -> None:
    torch.manual_seed(0)
    model = build_model(preset("equisym")).eval()
    images = torch.rand(1, 3, 49, 49)
    model.train()
    model(torch.rand(2, 3, 49, 49))  # statistics that fit
    model.eval()
    logits = model(images)
    for turns, mirrored in ((1, False), (2, True)):
        assert gap(model(moved(images, turns, mirrored)), moved(logits, turns, mirrored)) < 1e-4


@torch.no_grad()
def test_its_plain_twin_does_not() -> None:
    model = tiny_peer("symresnet-tiny")
    images = torch.rand(1, 3, 65, 65)
    assert gap(model(images.rot90(1, (-2, -1))), model(images).rot90(1, (-2, -1))) > 1e-2


@torch.no_grad()
def test_orientations_are_permuted_by_all_of_d8() -> None:
    """One place, no grid: the regular representation itself is acted on by every element."""
    from clipsym_core.model.gconv_bases import compose, elements

    torch.manual_seed(0)
    head = OrientationHead("D8", 3)
    members = elements("D8")
    x = torch.randn(1, 3, 16, 1, 1)
    before = head(x.flatten(1, 2))
    for turn, mirrored in members:
        y = torch.empty_like(x)
        for index, member in enumerate(members):
            y[:, :, members.index(compose((turn, mirrored), member, 8))] = x[:, :, index]
        angles = torch.arange(8)
        target = ((-1) ** mirrored * angles + 2 * turn) % 8
        expected = before.clone()
        expected[:, 1 + target] = before[:, 1 + angles]
        assert gap(head(y.flatten(1, 2)), expected) < 1e-5


@torch.no_grad()
def test_ordinary_layers_are_equal() -> None:
    model = tiny_peer("equisym-tiny")
    images = torch.rand(2, 3, 57, 65)
    plain = model.plain()
    assert not [m for m in plain.modules() if isinstance(m, (GroupConv, FieldNorm))]
    assert [m for m in model.modules() if isinstance(m, GroupConv)]
    assert gap(plain(images), model(images)) < 1e-4


@pytest.mark.parametrize(
    ("source", "kernel", "stride"),
    [("trivial", 7, 2), ("regular", 3, 2), ("regular", 1, 2)],
)
@torch.no_grad()
def test_layers_are_those_of_escnn(source, kernel: int, stride: int, escnn_layer) -> None:  # noqa: F811
    """Kernels and strides that CLIPSym does not use; 1 x 1 filters have another basis of the same space."""
    torch.manual_seed(0)
    theirs = escnn_layer("D8", source, "regular", 2, 3, kernel=kernel, stride=stride, bias=False).train()
    ours = GroupConv("D8", 2, 3, source=source, basis="escnn", kernel=kernel, stride=stride, bias=False)
    filters, _ = theirs.expand_parameters()
    if kernel > 1:
        ours.weights.copy_(theirs.weights.view_as(ours.weights))
    else:
        shape = (3, ours.basis.shape[1], 2, ours.basis.shape[2])
        table, wanted = ours.basis.flatten(1), filters.view(shape).permute(0, 2, 1, 3).flatten(2)
        ours.weights.copy_(wanted @ torch.linalg.pinv(table))
    assert gap(ours.filter(), filters) < 1e-5
    x = torch.randn(1, ours.in_channels, 17, 17)
    assert gap(ours(x), theirs(theirs.in_type(x)).tensor) < 1e-5


def test_the_shipped_stem_is_what_escnn_gives(escnn_layer) -> None:  # noqa: F811
    from clipsym_core.model.escnn_source import escnn_basis
    from clipsym_core.model.gconv_bases import SHIPPED_STEMS, basis_for

    for group in SHIPPED_STEMS:
        shipped = torch.from_numpy(basis_for(group, "trivial", "regular", "escnn", 7))
        assert torch.allclose(shipped, torch.from_numpy(escnn_basis(group, "trivial", "regular", 7)), atol=1e-6)

"""Mixing at low resolution equals convolving the enlarged map, forward and backward, borders included."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.model.lowres import band, block_size, up_conv, up_planes

SIDES = st.integers(1, 37)


def reference(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    up = F.interpolate(x, scale_factor=4.0, mode="bilinear", align_corners=False)
    return F.conv2d(up, weight, bias, padding=1)


@given(h=SIDES, w=SIDES, channels=st.integers(1, 4), out=st.integers(1, 3), batch=st.integers(1, 2))
def test_equal_to_convolving_the_enlarged_map(h: int, w: int, channels: int, out: int, batch: int) -> None:
    torch.manual_seed(h * 1000 + w)
    x = torch.randn(batch, channels, h, w, dtype=torch.float64)
    weight, bias = torch.randn(out, channels, 3, 3, dtype=torch.float64), torch.randn(out, dtype=torch.float64)
    wanted = reference(x, weight, bias)
    assert torch.allclose(up_conv(x, weight, bias), wanted, atol=1e-12)
    assert torch.allclose(up_planes(x, weight, bias), wanted, atol=1e-12)


@pytest.mark.parametrize("shape", [(3, 5), (18, 21)])
def test_gradients_are_equal(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    made = [torch.randn(s, dtype=torch.float64) for s in ((2, 3, *shape), (2, 3, 3, 3), (2,))]
    grads = []
    for function in (up_conv, up_planes, reference):
        inputs = [x.clone().requires_grad_() for x in made]
        function(*inputs).pow(3).sum().backward()
        grads.append([x.grad for x in inputs])
    for other in grads[:2]:
        for a, b in zip(other, grads[2], strict=True):
            assert a is not None
            assert b is not None
            assert torch.allclose(a, b, rtol=1e-9)


def test_blocks_cover_the_side() -> None:
    for n in range(1, 130):
        block = block_size(n)
        matrices = band(n, block)
        assert matrices.shape == (-(-n // block), 4 * block, 3 * (block + 2))
        # Every output row of the center tap is an average of its neighbours.
        center = matrices.view(len(matrices), 4 * block, block + 2, 3)[..., 1].sum(-1).flatten()[: 4 * n]
        assert torch.allclose(center, torch.ones(4 * n))

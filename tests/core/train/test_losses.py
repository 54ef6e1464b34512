from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from clipsym_core.errors import InputError
from clipsym_core.train.losses import focal_loss, masked_focal_loss

GOLDEN = Path(__file__).resolve().parents[4] / "shared" / "golden" / "focal.npz"


def by_definition(x: float, t: float, alpha: float, gamma: float) -> float:
    p = 1 / (1 + np.exp(-x))
    entropy = -(t * np.log(p) + (1 - t) * np.log(1 - p))
    p_t = p * t + (1 - p) * (1 - t)
    return float((alpha * t + (1 - alpha) * (1 - t)) * entropy * (1 - p_t) ** gamma)


@given(st.floats(-12, 12), st.floats(0, 1), st.floats(0, 1), st.floats(0, 4))
def test_focal_loss_is_its_definition(x, t, alpha, gamma):
    loss = focal_loss(
        torch.tensor([x], dtype=torch.float64), torch.tensor([t], dtype=torch.float64), alpha=alpha, gamma=gamma
    )
    assert float(loss) == pytest.approx(by_definition(x, t, alpha, gamma), rel=1e-6, abs=1e-12)


def test_known_values():
    # x = 0: p = 1/2, entropy = log 2, (1 - p_t)^2 = 1/4, whatever the target; only alpha tells the classes apart
    loss = focal_loss(torch.zeros(3), torch.tensor([0.0, 1.0, 0.5]))
    np.testing.assert_allclose(loss.numpy(), np.log(2) / 4 * np.array([0.05, 0.95, 0.5]), rtol=1e-6)


@pytest.mark.skipif(not GOLDEN.exists(), reason="shared golden data are not beside this checkout")
def test_golden_values_of_the_published_code():
    golden = np.load(GOLDEN)
    logits, target, soft = (torch.from_numpy(golden[name]) for name in ("logits", "target", "soft_target"))
    cases = {
        "loss_alpha095": focal_loss(logits, target),
        "loss_soft_alpha095": focal_loss(logits, soft),
        "loss_alpha025": focal_loss(logits, target, alpha=0.25),
        "loss_noalpha": focal_loss(logits, target, alpha=-1),
        "loss_alpha095_gamma0": focal_loss(logits, target, gamma=0),
    }
    for name, value in cases.items():
        np.testing.assert_allclose(value.numpy(), golden[name], atol=1e-5, rtol=1e-4, err_msg=name)
    extreme = torch.from_numpy(golden["extreme_logits"])
    for name, t in (("extreme_loss_t0", torch.zeros_like(extreme)), ("extreme_loss_t1", torch.ones_like(extreme))):
        np.testing.assert_allclose(focal_loss(extreme, t).numpy(), golden[name], atol=1e-5, rtol=1e-4)
    x = logits.clone().requires_grad_(True)
    focal_loss(x, soft).mean().backward()
    np.testing.assert_allclose(x.grad.numpy(), golden["grad_soft_alpha095_mean"], atol=1e-8, rtol=1e-4)


def test_padding_takes_no_part():
    torch.manual_seed(0)
    logits, target = torch.randn(2, 2, 6, 8), torch.rand(2, 2, 6, 8)
    valid = torch.ones(2, 1, 6, 8)
    valid[..., 5:] = 0
    other = logits.clone()
    other[..., 5:] = 50.0
    torch.testing.assert_close(masked_focal_loss(logits, target, valid), masked_focal_loss(other, target, valid))
    inner = masked_focal_loss(logits[..., :5], target[..., :5])
    torch.testing.assert_close(masked_focal_loss(logits, target, valid), inner)


def test_channels_are_weighted():
    torch.manual_seed(1)
    logits, target = torch.randn(1, 2, 5, 5), torch.rand(1, 2, 5, 5)
    first, second = (float(focal_loss(logits[:, c], target[:, c]).mean()) for c in (0, 1))
    assert float(masked_focal_loss(logits, target, weights=(1, 4))) == pytest.approx(first + 4 * second, rel=1e-6)


def test_a_batch_of_padding_alone_gives_zero():
    assert float(masked_focal_loss(torch.randn(1, 2, 4, 4), torch.zeros(1, 2, 4, 4), torch.zeros(1, 1, 4, 4))) == 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="differ in shape"):
        focal_loss(torch.zeros(2, 3), torch.zeros(3, 2))
    with pytest.raises(InputError, match="weights for 2 channels"):
        masked_focal_loss(torch.zeros(1, 2, 4, 4), torch.zeros(1, 2, 4, 4), weights=(1.0,))

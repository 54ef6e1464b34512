"""The kernels that training chooses on a CPU compute what torch's own choice does, forward and backward."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from clipsym_core.train.cpu_kernels import CpuKernels

CASES = {
    "pointwise": (lambda x, w, b: F.conv2d(x, w, b), (3, 8, 5, 7), (6, 8, 1, 1)),
    "pointwise, strided": (lambda x, w, b: F.conv2d(x, w, b, 2), (3, 8, 6, 8), (6, 8, 1, 1)),
    "plain": (lambda x, w, b: F.conv2d(x, w, b, padding=1), (3, 8, 6, 8), (6, 8, 3, 3)),
    "depthwise": (lambda x, w, b: F.conv2d(x, w, b, 2, 2, groups=6), (2, 6, 9, 8), (6, 1, 5, 5)),
    "grouped": (lambda x, w, b: F.conv2d(x, w, b, padding=1, groups=3), (2, 9, 5, 4), (6, 3, 3, 3)),
    "linear": (F.linear, (2, 300, 8), (6, 8)),
    "linear, many rows": (F.linear, (5000, 4), (6, 4)),
    "linear, few rows": (F.linear, (3, 8), (6, 8)),
    "linear, one row": (F.linear, (8,), (6, 8)),
}


def gradients(call, inputs, *, fast, short):
    """The output and the gradients of all inputs."""
    own = [x.clone().requires_grad_() for x in inputs]
    with torch.autocast("cpu", torch.bfloat16, enabled=short):
        if fast:
            with CpuKernels():
                y = call(*own)
        else:
            y = call(*own)
    (y.float() * torch.linspace(-1, 1, y.numel()).view_as(y)).sum().backward()
    return [y.detach(), *(x.grad for x in own)]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("short", [False, True], ids=["fp32", "autocast"])
def test_equal_to_the_usual_ones(name, short):
    call, size, filters = CASES[name]
    torch.manual_seed(1)
    inputs = [torch.randn(size), torch.randn(filters), torch.randn(filters[0])]
    ours = gradients(call, inputs, fast=True, short=short)
    theirs = gradients(call, inputs, fast=False, short=short)
    assert ours[0].dtype == theirs[0].dtype or name == "depthwise"  # its input may well stay as exact as it comes
    exact = gradients(call, inputs, fast=False, short=False)
    for own, other, true in zip(ours, theirs, exact, strict=True):
        allowed = max(float((other.float() - true).abs().max()), 1e-6 * float(true.abs().max()))
        assert float((own.float() - true).abs().max()) <= 4 * allowed


def test_attention_is_exact_under_autocast():
    torch.manual_seed(2)
    inputs = [torch.randn(2, 3, 10, 4) for _ in range(3)]
    exact = gradients(F.scaled_dot_product_attention, inputs, fast=False, short=False)
    ours = gradients(F.scaled_dot_product_attention, inputs, fast=True, short=True)
    for own, true in zip(ours, exact, strict=True):
        torch.testing.assert_close(own, true)


@pytest.mark.parametrize("extra", [{}, {"need_weights": True}, {"attn_mask": torch.zeros(40, 40)}], ids=str)
def test_multi_head_attention(extra):
    torch.manual_seed(3)
    module = torch.nn.MultiheadAttention(8, 2)
    x = torch.randn(40, 15, 8)

    def call(x):
        return module(x, x, x, **{"need_weights": False, **extra})[0]

    ours = gradients(call, [x], fast=True, short=False)
    learned = [p.grad.clone() for p in module.parameters()]
    module.zero_grad()
    theirs = gradients(call, [x], fast=False, short=False)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(learned, [p.grad for p in module.parameters()], rtol=1e-4, atol=1e-5)


def test_frozen_weights_need_no_gradient():
    torch.manual_seed(4)
    x, weight = torch.randn(300, 8), torch.randn(6, 8, requires_grad=True)
    with CpuKernels():
        F.linear(x, weight).sum().backward()
        y = F.linear(x.requires_grad_(), weight.detach(), torch.zeros(6))
    torch.testing.assert_close(weight.grad, x.detach().sum(0).expand(6, -1))
    y.sum().backward()
    torch.testing.assert_close(x.grad, weight.detach().sum(0).expand(300, -1))


def test_without_the_compilers_operation_a_convolution_does(monkeypatch):
    torch.manual_seed(5)
    inputs = [torch.randn(2, 300, 8), torch.randn(6, 8), torch.randn(6)]
    exact = gradients(F.linear, inputs, fast=False, short=False)
    monkeypatch.setattr(torch.ops, "mkldnn", object())
    for own, true in zip(gradients(F.linear, inputs, fast=True, short=False), exact, strict=True):
        torch.testing.assert_close(own, true, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["pointwise", "linear", "linear, many rows"])
def test_other_processors_and_types_keep_torchs_choice(monkeypatch, name):
    call, size, filters = CASES[name]
    torch.manual_seed(6)
    inputs = [torch.randn(size), torch.randn(filters), torch.randn(filters[0])]
    double = [x.double() for x in inputs]
    for chosen in (double, inputs):
        ours = gradients(call, chosen, fast=True, short=False)
        theirs = gradients(call, chosen, fast=False, short=False)
        assert all(torch.equal(own, other) for own, other in zip(ours, theirs, strict=True))
        monkeypatch.setattr("clipsym_core.train.cpu_kernels.has_onednn", lambda: False)

"""Which of torch's kernels a training step uses on a CPU: the same mathematics, the faster implementation.

Measured with one thread on a CPU with avx512_bf16 (AMD; torch 2.13), forward and backward, milliseconds:

    operation                                              as it is   as here
    attention, 96 x 4 heads x 256 tokens x 16, autocast         153        83   in fp32
    depthwise 5 x 5, stride 2, 144 channels, autocast           114        20   in fp32
    depthwise 3 x 3, stride 1, 144 channels, autocast            13        13   in bf16: fp32 takes 45
    convolution 1 x 1, 112 -> 672 on 16 x 16, fp32               15         8   by oneDNN
    linear 512 -> 64 of 24,576 rows, fp32                        69        43   by oneDNN
    linear 768 -> 3072 of 677 rows, fp32                         99        50   by oneDNN

torch gives 1 x 1 convolutions of small batches to another library than oneDNN when there is one thread, and matrix
products always. A dilated convolution goes to oneDNN, and dilation means nothing to a 1 x 1 filter.
"""

from __future__ import annotations

import inspect
import platform
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

_ROWS = 256
"""A matrix product with fewer rows is not worth the detour."""
_FEW_ROWS = 4096
"""Up to so many the compiler's operation is faster, beyond them the convolution."""


def cpu_has_bf16() -> bool:
    """Whether this CPU multiplies in bf16, so that training in it is faster; False where torch cannot tell."""
    return any(getattr(torch.cpu, name, bool)() for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))


def has_onednn() -> bool:
    """Whether torch was built with oneDNN for the processors on which it was measured."""
    return platform.machine().lower() in ("x86_64", "amd64") and torch.backends.mkldnn.is_available()


class CpuKernels(TorchFunctionMode):
    """Within it, convolutions, linear layers and attention on a CPU run as measured to be fast."""

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        fast = _FAST.get(func)
        kwargs = kwargs or {}
        if fast is None or not args or args[0].device.type != "cpu":
            return func(*args, **kwargs)
        return fast(*args, **kwargs)


def _attention(q: Tensor, k: Tensor, v: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    if not torch.is_autocast_enabled("cpu"):
        return F.scaled_dot_product_attention(q, k, v, *args, **kwargs)
    with torch.autocast("cpu", enabled=False):
        return F.scaled_dot_product_attention(q.float(), k.float(), v.float(), *args, **kwargs)


def _conv2d(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Tensor:  # fmt: skip
    coarse = torch.is_autocast_enabled("cpu")
    depthwise = groups > 1 and groups == x.shape[1]
    if coarse and depthwise and (weight.shape[-1] > 3 or _pair(stride) != (1, 1)):
        with torch.autocast("cpu", enabled=False):
            return F.conv2d(x.float(), weight.float(), _float(bias), stride, padding, dilation, groups).to(x.dtype)
    exact = not coarse and x.dtype == torch.float32 and has_onednn()
    if exact and weight.shape[-2:] == (1, 1) and _pair(stride) == (1, 1) and groups == 1:
        dilation = 2
    return F.conv2d(x, weight, bias, stride, padding, dilation, groups)


def _linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    rows = x.numel() // max(1, x.shape[-1])
    if torch.is_autocast_enabled("cpu") or x.dtype != torch.float32 or rows < _ROWS or not has_onednn():
        return F.linear(x, weight, bias)
    if rows <= _FEW_ROWS and hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        y: Tensor = _Linear.apply(x.reshape(rows, -1), weight, bias)  # type: ignore[no-untyped-call]
        return y.view(*x.shape[:-1], -1)
    y = F.conv2d(x.reshape(1, 1, rows, -1).permute(0, 3, 1, 2), weight[:, :, None, None], bias, dilation=2)
    return y.permute(0, 2, 3, 1).reshape(*x.shape[:-1], -1)


class _Linear(torch.autograd.Function):
    """A linear layer whose three products are oneDNN's. torch has that as an operation of its compiler alone, without
    gradients; where it has not, a convolution does."""

    @staticmethod
    def forward(context: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        context.save_for_backward(x, weight)
        context.has_bias = bias is not None
        return _product(x, weight, bias)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        (gradient,) = gradients
        x, weight = context.saved_tensors
        wanted = context.needs_input_grad
        return (
            _product(gradient, weight.t().contiguous()) if wanted[0] else None,
            _product(gradient.t(), x.t()) if wanted[1] else None,
            gradient.sum(0) if context.has_bias and wanted[2] else None,
        )


def _product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    y = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    assert isinstance(y, Tensor)
    return y


def _self_attention(q: Tensor, k: Tensor, v: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor | None]:
    """What `nn.MultiheadAttention` computes, where it is the attention of [N, B, C] to itself without extras: torch's
    own function would hide its linear layers from us."""
    bound = _MULTI_HEAD.bind(q, k, v, *args, **kwargs).arguments
    extras = [value for name, value in bound.items() if name not in _USUAL and value is not None and value is not False]
    if (
        q is not k
        or q is not v
        or q.ndim != 3
        or bound.get("need_weights", True)
        or any(not isinstance(x, float) or x for x in extras)
    ):
        return F.multi_head_attention_forward(q, k, v, *args, **kwargs)
    n, b, c = q.shape
    heads = bound["num_heads"]
    split = _linear(q, bound["in_proj_weight"], bound["in_proj_bias"]).view(n, b, 3, heads, c // heads)
    mixed = _attention(*split.permute(2, 1, 3, 0, 4)).permute(2, 0, 1, 3).reshape(n, b, c)
    return _linear(mixed, bound["out_proj_weight"], bound["out_proj_bias"]), None


def _float(x: Tensor | None) -> Tensor | None:
    return None if x is None else x.float()


def _pair(x: Any) -> tuple[int, ...]:
    return (x, x) if isinstance(x, int) else tuple(x)


_MULTI_HEAD = inspect.signature(F.multi_head_attention_forward)
_USUAL = {
    "query", "key", "value", "embed_dim_to_check", "num_heads", "in_proj_weight", "in_proj_bias", "out_proj_weight",
    "out_proj_bias", "training", "need_weights", "average_attn_weights",
}  # fmt: skip
_FAST: dict[Any, Callable[..., Any]] = {
    F.multi_head_attention_forward: _self_attention,
    F.scaled_dot_product_attention: _attention,
    torch.conv2d: _conv2d,
    F.linear: _linear,
}

"""Linear layers of the deploy form: a short type for the products, and the faster of torch's two CPU libraries.

`F.linear` in float32 goes to MKL, which runs at half speed or less on processors that are not Intel's. torch also holds
oneDNN (it serves convolutions, bfloat16 and compiled models), whose product is at the peak on all of them: 2.3 times
faster on a Zen 5. Both are exact float32.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, TypeAlias, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Precision: TypeAlias = Literal["fp32", "bf16", "fp16"]
Activation: TypeAlias = Literal["none", "relu", "swish"]

DTYPES: dict[Precision, torch.dtype] = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

_TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 5e-2, torch.float16: 5e-3}


class FastLinear(nn.Module):
    """y = activation(x W^T + b), frozen.

    Attributes:
        plain: use ordinary operations only, for compilers and exporters.
    """

    weight: Tensor
    bias: Tensor | None

    def __init__(
        self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype, activation: Activation = "none"
    ) -> None:
        """`weight` [out, in], `bias` [out]; kept in `dtype`."""
        super().__init__()
        self.activation: Activation = activation
        self.plain = False
        self.register_buffer("weight", weight.detach().to(dtype).contiguous())
        self.register_buffer("bias", None if bias is None else bias.detach().to(dtype).contiguous())

    @classmethod
    def sized(cls, width: int, out: int, dtype: torch.dtype, activation: Activation = "none") -> FastLinear:
        """A layer of this size without values."""
        return cls(torch.empty(out, width, dtype=dtype), torch.empty(out, dtype=dtype), dtype, activation)

    def forward(self, x: Tensor) -> Tensor:
        """[..., in] -> [..., out], in the layer's type."""
        x = x.to(self.weight.dtype)
        if not self.plain and x.device.type == "cpu":
            return product(x, self.weight, self.bias, self.activation)
        return _activated(F.linear(x, self.weight, self.bias), self.activation)


def product(x: Tensor, weight: Tensor, bias: Tensor | None = None, activation: Activation = "none") -> Tensor:
    """activation(x W^T + b) on a CPU, through oneDNN where this torch has it."""
    operator = _onednn(x.dtype)
    if operator is not None and x.numel():
        y = operator(x, weight, bias, activation, [], "")
        assert isinstance(y, Tensor)
        return y
    return _activated(F.linear(x, weight, bias), activation)


def _activated(x: Tensor, activation: Activation) -> Tensor:
    if activation == "relu":
        return F.relu(x)
    return F.silu(x) if activation == "swish" else x


@lru_cache(maxsize=8)
def _onednn(dtype: torch.dtype) -> Any | None:
    """torch's fused linear operator, when it is there, takes this type on this processor, and gives what `F.linear`
    gives."""
    if dtype not in _TOLERANCE or not torch.backends.mkldnn.is_available():
        return None
    generator = torch.Generator().manual_seed(0)
    x, w, b = (torch.rand(shape, generator=generator).sub_(0.5).to(dtype) for shape in ((5, 7), (3, 7), (3,)))
    try:
        operator = torch.ops.mkldnn._linear_pointwise
        for name in get_args(Activation):
            found, wanted = operator(x, w, b, name, [], ""), _activated(F.linear(x, w, b), name)
            if not torch.allclose(found.float(), wanted.float(), atol=_TOLERANCE[dtype]):
                return None
        return operator
    except (AttributeError, RuntimeError, TypeError):  # an operator of torch's own compiler: it may change
        return None

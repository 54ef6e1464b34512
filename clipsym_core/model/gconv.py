"""Group convolutions over C_n and D_n: filters are combinations of a fixed basis, so that the layer commutes with the
group exactly (on the grid: quarter turns and mirrors).

A *field* is a copy of a representation: the trivial one has 1 channel, the regular one as many as the group has
elements, permuted when the input is turned. Channels are field-major: channel = field * |G| + element. Elements: the n
turns by 2 pi k / n counter-clockwise, then (D_n) the same turns after the mirror.

The filter of a layer is  filter[(O, o), (I, i), p] = sum_b basis[b, o, i, p] * weights[O, I, b].  It is rebuilt in
every forward pass, so a loaded weight can never meet a stale filter; the deploy form expands it once.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.model.config import parse_group
from clipsym_core.model.gconv_bases import Representation, basis_for


def group_size(group: str) -> int:
    """Number of elements: n for C_n, 2 n for D_n."""
    kind, n = parse_group(group)
    return n if kind == "C" else 2 * n


class GroupConv(nn.Module):
    """A k x k convolution between fields of two representations, padded so that stride 1 keeps the size.

    Attributes:
        weights: [out_fields, in_fields, basis size].
        bias: [out_fields], or None; the plain bias of a regular field is bias / sqrt(|G|) for each of its channels
            (escnn's convention: the coefficient of the normalised invariant vector).
    """

    basis: Tensor

    def __init__(
        self,
        group: str,
        in_fields: int,
        out_fields: int,
        *,
        source: Representation = "regular",
        target: Representation = "regular",
        basis: Literal["pixel", "escnn"] = "pixel",
        kernel: int = 3,
        stride: int = 1,
        dilation: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        table = torch.from_numpy(basis_for(group, source, target, basis, kernel))
        self.kernel, self.stride, self.dilation = kernel, stride, dilation
        self.group, self.in_fields, self.out_fields = group, in_fields, out_fields
        self.source, self.target = source, target
        self.register_buffer("basis", table, persistent=False)
        self.weights = nn.Parameter(torch.empty(out_fields, in_fields, table.shape[0]))
        self.bias = nn.Parameter(torch.zeros(out_fields)) if bias else None
        self.reset_parameters()

    @property
    def in_channels(self) -> int:
        return self.in_fields * self.basis.shape[2]

    @property
    def padding(self) -> int:
        return self.dilation * (self.kernel // 2)

    @property
    def out_channels(self) -> int:
        return self.out_fields * self.basis.shape[1]

    def reset_parameters(self) -> None:
        """He initialisation of the expanded filter: the mean variance of its entries is 2 / fan-in."""
        energy = float(self.basis.square().sum(dim=0).mean())
        std = math.sqrt(2.0 / (self.in_channels * self.kernel**2) / energy)
        nn.init.normal_(self.weights, std=std)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def filter(self) -> Tensor:
        """The plain filter [C_out, C_in, k, k]."""
        o, i = self.basis.shape[1:3]
        full = torch.einsum("boip,OIb->OoIip", self.basis, self.weights)
        return full.reshape(self.out_fields * o, self.in_fields * i, self.kernel, self.kernel)

    def plain_bias(self) -> Tensor:
        """The plain bias [C_out], zeros where there is none."""
        o = self.basis.shape[1]
        if self.bias is None:
            return self.weights.new_zeros(self.out_fields * o)
        return self.bias.repeat_interleave(o) / math.sqrt(o)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C_in, H, W] -> [B, C_out, H / stride, W / stride], rounded up."""
        bias = None if self.bias is None else self.plain_bias()
        return F.conv2d(x, self.filter(), bias, self.stride, self.padding, self.dilation)

    def extra_repr(self) -> str:
        return f"{self.group}, {self.in_fields} {self.source} -> {self.out_fields} {self.target}"

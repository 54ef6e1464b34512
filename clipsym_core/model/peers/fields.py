"""Layers on regular fields that keep equivariance: norms with one statistic a field, convolution with norm, pooling.

Channels are field-major (`gconv`). Whatever acts on each value alone (ReLU, max pooling) commutes with the group as it
is.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from clipsym_core.model.gconv import GroupConv, group_size


class FieldNorm(nn.BatchNorm2d):
    """Batch norm of regular fields [B, F * |G|, H, W]: statistics, scale and shift are a field's, not a channel's."""

    def __init__(self, fields: int, order: int) -> None:
        super().__init__(fields)
        self.order = order

    def forward(self, x: Tensor) -> Tensor:
        b, _, h, w = x.shape
        return super().forward(x.reshape(b, self.num_features, self.order * h, w)).reshape(b, -1, h, w)

    @torch.no_grad()
    def plain(self) -> nn.BatchNorm2d:
        """An equal ordinary norm, in eval mode."""
        norm = nn.BatchNorm2d(self.num_features * self.order, eps=self.eps).eval()
        for name in ("weight", "bias", "running_mean", "running_var"):
            getattr(norm, name).copy_(getattr(self, name).repeat_interleave(self.order))
        return norm.to(self.weight.device)


class FieldConv(nn.Sequential):
    """A group convolution between regular fields (or from the picture), its norm, and ReLU where wanted."""

    def __init__(
        self,
        group: str,
        fields_in: int,
        fields: int,
        kernel: int = 1,
        *,
        stride: int = 1,
        dilation: int = 1,
        relu: bool = True,
        lift: bool = False,
    ) -> None:
        conv = GroupConv(
            group, fields_in, fields, source="trivial" if lift else "regular", basis="escnn",
            kernel=kernel, stride=stride, dilation=dilation, bias=False,
        )  # fmt: skip
        layers: list[nn.Module] = [conv, FieldNorm(fields, group_size(group))]
        super().__init__(*layers, *([nn.ReLU(inplace=True)] if relu else []))


@torch.no_grad()
def plain_layers(module: nn.Module) -> None:
    """Replace every group convolution and field norm inside `module` by equal ordinary ones (for inference)."""
    for name, child in list(module.named_children()):
        if isinstance(child, GroupConv):
            setattr(module, name, _plain_conv(child))
        elif isinstance(child, FieldNorm):
            setattr(module, name, child.plain())
        else:
            plain_layers(child)


def _plain_conv(layer: GroupConv) -> nn.Conv2d:
    conv = nn.Conv2d(
        layer.in_channels, layer.out_channels, layer.kernel, layer.stride, layer.padding, layer.dilation,
        bias=layer.bias is not None,
    )  # fmt: skip
    conv.weight.copy_(layer.filter())
    if conv.bias is not None:
        conv.bias.copy_(layer.plain_bias())
    return conv.to(layer.weights.device)

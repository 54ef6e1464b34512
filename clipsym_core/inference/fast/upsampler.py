"""The upsampler in its deploy form: filters expanded, channel mixing at low resolution, large maps never stored.

`strips` walks down the picture a few token rows at a time. A strip is: tap products of its rows (one product for each
vertical tap), enlargement of columns, then of rows, both with the block-banded matrices of
`clipsym_core.model.lowres`. The consumer gets 4 output rows for each row while they are in the cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.inference.fast.mixed import product
from clipsym_core.model.config import UpsamplerConfig
from clipsym_core.model.gconv import GroupConv, group_size
from clipsym_core.model.lowres import FACTOR, band, block_size, up_conv, up_planes, up_taps
from clipsym_core.model.upsampler import Upsampler

_TAPS = 3


class FastUpsampler(nn.Module):
    """Equal to `Upsampler`, from plain filters.

    Attributes:
        strips: whether to work in strips (eager CPU); export, compilation and GPUs take whole maps.
        folded: whether lifting has no activation and is therefore part of the first convolution.
    """

    conv1_bias: Tensor
    folded_taps: Tensor
    folded_bias: Tensor

    def __init__(self, config: UpsamplerConfig, width: int, outputs: int, dtype: torch.dtype) -> None:
        """Without values in its filters; `of` and `deployed_file.load_deployed` put them in."""
        super().__init__()
        self.order: Literal["conv_up", "up_conv"] = config.order
        self.dtype = dtype
        self.strips = True
        self.lift_relu, self.lifts = config.lift_relu, config.lift
        self.folded = config.lift and not config.lift_relu and config.order == "up_conv"
        first, second, third = (count * group_size(config.group) for count in config.fields)
        entering = first if config.lift else width * group_size(config.group)
        sizes = {"conv2": (second, third), "head": (third, outputs)}
        if not self.folded:
            sizes |= {"conv1": (entering, second)} | ({"lift": (width, first)} if config.lift else {})
        for name, (source, out) in sizes.items():
            self.register_buffer(f"{name}_weight", torch.empty(out, source, _TAPS, _TAPS, dtype=dtype))
            self.register_buffer(f"{name}_bias", torch.empty(out, dtype=dtype))
        if self.folded:
            self.register_buffer("folded_taps", torch.empty(_TAPS**2 * second, width, _TAPS, _TAPS, dtype=dtype))
            self.register_buffer("folded_bias", torch.empty(_TAPS**2 * second, dtype=dtype))
            self.register_buffer("conv1_bias", torch.empty(second, dtype=dtype))

    @classmethod
    def of(cls, upsampler: Upsampler, dtype: torch.dtype) -> FastUpsampler:
        """The deploy form of an upsampler."""
        layers = {"conv1": upsampler.conv1, "conv2": upsampler.conv2}
        if upsampler.lift is not None:
            layers["lift"] = upsampler.lift
        tensors: dict[str, Tensor] = {}
        for name, layer in layers.items():
            tensors |= {f"{name}_weight": layer.filter(), f"{name}_bias": layer.plain_bias()}
        tensors["head_weight"], tensors["head_bias"] = pooled_head(upsampler)
        width = (upsampler.lift or upsampler.conv1).in_fields
        with torch.device("meta"):
            fast = cls(upsampler.config, width, len(tensors["head_bias"]), dtype)
        if fast.folded:
            assert upsampler.lift is not None
            tensors["folded_taps"], tensors["folded_bias"] = fold_lift(upsampler.lift, upsampler.conv1)
            tensors = {name: x for name, x in tensors.items() if name in fast.state_dict()}
        ready = {name: x.detach().to(dtype).contiguous().clone() for name, x in tensors.items()}
        fast.load_state_dict(ready, assign=True)
        return fast

    def _part(self, name: str) -> tuple[Tensor, Tensor]:
        weight, bias = getattr(self, f"{name}_weight"), getattr(self, f"{name}_bias")
        assert isinstance(weight, Tensor)
        assert isinstance(bias, Tensor)
        return weight, bias

    def forward(self, x: Tensor) -> Tensor:
        """[B, width, h, w] -> logits [B, C, 16 h, 16 w], float32."""
        x = x.to(self.dtype)
        if self.strips and x.device.type == "cpu":
            return torch.cat([self._in_strips(image) for image in x.split(1)]).float()
        return self._whole(x).float()

    def _whole(self, x: Tensor) -> Tensor:
        if self.order == "up_conv":
            if self.folded:
                x = F.relu(up_taps(self._folded(x), self.conv1_bias))
            else:
                x = F.relu(up_conv(self._lifted(x), *self._part("conv1")))
            x = F.relu(up_conv(x, *self._part("conv2")))
            return F.conv2d(x, *self._part("head"), padding=1)
        x = F.relu(F.conv2d(self._lifted(x), *self._part("conv1"), padding=1))
        x = F.relu(up_conv(x, *self._part("conv2")))
        return up_planes(x, *self._part("head"))

    def _lifted(self, x: Tensor) -> Tensor:
        if not self.lifts:
            return x
        x = F.conv2d(x, *self._part("lift"), padding=1)
        return F.relu(x, inplace=True) if self.lift_relu else x

    def _in_strips(self, x: Tensor) -> Tensor:
        if self.order == "conv_up":
            x = F.relu(F.conv2d(self._lifted(x), *self._part("conv1"), padding=1), inplace=True)
            weight, bias = self._part("conv2")
            middle = stored(_rows_of(x), weight, bias)
            return up_planes(middle.permute(2, 0, 1)[None], *self._part("head"))
        if self.folded:
            middle = stored(self._folded(x)[0], None, self.conv1_bias)
        else:
            middle = stored(_rows_of(self._lifted(x)), *self._part("conv1"))
        head_weight, head_bias = self._part("head")
        collect = HeadSum(head_weight, FACTOR * middle.shape[0], FACTOR * middle.shape[1])
        weight, bias = self._part("conv2")
        strips(middle, weight, bias, collect)
        return collect.result(head_bias)

    def _folded(self, x: Tensor) -> Tensor:
        """Tap products of conv1 straight from the token maps: [B, h, w, 9 O]."""
        x = x.contiguous(memory_format=torch.channels_last)  # so that the result comes in the order wanted
        return F.conv2d(x, self.folded_taps, self.folded_bias, padding=1).permute(0, 2, 3, 1).contiguous()


def pooled_head(upsampler: Upsampler) -> tuple[Tensor, Tensor]:
    """The head's plain filter and bias; a mean over the group folds into them."""
    weight, bias = upsampler.head.filter(), upsampler.head.plain_bias()
    if upsampler.config.head == "gconv":
        return weight, bias
    return weight.unflatten(0, (-1, upsampler.order)).mean(1), bias.unflatten(0, (-1, upsampler.order)).mean(1)


def fold_lift(lift: GroupConv, conv: GroupConv) -> tuple[Tensor, Tensor]:
    """Lifting without nonlinearity and the tap products of the next layer as one 3 x 3 convolution.

    Returns:
        Filter [9 O, width, 3, 3] (taps row-major, then channels) and the constant [9 O] of the lifting bias.
    """
    first, bias, second = lift.filter().detach(), lift.plain_bias().detach(), conv.filter().detach()
    mixing = second.permute(2, 3, 0, 1).reshape(-1, second.shape[1])
    return (mixing @ first.flatten(1)).view(-1, *first.shape[1:]), mixing @ bias


def _rows_of(x: Tensor) -> Tensor:
    """[1, C, h, w] -> [h, w, C]."""
    return x[0].permute(1, 2, 0).contiguous()


def stored(x: Tensor, weight: Tensor | None, bias: Tensor) -> Tensor:
    """relu(conv(up(x))) as a whole map: [h, w, C] -> [4 h, 4 w, O]. Arguments as of `strips`."""
    h, w = x.shape[:2]
    out = x.new_empty(FACTOR * h, FACTOR * w, len(bias))

    def keep(row: int, strip: Tensor) -> None:
        out[row : row + len(strip)] = strip

    strips(x, weight, bias, keep)
    return out


def strips(x: Tensor, weight: Tensor | None, bias: Tensor, consume: Callable[[int, Tensor], None]) -> None:
    """relu(conv(up(x))), handed on strip by strip.

    Args:
        x: [h, w, C], or without `weight` the tap products [h, w, 9 O] themselves.
        weight: [O, C, 3, 3].
        bias: [O].
        consume: gets the first output row and a strip [rows, 4 w, O] that is overwritten afterwards.
    """
    h, w = int(x.shape[0]), int(x.shape[1])
    out = len(bias)
    high, wide = block_size_for_strips(h), block_size_for_strips(w)
    # One block more in each row makes the windows of consecutive rows equally spaced: the strip is one batched product.
    blocks = -(-w // wide) + 1
    cells, length = blocks * wide, blocks * wide * FACTOR
    columns = _column_matrices(w, wide, high).to(x)
    rows = _row_matrices(h, high).to(x)
    taps = None
    if weight is not None:
        taps = weight.permute(2, 3, 0, 1).reshape(_TAPS, _TAPS * out, weight.shape[1]).contiguous()
    ring = x.new_zeros(_TAPS, high + 2, length * out)
    result = x.new_empty(FACTOR * high, length * out)
    padded = x.new_zeros(high * cells + 2, x.shape[2])  # two cells more: the last window reaches beyond its row
    for strip in range(len(rows)):
        # The ring holds rows first - 1 ... first + high of the map; row r is filled by the strip that reaches it.
        first = strip * high + (1 if strip else 0)
        last = min(h, strip * high + high + 1)
        ring[:, :2] = ring[:, high : high + 2].clone()
        position = 2 if strip else 1
        while first < last:
            count = min(last - first, high)
            padded[: count * cells].view(count, cells, -1)[:, 1 : w + 1] = x[first : first + count]
            flat = padded[: count * cells + 2]
            for tap in range(_TAPS):
                mixed_rows = flat.view(len(flat), _TAPS, -1)[:, tap] if taps is None else product(flat, taps[tap])
                windows = mixed_rows.contiguous().as_strided(
                    (count * blocks, (wide + 2) * _TAPS, out), (wide * _TAPS * out, out, 1)
                )
                target = ring[tap, position : position + count].view(count * blocks, FACTOR * wide, out)
                torch.bmm(columns[: count * blocks], windows, out=target)
            first, position = first + count, position + count
        ring[:, position:] = 0
        torch.mm(rows[strip], ring.view(-1, length * out), out=result)
        high_rows = min(FACTOR * high, FACTOR * (h - strip * high))
        whole = result.view(FACTOR * high, length, out)[:high_rows, : FACTOR * w]
        consume(FACTOR * strip * high, whole.add_(bias).relu_())


class HeadSum:
    """The last 3 x 3 convolution, fed strip by strip: 9 dot products a pixel, summed with their shifts at the end."""

    def __init__(self, weight: Tensor, height: int, width: int) -> None:
        """`weight` [C, O, 3, 3] of a map [O, height, width]."""
        self.outputs = weight.shape[0]
        self.taps = weight.permute(2, 3, 0, 1).reshape(-1, weight.shape[1]).contiguous()
        self.planes = weight.new_empty(_TAPS, _TAPS, self.outputs, height, width)
        self._flat = self.planes.view(len(self.taps), -1)

    def __call__(self, row: int, strip: Tensor) -> None:
        rows, width, channels = strip.shape
        flat = strip.reshape(-1, channels)
        self._flat[:, row * width : (row + rows) * width] = product(flat, self.taps).t()

    def result(self, bias: Tensor) -> Tensor:
        """Logits [1, C, height, width], float32."""
        h, w = self.planes.shape[-2:]
        total = bias.float()[:, None, None].expand(self.outputs, h, w).clone()
        for ty in range(_TAPS):
            for tx in range(_TAPS):
                dy, dx = ty - 1, tx - 1
                to = (slice(None), slice(max(0, -dy), h - max(0, dy)), slice(max(0, -dx), w - max(0, dx)))
                at = (slice(None), slice(max(0, dy), h - max(0, -dy)), slice(max(0, dx), w - max(0, -dx)))
                total[to] += self.planes[ty, tx][at]
        return total[None]


def block_size_for_strips(n: int) -> int:
    """Cells in a block of a strip: few, because every output multiplies with the whole window."""
    return block_size(n) if n > 16 else min(n, 4 if n % 4 == 0 else 5)


def _column_matrices(w: int, wide: int, rows: int) -> Tensor:
    """[rows * (blocks + 1), 4 wide, 3 (wide + 2)], an empty matrix at the end of each row."""
    matrices = band(w, wide)
    with_rest = torch.cat([matrices, torch.zeros_like(matrices[:1])])
    return with_rest.repeat(rows, 1, 1)


def _row_matrices(h: int, high: int) -> Tensor:
    """[strips, 4 high, 3 (high + 2)] with the taps outermost, as the ring is laid out."""
    matrices = band(h, high)
    return matrices.view(len(matrices), -1, high + 2, _TAPS).transpose(2, 3).flatten(2).contiguous()

"""conv3x3(bilinear x 4) with the channel mixing done at low resolution: equal output, about 1/14 of the multiply-adds.

Both steps are linear, so they commute up to their borders: with W_t the filter at tap t = (ty, tx),

    conv(up(x)) = sum over t of  R_ty (W_t x) C_tx^T ,

where the [4 n, n] matrix R_t (C_t for columns) enlarges bilinearly with half-pixel centers and clamped borders and then
shifts by one tap with zero fill, which is the convolution's padding. The matrices are built numerically, so borders are
exact. Each has at most 3 neighbours an output, hence they are applied in blocks of a few low-resolution cells with one
cell of margin ("block-banded"). Everything is differentiable; the upsampler uses it in training too.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

FACTOR = 4
_TAPS = 3
_DENSE_UP_TO = 16
_BLOCKS = (4, 5, 6, 7)


def block_size(n: int) -> int:
    """Low-resolution cells in a block: all of a short side, else the size that wastes least at the end."""
    if n <= _DENSE_UP_TO:
        return n
    return min(_BLOCKS, key=lambda block: (-n % block, block))


def band(n: int, block: int) -> Tensor:
    """The matrices R_t of a side of n cells, cut into blocks: [blocks, 4 block, (block + 2) * 3], float32.

    The last axis runs over the window's cells (one margin cell on each side, zeros outside the grid), then the taps.
    """
    return torch.from_numpy(_band(n, block))


@lru_cache(maxsize=64)
def _band(n: int, block: int) -> npt.NDArray[np.float32]:
    # numpy, because a tensor that is made while a compiler traces must not stay in a cache.
    places = (np.arange(FACTOR * n) + 0.5) / FACTOR - 0.5
    low = np.floor(places).astype(int)
    full = np.zeros((FACTOR * n, n))
    for cell, share in ((low, 1 - (places - low)), (low + 1, places - low)):
        np.add.at(full, (np.arange(FACTOR * n), cell.clip(0, n - 1)), share)
    blocks = -(-n // block)
    padded = np.zeros((blocks * block * FACTOR, blocks * block + 2, _TAPS), np.float32)
    padded[: FACTOR * n, 1 : n + 1, 1] = full
    padded[1 : FACTOR * n, 1 : n + 1, 0] = full[:-1]
    padded[: FACTOR * n - 1, 1 : n + 1, 2] = full[1:]
    rows, cells = block * FACTOR, block + 2
    parts = [padded[b * rows : (b + 1) * rows, b * block : b * block + cells] for b in range(blocks)]
    return np.stack(parts).reshape(blocks, rows, -1)


def up_conv(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`F.conv2d(F.interpolate(x, scale_factor=4, mode="bilinear"), weight, bias, padding=1)` without the large map.

    Args:
        x: [B, C, h, w].
        weight: [O, C, 3, 3].
        bias: [O].

    Returns:
        [B, O, 4 h, 4 w], in channels-last memory.
    """
    b, c, h, w = x.shape
    taps = weight.permute(1, 2, 3, 0).reshape(c, -1)
    return up_taps((x.permute(0, 2, 3, 1).reshape(-1, c) @ taps).view(b, h, w, -1), bias)


def up_taps(mixed: Tensor, bias: Tensor | None = None) -> Tensor:
    """The rest of `up_conv`, from the tap products [B, h, w, 9 O] (taps row-major, then channels)."""
    b, h, w, _ = mixed.shape
    out = mixed.shape[-1] // _TAPS**2
    mixed = mixed.reshape(b, h, w, _TAPS, _TAPS * out)
    columns = _apply(mixed.transpose(2, 3).reshape(b * h * _TAPS, w, _TAPS * out), out)
    rows = _apply(columns.reshape(b, h, _TAPS * FACTOR * w * out), FACTOR * w * out)
    y = rows.view(b, FACTOR * h, FACTOR * w, out)
    return (y if bias is None else y + bias).permute(0, 3, 1, 2)


def _apply(x: Tensor, width: int) -> Tensor:
    """[S, n, 3 * width] (cells, then taps) to [S, 4 n, width]."""
    s, n, _ = x.shape
    block = block_size(n)
    matrices = band(n, block).to(x)
    blocks = len(matrices)
    if blocks == 1:
        return matrices[0] @ F.pad(x, (0, 0, 1, 1)).reshape(s, -1, width)
    # A window is a block with the first two cells of the next one: views and one copy, which every exporter knows.
    cells = F.pad(x, (0, 0, 1, (blocks + 1) * block - n - 1)).view(s, blocks + 1, block, -1)
    windows = torch.cat([cells[:, :-1], cells[:, 1:, :2]], dim=2).reshape(s, blocks, -1, width)
    return (matrices @ windows).reshape(s, -1, width)[:, : FACTOR * n]


def up_planes(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """`up_conv` for few output channels: [B, C, h, w] -> [B, O, 4 h, 4 w], with whole matrices instead of blocks."""
    b, _, h, w = x.shape
    out = weight.shape[0]
    taps = weight.permute(2, 3, 0, 1).reshape(-1, weight.shape[1], 1, 1)
    mixed = F.conv2d(x, taps).view(b, _TAPS, _TAPS, out, h, w)
    columns = band(w, w)[0].view(-1, w + 2, _TAPS)[:, 1:-1].permute(2, 1, 0).to(x)
    rows = band(h, h)[0].view(-1, h + 2, _TAPS)[:, 1:-1].permute(2, 0, 1).to(x)
    wide = (mixed.permute(0, 1, 3, 2, 4, 5) @ columns).sum(dim=3)
    return (rows[:, None] @ wide).sum(dim=1) + bias[:, None, None]

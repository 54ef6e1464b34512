"""The loss: alpha-balanced focal loss (Lin et al. 2017) on soft targets, as CLIPSym uses it (recipe 1.2)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from clipsym_core.errors import InputError


def focal_loss(logits: Tensor, target: Tensor, *, alpha: float = 0.95, gamma: float = 2.0) -> Tensor:
    """Elementwise focal loss, same shape as `logits`, no reduction.

    loss = a_t * BCEwithlogits(x, t) * (1 - p_t)^gamma with p = sigmoid(x), p_t = p t + (1 - p)(1 - t) and
    a_t = alpha t + (1 - alpha)(1 - t).

    Args:
        logits: any shape.
        target: in [0, 1], may be soft; same shape.
        alpha: weight of positives; below 0 leaves a_t out.
        gamma: 0 gives weighted cross-entropy.

    Raises:
        InputError: shapes differ.
    """
    if logits.shape != target.shape:
        raise InputError(f"Logits {list(logits.shape)} and targets {list(target.shape)} differ in shape.")
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    p = torch.sigmoid(logits)
    # 1 - p_t written as a sum of small terms: exact where p_t is close to 1
    missing = p * (1 - target) + (1 - p) * target
    loss = entropy * missing**gamma
    if alpha >= 0:
        loss = loss * (alpha * target + (1 - alpha) * (1 - target))
    return loss


def masked_focal_loss(
    logits: Tensor,
    target: Tensor,
    valid: Tensor | None = None,
    *,
    weights: Sequence[float] | None = None,
    alpha: float = 0.95,
    gamma: float = 2.0,
    pixels: Tensor | float | None = None,
) -> Tensor:
    """Mean focal loss over valid pixels, summed over weighted channels: a scalar.

    Args:
        logits, target: [B, C, H, W].
        valid: [B, 1, H, W] or [B, C, H, W], 0 on padding and on whatever carries no label; None = everything counts.
        weights: one for each channel, default 1.
        pixels: what the sums are divided by (a number, or [C]) in place of the valid pixels of this batch: of the whole
            batch, where this is a part of one.

    Raises:
        InputError: shapes or the number of weights do not fit.
    """
    loss = focal_loss(logits, target, alpha=alpha, gamma=gamma)
    channels = logits.shape[1]
    if weights is not None and len(weights) != channels:
        raise InputError(f"{len(weights)} weights for {channels} channels.")
    mask = torch.ones_like(loss) if valid is None else valid.to(loss.dtype).expand_as(loss)
    if pixels is None:
        pixels = mask.sum(dim=(0, 2, 3)).clamp_min(1.0)
    each = (loss * mask).sum(dim=(0, 2, 3)) / pixels
    factors = torch.ones(channels) if weights is None else torch.tensor(list(weights))
    return (each * factors.to(each)).sum()


def dice_loss(logits: Tensor, target: Tensor, valid: Tensor | None = None) -> Tensor:
    """Soft Dice loss of each picture and channel [B, C]: 1 - 2 sum(pt) / (sum(p^2) + sum(t^2)) (Milletari et al. 2016).

    Pictures without any target count by how much is predicted: the smoothing term 1 keeps an empty prediction at 0.
    """
    p = torch.sigmoid(logits)
    if valid is not None:
        p, target = p * valid, target * valid
    overlap = (p * target).sum(dim=(2, 3))
    total = (p * p).sum(dim=(2, 3)) + (target * target).sum(dim=(2, 3))
    return 1 - (2 * overlap + 1) / (total + 1)

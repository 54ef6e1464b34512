"""What every model is to the rest of the program: pictures in, heatmap logits out, a config that says the rest."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.errors import InputError
from clipsym_core.model.config import NetworkConfig
from clipsym_core.model.tracing import being_traced


class SymmetryNetwork(nn.Module):
    """A detector network: CLIPSym, or one of the models of other papers (`peers`).

    Attributes:
        config: what it is made of.
        mean, std: [1, 3, 1, 1], of the channels; every network normalises inside.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("mean", torch.tensor(config.preprocessing.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(config.preprocessing.std).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Pictures [B, 3, H, W], float RGB in 0..1, to logits [B, C, H, W], C = len(config.outputs).

        Raises:
            InputError: a wrong shape, or sides that are too small or do not fit.
        """
        raise TypeError(f"{type(self).__name__} does not say how it works.")  # pragma: no cover


def fit(logits: Tensor, size: tuple[int, int], *, align_corners: bool) -> Tensor:
    """Logits [B, C, h, w] at the picture's size (H, W), bilinear, untouched where they agree."""
    if (logits.shape[-2], logits.shape[-1]) == size:
        return logits
    return F.interpolate(logits, size=size, mode="bilinear", align_corners=align_corners)


def check_input(config: NetworkConfig, images: Tensor) -> None:
    """Raise where a model's `forward` would not work.

    Raises:
        InputError: a wrong shape or type, a grid that is too small, or (on a CPU, where looking does not stall)
            pixels that are not finite.
    """
    step = config.granularity
    if images.ndim != 4 or images.shape[1] != 3 or not images.is_floating_point():
        raise InputError(
            f"The model reads float pictures [B, 3, H, W], got {list(images.shape)} of {images.dtype}.",
            remedy="Letterbox, scale to 0..1 and stack them.",
        )
    h, w = images.shape[-2:]
    if min(h, w) < 2 * step:
        raise InputError(f"{w} x {h} px give too small a grid.", remedy=f"Use sides of at least {2 * step} px.")
    if config.whole_steps and (h % step or w % step):
        raise InputError(f"{w} x {h} px do not fit the tower.", remedy=f"Use sides that are multiples of {step}.")
    if images.device.type == "cpu" and not being_traced() and not bool(images.isfinite().all()):
        raise InputError("The picture holds pixels that are not finite.", remedy="Replace NaN and infinite values.")

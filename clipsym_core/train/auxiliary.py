"""Learning the classes that a model predicts beside its heatmaps: orientation of axes, order of centers (EquiSym).

The field's word is auxiliary tasks: they cost nothing at inference, and tell the network what kind of symmetry it sees.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from clipsym_core.data.targets import CHANNELS, NOTHING
from clipsym_core.errors import ConfigError
from clipsym_core.model.network import SymmetryNetwork
from clipsym_core.model.peers.configs import STRIDE, EquiSymConfig
from clipsym_core.model.peers.equisym import EquiSym
from clipsym_core.model.peers.network import Auxiliary, on_whole_grid
from clipsym_core.train.options import LossOptions

_ALPHA, _GAMMA = 0.95, 2.0
"""Of the focal loss, as for the heatmaps: nearly every cell is of the class "nothing"."""


def learns_classes(options: LossOptions) -> bool:
    """Whether a run learns classes."""
    return options.orientation > 0 or options.order > 0


class WithAuxiliary(nn.Module):
    """A model whose forward pass also gives the classes, so that gradients are shared between processes as usual."""

    def __init__(self, model: EquiSym) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> tuple[Tensor, Auxiliary]:
        return self.model.with_auxiliary(images)


def supervised(model: SymmetryNetwork, options: LossOptions) -> nn.Module:
    """What a run trains: the model, or the model with its classes.

    Raises:
        ConfigError: classes are to be learned, and the model has none.
    """
    if not learns_classes(options):
        return model
    if not isinstance(model, EquiSym):
        raise ConfigError(
            f"A {model.config.family} model predicts no orientation or order.",
            remedy="Set loss.orientation and loss.order to 0, or start from equisym.",
        )
    return WithAuxiliary(model)


def auxiliary_loss(
    auxiliary: Auxiliary, targets: Tensor, valid: Tensor, config: EquiSymConfig, options: LossOptions, *, cells: float
) -> Tensor:
    """Weighted focal losses of the classes: this part's share of the mean over `cells`.

    Args:
        targets: [B, 4, H, W]; the last two channels are those of `render_classes`.
        valid: [B, 1, H, W].
        cells: valid ones of the whole batch, as `valid_cells` gives them.
    """
    angles, orders = (at_cells(targets[:, len(CHANNELS) + i]) for i in (0, 1))
    mask = valid_cells(valid)
    loss = targets.new_zeros(())
    if options.orientation and auxiliary.orientation is not None:
        classes = orientation_classes(angles, auxiliary.orientation.shape[1] - 1)
        loss = loss + options.orientation * class_loss(auxiliary.orientation.float(), classes, mask, cells)
    if options.order and auxiliary.order is not None:
        classes = order_classes(orders, config.orders)
        loss = loss + options.order * class_loss(auxiliary.order.float(), classes, mask, cells)
    return loss


def valid_cells(valid: Tensor) -> Tensor:
    """The cells of the stride-8 grid that count, bool [B, h, w], from the pixels that do [B, 1, H, W]."""
    return at_cells(valid[:, 0].float()) > 0


def at_cells(maps: Tensor) -> Tensor:
    """[B, H, W] at the cells of the stride-8 grid, [B, h, w]; -1 on what the model pads."""
    return (on_whole_grid(maps - NOTHING) + NOTHING)[:, ::STRIDE, ::STRIDE]


def orientation_classes(angles: Tensor, count: int) -> Tensor:
    """Angles in degrees (-1: no axis) to classes: 0, or 1 + k for the nearest of k * 180 / count."""
    nearest = torch.round(angles * count / 180.0).long() % count
    return torch.where(angles < 0, torch.zeros_like(nearest), nearest + 1)


def order_classes(orders: Tensor, known: tuple[int, ...]) -> Tensor:
    """Orders (-1: no center) to classes: 0, 1 for another order, then 2 + i for known[i]."""
    classes = (orders >= 0).long()
    for index, order in enumerate(known):
        classes = torch.where(orders == order, index + 2, classes)
    return classes


def class_loss(logits: Tensor, classes: Tensor, mask: Tensor, cells: float) -> Tensor:
    """Alpha-balanced focal loss over the cells of `mask` [B, h, w], divided by `cells`; logits [B, K, h, w], classes
    [B, h, w]."""
    entropy = F.cross_entropy(logits, classes, reduction="none")
    balance = torch.where(classes > 0, _ALPHA, 1 - _ALPHA)
    each = balance * (1 - torch.exp(-entropy)) ** _GAMMA * entropy
    return (each * mask).sum() / max(cells, 1.0)

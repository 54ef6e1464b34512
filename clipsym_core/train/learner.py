"""One step of training: forward, loss, backward, clipping, optimizer, running average; alone or on many processes.

Device, arithmetic and gradients across processes are accelerate's. A batch may come in parts and over processes; the
loss of all of them together is the mean over the whole batch, so the result does not depend on how it was shared out.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from torch import Tensor

from clipsym_core.data.targets import CHANNELS
from clipsym_core.data.training_dataset import Batch
from clipsym_core.errors import ConfigError, TrainingError
from clipsym_core.model.network import SymmetryNetwork
from clipsym_core.model.peers.configs import EquiSymConfig
from clipsym_core.train.auxiliary import auxiliary_loss, learns_classes, supervised, valid_cells
from clipsym_core.train.cpu_kernels import CpuKernels
from clipsym_core.train.ema import ExponentialAverage
from clipsym_core.train.losses import dice_loss, masked_focal_loss
from clipsym_core.train.options import LossOptions
from clipsym_core.train.parameters import freeze, make_optimizer, set_rates, training_mode
from clipsym_core.train.run_file import RunFile

_NAMED = 8


@dataclass(frozen=True, slots=True)
class StepResult:
    """Loss of a step over all processes, and the decoder's learning rate."""

    loss: float
    rate: float


class Learner:
    """A model with what it takes to train it.

    Attributes:
        model: the bare model; `wrapped` is what runs, for gradients to be shared between processes.
        average: the running average of its weights, None without one.
        outputs: heatmaps that are learned.
    """

    def __init__(self, model: SymmetryNetwork, run: RunFile, accelerator: Accelerator) -> None:
        """Raises: ConfigError: the model has not what the run wants it to learn, or nothing is left to learn."""
        self.run, self.accelerator = run, accelerator
        self.outputs = tuple(run.outputs or model.config.outputs)
        for name in self.outputs:
            if name not in model.config.outputs:
                has = " and ".join(model.config.outputs)
                raise ConfigError(f"The model has no output '{name}'.", f"It has {has}.", "Choose another start.")
        freeze(model, run.freeze)
        if not any(p.requires_grad for p in model.parameters()):
            raise ConfigError("Nothing of the model is left to learn.", remedy="Freeze less.")
        # channels last: measured 16 to 22 % faster on a CPU, and right for tensor cores
        self.model: SymmetryNetwork = model.to(accelerator.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = ExponentialAverage(self.model, run.average) if run.average is not None else None
        self.optimizer = make_optimizer(self.model, run.optimizer)
        self.wrapped, self._prepared = accelerator.prepare(supervised(self.model, run.loss), self.optimizer)

    @property
    def best_model(self) -> SymmetryNetwork:
        """What is measured and saved: the average where there is one."""
        return self.model if self.average is None else self.average.model

    def step(self, parts: Sequence[Batch], factor: float) -> StepResult:
        """Learn from one batch, given in parts.

        Raises:
            TrainingError: the loss is not finite; names the pictures. The weights are as before.
        """
        training_mode(self.model, self.run.freeze)
        rate = set_rates(self.optimizer, factor)
        pixels, pictures, cells = self._shared(self._extent(parts))
        losses: list[Tensor] = []
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            with contextlib.nullcontext() if last else self.accelerator.no_sync(self.wrapped):
                images, targets, valid = self._on_device(part)
                with CpuKernels():
                    logits = self.wrapped(images)
                auxiliary = None
                if isinstance(logits, tuple):
                    logits, auxiliary = logits
                loss = batch_loss(
                    logits.float(), targets, valid, self.model.config.outputs, self.outputs, self.run.loss,
                    pixels=pixels, pictures=pictures,
                )  # fmt: skip
                if auxiliary is not None:
                    assert isinstance(self.model.config, EquiSymConfig)
                    loss = loss + auxiliary_loss(
                        auxiliary, targets, valid, self.model.config, self.run.loss, cells=cells
                    )  # fmt: skip
                # Gradients are averaged over processes, while every sum here is a share of the whole batch's mean.
                self.accelerator.backward(loss * self.accelerator.num_processes)
                losses.append(loss.detach())
        (total,) = self._shared([torch.stack(losses).sum()])
        self._check(total, parts)
        if self.run.optimizer.clip_norm is not None:
            self.accelerator.clip_grad_norm_(self.wrapped.parameters(), self.run.optimizer.clip_norm)
        self._prepared.step()
        self._prepared.zero_grad()
        if self.average is not None:
            self.average.update(self.model)
        return StepResult(total, rate)

    def _on_device(self, part: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures as float in 0..1, targets, valid."""
        moved = (x.to(self.accelerator.device, non_blocking=True) for x in (part.images, part.targets, part.valid))
        images, targets, valid = moved
        if not images.is_floating_point():
            images = images.float().div_(255.0)
        return images.contiguous(memory_format=torch.channels_last), targets, valid

    def _extent(self, parts: Sequence[Batch]) -> list[Tensor]:
        """Pixels that count (of each channel), pictures, and cells that have a class, of this process."""
        whole = not self.run.loss.ignore_padding
        pixels = sum(part.valid.numel() if whole else int(part.valid.sum()) for part in parts)
        pictures = sum(len(part.images) for part in parts)
        cells = sum(int(valid_cells(part.valid).sum()) for part in parts) if learns_classes(self.run.loss) else 0
        return [torch.tensor(float(x), device=self.accelerator.device) for x in (pixels, pictures, cells)]

    def _shared(self, values: list[Tensor]) -> list[float]:
        """Sums over processes."""
        if self.accelerator.num_processes == 1:
            return [float(v) for v in values]
        summed = self.accelerator.reduce(torch.stack([v.float() for v in values]), reduction="sum")
        assert isinstance(summed, Tensor)
        return [float(v) for v in summed]

    def _check(self, loss: float, parts: Sequence[Batch]) -> None:
        if math.isfinite(loss):
            return
        self._prepared.zero_grad()
        names = [name for part in parts for name in part.names]
        if self.accelerator.num_processes > 1:
            names = list(gather_object(names))
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        raise TrainingError(
            f"The loss is {loss} in the batch of {', '.join(names[:_NAMED])}{more}.",
            "The learning rate is too high, the arithmetic too coarse, or a picture or label is broken.",
            "Lower optimizer.rate, set precision to fp32, or look at these pictures; then resume from the last state.",
        )


def batch_loss(
    logits: Tensor, targets: Tensor, valid: Tensor, outputs: Sequence[str], learned: Sequence[str],
    options: LossOptions, *, pixels: float, pictures: float,
) -> Tensor:  # fmt: skip
    """The loss that a run file describes: this part's share of the mean over `pixels` and `pictures`.

    Args:
        logits: [B, C, H, W], channels as `outputs` names them.
        targets: [B, 2 or more, H, W], first channels as `CHANNELS`.
        valid: [B, 1, H, W].
        learned: the outputs that count.
    """
    logits = _channels(logits, [outputs.index(name) for name in learned])
    targets = _channels(targets, [CHANNELS.index(name) for name in learned])
    if options.hard is not None:
        targets = (targets >= options.hard).to(targets.dtype)
    mask = valid.to(logits.dtype) if options.ignore_padding else None
    weights = [getattr(options, name) for name in learned]
    loss = masked_focal_loss(
        logits, targets, mask, weights=weights, alpha=options.alpha, gamma=options.gamma, pixels=max(pixels, 1.0)
    )
    if options.dice:
        each = dice_loss(logits, targets, mask).sum(dim=0) / pictures
        loss = loss + options.dice * (each * torch.tensor(weights).to(each)).sum()
    return loss


def _channels(x: Tensor, wanted: list[int]) -> Tensor:
    """These channels of [B, C, H, W], without a copy (and a slow way back) where that is all of them."""
    if wanted == list(range(wanted[0], wanted[0] + len(wanted))):
        return x[:, wanted[0] : wanted[0] + len(wanted)]
    return x[:, torch.as_tensor(wanted, device=x.device)]


def make_accelerator(device: torch.device, precision: str) -> Accelerator:
    """The engine for a device; under torchrun, for this process's part of it.

    Precision is fp32, bf16 or fp16.
    """
    import os

    from accelerate.state import AcceleratorState, PartialState

    if not torch.distributed.is_initialized():
        # accelerate keeps one state for a process; a second run in it (tests, a notebook) needs its own.
        AcceleratorState._reset_state(reset_partial_state=True)
    if "LOCAL_RANK" not in os.environ and device.type == "cuda":
        os.environ["ACCELERATE_TORCH_DEVICE"] = str(device)
    else:
        os.environ.pop("ACCELERATE_TORCH_DEVICE", None)
    PartialState(cpu=device.type == "cpu")
    return Accelerator(
        cpu=device.type == "cpu", mixed_precision={"fp32": "no"}.get(precision, precision),
        step_scheduler_with_optimizer=False,
    )  # fmt: skip

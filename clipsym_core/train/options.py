"""The parts of a run file. Plain data: nothing here imports torch, numpy or OpenCV."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from clipsym_core.errors import ConfigError
from clipsym_core.model.config import StrictModel

Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Output = Literal["reflection", "rotation"]
State = Literal["none", "suggested", "verified"]


class DataOptions(StrictModel):
    """Pictures to learn from: a data set, or synthetic scenes.

    Attributes:
        path: a project file, a folder or a file in any importable format, or a folder of shards.
        format: its name; None = what it looks like.
        images: folder that picture paths are relative to, where it is not the data set's own.
        states: pictures in these states take part. Published data sets count as verified.
        scenes: in place of `path`: that many synthetic scenes an epoch, every epoch new ones.
        sources: pack of scripts/training_sources.py that scenes are made from; None = made by formula.
    """

    path: str | None = None
    format: str | None = None
    images: str | None = None
    states: tuple[State, ...] = ("verified",)
    scenes: int | None = Field(default=None, ge=1)
    sources: str | None = None

    def model_post_init(self, context: Any, /) -> None:
        if self.path is not None and self.scenes is not None:
            raise ConfigError("Data come from a path or are synthetic scenes, not both.", remedy="Leave one out.")


class SplitOptions(StrictModel):
    """How pictures that have no split yet are split; see `clipsym_core.data.splits`.

    Attributes:
        shares: of train, val and test.
        by: what stays together.
    """

    shares: tuple[Share, Share, Share] = (0.8, 0.2, 0.0)
    seed: int = 0
    by: Literal["group", "folder", "picture"] = "group"


class OptimizerOptions(StrictModel):
    """Optimizer and learning rates (peak values; the schedule multiplies them).

    Attributes:
        rate: of decoder and upsampler.
        tower_rate, text_rate: of the image tower and of prompts or text tower; None = `rate`.
        layer_decay: factor on the tower's rate for each block further from the decoder; 1 = none.
        weight_decay: on matrices and filters; never on norms, biases and prompt tables.
        clip_norm: largest norm of the gradient; None = no clipping.
    """

    kind: Literal["adam", "adamw"] = "adamw"
    rate: Positive = 3e-4
    tower_rate: Positive | None = None
    text_rate: Positive | None = None
    layer_decay: float = Field(default=1.0, gt=0, le=1)
    weight_decay: float = Field(default=0.02, ge=0)
    betas: tuple[Share, Share] = (0.9, 0.999)
    clip_norm: Positive | None = 5.0


class ScheduleOptions(StrictModel):
    """Learning rate over the run.

    Attributes:
        kind: `cosine`, `exponential` (both from 1 down to `floor`) or `constant`.
        warmup: share of the run in which the rate rises from 0.
        floor: factor on the rate at the end.
        by_epoch: the rate changes from epoch to epoch only.
    """

    kind: Literal["cosine", "exponential", "constant"] = "cosine"
    warmup: float = Field(default=0.03, ge=0, lt=1)
    floor: float = Field(default=0.01, gt=0, le=1)
    by_epoch: bool = False


class LossOptions(StrictModel):
    """Alpha-focal loss, and switches.

    Attributes:
        alpha, gamma: of the focal loss; a negative alpha leaves the balance of classes out.
        hard: make targets 0 and 1 at this value first; None = soft targets as the paper has them.
        dice: weight of a soft Dice term beside the focal loss.
        reflection, rotation: weights of the two heatmaps.
        orientation, order: weights of the classes that EquiSym predicts beside them; other models have none.
        ignore_padding: leave the letterbox's padding out of the loss (the authors count it as background).
    """

    alpha: float = Field(default=0.95, le=1)
    gamma: float = Field(default=2.0, ge=0)
    hard: Annotated[float, Field(gt=0, lt=1)] | None = None
    dice: float = Field(default=0.0, ge=0)
    reflection: float = Field(default=1.0, ge=0)
    rotation: float = Field(default=1.0, ge=0)
    orientation: float = Field(default=0.0, ge=0)
    order: float = Field(default=0.0, ge=0)
    ignore_padding: bool = True


class TargetOptions(StrictModel):
    """How shapes are drawn as targets; widths are shares of the shorter side. See `clipsym_core.data.targets`.

    Attributes:
        kind: `analytic` at network size, or `field`: as the published loaders do.
    """

    kind: Literal["analytic", "field"] = "analytic"
    profile: Literal["gaussian", "band"] = "gaussian"
    axis: Positive = 1.6 / 192
    center: Positive = 3.0 / 192
    ellipses: Literal["skip", "fill", "ring"] = "skip"


class ValidationOptions(StrictModel):
    """When and on what the model is measured.

    Attributes:
        every: epochs between validations.
        pictures: at most so many, taken evenly.
        patience: validations without a better F1 before the run ends early; None = never.
    """

    every: Positive = 1.0
    pictures: int = Field(default=200, ge=1)
    patience: int | None = Field(default=None, ge=1)


class RehearsalOptions(StrictModel):
    """Old things shown again, so that new ones do not displace them.

    Attributes:
        share: of every epoch; 0 = no rehearsal.
        data: earlier data sets; where none is named, synthetic scenes and the bundled sample pictures.
        pictures: how many of them validation looks at.
    """

    share: float = Field(default=0.0, ge=0, lt=1)
    data: tuple[DataOptions, ...] = ()
    pictures: int = Field(default=32, ge=1)


class StageOptions(StrictModel):
    """A share of the run on a square canvas of `side` px, with batches of its own."""

    share: Share
    side: int = Field(ge=32)
    batch: int = Field(ge=1)

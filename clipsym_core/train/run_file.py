"""The run file: everything that a training run is, as strict JSON. Does not import torch.

    {"preset": "fine-tune", "data": {"path": "flowers/symviewer.symproj"}, "epochs": 20}

A preset gives the values that the file does not name. An unknown key is an error that tells the nearest name. Paths are
relative to the file's folder. `resolve` and `load_run_file` are the ways in; the panel writes such a file and starts
`python -m clipsym_core.train RUN.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from clipsym_core.data.augment_options import FULL, AugmentOptions
from clipsym_core.errors import ConfigError, reason_of
from clipsym_core.model.config import StrictModel
from clipsym_core.model.zoo import DEFAULT_MODEL
from clipsym_core.train.options import (
    DataOptions,
    LossOptions,
    OptimizerOptions,
    Output,
    RehearsalOptions,
    ScheduleOptions,
    SplitOptions,
    StageOptions,
    TargetOptions,
    ValidationOptions,
)

RUN_FILE = "run.json"


class RunFile(StrictModel):
    """A training run.

    Attributes:
        preset: what the values that are not named come from.
        folder: of the run; None = the run file's folder if it is called run.json, else a folder beside it with its
            name.
        start: name of a model or path of a checkpoint to start from.
        scratch: what begins with random weights: `nothing`, the `decoder` (with the upsampler), or `everything` but
            pretrained towers.
        outputs: heatmaps to learn; None = all that the model has.
        canvas: (width, height) of the network's input, px; None = the model's own.
        stages: canvas sizes over the run, in place of `canvas` and `batch`.
        epochs, steps, minutes: length of the run; exactly one is given.
        batch: pictures a step, over all processes.
        accumulate: parts that a batch is computed in, one after the other: less memory, same result.
        drop_last: leave out the pictures of an epoch that do not fill a batch.
        average: decay of the running average of the weights, which is what is validated and saved; None = no average.
        freeze: parts that do not learn; `norms` are the tower's batch norm statistics.
        precision: `auto` is bf16 on a GPU or CPU that computes in it, else fp32.
        device: auto, cpu, cuda, cuda:N or mps. Under torchrun every process takes its own GPU.
        workers: processes that prepare pictures.
        threads: of a CPU; None = as many as there are cores.
        log_every, save_every: steps.
        previews: how many fixed pictures are drawn at each validation.
    """

    preset: str = "fine-tune"
    folder: str | None = None
    data: DataOptions = DataOptions()
    split: SplitOptions = SplitOptions()
    start: str = DEFAULT_MODEL
    scratch: Literal["nothing", "decoder", "everything"] = "nothing"
    outputs: tuple[Output, ...] | None = None
    canvas: tuple[int, int] | None = None
    stages: tuple[StageOptions, ...] = ()
    epochs: float | None = Field(default=None, gt=0)
    steps: int | None = Field(default=None, ge=1)
    minutes: float | None = Field(default=None, gt=0)
    batch: int = Field(default=8, ge=1)
    accumulate: int = Field(default=1, ge=1)
    drop_last: bool = False
    optimizer: OptimizerOptions = OptimizerOptions()
    schedule: ScheduleOptions = ScheduleOptions()
    loss: LossOptions = LossOptions()
    targets: TargetOptions = TargetOptions()
    augment: AugmentOptions = FULL
    average: float | None = Field(default=0.998, gt=0, lt=1)
    freeze: tuple[Literal["encoder", "text", "decoder", "upsampler", "norms"], ...] = ("norms",)
    validation: ValidationOptions = ValidationOptions()
    rehearsal: RehearsalOptions = RehearsalOptions()
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    device: str = "auto"
    workers: int = Field(default=0, ge=0)
    threads: int | None = Field(default=None, ge=1)
    seed: int = Field(default=0, ge=0)
    log_every: int = Field(default=1, ge=1)
    save_every: int = Field(default=100, ge=1)
    previews: int = Field(default=4, ge=0)

    def model_post_init(self, context: Any, /) -> None:
        lengths = [name for name in ("epochs", "steps", "minutes") if getattr(self, name) is not None]
        if len(lengths) != 1:
            named = " and ".join(lengths) or "nothing"
            raise ConfigError(f"The length of the run is given by {named}.", remedy="Give epochs, steps or minutes.")
        if self.accumulate > self.batch:
            raise ConfigError(f"A batch of {self.batch} has no {self.accumulate} parts.", remedy="Make it larger.")
        if self.stages and abs(sum(stage.share for stage in self.stages) - 1) > 1e-6:
            raise ConfigError("The shares of the stages do not add up to 1.", remedy="Correct them.")


def resolve(values: Mapping[str, Any], *, base: Path | None = None) -> RunFile:
    """The run that `values` describe, with the values of its preset where they name none.

    Args:
        base: folder that relative paths are relative to; None leaves them as they are.

    Raises:
        ConfigError: an unknown key or preset (tells the nearest), or a value that does not fit.
    """
    from clipsym_core.train.presets import preset_values

    given = dict(values)
    merged = _merged(preset_values(str(given.get("preset", "fine-tune"))), given)
    # A length in the file replaces the preset's, which may be counted in something else.
    if any(given.get(name) is not None for name in ("epochs", "steps", "minutes")):
        merged |= {name: given.get(name) for name in ("epochs", "steps", "minutes")}
    run = RunFile(**merged)
    return run if base is None else _anchored(run, base)


def load_run_file(path: Path) -> RunFile:
    """Read a run file; its paths and its folder become absolute.

    Raises:
        ConfigError: missing, not JSON, or as `resolve`.
    """
    path = path.absolute()
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"Cannot read the run file {path}.", f"{reason_of(error)}.", "Check the path and the JSON."
        ) from error
    if not isinstance(values, dict):
        raise ConfigError(f"The run file {path} holds no JSON object.", remedy="Begin it with {.")
    run = resolve(values, base=path.parent)
    if run.folder is None:
        folder = path.parent if path.name == RUN_FILE else path.with_suffix("")
        if folder == path:
            raise ConfigError(f"The run file {path} has no suffix.", remedy="Name it NAME.json, or give its folder.")
        run = run.model_copy(update={"folder": str(folder)})
    return run


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` upon `base`, section by section."""
    result = dict(base)
    for key, value in over.items():
        section = result.get(key)
        result[key] = _merged(section, value) if isinstance(section, Mapping) and isinstance(value, Mapping) else value
    return result


def _anchored(run: RunFile, base: Path) -> RunFile:
    """The run with absolute paths; a start that names no file is the name of a model and stays."""

    def at(text: str | None) -> str | None:
        return None if text is None else str(base / text)

    def data(options: DataOptions) -> DataOptions:
        return options.model_copy(
            update={"path": at(options.path), "images": at(options.images), "sources": at(options.sources)}
        )

    rehearsal = run.rehearsal.model_copy(update={"data": tuple(data(d) for d in run.rehearsal.data)})
    start = str(base / run.start) if (base / run.start).is_file() else run.start
    return run.model_copy(
        update={"data": data(run.data), "rehearsal": rehearsal, "start": start, "folder": at(run.folder)}
    )

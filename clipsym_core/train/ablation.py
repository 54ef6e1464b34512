"""The paper's tables from one command: each variant is trained with the same budget, measured, and put into one table.

Every run is an ordinary run folder, started from a run file, so any of them can be looked at, resumed or repeated with
`clipsym train`. What is finished is not done again: an ablation that was stopped goes on where it was.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from clipsym_core.errors import CheckpointError, ClipsymError, ConfigError, InputError
from clipsym_core.evaluate.report import EvaluationOptions, EvaluationReport, ModelReport, read_report
from clipsym_core.evaluate.run import evaluate
from clipsym_core.evaluate.source import EvaluationData, choose_pictures, load_data
from clipsym_core.files import write_atomic
from clipsym_core.model.checkpoint import LoadedModel
from clipsym_core.model.zoo import DEFAULT_MODEL, load_model
from clipsym_core.train.ablation_report import AblationReport, row_of
from clipsym_core.train.ablation_starts import clipsym_config, make_start
from clipsym_core.train.ablation_variants import TABLES, Variant, variants_of
from clipsym_core.train.events import ErrorEvent, Event
from clipsym_core.train.run_folder import BEST, RunFolder
from clipsym_core.train.session import run_training

_PLAN = "plan.json"
_RESULT = "evaluation.json"


class AblationStopped(Exception):
    """A person stopped it; the same command goes on."""


@dataclass(frozen=True)
class AblationOptions:
    """What to ablate.

    Attributes:
        data, format, images: any importable dataset, or a project.
        out: folder of the runs and the tables.
        base: name of a CLIPSym model or path of a checkpoint: gives the towers and what is varied. With CLIP towers all
            prompt variants are possible; without them those that need no text tower.
        steps: of training, for each variant and seed.
        seeds: how many.
        tables: which of the paper's.
        preset: of the trainings; rehearsal is left out.
        robustness: measure turned pictures for every variant (for the equivariance table they always are).
        run: values of the run file beside these, such as {"batch": 16}.
        limit: most pictures to measure on.
    """

    data: Path
    out: Path
    format: str | None = None
    images: Path | None = None
    base: str = DEFAULT_MODEL
    steps: int = 2000
    seeds: int = 2
    tables: tuple[str, ...] = TABLES
    preset: str = "fine-tune"
    robustness: bool = False
    run: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class AblationStep:
    """Where an ablation is: run `number` (from 1) of `runs`."""

    variant: str
    seed: int
    number: int
    runs: int
    reused: bool = False


def ablate(
    options: AblationOptions,
    *,
    progress: Callable[[AblationStep], None] | None = None,
    listener: Callable[[Event], None] | None = None,
) -> AblationReport:
    """Train and measure every variant; writes ablation.json and ablation.md after each one.

    A variant that cannot be trained here (say, because CLIP's weights are missing) is named in the report; the rest
    goes on.

    Args:
        progress: told when a run begins.
        listener: gets the events of the trainings.

    Raises:
        ConfigError: a table, base or value does not exist, or the folder holds another ablation.
        InputError: the data cannot be read, or hold no truth.
        CheckpointError: the base cannot be loaded, or not one variant could be trained.
        AblationStopped: stopped by a person.
        OSError: the folder cannot be written.
    """
    base = load_model(options.base)
    variants = variants_of(clipsym_config(base), options.tables)
    data = load_data(options.data, format_name=options.format, images=options.images, verified_only=True)
    _keep_plan(options)
    runs = _Runs(options, base, data, listener or (lambda _: None))
    found: dict[str, list[ModelReport]] = {v.name: [] for v in variants}
    problems: dict[str, str] = {}
    total, number = len(variants) * options.seeds, 0
    report: AblationReport | None = None
    for seed in range(options.seeds):  # seed by seed: a table of one seed is there early
        for variant in variants:
            number += 1
            step = AblationStep(variant.name, seed, number, total, runs.is_done(variant, seed))
            if progress is not None:
                progress(step)
            try:
                found[variant.name].append(runs.one(variant, seed))
            except ClipsymError as error:
                problems[variant.name] = str(error)
            report = _report(options, runs, variants, found, problems)
            report.save(options.out)
    assert report is not None
    if not any(found.values()):
        raise CheckpointError("Not one variant could be trained.", next(iter(problems.values())))
    return report


class _Runs:
    """Trains and measures single variants."""

    def __init__(
        self, options: AblationOptions, base: LoadedModel, data: EvaluationData, listener: Callable[[Event], None]
    ) -> None:
        self.options, self.base, self.data, self.listener = options, base, data, listener
        splits = {picture.split for picture in data.pictures}
        self.split = next((s for s in ("test", "val") if s in splits), None)

    def folder(self, variant: Variant, seed: int) -> Path:
        return self.options.out / "runs" / f"{variant.name}-{seed}"

    def is_done(self, variant: Variant, seed: int) -> bool:
        return (self.folder(variant, seed) / _RESULT).is_file()

    def one(self, variant: Variant, seed: int) -> ModelReport:
        """Raises: ClipsymError: it cannot be trained or measured. AblationStopped."""
        folder = self.folder(variant, seed)
        if self.is_done(variant, seed):
            return read_report(folder / _RESULT).models[0]
        self._train(variant, seed, folder)
        report = self._measure(variant, folder)
        report.save(folder / _RESULT)
        return report.models[0]

    def _train(self, variant: Variant, seed: int, folder: Path) -> None:
        run = RunFolder(folder)
        file = folder / "run.json"
        resume = run.state.is_file()
        if not resume:
            start = folder / "start.safetensors"
            folder.mkdir(parents=True, exist_ok=True)
            make_start(self.base, variant, seed, start)
            write_atomic(file, json.dumps(self._values(variant, seed, start), indent=1).encode())
            (folder / "events.jsonl").unlink(missing_ok=True)  # of a run that ended before its first checkpoint
        errors: list[ErrorEvent] = []

        def listen(event: Event) -> None:
            if isinstance(event, ErrorEvent):
                errors.append(event)
            self.listener(event)

        ended = run_training(file, resume=resume, listener=listen)
        if ended.reason in ("stopped", "cancelled"):
            raise AblationStopped
        if ended.reason == "failed":
            told = errors[-1] if errors else ErrorEvent(what="The training failed.", why="", remedy="")
            raise InputError(told.what, told.why, told.remedy)

    def _values(self, variant: Variant, seed: int, start: Path) -> dict[str, Any]:
        options = self.options
        data: dict[str, Any] = {"path": str(options.data.absolute())}
        if options.format:
            data["format"] = options.format
        if options.images:
            data["images"] = str(options.images.absolute())
        values: dict[str, Any] = {
            "preset": options.preset, "start": str(start.absolute()), "data": data, "steps": options.steps,
            "seed": seed, "device": options.device, "rehearsal": {"share": 0.0}, "previews": 0, **options.run,
        }  # fmt: skip
        if variant.freeze:
            values["freeze"] = sorted({*values.get("freeze", ("norms",)), *variant.freeze})
        elif not variant.tower:
            values["freeze"] = []  # a random tower has no statistics worth keeping
        return values

    def _measure(self, variant: Variant, folder: Path) -> EvaluationReport:
        options = self.options
        robust = options.robustness or "equivariance" in variant.tables
        settings = EvaluationOptions(robustness=robust, device=options.device, limit=options.limit)
        return evaluate([folder / BEST], self._held_out(folder), settings)

    def _held_out(self, folder: Path) -> EvaluationData:
        """The test split, else the validation split, else the pictures that the run held out itself."""
        pictures = self.data.pictures
        if self.split is not None:
            chosen = choose_pictures(pictures, split=self.split, name=self.data.name)
        else:
            known = RunFolder(folder).read_pictures() or {"val": []}
            paths = set(known["val"])
            if not paths:
                raise InputError(
                    f"{self.data.name} has no pictures to measure on.", "All of them were trained on.",
                    "Give splits with clipsym convert --split 80/20.",
                )  # fmt: skip
            chosen = choose_pictures([p for p in pictures if p.path in paths], name=self.data.name)
        return EvaluationData(self.data.name, chosen, self.data.source, self.data.format, self.split)

    @property
    def measured_on(self) -> str:
        return f"the {self.split} split" if self.split else "the pictures held out"


def _keep_plan(options: AblationOptions) -> None:
    """Remember what the folder's runs have in common; refuse to mix them with others."""
    plan = {k: v for k, v in asdict(options).items() if k not in ("out", "tables", "seeds", "robustness", "device")}
    text = json.dumps(plan, default=str, indent=1, sort_keys=True)
    file = options.out / _PLAN
    if file.is_file() and file.read_text(encoding="utf-8") != text:
        raise ConfigError(
            f"{options.out} holds another ablation.", f"Its {_PLAN} differs from what is asked for now.",
            "Choose another folder, or ask for the same.",
        )  # fmt: skip
    write_atomic(file, text.encode())


def _report(
    options: AblationOptions, runs: _Runs, variants: tuple[Variant, ...], found: Mapping[str, list[ModelReport]],
    problems: Mapping[str, str],
) -> AblationReport:  # fmt: skip
    return AblationReport(
        created=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        base=options.base if not Path(options.base).suffix else Path(options.base).stem,
        data=runs.data.name,
        measured_on=runs.measured_on,
        steps=options.steps,
        seeds=options.seeds,
        preset=options.preset,
        rows=tuple(row_of(v, found[v.name], problems.get(v.name, "")) for v in variants),
    )

"""From the `data` of a run file to what is trained and measured on: pictures, scenes, rehearsal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from clipsym_core.data.annotation import AnnotatedPicture
from clipsym_core.data.convert import read_dataset
from clipsym_core.data.formats.base import ReadOptions
from clipsym_core.data.picture_cache import PictureCache
from clipsym_core.data.report import Report
from clipsym_core.data.samples import sample_records
from clipsym_core.data.scene_dataset import SceneRecipe
from clipsym_core.data.shards import ShardSet, is_sharded
from clipsym_core.data.splits import SplitPlan, balanced_splits
from clipsym_core.data.synthesis import SourcePack, source_pack
from clipsym_core.data.targets import TargetStyle
from clipsym_core.data.training_dataset import PictureSource, Read, SampleSource, SceneSource
from clipsym_core.errors import ConfigError, InputError
from clipsym_core.evaluate.scenes import SEED, truth_style
from clipsym_core.model.config import Preprocessing
from clipsym_core.train.auxiliary import learns_classes
from clipsym_core.train.events import WarningEvent
from clipsym_core.train.options import DataOptions, TargetOptions
from clipsym_core.train.run_file import RunFile

_CACHE_BYTES = 1 << 29
_HELD_OUT_SAMPLES = 4
"""Every fourth sample picture is kept for measuring."""
_REHEARSAL_SCENES = 48
_FEW = 5
"""Validation pictures below which a person is told that F1 says little."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What a run learns from and is measured on.

    Attributes:
        train: the main source, then those of rehearsal.
        val: measured at every validation; `val_is_train`: it is the training pictures, for want of others.
        rehearsal_val: measured beside it; empty without rehearsal.
        train_paths, val_paths: of the pictures, kept in the run's folder so that a resumed run has the same.
        warnings: what a person should know.
    """

    train: tuple[SampleSource, ...]
    val: SampleSource
    rehearsal_val: tuple[SampleSource, ...] = ()
    train_paths: tuple[str, ...] = ()
    val_paths: tuple[str, ...] = ()
    warnings: tuple[WarningEvent, ...] = field(default=())


@dataclass(slots=True)
class _Loaded:
    """Records with how they are read."""

    records: list[AnnotatedPicture]
    read: Read | None = None
    blocks: list[int] | None = None
    warnings: list[WarningEvent] = field(default_factory=list)

    def source(self, chosen: Sequence[AnnotatedPicture], run: RunFile, **options: object) -> PictureSource:
        blocks = None
        if self.blocks is not None:
            of = {record.path: block for record, block in zip(self.records, self.blocks, strict=True)}
            blocks = [of[record.path] for record in chosen]
        cache = _cache(run)
        return PictureSource(list(chosen), read=self.read, blocks=blocks, cache=cache, **options)  # type: ignore[arg-type]


def build_data(
    run: RunFile, preprocessing: Preprocessing, *, recipe: SceneRecipe | None = None,
    known: Mapping[str, Sequence[str]] | None = None,
) -> TrainingData:  # fmt: skip
    """The data of a run.

    Args:
        preprocessing: of the model.
        recipe: of scenes, in place of the usual one.
        known: paths by split ("train", "val") that an interrupted run had.

    Raises:
        InputError: nothing to learn from, with the reason.
    """
    canvas = run.canvas or preprocessing.size
    if run.data.scenes is not None:
        return _scene_data(run, canvas, recipe)
    if run.data.path is None:
        raise InputError("The run file names no data.", remedy='Give "data": {"path": ...} or {"scenes": N}.')
    loaded = load_records(run.data)
    train, val, warnings = _split(loaded.records, run, known)
    grey = round(255 * preprocessing.fill)
    truth = _truth(run.targets, canvas)
    main = loaded.source(train, run, seed=run.seed, augment=run.augment, style=target_style(run), fill=grey)
    measured = loaded.source(_evenly(val or train, run.validation.pictures), run, style=truth, fill=grey)
    # Measuring sees pictures as inference does, so at the size that they have.
    measured.cache = None
    others, held_out = _rehearsal(run, canvas, grey, len(main)) if run.rehearsal.share > 0 else ((), ())
    return TrainingData(
        (main, *others), measured, held_out, tuple(r.path for r in train), tuple(r.path for r in val),
        tuple(loaded.warnings + warnings),
    )  # fmt: skip


def load_records(options: DataOptions) -> _Loaded:
    """The pictures of a data set in the wanted states.

    Raises:
        InputError: there is none; says how many there are in other states.
    """
    assert options.path is not None
    path = Path(options.path)
    if options.format == "shards" or (options.format is None and is_sharded(path)):
        shards = ShardSet(path)
        keep = [i for i, record in enumerate(shards.records) if record.state in options.states]
        loaded = _Loaded([shards.records[i] for i in keep], shards.read, [shards.blocks[i] for i in keep])
        total = len(shards.records)
    else:
        report = Report()
        images = None if options.images is None else Path(options.images)
        every = list(read_dataset(path, options.format, ReadOptions(images=images), report))
        loaded, total = _Loaded([r for r in every if r.state in options.states]), len(every)
        if report.counts["skipped"]:
            first = report.of("skipped")[0]
            loaded.warnings.append(
                WarningEvent(what=f"{report.counts['skipped']} things in {path.name} were skipped.", why=f"{first}")
            )
    if not loaded.records:
        wanted = " or ".join(options.states)
        raise InputError(
            f"There is no {wanted} picture in {path}.", f"It has {total} pictures in other states.",
            "Verify pictures, or name other states in data.states.",
        )  # fmt: skip
    return loaded


def target_style(run: RunFile) -> TargetStyle | None:
    """How targets are drawn; None = as the field's loaders do.

    Raises:
        ConfigError: classes are to be learned, and the field's loaders draw none.
    """
    options, classes = run.targets, learns_classes(run.loss)
    if options.kind != "field":
        return TargetStyle(options.profile, options.axis, options.center, options.ellipses, classes)
    if classes:
        raise ConfigError(
            "Orientation and order cannot be learned from targets of kind 'field'.", remedy="Use kind 'analytic'."
        )
    return None


def scene_pack(options: DataOptions, split: str) -> SourcePack:
    """What scenes are made from: a pack, or textures and shapes by formula (other ones for "val")."""
    return source_pack(None if options.sources is None else Path(options.sources), split)


def _cache(run: RunFile) -> PictureCache:
    """Every worker has a copy of its own."""
    return PictureCache(_CACHE_BYTES // max(1, run.workers))


def _truth(options: TargetOptions, canvas: tuple[int, int]) -> TargetStyle:
    filled = options.ellipses == "fill" or options.kind == "field"
    return replace(truth_style(min(canvas)), ellipses="fill" if filled else "skip")


def _scene_data(run: RunFile, canvas: tuple[int, int], recipe: SceneRecipe | None) -> TrainingData:
    style = target_style(run) or TargetStyle()
    recipe = recipe or SceneRecipe(seed=run.seed, style=style)
    assert run.data.scenes is not None
    main = SceneSource(scene_pack(run.data, "train"), recipe, run.data.scenes)
    return TrainingData((main,), _held_out_scenes(run.data, canvas, run.validation.pictures))


def _held_out_scenes(options: DataOptions, canvas: tuple[int, int], count: int) -> SceneSource:
    """Scenes that training never shows; the same as `held_out_scores` measures on.

    Raises:
        InputError: the canvas is not square.
    """
    if canvas[0] != canvas[1]:
        raise InputError(
            f"Synthetic scenes are square, the canvas is {canvas[0]} x {canvas[1]}.",
            remedy="Take a square canvas, or name data sets in rehearsal.data.",
        )
    recipe = SceneRecipe(seed=SEED, turns=False, style=truth_style(min(canvas)))
    return SceneSource(scene_pack(options, "val"), recipe, count)


def _rehearsal(
    run: RunFile, canvas: tuple[int, int], grey: int, pictures: int
) -> tuple[tuple[SampleSource, ...], tuple[SampleSource, ...]]:
    """Sources to rehearse from, and those to measure forgetting on."""
    style, truth = target_style(run), _truth(run.targets, canvas)
    measured = run.rehearsal.pictures
    train: list[SampleSource] = []
    val: list[SampleSource] = []
    wanted = round(pictures * run.rehearsal.share / (1 - run.rehearsal.share))
    for options in run.rehearsal.data or (DataOptions(scenes=max(_REHEARSAL_SCENES, wanted)),):
        if options.scenes is not None:
            recipe = SceneRecipe(seed=run.seed + 1, style=style or TargetStyle())
            train.append(SceneSource(scene_pack(options, "train"), recipe, options.scenes))
            val.append(_held_out_scenes(options, canvas, measured))
            continue
        loaded = load_records(options)
        learned, held_out, _ = _split(loaded.records, run, None)
        train.append(loaded.source(learned, run, seed=run.seed, augment=run.augment, style=style, fill=grey))
        val.append(loaded.source(_evenly(held_out or learned, measured), run, style=truth, fill=grey))
    if not run.rehearsal.data:
        bundled = sample_records()
        held_out = bundled[::_HELD_OUT_SAMPLES]
        learned = [record for record in bundled if record not in held_out]
        train.append(PictureSource(learned, run.seed, run.augment, style, grey, cache=_cache(run)))
        val.append(PictureSource(held_out, style=truth, fill=grey))
    return tuple(train), tuple(val)


def _split(
    records: Sequence[AnnotatedPicture], run: RunFile, known: Mapping[str, Sequence[str]] | None
) -> tuple[list[AnnotatedPicture], list[AnnotatedPicture], list[WarningEvent]]:
    """Training and validation pictures, and what is to be said about them."""
    if known is not None:
        return _as_before(records, known)
    splits = balanced_splits(records, SplitPlan(run.split.shares, run.split.seed, run.split.by))
    train = [r for r in records if splits[r.path] == "train"]
    val = [r for r in records if splits[r.path] == "val"]
    if not train:
        raise InputError("No picture is left to train on.", "All are in other splits.", "Change split.shares.")
    if len(val) >= _FEW:
        return train, val, []
    if val:
        return train, val, [
            WarningEvent(
                what=f"F1 is measured on {len(val)} of {len(records)} pictures, which says little of the model.",
                remedy="Verify more pictures, or give validation a larger share.",
            )
        ]  # fmt: skip
    return train, val, [
        WarningEvent(
            what="There are no validation pictures: the training pictures are measured instead.",
            why="F1 on them says nothing about new pictures.", remedy="Verify more pictures, or change split.shares.",
        )
    ]  # fmt: skip


def _as_before(
    records: Sequence[AnnotatedPicture], known: Mapping[str, Sequence[str]]
) -> tuple[list[AnnotatedPicture], list[AnnotatedPicture], list[WarningEvent]]:
    """The pictures that an interrupted run had, in its order; later ones wait for the next run."""
    by_path = {record.path: record for record in records}
    missing = [path for path in (*known["train"], *known["val"]) if path not in by_path]
    if missing:
        raise InputError(
            f"{len(missing)} pictures of the interrupted run are gone, the first is {missing[0]}.",
            "A run goes on with what it began with.", "Put them back, or start a new run.",
        )  # fmt: skip
    return [by_path[p] for p in known["train"]], [by_path[p] for p in known["val"]], []


def _evenly(records: Sequence[AnnotatedPicture], most: int) -> list[AnnotatedPicture]:
    if len(records) <= most:
        return list(records)
    return [records[int(i)] for i in np.linspace(0, len(records) - 1, most)]

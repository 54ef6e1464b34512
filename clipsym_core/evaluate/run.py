"""Several models on one dataset, all metrics, one report.

report = evaluate(["clipsym-lite", "features"], load_data(Path("dataset"), split="val"))

One model at a time is in memory, and one picture; pictures are read again for each model.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import TypeAlias

from clipsym_core.data.annotation import AnnotatedPicture, fraction_of
from clipsym_core.data.formats.detections import ImageRecord
from clipsym_core.errors import CheckpointError, ClipsymError, ImageReadError, InputError
from clipsym_core.evaluate.consistency import LIMIT, turn_about_center, valid_after, warp
from clipsym_core.evaluate.progress import EvaluationCancelled, Progress
from clipsym_core.evaluate.report import (
    CostPart,
    DataPart,
    EvaluationOptions,
    EvaluationReport,
    ModelReport,
    PictureInfo,
    Problem,
)
from clipsym_core.evaluate.source import EvaluationData, limited
from clipsym_core.evaluate.subjects import Subject, check_name, labels, open_subject
from clipsym_core.evaluate.tally import Tally, Truths
from clipsym_core.imaging import Pixels
from clipsym_core.symmetry import Detection
from clipsym_core.video.pool import read_picture

Model: TypeAlias = str | Path | Subject


def evaluate(
    models: Sequence[Model],
    data: EvaluationData,
    options: EvaluationOptions | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> EvaluationReport:
    """Evaluate each model on the data.

    A model whose checkpoint is missing, damaged or untrained is listed in `not_evaluated`, a picture that cannot be
    read in `problems`; the rest goes on.

    Args:
        models: names of the zoo, paths of checkpoints, "features", or subjects.
        progress: told before the first picture of a model and after each.
        cancelled: asked before each picture.

    Raises:
        EvaluationCancelled: `cancelled` answered true.
        ConfigError: no such model or device.
        CheckpointError: no model at all can be loaded.
        InputError: no model or no picture is given, or no picture can be read.
    """
    options = options or EvaluationOptions()
    pictures = limited(data.pictures, options.limit, options.seed)
    if not models:
        raise InputError("There is no model to evaluate.", remedy="Name a model, a checkpoint, or features.")
    if not pictures:
        raise InputError("There is no picture to evaluate on.", remedy="Choose other data.")
    for model in models:
        if isinstance(model, str | Path):
            check_name(model)  # a slip of the pen should not end an evaluation after an hour
    run = _Run(options, pictures, progress or (lambda _: None), cancelled or (lambda: False))
    reports: list[ModelReport] = []
    missing: list[Problem] = []
    for index, (model, label) in enumerate(zip(models, labels(models), strict=True)):
        if run.cancelled():
            raise EvaluationCancelled
        try:
            subject = open_subject(model, options, label) if isinstance(model, str | Path) else model
        except CheckpointError as error:
            missing.append(Problem(what=label, why=str(error)))
            continue
        reports.append(run.one(subject, label, index, len(models)))
        del subject  # before the next one is opened: one model in memory at a time
    if not reports:
        raise CheckpointError("No model can be evaluated.", missing[0].why)
    if not run.infos:
        raise InputError("No picture can be read.", run.unreadable[0].why)
    problems = tuple(Problem(what=what, why=why) for what, why in data.problems)
    return EvaluationReport(
        created=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        program=_version(),
        options=options,
        data=_data_part(data, tuple(run.infos.values())),
        models=tuple(reports),
        problems=(*problems, *run.unreadable),
        not_evaluated=tuple(missing),
    )


class _Run:
    """The pictures, and what is known of them after the first model."""

    def __init__(
        self,
        options: EvaluationOptions,
        pictures: tuple[AnnotatedPicture, ...],
        progress: Callable[[Progress], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self.options, self.pictures = options, pictures
        self.progress, self.cancelled = progress, cancelled
        self.infos: dict[str, PictureInfo] = {}
        self.unreadable: list[Problem] = []
        self._broken: set[str] = set()
        self._truths = Truths.of(pictures)

    def one(self, subject: Subject, label: str, index: int, models: int) -> ModelReport:
        tally = Tally(subject, self._truths, self.options.threshold)
        failed: list[Problem] = []
        seconds: list[float] = []

        def tell(done: int) -> None:
            self.progress(Progress(label, index, models, done, len(self.pictures)))

        tell(0)
        for done, (picture, image) in enumerate(self._images(), start=1):
            if image is not None:
                try:
                    seconds.append(self._picture(subject, tally, picture, image))
                except ClipsymError as error:
                    failed.append(Problem(what=picture.path, why=str(error)))
            tell(done)
        # The first picture pays for buffers and kernels that the others find ready.
        steady = seconds[1:] or seconds
        speed = len(steady) / sum(steady) if steady else None
        return ModelReport(
            name=label,
            pictures=len(seconds),
            heatmaps=tally.heatmaps(),
            undilated=tally.undilated(),
            drawn=tally.drawn(),
            fused=tally.fused(),
            axes=tally.axes(),
            dominant=tally.dominant(),
            centers=tally.centers(),
            turned=tally.turned(),
            cost=CostPart(**{**subject.cost.model_dump(), "images_per_second": speed}),
            seconds=sum(seconds),
            rows=tally.rows(),
            failed=tuple(failed),
        )

    def _images(self) -> Iterator[tuple[AnnotatedPicture, Pixels | None]]:
        for picture in self.pictures:
            if self.cancelled():
                raise EvaluationCancelled
            yield picture, self._read(picture)

    def _read(self, picture: AnnotatedPicture) -> Pixels | None:
        if picture.path in self._broken or picture.file is None:
            return None
        try:
            image = read_picture(picture.file)
        except ImageReadError as error:
            self._broken.add(picture.path)
            self.unreadable.append(Problem(what=picture.path, why=str(error)))
            return None
        if picture.path not in self.infos:
            truth = tuple(Detection(shape, 1.0, "truth") for shape in picture.shapes)
            size = (image.shape[1], image.shape[0])
            self.infos[picture.path] = PictureInfo(
                path=picture.path, file=str(picture.file), truth=ImageRecord.found(picture.path, size, truth)
            )
        return image

    def _picture(self, subject: Subject, tally: Tally, picture: AnnotatedPicture, image: Pixels) -> float:
        """Count one picture; returns the seconds that the subject took for it."""
        size = (image.shape[1], image.shape[0])
        began = time.perf_counter()
        prediction = subject.predict(image)
        seconds = time.perf_counter() - began
        tally.add(picture, size, prediction)
        if self.options.robustness:
            # By the path, not by the place in the list: every model and every subset sees the same turn of a picture.
            angle = (2.0 * fraction_of(picture.path, self.options.seed) - 1.0) * LIMIT
            matrix = turn_about_center(size, angle)
            of_turned = subject.maps(warp(image, matrix))
            turned = {kind: warp(found, matrix) for kind, found in prediction.maps.items()}
            tally.add_turned(picture.shapes, matrix, valid_after(size, matrix), of_turned, turned)
        return seconds


def _data_part(data: EvaluationData, infos: tuple[PictureInfo, ...]) -> DataPart:
    truths = [info.truth for info in infos]
    return DataPart(
        name=data.name,
        source=data.source,
        format=data.format,
        split=data.split,
        axes=sum(len(t.axes) for t in truths),
        centers=sum(len(t.centers) for t in truths),
        ellipses=sum(len(t.ellipses) for t in truths),
        pictures=infos,
    )


def _version() -> str:
    try:
        return f"symviewer {metadata.version('symviewer')}"
    except metadata.PackageNotFoundError:
        return "symviewer"

"""Asks the old and the new model of a run about its validation pictures, in a thread: all scores, overlays of one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from PySide6.QtCore import QObject, Signal

from symviewer.model.comparison import Comparison, compare
from symviewer.model.problem import Problem
from symviewer.services.task_thread import Task, TaskCancelled, TaskThread

if TYPE_CHECKING:
    from clipsym_core.data.annotation import AnnotatedPicture
    from clipsym_core.evaluate.subjects import Subject
    from clipsym_core.imaging import Pixels

_SIDE: Final = 1200
"""Longer side of an overlay, px."""
THRESHOLD: Final = 0.5


@dataclass(frozen=True, slots=True)
class Overlays:
    """A picture as the old model (None where there is none) and the new one see it, [h, w, 3] each."""

    path: str
    old: Pixels | None
    new: Pixels


@dataclass(frozen=True, slots=True)
class Compare:
    folder: Path


@dataclass(frozen=True, slots=True)
class ShowPicture:
    folder: Path
    path: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Nobody looks any more: models need their memory elsewhere."""


Request: TypeAlias = Compare | ShowPicture | Forget


class ComparisonService(QObject):
    """Signals: `progress(done, total)`; `compared(Comparison)`; `drawn(Overlays)`; `failed(Problem)`."""

    progress = Signal(int, int)
    compared = Signal(object)
    drawn = Signal(object)
    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._thread: TaskThread[Request] = TaskThread("comparison", self._handle, self._report)
        self._folder: Path | None = None
        self._subjects: list[Subject] = []
        self._records: dict[str, AnnotatedPicture] = {}

    def compare(self, folder: Path) -> None:
        """Score both models of the run in this folder."""
        self._thread.begin(Compare(folder))

    def show(self, folder: Path, path: str) -> None:
        """Draw what both models see in a picture; asked for again, the older request is dropped."""
        self._thread.begin(ShowPicture(folder, path))

    def forget(self) -> None:
        """Stop, and let go of both models."""
        self._thread.begin(Forget())

    def stop(self) -> bool:
        return self._thread.stop()

    # -- in the thread ------------------------------------------------------------------------------------------------

    def _report(self, _task: Task[Request], problem: Problem) -> None:
        self.failed.emit(problem)

    def _handle(self, task: Task[Request]) -> None:
        request = task.request
        if not isinstance(request, ShowPicture):
            self._subjects, self._records, self._folder = [], {}, None
        if isinstance(request, Compare):
            self.compared.emit(self._compare(task, request.folder))
            self._folder = request.folder
        elif isinstance(request, ShowPicture) and request.folder == self._folder:
            self.drawn.emit(self._draw(request.path))

    def _compare(self, task: Task[Request], folder: Path) -> Comparison:
        from clipsym_core.errors import CheckpointError
        from clipsym_core.evaluate.progress import EvaluationCancelled, Progress
        from clipsym_core.evaluate.report import EvaluationOptions
        from clipsym_core.evaluate.report import Problem as Missing
        from clipsym_core.evaluate.run import evaluate
        from clipsym_core.evaluate.source import EvaluationData
        from clipsym_core.evaluate.subjects import open_subject
        from clipsym_core.train.run_folder import BEST

        values = _resolved(folder)
        options = EvaluationOptions(threshold=THRESHOLD)
        self._records = {record.path: record for record in _pictures(folder, values)}
        missing = []
        try:
            self._subjects.append(open_subject(str(values["start"]), options, "the old model"))
        except CheckpointError as error:
            missing.append(Missing(what="The model it started from", why=str(error)))
        self._subjects.append(open_subject(folder / BEST, options, "the new model"))

        def tell(progress: Progress) -> None:
            done = progress.index * progress.total + progress.done
            self.progress.emit(done, progress.models * progress.total)

        data = EvaluationData("validation pictures", tuple(self._records.values()))
        try:
            report = evaluate(self._subjects, data, options, tell, task.cancelled.is_set)
        except EvaluationCancelled as error:
            raise TaskCancelled from error
        return compare(report.model_copy(update={"not_evaluated": tuple(missing)}))

    def _draw(self, path: str) -> Overlays:
        from clipsym_core.video.pool import read_picture

        record = self._records[path]
        assert record.file is not None
        image = _smaller(read_picture(record.file))
        seen = [_overlay(subject, image) for subject in self._subjects]
        return Overlays(path, seen[0] if len(seen) > 1 else None, seen[-1])


def _resolved(folder: Path) -> dict[str, Any]:
    from clipsym_core.errors import InputError, reason_of

    try:
        values = json.loads((folder / "resolved.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"The run {folder.name} cannot be compared.", f"{reason_of(error)}.", "Resume it first."
        ) from error
    return dict(values)


def _pictures(folder: Path, values: dict[str, Any]) -> list[AnnotatedPicture]:
    """The validation pictures of a run, or those it learned from where it had no others.

    Raises:
        InputError: it had none, or they are gone.
    """
    from clipsym_core.data.convert import read_dataset
    from clipsym_core.data.formats.base import ReadOptions
    from clipsym_core.errors import InputError
    from clipsym_core.train.run_folder import RunFolder

    data = values.get("data") or {}
    known = RunFolder(folder).read_pictures() or {}
    wanted = set(known.get("val") or known.get("train") or ())
    if not data.get("path") or not wanted:
        raise InputError(
            f"There are no pictures to compare the models of {folder.name} on.", "It learned from synthetic scenes.",
            "Compare them in the Evaluate panel, on a dataset of yours.",
        )  # fmt: skip
    images = Path(data["images"]) if data.get("images") else None
    records = read_dataset(Path(data["path"]), data.get("format"), ReadOptions(images=images))
    found = [record for record in records if record.path in wanted]
    if not found:
        raise InputError(f"The pictures of {folder.name} are gone.", remedy="Put them back.")
    return found


def _smaller(image: Pixels) -> Pixels:
    import cv2
    import numpy as np

    height, width = image.shape[:2]
    scale = _SIDE / max(height, width)
    if scale >= 1.0:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _overlay(subject: Subject, image: Pixels) -> Pixels:
    """The picture with the model's heatmaps and the shapes that it is sure enough of."""
    from clipsym_core.overlay import AXIS_COLOR, CENTER_COLOR, blend_heatmap, draw_detections

    seen = subject.predict(image)
    drawn = image
    for kind, color in (("reflection", AXIS_COLOR), ("rotation", CENTER_COLOR)):
        if kind in seen.maps:
            drawn = blend_heatmap(drawn, seen.maps[kind], color=color, opacity=0.6)
    return draw_detections(drawn, [d for d in seen.detections if d.score >= THRESHOLD])

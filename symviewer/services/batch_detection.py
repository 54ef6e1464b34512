"""Detection over a range of pictures: one undo step, manual work kept, a summary at the end."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from symviewer.model import commands
from symviewer.model.progress import BatchSummary
from symviewer.model.workspace import Workspace
from symviewer.services.detection_jobs import BatchDetected, BatchJob, Failed, Outcome
from symviewer.services.detection_service import DetectionService
from symviewer.services.picture_run import PictureRun


class BatchDetection(QObject):
    """Looks at many pictures; what is found becomes their suggestions, annotations and verified states stay.

    Each picture is saved when it is done; all of them are one undo step, also while a person works on. Signal:
    `finished(BatchSummary)`.
    """

    finished = Signal(object)

    def __init__(self, workspace: Workspace, detection: DetectionService) -> None:
        super().__init__()
        self.run = PictureRun(workspace, detection.worker, self._job, self._take, self._ended)
        self._workspace = workspace
        self._detection = detection
        self._ids = itertools.count(1)
        self._gesture = ""
        self._summary = BatchSummary()
        workspace.desk.replaced.connect(self.run.cancel)

    @property
    def summary(self) -> BatchSummary:
        """What the latest batch came to so far."""
        return self._summary

    @property
    def gesture(self) -> str:
        """The gesture of its steps, empty while no batch goes on."""
        return self._gesture if self.run.active else ""

    def begin(self, paths: Iterable[str]) -> None:
        """Look at these pictures."""
        wanted = tuple(dict.fromkeys(paths))
        self._gesture = f"batch {next(self._ids)}"
        self._summary = BatchSummary(total=len(wanted))
        self.run.begin(wanted)

    def _job(self, path: str, model_id: str) -> BatchJob | None:
        if self._workspace.desk.find(path) is None:
            return None
        return BatchJob(next(self._ids), path, model_id, self._detection.proposals)

    def _take(self, outcome: Outcome) -> None:
        old = self._summary
        if isinstance(outcome, BatchDetected):
            found = self._write(outcome)
            self._summary = replace(old, pictures=old.pictures + 1, suggestions=old.suggestions + found)
        elif isinstance(outcome, Failed) and isinstance(outcome.job, BatchJob):
            self._summary = replace(old, failed=(*old.failed, (outcome.job.path, outcome.problem)))
            if outcome.picture_broken:
                self._workspace.pictures.mark_failed(outcome.job.path, outcome.problem)

    def _write(self, outcome: BatchDetected) -> int:
        """Put what was found into the document; how many suggestions the picture has now."""
        desk, path = self._workspace.desk, outcome.job.path
        picture = desk.find(path)
        if picture is None or desk.read_only:
            return 0
        desk.stack.push(commands.suggest(desk.document, picture, outcome.answer.suggestions, batch=self._gesture))
        self._detection.mark_answered(path, outcome.stamp)
        return desk.document.entry(picture).suggestions

    def _ended(self, cancelled: bool) -> None:
        self._summary = replace(self._summary, cancelled=cancelled)
        self.finished.emit(self._summary)

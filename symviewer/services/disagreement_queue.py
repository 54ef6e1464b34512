"""Measures in the background how much the model contradicts itself about each picture, for the order of the review.

Definition: `clipsym_core.evaluate.disagreement`. What is measured is kept in the project; the next time, also on
another day, it goes on with the pictures that are left.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from symviewer.model.annotation import PictureId
from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.model.workspace import Workspace
from symviewer.services.detection_jobs import Failed, Measured, MeasureJob, Outcome
from symviewer.services.inference_worker import InferenceWorker
from symviewer.services.picture_run import PictureRun
from symviewer.services.project_desk import ProjectDesk
from symviewer.store.problems import ProjectError

SAVE_MS: Final = 2000
"""Measurements are saved together; a killed program loses those of this time at most."""


class DisagreementQueue(QObject):
    """Signals: `problem(Problem)`, `notice(str)`. Progress: `run.progressed`."""

    problem = Signal(object)
    notice = Signal(str)

    def __init__(self, workspace: Workspace, worker: InferenceWorker, projects: ProjectDesk) -> None:
        super().__init__()
        self.run = PictureRun(workspace, worker, self._job, self._take, self._ended)
        self._workspace = workspace
        self._projects = projects
        self._ids = itertools.count(1)
        self._unsaved: dict[str, dict[PictureId, float]] = {}
        self._failed = 0
        self._timer = QTimer(self, singleShot=True, interval=SAVE_MS)
        self._timer.timeout.connect(self.save)
        projects.closing.connect(self._on_closing)

    def begin(self, paths: Iterable[str]) -> None:
        """Measure those of these pictures that the present model was not measured on; all where none is left."""
        every = list(paths)
        left = [path for path in every if not self._is_measured(path)]
        self._failed = 0
        self.run.begin(left or every)

    def save(self) -> None:
        """Write what was measured into the project."""
        self._timer.stop()
        unsaved, self._unsaved = self._unsaved, {}
        project = self._projects.project
        for model, found in unsaved.items():
            if project is None or project.stack.read_only:
                for picture, value in found.items():
                    self._workspace.desk.document.measure(picture, value, model)  # for this window alone
                continue
            try:
                project.project.save_disagreement(found, model)
            except ProjectError as error:
                self.run.cancel()
                self.problem.emit(Problem.of(error))

    def stop(self) -> bool:
        """Save and end."""
        self._timer.stop()
        return self.run.stop()

    def _on_closing(self) -> None:
        """The project is still there, and will not be any more."""
        self.run.cancel()
        self.save()

    def _job(self, path: str, model_id: str) -> MeasureJob | None:
        known = self._workspace.desk.find(path) is not None
        return MeasureJob(next(self._ids), path, model_id, self._model) if known else None

    def _take(self, outcome: Outcome) -> None:
        if isinstance(outcome, Measured):
            picture = self._workspace.desk.find(outcome.job.path)
            if picture is not None:
                self._unsaved.setdefault(outcome.job.model, {})[picture] = outcome.value
                if not self._timer.isActive():
                    self._timer.start()
        elif isinstance(outcome, Failed) and isinstance(outcome.job, MeasureJob):
            self._failed += 1
            if outcome.picture_broken:
                self._workspace.pictures.mark_failed(outcome.job.path, outcome.problem)

    def _ended(self, cancelled: bool) -> None:
        self.save()
        if not cancelled:
            failed = tr(" {failed:,} could not be measured.").format(failed=self._failed) if self._failed else ""
            self.notice.emit(
                tr("The disagreement is measured; order the list by it to begin with the largest.{failed}").format(
                    failed=failed
                )
            )

    @property
    def _model(self) -> str:
        """The name or file of the model that answers: two checkpoints may have one short name."""
        info = self._workspace.model.info
        return (info.source or info.name) if info else ""

    def _is_measured(self, path: str) -> bool:
        entry = self._workspace.desk.entry(path)
        return entry is not None and entry.disagreement is not None and entry.measured_by == self._model

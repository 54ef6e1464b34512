"""Keeps the suggestions of the workspace in step with its pictures and its detection settings.

It decides what the inference worker does next and what becomes of the answers: an answer of a model or of settings
that are no longer wanted is dropped, one for a picture that is no longer shown is kept with that picture.
"""

from __future__ import annotations

import itertools
import logging
from collections import deque
from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from clipsym_core.symmetry import Detection
from symviewer.model import commands
from symviewer.model.annotation import ReviewState
from symviewer.model.heatmaps import PictureImage
from symviewer.model.model_status import ModelState, ModelStatus, short_name
from symviewer.model.pictures import Picture, PictureState
from symviewer.model.problem import Problem
from symviewer.model.settings import DetectionSettings, Proposals, Settings
from symviewer.model.translating import tr
from symviewer.model.workspace import Work, Workspace
from symviewer.services.detection_jobs import (
    BatchJob,
    Detected,
    DetectJob,
    Dropped,
    Failed,
    Job,
    Loaded,
    LoadJob,
    MeasureJob,
    Outcome,
)
from symviewer.services.detectors import DetectorSource
from symviewer.services.inference_worker import InferenceWorker
from symviewer.services.picture_cache import PictureCache

log = logging.getLogger(__name__)


class DetectionService(QObject):
    """Signals: `problem(Problem)` for a person to see, `notice(str)` for the status bar, `devices_found(tuple)`."""

    problem = Signal(object)
    notice = Signal(str)
    devices_found = Signal(object)

    def __init__(self, workspace: Workspace, source: DetectorSource, pictures: PictureCache) -> None:
        super().__init__()
        self._workspace = workspace
        self._worker = InferenceWorker(source, pictures)
        self._worker.started.connect(self._on_started)
        self._worker.outcome.connect(self._on_outcome)
        self._worker.devices.connect(self.devices_found)
        self._ids = itertools.count(1)
        self._running: Job | None = None
        self._waiting: dict[int, Job] = {}
        self._ahead: deque[str] = deque()
        self._settings = workspace.settings.detection
        self._load: LoadJob | None = None
        workspace.settings_changed.connect(self._on_settings)

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread and load the model of the settings."""
        self._worker.start()
        self.load_model()

    def stop(self) -> bool:
        """Stop the thread; whether it ended in time."""
        self._ahead.clear()
        for job in [*self._waiting.values(), *([self._running] if self._running else [])]:
            job.cancelled.set()
        return self._worker.stop()

    @property
    def idle(self) -> bool:
        """Whether nothing is computed and nothing waits."""
        # Without a model, what may be wanted next waits for one that a person chooses.
        ahead = bool(self._ahead) and self._workspace.model.info is not None
        return self._running is None and not self._waiting and not ahead

    # -- what a person asks for ---------------------------------------------------------------------------------------

    def load_model(self) -> None:
        """Load the model of the settings; the old one answers until the new one did once."""
        if self._load is not None:
            self._load.cancelled.set()
        wanted = self._settings
        self._load = LoadJob(next(self._ids), wanted)
        self._workspace.model = ModelStatus(ModelState.LOADING, self._workspace.model.info, wanted.model)
        self._put(self._load)

    def picture_shown(self, image: PictureImage) -> None:
        """A picture is on the screen: show what is known about it, find out what is not."""
        index = self._workspace.pictures.index_of(image.path)
        if index < 0:
            return
        if self._workspace.pictures[index].stamp not in ("", image.stamp):
            self._workspace.pictures.mark_waiting(image.path)  # suggestions of a file that is no more
        picture = self._workspace.pictures[index]
        info = self._workspace.model.info
        if info is None:
            return  # asked again when the model is there
        answered = not self._is_unanswered(picture)
        known = self._worker.known_answer(image.stamp, info.id, self._proposals())
        if known is None:
            self._put(self._detect_job(image.path, heatmaps_only=answered))
            return
        if not answered:
            self._take(image.path, known.suggestions, image.stamp)
        self._workspace.show_heatmaps(known.heatmaps)

    def detect_current(self) -> None:
        """Look at the current picture again, whatever is known."""
        picture = self._workspace.pictures.current_picture
        if picture is None:
            return
        if self._workspace.model.info is None:
            self.notice.emit(tr("No model is loaded yet."))
            return
        self._put(self._detect_job(picture.path, fresh=True))

    def look_ahead(self, paths: Iterable[str]) -> None:
        """Look at these pictures, too, while there is nothing more urgent."""
        self._ahead.clear()
        self._ahead.extend(paths)
        self._feed()

    def cancel(self) -> None:
        """Stop everything that is being computed or waits; the model that answers stays."""
        self._ahead.clear()
        self._worker.clear()
        jobs = [*self._waiting.values(), *([self._running] if self._running else [])]
        self._waiting.clear()
        for job in jobs:
            job.cancelled.set()
            self._undo_marks(job)
        if jobs:
            self.notice.emit(tr("Cancelled."))
        self._show_work()

    # -- to the worker ------------------------------------------------------------------------------------------------

    @property
    def worker(self) -> InferenceWorker:
        """The thread that looks at pictures, for work over many of them."""
        return self._worker

    @property
    def proposals(self) -> Proposals:
        """What is asked of the present model."""
        return self._proposals()

    def mark_answered(self, path: str, stamp: str) -> None:
        """The present model looked at a picture, with the present settings."""
        self._workspace.pictures.mark_done(path, self._answer_key(), stamp)

    def _proposals(self) -> Proposals:
        """A network that was never trained is not asked: its heatmaps would be noise. The pixels are."""
        info = self._workspace.model.info
        return self._settings.proposals if info is None or info.trained else "features"

    def _answer_key(self) -> str:
        info = self._workspace.model.info
        return f"{info.id}|{self._proposals()}" if info else ""

    def _current_path(self) -> str:
        picture = self._workspace.pictures.current_picture
        return picture.path if picture else ""

    def _detect_job(
        self, path: str, *, ahead: bool = False, fresh: bool = False, heatmaps_only: bool = False
    ) -> DetectJob:
        info = self._workspace.model.info
        return DetectJob(
            next(self._ids),
            path,
            info.id if info else "",
            self._proposals(),
            ahead=ahead,
            fresh=fresh,
            heatmaps_only=heatmaps_only,
        )

    def _put(self, job: Job) -> None:
        replaced = self._worker.put(job)
        if replaced is not None:
            self._waiting.pop(replaced.id, None)
            self._undo_marks(replaced)
        self._waiting[job.id] = job
        if isinstance(job, DetectJob) and not job.heatmaps_only:
            self._workspace.pictures.mark_detecting(job.path)
        self._show_work()

    def _feed(self) -> None:
        """Give the worker the next picture that may be wanted, once it has nothing better to do."""
        if self._running is not None or self._waiting or self._workspace.model.info is None:
            return
        pictures = self._workspace.pictures
        while self._ahead:
            index = pictures.index_of(self._ahead.popleft())
            if index >= 0 and self._is_unanswered(pictures[index]):
                self._put(self._detect_job(pictures[index].path, ahead=True))
                return

    def _is_unanswered(self, picture: Picture) -> bool:
        """Whether nobody looked at a picture, or another model did since the folder was opened.

        What was found on another day stays until a person asks: it may have been paid for with a night of computing.
        """
        outdated = picture.state is PictureState.DONE and picture.model not in ("", self._answer_key())
        return outdated or picture.state is PictureState.WAITING

    def _take(self, path: str, found: Iterable[Detection], stamp: str, *, asked: bool = False) -> None:
        """Put what was found into the document: as a step where a person asked for it."""
        desk = self._workspace.desk
        picture = desk.find(path)
        if picture is not None:
            command = commands.suggest(desk.document, picture, found)
            if asked and not desk.read_only:
                desk.stack.push(command)
            else:
                desk.stack.push_unasked(command)
        self._workspace.pictures.mark_done(path, self._answer_key(), stamp)

    # -- from the worker ----------------------------------------------------------------------------------------------

    def _on_started(self, job: Job) -> None:
        if isinstance(job, BatchJob | MeasureJob):
            return  # of a `PictureRun`, which follows it itself
        self._waiting.pop(job.id, None)
        self._running = job
        self._show_work()

    def _on_outcome(self, outcome: Outcome) -> None:
        if isinstance(outcome.job, BatchJob | MeasureJob):
            return
        self._waiting.pop(outcome.job.id, None)
        if self._running is not None and self._running.id == outcome.job.id:
            self._running = None
        if outcome.job.cancelled.is_set() and not isinstance(outcome, Loaded):
            outcome = Dropped(outcome.job)
        if isinstance(outcome, Loaded):
            self._on_loaded(outcome)
        elif isinstance(outcome, Detected):
            self._on_detected(outcome)
        elif isinstance(outcome, Failed):
            self._on_failed(outcome)
        else:
            self._undo_marks(outcome.job)
        self._show_work()
        self._feed()

    def _on_loaded(self, outcome: Loaded) -> None:
        info = outcome.info
        latest = outcome.job is self._load
        if latest:
            self._load = None
        state = ModelState.READY if latest or self._load is None else ModelState.LOADING
        self._workspace.model = ModelStatus(state, info, self._workspace.model.wanted)
        if latest:
            self.notice.emit(tr("{name} is ready on {device}.").format(name=info.name, device=info.device))
        self._ask_for_current()

    def _on_detected(self, outcome: Detected) -> None:
        job, answer = outcome.job, outcome.answer
        info = self._workspace.model.info
        if info is None or job.model_id != info.id or job.proposals != self._proposals():
            log.info("Dropped the answer for %s: it is of another model or other settings", job.path)
            self._undo_marks(job)
            if job.path == self._current_path():
                self._ask_for_current()
            return
        index = self._workspace.pictures.index_of(job.path)
        # Nothing is known of the file on which an earlier day's suggestions were found: they stay, as rejected ones do.
        of_old_file = index >= 0 and self._workspace.pictures[index].stamp not in ("", outcome.stamp)
        if not job.heatmaps_only or of_old_file:
            self._take(job.path, answer.suggestions, outcome.stamp, asked=job.fresh)
        if job.path == self._current_path():
            self._workspace.show_heatmaps(answer.heatmaps)
        if answer.note:
            self.notice.emit(answer.note)

    def _on_failed(self, outcome: Failed) -> None:
        job = outcome.job
        if isinstance(job, LoadJob):
            self._on_load_failed(job, outcome.problem)
        elif outcome.picture_broken:
            self._workspace.pictures.mark_failed(job.path, outcome.problem)
        else:
            self._undo_marks(job)
            self.problem.emit(outcome.problem)

    def _on_load_failed(self, job: LoadJob, problem: Problem) -> None:
        if job is not self._load:
            return  # a newer request decides
        self._load = None
        old = self._workspace.model.info
        state = ModelState.READY if old else ModelState.NONE
        self._workspace.model = ModelStatus(state, old, job.settings.model, problem)
        kept = (
            tr("{name} stays in use.").format(name=old.name)
            if old
            else tr("Choose another model in the Detection panel.")
        )
        what = tr("The model {model} cannot be loaded.").format(model=short_name(job.settings.model))
        why = " ".join(part for part in (problem.what, problem.why) if part)
        self.problem.emit(Problem(what, why, f"{problem.remedy} {kept}".strip(), problem.details))

    def _undo_marks(self, job: Job) -> None:
        """Take back what `_put` showed for a job that ends without an answer."""
        if isinstance(job, DetectJob) and not job.heatmaps_only:
            index = self._workspace.pictures.index_of(job.path)
            others = [*self._waiting.values(), *([self._running] if self._running else [])]
            asked_again = any(isinstance(j, DetectJob) and j.path == job.path and j.id != job.id for j in others)
            if index >= 0 and not asked_again:
                entry = self._workspace.desk.entry(job.path)
                looked_at = entry is not None and entry.state is not ReviewState.NONE
                self._workspace.pictures.mark_not_detecting(job.path, looked_at=looked_at)
        elif isinstance(job, LoadJob) and job is self._load:
            self._load = None
            old = self._workspace.model.info
            self._workspace.model = ModelStatus(ModelState.READY if old else ModelState.NONE, old, job.settings.model)

    # -- following the workspace --------------------------------------------------------------------------------------

    def _on_settings(self, settings: Settings) -> None:
        old, self._settings = self._settings, settings.detection
        if old == settings.detection:
            return
        if _model_of(old) != _model_of(settings.detection):
            self.load_model()
        else:
            self._ask_for_current()

    def _ask_for_current(self) -> None:
        image = self._workspace.image
        if image is not None and image.path == self._current_path():
            self.picture_shown(image)

    def _show_work(self) -> None:
        job = self._running
        if isinstance(job, LoadJob):
            text = tr("Loading {model} …").format(model=short_name(job.settings.model))
        elif isinstance(job, DetectJob):
            text = tr("Looking for symmetries …")
        else:
            text = tr("Waiting …") if self._waiting else ""
        if text and self._ahead:
            text += tr(" ({count} more)").format(count=len(self._ahead))
        self._workspace.work = Work(text)


def _model_of(settings: DetectionSettings) -> tuple[str, str, str]:
    return (settings.model, settings.device, settings.precision)

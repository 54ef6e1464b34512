"""Work over many pictures: one after the other, behind everything that a person waits for at the moment."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from PySide6.QtCore import QObject, Signal

from symviewer.model.progress import Progress
from symviewer.model.workspace import Workspace
from symviewer.services.detection_jobs import BackgroundJob, Dropped, Outcome
from symviewer.services.inference_worker import InferenceWorker

_REMEMBERED: Final = 30
"""So many of the latest pictures tell how long the rest takes."""

MakeJob: TypeAlias = Callable[[str, str], BackgroundJob | None]
"""(path, model) -> the job for a picture; None where it is not to be looked at any more."""


class PictureRun(QObject):
    """A queue of pictures for the inference worker.

    What gave way to something more urgent, or was asked of a model that was replaced meanwhile, is asked again. Signal:
    `progressed(Progress)`, also at the end.

    Args:
        make_job: makes the job for a picture.
        take: gets each answer, or why there is none.
        ended: told at the end whether it was cancelled.
    """

    progressed = Signal(object)

    def __init__(
        self,
        workspace: Workspace,
        worker: InferenceWorker,
        make_job: MakeJob,
        take: Callable[[Outcome], object],
        ended: Callable[[bool], object],
    ) -> None:
        super().__init__()
        self._workspace = workspace
        self._worker = worker
        self._make_job, self._take, self._ended = make_job, take, ended
        self._paths: deque[str] = deque()
        self._job: BackgroundJob | None = None
        self._progress = Progress()
        self._began = 0.0
        self._took: deque[float] = deque(maxlen=_REMEMBERED)
        worker.outcome.connect(self._on_outcome)
        workspace.model_changed.connect(lambda _status: self._feed())

    @property
    def progress(self) -> Progress:
        return self._progress

    @property
    def active(self) -> bool:
        """Whether it has begun and not ended; also while it pauses."""
        return self._progress.active

    def begin(self, paths: Iterable[str]) -> None:
        """Work on these pictures, and no longer on those of before."""
        self._stop_job()
        self._paths = deque(dict.fromkeys(paths))
        self._took.clear()
        self._show(Progress(len(self._paths), active=bool(self._paths)))
        self._feed()

    def pause(self) -> None:
        """Begin no other picture until `resume`."""
        if self.active and not self._progress.paused:
            self._put_back()
            self._step(0, paused=True)

    def resume(self) -> None:
        if self._progress.paused:
            self._step(0, paused=False)
            self._feed()

    def cancel(self) -> None:
        """End here."""
        if self.active:
            self._stop_job()
            self._paths.clear()
            self._end(cancelled=True)

    def stop(self) -> bool:
        """The program ends. (The worker's thread is stopped by its owner.)"""
        self._stop_job()
        self._paths.clear()
        self._show(Progress())
        return True

    # -----------------------------------------------------------------------------------------------------------------

    def _feed(self) -> None:
        info = self._workspace.model.info
        if self._job is not None or not self.active or self._progress.paused or info is None:
            return
        while self._paths:
            job = self._make_job(self._paths.popleft(), info.id)
            if job is not None:
                self._job, self._began = job, time.monotonic()
                self._worker.put(job)
                return
            self._step(1)
        self._end(cancelled=False)

    def _on_outcome(self, outcome: Outcome) -> None:
        job = self._job
        if job is None or outcome.job is not job:
            return
        self._job = None
        if isinstance(outcome, Dropped):
            self._paths.appendleft(job.path)
        else:
            self._took.append(time.monotonic() - self._began)
            self._take(outcome)
            self._step(1)
        self._feed()

    def _put_back(self) -> None:
        if self._job is not None:
            self._paths.appendleft(self._job.path)
            self._stop_job()

    def _stop_job(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            self._worker.take_back(job)

    def _step(self, pictures: int, *, paused: bool | None = None) -> None:
        old = self._progress
        done = old.done + pictures
        left = (old.total - done) * sum(self._took) / len(self._took) if self._took else None
        self._show(Progress(old.total, done, left, old.paused if paused is None else paused, active=True))

    def _end(self, *, cancelled: bool) -> None:
        old = self._progress
        self._ended(cancelled)
        self._show(Progress(old.total, old.done))

    def _show(self, progress: Progress) -> None:
        if progress != self._progress:
            self._progress = progress
            self.progressed.emit(progress)

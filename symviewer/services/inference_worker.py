"""One long-lived thread that loads models and looks at pictures; the latest request of each kind wins."""

from __future__ import annotations

import logging
from typing import Final

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from clipsym_core.errors import ImageReadError, InputError
from symviewer.model.problem import Problem
from symviewer.model.settings import Proposals
from symviewer.services.boundary import Boundary
from symviewer.services.detection_jobs import (
    BatchDetected,
    BatchJob,
    Detected,
    DetectJob,
    Dropped,
    Failed,
    Job,
    Loaded,
    LoadJob,
    Measured,
    MeasureJob,
    Outcome,
)
from symviewer.services.detectors import Answer, Cancelled, DetectorSource, LoadedDetector
from symviewer.services.lru import ByteCache
from symviewer.services.mailbox import Mailbox
from symviewer.services.picture_cache import Decoded, PictureCache
from symviewer.services.worker_thread import WorkerThread

log = logging.getLogger(__name__)

ANSWER_BYTES: Final = 96 * 1024 * 1024
"""About a hundred answers with their heatmaps."""
URGENT: Final = ("load", "detect", "ahead")
SLOTS: Final = (*URGENT, "batch", "measure")
"""In order of urgency: what someone waits for before what may be wanted next, work over many pictures last."""


class InferenceWorker(QObject):
    """Signals: `started(job)` when a job's turn comes, `outcome(Outcome)` for each job that was taken up,
    `devices(tuple)` once the machine's devices are known. A job that was replaced in its slot before its turn ends with
    neither."""

    started = Signal(object)
    outcome = Signal(object)
    devices = Signal(object)

    def __init__(self, source: DetectorSource, pictures: PictureCache) -> None:
        super().__init__()
        self._source = source
        self._pictures = pictures
        self._detector: LoadedDetector | None = None
        self._asked_for_devices = False
        self._answers: ByteCache[tuple[str, str, str], Answer] = ByteCache(ANSWER_BYTES, lambda a: a.nbytes)
        self._mailbox: Mailbox[Job] = Mailbox(*SLOTS)
        self._thread: WorkerThread[Job] = WorkerThread("inference", self._mailbox, self._handle, self._report)

    # -- called from the window's thread ------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> bool:
        """End after the current job; whether the thread ended in time. The model is freed."""
        for job in self._mailbox.clear():
            job.cancelled.set()
        ended = self._thread.stop()
        if ended:
            self._detector = None
            self._answers.clear()
        return ended

    def put(self, job: Job) -> Job | None:
        """Leave a job in the slot of its kind; returns the one that it replaced there."""
        if isinstance(job, LoadJob):
            return self._mailbox.put("load", job)
        if isinstance(job, BatchJob):
            return self._mailbox.put("batch", job)
        if isinstance(job, MeasureJob):
            return self._mailbox.put("measure", job)
        return self._mailbox.put("ahead" if job.ahead else "detect", job)

    def clear(self) -> list[Job]:
        """Throw away what has not begun, work over many pictures apart; returns it."""
        return self._mailbox.clear(*URGENT)

    def take_back(self, job: BatchJob | MeasureJob) -> bool:
        """Do not begin a job of a long work; whether it had not begun."""
        job.cancelled.set()
        return bool(self._mailbox.clear("batch" if isinstance(job, BatchJob) else "measure"))

    def known_answer(self, stamp: str, model_id: str, proposals: str) -> Answer | None:
        """The answer for a picture in this state, where there is one already."""
        return self._answers.get((stamp, model_id, proposals))

    # -- in the worker's thread ---------------------------------------------------------------------------------------

    def _handle(self, job: Job) -> None:
        if job.cancelled.is_set():
            self.outcome.emit(Dropped(job))
            return
        self.started.emit(job)
        try:
            outcome = self._work(job)
        except Cancelled:
            outcome = Dropped(job)
        self.outcome.emit(Dropped(job) if job.cancelled.is_set() and not isinstance(outcome, Loaded) else outcome)

    def _report(self, job: Job, problem: Problem) -> None:
        self.outcome.emit(Failed(job, problem))

    def _work(self, job: Job) -> Outcome:
        if isinstance(job, LoadJob):
            return self._load(job)
        try:
            picture = self._pictures.get(job.path)
        except ImageReadError as error:
            return Failed(job, Problem.of(error), picture_broken=True)
        if isinstance(job, MeasureJob):
            return Measured(job, self._measure(job, picture.pixels))
        if isinstance(job, BatchJob):
            return BatchDetected(job, self._detect(job, picture), picture.stamp)
        return Detected(job, self._detect(job, picture), picture.stamp)

    def _load(self, job: LoadJob) -> Outcome:
        if not self._asked_for_devices:
            # Looking for devices imports torch; this thread is where that is allowed to take its time.
            with Boundary() as boundary:
                self.devices.emit(self._source.devices())
            self._asked_for_devices = boundary.problem is None
            if boundary.problem:
                log.warning("The devices cannot be listed: %s", boundary.problem.text)
        wanted = job.settings
        model_id = f"{wanted.model}|{wanted.device}|{wanted.precision}|{job.id}"
        detector = self._source.load(
            wanted.model, wanted.device, wanted.precision, id=model_id, cancelled=job.cancelled.is_set
        )
        if job.cancelled.is_set():
            raise Cancelled
        # It has to answer once before it replaces a model that does.
        self._run(detector, _probe(), "network")
        if job.cancelled.is_set():
            raise Cancelled
        self._detector = detector
        self._source.free_memory()
        return Loaded(job, detector.info)

    def _wanted(self, job: DetectJob | BatchJob | MeasureJob) -> LoadedDetector:
        if self._detector is None or self._detector.info.id != job.model_id:
            raise Cancelled  # asked of a model that was replaced meanwhile
        return self._detector

    def _measure(self, job: MeasureJob, pixels: npt.NDArray[np.uint8]) -> float:
        detector = self._wanted(job)

        def give_way() -> None:
            if job.cancelled.is_set() or self._mailbox.waits(*URGENT):
                raise Cancelled

        return detector.disagreement(pixels, give_way)

    def _detect(self, job: DetectJob | BatchJob, picture: Decoded) -> Answer:
        detector = self._wanted(job)
        key = (picture.stamp, job.model_id, job.proposals)
        fresh = isinstance(job, DetectJob) and job.fresh
        answer = None if fresh else self._answers.get(key)
        if answer is None:
            answer = self._run(detector, picture.pixels, job.proposals)
            self._answers.put(key, answer)
        return answer

    def _run(self, detector: LoadedDetector, pixels: npt.NDArray[np.uint8], proposals: Proposals) -> Answer:
        try:
            return detector.detect(pixels, proposals)
        except (MemoryError, RuntimeError) as error:
            if not self._source.ran_out_of_memory(error):
                raise
            log.warning("Memory ran out, trying again at a smaller size: %s", error)
        self._source.free_memory()
        try:
            return detector.detect_smaller(pixels, proposals)
        except (MemoryError, RuntimeError) as error:
            if not self._source.ran_out_of_memory(error):
                raise
            raise InputError(
                "There is not enough memory to look at this picture.",
                f"The model ran out of memory on {detector.info.device}, also at half the size.",
                "Choose the CPU or a smaller model in the Detection panel, or close other programs.",
            ) from error


def _probe() -> npt.NDArray[np.uint8]:
    """A small picture [96, 96, 3] with a mirror axis, for the first answer of a model."""
    ramp = np.abs(np.linspace(-255, 255, 96)).astype(np.uint8)
    return np.repeat(np.repeat(ramp[None, :, None], 96, axis=0), 3, axis=2)

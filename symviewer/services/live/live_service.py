"""Live mode: shows the newest frame of a source, and keeps symmetries followed over it.

Three threads work for it: one reads the source; one takes steps (the network's glance at the newest frame, known shapes
followed to it); one takes full looks now and then, which find what is new. Tracks live here, in the window's thread;
the threads get immutable values.
"""

from __future__ import annotations

import gc
import itertools
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, Signal

from clipsym_core.symmetry import Detection
from clipsym_core.tracking.live import LiveTracks
from clipsym_core.tracking.motion import Seen
from clipsym_core.tracking.tracker import Tracked
from symviewer.model.live import Governor, LiveState, LiveStats, LiveStatus, Rate
from symviewer.model.model_status import ModelState
from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.model.workspace import Workspace
from symviewer.services.live.eyes import Eye, EyeSource
from symviewer.services.live.jobs import EyeLoaded, Job, LoadEye, Looked, LookJob, StepJob, Stepped, work
from symviewer.services.live.recorder import Recorder
from symviewer.services.mailbox import Mailbox
from symviewer.services.sources.base import Frame, Source
from symviewer.services.sources.source_thread import SourceThread
from symviewer.services.worker_thread import WorkerThread

log = logging.getLogger(__name__)

CHECKS: Final = 1
"""So many tracks are searched for at each step where they are not found at once; some 20 ms each."""
_FRESH: Final = 0.35
"""So much unexplained heat calls for a full look soon."""
_LOOK_EVERY: Final = 1.5
_REST: Final = 2.0
"""Full looks rest this many times as long as they take; half of that when something new is seen."""
_BETWEEN_SECONDS: Final = 0.15
_BETWEEN: Final = 60
"""While a look is under way, a picture this often is kept to follow through what it finds; so many at most: half as
often from then on."""
_LOAD, _STEP, _LOOK = "load", "step", "look"
_BUSY_SECONDS: Final = 0.25
"""While a training runs, steps begin at most this often, seconds."""
_LOOK_SIDE: Final = 320
"""Longer side of the network's input for full looks, px: more than the governor may leave to steps on a slow computer.
At 128 px the bundled model misses a fifth of the demo scene, at 320 px a tenth."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A frame for the screen, with the symmetries where they are at its moment."""

    frame: Frame
    tracks: tuple[Tracked, ...]


class LiveService(QObject):
    """Signals: `shown(Shown)`, `detected()` after each step and look, `status_changed(LiveStatus)`, `problem(Problem)`,
    `notice(str)`."""

    shown = Signal(object)
    detected = Signal()
    status_changed = Signal(object)
    problem = Signal(object)
    notice = Signal(str)
    _answered = Signal(object)
    _failed = Signal(object, object)

    def __init__(self, workspace: Workspace, eyes: EyeSource, busy: Callable[[], bool] = lambda: False) -> None:
        """`busy`: whether a training runs here, which needs the computer more than live mode does."""
        super().__init__()
        self._workspace = workspace
        self.busy = busy
        self._eyes = eyes
        self._runs = itertools.count(1)
        self._run = 0
        self._make: Callable[[], Source] | None = None
        self._status = LiveStatus()
        self._source: SourceThread | None = None
        self._ending: list[SourceThread | Recorder] = []
        self._steps: WorkerThread[Job] | None = None
        self._looks: WorkerThread[Job] | None = None
        self._step_box: Mailbox[Job] = Mailbox(_LOAD, _STEP)
        self._look_box: Mailbox[Job] = Mailbox(_LOOK)
        self._recorder: Recorder | None = None
        self._eye: Eye | None = None
        self._asked: object = None
        self._tracks: LiveTracks | None = None
        self._smoothing = True
        self._newest: Shown | None = None
        self._answered.connect(self._on_answer)
        self._failed.connect(self._on_failed)
        workspace.model_changed.connect(lambda _status: self._ask_for_eye())
        workspace.settings_changed.connect(lambda _settings: self._ask_for_eye())
        self._reset()

    def _reset(self) -> None:
        self.governor = Governor()
        self._frames, self._detections = Rate(), Rate()
        self._stepping = self._looking = False
        self._step_begun = self._look_ended = self._look_took = 0.0
        self._fresh = 0.0
        self._analysed = -1
        self._age = self._lag = 0.0
        self._tracks = None
        self._newest = None
        self._between: list[tuple[float, Seen]] = []
        self._between_every = _BETWEEN_SECONDS

    # -- what a person does -------------------------------------------------------------------------------------------

    @property
    def status(self) -> LiveStatus:
        return self._status

    @property
    def stats(self) -> LiveStats:
        """What is read off now."""
        dropped = self._source.slot.dropped if self._source else 0
        side = self.governor.side if self._eye is not None else 0
        return LiveStats(self._frames.value(), self._age, dropped, self._detections.value(), self._lag, side)

    @property
    def newest(self) -> Shown | None:
        """What is on the screen."""
        return self._newest

    @property
    def records_overlay(self) -> bool | None:
        """Whether the present recording has the shapes on it; None without one."""
        return self._recorder.overlay if self._recorder else None

    @property
    def smoothing(self) -> bool:
        return self._smoothing

    def start(self, make: Callable[[], Source]) -> None:
        """Open a source (made anew for each try) instead of the present one."""
        self.close()
        self._make = make
        self._run = next(self._runs)
        self._reset()
        source = make()
        self._start_workers()
        self._read(source)
        self._set(LiveStatus(LiveState.OPENING, source.name))
        self._ask_for_eye()

    def retry(self) -> None:
        """Open the source again that was lost or has ended."""
        if self._make is not None:
            self.start(self._make)

    def close(self) -> None:
        """End live mode; the threads end on their own."""
        self.record_stop()
        self._make = None
        self._run = 0
        if self._source is not None:
            self._source.cancel()
            self._ending.append(self._source)
            self._source = None
        self._step_box.clear()
        self._look_box.clear()
        self._eye = self._asked = None
        self._reset()
        gc.unfreeze()
        self._set(LiveStatus())

    def stop(self) -> bool:
        """End live mode and all its threads; whether they ended in time."""
        self.close()
        workers = [worker for worker in (self._steps, self._looks) if worker is not None]
        ended = [thread.stop() for thread in (*self._ending, *workers)]
        self._ending.clear()
        return all(ended)

    def freeze(self, frozen: bool) -> None:
        """Hold the picture, or let it go on."""
        if frozen and self._status.state is LiveState.RUNNING:
            self._set(self._status.changed(state=LiveState.FROZEN))
        elif not frozen and self._status.state is LiveState.FROZEN:
            self._set(self._status.changed(state=LiveState.RUNNING))
            self._pump()

    def smooth(self, on: bool) -> None:
        """Switch temporal smoothing on or off."""
        self._smoothing = on
        if self._tracks is not None:
            self._tracks.change(smoothing=on)

    def record(self, path: str, *, overlay: bool) -> None:
        """Write what comes from now on to a video file."""
        self.record_stop()
        recorder = Recorder(path, overlay=overlay, rate=max(self._frames.value(), 1.0))
        recorder.finished_file.connect(self._on_recorded)
        recorder.failed.connect(lambda problem: self._on_record_failed(recorder, problem))
        recorder.start()
        self._recorder = recorder
        self._set(self._status.changed(recording=path))

    def record_stop(self) -> None:
        """Complete the recording."""
        if self._recorder is None:
            return
        self._recorder.close()
        self._ending.append(self._recorder)
        self._recorder = None
        self._set(self._status.changed(recording=""))

    # -- threads ------------------------------------------------------------------------------------------------------

    def _start_workers(self) -> None:
        self._ending = [thread for thread in self._ending if not thread.isFinished()]
        if self._steps is None or self._looks is None:
            self._steps = WorkerThread("live steps", self._step_box, self._handle, self._failed.emit)
            self._looks = WorkerThread("live looks", self._look_box, self._handle, self._failed.emit)
            self._steps.start()
            self._looks.start()

    def _handle(self, job: Job) -> None:
        self._answered.emit(work(job))

    def _ask_for_eye(self) -> None:
        """Load the model that answers for pictures, where it is not the present one; that goes on until then."""
        model, settings = self._workspace.model, self._workspace.settings.detection
        if not self._run or model.state is ModelState.LOADING:
            return  # its end is told, too
        if model.info is None:
            self._set(self._status.changed(model="no model"))
            return
        asked = (model.info.id, settings.proposals)
        if asked != self._asked:
            self._asked = asked
            wanted = settings.changed(model=model.info.source or settings.model)
            self._step_box.put(_LOAD, LoadEye(self._run, self._eyes, wanted))

    def _read(self, source: Source) -> None:
        thread = SourceThread(source)
        # Signals that are under way when another source is opened are of a thread that is not ours any more.
        thread.opened.connect(lambda: self._on_opened(thread))
        thread.arrived.connect(lambda: self._on_arrived(thread))
        thread.ended.connect(lambda: self._on_ended(thread))
        thread.lost.connect(lambda problem: self._on_lost(thread, problem))
        self._source = thread
        thread.start()

    def _set(self, status: LiveStatus) -> None:
        if status != self._status:
            self._status = status
            self.status_changed.emit(status)

    # -- frames -------------------------------------------------------------------------------------------------------

    def _on_opened(self, thread: SourceThread) -> None:
        if thread is self._source:
            self._set(self._status.changed(state=LiveState.RUNNING))

    def _on_ended(self, thread: SourceThread) -> None:
        if thread is self._source:
            self._show()
            self._set(self._status.changed(state=LiveState.ENDED))
            self._analysed = -1
            self._pump()

    def _on_lost(self, thread: SourceThread, problem: Problem) -> None:
        if thread is self._source:
            self.record_stop()
            self._set(self._status.changed(state=LiveState.LOST, problem=problem))

    def _on_arrived(self, thread: SourceThread) -> None:
        if thread is self._source:
            self._show()
            self._pump()

    def _show(self) -> None:
        """The newest frame to the screen."""
        frame = self._source.slot.take() if self._source else None
        if frame is None or self._status.state is LiveState.FROZEN:
            return
        now = time.perf_counter()
        self._frames.add(now)
        self._age = now - frame.captured
        size = (frame.pixels.shape[1], frame.pixels.shape[0])
        if self._tracks is None or self._tracks.tracker.size != size:
            self._tracks = LiveTracks(size, checks=CHECKS)
            self._tracks.change(smoothing=self._smoothing)
        self._newest = Shown(frame, tuple(self._tracks.tracker.shown(frame.seconds)))
        self.shown.emit(self._newest)
        if self._looking:
            self._keep_between(frame)
        if self._recorder is not None:
            self._recorder.add(frame, self._visible(self._newest))

    def _keep_between(self, frame: Frame) -> None:
        if self._between and frame.seconds - self._between[-1][0] < self._between_every:
            return
        if len(self._between) == _BETWEEN:
            del self._between[::2]
            self._between_every *= 2
        self._between.append((frame.seconds, Seen.of(frame.pixels)))

    def _refresh(self) -> None:
        """Put what became known since onto the last frame, after which none comes."""
        if self._newest is not None and self._tracks is not None and self._status.state is LiveState.ENDED:
            frame = self._newest.frame
            self._newest = Shown(frame, tuple(self._tracks.tracker.shown(frame.seconds)))
            self.shown.emit(self._newest)

    def _visible(self, shown: Shown) -> list[Detection]:
        """What the overlay shows of the tracks."""
        overlay = self._workspace.overlay
        return [t.detection for t in shown.tracks if overlay.shows(t.detection)]

    def visible(self) -> tuple[Detection, ...]:
        """The shapes on the screen now, in pixels of the frame."""
        return tuple(self._visible(self._newest)) if self._newest else ()

    # -- steps and looks ----------------------------------------------------------------------------------------------

    def _pump(self) -> None:
        """Begin the next step where the last one is done and there is a newer frame."""
        shown, tracks = self._newest, self._tracks
        if self._stepping or shown is None or tracks is None or self._status.state is LiveState.FROZEN:
            return
        if self._eye is None or shown.frame.number == self._analysed:
            return
        if self._looking and not len(tracks.tracker):
            return  # nothing is known yet: the look is what counts
        now = time.perf_counter()
        if self.busy() and now - self._step_begun < _BUSY_SECONDS:
            return  # the next frame asks again
        self._stepping, self._step_begun, self._analysed = True, now, shown.frame.number
        looks = not self._looking and now >= self._next_look(any_known=bool(len(tracks.tracker)))
        side = max(self.governor.side, _LOOK_SIDE) if looks else self.governor.side
        self._step_box.put(_STEP, StepJob(self._run, shown.frame, tracks.wanted(), self._eye, side, looks))

    def _on_answer(self, answer: EyeLoaded | Stepped | Looked) -> None:
        if isinstance(answer, EyeLoaded):
            if answer.run == self._run:
                self._eye = answer.eye
                # What is there now stays: to go through all that torch is made of takes the collector 0.1 s and more,
                # in which no frame is shown.
                gc.freeze()
                self._set(self._status.changed(model=answer.eye.name))
                self._pump()
            return
        if answer.job.run != self._run or self._tracks is None:
            return
        if isinstance(answer, Stepped):
            self._on_stepped(answer, self._tracks)
        else:
            self._looking = False
            self._look_ended, self._look_took = time.perf_counter(), answer.seconds
            seconds = answer.job.frame.seconds
            via = tuple(seen for when, seen in self._between if when > seconds)
            self._tracks.looked(answer.detections, seconds, answer.job.seen, via)
            if self._status.state is LiveState.ENDED:
                self._analysed = -1  # the last frame once more, for what was found
                if self._newest is not None and answer.job.frame is not self._newest.frame:
                    self._look_ended = -math.inf  # which nobody has looked at
            self._pump()
        self._refresh()
        self.detected.emit()

    def _on_stepped(self, answer: Stepped, tracks: LiveTracks) -> None:
        now = time.perf_counter()
        self._stepping = False
        self._lag = now - answer.job.frame.captured
        self._detections.add(now)
        self._fresh = answer.fresh
        tracks.stepped(answer.step)
        if answer.job.looks:
            self._look(answer.job, answer)
        elif answer.glance is not None:
            self.governor.took(answer.seconds)
        self._pump()

    def _next_look(self, *, any_known: bool) -> float:
        """When the next full look may begin."""
        rest = _REST * self._look_took * (4.0 if self.busy() else 1.0)
        if self._fresh > _FRESH or not any_known:
            return self._look_ended + 0.5 * rest
        return self._look_ended + max(rest, _LOOK_EVERY)

    def _look(self, job: StepJob, answer: Stepped) -> None:
        assert job.eye is not None
        self._looking = True
        self._between.clear()
        self._between_every = _BETWEEN_SECONDS
        self._look_box.put(_LOOK, LookJob(self._run, job.frame, answer.step.seen, answer.glance, job.eye))

    def _on_failed(self, job: Job, problem: Problem) -> None:
        if job.run != self._run:
            return
        if isinstance(job, StepJob):
            self._stepping = False
        elif isinstance(job, LookJob):
            self._looking = False
            self._look_ended = time.perf_counter()
        if self._status.problem is None:
            # Once: the next frame would say the same.
            self._set(self._status.changed(problem=problem))
            self.problem.emit(problem)

    def _on_record_failed(self, recorder: Recorder, problem: Problem) -> None:
        if recorder is self._recorder:
            self.record_stop()
        self.problem.emit(problem)

    def _on_recorded(self, path: str, frames: int, lost: int) -> None:
        text = tr("Recorded {frames:,} frames to {path}.")
        if lost:
            text = tr("Recorded {frames:,} frames to {path}; {lost:,} were lost, the computer was too slow.")
        self.notice.emit(text.format(frames=frames, path=path, lost=lost))

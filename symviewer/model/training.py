"""What a training run has told so far, from its events: curves, previews, how it stands. Without Qt, without torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
import numpy.typing as npt

from clipsym_core.train.events import (
    CheckpointSaved,
    Ended,
    ErrorEvent,
    Event,
    Preview,
    Started,
    Step,
    Validated,
    WarningEvent,
)
from symviewer.model import words
from symviewer.model.problem import Problem
from symviewer.model.translating import tr

Curve = npt.NDArray[np.float64]
CURVES: Final = ("loss", "rate", "f1", "reflection_f1", "rotation_f1", "rehearsal_f1")
_FIRST_ROOM: Final = 256


class RunState(Enum):
    """How a run stands."""

    STARTING = "starting"
    RUNNING = "running"
    FINISHED = "finished"
    EARLY_STOP = "early_stop"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    FAILED = "failed"
    DIED = "died"

    @property
    def is_live(self) -> bool:
        """Whether its process works on it."""
        return self in (RunState.STARTING, RunState.RUNNING)


STATE_WORDS: Final = {
    RunState.STARTING: "Starting",
    RunState.RUNNING: "Training",
    RunState.FINISHED: "Finished",
    RunState.EARLY_STOP: "Ended early: F1 got no better",
    RunState.STOPPED: "Stopped, can be resumed",
    RunState.CANCELLED: "Cancelled",
    RunState.FAILED: "Failed",
    RunState.DIED: "Ended without a word",
}


class Series:
    """A curve that grows: steps and values, in arrays that double."""

    def __init__(self) -> None:
        self._data = np.empty((2, _FIRST_ROOM))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def x(self) -> Curve:
        """Steps; a view that is good until the next change."""
        return self._data[0, : self._count]

    @property
    def y(self) -> Curve:
        """Values; a view that is good until the next change."""
        return self._data[1, : self._count]

    def append(self, x: float, y: float) -> None:
        if self._count == self._data.shape[1]:
            self._data = np.concatenate([self._data, np.empty_like(self._data)], axis=1)
        self._data[:, self._count] = x, y
        self._count += 1

    def cut(self, after: float) -> None:
        """Forget what comes after this step: it comes again."""
        self._count = int(np.searchsorted(self.x, after, side="right"))

    def smoothed(self, window: int) -> Curve:
        """Each value averaged with those before it, at most `window` of them."""
        span = max(1, window)
        sums = np.concatenate([[0.0], np.cumsum(self.y)])
        first = np.maximum(np.arange(1, len(sums)) - span, 0)
        return np.asarray((sums[1:] - sums[first]) / (np.arange(1, len(sums)) - first), np.float64)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the run's log: seconds since 1970, the words, and whether they are a warning or an error."""

    time: float
    text: str
    bad: bool = False


class RunProgress:
    """Takes events in the order in which they were written.

    Attributes:
        curves: by name, see `CURVES`.
        previews: the events of each picture, the latest last.
        lines: the log.
        warnings: what a person should know.
        refused: the last process did not even begin; `error` says why.
    """

    def __init__(self) -> None:
        self.curves = {name: Series() for name in CURVES}
        self.previews: dict[str, list[Preview]] = {}
        self.lines: list[LogLine] = []
        self.warnings: list[WarningEvent] = []
        self.started: Started | None = None
        self.step: Step | None = None
        self.best: Validated | None = None
        self.best_saved = False
        self.error: ErrorEvent | None = None
        self.ended: Ended | None = None
        self.refused = False

    def take(self, events: Iterable[Event]) -> None:
        """Go on with these."""
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case Started():
                self._begin(event)
            case Step():
                self.step = event
                self._add(event.step, loss=event.loss, rate=event.rate)
            case Validated():
                self._add(
                    event.step, f1=event.f1, reflection_f1=event.reflection_f1, rotation_f1=event.rotation_f1,
                    rehearsal_f1=event.rehearsal_f1,
                )  # fmt: skip
                if event.best:
                    self.best = event
                self._say(event.time, f"Epoch {event.epoch:.1f}: F1 {event.f1:.3f}{' (best so far)' * event.best}")
            case Preview():
                self.previews.setdefault(event.name, []).append(event)
            case CheckpointSaved():
                self.best_saved = self.best_saved or event.kind == "best"
            case WarningEvent():
                self.warnings.append(event)
                self._say(event.time, _text(event), bad=True)
            case ErrorEvent():
                self.refused = self.ended is not None or self.started is None
                self.error = event
                self._say(event.time, _text(event), bad=True)
            case Ended():
                self.ended = event
                self._say(event.time, f"{STATE_WORDS[RunState(event.reason)]} at step {event.step:,}.")

    def _begin(self, event: Started) -> None:
        """A process began. One that resumed does the steps again that were not saved."""
        self.started, self.ended, self.error, self.refused = event, None, None, False
        self.warnings.clear()
        for series in self.curves.values():
            series.cut(event.resumed_step)
        for name, previews in self.previews.items():
            self.previews[name] = [preview for preview in previews if preview.step <= event.resumed_step]
        if self.best is not None and self.best.step > event.resumed_step:
            self.best = None
        went_on = f", resumed from {event.resumed_from} at step {event.resumed_step:,}" if event.resumed_from else ""
        pictures = f"{words.plural(event.train, 'picture')} to learn from, {event.val:,} to measure on"
        self._say(event.time, f"{pictures}; {event.device}, {event.precision}{went_on}.")

    def _add(self, step: int, **values: float | None) -> None:
        for name, value in values.items():
            if value is not None:
                series = self.curves[name]
                if len(series) and series.x[-1] >= step:
                    series.cut(step - 1)
                series.append(step, value)

    def _say(self, time: float, text: str, *, bad: bool = False) -> None:
        self.lines.append(LogLine(time, text, bad))

    # -- in words -----------------------------------------------------------------------------------------------------

    def state(self, *, alive: bool) -> RunState:
        """How the run stands, when its process is `alive` or not."""
        if self.refused and not alive:
            return RunState.FAILED
        if self.ended is not None:
            return RunState(self.ended.reason)
        if alive:
            return RunState.RUNNING if self.step is not None else RunState.STARTING
        return RunState.FAILED if self.error is not None else RunState.DIED

    @property
    def fraction(self) -> float | None:
        """How much is done, in [0, 1]; None where nobody knows."""
        if self.started is None or self.step is None:
            return None
        if self.started.total_steps:
            return min(1.0, self.step.step / self.started.total_steps)
        left = self.step.seconds_left
        spent = self.step.time - self.started.time
        return None if left is None or spent + left <= 0 else spent / (spent + left)

    @property
    def numbers(self) -> str:
        """Epoch, step, speed, time left, memory."""
        if self.started is None or self.step is None:
            return ""
        step, started = self.step, self.started
        epochs = f" of {started.epochs:g}" if started.epochs else ""
        total = f" of {started.total_steps:,}" if started.total_steps else ""
        # The last epoch ends with a whole batch, which can be more than its share.
        epoch = min(step.epoch, started.epochs) if started.epochs else step.epoch
        parts = [f"Epoch {epoch:.1f}{epochs}", f"step {step.step:,}{total}"]
        if self.ended is None:
            parts.append(f"{step.images_per_second:.1f} pictures/s")
            if step.seconds_left is not None:
                parts.append(f"{words.duration(step.seconds_left)} left")
        parts.append(f"{words.file_size(step.memory)} of memory")
        return ", ".join(parts)

    @property
    def verdict(self) -> str:
        """Old and new in a sentence, empty while there is nothing to compare."""
        ended = self.ended
        if ended is None or ended.after is None:
            return ""
        if ended.before is None:
            return f"F1 on the validation pictures: {ended.after.f1:.3f}."
        if ended.unchanged:
            return f"F1 on the validation pictures: {ended.before.f1:.3f} before, and nothing better since."
        return f"F1 on the validation pictures: {ended.before.f1:.3f} before, {ended.after.f1:.3f} after."

    def problem(self, *, alive: bool) -> Problem | None:
        """Why it ended badly, and what to do."""
        if self.error is not None:
            return Problem(self.error.what, self.error.why, self.error.remedy)
        if self.state(alive=alive) is RunState.DIED:
            return Problem(
                tr("The training process ended without a word."),
                tr("It was killed, or the computer was switched off or ran out of memory."),
                tr("Resume it. If it happens again, take a smaller batch, or compute it in more parts (less memory)."),
            )
        return None

    @property
    def short_of_memory(self) -> bool:
        """Whether memory is what was missing."""
        text = "" if self.error is None else f"{self.error.what} {self.error.why}".lower()
        return "memory" in text


def _text(event: WarningEvent | ErrorEvent) -> str:
    return " ".join(part for part in (event.what, event.why, event.remedy) if part)

"""`clipsym train`: a run with a progress bar, and in words what the events say."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from clipsym_core.commands.progress import progress_bar
from clipsym_core.train.events import Ended, ErrorEvent, Event, Scores, Started, Step, Validated, WarningEvent
from clipsym_core.train.session import run_training

EXIT_FAILED = 1

_REASONS = {
    "finished": "Finished",
    "stopped": "Stopped; everything is kept, --resume goes on",
    "early_stop": "Ended early: validation got no better",
    "cancelled": "Cancelled",
    "failed": "Failed",
}


def train(path: Path, *, resume: bool) -> int:
    """Run a run file to its end; the exit code.

    Raises:
        ConfigError: the run file is wrong, or its folder holds another run.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn(),
        TextColumn("{task.fields[numbers]}"),
    )  # fmt: skip
    with progress_bar(*columns, console=console) as progress:
        ended = run_training(path, resume=resume, listener=_Narrator(progress))
    return EXIT_FAILED if ended.reason == "failed" else 0


class _Narrator:
    """Turns events into a bar and lines above it. Under torchrun only the main process has events."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.task: TaskID | None = None
        self.folder = ""
        self.numbers = {"loss": "", "F1": "", "img/s": ""}

    def __call__(self, event: Event) -> None:
        match event:
            case Started():
                self.folder = event.run
                went_on = f", going on from step {event.resumed_step}" if event.resumed_from else ""
                self._say(
                    f"{event.train} pictures to learn from, {event.val} to measure on; {event.device},"
                    f" {event.precision}{went_on}."
                )
                self.task = self.progress.add_task(
                    "Training", total=event.total_steps, completed=event.resumed_step, numbers=""
                )
            case Step():
                self._show(loss=f"{event.loss:.5f}", **{"img/s": f"{event.images_per_second:.1f}"})
                if self.task is not None:
                    self.progress.update(self.task, completed=event.step)
            case Validated():
                self._show(F1=f"{event.f1:.3f}")
                mark = " (best)" if event.best else ""
                self._say(f"Epoch {event.epoch:.1f}, step {event.step}: {describe(event)}{mark}")
            case WarningEvent() | ErrorEvent():
                text = " ".join(t for t in (event.what, event.why, event.remedy) if t)
                self._say(text, style="yellow" if isinstance(event, WarningEvent) else "red")
            case Ended():
                self._end(event)

    def _end(self, event: Ended) -> None:
        self._say(f"{_REASONS[event.reason]} after {event.step} steps.")
        if event.before is not None:
            self._say(f"Before: {describe(event.before)}")
        if event.after is not None:
            self._say(f"After:  {describe(event.after)}")
        if event.best is not None:
            self._say(f"The best checkpoint is {Path(self.folder) / event.best}")

    def _show(self, **numbers: str) -> None:
        self.numbers |= numbers
        if self.task is not None:
            text = "  ".join(f"{name} {value}" for name, value in self.numbers.items() if value)
            self.progress.update(self.task, numbers=text)

    def _say(self, text: str, style: str | None = None) -> None:
        self.progress.console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)


def describe(scores: Scores | Validated) -> str:
    """F1 in words, such as "F1 0.512 (reflection 0.480, rotation 0.544), rehearsal 0.401"."""
    parts = [
        f"{name} {value:.3f}"
        for name, value in (("reflection", scores.reflection_f1), ("rotation", scores.rotation_f1))
        if value is not None
    ]
    text = f"F1 {scores.f1:.3f}"
    if parts:
        text += f" ({', '.join(parts)})"
    return text if scores.rehearsal_f1 is None else f"{text}, rehearsal {scores.rehearsal_f1:.3f}"

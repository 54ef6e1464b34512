"""What a run tells and leaves: events of the main process, checkpoints, previews, its environment."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import torch

from clipsym_core.data.training_dataset import Batch, SampleSource
from clipsym_core.model.checkpoint import save_checkpoint
from clipsym_core.model.network import SymmetryNetwork
from clipsym_core.train.events import (
    CheckpointSaved,
    Ended,
    EndReason,
    Event,
    Preview,
    Scores,
    Step,
    Validated,
    WarningEvent,
)
from clipsym_core.train.guard import forgotten, not_better
from clipsym_core.train.memory import peak_memory
from clipsym_core.train.position import Position
from clipsym_core.train.run_file import RunFile
from clipsym_core.train.run_folder import BEST, LAST, PREVIEWS, RunFolder
from clipsym_core.train.start import Start
from clipsym_core.train.validation import draw_previews

Tell: TypeAlias = Callable[[Event], None]


class Reporter:
    """Speaks for a run. Other processes than the main one are silent and write nothing.

    Attributes:
        folder: of the run.
    """

    def __init__(self, run: RunFile, start: Start, tell: Tell, *, is_main: bool) -> None:
        assert run.folder is not None
        self.folder = RunFolder(Path(run.folder))
        self._run, self._start, self._tell, self._is_main = run, start, tell, is_main
        self._told: set[str] = set()
        self._marked = (time.monotonic(), 0)

    def say(self, event: Event) -> None:
        if self._is_main:
            self._tell(event)

    def mark(self, samples: int) -> None:
        """Count images a second from here on."""
        self._marked = (time.monotonic(), samples)

    def step(self, position: Position, epoch: float, progress: float, rate: float, device: torch.device) -> None:
        """Tell of the steps since the last time."""
        marked, seen = self._marked
        speed = (position.samples - seen) / max(time.monotonic() - marked, 1e-6)
        loss = sum(position.losses) / len(position.losses)
        position.losses.clear()
        self.mark(position.samples)
        self.say(
            Step(
                step=position.step,
                epoch=epoch,
                loss=loss,
                rate=rate,
                images_per_second=speed,
                seconds_left=position.seconds * (1 - progress) / progress if progress > 0 else None,
                memory=peak_memory(device),
            )
        )

    def problems(self, parts: Sequence[Batch]) -> None:
        """Each picture that cannot be read is told once."""
        for problem in (p for part in parts for p in part.problems if p not in self._told):
            self._told.add(problem)
            self.say(WarningEvent(what="A picture is left out.", why=problem))

    def scores(self, scores: Scores, position: Position, epoch: float, *, best: bool) -> None:
        self.say(Validated(step=position.step, epoch=epoch, best=best, **scores.model_dump()))

    def checkpoint(self, kind: Literal["best", "last"], model: SymmetryNetwork, position: Position) -> None:
        """Write a checkpoint.

        Raises:
            CheckpointError: it cannot be written.
        """
        if self._is_main:
            name = BEST if kind == "best" else LAST
            provenance, metrics = self._provenance(position), position.scores or {}
            save_checkpoint(self.folder.path / name, model, provenance=provenance, metrics=metrics)
            self.say(CheckpointSaved(kind=kind, path=name, step=position.step))

    def previews(
        self, model: SymmetryNetwork, source: SampleSource, canvas: tuple[int, int], position: Position, epoch: float
    ) -> None:
        """Draw the fixed pictures.

        Raises:
            OutputError: they cannot be written.
        """
        if not (self._is_main and self._run.previews):
            return
        folder = self.folder.path / PREVIEWS
        drawn = draw_previews(model, source, canvas, folder, count=self._run.previews, step=position.step)
        for name, file in drawn:
            path = file.relative_to(self.folder.path).as_posix()
            self.say(Preview(step=position.step, epoch=epoch, name=name, path=path))

    def end(self, reason: EndReason, position: Position) -> Ended:
        """The last word, with what the guard has to say."""
        before = None if position.before is None else Scores(**position.before)
        after = None if position.best is None else Scores(**position.best)
        unchanged = position.best_step == 0 and position.validated > 0
        if before is not None and after is not None:
            last = Scores(**(position.scores or {}))
            warning = not_better(before, last) if unchanged else forgotten(before, after)
            if warning is not None:
                self.say(warning)
        best = BEST if after is not None else None
        ended = Ended(
            reason=reason, step=position.step, best=best, before=before, after=after, unchanged=unchanged
        )  # fmt: skip
        self.say(ended)
        return ended

    def _provenance(self, position: Position) -> dict[str, Any]:
        """Where a checkpoint comes from; names of files, not their places on this machine."""
        run, start = self._run, self._start
        origin = {"start": Path(run.start).stem, "earlier": start.provenance} if start.trained else start.provenance
        data = "synthetic scenes" if run.data.path is None else Path(run.data.path).name
        return {
            **origin,
            "data": data,
            "preset": run.preset,
            "steps": position.step,
            "samples": position.samples,
            "seed": run.seed,
            "torch": torch.__version__,
        }

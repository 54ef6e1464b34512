"""The loop: batches in, events out. What a step is, is in `learner`; what a run is made of, in its run file.

The samples of a run are numbered through all epochs; `Position.samples` says how many were seen, so any state can be
taken up again and gives the same numbers as if nothing had happened.
"""

from __future__ import annotations

import gc
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

import cv2
import torch
from accelerate.utils import broadcast_object_list
from torch.utils.data import DataLoader

from clipsym_core.data.sampling import Batches, SampleSequence
from clipsym_core.data.scene_dataset import SceneRecipe
from clipsym_core.data.training_dataset import Batch, SampleSource, TrainingDataset, collate
from clipsym_core.errors import TrainingError
from clipsym_core.inference.devices import resolve_device
from clipsym_core.model.network import SymmetryNetwork
from clipsym_core.train.cpu_kernels import cpu_has_bf16
from clipsym_core.train.events import Ended, EndReason, Scores, Started, WarningEvent
from clipsym_core.train.learner import Learner, make_accelerator
from clipsym_core.train.memory import describe_memory_error, is_memory_error
from clipsym_core.train.options import StageOptions
from clipsym_core.train.position import Position
from clipsym_core.train.reporting import Reporter, Tell
from clipsym_core.train.run_file import RunFile
from clipsym_core.train.run_folder import STATE
from clipsym_core.train.run_state import load_state, save_state, seed_everything
from clipsym_core.train.schedule import rate_factor
from clipsym_core.train.sources import TrainingData, build_data
from clipsym_core.train.start import Start
from clipsym_core.train.validation import measure

StopWanted = Callable[[], EndReason | None]

_PATIENCE = 120.0
"""Seconds to wait for a batch before the processes that make them are started again."""


class Trainer:
    """One run. `fit()` trains until it ends, and says how it ended.

    Attributes:
        position: how far it is.
        learner: model, average, optimizer.
    """

    def __init__(
        self,
        run: RunFile,
        start: Start,
        tell: Tell,
        *,
        stop_wanted: StopWanted = lambda: None,
        resume: bool = False,
        recipe: SceneRecipe | None = None,
    ) -> None:
        """Builds everything; continues from the folder's state with `resume`.

        Args:
            tell: gets every event, in the main process alone.
            stop_wanted: asked between steps in the main process; a reason ends the run.
            recipe: of synthetic scenes, in place of the usual one.

        Raises:
            ClipsymError: something of the run file does not work here; says what.
        """
        self.run, self.start, self._stop_wanted = run, start, stop_wanted
        if run.threads is not None:
            torch.set_num_threads(run.threads)
        if run.workers:
            # One thread makes samples; and no pool of threads is there when workers are forked.
            cv2.setNumThreads(0)
        seed_everything(run.seed)
        device = resolve_device(run.device)
        self.precision = _precision(run, device)
        self.accelerator = make_accelerator(device, self.precision)
        self.reporter = Reporter(run, start, tell, is_main=self.accelerator.is_main_process)
        self.folder = self.reporter.folder
        preprocessing = start.model.config.preprocessing
        self.canvas = run.canvas or preprocessing.size
        known = self.folder.read_pictures() if resume else None
        self.data: TrainingData = build_data(run, preprocessing, recipe=recipe, known=known)
        self.sequence = SampleSequence(
            self.data.train,
            seed=run.seed,
            rehearsal_share=run.rehearsal.share,
            multiple_of=run.batch if run.drop_last else 1,
        )
        self.learner = Learner(start.model, run, self.accelerator)
        self.position = Position()
        if resume:
            self.position = Position(**load_state(self.folder.state, self.learner))
        elif self.accelerator.is_main_process and self.data.train_paths:
            self.folder.write_pictures(self.data.train_paths, self.data.val_paths)
        self._resumed = resume
        self._saved = -1
        self.reporter.mark(self.position.samples)

    # -- how far ------------------------------------------------------------------------------------------------------

    @property
    def total_steps(self) -> int | None:
        """Steps of the whole run; None where the length is given in minutes."""
        if self.run.steps is not None:
            return self.run.steps
        if self.run.epochs is None:
            return None
        wanted = self.run.epochs * self.sequence.epoch_length
        if not self.run.stages:
            return max(1, math.ceil(wanted / self.run.batch - 1e-9))
        return sum(max(1, math.ceil(wanted * stage.share / stage.batch - 1e-9)) for stage in self.run.stages)

    @property
    def progress(self) -> float:
        """How much of the run is done, 0..1."""
        total = self.total_steps
        if total is not None:
            return min(1.0, self.position.step / total)
        assert self.run.minutes is not None
        return min(1.0, self.position.seconds / (60 * self.run.minutes))

    @property
    def epoch(self) -> float:
        """Epochs that were seen."""
        return self.position.samples / self.sequence.epoch_length

    @property
    def stage(self) -> StageOptions | None:
        """The stage that the run is in; None without stages."""
        edge = 0.0
        for stage in self.run.stages:
            edge += stage.share
            if self.progress < edge - 1e-9:
                return stage
        return self.run.stages[-1] if self.run.stages else None

    # -- the run ------------------------------------------------------------------------------------------------------

    def fit(self, *, stop_after: int | None = None) -> Ended:
        """Train to the end of the run (or for `stop_after` steps), measure, save, and tell all of it.

        Raises:
            TrainingError: the loss is not finite, or the memory does not suffice.
            ClipsymError: a picture cannot be read, a file cannot be written.
        """
        try:
            return self._fit(stop_after)
        except (RuntimeError, MemoryError) as error:
            if not is_memory_error(error):
                raise
            self.learner.optimizer.zero_grad()
            gc.collect()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            stage = self.stage
            canvas, batch = (self.canvas, self.run.batch) if stage is None else ((stage.side,) * 2, stage.batch)
            raise describe_memory_error(error, self.run, canvas, batch, self.precision) from error

    def _fit(self, stop_after: int | None) -> Ended:
        self._announce()
        if self.start.trained and not self._resumed:
            # What the old model gives is what the new one is compared with.
            # And it is the best so far: a run never ends with a checkpoint that is worse than its start.
            scores = self._measure(self.learner.model)
            self.position.before = self.position.scores = scores.model_dump()
            self.position.validated = 0
            self._take_as_best(scores, self.learner.model)
            self._draw()
        last = None if stop_after is None else self.position.step + stop_after
        reason: EndReason = "finished"
        while self.progress < 1 and (last is None or self.position.step < last):
            ended = self._run_stage(self.stage, last)
            if ended is not None:
                reason = ended
                break
        if self.progress < 1 and reason == "finished":
            reason = "stopped"
        if reason != "cancelled" and self.position.validated < self.position.step:
            self._validate()
        elif self._saved != self.position.step:
            self._save()
        return self.reporter.end(reason, self.position)

    def _run_stage(self, stage: StageOptions | None, last: int | None) -> EndReason | None:
        """Steps until the stage is over; the reason where the run ends in it."""
        batches = self._batches(stage)
        batch = self.run.batch if stage is None else stage.batch
        while self.progress < 1 and self.stage == stage and (last is None or self.position.step < last):
            began = time.monotonic()
            try:
                parts = [next(batches) for _ in range(self.run.accumulate)]
            except RuntimeError as error:
                # Seen once in a run of hours: a worker that was forked at a change of stage never woke up.
                if "timed out" not in str(error):
                    raise
                self.reporter.say(
                    WarningEvent(what="The processes that prepare pictures were started again.", why=f"{error}")
                )
                batches = self._batches(stage)
                parts = [next(batches) for _ in range(self.run.accumulate)]
            self.reporter.problems(parts)
            done = self.learner.step(parts, rate_factor(self._scheduled(), self.run.schedule))
            position = self.position
            position.step += 1
            position.samples += batch
            position.seconds += time.monotonic() - began
            position.losses.append(done.loss)
            ended = self._agreed()
            if position.step % self.run.log_every == 0 or self.progress >= 1:
                self.reporter.step(position, self.epoch, self.progress, done.rate, self.accelerator.device)
            if self._validation_due(batch):
                self._validate()
                if self.run.validation.patience is not None and position.waited >= self.run.validation.patience:
                    ended = ended or "early_stop"
            elif position.step % self.run.save_every == 0:
                self._save()
            if ended is not None:
                return ended
        return None

    def _batches(self, stage: StageOptions | None) -> Iterator[Batch]:
        """Batches from where the run stands, without end."""
        sampler = Batches(
            self.sequence,
            start=self.position.samples,
            batch=self.run.batch if stage is None else stage.batch,
            canvas=self.canvas if stage is None else (stage.side, stage.side),
            parts=self.run.accumulate,
            rank=self.accelerator.process_index,
            world=self.accelerator.num_processes,
        )
        loader: DataLoader[Batch] = DataLoader(
            TrainingDataset(self.data.train),  # type: ignore[arg-type]
            batch_sampler=sampler,
            num_workers=self.run.workers,
            collate_fn=collate,
            worker_init_fn=_quiet_worker,
            timeout=_PATIENCE if self.run.workers else 0,
            pin_memory=self.accelerator.device.type == "cuda",
        )
        return iter(loader)

    def _scheduled(self) -> float:
        """Where the schedule stands: at the step, or at the beginning of its epoch."""
        if not self.run.schedule.by_epoch or self.run.epochs is None:
            return self.progress
        return min(1.0, math.floor(self.epoch + 1e-9) / self.run.epochs)

    def _agreed(self) -> EndReason | None:
        """Whether the main process wants to stop, told to all; and its clock, by which minutes are counted."""
        if self.accelerator.num_processes == 1:
            return self._stop_wanted()
        told = [self._stop_wanted() if self.accelerator.is_main_process else None, self.position.seconds]
        broadcast_object_list(told)
        self.position.seconds = float(told[1] or 0.0)
        reason: EndReason | None = told[0]  # type: ignore[assignment]
        return reason

    # -- measuring and saving -----------------------------------------------------------------------------------------

    def _validation_due(self, batch: int) -> bool:
        every = self.run.validation.every
        return math.floor(self.epoch / every + 1e-9) > math.floor(
            (self.epoch - batch / self.sequence.epoch_length) / every + 1e-9
        )

    def _measure(self, model: SymmetryNetwork) -> Scores:
        def f1(sources: Sequence[SampleSource]) -> Scores:
            batch = max(1, self.run.batch // self.accelerator.num_processes)
            return measure(
                model, sources, self.canvas, self.accelerator, batch=batch, workers=self.run.workers,
                notice=self.reporter.problems,
            )  # fmt: skip

        scores = f1([self.data.val])
        old = f1(self.data.rehearsal_val).f1 if self.data.rehearsal_val else None
        return scores.model_copy(update={"rehearsal_f1": old})

    def _validate(self) -> None:
        position = self.position
        scores = self._measure(self.learner.best_model)
        best = position.best is None or scores.f1 > position.best["f1"]
        position.scores = scores.model_dump()
        position.validated, position.waited = position.step, 0 if best else position.waited + 1
        if best:
            self._take_as_best(scores, self.learner.best_model)
        else:
            self.reporter.scores(scores, position, self.epoch, best=False)
        self._save()
        self._draw()

    def _take_as_best(self, scores: Scores, model: SymmetryNetwork) -> None:
        self.position.best, self.position.best_step = scores.model_dump(), self.position.step
        self.reporter.scores(scores, self.position, self.epoch, best=True)
        self.reporter.checkpoint("best", model, self.position)

    def _save(self) -> None:
        self.reporter.checkpoint("last", self.learner.best_model, self.position)
        if self.accelerator.is_main_process:
            save_state(self.folder.state, self.learner, **asdict(self.position))
        self._saved = self.position.step
        self.accelerator.wait_for_everyone()

    def _draw(self) -> None:
        self.reporter.previews(self.learner.best_model, self.data.val, self.canvas, self.position, self.epoch)
        self.reporter.mark(self.position.samples)

    def _announce(self) -> None:
        processes = self.accelerator.num_processes
        if self.accelerator.is_main_process and not self._resumed:
            self.folder.write_environment(str(self.accelerator.device), self.precision, processes)
        batch = self.run.stages[0].batch if self.run.stages else self.run.batch
        self.reporter.say(
            Started(
                run=str(self.folder.path),
                pid=os.getpid(),
                total_steps=self.total_steps,
                epochs=self.run.epochs,
                steps_per_epoch=math.ceil(self.sequence.epoch_length / batch),
                device=str(self.accelerator.device),
                precision=self.precision,
                train=self.sequence.main,
                val=len(self.data.val),
                resumed_from=STATE if self._resumed else None,
                resumed_step=self.position.step,
            )
        )
        for warning in self.data.warnings:
            self.reporter.say(warning)


def _precision(run: RunFile, device: torch.device) -> str:
    if run.precision != "auto":
        if run.precision == "fp16" and device.type != "cuda":
            raise TrainingError("Only an NVIDIA GPU trains in fp16.", remedy="Choose bf16 or fp32.")
        return run.precision
    if device.type == "cpu":
        return "bf16" if cpu_has_bf16() else "fp32"
    return "bf16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "fp32"


def _quiet_worker(index: int) -> None:
    """A worker uses one thread and gives way to the trainer."""
    torch.set_num_threads(1)
    if hasattr(os, "nice"):
        os.nice(5)

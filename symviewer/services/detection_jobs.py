"""Requests to the inference worker and its answers. Each answer carries its request: job, picture and model."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TypeAlias

from symviewer.model.model_status import ModelInfo
from symviewer.model.problem import Problem
from symviewer.model.settings import DetectionSettings, Proposals
from symviewer.services.detectors import Answer


@dataclass(frozen=True, slots=True)
class LoadJob:
    """Load this model; the old one answers until then."""

    id: int
    settings: DetectionSettings
    cancelled: threading.Event = field(default_factory=threading.Event, compare=False)


@dataclass(frozen=True, slots=True)
class DetectJob:
    """Look at a picture. `ahead`: nobody waits for it. `fresh`: even if the answer is known. `heatmaps_only`: the
    picture's suggestions are to stay as they are."""

    id: int
    path: str
    model_id: str
    proposals: Proposals
    ahead: bool = False
    fresh: bool = False
    heatmaps_only: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event, compare=False)


@dataclass(frozen=True, slots=True)
class BatchJob:
    """Look at a picture of a batch, behind all that a person waits for at the moment."""

    id: int
    path: str
    model_id: str
    proposals: Proposals
    cancelled: threading.Event = field(default_factory=threading.Event, compare=False)


@dataclass(frozen=True, slots=True)
class MeasureJob:
    """Measure how much the model contradicts itself about a picture; gives way to everything else. `model`: its name or
    file, to be kept with the number."""

    id: int
    path: str
    model_id: str
    model: str
    cancelled: threading.Event = field(default_factory=threading.Event, compare=False)


BackgroundJob: TypeAlias = BatchJob | MeasureJob
Job: TypeAlias = LoadJob | DetectJob | BatchJob | MeasureJob


@dataclass(frozen=True, slots=True)
class Loaded:
    job: LoadJob
    info: ModelInfo


@dataclass(frozen=True, slots=True)
class Detected:
    """`stamp`: the state of the file that was looked at."""

    job: DetectJob
    answer: Answer
    stamp: str


@dataclass(frozen=True, slots=True)
class BatchDetected:
    """The same for a picture of a batch."""

    job: BatchJob
    answer: Answer
    stamp: str


@dataclass(frozen=True, slots=True)
class Measured:
    """`value`: see `clipsym_core.evaluate.disagreement`."""

    job: MeasureJob
    value: float


@dataclass(frozen=True, slots=True)
class Failed:
    """`picture_broken`: the file cannot be read, as against a detector that failed on a good one."""

    job: Job
    problem: Problem
    picture_broken: bool = False


@dataclass(frozen=True, slots=True)
class Dropped:
    """Nobody wanted the answer any more."""

    job: Job


Outcome: TypeAlias = Loaded | Detected | BatchDetected | Measured | Failed | Dropped

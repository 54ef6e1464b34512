"""Requests to the two threads of live mode, and their answers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TypeAlias

from clipsym_core.symmetry import Detection
from clipsym_core.tracking.follow import Known
from clipsym_core.tracking.live import Step, take_step, unexplained
from clipsym_core.tracking.motion import Seen
from symviewer.model.settings import DetectionSettings
from symviewer.services.live.eyes import Eye, EyeSource, Glance
from symviewer.services.sources.base import Frame


@dataclass(frozen=True, slots=True)
class LoadEye:
    """Load the model of live mode. `run` tells the runs of live mode apart."""

    run: int
    source: EyeSource
    settings: DetectionSettings


@dataclass(frozen=True, slots=True)
class StepJob:
    """Glance at a frame and follow what is known to it; `looks`: a full look at it comes next."""

    run: int
    frame: Frame
    known: tuple[Known, ...]
    eye: Eye | None
    side: int
    looks: bool = False


@dataclass(frozen=True, slots=True)
class LookJob:
    """A full look at a frame."""

    run: int
    frame: Frame
    seen: Seen
    glance: Glance | None
    eye: Eye


@dataclass(frozen=True, slots=True)
class EyeLoaded:
    run: int
    eye: Eye


@dataclass(frozen=True, slots=True)
class Stepped:
    """`fresh`: share of the heat that no known shape explains; `seconds`: what it took."""

    job: StepJob
    step: Step
    glance: Glance | None
    fresh: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Looked:
    job: LookJob
    detections: tuple[Detection, ...]
    seconds: float


Job: TypeAlias = LoadEye | StepJob | LookJob
Answer: TypeAlias = EyeLoaded | Stepped | Looked


def work(job: Job) -> Answer:
    """Do it, in whatever thread.

    Raises:
        ClipsymError: what the detector and the tracking raise.
    """
    begun = time.perf_counter()
    if isinstance(job, LoadEye):
        return EyeLoaded(job.run, job.source.load_eye(job.settings))
    pixels = job.frame.pixels
    if isinstance(job, LookJob):
        found = job.eye.look(pixels, job.glance)
        return Looked(job, found, time.perf_counter() - begun)
    glance = job.eye.glance(pixels, job.side) if job.eye is not None else None
    step = take_step(pixels, job.frame.seconds, job.known)
    fresh = 0.0
    if glance is not None:
        shapes = [f.shape for f in step.followed if f.shape is not None]
        fresh = unexplained(glance.reflection, glance.rotation, shapes, (pixels.shape[1], pixels.shape[0]))
    return Stepped(job, step, glance, fresh, time.perf_counter() - begun)

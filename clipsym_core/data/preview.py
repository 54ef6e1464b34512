"""A first look at a dataset before it goes in or out: counts by kind, and pictures with their labels drawn."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from clipsym_core.data.annotation import AnnotatedPicture
from clipsym_core.data.report import Report
from clipsym_core.data.stats import Counting, Stats
from clipsym_core.errors import ImageReadError
from clipsym_core.imaging import Pixels
from clipsym_core.overlay import draw_detections
from clipsym_core.symmetry import Detection
from clipsym_core.video.pool import read_picture

SAMPLES: Final = 6
SIDE: Final = 320
"""Longer side of a sample, px."""
_EVERY_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture [h, w, 3] uint8 with its labels, and its path in the dataset."""

    path: str
    image: Pixels


@dataclass(frozen=True, slots=True)
class Preview:
    """What was seen so far; `finished` when that is all."""

    stats: Stats
    samples: tuple[Sample, ...]
    finished: bool


def look_through(pictures: Iterable[AnnotatedPicture], report: Report, *, samples: int = SAMPLES) -> Iterator[Preview]:
    """Look at all pictures; a preview every quarter of a second, when a sample was drawn, and at the end.

    The samples are the first pictures with shapes or suggestions. One that cannot be drawn is reported.
    """
    counting, drawn = Counting(), list[Sample]()
    told = time.monotonic()
    for picture in pictures:
        counting.add(picture)
        sample = _sample(picture, report) if len(drawn) < samples else None
        if sample is not None:
            drawn.append(sample)
        if sample is not None or time.monotonic() - told > _EVERY_SECONDS:
            yield Preview(copy.deepcopy(counting.stats), tuple(drawn), finished=False)
            told = time.monotonic()
    yield Preview(counting.stats, tuple(drawn), finished=True)


def _sample(picture: AnnotatedPicture, report: Report) -> Sample | None:
    if picture.file is None or not (picture.annotations or picture.suggestions):
        return None
    try:
        return Sample(picture.path, draw_labels(read_picture(picture.file), picture))
    except ImageReadError as error:
        report.skipped(picture.path, "", f"{error} It has no preview.")
        return None


def draw_labels(image: Pixels, picture: AnnotatedPicture, side: int = SIDE) -> Pixels:
    """The picture at most `side` px wide and high with its annotations; where it has none, with its suggestions."""
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    if scale < 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    matrix = np.array([[image.shape[1] / width, 0.0, 0.0], [0.0, image.shape[0] / height, 0.0]])
    shapes = picture.shapes or tuple(d.shape for d in picture.suggestions)
    return draw_detections(image, [Detection(s.transformed(matrix), 1.0, "") for s in shapes], scores=False)

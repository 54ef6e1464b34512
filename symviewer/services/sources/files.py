"""Video files and folders of pictures as sources, played at their own pace."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from pathlib import Path
from typing import Final

import numpy as np

from clipsym_core.errors import ImageReadError, InputError, VideoError
from clipsym_core.imaging import Letterbox, Pixels, read_image
from clipsym_core.video.index import build_index
from clipsym_core.video.reader import VideoFrame, VideoReader
from symviewer.model.problem import Problem
from symviewer.services.folder_scan import find_pictures
from symviewer.services.sources.base import Frame

log = logging.getLogger(__name__)

_LATE: Final = 0.25
"""A reader that is this many seconds behind leaves frames out."""


class _Paced:
    """Gives frames out when they are due."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._begun = 0.0

    def _start(self, cancelled: threading.Event) -> None:
        self._cancelled = cancelled
        self._begun = time.perf_counter()

    def _late(self, seconds: float) -> bool:
        return time.perf_counter() - self._begun - seconds > _LATE

    def _wait(self, seconds: float) -> None:
        left = self._begun + seconds - time.perf_counter()
        if left > 0:
            self._cancelled.wait(left)


class VideoSource(_Paced):
    """A video file from its beginning; frames that come too late to be shown in time are left out."""

    live = False

    def __init__(self, path: str) -> None:
        super().__init__()
        self.name = Path(path).name
        self._path = path
        self._reader: VideoReader | None = None
        self._next = 0

    def open(self, cancelled: threading.Event) -> None:
        index = build_index(self._path, cancelled=cancelled.is_set)
        if index is None:
            raise VideoError(f"The video {self.name} was not opened.", "It was cancelled.")
        self._reader = VideoReader(self._path, index)
        self._next = 0
        self._start(cancelled)

    def read(self) -> Frame | None:
        reader = self._reader
        if reader is None:
            return None
        while self._next < len(reader):
            number, self._next = self._next, self._next + 1
            seconds = reader.index.seconds(number)
            if self._late(seconds) and number + 1 < len(reader):
                continue
            try:
                frame: VideoFrame = reader.frame(number)
            except VideoError as error:
                log.info("%s", error)  # damaged there; the rest goes on
                continue
            self._wait(seconds)
            return Frame(frame.number, frame.seconds, frame.pixels)
        return None

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


class FolderSource(_Paced):
    """The pictures of a folder in natural order, all brought to the size of the first.

    Raises:
        InputError: a rate that is not positive.
    """

    live = False

    def __init__(self, path: str, *, rate: float = 10.0) -> None:
        super().__init__()
        if not rate > 0:
            raise InputError(f"{rate} pictures a second cannot be shown.", remedy="Choose a positive rate.")
        self.name = Path(path).name or path
        self._path, self._rate = path, rate
        self._paths: list[str] = []
        self._next = 0
        self._size: tuple[int, int] | None = None

    def open(self, cancelled: threading.Event) -> None:
        problems: list[Problem] = []
        self._paths = list(
            itertools.takewhile(lambda _: not cancelled.is_set(), find_pictures((self._path,), problems))
        )
        if not self._paths:
            why = problems[0].text if problems else "There are no pictures in it."
            raise VideoError(f"The folder {self.name} cannot be shown.", why, "Choose another folder.")
        self._next = 0
        self._start(cancelled)

    def read(self) -> Frame | None:
        while self._next < len(self._paths):
            number, self._next = self._next, self._next + 1
            try:
                pixels = self._fitted(read_image(self._paths[number]))
            except ImageReadError as error:
                log.info("%s", error)
                continue
            self._wait(number / self._rate)
            return Frame(number, number / self._rate, pixels)
        return None

    def close(self) -> None:
        self._paths = []

    def _fitted(self, pixels: Pixels) -> Pixels:
        size = (pixels.shape[1], pixels.shape[0])
        self._size = self._size or size
        return pixels if size == self._size else np.asarray(Letterbox(size, self._size).apply(pixels), np.uint8)

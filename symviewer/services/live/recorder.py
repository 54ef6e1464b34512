"""Frames to a video file, in a thread of its own: the window never waits for an encoder."""

from __future__ import annotations

import collections
import logging
import threading
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QThread, Signal

from clipsym_core.symmetry import Detection
from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.services.boundary import Boundary
from symviewer.services.sources.base import Frame
from symviewer.services.worker_thread import STOP_SECONDS

log = logging.getLogger(__name__)

_QUEUE: Final = 60
"""So many frames may wait (55 MB at 640 x 480); an encoder that is slower loses frames, and says so."""


class Recorder(QThread):
    """Writes the frames that it is given, with what is drawn on them where `overlay` is set.

    Signals: `finished_file(path, frames, lost)`, `failed(Problem)`: one of them at the end.
    """

    finished_file = Signal(str, int, int)
    failed = Signal(object)

    def __init__(self, path: str, *, overlay: bool, rate: float) -> None:
        super().__init__()
        self.setObjectName("recorder")
        self.path, self.overlay = path, overlay
        self._rate = rate
        self._queue: collections.deque[tuple[Frame, tuple[Detection, ...]]] = collections.deque()
        self._condition = threading.Condition()
        self._closed = False
        self.lost = 0

    def add(self, frame: Frame, detections: Sequence[Detection]) -> None:
        """A frame to write, from any thread; returns at once."""
        with self._condition:
            if len(self._queue) >= _QUEUE:
                self.lost += 1
                return
            self._queue.append((frame, tuple(detections)))
            self._condition.notify()

    def close(self) -> None:
        """No more frames: what waits is written, then the file is complete."""
        with self._condition:
            self._closed = True
            self._condition.notify()

    def stop(self, seconds: float = STOP_SECONDS) -> bool:
        """`close` and wait; whether it ended in time."""
        self.close()
        return bool(self.wait(int(seconds * 1000)))

    def run(self) -> None:
        with Boundary() as boundary:
            frames = self._write()
        if boundary.problem is not None:
            log.info("recorder: %s", boundary.problem.text)
            self.failed.emit(boundary.problem)
        elif frames:
            self.finished_file.emit(self.path, frames, self.lost)
        else:
            self.failed.emit(
                Problem(tr("Nothing was recorded."), tr("No frame came while it ran."), tr("Record longer."))
            )

    def _write(self) -> int:
        from clipsym_core.overlay import draw_detections
        from clipsym_core.video.writer import VideoWriter

        first: float | None = None
        with VideoWriter(self.path, rate=self._rate) as writer:
            while (item := self._take()) is not None:
                frame, detections = item
                first = frame.seconds if first is None else first
                pixels = draw_detections(frame.pixels, detections) if self.overlay else frame.pixels
                writer.write(pixels, frame.seconds - first)
        return writer.frames

    def _take(self) -> tuple[Frame, tuple[Detection, ...]] | None:
        with self._condition:
            while not self._queue and not self._closed:
                self._condition.wait()
            return self._queue.popleft() if self._queue else None

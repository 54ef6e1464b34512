"""A thread that opens a source, reads it, and leaves each frame in a slot."""

from __future__ import annotations

import logging
import threading

from PySide6.QtCore import QThread, Signal

from symviewer.services.boundary import Boundary
from symviewer.services.sources.base import Source
from symviewer.services.sources.slot import FrameSlot
from symviewer.services.worker_thread import STOP_SECONDS

log = logging.getLogger(__name__)


class SourceThread(QThread):
    """Signals: `opened()`, `arrived()` when the slot holds a frame and the one before was taken, `ended()` after the
    last frame, `lost(Problem)` when it could not be opened or read on. A thread reads its source once."""

    opened = Signal()
    arrived = Signal()
    ended = Signal()
    lost = Signal(object)

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.setObjectName(f"source {source.name}")
        self.source = source
        self.slot = FrameSlot()
        self._cancelled = threading.Event()

    def run(self) -> None:
        with Boundary() as boundary:
            try:
                self._read()
            finally:
                self.source.close()
        if boundary.problem is not None and not self._cancelled.is_set():
            log.info("%s: %s", self.objectName(), boundary.problem.text)
            self.lost.emit(boundary.problem)

    def _read(self) -> None:
        self.source.open(self._cancelled)
        self.opened.emit()
        while not self._cancelled.is_set():
            frame = self.source.read()
            if frame is None:
                self.ended.emit()
                return
            if self.slot.put(frame):
                self.arrived.emit()

    def cancel(self) -> None:
        """Do not read on; returns at once."""
        self._cancelled.set()

    def stop(self, seconds: float = STOP_SECONDS) -> bool:
        """Do not read on, and wait; whether the thread ended in time."""
        self.cancel()
        return bool(self.wait(int(seconds * 1000)))

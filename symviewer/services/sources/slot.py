"""The latest frame of a source, from the thread that reads to those that look."""

from __future__ import annotations

import threading

from symviewer.services.sources.base import Frame


class FrameSlot:
    """Holds one frame; a newer one takes its place. Memory does not grow, whoever is slow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frame: Frame | None = None
        self._fresh = False
        self._dropped = 0

    def put(self, frame: Frame) -> bool:
        """Leave a frame; whether somebody has to be told (the one before was taken)."""
        with self._lock:
            tell = not self._fresh
            self._dropped += self._fresh
            self._frame, self._fresh = frame, True
            return tell

    def take(self) -> Frame | None:
        """The latest frame, where it was not taken before."""
        with self._lock:
            if not self._fresh:
                return None
            self._fresh = False
            return self._frame

    @property
    def dropped(self) -> int:
        """Frames that were replaced before anybody took them."""
        return self._dropped

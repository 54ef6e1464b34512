"""Cameras and stream addresses through OpenCV: opened with a timeout, lost when frames stop coming."""

from __future__ import annotations

import queue
import sys
import threading
import time
from typing import Any, Final

import numpy as np

from clipsym_core.errors import VideoError
from symviewer.services.sources.base import Frame

OPEN_SECONDS: Final = 15.0
"""Some drivers (Media Foundation) take long to open a camera that works."""
_STREAM_MS: Final = 10_000
_MISSES: Final = 5
"""So many reads in a row without a picture: the source is gone."""
_LOOK_SECONDS: Final = 0.05


class CaptureSource:
    """A camera by its number, or a stream by its address (or anything else that OpenCV opens).

    Args:
        target: number of the camera, or address such as "rtsp://camera.local/live".
        name: for people.
        size: wanted (width, height), px; the camera may give another.
        rate: wanted frames a second.
    """

    live = True

    def __init__(
        self,
        target: int | str,
        name: str,
        *,
        size: tuple[int, int] | None = None,
        rate: float | None = None,
        open_seconds: float = OPEN_SECONDS,
    ) -> None:
        self.name = name
        self._target, self._size, self._rate = target, size, rate
        self._open_seconds = open_seconds
        self._capture: Any = None
        self._number = 0
        self._begun = 0.0

    def open(self, cancelled: threading.Event) -> None:
        opening = _Opening(self._target)
        limit = time.perf_counter() + self._open_seconds
        while not opening.done.wait(_LOOK_SECONDS):
            if cancelled.is_set() or time.perf_counter() > limit:
                opening.abandon()
                why = "It was cancelled." if cancelled.is_set() else f"It did not answer in {self._open_seconds:.0f} s."
                raise self._problem("cannot be opened", why)
        self._capture = opening.take()
        if self._capture is None:
            why = "There is no such camera, or another program uses it."
            if isinstance(self._target, str):
                why = "Nothing answers there, or it is no video."
            raise self._problem("cannot be opened", why)
        self._configure()
        self._number, self._begun = 0, time.perf_counter()

    def read(self) -> Frame | None:
        import cv2

        for _ in range(_MISSES):
            ok, picture = self._capture.read()
            if ok and picture is not None:
                break
        else:
            raise self._problem("is gone", "No more pictures come from it. It may have been unplugged.")
        captured = time.perf_counter()
        pixels = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
        frame = Frame(self._number, captured - self._begun, pixels, captured)
        self._number += 1
        return frame

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _configure(self) -> None:
        import cv2

        wanted: dict[int, float] = {}
        if self._size is not None:
            wanted |= {cv2.CAP_PROP_FRAME_WIDTH: self._size[0], cv2.CAP_PROP_FRAME_HEIGHT: self._size[1]}
        if self._rate is not None:
            wanted[cv2.CAP_PROP_FPS] = self._rate
        if isinstance(self._target, int):
            wanted[cv2.CAP_PROP_BUFFERSIZE] = 1  # an old frame is of no use
        for key, value in wanted.items():
            self._capture.set(key, value)  # what a driver does not know, it leaves

    def _problem(self, what: str, why: str) -> VideoError:
        kind = "camera" if isinstance(self._target, int) else "stream"
        remedy = "Check the cable, close other programs that use it, then press Retry."
        if kind == "stream":
            remedy = "Check the address and the network, then press Retry."
        return VideoError(f"The {kind} {self.name} {what}.", why, remedy)


class _Opening:
    """Opens in a thread of its own: no driver can be interrupted. Left alone, it closes what it opened."""

    def __init__(self, target: int | str) -> None:
        self.done = threading.Event()
        self._result: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._abandoned = threading.Event()
        self._target = target
        # A daemon: a driver that hangs must not keep the program from ending.
        threading.Thread(target=self._run, name="open camera", daemon=True).start()

    def take(self) -> Any:
        """What was opened; None where that failed."""
        return self._result.get()

    def abandon(self) -> None:
        """Nobody waits any more."""
        self._abandoned.set()
        if self.done.is_set():
            self._release(self._result.get())

    def _run(self) -> None:
        capture = None
        try:
            capture = _capture(self._target)
        finally:
            if self._abandoned.is_set():
                self._release(capture)
            self._result.put(capture)
            self.done.set()

    @staticmethod
    def _release(capture: Any) -> None:
        if capture is not None:
            capture.release()


def _capture(target: int | str) -> Any:
    import cv2

    if isinstance(target, str):
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _STREAM_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _STREAM_MS]
        capture = cv2.VideoCapture(target, cv2.CAP_FFMPEG, limits)
    else:
        # Media Foundation can take 20 s to open what DirectShow opens at once.
        backend = {"win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}.get(sys.platform, cv2.CAP_V4L2)
        capture = cv2.VideoCapture(target, backend)
    if capture.isOpened():
        return capture
    capture.release()
    return None

"""The demo camera: a butterfly and a flower in motion, whose symmetries are known. For a computer without a camera."""

from __future__ import annotations

import threading
import time
from typing import Final

from clipsym_core.errors import VideoError
from symviewer.services.sources.base import Frame

DEMO_NAME: Final = "Demo camera"


class DemoSource:
    """Behaves as a camera does: frames come at their rate, whether anybody takes them or not. Frame n shows the scene
    at n / rate seconds. `unplug()` is for trying what happens then."""

    live = True
    name = DEMO_NAME

    def __init__(self, size: tuple[int, int] = (640, 480), *, rate: float = 30.0, seed: int = 0) -> None:
        self._size, self.rate, self._seed = size, rate, seed
        self._next = 0
        self._begun = 0.0
        self._unplugged = threading.Event()
        self._cancelled = threading.Event()

    def open(self, cancelled: threading.Event) -> None:
        from clipsym_core.data.synthesis.moving import MovingScene

        self._cancelled = cancelled
        if self._unplugged.is_set():
            raise VideoError("The demo camera cannot be opened.", "It is unplugged.", "Plug it in and try again.")
        self._scene = MovingScene(self._size, seed=self._seed)
        self._next = 0
        self._begun = time.perf_counter()

    def read(self) -> Frame | None:
        due = self._begun + self._next / self.rate
        now = time.perf_counter()
        if now < due:
            self._cancelled.wait(due - now)
        elif now - due > 1 / self.rate:
            # A camera does not make up for frames that nobody came to fetch.
            self._next = int((now - self._begun) * self.rate)
        if self._unplugged.is_set():
            raise VideoError("The demo camera is gone.", "It was unplugged.", "Plug it in and press Retry.")
        captured = time.perf_counter()
        seconds = self._next / self.rate
        frame = Frame(self._next, seconds, self._scene.at(seconds).image, captured)
        self._next += 1
        return frame

    def close(self) -> None:
        pass

    def unplug(self, unplugged: bool = True) -> None:
        """Pull the plug, or put it in again. From any thread."""
        if unplugged:
            self._unplugged.set()
        else:
            self._unplugged.clear()

"""Sources and eyes for tests of live mode: frames when the test wants them, and a detector that knows the truth."""

from __future__ import annotations

import threading

from clipsym_core.data.synthesis.moving import MovingScene
from clipsym_core.symmetry import Detection
from symviewer.model.settings import DetectionSettings
from symviewer.services.live.eyes import Glance
from symviewer.services.sources.base import Frame
from symviewer.services.sources.demo import DemoSource
from tests.gui.conftest import PATIENCE_MS, FakeSource

SIZE = (480, 360)
RATE = 30.0


class SteppedDemo(DemoSource):
    """The demo camera with a clock of its own: it gives as many frames as it was allowed, in no time."""

    def __init__(self, frames: int | None = None) -> None:
        """`frames`: the last of so many is the end."""
        super().__init__(SIZE, rate=RATE)
        self._frames = frames
        self._begin_to_count()

    def _begin_to_count(self):
        self._allowed = threading.Semaphore(1)
        self.given = 1

    def open(self, cancelled):
        super().open(cancelled)
        self._begin_to_count()

    def allow(self, frames: int) -> None:
        """Give so many frames more. From any thread."""
        self.given += frames
        self._allowed.release(frames)

    def read(self):
        while not self._allowed.acquire(timeout=0.02):
            if self._cancelled.is_set() or self._unplugged.is_set():
                break
        if self._unplugged.is_set():
            return super().read()
        if self._next == self._frames:
            return None
        number, self._next = self._next, self._next + 1
        return Frame(number, number / RATE, self._scene.at(number / RATE).image)


class OracleEye:
    """Sees what is true: it finds the moment of a frame by looking through all of them."""

    name = "oracle"
    threshold = 0.5

    def __init__(self) -> None:
        self._scene = MovingScene(SIZE)
        self._times: dict[int, float] = {}
        self.looks = 0
        self.sides: list[int] = []

    def _key(self, pixels):
        return hash(pixels[::8, ::8].tobytes())

    def seconds(self, pixels) -> float:
        while self._key(pixels) not in self._times:
            number = len(self._times)
            assert number < 60 * RATE, "this is no frame of the scene"
            self._times[self._key(self._scene.at(number / RATE).image)] = number / RATE
        return self._times[self._key(pixels)]

    def glance(self, pixels, side):
        self.sides.append(side)
        import numpy as np

        return Glance(np.zeros((48, 64), np.float32), np.zeros((48, 64), np.float32))

    def look(self, pixels, glance):
        self.looks += 1
        if pixels.shape[:2] != SIZE[::-1]:
            return ()
        return tuple(Detection(shape, 0.9, self.name) for shape in self._scene.at(self.seconds(pixels)).shapes)


class LiveFakeSource(FakeSource):
    """Detectors that are faked, eyes that know the truth."""

    def __init__(self) -> None:
        super().__init__()
        self.eyes: list[OracleEye] = []
        self.eye_settings: list[DetectionSettings] = []
        self.eye_gate = threading.Event()
        self.eye_gate.set()

    def load_eye(self, settings):
        if not self.eye_gate.wait(PATIENCE_MS / 1000):
            raise TimeoutError("the test never opened the gate")
        self.eye_settings.append(settings)
        self.eyes.append(OracleEye())
        return self.eyes[-1]

"""The real main window, offscreen, with settings of its own, a detector whose answers are known, and no leftovers.

Nothing in here skips: where Qt cannot start, every test of this folder fails.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import shiboken6
from PySide6.QtCore import QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from clipsym_core.errors import CheckpointError
from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter
from symviewer.app import Application, command_line
from symviewer.model.heatmaps import HeatmapPair
from symviewer.model.model_status import ModelInfo, ModelState
from symviewer.model.pictures import PictureState
from symviewer.services.detectors import Answer, Cancelled, Device
from symviewer.store.paths import HOME_VARIABLE

PATIENCE_MS = 60_000
"""How long a test waits for a thread. Only a failing test waits so long; a busy machine needs more than 5 s."""


class PatientBot(QtBot):
    """`waitUntil` with our patience."""

    def waitUntil(self, callback, *, timeout=PATIENCE_MS):
        super().waitUntil(callback, timeout=timeout)


@pytest.fixture
def qtbot(qapp, request) -> PatientBot:
    return PatientBot(request)


class FakeDetector:
    """Answers at once: an upright axis in the middle, a weaker level one, a center, an ellipse, and two weak ones."""

    def __init__(self, source: FakeSource, info: ModelInfo) -> None:
        self.info = info
        self._source = source

    def detect(self, pixels, proposals):
        self._source.calls.append((self.info.name, pixels.shape, proposals))
        if not self._source.gate.wait(PATIENCE_MS / 1000):
            raise TimeoutError("the test never opened the gate")
        for error in self._source.errors[:1]:
            self._source.errors.pop(0)
            raise error
        return self.answer(pixels)

    def disagreement(self, pixels, between):
        """Larger for what is brighter, told after eight steps as of the real one."""
        for _ in range(8):
            between()
            self._source.measure_steps += 1
            if not self._source.measure_gate.wait(PATIENCE_MS / 1000):
                raise TimeoutError("the test never opened the gate")
        between()
        return float(pixels.mean()) / 255.0

    def detect_smaller(self, pixels, proposals):
        self._source.smaller_calls += 1
        for error in self._source.smaller_errors[:1]:
            self._source.smaller_errors.pop(0)
            raise error
        return Answer(self.answer(pixels).suggestions, None, "Memory was short: looked at it at a smaller size.")

    def answer(self, pixels):
        height, width = pixels.shape[:2]
        name = self.info.name
        middle = (width / 2, height / 2)
        found = (
            Detection(
                ReflectionAxis(((middle[0], 0.1 * height), (middle[0], 0.9 * height))), 0.91, name, {"heat": 0.8}
            ),
            Detection(RotationCenter(*middle, 5), 0.83, name, {"order": 0.7}),
            Detection(ReflectionAxis(((0.1 * width, middle[1]), (0.9 * width, middle[1]))), 0.62, name),
            Detection(ReflectionEllipse(*middle, 0.3 * width, 0.2 * height, 20.0), 0.55, name),
            Detection(ReflectionAxis(((0.0, 0.0), (width, height))), 0.31, name),
            Detection(RotationCenter(0.25 * width, 0.25 * height, 0), 0.12, name),
        )
        across = np.abs(np.linspace(-1, 1, 64, dtype=np.float32))
        reflection = np.repeat(np.exp(-((across / 0.08) ** 2))[None], 48, axis=0).astype(np.float32)
        rotation = np.exp(-((across[None] ** 2 + np.linspace(-1, 1, 48)[:, None] ** 2) / 0.02)).astype(np.float32)
        return Answer(found, HeatmapPair(reflection, rotation))


class FakeSource:
    """`gate` holds answers back while it is closed; `errors` are raised one by one by the next answers."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []
        self.prompts: tuple[tuple[str, float], ...] = ()
        self.loads: list[tuple] = []
        self.smaller_calls = 0
        self.freed = 0
        self.errors: list[Exception] = []
        self.smaller_errors: list[Exception] = []
        self.gate = threading.Event()
        self.gate.set()
        self.measure_steps = 0
        self.measure_gate = threading.Event()
        self.measure_gate.set()
        self.load_gate = threading.Event()
        self.load_gate.set()

    def load(self, model, device, precision, *, id, cancelled):
        self.loads.append((model, device, precision))
        if not self.load_gate.wait(PATIENCE_MS / 1000):
            raise TimeoutError("the test never opened the gate")
        if cancelled():
            raise Cancelled
        if "broken" in model:
            raise CheckpointError(f"Cannot load {model}.", "It is not a checkpoint.", "Choose another file.")
        name = Path(model).stem
        return FakeDetector(
            self, ModelInfo(id, name, device.upper().replace("AUTO", "CPU"), "fp32", prompts=self.prompts)
        )

    def devices(self):
        return (Device("cpu", "CPU (test, 1 thread)"),)

    def ran_out_of_memory(self, error):
        return isinstance(error, MemoryError) or "out of memory" in str(error)

    def free_memory(self):
        self.freed += 1


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, logs and layout of this test alone."""
    folder = tmp_path / "home"
    monkeypatch.setenv(HOME_VARIABLE, str(folder))
    return folder


def draw_picture(path: Path, size: tuple[int, int] = (320, 240), seed: int = 0) -> Path:
    """A butterfly-like mirror scene, different for each seed."""
    width, height = size
    random = np.random.default_rng(seed)
    picture = Image.new("RGB", size, tuple(int(c) for c in random.integers(180, 255, 3)))
    pen = ImageDraw.Draw(picture)
    for _ in range(6):
        x, y, r = (
            random.uniform(0.1, 0.45) * width,
            random.uniform(0.15, 0.85) * height,
            random.uniform(0.04, 0.15) * width,
        )
        color = tuple(int(c) for c in random.integers(0, 200, 3))
        for cx in (width / 2 - x, width / 2 + x):
            pen.ellipse((cx - r, y - r, cx + r, y + r), fill=color)
    picture.save(path)
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    """Five pictures in a folder of their own, "p1.png" to "p5.png"."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    return [str(draw_picture(folder / f"p{i}.png", seed=i)) for i in range(1, 6)]


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


@pytest.fixture
def no_leftovers(qapp: QApplication) -> Iterator[None]:
    """Fails a test that leaves a thread or a timer of ours running."""
    before = {id(thing) for thing in _live(QThread)} | {id(thing) for thing in _live(QTimer)}
    threads_before = set(threading.enumerate())
    yield
    threads = [t.objectName() or "?" for t in _live(QThread) if id(t) not in before and t.isRunning()]
    timers = [repr(t.parent()) for t in _live(QTimer) if id(t) not in before and t.isActive()]
    python = [t.name for t in set(threading.enumerate()) - threads_before if t.is_alive() and "Dummy" not in t.name]
    assert not threads, f"threads still run: {threads}"
    assert not timers, f"timers still run: {timers}"
    assert not python, f"Python threads still run: {python}"


def _live(kind: type) -> list:
    # By type: `isinstance` would ask lazy objects of other libraries for their class, and wake them.
    found = [thing for thing in gc.get_objects() if issubclass(type(thing), kind) and shiboken6.isValid(thing)]
    application = QThread.currentThread()
    return [thing for thing in found if thing is not application]


@pytest.fixture
def start(qtbot, home, source, no_leftovers) -> Iterator[Callable[..., Application]]:
    """Starts the application with a command line, as often as wanted; closes all of them at the end."""
    running: list[Application] = []

    def start(*arguments: str, model_ready: bool = True) -> Application:
        application = Application(command_line().parse_args(list(arguments)), source)
        running.append(application)
        application.show()
        if model_ready:
            qtbot.waitUntil(lambda: application.session.workspace.model.state is ModelState.READY)
        return application

    yield start
    source.gate.set()
    source.load_gate.set()
    source.measure_gate.set()
    for application in running:
        if application.window.isVisible():
            _end_trainings(application, qtbot)
        application.close()
        application.window.deleteLater()
    # Windows are really destroyed here, with every timer that Qt made inside them.
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()


def _end_trainings(application: Application, qtbot) -> None:
    """So that no window asks, and waits for ever, what is to become of a training that a failed test has left."""
    training = application.session.training
    for folder in training.live:
        training.discard(folder)
    qtbot.waitUntil(lambda: not training.live)


@pytest.fixture
def app(start, pictures, qtbot) -> Application:
    """The application with the five pictures open and the first one looked at."""
    application = start(str(Path(pictures[0]).parent))
    workspace = application.session.workspace
    qtbot.waitUntil(lambda: len(workspace.pictures) == 5)
    qtbot.waitUntil(lambda: workspace.pictures[0].state is PictureState.DONE)
    qtbot.waitUntil(lambda: application.session.idle)
    return application

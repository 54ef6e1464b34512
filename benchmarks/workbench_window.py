"""The workbench with its window, offscreen: a huge folder, a drag among 300 shapes, a picture of 24 megapixels.

Part of benchmarks/workbench.py, which prints these lines, too. Each step is painted at once; wall time, and processor
time of its thread in brackets. No network runs: what it would cost is not what is measured here.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from clipsym_core.symmetry import ReflectionAxis, RotationCenter, Shape
from symviewer.app import Application, command_line
from symviewer.model import commands
from symviewer.model.annotation import ReviewState
from symviewer.model.heatmaps import HeatmapPair
from symviewer.services.detectors import Cancelled
from symviewer.store.opening import open_folder
from symviewer.store.paths import HOME_VARIABLE

SHAPES = 300
PATIENCE_S = 300.0
BUDGET_MS = 16.0


class NoModel:
    """A source of detectors that has none: the window works without."""

    def load(self, *_arguments: object, **_more: object) -> object:
        raise Cancelled

    def devices(self) -> tuple[()]:
        return ()

    def ran_out_of_memory(self, _error: BaseException) -> bool:
        return False

    def free_memory(self) -> None:
        return None


class Pulse:
    """How long the window did not answer at most, ms: the longest gap between two beats of a timer."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(interval=0)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, 1e3 * (now - self._last))
        self._last = now

    def stop(self) -> float:
        self._timer.stop()
        return self.longest


def run(folder: Path, pictures: int) -> None:
    """All parts, in a folder that is thrown away afterwards."""
    os.environ[HOME_VARIABLE] = str(folder / "home")
    options = command_line().parse_args(["--size", "1280x800", str(_one_picture(folder / "one"))])
    application = Application(options, NoModel())  # type: ignore[arg-type]
    application.window.on_problem = print
    application.show()
    _wait(lambda: application.session.workspace.image is not None)
    huge_folder(application, folder / "huge", pictures)
    drag(application, folder / "drag")
    large_picture(application, folder / "large")
    application.close()


def huge_folder(application: Application, folder: Path, count: int) -> None:
    """Opened for the first time, and again with a project that knows every picture."""
    small = folder.parent / "one" / "tiny.png"
    for start in range(0, count, 1000):
        part = folder / f"{start // 1000:03}"
        part.mkdir(parents=True)
        for i in range(start, min(start + 1000, count)):
            os.link(small, part / f"picture {i:06}.png")
    _open(application, folder, count, f"open {count:,} files")
    application.session.open([str(small)])
    _wait(lambda: application.session.workspace.image is not None and application.session.idle)
    opened = open_folder(folder)
    known = opened.project.add_files([str(path) for path in sorted(folder.rglob("*.png"))])
    opened.stack.push(commands.set_state(opened.document, known, ReviewState.SUGGESTED))
    opened.project._identities._hurry.set()
    while len(opened.project.known_pictures()) < count:  # until each file was read for its identity
        time.sleep(0.2)
        opened.project.save_identities()
    opened.close()
    _open(application, folder, count, "  the same, every file known to the project")


def _open(application: Application, folder: Path, count: int, what: str) -> None:
    session, workspace = application.session, application.session.workspace
    pulse = Pulse()
    begun, cpu = time.perf_counter(), time.process_time()
    session.open([str(folder)])
    here = str(folder)
    _wait(lambda: workspace.image is not None and workspace.image.path.startswith(here))
    application.window.repaint()
    first, first_cpu = time.perf_counter() - begun, time.process_time() - cpu
    _wait(lambda: len(workspace.pictures) == count and not session.opening)
    listed = time.perf_counter() - begun
    busy = time.process_time() - cpu
    print(f"{what:<58}{1e3 * first:>10.0f} ms wall {1e3 * first_cpu:>10.0f} ms cpu to the first picture, usable")
    print(f"{'  all listed':<58}{listed:>10.2f} s  wall {busy:>10.2f} s  cpu")
    print(f"{'  longest time without an answer of the window':<58}{pulse.stop():>10.0f} ms")
    if session.project is None:
        raise SystemExit("The project was not opened.")


def drag(application: Application, folder: Path) -> None:
    """A drag of one shape among 300, each move painted."""
    folder.mkdir()
    path = folder / "a.png"
    noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)
    Image.fromarray(noise).resize((1600, 1200)).save(path)
    _show(application, path)
    session, workspace, canvas = application.session, application.session.workspace, application.window.canvas
    workspace.settings = workspace.settings.changed(snap=False)
    dice = random.Random(0)
    first = ReflectionAxis(((200.0, 300.0), (1400.0, 900.0)))
    shapes: list[Shape] = [_shape(dice) for _ in range(SHAPES - 1)]
    session.stack.push(commands.add(session.document, workspace.picture_id or 0, [*shapes, first]))
    application.window.repaint()
    steps = 300
    _mouse(canvas, QEvent.Type.MouseButtonPress, (400.0, 400.0))
    _mouse(canvas, QEvent.Type.MouseMove, (420.0, 410.0))
    canvas.viewport().repaint()  # the still picture of the others
    times = []
    begun = time.process_time()
    for i in range(steps):
        before = time.perf_counter()
        _mouse(canvas, QEvent.Type.MouseMove, (420.0 + i % 100, 410.0 + i % 70))
        canvas.viewport().repaint()
        times.append(time.perf_counter() - before)
    cpu = (time.process_time() - begun) / steps
    _mouse(canvas, QEvent.Type.MouseButtonRelease, (420.0, 410.0))
    wall = sorted(times)[steps // 2]
    what = f"drag among {SHAPES} shapes, a step with its repaint"
    print(f"{what:<58}{1e3 * wall:>10.2f} ms wall {1e3 * cpu:>10.2f} ms cpu")
    print(f"{'  repaints a second':<58}{1 / wall:>10.0f}    wall {1 / cpu:>10.0f}    cpu")
    canvas.viewport().repaint()
    begun = time.perf_counter()
    canvas.viewport().repaint()
    print(f"{'  all of them painted once':<58}{1e3 * (time.perf_counter() - begun):>10.2f} ms wall")


def large_picture(application: Application, folder: Path) -> None:
    """Zoom to the pointer and pan over 24 megapixels with heatmap and ten shapes, each step painted; then with 300."""
    folder.mkdir()
    path = folder / "large.jpg"
    noise = np.random.default_rng(1).integers(0, 255, (1000, 1500, 3), np.uint8)
    Image.fromarray(noise).resize((6000, 4000)).save(path, quality=80)
    _show(application, path)
    session, workspace, canvas = application.session, application.session.workspace, application.window.canvas
    dice = random.Random(2)
    session.stack.push(commands.add(session.document, workspace.picture_id or 0, [_shape(dice) for _ in range(10)]))
    workspace.change_overlay(heatmap="reflection")
    heat = np.random.default_rng(0).random((312, 416), dtype=np.float32)
    workspace.show_heatmaps(HeatmapPair(heat, heat))
    application.window.repaint()
    canvas.fit()
    at = QPoint(canvas.viewport().width() // 3, canvas.viewport().height() // 3)

    def zoom(steps: int) -> None:
        place = QPointF(at)
        event = QWheelEvent(
            place, canvas.viewport().mapToGlobal(place), QPoint(), QPoint(0, 120 * steps), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        canvas.wheelEvent(event)

    _steps(canvas, "zoom into 24 megapixels, a step with its repaint", [lambda: zoom(1)] * 18)
    _steps(canvas, "  and out again", [lambda: zoom(-1)] * 18)
    middle = Qt.MouseButton.MiddleButton
    places = (
        ("  pan at fit", None),
        ("  pan at 100 %", 1.0),
        ("  pan at 400 %", 4.0),
        ("  pan at fit, 300 shapes", None),
    )
    for name, scale in places:
        if "shapes" in name:
            more = [_shape(dice) for _ in range(SHAPES - 10)]
            session.stack.push(commands.add(session.document, workspace.picture_id or 0, more))
        if scale is None:
            canvas.fit()
        else:
            canvas.actual_size()
            canvas._zoom_by(scale, canvas.ViewportAnchor.AnchorViewCenter)
        canvas.viewport().repaint()
        _send(canvas, QEvent.Type.MouseButtonPress, QPointF(600, 400), middle)
        moves = [
            lambda i=i: _send(canvas, QEvent.Type.MouseMove, QPointF(600 + 7 * (i % 20), 400 + 5 * (i % 15)), middle)
            for i in range(60)
        ]
        _steps(canvas, f"  {name}", moves)
        _send(canvas, QEvent.Type.MouseButtonRelease, QPointF(600, 400), middle)


def _steps(canvas: object, what: str, steps: list[Callable[[], object]]) -> None:
    walls, cpus = [], []
    for step in steps:
        wall, cpu = time.perf_counter(), time.thread_time()
        step()
        canvas.viewport().repaint()  # type: ignore[attr-defined]
        walls.append(1e3 * (time.perf_counter() - wall))
        cpus.append(1e3 * (time.thread_time() - cpu))
    over = sum(wall > BUDGET_MS for wall in walls)
    print(
        f"{what:<58}{sorted(walls)[len(walls) // 2]:>10.2f} ms wall, most {max(walls):.1f} (cpu {max(cpus):.1f}), "
        f"{over} of {len(walls)} over {BUDGET_MS:.0f} ms"
    )


def _show(application: Application, path: Path) -> None:
    workspace = application.session.workspace
    application.session.open([str(path)])
    _wait(lambda: workspace.image is not None and workspace.image.path == str(path) and application.session.idle)
    workspace.change_overlay(heatmap="off")
    application.window.repaint()


def _wait(condition: Callable[[], bool]) -> None:
    begun = time.perf_counter()
    while not condition():
        QApplication.processEvents()
        if time.perf_counter() - begun > PATIENCE_S:
            raise SystemExit("Waited too long.")


def _mouse(canvas: object, kind: QEvent.Type, place: tuple[float, float]) -> None:
    at = canvas.viewportTransform().map(QPointF(*place))  # type: ignore[attr-defined]
    _send(canvas, kind, at, Qt.MouseButton.LeftButton)


def _send(canvas: object, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton) -> None:
    viewport = canvas.viewport()  # type: ignore[attr-defined]
    event = QMouseEvent(kind, at, viewport.mapToGlobal(at), button, button, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(viewport, event)


def _one_picture(folder: Path) -> Path:
    folder.mkdir()
    path = folder / "tiny.png"
    Image.new("RGB", (64, 48), (180, 60, 90)).save(path)
    return path


def _shape(dice: random.Random) -> Shape:
    x, y = dice.uniform(0, 1600), dice.uniform(0, 1200)
    if dice.random() < 0.3:
        return RotationCenter(x, y, 4)
    return ReflectionAxis(((x, y), (dice.uniform(0, 1600), dice.uniform(0, 1200))))

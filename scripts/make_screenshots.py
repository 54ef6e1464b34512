"""Make the pictures of README and guide: the real window with the bundled model and the sample pictures, offscreen.

    python scripts/make_screenshots.py [--model NAME|FILE] [--only window-light ...] [--scale 2 --out DIR]

Writes docs/images/*.png, each under 600 kB. Run it again when the window or the bundled checkpoint changes.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from training_scenes import TRAINING_SCENES

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("OMP_NUM_THREADS", "2")

ROOT = Path(__file__).resolve().parents[1]
LIMIT_BYTES = 600_000
WAIT_S = 900
SIZE = (1280, 800)
MAIN_PICTURE = "butterfly.jpg"
STAR_PICTURE = "rosette.jpg"
WHEEL_PICTURE = "wheel.jpg"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="clipsym-lite")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    options = parser.parse_args()
    if options.scale != 1.0:
        os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ["SYMVIEWER_HOME"] = home
        studio = Studio(options.model)
        for name, scene in SCENES.items():
            if not options.only or name in options.only:
                save(scene(studio), options.out / f"{name}.png")
        studio.application.close()
    return 0


class Studio:
    """The application, driven from here instead of by a person."""

    def __init__(self, model: str) -> None:
        from symviewer.app import Application, command_line

        arguments = ["--model", model, "--size", f"{SIZE[0]}x{SIZE[1]}", "--screenshot", "unused.png"]
        self.application = Application(command_line().parse_args(arguments))
        self.window = self.application.window
        self.session = self.application.session
        self.workspace = self.session.workspace
        self.window.on_problem = self._fail
        self.application.show()
        self.wait(lambda: len(self.workspace.pictures) > 0)
        self.wait(lambda: self.session.idle)

    @staticmethod
    def _fail(problem: object) -> None:
        sys.exit(f"The application reports: {problem}")

    def wait(self, condition: Callable[[], bool]) -> None:
        """Let the application work until the condition holds, and everything has been painted."""
        from PySide6.QtCore import QCoreApplication, QEvent

        begun = time.monotonic()
        while not condition():
            self.application.qt.processEvents()
            if time.monotonic() - begun > WAIT_S:
                sys.exit("Waited too long.")
            time.sleep(0.005)
        for _ in range(20):
            self.application.qt.processEvents()
            # what was to be deleted later goes in a running event loop only: tab bars of docks that are gone, for one
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            time.sleep(0.01)

    def show(self, name: str, theme: str = "light") -> None:
        """Show a sample picture, looked at."""
        self.workspace.settings = self.workspace.settings.changed(theme=theme)
        pictures = self.workspace.pictures
        index = next(i for i, picture in enumerate(pictures) if picture.name == name)
        pictures.select(index)
        self.wait(lambda: self.workspace.image is not None and self.workspace.image.path == pictures[index].path)
        self.wait(lambda: self.session.idle)
        self.window.status.clearMessage()

    def settings(self, **values: object) -> None:
        """Change settings."""
        self.workspace.settings = self.workspace.settings.changed(**values)

    def key(self, name: str, times: int = 1) -> None:
        """Press a key on the picture, as a person does."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        canvas = self.window.canvas
        canvas.setFocus()
        for _ in range(times):
            QTest.keyClick(canvas, getattr(Qt.Key, f"Key_{name}"))

    def click(self, tool: str, point: tuple[float, float]) -> None:
        """Take a tool by its key and click with it at a place of the picture."""
        from PySide6.QtCore import QPointF, Qt
        from PySide6.QtTest import QTest

        self.key(tool)
        canvas = self.window.canvas
        at = canvas.mapFromScene(QPointF(*point))
        QTest.mouseMove(canvas.viewport(), at)
        QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)
        self.key("V")

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press at a place of the picture and move to another one; the button stays down."""
        from PySide6.QtCore import QEvent, QPointF, Qt
        from PySide6.QtGui import QMouseEvent

        canvas = self.window.canvas
        none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
        steps = [(start[0] + (end[0] - start[0]) * i / 10, start[1] + (end[1] - start[1]) * i / 10) for i in range(11)]
        for i, point in enumerate(steps):
            at = QPointF(canvas.mapFromScene(QPointF(*point)))
            kind = QEvent.Type.MouseMove if i else QEvent.Type.MouseButtonPress
            event = QMouseEvent(kind, at, canvas.viewport().mapToGlobal(at), left, left, none)
            self.application.qt.sendEvent(canvas.viewport(), event)

    def grab(self) -> object:
        """A picture of the window."""
        self.wait(lambda: True)
        return self.window.grab()


def window(theme: str, name: str) -> Callable[[Studio], object]:
    def scene(studio: Studio) -> object:
        studio.show(name, theme)
        if studio.workspace.shown:
            studio.workspace.select(studio.workspace.shown[0].id)
        return studio.grab()

    return scene


def canvas(studio: Studio) -> object:
    """The heatmap of centers on a star."""
    studio.show(STAR_PICTURE)
    studio.workspace.select()
    studio.workspace.change_overlay(heatmap="rotation", suggestions=False)
    picture = studio.window.canvas.grab()
    studio.workspace.change_overlay(heatmap="reflection", suggestions=True)
    return picture


def one_click(studio: Studio) -> object:
    """A center analysed with one click."""
    studio.show(WHEEL_PICTURE)
    studio.workspace.change_overlay(heatmap="off", suggestions=False)
    width, height = studio.workspace.image.size
    centers = [s.shape.point for s in studio.workspace.suggestions if hasattr(s.shape, "order")]
    studio.click("C", centers[0] if centers else (width / 2, height / 2))
    studio.wait(lambda: studio.session.idle)
    picture = studio.grab()
    studio.session.undo()
    studio.workspace.change_overlay(heatmap="reflection", suggestions=True)
    return picture


def correcting(studio: Studio) -> object:
    """An end of an axis is being dragged: a suggestion was accepted, the difference of the two sides is shown."""
    from clipsym_core.symmetry import ReflectionAxis

    studio.show(MAIN_PICTURE)
    studio.workspace.change_overlay(heatmap="off", difference=True)
    studio.workspace.select()
    studio.key("Return", times=3)
    axis = next(a for a in studio.workspace.annotations if isinstance(a.shape, ReflectionAxis))
    studio.workspace.select(axis.id)
    (x, y), width = axis.shape.start, studio.workspace.image.size[0]
    studio.settings(snap=False)
    studio.drag((x, y), (x + 0.05 * width, y + 0.01 * width))
    studio.wait(lambda: studio.workspace.evidence is not None)
    picture = studio.grab()
    studio.workspace.tools.cancel()
    studio.settings(snap=True)
    while studio.session.stack.undo():
        pass
    studio.workspace.change_overlay(heatmap="reflection", difference=False)
    return picture


def review(studio: Studio) -> object:
    """Some pictures verified, all measured, the list in the order of disagreement."""
    from symviewer.model import commands
    from symviewer.model.annotation import ReviewState
    from symviewer.model.picture_order import Ordering

    studio.show(MAIN_PICTURE)
    session, order = studio.session, studio.workspace.order
    session.disagreement.begin(order.paths())
    studio.wait(lambda: not session.disagreement.run.active)
    orders = studio.window.files.filter.orders
    orders.setCurrentIndex(orders.findData(Ordering.DISAGREEMENT.name))
    verified = [studio.workspace.desk.find(path) for path in order.paths()[:2]]
    session.stack.push(commands.set_state(session.document, verified, ReviewState.VERIFIED))
    studio.show(studio.workspace.pictures[order[2]].name)
    picture = studio.grab()
    session.undo()
    orders.setCurrentIndex(0)
    return picture


def models(studio: Studio) -> object:
    """The model picker."""
    from symviewer.views.dialogs.models_dialog import ModelsDialog

    studio.window.show_models()
    dialog = studio.window._dialogs[ModelsDialog]
    studio.wait(lambda: dialog.list.count() > 0)
    picture = dialog.grab()
    dialog.close()
    return picture


def evaluate(studio: Studio) -> object:
    """The Evaluate panel with the sample pictures measured, and the window on one of them."""
    from PySide6.QtCore import Qt

    from clipsym_core.evaluate.report import EvaluationOptions
    from clipsym_core.evaluate.request import EvaluationRequest, perform

    studio.show(STAR_PICTURE)
    studio.window.actions_by_id["evaluate"].trigger()
    panel = studio.window.evaluate
    studio.wait(lambda: panel.setup.models.count() > 0)
    with tempfile.TemporaryDirectory() as folder:
        models = (studio.workspace.settings.detection.model, "features")
        options = EvaluationOptions(device="cpu")
        perform(EvaluationRequest(models=models, data=Path("samples"), out=Path(folder), options=options))
        panel.show_report(Path(folder))
    dock = panel.parentWidget()
    studio.window.resizeDocks([dock], [560], Qt.Orientation.Vertical)
    picture = studio.grab()
    dock.hide()
    studio.window.reset_layout()
    return picture


def live(studio: Studio) -> object:
    """Live mode on the demo camera, with everything found."""
    from symviewer.services.sources.demo import DemoSource

    mode = studio.window.live
    service = mode.service

    class PatientCamera(DemoSource):
        """Waits for the detector: a busy computer shows the same picture."""

        def read(self) -> object:
            if self._next > 1:
                while service._analysed < self._next - 3 and not self._cancelled.wait(0.005):
                    pass
            self._begun = time.perf_counter() - self._next / self.rate
            return super().read()

    studio.workspace.change_overlay(threshold=0.35)
    mode.open(PatientCamera)
    studio.wait(lambda: service.newest is not None and len(service.newest.tracks) >= 6 and service._analysed > 45)
    picture = studio.grab()
    studio.window.live.close()
    studio.workspace.change_overlay(threshold=0.5)
    return picture


def time_line(studio: Studio) -> object:
    """A video with two key frames, and what was filled in between."""
    from clipsym_core.data.synthesis.moving import MovingScene
    from clipsym_core.video.writer import VideoWriter
    from symviewer.model import commands

    scene = MovingScene()
    path = Path(os.environ["SYMVIEWER_HOME"]) / "film" / "butterfly.mp4"
    with VideoWriter(path, rate=15) as writer:
        for number in range(60):
            writer.write(scene.at(number / 15).image, number / 15)
    studio.session.open([str(path)])
    pictures, desk = studio.workspace.pictures, studio.workspace.desk
    studio.wait(lambda: len(pictures) == 60 and not studio.session.opening)
    for place in (20, 30):
        picture = desk.find(pictures[place].path)
        desk.stack.push(commands.add(desk.document, picture, scene.at(place / 15).shapes[:2]))
    pictures.select(24)
    studio.wait(lambda: studio.session.idle)
    studio.window.actions_by_id["video_interpolate"].trigger()
    studio.wait(lambda: len(studio.window.time_line.track.marks) > 10)
    studio.window.status.clearMessage()
    return studio.grab()


SCENES: dict[str, Callable[[Studio], object]] = {
    "window-light": window("light", MAIN_PICTURE),
    "window-dark": window("dark", STAR_PICTURE),
    "heatmap-centers": canvas,
    "one-click-center": one_click,
    "correcting": correcting,
    "review": review,
    "models": models,
    "evaluate": evaluate,
    **TRAINING_SCENES,
    "live": live,
    "time-line": time_line,
}


def save(pixmap: object, path: Path) -> None:
    """Write a small PNG: with as many bits a color as fit."""
    from PIL import Image, ImageOps
    from PySide6.QtCore import QBuffer, QIODevice

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap.save(buffer, "PNG")
    image = Image.open(io.BytesIO(bytes(buffer.data()))).convert("RGB")
    for bits in (8, 7, 6, 5, 4):
        data = encoded(ImageOps.posterize(image, bits))
        if len(data) <= LIMIT_BYTES:
            break
    path.write_bytes(data)
    print(f"{path.name}: {image.width} x {image.height} px, {len(data) / 1000:.0f} kB")


def encoded(image: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())

"""The review of a large folder: file list, undo of a batch in parts, memory while walking through many pictures.

    python benchmarks/review.py [--pictures 50000] [--walk 2000]     (0 leaves a part out)

Everything is made in a temporary folder; nothing stays behind. Times are processor time of this process; the longest
part of the undo is what the window stands still for at most.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import psutil
from PIL import Image

from clipsym_core.symmetry import Detection, ReflectionAxis
from symviewer.model import commands
from symviewer.model.annotation import ReviewState
from symviewer.model.desk import Desk
from symviewer.model.document import Document
from symviewer.model.heatmaps import HeatmapPair
from symviewer.model.model_status import ModelInfo
from symviewer.model.picture_order import UNVERIFIED, ListFilter, Ordering, PictureOrder
from symviewer.model.pictures import PictureList
from symviewer.model.undo import UndoStack
from symviewer.services.detectors import Answer, Device
from symviewer.services.long_steps import PART
from symviewer.store.opening import open_folder

SUGGESTIONS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=50_000)
    parser.add_argument("--walk", type=int, default=2_000)
    options = parser.parse_args()
    if options.pictures:
        file_list(options.pictures)
        with tempfile.TemporaryDirectory() as name:
            undo_in_parts(Path(name), options.pictures)
    if options.walk:
        with tempfile.TemporaryDirectory() as name:
            walk(Path(name), options.walk)


def file_list(count: int) -> None:
    """Filter, order and next of the list, without a window."""
    desk, pictures, document = Desk(), PictureList(), Document()
    order = PictureOrder(pictures, desk)
    desk.put(document, UndoStack(document), lambda path: path, lambda p: document.entry(p).path)
    paths = [f"/folder/{i // 1000:03}/picture {i:06}.jpg" for i in range(count)]

    def add() -> None:
        for start in range(0, count, 2000):
            document.add_pictures(paths[start : start + 2000])
            pictures.add(paths[start : start + 2000])

    report(f"list {count:,} pictures", add)
    dice = random.Random(0)
    ids = list(document)
    desk.stack.push(commands.set_state(document, ids[: count - 2], ReviewState.VERIFIED))
    for id in ids:
        document.measure(id, dice.random(), "m")
    desk.replaced.emit()
    pictures.select(0)
    report("next to review, the last but one", lambda: order.next_unverified(1))
    report("filter by state", lambda: setattr(order, "filter", ListFilter(states=UNVERIFIED)))
    report("filter by name", lambda: setattr(order, "filter", ListFilter(text="77")))
    report("no filter", lambda: setattr(order, "filter", ListFilter()))
    report("order by disagreement", lambda: setattr(order, "ordering", Ordering.DISAGREEMENT))


def undo_in_parts(folder: Path, count: int) -> None:
    """A batch over all pictures, taken back as the window does it."""
    opened = open_folder(folder)
    pictures = opened.project.add_files([str(folder / f"{i}.jpg") for i in range(count)])
    document, stack = opened.document, opened.stack
    dice = random.Random(0)

    def batch() -> None:
        for picture in pictures:
            found = [Detection(axis(dice), dice.random(), "m", {"heat": 0.5}) for _ in range(SUGGESTIONS)]
            stack.push(commands.suggest(document, picture, found, batch="all"))

    report(f"batch over {count:,} pictures, each saved", batch)
    print(f"{'  pictures with their shapes in memory':<52}{document.in_memory:>10,}")
    for name, doing in (("undo", stack.undo), ("redo", stack.redo)):
        parts = []
        left = stack.undo_key if name == "undo" else stack.redo_key
        while left == (stack.undo_key if name == "undo" else stack.redo_key):
            begin = time.process_time()
            doing(PART)
            parts.append(1000 * (time.process_time() - begin))
        median = float(np.median(parts))
        print(f"{name + f' it in {len(parts):,} parts':<52}{sum(parts):>10.0f} ms in all")
        print(f"{'  one part':<52}{median:>10.1f} ms median, {max(parts):.1f} ms longest")
    opened.close()


def walk(folder: Path, count: int) -> None:
    """The real window, offscreen, from picture to picture, each looked at by a stub of a detector."""
    from symviewer.app import Application, command_line

    dice = np.random.default_rng(0)
    pictures = folder / "pictures"
    pictures.mkdir()
    for i in range(count):
        small = dice.integers(0, 255, (6, 8, 3), dtype=np.uint8)
        Image.fromarray(small).resize((640, 480)).save(pictures / f"{i:05}.jpg", quality=80)
    os.environ["SYMVIEWER_HOME"] = str(folder / "home")
    application = Application(command_line().parse_args([str(pictures)]), StubSource())
    application.show()
    workspace, session = application.session.workspace, application.session
    wait(application, lambda: len(workspace.pictures) == count and session.idle)
    process = psutil.Process()
    marks = {max(1, count * part // 8) for part in (1, 2, 4, 5, 6, 7, 8)}
    for place in range(count):
        workspace.order.step(1 if place else 0)
        wait(application, lambda: workspace.image is not None and session.idle)
        if place + 1 in marks:
            text = f"memory after {place + 1:,} pictures of 640 x 480"
            print(f"{text:<52}{process.memory_info().rss / 2**20:>10.0f} MB")
    application.close()


class StubSource:
    """Loads a detector that finds the same in every picture."""

    def load(self, model: str, device: str, precision: str, *, id: str, cancelled: Callable[[], bool]) -> StubDetector:
        return StubDetector(ModelInfo(id, "stub", "CPU", "fp32"))

    def devices(self) -> tuple[Device, ...]:
        return (Device("cpu", "CPU"),)

    def ran_out_of_memory(self, error: BaseException) -> bool:
        return False

    def free_memory(self) -> None:
        return None


class StubDetector:
    def __init__(self, info: ModelInfo) -> None:
        self.info = info

    def detect(self, pixels: np.ndarray, proposals: str) -> Answer:
        dice = random.Random(int(pixels[0, 0, 0]))
        found = tuple(Detection(axis(dice), dice.random(), "stub", {"heat": 0.5}) for _ in range(SUGGESTIONS))
        heat = np.zeros((312, 416), dtype=np.float32)
        return Answer(found, HeatmapPair(heat, heat.copy()))

    detect_smaller = detect

    def disagreement(self, pixels: np.ndarray, between: Callable[[], object]) -> float:
        return 0.0


def wait(application: object, condition: Callable[[], bool]) -> None:
    while not condition():
        application.qt.processEvents()  # type: ignore[attr-defined]
        time.sleep(0.0005)


def axis(dice: random.Random) -> ReflectionAxis:
    return ReflectionAxis(((dice.uniform(0, 300), 0.0), (dice.uniform(0, 300), 300.0)))


def report(what: str, work: Callable[[], object]) -> None:
    begin = time.process_time()
    work()
    print(f"{what:<52}{1000 * (time.process_time() - begin):>10.0f} ms")


if __name__ == "__main__":
    main()

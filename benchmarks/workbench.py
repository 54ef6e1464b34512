"""The workbench: opening a large project, commands a second, a batch, hit-testing; then the window itself, offscreen.

    python benchmarks/workbench.py [--pictures 50000] [--only model|window]

Prints the least of several runs, in wall time and in processor time of this process (other programs do not count in
the latter). The project is made in a temporary folder; nothing stays behind.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from clipsym_core.symmetry import Detection, ReflectionAxis, RotationCenter, Shape
from symviewer.model import commands
from symviewer.model.annotation import ReviewState
from symviewer.model.selection import Selection
from symviewer.model.tools import PointerEvent, SelectTool, ToolContext
from symviewer.store.opening import OpenedProject, open_folder

ANNOTATIONS = 2
SUGGESTIONS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=50_000)
    parser.add_argument("--only", choices=("model", "window"))
    options = parser.parse_args()
    count = options.pictures
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.only != "window":
            fresh(folder / "fresh", count)
            large(folder / "large", count)
            drawing(folder / "drawing")
        if options.only != "model":
            import workbench_window  # beside this file; Qt starts here

            workbench_window.run(folder, count)
    print(f"{'memory at the end':<58}{psutil.Process().memory_info().rss / 2**20:>10.0f} MB")


def fresh(folder: Path, count: int) -> None:
    """A folder that is opened for the first time."""
    folder.mkdir()
    paths = paths_of(folder, count)
    opened: list[OpenedProject] = []

    def open_it() -> None:
        for project in opened:
            project.close()
        for path in folder.iterdir():
            path.unlink()
        opened[:] = [open_folder(folder)]
        opened[0].project.add_files(paths)

    report(f"new project, {count:,} files made known", open_it, runs=3)
    opened[0].close()


def large(folder: Path, count: int) -> None:
    """A project in which every picture has shapes."""
    folder.mkdir()
    dice = random.Random(0)
    opened = open_folder(folder)
    pictures = opened.project.add_files(paths_of(folder, count))
    document, stack = opened.document, opened.stack

    def batch() -> None:
        for picture in pictures:
            found = [Detection(shape(dice), dice.random(), "clipsym-lite", {"heat": 0.5}) for _ in range(SUGGESTIONS)]
            stack.push(commands.suggest(document, picture, found, batch="all"))

    report(f"batch results of {count:,} pictures, each saved", batch, each=count)
    print(f"{'  estimated cost of that step on the undo stack':<58}{stack.cost / 2**20:>10.0f} MB")
    report("undo that batch, one transaction", lambda: stack.undo())
    report("redo it", lambda: stack.redo())

    def annotate() -> None:
        for picture in pictures:
            best = [suggestion.id for suggestion in document.suggestions(picture)[:ANNOTATIONS]]
            stack.push(commands.accept(document, picture, best))

    report(f"accept {ANNOTATIONS} suggestions in each of {count:,} pictures, saved", annotate, each=count)
    stack.push(commands.set_state(document, pictures[::2], ReviewState.VERIFIED))
    opened.close()
    size = opened.project.path.stat().st_size / 2**20
    print(f"{'  project file':<58}{size:>10.0f} MB")

    again: list[OpenedProject] = []

    def open_it() -> None:
        for project in again:
            project.close()
        again[:] = [open_folder(folder)]

    report(f"open the project of {count:,} pictures", open_it, runs=5)
    report("the same, with the list of files made known", lambda: again[0].project.add_files(paths_of(folder, count)))
    chosen = dice.sample(list(again[0].document), min(2000, count))
    report(
        "first look at the shapes of a picture",
        lambda: [again[0].document.suggestions(picture) for picture in chosen],
        each=len(chosen),
    )
    again[0].close()


def drawing(folder: Path) -> None:
    """One picture with 300 shapes."""
    folder.mkdir()
    opened = open_folder(folder)
    (picture,) = opened.project.add_files([str(folder / "a.png")])
    document, stack = opened.document, opened.stack
    dice = random.Random(1)
    stack.push(commands.add(document, picture, [shape(dice) for _ in range(300)]))
    changed = document.annotations(picture)[150].id

    def change() -> None:
        for _ in range(1000):
            stack.push(commands.change_shapes(document, picture, {changed: shape(dice)}))

    def undo() -> None:
        for _ in range(1000):
            stack.undo()

    def redo() -> None:
        for _ in range(1000):
            stack.redo()

    report("change a shape among 300, saved", change, runs=3, each=1000)
    report("undo, saved", undo, each=1000)
    report("redo, saved", redo, each=1000)
    opened.autosave.stop()
    report("change a shape among 300, in memory only", change, runs=3, each=1000)

    selection = Selection(document)
    selection.show_picture(picture)
    context = ToolContext(document, stack, selection)
    tool = SelectTool(context)

    def hits() -> None:
        for i in range(200):
            context.hit((i * 5.0, i * 3.0), 1.0)

    def drag() -> None:
        x, y = document.annotations(picture)[0].shape.transformed([[1, 0, 0], [0, 1, 0]]).points[0]  # type: ignore[union-attr]
        tool.pointer(PointerEvent("press", (x, y)))
        for i in range(500):
            tool.pointer(PointerEvent("move", (x + i, y + i)))
        tool.pointer(PointerEvent("release", (x + 500, y + 500)))

    report("hit-test among 300 shapes", hits, runs=5, each=200)
    stack.push(commands.add(document, picture, [ReflectionAxis(((2000.0, 2000.0), (2100.0, 2100.0)))]))
    stack.push(commands.reorder(document, picture, [document.annotations(picture)[-1].id], "back"))
    report("one move of a drag among 300 shapes", drag, each=500)
    opened.project.close()


def paths_of(folder: Path, count: int) -> list[str]:
    return [f"{folder}/{i // 1000:03}/picture {i:06}.jpg" for i in range(count)]


def shape(dice: random.Random) -> Shape:
    x, y = dice.uniform(0, 1000), dice.uniform(0, 1000)
    if dice.random() < 0.3:
        return RotationCenter(x, y, 4)
    return ReflectionAxis(((x, y), (dice.uniform(0, 1000), dice.uniform(0, 1000))))


def report(what: str, work: Callable[[], object], *, runs: int = 1, each: int = 1) -> None:
    """Run, and print the least times; with `each`, per piece."""
    walls, cpus = [], []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    wall, cpu = min(walls) / each, min(cpus) / each
    unit, scale = ("ms", 1e3) if wall < 1 and each == 1 else ("us", 1e6) if each > 1 else ("s ", 1.0)
    print(f"{what:<58}{wall * scale:>10.1f} {unit} wall {cpu * scale:>10.1f} {unit} cpu")


if __name__ == "__main__":
    main()

"""A process that works on a project until it is killed: `python -m tests.store.random_work FOLDER`.

What it does at line k of the project's history depends on k and the document alone, so the test can do the same on a
document in memory and compare. It says "opening", and after every step how long the history is.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from clipsym_core.symmetry import Detection, ReflectionAxis, ReflectionEllipse, RotationCenter, Shape
from symviewer.model import commands
from symviewer.model.annotation import PictureId, ReviewState
from symviewer.model.document import Document
from symviewer.store.opening import OpenedProject, open_folder

PATHS = tuple(f"{i}.png" for i in range(4))


def command(k: int, document: Document) -> commands.Command:
    """What is done at line k; always something."""
    dice = random.Random(k)
    picture = document.add_pictures(PATHS)[dice.randrange(len(PATHS))]
    annotations, suggestions = document.annotations(picture), document.suggestions(picture)
    kind = dice.randrange(10)
    done: commands.Command | None = None
    if kind < 2 and annotations:
        changed = dice.choice(annotations)
        done = commands.change_shapes(document, picture, {changed.id: _shape(dice)})
    elif kind == 2 and len(annotations) > 3:
        done = commands.remove(document, picture, [a.id for a in annotations[:2]])
    elif kind == 3:
        done = commands.accept_above(document, document.add_pictures(PATHS), dice.random())
    elif kind == 4 and suggestions:
        done = commands.reject(document, picture, [suggestions[0].id])
    elif kind == 5:
        found = [Detection(_shape(dice), dice.random(), "m", {"heat": dice.random()}) for _ in range(30)]
        done = commands.suggest(document, picture, found)
    elif kind == 6:
        done = commands.set_state(document, [picture], dice.choice(list(ReviewState)))
    elif kind == 7 and annotations:
        done = commands.reorder(document, picture, [annotations[0].id], "front")
    if done is not None and done.deltas:
        return done
    drawn = commands.add(document, picture, [_shape(dice) for _ in range(dice.randint(1, 3))])
    assert drawn is not None
    return drawn


def essence(document: Document) -> dict[str, tuple[object, ...]]:
    """All that a document holds but the random ids."""
    return {entry.path: (entry.state, *_shapes(document, entry.id)) for entry in document.entries()}


def _shapes(document: Document, picture: PictureId) -> tuple[list[object], list[Detection]]:
    annotations = [(a.shape, a.state, a.score, a.source, a.locked, a.hidden) for a in document.annotations(picture)]
    return list(annotations), [suggestion.detection for suggestion in document.suggestions(picture)]


def _shape(dice: random.Random) -> Shape:
    x, y = dice.uniform(-100, 900), dice.uniform(-100, 900)
    if dice.random() < 0.3:
        return RotationCenter(x, y, dice.choice([0, 2, 3, 6]))
    if dice.random() < 0.3:
        return ReflectionEllipse(x, y, dice.uniform(1, 90), dice.uniform(1, 90), dice.uniform(0, 180))
    return ReflectionAxis(((x, y), (x + dice.uniform(1, 50), y + dice.uniform(-50, 50))))


def work(opened: OpenedProject, steps: int) -> None:
    """Do some steps, now and then undoing one."""
    # Checkpoints, which move what was done from the log into the file, are to be hit, too.
    opened.project._connection.execute("PRAGMA wal_autocheckpoint = 8")
    for _ in range(steps):
        k = _length(opened)
        if opened.stack.steps and random.Random(-k - 1).random() < 0.2:
            opened.stack.undo()
        else:
            opened.stack.push(command(k, opened.document))
        say(_length(opened))


def _length(opened: OpenedProject) -> int:
    return int(opened.project._connection.execute("SELECT count(*) FROM history").fetchone()[0])


def say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    while True:
        say("opening")
        opened = open_folder(Path(sys.argv[1]))
        if opened.project.read_only:
            say("read-only")
            return
        work(opened, steps=40)
        opened.close()


if __name__ == "__main__":
    main()

"""kill -9 at random moments: the project always opens, and at most the step in progress is missing."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from symviewer.model.document import Document
from symviewer.model.undo import UndoStack
from symviewer.store.opening import open_folder
from tests.store.random_work import command, essence

ROOT = Path(__file__).resolve().parents[2]
MOST_STEPS = 50
"""Of a worker before it is killed; every 40 it closes the project and opens it again, so that is hit, too."""
LONGEST = 0.03
"""Seconds between the last of these steps (or the beginning of the opening) and the kill, at most."""


def start_and_kill(folder: Path, steps: int, after: float) -> list[str]:
    """What a worker printed until it was killed: `after` seconds after it had done this many steps."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.random_work", str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline()]
        while printed[-1] and sum(line.strip().isdecimal() for line in printed) < steps:
            printed.append(process.stdout.readline())
        try:
            process.wait(after)  # the pipe is large enough for what is printed meanwhile
        except subprocess.TimeoutExpired:
            process.kill()
        else:
            pytest.fail("The worker ended by itself.")
        rest = process.stdout.read()
    return "".join([*printed, rest]).splitlines()


class Shadow:
    """The same work on a document in memory, led by the actions in the project's history."""

    def __init__(self) -> None:
        self.document = Document()
        self.stack = UndoStack(self.document)
        self.length = 0

    def follow(self, actions: list[str]) -> None:
        for action in actions[self.length :]:
            if action == "undo":
                assert self.stack.undo()
            else:
                assert self.stack.push(command(self.length, self.document))
            self.length += 1


def kill_in_a_loop(folder: Path, kills: int, seed: int) -> None:
    """Kill workers, checking after each."""
    dice = random.Random(seed)
    shadow = Shadow()
    for _ in range(kills):
        printed = start_and_kill(folder, dice.randrange(MOST_STEPS), dice.uniform(0.0, LONGEST))
        assert "read-only" not in printed  # the lock of the killed one before is gone
        acknowledged = max((int(line) for line in printed if line.isdecimal()), default=shadow.length)
        # A copy of what the kill left is looked at, so that the next worker has to recover by itself.
        copy = folder.with_name("copy")
        shutil.copytree(folder, copy)
        opened = open_folder(copy)
        assert opened.project._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert opened.project._connection.execute("PRAGMA foreign_key_check").fetchall() == []
        actions = [row[0] for row in opened.project._connection.execute("SELECT action FROM history ORDER BY id")]
        assert len(actions) in (acknowledged, acknowledged + 1)
        shadow.follow(actions)
        expected = {path: value for path, value in essence(shadow.document).items() if not _is_empty(value)}
        assert {path: value for path, value in essence(opened.document).items() if not _is_empty(value)} == expected
        assert opened.close()
        shutil.rmtree(copy)


def _is_empty(value: tuple[object, ...]) -> bool:
    state, annotations, suggestions = value
    return getattr(state, "value", "") == "none" and not annotations and not suggestions


@pytest.fixture
def work_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    for i in range(4):
        (folder / f"{i}.png").write_bytes(bytes([i]) * 1000)
    return folder


def test_fifteen_kills(work_folder: Path) -> None:
    kill_in_a_loop(work_folder, 15, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_two_hundred_kills(work_folder: Path) -> None:
    kill_in_a_loop(work_folder, 200, seed=2)

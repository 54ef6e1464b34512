"""Runs on disk: beginning, finding the process again, discarding."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from clipsym_core.errors import OutputError
from clipsym_core.train.events import Ended, EventWriter, Scores, Started
from symviewer.model.training import RunState
from symviewer.store import runs
from symviewer.store.paths import runs_folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return runs_folder(tmp_path / "photos" / "symviewer.symproj")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def started(folder: Path, pid: int, when: float) -> Started:
    return Started(
        run=str(folder), pid=pid, time=when, total_steps=1, epochs=1, steps_per_epoch=1, device="cpu", precision="fp32",
        train=1, val=1,
    )  # fmt: skip


def test_each_project_has_runs_of_its_own(root: Path, tmp_path: Path) -> None:
    assert root.name.startswith("photos-")
    assert root != runs_folder(tmp_path / "other" / "photos" / "symviewer.symproj")


def test_two_runs_of_one_second_have_two_folders(root: Path) -> None:
    first, second = (runs.new_run(root, "fine tune/../x", {"epochs": 2}) for _ in range(2))
    assert first != second
    assert first.parent == second.parent == root
    assert runs.read_values(first) == {"epochs": 2}
    assert {run.folder for run in runs.list_runs(root)} == {first, second}
    (first / "run.json").write_text("[1")
    assert runs.read_values(first) == {}


def test_a_run_is_known_by_number_and_birth_of_its_process(root: Path, sleeper: subprocess.Popen) -> None:
    folder = runs.new_run(root, "a", {})
    assert runs.process_of(folder, None) is None
    runs.remember_process(folder, sleeper.pid)
    found = runs.process_of(folder, None)
    assert found is not None
    assert found.pid == sleeper.pid
    assert runs.summary(folder).state is RunState.STARTING
    (folder / runs.PROCESS).write_text(json.dumps({"pid": sleeper.pid, "created": psutil.boot_time() - 100}))
    assert runs.process_of(folder, None) is None
    assert runs.summary(folder).state is RunState.DIED
    # Begun in a terminal: its first event came after its birth.
    (folder / runs.PROCESS).unlink()
    assert runs.process_of(folder, started(folder, sleeper.pid, time.time())) is not None
    assert runs.process_of(folder, started(folder, os.getpid(), psutil.boot_time() - 100)) is None


def test_a_process_that_ended_is_no_life(root: Path, sleeper: subprocess.Popen) -> None:
    folder = runs.new_run(root, "a", {})
    runs.remember_process(folder, sleeper.pid)
    sleeper.kill()  # not waited for: it is a ghost now
    psutil.wait_procs([psutil.Process(sleeper.pid)], timeout=30)
    assert runs.process_of(folder, None) is None


def test_the_list_is_newest_first_with_what_came_out(root: Path) -> None:
    old, new = root / "2026-01-01", root / "2026-01-02"
    for folder in (old, new):
        folder.mkdir(parents=True)
        runs.write_values(folder, {})
    writer = EventWriter(old)
    writer.write(Ended(reason="finished", step=1, after=Scores(f1=0.25)))
    listed = runs.list_runs(root)
    assert [(run.name, run.state, run.f1) for run in listed] == [
        ("2026-01-02", RunState.DIED, None), ("2026-01-01", RunState.FINISHED, 0.25)
    ]  # fmt: skip
    assert runs.list_runs(root / "none") == []


def test_discarding_ends_the_process_with_its_workers(root: Path) -> None:
    folder = runs.new_run(root, "a", {})
    family = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    parent = subprocess.Popen([sys.executable, "-c", f"{family}; print('up', flush=True); time.sleep(600)"], stdout=-1)
    assert parent.stdout is not None
    assert parent.stdout.readline().strip() == b"up"
    (worker,) = psutil.Process(parent.pid).children()
    runs.remember_process(folder, parent.pid)
    runs.discard(folder)
    assert not folder.exists()
    assert parent.wait(30) is not None
    parent.stdout.close()
    assert not worker.is_running()
    runs.discard(folder)  # gone already


def test_a_model_is_kept_beside_the_others(root: Path, home: Path) -> None:
    folder = runs.new_run(root, "a", {})
    with pytest.raises(OutputError, match="cannot be kept"):
        runs.keep_model(folder)
    (folder / "best.safetensors").write_bytes(b"weights")
    kept = runs.keep_model(folder)
    assert kept == home / "data" / "models" / f"{folder.name}.safetensors"
    assert kept.read_bytes() == b"weights"


def test_pictures_of_a_run(root: Path) -> None:
    folder = runs.new_run(root, "a", {})
    assert runs.known_pictures(folder) == frozenset()
    (folder / "pictures.json").write_text('{"train": ["a.png"], "val": ["b/c.png"]}')
    assert runs.known_pictures(folder) == {"a.png", "b/c.png"}
    (folder / "pictures.json").write_text('{"train": 3')
    assert runs.known_pictures(folder) == frozenset()

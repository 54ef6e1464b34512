"""Training runs on disk: how one begins, whether its process lives, how it is ended.

They lie in `symviewer.store.paths.runs_folder`. What is in a run's folder says `clipsym_core.train.run_folder`; the
window adds `process.json`, by which one that is opened later finds the process again.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from clipsym_core.errors import ConfigError, OutputError, reason_of
from clipsym_core.files import replacing, write_atomic
from clipsym_core.model.weights import models_folder
from clipsym_core.train.events import Started, read_events
from clipsym_core.train.run_file import RUN_FILE
from clipsym_core.train.run_folder import BEST, STOP, RunFolder
from symviewer.model.training import RunProgress, RunState

OUTPUT: Final = "output.log"
PROCESS: Final = "process.json"
_CLOCK_SECONDS: Final = 2.0
_END_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in a list: its folder, name, state, when it was touched last, and what came out."""

    folder: Path
    name: str
    state: RunState
    when: float
    f1: float | None = None


def new_run(root: Path, label: str, values: Mapping[str, Any]) -> Path:
    """Make the folder of a new run with its run file; gives the folder.

    Raises:
        OutputError: it cannot be written.
    """
    stem = re.sub(r"[^\w.-]+", "-", f"{time.strftime('%Y-%m-%d %H.%M.%S')} {label}").strip("-.")
    folder = root / stem
    number = 1
    try:
        root.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                folder.mkdir()
                break
            except FileExistsError:
                number += 1
                folder = root / f"{stem}-{number}"
        write_values(folder, values)
    except OSError as error:
        raise OutputError(
            f"Cannot make the run's folder {folder}.", f"{reason_of(error)}.", "Make room on the disk."
        ) from error
    return folder


def read_values(folder: Path) -> dict[str, Any]:
    """The run file as it was written; empty where it cannot be read."""
    try:
        values = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def write_values(folder: Path, values: Mapping[str, Any]) -> None:
    """Write the run file.

    Raises:
        OSError: it cannot be written.
    """
    write_atomic(folder / RUN_FILE, (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode())


def remember_process(folder: Path, pid: int) -> None:
    """Note which process works on a run.

    Raises:
        OSError: it cannot be written.
    """
    try:
        created = psutil.Process(pid).create_time()
    except psutil.Error:
        created = time.time()  # gone already; nothing lives under this number that began then
    write_atomic(folder / PROCESS, json.dumps({"pid": pid, "created": created}).encode())


def process_of(folder: Path, started: Started | None) -> psutil.Process | None:
    """The living process that works on a run.

    A number alone says nothing, for systems give it again: the process must have begun when ours did, or, for a run
    that was begun in a terminal, before its first event.
    """
    candidates: list[tuple[int, float, bool]] = []
    try:
        noted = json.loads((folder / PROCESS).read_text(encoding="utf-8"))
        candidates.append((int(noted["pid"]), float(noted["created"]), True))
    except (OSError, ValueError, KeyError, TypeError):
        pass  # begun in a terminal
    if started is not None:
        candidates.append((started.pid, started.time, False))
    for pid, moment, exact in candidates:
        try:
            process = psutil.Process(pid)
            created = process.create_time()
            fits = abs(created - moment) < _CLOCK_SECONDS if exact else created < moment + _CLOCK_SECONDS
            if fits and process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                return process
        except (psutil.Error, ValueError):
            continue
    return None


def list_runs(root: Path) -> list[RunSummary]:
    """The runs of a project, newest first."""
    try:
        folders = [path for path in root.iterdir() if (path / RUN_FILE).is_file()]
    except OSError:
        return []
    return sorted(map(summary, folders), key=lambda run: run.name, reverse=True)


def summary(folder: Path) -> RunSummary:
    """A run in a line."""
    progress = RunProgress()
    try:
        progress.take(read_events(folder))
        when = (folder / RUN_FILE).stat().st_mtime
    except OSError:
        when = 0.0
    alive = progress.ended is None and process_of(folder, progress.started) is not None
    after = progress.ended.after if progress.ended else None
    best = after.f1 if after else progress.best.f1 if progress.best else None
    return RunSummary(folder, folder.name, progress.state(alive=alive), when, best)


def ask_to_stop(folder: Path) -> None:
    """Let the run end after the step that it is in, and keep everything.

    Raises:
        OSError: the folder cannot be written.
    """
    (folder / STOP).touch()


def known_pictures(folder: Path) -> frozenset[str]:
    """Paths of the pictures that a run learned from or measured on."""
    try:
        found = RunFolder(folder).read_pictures() or {}
    except ConfigError:
        found = {}
    return frozenset(path for paths in found.values() for path in paths)


def keep_model(folder: Path) -> Path:
    """Copy the best checkpoint of a run to the user's models, where the model picker finds it; gives the copy.

    Raises:
        OutputError: there is none, or it cannot be written.
    """
    target = models_folder() / f"{folder.name}.safetensors"
    try:
        with replacing(target) as temporary:
            shutil.copyfile(folder / BEST, temporary)
    except OSError as error:
        raise OutputError(
            f"The model of {folder.name} cannot be kept.",
            f"{reason_of(error)}.",
            "Make room on the disk, or resume the run.",
        ) from error
    return target


def discard(folder: Path) -> None:
    """End the process of a run, and delete its folder.

    Raises:
        OutputError: it cannot be deleted.
    """
    try:
        started = next((e for e in reversed(read_events(folder)) if isinstance(e, Started)), None)
    except OSError:
        started = None
    process = process_of(folder, started)
    if process is not None:
        end_process(process)
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(
            f"The run's folder {folder} cannot be deleted.", f"{reason_of(error)}.", "Close programs that look into it."
        ) from error


def end_process(process: psutil.Process) -> None:
    """End a process with its workers, gently first."""
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        family = [process]
    for member in family:
        with_grace(member, "terminate")
    _, alive = psutil.wait_procs(family, timeout=_END_SECONDS)
    for member in alive:
        with_grace(member, "kill")
    psutil.wait_procs(alive, timeout=_END_SECONDS)


def with_grace(process: psutil.Process, what: str) -> None:
    """Signal a process that may be gone by now."""
    try:
        getattr(process, what)()
    except psutil.Error:
        return

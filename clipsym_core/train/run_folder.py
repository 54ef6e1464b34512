"""The folder of a run: what lies where, and what is written when it begins. Does not import torch until it must.

run.json          as the person, or the panel, wrote it
resolved.json     with every value
pictures.json     which pictures were trained and measured on
environment.json  versions, device, machine
events.jsonl      all events
metrics.csv       the numbers of the steps and validations
tensorboard/      the same for TensorBoard, where that is installed
previews/         heatmaps of fixed pictures
best.safetensors  the checkpoint with the best F1
last.safetensors  the newest checkpoint
last.pt           everything that is needed to go on
stop              made by a person or the panel: the run ends after the step and keeps everything
"""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from clipsym_core.errors import ConfigError
from clipsym_core.files import write_atomic
from clipsym_core.train.events import EVENTS_FILE, Event, Step, Validated
from clipsym_core.train.run_file import RUN_FILE, RunFile

BEST: Final = "best.safetensors"
LAST: Final = "last.safetensors"
STATE: Final = "last.pt"
STOP: Final = "stop"
PREVIEWS: Final = "previews"
METRICS: Final = "metrics.csv"
_PICTURES = "pictures.json"
_PACKAGES = (
    "symviewer",
    "torch",
    "torchvision",
    "timm",
    "open_clip_torch",
    "accelerate",
    "numpy",
    "opencv-python-headless",
)
_COLUMNS = ("event", "step", "epoch", "loss", "rate", "images_per_second", "memory", "f1", "reflection_f1",
            "rotation_f1", "rehearsal_f1")  # fmt: skip


class RunFolder:
    """Paths and files of a run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def state(self) -> Path:
        return self.path / STATE

    def check_new(self) -> None:
        """Raises: ConfigError: a run lies there already."""
        if self.state.exists() or (self.path / EVENTS_FILE).exists():
            raise ConfigError(
                f"There is a run in {self.path} already.", remedy="Resume it (--resume), or choose another folder."
            )

    def check_resumable(self) -> None:
        """Raises: ConfigError: no run began here."""
        if not (self.state.is_file() or (self.path / EVENTS_FILE).is_file()):
            raise ConfigError(
                f"There is nothing to resume in {self.path}.", "No run began there.", "Start it without --resume."
            )

    def begin(self, run: RunFile) -> None:
        """Write the resolved values, and a run file where the run was not started from one in the folder.

        Raises:
            OSError: the folder cannot be written.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        resolved = _json(run.model_dump(mode="json"))
        if not (self.path / RUN_FILE).exists():
            write_atomic(self.path / RUN_FILE, resolved)
        write_atomic(self.path / "resolved.json", resolved)

    def clear_stop(self) -> None:
        (self.path / STOP).unlink(missing_ok=True)

    @property
    def stop_wanted(self) -> bool:
        return (self.path / STOP).exists()

    def write_pictures(self, train: Sequence[str], val: Sequence[str]) -> None:
        write_atomic(self.path / _PICTURES, _json({"train": list(train), "val": list(val)}))

    def read_pictures(self) -> dict[str, list[str]] | None:
        """Paths by split of the run so far; None where none were written.

        Raises:
            ConfigError: the file is damaged.
        """
        file = self.path / _PICTURES
        if not file.is_file():
            return None
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            return {split: [str(path) for path in found[split]] for split in ("train", "val")}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"Cannot read {file}.", f"{error!r}.", "Start a new run.") from error

    def write_environment(self, device: str, precision: str, processes: int) -> None:
        """What the run runs on, for reports."""
        versions = {}
        for name in _PACKAGES:
            try:
                versions[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                versions[name] = "not installed"
        report = {
            "python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count(),
            "device": device, "precision": precision, "processes": processes, "packages": versions,
        }  # fmt: skip
        write_atomic(self.path / "environment.json", _json(report))


class MetricsTable:
    """metrics.csv, and TensorBoard where it is installed."""

    def __init__(self, folder: Path, *, resumed_step: int | None) -> None:
        """`resumed_step`: drop rows of later steps, which come again; None begins anew.

        Raises:
            OSError: the folder cannot be written.
        """
        self._file = folder / METRICS
        rows: list[list[str]] = []
        if resumed_step is not None and self._file.is_file():
            with self._file.open(encoding="utf-8", newline="") as file:
                rows = [row for row in csv.reader(file) if len(row) == len(_COLUMNS)][1:]
            rows = [row for row in rows if row[1].isdigit() and int(row[1]) <= resumed_step]
        with self._file.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([list(_COLUMNS), *rows])
        self._board: Any = None
        if importlib.util.find_spec("tensorboard") is not None:
            from torch.utils.tensorboard.writer import SummaryWriter

            self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=resumed_step)

    def add(self, event: Event) -> None:
        """A row for a step or a validation; other events have none."""
        if not isinstance(event, Step | Validated):
            return
        values = event.model_dump()
        with self._file.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow([values.get(name, "") for name in _COLUMNS])
        if self._board is not None:
            for name in _COLUMNS[3:]:
                if isinstance(values.get(name), int | float):
                    self._board.add_scalar(name, values[name], event.step)

    def close(self) -> None:
        if self._board is not None:
            self._board.close()


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")

"""Runs an evaluation in a process of its own: the window and its detection stay as fast as they are.

The child prints JSON lines (`clipsym_core.evaluate.request`). To cancel is to end it: its files are whole or absent.
"""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from symviewer.model.problem import Problem
from symviewer.model.translating import tr
from symviewer.services.child_process import child_environment
from symviewer.store.paths import data_folder

if TYPE_CHECKING:
    from clipsym_core.evaluate.request import EvaluationRequest

log = logging.getLogger(__name__)

REQUEST_FILE: Final = "request.json"
_END_MS: Final = 5000
_LAST_LINES: Final = 30


@dataclass(frozen=True, slots=True)
class EvaluationProgress:
    """`done` of `total` pictures of all models together; `text` says which model is at work."""

    text: str
    done: int
    total: int


class EvaluationService(QObject):
    """`begin` ends in one of `finished(folder of the report)`, `failed(Problem)` and `cancelled()`; before,
    `progressed(EvaluationProgress)`."""

    progressed = Signal(object)
    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._process: QProcess | None = None
        self._folder = Path()
        self._rest = b""
        self._end: dict[str, Any] = {}
        self._stopping = False

    @property
    def running(self) -> bool:
        return self._process is not None

    def begin(self, request: EvaluationRequest) -> None:
        """Start; what was running is ended. The folder of the request gets the report."""
        self.cancel()
        self._folder, self._rest, self._end, self._stopping = request.out, b"", {}, False
        try:
            request.out.mkdir(parents=True, exist_ok=True)
            file = request.out / REQUEST_FILE
            file.write_text(request.model_dump_json(), encoding="utf-8")
        except OSError as error:
            self.failed.emit(
                Problem(
                    tr("Cannot write to {folder}.").format(folder=request.out),
                    f"{error.strerror or error}.",
                    tr("Check the free space."),
                )
            )
            return
        process = QProcess(self)
        environment = QProcessEnvironment()
        for name, value in child_environment().items():
            environment.insert(name, value)
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(lambda _code, _status: self._on_end(process))
        process.errorOccurred.connect(lambda error: self._on_error(process, error))
        self._process = process
        self.progressed.emit(EvaluationProgress("Starting …", 0, 0))
        process.start(sys.executable, ["-m", "clipsym_core.evaluate", str(file)])

    def cancel(self) -> None:
        """End the process that is running; nothing of its report is left."""
        process = self._process
        if process is None:
            return
        self._stopping = True
        process.kill()
        process.waitForFinished(_END_MS)

    def stop(self) -> bool:
        """End with the window; whether the process ended in time."""
        self.blockSignals(True)
        self.cancel()
        return self._process is None

    # -- what the process says ----------------------------------------------------------------------------------------

    def _read(self) -> None:
        if self._process is None:
            return
        *lines, self._rest = (self._rest + bytes(self._process.readAllStandardOutput().data())).split(b"\n")
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                event = None
            if isinstance(event, dict):
                self._on_event(event)
            else:  # a library printed something
                log.info("evaluation: %s", line.decode("utf-8", "replace"))

    def _on_event(self, event: dict[str, Any]) -> None:
        if event.get("event") == "progress":
            models, index, total = event["models"], event["index"], event["total"]
            text = f"{event['model']}, model {index + 1} of {models}" if models > 1 else str(event["model"])
            self.progressed.emit(EvaluationProgress(text, index * total + event["done"], models * total))
        else:
            self._end = event

    def _on_error(self, process: QProcess, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and process is self._process:
            self._process = None
            process.deleteLater()
            self.failed.emit(Problem(tr("The evaluation did not start."), process.errorString(), tr("Install again.")))

    def _on_end(self, process: QProcess) -> None:
        if process is not self._process:
            return
        self._read()
        errors = bytes(process.readAllStandardError().data()).decode("utf-8", "replace")
        self._process = None
        process.deleteLater()
        if self._stopping:
            self.cancelled.emit()
        elif self._end.get("event") == "done":
            self.finished.emit(self._folder)
        elif self._end.get("event") == "error":
            self.failed.emit(Problem(self._end["what"], self._end["why"], self._end["remedy"]))
        else:
            last = "\n".join(errors.splitlines()[-_LAST_LINES:])
            log.warning("evaluation ended without a result:\n%s", last)
            self.failed.emit(
                Problem(
                    tr("The evaluation ended without a result."),
                    last.splitlines()[-1] if last else tr("Its process was ended from outside, or ran out of memory."),
                    tr("Try fewer models or pictures, or another device."),
                    last,
                )
            )


def new_folder(name: str) -> Path:
    """A folder of its own for a report, with the time and the data in its name."""
    plain = "".join(c if c.isalnum() or c in " -_" else "-" for c in name).strip()[:60] or "data"
    base = data_folder() / "evaluations" / f"{datetime.now():%Y-%m-%d %H.%M.%S} {plain}"
    number, folder = 1, base
    while folder.exists():
        number += 1
        folder = base.with_name(f"{base.name} {number}")
    return folder
